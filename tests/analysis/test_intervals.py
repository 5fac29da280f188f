"""Intervals, precision and paired differences against scipy and by property."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from diffusion.analysis.results.compare import best_share, correlation, paired_difference, variance_ratio
from diffusion.analysis.results.intervals import (
    MINIMUM_REPLICATES_FOR_CLAIM,
    band,
    estimate_mean,
    replicates_needed,
    student_t,
)
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME

pytestmark = pytest.mark.unit

SHARE = OUTCOME_BY_NAME["adopter_share_pct"]
values = hnp.arrays(np.float64, st.integers(2, 60), elements=st.floats(-1e6, 1e6, width=32))


@given(values)
def test_intervals_are_those_of_students_t(sample: np.ndarray) -> None:
    assume(np.ptp(sample) > 1e-3)
    estimate = estimate_mean(sample)
    for level, low, high in ((0.80, estimate.low80, estimate.high80), (0.95, estimate.low95, estimate.high95)):
        wanted = stats.t.interval(level, len(sample) - 1, loc=sample.mean(), scale=stats.sem(sample))
        assert (float(low), float(high)) == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_intervals_are_computed_entry_by_entry() -> None:
    sample = np.random.default_rng(1).normal(size=(12, 3, 2))
    whole = estimate_mean(sample)
    single = estimate_mean(sample[:, 2, 1])
    assert whole.mean.shape == (3, 2)
    assert float(whole[2, 1].low95) == pytest.approx(float(single.low95))
    assert float(whole.scaled(100).high80[2, 1]) == pytest.approx(100 * float(single.high80))


def test_one_replicate_has_a_mean_and_no_interval() -> None:
    estimate = estimate_mean([3.0])
    assert float(estimate.mean) == 3.0
    assert np.isnan(estimate.low95)
    assert not estimate.clear
    assert math.isnan(student_t(0.95, 0))


def test_paired_interval_is_that_of_the_paired_t_test() -> None:
    draws = np.random.default_rng(2)
    common = draws.normal(size=40)
    before, after = common + 0.1 * draws.normal(size=40), common + 0.05 + 0.1 * draws.normal(size=40)
    difference = paired_difference(SHARE, [before, after], 1)
    wanted = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert float(difference.estimate.low95) == pytest.approx(wanted.low)
    assert float(difference.estimate.high95) == pytest.approx(wanted.high)
    assert difference.correlation == pytest.approx(stats.pearsonr(before, after).statistic)
    assert difference.variance_ratio == pytest.approx((before.var() + after.var()) / (after - before).var())
    assert difference.variance_ratio > 30


@given(st.floats(1e-3, 1e3), st.floats(1e-2, 1e3), st.sampled_from([0.80, 0.90, 0.95]))
def test_replicates_needed_is_the_smallest_number_that_suffices(sd: float, width: float, level: float) -> None:
    assume(sd / width < 300)
    needed = replicates_needed(sd, width, level)
    assert stats.t.ppf(0.5 + level / 2, needed - 1) * sd / math.sqrt(needed) <= width * (1 + 1e-9)
    if needed > 2:
        assert stats.t.ppf(0.5 + level / 2, needed - 2) * sd / math.sqrt(needed - 1) > width * (1 - 1e-9)


@pytest.mark.parametrize(("sd", "width"), [(1.0, 0.0), (1.0, -1.0), (math.inf, 1.0), (math.nan, 1.0)])
def test_replicates_needed_refuses_what_has_no_answer(sd: float, width: float) -> None:
    with pytest.raises(ValueError, match=r"half width|finite"):
        replicates_needed(sd, width)


def test_missing_replicates_are_counted_from_the_paired_spread() -> None:
    draws = np.random.default_rng(3)
    difference = draws.normal(0.0, 0.5, size=30)
    result = paired_difference(SHARE, [np.zeros(30), difference], 1, precision=0.05)
    assert result.more_replicates == replicates_needed(float(difference.std(ddof=1)), 0.05) - 30
    assert paired_difference(SHARE, [np.zeros(30), difference], 1, precision=5.0).more_replicates == 0


def test_runs_without_an_outcome_leave_the_pair_out() -> None:
    result = paired_difference(SHARE, [np.array([1.0, np.nan, 3.0]), np.array([2.0, 2.0, 5.0])], 1)
    assert result.estimate.replicates == 2
    assert float(result.estimate.mean) == pytest.approx(1.5)


def test_unpaired_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="pair up"):
        paired_difference(SHARE, [np.zeros(3), np.zeros(4)], 1)


def test_nothing_is_clear_with_few_replicates() -> None:
    few = estimate_mean(np.full(MINIMUM_REPLICATES_FOR_CLAIM - 1, 2.0))
    enough = estimate_mean(np.full(MINIMUM_REPLICATES_FOR_CLAIM, 2.0))
    assert (bool(few.clear), bool(enough.clear)) == (False, True)
    assert (int(few.direction), int(enough.direction)) == (0, 1)


def test_best_share_splits_ties_and_knows_the_direction() -> None:
    table = [np.array([1.0, 2.0, 5.0]), np.array([1.0, 3.0, 4.0]), np.array([0.0, 3.0, 1.0])]
    assert best_share(table) == pytest.approx([0.5, (0.5 + 0.5) / 3, 0.5 / 3])
    assert best_share(table, higher_is_better=False) == pytest.approx([1 / 3, 0, 2 / 3])
    assert np.isnan(best_share([np.array([np.nan]), np.array([1.0])])).all()


def test_identical_scenarios_have_no_finite_variance_ratio() -> None:
    sample = np.random.default_rng(4).normal(size=20)
    assert variance_ratio(sample, sample) == math.inf
    assert math.isnan(variance_ratio(np.ones(5), np.ones(5)))
    assert math.isnan(correlation(np.ones(5), sample[:5]))


@given(values)
def test_bands_are_ordered_quantiles(sample: np.ndarray) -> None:
    spread = band(sample)
    assert spread.low95 <= spread.low80 <= spread.median <= spread.high80 <= spread.high95
    assert float(spread.low80) == pytest.approx(float(np.quantile(sample, 0.1)))
