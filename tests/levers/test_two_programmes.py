"""One lever under two names: what either remembers between months holds for the people of both."""

from collections.abc import Mapping

import numpy as np
import pytest

from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.state import NEVER
from diffusion.levers.base import Lever
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.integration


@pytest.fixture
def twice() -> tuple[Simulation, Mapping[str, Lever]]:
    """A run with two Clinical Entrepreneur Programmes, the second five months after the first, and both of them."""
    scenario = load_scenario("clinical-entrepreneurs", ["months=60"])
    own = scenario.levers["clinical-entrepreneurs"]
    levers = {"a": own.dated(None), "b": own.model_copy(update={"start": own.start + 5}).dated(None)}
    return Simulation(scenario.model_copy(update={"levers": levers})), levers


def test_two_programmes_pay_for_all_who_are_in_one(twice: tuple[Simulation, Mapping[str, Lever]]) -> None:
    simulation, levers = twice
    own, block = levers["a"], simulation.open(np.arange(2), 1)
    pence_each = round(own.clinical_wte * own.wte_gbp_per_year / 12.0 * 100)
    most = 0
    for _ in range(60):
        inside = ((block.people.programme_left > 0) & (block.people.person_status == 0)).sum(axis=1)
        simulation.step(block)
        month = simulation.model.calendar(block.month)
        active = sum(lever.level(month) > 0 for lever in levers.values())
        paid = block.space.frame["money"][:, FLOW_INDEX["entrepreneur_time"]]
        assert paid.tolist() == (active * inside * pence_each).tolist()
        most = max(most, int(inside[0]))
    assert most > own.places  # both cohorts were inside at once


def test_founders_are_mentored_twelve_months_after_whoever_appointed_them(
    twice: tuple[Simulation, Mapping[str, Lever]],
) -> None:
    simulation, levers = twice
    block, seen = simulation.open(np.arange(2), 1), 0
    for _ in range(60):
        gone, appointed = block.month, block.people.appointed.astype(np.int64)
        simulation.step(block)
        for name in levers:
            if name in block.own:
                due = (appointed != NEVER) & (gone - appointed >= 12) & (block.own[name].mentor >= 0)
                np.testing.assert_array_equal(block.own[name].mentored, due)
                seen += int(due.sum())
    assert seen > 0
