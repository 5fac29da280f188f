"""From when the years of an answer count: from the policies, or from when an innovation became available."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diffusion.analysis.economics.appraisal import Ratio
from diffusion.analysis.results.asked import Target, ask
from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.calendar import Month
from diffusion.experiments.running.runner import compare
from diffusion.report.page.costs_section import ratio_cell
from diffusion.report.words.answer import date_words
from diffusion.report.words.labels import policy_start_of
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit

LATE = {"name": "Own app", "kind": "digital", "live_month": 33, "pilot_sites": ["RM3"]}


@pytest.fixture(scope="module")
def runs() -> list[ResultTables]:
    world = {"more_innovations": {"own-app": LATE}}
    scenario = Scenario(title="own", start="2015-07", policy_start="2017-07", months=60, world=world)
    return list(compare([scenario], 2))


def test_years_count_from_when_an_innovation_became_available(runs: list[ResultTables]) -> None:
    late = ask(runs, Target("innovation", "own-app", "Own app"))
    assert late.since == Month("2018-04")
    assert late.from_live
    assert [date.entry for date in late.dates] == [33 + 24, 60]
    assert date_words(late, late.dates[0], int(Month("2015-07"))) == (
        "2 years after it became available, in March 2020"
    )


def test_years_count_from_the_policies_of_all_that_was_there_before(runs: list[ResultTables]) -> None:
    first = runs[0].world.innovations.ids[0]
    for target in (Target(), Target("innovation", first, "First"), Target("kind", "digital", "digital ones")):
        asked = ask(runs, target)
        assert asked.since == Month("2017-07")
        assert not asked.from_live
        assert date_words(asked, asked.dates[0], int(Month("2015-07"))) == "2 years on, in June 2019"


def test_nothing_begins_in_a_scenario_alone_without_policies(runs: list[ResultTables]) -> None:
    assert policy_start_of(runs) is None


def test_a_ratio_is_pale_where_its_interval_holds_no_gain() -> None:
    found = Ratio(2.28, 0.28, 11.31)
    assert not ratio_cell(found, 2, neutral=1.0).clear
    assert ratio_cell(found, 2, neutral=0.0).clear
    assert ratio_cell(replace(found, low95=1.2), 2, neutral=1.0).clear
    assert ratio_cell(found, 2, neutral=1.0).text == "2.28"
