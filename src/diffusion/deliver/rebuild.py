"""A finished result's page, workbook and PDF again, from what is stored in its folder; nothing is run."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from diffusion.analysis.outcomes.own import OWN_OUTCOMES, outcome_of
from diffusion.analysis.results.compare import Comparison, compare_named, with_reasons, with_twins
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.tables import ResultTables
from diffusion.deliver.for_readers import NOTHING_MORE, View, Wanted, note_on, reader_files
from diffusion.deliver.outbox import Manifest, check_files, put_files
from diffusion.deliver.regions import LEFT_OUT, page_name, stored_regions
from diffusion.reading.as_written import as_written
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.columns import scenario_names
from diffusion.storage.departures import read_told
from diffusion.storage.finished import ACCEPTED, Finished
from diffusion.storage.folder import MANIFEST_NAME, TABLES
from diffusion.storage.manifest import git_text, open_result, write_manifest
from diffusion.storage.stored_results import StoredResults, read_asked, read_results, read_twins
from diffusion.storage.table_files import needed_table, sha256_of

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending
    from diffusion.experiments.searches.why import Explained
    from diffusion.report.regions.stored import Kept


_AGAIN = "run its command again, into another folder"


def reproduction_of(manifest: Manifest, tables: Sequence[ResultTables], altered: Sequence[str] = ()) -> Reproduction:
    """Return what a reader needs to run it again, from the manifest; ``altered`` is what is not as it was written."""
    package = manifest["package"]
    hashes = tuple(zip(scenario_labels(tables), (entry["sha256"] for entry in manifest["scenarios"])))
    provenance = manifest["scenarios"][0]["world"]["provenance"]
    return Reproduction(
        shlex.join(manifest["command"]),
        f"{package['name']} {package['version']}",
        git_text(package["git"]),
        hashes,
        tuple((f"Data: {part}", origin) for part, origin in provenance.items()),
        tuple(altered),
    )


class Result(NamedTuple):
    """A finished run or comparison, read back."""

    finished: Finished
    tables: list[StoredResults]
    comparison: Comparison

    @property
    def manifest(self) -> Manifest:
        return self.finished.manifest


def read_result(folder: Path, accept_altered: bool = False) -> Result:
    """Return a finished folder, read back.

    Raises
    ------
    InputError
        If it is none, or its files are not as they were written and that is not accepted.
    """
    with as_written(folder, _AGAIN):
        finished = open_result(folder, accept_altered)
        manifest = finished.manifest
        tables = cast("list[StoredResults]", joined(read_results(folder, manifest)))
        wanted = manifest.get("wanted_half_width_pp")
        own = [outcome_of(facts) for facts in manifest.get(OWN_OUTCOMES) or ()]
        comparison = compare_named([r.outcomes for r in tables], tables, wanted, own)
        comparison = with_twins(comparison, read_twins(folder, manifest))
        comparison = replace(comparison, asked=read_asked(folder, manifest))
        return Result(finished, tables, with_reasons(comparison, manifest.get("why_identical") or {}))


def _bought(folder: Path, manifest: Manifest, results: Sequence[StoredResults]) -> list[Spending] | None:
    """Return what a budget came to, if the result has one."""
    rows = manifest.get("budget")
    if not rows:
        return None
    from diffusion.report.files.spending_tables import read_spending

    budget, curve = (needed_table(folder / TABLES, name) for name in ("budget", "budget_curve"))
    return read_spending(budget, curve, rows, results)


def _explained(folder: Path, manifest: Manifest, results: Sequence[StoredResults]) -> Explained | None:
    """Return what the differences are made of, if the result says."""
    data = manifest.get("why")
    if not data:
        return None
    from diffusion.report.reasons.why_tables import BY_REPLICATE, read_why

    frame = needed_table(folder / TABLES, BY_REPLICATE)
    return read_why(frame, data, scenario_names(results), len(results[0].replicates))


def view_of(folder: Path, result: Result, regions: Sequence[str] = ()) -> tuple[View, list[Kept]]:
    """Return what the files for readers of a stored result are made from, and of its regions those that are named.

    Raises
    ------
    InputError
        The tables do not fit together, or the result does not keep one of the ``regions``.
    """
    finished, tables, comparison = result
    manifest = finished.manifest
    with as_written(folder, _AGAIN):
        kept, chosen = stored_regions(folder, manifest, tables, regions)
        view = View(
            folder,
            tables,
            comparison,
            reproduction_of(manifest, tables, finished.altered),
            read_told(manifest),
            _bought(folder, manifest, tables),
            _explained(folder, manifest, tables),
            regions=kept,
            left_out=[str(text) for text in manifest.get(LEFT_OUT) or ()],
        )
    return view, chosen


def rebuild(
    folder: Path,
    *,
    wanted: Wanted = NOTHING_MORE,
    regions: Sequence[str] = (),
    study: Path | None = None,
    ablation: Path | None = None,
    out: Path | None = None,
    force: bool = False,
    accept_altered: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> list[Path]:
    """Make the page and workbook of a finished ``folder`` again, and what is ``wanted``; return the files written.

    Of ``regions`` that the folder keeps the pages are made, of all of them where none is named.
    ``study`` is the folder of a sweep, ``ablation`` that of an ablation: what they say goes into the page. The files
    go into ``folder``, whose manifest then lists their new checksums, or into the folder ``out``. With
    ``accept_altered`` the page is made although files are not as they were written, and says so.

    Raises
    ------
    InputError
        If ``folder`` holds no finished result of this version, or one that was altered; if the study or the ablation is
        of other scenarios; if no browser can print, or a file must not be replaced. Nothing is written then.
    """
    result = read_result(folder, accept_altered)
    finished, results, _ = result
    manifest = finished.manifest
    altered = list(finished.altered)
    if finished.beside:
        tell(f"not of this result, and not read: {', '.join(finished.beside)}")
    section = parts = None
    if ablation is not None:
        from diffusion.deliver.ablation import read_ablation
        from diffusion.report.page.ablation_section import ablation_section

        facts, more = read_ablation(ablation, manifest, accept_altered)
        altered += [f"{ablation}: {text}" for text in more]
        parts = ablation_section(facts)
    if study is not None:
        from diffusion.deliver.study_of_result import read_study

        section, more = read_study(study, manifest, accept_altered)
        altered += [f"{study}: {text}" for text in more]
    target = folder if out is None or out.resolve() == folder.resolve() else out
    view, chosen = view_of(folder, result, regions)
    kept = view.regions
    view = replace(
        view,
        reproduction=reproduction_of(manifest, results, altered),
        study=section,
        ablation=parts,
        regions=kept if target == folder else chosen,
    )
    writers = reader_files(view, wanted)
    for region, _ in kept:
        if region not in [one for one, _ in chosen]:
            writers.pop(page_name(region), None)
    check_files(target, [*writers], ours=manifest["files"] if target == folder else (), force=force)
    for text in altered:
        tell(f"accepted although it is not as it was written: {text}")
    if note := note_on(wanted):
        tell(note)
    written = put_files(target, writers)
    if target == folder:
        _update_checksums(folder, finished, written)
    return written


def _update_checksums(folder: Path, finished: Finished, written: Sequence[Path]) -> None:
    """List what was written; what was accepted stays said, so that a new checksum makes nothing sound again."""
    files = finished.manifest["files"] | {path.relative_to(folder).as_posix(): sha256_of(path) for path in written}
    manifest = finished.manifest | {"files": files}
    if finished.altered:
        manifest[ACCEPTED] = list(finished.altered)
    put_files(folder, {MANIFEST_NAME: partial(write_manifest, manifest)})
