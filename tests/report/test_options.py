"""What each option does, in words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from diffusion.engine.calendar import Month
from diffusion.report.words.options import differing_settings, options_text
from support.synthetic_results import SyntheticScenario

pytestmark = pytest.mark.unit


def lever(title: str, **fields: object) -> SimpleNamespace:
    return SimpleNamespace(title=title, start=Month("2017-07"), end=None, grade="B", source="a study", **fields)


def table(name: str, **levers: object) -> SimpleNamespace:
    return SimpleNamespace(scenario=SyntheticScenario(name, levers=levers))


def test_levers_of_the_first_are_not_repeated_and_missing_ones_are_named() -> None:
    support, tariff = lever("Support"), lever("Tariff", strength=0.5)
    first, more, less = options_text([table("a", s=support), table("b", s=support, t=tariff), table("c")])
    assert [line.title for line in first.levers] == ["Support"]
    assert [line.title for line in more.levers] == ["Tariff"]
    assert more.lead == "As A, and in addition:"
    assert more.levers[0].dates == "from July 2017, strength 0.5"
    assert less.lead == "As A, without Support."


def test_a_lever_with_an_end_runs_until_the_month_before() -> None:
    dated = lever("Tariff")
    dated.end = Month("2022-07")
    assert options_text([table("a", t=dated)])[0].levers[0].dates == "from July 2017 until June 2022"


def test_settings_that_differ_are_listed_by_key() -> None:
    one = {"name": "a", "parameters": {"c0": 2.0, "p": 1}, "levers": {"s": {"strength": 1.0}, "new": {"x": 1}}}
    other = {"name": "b", "parameters": {"c0": 4.0, "p": 1}, "levers": {"s": {"strength": 0.5}}}
    assert differing_settings(one, other) == [
        "levers.s.strength: 1.0 instead of 0.5",
        "parameters.c0: 2.0 instead of 4.0",
    ]
    many = {str(i): i for i in range(20)}
    assert differing_settings(many, {})[-1] == "and 8 more, see the manifest"
