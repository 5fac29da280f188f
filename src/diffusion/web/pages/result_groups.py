"""Regions and innovations of a result, picked on a map or from a list, each with a page."""

from __future__ import annotations

from tornado.web import HTTPError

from diffusion.storage.scenario_entry import Json
from diffusion.web.keep.library import Entry
from diffusion.web.pages.result import OfResult, parts_of


class _Groups(OfResult):
    async def groups(self, entry: Entry) -> Json:
        return await self.sheet(entry, "regions", "see_page")


class RegionsPage(_Groups):
    """All regions: a map with a list beside it."""

    async def get(self, name: str) -> None:
        entry = await self.comparison(name)
        groups = await self.groups(entry)
        chosen = self.get_query_argument("of", "")
        kinds = [each["grouping"] for each in groups["groupings"]]
        grouping = groups["groupings"][kinds.index(chosen) if chosen in kinds else 0] if kinds else None
        option = self.get_query_argument("option", "")
        most = len(groups["labels"]) - 1
        place = int(option) if option.isdecimal() and 1 <= int(option) <= most else most
        kept = {(each["grouping"], each["code"]) for each in groups["kept"]}
        what = self.of_result(entry, groups=groups, grouping=grouping, option=place, kept=kept)
        self.show("regions.html.j2", **{**what, "title": f"Regions: {entry.title}"})


class RegionPage(_Groups):
    """One region: its page where the result keeps it, else how to get it."""

    async def get(self, name: str, code: str) -> None:
        entry = await self.comparison(name)
        groups = await self.groups(entry)
        for place, kept in enumerate(groups["kept"]):
            if code in (kept["name"], kept["code"]):
                page = await self.sheet(entry, f"region-{place}", "see_region", place=place)
                what = self.of_result(entry, page=parts_of(page, entry, True), kept=kept)
                self.show("region_seen.html.j2", **{**what, "title": kept["title"]})
                return
        for grouping in groups["groupings"]:
            for row in grouping["rows"]:
                if code in (row["file"], row["code"]):
                    what = self.of_result(entry, row=row, grouping=grouping, groups=groups)
                    self.show("region_not_kept.html.j2", **{**what, "title": row["name"]})
                    return
        raise HTTPError(404)


class InnovationsPage(_Groups):
    """All innovations, in a list."""

    async def get(self, name: str) -> None:
        entry = await self.comparison(name)
        groups = await self.groups(entry)
        what = self.of_result(entry, groups=groups)
        self.show("innovations.html.j2", **{**what, "title": f"Innovations: {entry.title}"})


class InnovationPage(_Groups):
    """One innovation."""

    async def get(self, name: str, id: str) -> None:
        entry = await self.comparison(name)
        rows = (await self.groups(entry))["innovations"]["rows"]
        ids = [row["code"] for row in rows]
        if id not in ids:
            raise HTTPError(404)
        place = ids.index(id)
        page = await self.sheet(entry, f"innovation-{place}", "see_innovation", place=place)
        what = self.of_result(
            entry,
            page=parts_of(page, entry, True),
            row=rows[place],
            before=rows[place - 1] if place else None,
            after=rows[place + 1] if place + 1 < len(rows) else None,
        )
        self.show("innovation_seen.html.j2", **{**what, "title": rows[place]["name"]})
