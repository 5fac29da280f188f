"""Months until shares of the trusts with a use for an innovation are adopters."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import diffusion as df
from diffusion.analysis.followed.time_to_share import (
    SHARES,
    Times,
    change_of,
    innovations_reaching,
    months_to_shares,
    quantiles,
    reaching,
    times_of_all,
    times_to_share,
)
from diffusion.engine.stages import ROLLOUT, SUSTAINED, UNAWARE
from diffusion.experiments.running.runner import compare
from support.worlds import SMALL

pytestmark = pytest.mark.unit

INF = np.inf


def months_of(series: list[int], with_use: int, live: int) -> list[float]:
    adopting = np.array(series)[None, :, None]
    found = months_to_shares(adopting, np.array([[with_use]]), np.array([live]))
    return [float(value) for value in found[0, 0]]


@pytest.mark.parametrize(
    ("series", "with_use", "live", "expected"),
    [
        # entry 0 is the opening state; 20 trusts with a use: 2, 5 and 10 of them
        ([0, 0, 1, 2, 2, 5, 9, 10], 20, 0, [3, 5, 7]),
        # it becomes live in month 3: entry 3 is the end of its first month
        ([0, 0, 0, 2, 2, 5, 9, 10], 20, 2, [1, 3, 5]),
        # a later fall does not count, and what is never reached is infinite
        ([0, 2, 0, 0, 0, 0], 20, 0, [1, INF, INF]),
        # sites from the start: reached when it becomes live
        ([3, 3, 3, 6, 6], 20, 0, [0, 3, INF]),
        ([3, 3, 3, 6, 6], 20, 2, [0, 1, INF]),
        # the share of a number that is no multiple: 10 % of 11 are 2 trusts, 50 % are 6
        ([0, 1, 2, 3, 5, 6], 11, 0, [2, 3, 5]),
        # nobody has a use for it
        ([0, 0, 0], 0, 0, [np.nan, np.nan, np.nan]),
    ],
)
def test_by_hand(series: list[int], with_use: int, live: int, expected: list[float]) -> None:
    np.testing.assert_array_equal(months_of(series, with_use, live), expected)


@settings(max_examples=200, deadline=None)
@given(
    steps=arrays(
        np.int64, st.tuples(st.integers(1, 4), st.integers(2, 12), st.integers(1, 3)), elements=st.integers(-3, 6)
    ),
    with_use=st.integers(0, 30),
    live=st.integers(0, 14),
)  # fmt: skip
def test_more_takes_no_less_time_and_what_is_reached_is_reached(steps: np.ndarray, with_use: int, live: int) -> None:
    adopting = np.clip(steps.cumsum(axis=1), 0, with_use)
    r, _, k = adopting.shape
    found = months_to_shares(adopting, np.full((r, k), with_use), np.full(k, live))
    if with_use == 0:
        assert np.isnan(found).all()
        return
    assert (found[..., 0] <= found[..., 1]).all()
    assert (found[..., 1] <= found[..., 2]).all()
    for place, share in enumerate(SHARES):
        for row, column in np.ndindex(r, k):
            months = found[row, column, place]
            later = adopting[row, live:, column]
            enough = [m for m, number in enumerate(later) if number / with_use >= share / 100 - 1e-12]
            assert months == (enough[0] if enough else INF)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 200).map(float), st.just(INF)), min_size=1, max_size=40))
def test_quantiles_are_those_of_numpy_where_all_is_finite_and_infinite_beyond(values: list[float]) -> None:
    ordered = np.sort(np.array(values))
    found = quantiles(ordered)
    assert list(found) == sorted(found)
    if np.isfinite(ordered).all():
        np.testing.assert_allclose(found, np.quantile(ordered, (0.1, 0.5, 0.9)))
    else:
        # who gets there in fewer than half of the runs has no finite median
        assert np.isinf(found[1]) == (np.isfinite(ordered).sum() <= len(ordered) // 2)


def test_runs_that_do_not_get_there_count_as_infinite() -> None:
    found = reaching(np.array([5.0, 7.0, INF, INF, np.nan]))
    assert (found.runs, found.reached) == (4, 2)
    assert found.never_share == 0.5
    assert np.isinf(found.median)
    assert np.isinf(found.high80)
    assert found.low80 == pytest.approx(5.6)
    assert found.of_reached == pytest.approx((5.2, 6.0, 6.8))
    nobody = reaching(np.array([np.nan, np.nan]))
    assert nobody.runs == 0
    assert np.isnan([nobody.never_share, nobody.median, *nobody.of_reached]).all()


def test_the_change_is_over_the_runs_in_which_both_get_there() -> None:
    def times(*months: float) -> Times:
        values = np.array(months)[:, None, None] * np.ones(len(SHARES))
        return Times(("own",), ("Own",), np.array([0]), np.array([60]), values)

    change = change_of(times(10, 20, INF, 5, INF), times(12, 26, 30, INF, INF), "own", 1, over_draws=False)
    assert (change.both, change.only_here, change.only_first) == (2, 1, 1)
    assert float(change.estimate.mean) == -4.0
    assert not change.estimate.clear
    assert innovations_reaching(times(10, INF), 0).tolist() == [1, 0]


def test_it_counts_trusts_with_a_use_not_those_that_know_that_they_have_none() -> None:
    """The stage ``no_use`` holds only those that have heard of it; who has a use is known from the start."""
    stages = np.zeros((1, 3, 10, 1), dtype=np.int64)
    stages[0, :, UNAWARE, 0] = 100, 99, 96
    stages[0, :, ROLLOUT, 0] = 0, 1, 3
    stages[0, :, SUSTAINED, 0] = 0, 0, 1
    innovations = SimpleNamespace(ids=("own",), names=("Own",), live_month=np.array([0]))
    table: Any = SimpleNamespace(
        stage_by_innovation=stages, with_use=np.array([[8]]), world=SimpleNamespace(innovations=innovations), months=2
    )
    found = times_to_share(table)
    assert found is not None
    assert found.of("own")[0].tolist() == [1, 2, 2]
    del table.with_use
    assert times_to_share(table) is None
    assert times_of_all([table]) is None


def test_of_runs_the_same_as_counted_from_their_events() -> None:
    own = {"name": "Own", "kind": "device", "live_month": 6, "benefit_mean": 1.0, "use_share": 0.5}
    base = df.load("baseline").changed({"months": 60, "world": {**SMALL, "more_innovations": {"own": own}}})
    results = compare([base], replicates=4, seed=3, events=True)[0]
    found = times_to_share(results)
    assert found is not None
    assert results.events is not None
    k = results.world.innovations.ids.index("own")
    place = found.ids.index("own")
    assert (found.live_month[place], found.watched[place]) == (6, 54)
    for r in range(4):
        moved = results.events[(results.events["replicate"] == r) & (results.events["innovation"] == k)]
        for p, share in enumerate(SHARES):
            adopting: set[int] = set()
            reached = INF
            for month in range(7, 61):
                for event in moved[moved["month"] == month]:
                    (adopting.add if event["to_stage"] in (ROLLOUT, SUSTAINED) else adopting.discard)(
                        int(event["trust"])
                    )
                if 100 * len(adopting) >= share * results.with_use[r, k]:
                    reached = month - 6
                    break
            assert found.months[r, place, p] == reached
    assert (results.with_use[:, k] < results.world.eligible[:, k].sum()).any()
    np.testing.assert_array_equal(results.with_use.sum(axis=1), results.monthly["pairs_with_use"][:, -1])
