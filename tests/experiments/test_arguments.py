"""Calls in Python are checked before anything runs: a replicate counts once, a seed is a whole number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diffusion as df
from diffusion.experiments.running.arguments import replicate_numbers

pytestmark = pytest.mark.unit
SMALL = ["months=2", "world={synthetic: {england_like: true, n_trusts: 12, n_innovations: 2, kind: mix}}"]


@pytest.fixture(scope="module")
def scenario() -> df.Scenario:
    return df.load("baseline", SMALL)


@pytest.mark.parametrize(
    "replicates", [0, -1, 2.5, "3", True, [], [0, 0, 0], [-1, 5], [1.5], ["a"], None, {}, np.array([2, 2])]
)
def test_replicates_that_are_none(replicates: Any, scenario: df.Scenario) -> None:
    with pytest.raises(df.InputError, match="replicates"):
        df.run(scenario, replicates=replicates)


@pytest.mark.parametrize(
    "given", [{"seed": -1}, {"seed": "x"}, {"seed": 1.9}, {"seed": True}, {"jobs": 0}, {"jobs": -3}]
)
def test_seeds_and_jobs_that_are_none(given: dict[str, Any], scenario: df.Scenario) -> None:
    with pytest.raises(df.InputError, match=next(iter(given))):
        df.run(scenario, replicates=2, **given)


@pytest.mark.parametrize("scenarios", [[], None, ["baseline"], [None]])
def test_what_is_no_scenario(scenarios: Any) -> None:
    with pytest.raises(df.InputError, match=r"diffusion.load\('baseline'\)"):
        df.compare(scenarios)


@pytest.mark.parametrize("given", [{"seed": -1}, {"seed": "x"}, {"seed": 1.5}, {"replicate": -1}, {"replicate": "0"}])
def test_models_of_none(given: dict[str, Any], scenario: df.Scenario) -> None:
    with pytest.raises(df.InputError, match=next(iter(given))):
        df.DiffusionModel(scenario, **given)


def test_what_can_be_used_is() -> None:
    assert replicate_numbers(3).tolist() == [0, 1, 2]
    assert replicate_numbers(np.int64(2)).tolist() == [0, 1]
    assert replicate_numbers(range(4, 6)).tolist() == [4, 5]
    assert replicate_numbers((7, 3)).tolist() == [7, 3]
    assert replicate_numbers(np.array([5])).tolist() == [5]
