"""A result: its page, quick to answer and then whole, and the figures on it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tornado.web import HTTPError

from diffusion.errors import InputError
from diffusion.storage.scenario_entry import Json
from diffusion.web.base.guard import REPORT_POLICY
from diffusion.web.base.html import render
from diffusion.web.base.plain_paths import without_paths
from diffusion.web.base.seen import HERE, Seen
from diffusion.web.helpers.helper import HelperEnded
from diffusion.web.keep.again import apart, repeats, with_apart
from diffusion.web.keep.changing import Notes
from diffusion.web.keep.library import Entry, files_of
from diffusion.web.pages.page import Page
from diffusion.web.see.parts import Said, said_in

#: the stored page
PAGE = "index.html"
_KINDS = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
#: seconds for which a browser keeps a figure: its address changes with the result
_KEPT_SECONDS = 3_600


class OfResult(Page):
    """Base of the pages of a result; a name that is none of the library's is not there."""

    @property
    def notes(self) -> Notes:
        return Notes(self.house.own)

    async def entry(self, name: str) -> Entry:
        try:
            return await self.off_loop(lambda: with_apart(self.library.get(name), self.library))
        except KeyError:
            raise HTTPError(404) from None

    async def comparison(self, name: str) -> Entry:
        """Return a result of ``run`` or ``compare``; others have no such page."""
        entry = await self.entry(name)
        if entry.problem or not entry.is_comparison:
            raise HTTPError(404)
        return entry

    def given(self, entry: Entry, **more: object) -> Json:
        """Return what the drawing helper takes."""
        own = {"root": str(self.house.root), "own": str(self.house.own)}
        return {**own, "name": entry.name, "key": entry.key, "apart": entry.apart, **more}

    async def sheet(self, entry: Entry, sheet: str, task: str, **more: object) -> Json:
        """Return a page that was drawn, drawing it where it was not.

        Raises
        ------
        InputError
            The tables of the result cannot be read.
        """
        seen = Seen(self.house.own, entry.key)
        if (found := await self.off_loop(seen.sheet, sheet)) is not None:
            return found
        await self.drawn(entry, task, **more)
        if (found := await self.off_loop(seen.sheet, sheet)) is None:
            raise HTTPError(503)
        return found

    async def drawn(self, entry: Entry, task: str, **more: object) -> Json:
        """Have the helper do a task; what several ask at once is done once."""
        asked: dict[str, asyncio.Task[Json]] = self.application.settings.setdefault("drawing", {})
        key = json.dumps([task, entry.key, more], sort_keys=True)
        if key not in asked:
            asked[key] = asyncio.ensure_future(self._done(task, self.given(entry, **more)))
            asked[key].add_done_callback(lambda done: asked.pop(key, None))
        return await asyncio.shield(asked[key])

    async def _done(self, task: str, given: Json) -> Json:
        try:
            return await self.house.drawer.answer(task, given)
        except HelperEnded:  # it is begun again when it is asked again
            return await self.house.drawer.answer(task, given)

    def of_result(self, entry: Entry, **more: object) -> dict[str, object]:
        """Return what all templates of a result take."""
        return {
            "title": entry.title,
            "entry": entry,
            "at": entry.address,
            "altered": [without_paths(text) for text in entry.altered],
            "problem": without_paths(entry.problem),
            **more,
        }


def here(text: str, entry: Entry) -> str:
    """Return a part of a kept page with the addresses of this result."""
    return text.replace(HERE[:-1], entry.address)


class ResultPage(OfResult):
    """The page of a result: all of it, or at first the answer while the rest is drawn."""

    async def get(self, name: str) -> None:
        entry = await self.entry(name)
        if entry.problem or not entry.is_comparison:
            await self.other(entry)
            return
        whole = bool(self.get_query_argument("whole", ""))
        page = await self.off_loop(Seen(self.house.own, entry.key).sheet, "page")
        try:
            if page is None and not whole:
                said = await self.off_loop(_stored_answer, entry)
                answer = None if said else (await self.sheet(entry, "answer", "see_answer"))["answer"]
                self.show("result.html.j2", **await self.more(entry, said=said, answer=answer, page=None, whole=False))
                return
            page = page or await self.sheet(entry, "page", "see_page")
        except InputError as error:
            await self.other(entry, str(error))
            return
        self.show("result.html.j2", **await self.more(entry, page=parts_of(page, entry, whole), whole=whole))

    async def more(self, entry: Entry, **what: object) -> dict[str, object]:
        note = await self.off_loop(self.notes.get, entry.identity)
        again = await self.off_loop(repeats, entry, self.library)
        levers = await self.off_loop(apart, entry, self.library) if entry.is_comparison else []
        return self.of_result(entry, note=note, again=again, levers=levers, **what)

    async def other(self, entry: Entry, problem: str = "") -> None:
        """Show a result that has no page of this kind, or cannot be read, by its files."""
        files = await self.off_loop(files_of, entry.folder)
        what = await self.more(entry, files=files, pictures=[name for name in files if name.endswith(".svg")])
        self.show("result_other.html.j2", **{**what, "problem": without_paths(problem) or what["problem"]})


def _stored_answer(entry: Entry) -> Said | None:
    """Return what the stored page says, where it is as it was written: it is there at once."""
    if entry.altered or PAGE not in entry.manifest.get("files", {}):
        return None
    try:
        return said_in((entry.folder / PAGE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def parts_of(page: Json, entry: Entry, whole: bool) -> Json:
    """Return the parts of a kept page as they stand on a page of this result."""
    main = here(str(page["main" if whole else "short"]), entry)
    return {"head": here(str(page.get("head", "")), entry), "contents": str(page.get("contents", "")), "main": main}


class ResultRest(OfResult):
    """The whole of a page whose answer is there already."""

    async def get(self, name: str) -> None:
        entry = await self.comparison(name)
        try:
            page = parts_of(await self.sheet(entry, "page", "see_page"), entry, False)
            problem = ""
        except InputError as error:  # told in the place of the rest: the page asks for no other
            page, problem = {}, without_paths(str(error))
        self.show("result_rest.html.j2", page=page, problem=problem)


class ResultPart(OfResult):
    """A part of a page that comes when it is unfolded."""

    async def get(self, name: str, number: str) -> None:
        entry = await self.comparison(name)
        page = await self.sheet(entry, "page", "see_page")
        folded = page["folded"]
        if int(number) >= len(folded):
            raise HTTPError(404)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(here(str(folded[int(number)]), entry))


class FigureOf(OfResult):
    """A figure as SVG or PNG, its data, and its table as a page or as a part of one."""

    async def get(self, name: str, sheet: str | None, figure: str, ending: str | None) -> None:
        entry = await self.comparison(name)
        path = await self.drawn_file(entry, sheet or "page", figure, ending or "json")
        data = await self.off_loop(path.read_bytes)
        if ending is None:
            self.table(entry, sheet, figure, json.loads(data))
            return
        self.set_header("Cache-Control", "no-cache")
        self.set_etag_header()
        if ending == "svg":
            self.set_header("Content-Type", _KINDS[ending])
            self.set_header("Content-Security-Policy", REPORT_POLICY)
            self.set_header("Content-Disposition", f'inline; filename="{figure}.svg"')
            self.finish(_as_file(data))
        else:
            self.send_file(data, _KINDS[ending], f"{figure}.{ending}")

    async def drawn_file(self, entry: Entry, sheet: str, figure: str, ending: str) -> Path:
        path = Seen(self.house.own, entry.key).figure(sheet, figure, ending)
        if not path.is_file():
            told = await self.drawn(entry, "see_figure", sheet=sheet, figure=figure, ending=ending)
            if not told.get("known"):
                raise HTTPError(404)
        return path

    def table(self, entry: Entry, sheet: str | None, figure: str, table: Json) -> None:
        at = f"{entry.address}/figures/{f'{sheet}.' if sheet else ''}{figure}"
        what = self.of_result(entry, table=table, figure=at)
        if self.partial:
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.finish(render("figure_table.html.j2", **what))
        else:
            self.show("figure.html.j2", **{**what, "title": table["title"]})


def _as_file(svg: bytes) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + svg
