"""What is asked of a calibration, in words: figure, what was wanted, whether it is met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from diffusion.arrays import Bools
from diffusion.report.evidence_words.validation_words import percent
from diffusion.report.words.numbers import signed

if TYPE_CHECKING:
    from diffusion.calibration.fit.checks import Predicted, Shown
    from diffusion.calibration.fit.run import Calibration
    from diffusion.calibration.fit.trust import Checks

#: what was asked, what was found, what was wanted, whether it is met
Asked: TypeAlias = tuple[str, str, str, bool]


def acceptance(done: Calibration, found: Checks, shown: Sequence[Shown]) -> list[Asked]:
    """Return every number that the calibration must reach."""
    from diffusion.calibration.fit.checks import tally

    r2 = np.array([item.r2 for item in done.fitted.diagnostics])
    beyond = float(np.average([item.beyond3 for item in done.fitted.diagnostics]))
    fresh, left = tally(found.predicted), tally(found.left_out)
    of_all = _by_family(found, shown)
    sigma = float(np.median(done.fitted.problem.state(done.z).sigma))
    covered = np.asarray(found.made_up.covered)
    uniform = np.asarray(found.made_up.uniform)
    size = [
        item for item in found.predicted if item.target.label.endswith(f"size gap, month {item.target.place.month}")
    ]
    rows = [
        ("emulators, R2 on held-out draws, smallest", f"{r2.min():.2f}", "at least .90", bool(r2.min() >= 0.9)),
        ("emulators with R2 of at least .90", f"{(r2 >= 0.9).sum()} of {len(r2)}", "all", bool((r2 >= 0.9).all())),
        ("standardised errors beyond 3", f"{100 * beyond:.1f} %", "at most 5 %", beyond <= 0.05),
        ("families inside 80 %, fresh runs (fitted to)", f"{fresh.families80} of {fresh.families}", "at least 80 %",
         fresh.families80 >= 0.8 * fresh.families),
        ("families inside 95 %", f"{fresh.families95} of {fresh.families}", "all", fresh.families95 == fresh.families),
        ("families inside 80 %, with points that nothing was fitted to", f"{sum(of_all)} of {len(of_all)}",
         "at least 80 %", sum(of_all) >= 0.8 * len(of_all)),
        ("points that nothing was fitted to, inside 95 %", f"{sum(item.inside95 for item in shown)} of {len(shown)}",
         "all", all(item.inside95 for item in shown)),
        ("points that nothing was fitted to, inside 80 %", f"{sum(item.inside80 for item in shown)} of {len(shown)}",
         "at least 70 %", sum(item.inside80 for item in shown) >= 0.7 * len(shown)),
        ("points inside 80 %", f"{fresh.inside80} of {fresh.targets}", "at least 80 %",
         fresh.inside80 >= 0.8 * fresh.targets),
        ("median width of the 80 % intervals", f"{fresh.median_width80:.2f}", "at most .40",
         fresh.median_width80 <= 0.4),
        ("families left out, points inside 80 %", f"{left.inside80} of {left.targets}", "at least 70 %",
         left.inside80 >= 0.7 * left.targets),
        ("discrepancy, logits (median of its standard deviation)", f"{sigma:.2f}", "at most .60", sigma <= 0.6),
        ("known parameters inside 90 %, made-up data", _share_with_error(covered), "at least 90 %",
         bool(covered.mean() >= 0.9)),
        ("parameters whose ranks are uniform (p > .01)", f"{int((uniform > 0.01).sum())} of {len(uniform)}", "all",
         bool((uniform > 0.01).all())),
        *(("size gap inside its 80 % interval", shown_reach(item),
           f"holds {shown_value(item, item.observed)}", item.inside80) for item in size),
        ("chains, largest split R-hat", f"{_rhat(done):.2f}", "at most 1.1", _rhat(done) <= 1.1),
    ]  # fmt: skip
    return rows


def _share_with_error(covered: Bools) -> str:
    """Return ``447 of 500 (89.4 %, standard error 1.4)``; data sets are the independent units."""
    by_set = covered.mean(axis=1)
    error = float(by_set.std(ddof=1)) / np.sqrt(len(by_set))
    share = f"{100 * covered.mean():.1f} %, standard error {100 * error:.1f}"
    return f"{int(covered.sum())} of {covered.size} ({share})"


def _by_family(found: Checks, shown: Sequence[Shown]) -> list[bool]:
    """Return of each family whether all its points are inside 80 %, fitted to or not."""
    inside: dict[str, bool] = {}
    for one in found.predicted:
        inside[one.target.family] = inside.get(one.target.family, True) and one.inside80
    for other in shown:
        inside[other.family] = inside.get(other.family, True) and other.inside80
    return list(inside.values())


def _rhat(done: Calibration) -> float:
    return float(np.nanmax(done.chains.rhat[done.fitted.problem.moving]))


def shown_reach(item: Predicted) -> str:
    """Return the middle 80 % as text."""
    return f"{shown_value(item, item.low80)} to {shown_value(item, item.high80)}"


def shown_value(item: Predicted, value: float) -> str:
    """Return a value of a target as text: per cent, or points with their sign."""
    return signed(100 * value, 1) if item.target.straight else percent(value)
