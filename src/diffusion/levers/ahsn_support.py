"""Lever 5."""
from __future__ import annotations

from typing import ClassVar

from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever
from diffusion.levers.registry import register


@register
class AhsnSupport(Lever):
    """Academic Health Science Networks: push and facilitation for a portfolio, divided over members."""

    name: ClassVar[str] = "ahsn-support"
    number: ClassVar[int] = 5
    title: ClassVar[str] = "Academic Health Science Networks"
    acts_on: ClassVar[str] = "awareness and triage push, facilitation (WTE lent), ties among members"
    grade: ClassVar[Grade] = "A"
    source: ClassVar[str] = "national quality programme +6.3 pp in 12 months (fn.bmj.com 2022-324579)"
    historic_start: ClassVar[str] = "2013-05"

    awareness_push: float = param(0.5, "added to the awareness push at mean spend", unit="1", low=0, high=2, ge=0)
    triage_push: float = param(0.5, "added to the triage push at mean spend", unit="1", low=0, high=2, ge=0)
    rollout_push: float = param(0.25, "added to the rollout push at mean spend", unit="1", low=0, high=1, ge=0)
    portfolio_size: int = param(6, "innovations an AHSN supports at a time", unit="innovations", low=2, high=20, ge=1)
    facilitation_share: float = param(0.10, "share of the budget spent on staff lent to members", unit="1", low=0, high=0.5, ge=0, le=1)
    wte_gbp_per_year: float = param(60_000.0, "cost of a lent whole-time equivalent", unit="GBP/year", low=45_000, high=80_000, gt=0)
    budget_first_gbp_per_year: float = param(45e6, "budget of all AHSNs in the first year", unit="GBP/year", low=0, high=60e6, ge=0, grade="B", source="programme accounts")
    budget_last_gbp_per_year: float = param(13e6, "budget of all AHSNs from the last year on", unit="GBP/year", low=0, high=60e6, ge=0, grade="B", source="programme accounts")
    budget_first_year: int = param(2013, "financial year of the first budget", unit="year", low=2013, high=2013)
    budget_last_year: int = param(2017, "financial year from which the budget is flat", unit="year", low=2014, high=2020)
    reference_year: int = param(2015, "financial year whose mean spend per member gives the pushes above", unit="year", low=2013, high=2017)
    member_ties: float = param(0.0, "exposure added among members to portfolio innovations", unit="1", low=0, high=0.3, ge=0)
