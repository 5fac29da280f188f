"""Layers that users bring: an edge list in CSV, a GraphML file, or a NetworkX graph."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, SupportsFloat
from xml.sax.saxutils import unescape

import numpy as np

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import read_text
from diffusion.reading.numbers import how_to_write, parse_number, parse_whole
from diffusion.reading.rows import read_csv
from diffusion.reading.several import Faults
from diffusion.world.building.layers import sparse_layer
from diffusion.world.codes import code_hint
from diffusion.world.tables import Layer

if TYPE_CHECKING:
    import networkx as nx

MOST_WEIGHT = 1e12
_KEY = re.compile(r"<(?:\w+:)?key\b[^>]*>")
#: where a graph begins, and comments, in which none does
_GRAPH = re.compile(r"<!--.*?-->|<(?:\w+:)?graph[\s>/]", re.DOTALL)
_ATTRIBUTE = re.compile(r"""\b(id|source|target)\s*=\s*["']([^"']*)["']""")


@dataclass
class TieRules:
    """How strictly the ties of a file are read, and in which words; the defaults are those for worlds.

    ``word`` is what an end of a tie is called. ``drop`` passes over ties of one with itself and second copies of a tie,
    ``aggregate`` adds up the weights of copies; ``passed`` counts them. Faults go into ``faults`` where there is one.
    ``goes_on`` says under which code one that has closed goes on; ties that meet by that are always added up.
    """

    word: str = "trust"
    drop: bool = False
    aggregate: bool = False
    faults: Faults | None = None
    goes_on: Mapping[str, str] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)

    def now(self, label: object) -> object:
        """Return the code under which an end goes on."""
        return self.goes_on.get(str(label).strip(), label)


class TrustIndex:
    """Finds trusts by code; in synthetic worlds also by position, as 17 or "17"."""

    def __init__(self, codes: Sequence[str], by_position: bool = False) -> None:
        self.codes = codes
        self._index: dict[str, int] = {code: index for index, code in enumerate(codes)}
        self._by_position = by_position

    def get(self, label: object) -> int | None:
        """Return the row of a trust, or None."""
        text = str(label).strip()
        found = self._index.get(text)
        if found is not None or not self._by_position or isinstance(label, bool):
            return found
        position = parse_whole(text)
        return position if position is not None and 0 <= position < len(self.codes) and text.isdigit() else None

    def expected(self) -> str:
        """Say what a trust is called in this world."""
        positions = f", or a position from 0 to {len(self.codes) - 1}" if self._by_position else ""
        return f"a trust code such as {self.codes[0]}{positions}"

    def suggestion(self, label: object) -> str | None:
        """Say what to write instead of a code that is not known."""
        return code_hint(label, self.codes) if len(self.codes) <= 20_000 else None


def layer_from_file(
    name: str,
    path: Path,
    index: TrustIndex,
    *,
    weight: float,
    directed: bool | None,
    grade: str,
    source: str,
    left_out: list[tuple[str, str]] | None = None,
    rules: TieRules | None = None,
) -> Layer:
    """Read a layer from an edge list CSV (source,target[,weight]) or a GraphML file.

    Ties that lead to others than those of ``index`` are errors, unless there is a list ``left_out``, which takes them.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _from_csv(name, path, index, weight, bool(directed), grade, source, left_out, rules)
    if suffix == ".graphml":
        graph, text = _read_graphml(path)
        if left_out is not None:
            now = (rules or TieRules()).now
            left_out += [
                (str(u), str(v)) for u, v in graph.edges() if index.get(now(u)) is None or index.get(now(v)) is None
            ]
            graph = graph.subgraph([node for node in graph.nodes if index.get(now(node)) is not None])

        def line_of(source: object, target: object) -> int | None:
            return _line_in(text, source, target)

        return layer_from_networkx(
            name,
            graph,
            index,
            weight=weight,
            directed=directed,
            grade=grade,
            source=source,
            file=path,
            line_of=line_of,
            rules=rules,
        )
    raise InputError(f"files of type '{path.suffix}' cannot be read", file=path, expected="a .csv or .graphml file")


def _line_in(text: str, source: object, target: object) -> int | None:
    """Return the line of a node (``target`` is None) or of a tie in GraphML; of the last one, where it comes twice.

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


def _from_csv(
    name: str,
    path: Path,
    index: TrustIndex,
    weight: float,
    directed: bool,
    grade: str,
    source: str,
    left_out: list[tuple[str, str]] | None,
    rules: TieRules | None,
) -> Layer:
    table = read_csv(path, ("source", "target"), ("source", "target", "weight"))
    edges = (
        _Edge(row.values.get("source"), row.values.get("target"), row.values.get("weight"), partial(table.error, row))
        for row in table.rows
    )
    return _layer(
        name, weight, len(index.codes), _ties(edges, index, directed, left_out, rules), directed, grade, source
    )


class _Edge(NamedTuple):
    """One tie as written; ``fail(column, message, expected=, suggestion=)`` makes the error at its place."""

    source: object
    target: object
    weight: object
    fail: Callable[..., InputError]


def _ties(
    edges: Iterable[_Edge],
    index: TrustIndex,
    directed: bool,
    left_out: list[tuple[str, str]] | None = None,
    rules: TieRules | None = None,
) -> dict[tuple[int, int], float]:
    """Return weights by (source, target); the rules and words for every kind of file.

    Raises InputError for unknown trusts, ties of a trust with itself, ties that come twice, and weights that are not
    finite numbers above 0, unless ``rules`` say what else becomes of them.
    """
    rules = rules or TieRules()
    ties: dict[tuple[int, int], float] = {}
    merged: set[tuple[int, int]] = set()
    for edge in edges:
        with nullcontext() if rules.faults is None else rules.faults.kept():
            _take(ties, merged, edge, index, directed, left_out, rules)
    return ties


def _take(
    ties: dict[tuple[int, int], float],
    merged: set[tuple[int, int]],
    edge: _Edge,
    index: TrustIndex,
    directed: bool,
    left_out: list[tuple[str, str]] | None,
    rules: TieRules,
) -> None:
    """Put one tie to the others; ``merged`` are those one end of which goes on under another code."""
    written = (edge.source, edge.target)
    now = [label if label is None else rules.now(label) for label in written]
    if left_out is not None and None not in now and any(index.get(label) is None for label in now):
        left_out.append((str(edge.source), str(edge.target)))
        return
    ends = []
    for column, label in zip(("source", "target"), now):
        position = index.get(label) if label is not None else None
        if position is None:
            message = "missing" if label is None else f"unknown {rules.word} '{label}'"
            suggestion = None if label is None else index.suggestion(label)
            raise edge.fail(column, message, expected=index.expected(), suggestion=suggestion)
        ends.append(position)
    tie = (ends[0], ends[1])
    moved = tuple(map(str, now)) != tuple(map(str, written))
    if tie[0] == tie[1]:
        if moved or rules.drop:
            rules.passed["within one code, by codes that merged" if moved else "of one with itself, dropped"] += 1
            return
        raise edge.fail(
            "target",
            f"a {rules.word} has no tie with itself: '{edge.source}'",
            expected=f"another {rules.word}",
            suggestion="remove the tie" if rules.faults is None else "remove the tie, or give --drop",
        )
    other = tie[::-1]
    there = tie if tie in ties else other if not directed and other in ties else None
    if there is None:
        ties[tie] = _weight(edge)
        if moved:
            merged.add(tie)
        return
    if rules.aggregate or moved or there in merged:
        ties[there] += _weight(edge)
        rules.passed["given again, weights added up"] += 1
        return
    if rules.drop:
        rules.passed["given again, the first counts"] += 1
        return
    advice = (
        "remove one of the two"
        if tie in ties
        else "remove one of the two, or set directed: true for ties that count one way (analyse: --directed)"
    )
    raise edge.fail(
        "target",
        f"the tie '{edge.source}' - '{edge.target}' is given twice",
        expected="each tie once",
        suggestion=advice
        if rules.faults is None
        else "give --drop to count the first, or --aggregate to add up weights; --directed if ties count one way",
    )


def _weight(edge: _Edge) -> float:
    """Return the weight of a tie, 1 where none is written."""
    written = edge.weight
    if written is None:
        return 1.0
    text = written.strip() if isinstance(written, str) else None
    value: float | None
    if text is not None:
        value = parse_number(text)
    elif isinstance(written, SupportsFloat) and not isinstance(written, bool | np.bool_):
        value = float(written)
    else:
        value = None
    if value is not None and 0 < value <= MOST_WEIGHT:  # false of NaN, too
        return value
    advice = how_to_write(text) if text is not None and value is None else "leave out ties that do not count"
    shown = f"'{text}'" if text is not None else f"{written!r:.40}"
    raise edge.fail(
        "weight", f"{shown} is not a weight", expected=f"a number above 0, up to {MOST_WEIGHT:g}", suggestion=advice
    )


def _read_graphml(path: Path) -> tuple[nx.Graph, str]:
    """Return the graph of a file and its text; what ties carry stays text, to be read as in CSV."""
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
        return nx.parse_graphml(_KEY.sub(_as_text, text), node_type=str), text
    except ParseError as error:
        raise InputError(f"not valid XML: {error}", file=path, line=error.position[0], expected="GraphML") from None
    except Exception as error:  # the reader raises many types on a broken file
        raise InputError(f"not valid GraphML: {error}", file=path, expected="GraphML") from None


def _as_text(key: re.Match[str]) -> str:
    """Return the declaration of an attribute of ties with text for its type, noting what it was."""
    if re.search(r"""\bfor\s*=\s*["'](edge|all)["']""", key[0]) is None:
        return key[0]
    return re.sub(r"""(attr\.type\s*=\s*)["']\w+["']""", r'\1"string"', key[0])


def layer_from_networkx(
    name: str,
    graph: nx.Graph,
    index: TrustIndex,
    *,
    weight: float = 0.15,
    directed: bool | None = None,
    grade: str = "C",
    source: str = "NetworkX graph",
    file: Path | None = None,
    line_of: Callable[[object, object], int | None] = lambda source, target: None,
    rules: TieRules | None = None,
) -> Layer:
    """Return a layer from any NetworkX graph whose nodes are trust codes.

    Edges may carry ``weight`` (above 0, the name in any case). A directed edge u -> v means that u looks to v. Trusts
    that are not in the graph have no ties. ``line_of`` gives the line of a node (and None), or of a tie.

    Raises
    ------
    InputError
        For unknown nodes, self ties, parallel edges, bad weights, and an undirected graph whose ties are to count one
        way: it does not keep which end is the source.
    """

    def fail(
        ends: tuple[object, object],
        column: str,
        message: str,
        expected: str | None = None,
        suggestion: str | None = None,
    ) -> InputError:
        return InputError(
            message,
            file=file,
            line=line_of(*ends),
            key=column if file else f"world.layers.{name}",
            expected=expected,
            suggestion=suggestion,
        )

    if directed and not graph.is_directed():
        raise InputError(
            "the ties are undirected, so none of them counts one way only",
            file=file,
            key="directed",
            expected='a directed graph (GraphML: edgedefault="directed")',
            suggestion="leave directed out: the file says it",
        )
    now = (rules or TieRules()).now
    for label in graph.nodes:
        if index.get(now(label)) is None:
            raise fail((label, None), "node", f"unknown trust '{label}'", index.expected(), index.suggestion(label))
    if file is not None and not graph.number_of_edges():
        raise InputError(
            "the network has no ties", file=file, line=1, expected="at least one tie", suggestion="add a tie"
        )
    edges = (
        _Edge(u, v, _weight_of(data, partial(fail, (u, v)), strict=file is not None), partial(fail, (u, v)))
        for u, v, data in graph.edges(data=True)
    )
    one_way = bool(graph.is_directed()) if directed is None else directed
    return _layer(name, weight, len(index.codes), _ties(edges, index, one_way, rules=rules), one_way, grade, source)


def _weight_of(data: Mapping[str, object], fail: Callable[..., InputError], *, strict: bool) -> object:
    """Return what an edge says of its weight; ``strict`` refuses other numbers, as CSV refuses other columns."""
    weights = [name for name in data if str(name).casefold() == "weight"]
    if len(weights) > 1:
        raise fail("weight", "the weight is given twice", expected="one weight", suggestion=f"remove '{weights[1]}'")
    for name, value in data.items():
        if strict and name not in (*weights, "id", "key") and parse_number(str(value)) is not None:
            raise fail(
                str(name),
                "unknown attribute of a tie",
                expected="weight",
                suggestion=did_you_mean(str(name), ("weight",)) or "remove it; a weight says how strong a tie is",
            )
    return data[weights[0]] if weights else None


def _layer(
    name: str, weight: float, n: int, ties: Mapping[tuple[int, int], float], directed: bool, grade: str, source: str
) -> Layer:
    pairs = np.array(list(ties), dtype=np.int64).reshape(-1, 2)
    weights = np.array(list(ties.values()), dtype=np.float64)
    return sparse_layer(
        name, weight, n, pairs[:, 0], pairs[:, 1], weights, directed=directed, grade=grade, source=source
    )
