"""How sure: what chance leaves open, what the evidence is worth, and what to do about the parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.economics.regret import regret
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.departure import OWN_GRADE
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.words.doubt_words import runs_word, share_text
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.limits import mismatched
from diffusion.report.words.numbers import plain
from diffusion.storage.departures import Told

GRADES: tuple[tuple[str, str], ...] = (
    ("A", "trial or controlled study"),
    ("B", "uncontrolled, or by analogy"),
    ("C", "assumption"),
)
_GRADE_HEADS: tuple[tuple[str, str], ...] = tuple((grade, f"Grade {grade}: {words}") for grade, words in GRADES)


#: outcomes of which chance and parameters are told apart
DOUBTED: tuple[str, ...] = (MAIN_OUTCOME, "organisations_using", "patients_benefiting_total", "system_npv_gbp")


def choice_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable:
    """How often each option is best in the main outcome, and what choosing it costs where it is not."""
    values = np.stack(comparison.values[MAIN_OUTCOME])
    found = regret(values[:, np.isfinite(values).all(axis=0)], over_draws=comparison.over_draws)
    rows = []
    for i, label in enumerate(scenario_labels(tables)):
        mean = found.mean[i]
        reach = f"{plain(float(mean.low95), 2)} to {plain(float(mean.high95), 2)}" if np.isfinite(mean.low95) else ""
        rows.append(
            (
                label,
                [
                    Cell(f"{100 * float(found.best[i]):.1f} %"),
                    Cell(plain(float(mean.mean), 2), reach),
                    Cell(plain(float(found.largest[i]), 2)),
                ],
            )
        )
    heads = (
        "Option",
        f"{runs_word(comparison.over_draws).capitalize()} in which it is best",
        "Mean regret, percentage points",
        "Largest regret, percentage points",
    )
    return PageTable(
        "How often each option is best, and what a wrong choice costs",
        heads,
        rows,
        "Regret: how far the adopter share falls short of the best option of the same run. Runs that tie are shared.",
    )


def doubt_table(tables: Sequence[ResultTables], comparison: Comparison) -> PageTable | None:
    """What is chance and what is parameters, for the main outcomes; None where parameters are not drawn."""
    if not comparison.over_draws or not comparison.twins:
        return None
    labels = scenario_labels(tables)
    rows = []
    for outcome in comparison.outcomes:
        if outcome.name not in DOUBTED or outcome.name not in comparison.twins:
            continue
        for i, label in list(enumerate(labels))[min(1, len(labels) - 1) :]:
            found = comparison.chance_share(outcome.name, i, 0 if len(labels) > 1 else None)
            assert found is not None
            name = f"{outcome.label}, {outcome.difference_unit}: {label}"
            cells = [Cell(plain(found.deviation * outcome.factor, outcome.decimals)), Cell(share_text(found))]
            rows.append((name, cells))
    if not rows:
        return None
    pairs = len(next(iter(comparison.twins.values()))[0])
    what = f"Change from {labels[0]}" if len(labels) > 1 else "Outcome"
    return PageTable(
        "What is chance and what is parameters",
        (what, "Standard deviation of one future", "Share of its variance that is chance"),
        rows,
        f"From {pairs} further runs that have the parameters of the first {pairs} and other chance. Small print in "
        "brackets: 80 % interval of the share. The rest is what is not known of the parameters.",
    )


def grades_table(tables: Sequence[ResultTables], told: Sequence[Told]) -> PageTable:
    """How many settings of each option's levers, as far as a run can feel them, rest on evidence of which grade."""
    if any(each.in_force is None for each in told):  # of an earlier version: whole levers are counted
        what, kinds = "Levers", _GRADE_HEADS
        found = [
            [str(getattr(item, "grade", "")) for item in (table.scenario.levers or {}).values()] for table in tables
        ]
    else:
        what, kinds = "Settings in force", (*_GRADE_HEADS, (OWN_GRADE, f"{OWN_GRADE.title()}: set by the user"))
        found = [[row.grade for rows in (each.in_force or {}).values() for row in rows] for each in told]
    rows = [
        (label, [*(Cell(str(grades.count(grade))) for grade, _ in kinds), Cell(str(len(grades)))])
        for label, grades in zip(scenario_labels(tables), found)
    ]
    heads = ("Option", *(head for _, head in kinds), f"{what} in all")
    return PageTable("Evidence behind the levers of each option", heads, rows)


def chance_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Say how often the order of the two foremost options turns by chance alone."""
    labels = scenario_labels(tables)
    if not comparison.enough or mismatched(tables):
        return []
    best = comparison.best[MAIN_OUTCOME]
    top = int(np.argmax(best))
    runs = runs_word(comparison.over_draws)
    said = f"{labels[top]} spreads innovations furthest in {100 * float(best[top]):.1f} % of the {runs}"
    if best[top] >= 0.95:
        return [f"{said}."]
    if comparison.over_draws:
        return [f"{said}; a future is one draw of what is not known, and of chance."]
    return [f"{said}: a single future may well turn out otherwise even where the mean is clear."]
