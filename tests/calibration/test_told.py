"""What is told of a fit: effects without chance, points that nothing was fitted to, priors cut at both ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diffusion.calibration.fit.checks import not_fitted
from diffusion.calibration.fit.policies import _without_chance
from diffusion.calibration.predicted import places
from diffusion.ensemble.priors import Prior
from diffusion.evidence.reading import packaged_evidence

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("between", [0.0, 0.3, 1.0])
def test_the_spread_of_expected_effects_is_that_of_draws_not_of_their_few_runs(between: float) -> None:
    rng = np.random.default_rng(4)
    effect = 0.2 + between * rng.standard_normal(40_000)
    values = effect[:, None] + rng.standard_normal((40_000, 2))
    expected, found, chance = _without_chance(values)
    assert expected.var() == pytest.approx(between**2, abs=0.06)
    assert found == pytest.approx(between**2, abs=0.06)
    assert chance == pytest.approx(1.0, abs=0.06)
    assert expected.mean() == pytest.approx(values.mean())
    # the draws' plain means would be told as doubt about parameters
    assert values.mean(axis=1).std() == pytest.approx(np.sqrt(between**2 + 0.5), abs=0.05)


def test_only_points_that_can_be_compared_and_were_not_fitted_to_are_told_with_their_own_error() -> None:
    every = places(packaged_evidence())
    wanted = [place for place in every if not place.fitted and place.month > 0 and place.observed <= 1.0]
    assert wanted

    def compared(place: Any) -> Any:
        comparable = place.month > 0 and place.observed <= 1.0
        return SimpleNamespace(place=place, observed=place.observed, error=0.05, comparable=comparable)

    curves = SimpleNamespace(at=lambda place: np.full(4_000, place.observed))
    found = not_fitted(SimpleNamespace(compared=[compared(place) for place in every], curves=curves), 1)  # type: ignore[arg-type]
    assert sorted(item.place.label for item in found) == sorted(place.label for place in wanted)
    assert all(item.inside80 for item in found)
    inner = [item for item in found if 0.2 < item.observed < 0.8]
    assert inner
    for item in inner:  # the model says one number: what is left is the error of the observation
        assert item.high80 - item.low80 == pytest.approx(2 * 1.2816 * 0.05, rel=0.1)


def test_a_half_normal_prior_is_cut_at_both_ends_and_heaps_at_neither() -> None:
    prior = Prior("parameters.heterogeneity.push_sd", "half-normal", 0.5, 1.0, False)
    values = prior.quantile(np.linspace(0.0, 1.0, 1_001))
    assert (np.diff(values) > 0).all()
    assert (values[0], values[-1]) == pytest.approx((0.5, 1.0))
    whole = Prior("parameters.heterogeneity.push_sd", "half-normal", 0.0, 2.0, False)
    assert whole.quantile(np.array([0.5]))[0] == pytest.approx(0.639, abs=0.001)
