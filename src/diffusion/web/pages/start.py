"""The first page."""

from __future__ import annotations

from collections.abc import Sequence

from diffusion.errors import InputError
from diffusion.web.ask.packaged import full_scenarios
from diffusion.web.ask.ready import READY
from diffusion.web.ask.shown import default_title
from diffusion.web.base.plain_paths import without_paths
from diffusion.web.jobs.store import Job, Progress
from diffusion.web.pages.page import Page

#: jobs and questions that are listed
MOST_LISTED = 8


class StartPage(Page):
    """Where to start from: ready questions, scenarios, files, and what was asked before."""

    async def get(self) -> None:
        await self.show_start()

    async def show_start(self, fault: InputError | None = None) -> None:
        """Show the page; with ``fault``, what is wrong with a file or a scenario that was picked on it."""
        house = self.house
        scenarios = await self.off_loop(full_scenarios)
        questions = await self.off_loop(house.questions.all)
        jobs = house.jobs.all()[:MOST_LISTED]
        if fault is not None:
            self.set_status(422)
        self.show(
            "start.html.j2",
            title="Ask",
            ready=READY,
            scenarios=scenarios,
            named=sorted(house.scenarios),
            jobs=jobs,
            pages=await self.off_loop(self.pages_of, jobs),
            questions=[(each, each.title or default_title(each, house.scenarios)) for each in questions[:MOST_LISTED]],
            fault="" if fault is None else without_paths(str(fault)),
            at="scenario" if fault is not None and fault.key == "scenario" else "files",
        )

    def pages_of(self, jobs: Sequence[tuple[Job, Progress]]) -> dict[str, str]:
        """Return the pages of the results of jobs that are done, by job; those that are gone have none."""
        done = [job for job, progress in jobs if progress.state == "done" and job.out]
        return {job.id: entry.address for job in done if (entry := self.library.made_by(job.id, job.out)) is not None}
