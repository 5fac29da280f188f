"""The packaged posterior is one of this model: fifty of its draws, run again, give what they gave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diffusion.calibration.guard import MOST_MOVED, moved, other_evidence, point_means
from diffusion.calibration.predicted import places
from diffusion.ensemble.posterior import packaged_posterior
from diffusion.evidence.reading import packaged_evidence

pytestmark = pytest.mark.science


def test_no_point_has_moved() -> None:
    posterior = packaged_posterior()
    assert posterior is not None
    now = point_means(posterior, packaged_evidence())
    assert set(now) == set(posterior.facts["guard"])
    assert moved(posterior, now, packaged_evidence()) == {}, (
        "the posterior is stale: diffusion calibrate makes it again"
    )


def test_a_model_that_differs_is_noticed() -> None:
    """The guard has power: with half the change time some points move."""
    posterior = packaged_posterior()
    assert posterior is not None
    key = "parameters.capacity.wte_per_size"
    columns = {**posterior.columns, key: posterior.columns[key] * 0.5}
    evidence = packaged_evidence()
    found = moved(posterior, point_means(replace(posterior, columns=columns), evidence), evidence)
    assert len(found) >= 3
    effects = {place.label for place in places(evidence) if place.point.effect is not None}
    assert all(abs(change) > MOST_MOVED for name, change in found.items() if name not in effects)


def test_an_effect_that_falls_by_a_third_is_noticed() -> None:
    """Three points of a share are little, three points of an effect may be all of it."""
    posterior = packaged_posterior()
    assert posterior is not None
    evidence = packaged_evidence()
    before = dict(posterior.facts["guard"])
    effects = [place.label for place in places(evidence) if place.point.effect is not None]
    assert len(effects) == 2
    for name in effects:
        assert name in moved(posterior, {**before, name: before[name] * 2.0 / 3.0}, evidence)
    assert moved(posterior, before, evidence) == {}
    assert other_evidence(posterior, evidence) == []
    assert other_evidence(posterior, evidence[1:]) == [evidence[0].id]
