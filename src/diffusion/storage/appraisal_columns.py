"""Tidy tables of the appraisal and of equity: one row per option and measure, numbers in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diffusion.analysis.economics.appraisal import Appraisal, Ratio, appraise
from diffusion.analysis.economics.break_even import break_even_of
from diffusion.analysis.economics.discount_sets import discount_sets
from diffusion.analysis.economics.regret import regret
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.equity import share_of_groups, trust_groupings
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.storage.columns import scenario_names
from diffusion.storage.table_files import Columns


def _rows(rows: Sequence[dict[str, object]]) -> Columns:
    """Return columns of rows that share their keys: texts as lists, numbers as arrays."""
    columns: Columns = {}
    for key, value in rows[0].items():
        column = [row[key] for row in rows]
        columns[key] = [str(item) for item in column] if isinstance(value, str) else np.array(column, dtype=np.float64)
    return columns


def _measures(found: Appraisal) -> dict[str, tuple[str, Estimate | Ratio]]:
    """Return measure -> (unit, value with interval)."""
    measures: dict[str, tuple[str, Estimate | Ratio]] = {
        "extra_spending": ("GBP", found.estimate(found.spending)),
        "extra_savings": ("GBP", found.estimate(found.savings)),
        "net_present_value": ("GBP", found.estimate(found.npv)),
        "extra_adoptions": ("pairs", found.estimate(found.adoptions)),
        "benefit_cost_ratio": ("1", found.benefit_cost_ratio),
        "net_cost_per_extra_adoption": ("GBP per pair", found.cost_per(found.adoptions)),
        "spending_per_extra_adoption": ("GBP per pair", found.spending_per(found.adoptions)),
    }
    if found.patients is not None:
        measures["extra_patients_benefiting"] = ("patients", found.estimate(found.patients))
        measures["net_cost_per_extra_patient"] = ("GBP per patient", found.cost_per(found.patients))
    if (turn := break_even_of(found)) is not None:
        measures["break_even_gbp_per_patient"] = ("GBP per patient", turn.gbp_per_patient)
    for party, cost in found.by_party.items():
        measures[f"net_cost_{party}"] = ("GBP", found.estimate(cost))
    return measures


def economics_columns(tables: Sequence[ResultTables]) -> Columns:
    """One row per option, discount set and measure, against the first scenario: value and 95 % interval."""
    names = scenario_names(tables)
    rows: list[dict[str, object]] = []
    for name, table in zip(names[1:], tables[1:]):
        for discount in discount_sets():
            for measure, (unit, found) in _measures(appraise(table, tables[0], discount)).items():
                value = float(found.mean) if isinstance(found, Estimate) else found.value
                rows.append(
                    {
                        "scenario": name,
                        "reference": names[0],
                        "discount_set": discount.name,
                        "measure": measure,
                        "unit": unit,
                        "value": value,
                        "low95": float(found.low95),
                        "high95": float(found.high95),
                    }
                )
    return _rows(rows)


def equity_columns(tables: Sequence[ResultTables], equity: Comparison) -> Columns:
    """One row per scenario and equity measure: the level, and the paired change from the first with 95 % interval."""
    names = scenario_names(tables)
    rows: list[dict[str, object]] = []
    for outcome in equity.outcomes:
        for i, name in enumerate(names):
            change = estimate_mean(equity.values[outcome.name][i] - equity.values[outcome.name][0], drawn(tables[0]))
            rows.append(
                {
                    "scenario": name,
                    "measure": outcome.name,
                    "unit": outcome.unit,
                    "mean": float(equity.values[outcome.name][i].mean()),
                    "change": float(change.mean),
                    "low95": float(change.low95),
                    "high95": float(change.high95),
                }
            )
    return _rows(rows)


def trust_group_columns(tables: Sequence[ResultTables]) -> Columns:
    """One row per scenario and group of trusts: mean adopter share, and the paired change from the first."""
    names = scenario_names(tables)
    tables = joined(tables)
    rows: list[dict[str, object]] = []
    for grouping, (codes, groups) in trust_groupings(tables[0]).items():
        levels = [share_of_groups(table, codes, groups) for table in tables]
        for i, name in enumerate(names):
            change = estimate_mean(levels[i] - levels[0], drawn(tables[0]))
            rows += [
                {
                    "scenario": name,
                    "grouping": grouping,
                    "group": group,
                    "adopter_share_pct": float(levels[i][:, g].mean()),
                    "change_pp": float(change.mean[g]),
                    "low95_pp": float(change.low95[g]),
                    "high95_pp": float(change.high95[g]),
                }
                for g, group in enumerate(groups)
            ]
    return _rows(rows)


def choice_columns(tables: Sequence[ResultTables], comparison: Comparison) -> Columns:
    """One row per scenario: share of runs in which it is best in the adopter share, mean and largest regret."""
    values = np.stack(comparison.values[MAIN_OUTCOME])
    found = regret(values[:, np.isfinite(values).all(axis=0)])
    return {
        "scenario": list(scenario_names(tables)),
        "best_share": found.best,
        "mean_regret_pp": np.asarray(found.mean.mean),
        "mean_regret_low95_pp": np.asarray(found.mean.low95),
        "mean_regret_high95_pp": np.asarray(found.mean.high95),
        "largest_regret_pp": found.largest,
    }


def more_makers(
    tables: Sequence[ResultTables], comparison: Comparison, equity: Comparison
) -> dict[str, Callable[[], Columns]]:
    """Return table name -> function that computes its columns, for the tables these results allow."""
    makers: dict[str, Callable[[], Columns]] = {
        "equity": lambda: equity_columns(tables, equity),
        "by_trust_group": lambda: trust_group_columns(tables),
    }
    if len(tables) > 1:
        makers["choice"] = lambda: choice_columns(tables, comparison)
        if all(table.money_flows for table in tables):
            makers["economics"] = lambda: economics_columns(tables)
    return makers
