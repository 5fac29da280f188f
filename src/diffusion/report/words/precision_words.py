"""How the search for a precision went, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffusion.experiments.searches.precision import Precise


def precision_sentence(found: Precise) -> str:
    """Say which precision was reached, with how many runs."""
    last = found.last
    width, wanted, total = f"{last.half_width:.3g}", f"{last.wanted:g}", last.replicates
    if last.reached:
        return (
            f"Precision of the mean: ±{width} percentage points with {total:,} runs, ±{wanted} was asked for "
            f"({found.looks} look{'s' if found.looks > 1 else ''})."
        )
    return (
        f"Precision of the mean: ±{width} percentage points with {total:,} runs, the most allowed; ±{wanted} was asked "
        "for and is not reached. Raise --most-replicates."
    )
