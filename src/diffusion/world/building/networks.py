"""The network of a synthetic world: complete, ring, lattice, Watts-Strogatz, an edge list or a NetworkX generator."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

import numpy as np

from diffusion.errors import InputError, did_you_mean
from diffusion.world.bounded import TooMuch, bounded
from diffusion.world.building.edges import layer_from_file
from diffusion.world.building.layers import MAX_TIES, group_layer, sparse_layer
from diffusion.world.building.synthetic import network_seed, site_codes
from diffusion.world.building.ties import TieRules, TrustIndex
from diffusion.world.spec import MAX_TRUSTS, PlainValue, SyntheticSpec
from diffusion.world.tables import Layer

if TYPE_CHECKING:
    import networkx as nx

Argument: TypeAlias = PlainValue | list[PlainValue]

LAYER = "network"
OWN_NETWORKS = ("complete", "ring", "lattice", "watts_strogatz", "edges", "none")
_KEY = "world.synthetic"
#: Generators whose number of ties is quadratic in their arguments.
_DENSE = ("complete_graph", "complete_multipartite_graph", "turan_graph", "complete_bipartite_graph")
_DENSE_LIMIT = 3_000
#: processor time that a generator may take
MOST_SECONDS = 120.0


def network_layers(network: str, spec: SyntheticSpec, file: Path | None) -> tuple[int, tuple[Layer, ...]]:
    """Return the number of trusts and the layer (none for `none`) that ``spec`` describes; raises InputError."""
    if spec.file is not None and network != "edges":
        raise InputError("an edge list needs network: edges", key=f"{_KEY}.file", suggestion="set network: edges")
    if network in OWN_NETWORKS and network not in ("lattice", "watts_strogatz") and spec.args:
        raise InputError(f"network {network} takes no arguments", key=f"{_KEY}.args")
    if network == "edges":
        return _edges(spec, file)
    if network not in OWN_NETWORKS:
        return _generated(network, dict(spec.args), spec, set_n="n")
    n = spec.n_trusts
    if n is None:
        raise InputError("missing", key=f"{_KEY}.n_trusts", expected=f"a whole number from 1 to {MAX_TRUSTS:,}")
    if network == "none":
        return n, ()
    if network == "complete":
        return n, (group_layer(LAYER, np.zeros(n, np.int32), 1.0, source="synthetic: complete graph"),)
    if network == "ring":
        return n, (_ring(n),)
    if network == "lattice":
        return n, (_lattice(n, spec.args),)
    _only(spec.args, ("k", "p"), network)
    return _generated("watts_strogatz_graph", {"k": 12, "p": 0.1, **spec.args}, spec, set_n="n")


def _ring(n: int) -> Layer:
    sites = np.arange(n)
    source = "synthetic: one-sided ring, i looks to i-1"
    return sparse_layer(LAYER, 1.0, n, sites, (sites - 1) % n, np.ones(n), directed=True, source=source)


def _lattice(n: int, args: Mapping[str, Argument]) -> Layer:
    _only(args, ("k",), "lattice")
    k = args.get("k", 4)
    if isinstance(k, bool) or not isinstance(k, int) or k < 2 or k % 2 or k >= n or n * k > MAX_TIES:
        raise InputError(
            f"k = {k!r} is out of range", key=f"{_KEY}.args.k", expected=f"an even number from 2 below {n}"
        )
    sites = np.repeat(np.arange(n), k // 2)
    targets = (sites + np.tile(np.arange(1, k // 2 + 1), n)) % n
    source = f"synthetic: ring lattice, {k} neighbours"
    return sparse_layer(LAYER, 1.0, n, sites, targets, np.ones(len(sites)), directed=False, source=source)


def _only(args: Mapping[str, Argument], known: tuple[str, ...], network: str) -> None:
    for name in args:
        if name not in known:
            raise InputError(
                f"network {network} has no argument '{name}'",
                key=f"{_KEY}.args.{name}",
                expected="one of " + ", ".join(known),
                suggestion=did_you_mean(name, known),
            )


def _edges(spec: SyntheticSpec, file: Path | None) -> tuple[int, tuple[Layer, ...]]:
    if file is None or spec.n_trusts is None:
        name = "file" if file is None else "n_trusts"
        raise InputError("missing", key=f"{_KEY}.{name}", expected="file and n_trusts for network: edges")
    index = TrustIndex(site_codes(spec.n_trusts), by_position=True)
    layer = layer_from_file(
        LAYER,
        file,
        index,
        weight=1.0,
        directed=spec.directed,
        grade="C",
        source=f"synthetic: edge list {file.name}",
        rules=TieRules(dates=True),
    )
    return spec.n_trusts, (layer,)


def generator_names() -> list[str]:
    """Return the NetworkX generators that a scenario may name: public functions of ``networkx.generators``."""
    import networkx as nx

    return sorted(name for name in dir(nx) if _is_generator(getattr(nx, name), name))


def _is_generator(candidate: object, name: str) -> TypeGuard[Callable[..., object]]:
    module = getattr(candidate, "__module__", None) or ""
    return callable(candidate) and not name.startswith("_") and module.startswith("networkx.generators.")


def _generated(name: str, args: dict[str, Argument], spec: SyntheticSpec, set_n: str) -> tuple[int, tuple[Layer, ...]]:
    import networkx as nx

    generator = getattr(nx, name, None) if name.isidentifier() else None
    if not _is_generator(generator, name):
        known = [*OWN_NETWORKS, *generator_names()]
        raise InputError(
            f"unknown network '{name}'",
            key=f"{_KEY}.network",
            expected=", ".join(OWN_NETWORKS) + " or a NetworkX generator",
            suggestion=did_you_mean(name, known),
        )
    parameters = inspect.signature(generator).parameters
    plain = [key for key in parameters if key not in ("create_using", "backend", "backend_kwargs")]
    for key in args:
        if key not in plain:
            raise InputError(
                f"{name} has no argument '{key}'",
                key=f"{_KEY}.args.{key}",
                expected="one of " + ", ".join(plain),
                suggestion=did_you_mean(key, plain),
            )
    if set_n in plain and set_n not in args and spec.n_trusts is not None:
        args[set_n] = spec.n_trusts
    if "seed" in plain and "seed" not in args:
        args["seed"] = network_seed(spec.key)
    _check_sizes(name, args)
    graph = _call(generator, name, args, plain)
    n = graph.number_of_nodes()
    if spec.n_trusts is not None and n != spec.n_trusts:
        raise InputError(
            f"{name} made {n} nodes for {spec.n_trusts} trusts",
            key=f"{_KEY}.n_trusts",
            expected=f"{n}, or leave it out",
        )
    if not 1 <= n <= MAX_TRUSTS:
        raise InputError(f"{name} made {n} nodes", key=f"{_KEY}.args", expected=f"1 to {MAX_TRUSTS:,}")
    return n, (_graph_layer(graph, name),)


def _check_sizes(name: str, args: Mapping[str, Argument]) -> None:
    for key, value in args.items():
        numbers = value if isinstance(value, list) else [value]
        limit = _DENSE_LIMIT if name in _DENSE else MAX_TRUSTS
        if key != "seed" and any(isinstance(item, int | float) and abs(item) > limit for item in numbers):
            raise InputError(
                f"{key} is too large for {name}",
                key=f"{_KEY}.args.{key}",
                expected=f"at most {limit:,}",
                suggestion="use network: complete" if name == "complete_graph" else None,
            )


def _call(generator: Callable[..., object], name: str, args: Mapping[str, Argument], plain: list[str]) -> nx.Graph:
    import networkx as nx

    try:
        graph = bounded(lambda: generator(**args), MOST_SECONDS)
    except (TooMuch, MemoryError, OverflowError):
        raise InputError(
            f"{name} with these arguments makes a network that is too large",
            key=f"{_KEY}.args",
            expected=f"at most {MAX_TRUSTS:,} trusts and {MAX_TIES // 2:,} ties, made within {MOST_SECONDS:.0f} s",
            suggestion="smaller arguments",
        ) from None
    except Exception as error:  # generators raise many types on arguments they cannot use
        raise InputError(
            f"{name} refuses its arguments: {error}", key=f"{_KEY}.args", expected="arguments " + ", ".join(plain)
        ) from None
    if not isinstance(graph, nx.Graph):
        raise InputError(
            f"{name} does not return one graph", key=f"{_KEY}.network", expected="a generator of one graph"
        )
    if graph.number_of_edges() > MAX_TIES // 2:
        raise InputError(f"{name} made too many ties", key=f"{_KEY}.args", expected=f"at most {MAX_TIES // 2:,}")
    return graph


def _graph_layer(graph: nx.Graph, name: str) -> Layer:
    """Return the layer of a generated graph: nodes in order of their numbers if they have them; no self ties."""
    nodes = list(graph.nodes)
    if all(isinstance(node, int) for node in nodes):
        nodes.sort()
    position = {node: index for index, node in enumerate(nodes)}
    edges = [(position[u], position[v], float(weight)) for u, v, weight in graph.edges(data="weight", default=1.0)]
    rows, columns, weights = (np.array(part) for part in zip(*edges)) if edges else (np.zeros(0, int),) * 3
    positive = weights > 0
    return sparse_layer(
        LAYER,
        1.0,
        len(nodes),
        rows[positive],
        columns[positive],
        weights[positive].astype(float),
        directed=graph.is_directed(),
        source=f"synthetic: {name}",
    )
