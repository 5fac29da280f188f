"""The one caveat that matters most for these results, chosen by what they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from diffusion.analysis.results.compare import Comparison, asked_comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.engine.departure import OWN_GRADE, InForce
from diffusion.report.words.doubt_words import holds, source_of, too_few
from diffusion.report.words.limits import cautions, limits_for, mismatched, unlike_in_worlds
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.departures import Told

#: Grades that no evidence stands behind: assumptions, and what the user has set.
UNPROVEN = ("C", OWN_GRADE)
#: From this share of a policy's settings on, that they are assumed is what matters most.
_MOSTLY = 0.5


def caveat_of(
    tables: Sequence[ResultTables], comparison: Comparison, reproduction: Reproduction, told: Sequence[Told]
) -> str:
    """Return the first caveat that applies, the gravest first; where none does, the first general limit."""
    return next(_caveats(tables, comparison, reproduction, told))


def _caveats(
    tables: Sequence[ResultTables], comparison: Comparison, reproduction: Reproduction, told: Sequence[Told]
) -> Iterator[str]:
    if reproduction.altered:
        yield "Files of this result were damaged or changed after it was finished: its numbers may be wrong."
    yield from unlike_in_worlds(tables)
    if mismatched(tables):
        yield f"These options are not comparable: {'; '.join(mismatched(tables))}."
    if not comparison.enough:
        few = too_few(comparison.replicates, comparison.least_runs, comparison.over_draws)
        what = (
            "for any claim: nothing here says which option is better" if len(tables) > 1 else "to tell the middle 95 %"
        )
        yield f"{few[:1].upper()}{few[1:]} {what}."
    if not drawn(tables[0]):
        yield holds(tables)
    if source_of(tables) == "prior":
        yield (
            "The parameters are drawn from plausible ranges without evidence of adoption; with what the evidence "
            "leaves open of them (--parameters posterior) the answer may be another."
        )
    if (assumed := _assumed(tables, told)) is not None:
        yield assumed
    if len(tables) > 1 and not _anything_clear(tables, comparison):
        yield (
            "“Not clear” is not “no effect”: the intervals hold gains and losses that would matter, and these runs "
            "do not tell which it is."
        )
    beside = cautions(tables)  # those stand beside the answer
    yield from (text for text in limits_for(tables)[1:] if text not in beside)


def _assumed(tables: Sequence[ResultTables], told: Sequence[Told]) -> str | None:
    """Say how much of the policies' strength is assumed, where it is half or more; None where not, or not known.

    With options to compare it is of what they add to the first.
    """
    several = len(tables) > 1
    common = (tables[0].scenario.levers or {}) if several else {}
    rows: list[InForce] = []
    for each in told[several:]:
        if each.in_force is None:
            return None
        rows += [row for lever, found in each.in_force.items() if lever not in common for row in found]
    unproven = sum(row.grade in UNPROVEN for row in rows)
    if not rows or unproven < _MOSTLY * len(rows):
        return None
    which = "All" if unproven == len(rows) else f"{unproven} of the"
    what = "compared" if several else "in force"
    return (
        f"{which} {len(rows)} settings that say what the policies {what} do are assumptions: no study stands behind "
        "them, and another assumption can move the result by more than any interval shown here."
    )


def _anything_clear(tables: Sequence[ResultTables], comparison: Comparison) -> bool:
    """Whether the answer claims a difference of what was asked about, at any of its dates."""
    names, source = [MAIN_OUTCOME], comparison
    if comparison.asked is not None:
        names = [comparison.asked.outcome(date).name for date in comparison.asked.dates]
        source = asked_comparison(comparison)
    return any(bool(source.difference(name, i).estimate.clear) for name in names for i in range(1, len(tables)))
