"""A finished result's page, workbook and PDF again, from what is stored in its folder; nothing is run."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.analysis.results.compare import Comparison, compare_values
from diffusion.analysis.results.outcomes import OUTCOMES
from diffusion.errors import InputError
from diffusion.report.files.workbook import SHEETS, write_workbook
from diffusion.report.page.result_page import Reproduction, render_page
from diffusion.report.words.labels import scenario_labels
from diffusion.storage.folder import MANIFEST_NAME
from diffusion.storage.manifest import git_text
from diffusion.storage.stored_results import StoredResults, read_manifest, read_results
from diffusion.storage.table_files import sha256_of

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending

PAGE, WORKBOOK, PDF = "index.html", "tables.xlsx", "report.pdf"


def reproduction_of(manifest: Mapping[str, Any], tables: Sequence[Any]) -> Reproduction:
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


def read_result(folder: Path) -> tuple[dict[str, Any], list[StoredResults], Comparison]:
    """Return manifest, results and comparison of a finished folder; raises InputError if it is none."""
    manifest = read_manifest(folder)
    results = read_results(folder, manifest)
    wanted = manifest.get("wanted_half_width_pp")
    return (
        manifest,
        results,
        compare_values([r.outcomes for r in results], len(results[0].replicates), OUTCOMES, wanted),
    )


def _bought(folder: Path, manifest: Mapping[str, Any], results: Sequence[StoredResults]) -> list[Spending] | None:
    """Return what a budget came to, if the result has one."""
    rows = manifest.get("budget")
    if not rows:
        return None
    from diffusion.experiments.searches.spending import read_spending

    return read_spending(folder / "tables" / "budget.parquet", rows, results)


def about_lines(reproduction: Reproduction, tables: Sequence[Any], comparison: Comparison) -> list[tuple[str, str]]:
    """Return the lines of the workbook's first sheet."""
    from diffusion.report.words.answer import answer_sentences, question

    answer = " ".join(answer_sentences(tables, comparison))
    return [
        ("Question", question(tables)),
        ("Answer", answer),
        ("Command", reproduction.command),
        ("Version", f"{reproduction.version} {reproduction.git}".strip()),
        ("Seed and runs", f"seed {tables[0].seed}, {comparison.replicates} runs"),
        *((f"Scenario {name}", digest) for name, digest in reproduction.hashes),
        ("Units", "in square brackets in the heads; money in 2015/16 prices; empty: not defined"),
    ]


def workbook_from_folder(folder: Path, about: Sequence[tuple[str, str]], path: Path) -> None:
    """Write the workbook of the Parquet tables in ``folder``/tables to ``path``."""
    import pyarrow.parquet as pq

    frames = {}
    for _, table, _ in SHEETS:
        stored = folder / "tables" / f"{table}.parquet"
        if stored.is_file():
            read = pq.read_table(stored)
            frames[table] = {name: read.column(name).to_pylist() for name in read.column_names}
    write_workbook(frames, about, path)


def rebuild(
    folder: Path, *, pdf: bool = False, study: Path | None = None, ablation: Path | None = None, out: Path | None = None
) -> list[Path]:
    """Make the page and workbook of a finished ``folder`` again, and its PDF on request; return the files written.

    ``study`` is the folder of a sweep, ``ablation`` that of an ablation: what they say goes into the page. The files
    go into ``folder``, whose manifest then lists their new checksums, or into the folder ``out``.

    Raises
    ------
    InputError
        If ``folder`` holds no finished result of this version, or no browser can print; nothing is written then.
    """
    section = parts = None
    if ablation is not None:
        from diffusion.report.page.ablation_section import read_ablation_section

        parts = read_ablation_section(ablation)
    if study is not None:
        from diffusion.report.page.study_section import read_study_section

        section = read_study_section(study)
    manifest, results, comparison = read_result(folder)
    if pdf:
        from diffusion.report.files.pdf import browser_or_error, print_pdf

        browser_or_error()
    reproduction = reproduction_of(manifest, results)
    page = render_page(results, comparison, reproduction, _bought(folder, manifest, results), section, parts)
    target = out or folder
    made_here = not target.exists()
    _check_writable(target)
    target.mkdir(parents=True, exist_ok=True)
    written = [target / PAGE, target / WORKBOOK] + ([target / PDF] if pdf else [])
    drafts = [path.with_name(f".{path.name}.unfinished-{os.getpid()}") for path in written]
    try:
        drafts[0].write_text(page, encoding="utf-8", newline="\n")
        workbook_from_folder(folder, about_lines(reproduction, results, comparison), drafts[1])
        if pdf:
            print_pdf(page, drafts[2])
        for draft, path in zip(drafts, written):
            draft.replace(path)
    except BaseException:
        for draft in drafts:
            draft.unlink(missing_ok=True)
        if made_here and not any(target.iterdir()):
            target.rmdir()
        raise
    if target == folder:
        manifest["files"] |= {path.name: sha256_of(path) for path in written}
        manifest["files"] = dict(sorted(manifest["files"].items()))
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        draft = folder / f".{MANIFEST_NAME}.unfinished-{os.getpid()}"
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(folder / MANIFEST_NAME)
    return written


def _check_writable(target: Path) -> None:
    above = target if target.exists() else next(path for path in target.absolute().parents if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise InputError(
            f"'{above}' cannot be written",
            file=target,
            key="--out",
            expected="a folder of your own",
            suggestion="for example --out report",
        )
