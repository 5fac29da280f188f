"""Displacement on the page: the innovations that an option aims at, and the others."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion.analysis.results.compare import PairedDifference, paired_difference
from diffusion.analysis.results.displacement import AIMED, OTHERS, aimed_at, shares_of
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.report.page.cells import Cell, PageTable, change_cell
from diffusion.report.words.doubt_words import change_note
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.sentences import change_sentence

Found = tuple[str, int, int, PairedDifference, PairedDifference]


def displacements(tables: Sequence[ResultTables]) -> list[Found]:
    """Return label, numbers of innovations aimed at and others, and both changes, by option that aims at some only."""
    found = []
    for label, table in zip(scenario_labels(tables)[1:], joined(tables)[1:]):
        aimed = aimed_at(table, tables[0])
        if not aimed.any() or aimed.all():
            continue
        changes = [
            paired_difference(
                outcome, [shares_of(tables[0], chosen), shares_of(table, chosen)], 1, over_draws=drawn(tables[0])
            )
            for outcome, chosen in ((AIMED, aimed), (OTHERS, ~aimed))
        ]
        found.append((label, int(aimed.sum()), int((~aimed).sum()), changes[0], changes[1]))
    return found


def displacement_table(tables: Sequence[ResultTables]) -> PageTable | None:
    """Change of adopter share in both groups; None where every option aims at all innovations."""
    found = displacements(tables)
    if not found:
        return None
    rows = [
        (label, [Cell(str(aimed)), change_cell(on_aimed), Cell(str(others)), change_cell(on_others)])
        for label, aimed, others, on_aimed, on_others in found
    ]
    heads = (
        "Option",
        "Innovations it aims at",
        "Their change, percentage points",
        "Other innovations",
        "Change of the others, percentage points",
    )
    note = (
        "By the targets of the levers that the option adds. A fall of the others is displacement: they compete for the "
        f"same change time and money. Small print: {change_note(drawn(tables[0]))}. Pale: the interval includes 0."
    )
    return PageTable("What happens to innovations that an option does not aim at", heads, rows, note)


def displacement_sentences(tables: Sequence[ResultTables]) -> list[str]:
    """Say for every such option how the others fare."""
    reference = scenario_labels(tables)[0]
    return [change_sentence(label, reference, on_others) for label, _, _, _, on_others in displacements(tables)]
