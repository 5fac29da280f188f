"""Adoption tables: curve, hazard with at-risk counts, classes, groups compared."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.analysis.observed.times import (
    adopter_classes,
    adoption_curve,
    adoption_table,
    log_rank,
)
from diffusion.analysis.results.intervals import poisson_interval, wilson

pytestmark = pytest.mark.unit

NEVER = np.nan
#: The toy network's times of adoption, t = 1 to 5.
TOY = [1, 2, 2, 3, 4, 4, 5, NEVER]


def toy(seeds: bool = False):
    already = [seeds and time == 1 for time in TOY]
    return adoption_table(list("12345678"), TOY, 1, 5, already=already)


def random_table(seed: int, n: int = 120, last: int = 20):
    rng = np.random.default_rng(seed)
    entry = rng.integers(1, 6, n)
    exit_ = rng.integers(8, last + 1, n)
    time = rng.geometric(0.08, n) + entry - 1.0
    time[time > exit_] = np.nan
    return adoption_table([f"o{i:03d}" for i in range(n)], time, 1, last, entry=entry, exit=exit_)


def test_toy_hazard_with_the_first_adopters_as_seeds() -> None:
    curve = adoption_curve(toy(seeds=True))
    assert curve.hazard == pytest.approx([0, 2 / 7, 1 / 5, 1 / 2, 1 / 2])
    assert curve.at_risk.tolist() == [7, 7, 5, 4, 2]
    assert curve.cumulative.tolist() == [1, 3, 4, 6, 7]


def test_toy_hazard_by_definition_counts_the_first_period() -> None:
    curve = adoption_curve(toy())
    assert curve.hazard == pytest.approx([1 / 8, 2 / 7, 1 / 5, 1 / 2, 1 / 2])
    assert curve.share == pytest.approx([1 / 8, 3 / 8, 4 / 8, 6 / 8, 7 / 8])


def test_toy_classes() -> None:
    """Mean 3, SD 1.414: nobody lies 2 SD before the mean, so the first is an early adopter in either scheme."""
    assert adopter_classes(toy()) == (
        "early adopter",
        "early majority",
        "early majority",
        "late majority",
        "late majority",
        "late majority",
        "laggard",
        "non-adopter",
    )


def test_classes_of_many_are_split_as_rogers_says() -> None:
    times = np.round(np.random.default_rng(0).normal(100, 10, 4000))
    found = adopter_classes(adoption_table([f"{i:04d}" for i in range(4000)], times))
    shares = [found.count(name) / 4000 for name in ("innovator", "early adopter", "early majority", "late majority")]
    assert shares == pytest.approx([0.025, 0.135, 0.34, 0.34], abs=0.03)


def test_share_is_the_product_limit_estimate_with_late_entry() -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    table = random_table(3)
    curve = adoption_curve(table)
    # statsmodels counts entry in (entry, time]: an organisation seen from period e on enters just after e - 1
    theirs = SurvfuncRight(table.until, table.event, entry=table.entry - 1)
    at = np.searchsorted(curve.period, theirs.surv_times)
    assert 1 - curve.share[at] == pytest.approx(theirs.surv_prob, rel=1e-12)
    inner = (theirs.surv_prob > 0) & (theirs.surv_prob < 1)
    log_error = theirs.surv_prob_se / theirs.surv_prob / np.abs(np.log(theirs.surv_prob))
    high = 1 - theirs.surv_prob ** np.exp(1.959964 * log_error)
    assert curve.share_high95[at][inner] == pytest.approx(high[inner], rel=1e-6)


def test_at_risk_counts_by_hand() -> None:
    table = adoption_table(list("abcd"), [2, NEVER, 3, NEVER], 1, 4, entry=[1, 1, 2, 3], exit=[4, 2, 4, 4])
    curve = adoption_curve(table)
    assert curve.at_risk.tolist() == [2, 3, 2, 1]
    assert curve.new.tolist() == [0, 1, 1, 0]


def test_log_rank_is_that_of_statsmodels() -> None:
    from statsmodels.duration.survfunc import survdiff

    table = random_table(5)
    group = np.random.default_rng(6).choice(["a", "b", "c"], len(table))
    ours = log_rank(table, group.tolist())
    chi2, p_value = survdiff(table.until, table.event, group, entry=table.entry - 1)
    assert (ours.chi2, ours.p_value) == pytest.approx((chi2, p_value), rel=1e-9)
    assert ours.observed.sum() == table.event.sum()
    assert ours.expected.sum() == pytest.approx(table.event.sum(), rel=1e-12)


def test_log_rank_finds_a_difference_and_keeps_its_level() -> None:
    rng, hits = np.random.default_rng(9), 0
    for _ in range(200):
        time = rng.geometric(0.1, 60) * 1.0
        time[time > 15] = np.nan
        table = adoption_table([f"{i:02d}" for i in range(60)], time, 1, 15)
        hits += log_rank(table, ["a", "b"] * 30).p_value < 0.05
    assert 2 <= hits <= 22  # 5 % of 200 is 10
    fast = adoption_table([f"{i:02d}" for i in range(60)], np.tile([2.0, 9.0], 30), 1, 15)
    assert log_rank(fast, ["a", "b"] * 30).p_value < 1e-6


def test_intervals_of_shares_and_counts() -> None:
    low, high = wilson([2], [10])
    assert (low[0], high[0]) == pytest.approx((0.05668215, 0.50983749), rel=1e-6)
    assert np.isnan(wilson([0], [0])).all()
    low, high = poisson_interval([0, 10])
    assert low == pytest.approx([0, 4.795389], rel=1e-6)
    assert high == pytest.approx([3.688879, 18.390356], rel=1e-6)


def test_order_of_rows_does_not_matter() -> None:
    table = random_table(2)
    order = np.random.default_rng(1).permutation(len(table))
    again = adoption_table(
        [table.codes[i] for i in order], table.time[order], 1, 20, entry=table.entry[order], exit=table.exit[order]
    )
    for one, other in zip(adoption_curve(table), adoption_curve(again)):
        assert np.array_equal(one, other, equal_nan=True)
    assert again.codes == table.codes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"codes": ["a", "a", "c"]}, "given twice"),
        ({"time": [1.5, 2, 3]}, "whole periods"),
        ({"time": [9, 2, 3]}, "outside"),
        ({"entry": [3, 1, 1]}, "outside"),
        ({"entry": [0, 1, 1]}, "ordered"),
        ({"exit": [1, 4, 5]}, "ordered"),
    ],
)
def test_impossible_tables_are_refused(changes: dict, message: str) -> None:
    given = {"codes": ["a", "b", "c"], "time": [1, 2, 3]} | changes
    with pytest.raises(ValueError, match=message):
        adoption_table(given["codes"], given["time"], 1, 4, entry=given.get("entry"), exit=given.get("exit"))


def test_a_table_without_adoption_needs_a_span() -> None:
    with pytest.raises(ValueError, match="first and last"):
        adoption_table(["a"], [NEVER])
    curve = adoption_curve(adoption_table(["a"], [NEVER], 1, 3))
    assert curve.share.tolist() == [0, 0, 0]
