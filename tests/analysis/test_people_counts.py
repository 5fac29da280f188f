"""People followed by profession: parts add up, and are those of the series of all professions."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.analysis.followed.people import ALL, COUNTED, people_counts
from diffusion.analysis.outcomes.counted import PROFESSIONS
from diffusion.experiments.running.runner import compare
from diffusion.month.measures import PROFESSION_LABELS
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.unit


def test_professions_add_up_to_what_is_counted_of_all() -> None:
    settings = ["months=48", "policy_start=2015-07"]
    names = ("baseline+people-and-companies", "clinical-entrepreneurs")
    first, programme = compare([load_scenario(name, settings) for name in names], replicates=6, seed=2)
    assert tuple(PROFESSION_LABELS) == PROFESSIONS
    for results in (first, programme):
        found = people_counts(results)
        assert found is not None
        monthly = results.monthly
        for counted, series in (
            ("left", "people_left"),
            ("abroad", "people_abroad"),
            ("returned", "people_returned"),
            ("founded", "startups_founded"),
        ):
            parts = sum(found.counts[counted][each] for each in PROFESSIONS)
            np.testing.assert_array_equal(parts, monthly[series][:, -1])
            np.testing.assert_array_equal(parts, found.counts[counted][ALL])
        in_nhs = found.counts["followed"][ALL] - found.counts["left"][ALL] - found.counts["abroad"][ALL]
        np.testing.assert_array_equal(in_nhs, monthly["people_in_nhs"][:, -1])
        start = monthly["people_left"][:, 0] + monthly["people_abroad"][:, 0]
        np.testing.assert_array_equal(found.counts["outside_at_start"][ALL], start)
        assert set(found.counts) == set(COUNTED)
        shares = found.share_pct("left", "nurses")
        assert ((shares >= 0) & (shares <= 100)).all()
    one, other = people_counts(first), people_counts(programme)
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.counts["followed"][ALL], other.counts["followed"][ALL])
    assert (other.counts["returned"][ALL] > one.counts["returned"][ALL]).all()


def test_nobody_is_counted_where_nobody_is_followed() -> None:
    (results,) = compare([load_scenario("baseline", ["months=3"])], replicates=1)
    assert people_counts(results) is None
