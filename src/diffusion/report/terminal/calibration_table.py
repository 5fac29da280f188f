"""A finished calibration on the terminal: emulators, points misses first, parameters most learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.report.words.numbers import signed
from diffusion.report.words.validation_words import percent

if TYPE_CHECKING:
    from rich.console import Console

    from diffusion.calibration.fit.checks import Predicted
    from diffusion.calibration.fit.run import Calibration

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
            item.target.place.label, _shown(item, item.observed), _shown(item, item.median),
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
    return signed(100 * value, 1) if item.target.effect else percent(value)


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
