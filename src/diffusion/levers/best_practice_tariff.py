"""Lever 1."""
from __future__ import annotations

from typing import ClassVar

from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever
from diffusion.levers.registry import register


@register
class BestPracticeTariff(Lever):
    """A payment per case for the listed innovations, above the unit cost, for as long as it is announced."""

    name: ClassVar[str] = "best-practice-tariff"
    number: ClassVar[int] = 1
    title: ClassVar[str] = "Best practice tariff"
    acts_on: ClassVar[str] = "payment per case; lapse when it ends"
    grade: ClassVar[Grade] = "A"
    source: ClassVar[str] = "+24 % price gave +6 pp day-case surgery in a year (Health Econ 2016;25:56)"
    historic_start: ClassVar[str] = "2010-04"
    default_months: ClassVar[int | None] = 60

    uplift_share: float = param(0.24, "payment per case as a share of the unit cost", unit="1", low=0.05, high=0.5, ge=0, grade="A",
                                source="Health Econ 2016;25:56")
    monitoring: bool = param(True, "use is monitored while the tariff is paid", unit="yes/no")
    lower_base_price: bool = param(False, "financed by a lower base price of all cases", unit="yes/no")
