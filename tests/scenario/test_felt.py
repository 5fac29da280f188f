"""What of a scenario can do nothing is told before it runs, wherever it comes from, and with why."""

from __future__ import annotations

import pytest

from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.parameters import all_parameters
from diffusion.scenario.check import check_scenario
from diffusion.scenario.felt.notes import Checked, notes_between, notes_of
from diffusion.scenario.load import load_scenario
from support.felt import ENGLAND, MIX, OFF, another, as_text, bits, notes, told, written

# --- Stacking switches on ---------------------------------------------------------------------------------------------


@pytest.mark.unit
def test_a_lever_stacked_on_a_scenario_that_has_it_off_is_on():
    assert load_scenario("no-programmes+ahsn-support").content_hash == load_scenario("baseline").content_hash
    assert notes("no-programmes+ahsn-support") == []


@pytest.mark.unit
@pytest.mark.parametrize("lever", [name for name, kind in all_levers().items() if kind.number])
def test_every_lever_can_be_switched_off_and_stacked_on_again(tmp_path, lever):
    off = written(tmp_path, "off", extends="baseline", levers={lever: {"enabled": False}})
    assert lever not in load_scenario(off).levers
    assert lever in load_scenario(f"{off}+{lever}").levers
    listed = written(tmp_path, "listed", extends=["off.yaml", f"levers/{lever}"])
    assert lever in load_scenario(listed).levers


@pytest.mark.unit
def test_what_a_file_says_of_a_lever_that_is_off_below_it_is_told(tmp_path):
    own = written(tmp_path, "own", extends="no-programmes", levers={"ahsn-support": {"strength": 2}})
    (note,) = notes(own)
    assert "levers.ahsn-support is switched off" in note
    assert "no-programmes.yaml" in note
    assert "own.yaml:4" in note
    on = written(tmp_path, "on", extends="no-programmes", levers={"ahsn-support": {"strength": 2, "enabled": True}})
    assert notes(on) == []
    assert load_scenario(on).levers["ahsn-support"].strength == 2  # the advice works


@pytest.mark.unit
def test_parts_that_switch_a_lever_on_and_off_are_refused_in_any_order(tmp_path):
    off = written(tmp_path, "off", levers={"local-first": {"enabled": False}})
    for stack in (f"baseline+{off}+local-first", f"baseline+local-first+{off}"):
        with pytest.raises(InputError, match="switches it off"):
            load_scenario(stack)


# --- Levers that do nothing: the cases --------------------------------------------------------------------------------

CASES = {
    "after": ({"local-first": {"start": "2031-01"}}, "starts in 2031-01, after the run has ended"),
    "before": ({"local-first": {"start": "2010-01", "end": "2015-01"}}, "is over by 2015-01, before the run"),
    "nobody": ({"local-first": {"targets": {"trusts": ["RYA"], "innovations": ["nervecentre"]}}}, "there are no leads"),
    "nothing": ({"local-first": {"strength": 0}}, "has a strength of 0"),
}


@pytest.mark.unit
@pytest.mark.parametrize("name", CASES)
def test_a_lever_before_or_after_the_run_or_for_nobody_is_told(tmp_path, command_line, name):
    levers, why = CASES[name]
    path = written(tmp_path, name, extends="baseline", levers=levers)
    (note,) = notes(path)
    assert "does nothing" in note
    assert why in note
    assert f"{name}.yaml:" in note
    code, out, _ = command_line("scenarios", "validate", str(path))
    assert code == 0
    assert "does nothing" in " ".join(out.split())


# --- Settings, parts, options -----------------------------------------------------------------------------------------

SETTINGS = {
    "parameters.awareness.push_per_month=0.017": "stands already",
    "parameters.supply.launch_months=12": "people are not followed",
    "parameters.exposure.hill_theta=0.3": "the response is linear, not hill",
    "parameters.exposure.threshold_count=3": "the response is linear, not count",
    "parameters.capacity.mandate_priority=5": "no lever in force mandates",
    "parameters.pilot.money_ended_months=6": "no lever in force pays for pilots",
    "parameters.burden.highest=4": "no burden is above",
    "policy_start=2016-01": "takes its start from it",
    "levers.ahsn-support.start=2012-01": "in the same months",
    "levers.ahsn-support.end=2040-01": "in the same months",
    "levers.ahsn-support.ramp_months=2": "full level when the run begins",
    "levers.ahsn-support.targets.sectors=[acute,ambulance,care_trust,community,mental_health,specialist]": "the same",
}


@pytest.mark.unit
@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_no_run_can_feel_is_told_with_why(setting):
    (note,) = told("baseline", setting)
    assert SETTINGS[setting] in note


@pytest.mark.unit
def test_a_setting_of_a_lever_whose_months_lie_beyond_the_run_is_told():
    (note,) = told("baseline+local-first", "levers.local-first.end=2035-01")
    assert "same months" in note
    late = ("months=30", "levers.local-first.transfer_weight=0.9")
    assert any("transfer_weight=0.9 does nothing: leads are released" in text
               for text in notes("local-first", "policy_start=2016-01", *late))  # fmt: skip


@pytest.mark.unit
def test_a_setting_that_can_be_felt_is_not_told():
    for setting in ("parameters.awareness.push_per_month=0.04", "levers.ahsn-support.strength=0.5", "months=60"):
        assert told("baseline", setting) == []


@pytest.mark.unit
def test_parts_of_a_stack_that_change_nothing_are_told(tmp_path):
    assert notes("baseline+ahsn-support") == ["+ahsn-support does nothing: that is what stands already"]
    assert notes("baseline+local-first+local-first") == ["+local-first stands twice: the second does nothing"]
    late = written(tmp_path, "late", levers={"expo": {"start": "2030-01"}})
    assert any(text.startswith(f"+{late} does nothing") for text in notes(f"baseline+{late}"))


@pytest.mark.unit
def test_a_file_that_changes_nothing_of_what_it_extends_is_told(tmp_path):
    same = written(tmp_path, "same", extends="baseline", parameters={"awareness": {"push_per_month": 0.017}})
    (note,) = notes(same)
    assert (
        note == "this file does nothing: its scenario can only give the results of baseline: no key of the two differs"
    )


@pytest.mark.unit
def test_keys_of_a_file_that_nothing_feels_are_told_with_their_line(tmp_path):
    own = written(tmp_path, "own", extends="baseline", months=60, parameters={"supply": {"launch_months": 12}})
    (note,) = notes(own)
    assert note.startswith("parameters.supply.launch_months does nothing: people are not followed")
    assert note.endswith("own.yaml:6)")


@pytest.mark.unit
def test_an_option_that_can_only_give_what_another_gives_is_told(tmp_path):
    path = written(tmp_path, "late", extends="baseline", levers={"expo": {"start": "2030-01"}})
    checked = [Checked(s, check_scenario(s)) for s in (load_scenario("baseline"), load_scenario(path))]
    (note,) = notes_between(checked)
    assert note.startswith("late can only give the results of baseline, to the bit: levers.expo: the lever starts in")
    assert notes_between([checked[0], Checked(s := load_scenario("tariff"), check_scenario(s))]) == []


@pytest.mark.unit
@pytest.mark.parametrize("name", ["baseline", "no-programmes", "tariff", "test-beds", "everything", "ecosystem-report"])
def test_what_comes_with_the_package_has_no_part_that_does_nothing(name):
    assert [text for text in notes(name) if "nothing" in text] == []


@pytest.mark.unit
def test_nothing_is_said_of_parameters_where_own_levers_may_read_them(tmp_path):
    import diffusion as df

    class Reader(df.Lever):
        name = "reads-what-it-likes"

        def write(self, month, see, terms, own, draws):  # type: ignore[no-untyped-def]
            terms.awareness_push.add(see.parameters.supply.margin)

    df.register(Reader)
    path = written(tmp_path, "own", extends="baseline", levers={"reads-what-it-likes": {"start": "2015-07"}})
    assert told(path, "parameters.supply.margin=0.9") == []


# --- Every parameter: identical to the bit exactly where it was told --------------------------------------------------

LIMITS = ("granovetter", "ring-lattice", "classic", "susceptible-infected")
WORLDS = {
    "mix": {"extends": "baseline", "months": 40, "world": MIX, "levers": OFF},
    "portfolio": {"extends": "baseline", "months": 60, "world": ENGLAND},
    "people": {
        "extends": ["baseline", "levers/clinical-entrepreneurs"], "months": 60, "policy_start": "2015-07",
        "world": MIX, "parameters": {"supply": {"doctors": 200, "other_professions": 80}},
    },
    "blind": {
        "extends": "baseline", "months": 40, "world": MIX, "levers": OFF,
        "parameters": {
            "triage": {"utility_weight": 0}, "evaluation": {"utility_weight": 0}, "pilot": {"utility_weight": 0},
            "abandonment": {"utility_weight": 0, "recall_per_month": 0}, "use": {"followed": False},
            "capacity": {"unlimited": True},
        },
    },
    "hill": {
        "extends": "baseline", "months": 40, "world": MIX, "levers": OFF,
        "parameters": {"exposure": {"response": "hill"}},
    },
    "threshold": {
        "extends": "baseline", "months": 40, "world": MIX, "levers": OFF,
        "parameters": {"exposure": {"response": "threshold"}},
    },
    "levers": {
        "extends": "everything", "months": 30, "policy_start": "2015-07",
        "world": {"synthetic": {**MIX["synthetic"], "n_trusts": 16}},
        "levers": {
            name: {"targets": {"innovations": None, "kinds": ["drug", "device"]}}
            for name in ("best-practice-tariff", "innovation-technology-tariff")
        },
    },
    "a past": {"extends": "england-2025", "months": 4, "shocks": {"records-programme": {"start": "2022-04"}}},
    **{name: {"extends": f"limits/{name}"} for name in LIMITS},
}  # fmt: skip
#: where nearly all that happens is known in advance, silence means that something can change; elsewhere few runs of a
#: small world may miss a rare event
NOTHING_RARE = ("granovetter", "ring-lattice")


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
def test_a_note_on_a_parameter_is_true_to_the_bit_and_silence_means_that_a_run_may_feel_it(tmp_path, name):
    path = written(tmp_path, name, **WORLDS[name])
    base = load_scenario(path)
    before = bits(base)
    false_alarms, silent, said = [], [], 0
    for row in all_parameters():
        now = getattr(getattr(base.parameters, row.section), row.name)
        setting = f"parameters.{row.section}.{row.name}={as_text(another(row, now))}"
        same, note = bits(load_scenario(path, [setting])) == before, told(path, setting)
        said += bool(note)
        if note and not same:
            false_alarms.append((setting, note))
        if same and not note:
            silent.append(setting)
    assert false_alarms == []
    assert said > 5  # the test can fail: much is said in each of these worlds
    if name in NOTHING_RARE:
        assert silent == []
    else:
        assert len(silent) < len(all_parameters()) / 3, silent


@pytest.mark.unit
def test_notes_need_no_run(monkeypatch):
    """Whatever is told is told from the scenario and its world: no kernel runs for it."""
    from diffusion.month.simulation import Simulation

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a note has run the scenario")

    monkeypatch.setattr(Simulation, "__init__", refuse)
    scenario = load_scenario("everything", ["parameters.supply.margin=0.4"])
    assert notes_of(scenario, check_scenario(scenario)) is not None


@pytest.mark.integration
def test_a_layer_without_weight_may_be_what_it_likes(tmp_path):
    path = written(tmp_path, "own", extends="baseline", months=30, world={}, parameters={"exposure": {"weight_geo": 0}})
    setting = "world.layers.geo.radius_km=90"
    (note,) = told(path, setting)
    assert "the world is the same, as far as a run looks at it" in note
    assert bits(load_scenario(path, [setting]), 2) == bits(load_scenario(path), 2)
    assert told("baseline", setting) == []


def test_entries_of_a_table_within_a_lever_are_looked_up(tmp_path):
    """A year before the run does nothing: its entry as packaged is no fault, another one is told."""
    years = {2013: 45e6, 2014: 37e6, 2015: 29e6, 2016: 21e6, 2017: 13e6}
    same = written(tmp_path, "same", extends="baseline", levers={"ahsn-support": {"budget_gbp_per_year": years}})
    assert not [note for note in notes(same) if "budget_gbp_per_year" in note]
    changed = {"ahsn-support": {"budget_gbp_per_year": years | {2013: 1e6}}}
    other = written(tmp_path, "other", extends="baseline", levers=changed)
    assert [note for note in notes(other) if "budget_gbp_per_year.2013" in note]
