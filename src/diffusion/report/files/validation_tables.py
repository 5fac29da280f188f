"""Validation as tables to take away: points, curves, summaries, speeds, who adopts first, every run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.calibration.comparison import LEVELS, Intervals
from diffusion.calibration.predicted import Place, places
from diffusion.calibration.summaries import SHARES
from diffusion.report.figures.validation import fan
from diffusion.storage.table_files import Columns, Labels

if TYPE_CHECKING:
    from diffusion.calibration.validation import Validation

#: long tables, with a row for each run: Parquet alone
PARQUET_ONLY = ("runs",)
#: how an observation may be stated
FORMS: tuple[str, ...] = ("count", "share", "effect")


def _intervals(rows: Sequence[Intervals]) -> Columns:
    names = ("mean", *(f"{end}{100 * level:.0f}" for level in LEVELS for end in ("low", "high")))
    return {f"simulated_{name}": np.array([row[n] for row in rows], dtype=float) for n, name in enumerate(names)}


def _points(rows: Sequence[Place]) -> Columns:
    return {
        "series": [place.item.id for place in rows],
        "date": [str(place.point.date) for place in rows],
        "month": np.array([place.month for place in rows], dtype=np.int32),
        "quantity": [place.quantity for place in rows],
        "form": [
            next(n for n in ("count", "share", "effect") if getattr(place.point, n) is not None) for place in rows
        ],
    }


def point_columns(found: Validation) -> Columns:
    """A row per point, misses first."""
    rows = found.compared
    return {
        **_points([item.place for item in rows]),
        "unit": [item.place.item.series.unit for item in rows],
        "at_risk": np.array([item.place.item.series.at_risk for item in rows], dtype=np.int64),
        "use": ["fit" if item.place.fitted else "shown" for item in rows],
        "observed": np.array([item.observed for item in rows]),
        "observed_error": np.array([item.error for item in rows]),
        "at_least": np.array([item.place.point.at_least for item in rows]),
        **_intervals([item.simulated for item in rows]),
        "comparable": np.array([item.comparable for item in rows]),
        "inside80": np.array([item.inside80 for item in rows]),
        "inside95": np.array([item.inside95 for item in rows]),
        "distance_logits": np.array([item.logits for item in rows]),
        "draws_near": np.array([item.reached for item in rows]),
    }


def tally_columns(found: Validation) -> Columns:
    """How many points and series lie inside, those fitted to and those only shown."""
    rows = (found.fitted, found.shown)
    columns: Columns = {"use": ["fit", "shown"]}
    for name in ("points", "inside80", "inside95", "series", "series80", "series95", "median_width80"):
        columns[name] = np.array([getattr(row, name) for row in rows])
    return columns


def curve_columns(found: Validation) -> Columns:
    """A row per track and month: mean and intervals of the simulated curve."""
    parts: dict[str, list[np.ndarray]] = {}
    series: list[str] = []
    quantity: list[str] = []
    effect: list[bool] = []
    for track, values in zip(found.curves.tracks, found.curves.values):
        values = values[:, np.isfinite(values).all(axis=0)]
        months = values.shape[1]
        series += [track.item.id] * months
        quantity += [track.quantity] * months
        effect += [track.effect] * months
        columns = {"month": np.arange(months, dtype=np.int32), "simulated_mean": values.mean(axis=0)}
        for level, (low, high) in zip(LEVELS, fan(values)):
            columns |= {f"simulated_low{100 * level:.0f}": low, f"simulated_high{100 * level:.0f}": high}
        for name, column in columns.items():
            parts.setdefault(name, []).append(column)
    joined = {name: np.concatenate(columns) for name, columns in parts.items()}
    return {"series": series, "quantity": quantity, "effect": np.array(effect), **joined}


def summary_columns(found: Validation) -> Columns:
    """A row per summary: early over late, level, time to half."""
    rows = found.summaries
    return {
        "series": [row.track.item.id for row in rows],
        "quantity": [row.track.quantity for row in rows],
        "summary": [row.what for row in rows],
        "unit": [row.unit for row in rows],
        "observed_low": np.array([row.low for row in rows]),
        "observed_high": np.array([row.high for row in rows]),
        "simulated_median": np.array([row.median for row in rows]),
        **_intervals([row.simulated for row in rows]),
        "runs_that_tell": np.array([row.known for row in rows], dtype=np.int64),
        "inside80": np.array([row.inside80 for row in rows]),
    }


def speed_columns(found: Validation) -> Columns:
    """A row per series and share: months until it is reached, infinite (blank in CSV) where it is not."""
    rows = [(speed, n) for speed in found.speeds for n in range(len(SHARES))]
    return {
        "series": [speed.track.item.id for speed, _ in rows],
        "share": np.array([SHARES[n] for _, n in rows]),
        "months_median": np.array([speed.months[n][0] for speed, n in rows]),
        "months_low80": np.array([speed.months[n][1] for speed, n in rows]),
        "months_high80": np.array([speed.months[n][2] for speed, n in rows]),
        "run_months": np.full(len(rows), found.curves.months, dtype=np.int32),
    }


def reach_columns(found: Validation) -> Columns:
    """A row per share: how many of the portfolio's innovations ever reach it, of the trusts with a use."""
    rows = found.reach
    return {
        "share_of_trusts_with_a_use": np.array([row.share for row in rows]),
        "innovations": np.full(len(rows), len(found.curves.portfolio), dtype=np.int32),
        "run_months": np.full(len(rows), found.curves.months, dtype=np.int32),
        **_intervals([row.passed for row in rows]),
    }


def who_first_columns(found: Validation) -> Columns:
    """A row per series with a table of trusts and measure of who adopts first."""
    rows = found.who_first
    return {
        "series": [row.item.id for row in rows],
        "measure": [row.what for row in rows],
        "trusts": np.array([row.trusts for row in rows], dtype=np.int32),
        "observed": np.array([row.observed for row in rows]),
        **_intervals([row.simulated for row in rows]),
        "runs_that_tell": np.array([row.known for row in rows], dtype=np.int64),
        "inside80": np.array([row.inside80 for row in rows]),
    }


def run_columns(found: Validation) -> Columns:
    """A row per run and point: what is simulated for it."""
    wanted = places(sorted(found.evidence, key=lambda item: item.id))
    runs = found.curves.runs
    values = np.stack([found.curves.at(place) for place in wanted], axis=1)
    number = np.repeat(np.arange(runs, dtype=np.int32), len(wanted))
    codes = np.tile(np.arange(len(wanted), dtype=np.int32), runs)
    columns: Columns = {"draw": number // found.replicates, "replicate": number % found.replicates}
    columns["point"] = Labels(codes, tuple(place.label for place in wanted))
    return {**columns, "simulated": values.ravel()}


def table_makers(found: Validation) -> dict[str, Callable[[Validation], Columns]]:
    """Return name -> function that makes the table, for what was run."""
    makers: dict[str, Callable[[Validation], Columns]] = {
        "points": point_columns,
        "tally": tally_columns,
        "curves": curve_columns,
        "summaries": summary_columns,
        "speeds": speed_columns,
        "portfolio": reach_columns,
        "who_first": who_first_columns,
        "runs": run_columns,
    }
    for name, rows in (("summaries", found.summaries), ("speeds", found.speeds), ("who_first", found.who_first)):
        if not rows:
            del makers[name]
    return makers
