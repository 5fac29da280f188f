"""What is wrong with an option, by the field at which it is told; each fault is told once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from diffusion.errors import InputError
from diffusion.reading.yaml_lines import KeyPath
from diffusion.scenario.problems import spelled
from diffusion.web.base.plain_paths import without_paths

#: what a command line says -> what a page says in its place
_ON_PAGE = (
    (re.compile(r",? or add --allow-large to try all the same"), ""),
    (re.compile(r"--replicates (\d+)"), r"\1 runs of each"),
    (re.compile(r"--replicates"), "runs of each"),
    (re.compile(r"--for (?=innovation:|kind:)"), ""),
    (re.compile(r"--(region|parameters|seed)\b"), r"\1"),
    (re.compile(r"a relative path inside [0-9a-f]{16}"), "another file of this question, or a scenario of the package"),
    (re.compile(r"as 'diffusion parameters' lists them"), "as the list offers them"),
    (re.compile(r"for example (?:seed|months|replicates) (?=\d)"), "for example "),
    (re.compile(r"'(diffusion [^']+)'"), r"the command '\1'"),
)


class Faults:
    """Faults by the key at which they are, each told once."""

    def __init__(self, problems: Sequence[InputError]) -> None:
        self._problems = list(problems)
        self._told: set[int] = set()

    def at(self, place: KeyPath) -> list[str]:
        key = spelled(place)
        found = []
        for number, problem in enumerate(self._problems):
            if _is_below(problem.key or "", key):
                self._told.add(number)
                found.append(words_at_field(problem))
        return found

    def below(self, place: KeyPath) -> bool:
        """Whether anything is wrong with what stands below ``place``."""
        return any(_is_below(problem.key or "", spelled(place)) for problem in self._problems)

    def rest(self, about: Mapping[str, str], otherwise: str) -> list[tuple[str, str]]:
        """Return what has no field, each with the id of what it is about: by key in ``about``, else ``otherwise``."""
        found = []
        for number, problem in enumerate(self._problems):
            if number not in self._told:
                place = next((id for key, id in about.items() if _is_below(problem.key or "", key)), otherwise)
                found.append((whole_words(problem), place))
        return found


def _is_below(key: str, above: str) -> bool:
    return key == above or key.startswith((f"{above}.", f"{above}["))


def words_at_field(problem: InputError) -> str:
    """Return what is wrong as the command line tells it, without the place, which is the field."""
    return _on_page(str(InputError(problem.message, expected=problem.expected, suggestion=problem.suggestion)))


def whole_words(problem: InputError) -> str:
    """Return what is wrong as the command line tells it; of a file its name alone."""
    return _on_page(str(problem))


def _on_page(text: str) -> str:
    """Return advice of the command line as one can follow it here."""
    text = without_paths(text)
    for said, words in _ON_PAGE:
        text = said.sub(words, text)
    return text
