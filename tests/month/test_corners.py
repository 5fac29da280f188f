"""Corners: what levers, records and limits must do off the beaten path."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from diffusion.engine.kernels.frame import frame
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import PILOT, ROLLOUT, SUSTAINED
from diffusion.experiments.running.runner import run
from diffusion.mechanisms import exposure as x
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.month.hooks import NO_OVERRIDE, Hooks
from diffusion.month.phases import PHASES
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.plain_model import Plain
from support.worlds import SMALL, result_arrays

pytestmark = pytest.mark.unit


def test_lower_base_price_takes_last_months_tariff_back() -> None:
    s = load_scenario("tariff", ["levers.best-practice-tariff.lower_base_price=true", "months=60"])
    money = run(s, 2, 1, jobs=1).money_gbp
    tariff, cut = money[:, :, FLOW_INDEX["tariff"]], money[:, :, FLOW_INDEX["base_price_cut"]]
    assert tariff.sum() > 0
    assert cut[:, 1:] == pytest.approx(tariff[:, :-1], abs=0.02)


def test_test_beds_under_way_when_the_run_begins() -> None:
    s = Scenario.model_validate(
        {"title": "t", "start": "2017-01", "months": 24, "levers": {"test-beds": {"start": "2016-05"}}}
    )
    flows = run(s, 1, 1, jobs=1).flows
    assert flows[0, 1, FLOW_NAMES.index("pilot:placed")] > 0


@numba.njit(error_model="numpy", _nrt=False)
def _count(address, out):
    c = frame(address)
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            for k in range(out.shape[2]):
                out[r, i, k] = x.adopters_among_ties(c, r, i, k)


QUICK = {
    "awareness": {"push_per_month": 0.2},
    "triage": {"push_per_month": 0.3},
    "evaluation": {"intercept": 1.0},
    "pilot": {"rate_factor": 5.0},
    "abandonment": {"scale_per_month": 0.1},
    "capacity": {"wte_per_size": 20.0},
    "finance": {"money_gate": False},
}


@pytest.mark.parametrize("all_layers", [False, True])
def test_the_count_response_counts_distinct_adopters(small: Callable[..., Scenario], all_layers: bool) -> None:
    """Each adopter looked to counts once, whatever its credibility and the weight of the tie."""
    exposure = {"response": "count", "credibility_bonus": 0.5, "threshold_count": 1}
    world = {"synthetic": {"england_like": True, "n_trusts": 60, "n_innovations": 5, "kind": "mix"}}
    if not all_layers:  # one sparse layer, whose weights are below 1
        world["layers"] = {name: {"drop": True} for name in ("ahsn", "ics", "type", "clinical")}
    simulation = Simulation(small(world=world, parameters={**QUICK, "exposure": exposure}))
    block = simulation.open(np.arange(2), 3)
    for _ in range(30):
        simulation.step(block)
    for phase in PHASES:
        phase.run(simulation.model, block, simulation.hooks)
        if phase.name == "capacity":
            break
    adopters = np.isin(block.pairs.stage, (ROLLOUT, SUSTAINED))
    plain = Plain(simulation.world, simulation.scenario.parameters, {})
    looks = sum(ties > 0 for ties in plain.ties.values()) > 0
    assert adopters.sum() > 50
    out = np.zeros(adopters.shape)
    _count(block.space.address, out)
    np.testing.assert_array_equal(out, np.einsum("ij,rjk->rik", looks.astype(int), adopters.astype(int)))


def test_a_lever_of_zero_strength_changes_nothing_where_utility_has_no_weight(limit: Any) -> None:
    plain = limit("complete-graph", "months=24")
    off = plain.changed({"levers.test-beds.strength": 0})
    a, b = result_arrays(run(plain, 2, 1, jobs=1)), result_arrays(run(off, 2, 1, jobs=1))
    for name, values in a.items():
        np.testing.assert_array_equal(b[name], values, err_msg=name)


def test_a_lever_of_zero_strength_changes_no_fund_where_nothing_costs(small: Any) -> None:
    plain = small(world={"synthetic": {"n_trusts": 20}}, initial={"stage": "pilot"}, months=12)
    off = plain.changed({"levers.test-beds.strength": 0})
    a, b = result_arrays(run(plain, 2, 1, jobs=1)), result_arrays(run(off, 2, 1, jobs=1))
    for name, values in a.items():
        np.testing.assert_array_equal(b[name], values, err_msg=name)


def test_harm_is_recalled_also_where_utility_has_no_weight(small: Callable[..., Scenario]) -> None:
    none = {section: {"utility_weight": 0.0} for section in ("triage", "evaluation", "pilot", "abandonment")}
    none["abandonment"] |= {"recall_evidence": 0.0, "recall_per_month": 1.0}
    world = {"synthetic": {"n_trusts": 20, "n_innovations": 1, "kind": "device", "attributes": {"signal": -1.0}}}
    simulation = Simulation(small(world=world, parameters=none))
    block = simulation.open(np.arange(1), 1)
    for _ in range(3):
        simulation.step(block)
    assert block.units.recalled.all()


def test_use_of_the_opening_state_is_recorded() -> None:
    simulation = Simulation(load_scenario("baseline", ["months=2"]))
    block = simulation.open(np.arange(4), 1)
    use = block.pairs.use.sum(axis=(1, 2))
    record = simulation.start_record(block)
    assert record.monthly["use_sum"][:, 0] == pytest.approx(use, abs=1e-3)


def test_use_of_a_month_is_that_of_its_adopters() -> None:
    """Pairs that abandon in the month are no longer counted."""
    s = load_scenario("baseline", ["months=60", "parameters.abandonment.scale_per_month=0.03"])
    simulation = Simulation(s)
    block = simulation.open(np.arange(4), 1)
    record = simulation.start_record(block)
    for month in range(1, 61):
        simulation.run(block, record, until=month)
        now = block.pairs.use.sum(axis=(1, 2))
        assert record.monthly["use_sum"][:, month] == pytest.approx(now, abs=1e-2), month


def test_a_copy_of_a_block_is_its_own() -> None:
    simulation = Simulation(load_scenario("baseline", ["months=6"]))
    block = simulation.open(np.arange(1), 1)
    simulation.step(block)
    before = block.units.fund.copy()
    try:
        other = copy.deepcopy(block)
    except TypeError:
        return  # refusing is fine
    simulation.step(other)
    np.testing.assert_array_equal(block.units.fund, before)


def test_ties_in_size_do_not_fall_to_the_first_row(with_rows: Any) -> None:
    """Made-up trusts share a size; the host of an AHSN is then told by key."""
    levers = {"test-beds": {"start": "2015-12"}}
    s = Scenario.model_validate({"title": "t", "months": 12, "world": SMALL, "levers": levers})
    world = s.build_world()
    for seed in range(6):
        order = np.random.default_rng(seed).permutation(world.n_trusts)
        a, b = run(s, 4, 1, jobs=1), run(s, 4, 1, jobs=1, world=with_rows(world, order))
        np.testing.assert_array_equal(b.adopters_by_trust, a.adopters_by_trust[:, :, order])
        np.testing.assert_array_equal(b.stage_by_innovation, a.stage_by_innovation)


def test_champions_leave_whether_or_not_use_is_followed(small: Callable[..., Scenario]) -> None:
    parameters = {"use": {"followed": False}, "attributes": {"champion_turnover_per_month": 1e9}}
    simulation = Simulation(small(parameters=parameters, initial={"stage": "pilot"}))
    block = simulation.open(np.arange(1), 1)
    had = block.pairs.champion.sum()
    assert had > 0
    simulation.step(block)
    still = block.pairs.champion[0][block.pairs.stage[0] == PILOT].sum()
    assert still == 0


def test_capacity_in_use_is_what_was_granted_where_priority_is_zero(small: Callable[..., Scenario]) -> None:
    """An agent may give priority 0: its time is not used."""

    class NoTime(Hooks):
        active = True

        def rows(self, decision: str, model: Any, block: Any) -> np.ndarray:
            if decision == "capacity_priority":
                return np.zeros(block.pairs.stage.shape[1:])
            return NO_OVERRIDE

    parameters = {"capacity": {"wte_per_size": 0.2}}
    world = {"synthetic": {"n_trusts": 3, "n_innovations": 5}}
    simulation = Simulation(small(world=world, parameters=parameters, initial={"stage": "evaluating"}), hooks=NoTime())
    block = simulation.open(np.arange(1), 1)
    simulation.step(block)
    f = block.space.frame
    assert f["used"].sum() == 0


def test_a_pilot_of_a_recalled_innovation_can_end_at_once(small: Callable[..., Scenario]) -> None:
    """Every user leaves after a recall, pilots younger than D_P too."""
    parameters = {"abandonment": {"recall_evidence": 0.0, "recall_per_month": 1.0, "recalled_exit_per_month": 50.0}}
    attributes = {"signal": -1.0, "pilot_months": 9}
    world = {"synthetic": {"n_trusts": 20, "n_innovations": 1, "kind": "device", "attributes": attributes}}
    simulation = Simulation(small(world=world, parameters=parameters, initial={"stage": "pilot"}))
    block = simulation.open(np.arange(1), 1)
    for _ in range(3):
        simulation.step(block)
    assert (block.pairs.stage != PILOT).all()


def test_the_long_horizon_of_a_lever_carries_the_fund_over(small: Callable[..., Scenario], probe: Any) -> None:
    """The April return is off when the horizon is at least 36 months, by parameter or by a lever."""
    world = {"synthetic": {"n_trusts": 1, "n_innovations": 1, "kind": "device"}}
    lever = probe(values={"horizon_months": 36.0}, start="2016-03")
    quiet = {"awareness": {"push_per_month": 0.0}}
    simulation = Simulation(small(world=world, start="2016-03", parameters=quiet, levers={"probe": lever}))
    block = simulation.open(np.arange(1), 1)
    simulation.step(block)
    simulation.step(block)
    assert block.units.fund[0, 0] == 200_000 * 100


def test_a_lever_may_change_its_array_in_place(small: Callable[..., Scenario]) -> None:
    """A term given the same array with other values is combined anew."""
    from diffusion.levers.base import Lever

    class InPlace(Lever):
        name = "in-place"

        def setup(self, see: Any, draws: Any) -> dict[str, Any]:
            return {"push": np.zeros((1, see.world.n_trusts, see.world.n_innovations))}

        def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
            own["push"][...] = float(see.month)
            terms.alignment.add(own["push"])

    simulation = Simulation(small(levers={"in-place": InPlace()}))
    block = simulation.open(np.arange(1), 1)
    for month in range(1, 4):
        simulation.step(block)
        assert block.space.terms.value("alignment").max() == month - 1


def test_a_mandate_moves_what_it_is_put_on_and_its_rates_say_nothing_where_there_is_none(
    small: Callable[..., Scenario], probe: Any
) -> None:
    rates = {section: {"mandate_per_month": 1.0} for section in ("awareness", "triage", "pilot")}
    as_ever, other = (run(small(parameters=parameters, months=24), 3, 2) for parameters in ({}, rates))
    for name, values in result_arrays(as_ever).items():
        np.testing.assert_array_equal(values, result_arrays(other)[name], err_msg=name)
    n = as_ever.world.n_innovations
    first = np.zeros((1, 1, n))
    first[..., 0] = 1.0
    mandated = run(small(levers={"probe": probe(values={"mandate": first})}, months=24), 3, 2)
    adopters, before = (r.stage_by_innovation[:, -1, (ROLLOUT, SUSTAINED), 0].sum() for r in (mandated, as_ever))
    eligible = 3 * int(as_ever.world.eligible[:, 0].sum())
    assert before < 0.25 * eligible
    assert adopters > 0.6 * eligible
