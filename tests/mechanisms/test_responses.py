"""Responses of one's own: the bits of `hill`, known answers, values out of range, whatever screens and agents do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

import diffusion as df
from diffusion.engine.calendar import Month
from diffusion.engine.kernels import own_functions
from diffusion.errors import InputError
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.responses import own_responses, response
from diffusion.mechanisms.triage import triage_row
from diffusion.month.simulation import Simulation
from diffusion.scenario.felt.content import outlook_of, unfelt_keys
from diffusion.scenario.json_schema import scenario_json_schema
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support import oracles

pytestmark = pytest.mark.unit

Digest = Callable[[Results], str]
#: a small England; the exponent is not one that the compiler would write as a product
SMALL = (
    "months=48",
    "world={synthetic: {england_like: true, n_trusts: 40, n_innovations: 7, kind: mix}}",
    "parameters.exposure.hill_exponent=2.5",
)
EXPONENT, THETA = 2.5, 0.2


def own_hill(exposure: float, personal: float) -> float:
    top = exposure**EXPONENT
    return top / (top + THETA**EXPONENT)


def hump(exposure: float, personal: float) -> float:
    """Neither rising nor falling: most at twice the personal parameter, and something where nobody is seen."""
    return 0.1 + 0.8 * math.exp(-(((exposure - 2.0 * personal) / 0.1) ** 2))


def high_hump(exposure: float, personal: float) -> float:
    """The same, above 1: a screen that took exposure or 1 for the most of a response would stop moves."""
    return 0.5 + 2.4 * math.exp(-(((exposure - 2.0 * personal) / 0.1) ** 2))


def with_response(scenario: Scenario, name: str) -> Scenario:
    return scenario.changed({"parameters.exposure.response": name})


def step_counting(number: int) -> Callable[[float, float], float]:
    """Return the threshold as a count of adopters among ``number`` others: closures are frozen when compiled."""

    def step(exposure: float, personal: float) -> float:
        return 1.0 if exposure * number >= personal - 1e-6 else 0.0

    return step


# --- the same as the model's own


@pytest.mark.parametrize("name", ["complete-graph", "ring", "susceptible-infected", "ring-lattice"])
def test_a_copy_of_hill_is_hill_in_the_limits(limit: Callable[..., Scenario], digest: Digest, name: str) -> None:
    response("own-hill")(own_hill)
    settings = ["parameters.exposure.hill_exponent=2.5", "parameters.exposure.hill_theta=0.2"]
    settings += ["world.synthetic.attributes.rollout_peer_per_month=0.3", "parameters.exposure.deterministic=false"]
    settings += ["parameters.exposure.response=hill"]
    hill = limit(name, *settings)
    found, own = run(hill, 40, 3), run(with_response(hill, "own-hill"), 40, 3)
    assert digest(own) == digest(found)
    assert digest(own) != digest(run(with_response(hill, "linear"), 40, 3))


def test_a_copy_of_hill_is_hill_in_england(digest: Digest) -> None:
    response("own-hill")(own_hill)
    settings = ["months=60", "parameters.exposure.hill_exponent=2.5", "parameters.exposure.response=hill"]
    hill = load_scenario("baseline+tariff+local-first", settings)
    found, own = run(hill, 4, 1), run(with_response(hill, "own-hill"), 4, 1)
    assert found.monthly["adopters"][:, -1].min() > 100
    assert digest(own) == digest(found)
    assert digest(own) != digest(run(with_response(hill, "linear"), 4, 1))


def test_rates_of_a_copy_of_hill_are_the_same_to_the_bit() -> None:
    response("own-hill")(own_hill)
    rows = []
    for name in ("hill", "own-hill"):
        simulation = Simulation(with_response(load_scenario("baseline", SMALL), name))
        block = simulation.open(np.arange(1), 1)
        for _ in range(30):
            simulation.step(block)
        out = np.zeros((40, 7))
        for i in range(40):
            triage_row(block.space.address, i, out[i])
        rows.append(out)
    assert np.unique(rows[0]).size > 100
    np.testing.assert_array_equal(*rows)


# --- known answers


def test_granovetters_crowd_by_a_response_of_ones_own(limit: Callable[..., Scenario]) -> None:
    response("step")(step_counting(99))
    scenario = with_response(limit("granovetter"), "step")
    counts = run(scenario, 3, 5).monthly["adopters"]
    everyone = ~np.eye(100, dtype=bool)
    expected = oracles.threshold_cascade(np.arange(100), everyone, np.zeros(100, dtype=bool), 120)
    assert counts.astype(int).tolist() == [expected.tolist()] * 3
    assert expected.tolist() == [min(month, 100) for month in range(121)]


def test_a_threshold_in_a_hazard_has_the_exact_distribution(limit: Callable[..., Scenario]) -> None:
    """Ten trusts that all see each other: the rate is p, and p + q once three in ten others have adopted."""
    n, p, q, months, replicates = 10, 0.004, 0.06, 120, 2_000
    response("step")(step_counting(n - 1))
    settings = [f"world.synthetic.n_trusts={n}", f"world.synthetic.attributes.rollout_push_per_month={p}"]
    settings += [f"world.synthetic.attributes.rollout_peer_per_month={q}", "parameters.exposure.threshold_share=3"]
    counts = run(with_response(limit("complete-graph", *settings), "step"), replicates, 11).monthly["adopters"]
    exact = np.zeros((months + 1, n + 1))
    exact[0, 0] = 1.0
    for month in range(months):
        for k in range(n + 1):
            chance = -math.expm1(-(p + q * (k >= 3)))
            for more in range(n - k + 1):
                way = math.comb(n - k, more) * chance**more * (1.0 - chance) ** (n - k - more)
                exact[month + 1, k + more] += exact[month, k] * way
    number = np.arange(n + 1)
    for month in (12, 36, 60, 120):
        mean = exact[month] @ number
        sd = math.sqrt(exact[month] @ (number - mean) ** 2)
        z = (counts[:, month].mean() - mean) / (sd / math.sqrt(replicates))
        assert abs(z) < 4.0, (month, z)
    assert exact[120] @ number > 1.5 * n * (1 - math.exp(-p * 120))  # the threshold is felt


# --- screens and orders change nothing


def test_what_is_screened_off_never_moves(digest: Digest) -> None:
    """With a range declared far too wide nearly all rates are computed: results are those of the tight range."""
    response("hump", high=0.9)(hump)
    response("hump-wide", high=1e6)(hump)
    scenario = with_response(load_scenario("baseline+local-first", SMALL), "hump")
    tight, wide = (run(with_response(scenario, name), 8, 2) for name in ("hump", "hump-wide"))
    assert digest(tight) == digest(wide)
    assert digest(tight) != digest(run(with_response(scenario, "linear"), 8, 2))


def test_blocks_and_threads_change_nothing(digest: Digest) -> None:
    response("hump")(hump)
    scenario = with_response(load_scenario("baseline", SMALL), "hump")
    whole = run(scenario, 12, 2, jobs=1)
    assert digest(run(scenario, 12, 2, jobs=2)) == digest(whole)
    alone = run(scenario, [7], 2)
    np.testing.assert_array_equal(alone.stage_by_innovation[0], whole.stage_by_innovation[7])


def test_snapshots_go_on_to_the_bit() -> None:
    response("hump")(hump)
    simulation = Simulation(with_response(load_scenario("baseline", SMALL), "hump"))
    block = simulation.open(np.arange(3), 1)
    for _ in range(12):
        simulation.step(block)
    again = Simulation(simulation.scenario).resume(simulation.snapshot(block))
    for _ in range(12):
        simulation.step(block)
        simulation.step(again)
    np.testing.assert_array_equal(again.pairs.stage, block.pairs.stage)


# --- agents


def test_agents_that_only_ask_what_would_be_change_no_bit() -> None:
    """Where agents are asked all rates are computed and nothing is screened off."""

    class Asking(df.Trust):
        def triage_rate(self) -> Any:
            return super().triage_rate()

        def pilot_probability(self) -> Any:
            return super().pilot_probability()

        def rollout_rate(self) -> Any:
            return super().rollout_rate()

    response("high-hump", high=3.0)(high_hump)
    quick = (
        "awareness.push_per_month=0.3",
        "triage.peer_per_month=0.5",
        "evaluation.intercept=2",
        "pilot.rate_factor=5",
    )
    scenario = load_scenario("baseline", [*SMALL, *(f"parameters.{setting}" for setting in quick)])
    scenario = with_response(scenario, "high-hump")
    plain = df.DiffusionModel(scenario, seed=1, replicate=0).run(until=30)
    asking = df.DiffusionModel(scenario, seed=1, replicate=0, agents={"trust": Asking}).run(until=30)
    np.testing.assert_array_equal(asking.stage, plain.stage)
    assert (plain.stage > 0).any()
    assert plain.monthly_frame()["adopters"].iloc[-1] > 5
    compiled = run(scenario, [0], 1).monthly["adopters"][0, :31]
    np.testing.assert_array_equal(asking.monthly_frame()["adopters"], compiled)


def test_a_bad_value_in_a_row_that_an_agent_asks_for_is_the_responses() -> None:
    class Asking(df.Trust):
        def triage_rate(self) -> Any:
            return super().triage_rate()  # else the class would be told to return NaN

    response("nowhere")(always_nan)
    scenario = with_response(load_scenario("baseline", SMALL), "nowhere")
    with pytest.raises(InputError, match="the response 'nowhere' gives nan in 2015-07"):
        df.DiffusionModel(scenario, seed=1, replicate=0, agents={"trust": Asking}).run(until=3)


def always_nan(exposure: float, personal: float) -> float:
    return math.nan


# --- values out of range


def raising(exposure: float, personal: float) -> float:
    if exposure > 0.1:
        raise ValueError("too much")
    return exposure


def falling(exposure: float, personal: float) -> float:
    return 0.5 - 2.0 * exposure


def tripled(exposure: float, personal: float) -> float:
    return 3.0 * exposure


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (raising, "gives nan in 20"),
        (raising, "it raises ValueError: too much"),
        (falling, "gives -0."),
        (falling, "expected a number from 0 to 1"),
        (tripled, "declare its range: @df.response('bad', low=0, high="),
    ],
)
def test_a_value_out_of_range_stops_the_run(function: Callable[[float, float], float], says: str) -> None:
    response("bad")(function)
    with pytest.raises(InputError) as caught:
        run(with_response(load_scenario("baseline", SMALL), "bad"), 3, 1)
    text = str(caught.value)
    assert says in text
    assert "the response 'bad' gives" in text
    assert caught.value.file == __file__
    # month, exposure, parameter, replicate, trust and innovation are named, and give the value again
    words = text.split(" for exposure ")
    month = Month(words[0].split()[-1])
    assert Month("2015-07") <= month < Month("2019-07")
    exposure, personal = (float(word) for word in words[1].split(" (")[0].split(" and personal parameter "))
    value = float(words[0].split(" gives ")[1].split()[0])
    try:
        assert value == pytest.approx(function(exposure, personal), rel=1e-4)
    except ValueError:
        assert math.isnan(value)
    assert "replicate " in text
    assert ", trust S0" in text
    assert ", innovation-0" in text


def test_the_range_that_is_suggested_works() -> None:
    response("wide", high=3.0)(tripled)
    run(with_response(load_scenario("baseline", SMALL), "wide"), 2, 1)


def test_it_stops_in_the_months_before_the_run_too() -> None:
    response("bad")(always_nan)
    scenario = with_response(load_scenario("england-2025", ["months=2"]), "bad")
    with pytest.raises(InputError, match=r"gives nan in 20(1|2[0-4])"):
        run(scenario, 1, 1)


# --- what can be felt


def test_what_it_takes_is_felt_and_what_it_does_not_is_not() -> None:
    response("hump")(hump)
    scenario = with_response(load_scenario("baseline", SMALL), "hump")
    unfelt = unfelt_keys(scenario, outlook_of(scenario, scenario.build_world()))
    assert "parameters.exposure.threshold_share" not in unfelt
    assert unfelt["parameters.exposure.hill_theta"] == "the response is hump, not hill"
    assert unfelt["parameters.exposure.threshold_count"] == "the response is hump, not count"


def test_nobody_need_be_seen_for_a_response_of_ones_own(limit: Callable[..., Scenario], digest: Digest) -> None:
    """Where nobody has it and nobody is pushed, a linear response moves no pair; this one does, and is felt."""
    response("hump")(hump)
    settings = ["initial.stage=aware", "parameters.triage.peer_per_month=0.5"]
    linear = limit("complete-graph", *settings)
    own = with_response(linear, "hump")
    for scenario, moved in ((linear, False), (own, True)):
        results = run(scenario, 2, 1)
        assert bool(results.monthly["adopters"].any()) == moved
        unfelt = unfelt_keys(scenario, outlook_of(scenario, scenario.build_world()))
        assert ("parameters.triage.peer_per_month" not in unfelt) == moved


# --- names


def test_names_are_known_where_names_are_asked_for() -> None:
    response("hump", label="a hump")(hump)
    assert own_responses()["hump"].label == "a hump"
    node = scenario_json_schema()["$defs"]["ExposureParameters"]["properties"]["response"]
    assert node["anyOf"][0]["enum"] == ["linear", "hill", "threshold", "count", "hump"]
    with pytest.raises(InputError, match="did you mean 'hump'\\? if it is your own"):
        with_response(load_scenario("baseline"), "humb")
    with pytest.raises(InputError, match="name its file with --python FILE"):
        with_response(load_scenario("baseline"), "qqq")


def one(exposure: float) -> float:
    return exposure


def drawing(exposure: float, personal: float) -> float:
    import random

    return random.random()


@pytest.mark.parametrize(
    ("name", "function", "given", "says"),
    [
        ("hill", hump, {}, "in the model itself"),
        ("9", hump, {}, "no name of a response"),
        ("a b", hump, {}, "no name of a response"),
        ("one", one, {}, "takes two numbers"),
        ("abs", abs, {}, "defined with def"),
        ("drawing", drawing, {}, "draws at random"),
        ("low", hump, {"low": -1.0}, "low is 0 or more"),
        ("high", hump, {"low": 0.5, "high": 0.2}, "low is 0 or more"),
        ("endless", hump, {"high": math.inf}, "high finite"),
        ("nan", hump, {"high": math.nan}, "high finite"),
        ("taken", own_hill, {}, "exists already"),
    ],
)
def test_what_is_no_response_is_refused(name: str, function: Any, given: dict[str, float], says: str) -> None:
    response("taken")(hump)
    with pytest.raises(ValueError, match=says):
        response(name, **given)(function)


def listing(exposure: float, personal: float) -> Any:
    return [exposure]


def helped(exposure: float, personal: float) -> float:
    return hump(exposure, personal)


@pytest.mark.parametrize(("function", "says"), [(listing, "a list"), (helped, "hump")])
def test_what_cannot_be_compiled_is_told(function: Any, says: str) -> None:
    response("bad")(function)
    with pytest.raises(InputError, match=f"the response 'bad' cannot be compiled: .*{says}"):
        run(with_response(load_scenario("baseline", SMALL), "bad"), 1, 1)


def test_functions_that_are_compiled_may_be_called(digest: Digest) -> None:
    inner = numba.njit(hump)

    def outer(exposure: float, personal: float) -> float:
        return inner(exposure, personal)

    response("hump")(hump)
    response("outer")(outer)
    response("inner")(inner)
    hump_, *others = (
        digest(run(with_response(load_scenario("baseline", SMALL), name), 3, 1)) for name in ("hump", "outer", "inner")
    )
    assert set(others) == {hump_}


# --- what counts as its code


def test_the_code_is_the_source_the_range_and_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def code(function: Any, **given: float) -> str:
        name = f"coded-{len(own_responses())}"
        response(name, **given)(function)
        return own_responses()[name].code

    first = code(own_hill)
    assert code(own_hill) == first
    assert code(own_hill, high=2.0) != first
    monkeypatch.setitem(globals(), "EXPONENT", 3.0)
    assert code(own_hill) != first
    monkeypatch.undo()
    assert code(own_hill) == first
    assert code(step_counting(3)) != code(step_counting(4))


# --- as plain Python


def test_plain_python_overflows_as_compiled_code_does() -> None:
    def logistic(exposure: float, personal: float) -> float:
        return 1.0 / (1.0 + math.exp(-1e6 * (exposure - personal)))

    def logarithm(exposure: float, personal: float) -> float:
        return math.log(exposure) / personal

    for function, values in ((logistic, (0.0, 0.2, 1.0)), (logarithm, (0.0, 0.5, -1.0))):
        compiled = own_functions.ScalarFunction(function)
        plain = own_functions._as_compiled(function)
        for value in values:
            with np.errstate(all="ignore"):
                expected = plain(np.float64(value), np.float64(0.2))
            np.testing.assert_array_equal(called(compiled, value, 0.2), expected)


def called(function: own_functions.ScalarFunction, first: float, second: float) -> float:
    import ctypes

    return ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)(function.address)(first, second)
