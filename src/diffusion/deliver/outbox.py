"""How results leave: bars while they are made, and a folder that is finished or not there at all."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeAlias

from diffusion.drafts import UNFINISHED, draft_of, drafts_of, is_abandoned, is_link, move, remove, tidy
from diffusion.errors import InputError
from diffusion.outlets import file_names
from diffusion.progress import Report, silent
from diffusion.reading.files import input_at
from diffusion.report.figures.style import save
from diffusion.storage.folder import DISTRIBUTION, MANIFEST_NAME, check_replaceable, is_result, mend, result_folder
from diffusion.storage.manifest import git_text, package_version, source_state, write_manifest
from diffusion.storage.scenario_entry import Json
from diffusion.storage.table_files import checksums

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

#: A manifest as plain data.
Manifest: TypeAlias = Json

PAGE, WORKBOOK, PDF = "index.html", "tables.xlsx", "report.pdf"
SUMMARY, SUMMARY_PDF, SLIDES = "summary.html", "summary.pdf", "slides.pptx"


class ManifestMaker(Protocol):
    """Makes a manifest from what is known when a folder is finished, such as ``build_manifest`` of these results."""

    def __call__(
        self,
        *,
        command: Sequence[str],
        duration_seconds: float,
        finished: str,
        files: dict[str, str],
        source: Manifest | None,
    ) -> Manifest: ...


@dataclass(frozen=True)
class Draft:
    """A folder in the making, and what made it."""

    folder: Path
    command: str
    source: Manifest | None

    @property
    def tables(self) -> Path:
        return self.folder / "tables"

    @property
    def figures(self) -> Path:
        return self.folder / "figures"

    @property
    def version(self) -> str:
        """This package and its version."""
        return f"{DISTRIBUTION} {package_version()}"

    @property
    def git(self) -> str:
        """Commit of the source; empty outside a repository."""
        return git_text(self.source)


class Outbox:
    """Where a result goes and who is told: made before anything is computed.

    With ``out`` None nothing is written. An interrupt leaves nothing behind.

    Raises
    ------
    InputError
        If ``out`` must not be replaced.
    """

    def __init__(
        self,
        out: Path | str | None,
        *,
        force: bool = False,
        command: Sequence[str] = (),
        console: Console | None = None,
    ) -> None:
        from diffusion.report.terminal.safe_console import SafeConsole

        self.out = None if out is None else Path(out)
        self.console = console or SafeConsole()
        self._force, self._command, self._began = force, command, time.perf_counter()
        if self.out is not None:
            if mended := mend(self.out):
                self.console.print(mended, soft_wrap=True)
            check_replaceable(self.out, force)

    @contextmanager
    def bars(self) -> Iterator[Report]:
        """Give a function (what, done, total) that shows progress."""
        from diffusion.report.terminal.progress_bars import progress_bars

        with progress_bars(self.console) as report:
            yield report

    @contextmanager
    def draft(self, make: ManifestMaker, more: Mapping[str, object] | None = None) -> Iterator[Draft]:
        """Give a folder to write into; when the block ends well it gets its manifest and is put in its place.

        ``more`` are further entries of the manifest.
        """
        if self.out is None:
            raise ValueError("this outbox has no folder")
        source = source_state()
        with result_folder(self.out, self._force) as folder:
            yield Draft(folder, shlex.join(self._command), source)
            manifest = make(
                command=self._command,
                duration_seconds=time.perf_counter() - self._began,
                finished=datetime.now(UTC).isoformat(timespec="seconds"),
                files=checksums(folder),
                source=source,
            )
            write_manifest(manifest | dict(more or {}), folder / MANIFEST_NAME)

    def tell(self, what: str, inside: str = "") -> None:
        """Print where it is; ``inside`` is the file to open."""
        if self.out is not None:
            self.console.print(f"\n{what}: {self.out / inside}", soft_wrap=True)


def write_page(page: str, path: Path) -> None:
    """Write HTML, with the same line ends everywhere."""
    path.write_text(page, encoding="utf-8", newline="\n")


def write_figures(makers: Mapping[str, Callable[[], Figure]], folder: Path, report: Report = silent) -> list[Path]:
    """Draw and write figures as SVG and PNG, under names that files can have; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    writers = figure_writers(makers)
    for done, (name, write) in enumerate(writers.items()):
        report("Drawing", done, len(writers) + 1)
        write(folder / name)
    report("Drawing", len(writers), len(writers) + 1)
    return [folder / name for name in writers]


def figure_writers(makers: Mapping[str, Callable[[], Figure]]) -> dict[str, Callable[[Path], None]]:
    """Return file name -> what writes it: each figure as SVG and PNG, under names that files can have."""
    writers: dict[str, Callable[[Path], None]] = {}
    for name, make in zip(file_names(makers), makers.values()):
        once = cache(make)  # drawn into both
        writers |= {f"{name}{ending}": partial(_save_made, once, f"{name}{ending}") for ending in (".svg", ".png")}
    return writers


def _save_made(make: Callable[[], Figure], name: str, path: Path) -> None:
    save(make(), path, name=name)  # the path is that of a draft


def check_files(folder: Path, names: Collection[str], *, ours: Collection[str] = (), force: bool = False) -> None:
    """Make sure that files of these ``names`` may be put into ``folder``; writes nothing.

    ``ours`` are names that an earlier run wrote there.

    Raises
    ------
    InputError
        If the folder cannot be written, holds a result that these files do not belong to, or holds one of the files
        and ``force`` is false. Links, folders and what this command has read are not replaced, not even by force.
    """
    inside = {str(above): False for name in names for above in PurePosixPath(name).parents if above.name}
    for place in (folder, *(folder / name for name in inside if (folder / name).is_dir())):
        _check_writable(place)
    if not ours and is_result(folder):
        raise InputError(
            "the folder holds another result",
            file=folder,
            key="--out",
            expected="a new folder",
            suggestion="choose another folder",
        )
    if not ours and _begun_here(folder, names):
        ours = names
    for name, is_file in (inside | dict.fromkeys(names, True)).items():
        path = folder / name
        fault, hint = "", "choose another folder"
        if is_link(path):
            fault = "this is a link to another place"
        elif path.exists() and path.is_file() != is_file:
            fault = "this is not a file" if is_file else "this is not a folder"
        elif path.exists() and is_file and name not in ours and not force:
            fault, hint = "no run wrote this file", "choose another folder with --out, or overwrite it with --force"
        elif input_at(path) is not None:
            fault = "this command reads that file"
        if fault:
            raise InputError(fault, file=path, key="--out", expected="no such file", suggestion=hint)


def put_files(folder: Path, writers: Mapping[str, Callable[[Path], object]]) -> list[Path]:
    """Put single files into a folder, all of them or none; ``writers`` write to the path they are given, by name in it.

    Raises
    ------
    InputError
        If the folder, or a file that is there, cannot be written.
    """
    _check_writable(folder)
    if not folder.exists():  # a folder of its own is there whole, or not at all
        with result_folder(folder) as draft:
            for name, write in writers.items():
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                write(draft / name)
        return [folder / name for name in writers]
    made = _make_folders(folder, writers)
    for inside in {(folder / name).parent for name in writers}:
        tidy(inside)
    drafts = {draft_of(folder / name): folder / name for name in writers}
    try:
        for draft, write in zip(drafts, writers.values()):
            write(draft)
        _replace_all(drafts)
        made = []
    finally:
        for draft in drafts:
            remove(draft)
        for inside in reversed(made):  # of nothing that was written
            with suppress(OSError):
                inside.rmdir()
    return list(drafts.values())


def _make_folders(folder: Path, names: Collection[str]) -> list[Path]:
    """Make the folders of these names inside ``folder``; return those that were not there, outer ones first."""
    wanted = {folder / above for name in names for above in PurePosixPath(name).parents if above.name}
    made = []
    for inside in sorted(wanted, key=lambda path: len(path.parts)):
        if not inside.exists():
            inside.mkdir()
            made.append(inside)
        _check_writable(inside)
    return made


def _replace_all(drafts: Mapping[Path, Path]) -> None:
    """Put every draft into its place; where one cannot go there, all that was there before is put back."""
    kept: dict[Path, Path | None] = {}  # a second name of what was there, while it may be needed again
    try:
        for draft, path in drafts.items():
            try:
                kept[path] = _second_name(path) if path.exists() and len(drafts) > 1 else None
                move(draft, path)
            except OSError as error:
                for there, before in kept.items():
                    if before is None:
                        if there != path:
                            remove(there)
                    else:
                        with suppress(OSError):
                            move(before, there)
                raise InputError(
                    f"the file cannot be replaced: {error.strerror or error}",
                    file=path,
                    key="--out",
                    expected="a file that no other program has open",
                    suggestion="close it, or choose another folder with --out",
                ) from None
    finally:
        for before in kept.values():
            if before is not None:
                remove(before)


def _second_name(path: Path) -> Path:
    """Give a file a second name beside its own, as a copy where the system has no such thing."""
    before = draft_of(path.with_name(f"{path.name}.before"))
    remove(before)
    try:
        os.link(path, before)
    except (OSError, AttributeError):
        shutil.copy2(path, before)
    return before


def _begun_here(folder: Path, names: Collection[str]) -> bool:
    """Tell whether a process that put these files into ``folder`` was killed in between."""
    found = (item for name in names for item in drafts_of(folder / name, UNFINISHED))
    return any(is_abandoned(draft, owner) for draft, owner in found)


def _check_writable(target: Path) -> None:
    above = target if target.exists() else next((path for path in target.absolute().parents if path.exists()), target)
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise InputError(
            f"'{above}' cannot be written",
            file=target,
            key="--out",
            expected="a folder of your own",
            suggestion="for example --out report",
        )
