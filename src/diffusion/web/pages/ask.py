"""A new question: from a ready one, from a scenario, or from files that are sent."""

from __future__ import annotations

from diffusion.errors import InputError
from diffusion.web.ask.changing import from_ready, question_of_files, with_empty
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
        return question_of_files(self.files())
