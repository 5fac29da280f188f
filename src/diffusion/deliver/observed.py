"""From observed series to a finished folder: measure, write tables, figures and the page, print the answer."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.analysis.findings import Findings, Options, measure
from diffusion.analysis.observed.reading import Observed
from diffusion.storage.folder import MANIFEST_NAME, check_replaceable, result_folder
from diffusion.storage.manifest import (
    DISTRIBUTION,
    FORMAT,
    dependency_versions,
    git_text,
    machine,
    package_version,
    source_state,
)
from diffusion.storage.table_files import checksums, write_table

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
    from rich.console import Console

    from diffusion.report.terminal.progress_bars import progress_bars
    from diffusion.report.words.observed_words import answer

    console = console or Console()
    began = time.perf_counter()
    check_replaceable(out, force)
    with progress_bars(console) as report:
        findings = []
        for observed in series:
            label = observed.innovation
            findings.append(measure(observed, options, partial(_report_as, report, label)))
        deliver_analysis(findings, out, files=files, force=force, command=command, began=began)
    for found in findings:
        console.print(found.observed.innovation, style="bold")
        for sentence in answer(found):
            console.print(f"- {sentence}")
        console.print()
    console.print(f"Tables, figures and the page: {out / 'index.html'}", soft_wrap=True)
    return findings


def _report_as(report: Callable[[str, int, int], None], label: str, what: str, done: int, total: int) -> None:
    report(label, done, total)


def deliver_analysis(
    findings: Sequence[Findings],
    out: Path,
    *,
    files: Sequence[tuple[str, str]] = (),
    force: bool = False,
    command: Sequence[str] = (),
    began: float | None = None,
) -> None:
    """Write tables, figures, page and manifest of finished findings."""
    from diffusion.report.figures.observed import figure_makers
    from diffusion.report.figures.style import save
    from diffusion.report.files.observed_tables import table_makers
    from diffusion.report.page.observed_page import render_analysis

    began = time.perf_counter() if began is None else began
    source = source_state()
    with result_folder(out, force) as draft:
        for found, name in zip(findings, folder_names(findings)):
            tables = draft / "tables" / name
            for table, make in table_makers(found).items():
                rows = len(found.table) if table == "person_period" and found.table is not None else 0
                write_table(make(found), tables, table, csv=rows <= LONGEST_CSV)
            pictures = draft / "figures" / name
            pictures.mkdir(parents=True)
            for picture, draw in figure_makers(found).items():
                save(draw(), pictures, picture)
        version = f"{DISTRIBUTION} {package_version()}"
        if source is not None:
            version += f", {git_text(source)}"
        page = render_analysis(findings, shlex.join(command), version, files)
        (draft / "index.html").write_text(page, encoding="utf-8", newline="\n")
        manifest = _manifest(findings, files, command, time.perf_counter() - began, checksums(draft), source)
        text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
        (draft / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def folder_names(findings: Sequence[Findings]) -> list[str]:
    """Return a folder name per innovation: letters and digits, numbered where two are the same."""
    names: list[str] = []
    for found in findings:
        name = re.sub(r"[^a-z0-9]+", "-", found.observed.innovation.lower()).strip("-")[:60] or "innovation"
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def _manifest(
    findings: Sequence[Findings],
    files: Sequence[tuple[str, str]],
    command: Sequence[str],
    seconds: float,
    written: dict[str, str],
    source: dict[str, Any] | None,
) -> dict[str, Any]:
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
            "data": dict(files),
            "notes": {found.observed.innovation: list(found.notes) for found in findings},
        },
        "dependencies": dependency_versions(),
        "machine": machine(),
        "duration_seconds": round(seconds, 2),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": written,
    }
