"""What is in use when a run begins is acted on like all else: notes on a world with a past are true to the bit."""

from __future__ import annotations

import pytest

from diffusion.errors import InputError
from diffusion.scenario.load import load_scenario
from support.felt import as_text, bits, notes, notes_on, other_values, told, written

pytestmark = pytest.mark.integration

FEW = "months=4"
#: from the months before the run on: a mandate on what is in use long before the scenario begins
SHOCKS = (
    "shocks.records-programme.end=2036-03",
    "shocks.records-programme.end=2025-06",
    "shocks.records-programme.end=2020-05",
    "shocks.records-programme.start=2010-01",
    "shocks.records-programme.start=2030-01",
    "shocks.records-programme.mandate=0",
    "shocks.records-programme.strength=0",
    "shocks.records-programme.priority=3",
    "shocks.records-programme.pressure=0.3",
    "shocks.records-programme.calendar_months=[4]",
    "shocks.records-programme.targets.sectors=[ambulance]",
    "shocks.records-programme.targets.innovations=[virtual-wards]",
    "shocks.data-platform-programme.mandate=0",
    "shocks.data-platform-programme.end=2040-01",
)


def test_what_is_said_of_a_shock_is_true_to_the_bit():
    settings = [each for each in SHOCKS if "2030-01" not in each]
    before = bits(load_scenario("england-2025", [FEW]), 1)
    found = {}
    for setting in settings:
        extra = [] if "end=2020-05" not in setting else ["shocks.records-programme.start=2012-01"]
        base = before if not extra else bits(load_scenario("england-2025", [FEW, *extra]), 1)
        same = bits(load_scenario("england-2025", [FEW, *extra, setting]), 1) == base
        said = [text for text in notes("england-2025", FEW, *extra, setting) if f"--set {setting} does nothing" in text]
        assert same or not said, said
        found[setting] = same, bool(said)
    assert any(same for same, _ in found.values())
    assert found["shocks.data-platform-programme.mandate=0"] == (False, False)
    assert found["shocks.records-programme.start=2010-01"] != (True, False)


def test_the_programmes_of_2025_are_felt_over_the_whole_of_a_run():
    for setting in ("shocks.records-programme.end=2036-03", "shocks.data-platform-programme.mandate=0"):
        assert told("england-2025", setting) == []


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("shocks.records-programme.strength=0", "has a strength of 0"),
        ("shocks.records-programme.mandate=0", "it presses, pushes and mandates nothing"),
        (
            "shocks.data-platform-programme.calendar_months=[1,2,3,4,5,6,7,8,9,10,11,12]",
            "in force in the same months of the run",
        ),
    ],
)
def test_a_shock_that_does_nothing_is_told(setting, why):
    assert any(why in text and "does nothing" in text for text in notes("england-2025", setting))


def test_a_shock_that_mandates_is_felt_by_what_reads_mandates(tmp_path):
    """No lever mandates anything here; a shock does."""
    shock = {"emergency": {"start": "2016-01", "mandate": 1}}
    path = written(tmp_path, "shock", extends="baseline", months=24, shocks=shock)
    before = bits(load_scenario(path), 1)
    for key in ("awareness.mandate_per_month", "triage.mandate_per_month", "heterogeneity.compliance_sd"):
        setting = f"parameters.{key}=0.9"
        assert bits(load_scenario(path, [setting]), 1) != before
        assert told(path, setting) == []


BY_NOBODY = {"awareness": {"push_per_month": 0, "peer_per_month": 0}}
#: felt by those in use at the start, although nobody ever moves by himself
IN_USE = (
    "attributes.innovativeness_sd=0.9",
    "rollout.complexity_ratio=3",
    "abandonment.scale_per_month=0.05",
    "use.in_use_threshold=0.9",
)


def test_what_is_in_use_at_the_start_is_felt_where_nobody_becomes_aware(tmp_path):
    path = tmp_path / "portfolio.yaml"
    path.write_text(
        "innovations:\n  - {id: app, name: App, kind: digital, initial_sites_max: 0, initial_sites_min: 0, "
        "early_use_share: 0, needs_pilot: true, live_from: 2010-01, opening_users: 40 of 100 in 2015-01}\n",
        encoding="utf-8",
    )
    world = {"innovations": "portfolio.yaml"}
    levers = {"ahsn-support": {"enabled": False}}
    own = written(tmp_path, "past", extends="baseline", months=30, world=world, parameters=BY_NOBODY, levers=levers)
    before, felt = bits(load_scenario(own), 1), 0
    for key in IN_USE:
        setting = f"parameters.{key}"
        same = bits(load_scenario(own, [setting]), 1) == before
        assert same or told(own, setting) == [], setting
        felt += not same
    assert felt >= 3


@pytest.mark.slow
def test_a_note_on_a_setting_of_any_lever_of_2025_is_true_to_the_bit():
    base = load_scenario("england-2025", [FEW])
    before, false_alarms, said = bits(base, 1), [], 0
    for lever, now in base.levers.items():
        for name, info in type(now).model_fields.items():
            plausible = (info.json_schema_extra or {}).get("plausible", (None, None))  # type: ignore[union-attr]
            for value in other_values(getattr(now, name), plausible):  # type: ignore[arg-type]
                setting = f"levers.{lever}.{name}={as_text(value)}"
                try:
                    changed = load_scenario("england-2025", [FEW, setting])
                except InputError:
                    continue
                note = [text for text in notes_on(changed) if f"--set {setting} does nothing" in text]
                said += bool(note)
                if note and bits(changed, 1) != before:
                    false_alarms.append((setting, note))
    assert false_alarms == []
    assert said > 5
