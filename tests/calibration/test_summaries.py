"""Shapes and times of curves, and who adopts first, against values computed by hand or by SciPy."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from diffusion.calibration.curves import Track
from diffusion.calibration.summaries import observed_time, portfolio_reach, speeds, summaries, time_to
from diffusion.calibration.who_first import gap, one_way_f, who_first
from diffusion.evidence.reading import find_series
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.unit


class Made:
    """Curves of one track that a test says."""

    months = 24

    def __init__(self, name: str, values: np.ndarray) -> None:
        item = find_series(name)
        self.tracks = (Track(item, item.series.quantity, False),)
        self.values = (values,)


def test_times_are_read_off_between_months() -> None:
    curve = np.array([[0.0, 0.2, 0.6, 0.6], [0.5, 0.6, 0.7, 0.8], [0.0, 0.0, 0.1, 0.2], [0.0, 0.5, 0.4, 0.3]])
    assert time_to(curve, 0.5).tolist() == pytest.approx([1.75, 0.0, np.inf, 1.0])


def test_observed_times_are_told_where_points_tell_them() -> None:
    infliximab = Made("infliximab-sc", np.zeros((1, 25))).tracks[0].places
    low, high = observed_time(infliximab, 0.5)
    assert low == high == pytest.approx(9 + 10 * (0.5 - 49 / 152) / (28 / 152))
    assert observed_time(infliximab, 0.8) == (19, math.inf)
    assert observed_time(infliximab, 0.1) == (-math.inf, 4)
    assert observed_time([], 0.5) == (-math.inf, math.inf)


def test_summaries_of_a_curve() -> None:
    curve = np.linspace(0, 0.48, 25)  # 2 points a month
    found = {row.what: row for row in summaries(cast(Any, Made("infliximab-sc", np.tile(curve, (5, 1)))))}
    assert found["early over late"].low == pytest.approx(31 / 77)
    assert found["early over late"].median == pytest.approx(4 / 19)
    assert found["level at the last point"].median == pytest.approx(0.38)
    assert found["time to 50 %"].median == math.inf
    assert [found[name].inside80 for name in ("early over late", "time to 50 %")] == [False, False]


def test_a_ratio_to_nothing_is_not_told() -> None:
    [ratio, *_] = summaries(cast(Any, Made("infliximab-sc", np.zeros((5, 25)))))
    assert ratio.known == 0
    assert math.isnan(ratio.median)
    assert not ratio.inside80


def test_speeds_of_a_curve() -> None:
    [found] = speeds(cast(Any, Made("infliximab-sc", np.tile(np.linspace(0, 0.96, 25), (5, 1)))))
    assert [months[0] for months in found.months] == pytest.approx([2.5, 12.5, 20.0])


def test_gap_and_f_by_hand_and_by_scipy() -> None:
    from scipy.stats import f_oneway

    rng = np.random.default_rng(3)
    adopted = (rng.random((4, 60)) < 0.4).astype(float)
    group = rng.integers(0, 5, 60)
    larger = rng.random(60) < 0.5
    for row, f, difference in zip(adopted, one_way_f(adopted, group), gap(adopted, larger)):
        assert f == pytest.approx(f_oneway(*(row[group == g] for g in np.unique(group))).statistic)
        assert difference == pytest.approx(row[larger].mean() - row[~larger].mean())
    assert np.isnan(one_way_f(np.ones((1, 60)), group)).all()
    assert np.isnan(one_way_f(adopted, np.zeros(60, dtype=int))).all()
    assert np.isnan(gap(adopted, np.ones(60, dtype=bool))).all()


def test_first_users_of_infliximab_as_observed() -> None:
    """Larger trusts are ahead by 27 percentage points; teaching trusts by 9; AHSNs hardly differ."""
    item = find_series("infliximab-sc")
    world = load_scenario("baseline").build_world()

    sectors = [world.trusts.sector_names.index(name) for name in ("acute", "specialist")]
    able = np.isin(world.trusts.sector, sectors)[:, None]
    assert able.sum() == 152
    england = SimpleNamespace(trusts=world.trusts, eligible=able, innovations=SimpleNamespace(ids=(item.id,)))
    curves = SimpleNamespace(world=england, first_use={item.id: np.full((3, world.n_trusts), np.inf)})
    size, teaching, ahsn = who_first([item], cast(Any, curves))
    assert size.trusts == 150
    assert size.observed == pytest.approx(0.2667, abs=1e-4)
    assert teaching.observed == pytest.approx(0.0933, abs=1e-4)
    assert ahsn.observed == pytest.approx(1.687, abs=1e-3)
    # nobody is simulated to use it: no gap, and no F to tell
    assert (size.simulated.mean, ahsn.known) == (0.0, 0)
    assert not size.inside80


def test_the_reach_of_a_portfolio() -> None:
    reached = np.array([[[0.0, 0.6], [0.0, 0.2], [0.1, 0.1], [0.0, 0.9]]] * 3, dtype=np.float32)
    curves = SimpleNamespace(reached=reached)
    assert [row.passed.mean for row in portfolio_reach(cast(Any, curves))] == pytest.approx([1.0, 0.5, 0.25])
