"""The first page."""

from __future__ import annotations

from diffusion.web.ask.packaged import full_scenarios
from diffusion.web.ask.ready import READY
from diffusion.web.ask.shown import default_title
from diffusion.web.pages.page import Page

#: jobs and questions that are listed
MOST_LISTED = 8


class StartPage(Page):
    """Where to start from: ready questions, scenarios, files, and what was asked before."""

    async def get(self) -> None:
        house = self.house
        scenarios = await self.off_loop(full_scenarios)
        questions = await self.off_loop(house.questions.all)
        self.show(
            "start.html.j2",
            title="Ask",
            ready=READY,
            scenarios=scenarios,
            named=sorted(house.scenarios),
            jobs=house.jobs.all()[:MOST_LISTED],
            questions=[(each, each.title or default_title(each, house.scenarios)) for each in questions[:MOST_LISTED]],
        )
