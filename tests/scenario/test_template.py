"""A new scenario file says what was typed, whatever it looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion.errors import InputError
from diffusion.reading.yaml_lines import load_yaml
from diffusion.scenario.load import load_scenario
from diffusion.scenario.template import write_new

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", ["null", "1e3", "yes", "123", "2017-07", "mine"])
def test_a_title_stays_text(tmp_path: Path, name: str) -> None:
    data = load_yaml(write_new(name, "baseline", load_scenario("baseline"), tmp_path)).data
    assert isinstance(data, dict)
    assert isinstance(data["title"], str)


@pytest.mark.parametrize("name", ["con", "NUL", "aux.old", "a.", "lpt1", "x/com1", "x" * 200, "../evil", "a\nb"])
def test_a_name_that_no_file_can_have_everywhere_is_refused_with_one_that_can(tmp_path: Path, name: str) -> None:
    base = load_scenario("baseline")
    with pytest.raises(InputError) as refused:
        write_new(name, "baseline", base, tmp_path)
    assert not list(tmp_path.iterdir())
    said = str(refused.value.suggestion).removeprefix("try ")
    assert write_new(said, "baseline", base, tmp_path).is_file()
