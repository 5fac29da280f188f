"""A finished result run again from its manifest alone, with some of it changed or as it was, and what moved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from diffusion.analysis.differences.difference import Difference, Told, difference_of
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.deliver.comparison import run_and_deliver
from diffusion.deliver.difference import show_difference, told_of_result
from diffusion.deliver.for_readers import NOTHING_MORE, Wanted
from diffusion.deliver.outbox import Manifest
from diffusion.deliver.rebuild import Result, read_result
from diffusion.experiments.again.request import REQUEST, Request, read_request, request_data
from diffusion.reading.as_written import as_written
from diffusion.report.regions.stored import ENTRY, regions_of
from diffusion.storage.folder import MANIFEST_NAME
from diffusion.storage.manifest import build_manifest, source_state
from diffusion.storage.sealed import SEAL

if TYPE_CHECKING:
    from rich.console import Console

    from diffusion.deliver.comparison import Runs
    from diffusion.progress import Report
    from diffusion.world.regions import Region

#: The key of the manifest that tells of what a result is a repetition.
AGAIN = "again"


class Before(NamedTuple):
    """The result that is run again, and what was asked of it."""

    folder: Path
    result: Result
    request: Request

    @property
    def told(self) -> Told:
        return told_of_result(str(self.folder), self.result.manifest, self.result.tables, self.result.comparison)

    @property
    def regions(self) -> list[Region]:
        """The regions of which it has pages, with their trusts in the world of that time."""
        return regions_of(self.result.manifest.get(ENTRY) or ())


def read_before(folder: Path, accept_altered: bool = False) -> Before:
    """Return a finished result and what was asked of it; raises InputError where it cannot be run again."""
    result = read_result(folder, accept_altered)
    with as_written(folder, "run its command again, which stands in manifest.json"):
        return Before(folder, result, read_request(folder, result.manifest))


def run_again(
    before: Before,
    request: Request,
    *,
    out: Path | None,
    changed: bool,
    command: Sequence[str],
    console: Console,
    jobs: int | None = None,
    force: bool = False,
    wanted: Wanted = NOTHING_MORE,
    regions: Sequence[Region] = (),
    runs: Runs | None = None,
    report: Report | None = None,
    further: Mapping[str, object] | None = None,
) -> Difference | None:
    """Run ``request`` into the folder ``out``, print what moved, and return in what it differs from what was before.

    The comparison stands below what moved, or nowhere where every outcome is the same in every run.
    Where nothing was ``changed`` the command that the new result tells is that of the old one, so that its page is the
    same where nothing moved. ``regions``, with their trusts in the world of ``request``, have pages of their own.
    ``runs``, ``report`` are those of ``run_and_deliver``, ``further`` its ``more``. None where the two share no option.
    """
    manifest = before.result.manifest
    more = {**(further or {}), AGAIN: {"of": manifest[SEAL], "command": list(command)}}
    found: Difference | None = None

    def what_moved(results: Sequence[ResultTables], comparison: Comparison) -> bool:
        nonlocal found
        if out is not None:
            now: Manifest = json.loads((out / MANIFEST_NAME).read_text(encoding="utf-8"))
        else:
            make = partial(build_manifest, results, command=command, duration_seconds=0.0, finished="", files={})
            now = make(source=source_state()) | {REQUEST: request_data(request)}
        title = str(out) if out is not None else "run again, not written"
        found = difference_of(before.told, told_of_result(title, now, results, comparison))
        if found is None:
            return True
        show_difference(found, console)
        return not found.held.same_runs

    run_and_deliver(
        request.scenarios,
        replicates=request.replicates,
        seed=request.seed,
        out=out,
        jobs=jobs,
        events=request.events,
        precision=request.precision,
        force=force,
        console=console,
        command=command if changed else manifest["command"],
        budget=request.budget,
        most_replicates=request.most_replicates,
        target=request.target,
        why=request.why,
        wanted=wanted,
        regions=regions,
        more=more,
        first=what_moved,
        runs=runs,
        report=report,
    )
    return found
