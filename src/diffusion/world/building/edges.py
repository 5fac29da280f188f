"""Layers that users bring: an edge list in CSV, a file of a network (GraphML, GML, Pajek), or a NetworkX graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.numbers import parse_number
from diffusion.reading.rows import read_csv
from diffusion.world.building.layers import sparse_layer
from diffusion.world.building.network_files import read_network
from diffusion.world.building.ties import DATES, Edge, TieRules, TiesByEnds, TrustIndex, read_ties
from diffusion.world.tables import ALWAYS, Layer

if TYPE_CHECKING:
    import networkx as nx

#: in place of the name of a weight: every tie counts 1, whatever it carries
NO_WEIGHT = "none"
#: attributes of nodes that may hold codes, in the order in which they are tried; ``id`` is the file's own
_CODES = ("code", "name", "label", "id")


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
    """Read a layer from an edge list CSV (source,target[,weight][,from,to]), a GraphML, GML or Pajek file.

    Ties that lead to others than those of ``index`` are errors, unless there is a list ``left_out``, which takes them.
    """
    rules = rules or TieRules()
    if path.suffix.lower() == ".csv":
        return _from_csv(name, path, index, weight, bool(directed), grade, source, left_out, rules)
    found = read_network(path)
    graph, ids = _by_code(found.graph, index, rules, path)
    if left_out is not None:
        left_out += [
            (str(u), str(v))
            for u, v in graph.edges()
            if index.get(rules.now(u)) is None or index.get(rules.now(v)) is None
        ]
        graph = graph.subgraph([node for node in graph.nodes if index.get(rules.now(node)) is not None])

    def line_of(one: object, other: object) -> int | None:
        return found.line_of(ids.get(str(one), one), None if other is None else ids.get(str(other), other))

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


def _by_code(graph: nx.Graph, index: TrustIndex, rules: TieRules, path: Path) -> tuple[nx.Graph, dict[str, object]]:
    """Return the graph with codes for nodes, and the file's own id of each code.

    Where nobody says which attribute holds the codes, it is the one of ``_CODES`` by which most nodes are known.
    """
    import networkx as nx

    nodes = dict(graph.nodes(data=True))
    spelt = {str(name).casefold(): str(name) for data in nodes.values() for name in data}
    held = {"id": dict(zip(nodes, nodes))}
    for name in (rules.codes,) if rules.codes is not None else _CODES:
        own = spelt.get(name.casefold())
        if own is not None and (name != "id" or rules.codes is None):
            held[name] = {node: data[own] for node, data in nodes.items() if own in data}
    if rules.codes is not None:
        if rules.codes not in held:
            raise InputError(
                f"no node has the attribute '{rules.codes}'",
                file=path,
                key="codes",
                expected="one of " + ", ".join(sorted({*spelt.values(), "id"})),
                suggestion=did_you_mean(rules.codes, [*spelt.values(), "id"]),
            )
        chosen = rules.codes
    else:
        rows = {
            name: {node: row for node, label in labels.items() if (row := index.get(rules.now(label))) is not None}
            for name, labels in held.items()
        }
        by_code = {
            name: {n: r for n, r in rows[name].items() if index.is_code(rules.now(held[name][n]))} for name in held
        }
        known = by_code if any(by_code.values()) else rows  # a number is a position where nothing is a code
        in_order = [name for name in _CODES if name in known]
        chosen = max(in_order, key=lambda name: len(known[name]))
        if not known[chosen]:
            chosen = "id"
        for name in in_order:
            if len(known[name]) == len(known[chosen]) > 0 and known[name] != known[chosen]:
                raise InputError(
                    f"nodes have codes by '{name}' and by '{chosen}', and these differ",
                    file=path,
                    key="codes",
                    expected="the attribute of nodes that holds their codes",
                    suggestion=f"say codes: {name}, or codes: {chosen}",
                )
    labels = held[chosen]
    missing = next((node for node in nodes if node not in labels), None)
    if missing is not None:
        raise InputError(
            f"the node '{missing}' has no '{chosen}'", file=path, key="node", expected=f"'{chosen}' of every node"
        )
    ids = {str(label).strip(): node for node, label in labels.items()}
    if len(ids) < len(nodes):
        twice = Counter(str(label).strip() for label in labels.values()).most_common(1)[0][0]
        raise InputError(f"two nodes are '{twice}'", file=path, key="node", expected="each node once")
    return nx.relabel_nodes(graph, {node: label for label, node in ids.items()}), dict(ids)


def _from_csv(
    name: str,
    path: Path,
    index: TrustIndex,
    weight: float,
    directed: bool,
    grade: str,
    source: str,
    left_out: list[tuple[str, str]] | None,
    rules: TieRules,
) -> Layer:
    ends, dates = ("source", "target"), DATES if rules.dates else ()
    if rules.weight_name is None:
        table = read_csv(path, ends, (*ends, "weight", *dates))
    else:
        own = (rules.weight_name,) if rules.weight_name != NO_WEIGHT else ()
        table = read_csv(path, (*ends, *own), (*ends, *own, *dates), others=True)
    column = rules.weight_name or "weight"
    edges = (
        Edge(
            row.values.get("source"),
            row.values.get("target"),
            row.values.get(column) if column != NO_WEIGHT else None,
            partial(table.error, row),
            (row.values.get("from"), row.values.get("to")),
        )
        for row in table.rows
    )
    ties = read_ties(edges, index, directed, left_out, rules)
    if column in table.columns and column != NO_WEIGHT:
        _tell_missing(rules, sum(column not in row.values for row in table.rows), len(table.rows))
    return _layer(name, weight, len(index.codes), ties, directed, grade, source, rules)


def _tell_missing(rules: TieRules, missing: int, ties: int) -> None:
    if 0 < missing < ties:
        rules.notes.append(f"{missing:,} of {ties:,} ties state no weight, and count 1")


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

    Edges may carry ``weight`` (above 0, the name in any case), and ``from`` and ``to``, the first and the last month in
    which they hold. A directed edge u -> v means that u looks to v. Trusts that are not in the graph have no ties.
    ``line_of`` gives the line of a node (and None), or of a tie.

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
    rules = rules or TieRules(dates=True)
    if directed is False and graph.is_directed():
        rules.notes.append("its ties count one way in the file; directed: false has them count from both ends")
    for label in graph.nodes:
        if index.get(rules.now(label)) is None:
            raise fail((label, None), "node", f"unknown trust '{label}'", index.expected(), index.suggestion(label))
    if file is not None and not graph.number_of_edges():
        raise InputError(
            "the network has no ties", file=file, line=1, expected="at least one tie", suggestion="add a tie"
        )
    weight_name = _weight_name(graph, rules, fail)
    edges = (
        Edge(
            u,
            v,
            _carried(data, weight_name, rules, partial(fail, (u, v)), strict=file is not None),
            partial(fail, (u, v)),
            (data.get("from"), data.get("to")) if rules.dates else (None, None),
        )
        for u, v, data in graph.edges(data=True)
    )
    one_way = bool(graph.is_directed()) if directed is None else directed
    ties = read_ties(edges, index, one_way, rules=rules)
    if weight_name is not None:
        missing = sum(weight_name not in data for _, _, data in graph.edges(data=True))
        _tell_missing(rules, missing, graph.number_of_edges())
    return _layer(name, weight, len(index.codes), ties, one_way, grade, source, rules)


def _weight_name(graph: nx.Graph, rules: TieRules, fail: Callable[..., InputError]) -> str | None:
    """Return the attribute that holds the weights, as the graph spells it; None where every tie counts 1.

    Upper and lower case are the same unless both are there; that the file spells it otherwise than asked for is told.
    """
    wanted = rules.weight_name or "weight"
    if wanted == NO_WEIGHT:
        return None
    attributes = dict.fromkeys(str(name) for _, _, data in graph.edges(data=True) for name in data)
    if rules.weight_name in attributes:
        return rules.weight_name
    found = [name for name in attributes if name.casefold() == wanted.casefold()]
    if len(found) > 1:
        raise fail(
            (None, None),
            wanted,
            f"ties have weights by the names {' and '.join(found)}",
            expected="one weight",
            suggestion=f"remove '{found[1]}', or say tie_weight: {found[0]}",
        )
    if found:
        if rules.weight_name is not None:
            rules.notes.append(f"the weight of ties is called '{found[0]}' in the file")
        return found[0]
    if rules.weight_name is not None:
        raise fail(
            (None, None),
            "tie_weight",
            f"no tie has the attribute '{wanted}'",
            expected="one of " + ", ".join(attributes) if attributes else "ties with an attribute",
            suggestion=did_you_mean(wanted, list(attributes)) or f"tie_weight: {NO_WEIGHT} for ties that all count 1",
        )
    return None


def _carried(
    data: Mapping[str, object],
    weight_name: str | None,
    rules: TieRules,
    fail: Callable[..., InputError],
    *,
    strict: bool,
) -> object:
    """Return what an edge says of its weight.

    ``strict`` refuses other numbers, as CSV refuses other columns, unless it is said which of them is the weight.
    """
    for name, value in data.items():
        passed = name in (weight_name, "id", "key") or (rules.dates and name in DATES)
        if strict and rules.weight_name is None and not passed and parse_number(str(value)) is not None:
            raise fail(
                str(name),
                "unknown attribute of a tie",
                expected="weight",
                suggestion=did_you_mean(str(name), ("weight",)) or _no_weight(str(name), rules),
            )
    return None if weight_name is None else data.get(weight_name)


def _no_weight(name: str, rules: TieRules) -> str:
    if rules.dates:  # a layer of a world, where it can be said
        return f"remove it, or say tie_weight: {name} if it is the weight, tie_weight: {NO_WEIGHT} if there is none"
    return "remove it; a weight says how strong a tie is"


def _layer(
    name: str, weight: float, n: int, ties: TiesByEnds, directed: bool, grade: str, source: str, rules: TieRules
) -> Layer:
    rows = [(*ends, *span) for ends, spans in ties.items() for span in spans]
    ends = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    weights = np.array([row[2] for row in rows], dtype=np.float64)
    months = np.array([row[3:] for row in rows], dtype=np.int32).reshape(-1, 2)
    dated = bool((months != ALWAYS).any())
    layer = sparse_layer(
        name,
        weight,
        n,
        ends[:, 0],
        ends[:, 1],
        weights,
        directed=directed,
        grade=grade,
        source=source,
        dates=(months[:, 0], months[:, 1]) if dated else None,
    )
    return replace(layer, notes=tuple(rules.notes))
