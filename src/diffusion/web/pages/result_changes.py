"""What is done with a result: renamed, noted, removed, run again, asked otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import HTTPError

from diffusion.errors import InputError
from diffusion.outlets import file_name
from diffusion.storage.scenario_entry import Json
from diffusion.web.ask.asking import as_asked, free_name
from diffusion.web.ask.question import MOST_OPTIONS, MOST_REPLICATES, Option, Question
from diffusion.web.base.plain_paths import without_paths
from diffusion.web.keep.again import job_of, said_in, scenario_texts, submit_again, submit_levers
from diffusion.web.keep.changing import MOST_NOTE, Bin, rename
from diffusion.web.pages.result import OfResult

if TYPE_CHECKING:
    from diffusion.web.keep.library import Entry

#: kinds of files that a question wants beside the page -> the file by which a result shows that it has them
_WANTED = {"one_page": "summary.html", "slides": "slides.pptx", "pdf": "report.pdf"}


class ChangePage(OfResult):
    """The name and the note of a result, and its removal."""

    async def get(self, name: str) -> None:
        self.form(await self.entry(name))

    def form(self, entry: Entry, problem: str = "", typed: str | None = None, note: str | None = None) -> None:
        note = self.notes.get(entry.identity) if note is None else note
        what = self.of_result(
            entry, note=note, typed=entry.name if typed is None else typed, most=MOST_NOTE, wrong=problem
        )
        self.show("change.html.j2", **{**what, "title": f"Name and note: {entry.title}"})


class Rename(ChangePage):
    """Renames the folder of a result."""

    async def get(self, name: str) -> None:
        self.see_other(f"{(await self.entry(name)).address}/change")

    async def post(self, name: str) -> None:
        entry = await self.entry(name)
        typed = self.get_body_argument("name", "")
        try:
            self.check_not_promised(typed.strip())
            await self.off_loop(rename, self.library, entry, typed)
        except InputError as error:
            self.set_status(422)
            self.form(entry, without_paths(str(error)), typed)
            return
        self.see_other((await self.entry(typed.strip())).address)

    def check_not_promised(self, name: str) -> None:
        """Raise InputError where a job that is not over is to write a folder of this name."""
        outs = {job.out.casefold() for job, progress in self.house.jobs.all() if not progress.over}
        if name and name.casefold() in outs:
            raise InputError(
                f"a job is about to write '{name}'",
                key="name",
                expected="a name that nothing in this folder of results has",
                suggestion=f"for example {name}-kept",
            )


class WriteNote(ChangePage):
    """Writes a note down."""

    async def get(self, name: str) -> None:
        self.see_other(f"{(await self.entry(name)).address}/change")

    async def post(self, name: str) -> None:
        entry = await self.entry(name)
        text = self.get_body_argument("note", "", strip=False)
        try:
            await self.off_loop(self.notes.put, entry.identity, text)
        except InputError as error:
            self.set_status(422)
            self.form(entry, without_paths(str(error)), note=text)
            return
        self.see_other(entry.address)


class Delete(OfResult):
    """Asks once more, and then moves a result aside."""

    async def get(self, name: str) -> None:
        entry = await self.entry(name)
        self.show("delete.html.j2", **{**self.of_result(entry), "title": f"Remove: {entry.title}"})

    async def post(self, name: str) -> None:
        entry = await self.entry(name)
        id = await self.off_loop(Bin(self.house.own).put, entry)
        self.see_other(f"/results?removed={id}")


class WhyPage(OfResult):
    """What it takes to say what the differences are made of."""

    async def get(self, name: str) -> None:
        entry = await self.comparison(name)
        told: Json = {"runs": 0, "replicates": entry.replicates, "levers": []}
        problem = ""
        try:
            told = await self.drawn(entry, "why_runs")
        except InputError as error:
            problem = without_paths(str(error))
        seconds = entry.manifest.get("duration_seconds")
        replicates = entry.replicates or 1
        done = len(entry.manifest["scenarios"]) * replicates
        each = float(seconds) / done if isinstance(seconds, int | float) else 0.0
        minutes = each * replicates / 60  # for one scenario more
        what = self.of_result(entry, told=told, wrong=problem, minutes=minutes, known="why" in entry.manifest)
        self.show("why_asked.html.j2", **{**what, "title": f"Why: {entry.title}"})


class Again(OfResult):
    """Runs a result again as a job, as it was or with more said of it."""

    async def post(self, name: str) -> None:
        entry = await self.comparison(name)
        if place := self.get_body_argument("levers", ""):
            await self.levers(entry, place)
            return
        why, region = bool(self.get_body_argument("why", "")), self.get_body_argument("region", "")
        if len(region) > 200:
            raise HTTPError(400)
        ending = "why" if why else "region" if region else "again"
        out = free_name(self.house.root, f"{entry.name[:100]}-{ending}", self.house.jobs)
        said = "with reasons" if why else f"with region {region}" if region else "again"
        job = await self.off_loop(submit_again, entry, self.house.jobs, out, f"{entry.title} ({said})", why, region)
        self.house.queue.add(job.id)
        self.see_other(f"/jobs/{job.id}")

    async def levers(self, entry: Entry, place: str) -> None:
        scenarios = entry.manifest["scenarios"]
        if not place.isdecimal() or int(place) >= len(scenarios):
            raise HTTPError(400)
        name = str(scenarios[int(place)]["name"])
        out = free_name(self.house.root, file_name(f"{entry.name[:80]}-levers-of-{name[:30]}"), self.house.jobs)
        title = f"What each lever gives in {name}"
        job = await self.off_loop(submit_levers, entry, self.house.jobs, out, title, int(place))
        self.house.queue.add(job.id)
        self.see_other(f"/jobs/{job.id}")


class ToQuestion(OfResult):
    """Goes to the question of a result as it was asked, where that is known, else to a new one of its scenarios."""

    async def post(self, name: str) -> None:
        entry = await self.comparison(name)
        question = await self.off_loop(self.question, entry)
        self.see_other(f"/ask/{question.id}")

    def question(self, entry: Entry) -> Question:
        """Return the question as it was asked: what became of it since is another one."""
        job = job_of(entry, self.house.jobs)
        asked = None if job is None else as_asked(job, self.house.jobs, self.house.questions)
        return asked or self.house.questions.new(question_of(entry))


def question_of(entry: Entry) -> Question:
    """Return a question with the scenarios of a result, in full, and all else that it was asked with.

    Raises
    ------
    InputError
        It has more options than a question takes, or cannot be asked from files alone.
    """
    texts = scenario_texts(entry)
    if len(texts) > MOST_OPTIONS + 1:
        raise InputError(
            f"this result has {len(texts)} scenarios",
            key="question",
            expected=f"at most {MOST_OPTIONS + 1}",
            suggestion="use the command line for more",
        )
    manifest, command = entry.manifest, [str(part) for part in entry.manifest["command"]]
    sources = {str((each["resolved"].get("doubt") or {}).get("source", "defaults")) for each in manifest["scenarios"]}
    files = manifest["files"]
    return Question(
        "",
        next(iter(texts)),
        tuple(Option(name, text) for name, text in texts.items()),
        entry.title,
        min(int(manifest["replicates"]), MOST_REPLICATES),
        int(manifest["seed"]),
        sources.pop() if len(sources) == 1 else "posterior",
        None,
        next(iter(said_in(command, "--for")), ""),
        tuple(str(each["code"]) for each in manifest.get("regions") or () if each.get("code")),
        tuple(name for name, file in _WANTED.items() if file in files),
    )
