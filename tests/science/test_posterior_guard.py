"""The packaged posterior is one of this model: fifty of its draws, run again, give what they gave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diffusion.calibration.guard import MOST_MOVED, moved, point_means
from diffusion.calibration.posterior import packaged_posterior
from diffusion.evidence.reading import packaged_evidence

pytestmark = pytest.mark.science


def test_no_point_has_moved() -> None:
    posterior = packaged_posterior()
    assert posterior is not None
    now = point_means(posterior, packaged_evidence())
    assert set(now) == set(posterior.facts["guard"])
    assert moved(posterior, now) == {}, "the posterior is stale: diffusion calibrate makes it again"


def test_a_model_that_differs_is_noticed() -> None:
    """The guard has power: with half the change time some points move."""
    posterior = packaged_posterior()
    assert posterior is not None
    key = "parameters.capacity.wte_per_size"
    columns = {**posterior.columns, key: posterior.columns[key] * 0.5}
    found = moved(posterior, point_means(replace(posterior, columns=columns), packaged_evidence()))
    assert len(found) >= 3
    assert all(abs(change) > MOST_MOVED for change in found.values())
