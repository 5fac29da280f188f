"""NaN and infinite numbers of levers stop the run, whatever they are written to; lever, term and month are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

from diffusion.engine.ledger import FLOWS
from diffusion.engine.term_values import NotFinite, first_not_finite
from diffusion.engine.terms import TERMS, Terms
from diffusion.errors import InputError
from diffusion.levers.base import Lever
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario

SHAPE = (2, 3, 4)
BAD = (float("nan"), float("inf"), float("-inf"))
Write = Callable[[Terms, str, float], None]


def _method(terms: Terms, name: str) -> Callable[..., None]:
    return getattr(getattr(terms, name), TERMS[name].combine)


def _filled(bad: float, *shape: int) -> np.ndarray:
    values = np.full(shape, 0.5)
    values.reshape(-1)[-1] = bad
    return values


WAYS: dict[str, Write] = {
    "a number": lambda terms, name, bad: _method(terms, name)(bad),
    "all": lambda terms, name, bad: _method(terms, name)(_filled(bad, *SHAPE)),
    "locked": lambda terms, name, bad: _method(terms, name)(_locked(_filled(bad, *SHAPE))),
    "by trust": lambda terms, name, bad: _method(terms, name)(_filled(bad, 3, 1)),
    "where": lambda terms, name, bad: _method(terms, name)(bad, where=np.ones(SHAPE, bool)),
    "by AHSN": lambda terms, name, bad: _method(terms, name)(_filled(bad, 2, 2, 4), by_ahsn=True),
    "pairs": lambda terms, name, bad: _method(terms, name)(
        _filled(bad, 2), pairs=(np.array([0, 1]), np.array([1, 2]), np.array([0, 3]))
    ),
}


def _locked(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


@pytest.mark.unit
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bad", BAD)
def test_every_term_refuses_them_in_every_way(way: str, bad: float) -> None:
    tried = 0
    for name, spec in TERMS.items():
        if way == "by AHSN" and not (spec.by_ahsn and spec.combine in ("add", "max")):
            continue
        terms = Terms(SHAPE)
        terms.begin("own")
        _method(terms, name)(1.0)
        terms.end()  # good in a first month
        terms.begin("own")
        WAYS[way](terms, name, bad)
        if bad == np.inf == spec.neutral:
            terms.end()  # a limit that is infinite is none
            continue
        with pytest.raises(NotFinite, match=f"term '{name}' holds {bad}"):
            terms.end()
        tried += 1
    assert tried >= (3 if way == "by AHSN" else 40)


@pytest.mark.unit
@pytest.mark.parametrize("bad", BAD)
def test_payments_ties_deals_and_launches_refuse_them(bad: float) -> None:
    for flow in FLOWS:
        for gbp in (bad, np.array([1.0, bad]), 1e30, [0.0, -1e30]):
            with pytest.raises(NotFinite, match=f"payment '{flow.purpose}' is"):
                Terms(SHAPE).pay(flow.purpose, gbp)
    with pytest.raises(NotFinite, match="transfer"):
        Terms(SHAPE).transfer(np.zeros((1, 3, 1)), _filled(bad, 1, 3))
    with pytest.raises(NotFinite, match="deals"):
        Terms(SHAPE).mentor(_filled(bad, 2, 5))
    with pytest.raises(NotFinite, match="launch"):
        Terms(SHAPE).launch(np.array([0]), np.array([7]), bad)


@pytest.mark.unit
def test_a_blank_in_a_mask_is_refused() -> None:
    terms = Terms(SHAPE)
    terms.begin("own")
    with pytest.raises(NotFinite, match="mask of term 'utility'"):
        terms.utility.add(1.0, where=_filled(float("nan"), 3, 1))


@pytest.mark.unit
def test_large_numbers_whose_sum_is_infinite_are_good() -> None:
    assert first_not_finite(np.array([1e308, 1e308])) is None
    assert np.isnan(first_not_finite(np.array([np.inf, -np.inf, np.nan])[2:]) or 0.0)
    assert first_not_finite(np.array([1.0, np.inf]), infinity=True) is None
    assert first_not_finite(np.array([1.0, -np.inf]), infinity=True) == -np.inf


class Blank(Lever):
    """Writes what it is told in its month, and 1 before."""

    name: ClassVar[str] = "blank"
    bad: ClassVar[Callable[[Any], None]]
    month: ClassVar[int] = 0

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        terms.utility.add(1.0)
        if see.month == self.month:
            type(self).bad(terms)


@pytest.mark.integration
@pytest.mark.parametrize("month", [0, 3])
@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda terms: terms.awareness_push.add(float("nan")), "term 'awareness_push' holds nan"),
        (lambda terms: terms.capacity.mul(float("inf")), "term 'capacity' holds inf"),
        (lambda terms: terms.pay("nice", float("nan")), "payment 'nice' is nan GBP"),
    ],
)
def test_the_run_stops_with_lever_term_and_month(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[Any], None], says: str, month: int
) -> None:
    monkeypatch.setattr(Blank, "bad", staticmethod(write), raising=False)
    monkeypatch.setattr(Blank, "month", month)
    world = {"synthetic": {"england_like": True, "n_trusts": 20, "n_innovations": 3, "kind": "mix"}}
    scenario = Scenario(start="2015-07", months=6, world=world, levers={"mine": Blank(start="2015-07")})
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 1)
    for _ in range(month):
        simulation.step(block)
    with pytest.raises(InputError) as stopped:
        simulation.step(block)
    error = stopped.value
    assert f"lever 'mine' in {scenario.start + month}: {says}" in error.message
    assert (error.file, error.key) == (__file__, "levers.mine")
    assert error.line is not None
