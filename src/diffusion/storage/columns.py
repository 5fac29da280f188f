"""Tidy tables as columns: one observation a row, ready for any writer; and those that are read back.

Counts by group are summarised over replicates (mean and quantiles): one row per replicate would be tens of millions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.groups import (
    GROUPINGS,
    STAGE_GROUPINGS,
    adopters_and_eligible,
    eligible_by_trust,
    gains,
    group_names,
    portfolio,
)
from diffusion.analysis.results.intervals import BAND_QUANTILES, Estimate, estimate_mean
from diffusion.analysis.results.payers import net_cost_by_party
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats, Longs
from diffusion.engine.calendar import Month
from diffusion.engine.stages import STAGES
from diffusion.storage.table_files import SCENARIO, Column, Columns, Labels

if TYPE_CHECKING:
    import pandas as pd

#: Tables that :func:`table_makers` makes and that are read back, and their columns that are no measures.
OUTCOMES_TABLE, MONTHLY_TABLE, MONEY_TABLE, TWINS_TABLE, ASKED_TABLE = (
    "outcomes",
    "monthly",
    "money",
    "twins",
    "asked",
)
REPLICATE, MONTH, CALENDAR_MONTH = "replicate", "month", "calendar_month"
#: Who pays whom what for, in this order.
PAYMENT: tuple[str, str, str] = ("purpose", "payer", "payee")
#: What is told of an estimate.
INTERVAL: tuple[str, ...] = ("mean", "standard_error", "low80", "high80", "low95", "high95")
#: Names of BAND_QUANTILES in columns.
QUANTILE_NAMES: tuple[str, ...] = ("q025", "q10", "q50", "q90", "q975")


def scenario_names(tables: Sequence[ResultTables]) -> tuple[str, ...]:
    """Return the scenarios' names, numbered where two are the same."""
    return numbered([table.scenario.name for table in tables])


def numbered(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, with their place behind them where two are the same."""
    often = Counter(names)
    return tuple(name if often[name] == 1 else f"{name}#{i}" for i, name in enumerate(names, start=1))


def _labels(categories: Sequence[str], repeat: int, tile: int = 1) -> Labels:
    return Labels(np.tile(np.repeat(np.arange(len(categories), dtype=np.int32), repeat), tile), tuple(categories))


def labels_column(texts: Sequence[str], tile: int = 1) -> Labels:
    """Return a column of texts that repeat, the whole ``tile`` times over; categories in order of appearance."""
    categories = tuple(dict.fromkeys(texts))
    where = {text: index for index, text in enumerate(categories)}
    return Labels(np.tile(np.array([where[text] for text in texts], dtype=np.int32), tile), categories)


def _calendar(table: ResultTables, repeat: int, tile: int) -> Columns:
    """Columns month (0..T) and calendar_month; the opening state carries the month before the first."""
    start = table.scenario.start
    first = start if isinstance(start, Month) else Month(str(start))
    names = [str(first + (t - 1)) for t in range(table.months + 1)]
    month = np.tile(np.repeat(np.arange(table.months + 1, dtype=np.int32), repeat), tile)
    return {MONTH: month, CALENDAR_MONTH: _labels(names, repeat, tile)}


def stack_scenarios(parts: Sequence[Columns], names: Sequence[str]) -> Columns:
    """Put the scenarios' columns below each other, after a column of their names."""
    rows = [_length(next(iter(part.values()))) for part in parts]
    stacked: Columns = {SCENARIO: Labels(np.repeat(np.arange(len(parts), dtype=np.int32), rows), tuple(names))}
    for key in parts[0]:
        columns = [part[key] for part in parts]
        labels = [column for column in columns if isinstance(column, Labels)]
        stacked[key] = _stack_labels(labels) if labels else np.concatenate([np.asarray(column) for column in columns])
    return stacked


def _length(column: Column) -> int:
    return len(column.codes if isinstance(column, Labels) else column)


def _stack_labels(columns: Sequence[Labels]) -> Labels:
    categories = tuple(dict.fromkeys(label for column in columns for label in column.categories))
    where = {label: index for index, label in enumerate(categories)}
    maps = [np.array([where[label] for label in column.categories], dtype=np.int32) for column in columns]
    return Labels(np.concatenate([lookup[column.codes] for lookup, column in zip(maps, columns)]), categories)


def _spread(values: ArrayLike, stem: str) -> Columns:
    """Columns of mean and quantiles over replicates of ``values`` [R, ...], flattened."""
    array = np.asarray(values)
    quantiles = np.quantile(array, BAND_QUANTILES, axis=0)
    columns: Columns = {f"{stem}_mean": array.mean(axis=0).ravel()}
    columns.update({f"{stem}_{name}": row.ravel() for name, row in zip(QUANTILE_NAMES, quantiles)})
    return columns


def _interval(estimate: Estimate, stem: str) -> Columns:
    return {f"{stem}_{name}": np.atleast_1d(getattr(estimate, name)).ravel() for name in INTERVAL}


def outcome_columns(tables: Sequence[ResultTables], comparison: Comparison) -> Columns:
    """One row per scenario and replicate, one column per outcome (GBP and shares unscaled as computed)."""
    parts: list[Columns] = []
    for i, table in enumerate(tables):
        part: Columns = {REPLICATE: np.asarray(table.replicates)}
        part.update({outcome.name: comparison.values[outcome.name][i] for outcome in comparison.outcomes})
        parts.append(part)
    return stack_scenarios(parts, scenario_names(tables))


def twin_columns(tables: Sequence[ResultTables], comparison: Comparison) -> Columns:
    """One row per scenario and twin of a replicate (same parameters, other chance), one column per outcome."""
    pairs = len(next(iter(comparison.twins.values()))[0])
    parts: list[Columns] = []
    for i, table in enumerate(tables):
        part: Columns = {REPLICATE: np.asarray(table.replicates)[:pairs]}
        part.update({name: rows[i] for name, rows in comparison.twins.items()})
        parts.append(part)
    return stack_scenarios(parts, scenario_names(tables))


def asked_columns(tables: Sequence[ResultTables], comparison: Comparison) -> Columns:
    """One row per scenario and replicate, one column per date: adopter share of what was asked about, per cent."""
    asked = comparison.asked
    assert asked is not None
    parts: list[Columns] = []
    for table, share in zip(tables, asked.shares):
        part: Columns = {REPLICATE: np.asarray(table.replicates)}
        part.update({asked.outcome(date).name: share[:, d] for d, date in enumerate(asked.dates)})
        parts.append(part)
    return stack_scenarios(parts, scenario_names(tables))


def read_outcomes(frame: pd.DataFrame) -> dict[str, Floats]:
    """Return outcome -> [R] of one scenario's rows."""
    return {name: frame[name].to_numpy(np.float64) for name in frame.columns if name not in (SCENARIO, REPLICATE)}


def difference_columns(tables: Sequence[ResultTables], comparison: Comparison) -> Columns:
    """One row per outcome and pair of scenarios: paired difference, intervals, precision."""
    names = scenario_names(tables)
    rows = [difference for differences in comparison.differences.values() for difference in differences]
    columns: Columns = {
        "outcome": [row.outcome.name for row in rows],
        "scenario": [names[row.scenario] for row in rows],
        "reference": [names[row.reference] for row in rows],
        "replicates": np.array([row.estimate.replicates for row in rows], dtype=np.int64),
    }
    for name in INTERVAL:
        columns[name] = np.array([float(getattr(row.estimate, name)) for row in rows])
    for name in ("low95", "low80", "median", "high80", "high95"):
        columns[f"runs_{name}"] = np.array([float(getattr(row.spread, name)) for row in rows])
    columns["over_draws"] = np.array([row.estimate.over_draws for row in rows])
    for name in ("above_share", "below_share"):
        columns[f"{name}_of_runs"] = np.array([float(getattr(row, name)) for row in rows])
    if comparison.twins:
        found = [comparison.chance_share(row.outcome.name, row.scenario, row.reference) for row in rows]
        for name in ("share", "low80", "high80"):
            columns[f"chance_{name}"] = np.array([np.nan if one is None else getattr(one, name) for one in found])
    columns["correlation"] = np.array([row.correlation for row in rows])
    columns["variance_ratio_to_independent_draws"] = np.array([row.variance_ratio for row in rows])
    columns["wanted_half_width"] = np.array([np.nan if row.precision is None else row.precision for row in rows])
    columns["more_replicates_needed"] = np.array(
        [np.nan if row.more_replicates is None else row.more_replicates for row in rows]
    )
    return columns


def monthly_columns(tables: Sequence[ResultTables]) -> Columns:
    """One row per scenario, replicate and month, one column per series."""
    parts: list[Columns] = []
    for table in tables:
        replicates = len(table.replicates)
        part: Columns = {REPLICATE: np.repeat(np.asarray(table.replicates), table.months + 1)}
        part |= _calendar(table, 1, replicates)
        part |= {name: np.asarray(series).ravel() for name, series in table.monthly.items()}
        parts.append(part)
    return stack_scenarios(parts, scenario_names(tables))


def read_monthly(frame: pd.DataFrame, replicates: Longs, months: int) -> dict[str, Floats]:
    """Return series -> [R, T+1] of one scenario's rows."""
    frame = in_order(frame, {REPLICATE: replicates, MONTH: np.arange(months + 1)})
    index = (SCENARIO, REPLICATE, MONTH, CALENDAR_MONTH)
    return {name: by_month(frame, name, months) for name in frame.columns if name not in index}


def in_order(frame: pd.DataFrame, index: Mapping[str, Sequence[object] | Longs]) -> pd.DataFrame:
    """Return the rows of ``frame`` in the order of all combinations of ``index``, the last one fastest.

    Raises
    ------
    ValueError
        A row is missing, or there twice.
    """
    import pandas as pd

    wanted = pd.MultiIndex.from_product([list(values) for values in index.values()])
    found = pd.MultiIndex.from_frame(frame[list(index)])
    if len(found) == len(wanted) and all(
        np.array_equal(found.get_level_values(n), wanted.get_level_values(n)) for n in range(len(index))
    ):
        return frame
    if found.has_duplicates or len(found) != len(wanted) or (places := found.get_indexer(wanted)).min() < 0:
        raise ValueError(f"rows by {', '.join(index)} are missing, twice or not those of the other tables")
    return frame.iloc[places]


def by_month(frame: pd.DataFrame, column: str, months: int) -> Floats:
    """Return a column of a table that has a row per replicate and month, [R, T+1]."""
    return frame[column].to_numpy(np.float64).reshape(-1, months + 1)


def group_columns(tables: Sequence[ResultTables], grouping: str) -> Columns:
    """One row per scenario, month and group: mean of every stage, mean and quantiles of adopters."""
    parts: list[Columns] = []
    for table in tables:
        codes, names = group_names(table, grouping)
        part = _calendar(table, len(codes), 1)
        part["code"] = _labels(codes, 1, table.months + 1)
        part["name"] = _labels(_unique(codes, names), 1, table.months + 1)
        if grouping == "trust":
            months = range(table.months + 1)
            part["eligible_mean"] = np.concatenate([eligible_by_trust(table, month) for month in months]) * 1.0
            part |= _spread(table.adopters_by_trust, "adopters")
        else:
            adopters, eligible = adopters_and_eligible(table, grouping)
            if getattr(table.world, "changes", ()):
                at = [adopters_and_eligible(table, grouping, month)[1] for month in range(table.months + 1)]
                part["eligible_mean"] = np.concatenate([each.mean(axis=0) for each in at])
            else:
                part["eligible_mean"] = np.tile(eligible.mean(axis=0), table.months + 1)
            stages = getattr(table, f"stage_by_{grouping}")
            mean = (stages[..., portfolio(table)] if grouping == "innovation" else stages).mean(axis=0)
            part |= {f"{stage}_mean": mean[:, s, :].ravel() for s, stage in enumerate(STAGES)}
            part |= _spread(adopters, "adopters")
        parts.append(part)
    return stack_scenarios(parts, scenario_names(tables))


def _unique(codes: Sequence[str], names: Sequence[str]) -> list[str]:
    often = Counter(names)
    return [name if often[name] == 1 else f"{name} ({code})" for code, name in zip(codes, names)]


def gain_columns(tables: Sequence[ResultTables]) -> Columns:
    """One row per scenario compared, grouping and group: paired change of adopter share in percentage points."""
    names = scenario_names(tables)
    parts: list[Columns] = []
    for table in tables[1:]:
        for grouping in GROUPINGS:
            if grouping == "centre" and len(set(table.world.trusts.centre_of_excellence.tolist())) < 2:
                continue
            gain = gains(table, tables[0], grouping)
            part: Columns = {
                "grouping": _labels((grouping,), len(gain.codes)),
                "code": _labels(gain.codes, 1),
                "name": _labels(_unique(gain.codes, gain.names), 1),
                "reference_adopter_share_pct": gain.level_pct,
            }
            parts.append(part | _interval(gain.change, "change_pp"))
    groups = len(parts) // max(len(tables) - 1, 1)
    return stack_scenarios(parts, [name for name in names[1:] for _ in range(groups)])


def money_columns(tables: Sequence[ResultTables]) -> Columns:
    """One row per scenario, month and kind of payment: mean and quantiles in GBP, undiscounted."""
    parts: list[Columns] = []
    for table in tables:
        purposes, payers, payees = zip(*table.money_flows) if table.money_flows else ((), (), ())
        part = _calendar(table, len(purposes), 1)
        for key, column in zip(PAYMENT, (purposes, payers, payees)):
            categories = tuple(dict.fromkeys(column))
            codes = np.array([categories.index(label) for label in column], dtype=np.int32)
            part[key] = Labels(np.tile(codes, table.months + 1), categories)
        parts.append(part | _spread(table.money_gbp, "gbp"))
    return stack_scenarios(parts, scenario_names(tables))


def read_payments(frame: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return purpose -> (payer, payee) of one scenario's rows."""
    rows = frame.drop_duplicates(list(PAYMENT))
    return {purpose: (payer, payee) for purpose, payer, payee in zip(*(rows[name].astype(str) for name in PAYMENT))}


def party_columns(tables: Sequence[ResultTables]) -> Columns:
    """One row per scenario and party: net cost over the whole period and its paired change, GBP, undiscounted."""
    before = net_cost_by_party(tables[0])
    parts: list[Columns] = []
    for table in tables:
        costs = net_cost_by_party(table)
        part: Columns = {"party": _labels(tuple(costs), 1)}
        part |= _interval(estimate_mean(np.stack(list(costs.values()), axis=1), drawn(table)), "net_cost_gbp")
        changes = [cost - before.get(party, 0.0) for party, cost in costs.items()]
        parts.append(part | _interval(estimate_mean(np.stack(changes, axis=1), drawn(table)), "change_gbp"))
    return stack_scenarios(parts, scenario_names(tables))


def flow_columns(tables: Sequence[ResultTables]) -> Columns:
    """One row per scenario, month and kind of move between stages: mean and quantiles of the number of pairs."""
    parts = [
        _calendar(table, len(table.flow_names), 1)
        | {"flow": _labels(table.flow_names, 1, table.months + 1)}
        | _spread(table.flows, "pairs")
        for table in tables
    ]
    return stack_scenarios(parts, scenario_names(tables))


def table_makers(tables: Sequence[ResultTables], comparison: Comparison) -> dict[str, Callable[[], Columns]]:
    """Return table name -> function that computes its columns, for the tables these results allow."""
    makers: dict[str, Callable[[], Columns]] = {
        OUTCOMES_TABLE: lambda: outcome_columns(tables, comparison),
        MONTHLY_TABLE: lambda: monthly_columns(tables),
        "flows": lambda: flow_columns(tables),
    }
    if comparison.asked is not None:
        makers[ASKED_TABLE] = lambda: asked_columns(tables, comparison)
    if comparison.twins:
        makers[TWINS_TABLE] = lambda: twin_columns(tables, comparison)
    for grouping in (*STAGE_GROUPINGS, "trust"):
        makers[f"by_{grouping}"] = partial(group_columns, tables, grouping)
    if all(table.money_flows for table in tables):
        makers[MONEY_TABLE] = lambda: money_columns(tables)
        makers["money_by_party"] = lambda: party_columns(tables)
    if len(tables) > 1:
        makers["differences"] = lambda: difference_columns(tables, comparison)
        makers["gains"] = lambda: gain_columns(tables)
    return makers
