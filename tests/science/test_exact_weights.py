"""Weights that are whole numbers or fractions stay exact: a quarter of the ties meets a threshold of .25."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.experiments.running.runner import run
from diffusion.mechanisms.exposure import exposure_row
from diffusion.mechanisms.network.whole_weights import MOST_TOTAL, fractions, whole_weights
from diffusion.month.simulation import Simulation
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
        if exact[i] and len(row):
            above, below = fractions(np.array(row))
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
