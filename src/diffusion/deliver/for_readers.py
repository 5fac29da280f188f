"""What readers get of finished results: the page, the workbook, and what was asked for beside them.

Made from result tables alone, when runs are finished (``comparison``) and again from a stored folder (``rebuild``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.tables import ResultTables
from diffusion.deliver.outbox import (
    PAGE,
    PDF,
    SLIDES,
    SUMMARY,
    SUMMARY_PDF,
    WORKBOOK,
    figure_writers,
    write_page,
)
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.departures import Told

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending
    from diffusion.experiments.searches.why import Explained
    from diffusion.report.page.ablation_section import AblationSection
    from diffusion.report.page.study_section import StudySection
    from diffusion.report.regions.stored import Kept

#: Writes one file to the path it is given.
Writer = Callable[[Path], object]
FIGURES = "figures"


@dataclass(frozen=True)
class Wanted:
    """What is wanted beside tables, page and workbook.

    ``figures``: each figure as SVG and PNG of its own; ``pdf``: the page printed by a browser; ``one_page``: the
    summary on one page, also printed where there is a browser; ``slides``: a deck for PowerPoint and its like.
    """

    figures: bool = False
    pdf: bool = False
    one_page: bool = False
    slides: bool = False


NOTHING_MORE = Wanted()


@dataclass(frozen=True)
class View:
    """All that files for readers are made from; ``folder`` is where the folder ``tables`` is, finished or not.

    ``bought`` is what a budget came to, ``explained`` what differences are made of, ``study`` and ``ablation`` what
    those say of the same scenarios; each is there only where it was asked for. ``regions`` have pages of their
    own; ``left_out`` says what a world of one region alone leaves out.
    """

    folder: Path
    tables: Sequence[ResultTables]
    comparison: Comparison
    reproduction: Reproduction
    told: Sequence[Told] | None = None
    bought: Sequence[Spending] | None = None
    explained: Explained | None = None
    study: StudySection | None = None
    ablation: AblationSection | None = None
    regions: Sequence[Kept] = ()
    left_out: Sequence[str] = ()


def page_of(view: View) -> str:
    """Return the page as HTML text."""
    from diffusion.deliver.regions import region_links
    from diffusion.report.pages.result_page import render_page
    from diffusion.report.reasons.why_section import why_note, why_parts

    why, note = [], ""
    if view.explained is not None:
        why, note = why_parts(view.explained, view.comparison, scenario_labels(view.tables)), why_note(view.explained)
    return render_page(
        view.tables,
        view.comparison,
        view.reproduction,
        view.bought,
        view.study,
        view.ablation,
        view.told,
        why,
        note,
        view.left_out,
        region_links(view),
    )


def note_on(wanted: Wanted) -> str:
    """Return what is wanted and cannot be had here; empty where all can."""
    from diffusion.report.files.pdf import find_browser

    if not wanted.one_page or find_browser() is not None:
        return ""
    return f"{SUMMARY} is not printed to {SUMMARY_PDF}: no Chromium, Chrome or Edge was found; open it and print it"


def reader_files(view: View, wanted: Wanted) -> dict[str, Writer]:
    """Return file name, relative to the folder -> what writes it, in the order in which they are made.

    Raises
    ------
    InputError
        A PDF is wanted and there is no browser that can print.
    """
    from diffusion.deliver.regions import region_writers
    from diffusion.deliver.workbook import workbook_of

    writers: dict[str, Writer] = {}
    if wanted.figures:
        writers |= {f"{FIGURES}/{name}": write for name, write in _figures(view).items()}
    page = cache(partial(page_of, view))
    writers[PAGE] = lambda path: write_page(page(), path)
    writers |= region_writers(view)
    writers[WORKBOOK] = partial(workbook_of, view.folder, view.reproduction, view.tables, view.comparison)
    if wanted.pdf:
        from diffusion.report.files.pdf import browser_or_error, print_pdf

        browser_or_error()
        writers[PDF] = lambda path: print_pdf(page(), path)
    if wanted.one_page or wanted.slides:
        writers |= _short_forms(view, wanted)
    return writers


def _short_forms(view: View, wanted: Wanted) -> dict[str, Writer]:
    from diffusion.report.brief.facts import brief_of
    from diffusion.report.brief.summary import render_summary
    from diffusion.report.files.pdf import find_browser, print_pdf

    tables = joined(view.tables)
    told = [Told()] * len(tables) if view.told is None else view.told
    brief = cache(partial(brief_of, tables, view.comparison, view.reproduction, told, view.bought))
    writers: dict[str, Writer] = {}
    if wanted.one_page:
        summary = cache(lambda: render_summary(tables, view.comparison, brief()))
        writers[SUMMARY] = lambda path: write_page(summary(), path)
        if find_browser() is not None:
            writers[SUMMARY_PDF] = lambda path: print_pdf(summary(), path, SUMMARY)
    if wanted.slides:
        from diffusion.report.brief.slides import write_slides

        writers[SLIDES] = lambda path: write_slides(tables, view.comparison, brief(), path)
    return writers


def _figures(view: View) -> Mapping[str, Writer]:
    from diffusion.report.figures.result_figures import figure_makers
    from diffusion.report.reasons.why_section import why_figures

    makers = figure_makers(view.tables)
    if view.explained is not None:
        makers |= why_figures(view.explained, view.comparison, scenario_labels(view.tables))
    return figure_writers(makers)
