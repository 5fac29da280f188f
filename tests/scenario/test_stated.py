"""Sets that a scenario states and that are more than what is eligible: each is told, with how many and which."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError
from diffusion.scenario.check import check_scenario
from diffusion.scenario.initial import initial_pairs
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.building.build import build_world
from support.felt import notes, written

pytestmark = pytest.mark.unit
WORLD = build_world()


def adopting(tmp_path, **adopters):
    return written(tmp_path, "own", extends="baseline", initial={"adopters": adopters})


def test_a_count_beyond_the_eligible_trusts_is_told(tmp_path):
    (note,) = notes(adopting(tmp_path, count=233, innovations=["nervecentre"]))
    able = int(WORLD.eligible[:, WORLD.innovations.ids.index("nervecentre")].sum())
    assert note.startswith(f"initial.adopters.count: {233 - able} of 233 pairs stated cannot adopt and are left out")
    assert f"nervecentre begins with {able} of 233" in note
    assert "own.yaml:5" in note


def test_codes_of_trusts_of_the_wrong_sector_are_told_by_name(tmp_path):
    (note,) = notes(adopting(tmp_path, codes=["RJ1", "RYA"], innovations=["nervecentre"]))
    assert "1 of 2 pairs stated cannot adopt" in note
    assert "1 of 2 trusts begin with none: RYA" in note


def test_adopters_that_cannot_be_meant_are_an_error(tmp_path):
    for adopters in (
        {"codes": ["RYA"], "innovations": ["nervecentre"]},
        {"codes": ["RYA", "RX6"], "innovations": ["nic"]},
    ):
        with pytest.raises(InputError, match="none of these trusts can adopt") as raised:
            check_scenario(load_scenario(adopting(tmp_path, **adopters)))
        assert raised.value.line == 5
    assert check_scenario(load_scenario(adopting(tmp_path, count=0)))  # the advice works


def test_adopters_of_what_is_not_on_the_market_yet_are_told(tmp_path):
    (note,) = notes(adopting(tmp_path, codes=["RJ1"], innovations=["pipeline-drug-c"]))
    assert "1 of 1 innovations begin with adopters although they are not on the market in 2015-07" in note


def test_names_that_stand_twice_are_told(tmp_path):
    (note,) = notes(adopting(tmp_path, codes=["RJ1", "RJ1"], innovations=["nervecentre"]))
    assert "initial.adopters.codes: 1 of 2 stand twice, which does nothing: RJ1" in note
    targets = {"trusts": ["RJ1", "RJ1"]}
    own = written(tmp_path, "own", extends="baseline", levers={"expo": {"start": "2015-07", "targets": targets}})
    assert any("levers.expo.targets.trusts: 1 of 2 stand twice" in text for text in notes(own))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_left_out_of_adopters_is_counted_and_never_silent(data):
    codes = data.draw(st.lists(st.sampled_from(WORLD.trusts.codes), min_size=1, max_size=6, unique=True))
    names = data.draw(st.lists(st.sampled_from(WORLD.innovations.ids), min_size=1, max_size=4, unique=True))
    initial = {"adopters": {"codes": codes, "innovations": names}}
    scenario = Scenario.model_validate({"title": "t", "initial": initial})
    stated, eligible = len(codes) * len(names), int(initial_pairs(scenario.initial.adopters, WORLD).sum())
    from diffusion.scenario.felt.notes import notes_of

    if eligible == 0:
        with pytest.raises(InputError, match="none of these trusts"):
            check_scenario(scenario)
        return
    told = [text for text in notes_of(scenario, check_scenario(scenario)) if "pairs stated cannot adopt" in text]
    assert bool(told) == (eligible < stated)
    if told:
        assert re.search(rf"{stated - eligible} of {stated} pairs", told[0])


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ({"trusts": ["RYA", "RJ1"], "innovations": ["nervecentre"]}, "targets.trusts: 1 of 2 hold no pair.*: RYA"),
        ({"sectors": ["acute", "ambulance"], "innovations": ["nervecentre"]}, "targets.sectors: 1 of 2.*: ambulance"),
        ({"innovations": ["nic", "pipeline-pathway-b"]}, "targets.innovations: 1 of 2.*: pipeline-pathway-b"),
        ({"kinds": ["device", "drug"], "cohorts": ["nia-2015"]}, "targets.kinds: 1 of 2.*: drug"),
    ],
)
def test_targets_that_reach_nobody_are_told_one_by_one(tmp_path, targets, said):
    own = written(
        tmp_path, "own", extends="baseline", months=40, levers={"expo": {"start": "2015-07", "targets": targets}}
    )
    (note,) = [text for text in notes(own) if "hold no pair" in text]
    assert re.search(said, note)
    assert "own.yaml:" in note


@pytest.mark.parametrize(
    "lever",
    [
        {"expo": {"targets": {"trusts": ["ZZZ"]}}},
        {"expo": {"targets": {"regions": ["Atlantis"]}}},
        {"expo": {"targets": {"innovations": ["perpetual-motion"]}}},
        {"expo": {"targets": {"cohorts": ["nia-2035"]}}},
        {"healthy-new-towns": {"towns": ["Camelot"]}},
        {"local-first": {"lead_ics": ["Q00"]}},
    ],
)
def test_names_that_are_not_there_are_errors_with_their_line(tmp_path, lever):
    own = written(tmp_path, "own", extends="baseline", levers=lever)
    with pytest.raises(InputError) as raised:
        check_scenario(load_scenario(own))
    assert raised.value.line is not None
    assert raised.value.suggestion


def test_towns_without_a_trust_and_sites_that_cannot_be_found_are_counted(tmp_path):
    levers = {"healthy-new-towns": {"start": "2016-03", "radius_km": 5}, "test-beds": {"sites_per_wave": 40}}
    told = notes(written(tmp_path, "own", extends="baseline", levers=levers))
    assert any(
        re.search(r"healthy-new-towns: \d+ of 10 towns have no trust it targets within 5 km", text) for text in told
    )
    assert any(re.search(r"test-beds: \d+ of 40 sites can be found", text) for text in told)
