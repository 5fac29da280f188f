"""What levers remember between months, in dataclasses or dicts: a snapshot holds all of it, and shares nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from diffusion.arrays import Floats, Longs
from diffusion.engine.calendar import Month
from diffusion.levers.base import Lever, Own, ScheduleRow
from diffusion.levers.registry import all_levers
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.month.view import View

pytestmark = pytest.mark.unit

NAMES = sorted(name for name, lever in all_levers().items() if lever.number)
REMEMBERING = {
    "accelerator",
    "ahsn-support",
    "challenge-prizes",
    "clinical-entrepreneurs",
    "healthtech-appraisal",
    "innovation-technology-tariff",
    "innovation-zones",
    "innovator-passport",
    "league-tables",
    "local-first",
    "medtech-funding-mandate",
    "nice",
    "sbri",
    "test-beds",
    "value-based-procurement",
}


def arrays_of(value: object, name: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Yield all arrays of a lever's own state with where they stand."""
    if isinstance(value, np.ndarray):
        yield name, value
    elif is_dataclass(value):
        for item in fields(value):
            yield from arrays_of(getattr(value, item.name), f"{name}.{item.name}")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from arrays_of(part, f"{name}[{key}]")
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from arrays_of(part, f"{name}[{number}]")


def goes_on_alike(scenario: Scenario, stop: int, months: int) -> dict[str, object]:
    """Stop, pickle, let the stopped run go on, then resume elsewhere and compare; return what levers remembered."""
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 1)
    for _ in range(stop):
        simulation.step(block)
    taken = simulation.snapshot(block)
    held = {name: values.copy() for name, values in arrays_of(taken["own"])}
    for (name, kept), (other, live) in zip(arrays_of(taken["own"]), arrays_of(block.own), strict=True):
        assert name == other
        assert kept.size == 0 or not np.shares_memory(kept, live), name
    pickled = pickle.dumps(taken)
    for _ in range(months):
        simulation.step(block)
    for name, values in arrays_of(taken["own"]):
        np.testing.assert_array_equal(values, held[name], err_msg=name)
    for snapshot in (taken, pickle.loads(pickled)):
        elsewhere = Simulation(scenario)
        resumed = elsewhere.resume(snapshot)
        for _ in range(months):
            elsewhere.step(resumed)
        for part in ("pairs", "units", "counters", "people", "companies"):
            for name, values in getattr(block, part)._asdict().items():
                np.testing.assert_array_equal(getattr(getattr(resumed, part), name), values, err_msg=f"{part}.{name}")
        for (name, values), (_, now) in zip(arrays_of(block.own), arrays_of(resumed.own), strict=True):
            np.testing.assert_array_equal(now, values, err_msg=name)
    own: dict[str, object] = taken["own"]
    return own


@pytest.mark.parametrize("stop", [13, 49])
def test_a_snapshot_of_all_goes_on_alike(stop: int) -> None:
    assert len(NAMES) == 26
    stack = "+".join(["baseline", "people-and-companies", *NAMES])
    targets = "levers.nice.targets.sectors=[acute]"  # then NICE keeps terms by trust
    own = goes_on_alike(load_scenario(stack, ["months=70", "policy_start=2015-08", targets]), stop, 14)
    assert {name for name, state in own.items() if is_dataclass(state)} == REMEMBERING
    empty = {name for name in own if name in REMEMBERING and not any(a.size for _, a in arrays_of(own[name]))}
    assert empty == set()
    assert all(state == {} for name, state in own.items() if name not in REMEMBERING)


@dataclass
class Part:
    """A part of a state."""

    counted: Longs
    history: list[Floats] = field(default_factory=list)


@dataclass
class Counted:
    """A state with a state inside."""

    part: Part
    by_name: dict[str, tuple[Floats, int]]


class KeepsDataclass(Lever):
    """Writes what it counted up in place."""

    name: ClassVar[str] = "keeps-dataclass"

    def setup(self, see: View, draws: Draws) -> Counted:
        return Counted(Part(np.zeros(1, dtype=np.int64)), {"push": (np.zeros((1, 1, see.world.n_innovations)), 0)})

    def write(self, month: Month, see: View, terms: Terms, own: Counted, draws: Draws) -> None:
        own.part.counted += 1
        own.part.history.append(own.part.counted / 40.0)
        push, times = own.by_name["push"]
        push += own.part.history[-1]
        own.by_name["push"] = push, times + 1
        terms.awareness_push.add(push)


class KeepsDict(Lever):
    """The same in a dict."""

    name: ClassVar[str] = "keeps-dict"

    def setup(self, see: View, draws: Draws) -> dict[str, Floats | list[Floats]]:
        return {"push": np.zeros((1, 1, see.world.n_innovations)), "history": []}

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        own["history"].append(own["push"].copy())
        own["push"] += len(own["history"]) / 40.0
        own["last"] = int(month)  # keys may come later
        terms.triage_push.add(own["push"])


def test_own_levers_may_keep_dataclasses_and_dicts(small: Callable[..., Scenario]) -> None:
    own = goes_on_alike(small(levers={"a": KeepsDataclass(), "b": KeepsDict()}, months=24), 9, 12)
    counted, kept = own["a"], own["b"]
    assert isinstance(counted, Counted)
    assert isinstance(kept, dict)
    assert counted.part.counted.tolist() == [9]
    assert len(counted.part.history) == counted.by_name["push"][1] == len(kept["history"]) == 9


def test_a_lever_without_setup_gets_a_dict(small: Callable[..., Scenario]) -> None:
    class Remembers(Lever):
        name: ClassVar[str] = "remembers"

        def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
            own["months"] = own.get("months", 0) + 1

    own = goes_on_alike(small(levers={"a": Remembers()}, months=12), 5, 5)
    assert own == {"a": {"months": 5}}


def test_every_lever_says_what_happens_when() -> None:
    for name in NAMES:
        rows = all_levers()[name]().dated(Month("2016-01")).schedule()
        assert rows, name
        assert all(isinstance(row, ScheduleRow) and row.what for row in rows), name
        assert rows[0].since == Month("2016-01"), name
