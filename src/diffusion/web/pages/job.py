"""A job while it runs: numbers so far, how long still, and a way to stop it."""

from __future__ import annotations

from tornado.web import HTTPError

from diffusion.web.ask.asking import as_asked
from diffusion.web.jobs.store import ASKED, Job, Progress
from diffusion.web.jobs.table import rows_of, said_of, time_left
from diffusion.web.pages.page import Page


class _OfJob(Page):
    def found(self, id: str) -> tuple[Job, Progress]:
        try:
            return self.house.jobs.get(id), self.house.jobs.progress(id)
        except KeyError:
            raise HTTPError(404) from None

    async def page_of(self, job: Job, progress: Progress) -> str:
        """Return the page of what came out: "" where there is none, not yet, or none any more."""
        if progress.state != "done" or job.leads_to or not job.out:
            return job.leads_to
        entry = await self.off_loop(self.library.made_by, job.id, job.out)
        return "" if entry is None else entry.address

    async def what(self, job: Job, progress: Progress) -> dict[str, object]:
        told = progress.told
        return {
            "title": job.title,
            "job": job,
            "asked": ASKED in job.given,
            "progress": progress,
            "page": await self.page_of(job, progress),
            "table": rows_of(progress.told.get("numbers")),
            "before": self.house.queue.before(job.id),
            "told": told,
            "left": time_left(told.get("seconds_left")) if told.get("what") == "Running" else "",
            "said": said_of(progress.state, told.get("what", ""), told.get("done", 0), told.get("total", 0)),
            "heard": None,
        }


class JobPage(_OfJob):
    """The whole page; without scripts it loads itself again."""

    async def get(self, id: str) -> None:
        self.show("job.html.j2", **await self.what(*self.found(id)))


class JobLive(_OfJob):
    """The part of the page that changes."""

    async def get(self, id: str) -> None:
        job, progress = self.found(id)
        what = await self.what(job, progress)
        if progress.over:  # the page that follows is another one
            done = what["page"] if progress.state == "done" else ""
            self.set_header("HX-Redirect", str(done or f"/jobs/{id}"))
        self.show("job_live.html.j2", **what | {"heard": self.get_query_argument("said", "")})


class JobQuestion(_OfJob):
    """Goes to the question of a job as it was asked."""

    async def post(self, id: str) -> None:
        job, _ = self.found(id)
        question = await self.off_loop(as_asked, job, self.house.jobs, self.house.questions)
        if question is None:
            raise HTTPError(404)
        self.see_other(f"/ask/{question.id}")


class JobStop(_OfJob):
    """Stops a job."""

    async def post(self, id: str) -> None:
        self.found(id)
        await self.off_loop(self.house.queue.stop, id)
        self.see_other(f"/jobs/{id}")
