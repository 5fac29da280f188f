"""What a sensitivity analysis is of, and how much of the variance is chance, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from diffusion.experiments.searches.sensitivity import Sensitivity


def title_of(found: Sensitivity) -> str:
    """Return what is analysed, in one line."""
    unit = f" ({found.unit})" if found.unit else ""
    what = found.subject.name if found.subject.minus is None else f"difference, {found.subject.name}"
    return f"{found.outcome.label}{unit}: {what}"


def left_out_texts(found: Sensitivity) -> list[str]:
    """Return how many runs do not count and why, a sentence each, and how many do; nothing where all count."""
    all_runs, told = found.values.size, []
    if found.missing:
        told.append(f"{found.missing:,} of {all_runs:,} runs failed or are not there yet.")
    if found.without_value:
        told.append(f"{found.without_value:,} of {all_runs:,} runs have no value of this outcome.")
    if told:
        whole = int(np.isfinite(found.values).all(axis=1).sum())
        told.append(
            f"They are left out with what depends on them: {whole:,} of {len(found.values):,} draws have all runs."
        )
    return told


def split_text(found: Sensitivity) -> str:
    """Return how the variance of a single run splits into parameters and chance, in one sentence."""
    s = found.split
    if s.replicates < 2:
        return "With one replicate, parameters and chance cannot be told apart."
    if found.left_out and s.draws < 2:
        return f"With {s.draws} draws that have all runs, parameters and chance cannot be told apart."
    if not np.isfinite(s.share):
        return "The outcome does not vary."
    over = {"morris": "the points of the design", "full grid": "the points of the grid"}.get(
        found.method, "the factors"
    )
    share = min(max(s.share, 0.0), 1.0)
    interval = f" (95 % interval {100 * s.low:.0f} to {100 * s.high:.0f} %)" if np.isfinite(s.low) else ""
    return (
        f"Of the variance of single runs over {over}, {100 * share:.0f} %{interval} is due to them, "
        f"{100 * (1 - share):.0f} % to chance."
    )
