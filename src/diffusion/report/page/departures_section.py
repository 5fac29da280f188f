"""What was changed: the section of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from diffusion.engine.departure import Departure
from diffusion.report.words.departure_words import NOTHING, UNKNOWN, DepartureLine, changes, departure_line
from diffusion.storage.departures import Told

#: settings of one option that are listed; all of them are in the tables and the manifest
MOST_LISTED = 60


class ChangedList(NamedTuple):
    """The changed settings of one option, or of all alike; ``more`` are not listed."""

    label: str
    lines: list[DepartureLine]
    more: int


class ChangedSection(NamedTuple):
    """One plain sentence, and lists where anything was changed."""

    sentence: str
    lists: list[ChangedList]


def departures_section(told: Sequence[Told], labels: Sequence[str]) -> ChangedSection:
    """Return what was changed in all options and in each; ``labels`` are their names."""
    found = changes(told)
    if not found.known:
        return ChangedSection(UNKNOWN, [])
    lists = [_list("All options", found.common)] if found.common else []
    lists += [_list(label, own) for label, own in zip(labels, found.own) if own]
    if not lists:
        return ChangedSection(NOTHING, [])
    unlike = [label for label, own in zip(labels, found.own) if not own]
    rest = "" if found.common or not unlike or len(labels) < 2 else f" Nothing was changed in {', '.join(unlike)}."
    return ChangedSection(f"These settings are not as they come with the package.{rest}", lists)


def _list(label: str, found: Sequence[Departure]) -> ChangedList:
    return ChangedList(label, [departure_line(each) for each in found[:MOST_LISTED]], max(0, len(found) - MOST_LISTED))
