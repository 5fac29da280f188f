"""What must not matter: the order of trusts, other innovations where nothing couples them, stopping and going on."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from diffusion.data import __file__ as data_file
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import World
from support.worlds import drawn_parameters, result_arrays

pytestmark = pytest.mark.unit

few = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

FOUR_LEVERS: dict[str, Any] = {
    "ahsn-support": {"start": "2013-05"},
    "best-practice-tariff": {"start": "2016-01", "end": "2017-06"},
    "local-first": {"start": "2016-01", "lead_months": 10, "lead_centres": 2},
    "test-beds": {"start": "2015-12", "wave_months": 8},
}

#: sums over trusts in floating point, which may differ in their last bits in another order
FLOAT_SUMS = (
    "capacity_available_wte",
    "capacity_needed_wte",
    "capacity_used_wte",
    "capacity_lent_wte",
)


def moves_of(results: Results, trust: np.ndarray | None = None, innovation: np.ndarray | None = None) -> list[tuple]:
    """Return all moves sorted, with trusts and innovations renumbered (-1: left out)."""
    events = results.events
    assert events is not None
    i = events["trust"] if trust is None else trust[events["trust"]]
    k = events["innovation"] if innovation is None else innovation[events["innovation"]]
    rows = zip(events["replicate"], events["month"], i, k, events["from_stage"], events["to_stage"], events["reason"])
    return sorted(tuple(int(value) for value in row) for row in rows if row[2] >= 0 and row[3] >= 0)


@few
@given(st.integers(0, 10**6), st.integers(0, 10**6))
@example(0, 1)
@example(3, 2)
def test_another_order_of_trusts_permutes_the_results(
    small: Callable[..., Scenario], with_rows: Callable[..., World], seed: int, order_seed: int
) -> None:
    parameters = drawn_parameters(np.random.default_rng(seed))
    real = seed % 3 == 0
    # made-up trusts can be of one size: then the first of them hosts the test beds of an AHSN
    levers = FOUR_LEVERS if real else {name: lever for name, lever in FOUR_LEVERS.items() if name != "test-beds"}
    own = {"world": {}} if real else {}
    scenario = small(parameters=parameters, levers=levers, months=24, **own)
    world = scenario.build_world()
    order = np.random.default_rng(order_seed).permutation(world.n_trusts)
    plain = run(scenario, 2, seed, jobs=1, events=True)
    other = run(scenario, 2, seed, jobs=1, events=True, world=with_rows(world, order))
    for name, values in result_arrays(plain).items():
        permuted = result_arrays(other)[name]
        if name in ("events", "adopters_by_trust"):
            continue
        if name.removeprefix("monthly.") in FLOAT_SUMS:
            np.testing.assert_allclose(permuted, values, rtol=1e-12, err_msg=name)
        elif name == "money_gbp":
            np.testing.assert_allclose(permuted, values, atol=0.011, err_msg=name)
        else:
            np.testing.assert_array_equal(permuted, values, err_msg=name)
    np.testing.assert_array_equal(other.adopters_by_trust, plain.adopters_by_trust[:, :, order])
    assert moves_of(other, trust=order) == moves_of(plain)


def test_the_order_of_rows_in_the_trusts_table_does_not_matter(tmp_path: Path, digest: Callable[..., str]) -> None:
    lines = (Path(data_file).parent / "worlds" / "england-2017" / "trusts.csv").read_text(encoding="utf-8").splitlines()
    shuffled = [lines[0], *np.random.default_rng(4).permutation(np.array(lines[1:], dtype=object))]
    digests = []
    for name, rows in (("a.csv", lines), ("b.csv", shuffled)):
        (tmp_path / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
        text = f"title: own table\nmonths: 24\nworld: {{trusts: {name}}}\nlevers: {{ahsn-support: {{}}}}\n"
        file = tmp_path / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        digests.append(digest(run(load_scenario(str(file)), 2, 3, jobs=1, events=True)))
    assert digests[0] == digests[1]


#: nothing that couples the innovations of a trust: no shared time or money, no learning from own adoptions
UNCOUPLED: dict[str, Any] = {
    "capacity": {"unlimited": True},
    "finance": {"money_gate": False},
    "use": {"absorptive_growth": 0.0},
}


def kept_and_all(
    parameters: dict[str, Any], with_innovations: Callable[..., World], levers: dict[str, Any], seed: int
) -> tuple[list[tuple], list[tuple]]:
    """Return the moves of some innovations in a run of them alone, and in a run of all."""
    scenario = Scenario.model_validate(
        {"title": "all", "months": 60, "policy_start": "2016-07", "parameters": parameters, "levers": levers}
    )
    world = scenario.build_world()
    kept = np.flatnonzero(np.random.default_rng(seed).random(world.n_innovations) < 0.4)
    number = np.full(world.n_innovations, -1)
    number[kept] = np.arange(len(kept))
    together = run(scenario, 3, seed, jobs=1, events=True)
    alone = run(scenario, 3, seed, jobs=1, events=True, world=with_innovations(world, kept))
    return moves_of(alone), moves_of(together, innovation=number)


@few
@given(st.integers(0, 10**6))
def test_innovations_do_not_see_each_other_where_nothing_couples_them(
    with_innovations: Callable[..., World], seed: int
) -> None:
    """Unlimited change time, no fund gate, no growth of absorptive capacity, and no lever that ranks innovations."""
    parameters = drawn_parameters(np.random.default_rng(seed))
    for section, values in UNCOUPLED.items():
        parameters[section] |= values
    levers = {"best-practice-tariff": {"targets": {"kinds": ["drug", "device"]}}}
    alone, together = kept_and_all(parameters, with_innovations, levers, seed)
    assert alone == together
    assert len(alone) > 200


@pytest.mark.parametrize(
    "coupled",
    [{"capacity": {"unlimited": False}}, {"finance": {"money_gate": True}}, {"use": {"absorptive_growth": 0.5}}],
    ids=["change time", "fund", "absorptive capacity"],
)
def test_each_of_these_conditions_is_needed(with_innovations: Callable[..., World], coupled: dict[str, Any]) -> None:
    # whether a move of three short runs hangs on it is a matter of chance
    pairs = (kept_and_all({**UNCOUPLED, **coupled}, with_innovations, {}, seed) for seed in range(8, 16))
    assert any(alone != together for alone, together in pairs)


@few
@given(st.integers(0, 10**6), st.lists(st.integers(1, 35), min_size=1, max_size=3))
def test_a_run_that_stops_and_goes_on_is_the_same_run(
    small: Callable[..., Scenario], seed: int, stops: list[int]
) -> None:
    parameters = drawn_parameters(np.random.default_rng(seed))
    simulation = Simulation(small(parameters=parameters, levers=FOUR_LEVERS))
    records = []
    for pauses in ([], sorted(stops)):
        block = simulation.open(np.arange(2), seed, events=True)
        record = simulation.start_record(block)
        for pause in pauses:
            simulation.run(block, record, until=pause)
            other = simulation.open(np.arange(3), seed + 1)  # somebody else's block in between
            simulation.step(other)
        simulation.run(block, record)
        records.append(record)
    first, second = records
    for name in ("stage_by_innovation", "stage_by_group", "adopters_by_trust", "flows", "money_pence"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)
    for name, values in first.monthly.items():
        np.testing.assert_array_equal(second.monthly[name], values, err_msg=name)
    assert len(first.events) == len(second.events)
    assert all((a == b).all() for a, b in zip(first.events, second.events))


@few
@given(st.integers(0, 10**6), st.integers(1, 29))
def test_a_snapshot_resumed_elsewhere_goes_on_to_the_same_bits(
    small: Callable[..., Scenario], seed: int, month: int
) -> None:
    """Stop in any month, pickle, go on in another simulation: every later month is recorded alike."""
    scenario = small(parameters=drawn_parameters(np.random.default_rng(seed)), levers=FOUR_LEVERS, months=30)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(3), seed)
    whole = simulation.run(block, simulation.start_record(block))
    stopped = simulation.open(np.arange(3), seed)
    record = simulation.start_record(stopped)
    simulation.run(stopped, record, until=month)
    taken = pickle.dumps(simulation.snapshot(stopped))
    simulation.run(stopped, simulation.start_record(stopped))  # what becomes of the stopped one does not matter
    elsewhere = Simulation(scenario)
    resumed = elsewhere.resume(pickle.loads(taken))
    record = elsewhere.run(resumed, elsewhere.start_record(resumed))
    for name in ("stage_by_innovation", "stage_by_group", "adopters_by_trust", "flows", "money_pence"):
        np.testing.assert_array_equal(
            getattr(record, name)[:, month + 1 :], getattr(whole, name)[:, month + 1 :], err_msg=name
        )
    for name, values in whole.monthly.items():
        np.testing.assert_array_equal(record.monthly[name][:, month + 1 :], values[:, month + 1 :], err_msg=name)
    for part in ("pairs", "units", "counters"):
        for name, values in getattr(block, part)._asdict().items():
            np.testing.assert_array_equal(getattr(getattr(resumed, part), name), values, err_msg=name)
