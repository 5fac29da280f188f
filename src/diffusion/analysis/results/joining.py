"""Results of two scenarios meet by ids, never by the places of rows.

Ids are the codes of trusts, the ids of innovations and the numbers of replicates.
:func:`check_joinable` says before anything is run what cannot be compared; :func:`joined` puts finished results into
one order. What has the same ids may differ in all else, on purpose: :func:`unlike` tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Bools, Floats, Longs
from diffusion.errors import InputError
from diffusion.reading.yaml_lines import flattened
from diffusion.world.rearranged import rearranged
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.world.tables import World

_MOST_NAMED = 5


def check_joinable(scenarios: Sequence[Any], worlds: Sequence[Any], names: Sequence[str] = ()) -> None:
    """Make sure that every scenario can be compared with the first.

    Parameters
    ----------
    names: what the user calls the scenarios; default: their own names

    Raises
    ------
    InputError
        Another start or number of months, other trusts, or other innovations at the start.
    """
    labels = list(names) or [scenario.name for scenario in scenarios]
    first, its_world = scenarios[0], worlds[0]
    for label, scenario, world in zip(labels[1:], scenarios[1:], worlds[1:]):
        _refuse_other_world((label, scenario, world), (labels[0], first, its_world))
        if (str(scenario.start), scenario.months) != (str(first.start), first.months):
            raise InputError(
                f"'{label}' runs {scenario.months} months from {scenario.start}, '{labels[0]}' {first.months} from "
                f"{first.start}",
                key="scenarios",
                expected="scenarios with the same start and months",
                suggestion=f"add --set months={first.months} --set start={first.start}",
            )
        if world is its_world:
            continue
        if getattr(world, "changes", ()) != getattr(its_world, "changes", ()):
            raise InputError(
                f"'{label}'{_place(scenario)} and '{labels[0]}'{_place(first)} do not have the same trusts that merge, "
                "close or open",
                key="world.changes",
                expected="the same world.changes in all scenarios, so that all count the same organisations",
                suggestion=f"say world.changes alike in all of them, or {_apart(label, scenario)}",
            )
        for what, ours, theirs in (
            ("trusts", its_world.trusts.codes, world.trusts.codes),
            ("innovations", _portfolio_ids(its_world), _portfolio_ids(world)),
        ):
            if ours == theirs or set(ours) == set(theirs):
                continue
            only = [
                f"only '{name}' has {_listed([one for one in mine if one not in set(other)])}"
                for name, mine, other in ((label, theirs, ours), (labels[0], ours, theirs))
                if set(mine) - set(other)
            ]
            raise InputError(
                f"'{label}'{_place(scenario)} and '{labels[0]}'{_place(first)} do not have the same {what}: "
                + "; ".join(only),
                key="scenarios",
                expected=f"the same {what} in all scenarios, by their {'codes' if what == 'trusts' else 'ids'}",
                suggestion=f"give them one table of {what}, or {_apart(label, scenario)}",
            )


def _refuse_other_world(one: tuple[str, object, World], first: tuple[str, object, World]) -> None:
    """Raise InputError where two scenarios stand on two worlds with other trusts: no date or setting joins them."""
    (label, scenario, world), (its_label, its_scenario, its_world) = one, first
    worlds = (world.facts.id, its_world.facts.id)
    if worlds[0] == worlds[1] or set(world.trusts.codes) == set(its_world.trusts.codes):
        return
    raise InputError(
        f"'{label}'{_place(scenario)} and '{its_label}'{_place(its_scenario)} stand on two worlds, {worlds[0]} and "
        f"{worlds[1]}: they do not have the same trusts",
        key="world.name",
        expected="one world in all scenarios, so that all count the same organisations",
        suggestion=_apart(label, scenario),
    )


def _apart(label: str, scenario: object) -> str:
    """Say how two scenarios that cannot be joined are held against each other, by what a user writes for the second."""
    name = "+".join(getattr(getattr(scenario, "said", None), "parts", ())) or label
    return f"run each by itself: diffusion run {name}, and hold the two results against each other: diffusion diff"


def _place(scenario: Any) -> str:
    """Return the file in which a scenario says what its world is, in brackets, where it says so."""
    file, line = scenario.locate("world") if hasattr(scenario, "locate") else (None, None)
    return f" ({file}{f':{line}' if line else ''})" if file else ""


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _portfolio_ids(world: Any) -> tuple[str, ...]:
    born = is_born(world.innovations)
    ids: tuple[str, ...] = world.innovations.ids
    return tuple(name for name, later in zip(ids, born) if not later) if born.any() else ids


def joined(tables: Sequence[ResultTables]) -> list[ResultTables]:
    """Return the results with replicates, trusts and innovations in the order of the first.

    Raises
    ------
    InputError
        As :func:`check_joinable`, and where seeds or replicates are not the same.
    """
    first, *others = tables
    return [first, *(in_order_of(first, other) for other in others)]


def in_order_of(first: ResultTables, tables: ResultTables) -> ResultTables:
    """Return ``tables`` with replicates, trusts and innovations in the order of ``first``; itself if they are so."""
    if tables is first:
        return tables
    check_joinable([first.scenario, tables.scenario], [first.world, tables.world])
    if tables.seed != first.seed or set(tables.replicates.tolist()) != set(first.replicates.tolist()):
        raise InputError(
            f"'{tables.scenario.name}' (seed {tables.seed}, {len(tables.replicates)} replicates) and "
            f"'{first.scenario.name}' (seed {first.seed}, {len(first.replicates)} replicates) were not run on the same "
            "draws",
            key="replicates",
            expected="the same seed and the same replicates",
            suggestion="run both with one command: diffusion compare",
        )
    ours, theirs = first.world, tables.world
    portfolio, own = _portfolio_ids(ours), _portfolio_ids(theirs)
    same = theirs.trusts.codes == ours.trusts.codes and own == portfolio
    if same and np.array_equal(tables.replicates, first.replicates):
        return tables
    view = _InOrder(
        tables,
        places(tables.replicates.tolist(), first.replicates.tolist()),
        places(theirs.trusts.codes, ours.trusts.codes),
        _of_innovations(ours, theirs),
    )
    return cast("ResultTables", view)


def world_in_order_of(first: Any, world: Any) -> Any:
    """Return ``world`` with trusts and innovations in the order of ``first``; itself if they are so."""
    portfolio, own = _portfolio_ids(first), _portfolio_ids(world)
    if world is first or (world.trusts.codes == first.trusts.codes and own == portfolio):
        return world
    return rearranged(world, places(world.trusts.codes, first.trusts.codes), _of_innovations(first, world))


def _of_innovations(first: Any, world: Any) -> Longs:
    """Return the places of innovations in ``world``: those of ``first`` in its order, then what is born later."""
    ids = world.innovations.ids
    later = [name for name, born in zip(ids, is_born(world.innovations)) if born]
    return places(ids, (*_portfolio_ids(first), *later))


def places(ids: Sequence[object], wanted: Sequence[object]) -> Longs:
    """Return where each of ``wanted`` stands in ``ids``."""
    where = {name: place for place, name in enumerate(ids)}
    return np.array([where[name] for name in wanted], dtype=np.int64)


class _InOrder:
    """Results with their rows in another order; axes that have no order of their own are passed on."""

    def __init__(self, tables: ResultTables, replicates: Longs, trusts: Longs, innovations: Longs) -> None:
        self._tables, self._replicates, self._trusts, self._innovations = tables, replicates, trusts, innovations
        self.replicates = np.asarray(tables.replicates)[replicates]
        self.world = rearranged(tables.world, trusts, innovations)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._tables, name)
        if isinstance(value, np.ndarray) and name != "stage_means":  # replicates come first in all others
            return value[self._replicates]
        return value

    @cached_property
    def monthly(self) -> Mapping[str, Floats]:
        return {name: values[self._replicates] for name, values in self._tables.monthly.items()}

    @cached_property
    def outcomes(self) -> Mapping[str, Floats]:
        own: Mapping[str, Floats] = self._tables.outcomes  # type: ignore[attr-defined]  # of stored results
        return {name: values[self._replicates] for name, values in own.items()}

    @cached_property
    def stage_by_innovation(self) -> NDArray[Any]:
        return self._tables.stage_by_innovation[self._replicates][..., self._innovations]

    @cached_property
    def adopters_by_trust(self) -> NDArray[Any]:
        return self._tables.adopters_by_trust[self._replicates][..., self._trusts]

    @cached_property
    def benefit(self) -> NDArray[Any]:
        return self._of_innovations("benefit")

    @cached_property
    def upfront_cost_gbp(self) -> NDArray[Any]:
        return self._of_innovations("upfront_cost_gbp")

    @cached_property
    def with_use(self) -> NDArray[Any]:
        return self._of_innovations("with_use")

    def _of_innovations(self, name: str) -> NDArray[Any]:
        return np.asarray(getattr(self._tables, name)[self._replicates][:, self._innovations])

    @property
    def eligible_times(self) -> tuple[tuple[int, Longs], ...]:
        own = getattr(self._tables, "eligible_times", ())
        return tuple((first, eligible[self._trusts]) for first, eligible in own)

    @cached_property
    def events(self) -> NDArray[np.void] | None:
        own: NDArray[np.void] | None = getattr(self._tables, "events", None)
        if own is None:
            return None
        moved = own.copy()
        moved["trust"] = np.argsort(self._trusts)[own["trust"]]
        moved["innovation"] = np.argsort(self._innovations)[own["innovation"]]
        return moved


def same_groups(first: ResultTables, tables: ResultTables, grouping: str) -> tuple[Longs, Longs]:
    """Return the places of the groups that both have, in the order of ``first``: with the same code and members.

    ``tables`` are in the order of ``first``. A group of the same name with other trusts in it is another group.
    """
    ours, theirs = dict(_members(first, grouping)), dict(_members(tables, grouping))
    shared = [code for code in ours if code in theirs and np.array_equal(ours[code], theirs[code])]
    return places(list(ours), shared), places(list(theirs), shared)


def _members(tables: ResultTables, grouping: str) -> Iterator[tuple[str, Bools]]:
    """Yield the code of every group and which trusts (or innovations) are in it."""
    trusts = tables.world.trusts
    if grouping in ("trust", "innovation"):
        codes = trusts.codes if grouping == "trust" else _portfolio_ids(tables.world)
        yield from ((code, np.ones(1, dtype=bool)) for code in codes)
    elif grouping == "centre":
        yield from (("centres", np.asarray(trusts.centre_of_excellence)), ("others", ~trusts.centre_of_excellence))
    else:
        codes = {"ahsn": tables.world.ahsns.codes, "ics": trusts.ics_codes, "sector": trusts.sector_names}[grouping]
        member = np.asarray(getattr(trusts, grouping))
        yield from ((code, member == place) for place, code in enumerate(codes))


#: What is told of trusts where it differs: name of the column, and where the names of its groups stand.
_GROUPS = {"sector": "sector_names", "region": "region_names", "ics": "ics_codes"}
_NUMBERS = {"imd": "deprivation", "staff_fte": "staff"}


def unlike(tables: ResultTables, first: ResultTables) -> list[str]:
    """Return what differs between the worlds of two results with the same trusts and innovations, a phrase each."""
    if tables.world is first.world:
        return []
    ours, theirs = first.world, in_order_of(first, tables).world
    found = []
    columns = {name: (_named(ours, name), _named(theirs, name)) for name in (*_GROUPS, "ahsn")}
    columns |= {name: (getattr(ours.trusts, name), getattr(theirs.trusts, name)) for name in _NUMBERS}
    columns["centre"] = (ours.trusts.centre_of_excellence, theirs.trusts.centre_of_excellence)
    for name, (one, other) in columns.items():
        number = int((~((one == other) | ((one != one) & (other != other)))).sum())
        if number:
            found.append(f"{number} trusts differ in {_NUMBERS.get(name, name)}")
    kept = len(_portfolio_ids(ours))
    one, other = (world.eligible[:, ~is_born(world.innovations)] for world in (ours, theirs))
    if pairs := int((one != other).sum()):
        found.append(f"{pairs} of {len(one) * kept} pairs of trust and innovation are eligible in one of them only")
    sources = (ours.provenance, theirs.provenance)
    changed = [
        part for part in dict.fromkeys((*sources[0], *sources[1])) if sources[0].get(part) != sources[1].get(part)
    ]
    if changed:
        found.append(f"other data for: {', '.join(changed)}")
    settings = [dict(flattened(table.scenario.resolved().get("world", {}))) for table in (first, tables)]
    keys = [key for key in dict.fromkeys((*settings[0], *settings[1])) if settings[0].get(key) != settings[1].get(key)]
    if keys:
        found.append(f"other settings: {', '.join(f'world.{key}' for key in keys)}")
    return found


def _named(world: Any, name: str) -> NDArray[np.object_]:
    """Return the code of each trust's group."""
    codes = world.ahsns.codes if name == "ahsn" else getattr(world.trusts, _GROUPS[name])
    return np.asarray(np.array([*codes, ""], dtype=object)[np.asarray(getattr(world.trusts, name))])
