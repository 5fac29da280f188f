"""A question: its options side by side, changed, checked, run, and taken away as files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote, urlencode

from tornado.web import HTTPError

from diffusion.errors import InputError
from diffusion.web.ask import changing
from diffusion.web.ask.asking import submit
from diffusion.web.ask.cards import id_of, name_of
from diffusion.web.ask.checking import Verdict
from diffusion.web.ask.draft import Draft
from diffusion.web.ask.faults import whole_words
from diffusion.web.ask.fields import parameter_of
from diffusion.web.ask.form import laid_in, lost_in
from diffusion.web.ask.question import Question
from diffusion.web.ask.shown import default_title, shown, verdict, zip_of
from diffusion.web.pages.page import Page

#: levers, parameters and lists of which a page shows all at once; where it has many options fewer, for its size
MOST_OPEN, MOST_OPEN_OF_MANY, MANY = 2, 1, 5


class _OfQuestion(Page):
    def found(self, id: str) -> Question:
        try:
            return self.house.questions.get(id)
        except KeyError:
            raise HTTPError(404) from None

    def opened(self, question: Question) -> list[str]:
        """Return the levers and parameters of which all settings are shown, the latest last."""
        named = list(dict.fromkeys(reversed(self.get_arguments("open"))))
        most = MOST_OPEN_OF_MANY if len(question.options) >= MANY else MOST_OPEN
        return [name for name in reversed(named[:most]) if name]

    async def show_question(
        self,
        question: Question,
        opened: list[str],
        faults: Mapping[str, InputError] | None = None,
        typed_in: Mapping[str, str] | None = None,
        said: str = "",
    ) -> None:
        house = self.house
        make = partial(
            shown,
            question,
            house.questions.folder(question.id),
            house.scenarios,
            house.python,
            opened,
            faults or {},
            typed_in or {},
        )
        what = await self.off_loop(make)
        if (not what["sound"] and self.request.method == "POST") or said:
            self.set_status(422)
        mark = house.questions.show(question)
        # who comes to a question that can be run has the button under the keys; who works on it stays where they are
        fresh = self.request.method == "GET" and what["sound"] and not self.partial and not self.request.query
        self.show("question.html.j2", title=what["heading"], mark=mark, said=said, fresh=fresh, **what)

    async def saved(self, id: str) -> tuple[Question, dict[str, InputError], dict[str, str], str]:
        """Lay what was sent into the question and keep it; return it, the faults of shared fields, their texts, a loss.

        The last is a sentence on options that another page has removed meanwhile, empty where there is none.
        """
        question = self.found(id)
        page = self.house.questions.as_shown(question, self.get_body_argument("mark", ""))
        sent = {name: self.get_body_arguments(name, strip=False) for name in self.request.body_arguments}
        folder = self.house.questions.folder(id)
        changed, faults = await self.off_loop(laid_in, question, page, sent, folder)
        if changed != question:
            changed = self.house.questions.put(changed)
        gone = await self.off_loop(lost_in, question, page, sent, folder)
        said = f"Removed on another page meanwhile, with what was changed here: {', '.join(gone)}." if gone else ""
        return changed, faults, {name: sent[name][-1] for name in faults}, said


class QuestionPage(_OfQuestion):
    """The page of a question, and all of its buttons but the one that runs it."""

    async def get(self, id: str) -> None:
        question = self.found(id)
        await self.show_question(question, self.opened(question))

    async def post(self, id: str) -> None:
        async with self.house.questions.changing(id):
            await self.changed(id)

    async def changed(self, id: str) -> None:
        """Keep what was sent, and do what the button that was pressed says."""
        question, faults, typed_in, lost = await self.saved(id)
        opened, do = self.opened(question), self.get_body_argument("do", "save")
        if lost:
            await self.show_question(question, opened, faults, typed_in, said=lost)
            return
        try:
            changed, opened, place = await self.off_loop(self._done, question, opened, do)
        except InputError as error:
            await self.show_question(question, opened, faults, typed_in, said=whole_words(error))
            return
        except KeyError:
            raise HTTPError(404) from None
        if changed != question:
            changed = self.house.questions.put(changed)
        sound = (await self.off_loop(self._verdict, changed)).sound
        if faults or (do == "save" and not sound):
            await self.show_question(changed, opened, faults, typed_in)
            return
        query = urlencode([("open", name) for name in opened])
        self.see_other(f"/ask/{id}" + (f"?{query}" if query else "") + (f"#{place}" if place else ""))

    def _verdict(self, question: Question) -> Verdict:
        return verdict(question, self.house.questions.folder(question.id), self.house.scenarios)

    def _done(self, question: Question, opened: list[str], do: str) -> tuple[Question, list[str], str]:
        """Return the question after a button, what is open then, and the id of the place of the page that it is at."""
        what, *parts = (unquote(part) for part in do.split("/"))
        if what == "save":
            return question, opened, ""
        if what in ("open", "close", "remove-option") and not parts:
            raise KeyError(what)
        if what == "open":
            name = name_of(parts[0], *parts[1:])
            return question, [*(each for each in opened if each != name), name], id_of(name)
        if what == "close":
            name = name_of(parts[0], *parts[1:])
            return question, [each for each in opened if each != name], id_of(name)
        if what == "add-option":
            changed = self._with_option(question)
            return changed, opened, id_of(name_of(changed.options[-1].name))
        if what == "upload":
            changed = changing.with_files(question, self.files())
            return changed, opened, id_of(name_of(changed.options[-1].name))
        if what == "remove-option":
            return changing.without_option(question, parts[0]), opened, "options"
        return self._in_option(question, opened, what, parts)

    def _with_option(self, question: Question) -> Question:
        kind, _, name = self.get_body_argument("new-option", "empty").partition("/")
        if kind == "copy":
            return changing.with_copy(question, name)
        if kind == "packaged":
            return changing.with_packaged(question, name)
        if kind == "named":
            return changing.with_named(question, name, self.house.scenarios)
        return changing.with_empty(question, self.house.scenarios)

    def _in_option(
        self, question: Question, opened: list[str], what: str, parts: list[str]
    ) -> tuple[Question, list[str], str]:
        if not parts:
            raise KeyError(what)
        name, *keys = parts
        option = changing.option_of(question, name)
        draft = Draft.of(option.text, self.house.questions.folder(question.id) / option.file)
        if draft.fault is not None:
            raise draft.fault
        place = id_of(name_of(name))
        if what == "add-lever":
            lever = changing.add_lever(draft, self.get_body_argument(name_of(name, "lever-to-add"), ""))
            if lever:
                opened = [*opened, name_of(name, "levers", lever)]
                place = id_of(opened[-1])
        elif what == "remove-lever" and keys:
            changing.remove_lever(draft, keys[0])
        elif what == "add-parameter":
            setting = parameter_of(self.get_body_argument(name_of(name, "parameter-to-add"), ""))
            if setting is None:
                raise InputError(
                    f"there is no parameter '{self.get_body_argument(name_of(name, 'parameter-to-add'), '')}'",
                    key="parameters",
                    expected="section.name, as 'diffusion parameters' lists them",
                    suggestion="for example awareness.push_per_month",
                )
            opened = [*opened, name_of(name, "parameters", *setting.place)]
            place = id_of(opened[-1])
        elif what == "drop-parameter":
            changing.drop_parameter(draft, ".".join(keys))
            opened = [each for each in opened if each != name_of(name, "parameters", *keys)]
        else:
            raise KeyError(what)
        return changing.rewritten(question, name, draft), opened, place


class QuestionRun(_OfQuestion):
    """Saves, checks and runs a question; what is at fault is told on its page."""

    async def post(self, id: str) -> None:
        async with self.house.questions.changing(id):
            question, faults, typed_in, lost = await self.saved(id)
        found = await self.off_loop(verdict, question, self.house.questions.folder(id), self.house.scenarios)
        if faults or lost or not found.sound:
            await self.show_question(question, self.opened(question), faults, typed_in, said=lost)
            return
        house = self.house
        title = question.title or default_title(question, house.scenarios)
        job = submit(question, house.jobs, house.queue, house.root, title, house.scenarios, house.python)
        if self.partial:  # another page follows, not another part of this one
            self.set_header("HX-Redirect", f"/jobs/{job.id}")
            self.finish()
        else:
            self.see_other(f"/jobs/{job.id}")


class QuestionRemove(_OfQuestion):
    """Asks once more, and then deletes a question in the making; what was run of it stays."""

    async def get(self, id: str) -> None:
        question = self.found(id)
        heading = question.title or await self.off_loop(default_title, question, self.house.scenarios)
        self.show("delete_question.html.j2", title=f"Delete: {heading}", heading=heading, question=question)

    async def post(self, id: str) -> None:
        async with self.house.questions.changing(id):
            await self.off_loop(self.house.questions.remove, self.found(id).id)
        self.see_other("/")


class QuestionFile(_OfQuestion):
    """The scenario file of an option."""

    def get(self, id: str, name: str) -> None:
        question = self.found(id)
        try:
            option = changing.option_of(question, name)
        except KeyError:
            raise HTTPError(404) from None
        self.send_file(option.text.encode(), "application/yaml; charset=utf-8", option.file)


class QuestionZip(_OfQuestion):
    """All files of a question, with the command that asks the same."""

    async def get(self, id: str) -> None:
        question = self.found(id)
        body = await self.off_loop(zip_of, question, self.house.scenarios, self.house.python)
        self.send_file(body, "application/zip", "question.zip")
