"""Short names of scenarios, innovations and dates for tables and figures."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from diffusion.analysis.results.outcomes import Outcome
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats
from diffusion.engine.calendar import Month

MONTH_NAMES: tuple[str, ...] = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
#: Words that stay in capitals.
ACRONYMS = {"nhs": "NHS", "ahsn": "AHSN", "nia": "NIA", "nice": "NICE", "sbri": "SBRI", "ics": "ICS"}


def name_words(name: str) -> str:
    """Return a name as words with a capital first: ``local-first`` is ``Local first``."""
    words = [ACRONYMS.get(word.lower(), word) for word in re.split(r"[\s_-]+", name) if word]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def stage_words(stage: str) -> str:
    """Return how a stage is called where readers see it."""
    return "no use for it" if stage == "no_use" else stage


def scenario_labels(tables: Sequence[ResultTables]) -> list[str]:
    """Return one short, distinct name per scenario: ``baseline+local-first`` after ``baseline`` is ``Local first``."""
    return option_words([table.scenario.name for table in tables])


def option_words(names: Sequence[str]) -> list[str]:
    """Return one short, distinct name per scenario from their names, as :func:`scenario_labels`."""
    labels = []
    for name in names:
        parts = name.split("+")
        stacked = len(parts) > 1 and name != names[0] and parts[0] == names[0].split("+")[0]
        labels.append(" + ".join(name_words(part) for part in (parts[1:] if stacked else parts)))
    return distinct(labels)


def distinct(labels: Sequence[str]) -> list[str]:
    """Return labels with a number added to those that occur more than once."""
    seen: dict[str, int] = {}
    result = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        result.append(label if labels.count(label) == 1 else f"{label} ({seen[label]})")
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
    """Return the first month of the policies, if all scenarios that state one agree and it lies inside the run."""
    stated = {str(table.scenario.policy_start) for table in tables if table.scenario.policy_start is not None}
    if len(stated) != 1:
        return None
    month = Month(stated.pop())
    first = start_of(tables[0])
    return month if first < month < first + tables[0].months else None


def month_name(month: Month) -> str:
    """Return ``June 2025``."""
    return f"{MONTH_NAMES[month.month - 1]} {month.year}"


def end_of(tables: Dated) -> Month:
    """Return the last month simulated."""
    return start_of(tables) + (tables.months - 1)


def decimal_years(tables: ResultTables) -> Floats:
    """Return the calendar time of entries 0..T, in years: entry t is the end of month t."""
    return np.asarray((int(start_of(tables)) + np.arange(tables.months + 1)) / 12.0, dtype=np.float64)


_SHARED_WORDS = re.compile(
    r"\b(AHSN|Academic Health Science (?:Network|Partnership)|Health Partners|Health Innovation Network|until \d{4})"
)


def short_ahsn(name: str) -> str:
    """Return the place an AHSN's name tells, without the words that many share."""
    inner = re.search(r"\(([^)]*AHSN[^)]*)\)", name)
    text = " ".join(_SHARED_WORDS.sub("", inner[1] if inner else name).split())
    return text or name


def shorten(text: str, length: int) -> str:
    """Return ``text``, cut with an ellipsis where longer than ``length``."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def wrap(text: str, length: int) -> str:
    """Return ``text`` on at most two lines of about ``length`` letters."""
    lines = textwrap.wrap(text, length) or [""]
    return "\n".join([lines[0], shorten(" ".join(lines[1:]), length)] if len(lines) > 1 else lines)
