"""What differs between innovations, who has a use for them, who uses them early: drawn by key, counted apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import diffusion as df
from diffusion.engine.stages import EVALUATING, INELIGIBLE, NO_USE, ROLLOUT, SUSTAINED
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from diffusion.world.slots import is_born

pytestmark = pytest.mark.unit
Small = Callable[..., Scenario]


@pytest.fixture(scope="module")
def small() -> Small:
    """Return scenarios on a small world with the defaults, under which innovations and trusts differ."""
    world = {"synthetic": {"england_like": True, "n_trusts": 42, "n_innovations": 7}}

    def make(**given: Any) -> Scenario:
        return Scenario.model_validate({"title": "small", "months": 36, "world": world, **given})

    return make


def opened(small: Small, replicates: int = 200, **given: Any) -> Any:
    simulation = Simulation(small(**given))
    return simulation, simulation.open(np.arange(replicates), 1)


# --- Heterogeneity ----------------------------------------------------------------------------------------------------


def test_spreads_and_their_correlation_are_those_asked_for(small: Small) -> None:
    par = {"heterogeneity": {"push_sd": 0.7, "scale_up_sd": 1.2, "scale_up_correlation": 0.6, "compliance_sd": 0.4}}
    _, block = opened(small, 2_000, parameters=par)
    logs = {name: np.log(getattr(block.attributes, name)) for name in ("push", "scale_up", "ending", "compliance")}
    n = logs["push"].size
    for name, sd in (("push", 0.7), ("scale_up", 1.2), ("ending", 1.2), ("compliance", 0.4)):
        assert abs(logs[name].mean()) < 4 * sd / n**0.5
        assert logs[name].std() == pytest.approx(sd, rel=4 / n**0.5)
    found = np.corrcoef([logs[name].ravel() for name in logs])
    assert found[1, 2] == pytest.approx(-0.6, abs=0.04)
    assert np.abs(found[0, 1:]).max() < 0.04
    assert np.abs(found[3, :3]).max() < 0.04


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_a_world_without_evidence_shares_a_part_of_every_trait(shared: float, small: Small) -> None:
    par = {"heterogeneity": {"push_sd": 0.7, "scale_up_sd": 1.2, "scale_up_correlation": 0.6, "compliance_sd": 0.4},
           "supply": {"followed": True, "arrivals_per_year": 60}}  # fmt: skip
    scenario = small(parameters=par, months=12)
    facts = scenario.build_world().facts.model_copy(update={"traits_shared": shared})
    simulation = Simulation(scenario, replace(scenario.build_world(), facts=facts))
    n = 1_000
    block = simulation.open(np.arange(n), 1)
    for name, sd in (("push", 0.7), ("scale_up", 1.2), ("ending", 1.2), ("compliance", 0.4)):
        logs = np.log(getattr(block.attributes, name)[:, :7])
        assert logs.std(axis=0) == pytest.approx(np.full(7, sd), rel=0.1)  # each is drawn as in any world
        between = np.corrcoef(logs.T)[np.triu_indices(7, 1)]
        assert between.mean() == pytest.approx(shared, abs=0.03)
    for _ in range(12):
        simulation.step(block)
    born = np.flatnonzero((block.units.live <= 12).all(axis=0) & is_born(simulation.world.innovations))
    assert len(born) > 1
    logs = np.log(block.attributes.scale_up)
    assert np.corrcoef(logs[:, born].T, logs[:, :7].T)[0, len(born) :].mean() == pytest.approx(shared, abs=0.06)


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_what_founders_bring_shares_as_much_with_its_world(shared: float, small: Small) -> None:
    par = {"heterogeneity": {"push_sd": 0.7, "scale_up_sd": 1.2, "scale_up_correlation": 0.6, "compliance_sd": 0.4},
           "supply": {"followed": True, "founding_without_programme": 0.02, "launch_months": 1}}  # fmt: skip
    scenario = small(parameters=par, months=4)
    facts = scenario.build_world().facts.model_copy(update={"traits_shared": shared})
    simulation = Simulation(scenario, replace(scenario.build_world(), facts=facts))
    block = simulation.open(np.arange(400), 1)
    for _ in range(4):
        simulation.step(block)
    r, k = np.nonzero(block.units.innovation_keys != simulation.model.tables.innovation_keys)
    assert len(r) > 4_000
    for name, sd in (("push", 0.7), ("scale_up", 1.2), ("ending", 1.2), ("compliance", 0.4)):
        logs = np.log(getattr(block.attributes, name))
        born, others = logs[r, k], logs[r, :7]
        assert born.std() == pytest.approx(sd, rel=0.1)
        between = np.corrcoef(born, others.T)[0, 1:]
        assert between.mean() == pytest.approx(shared, abs=0.06), name


def test_a_stated_value_stands_in_place_of_the_draw_and_of_nothing_else(small: Small) -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 7, "kind": "mix"}}
    more = {"own": {"name": "Own", "kind": "drug", "log_push": 0.5, "log_pilot_ending": -1.0}}
    simulation, block = opened(small, 5, world={**world, "more_innovations": more})
    other, drawn = opened(small, 5, world={**world, "more_innovations": {"own": {"name": "Own", "kind": "drug"}}})
    k = simulation.world.innovations.ids.index("own")
    assert np.exp(0.5) == pytest.approx(block.attributes.push[:, k])
    assert np.exp(-1.0) == pytest.approx(block.attributes.ending[:, k])
    for name in ("scale_up", "compliance", "benefit"):
        np.testing.assert_array_equal(getattr(block.attributes, name), getattr(drawn.attributes, name))
    others = np.arange(len(simulation.world.innovations.ids)) != k
    np.testing.assert_array_equal(block.attributes.push[:, others], drawn.attributes.push[:, others])
    assert other.world.innovations.ids == simulation.world.innovations.ids


@pytest.mark.parametrize(
    ("stated", "more"),
    [
        ({"log_push": 1.5}, True),
        ({"log_push": -1.5}, False),
        ({"log_scale_up": 1.5}, True),
        ({"log_scale_up": -1.5}, False),
        ({"log_pilot_ending": -2.0}, True),
        ({"log_pilot_ending": 2.0}, False),
    ],
)
def test_it_is_felt_in_its_direction(stated: dict[str, float], more: bool) -> None:
    own = {"name": "Own", "kind": "digital", "benefit_mean": 0.8, "initial_sites_min": 6, "initial_sites_max": 6}

    # pushes are felt in how many looked at it, the others in how many use it
    counted = range(EVALUATING, NO_USE) if "log_push" in stated else (ROLLOUT, SUSTAINED)

    def reached(traits: dict[str, float]) -> np.ndarray:
        scenario = df.load("no-programmes", ["months=72"]).changed(
            {"world.synthetic": {"england_like": True, "n_trusts": 60, "n_innovations": 2, "kind": "digital"}}
        )
        results = run(scenario.changed({"world.more_innovations": {"own": own | traits}}), replicates=40, seed=3)
        k = results.world.innovations.ids.index("own")
        return np.asarray(results.stage_by_innovation[:, -1, list(counted), k].sum(axis=1), dtype=float)

    neutral = dict.fromkeys(stated, 0.0)
    gained = reached(stated) - reached(neutral)
    assert (gained.mean() if more else -gained.mean()) > 3 * gained.std() / 40**0.5 > 0


# --- Relevance --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log_odds", [-1.0, 0.0, 2.0])
def test_the_share_with_a_use_is_that_of_its_closed_form(log_odds: float, small: Small) -> None:
    par = {"relevance": {"log_odds": log_odds, "log_odds_sd": 0.0, "size_weight": 0.8, "teaching_weight": 0.5}}
    simulation, block = opened(small, 400, parameters=par)
    trusts, eligible = simulation.world.trusts, simulation.world.eligible
    logit = log_odds + 0.8 * np.log(trusts.size) + 0.5 * trusts.teaching
    expected = np.broadcast_to(1.0 / (1.0 + np.exp(-logit))[:, None], eligible.shape)
    with_use = (block.pairs.no_use == 0).mean(axis=0)
    pairs = eligible & (simulation.world.innovations.initial_sites_max == 0)
    error = (with_use - expected)[pairs]
    assert abs(error.mean()) < 4 * np.sqrt((expected * (1 - expected))[pairs].mean() / (400 * pairs.sum()))
    assert np.abs(error).max() < 5 * 0.5 / 400**0.5
    assert (block.pairs.no_use[:, ~eligible] == 0).all()


def test_innovations_differ_in_their_ceiling(small: Small) -> None:
    _, block = opened(small, 300, parameters={"relevance": {"log_odds": 0.0, "log_odds_sd": 1.5, "size_weight": 0.0}})
    share = 1.0 - block.pairs.no_use[:, :, :].mean(axis=1)
    assert share.std() > 0.15
    _, alike = opened(small, 300, parameters={"relevance": {"log_odds": 0.0, "log_odds_sd": 0.0, "size_weight": 0.0}})
    assert (1.0 - alike.pairs.no_use.mean(axis=1)).std() < share.std() / 2


@pytest.mark.parametrize(("use_share", "limited"), [(0.0, True), (1.0, True), (0.0, False), (0.3, False)])
def test_a_stated_share_holds_with_or_without_draws(use_share: float, limited: bool, small: Small) -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 7, "kind": "mix"}}
    world["more_innovations"] = {"own": {"name": "Own", "kind": "pathway", "use_share": use_share}}  # type: ignore[dict-item]
    par = {"relevance": {"limited": limited, "size_weight": 0.0}}
    simulation, block = opened(small, 300, world=world, parameters=par)
    k = simulation.world.innovations.ids.index("own")
    eligible = simulation.world.eligible[:, k]
    assert 1.0 - block.pairs.no_use[:, eligible, k].mean() == pytest.approx(
        use_share, abs=0.03 if 0 < use_share < 1 else 0
    )


def test_trusts_without_a_use_stop_at_hearing_of_it_and_are_counted_apart(small: Small) -> None:
    results = run(
        small(months=60, parameters={"relevance": {"limited": True, "log_odds": -1.0}}), replicates=20, seed=1
    )
    stages, monthly = results.stage_by_innovation, results.monthly
    eligible = results.world.eligible.sum(axis=0)
    np.testing.assert_array_equal(
        stages[:, :, INELIGIBLE + 1 :].sum(axis=2), np.broadcast_to(eligible, stages[:, :, 0].shape)
    )
    no_use = stages[:, :, NO_USE].sum(axis=2)
    assert (np.diff(no_use, axis=1) >= 0).all(), "nobody finds a use later"
    assert no_use[:, -1].mean() > 50
    assert (no_use <= eligible.sum() - monthly["pairs_with_use"]).all()
    assert (monthly["adopters"] <= monthly["pairs_with_use"]).all()
    with_use = monthly["adopters"] / monthly["pairs_with_use"]
    np.testing.assert_allclose(monthly["adopter_share_with_use"], with_use, rtol=1e-12)
    assert (monthly["adopter_share_with_use"] >= monthly["adopter_share"]).all()


# --- Early use and routes ---------------------------------------------------------------------------------------------


def test_early_users_are_there_in_the_first_live_month(small: Small) -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 7, "kind": "mix"}}
    world["synthetic"]["attributes"] = {"live_month": 5}  # type: ignore[index]
    par = {"early_use": {"share": 0.1, "size_weight": 0.6, "teaching_weight": 1.0}, "relevance": {"limited": False}}
    results = run(small(months=8, world=world, parameters=par), replicates=400, seed=1)
    early = results.flows[:, :, FLOW_NAMES.index("rollout:early use")]
    assert not early[:, :6].any()
    assert not early[:, 7:].any()
    trusts = results.world.trusts
    logit = np.log(0.1 / 0.9) + 0.6 * np.log(trusts.size) + 1.0 * trusts.teaching
    expected = (results.world.eligible / (1.0 + np.exp(-logit))[:, None]).sum()
    found = early[:, 6].reshape(400, -1).sum(axis=1)
    assert found.mean() == pytest.approx(expected, abs=4 * found.std() / 20)


def test_what_needs_no_pilot_has_none(small: Small) -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 4, "kind": "device"}}
    for needed in (True, False):
        world["synthetic"]["attributes"] = {"needs_pilot": needed}  # type: ignore[index]
        results = run(small(months=60, world=world, parameters={"early_use": {"share": 0.0}}), replicates=10, seed=1)
        pilots, direct = (results.flows[:, :, FLOW_NAMES.index(name)].sum() for name in ("pilot", "rollout:no pilot"))
        assert (pilots > 0, direct > 0) == (needed, not needed)


def test_what_a_scenario_adds_is_checked_as_a_portfolio_is() -> None:
    row = {"name": "Ours", "kind": "digital", "initial_sites_min": 3, "initial_sites_max": 1}
    with pytest.raises(df.InputError, match="3 is more than initial_sites_max"):
        df.load("baseline").changed({"world.more_innovations.ours": row}).build_world()


def test_mean_evidence_is_not_diluted_by_what_is_not_born() -> None:
    followed = {"parameters.supply.followed": True}
    plain, with_slots = (run(df.load("baseline", ["months=2"]).changed(more), 2, 1) for more in ({}, followed))
    assert len(with_slots.world.innovations.ids) > len(plain.world.innovations.ids)
    np.testing.assert_allclose(with_slots.monthly["evidence_mean"][:, 0], plain.monthly["evidence_mean"][:, 0])


# --- Abandonment ------------------------------------------------------------------------------------------------------


def test_an_innovation_has_its_own_factor_on_abandonment(small: Small) -> None:
    """Everybody uses three like innovations; of those who stay a share exp(-a H) is left, H the hazard without a."""
    world = {"synthetic": {"england_like": True, "n_trusts": 2_000, "n_innovations": 1, "kind": "plain"}}
    more = {
        name: {"name": name, "kind": "service", "abandonment_factor": factor, "nasss_sum": 0}
        for name, factor in (("half", 0.5), ("never", 0.0), ("once", 1.0))
    }
    par = {
        "abandonment": {"scale_per_month": 0.05, "utility_weight": 0, "finance_weight": 0, "champion_weight": 0},
        "relevance": {"limited": False},
    }
    everybody = {"stage": "sustained"}
    runs = run(
        small(world={**world, "more_innovations": more}, parameters=par, initial=everybody, months=1), 20, jobs=1
    )
    ids = runs.world.innovations.ids
    users = runs.stage_by_innovation[..., SUSTAINED, :].sum(axis=0)
    left = {name: float(users[1, ids.index(name)] / users[0, ids.index(name)]) for name in more}
    assert left["never"] == 1.0
    assert np.log(left["half"]) == pytest.approx(0.5 * np.log(left["once"]), rel=0.1)
    assert left["once"] < 0.98
