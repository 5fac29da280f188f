"""Files of networks in the forms that programs write: taken as what they say, or refused in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.errors import InputError
from diffusion.reading.run_months import day_or_month, month_text
from diffusion.scenario.felt.notes import notes_of
from diffusion.scenario.load import load_scenario
from diffusion.world.building.build import build_world
from diffusion.world.spec import LayerSpec, SyntheticSpec, WorldSpec
from diffusion.world.tables import Layer

pytestmark = pytest.mark.unit

DOCS = Path(__file__).parents[2] / "docs" / "networks.md"
CODES = tuple(f"S{number:06d}" for number in range(5))
A, B, C = CODES[:3]

#: as igraph writes a graph with names and weights
IGRAPH = f"""<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns
         http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
<!-- Created by igraph -->
  <key id="g_name" for="graph" attr.name="name" attr.type="string"/>
  <key id="v_name" for="node" attr.name="name" attr.type="string"/>
  <key id="v_beds" for="node" attr.name="beds" attr.type="double"/>
  <key id="e_weight" for="edge" attr.name="weight" attr.type="double"/>
  <graph id="G" edgedefault="directed">
    <data key="g_name">advice</data>
    <node id="n0"><data key="v_name">{A}</data><data key="v_beds">400</data></node>
    <node id="n1"><data key="v_name">{B}</data><data key="v_beds">250</data></node>
    <node id="n2"><data key="v_name">{C}</data><data key="v_beds">90</data></node>
    <edge source="n0" target="n1"><data key="e_weight">3</data></edge>
    <edge source="n2" target="n0"><data key="e_weight">0.25</data></edge>
  </graph>
</graphml>
"""
#: as Gephi writes one: the code is the label, and a weight of 1 is the default of its key
GEPHI = f"""<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key attr.name="label" attr.type="string" for="node" id="label"/>
<key attr.name="Edge Label" attr.type="string" for="edge" id="edgelabel"/>
<key attr.name="weight" attr.type="double" for="edge" id="weight"><default>1.0</default></key>
<graph edgedefault="undirected">
<node id="10.0"><data key="label">{A}</data></node>
<node id="11.0"><data key="label">{B}</data></node>
<node id="12.0"><data key="label">{C}</data></node>
<edge source="10.0" target="11.0"><data key="weight">2.5</data></edge>
<edge source="11.0" target="12.0"/>
</graph></graphml>
"""
#: as igraph writes GML: numbers for ids, names beside them, no label
GML = f"""Creator "igraph version 0.10.6"
Version 1
graph
[
  directed 1
  node
  [
    id 0
    name "{A}"
  ]
  node
  [
    id 1
    name "{B}"
  ]
  edge
  [
    source 0
    target 1
    weight 3
  ]
  edge
  [
    source 1
    target 0
    weight 0.5
  ]
]
"""
PAJEK = f'*Vertices 3\n1 "{A}" 0.1 0.2 0.5\n2 "{B}" 0.3 0.4 0.5\n3 {C}\n'
ATTRIBUTE = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    '<key id="d0" for="edge" attr.name="Flow" attr.type="int"/>\n'
    '<key id="d1" for="edge" attr.name="km" attr.type="double"/>\n'
    f'<graph edgedefault="undirected">\n<node id="{A}"/><node id="{B}"/><node id="{C}"/>\n'
    f'<edge source="{A}" target="{B}"><data key="d0">7</data><data key="d1">12.5</data></edge>\n'
    f'<edge source="{B}" target="{C}"><data key="d1">3.5</data></edge>\n</graph></graphml>\n'
)
BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 if n > 1 else str()};" * 10}">' for n in range(1, 10))
    + ']>\n<graphml><graph edgedefault="undirected"><node id="&lol9;"/></graph></graphml>\n'
)
Ties = dict[tuple[int, int], float]


class Form(NamedTuple):
    """A file, what is said of the layer, and what becomes of it: ties, or words of the refusal; words of notes."""

    name: str
    text: str
    result: Ties | str
    options: Mapping[str, object] = MappingProxyType({})
    note: str = ""
    line: int | None = None


def both(ties: Ties) -> Ties:
    return ties | {(j, i): weight for (i, j), weight in ties.items()}


FORMS = {
    "CSV": Form("t.csv", f"source,target\n{A},{B}\n", both({(0, 1): 1.0})),
    "CSV, directed: true": Form("t.csv", f"source,target\n{A},{B}\n", {(0, 1): 1.0}, {"directed": True}),
    "CSV with weights": Form(
        "t.csv", f"Source;Target;Weight\n{A};{B};7\n{B};{C};0.1\n", both({(0, 1): 7, (1, 2): 0.1})
    ),
    "CSV, some weights blank": Form(
        "t.csv", f"source,target,weight\n{A},{B},7\n{B},{C},\n", both({(0, 1): 7, (1, 2): 1}),
        note="1 of 2 ties state no weight, and count 1",
    ),
    "CSV, weights in another column": Form(
        "t.csv", f"source,target,patients,km\n{A},{B},40,3\n", both({(0, 1): 40}), {"tie_weight": "patients"}
    ),
    "CSV, that column misspelt": Form(
        "t.csv", f"source,target,patients\n{A},{B},40\n", "missing column", {"tie_weight": "patient"}, line=1
    ),
    "CSV, further columns": Form("t.csv", f"source,target,km\n{A},{B},40\n", "unknown column", line=1),
    "GraphML, codes as ids": Form(
        "t.graphml", re.sub(r'<data key="d1">[0-9.]*</data>', "", ATTRIBUTE).replace("Flow", "WEIGHT")
        .replace(">7<", ">2<").replace(f'target="{C}">', f'target="{C}"><data key="d0">0.5</data>'),
        both({(0, 1): 2.0, (1, 2): 0.5}),
    ),
    "GraphML of igraph": Form("t.graphml", IGRAPH, {(0, 1): 3.0, (2, 0): 0.25}),
    "GraphML of igraph, undirected": Form(
        "t.graphml", IGRAPH.replace('"directed"', '"undirected"'), both({(0, 1): 3.0, (2, 0): 0.25})
    ),
    "GraphML of Gephi": Form("t.graphml", GEPHI, both({(0, 1): 2.5, (1, 2): 1.0})),
    "a directed file, directed: false": Form(
        "t.graphml", IGRAPH, both({(0, 1): 3.0, (2, 0): 0.25}), {"directed": False}, note="count one way in the file"
    ),
    "an undirected file, directed: true": Form(
        "t.graphml", GEPHI, "none of them counts one way only", {"directed": True}
    ),
    "ties directed and undirected in one GraphML": Form(
        "t.graphml", IGRAPH.replace('<edge source="n0"', '<edge directed="false" source="n0"'),
        "some ties are directed and others are not", line=17,
    ),
    "GraphML, every tie says the other of its graph": Form(
        "t.graphml", IGRAPH.replace('"directed"', '"undirected"').replace("<edge ", '<edge directed="true" '),
        {(0, 1): 3.0, (2, 0): 0.25},
    ),
    "GraphML, a weight without text": Form(
        "t.graphml", IGRAPH.replace(">0.25<", "> <").replace('"directed"', '"undirected"'),
        both({(0, 1): 3.0, (2, 0): 1.0}), note="1 of 2 ties state no weight, and count 1",
    ),
    "a weight by another name": Form("t.graphml", ATTRIBUTE, "unknown attribute of a tie", line=6),
    "that name given": Form("t.graphml", ATTRIBUTE, both({(0, 1): 12.5, (1, 2): 3.5}), {"tie_weight": "km"}),
    "that name in another case": Form(
        "t.graphml", ATTRIBUTE, both({(0, 1): 7, (1, 2): 1}), {"tie_weight": "flow"}, note="called 'Flow' in the file"
    ),
    "some ties without it": Form(
        "t.graphml", ATTRIBUTE, both({(0, 1): 7, (1, 2): 1}), {"tie_weight": "Flow"},
        note="1 of 2 ties state no weight, and count 1",
    ),
    "a name that no tie has": Form("t.graphml", ATTRIBUTE, "no tie has the attribute 'Flwo'", {"tie_weight": "Flwo"}),
    "tie_weight: none": Form("t.graphml", ATTRIBUTE, both({(0, 1): 1, (1, 2): 1}), {"tie_weight": "none"}),
    "two names that differ by case": Form(
        "t.graphml", ATTRIBUTE.replace('"km"', '"flow"'), "Flow and flow", {"tie_weight": "FLOW"}
    ),
    "codes in an attribute that is named": Form(
        "t.graphml", IGRAPH.replace('for="node" attr.name="name"', 'for="node" attr.name="ods"'),
        {(0, 1): 3.0, (2, 0): 0.25}, {"codes": "ODS"},
    ),
    "a name of codes that no node has": Form("t.graphml", IGRAPH, "no node has the attribute 'ods'", {"codes": "ods"}),
    "two attributes with other codes each": Form(
        "t.gml", GML.replace(f'name "{A}"', f'name "{A}"\n    label "{C}"').replace(
            f'name "{B}"', f'name "{B}"\n    label "{A}"'), "these differ",
    ),
    "two nodes of one code": Form("t.graphml", IGRAPH.replace(f">{C}<", f">{A}<"), f"two nodes are '{A}'"),
    "a document type, entities": Form("t.graphml", BOMB, "declares a document type", line=2),
    "two graphs": Form(
        "t.graphml", IGRAPH.replace("</graphml>", '<graph edgedefault="directed"/></graphml>'), "second graph", line=19
    ),
    "GML of igraph": Form("t.gml", GML, {(0, 1): 3.0, (1, 0): 0.5}),
    "GML, undirected": Form(
        "t.gml", f'graph [\n node [ id 7 label "{A}" ]\n node [ id 8 label "{C}" ]\n edge [ source 7 target 8 ]\n]\n',
        both({(0, 2): 1.0}),
    ),
    "GML, a tie twice": Form(
        "t.gml", GML.replace("directed 1", "directed 0"), "given twice", line=22
    ),
    "GML that is broken": Form("t.gml", GML[:-3] + "§", "not valid GML"),
    "GML of another thing": Form("t.gml", "graph [ node [ id 0 ] node [ id 0 ] ]\n", "not valid GML"),
    "Pajek, arcs": Form("t.net", PAJEK + "*Arcs\n1 2 3\n3 1 0.25\n", {(0, 1): 3.0, (2, 0): 0.25}),
    "Pajek, edges": Form("t.net", "*Network advice\n" + PAJEK + "% a remark\n*Edges\n1 2 3\n", both({(0, 1): 3.0})),
    "Pajek, arcs and edges": Form(
        "t.net", PAJEK + "*Arcs\n1 2 3\n*Edges\n2 3 5\n", {(0, 1): 3.0, (1, 2): 5.0, (2, 1): 5.0}
    ),
    "Pajek, lists of arcs": Form("t.net", PAJEK + "*Arcslist\n1 2 3\n2 3\n", {(0, 1): 1.0, (0, 2): 1.0, (1, 2): 1.0}),
    "Pajek, lists of edges": Form("t.net", PAJEK + "*edgeslist\r\n1 2 3\r\n", both({(0, 1): 1.0, (0, 2): 1.0})),
    "Pajek, a matrix": Form("t.net", PAJEK + "*Matrix\n0 2.5 0\n0 0 0\n1 0 0\n", {(0, 1): 2.5, (2, 0): 1.0}),
    "Pajek, some weights left out": Form(
        "t.net", PAJEK + "*Edges\n1 2 3\n2 3\n", both({(0, 1): 3.0, (1, 2): 1.0}), note="1 of 2 ties state no weight"
    ),
    "Pajek, times in brackets": Form("t.net", PAJEK + "*Arcs\n1 2 1 [5-10]\n", "times of ties such as [5-10]", line=6),
    "Pajek, partitions and the like": Form("t.net", PAJEK + "*Partition\n1\n", "'*Partition' is not read", line=5),
    "Pajek, several relations": Form("t.net", PAJEK + "*Arcs :1\n1 2\n*Arcs :2\n2 3\n", "comes twice", line=7),
    "Pajek, a number without a vertex": Form("t.net", PAJEK + "*Arcs\n1 4\n", "'4' is not a vertex", line=6),
    "Pajek, a quotation mark left open": Form("t.net", PAJEK.replace(f'"{B}"', f'"{B}'), "not closed", line=3),
    "a node that is not in the world": Form("t.gml", GML.replace(B, "S000009"), "unknown trust 'S000009'", line=11),
    "a tie twice": Form("t.net", PAJEK + "*Arcs\n1 2\n1 2 4\n", "given twice", line=7),
    "a tie of one with itself": Form("t.net", PAJEK + "*Edges\n1 2\n3 3\n", "no tie with itself", line=7),
    "a weight that is none": Form("t.net", PAJEK + "*Arcs\n1 2 -4\n", "'-4' is not a weight", line=6),
    "no ties": Form("t.net", PAJEK + "*Arcs\n", "the network has no ties"),
    "another form": Form("t.paj", PAJEK, "files of type '.paj' cannot be read"),
    "CSV with from and to": Form("t.csv", f"source,target,from,to\n{A},{B},2016-01,2017-03-31\n", both({(0, 1): 1.0})),
    "to before from": Form("t.csv", f"source,target,from,to\n{A},{B},2017-01,2016-03\n", "before it begins", line=2),
    "a day before the other, in one month": Form(
        "t.csv", f"source,target,from,to\n{A},{B},2016-04-20,2016-04-10\n", "before it begins on 2016-04-20", line=2
    ),
    "two days of one month": Form(
        "t.csv", f"source,target,from,to\n{A},{B},2016-04-10,2016-04-10\n", both({(0, 1): 1.0})
    ),
    "a date in another form": Form("t.csv", f"source,target,from\n{A},{B},Apr 2017\n", "write 2017-04", line=2),
    "a day that is none": Form("t.csv", f"source,target,from\n{A},{B},2017-02-30\n", "is not a month", line=2),
    "a tie twice in one month": Form(
        "t.csv", f"source,target,from,to\n{A},{B},,2017-03\n{B},{A},2017-03,\n", "given twice in 2017-03", line=3
    ),
    "a tie that comes back": Form(
        "t.csv", f"source,target,weight,from,to\n{A},{B},1,,2017-03\n{A},{B},1,2017-05,\n", both({(0, 1): 1.0})
    ),
    "GraphML with from and to": Form(
        "t.graphml", ATTRIBUTE.replace('"Flow"', '"from"').replace(">7<", ">2016-01<"),
        both({(0, 1): 12.5, (1, 2): 3.5}), {"tie_weight": "km"},
    ),
}  # fmt: skip


def build(folder: Path, form: Form) -> Layer:
    (folder / form.name).write_text(form.text, "utf-8", newline="")
    spec = LayerSpec.model_validate({"file": form.name, **form.options})
    world = WorldSpec(synthetic=SyntheticSpec(n_trusts=5, network="none"), layers={"own": spec})
    return build_world(world, folder).layer("own")


def ties_of(layer: Layer) -> Ties:
    rows = np.repeat(np.arange(5), np.diff(layer.indptr))
    return {(int(i), int(j)): float(w) for i, j, w in zip(rows, layer.indices, layer.weights)}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_taken_as_it_says_or_refused_in_words(name: str, tmp_path: Path) -> None:
    form = FORMS[name]
    if isinstance(form.result, str):
        with pytest.raises(InputError) as refused:
            build(tmp_path, form)
        assert form.result in str(refused.value)
        assert refused.value.file == str((tmp_path / form.name).resolve())
        assert refused.value.expected
        if form.line is not None:
            assert refused.value.line == form.line
        return
    layer = build(tmp_path, form)
    assert ties_of(layer) == form.result
    assert layer.directed == (form.result != both(form.result))
    assert (form.note in " ".join(layer.notes)) if form.note else not layer.notes


@pytest.mark.parametrize("name", FORMS)
def test_every_form_stands_in_the_documents(name: str) -> None:
    rows = [line.split("|")[1].strip() for line in DOCS.read_text("utf-8").splitlines() if line.startswith("|")]
    assert name in rows


def test_the_documents_have_no_other_form() -> None:
    text = DOCS.read_text("utf-8").partition("| form |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1].strip() for line in text.splitlines()[2:]]
    assert sorted(rows) == sorted(FORMS)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("form", ["gml", "net", "graphml"])
def test_what_networkx_writes_is_read_back(form: str, directed: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(CODES)
    for i in range(5):
        for j in range(i):
            if rng.random() < 0.7:
                graph.add_edge(CODES[i], CODES[j], weight=float(rng.integers(1, 100)) / 8)
    path = tmp_path / f"t.{form}"
    {"gml": nx.write_gml, "net": nx.write_pajek, "graphml": nx.write_graphml}[form](graph, path)
    layer = build(tmp_path, Form(path.name, path.read_text("utf-8"), {}))
    assert layer.directed == directed
    ties = {(CODES.index(u), CODES.index(v)): w for u, v, w in graph.edges(data="weight")}
    assert ties_of(layer) == (ties if directed else both(ties))


@pytest.mark.parametrize(
    ("text", "month"), [("2017-04", "2017-04"), ("2017-04-30", "2017-04"), (" 2016-02-29 ", "2016-02")]
)
def test_months_and_days(text: str, month: str) -> None:
    assert month_text(day_or_month(text)) == month


def test_how_a_file_was_read_is_told_of_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "t.graphml").write_text(ATTRIBUTE, "utf-8")
    (tmp_path / "late.csv").write_text(f"source,target,from\n{A},{B},2031-01\n", "utf-8")
    (tmp_path / "a.yaml").write_text(
        "title: own\nextends: baseline\nworld:\n  synthetic: {n_trusts: 5, network: none}\n"
        "  layers:\n    own: {file: t.graphml, tie_weight: flow}\n    late: {file: late.csv}\n",
        "utf-8",
    )
    scenario = load_scenario(str(tmp_path / "a.yaml"))
    notes = "\n".join(notes_of(scenario, scenario.build_world()))
    assert "world.layers.own: the weight of ties is called 'Flow' in the file" in notes
    assert "world.layers.own: 1 of 2 ties state no weight, and count 1" in notes
    assert "world.layers.late does nothing: none of its ties holds from 2015-07 to 2025-06" in notes


WHOLE = {
    "t.gml": GML,
    "t.net": PAJEK + "*Arcs\n1 2 3\n3 1 0.25\n*Edges\n2 3 5\n",
    "t.graphml": IGRAPH,
    "t.csv": f"source,target,weight,from,to\n{A},{B},0.5,2016-01,2017-03-31\n{B},{C},2,,2018-01\n",
}
CHANGES = st.tuples(
    st.floats(0, 1),
    st.integers(0, 12),
    st.sampled_from(
        ["", "*", '"', "<", ">", "-1", "9" * 30, "1e400", "nan", " ", "\n", "*Matrix\n", "id 0", "node [", "&#0;",
         "é", "[", "]", ",", "2016-13", "0000-00", "source", "\\", "multigraph 1", "directed 1"]
    ),
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(WHOLE)), changes=st.lists(CHANGES, min_size=1, max_size=4))
def test_a_file_with_faults_is_read_or_refused(
    name: str, changes: list[tuple[float, int, str]], tmp_path: Path
) -> None:
    text = WHOLE[name]
    for place, gone, instead in changes:
        at = int(place * len(text))
        text = text[:at] + instead + text[at + gone :]
    with suppress(InputError):
        assert build(tmp_path, Form(name, text, {})).n_ties > 0
