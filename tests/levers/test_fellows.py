"""Fellows where no cohort is, and what their mentors count for."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.month.simulation import Simulation
from diffusion.month.view import View
from support.today import paid_gbp, stepped, term, today, told_of

pytestmark = pytest.mark.unit


def test_a_first_wave_without_a_cohort_has_nobody_and_is_not_remarked_on() -> None:
    """``none`` is asked for; a cohort that the portfolio has not is a slip, and told."""
    waves = ["2016-07"]  # a year after the first wave
    for cohort, remarked in (("none", False), ("nia-1915", True)):
        scenario = today("accelerator", cohort=cohort, later_waves=waves)
        assert any("has no fellows" in told for told in told_of(scenario, "accelerator")) == remarked
        simulation = Simulation(scenario)
        block = simulation.open(np.arange(3), 1)
        for month in range(14):
            simulation.step(block)
            fellows = (block.own["accelerator"].since >= 0).sum(axis=1)
            assert (fellows == (0 if month < 12 else 8)).all(), month
            assert (paid_gbp(block, "accelerator_bursary") > 0).all() == (month >= 12)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("sites_per_year", [0.0, 12.0])
def test_a_mentor_who_does_not_count_leaves_the_mean_of_the_sites(sites_per_year: float) -> None:
    """Where a fellow has reached nobody either, there is no mean, and nobody to see it."""
    options = {"cohort": "none", "later_waves": ["2015-07"], "mentor_credibility": 0.0}
    scenario = today("accelerator", **options, sites_per_year=sites_per_year)
    simulation, block = stepped(scenario, 5)
    shape = block.pairs.stage.shape
    active = View(simulation.model, block, simulation.hooks).activity_at(*np.indices(shape).reshape(3, -1))
    simulation.step(block)
    sites = block.own["accelerator"].sites
    assert (len(sites[0]) > 0) == (sites_per_year > 0)
    reached = np.zeros(shape)
    reached[sites] = 1.0
    mean = (reached * active.reshape(shape)).sum(axis=1) / np.maximum(1.0, reached.sum(axis=1))
    expected = scenario.levers["accelerator"].tie_weight * mean[:, None, :] * reached
    np.testing.assert_allclose(np.broadcast_to(term(block, "exposure"), shape), expected, atol=1e-12)
    assert expected.any() == (sites_per_year > 0)
