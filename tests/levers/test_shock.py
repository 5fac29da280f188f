"""Shocks: pressure, pushes and emergency mandates by date, as data of a scenario."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.experiments.running.runner import run
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit
Small = Callable[..., Scenario]


def shocked(small: Small, **shock: Any) -> Scenario:
    return small(months=36, start="2015-07", shocks={"one": {"start": "2016-07", "end": "2017-07", **shock}})


def test_pressure_takes_its_share_of_change_time_while_it_lasts(small: Small) -> None:
    quiet, pressed = (run(each, replicates=3, seed=1) for each in (small(months=36), shocked(small, pressure=0.2)))
    have, left = quiet.monthly["capacity_available_wte"], pressed.monthly["capacity_available_wte"]
    np.testing.assert_array_equal(have[:, :13], left[:, :13])
    np.testing.assert_allclose(have[:, 25:], left[:, 25:], rtol=1e-12)
    # .1 of it is lost anyway, .2 in winter to some
    lost = 1.0 - left[:, 13:25] / have[:, 13:25]
    assert (lost > 0.2 / 0.9 - 1e-9).all()
    assert (lost < 0.2 / 0.8 + 1e-9).all()


def test_months_of_the_year_are_those_alone(small: Small) -> None:
    quiet, winter = (
        run(each, replicates=2, seed=1)
        for each in (small(months=36), shocked(small, pressure=0.2, calendar_months=[1, 2]))
    )
    changed = (quiet.monthly["capacity_available_wte"] != winter.monthly["capacity_available_wte"]).any(axis=0)
    assert np.flatnonzero(changed).tolist() == [19, 20], "January and February 2017"


@pytest.mark.parametrize("name", ["awareness_push", "triage_push", "rollout_push", "mandate"])
def test_pushes_and_mandates_are_felt_from_their_date_on(name: str, small: Small) -> None:
    strength = 1.0 if name == "mandate" else 10.0
    quiet, pushed = (
        run(each, replicates=40, seed=1) for each in (small(months=36), shocked(small, **{name: strength}))
    )
    np.testing.assert_array_equal(quiet.stage_by_innovation[:, :13], pushed.stage_by_innovation[:, :13])
    moved = {"awareness_push": slice(2, None), "triage_push": slice(3, None)}.get(name, slice(5, 7))
    more, fewer = (r.stage_by_innovation[:, 24, moved].sum(axis=(1, 2)).astype(float) for r in (pushed, quiet))
    gained = more - fewer
    assert gained.mean() > 3 * gained.std() / 40**0.5


@pytest.mark.parametrize(
    ("shock", "said"),
    [({"end": "2016-07"}, "end"), ({"calendar_months": [13]}, "1 to 12"), ({"mandate": 1.5}, "1"),
     ({"presure": 1}, "presure")],
)  # fmt: skip
def test_what_no_shock_can_be_is_refused(shock: dict[str, Any], said: str, small: Small) -> None:
    with pytest.raises(ValueError, match=said):
        shocked(small, **shock)


def test_no_shock_without_a_date(small: Small) -> None:
    with pytest.raises(ValueError, match="first month"):
        small(shocks={"one": {"pressure": 0.1}})


def test_priority_comes_on_with_the_shock(small: Small) -> None:
    simulation = Simulation(shocked(small, priority=9.0, ramp_months=4))
    block = simulation.open(np.arange(1), 1)
    seen = []
    for _ in range(18):
        simulation.step(block)
        seen.append(float(block.space.terms.value("priority").max()))
    assert set(seen[:12]) == {1.0}
    assert (np.diff(seen[11:16]) > 0).all(), "it rises by the month"
    assert seen[17] == 9.0
