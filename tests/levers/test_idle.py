"""Every lever in every way in which it can do nothing: told where it is so, and true to the bit where it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from diffusion.levers.registry import all_levers
from diffusion.scenario.check import check_scenario
from diffusion.scenario.load import load_scenario
from support.felt import ENGLAND, bits, notes, other_values, told, written

pytestmark = pytest.mark.integration

LEVERS = tuple(name for name, lever in all_levers().items() if lever.number)
START, MONTHS = "2015-07", 30
#: no trust is both; no innovation is both; drugs come on the market in month 13 at the earliest
NO_TRUST = {"sectors": ["ambulance"], "teaching": True}
NO_INNOVATION = {"kinds": ["drug"], "cohorts": ["nia-2015"]}
NOT_BORN = {"innovations": ["pipeline-device-c"]}
NOBODY = {"sectors": ["ambulance"], "innovations": ["episcissors-60"]}

OUT_OF_TIME: dict[str, dict[str, Any]] = {
    "strength 0": {"strength": 0.0},
    "over before the run": {"start": "2010-01", "end": "2015-01"},
    "over in its first month": {"start": "2010-01", "end": START},
    "after the run": {"start": "2018-01"},
}
FOR_NOBODY: dict[str, dict[str, Any]] = {
    "no trust": NO_TRUST,
    "no innovation": NO_INNOVATION,
    "not born": NOT_BORN,
    "no eligible pair": NOBODY,
}
#: what a lever pays whoever it concerns, to be switched off so that nothing is left of it
COSTS = {
    "annual_cost_gbp": 0, "cost_gbp_per_year": 0, "cost_gbp": 0, "prize_gbp": 0, "site_cost_gbp_per_year": 0,
    "grant_gbp_per_year": 0, "budget_first_gbp_per_year": 0, "budget_last_gbp_per_year": 0,
}  # fmt: skip


#: settings with which something comes of a lever in a small world
OWN: dict[str, dict[str, Any]] = {
    "best-practice-tariff": {"targets": {"innovations": ["device-a", "pathway-a"]}},
    "medtech-funding-mandate": {"saves_within_months": 36, "probability": 0.6},  # little saves within a year
}


def scenario_of(folder: Path, lever: str, settings: dict[str, Any]) -> Path:
    parameters = {"supply": {"doctors": 200, "other_professions": 50}} if lever == "clinical-entrepreneurs" else {}
    own = OWN.get(lever, {})
    return written(
        folder,
        lever,
        extends=["baseline", f"levers/{lever}"],
        months=MONTHS,
        world=ENGLAND,
        parameters=parameters,
        levers={"ahsn-support": {"enabled": False}, lever: {"start": START, "enabled": True, **own, **settings}},
    )


def without(path: Path, lever: str) -> list[bytes]:
    return bits(load_scenario(path, [f"levers.{lever}.enabled=false"]))


def nothing_of(path: Path, lever: str) -> list[str]:
    return [text for text in notes(path) if text.startswith(f"levers.{lever} ") and "does nothing" in text]


@pytest.mark.parametrize("how", OUT_OF_TIME)
@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_out_of_time_is_told_in_the_same_words(tmp_path, lever, how):
    (note,) = nothing_of(scenario_of(tmp_path, lever, OUT_OF_TIME[how]), lever)
    assert note.split(" (")[0].endswith("it does nothing")
    assert f"{lever}.yaml:" in note


@pytest.mark.parametrize("how", FOR_NOBODY)
@pytest.mark.parametrize("lever", LEVERS)
def test_a_lever_for_nobody_is_told_and_does_nothing_exactly_where_that_is_said(tmp_path, lever, how):
    kind = all_levers()[lever]
    for costs in ({}, {name: value for name, value in COSTS.items() if name in kind.model_fields}):
        if lever == "structures-and-tools":
            costs = {}  # effect is not to be had for nothing there
        path = scenario_of(tmp_path, lever, {"targets": FOR_NOBODY[how], **costs})
        idle = nothing_of(path, lever)
        identical = bits(load_scenario(path)) == without(path, lever)
        if idle:
            assert identical, idle
        told_of = [text for text in notes(path) if f"levers.{lever}" in text]
        if identical:
            assert idle, told_of
        reads = {"no trust": kind.reads_trusts, "no innovation": kind.reads_innovations, "not born": True}
        if not idle and reads.get(how, kind.reads_trusts):
            assert told_of, "its targets are nobody, and that is not said"


@pytest.mark.slow
@pytest.mark.parametrize("lever", LEVERS)
def test_a_note_on_a_setting_of_a_lever_is_true_to_the_bit(tmp_path, lever):
    path = scenario_of(tmp_path, lever, {})
    base = load_scenario(path)
    assert check_scenario(base)
    before, now = bits(base), base.levers[lever]
    settings = [
        f"levers.{lever}.{name}={value}"
        for name, info in type(now).model_fields.items()
        if name != "targets"
        for value in other_values(getattr(now, name), (info.json_schema_extra or {}).get("plausible", (None, None)))
    ]
    targets = (
        "sectors=[ambulance]",
        "teaching=true",
        "kinds=[drug]",
        "innovations=[pipeline-device-c]",
        "regions=[London]",
    )
    settings += [f"levers.{lever}.targets.{text}" for text in targets]
    false_alarms, silent = [], []
    for setting in settings:
        try:
            changed = load_scenario(path, [setting])
        except Exception:
            continue
        same = bits(changed) == before
        said = told(path, setting)
        if said and not same:
            false_alarms.append((setting, said))
        if same and not said:
            silent.append(setting)
    assert false_alarms == []
    assert len(silent) <= len(settings) / 3, silent  # rare events that a small world misses


@pytest.mark.unit
def test_local_first_without_leads_says_what_is_left_of_it(tmp_path):
    levers = {"local-first": {"start": "2015-07", "lead_centres": 50}}
    path = written(tmp_path, "no-centres", extends="baseline", levers=levers)
    (note,) = [text for text in notes(path) if "there are no leads" in text]
    assert "only the push on triage after release is felt" in note
    short = written(tmp_path, "short", extends="baseline", months=30, levers=levers)
    (note,) = nothing_of(short, "local-first")
    assert "there are no leads" in note


@pytest.mark.unit
def test_a_fellowship_without_its_cohort_names_those_that_there_are(tmp_path):
    path = written(tmp_path, "own", extends="baseline", levers={"accelerator": {"cohort": "nia-2035"}})
    assert any("no innovation is of the cohort 'nia-2035'" in text and "nia-2015" in text for text in notes(path))


@pytest.mark.unit
def test_waves_outside_the_run_are_counted(tmp_path):
    waves = {"waves": ["2016-05", "2018-10", "2031-01"], "start": "2016-05"}
    path = written(tmp_path, "own", extends="baseline", levers={"test-beds": waves})
    assert any("1 of 3 waves have no month in the run: wave 3 (2031-01)" in text for text in notes(path))
