"""From the layers of a world to the arrays that the exposure kernels read."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Longs
from diffusion.mechanisms.exposure import WEIGHT_ONE, ExposureParameters, Net
from diffusion.mechanisms.network.tie_runs import Ties, arrange_ties, map_order
from diffusion.mechanisms.network.whole_weights import whole_weights
from diffusion.world.building.over_time import change_months, layer_in
from diffusion.world.tables import ALWAYS

if TYPE_CHECKING:
    from diffusion.world.tables import Layer, World


def layer_weight(layer: Layer, par: ExposureParameters) -> float:
    """Return omega of a layer: a parameter for the five standard layers, the layer's own otherwise."""
    return float(getattr(par, f"weight_{layer.name}", layer.weight))


def layers_in_use(world: World, par: ExposureParameters) -> tuple[list[Layer], list[Layer]]:
    """Return the group layers and the sparse layers that count, in the order in which exposure sums over them."""
    layers = [layer for layer in world.layers if layer_weight(layer, par) > 0]
    if par.response == "count" and len(layers) > 1:
        layers = [_union(layers, world.n_trusts)]
    return [layer for layer in layers if layer.kind == "group"], [layer for layer in layers if layer.kind == "sparse"]


def build_net(world: World, par: ExposureParameters) -> Net:
    """Return the network of ``world`` with weights shared out per trust and eligibility mask.

    With the response ``count`` all layers of positive weight are united, since adopters are to be distinct.
    """
    n = world.n_trusts
    eligible = np.ascontiguousarray(world.eligible, dtype=np.uint8)
    masks, mask_of = np.unique(eligible, axis=1, return_inverse=True)
    masks = masks.T.astype(np.int64)  # (M, N)
    credibility = _credibility(world, par)
    groups, sparse = layers_in_use(world, par)

    columns = 0
    group_of = np.full((len(groups), n), -1, dtype=np.int64)
    group_den = np.zeros((len(masks), len(groups), n))
    for index, layer in enumerate(groups):
        inside = layer.group >= 0
        group_of[index, inside] = layer.group[inside] + columns
        size = int(layer.group.max(initial=-1)) + 1
        columns += size
        for m, mask in enumerate(masks):
            sums = np.bincount(layer.group[inside], weights=(credibility * mask)[inside], minlength=size)
            group_den[m, index, inside] = sums[layer.group[inside]] - (credibility * mask)[inside]

    place = map_order(world)
    start = np.zeros((len(sparse), n + 1), dtype=np.int64)
    in_runs = np.zeros(len(sparse), dtype=np.uint8)
    ties: list[Ties] = []
    tie_den = np.zeros((len(masks), len(sparse), n))
    largest = np.zeros((len(sparse), n))
    entries = weights_so_far = 0
    for index, layer in enumerate(sparse):
        weights = _whole(layer, credibility[layer.indices])
        row = np.repeat(np.arange(n), np.diff(layer.indptr))
        np.maximum.at(largest[index], row, weights)
        for m, mask in enumerate(masks):
            tie_den[m, index] = np.bincount(row, weights=weights * mask[layer.indices], minlength=n)
        kept = arrange_ties(row, place[layer.indices], weights, n)
        in_runs[index] = kept.in_runs
        start[index] = kept.start + entries
        ties.append(kept._replace(offset=kept.offset + weights_so_far))
        entries += len(kept.first)
        weights_so_far += len(kept.weight)

    weights_group = np.array([layer_weight(layer, par) for layer in groups]).reshape(1, -1, 1)
    weights_tie = np.array([layer_weight(layer, par) for layer in sparse]).reshape(1, -1, 1)
    present = (weights_group * (group_den > 0)).sum(axis=1) + (weights_tie * (tie_den > 0)).sum(axis=1)
    present = np.where(present > 0, present, 1.0)[:, None, :]
    group_share = np.where(group_den > 0, weights_group / present, 0.0)
    tie_share = np.where(tie_den > 0, weights_tie / present, 0.0)
    group_total, tie_total = np.where(group_den > 0, group_den, 1.0), np.where(tie_den > 0, tie_den, 1.0)
    names = [layer.name for layer in groups]
    return Net(
        mask=mask_of.reshape(-1).astype(np.int64), credibility=credibility, group_of=_by_trust(group_of),
        group_share=_by_trust(group_share), group_total=_by_trust(group_total),
        place=place, in_runs=in_runs, tie_start=start,
        tie=_joined([t.first for t in ties], np.uint32), tie_length=_joined([t.length for t in ties], np.uint32),
        tie_offset=_joined([t.offset for t in ties], np.int64), tie_weight=_joined([t.weight for t in ties], np.int32),
        tie_share=_by_trust(tie_share), tie_total=_by_trust(tie_total),
        tie_bound=_by_trust(tie_share * largest / tie_total),
        eligible=eligible,
        n_columns=columns, member_layer=names.index("ahsn") if "ahsn" in names else -1,
    )  # fmt: skip


def said_of_rounding(world: World, par: ExposureParameters) -> dict[str, str]:
    """Say by name of what layers the weights of ties are not in exact proportion, and of how many trusts.

    Built layers are left out whose weights are multiples of 2^-16 by themselves.
    """
    return {
        name: f"weights of the ties of {count:,} of {world.n_trusts:,} trusts stand in no proportions of whole "
        "numbers, and are rounded in steps of up to two billionths of their sum"
        for name, count in _rounded(world, par)
    }


@lru_cache(maxsize=32)
def _rounded(world: World, par: ExposureParameters) -> tuple[tuple[str, int], ...]:
    """Return name and number of trusts with rounded weights, in some month, of the layers that have such trusts."""
    credibility = _credibility(world, par)
    found = []
    for layer in layers_in_use(world, par)[1]:
        if layer.rounded:
            continue
        rounded = ~whole_weights(layer.weights, layer.indptr, credibility[layer.indices])[1]
        if layer.since is not None and rounded.any():  # the ties of all months together: those of each are fewer
            rounded = np.zeros_like(rounded)
            for month in (ALWAYS[0], *change_months(replace(world, layers=(layer,)))):
                now = layer_in(layer, month)
                rounded |= ~whole_weights(now.weights, now.indptr, credibility[now.indices])[1]
        if rounded.any():
            found.append((layer.name, int(rounded.sum())))
    return tuple(found)


def _credibility(world: World, par: ExposureParameters) -> Longs:
    """Return how much each trust counts, int64[N] in 2^-16."""
    return np.asarray(
        np.rint((1.0 + par.credibility_bonus * world.trusts.centre_of_excellence) * WEIGHT_ONE).astype(np.int64)
    )


def _whole(layer: Layer, credibility: np.ndarray) -> np.ndarray:
    """Return int64[E]: weights times credibility (int64[E], in 2^-16), each row in units of its own."""
    if layer.rounded:
        return np.asarray(np.rint(layer.weights * credibility).astype(np.int64))
    return whole_weights(layer.weights, layer.indptr, credibility)[0]


def _by_trust(table: np.ndarray) -> np.ndarray:
    """Return ``table`` with its last axis (trusts) first: all that a trust needs stands in one or two cache lines."""
    return np.ascontiguousarray(np.moveaxis(table, -1, 0))


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(0, dtype=dtype)


def _union(layers: list[Layer], n: int) -> Layer:
    """Return one unweighted sparse layer with every tie that stands in any layer."""
    from scipy.sparse import coo_array

    from diffusion.world.tables import Layer

    total = coo_array((n, n), dtype=np.int64).tocsr()
    for layer in layers:
        if layer.kind == "group":
            inside = np.flatnonzero(layer.group >= 0)
            member = coo_array((np.ones(len(inside), dtype=np.int64), (inside, layer.group[inside]))).tocsr()
            member.resize((n, member.shape[1]))
            total = total + member @ member.T
        else:
            row = np.repeat(np.arange(n), np.diff(layer.indptr))
            total = total + coo_array((np.ones(len(row), dtype=np.int64), (row, layer.indices)), shape=(n, n)).tocsr()
    total.setdiag(0)
    total.eliminate_zeros()
    total.sort_indices()
    return Layer(
        name="union",
        weight=1.0,
        kind="sparse",
        group=np.full(n, -1, dtype=np.int32),
        indptr=total.indptr.astype(np.int64),
        indices=total.indices.astype(np.int32),
        weights=np.ones(total.nnz),
        directed=True,
        grade="C",
        source="all layers together",
    )
