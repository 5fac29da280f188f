"""Short names of scenarios, innovations and dates for tables and figures."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from diffusion.analysis.results.outcomes import Outcome
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.outlets import shown
from diffusion.world.facts import Words

#: Words that stay in capitals.
ACRONYMS = {"nhs": "NHS", "ahsn": "AHSN", "nia": "NIA", "nice": "NICE", "sbri": "SBRI", "ics": "ICS"}


def words_of(tables: Sequence[ResultTables]) -> Words:
    """Return what networks and boards are called in the world of the first results."""
    words: Words = tables[0].world.facts.words
    return words


def name_words(name: str) -> str:
    """Return a name as words with a capital first: ``local-first`` is ``Local first``."""
    words = [ACRONYMS.get(word.lower(), word) for word in re.split(r"[\s_-]+", name) if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def stage_words(stage: str) -> str:
    """Return how a stage is called where readers see it."""
    return "no use for it" if stage == "no_use" else stage


def scenario_labels(tables: Sequence[ResultTables]) -> list[str]:
    """Return one distinct name per scenario, as :func:`option_words`."""
    scenarios = [table.scenario for table in tables]
    return option_words([each.name for each in scenarios], [getattr(each, "own_titles", ()) for each in scenarios])


def option_words(names: Sequence[str], titles: Sequence[Sequence[str]] = ()) -> list[str]:
    """Return one distinct name per scenario: ``baseline+local-first`` after ``baseline`` is ``Local first``.

    After a first scenario with a title of its own, ``Own app``, the same with a lever is ``Own app + Local first``:
    readers know the packaged scenarios, and not what a lever on top of somebody's own is added to.

    Parameters
    ----------
    names: of the scenarios, stacks with their parts joined by +
    titles: by scenario those that users gave, a title for each part of its name ("" for none) or one for the whole;
        they are labels as they were written
    """
    labels = []
    packaged = not (titles and titles[0] and titles[0][0])
    for name, own in zip(names, titles or [()] * len(names)):
        parts = name.split("+")
        if len(own) == 1 and own[0]:
            labels.append(_as_written(own[0]))
            continue
        said = own if len(own) == len(parts) else [""] * len(parts)
        words = [_as_written(title) if title else name_words(part) for part, title in zip(parts, said)]
        stacked = packaged and len(parts) > 1 and name != names[0] and parts[0] == names[0].split("+")[0]
        labels.append(" + ".join(words[1:] if stacked else words))
    return distinct(labels)


def _as_written(title: str) -> str:
    """Return a title on one line; what no reader could see is written out, so that two labels look different."""
    return " ".join(shown(title).split())


def distinct(labels: Sequence[str]) -> list[str]:
    """Return labels with a number added to those that occur more than once; no two are the same."""
    taken = {label for label in labels if labels.count(label) == 1}
    result = []
    for place, label in enumerate(labels):
        if labels.count(label) > 1:
            number = 1 + labels[:place].count(label)
            while (numbered := f"{label} ({number})") in taken:
                number += 1
            label = numbered
            taken.add(label)
        result.append(label)
    return result


def outcome_label(outcome: Outcome) -> str:
    """Return an outcome's label with its unit."""
    return outcome.label if outcome.unit == "1" else f"{outcome.label}, {outcome.unit}"


class Starting(Protocol):
    """What has a first month: a scenario."""

    @property
    def start(self) -> Month | str: ...


class Dated(Protocol):
    """What runs from the start of its scenario for so many months: results, or an ablation."""

    @property
    def scenario(self) -> Starting: ...
    @property
    def months(self) -> int: ...


def start_of(tables: Dated) -> Month:
    """Return the first month simulated."""
    start = tables.scenario.start
    return start if isinstance(start, Month) else Month(str(start))


def policy_start_of(tables: Sequence[ResultTables]) -> Month | None:
    """Return the first month of the policies, if all scenarios that state one agree and it lies inside the run.

    None of a scenario alone in which nothing begins then.
    """
    if len(tables) == 1 and not _begins_then(tables[0]):
        return None
    stated = {str(table.scenario.policy_start) for table in tables if table.scenario.policy_start is not None}
    if len(stated) != 1:
        return None
    month = Month(stated.pop())
    first = start_of(tables[0])
    return month if first < month < first + tables[0].months else None


def _begins_then(tables: ResultTables) -> bool:
    levers = (tables.scenario.levers or {}).values()
    return any(str(lever.start) == str(tables.scenario.policy_start) for lever in levers)


def month_name(month: Month) -> str:
    """Return ``June 2025``."""
    return month.words


def end_of(tables: Dated) -> Month:
    """Return the last month simulated."""
    return start_of(tables) + (tables.months - 1)


def decimal_years(tables: ResultTables) -> Floats:
    """Return the calendar time of entries 0..T, in years: entry t is the end of month t."""
    return np.asarray((int(start_of(tables)) + np.arange(tables.months + 1)) / 12.0, dtype=np.float64)


_SHARED_WORDS = re.compile(
    r"\b(AHSN|Academic Health Science (?:Network|Partnership)|Health Innovation(?: Network)?|"
    r"until \d{4})"
)


def short_ahsn(name: str) -> str:
    """Return the place an AHSN's name tells, without the words that many share."""
    inner = re.search(r"\(([^)]*AHSN[^)]*)\)", name)
    text = " ".join(_SHARED_WORDS.sub("", inner[1] if inner else name).split())
    if name.startswith("Health Innovation ") and " " not in text:
        return name  # one word may be a city or a direction: "Manchester", "East"
    return text or name


def shorten(text: str, length: int) -> str:
    """Return ``text``, cut with an ellipsis where longer than ``length``."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def wrap(text: str, length: int) -> str:
    """Return ``text`` on at most two lines of about ``length`` letters."""
    lines = textwrap.wrap(text, length) or [""]
    return "\n".join([lines[0], shorten(" ".join(lines[1:]), length)] if len(lines) > 1 else lines)


def shortened(labels: Sequence[str], length: int) -> list[str]:
    """Return distinct labels of at most ``length`` letters, at least 4, and distinct still.

    A label that begins as another does, or ends in brackets, keeps its beginning and its end, and is cut between them;
    any other keeps its beginning.
    """
    return _kept_apart(labels, lambda label, ends: _cut(label, length, ends))


def wrapped(labels: Sequence[str], length: int) -> list[str]:
    """Return distinct labels each on at most two lines of ``length`` letters, cut as :func:`shortened`."""
    return _kept_apart(labels, lambda label, ends: _wrap(label, length, ends))


def _cut(text: str, length: int, ends: bool) -> str:
    return _cut_between(text, length) if ends else shorten(text, length)


def _wrap(text: str, length: int, ends: bool) -> str:
    lines = textwrap.wrap(text, length) or [""]
    return "\n".join([lines[0], _cut(" ".join(lines[1:]), length, ends)] if len(lines) > 1 else lines)


def _cut_between(text: str, length: int) -> str:
    """Return ``text`` with its beginning and end about an ellipsis, from the beginning of a word if one is near."""
    if len(text) <= length:
        return text
    last = len(text) - (length - 1) * 3 // 5
    space = text.find(" ", last - 1, len(text) - 1)
    last = space + 1 if space >= 0 else last
    return text[: length - 1 - (len(text) - last)].rstrip() + "…" + text[last:]


def _kept_apart(labels: Sequence[str], cut: Callable[[str, bool], str]) -> list[str]:
    """Return every label cut, so that those which differ still do; ``cut`` is told whether the end is to be kept.

    Where cutting takes away in what some differ, the words with which they all begin are left out of these instead;
    where that does not tell them apart, all get their number before them, which no cut takes away. An ellipsis more or
    less tells nothing apart.
    """
    ends = [
        label.endswith(")") or any(_shared_words([label, other]) or other.startswith(f"{label} ") for other in others)
        for label, others in ((label, [each for each in labels if each != label]) for label in labels)
    ]
    found = [cut(label, kept) for label, kept in zip(labels, ends)]
    left_out = [0] * len(labels)
    while True:
        places: dict[str, list[int]] = {}
        for place, text in enumerate(found):
            places.setdefault(text.strip("…"), []).append(place)
        moved = False
        for alike in places.values():
            shared = _shared_words([labels[place] for place in alike])
            for place in alike if len({labels[place] for place in alike}) > 1 else ():
                if shared > left_out[place]:
                    left_out[place], moved = shared, True
                    found[place] = cut("…" + labels[place][shared:], ends[place])
        if not moved:
            break
    if len({text.strip("…") for text in found}) < len(set(labels)):
        number = {label: place for place, label in enumerate(dict.fromkeys(labels), start=1)}
        found = [cut(f"{number[label]} {label}", False) for label in labels]
    return found


def _shared_words(labels: Sequence[str]) -> int:
    """Return how many letters of whole words stand at the beginning of every label."""
    low, high = min(labels), max(labels)
    alike = next((i for i, (a, b) in enumerate(zip(low, high)) if a != b), min(len(low), len(high)))
    return low[:alike].rfind(" ") + 1
