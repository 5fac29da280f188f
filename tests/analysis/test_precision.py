"""Precision: the number of replicates that a stated width needs, and adding until it is reached."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diffusion.analysis.results.precision import FIRST_LOOK, MOST_GROWTH, half_width, plan

pytestmark = pytest.mark.unit


@settings(deadline=None)
@given(st.integers(2, 60), st.floats(0.1, 5), st.integers(0, 1000))
def test_half_width_is_that_of_scipy(n: int, sd: float, seed: int) -> None:
    sample = np.random.default_rng(seed).normal(0, sd, n)
    low, high = stats.t.interval(0.95, n - 1, loc=sample.mean(), scale=stats.sem(sample))
    assert half_width(sample) == pytest.approx((high - low) / 2)


def test_one_run_has_no_width() -> None:
    assert half_width([1.0]) == float("inf")


def test_the_widest_difference_decides() -> None:
    draws = np.random.default_rng(1)
    narrow, wide = draws.normal(0, 0.1, 50), draws.normal(0, 1.0, 50)
    assert plan([narrow], 0.1, 10_000).reached
    found = plan([narrow, wide], 0.1, 10_000)
    assert not found.reached
    assert found.half_width == half_width(wide)
    assert 50 < found.total <= 50 * MOST_GROWTH


def test_nothing_is_believed_before_the_first_look_and_the_limit_holds() -> None:
    assert plan([np.zeros(10)], 0.1, 10_000).total == FIRST_LOOK
    sample = np.random.default_rng(2).normal(0, 5, 40)
    assert plan([sample], 0.01, 100).total == 100
    assert plan([sample], 0.01, 20).total == 40


@pytest.mark.parametrize("wanted", [0.2, 0.1])
def test_adding_until_reached_ends_soon_near_the_number_needed_and_keeps_its_coverage(wanted: float) -> None:
    needed = (1.96 / wanted) ** 2
    covered, sizes = [], []
    for seed in range(400):
        stream = np.random.default_rng([3, seed]).normal(0, 1, 5_000)
        n, looks = 40, 0
        while True:
            found = plan([stream[:n]], wanted, 5_000)
            looks += 1
            if found.reached:
                break
            assert found.total > n
            n = found.total
        assert looks <= 6
        sizes.append(n)
        covered.append(abs(stream[:n].mean()) <= half_width(stream[:n]))
    assert needed <= np.mean(sizes) <= 1.2 * needed
    assert np.mean(covered) > 0.92
