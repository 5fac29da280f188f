"""A lever of zero strength, not yet started or long over leaves every bit as it was; nothing happens before a start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.levers.registry import all_levers
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.worlds import result_arrays

pytestmark = pytest.mark.unit

LEVERS = tuple(name for name, lever in all_levers().items() if lever.number)
OFF: dict[str, dict[str, Any]] = {
    "zero strength": {"strength": 0.0, "start": "2015-07"},
    "starts after the run": {"start": "2018-01"},
    "over before the run": {"start": "2010-01", "end": "2015-07"},
    "zero strength, ramped": {"strength": 0.0, "start": "2015-07", "ramp_months": 6},
}


#: levers that act on people and companies alone
FOR_PEOPLE = ("clinical-entrepreneurs", "sbri")


def real(levers: dict[str, Any], people: bool = False) -> Scenario:
    parameters = {"supply": {"followed": people}}
    return Scenario.model_validate({"title": "levers", "months": 30, "levers": levers, "parameters": parameters})


@pytest.fixture(scope="module")
def without(digest: Callable[[Results], str]) -> str:
    """Digest of a run without any lever."""
    return digest(run(real({}), 3, 4, jobs=1, events=True))


@pytest.mark.parametrize("how", OFF)
@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_that_is_off_changes_nothing(
    digest: Callable[[Results], str], without: str, lever: str, how: str
) -> None:
    assert digest(run(real({lever: OFF[how]}), 3, 4, jobs=1, events=True)) == without


@pytest.mark.parametrize("how", OFF)
@pytest.mark.parametrize("lever", FOR_PEOPLE)
def test_such_a_lever_changes_nothing_where_people_are_followed_either(
    digest: Callable[[Results], str], lever: str, how: str
) -> None:
    without = digest(run(real({}, True), 2, 4, jobs=1, events=True))
    assert digest(run(real({lever: OFF[how]}, True), 2, 4, jobs=1, events=True)) == without


def test_all_off_at_once_beside_one_that_is_on(digest: Callable[[Results], str]) -> None:
    on = {"my-push": {"lever": "ahsn-support", "start": "2015-07"}}
    off = {f"off-{lever}": {"lever": lever, **OFF["zero strength"]} for lever in LEVERS}
    alone = digest(run(real(on), 3, 4, jobs=1, events=True))
    assert digest(run(real({**off, **on}), 3, 4, jobs=1, events=True)) == alone


@pytest.mark.parametrize("lever", LEVERS)
def test_nothing_happens_before_the_start(lever: str) -> None:
    """The same draws under both scenarios: all is equal to the bit up to the month before the start, and not after."""
    people = lever in FOR_PEOPLE
    plain = run(real({}, people), 3, 4, jobs=1)
    start = 14  # month of the run in which the lever acts first: September 2016 is month 15
    other = run(real({lever: {"start": "2016-09"}}, people), 3, 4, jobs=1)
    differs = False
    for name, values in result_arrays(plain).items():
        if values.ndim < 2 or values.shape[1] != plain.months + 1:
            continue
        now = result_arrays(other)[name]
        np.testing.assert_array_equal(now[:, : start + 1], values[:, : start + 1], err_msg=name)
        differs |= not np.array_equal(now, values)
    assert differs


def test_the_order_of_levers_in_the_file_does_not_matter(digest: Callable[[Results], str]) -> None:
    one = "baseline+best-practice-tariff+test-beds+local-first"
    other = "baseline+local-first+test-beds+best-practice-tariff"
    settings = ("months=24", "policy_start=2016-01", "levers.local-first.lead_months=10")
    first, second = (run(load_scenario(name, settings), 2, 1, jobs=1, events=True) for name in (one, other))
    assert digest(first) == digest(second)
