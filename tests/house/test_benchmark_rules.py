"""The tools that the benchmarks time run the rule they claim: against the exact recursion and against each other."""

from __future__ import annotations

import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from support import oracles

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import classic
import classic_c
import classic_mesa
import contest

pytestmark = pytest.mark.integration

needs_compiler = pytest.mark.skipif(not classic_c.available(), reason="no C compiler")
P_RATE = -np.log1p(-classic.P_PER_MONTH)


def greatest_z(curves: np.ndarray, n: int) -> float:
    """Return the greatest deviation of the mean curve from the exact one on the complete graph, in standard errors."""
    mean, sd = oracles.complete_graph(n, P_RATE, classic.Q_PER_MONTH, classic.MONTHS)
    months = np.array([1, 6, 12, 18, 24])
    standard_error = sd[months] / np.sqrt(len(curves))
    return float(np.abs((curves[:, months].mean(axis=0) / n - mean[months]) / standard_error).max())


@needs_compiler
def test_c_kernel_hits_exact_mean_on_complete_graph() -> None:
    n = 40
    starts = np.arange(0, n * n, n - 1, dtype=np.int64)[: n + 1]
    neighbours = np.array([j for i in range(n) for j in range(n) if j != i], np.uint32)
    _, adopters = classic_c.simulate(starts, neighbours, 20_000, seed=1)
    assert greatest_z(adopters, n) < 4


def test_mesa_model_hits_exact_mean_on_complete_graph() -> None:
    n, curves = 20, []
    for seed in range(150):
        model = classic_mesa.ClassicModel(nx.complete_graph(n), rng=seed)
        for _ in range(24):
            model.step()
        curves.append(model.datacollector.model_vars["adopters"])
    assert greatest_z(np.array(curves), n) < 4


@needs_compiler
def test_mesa_and_c_agree_on_small_world() -> None:
    tools = {
        "mesa": contest.Entrant(classic_mesa.mesa_classic, 230, 20),
        "c": contest.Entrant(classic_c.c_classic, 230, 2_000),
    }
    _, (agreement,) = contest.contest(tools, rounds=2)
    assert agreement.gap_share < agreement.tolerated_share


def test_engine_scenario_has_the_network_of_the_other_tools() -> None:
    from diffusion.scenario.load import load_scenario

    world = load_scenario(Path(classic.__file__).with_name("classic.yaml")).build_world()
    (layer,) = world.layers
    starts, neighbours = classic.neighbour_rows(world.n_trusts)
    assert np.array_equal(layer.indptr, starts)
    assert np.array_equal(layer.indices, neighbours)
