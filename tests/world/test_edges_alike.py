"""CSV and GraphML are two spellings of one network: the same ties, the same faults in the same words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError
from diffusion.world.building.build import build_world
from diffusion.world.building.edges import layer_from_file
from diffusion.world.building.export import export_network
from diffusion.world.building.ties import TrustIndex
from diffusion.world.spec import LayerSpec, WorldSpec
from diffusion.world.tables import Layer

pytestmark = pytest.mark.unit

CODES = ("A", "B", "C", "D")
Edge = tuple[str, str, str]


def as_csv(edges: list[Edge], weight: str = "weight") -> str:
    return f"source,target,{weight}\n" + "".join(f"{a},{b},{w}\n" for a, b, w in edges)


def as_graphml(edges: list[Edge], directed: bool, weight: str = "weight", kind: str = "double") -> str:
    """One edge per line, so that line n + 1 of the CSV file is line n + 5 here."""
    lines = [
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        f'<key id="w" for="edge" attr.name="{weight}" attr.type="{kind}"/>',
        f'<graph edgedefault="{"directed" if directed else "undirected"}">',
        "".join(f'<node id="{code}"/>' for code in CODES),
        *(
            f'<edge source="{a}" target="{b}">' + (f'<data key="w">{w}</data>' if w.strip() else "") + "</edge>"
            for a, b, w in edges
        ),
        "</graph></graphml>",
    ]
    return "\n".join(lines) + "\n"


def read(folder: Path, name: str, text: str, directed: bool | None) -> Layer:
    path = folder / name
    path.write_text(text, "utf-8")
    return layer_from_file("own", path, TrustIndex(CODES), weight=1.0, directed=directed, grade="C", source="")


def outcome(folder: Path, name: str, text: str, directed: bool | None) -> object:
    """Ties, or line, key and words of what is said."""
    try:
        layer = read(folder, name, text, directed)
    except InputError as error:
        line = (error.line or 0) - (1 if name.endswith("csv") else 4)
        return line, error.key, error.message, error.expected, error.suggestion
    return layer.directed, layer.indptr.tolist(), layer.indices.tolist(), layer.weights.tolist()


WEIGHTS = (
    "", "1", "0.5", "2e3", "1e-9", "1e12", "0", "-1", "nan", "inf", "-inf", "1e13", "1e400", "1_000", "１", "1,5",
    "010", "0x10", "true", "x", "50%", " 1 ",
)  # fmt: skip


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("kind", ["double", "float", "string", "int", "long", "boolean"])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_every_weight_is_taken_or_refused_alike(tmp_path: Path, weight: str, kind: str, directed: bool) -> None:
    edges = [("A", "B", "1"), ("C", "B", weight)]
    quoted = [(a, b, f'"{w}"' if "," in w else w) for a, b, w in edges]
    one = outcome(tmp_path, "t.csv", as_csv(quoted), directed)
    assert outcome(tmp_path, "t.graphml", as_graphml(edges, directed, kind=kind), directed or None) == one


FAULTY = {
    "self loop": [("A", "B", "1"), ("C", "C", "1")],
    "twice": [("A", "B", "1"), ("C", "D", "1"), ("A", "B", "1")],
    "unknown": [("A", "B", "1"), ("C", "X", "1")],
    "case of a code": [("A", "B", "1"), ("C", "b", "1")],
}


@pytest.mark.parametrize("fault", FAULTY)
def test_every_fault_is_told_alike(tmp_path: Path, fault: str) -> None:
    edges = FAULTY[fault]
    one = outcome(tmp_path, "t.csv", as_csv(edges), True)
    two = outcome(tmp_path, "t.graphml", as_graphml(edges, True), None)
    assert isinstance(one, tuple)
    assert isinstance(two, tuple)
    same = slice(None) if fault in ("self loop", "twice") else slice(2, None)
    assert one[same] == two[same]
    assert one[0] == len(edges)
    assert two[0] == len(edges)


@pytest.mark.parametrize("name", ["Weight", "WEIGHT", "weight"])
def test_the_name_of_the_weight_in_any_case(tmp_path: Path, name: str) -> None:
    edges = [("A", "B", "0.5")]
    assert read(tmp_path, "t.csv", as_csv(edges, name), None).weights.tolist() == [0.5, 0.5]
    assert read(tmp_path, "t.graphml", as_graphml(edges, False, name), None).weights.tolist() == [0.5, 0.5]


def test_another_number_of_ties_is_not_passed_over(tmp_path: Path) -> None:
    edges = [("A", "B", "0.5")]
    for name, text in (("t.csv", as_csv(edges, "wieght")), ("t.graphml", as_graphml(edges, False, "wieght"))):
        with pytest.raises(InputError, match="did you mean 'weight'") as refused:
            read(tmp_path, name, text, None)
        assert refused.value.key == "wieght"


def test_a_tie_in_both_directions_is_advised_to_count_one_way(tmp_path: Path) -> None:
    edges = [("A", "B", "1"), ("B", "A", "1")]
    for name, text in (("t.csv", as_csv(edges)), ("t.graphml", as_graphml(edges, True))):
        with pytest.raises(InputError, match="directed: true"):
            read(tmp_path, name, text, False)
        assert read(tmp_path, name, text, True).directed


def test_undirected_graphml_does_not_become_directed(tmp_path: Path) -> None:
    """Its reader does not keep which end came first, so one-way ties would be made up."""
    with pytest.raises(InputError, match="undirected") as refused:
        read(tmp_path, "t.graphml", as_graphml([("B", "A", "1")], False), True)
    assert refused.value.key == "directed"


def test_a_network_without_ties_is_refused(tmp_path: Path) -> None:
    for name, text in (("t.csv", as_csv([])), ("t.graphml", as_graphml([], False))):
        with pytest.raises(InputError, match=r"no rows|no ties"):
            read(tmp_path, name, text, None)


def test_a_position_is_written_in_one_way(tmp_path: Path) -> None:
    index = TrustIndex(("S0", "S1"), by_position=True)
    assert [index.get(label) for label in ("0", 1, " 1 ", "S1")] == [0, 1, 1, 1]
    assert [index.get(label) for label in ("01", "1.0", "１", "+1", "2", "-1", True)] == [None] * 7


@given(
    ties=st.dictionaries(
        st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)).filter(lambda tie: tie[0] < tie[1]),
        st.floats(1e-12, 1e12),
        min_size=1,
    ),
    directed=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_ties_in_both(tmp_path: Path, ties: dict[tuple[str, str], float], directed: bool) -> None:
    edges = [(a, b, repr(weight)) for (a, b), weight in ties.items()]
    one = outcome(tmp_path, "t.csv", as_csv(edges), directed)
    assert outcome(tmp_path, "t.graphml", as_graphml(edges, directed), None) == one


@pytest.mark.parametrize("suffix", ["csv", "graphml"])
@pytest.mark.parametrize(
    ("layer", "spec"),
    [
        ("geo", {}),
        ("geo", {"scale_km": 3.0}),
        ("geo", {"nearest": 3, "scale_km": 5.0}),
        ("clinical", {}),
        ("ahsn", {}),
        ("type", {}),
    ],
)
def test_what_is_exported_is_read_back_to_the_bit(
    tmp_path: Path, suffix: str, layer: str, spec: dict[str, float]
) -> None:
    layers = {layer: LayerSpec(**spec)} if spec else {}
    world = build_world(WorldSpec(layers=layers), tmp_path)
    path = export_network(world, layer, tmp_path / f"t.{suffix}")
    own = world.layer(layer)
    back = layer_from_file(
        layer,
        path,
        TrustIndex(world.trusts.codes),
        weight=1.0,
        directed=own.directed if suffix == "csv" else None,
        grade="C",
        source="",
    )
    assert back.directed == own.directed
    assert back.n_ties == own.n_ties
    if own.kind == "sparse":
        for name in ("indptr", "indices", "weights"):
            np.testing.assert_array_equal(getattr(back, name), getattr(own, name))
    else:
        assert set(back.weights.tolist()) == {1.0}


def test_words_of_a_graph_in_memory_name_the_layer() -> None:
    import networkx as nx

    from diffusion.world.building.edges import layer_from_networkx

    graph = nx.Graph()
    graph.add_edge("A", "B", weight=float("nan"))
    with pytest.raises(InputError, match=re.escape("world.layers.own: nan is not a weight")):
        layer_from_networkx("own", graph, TrustIndex(CODES))
