"""The library of results: all of them, two held against each other, and what was removed."""

from __future__ import annotations

from tornado.web import HTTPError

from diffusion.errors import InputError
from diffusion.web.base.plain_paths import without_paths
from diffusion.web.keep.changing import Bin
from diffusion.web.pages.result import OfResult

#: results on one page
_MOST = 100
_KINDS = {
    "ablate": "what levers give",
    "validate": "the model against the evidence",
    "analyse": "observed adoption",
    "sensitivity": "sensitivity",
    "calibrate": "calibration",
}


class LibraryPage(OfResult):
    """All results, the newest first."""

    async def get(self) -> None:
        found = await self.off_loop(self.library.all)
        bin_ = Bin(self.house.own)
        removed = await self.off_loop(bin_.all)
        just = next((each for each in removed if each.id == self.get_query_argument("removed", "")), None)
        running = [(job, progress) for job, progress in self.house.jobs.all() if not progress.over]
        self.show(
            "library.html.j2",
            title="Results",
            entries=[(entry, self.notes.get(entry.identity), _KINDS.get(entry.kind, "")) for entry in found[:_MOST]],
            more=max(len(found) - _MOST, 0),
            comparable=[entry for entry in found if entry.is_comparison and not entry.problem],
            removed=removed,
            just=just,
            running=running,
        )


class ComparedPage(OfResult):
    """Two results held against each other."""

    async def get(self) -> None:
        a, b = self.get_query_argument("a", ""), self.get_query_argument("b", "")
        if not a and not b:  # a result may be called so
            self.redirect("/results/compare/")
            return
        one, other = await self.comparison(a), await self.comparison(b)
        problem, found = "", None
        if one.name == other.name:
            problem = "These are one result. Choose two."
        else:
            try:
                found = await self.drawn(one, "difference", a=one.name, b=other.name, key_b=other.key)
            except InputError as error:
                problem = without_paths(error.message)
        title = f"{one.name} and {other.name}"
        self.show("compared.html.j2", title=title, one=one, other=other, found=found, problem=problem)


class RemovedChange(OfResult):
    """Puts a removed result back, or deletes it for good."""

    def get(self, id: str, what: str) -> None:
        self.see_other("/results")

    async def post(self, id: str, what: str) -> None:
        bin_ = Bin(self.house.own)
        try:
            if what == "undo":
                name = await self.off_loop(bin_.put_back, id, self.library)
                self.see_other((await self.entry(name)).address)
            else:
                await self.off_loop(bin_.delete, id)
                self.see_other("/results")
        except KeyError:
            raise HTTPError(404) from None
