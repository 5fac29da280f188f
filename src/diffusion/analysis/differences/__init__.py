"""Two finished results held against each other: what moved, and what of it is beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.differences.difference import Difference, difference_of
    from diffusion.analysis.differences.family import Family, independent_family, paired_family
    from diffusion.analysis.differences.held import Held, Side, hold
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Difference": "diffusion.analysis.differences.difference",
            "Family": "diffusion.analysis.differences.family",
            "Held": "diffusion.analysis.differences.held",
            "Side": "diffusion.analysis.differences.held",
            "difference_of": "diffusion.analysis.differences.difference",
            "hold": "diffusion.analysis.differences.held",
            "independent_family": "diffusion.analysis.differences.family",
            "paired_family": "diffusion.analysis.differences.family",
        },
    )

__all__ = [
    "Difference",
    "Family",
    "Held",
    "Side",
    "difference_of",
    "hold",
    "independent_family",
    "paired_family",
]
