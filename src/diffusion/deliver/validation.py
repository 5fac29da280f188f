"""From series of evidence to a finished folder: run the evidence world, compare, write tables, figures, the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.calibration.validation import Validation, validate
from diffusion.deliver.kernels import compile_kernels
from diffusion.deliver.outbox import PAGE, Manifest, Outbox, write_figures, write_page
from diffusion.ensemble.posterior import Posterior
from diffusion.evidence.reading import NamedSeries
from diffusion.progress import Report, silent
from diffusion.reading.files import sha256
from diffusion.report.figures.validation import figure_makers
from diffusion.report.files.validation_tables import PARQUET_ONLY, table_makers
from diffusion.report.pages.validation_page import render_validation
from diffusion.storage.folder import DISTRIBUTION
from diffusion.storage.manifest import FORMAT, dependency_versions, machine, package_version
from diffusion.storage.table_files import write_table

if TYPE_CHECKING:
    from rich.console import Console


def validate_and_deliver(
    evidence: Sequence[NamedSeries],
    *,
    settings: Mapping[str, object],
    replicates: int,
    seed: int,
    draws: int,
    out: Path,
    jobs: int | None = None,
    force: bool = False,
    console: Console | None = None,
    command: Sequence[str] = (),
    posterior: Posterior | None = None,
) -> Validation:
    """Run and compare with bars, write the folder ``out`` all or nothing, and print the answer.

    Raises
    ------
    InputError
        If ``out`` must not be replaced; nothing has been run by then.
    """
    from diffusion.report.terminal.validation_table import print_validation

    box = Outbox(out, force=force, command=command, console=console)
    with box.bars() as report:
        compile_kernels(report)
        found = validate(evidence, settings, replicates, seed, draws, jobs, report, posterior)
        deliver_validation(found, box, report)
    print_validation(box.console, found)
    box.tell("Tables, figures and the page", PAGE)
    return found


def deliver_validation(found: Validation, box: Outbox, report: Report = silent) -> None:
    """Write tables, figures, page and manifest of a finished validation."""
    files = files_read(found.evidence)
    with box.draft(partial(_manifest, found, files)) as draft:
        makers = table_makers(found)
        for done, (name, make) in enumerate(makers.items()):
            report("Writing tables", done, len(makers))
            write_table(make(found), draft.tables, name, csv=name not in PARQUET_ONLY)
        report("Writing tables", len(makers), len(makers))
        write_figures(figure_makers(found), draft.figures, report)
        version = ", ".join(part for part in (draft.version, draft.git) if part)
        write_page(render_validation(found, draft.command, version, files), draft.folder / PAGE)


def files_read(evidence: Sequence[NamedSeries]) -> list[tuple[str, str]]:
    """Return (name, SHA-256) of the files of series, and of their tables of trusts."""
    found = []
    for item in sorted(evidence, key=lambda item: item.id):
        found.append((item.file.name, item.sha256))
        if item.trusts_file is not None:
            found.append((item.trusts_file.name, sha256(item.trusts_file)))
    return found


def _manifest(
    found: Validation,
    data: Sequence[tuple[str, str]],
    *,
    command: Sequence[str],
    duration_seconds: float,
    finished: str,
    files: dict[str, str],
    source: Manifest | None,
) -> Manifest:
    return {
        "format": FORMAT,
        "package": {"name": DISTRIBUTION, "version": package_version(), "git": source},
        "command": list(command),
        "seed": found.seed,
        "replicates": found.replicates,
        "months": found.curves.months,
        "validation": {
            "draws": found.draws,
            "draws_from": "posterior" if found.from_posterior else "priors" if found.draws else "",
            "settings": dict(found.settings),
            "series": dict(data),
            "fitted": found.fitted._asdict() | {"median_width80": _number(found.fitted.median_width80)},
            "shown": found.shown._asdict() | {"median_width80": _number(found.shown.median_width80)},
        },
        "dependencies": dependency_versions(),
        "machine": machine(),
        "duration_seconds": round(duration_seconds, 2),
        "finished": finished,
        "files": files,
    }


def _number(value: float) -> float | None:
    return value if value == value else None
