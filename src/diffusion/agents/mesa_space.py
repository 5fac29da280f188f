"""A network layer as a Mesa space, so that Mesa's own tools can walk and draw it."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa.discrete_space import Network

from diffusion.errors import InputError
from diffusion.world.building.export import to_networkx

if TYPE_CHECKING:
    from diffusion.agents.population import Population
    from diffusion.world.tables import TrustTable


def network_space(model: Population, layer: str | None = None) -> Network:
    """Return a Mesa network of a layer (default: the first with single ties), with every trust in the cell of its row.

    Nodes are rows of the trusts table, as Mesa's drawing expects; they carry the attributes of an exported network,
    ``code``, and ``position`` (see :func:`positions`), the cell's own where Mesa has such. Raises
    InputError for an unknown layer.
    """
    import networkx as nx

    layers = model.world.layers
    if not layers:
        raise InputError("this world has no network layer to make a space of")
    if layer is None:
        layer = next((item.name for item in layers if item.kind == "sparse"), layers[0].name)
    graph = to_networkx(model.world, layer)
    nx.set_node_attributes(graph, {code: code for code in graph}, "code")
    graph = nx.convert_node_labels_to_integers(graph)  # nodes stand in the order of rows
    places = positions(model.world.trusts)
    nx.set_node_attributes(graph, places, "position")
    # where Mesa takes a layout, its default is slow and differs from run to run
    options: dict[str, Any] = {"layout": places} if "layout" in inspect.signature(Network).parameters else {}
    space = Network(graph, random=model.random, **options)
    for trust in model.trusts:
        trust.move_to(space[trust.row])
    return space


def positions(trusts: TrustTable) -> dict[int, tuple[float, float]]:
    """Return where trusts are drawn, by row: kilometres east and north of their middle; on a circle if not known."""
    east, north = np.radians(trusts.longitude), np.radians(trusts.latitude)
    if not (np.isfinite(east).all() and np.isfinite(north).all() and np.ptp(east) > 0):
        turns = 2 * math.pi * np.arange(len(east)) / max(1, len(east))
        return dict(enumerate(zip(np.cos(turns).tolist(), np.sin(turns).tolist())))
    middle, earth_km = float(north.mean()), 6371.0
    x, y = earth_km * math.cos(middle) * (east - east.mean()), earth_km * (north - middle)
    return dict(enumerate(zip(x.tolist(), y.tolist())))
