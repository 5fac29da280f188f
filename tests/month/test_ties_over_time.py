"""Networks that change: the engine against plain NumPy with the ties of every month, and ties that do not change."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from diffusion.agents import DiffusionModel
from diffusion.analysis.observed.ties import ties_from_layer
from diffusion.engine.calendar import Month
from diffusion.engine.state import Pairs
from diffusion.errors import InputError
from diffusion.experiments.running.common_past import common_months
from diffusion.experiments.running.runner import compare, run
from diffusion.mechanisms.exposure import exposure_row
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.building.build import build_world, with_network
from diffusion.world.building.changed import contracted
from diffusion.world.building.export import export_network, to_networkx
from diffusion.world.building.over_time import change_months, layer_in, world_in
from diffusion.world.rearranged import rearranged
from diffusion.world.spec import LayerSpec
from diffusion.world.tables import ALWAYS, Change, Layer, World
from support.plain_model import Plain, dense

pytestmark = pytest.mark.integration

LIMITS = Path(__file__).parents[2] / "scenarios" / "limits"
START = Month("2015-07")
N, MONTHS = 24, 36
SMALL = "{synthetic: {england_like: true, n_trusts: 20, n_innovations: 6, kind: mix}}"


def dated_graph(n: int = N, seed: int = 5, ties: int = 90) -> nx.MultiDiGraph:
    """Return random ties, most of which come or go in the run; some come back with another weight."""
    rng = np.random.default_rng(seed)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(n))
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    for number in rng.permutation(len(pairs))[:ties]:
        i, j = pairs[number]
        begin = int(rng.integers(-6, MONTHS))
        end = begin + int(rng.integers(0, 14))
        dates = {"from": str(START + begin), "to": str(START + end)}
        graph.add_edge(i, j, weight=int(rng.integers(1, 9)), **(dates if rng.random() < 0.8 else {}))
        if "from" in graph[i][j][0] and rng.random() < 0.3:
            graph.add_edge(i, j, weight=int(rng.integers(1, 9)), **{"from": str(START + end + 3)})
    return graph


def adjacency(graph: nx.MultiDiGraph, month: Month) -> np.ndarray:
    """Return float64[N, N], the weights of the ties of one month, from what the edges say."""
    ties = np.zeros((len(graph), len(graph)))
    for i, j, data in graph.edges(data=True):
        if data.get("from", "0000-00") <= str(month) <= data.get("to", "9999-99"):
            ties[i, j] = data["weight"]
    return ties


def contagion(**more: object) -> Scenario:
    keys = {
        "world.synthetic.network": "none",
        "world.synthetic.n_trusts": N,
        "months": MONTHS,
        "initial.adopters.count": 3,
        "world.synthetic.attributes.rollout_push_per_month": 0,
        "world.synthetic.attributes.rollout_peer_per_month": 1,
        "parameters.exposure.response": "threshold",
        "parameters.exposure.threshold_share": 0.25,
        "parameters.exposure.deterministic": "true",
        **more,
    }
    return load_scenario(str(LIMITS / "_pure-contagion.yaml"), [f"{key}={value}" for key, value in keys.items()])


@pytest.mark.parametrize("seed", range(8))
def test_cascades_are_those_of_plain_numpy_with_the_ties_of_every_month(seed: int) -> None:
    scenario, graph = contagion(), dated_graph(seed=seed)
    simulation = Simulation(scenario, with_network(scenario.build_world(), "network", graph))
    block = simulation.open(np.arange(1), 1)
    adopted = np.arange(N) < 3
    grew = 0
    for month in range(1, MONTHS + 1):
        ties = adjacency(graph, START + (month - 1))
        total = ties.sum(axis=1)
        share = np.divide(ties @ adopted, total, out=np.zeros(N), where=total > 0)
        grew += int(((share >= 0.25) & ~adopted).sum())
        adopted = adopted | (share >= 0.25)
        simulation.step(block)
        stage = block.pairs.stage[0, :, 0]
        assert (np.isin(stage, (5, 6)) == adopted).all(), f"month {month}"
    assert grew > 3


def test_exposure_in_a_whole_model_is_that_of_the_ties_of_the_month() -> None:
    """Beside five built layers, two of which end or begin in the run, against the dense equations."""
    settings = [
        f"world={SMALL}",
        "months=30",
        "world.layers.ics={start: 2016-01}",
        "world.layers.geo={end: 2016-10}",
    ]
    scenario = load_scenario("baseline", settings)
    graph = nx.relabel_nodes(dated_graph(20, ties=120), dict(enumerate(scenario.build_world().trusts.codes)))
    world = with_network(scenario.build_world(), "own", graph, weight=0.4)
    simulation = Simulation(scenario, world)
    block = simulation.open(np.arange(1), 3)
    out, seen = np.zeros((1, world.n_innovations)), 0
    for month in range(1, 31):
        simulation.step(block)
        here = world_in(simulation.world, int(START) + month - 1)
        plain = Plain(here, scenario.parameters, {})
        frame = block.space.frame
        act = frame["activity"][0].T[simulation.model_at(month).net.place].astype(float) * 2.0**-20
        expected = plain.seen(act)
        for i in range(world.n_trusts):
            exposure_row(block.space.address, i, out)
            wanted = np.where(here.eligible[i], np.maximum(0.0, expected[i] + _added(frame, i)), 0.0)
            np.testing.assert_allclose(out[0], wanted, rtol=1e-12, atol=1e-14)
            seen += int((wanted > 0).sum())
    assert seen > 100


def _added(frame: Any, i: int) -> np.ndarray:
    term = frame["x_exposure"]
    assert not frame["x_member_ties"].any()
    return term[0, min(i, term.shape[1] - 1)]


def split(layer: Layer, months: list[int]) -> Layer:
    """Return the same ties, each cut into several spans that follow on one another."""
    cuts = [ALWAYS[0], *months, ALWAYS[1] + 1]
    spans = len(cuts) - 1
    order = np.repeat(np.arange(len(layer.indices)), spans)
    since = np.tile(np.array(cuts[:-1], np.int32), len(layer.indices))
    until = np.tile((np.array(cuts[1:]) - 1).astype(np.int32), len(layer.indices))
    return replace(
        layer,
        indptr=layer.indptr * spans,
        indices=layer.indices[order],
        weights=layer.weights[order],
        since=since,
        until=until,
    )


def assert_same(one: Any, two: Any) -> None:
    for name in ("stage_by_innovation", "adopters_by_trust", "flows", "money_gbp"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    for name, values in one.monthly.items():
        np.testing.assert_array_equal(values, two.monthly[name], err_msg=name)


@pytest.fixture(scope="module")
def small() -> tuple[Scenario, World, World]:
    """Return a scenario, its world, and the same world with every tie cut in months of the run."""
    scenario = load_scenario("test-beds", [f"world={SMALL}", "months=40"])
    world = scenario.build_world()
    months = [int(START) + step for step in (1, 7, 8, 25)]
    cut = [split(layer, months) if layer.kind == "sparse" else layer for layer in world.layers]
    return scenario, world, replace(world, layers=tuple(cut))


def test_ties_that_go_on_give_the_bits_of_ties_without_dates(small: tuple[Scenario, World, World]) -> None:
    scenario, world, cut = small
    assert len(change_months(cut)) == 4
    assert len(Simulation(scenario, cut)._times) == 5
    assert_same(run(scenario, 3, 7, world=world), run(scenario, 3, 7, world=cut))


def ends_early(world: World) -> World:
    """Return ``world`` with ties of distance that end or begin in the run, and an ICS layer that ends."""
    found = []
    for layer in world.layers:
        if layer.name == "geo":
            n = len(layer.indices)
            since = np.where(np.arange(n) % 3 == 0, int(START) + 15, ALWAYS[0]).astype(np.int32)
            until = np.where(np.arange(n) % 3 == 1, int(START) + 10, ALWAYS[1]).astype(np.int32)
            layer = replace(layer, since=since, until=until)
        elif layer.name == "ics":
            layer = replace(layer, months=(ALWAYS[0], int(START) + 20))
        found.append(layer)
    return replace(world, layers=tuple(found))


def test_blocks_resumed_runs_agents_and_common_months_agree(small: tuple[Scenario, World, World]) -> None:
    scenario, world, _ = small
    changing = ends_early(world)
    whole = run(scenario, 4, 7, world=changing, block=4)
    undated = run(scenario, 4, 7, world=world)
    assert (whole.stage_by_innovation != undated.stage_by_innovation).any()
    assert_same(whole, run(scenario, 4, 7, world=changing, block=1))
    # stopped in every second month
    simulation = Simulation(scenario, changing)
    block = simulation.open(np.arange(4), 7)
    for month in range(40):
        simulation.step(block)
        if month % 2:
            block = simulation.resume(pickle.loads(pickle.dumps(simulation.snapshot(block))))
    straight = simulation.open(np.arange(4), 7)
    for _ in range(40):
        simulation.step(straight)
    for name in Pairs._fields:
        np.testing.assert_array_equal(getattr(block.pairs, name), getattr(straight.pairs, name))
    # what two scenarios have in common up to the second one's lever is run once, by one thread or by helpers
    later = load_scenario("baseline+test-beds", [f"world={SMALL}", "months=40", "levers.test-beds.start=2017-03"])
    first = load_scenario("baseline", [f"world={SMALL}", "months=40"])
    changed = [first.build_world(), changing]
    assert changed[0] is world
    together = compare([first, later], 4, 7, worlds=[changing, changing])
    assert common_months(Simulation(first, changing), Simulation(later, changing)) == 20
    for scenario_of, found in zip((first, later), together):
        assert_same(found, run(scenario_of, 4, 7, world=changing))


def test_agents_see_the_ties_of_the_month() -> None:
    scenario, graph = contagion(), dated_graph()
    world = with_network(scenario.build_world(), "network", graph)
    model = DiffusionModel(scenario, seed=1, world=world)
    for month in range(1, MONTHS + 1):
        model.step()
        ties = adjacency(graph, START + (month - 1))
        for trust in (model.trusts[0], model.trusts[7], model.trusts[N - 1]):
            assert [other.row for other in trust.neighbours("network")] == np.flatnonzero(ties[trust.row]).tolist()


def test_a_layer_in_a_month_and_back_from_a_file(tmp_path: Path) -> None:
    scenario, graph = contagion(), dated_graph()
    world = with_network(scenario.build_world(), "network", graph)
    layer = world.layer("network")
    for month in range(-8, MONTHS + 8):
        here = layer_in(layer, int(START) + month)
        assert not here.dated
        np.testing.assert_array_equal(dense(here, N), adjacency(graph, START + month))
    for form in ("csv", "graphml"):
        export_network(world, "network", tmp_path / f"ties.{form}")
        spec = LayerSpec(file=f"ties.{form}", directed=True)
        back = build_world(scenario.world.model_copy(update={"layers": {"network": spec}}), tmp_path).layer("network")
        for name in ("indptr", "indices", "weights", "since", "until"):
            np.testing.assert_array_equal(getattr(back, name), getattr(layer, name), err_msg=form)
    with pytest.raises(InputError, match="several times"):
        to_networkx(world, "network")
    with pytest.raises(InputError, match="have dates, and an analysis of ties knows none"):
        ties_from_layer(layer)
    assert ties_from_layer(layer_in(layer, int(START))).n == N
    assert to_networkx(world_in(world, int(START)), "network").number_of_edges() == np.count_nonzero(
        adjacency(graph, START)
    )


def test_a_list_of_files_by_month(tmp_path: Path) -> None:
    """Each file holds until the next; what goes on in the next is one span."""
    (tmp_path / "a.csv").write_text("source,target,weight\nS000000,S000001,1\nS000001,S000002,2\n", "utf-8")
    (tmp_path / "b.csv").write_text("source,target,weight,to\nS000000,S000001,1,2017-02\nS000002,S000003,2,\n", "utf-8")
    files = {"2016-01": "a.csv", "2017-01": "b.csv"}
    world = contagion().world.model_copy(update={"layers": {"network": LayerSpec(files=files, end="2018-01")}})
    layer = build_world(world, tmp_path).layer("network")
    first, second, last = (int(Month(text)) for text in ("2016-01", "2017-01", "2017-02"))
    spans = {
        (int(i), int(j)): (int(a), int(b))
        for i, j, a, b in zip(np.repeat(np.arange(N), np.diff(layer.indptr)), layer.indices, layer.since, layer.until)
    }
    assert spans == {
        (0, 1): (first, last), (1, 0): (first, last),
        (1, 2): (first, second - 1), (2, 1): (first, second - 1),
        (2, 3): (second, ALWAYS[1]), (3, 2): (second, ALWAYS[1]),
    }  # fmt: skip
    assert layer.months == (ALWAYS[0], int(Month("2017-12")))
    assert [layer_in(layer, int(Month(m))).n_ties for m in ("2015-12", "2016-01", "2017-01", "2017-03", "2018-01")] == [
        0, 4, 4, 2, 0,
    ]  # fmt: skip


def test_trusts_that_merge_while_ties_come_and_go(small: tuple[Scenario, World, World]) -> None:
    """Ties of the month between trusts of the month; and cut ties of merging trusts give the bits of whole ones."""
    scenario, world, cut = small
    codes = world.trusts.codes
    merger = (Change("2016-05", "merged", codes[3], codes[1]), Change("2017-02", "merged", codes[9], codes[8]))
    assert_same(
        run(scenario, 3, 7, world=replace(world, changes=merger)),
        run(scenario, 3, 7, world=replace(cut, changes=merger)),
    )
    changing = replace(ends_early(world), changes=merger)
    simulation = Simulation(scenario, changing)
    for step in (0, 1, 10, 11, 12, 16, 19, 20, 22, 40):
        month = int(START) + max(0, step - 1)
        now = simulation.model_at(step).world
        carries = np.arange(world.n_trusts)
        carries[3] = 1 if month >= int(Month("2016-05")) else 3
        carries[9] = 8 if month >= int(Month("2017-02")) else 9
        for layer, there in zip(changing.layers, now.layers):
            expected = contracted(layer_in(layer, month), carries)
            for name in ("group", "indptr", "indices", "weights"):
                np.testing.assert_array_equal(getattr(there, name), getattr(expected, name))
    result = run(scenario, 3, 7, world=changing)
    assert_same(result, run(scenario, 3, 7, world=changing, block=1))
    assert (
        result.stage_by_innovation != run(scenario, 3, 7, world=replace(world, changes=merger)).stage_by_innovation
    ).any()


def test_a_region_sees_the_ties_of_the_month(small: tuple[Scenario, World, World]) -> None:
    """A part of a world that changes is the part of the world of the month."""
    _, world, _ = small
    rows = np.arange(0, world.n_trusts, 2)
    changing = ends_early(world)
    part = rearranged(changing, rows, np.arange(world.n_innovations))
    for step in (0, 9, 10, 11, 14, 15, 20, 21):
        one = world_in(part, int(START) + step)
        two = rearranged(world_in(changing, int(START) + step), rows, np.arange(world.n_innovations))
        for here, there in zip(one.layers, two.layers):
            for name in ("group", "indptr", "indices", "weights"):
                np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
