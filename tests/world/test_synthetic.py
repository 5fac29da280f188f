"""Synthetic worlds: limiting cases, NetworkX generators, and worlds like England at scale."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from pydantic import ValidationError

from diffusion.errors import InputError
from diffusion.world.building.build import build_world
from diffusion.world.building.export import to_networkx
from diffusion.world.building.networks import generator_names
from diffusion.world.spec import LayerSpec, SyntheticSpec, WorldSpec
from diffusion.world.tables import KINDS, World


def made(folder: Path | str = ".", **synthetic: Any) -> World:
    return build_world(WorldSpec(synthetic=SyntheticSpec(**synthetic)), folder)


def refused(folder: Path | str = ".", **synthetic: Any) -> str:
    with pytest.raises(InputError) as caught:
        made(folder, **synthetic)
    assert str(caught.value.key).startswith("world."), caught.value
    return str(caught.value)


@pytest.mark.unit
def test_neutral_worlds_are_neutral() -> None:
    world = made(n_trusts=100)
    trusts, innovations = world.trusts, world.innovations
    assert world.layers[0].kind == "group"
    assert world.layers[0].n_ties == 9900
    assert (trusts.size == 1).all()
    assert np.isnan(trusts.threshold).all()
    for name in (
        "teaching",
        "centre_of_excellence",
        "money_short",
        "ahsn_boundary",
        "digital_maturity",
        "sector",
        "ahsn",
    ):
        assert not getattr(trusts, name).any(), name
    assert (world.n_innovations, world.n_ahsns) == (1, 1)
    assert world.eligible.all()
    for name in (
        "upfront_cost_gbp", "running_cost_gbp_per_month", "saving_gbp_per_month", "evaluation_months", "pilot_months",
        "rollout_months", "nasss_sum", "risk_class", "benefit", "signal", "live_month", "contract", "digital",
        "pilot_abandonment_per_month",
    ):  # fmt: skip
        assert not getattr(innovations, name).any(), name
    assert innovations.tags == (frozenset(),)


@pytest.mark.unit
def test_ring_and_lattice_are_the_graphs_of_the_limiting_cases() -> None:
    ring = made(n_trusts=10, network="ring").layers[0]
    assert ring.directed
    assert ring.indices.tolist() == [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    lattice = to_networkx(made(n_trusts=100, network="lattice", args={"k": 4}), "network")
    expected = nx.relabel_nodes(nx.watts_strogatz_graph(100, 4, 0), {node: f"S{node:06d}" for node in range(100)})
    assert nx.utils.edges_equal(lattice.edges, expected.edges)
    assert to_networkx(made(n_trusts=2, network="ring"), "network").number_of_edges() == 2
    assert made(n_trusts=1, network="ring").layers[0].n_ties == 0


@pytest.mark.unit
def test_any_generator_by_name_is_the_networkx_graph() -> None:
    args = {"n": 50, "m": 3, "seed": 7}
    world = made(network="barabasi_albert_graph", args=args)
    expected = nx.barabasi_albert_graph(**args)
    codes = {node: f"S{node:06d}" for node in expected}
    found = to_networkx(world, "network")
    assert nx.utils.edges_equal(found.edges, nx.relabel_nodes(expected, codes).edges)
    assert world.n_trusts == 50
    grid = made(network="grid_2d_graph", args={"m": 4, "n": 5})
    assert (grid.n_trusts, grid.layers[0].n_ties) == (20, 62)
    star = made(network="star_graph", args={"n": 9})
    assert star.n_trusts == 10
    assert made(network="gn_graph", args={"n": 20}).layers[0].directed
    weighted = made(network="mycielski_graph", args={"n": 4})
    assert weighted.layers[0].n_ties == 40
    assert "watts_strogatz_graph" in generator_names()


@pytest.mark.unit
def test_the_key_decides_random_networks_and_nothing_else_does() -> None:
    one, two = (made(n_trusts=60, network="watts_strogatz", args={"k": 4, "p": 0.5}, key=key) for key in (1, 2))
    again = made(n_trusts=60, network="watts_strogatz", args={"p": 0.5, "k": 4}, key=1, n_innovations=2)
    assert np.array_equal(one.layers[0].indices, again.layers[0].indices)
    assert not np.array_equal(one.layers[0].indices, two.layers[0].indices)


@pytest.mark.unit
def test_edge_lists_name_sites_by_code_or_position(tmp_path: Path) -> None:
    # The toy network of eight nodes; "i looks to j".
    ties = {1: [2, 3], 2: [1, 3, 4], 3: [1], 4: [2, 5], 5: [4, 6, 7], 6: [5, 7], 7: [1, 6], 8: []}
    lines = [f"{i - 1},S{j - 1:06d}" for i, targets in ties.items() for j in targets]
    (tmp_path / "toy.csv").write_text("source,target\n" + "\n".join(lines), "utf-8")
    world = made(tmp_path, n_trusts=8, network="edges", file="toy.csv", directed=True)
    layer = world.layers[0]
    for i, targets in ties.items():
        assert (layer.indices[layer.indptr[i - 1] : layer.indptr[i]] + 1).tolist() == targets
    (tmp_path / "bad.csv").write_text("source,target\n0,8\n", "utf-8")
    with pytest.raises(InputError, match="unknown trust '8'"):
        made(tmp_path, n_trusts=8, network="edges", file="bad.csv")


@pytest.mark.unit
def test_thresholds_are_a_ladder_a_list_or_changes() -> None:
    ladder = made(n_trusts=100, thresholds="ladder", threshold_changes={1: 2})
    assert ladder.trusts.threshold.tolist() == [0, 2, 2, *range(3, 100)]
    assert made(n_trusts=3, thresholds=[0.5, 1, 2]).trusts.threshold.tolist() == [0.5, 1, 2]
    some = made(n_trusts=3, thresholds={"S000002": 1, 0: 4}).trusts.threshold
    assert np.array_equal(some, [4, np.nan, 1], equal_nan=True)
    assert "3 numbers" in refused(n_trusts=3, thresholds=[1.0])
    assert "unknown trust '3'" in refused(n_trusts=3, threshold_changes={3: 1})


@pytest.mark.unit
def test_innovations_are_plain_of_a_kind_mixed_or_a_portfolio() -> None:
    plain = made(n_trusts=5, n_innovations=2, attributes={"rollout_push_per_month": 0.0025, "prior_evidence": 4})
    assert plain.innovations.rollout_push_per_month.tolist() == [0.0025, 0.0025]
    assert plain.innovations.prior_evidence.tolist() == [4, 4]
    device = made(n_trusts=5, kind="device", attributes={"initial_sites_min": 1, "initial_sites_max": 2}).innovations
    assert (device.upfront_cost_gbp[0], device.live_month[0], device.initial_sites_max[0]) == (80_000, 0, 2)
    mixed = made(n_trusts=5, kind="mix", n_innovations=7)
    assert mixed.innovations.kind.tolist() == [0, 1, 2, 3, 4, 0, 1]
    assert mixed.eligible.all()
    portfolio = made(n_trusts=5, kind="portfolio")
    assert portfolio.innovations.ids == build_world().innovations.ids
    assert portfolio.eligible.all()


@pytest.mark.unit
def test_england_like_worlds_resemble_england() -> None:
    real = build_world()
    world = made(n_trusts=7_000, england_like=True)
    trusts = world.trusts
    assert [layer.name for layer in world.layers] == ["ahsn", "geo", "ics", "type", "clinical"]
    for name in ("sector", "ahsn", "ics"):
        share = np.bincount(getattr(trusts, name), minlength=42) / 7_000
        target = np.bincount(getattr(real.trusts, name), minlength=42) / 233
        assert np.abs(share - target).max() < 0.02, name
    assert abs(trusts.size.mean() - real.trusts.size.mean()) < 0.05
    assert (np.diff(world.layer("geo").indptr) == 20).all()
    assert world.n_innovations == 30
    mixed = made(n_trusts=7_000, england_like=True, n_innovations=50)
    assert sorted(set(mixed.innovations.kind.tolist())) == list(range(len(KINDS)))
    assert 0.5 < mixed.eligible.mean() < 1


@pytest.mark.unit
def test_a_site_keeps_its_draws_when_others_are_added() -> None:
    few, many = (made(n_trusts=n, england_like=True).trusts for n in (300, 400))
    assert np.array_equal(few.latitude, many.latitude[:300])
    assert np.array_equal(few.sector, many.sector[:300])


@pytest.mark.integration
def test_a_hundred_thousand_sites_are_built_in_linear_cost() -> None:
    start = time.perf_counter()
    world = made(n_trusts=100_000, england_like=True, n_innovations=2)
    assert time.perf_counter() - start < 20
    assert world.layer("geo").n_ties <= 2_000_000
    assert world.layer("clinical").n_ties <= 600_000


@pytest.mark.unit
@pytest.mark.parametrize(
    ("synthetic", "message"),
    [
        ({"network": "complete"}, "n_trusts"),
        ({"n_trusts": 5, "network": "watts_strogats"}, "did you mean 'watts_strogatz'?"),
        ({"n_trusts": 5, "network": "read_graphml", "args": {"path": "/etc/passwd"}}, "unknown network"),
        ({"n_trusts": 5, "network": "__class__"}, "unknown network"),
        ({"n_trusts": 5, "network": "generators.random_graphs"}, "unknown network"),
        ({"n_trusts": 5, "network": "gnp_random_graph", "args": {"q": 0.1}}, "has no argument 'q'"),
        ({"n_trusts": 5, "network": "gnp_random_graph"}, "refuses its arguments"),
        ({"n_trusts": 5, "network": "gnp_random_graph", "args": {"p": 0.1, "create_using": "x"}}, "no argument"),
        ({"network": "complete_graph", "args": {"n": 50_000}}, "use network: complete"),
        ({"n_trusts": 5, "network": "star_graph", "args": {"n": 5}}, "made 6 nodes for 5 trusts"),
        ({"n_trusts": 5, "network": "random_labeled_tree", "args": {"n": "x"}}, "refuses its arguments"),
        ({"n_trusts": 5, "network": "lattice", "args": {"k": 3}}, "an even number"),
        ({"n_trusts": 5, "network": "lattice", "args": {"j": 4}}, "has no argument 'j'"),
        ({"n_trusts": 5, "network": "ring", "args": {"k": 4}}, "takes no arguments"),
        ({"n_trusts": 5, "network": "edges"}, "world.synthetic.file"),
        ({"n_trusts": 5, "file": "x.csv"}, "set network: edges"),
        ({"n_trusts": 5, "attributes": {"rollout_push": 1}}, "did you mean 'rollout_push_per_month'?"),
        ({"n_trusts": 5, "attributes": {"pilot_months": "long"}}, "expected a number"),
        ({"n_trusts": 5, "attributes": {"eligible_sectors": ["acute"]}}, "unknown sector 'acute'"),
        ({"n_trusts": 5, "kind": "portfolio", "n_innovations": 3}, "come from a portfolio"),
        ({"england_like": True}, "n_trusts"),
    ],
)
def test_impossible_worlds_are_refused(synthetic: dict[str, Any], message: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("source,target\n0,1\n", "utf-8")
    assert message in refused(tmp_path, **synthetic)


@pytest.mark.unit
def test_synthetic_worlds_do_not_mix_with_tables() -> None:
    spec = SyntheticSpec(n_trusts=5, kind="plain")
    for more, message in (
        ({"trusts": "trusts.csv"}, "has no table"),
        ({"innovations": "mine.yaml"}, "kind: portfolio"),
        ({"layers": {"geo": LayerSpec(weight=1)}}, "no layer 'geo'"),
    ):
        with pytest.raises(InputError, match=message):
            build_world(WorldSpec(synthetic=spec, **more))  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        SyntheticSpec(n_trusts=100_001)
    with pytest.raises(ValidationError):
        SyntheticSpec(n_trust=5)  # type: ignore[call-arg]
