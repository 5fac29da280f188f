"""Layers that users bring: an edge list in CSV, a GraphML file, or a NetworkX graph."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, SupportsFloat

import numpy as np

from diffusion.arrays import Floats
from diffusion.errors import InputError
from diffusion.reading.files import read_text
from diffusion.reading.rows import read_csv
from diffusion.world.codes import code_hint
from diffusion.world.layers import WEIGHT_STEP, sparse_layer
from diffusion.world.tables import Layer

if TYPE_CHECKING:
    import networkx as nx

#: Weights above this are scaled down, weights all below its inverse part are scaled up: the largest becomes 1.
_SMALLEST_PLAIN_WEIGHT = 2.0**-10


class TrustIndex:
    """Finds trusts by code; in synthetic worlds also by position, as 17 or "17"."""

    def __init__(self, codes: Sequence[str], by_position: bool = False) -> None:
        self.codes = codes
        self._index: dict[str, int] = {code: index for index, code in enumerate(codes)}
        self._by_position = by_position

    def get(self, label: object) -> int | None:
        """Return the row of a trust, or None."""
        text = str(label)
        found = self._index.get(text)
        if found is None and self._by_position and text.isascii() and text.isdigit() and int(text) < len(self.codes):
            return int(text)
        return found

    def expected(self) -> str:
        """Say what a trust is called in this world."""
        positions = f", or a position from 0 to {len(self.codes) - 1}" if self._by_position else ""
        return f"a trust code such as {self.codes[0]}{positions}"

    def suggestion(self, label: object) -> str | None:
        """Say what to write instead of a code that is not known."""
        return code_hint(label, self.codes) if len(self.codes) <= 20_000 else None


def layer_from_file(
    name: str, path: Path, index: TrustIndex, *, weight: float, directed: bool | None, grade: str, source: str
) -> Layer:
    """Read a layer from an edge list CSV (source,target[,weight]) or a GraphML file."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _from_csv(name, path, index, weight, bool(directed), grade, source)
    if suffix == ".graphml":
        graph, text = _read_graphml(path)

        def line_of(label: object) -> int | None:
            position = text.find(f'"{label}"')
            return text.count("\n", 0, position) + 1 if position >= 0 else None

        return layer_from_networkx(
            name, graph, index, weight=weight, directed=directed, grade=grade, source=source, file=path, line_of=line_of
        )
    raise InputError(f"files of type '{path.suffix}' cannot be read", file=path, expected="a .csv or .graphml file")


def _from_csv(
    name: str, path: Path, index: TrustIndex, weight: float, directed: bool, grade: str, source: str
) -> Layer:
    table = read_csv(path, ("source", "target"), ("source", "target", "weight"))
    ties: dict[tuple[int, int], float] = {}
    for row in table.rows:
        fail = partial(table.error, row)
        ends = []
        for column in ("source", "target"):
            label = row.values.get(column)
            position = index.get(label) if label is not None else None
            if position is None:
                message = f"unknown trust '{label}'" if label is not None else "missing"
                suggestion = index.suggestion(label) if label else None
                raise fail(column, message, expected=index.expected(), suggestion=suggestion)
            ends.append(position)
        if ends[0] == ends[1]:
            raise fail("target", "a trust has no tie with itself", expected="another trust")
        value = _weight(row.values.get("weight", "1"))
        if value is None:
            raise fail("weight", f"'{row.values['weight']}' is not a weight", expected="a number above 0")
        tie = (ends[0], ends[1])
        if tie in ties or (not directed and tie[::-1] in ties):
            hint = None if directed else "set directed: true for ties that count one way"
            raise fail("target", "the tie is given twice", expected="each tie once", suggestion=hint)
        ties[tie] = value
    return _layer(name, weight, len(index.codes), ties, directed, grade, source)


def _read_graphml(path: Path) -> tuple[nx.Graph, str]:
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    text = read_text(path)
    try:
        return nx.parse_graphml(text, node_type=str), text
    except ParseError as error:
        raise InputError(f"not valid XML: {error}", file=path, line=error.position[0], expected="GraphML") from None
    except Exception as error:  # the reader raises many types on a broken file
        raise InputError(f"not valid GraphML: {error}", file=path, expected="GraphML") from None


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
    line_of: Callable[[object], int | None] = lambda label: None,
) -> Layer:
    """Return a layer from any NetworkX graph whose nodes are trust codes.

    Edges may carry ``weight`` (above 0). A directed edge u -> v means that u looks to v. Trusts that are not in the
    graph have no ties. Raises InputError for unknown nodes, self ties, parallel edges and bad weights.
    """

    def fail(message: str, label: object, expected: str | None = None, suggestion: str | None = None) -> InputError:
        return InputError(
            message,
            file=file,
            line=line_of(label),
            key=None if file else f"world.layers.{name}",
            expected=expected,
            suggestion=suggestion,
        )

    directed = bool(graph.is_directed()) if directed is None else directed
    place: dict[object, int] = {}
    for label in graph.nodes:
        if (position := index.get(label)) is not None:
            place[label] = position
        else:
            raise fail(f"unknown trust '{label}'", label, index.expected(), index.suggestion(label))
    ties: dict[tuple[int, int], float] = {}
    for u, v, data in graph.edges(data=True):
        tie = (place[u], place[v])
        if tie[0] == tie[1]:
            raise fail(f"the trust '{u}' has a tie with itself", u, "ties between different trusts")
        value = _weight(data.get("weight", 1.0))
        if value is None:
            raise fail(f"the tie '{u}' - '{v}' has weight {data['weight']!r}", u, "a number above 0")
        if tie in ties or (not directed and tie[::-1] in ties):
            raise fail(f"the tie '{u}' - '{v}' is given twice", u, "each tie once")
        ties[tie] = value
    return _layer(name, weight, len(index.codes), ties, directed, grade, source)


def _weight(value: str | SupportsFloat) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and 0 < number <= 1e12 else None


def _layer(
    name: str, weight: float, n: int, ties: Mapping[tuple[int, int], float], directed: bool, grade: str, source: str
) -> Layer:
    pairs = np.array(list(ties), dtype=np.int64).reshape(-1, 2)
    weights = scaled_weights(np.array(list(ties.values()), dtype=np.float64))
    return sparse_layer(
        name, weight, n, pairs[:, 0], pairs[:, 1], weights, directed=directed, grade=grade, source=source
    )


def scaled_weights(weights: Floats) -> Floats:
    """Scale tie weights so that they are exact in steps of 2^-16.

    Weights between 1/1024 and 1 stay as they are; otherwise all are divided by the largest. A tie too weak for a
    step keeps one step, so that no tie is lost.
    """
    if not len(weights):
        return weights
    if weights.max() > 1.0 or weights.min() < _SMALLEST_PLAIN_WEIGHT:
        weights = weights / weights.max()
    return np.maximum(weights, WEIGHT_STEP)
