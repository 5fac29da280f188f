"""What each option does, in words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from diffusion.engine.calendar import Month
from diffusion.engine.departure import Departure, InForce
from diffusion.levers.shock import Shock
from diffusion.report.words.departure_words import departure_line, rests_on, value_words
from diffusion.report.words.options import differing_settings, options_text
from support.synthetic_results import SyntheticScenario, england

pytestmark = pytest.mark.unit

WORLD = england(20, n_innovations=3)


def lever(title: str, **fields: object) -> SimpleNamespace:
    return SimpleNamespace(title=title, start=Month("2017-07"), end=None, grade="B", source="a study", **fields)


def table(name: str, **levers: object) -> SimpleNamespace:
    return SimpleNamespace(scenario=SyntheticScenario(name, levers=levers), world=WORLD)


def test_levers_of_the_first_are_not_repeated_and_missing_ones_are_named() -> None:
    support, tariff = lever("Support"), lever("Tariff", strength=0.5)
    first, more, less = options_text([table("a", s=support), table("b", s=support, t=tariff), table("c")])
    assert [line.title for line in first.levers] == ["Support"]
    assert [line.title for line in more.levers] == ["Tariff"]
    assert more.lead == "As A, and in addition:"
    assert more.levers[0].dates == "from July 2017, strength 0.5"
    assert less.lead == "As A, without Support."


def test_what_a_lever_rests_on_is_called_its_source() -> None:
    """A figure of another time is not read as one of these runs."""
    rows = [InForce("strength", "B", "a study")]
    assert rests_on(rows, "B", "17 fellows in 2015").endswith(" Source: 17 fellows in 2015.")


def test_a_lever_with_an_end_runs_until_the_month_before() -> None:
    dated = lever("Tariff")
    dated.end = Month("2022-07")
    assert options_text([table("a", t=dated)])[0].levers[0].dates == "from July 2017 until June 2022"


def test_shocks_are_told_with_dates_settings_and_whom_they_are_for() -> None:
    ids, names = WORLD.innovations.ids, WORLD.innovations.names

    def with_shocks(name: str, **shocks: dict[str, object]) -> SimpleNamespace:
        made = {key: Shock.model_validate(shock).model_dump(mode="json") for key, shock in shocks.items()}
        resolved = {"name": name, "shocks": made}
        scenario = SimpleNamespace(**{**vars(SyntheticScenario(name)), "resolved": lambda: resolved})
        return SimpleNamespace(scenario=scenario, world=WORLD)

    common: dict[str, object] = {
        "start": "2023-11",
        "end": "2030-11",
        "mandate": 1,
        "targets": {"innovations": ids[:1]},
    }
    winter: dict[str, object] = {"start": "2020-03", "pressure": 0.25, "calendar_months": [1, 2]}
    tables = [with_shocks("a", data_platform=common), with_shocks("b", data_platform=common, winter=winter)]
    first, more, less = options_text([*tables, with_shocks("c")])
    assert first.shocks == [("Data platform", f"from November 2023 until October 2030, mandate 1.0, for {names[0]}")]
    assert more.shocks == [("Winter", "from March 2020, calendar months 1, 2, pressure 0.25")]
    assert more.lead == "As A, and in addition:"
    assert less.lead == "As A, without Data platform."
    assert more.settings == less.settings == []
    harder = with_shocks("d", data_platform={**common, "mandate": 0.5})
    assert options_text([tables[0], harder])[1].settings == ["shocks.data_platform.mandate: 0.5 instead of 1.0"]


def test_settings_that_differ_are_listed_by_key() -> None:
    one = {"name": "a", "parameters": {"c0": 2.0, "p": 1}, "levers": {"s": {"strength": 1.0}, "new": {"x": 1}}}
    other = {"name": "b", "parameters": {"c0": 4.0, "p": 1}, "levers": {"s": {"strength": 0.5}}}
    assert differing_settings(one, other) == [
        "levers.s.strength: 1.0 instead of 0.5",
        "parameters.c0: 2.0 instead of 4.0",
    ]
    many = {str(i): i for i in range(20)}
    assert differing_settings(many, {})[-1] == "and 8 more, see the manifest"


def test_lists_and_keys_are_told_in_words() -> None:
    own = {"pilot_sites": ["RM3", "RW3"], "kind": "digital", "live_month": 33, "name": "Own app"}
    line = departure_line(Departure("world.more_innovations.own-app", own, None))
    assert line.value == "Own app (pilot sites RM3, RW3; kind digital; live in month 33)"
    assert line.added
    changed = departure_line(Departure("levers.x.targets.innovations", ["own-app"], ["a", "b"]))
    assert (changed.value, changed.packaged, changed.added) == ("own-app", "a, b", False)
    assert not departure_line(Departure("policy_start", "2017-07", None)).added
    texts = [
        value_words(each) for each in ([], {}, None, True, 0.5, [{"unit_cost_gbp": 3}, {"a": None}], {"name": "A"})
    ]
    assert texts == ["none", "none", "not set", "true", "0.5", "(unit cost GBP 3), (a not set)", "A"]
