"""The question that was asked: of whom or what the adopter share is wanted, and at which dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.analysis.results.adoption import adopter_share_by_month, adopters
from diffusion.analysis.results.groups import adopters_and_eligible, group_names, portfolio
from diffusion.analysis.results.outcomes import Outcome
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Bools, Floats
from diffusion.engine.calendar import Month
from diffusion.engine.stages import INELIGIBLE
from diffusion.errors import InputError, did_you_mean, nearest
from diffusion.world.codes import merged_hint
from diffusion.world.tables import KINDS

if TYPE_CHECKING:
    from diffusion.world.tables import World

#: what may be asked about, and the plural
TARGETS: Mapping[str, str] = {
    "innovation": "innovations",
    "ahsn": "AHSNs",
    "ics": "ICSs",
    "sector": "sectors",
    "kind": "kinds of innovation",
}
#: other names of what may be asked about: networks and boards are called otherwise in other worlds
ALSO: Mapping[str, str] = {"hin": "ahsn", "network": "ahsn", "icb": "ics", "board": "ics"}
#: dates at which the answer is given, in years after the policies begin, beside the end of the run
YEARS: tuple[int, ...] = (2, 5, 10)


class Target(NamedTuple):
    """Of what the adopter share is asked: all eligible pairs (no grouping), or those of one group."""

    grouping: str = ""
    code: str = ""
    name: str = ""


class Date(NamedTuple):
    """A date of the answer: its place in series by month (the end of that month), and years after the start."""

    entry: int
    years: int | None  # None: the end of the run


@dataclass(frozen=True)
class Asked:
    """What was asked, and the answer's numbers: adopter share of the target in per cent, [R, dates] by scenario.

    ``since`` is the month from which years count: in which the policies begin, or the run does, or (``from_live``) an
    innovation that is asked about becomes available, where that is later.
    """

    target: Target
    since: Month
    dates: tuple[Date, ...]
    shares: tuple[Floats, ...] = field(default=())
    from_live: bool = False

    def outcome(self, date: Date) -> Outcome:
        """Return the outcome at a date."""
        what = f" of {self.target.name}" if self.target.grouping else ""
        where = what if self.target.grouping in ("", "innovation", "kind") else f" in {self.target.name}"
        when = "at the end" if date.years is None else f"after {date.years} years"
        return Outcome(
            f"asked_share_{date.entry}_pct",
            f"Adopter share{what} {when}",
            "%",
            2,
            1,
            0.1,
            0.1,
            change_unit="pp",
            phrase=f"adoption{where}",
        )


def parse_target(text: str, world: World, key: str = "--for") -> Target:
    """Return what ``KIND:NAME`` names in a world.

    Raises
    ------
    InputError
        Another form, or a name that the world does not know.
    """
    kind, sign, code = (part.strip() for part in text.partition(":"))
    grouping = ALSO.get(kind.casefold(), kind)
    if not sign or grouping not in TARGETS:
        meant = nearest(grouping, TARGETS)
        raise InputError(
            f"'{text}' does not say what is asked about",
            key=key,
            expected=f"KIND:NAME, KIND being one of {', '.join(TARGETS)}",
            suggestion=f"for example {key} {_example(meant if grouping not in TARGETS else grouping, world)}",
        )
    names = _names(grouping, world)
    found = next((each for each in names if each.casefold() == code.casefold()), None)
    if found is None:
        raise InputError(
            f"there is no {kind} '{code}'",
            key=key,
            expected=f"one of the {len(names)} {world.facts.words.say(TARGETS[grouping])} of this world",
            suggestion=merged_hint(code, list(names))
            or did_you_mean(code, names)
            or f"for example {key} {kind}:{next(iter(names))}",
        )
    return Target(grouping, found, names[found])


def _example(grouping: str | None, world: World) -> str:
    """Return something of a kind that may be asked about, as it is typed."""
    kind = grouping or "ahsn"
    return f"{kind}:{next(iter(_names(kind, world)))}"


def _names(grouping: str, world: World) -> dict[str, str]:
    """Return code -> name of what may be asked about."""
    if grouping == "kind":
        present = {KINDS[int(kind)] for kind in np.asarray(world.innovations.kind)}
        return {kind: f"innovations of the kind {kind}" for kind in KINDS if kind in present}
    codes, names = group_names(_Of(world), grouping)  # type: ignore[arg-type]
    if grouping == "sector":
        names = tuple(f"trusts of the sector {name.replace('_', ' ')}" for name in names)
    return dict(zip(codes, names))


def askable(world: World) -> dict[str, dict[str, str]]:
    """Return what may be asked about in a world, by kind: code -> name."""
    return {grouping: _names(grouping, world) for grouping in TARGETS}


class _Of(NamedTuple):
    """Tables of which only the world is known."""

    world: World


def dates_of(tables: Sequence[ResultTables], live: int = 0) -> tuple[Month, tuple[Date, ...]]:
    """Return the month from which years count, and the dates of the answer within the run.

    It is that in which the policies begin, or the one after ``live`` months of the run, where that is later.
    """
    start, months = _start(tables[0]), tables[0].months
    begun = [_begins(table, tables[0], start) for table in tables[1:]]
    if len(tables) == 1:
        stated = tables[0].scenario.policy_start
        begun = [start if stated is None else Month(str(stated))]
    since = max(start + min(live, months), min(begun))
    entries = {years: int(since) - int(start) + 12 * years for years in YEARS}
    dates = [Date(entry, years) for years, entry in entries.items() if entry < months]
    return since, (*dates, Date(months, next((y for y, entry in entries.items() if entry == months), None)))


def _begins(table: ResultTables, first: ResultTables, start: Month) -> Month:
    """Return the month in which what an option adds begins; the start of the run where nothing is dated."""
    levers, known = table.scenario.levers or {}, first.scenario.levers or {}
    dated = [lever.start for name, lever in levers.items() if name not in known and lever.start is not None]
    if dated:
        return min(Month(str(month)) for month in dated)
    stated = table.scenario.policy_start
    return start if stated is None else Month(str(stated))


def target_share(tables: ResultTables, target: Target, entries: Sequence[int]) -> Floats:
    """Return the adopter share of the target in per cent at entries of the series by month, [R, dates]."""
    chosen = list(entries)
    if not target.grouping:
        return adopter_share_by_month(tables)[:, chosen]
    if target.grouping == "kind":
        return _share_of(tables, portfolio(tables) & _of_kind(tables, target.code), chosen)
    codes, _ = group_names(tables, target.grouping)
    place = codes.index(target.code)
    found = [adopters_and_eligible(tables, target.grouping, entry) for entry in chosen]
    count = np.stack([adopted[:, entry, place] for entry, (adopted, _) in zip(chosen, found)], axis=1)
    return np.asarray(100.0 * count / np.maximum(np.stack([pairs[:, place] for _, pairs in found], axis=1), 1))


def _of_kind(tables: ResultTables, kind: str) -> Bools:
    return np.asarray(np.asarray(tables.world.innovations.kind) == KINDS.index(kind))


def _share_of(tables: ResultTables, kept: Bools, entries: list[int]) -> Floats:
    stages = tables.stage_by_innovation[..., kept]
    eligible = (stages[:, entries].sum(axis=2) - stages[:, entries, INELIGIBLE, :]).sum(axis=2)
    return np.asarray(100.0 * adopters(stages)[:, entries].sum(axis=2) / np.maximum(eligible, 1))


def ask(tables: Sequence[ResultTables], target: Target) -> Asked:
    """Return the answer's numbers from finished runs that hold all months."""
    live = _live_month(tables[0], target)
    since, dates = dates_of(tables, live)
    entries = [date.entry for date in dates]
    shares = tuple(target_share(table, target, entries) for table in tables)
    return Asked(target, since, dates, shares, live > 0 and since == _start(tables[0]) + live)


def _start(tables: ResultTables) -> Month:
    first = tables.scenario.start
    return first if isinstance(first, Month) else Month(str(first))


def _live_month(tables: ResultTables, target: Target) -> int:
    """Return after how many months of the run the innovation asked about becomes available; 0 of all else."""
    if target.grouping != "innovation":
        return 0
    innovations = tables.world.innovations
    months = getattr(innovations, "live_month", None)  # results of other origin may not tell
    return 0 if months is None else max(0, int(months[list(innovations.ids).index(target.code)]))
