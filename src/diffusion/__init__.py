"""How innovations spread through the NHS in England: an open agent-based simulator.

>>> import diffusion as df
>>> baseline, option = df.load("baseline"), df.load("baseline+local-first")
>>> results = df.compare([baseline, option], replicates=50)  # doctest: +SKIP

Names are imported when first used, so that ``import diffusion`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffusion.agents import AHSN, ClinicalEntrepreneur, Company, DiffusionModel, Fellow, Trust
    from diffusion.deliver.ablation import ablate
    from diffusion.errors import InputError
    from diffusion.experiments.running.results import Results
    from diffusion.experiments.running.runner import compare, run
    from diffusion.levers.base import Lever
    from diffusion.levers.registry import register
    from diffusion.scenario.load import load_scenario as load
    from diffusion.scenario.schema import Scenario
    from diffusion.world.build import build_world
    from diffusion.world.tables import World

_WHERE: dict[str, tuple[str, str]] = {
    "AHSN": ("diffusion.agents", "AHSN"),
    "ClinicalEntrepreneur": ("diffusion.agents", "ClinicalEntrepreneur"),
    "Company": ("diffusion.agents", "Company"),
    "DiffusionModel": ("diffusion.agents", "DiffusionModel"),
    "Fellow": ("diffusion.agents", "Fellow"),
    "InputError": ("diffusion.errors", "InputError"),
    "Lever": ("diffusion.levers.base", "Lever"),
    "Results": ("diffusion.experiments.running.results", "Results"),
    "Scenario": ("diffusion.scenario.schema", "Scenario"),
    "Trust": ("diffusion.agents", "Trust"),
    "World": ("diffusion.world.tables", "World"),
    "ablate": ("diffusion.deliver.ablation", "ablate"),
    "build_world": ("diffusion.world.build", "build_world"),
    "compare": ("diffusion.experiments.running.runner", "compare"),
    "load": ("diffusion.scenario.load", "load_scenario"),
    "register": ("diffusion.levers.registry", "register"),
    "run": ("diffusion.experiments.running.runner", "run"),
}

__all__ = [
    "AHSN",
    "ClinicalEntrepreneur",
    "Company",
    "DiffusionModel",
    "Fellow",
    "InputError",
    "Lever",
    "Results",
    "Scenario",
    "Trust",
    "World",
    "__version__",
    "ablate",
    "build_world",
    "compare",
    "load",
    "register",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("nhs-diffusion")
        except PackageNotFoundError:
            return "0+unknown"
    if name not in _WHERE:
        raise AttributeError(f"module 'diffusion' has no attribute '{name}'")
    module, attribute = _WHERE[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
