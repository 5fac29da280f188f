"""Adoption over time: spread over runs, and paired differences month by month."""

from __future__ import annotations

import numpy as np

from diffusion.analysis.results.intervals import Band, Estimate, band, estimate_mean
from diffusion.analysis.results.joining import in_order_of
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats
from diffusion.engine.stages import INELIGIBLE


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
