"""Ties between organisations for analysis: sparse matrices whose row i holds whom i looks to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from diffusion.arrays import Floats, Longs
from diffusion.errors import InputError
from diffusion.world.building.over_time import check_undated

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from diffusion.world.tables import Layer

#: most ties of the groups of one column, counted from each end: they are written out one by one
MOST_TIES = 20_000_000


@dataclass(frozen=True, eq=False)
class Ties:
    """One layer of ties among N organisations, as coordinates: ``source[e]`` looks to ``target[e]`` with ``weight[e]``.

    Sorted by source, then target; no self ties, none twice. ``directed`` false: every tie is there from both ends with
    one weight. ``group`` int64[N] where the layer is made of complete groups (-1: in none), else None.
    """

    name: str
    n: int
    source: Longs
    target: Longs
    weight: Floats
    directed: bool
    group: Longs | None = None

    def matrix(self) -> csr_array:
        """Return W [N, N]."""
        from scipy.sparse import csr_array

        return csr_array((self.weight, (self.source, self.target)), shape=(self.n, self.n))

    def unweighted(self) -> Ties:
        """Return the same ties, all with weight 1."""
        return Ties(self.name, self.n, self.source, self.target, np.ones(len(self.source)), self.directed, self.group)

    def reversed(self) -> Ties:
        """Return the ties seen from their targets: who looks to i."""
        return ties_from_edges(self.name, self.n, self.target, self.source, self.weight, directed=True)

    def select(self, rows: ArrayLike) -> Ties:
        """Return the ties among the organisations in ``rows``, renumbered in that order."""
        chosen = np.asarray(rows, dtype=np.int64)
        place = np.full(self.n, -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        keep = (place[self.source] >= 0) & (place[self.target] >= 0)
        inside = ties_from_edges(
            self.name, len(chosen), place[self.source[keep]], place[self.target[keep]], self.weight[keep]
        )
        group = None if self.group is None else self.group[chosen]
        return Ties(self.name, inside.n, inside.source, inside.target, inside.weight, self.directed, group)

    @property
    def out_degree(self) -> Longs:
        """int64[N]: how many each looks to."""
        return np.bincount(self.source, minlength=self.n).astype(np.int64)

    @property
    def in_degree(self) -> Longs:
        """int64[N]: how many look to each."""
        return np.bincount(self.target, minlength=self.n).astype(np.int64)


def ties_from_edges(
    name: str, n: int, source: ArrayLike, target: ArrayLike, weight: ArrayLike | None = None, *, directed: bool = True
) -> Ties:
    """Return ties from edges; undirected ones are entered from both ends. Self ties are dropped, doubles count once.

    Raises
    ------
    ValueError
        For ends outside 0..n-1 and weights that are not above 0.
    """
    s, t = np.asarray(source, dtype=np.int64).ravel(), np.asarray(target, dtype=np.int64).ravel()
    w = np.ones(len(s)) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    if len(s) and (min(s.min(), t.min()) < 0 or max(s.max(), t.max()) >= n):
        raise ValueError("a tie ends outside the table")
    if np.any(~(w > 0)):
        raise ValueError("weights of ties are above 0")
    if not directed:
        s, t, w = np.concatenate([s, t]), np.concatenate([t, s]), np.concatenate([w, w])
    keep = s != t
    flat, first = np.unique(s[keep] * n + t[keep], return_index=True)
    return Ties(name, n, flat // n, flat % n, w[keep][first], directed)


def ties_from_groups(name: str, group: Sequence[str]) -> Ties:
    """Return complete groups: everyone looks to all others of the same label; an empty label is in no group."""
    labels = np.asarray(group, dtype=object).astype(str)
    names, code = np.unique(labels, return_inverse=True)
    code = code.astype(np.int64)
    if "" in names:
        code = np.where(labels == "", -1, code)
    order = np.argsort(code, kind="stable")
    order = order[code[order] >= 0]
    sizes = np.bincount(code[order], minlength=len(names))[np.unique(code[order])] if len(order) else np.zeros(0, int)
    if (number := int((sizes.astype(np.int64) ** 2).sum())) > MOST_TIES:
        raise InputError(
            f"the groups of '{name}' would make {number:,} ties",
            key=name,
            expected=f"at most {MOST_TIES:,}",
            suggestion="take a column with smaller groups",
        )
    starts = np.cumsum(sizes) - sizes
    source = np.repeat(order, np.repeat(sizes, sizes))
    target = np.concatenate(
        [np.tile(order[a : a + size], size) for a, size in zip(starts, sizes)] or [np.zeros(0, np.int64)]
    )
    ties = ties_from_edges(name, len(labels), source, target)
    return Ties(name, ties.n, ties.source, ties.target, ties.weight, False, code)


def ties_from_layer(layer: Layer) -> Ties:
    """Return a layer of a simulated world as ties, trusts in the world's order."""
    check_undated(layer, "an analysis of ties")
    if layer.kind == "group":
        ties = ties_from_groups(layer.name, ["" if g < 0 else str(g) for g in layer.group.tolist()])
        return Ties(layer.name, ties.n, ties.source, ties.target, ties.weight, False, layer.group.astype(np.int64))
    n = len(layer.indptr) - 1
    source = np.repeat(np.arange(n, dtype=np.int64), np.diff(layer.indptr))
    return Ties(layer.name, n, source, layer.indices.astype(np.int64), layer.weights, layer.directed)
