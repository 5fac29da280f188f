"""The production engine, month by month, against a second statement of every equation in plain NumPy.

That statement is ``plain_model`` and ``plain_month``. Every month starts from the engine's own state, so a difference
is the fault of that month. Peer evidence alone is carried on by the plain model, as the recursion of the specification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase as Stage
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.engine.draws import RECALL, Draws
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import ABANDONED, AWARE, EVALUATING, LEGAL_MOVES, PILOT, ROLLOUT, SUSTAINED, UNAWARE
from diffusion.engine.term_specs import TERMS
from diffusion.mechanisms import responses as own
from diffusion.mechanisms.exposure import exposure_row
from diffusion.month.phases import PHASES
from diffusion.month.simulation import Simulation
from diffusion.month.view import View
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.plain_month import PlainMonth, spread, who_has_no_use, who_is_early
from support.worlds import drawn_parameters

pytestmark = pytest.mark.unit

Response = Callable[[float, float], float]

PAIRS = (
    "stage", "since", "rollout_since", "full_since", "work", "rollout", "use", "champion", "waiting", "programme",
    "money_ended", "engagement",
)  # fmt: skip


def state_of(block: Any) -> dict[str, np.ndarray]:
    """Return a copy of the state of replicate 0, integers widened."""
    state = {name: getattr(block.pairs, name)[0] for name in PAIRS}
    state |= {name: getattr(block.units, name)[0] for name in ("absorptive", "evidence", "recalled")}
    state["fund_gbp"] = block.units.fund[0] / 100.0
    return {name: values.astype(np.float64 if values.dtype.kind == "f" else np.int64) for name, values in state.items()}


def opening(simulation: Simulation, seed: int) -> tuple[Any, PlainMonth]:
    """Return a block of one replicate, and the plain model of it."""
    block = simulation.open(np.arange(1), seed)
    attributes = {name: values[0] for name, values in block.attributes._asdict().items()} | {
        "need": block.pairs.need[0]
    }
    plain = PlainMonth(simulation.world, simulation.scenario.parameters, attributes)
    draws = Draws(seed, block.replicates, simulation.model.tables.trust_keys, simulation.model.tables.innovation_keys)
    for name, factor in spread(plain, draws).items():
        np.testing.assert_allclose(attributes[name], factor, rtol=1e-12, err_msg=name)
    codes, sites = simulation.world.trusts.codes, simulation.world.innovations.pilot_sites
    plain.pilot_sites = np.array([[code in listed for listed in sites] for code in codes])
    plain.no_use = who_has_no_use(plain, draws, (block.pairs.ever[0] > 0) | plain.pilot_sites)
    np.testing.assert_array_equal(block.pairs.no_use[0] > 0, plain.no_use)
    plain.early = who_is_early(plain, draws, plain.no_use)
    decay = simulation.scenario.parameters.beliefs.peer_decay_per_month
    plain.peer = plain.seen(block.pairs.use[0]) * sum((1.0 - decay) ** age for age in range(12))
    return block, plain


def full_terms(block: Any, ahsn: np.ndarray, before: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return every term as [N, K], with ``monitoring_withdrawn``, and where monitoring has ever been on."""
    shape, held = block.pairs.stage.shape, block.space.terms
    terms = {name: np.broadcast_to(held.value(name), shape)[0] for name in TERMS}
    for name in (name for name, spec in TERMS.items() if spec.by_ahsn):
        part = held.by_ahsn(name)[0]
        part = np.broadcast_to(part[ahsn] if len(part) > 1 else part, shape[1:])
        terms[name] = terms[name] + part if TERMS[name].combine == "add" else np.maximum(terms[name], part)
    ever = before | (terms["monitoring"] > 0)
    return {**terms, "monitoring_withdrawn": (ever & (terms["monitoring"] == 0)).astype(np.float64)}, ever


def compare_months(simulation: Simulation, seed: int, months: int) -> dict[tuple[int, int], int]:
    """Step engine and plain model side by side; return how often each move was made."""
    block, plain = opening(simulation, seed)
    ever = np.zeros(block.pairs.stage.shape[1:], dtype=bool)
    moves: dict[tuple[int, int], int] = {}
    draws = Draws(seed, block.replicates, simulation.model.tables.trust_keys, simulation.model.tables.innovation_keys)
    for month in range(1, months + 1):
        before = state_of(block)
        x = np.zeros(before["stage"].shape)
        for phase in PHASES:
            phase.run(simulation.model, block, simulation.hooks)
            if phase.name == "exposure":
                for i in range(len(x)):
                    exposure_row(block.space.address, i, x[i : i + 1])
        after, frame = state_of(block), block.space.frame
        terms, ever = full_terms(block, simulation.world.trusts.ahsn, ever)
        calendar = simulation.model.calendar(month)
        plain.recall_draw = draws.uniform(RECALL, month, by="innovation")[0, 0]

        def draw(process: int, month: int = month) -> np.ndarray:
            return draws.uniform(process, month, by="trust innovation")[0]

        seen = plain.decide(before, terms, month, calendar.is_winter)
        expected, paid = plain.month(before, terms, month, calendar.is_winter, calendar.month == 4, draw)
        stage = before["stage"]
        eligible = simulation.world.eligible
        np.testing.assert_allclose(np.where(eligible, x, 0), np.where(eligible, seen["x"], 0), atol=1e-9)
        np.testing.assert_allclose(np.broadcast_to(frame["finance"], (1, *x.shape))[0], seen["f"], atol=1e-9)
        if not simulation.scenario.parameters.capacity.unlimited:
            busy = np.isin(stage, (EVALUATING, PILOT, ROLLOUT)) & (simulation.world.innovations.live_month < month)
            np.testing.assert_allclose(block.pairs.granted[0][busy], seen["phi"][busy], atol=1e-9)
            np.testing.assert_allclose(frame["slack"][0], seen["slack"], atol=1e-9)
            np.testing.assert_allclose(frame["available"][0], seen["have"], rtol=1e-12)
            np.testing.assert_allclose(frame["used"][0], seen["used"], atol=1e-9)
        for name in PAIRS[:-1]:
            users = np.isin(after["stage"], (ROLLOUT, SUSTAINED))
            where = {
                "work": after["stage"] == EVALUATING,
                "money_ended": after["stage"] == PILOT,
                "rollout_since": users,
                "full_since": users,
            }.get(name, eligible)
            np.testing.assert_allclose(
                after[name][where], expected[name][where], atol=2e-6, err_msg=f"{name}, month {month}"
            )
        for name in ("absorptive", "evidence", "recalled", "fund_gbp"):
            np.testing.assert_allclose(
                after[name], expected[name], rtol=2e-6, atol=0.4 if name == "fund_gbp" else 1e-5, err_msg=name
            )
        for purpose, gbp in paid.items():
            assert frame["money"][0, FLOW_INDEX[purpose]] / 100.0 == pytest.approx(gbp, rel=1e-6, abs=2.0), purpose
        moved = after["stage"] != stage
        for old, new in zip(stage[moved].tolist(), after["stage"][moved].tolist()):
            moves[old, new] = moves.get((old, new), 0) + 1
    return moves


def random_terms(generator: np.random.Generator, n: int, k: int) -> dict[str, Any]:
    """Return arrays for every term that the plain model knows, at random."""
    between, some = generator.uniform, lambda *shape: (generator.random(shape) < 0.3).astype(np.float64)
    return {
        "awareness_push": between(0, 1, (n, k)), "triage_push": between(0, 1, (n, k)),
        "rollout_push": between(0, 1, (n, k)), "alignment": between(-1, 1, (n, k)),
        "utility": between(-0.3, 0.3, (n, k)), "burden": between(0.5, 1.5, (n, k)),
        "burden_risk": between(0.5, 1, (1, k)), "price_agreed": some(1, k),
        "standard_terms": some(n, 1), "evaluation_time": between(0.5, 1, (1, k)),
        "risk_aversion": between(0.5, 1.5, (n, 1)),
        "capacity": between(0.5, 1.5, (n, 1)), "time_budget": between(-0.2, 0.5, (n, 1)),
        "facilitation": between(0, 0.6, (n, 1)), "facilitated": some(n, k),
        "paid_load": some(n, k) * between(0, 1, (n, k)),
        "priority": between(0, 8, (n, k)), "upfront_subsidy": some(1, k), "payment_share": some(1, k) * 0.24,
        "commissioned_share": some(n, k) * 0.1,
        "evidence": between(0, 0.2, (1, k)), "pilot_evidence": 0.06 * some(n, k), "programme_pilot": some(n, k),
        "champion_stock": between(0, 0.5, (n, k)), "champion_effect": between(0, 0.7, (n, k)), "mandate": some(n, k),
        "champion": (generator.random((n, k)) < 0.05).astype(np.float64), "reconsideration": some(n, k) * 0.1,
        "monitoring": some(n, k), "horizon_months": 24.0, "pilot_limit": generator.integers(1, 5, (n, 1)),
        "pressure": between(0, 0.3, (n, 1)), "no_pilot": some(n, k),
        "fund_refill": between(0.5, 1.5, (n, 1)), "member_ties": between(0, 0.2, (n, k)),
        "saving_counted": between(0, 1, (n, k)), "value_months": 60.0 * some(1, k),
        "work_credit": between(0, 0.8, (n, k)) * some(n, k),
        "upfront_price": between(0.3, 1.3, (n, k)), "running_price": between(0, 1.2, (n, 1)),
        "running_subsidy": between(0, 1, (1, k)) * some(n, k),
    }  # fmt: skip


def test_months_of_the_defaults(small: Callable[..., Scenario]) -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 60}}
    differing = {
        "supply": {"companies": False},
        "heterogeneity": {"push_sd": 1.0, "scale_up_sd": 1.0, "compliance_sd": 0.5},
        "relevance": {"limited": True},
        "early_use": {"share": 0.02},
    }
    scenario = small(world=world, parameters=differing)
    moves = compare_months(Simulation(scenario), seed=1, months=125)
    assert set(moves) == LEGAL_MOVES  # every kind of move was made and agreed


def test_months_with_pilot_sites(small: Callable[..., Scenario]) -> None:
    world: dict[str, Any] = {"synthetic": {"england_like": True, "n_trusts": 60, "n_innovations": 5, "kind": "mix"}}
    own = {"kind": "digital", "eligible_sectors": ["all"], "benefit_mean": 0.8, "pilot_months": 2}
    codes = small(world=world).build_world().trusts.codes
    world["more_innovations"] = {
        "own-first": {**own, "name": "First", "pilot_sites": list(codes[:9])},
        "own-later": {**own, "name": "Later", "live_month": 7, "pilot_sites": list(codes[5:25]), "use_share": 0.3},
        "own-both": {**own, "name": "Both", "pilot_sites": list(codes[:3]), "early_use_share": 0.5},
        "own-sites": {**own, "name": "Sites", "pilot_sites": list(codes[:5]), "initial_sites_max": 6},
    }
    scenario = small(world=world, parameters={"supply": {"companies": False}})
    moves = compare_months(Simulation(scenario), seed=2, months=40)
    assert moves[UNAWARE, PILOT] == 9 + 20 + 3 + 5
    assert moves[PILOT, ROLLOUT]
    assert moves[PILOT, ABANDONED]


@pytest.mark.parametrize("seed", range(12))
def test_months_under_random_parameters_and_terms(small: Callable[..., Scenario], probe: Any, seed: int) -> None:
    generator = np.random.default_rng(seed)
    parameters = drawn_parameters(generator)
    parameters["exposure"]["response"] = ("linear", "hill", "threshold")[seed % 3]
    parameters["capacity"]["unlimited"] = seed == 4
    parameters["supply"]["companies"] = False  # they have a test of their own
    parameters["relevance"]["limited"] = seed % 2 == 0
    writes = random_terms(generator, 40, 7)
    later = {name: value for name, value in writes.items() if name not in ("programme_pilot", "monitoring", "mandate")}
    lever = probe(values=writes, later=later, after=24)
    scenario = small(parameters=parameters, levers={"probe": lever})
    moves = compare_months(Simulation(scenario), seed, months=48)
    assert sum(moves.values()) > 200


def piecewise(knots: tuple[float, ...], values: tuple[float, ...], slopes: tuple[float, ...]) -> Response:
    """Return a response of straight pieces from knot to knot, with jumps; knots are in units of the parameter."""

    def response(exposure: float, personal: float) -> float:
        place = exposure / personal
        g = values[0]
        for n in range(len(knots)):
            if place >= knots[n]:
                g = values[n] + slopes[n] * min(place - knots[n], 1.0)
        return g

    return response


def test_months_of_responses_of_ones_own(small: Callable[..., Scenario]) -> None:
    """Whatever pieces a response is made of, rising, falling or with jumps: its range alone is known to the engine."""
    world = {"synthetic": {"england_like": True, "n_trusts": 25, "n_innovations": 5, "kind": "mix"}}
    total: Counter[tuple[int, int]] = Counter()

    # a failing response is short enough to be read, and making it shorter takes minutes
    @settings(max_examples=10, deadline=None, phases=(Stage.reuse, Stage.generate))
    @given(
        pieces=st.lists(
            st.tuples(st.floats(0.05, 6.0), st.floats(0.0, 2.0), st.floats(-0.5, 0.5)), min_size=1, max_size=5
        ),
        seed=st.integers(0, 10**6),
    )
    def months_agree(pieces: list[tuple[float, float, float]], seed: int) -> None:
        pieces = sorted([(0.0, 1.5, 0.0), *pieces])  # where nobody is seen it is above what other responses can be
        # where a piece would leave the range it is made level
        made = [(knot, value, slope if 0.0 <= value + slope <= 2.0 else 0.0) for knot, value, slope in pieces]
        knots, values, slopes = (tuple(float(number) for number in part) for part in zip(*made))
        own.response("pieces", high=2.0)(piecewise(knots, values, slopes))
        parameters = drawn_parameters(np.random.default_rng(seed))
        parameters["exposure"]["response"] = "pieces"
        parameters["supply"]["companies"] = False
        # pairs that soon stand in all stages
        parameters["awareness"]["push_per_month"], parameters["triage"]["peer_per_month"] = 0.3, 0.5
        parameters["triage"]["push_per_month"] = 0.0
        parameters["evaluation"]["intercept"], parameters["pilot"]["rate_factor"] = 1.0, 5.0
        parameters["capacity"]["unlimited"] = True
        parameters["finance"]["money_gate"] = False
        total.update(compare_months(Simulation(small(parameters=parameters, world=world)), seed, months=14))

    months_agree()
    assert total[AWARE, EVALUATING] > 100
    assert total[EVALUATING, PILOT] > 20
    assert total[PILOT, ROLLOUT] > 5


def test_a_lever_sees_the_utility_that_decisions_of_the_month_read() -> None:
    """National utility in the month before the counts of use are rebased, where a wrong discount would show most."""
    simulation = Simulation(load_scenario("baseline"))
    aversion = simulation.model.parameters.attributes.risk_aversion_median
    block = simulation.open(np.arange(1), 1)
    for _ in range(59):
        simulation.step(block)
    PHASES[0].run(simulation.model, block, simulation.hooks)
    see = View(simulation.model, block, simulation.hooks)
    peer = block.pairs.use_months.sum(axis=2) * block.space.frame["peer_unit"]
    data = block.units.evidence / 4.0 + peer / simulation.world.eligible.sum(axis=0) / 16.0
    variance = 1.0 / (1.0 + data)
    expected = (0.5 + data * block.attributes.signal) * variance - aversion * np.sqrt(variance)
    assert see.month == 59
    assert see.national_utility() == pytest.approx(expected, abs=1e-12)
