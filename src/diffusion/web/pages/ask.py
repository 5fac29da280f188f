"""A new question: from a ready one, from a scenario, or from files that are sent."""

from __future__ import annotations

from diffusion.errors import InputError
from diffusion.web.ask.changing import from_ready, question_of_files, uploaded, with_empty
from diffusion.web.ask.packaged import full_names
from diffusion.web.ask.question import Question
from diffusion.web.ask.ready import READY
from diffusion.web.pages.start import StartPage


class NewQuestion(StartPage):
    """Makes a question and shows its page; what is at fault is told on the first page."""

    async def get(self) -> None:
        self.redirect("/")

    async def post(self) -> None:
        try:
            question = await self.off_loop(self._made)
        except InputError as error:
            await self.show_start(error)
            return
        self.see_other(f"/ask/{self.house.questions.new(question).id}")

    def _made(self) -> Question:
        ready = {each.id: each for each in READY}
        if (id := self.get_body_argument("ready", "")) in ready:
            return from_ready(ready[id])
        if name := self.get_body_argument("scenario", ""):
            if name not in full_names() and name not in self.house.scenarios:
                raise InputError(f"there is no scenario '{name}'", key="scenario", suggestion="pick one from the list")
            return with_empty(Question("", name), self.house.scenarios)
        sent = [uploaded(file.filename, file.body) for file in self.request.files.get("files", ())]
        if not sent:
            raise InputError(
                "no file was picked",
                key="files",
                expected="one scenario file or several",
                suggestion="pick a YAML file, then send it",
            )
        return question_of_files(sent)
