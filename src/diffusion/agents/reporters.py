"""What the model's DataCollector reports: the monthly measures, and a few numbers of every agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from diffusion.agents.ahsn import AHSN
from diffusion.agents.company import Company
from diffusion.agents.entrepreneur import ClinicalEntrepreneur
from diffusion.agents.fellow import Fellow
from diffusion.agents.trust import Trust
from diffusion.month.measures import MEASURES

if TYPE_CHECKING:
    from diffusion.agents.diffusion_model import DiffusionModel

_OF_TRUSTS = ("code", "n_pilots", "n_using", "n_adopted", "fund_gbp", "capacity_wte", "slack")
_OF_AHSNS = ("code", "n_adopted")
_OF_FELLOWS = ("code", "months_left", "n_reached", "n_using")
_OF_ENTREPRENEURS = ("code", "status", "startup")
_OF_COMPANIES = ("code", "status", "cash_gbp", "raised_gbp", "adopters")


def measure_names() -> tuple[str, ...]:
    """Names of the monthly measures."""
    return tuple(measure.name for measure in MEASURES)


def model_reporters() -> dict[str, Callable[[DiffusionModel], float]]:
    """Return a reporter per monthly measure."""
    return {name: _measure(name) for name in measure_names()}


def _measure(name: str) -> Callable[[DiffusionModel], float]:
    def report(model: DiffusionModel) -> float:
        return model.measure(name)

    return report


def agent_reporters() -> dict[type, dict[str, Any]]:
    """Return reporters by type of agent: scalars only, since Mesa copies every value deeply."""
    return {
        Trust: {name: name for name in _OF_TRUSTS},
        AHSN: {name: name for name in _OF_AHSNS},
        Fellow: {name: name for name in _OF_FELLOWS},
        ClinicalEntrepreneur: {name: name for name in _OF_ENTREPRENEURS},
        Company: {name: name for name in _OF_COMPANIES},
    }
