"""Adoption over time: spread over runs, and paired differences month by month."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffusion.analysis.groups import adopters_and_eligible, portfolio
from diffusion.analysis.intervals import Band, Estimate, band, estimate_mean
from diffusion.analysis.tables import ResultTables
from diffusion.engine.stages import INELIGIBLE, N_STAGES

Floats = NDArray[np.float64]


def adopter_share_by_month(tables: ResultTables) -> Floats:
    """Return adopters over eligible pairs in per cent, [R, T+1]."""
    adopters, eligible = adopters_and_eligible(tables, "innovation")
    return 100 * adopters.sum(axis=2) / np.maximum(eligible.sum(axis=1), 1)[:, None]


def adoption_band(tables: ResultTables) -> Band:
    """Return the spread of the adopter share over runs, per cent by month."""
    return band(adopter_share_by_month(tables))


def adoption_difference(tables: ResultTables, reference: ResultTables) -> Estimate:
    """Return the paired difference of the adopter share, percentage points by month."""
    return estimate_mean(adopter_share_by_month(tables) - adopter_share_by_month(reference))


def mean_stage_shares(tables: ResultTables) -> Floats:
    """Return the mean share of eligible pairs in each stage, per cent, [T+1, stage]; INELIGIBLE is 0."""
    mean = tables.stage_by_innovation[..., portfolio(tables)].sum(axis=3).mean(axis=0)
    mean[:, INELIGIBLE] = 0.0
    return 100 * mean / np.maximum(mean.sum(axis=1, keepdims=True), 1e-12).reshape(-1, 1).repeat(N_STAGES, axis=1)
