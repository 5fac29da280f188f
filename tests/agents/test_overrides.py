"""Agents that decide in Python: an override changes its own decision and nothing else, and mistakes are told."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diffusion as df
from diffusion.agents.agent_simulation import AgentSimulation
from diffusion.cli.shared.prepare import load_checked
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.month.decisions import DECISIONS
from diffusion.month.recorder import Record

pytestmark = pytest.mark.integration

#: four levers, and within 42 months the end of a test-bed wave, of the tariff and of the lead localities' time
FOUR_LEVERS = {
    "months": 42,
    "policy_start": "2015-09",
    "levers.best-practice-tariff.end": "2018-01",
    "levers.local-first.lead_months": 24,
    "levers.local-first.transfer_months": 12,
}
SMALL = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 7, "kind": "mix"}}
REPLICATE = 1


@functools.cache
def four_levers() -> df.Scenario:
    return df.load("baseline+best-practice-tariff+test-beds+local-first").changed(FOUR_LEVERS)


@functools.cache
def compiled() -> df.Results:
    return df.run(four_levers(), replicates=[0, REPLICATE], seed=3)


@functools.cache
def small_england(months: int = 36) -> df.Scenario:
    """Forty trusts with plenty of everything, so that every kind of move happens."""
    parameters = {
        "pilot": {"rate_factor": 10.0},
        "abandonment": {"scale_per_month": 0.3},
        "finance": {"money_gate": False},
    }
    levers = {"ahsn-support": {}}
    return df.Scenario.model_validate(
        {"title": "small", "months": months, "world": SMALL, "parameters": parameters, "levers": levers}
    )


def assert_same_bits(record: Record, results: df.Results, index: int) -> None:
    """Every number recorded of one replicate equals that of the compiled run."""
    for name in ("stage_by_innovation", "adopters_by_trust", "flows"):
        assert np.array_equal(getattr(record, name)[0], getattr(results, name)[index]), name
    assert np.array_equal(record.money_pence[0] / 100.0, results.money_gbp[index])
    by_group = np.concatenate([results.stage_by_ahsn, results.stage_by_ics, results.stage_by_sector], axis=3)
    assert np.array_equal(record.stage_by_group[0], by_group[index])
    for name, values in record.monthly.items():
        assert np.array_equal(values[0], results.monthly[name][index]), name


def calling_super(base: type, *decisions: str) -> type:
    """Return a subclass of ``base`` whose decisions only call the ordinary ones."""

    def override(name: str) -> Callable[[Any], np.ndarray]:
        return lambda self: getattr(super(cls, self), name)()

    cls = type("OnlySuper", (base,), {name: override(name) for name in decisions})
    return cls


def flow(record: Record, pattern: str) -> int:
    """Return how many moves have a name that matches from its start."""
    columns = [index for index, name in enumerate(FLOW_NAMES) if re.match(pattern, name)]
    return int(record.flows[0][:, columns].sum())


def test_the_four_levers_reach_every_decision_of_agents() -> None:
    """What the next tests compare does happen: placements, pilots whose money ends, rejections, second thoughts."""
    names = compiled().flow_names
    happened = dict(zip(names, compiled().flows.sum(axis=(0, 1)), strict=True))
    wanted = ("aware", "evaluating", "pilot", "pilot:placed", "rollout", "sustained", "pilot ended:money ended")
    assert all(happened[name] > 0 for name in wanted), happened
    for begin in ("rejected:", "abandoned:", "aware again:"):
        assert sum(number for name, number in happened.items() if name.startswith(begin)) > 0, begin


@pytest.mark.parametrize("decision", [*DECISIONS["trust"], "allocate_push"])
def test_agent_override_that_calls_super_changes_no_bit(decision: str) -> None:
    kind, base = ("ahsn", df.AHSN) if decision == "allocate_push" else ("trust", df.Trust)
    agents = {kind: calling_super(base, decision)}
    model = df.DiffusionModel(four_levers(), seed=3, replicate=REPLICATE, agents=agents).run()
    assert_same_bits(model.record, compiled(), 1)


def test_agents_that_override_all_decisions_by_super_change_no_bit() -> None:
    agents = {"trust": calling_super(df.Trust, *DECISIONS["trust"]), "ahsn": calling_super(df.AHSN, "allocate_push")}
    model = df.DiffusionModel(four_levers(), seed=3, replicate=0, agents=agents).run()
    assert_same_bits(model.record, compiled(), 0)


STOPPED = {
    "awareness_rate": r"aware$",
    "triage_rate": r"evaluating$",
    "pilot_probability": r"pilot$",
    "rollout_rate": r"rollout$",
    "pilot_abandonment_rate": r"pilot ended:",
    "abandonment_rate": r"abandoned:",
    "reconsideration_rate": r"aware again:",
}


@pytest.mark.parametrize(("decision", "flows"), STOPPED.items())
def test_agents_that_never_decide_so_stop_that_flow(decision: str, flows: str) -> None:
    ordinary = df.DiffusionModel(small_england()).run()
    never = type("Never", (df.Trust,), {decision: lambda self: np.zeros(7)})
    stopped = df.DiffusionModel(small_england(), agents={"trust": never}).run()
    assert flow(ordinary.record, flows) > 0
    assert flow(stopped.record, flows) == 0


def test_agent_with_priorities_shifts_time_between_innovations() -> None:
    class Favours(df.Trust):
        """Serves innovations in their order."""

        def capacity_priority(self) -> np.ndarray:
            return super().capacity_priority() * np.arange(7, 0, -1)

    scarce = {"parameters.capacity.wte_per_size": 0.2, "parameters.triage.slack_sensitive": False}
    scenario = small_england().changed({**scarce, "levers.ahsn-support.strength": 0})
    model = df.DiffusionModel(scenario, agents={"trust": Favours})
    unequal = 0
    while model.running:
        busy = [np.flatnonzero(trust.in_stage("evaluating", "pilot", "rollout")) for trust in model.trusts]
        model.step()
        for trust, working in zip(model.trusts, busy, strict=True):
            granted = trust.granted[working]
            assert (np.diff(granted) <= 0).all()
            unequal += int((np.diff(granted) < 0).any())
    assert unequal > 20
    ordinary = df.run(scenario, 1)
    assert not np.array_equal(model.record.stage_by_innovation, ordinary.stage_by_innovation)


def test_agent_override_of_some_trusts_leaves_the_others_their_own_decision() -> None:
    class Slow(df.Trust):
        def awareness_rate(self) -> np.ndarray:
            return np.zeros(7) if self.teaching else super().awareness_rate()

    scenario = small_england(1)
    ordinary = df.DiffusionModel(scenario, seed=5).run()
    mixed = df.DiffusionModel(scenario, seed=5, agents={"trust": Slow}).run()
    teaching = scenario.build_world().trusts.teaching
    assert np.array_equal(ordinary.stage[~teaching], mixed.stage[~teaching])
    assert not np.array_equal(ordinary.stage[teaching], mixed.stage[teaching])


def test_ahsn_agent_that_pushes_nothing_equals_a_lever_without_push() -> None:
    class Idle(df.AHSN):
        def allocate_push(self) -> np.ndarray:
            return np.zeros(7)

    pushes = {f"levers.ahsn-support.{name}_push": 0 for name in ("awareness", "triage", "rollout")}
    without = small_england().changed({**pushes, "levers.ahsn-support.facilitation_share": 0})
    idle = df.DiffusionModel(small_england(), agents={"ahsn": Idle}).run()
    assert np.array_equal(idle.record.stage_by_innovation, df.DiffusionModel(without).run().record.stage_by_innovation)
    assert not np.array_equal(idle.record.stage_by_innovation, df.run(small_england(), 1).stage_by_innovation)


def test_ahsn_agent_chooses_by_what_its_members_use() -> None:
    class Follows(df.AHSN):
        def allocate_push(self) -> np.ndarray:
            return (self.members_using > 0).astype(float)

    model = df.DiffusionModel(small_england(), agents={"ahsn": Follows}).run(until=12)
    assert model.month == 12
    for ahsn in model.ahsns:
        assert np.array_equal(ahsn.members_using, sum((trust.using for trust in ahsn.members), np.zeros(7)))
        assert {trust.ahsn for trust in ahsn.members} <= {ahsn.code}


BAD_RETURNS = [
    ("awareness_rate", None, "returned nothing"),
    ("awareness_rate", 0.1, "returned 0.1"),
    ("awareness_rate", np.zeros((7, 1)), r"array of shape \(7, 1\)"),
    ("triage_rate", [0.1, 0.2], "2 values"),
    ("triage_rate", ["much"] * 7, "7 values"),
    ("rollout_rate", np.full(7, np.nan), "nan for"),
    ("abandonment_rate", np.full(7, -0.1), "-0.1 for"),
    ("pilot_probability", np.full(7, 1.5), "1.5 for"),
    ("capacity_priority", np.full(7, np.inf), "inf for"),
]


@pytest.mark.parametrize(("decision", "value", "fault"), BAD_RETURNS)
def test_agent_override_with_a_wrong_return_is_told(decision: str, value: Any, fault: str) -> None:
    wrong = type("Wrong", (df.Trust,), {decision: lambda self: value})
    model = df.DiffusionModel(small_england(), agents={"trust": wrong})
    with pytest.raises(df.InputError, match=fault) as caught:
        model.step()
    text = str(caught.value)
    assert f"Wrong.{decision} of {model.trusts[0].code}" in text
    assert "7 numbers, one per innovation" in text
    assert caught.value.file is not None
    assert Path(caught.value.file).name == Path(__file__).name


def test_ahsn_agent_with_a_wrong_return_is_told() -> None:
    wrong = type("Wrong", (df.AHSN,), {"allocate_push": lambda self: np.full(7, 2.0)})
    with pytest.raises(df.InputError, match=r"Wrong\.allocate_push of \w+ in 2015-07 returned 2.0"):
        df.DiffusionModel(small_england(), agents={"ahsn": wrong}).step()


def test_agent_classes_that_cannot_be_used_are_told() -> None:
    with pytest.raises(df.InputError, match="AHSN is not a kind of Trust"):
        df.DiffusionModel(small_england(), agents={"trust": df.AHSN})
    with pytest.raises(df.InputError, match=r"no kind of agent 'trusts'.*did you mean 'trust'"):
        df.DiffusionModel(small_england(), agents={"trusts": df.Trust})
    misspelt = type("Misspelt", (df.Trust,), {"pilot_probabilty": lambda self: np.zeros(7)})
    with pytest.raises(df.InputError, match=r"overrides no decision.*did you mean 'pilot_probability'"):
        df.DiffusionModel(small_england(), agents={"trust": misspelt})


MODULE = """
import numpy as np
import diffusion as df

class Ordinary(df.Trust):
    def setup(self):
        self.months = 0

    def triage_rate(self):
        self.months += 1
        assert self.months == self.model.month  # nothing is left of another replicate
        return super().triage_rate()

class Keen(df.Trust):
    def triage_rate(self):
        return 3 * super().triage_rate()

class NoTrust:
    pass
"""


@pytest.fixture
def named_agents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., df.Scenario]:
    """Return a function that loads a scenario file which names an agent class of a module given by --python."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_test_agents.py").write_text(MODULE)

    def load(name: str, *modules: str) -> df.Scenario:
        path = tmp_path / f"{name.lower()}.yaml"
        lines = ("title: own agents", "extends: baseline", "months: 14", f"agents: {{trust: own_test_agents:{name}}}")
        path.write_text("\n".join(lines))
        return load_checked([str(path)], (), modules, "defaults")[0]

    return load


def test_agents_named_in_yaml_run_in_comparisons(named_agents: Callable[..., df.Scenario], tmp_path: Path) -> None:
    with pytest.raises(df.InputError, match=r"own_test_agents.*is not loaded.*--python own_test_agents"):
        named_agents("Keen")
    module = str(tmp_path / "own_test_agents.py")
    ordinary, keen = named_agents("Ordinary", module), named_agents("Keen", module)
    baseline = df.load("baseline").changed({"months": 14})
    plain, same, more = df.compare([baseline, ordinary, keen], replicates=3, seed=8, jobs=2)
    for name in ("stage_by_innovation", "stage_by_ics", "adopters_by_trust", "flows", "money_gbp"):
        assert np.array_equal(getattr(plain, name), getattr(same, name)), name
    assert all(np.array_equal(plain.monthly[name], same.monthly[name]) for name in plain.monthly)
    assert (more.flows[:, :, 1].sum(axis=1) > plain.flows[:, :, 1].sum(axis=1)).all()
    alone = df.run(keen, replicates=[2], seed=8)
    assert np.array_equal(alone.stage_by_innovation[0], more.stage_by_innovation[2])
    with pytest.raises(df.InputError, match=r"notrust\.yaml:4.*NoTrust is not a kind of Trust"):
        df.run(named_agents("NoTrust", module), replicates=1)


def test_agent_draws_are_keyed() -> None:
    model = df.DiffusionModel(small_england(), seed=4, replicate=2).run(until=2)
    other = df.DiffusionModel(small_england().changed({"levers.ahsn-support.strength": 0}), seed=4, replicate=2)
    first = model.trusts[3].draw("mood")
    assert first.shape == (7,)
    assert ((first >= 0) & (first < 1)).all()
    assert np.array_equal(first, model.trusts[3].draw("mood"))
    assert np.array_equal(first, other.run(until=2).trusts[3].draw("mood"))
    others = (model.trusts[4].draw("mood"), model.trusts[3].draw("weather"), model.ahsns[0].draw("mood"))
    assert not any(np.array_equal(first, draw) for draw in others)
    assert not np.array_equal(first, model.run(until=3).trusts[3].draw("mood"))


def test_agents_stop_and_resume_without_a_trace() -> None:
    classes = {"trust": calling_super(df.Trust, "triage_rate"), "ahsn": calling_super(df.AHSN, "allocate_push")}
    simulation = AgentSimulation(small_england(), classes=classes)
    block = simulation.open(np.array([1]), 6)
    record = simulation.start_record(block)
    simulation.run(block, record, until=15)
    resumed = simulation.resume(simulation.snapshot(block))
    simulation.run(resumed, record)
    assert_same_bits(record, df.run(small_england(), replicates=[1], seed=6), 0)
    remembers = type("Remembers", (df.Trust,), {"setup": lambda self: None, "triage_rate": lambda self: np.zeros(7)})
    simulation = AgentSimulation(small_england(), classes={"trust": remembers})
    with pytest.raises(df.InputError, match="class Remembers keep state of their own"):
        simulation.snapshot(simulation.open(np.array([0]), 6))


def test_own_agents_and_levers_run_with_drawn_parameters(
    named_agents: Callable[..., df.Scenario], tmp_path: Path
) -> None:
    """A replicate of a drawn scenario with own agents is the run with its draw set by hand."""
    from diffusion.ensemble.draws import needed_posterior

    keen = named_agents("Keen", str(tmp_path / "own_test_agents.py"))
    drawn = df.run(keen.drawing_from("posterior"), replicates=[4, 1], seed=8)
    for place, number in enumerate((4, 1)):
        alone = df.run(keen.changed(needed_posterior().settings(number)), replicates=[number], seed=8)
        assert np.array_equal(alone.stage_by_innovation[0], drawn.stage_by_innovation[place])
        assert np.array_equal(alone.money_gbp[0], drawn.money_gbp[place])
