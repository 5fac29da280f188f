"""From observed series to a finished folder: measure, write tables, figures and the page, print the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.analysis.findings import Findings, Options, measure
from diffusion.analysis.observed.reading import Observed
from diffusion.deliver.outbox import PAGE, Manifest, Outbox, write_figures, write_page
from diffusion.outlets import file_names
from diffusion.progress import Report
from diffusion.report.figures.observed import figure_makers
from diffusion.report.files.observed_tables import table_makers
from diffusion.report.pages.observed_page import render_analysis
from diffusion.storage.folder import DISTRIBUTION
from diffusion.storage.manifest import FORMAT, dependency_versions, machine, package_version
from diffusion.storage.table_files import write_table

if TYPE_CHECKING:
    from rich.console import Console

#: Tables with a row per organisation and period are Parquet only where longer than this.
LONGEST_CSV = 100_000


def analyse_and_deliver(
    series: Sequence[Observed],
    options: Options,
    out: Path,
    *,
    files: Sequence[tuple[str, str]] = (),
    force: bool = False,
    console: Console | None = None,
    command: Sequence[str] = (),
) -> list[Findings]:
    """Measure every series, write the folder ``out`` all or nothing, and print the answer.

    ``files`` are (what, SHA-256) of the data read.

    Raises
    ------
    InputError
        If ``out`` must not be replaced; nothing has been computed by then.
    """
    from diffusion.report.terminal.observed_answer import print_answers

    box = Outbox(out, force=force, command=command, console=console)
    with box.bars() as report:
        findings = [measure(observed, options, partial(_report_as, report, observed.innovation)) for observed in series]
        deliver_analysis(findings, box, files)
    print_answers(box.console, findings)
    box.tell("Tables, figures and the page", PAGE)
    return findings


def _report_as(report: Report, label: str, what: str, done: int, total: int) -> None:
    report(label, done, total)


def deliver_analysis(findings: Sequence[Findings], box: Outbox, files: Sequence[tuple[str, str]] = ()) -> None:
    """Write tables, figures, page and manifest of finished findings."""
    with box.draft(partial(_manifest, findings, files)) as draft:
        for found, name in zip(findings, folder_names(findings)):
            for table, make in table_makers(found).items():
                rows = len(found.table) if table == "person_period" and found.table is not None else 0
                write_table(make(found), draft.tables / name, table, csv=rows <= LONGEST_CSV)
            write_figures(figure_makers(found), draft.figures / name)
        version = ", ".join(part for part in (draft.version, draft.git) if part)
        write_page(render_analysis(findings, draft.command, version, files), draft.folder / PAGE)


def folder_names(findings: Sequence[Findings]) -> list[str]:
    """Return a folder name per innovation: small letters and digits, numbered where two are the same."""
    plain = (re.sub(r"[^a-z0-9]+", "-", found.observed.innovation.lower()).strip("-")[:60] for found in findings)
    return file_names(plain, fallback="innovation")


def _manifest(
    findings: Sequence[Findings],
    data: Sequence[tuple[str, str]],
    *,
    command: Sequence[str],
    duration_seconds: float,
    finished: str,
    files: dict[str, str],
    source: Manifest | None,
) -> Manifest:
    options = findings[0].options
    return {
        "format": FORMAT,
        "package": {"name": DISTRIBUTION, "version": package_version(), "git": source},
        "command": list(command),
        "seed": options.seed,
        "analysis": {
            "innovations": [found.observed.innovation for found in findings],
            "lag": options.lag,
            "draws": options.draws,
            "data": dict(data),
            "notes": {found.observed.innovation: list(found.notes) for found in findings},
        },
        "dependencies": dependency_versions(),
        "machine": machine(),
        "duration_seconds": round(duration_seconds, 2),
        "finished": finished,
        "files": files,
    }
