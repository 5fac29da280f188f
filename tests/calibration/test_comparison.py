"""Points against what is simulated: quantiles, inside or outside, logits, counts, order."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import pytest

from diffusion.calibration.comparison import (
    Compared,
    compare_points,
    distance_in_logits,
    intervals,
    observed_error,
    series_in_order,
    share_of_draws_near,
    tally,
)
from diffusion.calibration.predicted import Place, places
from diffusion.evidence.reading import find_series, packaged_evidence
from diffusion.report.figures.validation import fan

pytestmark = pytest.mark.unit


class Made:
    """Curves that give what a test says."""

    def __init__(self, values: dict[str, np.ndarray], draws: int = 0) -> None:
        self.values = values
        self.draws = draws

    def at(self, place: Place) -> np.ndarray:
        return self.values[place.label]


def compared(values: dict[str, np.ndarray], *names: str) -> list[Compared]:
    return compare_points([find_series(name) for name in names], cast(Any, Made(values)))


def test_intervals_hold_the_middle_of_the_runs() -> None:
    found = intervals(np.random.default_rng(1).permutation(np.arange(201.0)))
    assert found == pytest.approx((100.0, 50.0, 150.0, 20.0, 180.0, 5.0, 195.0))
    assert found.width80 == pytest.approx(160.0)


def test_intervals_pass_over_what_cannot_be_told_and_keep_never() -> None:
    assert intervals(np.array([np.nan, 1.0, 3.0])).mean == 2.0
    assert all(math.isnan(value) for value in intervals(np.array([np.nan])))
    never = intervals(np.array([1.0, 2.0, np.inf, np.inf]))
    assert (never.low80, never.high80) == (1.0, np.inf)


@pytest.mark.parametrize(
    ("value", "inside80", "inside95"),
    [
        (20, True, True),
        (180, True, True),
        (19.9, False, True),
        (195, False, True),
        (196, False, False),
        (4, False, False),
    ],
)
def test_inside_and_outside(value: float, inside80: bool, inside95: bool) -> None:
    found = intervals(np.arange(201.0))
    assert (found.holds(value, 80), found.holds(value, 95)) == (inside80, inside95)


def test_what_is_known_from_below_agrees_with_more() -> None:
    found = intervals(np.arange(201.0))
    assert found.holds(1, 80, at_least=True)
    assert not found.holds(181, 80, at_least=True)


def test_distance_in_logits() -> None:
    assert distance_in_logits(0.5, 0.5, 100) == 0
    assert distance_in_logits(0.5, 0.2, 100) == pytest.approx(math.log(4))
    assert distance_in_logits(0.2, 0.5, 100) == -distance_in_logits(0.5, 0.2, 100)
    # none and all are half a one from the end
    assert distance_in_logits(0.5, 0.0, 100) == pytest.approx(math.log(0.995 / 0.005))
    assert distance_in_logits(1.0, 1.0, 100) == 0


def test_errors_are_binomial_or_as_stated() -> None:
    by_label = {place.label: place for place in places(packaged_evidence())}
    assert observed_error(by_label["infliximab-sc, month 4"]) == pytest.approx(
        math.sqrt(31 / 152 * (1 - 31 / 152) / 152)
    )
    assert observed_error(by_label["precept use, month 12"]) == 0.019


def test_misses_come_first_and_what_cannot_be_met_is_not_counted() -> None:
    runs = np.linspace(0, 1, 201)
    wide = 0.3 + 0.06 * (runs - 0.5)
    found = compared(
        {
            "infliximab-sc, month 4": 0.2 + 0.1 * (runs - 0.5),
            "infliximab-sc, month 9": np.full(201, 0.02),
            "infliximab-sc, month 19": np.full(201, 0.4),
            "accelerator-organisations, month 9": wide,
            "accelerator-organisations, month 17": wide,
        },
        "infliximab-sc",
        "accelerator-organisations",
    )
    assert [item.place.label for item in found] == [
        "infliximab-sc, month 9",
        "infliximab-sc, month 19",
        "accelerator-organisations, month 9",
        "infliximab-sc, month 4",
        "accelerator-organisations, month 17",
    ]
    assert [item.inside80 for item in found[:4]] == [False, False, True, True]
    assert not found[-1].comparable
    assert math.isnan(found[-1].logits)
    assert [item.id for item in series_in_order(found)] == ["infliximab-sc", "accelerator-organisations"]
    fitted, shown = tally(found, True), tally(found, False)
    # fitted to: months 4 and 19 of infliximab, month 9 of the Accelerator
    assert (fitted.points, fitted.inside80, fitted.inside95) == (3, 2, 2)
    assert (fitted.series, fitted.series80, fitted.series95) == (2, 1, 1)
    assert (shown.points, shown.inside80, shown.series) == (1, 0, 1)
    assert fitted.median_width80 == pytest.approx(0.048)


def test_an_effect_has_no_logits_but_a_place_in_the_order() -> None:
    found = compared(
        {"precept, month 24": np.full(50, 0.99), "precept use, month 12": np.full(50, 0.0)},
        "precept",
    )
    assert [math.isnan(item.logits) for item in found] == [False, True]
    assert [item.inside95 for item in found] == [False, False]
    assert [item.within_error for item in found] == [False, False]


def test_an_observation_may_reach_in_with_its_own_error() -> None:
    for simulated, reaches in ((0.4, False), (0.43, True)):  # 77 of 152 is .507, give or take .08
        runs = {f"infliximab-sc, month {month}": np.full(9, simulated) for month in (4, 9, 19)}
        last = next(item for item in compared(runs, "infliximab-sc") if item.place.month == 19)
        assert (last.inside95, last.within_error) == (False, reaches)


def test_the_opening_is_set_by_hand_and_not_counted() -> None:
    found = compared(
        {"pincer-practices, month 0": np.full(9, 0.0), "pincer-practices, month 12": np.full(9, 0.1)},
        "pincer-practices",
    )
    assert [(item.place.month, item.comparable) for item in found] == [(12, True), (0, False)]


def test_nothing_to_count_is_no_error() -> None:
    found = tally([], True)
    assert found[:6] == (0, 0, 0, 0, 0, 0)
    assert math.isnan(found.median_width80)


def test_the_fan_is_by_month() -> None:
    values = np.arange(201.0)[:, None] + np.array([0.0, 1000.0])
    narrow, middle, wide = fan(values)
    for (low, high), below, above in ((narrow, 50, 150), (middle, 20, 180), (wide, 5, 195)):
        assert low == pytest.approx([below, 1000 + below])
        assert high == pytest.approx([above, 1000 + above])


def test_draws_near_a_point_are_those_whose_mean_is_within_two_deviations() -> None:
    (place, *_) = places([find_series("upadacitinib")])[-1:]
    number = place.item.series.at_risk
    assert place.point.count is not None
    share = (place.point.count + 0.5) / (number + 1)
    error = math.sqrt(share * (1 - share) / number)
    far = place.observed + np.array([-2.1, -1.9, 0.0, 1.9, 2.1]) * error
    assert share_of_draws_near(far.repeat(3), 5, place) == pytest.approx(3 / 5)
    # chance within a draw counts as well: with a deviation of one share nothing is far
    assert share_of_draws_near((far[:, None] + [-1.0, 0.0, 1.0]).ravel(), 5, place) == 1.0
    assert math.isnan(share_of_draws_near(far, 0, place))


def test_what_is_known_from_below_is_near_all_that_is_above() -> None:
    (place, *_) = places([find_series("nervecentre")])
    assert place.point.at_least
    assert share_of_draws_near(np.array([0.0, place.observed, 0.9, 1.0]), 4, place) == 0.75


def test_places_that_share_a_label_do_not_exist() -> None:
    labels = [place.label for place in places(packaged_evidence())]
    assert len(set(labels)) == len(labels)
