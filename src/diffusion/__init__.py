"""How innovations spread through the NHS in England: an open agent-based simulator.

>>> import diffusion as df
>>> baseline, option = df.load("baseline"), df.load("baseline+local-first")
>>> results = df.compare([baseline, option], replicates=50)  # doctest: +SKIP

Names are imported when first used, so that ``import diffusion`` is quick.
"""

from __future__ import annotations

import os as _os
import sys as _sys

# `python -m diffusion` looks for modules in the current folder first. From here on it does not: before anything else is
# imported, and not where another program is started with -m and imports this package.
try:
    _here = _os.getcwd()
except OSError:  # the folder is gone: nothing can be read from it
    _here = ""
if _sys.argv[:1] == ["-m"] and not _sys.flags.safe_path and _here and _sys.path[:1] == [_here]:
    _after = [
        part for flag, part in zip(_sys.orig_argv[1:], _sys.orig_argv[2:]) if flag[:1] == "-" and flag[-1:] == "m"
    ]
    if (_after[:1] or [""])[0].partition(".")[0] == "diffusion" or _sys.orig_argv[1].startswith("-mdiffusion"):
        del _sys.path[0]

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.agents import AHSN, ClinicalEntrepreneur, Company, DiffusionModel, Fellow, Trust
    from diffusion.analysis.results.compare import compare_outcomes
    from diffusion.analysis.results.outcomes import outcome_values
    from diffusion.engine.calendar import Month
    from diffusion.engine.draws import Draws
    from diffusion.engine.parameters import param
    from diffusion.engine.terms import Terms
    from diffusion.errors import InputError
    from diffusion.experiments.running.own_outcomes import outcome
    from diffusion.experiments.running.results import Results
    from diffusion.experiments.running.run_arrays import RunArrays
    from diffusion.experiments.running.runner import compare, run
    from diffusion.experiments.searches.ablation import ablate
    from diffusion.experiments.study import Study, load_study, make_design
    from diffusion.experiments.sweep import Sweep, open_sweep, read_runs, run_sweep
    from diffusion.experiments.sweep import prepare as prepare_sweep
    from diffusion.levers.base import Lever
    from diffusion.levers.registry import register
    from diffusion.month.view import View
    from diffusion.scenario.load import load_scenario as load
    from diffusion.scenario.schema import Scenario
    from diffusion.world.building.build import build_world
    from diffusion.world.tables import World

    __version__: str
else:
    _named, __dir__ = handed_on(
        __name__,
        {
            "AHSN": "diffusion.agents",
            "ClinicalEntrepreneur": "diffusion.agents",
            "Company": "diffusion.agents",
            "DiffusionModel": "diffusion.agents",
            "Draws": "diffusion.engine.draws",
            "Fellow": "diffusion.agents",
            "InputError": "diffusion.errors",
            "Lever": "diffusion.levers.base",
            "Month": "diffusion.engine.calendar",
            "Results": "diffusion.experiments.running.results",
            "RunArrays": "diffusion.experiments.running.run_arrays",
            "Scenario": "diffusion.scenario.schema",
            "Study": "diffusion.experiments.study",
            "Sweep": "diffusion.experiments.sweep",
            "Terms": "diffusion.engine.terms",
            "Trust": "diffusion.agents",
            "View": "diffusion.month.view",
            "World": "diffusion.world.tables",
            "ablate": "diffusion.experiments.searches.ablation",
            "build_world": "diffusion.world.building.build",
            "compare": "diffusion.experiments.running.runner",
            "compare_outcomes": "diffusion.analysis.results.compare",
            "load": "diffusion.scenario.load:load_scenario",
            "load_study": "diffusion.experiments.study",
            "make_design": "diffusion.experiments.study",
            "open_sweep": "diffusion.experiments.sweep",
            "outcome": "diffusion.experiments.running.own_outcomes",
            "outcome_values": "diffusion.analysis.results.outcomes",
            "param": "diffusion.engine.parameters",
            "prepare_sweep": "diffusion.experiments.sweep:prepare",
            "read_runs": "diffusion.experiments.sweep",
            "register": "diffusion.levers.registry",
            "run": "diffusion.experiments.running.runner",
            "run_sweep": "diffusion.experiments.sweep",
        },
    )

    def __getattr__(name: str) -> object:
        return _version() if name == "__version__" else _named(name)


__all__ = [
    "AHSN",
    "ClinicalEntrepreneur",
    "Company",
    "DiffusionModel",
    "Draws",
    "Fellow",
    "InputError",
    "Lever",
    "Month",
    "Results",
    "RunArrays",
    "Scenario",
    "Study",
    "Sweep",
    "Terms",
    "Trust",
    "View",
    "World",
    "__version__",
    "ablate",
    "build_world",
    "compare",
    "compare_outcomes",
    "load",
    "load_study",
    "make_design",
    "open_sweep",
    "outcome",
    "outcome_values",
    "param",
    "prepare_sweep",
    "read_runs",
    "register",
    "run",
    "run_sweep",
]


def _version() -> str:
    """Return the installed version."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("nhs-diffusion")
    except PackageNotFoundError:
        return "0+unknown"
