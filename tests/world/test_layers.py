"""Network layers: what the built ones look like, own ones, and export in three forms."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError
from diffusion.world.building.build import build_world, with_network
from diffusion.world.building.export import export_network, to_networkx
from diffusion.world.building.layers import geo_layer, sparse_layer
from diffusion.world.spec import LayerSpec, SyntheticSpec, WorldSpec
from diffusion.world.tables import BUILT_LAYERS, Layer, World


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def matrix(layer: Layer) -> np.ndarray:
    """Return W, float64[N, N], of a small layer."""
    n = len(layer.group)
    if layer.kind == "group":
        same = (layer.group[:, None] == layer.group[None, :]) & (layer.group[:, None] >= 0)
        return (same & ~np.eye(n, dtype=bool)).astype(float)
    dense = np.zeros((n, n))
    dense[np.repeat(np.arange(n), np.diff(layer.indptr)), layer.indices] = layer.weights
    return dense


@pytest.mark.unit
def test_layers_stand_in_their_order_and_hold_together(world: World) -> None:
    assert tuple(layer.name for layer in world.layers) == BUILT_LAYERS
    assert [layer.weight for layer in world.layers] == [0.30, 0.20, 0.15, 0.15, 0.15]
    for layer in world.layers:
        dense = matrix(layer)
        assert np.array_equal(dense, dense.T), layer.name
        assert not dense.diagonal().any(), layer.name
        assert np.array_equal(dense * 2**16, np.rint(dense * 2**16)), layer.name
        assert layer.n_ties == np.count_nonzero(dense), layer.name
        if layer.kind == "sparse":
            rows = np.repeat(np.arange(233), np.diff(layer.indptr))
            assert (np.diff(rows * 1000 + layer.indices) > 0).all(), layer.name


@pytest.mark.unit
def test_geo_layer_is_the_great_circle_cut_at_the_radius(world: World) -> None:
    lat, lon = np.radians(world.trusts.latitude), np.radians(world.trusts.longitude)
    cosine = np.sin(lat)[:, None] * np.sin(lat) + np.cos(lat)[:, None] * np.cos(lat) * np.cos(lon[:, None] - lon)
    distance = 6371.0088 * np.arccos(np.clip(cosine, -1, 1))
    expected = np.where((distance <= 150) & ~np.eye(233, dtype=bool), np.exp(-distance / 50), 0)
    assert np.allclose(matrix(world.layer("geo")), expected, atol=2**-16)
    assert 92.5 < world.layer("geo").n_ties / 233 < 93.5
    closer = build_world(WorldSpec(layers={"geo": LayerSpec(radius_km=100)}))
    assert 55 < closer.layer("geo").n_ties / 233 < 57


@pytest.mark.unit
def test_distant_and_nearest_pairs_agree_with_the_dense_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    dense = matrix(world.layer("geo"))
    monkeypatch.setattr("diffusion.world.building.layers._DENSE_LIMIT", 10)
    assert np.array_equal(matrix(geo_layer(world.trusts, 0.2)), dense)
    nearest = geo_layer(world.trusts, 0.2, radius_km=20_000, nearest=5)
    assert (np.diff(nearest.indptr) <= 5).all()
    assert nearest.directed
    weights = matrix(nearest)
    for row in range(0, 233, 20):
        others = dense[row] > 0
        weakest_kept = weights[row][weights[row] > 0].min()
        assert (dense[row][others & (weights[row] == 0)] <= weakest_kept + 2**-16).all()


@pytest.mark.unit
def test_type_groups_are_sector_by_teaching(world: World) -> None:
    sizes = np.unique(world.layer("type").group, return_counts=True)[1]
    assert sorted(sizes.tolist()) == [5, 10, 17, 18, 31, 48, 104]


@pytest.mark.unit
def test_clinical_layer_is_a_small_world_within_sectors_with_teaching_hubs(world: World) -> None:
    trusts = world.trusts
    layer = world.layer("clinical")
    rows = np.repeat(np.arange(233), np.diff(layer.indptr))
    assert (trusts.sector[rows] == trusts.sector[layer.indices]).all()
    assert 5.7 < np.diff(layer.indptr).mean() <= 6
    graph = to_networkx(world, "clinical")
    acute = graph.subgraph(code for code, data in graph.nodes(data=True) if data["sector"] == "acute")
    assert nx.is_connected(acute)
    assert nx.average_clustering(acute) > 0.3  # a random graph of this density has .05
    assert nx.average_shortest_path_length(acute) < 6  # the ring alone has 23
    ring = build_world(WorldSpec(layers={"clinical": LayerSpec(rewire=0.0)})).layer("clinical")
    assert (np.diff(ring.indptr)[trusts.sector == 0] == 6).all()
    random = build_world(WorldSpec(layers={"clinical": LayerSpec(rewire=1.0, hub_weight=8)})).layer("clinical")
    degree = np.diff(random.indptr)[trusts.sector == 0]
    teaching = trusts.teaching[trusts.sector == 0]
    assert degree[teaching].mean() > 2 * degree[~teaching].mean()


@pytest.mark.unit
def test_a_trust_that_leaves_the_table_moves_few_clinical_ties(world: World, tmp_path: Path) -> None:
    from diffusion.reading.files import packaged

    lines = packaged("worlds/england-2017/trusts.csv").read_text("utf-8").splitlines()
    (tmp_path / "trusts.csv").write_text("\n".join(lines[:50] + lines[51:]), "utf-8")
    smaller = build_world(WorldSpec(trusts="trusts.csv"), tmp_path)
    before = set(map(frozenset, to_networkx(world, "clinical").edges))
    after = set(map(frozenset, to_networkx(smaller, "clinical").edges))
    assert len(after - before) < 0.08 * len(before)


@pytest.mark.unit
def test_layers_can_be_dropped_weighted_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text("source,target,weight\nR1A,R1C,4\nR1C,R1D,1\n", "utf-8")
    spec = WorldSpec(
        layers={
            "ics": LayerSpec(drop=True),
            "ahsn": LayerSpec(weight=0.5, grade="B"),
            "geo": LayerSpec(file="ties.csv"),
            "zeta": LayerSpec(file="ties.csv", directed=True, weight=0.05),
            "alpha": LayerSpec(file="ties.csv"),
        }
    )
    world = build_world(spec, tmp_path)
    assert [layer.name for layer in world.layers] == ["ahsn", "geo", "type", "clinical", "alpha", "zeta"]
    assert (world.layer("ahsn").weight, world.layer("ahsn").grade) == (0.5, "B")
    assert (world.layer("alpha").n_ties, world.layer("zeta").n_ties) == (4, 2)
    assert world.layer("geo").weights.tolist() == [4, 4, 1, 1]
    assert "layer alpha" in world.provenance
    first = world.trusts.codes.index("R1A")
    assert world.layer("zeta").indices[world.layer("zeta").indptr[first]] == world.trusts.codes.index("R1C")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"goe": LayerSpec(weight=0.1)}, "did you mean 'geo'?"),
        ({"mine": LayerSpec(drop=True)}, "give the new layer a file"),
        ({"ahsn": LayerSpec(radius_km=10)}, "for the built layer geo only"),
        ({"geo": LayerSpec(rewire=0.1)}, "for the built layer clinical only"),
        ({"geo": LayerSpec(directed=True)}, "for layers with a file only"),
    ],
)
def test_impossible_layers_are_refused(layers: dict[str, LayerSpec], message: str) -> None:
    with pytest.raises(InputError) as caught:
        build_world(WorldSpec(layers=layers))
    assert message in str(caught.value)
    assert str(caught.value.key).startswith("world.layers.")


@pytest.mark.unit
def test_an_edited_file_is_another_world(tmp_path: Path) -> None:
    spec = WorldSpec(layers={"own": LayerSpec(file="ties.csv")})
    (tmp_path / "ties.csv").write_text("source,target\nR1A,R1C\n", "utf-8")
    one = build_world(spec, tmp_path)
    assert build_world(spec, tmp_path) is one
    (tmp_path / "ties.csv").write_text("source,target\nR1A,R1D\n", "utf-8")
    assert build_world(spec, tmp_path) is not one


@pytest.mark.integration
@pytest.mark.parametrize("fmt", ["csv", "graphml"])
@pytest.mark.parametrize("name", ["ahsn", "geo", "clinical"])
def test_export_reads_back_as_the_same_layer(world: World, tmp_path: Path, name: str, fmt: str) -> None:
    path = export_network(world, name, tmp_path / "out" / f"layer.{fmt}", fmt)
    spec = WorldSpec(layers={"copy": LayerSpec(file=f"layer.{fmt}")})
    copy = build_world(spec, path.parent)
    assert np.array_equal(matrix(copy.layer("copy")), matrix(world.layer(name)))
    if fmt == "graphml":
        graph = nx.read_graphml(path)
        assert graph.nodes["R1A"]["sector"] == "community"
        assert graph.nodes["R1A"]["teaching"] is False
    assert sorted(item.name for item in path.parent.iterdir()) == [path.name]


@pytest.mark.unit
def test_networkx_both_ways_keeps_directions(world: World) -> None:
    graph = nx.DiGraph([("R1A", "R1C", {"weight": 0.5}), ("R1C", "R1D")])
    grown = with_network(world, "mine", graph, weight=0.2)
    assert [layer.name for layer in grown.layers] == [*BUILT_LAYERS, "mine"]
    assert len(world.layers) == 5
    back = to_networkx(grown, "mine")
    assert sorted(back.edges(data="weight")) == [("R1A", "R1C", 0.5), ("R1C", "R1D", 1.0)]
    assert back.number_of_nodes() == 233
    with pytest.raises(InputError, match="unknown trust 'R1X'"):
        with_network(world, "mine", nx.Graph([("R1A", "R1X")]))
    with pytest.raises(InputError, match="tie with itself"):
        with_network(world, "mine", nx.Graph([("R1A", "R1A")]))
    with pytest.raises(InputError, match="given twice"):
        with_network(world, "mine", nx.MultiGraph([("R1A", "R1C"), ("R1A", "R1C")]))


@pytest.mark.unit
@pytest.mark.parametrize(
    ("key", "value"),
    [("weight", wrong) for wrong in (float("nan"), float("inf"), -1.0, -0.5, 100.5, 1e300, True, "0.3", [0.3])]
    + [("weight", np.float32(-1)), ("grade", "D"), ("grade", 1), ("directed", "yes"), ("source", 7)],
)
def test_a_layer_from_networkx_is_held_to_the_rules_of_files(world: World, key: str, value: object) -> None:
    with pytest.raises(InputError) as refused:
        with_network(world, "mine", nx.Graph([("R1A", "R1C")]), **{key: value})  # type: ignore[arg-type]
    assert refused.value.key == f"world.layers.mine.{key}"
    assert refused.value.expected


@pytest.mark.unit
@pytest.mark.parametrize("weight", [0, 0.0, 100, 1, np.float32(0.5), np.int64(2)])
def test_weights_that_files_may_have_are_taken(world: World, weight: float) -> None:
    assert with_network(world, "mine", nx.Graph([("R1A", "R1C")]), weight=weight).layer("mine").weight == weight


@pytest.mark.unit
def test_too_many_ties_unknown_layers_and_formats_are_refused(world: World, tmp_path: Path) -> None:
    big = build_world(WorldSpec(synthetic=SyntheticSpec(n_trusts=4_000)))
    with pytest.raises(InputError, match="at most 5,000,000"):
        to_networkx(big, "network")
    with pytest.raises(InputError, match="at most 5,000,000"):
        export_network(big, "network", tmp_path / "x.csv")
    with pytest.raises(InputError, match="did you mean 'clinical'"):
        to_networkx(world, "clinicl")
    with pytest.raises(InputError, match="graphml or csv"):
        export_network(world, "geo", tmp_path / "x.gml")
    assert not list(tmp_path.iterdir())


@pytest.mark.unit
@settings(max_examples=50, deadline=None)
@given(
    n=st.integers(1, 12),
    ties=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.floats(1e-9, 1)), max_size=30),
    directed=st.booleans(),
)
def test_any_ties_make_a_sorted_layer_without_self_ties(
    n: int, ties: list[tuple[int, int, float]], directed: bool
) -> None:
    ties = [(i % n, j % n, w) for i, j, w in ties]
    rows, columns = (np.array([tie[end] for tie in ties], dtype=np.int64) for end in (0, 1))
    weights = np.array([tie[2] for tie in ties], dtype=np.float64)
    layer = sparse_layer("x", 1.0, n, rows, columns, weights, directed=directed)
    dense = matrix(layer)
    assert np.count_nonzero(dense) == layer.n_ties
    assert not dense.diagonal().any()
    assert directed or np.array_equal(dense > 0, dense.T > 0)
    assert {(i, j) for i, j, _ in ties if i != j} <= set(zip(*np.nonzero(dense)))
    assert set(layer.weights.tolist()) <= set(weights.tolist())
