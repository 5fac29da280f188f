"""Files of networks as graphs: GraphML (also of igraph and Gephi), GML, and Pajek.

A reader gives the graph as the file says it, its nodes by the file's own ids as text, and the line of a node or a tie.
Whether ties are directed is said by the file; what its ties and nodes carry are attributes.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import unescape

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import read_text
from diffusion.reading.numbers import parse_number, parse_whole
from diffusion.world.building.layers import MAX_TIES

if TYPE_CHECKING:
    import networkx as nx

FORMS = (".csv", ".graphml", ".gml", ".net")
_KEY = re.compile(r"<(?:\w+:)?key\b[^>]*>")
#: where a graph begins, and comments, in which none does
_GRAPH = re.compile(r"<!--.*?-->|<(?:\w+:)?graph[\s>/]", re.DOTALL)
#: ties, of which each may say itself whether it is directed; and comments
_EDGE = re.compile(r"<!--.*?-->|<(?:\w+:)?edge\b[^>]*>", re.DOTALL)
_DIRECTED = re.compile(r"""\sdirected\s*=\s*["'](\w+)["']""")
_ALL = re.compile(r"""(<(?:\w+:)?graph\b[^>]*?\sedgedefault\s*=\s*["'])(\w+)""")
_ATTRIBUTE = re.compile(r"""\b(id|source|target)\s*=\s*["']([^"']*)["']""")
_GML_BLOCK = re.compile(r"\b(node|edge)\s*\[([^\[\]]*)")
_GML_VALUE = re.compile(r"\b(id|source|target)\s+\"?(-?\d+)")
_PAJEK_TIES = {"arcs": True, "arcslist": True, "matrix": True, "edges": False, "edgeslist": False}


class NetworkFile(NamedTuple):
    """``line_of(source, target)`` gives the line of a tie, or of a node where ``target`` is None; None if unknown."""

    graph: nx.Graph
    line_of: Callable[[object, object], int | None]


def read_network(path: Path) -> NetworkFile:
    """Return the graph of a .graphml, .gml or .net file; raises InputError for what is none, or is too large."""
    read = {".graphml": _read_graphml, ".gml": _read_gml, ".net": _read_pajek}.get(path.suffix.lower())
    if read is None:
        raise InputError(
            f"files of type '{path.suffix}' cannot be read",
            file=path,
            expected="a .csv, .graphml, .gml or .net file",
            suggestion=did_you_mean(path.suffix, FORMS),
        )
    found = read(path)
    if (ties := found.graph.number_of_edges()) > MAX_TIES // 2:
        raise InputError(f"the network has {ties:,} ties", file=path, expected=f"at most {MAX_TIES // 2:,}")
    return found


# --- GraphML ------------------------------------------------------------------------------------------------------


def _read_graphml(path: Path) -> NetworkFile:
    """What ties carry stays text, to be read as in CSV."""
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    text = read_text(path)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities can make gigabytes of a few lines
        raise InputError(
            "the file declares a document type",
            file=path,
            line=text.count("\n", 0, text.find("<!")) + 1,
            expected="plain GraphML",
            suggestion="remove the line '<!DOCTYPE ...>' and what it declares",
        )
    graphs = [match.start() for match in _GRAPH.finditer(text) if not match[0].startswith("<!--")]
    if len(graphs) > 1:  # a reader takes the first and loses the ties of the others
        raise InputError(
            "the file holds a second graph, or one inside a node",
            file=path,
            line=text.count("\n", 0, graphs[1]) + 1,
            expected="one graph with all nodes and ties",
            suggestion="export it without groups, or put all its ties into the first graph",
        )
    try:
        graph = nx.parse_graphml(_KEY.sub(_as_text, _alike(text, graphs, path)), node_type=str)
    except InputError:
        raise
    except ParseError as error:
        raise InputError(f"not valid XML: {error}", file=path, line=error.position[0], expected="GraphML") from None
    except Exception as error:  # the reader raises many types on a broken file
        raise InputError(f"not valid GraphML: {error}", file=path, expected="GraphML") from None
    for _, _, data in graph.edges(data=True):
        _drop_blanks(data)
    for _, data in graph.nodes(data=True):
        _drop_blanks(data)
    # the reader hands on what a key says of those that have no value, and leaves it to others
    for name, value in graph.graph.get("edge_default", {}).items():
        for _, _, data in graph.edges(data=True):
            data.setdefault(name, value)
    for name, value in graph.graph.get("node_default", {}).items():
        for _, data in graph.nodes(data=True):
            data.setdefault(name, value)
    return NetworkFile(graph, lambda source, target: _line_in_graphml(text, source, target))


def _drop_blanks(data: dict[str, object]) -> None:
    """Leave out what is there without a value, as a blank cell of a table is."""
    for name in [name for name, value in data.items() if isinstance(value, str) and not value.strip()]:
        del data[name]


def _alike(text: str, graphs: list[int], path: Path) -> str:
    """Return the file with one word for all its ties on whether they are directed, where they say it one by one."""
    if not graphs or not _DIRECTED.search(text, graphs[0]):
        return text
    whole = _ALL.match(text, graphs[0])
    rule = {"directed": "true", "undirected": "false"}.get(whole[2] if whole else "", "false")
    first, said = graphs[0], rule  # the first tie, and what it says
    for match in _EDGE.finditer(text, graphs[0]):
        if match[0].startswith("<!--"):
            continue
        own = _DIRECTED.search(match[0])
        word = own[1].lower() if own else rule
        if first > graphs[0] and word != said:
            raise InputError(
                "some ties are directed and others are not",
                file=path,
                line=text.count("\n", 0, match.start()) + 1,
                key="directed",
                expected="ties that are all directed, or all undirected",
            )
        first, said = match.start(), word
    body = _ALL.sub(rf"\g<1>{'directed' if said == 'true' else 'undirected'}", text[graphs[0] :], count=1)
    return text[: graphs[0]] + _EDGE.sub(
        lambda match: match[0] if match[0].startswith("<!--") else _DIRECTED.sub("", match[0]), body
    )


def _as_text(key: re.Match[str]) -> str:
    """Return the declaration of an attribute with text for its type, noting what it was."""
    return re.sub(r"""(attr\.type\s*=\s*)["']\w+["']""", r'\1"string"', key[0])


def _line_in_graphml(text: str, source: object, target: object) -> int | None:
    """Return the line of a node or of a tie; of the last one, where it comes twice.

    A node that is not declared stands where a tie first names it.
    """
    found = None
    for match in re.finditer(r"<(?:\w+:)?(node|edge)\b[^>]*>", text):
        said = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match[0])}
        line = text.count("\n", 0, match.start()) + 1
        if target is None:
            if str(source) in [said.get(name) for name in (("id",) if match[1] == "node" else ("source", "target"))]:
                return line
        elif match[1] == "edge" and {said.get("source"), said.get("target")} == {str(source), str(target)}:
            found = line
    return found


# --- GML ----------------------------------------------------------------------------------------------------------


def _read_gml(path: Path) -> NetworkFile:
    import networkx as nx

    text = read_text(path)
    # as one in which ties may come twice, so that those which do are told as in all other files
    single = re.sub(r"\bmultigraph\s+\d", "", text)
    plural = re.sub(r"\bgraph\s*\[", lambda found: f"{found[0]} multigraph 1 ", single, count=1)
    try:
        graph = nx.parse_gml(plural, label="id")
    except Exception as error:  # the reader raises many types on a broken file
        words = str(error).partition("\n")[0] or type(error).__name__
        place = re.search(r"\((\d+), \d+\)", words)
        line = int(place[1]) if place else None
        raise InputError(
            f"not valid GML: {words}", file=path, line=line, expected="GML: graph [ node [ ... ] ... ]"
        ) from None
    graph = nx.relabel_nodes(graph, {node: str(node) for node in graph})
    return NetworkFile(graph, lambda source, target: _line_in_gml(text, source, target))


def _line_in_gml(text: str, source: object, target: object) -> int | None:
    found = None
    for match in _GML_BLOCK.finditer(text):
        said = dict(_GML_VALUE.findall(match[2]))
        if target is None:
            if match[1] == "node" and said.get("id") == str(source):
                return text.count("\n", 0, match.start()) + 1
        elif match[1] == "edge" and {said.get("source"), said.get("target")} == {str(source), str(target)}:
            found = text.count("\n", 0, match.start()) + 1
    return found


# --- Pajek --------------------------------------------------------------------------------------------------------


class _Pajek:
    """Reads the sections of a Pajek network; arcs count one way, edges both.

    The reader of NetworkX takes the second section of ties for a part of the first, and then all for undirected.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.labels: dict[str, str] = {}
        self.n = 0
        self.ties: list[tuple[str, str, str | None, bool]] = []
        self.lines: dict[tuple[str, str | None], int] = {}
        self.sections: set[str] = set()
        self._row = 0

    def fault(self, line: int, message: str, expected: str, suggestion: str | None = None) -> InputError:
        return InputError(message, file=self.path, line=line, expected=expected, suggestion=suggestion)

    def read(self, text: str) -> None:
        section = ""
        for line, written in enumerate(text.splitlines(), start=1):
            content = written.strip()
            if not content or content.startswith("%"):
                continue
            if content.startswith("*"):
                section = self._begin(line, content)
            elif section == "vertices":
                self._vertex(line, self._parts(line, content))
            elif section == "matrix":
                self._matrix_row(line, content.split())
            elif section in _PAJEK_TIES:
                self._tie(line, section, self._parts(line, content))
            elif section != "network":
                raise self.fault(line, "a line before any section", "*Vertices with their number first")

    def _begin(self, line: int, content: str) -> str:
        name, *rest = content[1:].split() or [""]
        section = name.casefold()
        if section == "network":
            return section
        if section == "vertices":
            number = parse_whole(rest[0]) if rest else None
            if number is None or number < 1 or self.n:
                what = "*Vertices comes twice" if self.n else "*Vertices does not say how many there are"
                raise self.fault(line, what, "*Vertices and their number, once", "one network in a file")
            self.n = number
            return section
        if section not in _PAJEK_TIES:
            raise self.fault(
                line,
                f"the section '*{name}' is not read",
                "*Vertices, and ties as *Arcs, *Edges, *Arcslist, *Edgeslist or *Matrix",
                "save the network alone, as a .net file",
            )
        if section in self.sections:
            raise self.fault(
                line,
                f"the section '*{name}' comes twice",
                "one relation",
                "save each relation to a file, as a layer each",
            )
        if not self.n:
            raise self.fault(line, f"'*{name}' before *Vertices", "*Vertices with their number first")
        self.sections.add(section)
        return section

    def _parts(self, line: int, content: str) -> list[str]:
        try:
            return shlex.split(content.replace("\\", "\\\\"))
        except ValueError:
            raise self.fault(line, "a quotation mark is not closed", 'labels as "RA1"', "close it") from None

    def _number(self, line: int, text: str) -> str:
        number = parse_whole(text)
        if number is None or not 1 <= number <= self.n:
            raise self.fault(line, f"'{text}' is not a vertex", f"a number from 1 to {self.n}")
        return str(number)

    def _vertex(self, line: int, parts: list[str]) -> None:
        number = self._number(line, parts[0])
        if number in self.labels:
            raise self.fault(line, f"vertex {number} is given twice", "each vertex once")
        self.labels[number] = parts[1] if len(parts) > 1 else number
        self.lines[number, None] = line

    def _tie(self, line: int, section: str, parts: list[str]) -> None:
        times = next((part for part in parts[2:] if part.startswith("[")), None)
        if times is not None:
            raise self.fault(
                line,
                f"times of ties such as {times} are not read",
                "ties without times",
                "write the ties to a CSV with the columns source, target, from and to",
            )
        ends = [self._number(line, part) for part in (parts if section.endswith("list") else parts[:2])]
        if len(ends) < 2:
            raise self.fault(line, "a tie with one end", "two numbers of vertices")
        weight = parts[2] if not section.endswith("list") and len(parts) > 2 else None
        for other in ends[1:]:
            self._add(line, ends[0], other, weight, _PAJEK_TIES[section])

    def _matrix_row(self, line: int, parts: list[str]) -> None:
        self._row += 1
        if len(parts) != self.n or self._row > self.n:
            raise self.fault(
                line, f"{len(parts)} numbers in row {self._row} of the matrix", f"{self.n} rows of {self.n}"
            )
        for column, text in enumerate(parts, start=1):
            if parse_number(text) != 0:
                self._add(line, str(self._row), str(column), text, True)

    def _add(self, line: int, source: str, target: str, weight: str | None, directed: bool) -> None:
        self.ties.append((source, target, weight, directed))
        self.lines[source, target] = line
        self.lines.setdefault((target, source), line)


def _read_pajek(path: Path) -> NetworkFile:
    import networkx as nx

    file = _Pajek(path)
    file.read(read_text(path))
    if not file.n:
        raise file.fault(1, "no *Vertices", "a Pajek network: *Vertices, then *Arcs or *Edges")
    one_way = any(directed for _, _, _, directed in file.ties)
    graph = nx.MultiDiGraph() if one_way else nx.MultiGraph()
    graph.add_nodes_from((number, {"label": label}) for number, label in file.labels.items())
    for source, target, weight, directed in file.ties:
        carried = {} if weight is None else {"weight": weight}
        graph.add_edge(source, target, **carried)
        if one_way and not directed and source != target:
            graph.add_edge(target, source, **carried)

    def line_of(source: object, target: object) -> int | None:
        return file.lines.get((str(source), None if target is None else str(target)))

    return NetworkFile(graph, line_of)
