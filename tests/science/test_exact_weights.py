"""Weights that are whole numbers or fractions stay exact: a quarter of the ties meets a threshold of .25."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.experiments.running.runner import run
from diffusion.mechanisms.exposure import exposure_row
from diffusion.mechanisms.network.net import said_of_rounding
from diffusion.mechanisms.network.whole_weights import MOST_TOTAL, fractions, whole_weights
from diffusion.month.simulation import Simulation
from diffusion.scenario.felt.notes import notes_of
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.building.build import with_network

pytestmark = pytest.mark.integration

LIMITS = Path(__file__).parents[2] / "scenarios" / "limits"
THRESHOLDS = [Fraction(tenth, 10) for tenth in range(1, 10)]


def contagion(n: int, threshold: Fraction, seeds: set[int], months: int = 20) -> Scenario:
    """Return a cascade by a personal threshold, a month a step, without any chance."""
    keys = {
        "world.synthetic.network": "none",
        "world.synthetic.n_trusts": n,
        "months": months,
        "world.synthetic.attributes.rollout_push_per_month": 0,
        "world.synthetic.attributes.rollout_peer_per_month": 1,
        "parameters.exposure.response": "threshold",
        "parameters.exposure.threshold_share": float(threshold),
        "parameters.exposure.deterministic": "true",
        "initial.adopters": "{count: null, codes: [" + ", ".join(f"S{seed:06d}" for seed in sorted(seeds)) + "]}",
    }
    return load_scenario(str(LIMITS / "_pure-contagion.yaml"), [f"{key}={value}" for key, value in keys.items()])


def cascade(graph: nx.Graph, threshold: Fraction, seeds: set[int], steps: int = 20) -> list[int]:
    """Return the adopters after every step, in exact fractions."""
    adopted, counts = set(seeds), [len(seeds)]
    for _ in range(steps):
        joining = set()
        for node in set(graph) - adopted:
            ties = {other: Fraction(data.get("weight", 1)) for other, data in graph[node].items()}
            if sum(weight for other, weight in ties.items() if other in adopted) >= threshold * sum(ties.values()):
                joining.add(node)
        adopted |= joining
        counts.append(len(adopted))
    return counts


@pytest.mark.parametrize("weighted", [True, False], ids=["weighted", "unweighted"])
def test_all_cascades_on_the_karate_club(weighted: bool) -> None:
    """Every member with those around it, and the two leaders, at thresholds of .1 to .9: 315 of 315."""
    graph = nx.karate_club_graph()
    if not weighted:
        graph = nx.Graph(graph.edges)
    starts = [{node, *graph[node]} for node in range(34)] + [{0, 33}]
    world = with_network(contagion(34, THRESHOLDS[0], {0}).build_world(), "network", graph)
    right, spread, met = 0, 0, 0
    for threshold in THRESHOLDS:
        for seeds in starts:
            counts = run(contagion(34, threshold, seeds), 1, 1, world=world).monthly["adopters"][0].astype(int)
            expected = cascade(graph, threshold, seeds)
            right += counts.tolist() == expected
            spread += expected[-1] > expected[0]
            # cascades in which meeting a threshold exactly makes the difference
            met += cascade(graph, threshold + Fraction(1, 10**9), seeds) != expected
    assert right == 315
    assert spread > 100
    assert met > 30


SHARES = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n=st.integers(3, 12))
def test_exposure_is_the_exact_share_rounded_once(data: st.DataObject, n: int) -> None:
    """On any network of fractions: its weights as they are written as floats, its exposure correctly rounded."""
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    chosen = data.draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=30, unique=True))
    like = data.draw(st.sampled_from([st.integers(1, 10**6).map(Fraction), SHARES, st.integers(1, 20).map(Fraction)]))
    common = data.draw(st.integers(1, 60))
    weights = {pair: Fraction(data.draw(like).numerator, common) for pair in chosen}
    graph = nx.DiGraph()
    graph.add_nodes_from(range(n))
    graph.add_weighted_edges_from((i, j, float(weight)) for (i, j), weight in weights.items())
    seeds = data.draw(st.sets(st.integers(0, n - 1), min_size=1))
    scenario = contagion(n, Fraction(1, 2), seeds, 1)
    simulation = Simulation(scenario, with_network(scenario.build_world(), "network", graph))
    block = simulation.open(np.arange(1), 1)
    out = np.zeros((1, 1))
    for i in range(n):
        own = {j: weight for (row, j), weight in weights.items() if row == i}
        exposure_row(block.space.address, i, out)
        exact = Fraction(sum(w for j, w in own.items() if j in seeds), 1) / sum(own.values()) if own else Fraction(0)
        assert out[0, 0] == float(exact)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.fractions(min_value=Fraction(1, 2**20), max_value=10**6, max_denominator=2**20), min_size=1))
def test_fractions_are_found_again(values: list[Fraction]) -> None:
    numbers = np.array([float(value) for value in values])
    above, below = fractions(numbers)
    for value, p, q in zip(values, above.tolist(), below.tolist()):
        if value < 2**10:  # above, doubles are too coarse to tell fractions of such denominators apart
            assert Fraction(p, q) == value
        assert q == 0 or p / q == float(value)


@pytest.mark.parametrize("weight", [0.1, 0.123456789, 1e-9, 1 / 3, 7.0, 12345.678, 2.0**-20, 1e12, 2.0**53])
def test_what_people_write_is_exact(weight: float) -> None:
    (above,), (below,) = fractions(np.array([weight]))
    assert Fraction(repr(weight)).limit_denominator(10**9) == Fraction(int(above), int(below))


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.lists(st.floats(5e-324, 1e12), max_size=8), min_size=1, max_size=6),
    bonus=st.sampled_from([65536, 98304, 89784, 131072]),
    seed=st.integers(0, 100),
)
def test_other_weights_are_rounded_finely_and_no_tie_is_lost(rows: list[list[float]], bonus: int, seed: int) -> None:
    weights = np.array([weight for row in rows for weight in row])
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    credibility = np.where(np.random.default_rng(seed).random(len(weights)) < 0.5, 65536, bonus).astype(np.int64)
    whole, exact = whole_weights(weights, indptr, credibility)
    assert (whole > 0).all()
    for i, row in enumerate(rows):
        ties = slice(indptr[i], indptr[i + 1])
        assert whole[ties].sum() <= MOST_TOTAL
        assert whole[ties].max(initial=0) < 2**31
        means = [Fraction(w) * int(c) for w, c in zip(row, credibility[ties])]
        got = [Fraction(int(w), max(1, int(whole[ties].sum()))) for w in whole[ties]]
        for mean, share in zip(means, got):
            assert abs(share - mean / sum(means)) <= Fraction(len(row) + 1, 2**28)
        above, below = fractions(np.array(row))
        if exact[i] and len(row):
            first, its_own = means[0], int(whole[ties][0])
            for mean, number in zip(means, whole[ties].tolist()):
                assert abs(number * first - mean * its_own) <= Fraction(mean * its_own, 2**49)
        if exact[i] and len(row) and below.all() and math.lcm(*below.tolist()) * sum(map(Fraction, row)) < 2**31:
            kept = [Fraction(int(p), int(q)) * int(c) for p, q, c in zip(above, below, credibility[ties])]
            assert got == [mean / sum(kept) for mean in kept]


def test_every_row_has_a_denominator_of_its_own() -> None:
    """Shares of receivers, 1/n each: no common denominator holds them all, and none is rounded."""
    sizes = [97, 89, 83, 79, 73, 71, 67, 61, 59]
    weights = np.concatenate([np.full(size, 1.0 / size) for size in sizes])
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    whole, exact = whole_weights(weights, indptr, np.full(len(weights), 65536))
    assert exact.all()
    assert (whole == 1).all()


FACTORS = st.floats(1e-6, 1e6) | st.sampled_from([0.1, 0.3, 0.7, 1.1, 1 / 7, 1 / 3, 2.54, math.pi])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 2**24), min_size=1, max_size=12), FACTORS, FACTORS, st.booleans())
def test_a_common_factor_changes_nothing(numbers: list[int], factor: float, other: float, shared: bool) -> None:
    """Rows times one number, once more, and divided by their sum: the proportions of the whole numbers behind them."""
    weights = np.array(numbers) * factor * other
    if shared:
        weights = weights / weights.sum()
    indptr = np.array([0, len(numbers)])
    (whole, exact), plain = whole_weights(weights, indptr, np.full(len(numbers), 65536)), np.array(numbers)
    assert exact.all()
    plain //= np.gcd.reduce(plain)
    # the few doubles that are also another fraction, to the bit, are that: a few units in the last place off
    assert np.abs(whole * int(plain[0]) / (plain * int(whole[0])) - 1).max() <= 2.0**-49


@pytest.mark.parametrize(
    ("weights", "numbers"),
    [
        ([0.1, 0.30000000000000004], [1, 3]),
        ([0.7, 0.7 * 3], [1, 3]),
        ([0.1 + 0.2, 0.7], [3, 7]),
        ([math.pi, 3 * math.pi, 7 * math.pi], [1, 3, 7]),
        ([1.1 * 5, 1.1 * 2, 1.1], [5, 2, 1]),
    ],
)
def test_weights_of_programs_are_the_numbers_behind_them(weights: list[float], numbers: list[int]) -> None:
    whole, exact = whole_weights(np.array(weights), np.array([0, len(weights)]), np.full(len(weights), 65536))
    assert exact.all()
    assert whole.tolist() == numbers


@pytest.mark.parametrize("factor", [0.1, 0.7, 1 / 7, math.pi])
def test_runs_do_not_depend_on_a_common_factor(factor: float) -> None:
    """Three quarters of a trust's weights meet a threshold of .75, whatever all of them are multiplied by."""
    adopters = []
    for times in (1.0, factor):
        graph = nx.DiGraph()
        for i in range(12):
            graph.add_edge(i, (i + 1) % 12, weight=3 * times)
            graph.add_edge(i, (i + 2) % 12, weight=1 * times)
        scenario = contagion(12, Fraction(3, 4), {0}, 14)
        world = with_network(scenario.build_world(), "network", graph)
        adopters.append(run(scenario, 1, 1, world=world).monthly["adopters"][0].astype(int).tolist())
        assert not said_of_rounding(world, scenario.parameters.exposure)
    assert adopters[0] == adopters[1]
    assert adopters[0][-1] == 12


def test_rounded_rows_are_told(tmp_path: Path, command_line: Callable[..., tuple[int, str, str]]) -> None:
    """In the notes of a scenario and where its world is described; of a tie with dates in its own months only."""
    ties = ["S000000,S000001,1,,", "S000000,S000002,1.4142135623730951,,", "S000003,S000001,2,,",
            "S000003,S000002,2.718281828459045,,2016-01", "S000003,S000004,3.141592653589793,2016-02,",
            "S000004,S000001,0.1,,", "S000004,S000002,0.30000000000000004,,"]  # fmt: skip
    (tmp_path / "t.csv").write_text("source,target,weight,from,to\n" + "\n".join(ties[2:3] + ties[5:]) + "\n", "utf-8")
    (tmp_path / "a.yaml").write_text(
        "title: own\nextends: baseline\nworld:\n  synthetic: {n_trusts: 5, network: none}\n"
        "  layers:\n    own: {file: t.csv, directed: true}\n",
        "utf-8",
    )
    said = "of 5 trusts stand in no proportions of whole numbers, and are rounded"
    for rows, count in ((ties[2:3] + ties[5:], 0), (ties, 2), (ties[:1] + ties[2:4] + ties[5:], 1)):
        (tmp_path / "t.csv").write_text("source,target,weight,from,to\n" + "\n".join(rows) + "\n", "utf-8")
        scenario = load_scenario(str(tmp_path / "a.yaml"))
        notes = "\n".join(notes_of(scenario, scenario.build_world()))
        code, out, err = command_line("describe", "world", "--scenario", str(tmp_path / "a.yaml"))
        assert code == 0, err
        for text in (notes, " ".join(out.split())):
            assert (f"the ties of {count} {said}" in text) if count else said not in text
