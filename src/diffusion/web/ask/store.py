"""Questions on disk: every one in a folder of its own, its options as the scenario files that they are."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import OrderedDict
from dataclasses import asdict, replace
from pathlib import Path
from weakref import WeakValueDictionary

from diffusion.drafts import remove
from diffusion.outlets import json_text
from diffusion.storage.scenario_entry import Json
from diffusion.web.ask.question import Option, Question, revision
from diffusion.web.base.whole_files import each_in, write_whole
from diffusion.web.jobs.store import is_id

_SAID = "question.json"
#: pages that are remembered as they were shown, so that two of one question can both be sent
_MOST_SHOWN = 200


class Questions:
    """The questions in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shown: OrderedDict[tuple[str, str], Question] = OrderedDict()
        self._changing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def changing(self, id: str) -> asyncio.Lock:
        """Return what is held from reading a question until it is written: of two at once none undoes the other."""
        return self._changing.setdefault(id, asyncio.Lock())

    def show(self, question: Question) -> str:
        """Remember that a page shows a question as it is now; return the mark by which the page says so."""
        mark = revision(question)
        self._shown[question.id, mark] = question
        self._shown.move_to_end((question.id, mark))
        while len(self._shown) > _MOST_SHOWN:
            self._shown.popitem(last=False)
        return mark

    def as_shown(self, question: Question, mark: str) -> Question:
        """Return a question as the page showed it that says so; as it is now where that is no longer known."""
        return self._shown.get((question.id, mark), question)

    def new(self, question: Question) -> Question:
        """Write a question down under a new name, and return it with that."""
        return self.put(replace(question, id=secrets.token_hex(8)))

    def put(self, question: Question) -> Question:
        """Write a question down as it is now."""
        place = self._place(question.id)
        place.mkdir(parents=True, exist_ok=True)
        question = replace(question, changed=time.time())
        for option in question.options:
            write_whole(place / option.file, option.text)
        write_whole(place / _SAID, json_text(data_of(question)))
        for path in place.glob("*.yaml"):
            if path.name not in {option.file for option in question.options}:
                remove(path)
        return question

    def get(self, id: str) -> Question:
        """Return a question; KeyError where there is none."""
        try:
            place = self._place(id)
            return question_in(place, json.loads((place / _SAID).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise KeyError(id) from None

    def alike(self, question: Question) -> Question | None:
        """Return a question that says the same in all, the one of the same name before others; None without any."""
        mark = revision(question)
        found = [each for each in self.all() if revision(each) == mark]
        return min(found, key=lambda each: each.id != question.id, default=None)

    def folder(self, id: str) -> Path:
        """Return the folder of a question's files."""
        return self._place(id)

    def remove(self, id: str) -> None:
        remove(self._place(id))

    def all(self) -> list[Question]:
        """Return all questions, those changed last first."""
        return sorted(each_in(self._folder, self.get), key=lambda question: -question.changed)

    def _place(self, id: str) -> Path:
        if not is_id(id):
            raise KeyError(id)
        return self._folder / id


def data_of(question: Question) -> Json:
    """Return a question as plain data, its options by name."""
    return {**asdict(question), "options": [option.name for option in question.options]}


def question_in(folder: Path, data: Json) -> Question:
    """Return the question of such data, its options as they lie in a folder.

    Raises
    ------
    OSError, ValueError, TypeError, KeyError
        The data is none, or a file is missing.
    """
    options = [Option(name, (folder / f"{name}.yaml").read_text(encoding="utf-8")) for name in data["options"]]
    lists = {name: tuple(data[name]) for name in ("regions", "wanted")}
    return Question(**{**data, **lists, "options": tuple(options)})
