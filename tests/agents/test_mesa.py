"""The model as a Mesa model: the same numbers as the compiled run, and what Mesa's own tools expect."""

from __future__ import annotations

import gc
import math
import weakref
from dataclasses import replace

import mesa
import networkx as nx
import numpy as np
import pytest

import diffusion as df
from diffusion.agents.mesa_space import positions
from diffusion.engine.stages import STAGES

pytestmark = pytest.mark.integration

SMALL = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 7, "kind": "mix"}}
MONTHS = 24


@pytest.fixture(scope="module")
def scenario() -> df.Scenario:
    return df.load("baseline+local-first").changed({"months": MONTHS, "policy_start": "2016-01"})


@pytest.fixture(scope="module")
def results(scenario: df.Scenario) -> df.Results:
    return df.run(scenario, replicates=3, seed=7)


@pytest.fixture(scope="module")
def model(scenario: df.Scenario) -> df.DiffusionModel:
    return df.DiffusionModel(scenario, seed=7, replicate=2).run()


@pytest.fixture
def small() -> df.Scenario:
    return df.Scenario.model_validate({"title": "small", "months": 12, "world": SMALL, "levers": {"ahsn-support": {}}})


def test_mesa_steps_equal_the_compiled_run(scenario: df.Scenario, results: df.Results) -> None:
    model = df.DiffusionModel(scenario, seed=7, replicate=1)
    world = model.world
    for month in range(MONTHS + 1):
        counts = np.stack([(model.stage == stage).sum(axis=0) for stage in range(len(STAGES))])
        assert np.array_equal(counts, results.stage_by_innovation[1, month])
        adopters = [trust.n_adopted for trust in model.trusts]
        assert np.array_equal(adopters, results.adopters_by_trust[1, month])
        assert [ahsn.n_adopted for ahsn in model.ahsns] == results.stage_by_ahsn[1, month, 5:7].sum(axis=0).tolist()
        assert model.running == (month < MONTHS)
        if model.running:
            model.step()
    assert np.array_equal(model.record.flows[0], results.flows[1])
    assert np.array_equal(model.record.money_pence[0] / 100, results.money_gbp[1])
    assert len(model.trusts) == world.n_trusts
    with pytest.raises(RuntimeError, match="24 months of the scenario 'baseline\\+local-first' are over"):
        model.step()


def test_mesa_data_collector_equals_the_recorder(model: df.DiffusionModel, results: df.Results) -> None:
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == MONTHS + 1
    assert set(frame.columns) == set(results.monthly)
    for name, values in results.monthly.items():
        assert np.array_equal(frame[name].to_numpy(), values[2]), name
    monthly = results.monthly_frame().query("replicate == 2").reset_index(drop=True)
    assert monthly.equals(model.monthly_frame()[monthly.columns])


def test_mesa_frames(model: df.DiffusionModel, results: df.Results) -> None:
    counts = model.innovation_frame()["trusts"].to_numpy().reshape(results.stage_by_innovation.shape[1:])
    assert np.array_equal(counts, results.stage_by_innovation[2])
    trusts = model.trust_frame()
    assert tuple(trusts["code"]) == model.world.trusts.codes
    assert trusts["fund_gbp"].sum() == pytest.approx(model.measure("fund_gbp"))
    assert trusts["capacity_wte"].sum() == pytest.approx(model.measure("capacity_available_wte"))


def test_mesa_agents_are_rows_of_the_state(model: df.DiffusionModel) -> None:
    world = model.world
    assert len(model.agents) == world.n_trusts + world.n_ahsns + len(model.companies)
    assert len(model.agents.select(agent_type=df.Trust)) == world.n_trusts
    assert len(model.agents_by_type[df.AHSN]) == world.n_ahsns
    assert [trust.unique_id for trust in model.trusts] == list(range(1, world.n_trusts + 1))
    trust = model.trust("RJ1")
    assert trust.code == "RJ1"
    assert trust.teaching
    assert trust.ahsn in world.ahsns.codes
    assert trust.name == world.trusts.names[trust.row]
    assert model.agents.select(agent_type=df.Trust).agg("n_adopted", sum) == model.measure("adopters")
    assert trust.stage_of(model.innovations[0]) == STAGES[model.block.pairs.stage[0, trust.row, 0]]
    assert np.array_equal(trust.using, trust.in_stage("pilot", "rollout", "sustained"))
    assert trust.n_using == trust.using.sum()
    assert np.shares_memory(trust.stages, model.block.pairs.stage)
    assert np.shares_memory(trust.use, model.block.pairs.use)
    for view in (trust.stages, trust.rollout, trust.use, trust.granted, trust.finance_ratio, trust.burden):
        assert view.shape == (world.n_innovations,)
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 1
    with pytest.raises(df.InputError, match=r"no trust 'RJ11'.*lists the codes"):
        model.trust("RJ11")
    with pytest.raises(df.InputError, match=r"no stage 'pilots'.*did you mean 'pilot'"):
        trust.in_stage("pilots")


def test_mesa_agent_state_follows_the_month(small: df.Scenario) -> None:
    model = df.DiffusionModel(small)
    trust = model.trusts[0]
    before = trust.stages.copy()
    view = trust.stages
    model.run()
    assert np.array_equal(view, model.block.pairs.stage[0, 0])
    assert not np.array_equal(before, view)
    assert str(model.date) == "2016-06"
    assert (trust.months_in_stage >= 0).all()


def test_mesa_agents_know_their_neighbours(model: df.DiffusionModel) -> None:
    for layer in model.world.layers:
        graph = model.graph(layer.name)
        for trust in model.trusts[::40]:
            around = trust.neighbours(layer.name)
            assert {other.code for other in around} == set(graph.neighbors(trust.code))
            using = sum((other.using for other in around), np.zeros(model.world.n_innovations))
            assert np.array_equal(trust.neighbours_using(layer.name), using)
    with pytest.raises(df.InputError, match=r"no layer 'asn'.*did you mean 'ahsn'"):
        model.trusts[0].neighbours("asn")


def test_mesa_space_holds_every_trust(model: df.DiffusionModel) -> None:
    assert isinstance(model.grid, mesa.discrete_space.Network)
    assert model.grid is model.grid
    assert len(model.grid.agents) == model.world.n_trusts
    assert sorted(model.grid.G) == list(range(model.world.n_trusts))  # as Mesa's drawing expects
    trust = model.trusts[10]
    assert trust.cell.coordinate == 10
    assert model.grid.G.nodes[10]["code"] == trust.code
    around = [agent.code for cell in trust.cell.connections.values() for agent in cell.agents]
    assert sorted(around) == sorted(other.code for other in trust.neighbours("geo"))
    assert nx.number_of_edges(model.grid.G) == nx.number_of_edges(model.graph("geo"))


def test_mesa_trusts_have_their_cells_when_asked(small: df.Scenario) -> None:
    model = df.DiffusionModel(small, layer="clinical")
    assert "grid" not in vars(model)  # nothing is made before
    trust = model.trusts[3]
    cell = trust.cell
    assert isinstance(cell, mesa.discrete_space.Cell)
    assert cell is model.grid[3]
    assert list(cell.agents) == [trust]
    around = {other.code for near in cell.connections.values() for other in near.agents}
    assert around == {other.code for other in trust.neighbours("clinical")}
    assert all(other.cell.coordinate == other.row for other in model.trusts)


def test_an_agent_may_ask_for_its_cell_in_a_run(small: df.Scenario) -> None:
    asked = []

    class Looking(df.Trust):
        def awareness_rate(self) -> np.ndarray:
            rate = super().awareness_rate()
            asked.append(len(self.cell.connections))
            return rate

    seen = df.DiffusionModel(small, agents={"trust": Looking}).run(until=2)
    assert len(asked) == 2 * seen.world.n_trusts
    assert max(asked) > 0
    plain = df.DiffusionModel(small).run(until=2)
    assert np.array_equal(seen.stage, plain.stage)


def test_trusts_are_drawn_where_they_are(model: df.DiffusionModel) -> None:
    """Kilometres apart, as on a globe; a world without places is drawn on a circle."""
    places = nx.get_node_attributes(model.grid.G, "position")
    table = model.world.trusts
    for one, other in ((0, 5), (17, 101), (3, 200)):
        drawn = math.dist(places[one], places[other])
        a, b = (np.radians([table.latitude[row], table.longitude[row]]) for row in (one, other))
        cosine = np.sin(a[0]) * np.sin(b[0]) + np.cos(a[0]) * np.cos(b[0]) * np.cos(a[1] - b[1])
        assert drawn == pytest.approx(6371 * math.acos(cosine), rel=0.06)
    if hasattr(model.trusts[0].cell, "position"):
        assert tuple(model.trusts[0].cell.position) == pytest.approx(places[0])
    nowhere = replace(table, latitude=np.full(len(table), np.nan))
    assert {round(math.hypot(*place), 9) for place in positions(nowhere).values()} == {1.0}
    assert len(set(positions(nowhere).values())) == len(table)


def test_mesa_collects_agents_on_request(small: df.Scenario) -> None:
    model = df.DiffusionModel(small, collect_agents=True).run(until=3)
    frame = model.datacollector.get_agenttype_vars_dataframe(df.Trust)
    assert len(frame) == 4 * model.world.n_trusts
    last = frame.iloc[-model.world.n_trusts :]
    assert last["n_adopted"].tolist() == [trust.n_adopted for trust in model.trusts]
    assert last["code"].tolist() == list(model.world.trusts.codes)


def test_mesa_model_runs_with_mesas_own_means(small: df.Scenario) -> None:
    model = df.DiffusionModel(small, seed=2)
    model.run_model()
    assert model.month == 12
    assert np.array_equal(model.record.stage_by_innovation, df.run(small, 1, seed=2).stage_by_innovation)
    twice = [df.DiffusionModel(small, seed=2).random.random() for _ in range(2)]
    assert twice[0] == twice[1] != df.DiffusionModel(small, seed=2, replicate=1).random.random()
    named = df.DiffusionModel("baseline", 3)
    assert named.policy.name == "baseline"


def test_mesa_models_are_let_go(small: df.Scenario) -> None:
    """Mesa 3.3 keeps every model that it numbered agents for; ours are freed, and so are those of sweeps."""
    alive = [weakref.ref(df.DiffusionModel(small).run(until=1)) for _ in range(5)]
    gc.collect()
    assert [reference() for reference in alive] == [None] * 5

    class Watched(df.Trust):
        def setup(self) -> None:
            alive.append(weakref.ref(self.model))

        def awareness_rate(self) -> np.ndarray:
            return super().awareness_rate()

    from diffusion.agents.agent_simulation import AgentSimulation

    simulation = AgentSimulation(small, classes={"trust": Watched})
    for replicate in range(5):
        block = simulation.open(np.array([replicate]), 1)
        state = weakref.ref(block)
        simulation.run(block, simulation.start_record(block))
        del block
        assert state() is None  # at once, without the garbage collector
    gc.collect()
    assert not any(reference() for reference in alive)
