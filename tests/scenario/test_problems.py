"""Errors at another place, what parameters state of themselves, and what loading a scenario's models costs."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import BaseModel

from diffusion.engine.parameters import Section, Stated, describe_section, param, stated
from diffusion.errors import InputError
from diffusion.scenario.plausible import outside
from diffusion.scenario.problems import InputErrors
from diffusion.world.spec import LayerSpec, SyntheticSpec, WorldSpec

pytestmark = pytest.mark.unit


def test_an_error_at_another_place_keeps_what_is_not_given():
    error = InputError("wrong", file="a.csv", line=3, key="size", expected="a number", suggestion="try 1")
    assert str(error.at()) == str(error)
    assert str(error.at("b.yaml", 7)) == "b.yaml:7: size: wrong; expected a number; try 1"
    assert str(error.at(key="world.size", suggestion="try 2")) == (
        "a.csv:3: world.size: wrong; expected a number; try 2"
    )
    assert str(error) == "a.csv:3: size: wrong; expected a number; try 1"
    assert str(InputError("wrong").at("b.yaml", 7, "size")) == "b.yaml:7: size: wrong"


def test_several_errors_move_together():
    errors = InputErrors([InputError("one", key="a"), InputError("two", key="b")])
    assert str(errors.at("b.yaml", 7)) == "b.yaml:7: a: one\nb.yaml:7: b: two"


class OwnSection(Section):
    """Ranges open on one side or both."""

    open_above: float = param(1.0, "no upper end", unit="1", low=0.5)
    open_below: float = param(1.0, "no lower end", unit="months", high=2)
    open_both: float = param(1.0, "no range", unit="1")
    left_out: float | None = param(None, "may be left out", unit="1", low=0, high=1, lt=5)
    whole: int = param(3, "counted", unit="1", low=1, high=4, grade="B", source="a study", symbol="n")
    plain: float = 1.0


def test_a_range_may_be_open_on_one_side():
    section = OwnSection(open_above=0.25, open_below=3.0, open_both=-9.0)
    assert list(outside(section, "own")) == [
        "own.open_above = 0.25 lies outside its plausible range, 0.5 or more",
        "own.open_below = 3 lies outside its plausible range, 2 or less (months)",
    ]
    with pytest.raises(ValueError, match="less than 5"):
        OwnSection(left_out=5.0)
    with pytest.raises(ValueError, match="finite"):
        OwnSection(open_above=float("inf"))


def test_a_parameter_says_what_was_declared():
    rows = {row.name: row for row in describe_section("own", OwnSection)}
    assert list(rows) == [name for name in OwnSection.model_fields if name != "plain"]
    assert (rows["whole"].default, rows["whole"].description, rows["left_out"].default) == (3, "counted", None)
    assert stated(OwnSection.model_fields["whole"]) == Stated("1", 1, 4, "B", "a study", "n")
    assert stated(OwnSection.model_fields["plain"]) is None


@pytest.mark.parametrize("model", [WorldSpec, LayerSpec, SyntheticSpec])
def test_every_key_of_a_world_is_described(model: type[BaseModel]):
    assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_models_of_scenarios_load_nothing_heavy():
    code = (
        "import sys, diffusion.levers.registry, diffusion.mechanisms.parameters, diffusion.scenario.load;"
        "diffusion.levers.registry.all_levers();"
        "print([m for m in ('scipy', 'pandas', 'networkx', 'numba', 'mesa', 'rich') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
