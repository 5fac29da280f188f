"""Mistakes in files of networks, dates of ties and layers that change, with the advice that they provoke."""

from __future__ import annotations

from advice_cases import OWN, TRUSTS, Case

PAJEK = '*Vertices 3\n1 "T0"\n2 "T1"\n3 "T2"\n'
GML = (
    'graph [\n node [ id 0 name "T0" label "T0" ]\n node [ id 1 name "T1" label "T1" ]\n'
    " edge [ source 0 target 1 flow 2 ]\n]\n"
)
HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
FLOWS = (
    f'{HEAD}<key id="a" for="edge" attr.name="Flow" attr.type="int"/><key id="b" for="edge" attr.name="flow" '
    'attr.type="int"/><graph edgedefault="directed"><node id="T0"/><node id="T1"/><edge source="T0" target="T1">'
    '<data key="a">1</data><data key="b">2</data></edge></graph></graphml>\n'
)
VALIDATE = "scenarios validate a.yaml"


def layer(name: str, said: str, file: str, text: str, says: str, old: str, new: str, **more: object) -> Case:
    """A mistake in a layer that stands in one file."""
    files = {"a.yaml": OWN + f"  layers: {{own: {{{said}}}}}\n", "trusts.csv": TRUSTS, file: text}
    return Case(name, files, VALIDATE, says, old, new, **more)  # type: ignore[arg-type]


CASES: list[Case] = [
    layer("an ending misspelt", "file: e.grapml", "e.grapml", "x", "did you mean '.graphml'?", "file: e.grapml",
          "file: e.graphml", told=".graphml",
          add={"e.graphml": f'{HEAD}<graph edgedefault="directed"><edge source="T0" target="T1"/></graph></graphml>'}),
    layer("Pajek, two networks", "file: e.net", "e.net", PAJEK + "*Edges\n1 2\n" + PAJEK, "one network in a file",
          "1 2\n" + PAJEK, "1 2\n", told="one network"),
    layer("Pajek, a partition", "file: e.net", "e.net", PAJEK + "*Edges\n1 2\n*Partition x\n1\n",
          "save the network alone", "*Partition x\n1\n", "", told="network alone"),
    layer("Pajek, two relations", "file: e.net", "e.net", PAJEK + "*Arcs :1\n1 2\n*Arcs :2\n2 3\n",
          "save each relation to a file", "*Arcs :2\n2 3\n", "", told="each relation"),
    layer("Pajek, an open quotation mark", "file: e.net", "e.net", PAJEK.replace('"T1"', '"T1') + "*Arcs\n1 2\n",
          "close it", '"T1\n', '"T1"\n', told="close it"),
    layer("Pajek, times of ties", "file: e.net", "e.net", PAJEK + "*Arcs\n1 2 1 [5-10]\n",
          "write the ties to a CSV with the columns source, target, from and to", "file: e.net", "file: e.csv",
          told="a CSV", add={"e.csv": "source,target,from,to\nT0,T1,2016-01,2016-06\n"}),
    layer("a tie that ends before it begins", "file: e.csv", "e.csv", "source,target,from,to\nT0,T1,2016-05,2016-02\n",
          "write from 2016-02 to 2016-05 if they stand the wrong way round", "2016-05,2016-02", "2016-02,2016-05",
          told="from 2016-02 to 2016-05"),
    layer("a tie that ends on a day before it begins", "file: e.csv", "e.csv",
          "source,target,from,to\nT0,T1,2016-05-20,2016-05-02\n",
          "write from 2016-05-02 to 2016-05-20 if they stand the wrong way round", "2016-05-20,2016-05-02",
          "2016-05-02,2016-05-20", told="from 2016-05-02 to 2016-05-20"),
    layer("a month in another form", "file: e.csv", "e.csv", "source,target,from\nT0,T1,May 2016\n", "write 2016-05",
          "May 2016", "2016-05"),
    layer("a month that is none", "file: e.csv", "e.csv", "source,target,from\nT0,T1,soon\n", "for example 2025-04",
          "soon", "2025-04"),
    layer("a tie twice in a month", "file: e.csv", "e.csv", "source,target,to\nT0,T1,2016-02\nT0,T1,\n",
          "remove one of the two", "T0,T1,\n", "", told="remove one"),
    layer("codes by two attributes", "{file: e.gml, tie_weight: flow}"[1:-1], "e.gml",
          GML.replace('label "T0"', 'label "T2"'), "codes: name", "tie_weight: flow", "tie_weight: flow, codes: name",
          told="codes: name"),
    layer("codes by an attribute misspelt", "file: e.gml, tie_weight: flow, codes: nmae", "e.gml", GML,
          "did you mean 'name'?", "nmae", "name"),
    layer("a weight misspelt", "file: e.gml, tie_weight: flwo", "e.gml", GML, "did you mean 'flow'?", "flwo", "flow"),
    layer("a weight that is not there", "file: e.gml, tie_weight: zzzz", "e.gml", GML, "tie_weight: none", "zzzz",
          "none", told="none"),
    layer("a number of ties that is no weight", "file: e.gml", "e.gml", GML, "say tie_weight: flow", "file: e.gml",
          "file: e.gml, tie_weight: flow", told="tie_weight: flow"),
    layer("weights that differ by case", "file: e.graphml, tie_weight: FLOW", "e.graphml", FLOWS,
          "say tie_weight: Flow", "FLOW", "Flow"),
    layer("file and files", "file: e.csv, files: {2016-01: e.csv}", "e.csv", "source,target\nT0,T1\n",
          "leave file out", "file: e.csv, files", "files", told="leave file out"),
    Case(
        "files with ties of two kinds",
        {
            "a.yaml": OWN + "  layers: {own: {files: {2015-08: a.net, 2015-10: b.net}}}\n",
            "trusts.csv": TRUSTS,
            "a.net": PAJEK + "*Arcs\n1 2\n",
            "b.net": PAJEK + "*Edges\n1 2\n",
        },
        VALIDATE,
        "say directed: false",
        "own: {files",
        "own: {directed: false, files",
        told="directed: false",
    ),
]  # fmt: skip
