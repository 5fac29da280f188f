"""NaN and infinite numbers of levers stop the run, whatever they are written to; lever, term and month are named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from diffusion.engine.ledger import FLOWS
from diffusion.engine.term_specs import TERMS
from diffusion.engine.term_values import NotFinite, NotFiniteTogether, first_not_finite
from diffusion.engine.terms import Terms
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
    for number in (bad, np.array([1.0, bad])):
        with pytest.raises(NotFinite, match="told"):
            Terms(SHAPE).tell(0, number)
    with pytest.raises(NotFinite, match="launch"):
        Terms(SHAPE).launch(np.array([0]), np.array([7]), bad)


@pytest.mark.unit
def test_a_blank_in_a_mask_is_refused() -> None:
    terms = Terms(SHAPE)
    terms.begin("own")
    with pytest.raises(NotFinite, match="mask of term 'utility'"):
        terms.utility.add(1.0, where=_filled(float("nan"), 3, 1))


@pytest.mark.unit
def test_a_blank_among_those_appointed_or_looked_to_is_refused() -> None:
    with pytest.raises(NotFinite, match="appoints"):
        Terms(SHAPE).appoint(_filled(float("nan"), 2, 5))
    with pytest.raises(NotFinite, match="targets"):
        Terms(SHAPE).transfer(_filled(float("nan"), 1, 3, 1), np.full((1, 3), 0.5))


@pytest.mark.unit
@pytest.mark.parametrize("name", sorted(name for name, spec in TERMS.items() if spec.combine in ("add", "mul")))
@pytest.mark.parametrize("way", ["all", "pairs", "by AHSN"])
def test_what_is_infinite_only_together_is_refused(name: str, way: str) -> None:
    """Every number is finite; their sum or product is not."""
    spec, most = TERMS[name], 1.7e308
    if way == "by AHSN" and not spec.by_ahsn:
        return
    terms, pairs = Terms(SHAPE), (np.array([0, 1]), np.array([1, 2]), np.array([0, 3]))
    for lever in ("a", "b"):
        terms.begin(lever)
        if way == "pairs":
            _method(terms, name)(most, pairs=pairs)
        elif way == "by AHSN":
            _method(terms, name)(np.full((1, 2 if lever == "a" else 3, 1), most), by_ahsn=lever == "a")
        else:
            _method(terms, name)(np.full(SHAPE, most))
        terms.end()
    with pytest.raises(NotFiniteTogether, match=f"term '{name}' is inf"):
        terms.compile()
    assert terms.writers(name) == ["a", "b"]


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
        (lambda terms: terms.pay("nice", 1.0, by_trust=np.full(20, np.inf)), "payment 'nice' by trust is inf GBP"),
        (lambda terms: terms.tell(0, float("nan")), "a count that is told is nan"),
        (lambda terms: terms.upfront_price.mul(np.full((1, 20, 3), np.inf)), "term 'upfront_price' holds inf"),
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


class Huge(Lever):
    """Writes a finite number by itself."""

    name: ClassVar[str] = "huge"

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        terms.capacity.mul(1e9)


@pytest.mark.integration
def test_all_levers_of_a_product_are_named() -> None:
    world = {"synthetic": {"england_like": True, "n_trusts": 20, "n_innovations": 3, "kind": "mix"}}
    levers = {"one": Huge(start="2015-07"), "two": Huge(start="2015-09")}
    scenario = Scenario(start="2015-07", months=6, world=world, levers=levers)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 1)
    for _ in range(2):
        simulation.step(block)
    with pytest.raises(InputError) as stopped:
        simulation.step(block)
    assert "levers 'one' and 'two' in 2015-09: term 'capacity' is 1e+18" in stopped.value.message


MODULE = '''
from typing import ClassVar
import diffusion as df


@df.register
class BlankPush(df.Lever):
    """A lever whose values were joined from a table with blanks."""

    name: ClassVar[str] = "blank-push"

    def write(self, month, see, terms, own, draws):
        terms.awareness_push.add(float("nan"))
'''


@pytest.mark.integration
def test_the_command_line_stops_with_2_and_writes_nothing(
    command_line: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "blank_push.py").write_text(MODULE)
    (tmp_path / "blank.yaml").write_text("title: Blank\nextends: baseline\nlevers: {blank-push: {}}\n")
    asked = ("compare", "baseline", "blank.yaml", "--python", "blank_push.py", "--replicates", "1", "--out", "out")
    code, _, err = command_line(*asked, "--set", "months=30")
    said = " ".join(err.split())
    assert code == 2
    assert "lever 'blank-push' in 2017-07: term 'awareness_push' holds nan" in said
    assert "Traceback" not in err
    assert not (tmp_path / "out").exists()
