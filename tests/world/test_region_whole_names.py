"""What names a region: its code, its whole name, a part that no other has."""

from __future__ import annotations

import pytest

from diffusion.errors import InputError
from diffusion.scenario.load import load_scenario
from diffusion.world.regions import find_region, groups_of
from diffusion.world.tables import World


@pytest.fixture(scope="module")
def world() -> World:
    return load_scenario("baseline").build_world()


def test_every_whole_name_names_its_region_or_the_codes_of_those_that_have_it(world: World) -> None:
    groups, shared = (
        groups_of(world),
        {"Greater Manchester": ("GM", "QOP"), "North East and North Cumbria": ("NENC", "QHM")},
    )
    for group in groups:
        if group.title not in shared:
            assert find_region(group.title.upper(), world) == group
            continue
        with pytest.raises(InputError, match="2 regions have") as found:
            find_region(group.title, world)
        assert all(code in str(found.value) for code in shared[group.title])
    assert set(shared) < {group.title for group in groups}


@pytest.mark.parametrize(
    ("text", "code"),
    [("qsl", "QSL"), ("somerset", "QSL"), ("Wessex", "WX"), ("surrey sussex", "KSS"), ("swindon", "QOX")],
)
def test_a_whole_name_goes_before_a_part_of_others(world: World, text: str, code: str) -> None:
    assert find_region(text, world).code == code
