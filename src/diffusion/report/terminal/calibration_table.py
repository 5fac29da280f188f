"""A finished calibration on the terminal: emulators, points misses first, parameters most learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.report.evidence_words.validation_words import percent
from diffusion.report.words.numbers import signed

if TYPE_CHECKING:
    from rich.console import Console

    from diffusion.calibration.fit.checks import Predicted
    from diffusion.calibration.fit.run import Calibration
    from diffusion.calibration.own_counts import Conditioned

#: parameters that are printed
_MOST = 10


def print_calibration(out: Console, done: Calibration) -> None:
    """Print what a calibration found."""
    from rich import box
    from rich.table import Table

    from diffusion.calibration.fit.checks import tally

    found = done.predicted
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    rows.add_column("point", overflow="fold")
    for heading in ("observed", "posterior", "middle 80 %", "lies", "emulator R2"):
        rows.add_column(heading, justify="left" if heading == "lies" else "right", no_wrap=True)
    r2 = {target.name: item.r2 for target, item in zip(done.world.targets, done.fitted.diagnostics)}
    for item in sorted(found, key=lambda one: (one.inside80, one.inside95)):
        rows.add_row(
            item.target.label, _shown(item, item.observed), _shown(item, item.median),
            f"{_shown(item, item.low80)} to {_shown(item, item.high80)}", lies(item), f"{r2[item.target.name]:.2f}",
        )  # fmt: skip
    out.print("The posterior against the evidence it was fitted to, per cent; misses first", style="bold")
    out.print(rows)
    counts = tally(found)
    out.print(
        f"{counts.inside80} of {counts.targets} points lie inside the 80 % interval of fresh runs with errors of "
        f"observation, {counts.inside95} inside 95 %; of {counts.families} families {counts.families80} and "
        f"{counts.families95} with all their points. Median width {100 * counts.median_width80:.0f} points."
    )
    learnt = most_learnt(done)
    out.print(
        "Most learnt: " + ", ".join(f"{name} ({100 * left:.0f} % of its prior's spread)" for name, left in learnt)
    )


def _shown(item: Predicted, value: float) -> str:
    return signed(100 * value, 1) if item.target.straight else percent(value)


def lies(item: Predicted) -> str:
    """Say where the observation lies."""
    if item.inside80:
        return "inside"
    side = "above" if item.observed > item.median else "below"
    return f"{side} 80 %" if item.inside95 else f"{side} 95 %"


def most_learnt(done: Calibration) -> list[tuple[str, float]]:
    """Return the parameters whose spread shrank most, with what is left of it (of the normal behind the prior)."""
    inputs = done.world.inputs
    spread = done.chains.flat[:, : inputs.n_shared].std(axis=0)
    order = np.argsort(spread, kind="stable")[:_MOST]
    return [(inputs.priors[n].key.removeprefix("parameters."), float(spread[n])) for n in order]


def print_conditioned(out: Console, found: Conditioned) -> None:
    """Print what counts of an own innovation leave of the posterior's runs."""
    from rich import box
    from rich.table import Table

    from diffusion.calibration.own_counts import FORETOLD

    at = (0.1, 0.5, 0.9)
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    rows.add_column("month", justify="right")
    for heading in ("counted", "any innovation of this kind", "one with these counts"):
        rows.add_column(heading, justify="right", no_wrap=True)
    counted = {row.month: f"{row.adopters} of {row.organisations}" for row in found.counts}
    for month in sorted({*FORETOLD, *counted}):
        before, after = (found.quantiles(month, at, weighted) for weighted in (False, True))
        shown = [f"{percent(middle)} ({percent(low)} to {percent(high)})" for low, middle, high in (before, after)]
        rows.add_row(str(month), counted.get(month, ""), *shown)
    out.print("Organisations that have adopted it, per cent: median and middle 80 % of runs", style="bold")
    out.print(rows)
    out.print(
        f"The counts leave what {found.effective:.0f} of {found.weights.size:,} runs are worth (effective sample "
        "size). Without counts an innovation draws its traits from those of the series that were fitted to."
    )
