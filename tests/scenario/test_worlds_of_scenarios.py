"""Packaged scenarios and worlds: what is compared with what, and what is said of a start that a world does not fit."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from diffusion.analysis.results.joining import check_joinable
from diffusion.errors import InputError
from diffusion.report.words.limits import misfits
from diffusion.scenario.check import check_scenario
from diffusion.scenario.felt.notes import notes_of, number_of_nothing
from diffusion.scenario.load import load_scenario
from diffusion.scenario.sources import scenario_names
from support.felt import notes, written

pytestmark = pytest.mark.integration

FULL = [name for name in scenario_names() if not name.startswith("levers/")]


def test_a_scenario_that_declares_what_it_is_compared_with_can_be_compared_with_it():
    declared = {name: load_scenario(name) for name in FULL}
    pairs = [(name, one) for name, one in declared.items() if one.baseline is not None]
    assert len(pairs) > 3
    for name, one in pairs:
        # other months are no reason: the error says which to set
        two = load_scenario(str(one.baseline), [f"months={one.months}", f"start={one.start}"])
        assert check_joinable([one, two], [one.build_world(), two.build_world()]) is None, name


def test_two_worlds_are_told_before_their_dates(tmp_path):
    one, two = load_scenario("england-2025"), load_scenario("baseline")
    with pytest.raises(InputError, match="stand on two worlds, england-2017 and england-2025") as told:
        check_joinable([one, two], [one.build_world(), two.build_world()])
    assert "--set" not in str(told.value.suggestion)
    assert "diffusion run baseline, and hold the two results against each other: diffusion diff" in str(
        told.value.suggestion
    )


def test_scenarios_with_and_without_mergers_are_pointed_to_what_works():
    one, two = load_scenario("baseline"), load_scenario("england-2015-2025")
    with pytest.raises(InputError, match="same trusts that merge") as told:
        check_joinable([one, two], [one.build_world(), two.build_world()])
    assert "diffusion diff" in str(told.value.suggestion)
    assert two.baseline is None


def test_half_of_the_networks_is_one_more_option(tmp_path, monkeypatch, command_line):
    """The recipe of the scenario's description: only the option named is halved."""
    monkeypatch.chdir(tmp_path)
    text = load_scenario("networks-end-2028").description
    recipe = next(line for line in text.split(": ") if line.strip().startswith("diffusion compare")).split()[1:]
    assert recipe[:3] == ["compare", "england-2025", "networks-end-2028"]
    few = ["--set", "months=40", "--replicates", "2", "--jobs", "1", "--out", "new"]
    code, _, err = command_line(*recipe, *few)
    assert code == 0, err
    manifest = json.loads((tmp_path / "new" / "manifest.json").read_text("utf-8"))
    shares = [
        (each["resolved"]["levers"]["ahsn-support"].get("later") or {}).get("share") for each in manifest["scenarios"]
    ]
    assert shares == [None, 0.0, 0.5]


def test_a_world_of_another_time_is_said_first():
    scenario = load_scenario("england-2025", ["start=2015-07", "months=60"])
    told = notes_of(scenario, check_scenario(scenario))
    assert "the trusts are those of April 2025" in told[0]
    assert len(told) > 4
    alone = load_scenario("baseline", ["start=2025-04", "months=12"])
    told = notes_of(alone, check_scenario(alone))
    assert "and a policy_start in the run" in told[0]
    assert number_of_nothing(told) >= 1
    (on_page,) = misfits([SimpleNamespace(scenario=alone, world=alone.build_world())])
    said = on_page[on_page.index("starts in") :].removesuffix(".")
    assert "policies that state no start begin in July 2017: set policy_start too" in said
    assert said in told[0]


def test_a_world_of_ones_own_is_not_given_up_for_a_packaged_one(tmp_path, monkeypatch, command_line):
    monkeypatch.chdir(tmp_path)
    assert command_line("worlds", "new", "plain")[0] == 0
    path = written(tmp_path, "own", months=6, world={"name": "plain"})
    (told,) = [text for text in notes(path) if "the trusts are those of" in text]
    assert "say start: 2025-04" in told
    assert "england" not in told
    assert [text for text in notes(path, "start=2025-04") if "the trusts are those of" in text] == []
    extended = written(tmp_path, "extended", extends="england-2025", months=6, world={"name": "plain"})
    assert check_scenario(load_scenario(extended)).n_trusts == 6
    said = [text for text in notes(extended) if "are left out" in text]
    assert len(said) == 2
    readme = (tmp_path / "plain" / "README.md").read_text("utf-8")
    assert "start: 2025-04" in readme
