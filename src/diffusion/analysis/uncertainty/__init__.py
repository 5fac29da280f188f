"""What the draws of a study leave open.

``draws``: a study as arrays; ``indices``: screening, Sobol indices and the part of chance, ``grid`` the same on full
grids; ``value_of_information``: what knowing more is worth; ``switching``: where the answer turns, by ``smooth``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.uncertainty.draws import Study, complete
    from diffusion.analysis.uncertainty.grid import grid_shares
    from diffusion.analysis.uncertainty.indices import (
        Morris,
        Sobol,
        VarianceSplit,
        morris_effects,
        rank_correlations,
        sobol_indices,
        split_variance,
    )
    from diffusion.analysis.uncertainty.switching import Switch, switching_value, switching_values
    from diffusion.analysis.uncertainty.value_of_information import evpi, evpi_bounds, evppi, evppi_by_parameter
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Morris": "diffusion.analysis.uncertainty.indices",
            "Sobol": "diffusion.analysis.uncertainty.indices",
            "Study": "diffusion.analysis.uncertainty.draws",
            "Switch": "diffusion.analysis.uncertainty.switching",
            "VarianceSplit": "diffusion.analysis.uncertainty.indices",
            "complete": "diffusion.analysis.uncertainty.draws",
            "evpi": "diffusion.analysis.uncertainty.value_of_information",
            "evpi_bounds": "diffusion.analysis.uncertainty.value_of_information",
            "evppi": "diffusion.analysis.uncertainty.value_of_information",
            "evppi_by_parameter": "diffusion.analysis.uncertainty.value_of_information",
            "grid_shares": "diffusion.analysis.uncertainty.grid",
            "morris_effects": "diffusion.analysis.uncertainty.indices",
            "rank_correlations": "diffusion.analysis.uncertainty.indices",
            "sobol_indices": "diffusion.analysis.uncertainty.indices",
            "split_variance": "diffusion.analysis.uncertainty.indices",
            "switching_value": "diffusion.analysis.uncertainty.switching",
            "switching_values": "diffusion.analysis.uncertainty.switching",
        },
    )

__all__ = [
    "Morris",
    "Sobol",
    "Study",
    "Switch",
    "VarianceSplit",
    "complete",
    "evpi",
    "evpi_bounds",
    "evppi",
    "evppi_by_parameter",
    "grid_shares",
    "morris_effects",
    "rank_correlations",
    "sobol_indices",
    "split_variance",
    "switching_value",
    "switching_values",
]
