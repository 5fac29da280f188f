"""Codes are opaque: what is said of an unknown one is never a guess by spelling, anywhere that codes are written."""

from __future__ import annotations

import csv
import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import diffusion as df
from diffusion.errors import InputError
from diffusion.paths import DATA
from diffusion.scenario.check import check_scenario
from diffusion.scenario.load import load_scenario
from diffusion.world.building.build import build_world
from diffusion.world.codes import LISTED_BY, code_hint
from diffusion.world.spec import WorldSpec
from support.felt import written

pytestmark = pytest.mark.unit
TRUSTS = build_world().trusts.codes


@given(st.text(alphabet="RXQJ0123456789AZaz ", min_size=1, max_size=5))
def test_no_code_is_suggested_for_how_it_is_spelled(code):
    said = code_hint(code, TRUSTS)
    named = [known for known in TRUSTS if known in said]
    if code.strip().casefold() in [known.casefold() for known in TRUSTS]:
        assert said == f"write '{code.strip().upper()}'"
    elif "took over from" in said or "went on in" in said:
        assert code.strip() in said
    else:
        assert named == []
        assert LISTED_BY in said


def test_a_trust_formed_later_is_told_by_those_it_took_over_from():
    assert code_hint("R0A", TRUSTS) == "R0A took over from RM2 and RW3 later: name them instead"


def test_a_trust_that_has_closed_is_told_by_the_one_in_which_it_goes_on():
    later = build_world(WorldSpec(name="england-2025")).trusts.codes
    assert code_hint("RW3", later) == "RW3 went on in R0A: name R0A instead"
    with (DATA / "worlds/england-2017/changes.csv").open(encoding="utf-8") as file:
        merged = [row["code"] for row in csv.DictReader(file) if row["kind"] == "merged"]
    closed = [code for code in dict.fromkeys(merged) if code not in later]
    assert len(closed) > 25
    for code in closed:  # from one merger to the next
        found = re.fullmatch(rf"{code} went on in (\w+): name (\w+) instead", code_hint(code, later))
        assert found is not None, code
        assert found[1] == found[2]
        assert found[1] in later


@pytest.mark.parametrize(
    "words",
    [
        ("innovations", "new", "own-app", "--scenario", "england-2025", "--pilot-sites", "R0A,RW3"),
        ("scenarios", "validate", "england-2025", "--set", "levers.expo.targets.trusts=[RW3]"),
        ("scenarios", "validate", "england-2025", "--set", "world.region=[R0A,RW3]"),
    ],
)
def test_a_closed_trust_is_known_wherever_it_is_written(tmp_path, monkeypatch, command_line, words):
    monkeypatch.chdir(tmp_path)
    if "expo" in words[-1]:
        words = ("scenarios", "validate", "england-2025+expo", *words[3:])
    code, _, err = command_line(*words)
    assert code == 2
    assert "RW3 went on in R0A: name R0A instead" in err


def test_codes_of_an_own_world_are_told_by_their_ends():
    assert code_hint("X9", ["A1", "B2", "C3"]) == "the codes are those of the scenario's own world, from A1 to C3"


def test_the_command_that_is_named_lists_every_code(command_line):
    code, out, _ = command_line(*shlex.split(LISTED_BY)[1:])
    assert code == 0
    listed = {line.split("\t")[0] for line in out.splitlines()}
    world = build_world()
    assert listed == {*world.trusts.codes, *world.ahsns.codes, *world.trusts.ics_codes}


#: every place of a scenario that holds codes, with a code in place of UNKNOWN
PLACES: dict[str, dict[str, Any]] = {
    "targets.trusts": {"levers": {"expo": {"targets": {"trusts": ["UNKNOWN"]}}}},
    "targets.ahsns": {"levers": {"expo": {"targets": {"ahsns": ["UNKNOWN"]}}}},
    "targets.ics": {"levers": {"expo": {"targets": {"ics": ["UNKNOWN"]}}}},
    "lead_ics": {"levers": {"local-first": {"lead_ics": ["UNKNOWN"]}}},
    "initial.adopters.codes": {"initial": {"adopters": {"codes": ["UNKNOWN"]}}},
    "layers": {"world": {"layers": {"mine": {"file": "ties.csv"}}}},
}


@pytest.mark.parametrize("code", ["R0A", "RJ11", "QOO", "rya", "London"])
@pytest.mark.parametrize("place", PLACES)
def test_wherever_a_code_is_written_nothing_is_said_by_spelling(tmp_path, place, code):
    import json

    content = json.loads(json.dumps(PLACES[place]).replace("UNKNOWN", code))
    (tmp_path / "ties.csv").write_text(f"source,target\n{code},RJ1\n")
    path = written(tmp_path, "own", extends="baseline", **content)
    with pytest.raises(InputError) as raised:
        check_scenario(load_scenario(path))
    said = str(raised.value)
    assert "did you mean" not in said
    assert any(hint in said for hint in (LISTED_BY, "took over from", f"write '{code.upper()}'"))
    assert raised.value.line is not None


def test_agents_are_not_found_by_spelling_either():
    model = df.DiffusionModel(load_scenario("baseline"))
    for find in (model.trust, model.ahsn):
        with pytest.raises(InputError) as raised:
            find("RJ11")
        assert "did you mean" not in str(raised.value)
