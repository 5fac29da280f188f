"""England of 2025 begins as it goes on: no burst and no stall in the first year, at the packaged values and five draws.

Held against each other are the starts that the model makes itself (evaluations, pilots, rollouts) and what trusts
spend, in the year before the run, its first year and its second. What goes live in those years begins with those that
use it early; innovations that are in use at the opening are therefore looked at alone.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import ADOPTER_STAGES, EVALUATING, PILOT
from diffusion.experiments.running.simulations import of_replicate, simulation_of
from diffusion.mechanisms.moves import STARTED_ROLLOUT, WITHOUT_PILOT
from diffusion.month import simulation as months
from diffusion.month.block import Block
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS

pytestmark = pytest.mark.science

START = "2025-04"
#: replicates at the packaged values, each with its own chance; and draws of the posterior, several times each
REPLICATES = 12
N_DRAWS = 5
#: how far a year may be from the one before it and the one after it, and a month from its year
YEAR_FACTOR, KIND_FACTOR, MONTH_FACTOR = 1.5, 2.0, 2.0
SPENT = ("upfront_cost", "upfront_cost_without_gate", "running_cost")


class Course(NamedTuple):
    """What happened by month, the year before the run first: arrays by name, float64[R, 36]."""

    series: dict[str, np.ndarray]

    def faults(self) -> list[str]:
        """Say where the first year differs from its neighbours, or a month of it from the year."""
        found = []
        for name, by_replicate in self.series.items():
            values = by_replicate.mean(axis=0)
            before, first, second = values[:12].mean(), values[12:24].mean(), values[24:].mean()
            most = KIND_FACTOR if ":" in name else YEAR_FACTOR
            for label, other in (("before", before), ("second", second)):
                if not other / most <= first <= other * most:
                    found.append(f"{name}: {first:.4g} a month in the first year, {other:.4g} in the year {label}")
            if ":" not in name:
                high, low = values[12:24].max(), values[12:24].min()
                if high > MONTH_FACTOR * first or low < first / MONTH_FACTOR:
                    found.append(f"{name}: {low:.4g} to {high:.4g} in single months of the first year")
        return found


def plan(**changes: object) -> Scenario:
    scenario = Scenario.model_validate({"start": START, "months": 24, "world": {"name": "england-2025"}})
    return scenario.changed({key.replace("__", "."): value for key, value in changes.items()}) if changes else scenario


def course(scenario: Scenario, replicates: list[int], seeds: range = range(1, 2)) -> Course:
    """Run ``replicates`` of a scenario with each seed and return their course."""
    runs = [_one(scenario, replicate, seed) for replicate in replicates for seed in seeds]
    return Course({name: np.stack([run[name] for run in runs]) for name in runs[0]})


def _one(scenario: Scenario, replicate: int, seed: int) -> dict[str, np.ndarray]:
    simulation = of_replicate(simulation_of(scenario), replicate)
    table = simulation.world.innovations
    known = ~np.isnan(table.opening_share)
    seen: list[dict[str, float]] = []

    def note(block: Block) -> None:
        stage, since, frame = block.pairs.stage[0], block.pairs.since[0], block.space.frame
        new = {name: (stage == code) & (since == block.month) for name, code in _STARTS.items()}
        flows, money = frame["flows"][0], frame["money"][0]
        row = {name: float(begun[:, known].sum()) for name, begun in new.items()}
        row["new rollouts"] = float(flows[STARTED_ROLLOUT] + flows[WITHOUT_PILOT])
        row["spending"] = float(sum(money[FLOW_INDEX[name]] for name in SPENT)) / 100.0
        for kind, name in enumerate(KINDS):
            here = known & (table.kind == kind)
            if here.sum() > 1:
                row[f"new evaluations: {name}"] = float(new["new evaluations"][:, here].sum())
        seen.append(row)

    block = simulation.open(np.array([replicate]), seed, watch=note)
    if not simulation.model.warm_up:  # nothing is known of the year before
        seen += [{} for _ in range(12)]
    for _ in range(24):
        simulation.step(block)
        note(block)
    last = seen[-36:]
    return {name: np.array([row.get(name, 0.0) for row in last]) for name in last[-1]}


_STARTS = {"new evaluations": EVALUATING, "new pilots": PILOT}


@cache
def as_packaged() -> Course:
    return course(plan(), list(range(REPLICATES)))


def test_the_first_year_is_like_its_neighbours() -> None:
    assert as_packaged().faults() == []


@pytest.mark.parametrize("number", range(N_DRAWS))
def test_the_first_year_is_like_its_neighbours_at_a_draw(number: int) -> None:
    scenario = plan().drawing_from("posterior")
    assert course(scenario, [number], range(1, 7)).faults() == []


def test_it_is_noticed_where_no_months_are_run_before() -> None:
    faults = course(plan(initial__warm_up_months=0), list(range(4))).faults()
    assert any("new evaluations:" in fault and "year second" in fault for fault in faults), faults


def test_it_is_noticed_where_known_users_come_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Months are run before, but the users that are known are put in their place at the opening alone."""
    hold = months.hold_users
    gone: list[int] = []

    def at_the_end(address: int, numbers: np.ndarray, times: np.ndarray) -> None:
        gone.append(1)
        if len(gone) % 48 == 0:
            hold(address, numbers, times)

    monkeypatch.setattr(months, "hold_users", at_the_end)
    monkeypatch.setattr("diffusion.month.opening_state.places_of", lambda times: np.full(times.shape, 1 << 30))
    faults = course(plan(), list(range(4))).faults()
    assert faults != []


@pytest.mark.parametrize("start", ["2025-04", "2026-04"])
def test_published_numbers_are_met(start: str) -> None:
    simulation = simulation_of(plan(start=start))
    block = simulation.open(np.arange(2), 1)
    table, with_use = simulation.world.innovations, block.units.n_with_use
    users = np.isin(block.pairs.stage, ADOPTER_STAGES).sum(axis=1)
    for k in np.flatnonzero(~np.isnan(table.opening_share)):
        begun = int(table.live_from[k])
        part = (int(simulation.model.start) - begun) / (int(table.opening_month[k]) - begun)
        number = np.floor(table.opening_share[k] * min(1.0, part) * with_use[:, k] + 0.5 + 1e-9)
        assert (users[:, k] == number).all(), table.ids[k]
    record, platform = (table.ids.index(name) for name in ("electronic-patient-record", "federated-data-platform"))
    assert (users[:, record] == (185 if start == "2025-04" else 186)).all()
    assert (users[:, platform] == (58 if start == "2025-04" else 99)).all()
