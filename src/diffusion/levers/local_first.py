"""Lever 19."""
from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever
from diffusion.levers.registry import register


@register
class LocalFirst(Lever):
    """Lead localities get push, capacity and money first; then their experience is released to all others."""

    name: ClassVar[str] = "local-first"
    number: ClassVar[int] = 19
    title: ClassVar[str] = "Acceleration, local first"
    acts_on: ClassVar[str] = "push, capacity and money of lead localities; then transfer ties, learning, evidence"
    grade: ClassVar[Grade] = "B"
    source: ClassVar[str] = "dense regional support reached 370 of 393 practices in 19 months (PLoS Med 2022, pubmed 36383560)"
    historic_start: ClassVar[str] = "2024-11"

    lead_ics: tuple[str, ...] | None = Field(None, description="ICS codes of the lead localities; default: those with enough centres of excellence")
    lead_centres: int = param(3, "centres of excellence that make an ICS a lead locality", unit="trusts", low=2, high=5, ge=1)
    lead_months: int = param(36, "months in which leads are favoured", unit="months", low=24, high=48, ge=1, symbol="M")
    capacity_factor: float = param(1.5, "factor on the change time of leads", unit="1", low=1, high=2, ge=1)
    awareness_push: float = param(1.0, "added to the awareness push in leads", unit="1", low=0, high=2, ge=0)
    triage_push: float = param(1.0, "added to the triage push in leads", unit="1", low=0, high=2, ge=0)
    refill_factor: float = param(1.5, "factor on the fund refill of leads", unit="1", low=1, high=2, ge=1)
    transfer_ties: int = param(2, "leads that each other trust looks to after release", unit="ties", low=1, high=5, ge=0)
    transfer_weight: float = param(0.3, "share of exposure that comes from those ties", unit="1", low=0, high=1, ge=0, le=1)
    transfer_months: int = param(24, "months of transfer after release", unit="months", low=12, high=48, ge=0)
    release_triage_push: float = param(0.3, "added to the triage push of all others after release", unit="1", low=0, high=1, ge=0)
    wte_gbp_per_year: float = param(60_000.0, "cost of an extra whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0)
