"""The table of a job that runs, as words and bars for its page."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from diffusion.report.words.numbers import plain, signed
from diffusion.storage.scenario_entry import Json

#: intervals of fewer runs are not shown: they are those of the runs there are, and look surer than they are
FEWEST_FOR_INTERVALS = 10


class Bar(NamedTuple):
    """Where an interval and its mean lie, in percent of the width; ``zero`` is where no change lies."""

    low: float
    high: float
    mean: float
    zero: float


class Row(NamedTuple):
    """An option: its share, its change from the first option, both with 95 % intervals, and the bar of the change."""

    label: str
    level: str
    level_interval: str
    change: str
    change_interval: str
    clear: bool
    bar: Bar | None


class Table(NamedTuple):
    """What there is so far; ``few`` says that there are too few runs to claim anything."""

    rows: list[Row]
    replicates: int
    of: int
    over_draws: bool
    few: bool


def rows_of(numbers: Json | None) -> Table | None:
    """Return the table of what a job told (see ``numbers.so_far``); None where there is nothing yet."""
    if not numbers:
        return None
    wide = numbers["replicates"] >= FEWEST_FOR_INTERVALS
    ends = [end for row in numbers["rows"] if row["change"] for end in row["change"] if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    width = (high - low) or 1.0

    def place(value: float) -> float:
        return float(round(4 + 92 * (value - low) / width, 2))

    rows = []
    for row in numbers["rows"]:
        change, bar = row["change"], None
        if wide and change and None not in change:
            bar = Bar(place(change[1]), place(change[2]), place(change[0]), place(0.0))
        rows.append(
            Row(
                row["label"],
                f"{plain(row['level'][0], 1)} %",
                _interval(row["level"], plain, " %") if wide else "",
                f"{signed(change[0], 2)} points" if change else "",
                _interval(change, signed, "") if wide and change else "",
                row["clear"],
                bar,
            )
        )
    few = numbers["replicates"] < numbers["least"]
    return Table(rows, numbers["replicates"], numbers["of"], numbers["over_draws"], few)


def _interval(numbers: list[float | None], words: Callable[[float, int], str], unit: str) -> str:
    low, high = numbers[1], numbers[2]
    if low is None or high is None:
        return ""
    decimals = 1 if words is plain else 2
    return f"{words(low, decimals)} to {words(high, decimals)}{unit}"


def time_left(seconds: float | None) -> str:
    """Return how long something still takes, in words as sure as such a guess is; empty where nothing is known."""
    if seconds is None or seconds < 3:
        return ""
    if seconds < 55:
        return f"about {5 * math.ceil(seconds / 5)} seconds left"
    minutes = math.ceil(seconds / 60)
    return f"about {minutes} minute{'' if minutes == 1 else 's'} left"


def said_of(state: str, what: str, done: int, total: int) -> str:
    """Return what a screen reader is told of a job: a sentence that changes a few times, not at every run."""
    if state != "running" or not what:
        return {"waiting": "Waits.", "running": "Begins.", "done": "Done.", "stopped": "Stopped."}.get(
            state, "It failed."
        )
    share = ("", ", a quarter done", ", half done", ", three quarters done")
    return f"{what}{share[min(3, 4 * done // total)] if total else ''}."
