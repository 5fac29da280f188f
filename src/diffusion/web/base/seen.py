"""What was drawn for pages: kept in files, a folder for each result as it is, so that it is drawn once.

All of it can be made again, and the folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from diffusion.drafts import draft_of, move, remove
from diffusion.outlets import json_text
from diffusion.storage.manifest import package_version
from diffusion.storage.scenario_entry import Json

#: the folder inside that of the server
SEEN = "seen"
#: results of which drawings are kept
MOST_KEPT = 40
#: what a result's page is drawn on: the page, that of a region or of an innovation by its number
SHEET = r"page|regions|region-\d{1,4}|innovation-\d{1,5}"
FIGURE = r"[a-z]{1,12}\d{1,4}"
_SHEET, _FIGURE = re.compile(rf"(?:{SHEET})\Z"), re.compile(rf"{FIGURE}\Z")
#: stands in kept pages for the name of the folder, which may change
HERE = "/results/-here-/"


def key_of(manifest: bytes, altered: Sequence[str]) -> str:
    """Return what decides how a result is shown: its manifest, what is wrong with its files, and this version."""
    parts = (package_version().encode(), manifest, *(text.encode("utf-8", "replace") for text in altered))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


class Seen:
    """What was drawn of one result, in the folder ``own``/seen/KEY."""

    def __init__(self, own: Path, key: str) -> None:
        self.folder = own / SEEN / key
        self.key = key

    def sheet(self, sheet: str) -> Json | None:
        """Return a page that was drawn; None where it was not."""
        try:
            found = json.loads(self._sheet(sheet).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        with suppress(OSError):
            os.utime(self.folder)
        return found if isinstance(found, dict) else None

    def keep_sheet(self, sheet: str, what: Json) -> None:
        self._write(self._sheet(sheet), json_text(what, None).encode())

    def figure(self, sheet: str, figure: str, ending: str) -> Path:
        """Return the file of a figure: an ending is ``svg``, ``png``, ``csv`` or ``json`` (its table)."""
        if not _SHEET.match(sheet) or not _FIGURE.match(figure) or ending not in ("svg", "png", "csv", "json"):
            raise KeyError(figure)
        return self.folder / f"{sheet}.{figure}.{ending}"

    def keep_figure(self, sheet: str, figure: str, ending: str, data: bytes) -> None:
        self._write(self.figure(sheet, figure, ending), data)

    def _sheet(self, sheet: str) -> Path:
        if not _SHEET.match(sheet) and sheet != "answer":
            raise KeyError(sheet)
        return self.folder / f"{sheet}.page.json"

    def _write(self, path: Path, data: bytes) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._forget_old()
        draft = draft_of(path)
        draft.write_bytes(data)  # the disk is not waited for: what is lost is drawn again
        move(draft, path)

    def _forget_old(self) -> None:
        with suppress(OSError):
            folders = sorted(self.folder.parent.iterdir(), key=lambda place: -place.stat().st_mtime)
            for place in folders[MOST_KEPT:]:
                if place != self.folder:
                    remove(place)
