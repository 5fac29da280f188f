"""Tables of what is counted beside outcomes: reported and modelled, months to shares, people by profession."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diffusion.analysis.followed.people import ALL, COUNTED, PeopleCounts, people_counts
from diffusion.analysis.followed.time_to_share import SHARES, Times, change_of, reaching, times_of_all
from diffusion.analysis.outcomes.counted import PROFESSIONS
from diffusion.analysis.reported.comparison import ReportedRow, reported_rows
from diffusion.analysis.results.intervals import band, estimate_mean
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.storage.columns import scenario_names
from diffusion.storage.table_files import Columns

#: names of the tables
REPORTED_TABLE, TIMES_TABLE, PEOPLE_TABLE = "reported", "time_to_share", "people_by_profession"
_TEXTS = ("quantity", "unit", "date", "bound", "basis", "not_modelled", "note", "source")
_NUMBERS = ("mean", "low80", "high80", "low95", "high95")


def reported_makers(tables: Sequence[ResultTables]) -> dict[str, Callable[[], Columns]]:
    """Return table name -> function that computes its columns; empty where no programme reported anything."""
    rows = [(name, row) for name, table in zip(scenario_names(tables), tables) for row in reported_rows(table)]
    return {REPORTED_TABLE: lambda: _columns(rows)} if rows else {}


def _columns(rows: Sequence[tuple[str, ReportedRow]]) -> Columns:
    columns: Columns = {"scenario": [name for name, _ in rows]}
    figures = [row.figure for _, row in rows]
    columns["figure"] = [figure.id for figure in figures]
    columns["lever"] = [figure.lever for figure in figures]
    columns |= {name: [str(getattr(figure, name)) for figure in figures] for name in _TEXTS[:3]}
    columns["months_after_start"] = np.array([figure.months_after_start for figure in figures], dtype=np.int32)
    columns["reported"] = np.array([figure.value for figure in figures])
    columns[_TEXTS[3]] = [figure.bound for figure in figures]
    for number in _NUMBERS:
        values = [np.nan if row.runs is None else float(getattr(row.runs, number)) for _, row in rows]
        columns[f"modelled_{number}"] = np.array(values)
    columns["verdict"] = [row.verdict for _, row in rows]
    return columns | {name: [str(getattr(figure, name)) for figure in figures] for name in _TEXTS[4:]}


def followed_makers(tables: Sequence[ResultTables]) -> dict[str, Callable[[], Columns]]:
    """Return table name -> function that computes its columns: times of innovations, people where followed."""
    makers: dict[str, Callable[[], Columns]] = {}
    times = times_of_all(tables)
    if times is not None:
        makers[TIMES_TABLE] = lambda: _times_columns(tables, times)
    people = [each for each in map(people_counts, tables) if each is not None]
    if len(people) == len(tables):
        makers[PEOPLE_TABLE] = lambda: _people_columns(tables, people)
    return makers


def months_text(months: float, watched: int) -> str:
    """Write a number of months, or that it is more than were watched."""
    return "" if np.isnan(months) else f"{months:.1f}" if np.isfinite(months) else f">{watched}"


def _times_columns(tables: Sequence[ResultTables], times: Sequence[Times]) -> Columns:
    """One row per scenario, innovation and share: median and middle 80 % of runs, and the change from the first.

    Over all runs they are texts, since some lie beyond the end of the run.
    """
    rows: list[dict[str, object]] = []
    for i, (name, here) in enumerate(zip(scenario_names(tables), times)):
        for k, innovation in enumerate(here.ids):
            watched = int(here.watched[k])
            for place, share in enumerate(SHARES):
                found = reaching(here.months[:, k, place])
                change = change_of(here, times[0], innovation, place, drawn(tables[0]))
                told = change.both > 1 and i > 0
                low, median, high = found.of_reached
                rows.append(
                    {
                        "scenario": name,
                        "innovation": innovation,
                        "name": here.names[k],
                        "share_pct": float(share),
                        "live_month": float(here.live_month[k]),
                        "watched_months": float(watched),
                        "runs": float(found.runs),
                        "never_share": found.never_share,
                        "median": months_text(found.median, watched),
                        "low80": months_text(found.low80, watched),
                        "high80": months_text(found.high80, watched),
                        "reached_median_months": median,
                        "reached_low80_months": low,
                        "reached_high80_months": high,
                        "runs_both_reach": float(change.both) if i else np.nan,
                        "runs_only_here": float(change.only_here) if i else np.nan,
                        "runs_only_in_first": float(change.only_first) if i else np.nan,
                        **{
                            f"change_{each}_months": float(getattr(change.estimate, each)) if told else np.nan
                            for each in _NUMBERS
                        },
                    }
                )
    return _stacked_rows(rows)


def _people_columns(tables: Sequence[ResultTables], people: Sequence[PeopleCounts]) -> Columns:
    """One row per scenario, profession and count: mean, middle 80 % of runs, and the paired change from the first."""
    rows: list[dict[str, object]] = []
    for name, here in zip(scenario_names(tables), people):
        for profession in (*PROFESSIONS, ALL):
            for counted in COUNTED:
                values = here.counts[counted][profession]
                spread = band(values)
                change = estimate_mean(values - people[0].counts[counted][profession], drawn(tables[0]))
                rows.append(
                    {
                        "scenario": name,
                        "profession": profession,
                        "counted": counted,
                        "mean_people": float(spread.mean),
                        "low80_people": float(spread.low80),
                        "high80_people": float(spread.high80),
                        **{f"change_{each}_people": float(getattr(change, each)) for each in _NUMBERS},
                    }
                )
    return _stacked_rows(rows)


def _stacked_rows(rows: Sequence[dict[str, object]]) -> Columns:
    """Return columns of rows that share their keys: texts as lists, numbers as arrays."""
    columns: Columns = {}
    for key, value in rows[0].items():
        column = [row[key] for row in rows]
        columns[key] = [str(each) for each in column] if isinstance(value, str) else np.array(column, dtype=np.float64)
    return columns
