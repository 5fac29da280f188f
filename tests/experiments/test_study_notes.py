"""A study tells before it runs which scenarios, settings, factors and draws of it can do nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from diffusion.experiments.searches.study_notes import study_notes
from diffusion.experiments.study import load_study, make_design
from support.felt import ENGLAND, OFF, bits, written

pytestmark = pytest.mark.unit


def study(folder: Path, **content: Any) -> Path:
    written(folder, "base", extends="baseline", months=24, policy_start="2015-07", world=ENGLAND, levers=OFF)
    path = folder / "study.yaml"
    given = {"title": "s", "scenarios": ["base.yaml"], "replicates": 2, "design": "full grid", **content}
    path.write_text(yaml.safe_dump(given, sort_keys=False))
    return path


def told(path: Path) -> list[str]:
    loaded = load_study(path)
    return study_notes(loaded, make_design(loaded))


def test_a_factor_that_no_draw_feels_is_told(tmp_path):
    (note, again) = told(study(tmp_path, factors={"parameters.supply.launch_months": [12, 24]}))
    assert note.startswith("factor parameters.supply.launch_months does nothing in any draw: people are not")
    assert again == "1 of 2 draws can only give the results of an earlier draw, to the bit: 1 as 0"


def test_a_factor_that_another_switches_on_is_not(tmp_path):
    factors = {"parameters.exposure.hill_theta": [0.1, 0.4], "parameters.exposure.response": ["linear", "hill"]}
    notes = told(study(tmp_path, factors=factors))
    assert not any(text.startswith("factor") for text in notes)
    assert any(text.startswith("1 of 4 draws can only give") for text in notes)  # theta where the response is linear


def test_draws_said_to_be_alike_are_alike_to_the_bit(tmp_path):
    factors = {"parameters.exposure.hill_theta": [0.1, 0.4], "parameters.exposure.response": ["linear", "hill"]}
    design = make_design(load_study(study(tmp_path, factors=factors)))
    runs = [bits(design.scenario(0, draw), 2) for draw in range(design.n_draws)]
    (note,) = [text for text in study_notes(design.study, design) if "draws can only" in text]
    one, two = (int(number) for number in note.rsplit(": ", 1)[1].split(" as "))
    assert runs[one] == runs[two]
    assert len({tuple(run) for run in runs}) == 3


def test_points_that_say_the_same_are_told(tmp_path):
    (tmp_path / "points.csv").write_text("push\n0.03\n0.05\n0.03\n")
    factors = {"push": {"keys": ["parameters.awareness.push_per_month"]}}
    notes = told(study(tmp_path, design={"method": "points", "file": "points.csv"}, factors=factors))
    assert notes == ["1 of 3 draws can only give the results of an earlier draw, to the bit: 2 as 0"]


def test_a_column_with_one_value_is_told(tmp_path):
    (tmp_path / "points.csv").write_text("push,peer\n0.03,0.5\n0.05,0.5\n")
    factors = {name: {"keys": [f"parameters.awareness.{name}_per_month"]} for name in ("push", "peer")}
    notes = told(study(tmp_path, design={"method": "points", "file": "points.csv"}, factors=factors))
    assert "factor peer: all 2 draws have the value 0.5" in notes


def test_scenarios_and_settings_of_a_study_are_told(tmp_path):
    written(tmp_path, "late", extends="base.yaml", levers={"expo": {"start": "2031-01"}})
    path = study(tmp_path, scenarios=["base.yaml", "late.yaml"], set={"parameters.supply.launch_months": 12})
    notes = told(path)
    assert any(text.startswith("set: parameters.supply.launch_months = 12 does nothing: people are") for text in notes)
    assert any("scenario late.yaml: levers.expo starts in 2031-01" in text for text in notes)
    assert any("late.yaml can only give the results of base.yaml" in text for text in notes)


def test_validate_show_and_sweep_all_tell(tmp_path, command_line):
    path = str(study(tmp_path, factors={"parameters.supply.launch_months": [12, 24]}))
    said = "parameters.supply.launch_months does nothing"
    assert said in " ".join(command_line("studies", "validate", path)[1].split())
    code, _, err = command_line("sweep", "run", path, "--threads", "--jobs", "1", "--out", "out")
    assert (code, said in " ".join(err.split())) == (0, True)
