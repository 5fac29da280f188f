"""Adoption in networks of ties.

``exposures``: to adopters, and thresholds; ``clustering``: Moran's I; ``influence``: who may have set an example to
whom; ``rewiring``: whether the structure of a network matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.networks.clustering import Moran, moran_of_adoption, morans_i
    from diffusion.analysis.networks.exposures import exposure, exposure_by_layer, network_thresholds
    from diffusion.analysis.networks.influence import (
        DegreeAndTime,
        Sources,
        degree_and_time,
        infectiousness,
        sources_of_adoption,
        susceptibility,
    )
    from diffusion.analysis.networks.rewiring import StructureTest, excess_exposure, permute, rewire, structure_test
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "DegreeAndTime": "diffusion.analysis.networks.influence",
            "Moran": "diffusion.analysis.networks.clustering",
            "Sources": "diffusion.analysis.networks.influence",
            "StructureTest": "diffusion.analysis.networks.rewiring",
            "degree_and_time": "diffusion.analysis.networks.influence",
            "excess_exposure": "diffusion.analysis.networks.rewiring",
            "exposure": "diffusion.analysis.networks.exposures",
            "exposure_by_layer": "diffusion.analysis.networks.exposures",
            "infectiousness": "diffusion.analysis.networks.influence",
            "moran_of_adoption": "diffusion.analysis.networks.clustering",
            "morans_i": "diffusion.analysis.networks.clustering",
            "network_thresholds": "diffusion.analysis.networks.exposures",
            "permute": "diffusion.analysis.networks.rewiring",
            "rewire": "diffusion.analysis.networks.rewiring",
            "sources_of_adoption": "diffusion.analysis.networks.influence",
            "structure_test": "diffusion.analysis.networks.rewiring",
            "susceptibility": "diffusion.analysis.networks.influence",
        },
    )

__all__ = [
    "DegreeAndTime",
    "Moran",
    "Sources",
    "StructureTest",
    "degree_and_time",
    "excess_exposure",
    "exposure",
    "exposure_by_layer",
    "infectiousness",
    "moran_of_adoption",
    "morans_i",
    "network_thresholds",
    "permute",
    "rewire",
    "sources_of_adoption",
    "structure_test",
    "susceptibility",
]
