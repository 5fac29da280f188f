"""Ready studies at laptop size: started here, gone on with, their figures."""

from __future__ import annotations

from tornado.web import HTTPError

from diffusion.outlets import file_name
from diffusion.storage.scenario_entry import Json
from diffusion.web.base.plain_paths import without_paths
from diffusion.web.jobs.store import Job
from diffusion.web.pages.page import Page

#: the task of a helper, and of a job
RUN = "study_run"


class _OfStudies(Page):
    async def studies(self) -> list[Json]:
        """Return the studies as a helper finds them, each with the job that runs it, if any."""
        told = await self.house.runner.answer("study_list", {"root": str(self.house.root)})
        running = {
            job.given.get("study"): job
            for job, progress in self.house.jobs.all()
            if job.task == RUN and not progress.over
        }
        return [
            {**study, "job": running.get(study["name"]), "problem": without_paths(study.get("problem", ""))}
            for study in told["studies"]
        ]

    async def study(self, name: str) -> Json:
        for study in await self.studies():
            if study["name"] == name:
                return study
        raise HTTPError(404)


class StudiesPage(_OfStudies):
    """All of them."""

    async def get(self) -> None:
        self.show("studies.html.j2", title="Studies", studies=await self.studies())


class StudyPage(_OfStudies):
    """One: what it asks, how far it is, what it found."""

    async def get(self, name: str) -> None:
        study = await self.study(name)
        figures = [file for file in study["files"] if file.endswith(".svg")]
        tables = [file for file in study["files"] if file.endswith(".csv")]
        command = f"diffusion sweep run {name}"
        self.show("study.html.j2", title=study["title"], study=study, figures=figures, tables=tables, command=command)


class StudyStart(_OfStudies):
    """Starts a study, or goes on with it."""

    async def post(self, name: str) -> None:
        study = await self.study(name)
        job: Job | None = study["job"]
        if job is None:
            job = self.house.jobs.new(RUN, study["title"], {"study": name}, {}, leads_to=f"/studies/{name}")
            self.house.queue.add(job.id)
        self.see_other(f"/jobs/{job.id}")


class StudyFile(_OfStudies):
    """A figure or a table of what was found."""

    async def get(self, name: str, file: str) -> None:
        study = await self.study(name)
        if file not in study["files"] or not file.endswith((".svg", ".png", ".csv")):
            raise HTTPError(404)
        path = self.house.root / file_name(f"study-{name}") / "sensitivity" / file
        kind = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}[file[-3:]]
        self.send_file(await self.off_loop(path.read_bytes), kind, None if file.endswith(".svg") else file)
