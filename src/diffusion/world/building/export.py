"""Any layer as a NetworkX graph, a GraphML file or an edge list in CSV; complete groups are written out as ties."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from diffusion.arrays import Floats, Ints
from diffusion.drafts import drafted
from diffusion.errors import InputError, did_you_mean
from diffusion.outlets import csv_cell, shown
from diffusion.world.building.over_time import dates_text
from diffusion.world.building.ties import DATES
from diffusion.world.tables import Layer, World

if TYPE_CHECKING:
    import networkx as nx

#: Most ties that are written out, each undirected tie counted once.
MAX_EXPORT_TIES = 5_000_000
FORMATS = ("graphml", "csv")

#: Node attributes of an exported network: name and GraphML type.
_NODE_TYPES = {
    "name": "string",
    "sector": "string",
    "ahsn": "string",
    "ics": "string",
    "region": "string",
    "latitude": "double",
    "longitude": "double",
    "size": "double",
    "teaching": "boolean",
}


def tie_arrays(layer: Layer) -> tuple[Ints, Ints, Floats]:
    """Return sources, targets (int32) and weights of a layer's ties, sorted; an undirected tie once, source < target.

    Source looks to target. Raises InputError above five million ties.
    """
    count = layer.n_ties if layer.directed else layer.n_ties // 2
    if count > MAX_EXPORT_TIES:
        raise InputError(
            f"layer '{layer.name}' has {count:,} ties",
            expected=f"at most {MAX_EXPORT_TIES:,} to write out",
            suggestion="export a smaller world, or a layer with fewer ties",
        )
    if layer.kind == "group":
        rows, columns = _group_ties(layer.group)
        return rows, columns, np.ones(len(rows))
    rows = np.repeat(np.arange(len(layer.indptr) - 1, dtype=np.int32), np.diff(layer.indptr))
    keep = np.ones(len(rows), np.bool_) if layer.directed else rows < layer.indices
    return rows[keep], layer.indices[keep], layer.weights[keep]


def tie_dates(layer: Layer) -> list[tuple[str, str]]:
    """Return the first and the last month of the ties of :func:`tie_arrays`, YYYY-MM, "" where there is none."""
    rows = len(tie_arrays(layer)[0])
    since, until = (np.full(rows, month) for month in layer.months)
    if layer.since is not None and layer.until is not None:
        begin = np.repeat(np.arange(len(layer.indptr) - 1, dtype=np.int32), np.diff(layer.indptr))
        keep = np.ones(len(begin), np.bool_) if layer.directed else begin < layer.indices
        since, until = np.maximum(since, layer.since[keep]), np.minimum(until, layer.until[keep])
    return [dates_text(*dates) for dates in zip(since.tolist(), until.tolist())]


def _group_ties(group: Ints) -> tuple[Ints, Ints]:
    rows, columns = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for number in np.unique(group[group >= 0]):
        members = np.flatnonzero(group == number).astype(np.int32)
        first, second = np.triu_indices(len(members), 1)
        rows.append(members[first])
        columns.append(members[second])
    sources, targets = np.concatenate(rows), np.concatenate(columns)
    order = np.lexsort((targets, sources))
    return sources[order], targets[order]


def node_attributes(world: World, row: int) -> dict[str, str | float | bool]:
    """Return what an exported network says about one trust."""
    trusts = world.trusts
    return {
        "name": trusts.names[row],
        "sector": trusts.sector_names[trusts.sector[row]],
        "ahsn": world.ahsns.codes[trusts.ahsn[row]],
        "ics": trusts.ics_codes[trusts.ics[row]],
        "region": trusts.region_names[trusts.region[row]],
        "latitude": float(trusts.latitude[row]),
        "longitude": float(trusts.longitude[row]),
        "size": float(trusts.size[row]),
        "teaching": bool(trusts.teaching[row]),
    }


def to_networkx(world: World, layer_name: str) -> nx.Graph | nx.DiGraph:
    """Return a layer as a NetworkX graph: nodes are trust codes with attributes, edges carry ``weight``.

    A directed layer becomes a DiGraph in which u -> v means that u looks to v; edges that do not always hold carry
    ``from`` and ``to``, their first and last month. Raises InputError for an unknown layer, more than five million
    ties, or one that comes and goes several times: ``world_in(world, month)`` of ``building.over_time`` has one month.
    """
    import networkx as nx

    layer = world.layer(layer_name)
    sources, targets, weights = tie_arrays(layer)
    graph = nx.DiGraph() if layer.directed else nx.Graph()
    graph.graph.update(name=f"{world.name}: {layer.name}", omega=layer.weight, source=layer.source)
    codes = world.trusts.codes
    graph.add_nodes_from((code, node_attributes(world, row)) for row, code in enumerate(codes))
    graph.add_weighted_edges_from(
        (codes[i], codes[j], w) for i, j, w in zip(sources.tolist(), targets.tolist(), weights.tolist())
    )
    if layer.dated:
        if graph.number_of_edges() < len(sources):
            raise InputError(
                f"ties of layer '{layer.name}' come and go several times",
                expected="each tie once",
                suggestion="take one month: world_in(world, month) of diffusion.world.building.over_time",
            )
        for i, j, dates in zip(sources.tolist(), targets.tolist(), tie_dates(layer)):
            graph.edges[codes[i], codes[j]].update({name: date for name, date in zip(DATES, dates) if date})
    return graph


def export_network(world: World, layer_name: str, path: Path | str, fmt: str | None = None) -> Path:
    """Write a layer to a GraphML file or a CSV edge list (source,target,weight) and return its path.

    Where ties have dates, their first and last month are written too, as ``from`` and ``to``.

    ``fmt`` is ``graphml`` or ``csv``; by default the ending of the path tells. Both can be read back as a layer.
    The file appears complete or not at all.
    """
    path = Path(path)
    fmt = fmt or path.suffix.lower().removeprefix(".")
    if fmt not in FORMATS:
        raise InputError(
            f"unknown format '{fmt}'", file=path, expected=" or ".join(FORMATS), suggestion=did_you_mean(fmt, FORMATS)
        )
    layer = world.layer(layer_name)
    ties = tie_arrays(layer)
    dates = tie_dates(layer) if layer.dated else None
    lines = _csv_lines(world, ties, dates) if fmt == "csv" else _graphml_lines(world, layer, ties, dates)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with drafted(path) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(lines)
    except OSError as error:
        raise InputError(f"the file cannot be written: {error.strerror or error}", file=path) from None
    return path


Ties = tuple[Ints, Ints, Floats]
Dates = list[tuple[str, str]] | None


def _csv_lines(world: World, ties: Ties, dates: Dates) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    codes = world.trusts.codes
    yield ",".join(("source", "target", "weight", *(DATES if dates is not None else ()))) + "\n"
    for number, (i, j, weight) in enumerate(zip(*(part.tolist() for part in ties))):
        buffer.seek(0)
        buffer.truncate()
        own = () if dates is None else dates[number]
        writer.writerow((csv_cell(codes[i]), csv_cell(codes[j]), repr(weight), *own))
        yield buffer.getvalue()


def _graphml_lines(world: World, layer: Layer, ties: Ties, dates: Dates) -> Iterator[str]:
    codes = world.trusts.codes
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for name, kind in _NODE_TYPES.items():
        yield f'  <key id="{name}" for="node" attr.name="{name}" attr.type="{kind}"/>\n'
    yield '  <key id="weight" for="edge" attr.name="weight" attr.type="double"/>\n'
    for name in DATES if dates is not None else ():
        yield f'  <key id="{name}" for="edge" attr.name="{name}" attr.type="string"/>\n'
    kind = "directed" if layer.directed else "undirected"
    yield f'  <graph id={quoteattr(shown(layer.name))} edgedefault="{kind}">\n'
    for row, code in enumerate(codes):
        yield f"    <node id={quoteattr(shown(code))}>"
        for name, value in node_attributes(world, row).items():
            text = str(value).lower() if isinstance(value, bool) else escape(shown(str(value)))
            yield f'<data key="{name}">{text}</data>'
        yield "</node>\n"
    for number, (i, j, weight) in enumerate(zip(*(part.tolist() for part in ties))):
        own = zip(DATES, dates[number]) if dates is not None else ()
        yield f"    <edge source={quoteattr(shown(codes[i]))} target={quoteattr(shown(codes[j]))}>"
        yield f'<data key="weight">{weight!r}</data>'
        yield from (f'<data key="{name}">{date}</data>' for name, date in own if date)
        yield "</edge>\n"
    yield "  </graph>\n</graphml>\n"
