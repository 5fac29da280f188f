"""The library: the folders directly below the root that hold a finished result, and what is known of each.

Whatever an address names is looked up among the folders that are there: a name that is not one of them, a hidden one, a
link, or one that differs in letter case is no result.
"""

from __future__ import annotations

import html
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from diffusion.drafts import is_link
from diffusion.errors import InputError
from diffusion.outlets import shown
from diffusion.storage.finished import MADE_AGAIN, open_finished
from diffusion.storage.folder import DISTRIBUTION, MANIFEST_NAME, TABLES
from diffusion.storage.scenario_entry import Json
from diffusion.storage.sealed import SEAL
from diffusion.web.base.seen import key_of
from diffusion.web.jobs.store import JOB, TITLE

#: letters of the beginning of a page in which its title stands
_HEAD_BYTES = 4_096
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
#: letters of a title that somebody gave
_LONGEST_TITLE = 250
#: results of which is remembered what they are
_MOST_KNOWN = 500
Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Entry:
    """A folder of the library.

    ``written`` tells those apart that were finished in one second; ``apart`` is the result, if there is one, that says
    what each lever gives in one of its scenarios.
    ``altered`` says what is not as it was written, ``problem`` why the manifest cannot be read at all; ``key`` decides
    how it is shown, and ``identity`` stays the same when its page is made again or its folder is renamed.
    """

    name: str
    folder: Path
    title: str = ""
    kind: str = ""
    finished: str = ""
    replicates: int | None = None
    world: str = ""
    altered: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    problem: str = ""
    key: str = ""
    identity: str = ""
    apart: str = ""
    written: int = 0
    manifest: Json = field(default_factory=dict, repr=False, compare=False)

    @property
    def address(self) -> str:
        """Its page's path."""
        return f"/results/{quote(self.name, safe='')}"

    @property
    def titled(self) -> bool:
        """Whether the title is one that somebody gave, and not the question as the page says it."""
        return bool(str(self.manifest.get(TITLE) or "").strip())

    @property
    def is_comparison(self) -> bool:
        """Whether it is of ``run`` or ``compare``, whose page can be made from its tables."""
        scenarios = self.manifest.get("scenarios")
        return (
            isinstance(scenarios, list)
            and bool(scenarios)
            and isinstance(scenarios[0], dict)
            and "levers" in scenarios[0]
            and "ablation" not in self.manifest
        )


class Library:
    """The results directly below ``root``; what is known of a folder is remembered until a file changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: OrderedDict[str, tuple[Signature, Entry]] = OrderedDict()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Return the names of all folders that may hold a result."""
        try:
            found = [entry.name for entry in os.scandir(self.root) if _may_be(entry)]
        except OSError:
            return []
        return sorted(found)

    def place(self, name: str) -> Path:
        """Return the folder of a name; KeyError where it is not one of :meth:`names`."""
        if name not in self.names():
            raise KeyError(name)
        return self.root / name

    def get(self, name: str) -> Entry:
        """Return a result; KeyError where there is none of this name."""
        folder = self.place(name)
        if not (folder / MANIFEST_NAME).is_file():
            raise KeyError(name)
        signature = tuple(_signature(folder))
        with self._lock:
            known = self._known.get(name)
        if known is not None and known[0] == signature:
            return known[1]
        entry = _read(name, folder)
        if entry is None:
            raise KeyError(name)
        with self._lock:
            self._known[name] = signature, entry
            self._known.move_to_end(name)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return entry

    def glance(self) -> list[Entry]:
        """Return all results as they were when they were last looked at, read anew where the manifest is another."""
        found = []
        for name in self.names():
            with self._lock:
                known = self._known.get(name)
            try:
                same = known is not None and _of_file(self.root / name, MANIFEST_NAME) in known[0]
                found.append(known[1] if known is not None and same else self.get(name))
            except (KeyError, OSError):
                continue
        return found

    def made_by(self, job: str, out: str) -> Entry | None:
        """Return the result that a job made, as ``out`` or under the name that it has since; None where it is gone."""
        with suppress(KeyError):
            if (entry := self.get(out)).manifest.get(JOB) == job:
                return entry
        return next((entry for entry in self.glance() if entry.manifest.get(JOB) == job), None)

    def all(self) -> list[Entry]:
        """Return all results, those finished last first."""
        found = []
        for name in self.names():
            try:
                found.append(self.get(name))
            except KeyError:
                continue
        return sorted(found, key=lambda entry: (entry.finished, entry.written, entry.name), reverse=True)

    def free(self, name: str) -> bool:
        """Whether nothing at all has this name, whatever the case of its letters."""
        try:
            return name.casefold() not in {entry.name.casefold() for entry in os.scandir(self.root)}
        except OSError:
            return False


def files_of(folder: Path) -> dict[str, int]:
    """Return the files of a result by path in it -> bytes; no links, nothing hidden."""
    found = {}
    for inside, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and not is_link(Path(inside, each)))
        for name in sorted(names):
            path = Path(inside, name)
            if not name.startswith(".") and not is_link(path) and path.is_file():
                found[path.relative_to(folder).as_posix()] = path.stat().st_size
    return found


def _may_be(entry: os.DirEntry[str]) -> bool:
    try:
        return (
            not entry.name.startswith(".")
            and entry.is_dir(follow_symlinks=False)
            and not is_link(Path(entry.path))
            and shown(entry.name) == entry.name
        )
    except OSError:
        return False


def _signature(folder: Path) -> Iterator[tuple[str, int, int]]:
    for inside, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            try:
                yield _of_file(folder, str(Path(inside, name).relative_to(folder)))
            except OSError:
                continue


def _of_file(folder: Path, name: str) -> tuple[str, int, int]:
    stat = (folder / name).lstat()
    return name, stat.st_size, stat.st_mtime_ns


def _read(name: str, folder: Path) -> Entry | None:
    """Return what is known of a folder with a manifest; None where it is not one of this package."""
    try:
        text = (folder / MANIFEST_NAME).read_bytes()
        finished = open_finished(folder, accept_altered=True, may_miss=MADE_AGAIN)
    except InputError as error:
        return Entry(name, folder, name, problem=error.message, identity=_digest(name))
    except OSError as error:
        return Entry(name, folder, name, problem=f"it cannot be read: {error.strerror}", identity=_digest(name))
    manifest = finished.manifest
    package = manifest.get("package")
    if not isinstance(package, dict) or package.get("name") != DISTRIBUTION:
        return None
    command = manifest.get("command")
    kind = str(command[1]) if isinstance(command, list) and len(command) > 1 else ""
    replicates = manifest.get("replicates")
    return Entry(
        name,
        folder,
        _title(folder, manifest) or name,
        kind,
        str(manifest.get("finished") or ""),
        replicates if isinstance(replicates, int) else None,
        _world(manifest),
        finished.altered,
        finished.beside,
        "",
        key_of(text, finished.altered),
        _identity(manifest) or _digest(name),
        written=(folder / MANIFEST_NAME).stat().st_mtime_ns,
        manifest=manifest,
    )


def _title(folder: Path, manifest: Json) -> str:
    """Return the title that whoever asked gave it, else the question as the page says it, or the scenarios' names."""
    if given := " ".join(str(manifest.get(TITLE) or "").split())[:_LONGEST_TITLE]:
        return given
    try:
        with (folder / "index.html").open("rb") as stream:
            head = stream.read(_HEAD_BYTES).decode("utf-8", "replace")
        if found := _TITLE.search(head):
            return html.unescape(found[1]).strip()
    except OSError:
        pass
    try:
        titles = [str(entry.get("title") or entry["name"]) for entry in manifest["scenarios"]]
    except (KeyError, TypeError, AttributeError):
        return ""
    about = f" ({'what levers give'})" if "ablation" in manifest else ""
    return " or ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles) + about


def _world(manifest: Json) -> str:
    try:
        return str(manifest["scenarios"][0]["world"]["name"])
    except (KeyError, TypeError, IndexError):
        return ""


def _identity(manifest: Json) -> str:
    """Return what stays of a result when its page is made again: when it was finished, and its tables."""
    files = manifest.get("files")
    if not isinstance(files, dict):
        return ""
    tables = [f"{name} {files[name]}" for name in sorted(files) if name.startswith(f"{TABLES}/")]
    return _digest("\n".join([str(manifest.get("finished")), str(manifest.get("command")), *tables]))


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def seal_of(entry: Entry) -> str:
    """Return the checksum that a manifest carries of itself."""
    return str(entry.manifest.get(SEAL) or "")
