"""What the older levers must show in the world of April 2025: a few facts at the defaults, all at the six points.

A fact may fail: where it does is stated here, so that a change is noticed; ``docs/facts.md`` says what is known of it.
"""

from __future__ import annotations

import pytest

from science import facts, facts_2025, facts_awareness, facts_system
from science.draws import N_DRAWS
from science.measures import Row

pytestmark = [pytest.mark.science, pytest.mark.slow]

#: points at which a fact does not hold; 0 is the defaults
FAILS_AT: dict[str, tuple[int, ...]] = {
    "tariff-displaces": (2,),
    "ahsn-removed-slows": (0, 2),
    "beds-good-gain": (1,),
    "beds-good-over-bad": (0, 1, 3, 4, 5),
    "local-gap-peaks": (2, 4, 5),
    "local-rest-no-worse": (2,),
    "awards-champions-raise": (5,),
    "scorecard-evens": (1, 2, 4),
    "points-cost-adoption": (0, 2, 3),
    "nice-drugs-faster": (2,),
    "itt-displaces": (0, 1, 2, 4),
    "direction-lowers-others": (0, 1),
    "people-over-tools-scarce": (2,),
    "tools-over-people-plenty": (1, 5),
    "fellows-reach": (2, 3, 4, 5),
    "fellows-innovations-up": (5,),
    "fellows-concentrated": (5,),
    "sbri-supply": (1, 3, 4, 5),
    "entrepreneurs-supply": (2,),
}
#: a few seconds each
SOME = (facts.tariff, facts_2025.networks, facts_awareness.portal, facts_system.direction, facts_2025.fellows)


def changed(rows: list[Row], point: int) -> list[Row]:
    """Return the rows that hold where they did not, or do not where they did."""
    return [row for row in rows if row.holds == (point in FAILS_AT.get(row.fact, ()))]


def test_some_facts_hold_at_the_defaults_as_before() -> None:
    rows = facts_2025.measure(0, SOME, facts_2025.REPLICATES)
    assert len(rows) == 13
    assert sum(row.holds for row in rows) >= 10
    assert changed(rows, 0) == []


@pytest.mark.release
@pytest.mark.parametrize("point", range(N_DRAWS + 1))
def test_the_same_facts_hold_at_a_point_as_before(point: int) -> None:
    rows = facts_2025.measure(point)
    assert {row.fact for row in rows} == set(facts_2025.FACTS)
    assert changed(rows, point) == []


def test_what_is_not_asked_here_is_a_fact_of_2017() -> None:
    assert facts_2025.NOT_ASKED.keys() <= facts_2025.OLDER.keys()
    assert facts_2025.FACTS.keys() | facts_2025.NOT_ASKED.keys() == facts_2025.OLDER.keys()
    assert FAILS_AT.keys() <= facts_2025.FACTS.keys()
