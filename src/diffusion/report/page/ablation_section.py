"""What a difference is made of, on the page: the parts of each lever, from a finished ablation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.outcomes import Outcome
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.words.doubt_words import interval_note
from diffusion.report.words.labels import option_words


class LeverEffects(NamedTuple):
    """One lever: its effects alone and last, its part, and the share of the whole (NaN where there is none)."""

    lever: str
    alone: Estimate
    last: Estimate
    part: Estimate
    share: float


class AblationFacts(NamedTuple):
    """What the page needs of an ablation, effects in the printed unit of ``outcome``, from ``runs`` replicates.

    ``always`` are the levers in force throughout. ``other_base`` is the first scenario of the page where that is not
    what is left of ``scenario`` without the other levers.
    """

    scenario: str
    outcome: Outcome
    runs: int
    method: str
    always: tuple[str, ...]
    levers: Sequence[LeverEffects]
    whole: Estimate
    left_over: Estimate
    other_base: str = ""


class AblationSection(NamedTuple):
    """Lead and table of one ablation."""

    lead: str
    table: PageTable


def ablation_section(found: AblationFacts) -> AblationSection:
    """Return the section of the page: the levers, the largest part first, then the whole and what is left over."""
    outcome, rows = found.outcome, []
    for row in sorted(found.levers, key=lambda row: -float(row.part.mean)):
        cells = [estimate_cell(effect, outcome.decimals) for effect in (row.alone, row.last, row.part)]
        cells.append(Cell("–" if np.isnan(row.share) else f"{100 * row.share:.0f} %"))
        rows.append((row.lever.replace("-", " "), cells))
    for name, estimate in (("All levers together", found.whole), ("Interaction left over", found.left_over)):
        rows.append((name, [Cell(""), Cell(""), estimate_cell(estimate, outcome.decimals), Cell("")]))
    unit = outcome.difference_unit
    heads = ("Lever", f"Alone, {unit}", f"Lost if dropped, {unit}", f"Its part, {unit}", "Share of the whole")
    always = f" In force throughout: {', '.join(found.always)}." if found.always else ""
    lead = (
        f"{option_words([found.scenario])[0]}, {outcome.words}: all levers minus none, {found.runs} runs, "
        f"{found.method}.{always}"
    )
    if found.other_base:
        first, own = option_words([found.other_base])[0], option_words([found.scenario])[0]
        lead += f" This is not its change from {first}: {own} without these levers differs from {first}."
    small = interval_note(found.whole.over_draws)
    note = f"Parts are Shapley values. Small print: {small}. Pale: the interval includes 0."
    return AblationSection(lead, PageTable("What the difference is made of", heads, rows, note))
