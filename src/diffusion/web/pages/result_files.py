"""The files of a result: stored pages as they are, downloads, and files that are made again from its tables."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from tornado.web import HTTPError

from diffusion.web.keep.library import files_of
from diffusion.web.pages.result import OfResult

#: what can be made of a result: what is asked -> what it is called
MADE = {
    "": "Report page and workbook",
    "one_page": "Summary on one page",
    "slides": "Slides for PowerPoint and its like",
    "pdf": "Report as PDF",
    "figures": "All figures as files",
}
_MORE_KINDS = {
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
}


class FilesPage(OfResult):
    """All files, and what can be made beside them."""

    async def get(self, name: str) -> None:
        entry = await self.entry(name)
        files = await self.off_loop(files_of, entry.folder)
        groups: dict[str, list[tuple[str, str, str]]] = {}
        for path, size in files.items():
            inside, _, last = path.rpartition("/")
            groups.setdefault(inside, []).append((last, f"{entry.address}/files/{quote(path)}", _size(size)))
        made = [text for text in self.get_query_argument("made", "").split(",") if text in files]
        what = self.of_result(entry, groups=groups, made=made, makes=MADE, quoted=quote)
        self.show("files.html.j2", **{**what, "title": f"Files: {entry.title}"})


class FileDownload(OfResult):
    """A file to take away."""

    async def get(self, name: str, path: str) -> None:
        entry = await self.entry(name)
        if path not in await self.off_loop(files_of, entry.folder):
            raise HTTPError(404)
        data = await self.off_loop((entry.folder / path).read_bytes)
        self.send_file(data, kind_of(path), path.rpartition("/")[2])


class StoredPage(OfResult):
    """A stored page as it is: it may run nothing and send nothing."""

    async def get(self, name: str, path: str | None = None) -> None:
        entry = await self.entry(name)
        if path is None:  # so that links to pages beside it lead there
            self.redirect(f"{entry.address}/report/index.html")
            return
        if not path.endswith(".html") or path not in await self.off_loop(files_of, entry.folder):
            raise HTTPError(404)
        self.send_file(await self.off_loop((entry.folder / path).read_bytes), kind_of(path))


class MakeFiles(OfResult):
    """Makes files of a result from what is stored in it."""

    async def post(self, name: str) -> None:
        entry = await self.comparison(name)
        wanted = self.get_body_argument("what", "")
        if wanted not in MADE:
            raise HTTPError(400)
        told = await self.drawn(entry, "make_files", wanted=[wanted] if wanted else [])
        self.see_other(f"{entry.address}/files?made={quote(','.join(told['written'][:12]))}")


def kind_of(path: str) -> str:
    """Return the kind of a file by the end of its name."""
    ending = "." + path.rpartition(".")[2].lower()
    return _MORE_KINDS.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _size(number: int) -> str:
    return (
        f"{number:,} bytes"
        if number < 1_000
        else f"{number / 1e3:,.0f} kB"
        if number < 1e6
        else f"{number / 1e6:,.1f} MB"
    )
