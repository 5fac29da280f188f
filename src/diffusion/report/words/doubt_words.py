"""What the intervals hold, in words: chance alone, or chance and what is not known of the parameters."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.precision import ChanceShare
from diffusion.analysis.results.tables import ResultTables, drawn

_SOURCES = {
    "posterior": "drawn from what the evidence leaves open (the calibrated posterior)",
    "prior": "drawn from their plausible ranges, without evidence of adoption (the prior)",
}


def source_of(tables: Sequence[ResultTables]) -> str:
    """Return where the parameters come from: posterior, prior or defaults."""
    doubt = tables[0].scenario.resolved().get("doubt") or {}
    return str(doubt.get("source", "defaults"))


def runs_that_count(counted: int, runs: int, over_draws: bool) -> str:
    """Return ``5 of 12 runs``: those that have an outcome; nothing where all have it."""
    return f"{counted:,} of {runs:,} {runs_word(over_draws)}" if counted < runs else ""


def runs_word(over_draws: bool) -> str:
    """Return what a run stands for."""
    return "futures" if over_draws else "runs"


def interval_note(over_draws: bool) -> str:
    """Return what an interval in small print is."""
    return (
        "95 % interval over draws of the parameters, with chance"
        if over_draws
        else "95 % interval of the mean (chance only)"
    )


def change_note(over_draws: bool) -> str:
    """Return what stands in small print under a change of an outcome: over draws the 80 % interval comes first."""
    if over_draws:
        return "80 % and 95 % interval, over draws of the parameters with chance"
    return interval_note(over_draws)


def holds(tables: Sequence[ResultTables]) -> str:
    """Say what the intervals hold and what they do not."""
    if not drawn(tables[0]):
        return (
            "The intervals hold the chance of the simulation only, at one set of parameters: no doubt about the "
            "parameters is in them. --parameters posterior puts it there."
        )
    shared = tables[0].world.facts.traits_shared
    widened = ""
    if shared:
        widened = (
            f" Because no series of adoption in this world stands behind them, {100 * shared:.0f} % of the variance "
            "that tells innovations apart is drawn in common for all of them, which widens the intervals; how much it "
            "should be is an assumption."
        )
    return (
        f"Each run has parameters of its own, {_SOURCES[source_of(tables)]}, and chance of its own; an interval is the "
        "middle 80 or 95 % of these futures. What levers cost is drawn from plausible ranges; doubt about the form of "
        "the model, and about what levers do, is not in them." + widened
    )


def share_text(found: ChanceShare | None) -> str:
    """Return ``35 % (22 to 60 %)``; a dash where it is not known."""
    if found is None or found.share != found.share:
        return "–"
    return f"{100 * found.share:.0f} % ({100 * found.low80:.0f} to {100 * found.high80:.0f} %)"


def chance_lines(comparison: Comparison, labels: Sequence[str]) -> list[str]:
    """Say how much of what one future may bring is chance; nothing where parameters are not drawn."""
    if not comparison.over_draws:
        return []
    if not comparison.twins:
        return ["Chance and parameters are told apart from 100 runs on."]
    rows = [(label, comparison.chance_share(MAIN_OUTCOME, i, 0)) for i, label in enumerate(labels[1:], start=1)] or [
        (labels[0], comparison.chance_share(MAIN_OUTCOME, 0))
    ]
    told = [f"{label} {share_text(share)}" for label, share in rows if share is not None and share.share == share.share]
    if not told:
        return []
    return [
        "Of what makes the "
        + ("change" if len(labels) > 1 else "share adopted")
        + f" in one future differ from that in another, chance is: {', '.join(told)} (part of the variance, 80 % "
        "interval); the rest is doubt about the parameters."
    ]


def too_few(replicates: int, least: int, over_draws: bool) -> str:
    """Say that so many runs are too few for a claim."""
    one = replicates == 1
    what = f"draw{'' if one else 's'} of the parameters" if over_draws else f"run{'' if one else 's'}"
    return f"{replicates} {what} {'is' if one else 'are'} too few ({least} are needed)"
