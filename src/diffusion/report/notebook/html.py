"""Which block a notebook shows of an object, by its class."""

from __future__ import annotations

from collections.abc import Callable

from diffusion.report.notebook import objects, results
from diffusion.report.notebook.block import Block

#: name of a class, or of one that it is derived from -> what makes its block; names, since Mesa takes long to import
_MAKERS: dict[str, Callable[..., Block]] = {
    "Ablation": results.ablation_block,
    "Compared": results.results_block,
    "Comparison": results.comparison_block,
    "Design": objects.design_block,
    "DiffusionModel": objects.model_block,
    "Lever": objects.lever_block,
    "Results": results.results_block,
    "Scenario": objects.scenario_block,
    "Study": objects.study_block,
    "Sweep": objects.sweep_block,
    "World": objects.world_block,
}


def html_of(shown: object) -> str:
    """Return the HTML of an object; raises TypeError for one that has none."""
    for kind in type(shown).__mro__:
        if kind.__name__ in _MAKERS and kind.__module__.startswith("diffusion."):
            return _MAKERS[kind.__name__](shown).html()
    raise TypeError(f"nothing is known to show of a {type(shown).__name__}")
