"""A network layer as a Mesa space, so that Mesa's own tools can walk and draw it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from mesa.discrete_space import Network

from diffusion.errors import InputError
from diffusion.world.building.export import to_networkx

if TYPE_CHECKING:
    from diffusion.agents.population import Population


def network_space(model: Population, layer: str | None = None) -> Network:
    """Return a Mesa network of a layer (default: the first with single ties), with every trust in the cell of its row.

    Nodes are rows of the trusts table, as Mesa's drawing expects; they carry the attributes of an exported network,
    and ``code``. Raises InputError for an unknown layer.
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
    # where Mesa takes a layout, its default is slow and differs from run to run
    options: dict[str, Any] = {"layout": None} if "layout" in inspect.signature(Network).parameters else {}
    space = Network(graph, random=model.random, **options)
    for trust in model.trusts:
        trust.move_to(space[trust.row])
    return space
