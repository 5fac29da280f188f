"""Regions by name, code or a list of trusts: letter case does not count, and the likeliest are told by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from diffusion.errors import InputError
from diffusion.scenario.load import load_scenario
from diffusion.world.regions import find_region
from diffusion.world.tables import World

pytestmark = pytest.mark.unit


@cache
def world() -> World:
    return load_scenario("baseline").build_world()


def test_a_list_in_small_letters_is_the_same_list(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("rm3\nRW3\n", encoding="utf-8")
    assert find_region(str(tmp_path / "mine.txt"), world()).trusts == ("RM3", "RW3")
    (tmp_path / "mine.txt").write_text("rm3\nRM3\n", encoding="utf-8")
    with pytest.raises(InputError, match="'RM3' is given twice"):
        find_region(str(tmp_path / "mine.txt"), world())


@pytest.mark.parametrize(
    ("written", "codes"),
    [("Manchster", ["GM", "QOP"]), ("Grater Manchester", ["GM", "QOP"]), ("wesex", ["WX"]), ("9999", [])],
)
def test_the_likeliest_regions_are_told_with_their_names(written: str, codes: list[str]) -> None:
    with pytest.raises(InputError) as found:
        find_region(written, world())
    advice = found.value.suggestion or ""
    assert [
        code for code in (*world().ahsns.codes, *world().trusts.ics_codes) if f"--region {code} (" in advice
    ] == codes
    assert all(find_region(code, world()).title in advice for code in codes)
    assert "QF7, " not in str(found.value)  # not every code there is
