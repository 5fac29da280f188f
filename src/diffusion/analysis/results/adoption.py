"""Adopters and the adopter share: the one definition that results, monthly measures, outcomes and pages share."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from diffusion.analysis.results.intervals import Band, Estimate, band, estimate_mean
from diffusion.analysis.results.joining import in_order_of
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Bools, Floats, Ints, Longs
from diffusion.engine.stages import INELIGIBLE, ROLLOUT, SUSTAINED


class Adoptable(Protocol):
    """What is asked of a world: who may adopt what, bool[N, K], and what becomes of its trusts during a run."""

    @property
    def eligible(self) -> Bools: ...
    @property
    def changes(self) -> tuple[object, ...]: ...


def adopters(stage_counts: Ints) -> Longs:
    """Return the trusts that have adopted, [..., G], from counts by stage [..., S, G]: ROLLOUT or SUSTAINED."""
    return stage_counts[..., ROLLOUT, :].astype(np.int64) + stage_counts[..., SUSTAINED, :]


def adopters_of(stage_counts: Ints, chosen: Bools) -> Longs:
    """Return :func:`adopters` summed over the groups ``chosen`` [G], [...]; the counts are read in place."""
    weight = chosen.astype(stage_counts.dtype)  # of one type: nothing is converted
    return np.asarray(stage_counts[..., ROLLOUT, :] @ weight + stage_counts[..., SUSTAINED, :] @ weight)


def eligible_pairs(stage_counts: Ints, world: Adoptable, chosen: Bools) -> int | Longs:
    """Return the eligible pairs of the innovations ``chosen`` [K], at least 1.

    One number, or where trusts merge, close or open in a run one for each entry of ``stage_counts`` [..., S, K]: [...].
    """
    if not getattr(world, "changes", ()):
        return max(1, int(world.eligible[:, chosen].sum()))
    weight = chosen.astype(np.int64)
    return np.asarray(np.maximum(1, np.delete(stage_counts, INELIGIBLE, axis=-2).sum(axis=-2) @ weight))


def adopter_share(stage_counts: Ints, world: Adoptable, chosen: Bools) -> Floats:
    """Return adopting pairs over eligible pairs, [...], of the innovations ``chosen`` [K]; 0 where none is eligible.

    ``stage_counts`` is [..., S, K]. The share of a run is that of the portfolio: of the innovations that are there from
    the start.
    """
    return np.asarray(adopters_of(stage_counts, chosen) / eligible_pairs(stage_counts, world, chosen))


def adopter_share_by_month(tables: ResultTables) -> Floats:
    """Return adopters over eligible pairs in per cent, [R, T+1]."""
    return np.asarray(100 * tables.monthly["adopter_share"])


def adoption_band(tables: ResultTables) -> Band:
    """Return the spread of the adopter share over runs, per cent by month."""
    return band(adopter_share_by_month(tables))


def adoption_difference(tables: ResultTables, reference: ResultTables) -> Estimate:
    """Return the paired difference of the adopter share, percentage points by month."""
    tables = in_order_of(reference, tables)
    return estimate_mean(adopter_share_by_month(tables) - adopter_share_by_month(reference), drawn(reference))


def mean_stage_shares(tables: ResultTables) -> Floats:
    """Return the mean share of eligible pairs in each stage, per cent, [T+1, stage]; INELIGIBLE is 0."""
    mean = tables.stage_means.copy()
    mean[:, INELIGIBLE] = 0.0
    total = np.maximum(mean.sum(axis=1, keepdims=True), 1e-12)
    return np.asarray(100 * mean / total)
