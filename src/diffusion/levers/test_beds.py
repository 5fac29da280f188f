"""Lever 9."""
from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever
from diffusion.levers.registry import register


@register
class TestBeds(Lever):
    """Chosen trusts are placed in pilots of a bundle of innovations; the load is paid for, evidence counts more."""

    name: ClassVar[str] = "test-beds"
    number: ClassVar[int] = 9
    title: ClassVar[str] = "NHS Test Beds"
    acts_on: ClassVar[str] = "pilots placed in chosen trusts with load paid for; evidence"
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "wave 1: announced January 2016, 7 sites, 24 months; wave 2: October 2018, 7 sites, GBP 7m"
    historic_start: ClassVar[str] = "2016-05"

    waves: tuple[Month, ...] = Field((Month("2016-05"), Month("2018-10")), description="first months of the waves; moved together so that the first falls on `start`")
    wave_months: int = param(24, "length of a wave", unit="months", low=6, high=48, ge=1)
    sites_per_wave: int = param(7, "trusts per wave", unit="trusts", low=3, high=15, ge=0)
    bundle_size: int = param(8, "innovations placed in each site", unit="innovations", low=2, high=15, ge=0)
    site_cost_gbp_per_year: float = param(500_000.0, "cost of a site", unit="GBP/year", low=200_000, high=2_000_000, ge=0)
    evidence_per_pilot_month: float = param(0.06, "evidence from a test-bed pilot, in place of an ordinary pilot's", unit="information/month", low=0.02, high=0.12, ge=0, symbol="gT")
    combination_utility: float = param(0.1, "utility added where a trust uses two innovations of one bundle", unit="benefit", low=0, high=0.3, ge=0)
    site_noise_sigma: float = param(0.5, "log standard deviation of the choice of sites", unit="1", low=0, high=1, ge=0)
