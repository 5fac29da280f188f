"""What an equation cannot take stops the run where contributions come together; masked values are no numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

from diffusion.engine.ledger import own_flows
from diffusion.engine.term_specs import TERMS
from diffusion.engine.term_values import LeverFault, NotFinite, OutOfRange, OutOfRangeTogether
from diffusion.engine.terms import Terms
from diffusion.errors import InputError
from diffusion.experiments.running.runner import run
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.responses import response
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from diffusion.scenario.settings import how_to_have

SHAPE = (2, 3, 4)
AHSN = np.array([0, 1, 1])
PAIRS = (np.array([0, 1]), np.array([1, 2]), np.array([0, 3]))
WORLD = {"synthetic": {"england_like": True, "n_trusts": 20, "n_innovations": 3, "kind": "mix"}}


def _write(terms: Terms, name: str, value: Any, **how: Any) -> None:
    terms.begin("own")
    getattr(getattr(terms, name), TERMS[name].combine)(value, **how)
    terms.end()


def _combined(terms: Terms, name: str, value: float, pairs: Any) -> None:
    _write(terms, name, value, pairs=pairs)
    terms.compile(AHSN)


@pytest.mark.unit
@pytest.mark.parametrize("pairs", [None, PAIRS])
@pytest.mark.parametrize("name", sorted(TERMS))
def test_every_term_takes_the_ends_of_its_range_and_nothing_beyond(name: str, pairs: Any) -> None:
    spec = TERMS[name]
    assert spec.low <= spec.neutral <= spec.high
    start = spec.neutral if spec.combine == "add" else 0.0  # a sum begins at what is neutral
    for end, sign in ((spec.low, -1.0), (spec.high, 1.0)):
        if not np.isfinite(end):
            continue
        terms = Terms(SHAPE)
        _write(terms, name, end - start, pairs=pairs)
        terms.compile(AHSN)
        beyond = end - start + sign * max(0.01, abs(end) / 100.0)
        with pytest.raises((OutOfRange, OutOfRangeTogether), match=f"term '{name}'"):
            _combined(terms, name, beyond, pairs)


@pytest.mark.unit
@pytest.mark.parametrize("name", ["awareness_push", "triage_push", "rollout_push"])
def test_the_two_parts_of_a_push_come_together_in_each_trust(name: str) -> None:
    terms = Terms(SHAPE)
    by_ahsn, by_trust = np.array([-0.9, 1.0]).reshape(1, 2, 1), np.array([0.0, -1.5, -2.0]).reshape(1, 3, 1)
    terms.begin("one")
    getattr(terms, name).add(by_ahsn, by_ahsn=True)
    getattr(terms, name).add(by_trust)
    terms.end()
    terms.compile(AHSN)  # 0.1, 0.5 and 0: each lowest value is below 0 with the other, but they never meet
    terms.begin("two")
    getattr(terms, name).add(-0.05, pairs=PAIRS)
    terms.end()
    with pytest.raises(OutOfRangeTogether, match=f"'{name}' is -0.05"):
        terms.compile(AHSN)
    assert terms.writers(name) == ["one", "two"]


@pytest.mark.unit
def test_what_is_out_of_range_by_itself_may_be_in_it_together() -> None:
    terms = Terms(SHAPE)
    for lever, value in (("a", -0.4), ("b", 0.5), ("c", -0.1)):
        terms.begin(lever)
        terms.evidence.add(value)
        terms.end()
    terms.compile()  # 0 but for what floats are rounded by


class Writer(Lever):
    """Writes what the test gives it from its start."""

    name: ClassVar[str] = "writer"
    does: ClassVar[Callable[[Any], None]]

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        type(self).does(terms)


def _step(simulation: Simulation, block: Any, months: int) -> None:
    for _ in range(months):
        simulation.step(block)


def _stopped(monkeypatch: pytest.MonkeyPatch, write: Callable[[Any], None], starts: dict[str, str]) -> InputError:
    monkeypatch.setattr(Writer, "does", staticmethod(write), raising=False)
    levers = {name: Writer(start=start) for name, start in starts.items()}
    scenario = Scenario(start="2015-07", months=4, world=WORLD, levers=levers)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 1)
    with pytest.raises(InputError) as stopped:
        _step(simulation, block, 4)
    return stopped.value


@pytest.mark.integration
@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda terms: terms.evidence.add(-1.0), "term 'evidence' is -1"),
        (lambda terms: terms.upfront_subsidy.max(2.0), "term 'upfront_subsidy' holds 2"),
        (lambda terms: terms.capacity.mul(-1.0), "term 'capacity' holds -1"),
        (lambda terms: terms.evaluation_time.mul(-1.0), "term 'evaluation_time' holds -1"),
        (lambda terms: terms.upfront_price.mul(1e308), "term 'upfront_price' is 1e\\+308"),
        (lambda terms: terms.mandate.max(1.5), "term 'mandate' holds 1.5"),
        (lambda terms: terms.transfer(np.zeros((1, 20, 1)), np.full((1, 20), 1.5)), "transfer ties holds 1.5"),
        (lambda terms: terms.utility.add(np.ma.masked_greater(np.ones((20, 1)), 0.5)), "'utility' holds masked"),
        (lambda terms: terms.pay("over", 1.0, by_trust=np.full(20, 1.0)), "payment 'over' is 1 GBP, of which trusts"),
        (lambda terms: terms.capacity.mul("a"), "term 'capacity' is 'a'"),
        (lambda terms: terms.capacity.mul(1 + 0j), "term 'capacity' is"),
        (lambda terms: terms.capacity.mul(0.9, where=np.ones((7, 1), bool)), "mask of term 'capacity' is of shape"),
        (lambda terms: terms.capacity.mul(np.ones((7, 1))), "term 'capacity' is of shape"),
        (lambda terms: terms.utility.add(1.0, pairs=([0], [1], [2])), "the pairs of term 'utility'"),
    ],
)
def test_the_run_stops_with_lever_and_month(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[Any], None], says: str
) -> None:
    monkeypatch.setattr(Writer, "purposes", {"over": ("trust", "company")})
    error = _stopped(monkeypatch, write, {"mine": "2015-08"})

    assert re.search(f"lever '?mine'? in 2015-08: .*{says}", error.message), error.message
    assert error.key == "levers.mine"
    assert error.suggestion


@pytest.mark.integration
def test_all_levers_of_a_sum_out_of_range_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write = lambda terms: terms.awareness_push.add(-0.6)  # noqa: E731
    error = _stopped(monkeypatch, write, {"one": "2015-07", "two": "2015-09"})
    assert "levers 'one' and 'two' in 2015-09: term 'awareness_push' is -0.2" in error.message
    assert error.expected.startswith("at least 0")


@pytest.mark.integration
def test_less_absorptive_capacity_than_none_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The equations clip it: beliefs are numbers, and what is used is not below 0."""
    monkeypatch.setattr(Writer, "does", staticmethod(lambda terms: terms.absorptive.add(-5.0)), raising=False)
    parameters = {"early_use": {"share": 0.3}}
    levers = {"mine": Writer(start="2015-07")}
    scenario = Scenario(start="2015-07", months=12, world=WORLD, levers=levers, parameters=parameters)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 1)
    for _ in range(12):
        simulation.step(block)
    assert (block.pairs.use >= 0.0).all()


@pytest.mark.integration
@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("name", sorted(name for name, lever in all_levers().items() if lever.number))
def test_packaged_levers_run_at_the_ends_of_their_plausible_ranges(name: str, end: str) -> None:
    from diffusion.engine.parameters import describe_section

    lever = all_levers()[name]
    for info in describe_section(name, lever):
        value = getattr(info, end)
        if info.name in ("ramp_months",) or value is None or isinstance(info.default, bool):
            continue
        value = int(value) if isinstance(info.default, int) else float(value)
        if info.name == "strength" and not value:
            continue
        try:
            made = lever.model_validate({"start": "2015-07", "strength": 2.0, info.name: value})
        except ValueError:
            continue  # needs another setting with it
        scenario = Scenario(start="2015-07", months=3, world=WORLD, levers={name: made})
        simulation = Simulation(scenario)
        block = simulation.open(np.arange(1), 1)
        for _ in range(3):
            simulation.step(block)


@pytest.mark.unit
def test_masked_values_are_refused_wherever_levers_write() -> None:
    masked = np.ma.masked_greater(np.array([[0.2, 0.9]]), 0.5)
    one = np.ma.masked_greater(np.array([0.2, 0.2, 0.9]), 0.5)
    ways: list[Callable[[Terms], None]] = [
        lambda terms: terms.utility.add(np.ma.masked),
        lambda terms: terms.utility.add(one[:, None]),
        lambda terms: terms.utility.add(1.0, where=one[:, None]),
        lambda terms: terms.utility.add(one[1:], pairs=PAIRS),
        lambda terms: terms.pay("nice", one[1:]),
        lambda terms: terms.pay("nice", 9.0, by_trust=one),
        lambda terms: terms.tell(0, one),
        lambda terms: terms.mentor(masked),
        lambda terms: terms.appoint(masked > 0),
        lambda terms: terms.transfer(np.zeros((1, 3, 1)), one[None, :]),
        lambda terms: terms.transfer(one[None, :, None], np.zeros((1, 3))),
        lambda terms: terms.launch(np.array([0]), np.array([7]), np.ma.masked),
    ]
    for way in ways:
        terms = Terms(SHAPE)
        terms.begin("own")
        with pytest.raises(NotFinite, match="masked"):
            way(terms)
    terms = Terms(SHAPE)
    _write(terms, "utility", np.ma.masked_greater(np.full((3, 1), 0.2), 0.5))  # none of them is masked
    terms.compile()
    assert (terms.value("utility") == 0.2).all()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("gbp", "by_trust"),
    [
        (1e6, np.full(3, 1e6)),
        (1.0, [2.0, 0.0, 0.0]),
        (-1.0, [1.0, 0.0, 0.0]),
        (0.0, [1.0, 0.0, 0.0]),
        (5.0, [-1.0, 0.0, 0.0]),
        (np.array([3.0, 2.0]), [1.0, 1.0, 1.0]),
    ],
)
def test_parts_of_trusts_beyond_a_payment_are_refused(gbp: Any, by_trust: Any) -> None:
    with pytest.raises(LeverFault, match="of which trusts have"):
        Terms(SHAPE).pay("programme", gbp, by_trust=by_trust)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("gbp", "by_trust"),
    [(3.0, [1.0, 1.0, 1.0]), (9.0, [1.0, 1.0, 1.0]), (-3.0, [-1.0, -1.0, 0.0]), (0.0, [1.0, -1.0, 0.0])],
)
def test_parts_within_a_payment_are_good(gbp: float, by_trust: list[float]) -> None:
    Terms(SHAPE).pay("programme", gbp, by_trust=by_trust)


@pytest.mark.unit
def test_the_parameters_of_a_response_the_other_way_round_are_refused() -> None:
    def turned(personal: float, exposure: float) -> float:
        return exposure

    def half(personal: float, y: float) -> float:
        return y

    for function in (turned, half):
        with pytest.raises(ValueError, match="exposure first"):
            response("turned-round")(function)


@pytest.mark.unit
def test_purposes_that_are_no_dict_are_told() -> None:
    with pytest.raises(InputError, match="purposes of the lever are"):
        own_flows([("fee", ("trust", "company"))])  # type: ignore[arg-type]


@pytest.mark.unit
def test_progress_that_cannot_be_called_is_told() -> None:
    with pytest.raises(InputError, match="progress is 'yes'"):
        run(Scenario(start="2015-07", months=2, world=WORLD), replicates=1, progress="yes")  # type: ignore[arg-type]


@pytest.mark.unit
def test_an_own_lever_that_the_scenario_lacks_is_not_taken_for_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**all_levers(), "mine": Writer}
    monkeypatch.setattr("diffusion.scenario.settings.all_levers", lambda: known)
    advice = how_to_have("mine")
    assert "did you mean" not in advice
    assert "levers: 'mine: {}'" in advice
    assert how_to_have("mines") == "did you mean 'mine'?"
