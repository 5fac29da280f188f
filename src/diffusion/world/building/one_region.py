"""A world of one region alone: its trusts and the ties between them, cut out of the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diffusion.arrays import Longs
from diffusion.world.building.changed import check_inside
from diffusion.world.rearranged import rearranged
from diffusion.world.regions import group_of_code, region_of_codes
from diffusion.world.tables import Cut, Layer, World


def only_region(whole: World, wanted: str | tuple[str, ...], key: str = "world.region") -> World:
    """Return the world of one region alone: its trusts and the ties between them; groups keep their places.

    Raises
    ------
    InputError
        There is no such AHSN, ICS or trust.
    """
    if isinstance(wanted, str):
        region = group_of_code(wanted, whole, key)
        title = f"{whole.facts.words.of(region.grouping).short} {region.code}, {region.title}"
    else:
        region = region_of_codes(wanted, whole, key)
        title = region.title
    rows = np.flatnonzero(region.members(whole)).astype(np.int64)
    part = rearranged(whole, rows, np.arange(whole.n_innovations))
    kept = sum(layer.n_ties for layer in part.layers)
    # ties of the part's trusts to others: of all that begin at one of them, what is left out
    begun = sum(_ties_from(layer, rows) for layer in whole.layers)
    told = f"{title}: {len(rows)} of {whole.n_trusts} trusts, {begun - kept} of their {begun} ties lead outside"
    cut = Cut(title, rows, whole)
    provenance = {**whole.provenance, "region": told}
    found: World = replace(part, name=f"{whole.name}-{region.name}", provenance=provenance, cut=cut)
    check_inside(found)
    return found


def _ties_from(layer: Layer, rows: Longs) -> int:
    """Return how many ties begin at the trusts of these places."""
    if layer.kind == "sparse":
        return int((layer.indptr[rows + 1] - layer.indptr[rows]).sum())
    group = layer.group[rows]
    sizes = np.bincount(layer.group[layer.group >= 0], minlength=1)
    return int((sizes[group[group >= 0]] - 1).sum())
