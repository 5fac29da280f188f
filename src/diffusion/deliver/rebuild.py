"""A finished result's page, workbook and PDF again, from what is stored in its folder; nothing is run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.analysis.results.compare import Comparison, compare_values, with_reasons
from diffusion.analysis.results.outcomes import OUTCOMES
from diffusion.analysis.results.tables import ResultTables
from diffusion.deliver.outbox import PAGE, PDF, WORKBOOK, Manifest, check_files, put_files, write_page
from diffusion.deliver.workbook import workbook_of
from diffusion.reading.as_written import as_written
from diffusion.report.page.result_page import render_page
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.folder import MANIFEST_NAME
from diffusion.storage.manifest import git_text, write_manifest
from diffusion.storage.stored_results import StoredResults, read_manifest, read_results
from diffusion.storage.table_files import sha256_of

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending


def reproduction_of(manifest: Manifest, tables: Sequence[ResultTables]) -> Reproduction:
    """Return what a reader needs to run it again, from the manifest."""
    package = manifest["package"]
    hashes = tuple(zip(scenario_labels(tables), (entry["sha256"] for entry in manifest["scenarios"])))
    provenance = manifest["scenarios"][0]["world"]["provenance"]
    return Reproduction(
        shlex.join(manifest["command"]),
        f"{package['name']} {package['version']}",
        git_text(package["git"]),
        hashes,
        tuple((f"Data: {part}", origin) for part, origin in provenance.items()),
    )


def read_result(folder: Path) -> tuple[Manifest, list[StoredResults], Comparison]:
    """Return manifest, results and comparison of a finished folder; raises InputError if it is none."""
    with as_written(folder, "run its command again, into another folder"):
        manifest = read_manifest(folder)
        results = read_results(folder, manifest)
        wanted = manifest.get("wanted_half_width_pp")
        comparison = compare_values([r.outcomes for r in results], len(results[0].replicates), OUTCOMES, wanted)
        return manifest, results, with_reasons(comparison, manifest.get("why_identical") or {})


def _bought(folder: Path, manifest: Manifest, results: Sequence[StoredResults]) -> list[Spending] | None:
    """Return what a budget came to, if the result has one."""
    rows = manifest.get("budget")
    if not rows:
        return None
    import pandas as pd

    from diffusion.report.files.spending_tables import read_spending

    return read_spending(pd.read_parquet(folder / "tables" / "budget.parquet"), rows, results)


def rebuild(
    folder: Path,
    *,
    pdf: bool = False,
    study: Path | None = None,
    ablation: Path | None = None,
    out: Path | None = None,
    force: bool = False,
) -> list[Path]:
    """Make the page and workbook of a finished ``folder`` again, and its PDF on request; return the files written.

    ``study`` is the folder of a sweep, ``ablation`` that of an ablation: what they say goes into the page. The files
    go into ``folder``, whose manifest then lists their new checksums, or into the folder ``out``.

    Raises
    ------
    InputError
        If ``folder`` holds no finished result of this version, no browser can print, or a file must not be replaced;
        nothing is written then.
    """
    section = parts = None
    if ablation is not None:
        from diffusion.deliver.ablation import read_ablation
        from diffusion.report.page.ablation_section import ablation_section

        parts = ablation_section(read_ablation(ablation))
    if study is not None:
        from diffusion.experiments.searches.study_findings import read_findings
        from diffusion.report.page.study_section import section_of

        section = section_of(read_findings(study))
    manifest, results, comparison = read_result(folder)
    target = folder if out is None or out.resolve() == folder.resolve() else out
    names = [PAGE, WORKBOOK, *([PDF] if pdf else [])]
    check_files(target, names, ours=manifest["files"] if target == folder else (), force=force)
    if pdf:
        from diffusion.report.files.pdf import browser_or_error, print_pdf

        browser_or_error()
    with as_written(folder, "run its command again, into another folder"):
        reproduction = reproduction_of(manifest, results)
        bought = _bought(folder, manifest, results)
    page = render_page(results, comparison, reproduction, bought, section, parts)
    writers: dict[str, Callable[[Path], None]] = {
        PAGE: partial(write_page, page),
        WORKBOOK: partial(workbook_of, folder, reproduction, results, comparison),
    }
    if pdf:
        writers[PDF] = partial(print_pdf, page)
    written = put_files(target, writers)
    if target == folder:
        _update_checksums(folder, manifest, written)
    return written


def _update_checksums(folder: Path, manifest: Manifest, written: Sequence[Path]) -> None:
    files = manifest["files"] | {path.name: sha256_of(path) for path in written}
    put_files(folder, {MANIFEST_NAME: partial(write_manifest, manifest | {"files": dict(sorted(files.items()))})})
