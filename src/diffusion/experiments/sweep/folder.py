"""A sweep on disk: a folder with a frozen design, ``sweep.json``, and the store that is filled chunk by chunk."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, cast

from diffusion.analysis.outcomes.own import own_outcomes
from diffusion.errors import InputError
from diffusion.experiments.study.design import Design, own_code
from diffusion.experiments.study.design_changes import changes
from diffusion.experiments.study.design_files import DESIGN_NAME, freeze, thaw
from diffusion.experiments.study.schema import KEYS, STATUS
from diffusion.experiments.sweep.chunk_files import Store
from diffusion.experiments.sweep.chunks import Job
from diffusion.experiments.sweep.code_hash import code_hash
from diffusion.experiments.sweep.layout import Layout, layout_of
from diffusion.experiments.sweep.rows import DETAIL_ROWS
from diffusion.scenario.plugins import modules_missing, responses_changed
from diffusion.showing import Shown, brief, counted, made, short
from diffusion.storage.finished import altered_error
from diffusion.storage.manifest import dependency_versions, machine, package_version, source_state
from diffusion.storage.sealed import read_sealed, sealed
from diffusion.storage.whole_files import told, write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SWEEP_NAME = "sweep.json"
#: is there, beside what else is, from when a folder is taken until its design is frozen
BEGUN_NAME = ".sweep-begun"
FORMAT = 1


class Code(TypedDict):
    """Which code computes: version, hash of all that decides results, and the commit where there is one."""

    version: str
    sha256: str
    git: Mapping[str, object] | None


class Manifest(TypedDict):
    """What ``sweep.json`` says."""

    format: int
    study: str
    title: str
    hash: str
    runs: int
    scenarios: list[str]
    draws: int
    replicates: int
    seed: int
    factors: list[str]
    outcomes: list[str]
    detail: str
    runs_per_chunk: int
    code: Code
    dependencies: Mapping[str, str]
    machine: Mapping[str, object]
    begun: str


class SessionRecord(TypedDict):
    """What a file in the folder ``sessions`` says: who ran what."""

    finished: str
    runs: int
    failed: int
    seconds: float
    executor: str
    share: list[int]
    machine: Mapping[str, object]
    dependencies: Mapping[str, str]
    code: Code
    damaged: list[str]
    lost: dict[str, str]
    #: chunks that it stored, and of which sweep (see ``Store.sweep``)
    chunks: list[int]
    sweep: str


@dataclass(frozen=True)
class Sweep(Shown):
    """A sweep on disk: its folder, frozen design, layout, store, and what is written in ``sweep.json``.

    ``altered`` is what in the design and ``sweep.json`` is not as it was written, where that was accepted.
    """

    folder: Path
    design: Design
    layout: Layout
    store: Store
    manifest: Manifest
    accept_altered: bool = False
    altered: tuple[str, ...] = ()

    def __repr__(self) -> str:
        runs = f"{counted(self.layout.runs, 'run')} in {counted(self.layout.chunks, 'chunk')}"
        return brief(self, short(self.manifest["study"], 60), runs, short(self.folder.name, 60))

    def plot(self, outcome: str | None = None, scenario: str | None = None, minus: str | None = None) -> Figure:
        """Return which factors move an outcome, with 95 % intervals, as a Matplotlib figure of no window.

        Parameters
        ----------
        outcome: one that the study keeps; default: its first
        scenario, minus: of which scenario, or of its difference from which; default: the second minus the first

        Raises
        ------
        InputError
            An unknown outcome or scenario, a study without factors, or runs from which nothing can be told yet.
        """
        return cast("Figure", made("plot", self, outcome, scenario, minus))

    @property
    def job(self) -> Job:
        return Job(self.design, self.layout)


def prepare(design: Design, folder: Path | str, chunk_runs: int | None = None) -> Sweep:
    """Freeze ``design`` into ``folder``, or open the sweep that stands there if it is of the same design.

    ``chunk_runs`` sets the runs of a chunk for a new sweep.

    Raises
    ------
    InputError
        A folder that cannot be written or holds other things, or a sweep of another design: with what differs.
    """
    folder = Path(folder)
    try:
        if (folder / DESIGN_NAME).exists():
            frozen = thaw(folder)
            if frozen.hash != design.hash:
                changed = changes(frozen, design) or ["its content"]
                raise InputError(
                    "the study was changed since this sweep was begun: " + "; ".join(changed),
                    file=folder,
                    key="study",
                    expected="the study as it was",
                    suggestion="undo the change, or choose another folder with --out",
                )
        else:
            taken = folder.exists() and (not folder.is_dir() or not _only_begun(folder))
            if taken and not (folder / DESIGN_NAME).exists():  # another process may have frozen it just now
                raise InputError(
                    "holds other files, which are never touched" if folder.is_dir() else "is a file",
                    file=folder,
                    key="--out",
                    expected="a new or empty folder, or that of a sweep",
                    suggestion="choose another folder",
                )
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / DESIGN_NAME).exists():
                write_whole(folder / BEGUN_NAME, b"a sweep is being begun in this folder\n")
                freeze(design, folder)
                (folder / BEGUN_NAME).unlink(missing_ok=True)
        if not (folder / SWEEP_NAME).exists():
            _begin(folder, thaw(folder), chunk_runs)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "the folder cannot be written")
    except OSError as error:
        raise InputError(
            told(error, folder),
            key="--out",
            expected="a folder of your own on a disk with space",
            suggestion="for example --out results/first",
        ) from None
    return open_sweep(folder)


def _only_begun(folder: Path) -> bool:
    """Tell whether a folder holds nothing that counts, or what a process that died while it froze a design left."""
    return (folder / BEGUN_NAME).is_file() or all(path.name.startswith(".") for path in folder.iterdir())


def _begin(folder: Path, design: Design, chunk_runs: int | None) -> None:
    """Write ``sweep.json``: it makes a frozen design a sweep. Of two processes that begin, one wins."""
    taken = set(KEYS) | set(STATUS) | set(design.study.columns)
    for name in design.factors:
        if name in taken:
            raise InputError(
                f"the factor '{name}' has the name of a column",
                key=f"factors.{name}",
                expected="another name",
                suggestion=f"call it my-{name} and give its keys",
            )
    layout = Layout(design.runs, chunk_runs) if chunk_runs else layout_of(design)
    manifest: Manifest = {
        "format": FORMAT, "study": design.study.name, "title": design.study.title, "hash": design.hash,
        "runs": design.runs, "scenarios": list(design.scenarios), "draws": design.n_draws,
        "replicates": design.replicates, "seed": design.seed, "factors": list(design.factors),
        "outcomes": list(design.study.outcomes), "detail": design.study.detail, "runs_per_chunk": layout.size,
        "code": code_here(), "dependencies": dependency_versions(), "machine": machine(), "begun": now(),
    }  # fmt: skip
    write_whole(folder / SWEEP_NAME, sealed(manifest))


def open_sweep(folder: Path | str, accept_altered: bool = False) -> Sweep:
    """Return the sweep in ``folder``, whose design and ``sweep.json`` have been checked; its tables not yet.

    Raises
    ------
    InputError
        There is none, or its design was tampered with and that is not accepted.
    """
    folder = Path(folder)
    path = folder / SWEEP_NAME
    altered: list[str] = []
    try:
        manifest, problem = cast("tuple[Manifest, str]", read_sealed(path, "the sweep's description"))
        if problem:
            altered.append(f"{SWEEP_NAME} {problem}")
            if not accept_altered:
                raise altered_error(folder, altered)
        layout = Layout(int(manifest["runs"]), int(manifest["runs_per_chunk"]))
        if layout.size < 1 or layout.runs < 1 or not set(Manifest.__annotations__) <= set(manifest):
            raise ValueError("numbers or keys are missing")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            "there is no sweep",
            file=folder,
            expected=f"a folder with {SWEEP_NAME}",
            suggestion="'diffusion sweep run STUDY --out FOLDER' makes one",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"cannot be read: {error}", file=path, expected="the file as it was written") from None
    design = thaw(folder, altered if accept_altered else None)
    if design.hash != manifest.get("hash") or design.runs != layout.runs:
        if not accept_altered or design.runs != layout.runs:
            raise InputError(
                "belongs to another design than the one beside it",
                file=path,
                expected="the files of one sweep",
                suggestion="restore the folder, or begin in another",
            )
        altered.append(f"{SWEEP_NAME} belongs to another design than the one beside it")
    tables = (*(name for name, rows in DETAIL_ROWS.items() if design.study.keeps(rows.level)), "runs")
    store = Store(folder, tables, f"{design.hash} {layout.size}")
    return Sweep(folder, design, layout, store, manifest, accept_altered, tuple(altered))


def check_code(sweep: Sweep, accept: bool = False) -> None:
    """Raise InputError if the sweep was begun by other code than this, unless that is accepted."""
    begun = sweep.manifest["code"]
    if begun["sha256"] == code_hash() or accept:
        return
    raise InputError(
        f"the package was changed since this sweep was begun (version {begun['version']}, now {package_version()}): "
        "its runs would not be comparable",
        file=sweep.folder,
        key="code",
        expected="the code it was begun with",
        suggestion="install that version, choose another folder, or add --accept-other-code",
    )


def check_own_code(sweep: Sweep, command: str) -> None:
    """Raise InputError, with the command that works, if own code that a run needs is not loaded, or is another."""
    design = sweep.design
    for response in responses_changed(design.own_levers):
        raise InputError(
            f"the response '{response.name}' was changed since this sweep was begun: its runs would not be comparable",
            file=sweep.folder,
            key="--python",
            expected="the function it was begun with",
            suggestion="load the function as it was, or begin in another folder",
        )
    missing = modules_missing(design.bases, design.own_levers) | {
        f"the outcome '{name}'": str(facts["python"])
        for name, facts in design.own_outcomes.items()
        if name not in own_outcomes()
    }
    if not missing:
        check_same_code(design, sweep.folder)
        return
    options = "".join(f" --python {shlex.quote(name)}" for name in dict.fromkeys(missing.values()))
    raise InputError(
        f"{' and '.join(missing)} {'comes' if len(missing) == 1 else 'come'} in a module that is not loaded",
        file=sweep.folder,
        key="--python",
        expected="the module named: a folder runs no code by itself",
        suggestion=f"{command}{options}",
    )


def check_same_code(design: Design, folder: Path | None = None) -> None:
    """Raise InputError if own levers, agents or outcomes, all loaded, are not those the design was frozen with."""
    now = own_code(design.study, design.bases) if design.own_code else {}
    changed = [name for name in design.own_code if now.get(name) != design.own_code[name]]
    if changed:
        raise InputError(
            f"the code of {', '.join(changed)} was changed since this sweep was begun: rows would not be comparable",
            file=folder,
            key="--python",
            expected="own levers, agents and outcomes as they were",
            suggestion="undo the change, or begin another sweep with --out",
        )


def code_here() -> Code:
    """Return which code this is."""
    return {"version": package_version(), "sha256": code_hash(), "git": source_state()}


def now() -> str:
    """Return date and time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
