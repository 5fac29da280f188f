"""Who gains more: two groups of trusts beside each other, in words that say no more than the intervals allow."""

from __future__ import annotations

from diffusion.analysis.results.compare import PairedDifference, unchanged
from diffusion.report.words.doubt_words import too_few
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import decimals_for, intervals_text, signed_quantity

#: The two ends of the slope over deprivation, and centres of excellence beside the others.
DEPRIVED = ("trusts in the most deprived areas", "those in the least deprived")
CENTRES = ("centres of excellence", "other trusts")


def gap_sentence(
    label: str, groups: tuple[str, str], difference: PairedDifference, changes: tuple[float, float]
) -> str:
    """Say whether the first of two groups gains more or less than the second.

    ``difference`` is that of the first group's share minus the second's, in percentage points; ``changes`` are the
    groups' own mean changes, which decide between gaining more and losing less.
    """
    one, other = groups
    estimate = difference.estimate
    if unchanged(difference):
        return f"Under {label}, {one} and {other} change alike in every run."
    if not estimate.enough:
        few = too_few(estimate.replicates, estimate.least_runs, estimate.over_draws)
        return f"Under {label}: {few} to say whether {one} gain more or less than {other}."
    interval = intervals_text(difference)
    if not bool(estimate.clear):
        odds = f"; more in {100 * difference.above_share:.0f} % of futures" if estimate.over_draws else ""
        return (
            f"Under {label}, it is not clear whether {one} gain more or less than {other}: "
            f"{signed_quantity(difference)} on average ({interval}){odds}."
        )
    size = plain(abs(float(estimate.mean)) * difference.outcome.factor, decimals_for(difference))
    first = estimate.mean > 0
    ahead, behind, change = (one, other, changes[0]) if first else (other, one, changes[1])
    ahead, behind = (ahead.replace("those", "trusts"), behind)
    told = f"gain {size} percentage points more" if change >= 0 else f"lose {size} percentage points less"
    return f"Under {label}, {ahead} {told} than {behind} ({interval})."
