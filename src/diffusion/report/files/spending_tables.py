"""What a budget bought, as the table and the part of the manifest that a folder of results keeps."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypedDict, cast

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.experiments.searches.budget import Fit, Status, amount_text, parse_gbp
from diffusion.experiments.searches.budget_curve import Point
from diffusion.experiments.searches.programme_cost import Period
from diffusion.experiments.searches.spending import Spending
from diffusion.report.words.spending_words import strengths_text
from diffusion.storage.columns import scenario_names
from diffusion.storage.table_files import Columns

if TYPE_CHECKING:
    import pandas as pd

#: a row of a table by column
Line: TypeAlias = Mapping[Hashable, object]
_BOUNDS = ("mean", "low80", "high80", "low95", "high95")


class SpendingData(TypedDict):
    """What one scenario came to, as the manifest has it.

    Amounts a year stand for the same in every year from ``first_month`` to ``last_month``, and so for present values:
    times ``discounted_years``. ``budget_for_all`` is the largest budget that all can absorb, as it is typed.
    """

    scenario: str
    budget_gbp_per_year: float
    budget_present_value_gbp: float
    status: Status
    strengths: dict[str, float]
    cost_gbp_per_year: float
    cost_present_value_gbp: float
    unspent_gbp_per_year: float
    largest_gbp_per_year: float
    budget_for_all: str | None
    by_purpose_gbp_per_year: dict[str, float]
    payers: dict[str, str]
    first_month: str
    last_month: str
    discounted_years: float
    first_month_in_force: str
    last_month_in_force: str
    search_runs: int
    search_replicates: int


def _bounds(prefix: str, estimates: Sequence[Estimate], factor: Floats | float = 1.0) -> Columns:
    """Return a column for the mean and each bound of ``estimates``."""
    return {f"{prefix}_{bound}": np.array([float(getattr(e, bound)) for e in estimates]) * factor for bound in _BOUNDS}


def spending_columns(rows: Sequence[Spending], names: Sequence[str]) -> Columns:
    """One row per scenario and purpose, ``total`` first: payer, GBP per year with intervals and as present value."""
    lines = [(row, purpose, e) for row in rows for purpose, e in (("total", row.total), *row.by_purpose.items())]
    fits = [row.fit for row, _, _ in lines]
    years = np.array([fit.period.discounted_years for fit in fits])
    columns: Columns = {
        "scenario": [names[row.scenario] for row, _, _ in lines],
        "purpose": [purpose for _, purpose, _ in lines],
        "payer": [row.payers.get(purpose, "all") for row, purpose, _ in lines],
    }
    columns |= _bounds("gbp_per_year", [e for _, _, e in lines])
    columns |= _bounds("present_value_gbp", [e for _, _, e in lines], years)
    budgets = np.array([fit.budget_gbp_per_year for fit in fits])
    columns |= {"budget_gbp_per_year": budgets, "budget_present_value_gbp": budgets * years}
    columns["unspent_gbp_per_year"] = np.array([row.unspent for row, _, _ in lines])
    columns["strengths"] = [strengths_text(fit.strengths) for fit in fits]
    columns["first_month"] = [str(fit.period.begin) for fit in fits]
    columns["last_month"] = [str(fit.period.end + -1) for fit in fits]
    columns["first_month_in_force"] = [str(fit.in_force[0]) for fit in fits]
    columns["last_month_in_force"] = [str(fit.in_force[1] + -1) for fit in fits]
    return columns


def curve_columns(rows: Sequence[Spending], names: Sequence[str]) -> Columns:
    """One row per scenario and budget, upwards: what was spent and the change of the adopter share, with intervals."""
    lines = [(row, point) for row in rows for point in row.curve]
    years = np.array([row.fit.period.discounted_years for row, _ in lines])
    budgets = np.array([point.budget_gbp_per_year for _, point in lines])
    columns: Columns = {
        "scenario": [names[row.scenario] for row, _ in lines],
        "budget_gbp_per_year": budgets,
        "budget_present_value_gbp": budgets * years,
        "status": [point.status for _, point in lines],
        "strengths": [json.dumps(dict(point.strengths)) for _, point in lines],
    }
    columns |= _bounds("cost_gbp_per_year", [point.cost for _, point in lines])
    columns |= _bounds("cost_present_value_gbp", [point.cost for _, point in lines], years)
    columns |= _bounds("adopter_share_pp", [point.change for _, point in lines])
    columns["replicates"] = np.array([point.change.replicates for _, point in lines], dtype=np.int64)
    return columns


def spending_data(rows: Sequence[Spending]) -> list[SpendingData]:
    """Return the same as plain data, for the manifest."""
    return [
        {
            "scenario": row.fit.scenario.name,
            "budget_gbp_per_year": row.fit.budget_gbp_per_year,
            "budget_present_value_gbp": row.fit.period.present_value(row.fit.budget_gbp_per_year),
            "status": row.fit.status,
            "strengths": dict(row.fit.strengths),
            "cost_gbp_per_year": float(row.total.mean),
            "cost_present_value_gbp": row.fit.period.present_value(float(row.total.mean)),
            "unspent_gbp_per_year": row.unspent,
            "largest_gbp_per_year": row.fit.largest_gbp_per_year,
            "budget_for_all": None if row.fit.budget_for_all is None else amount_text(row.fit.budget_for_all),
            "by_purpose_gbp_per_year": {purpose: float(e.mean) for purpose, e in row.by_purpose.items()},
            "payers": dict(row.payers),
            "first_month": str(row.fit.period.begin),
            "last_month": str(row.fit.period.end + -1),
            "discounted_years": row.fit.period.discounted_years,
            "first_month_in_force": str(row.fit.in_force[0]),
            "last_month_in_force": str(row.fit.in_force[1] + -1),
            "search_runs": row.fit.runs,
            "search_replicates": row.fit.replicates,
        }
        for row in rows
    ]


def read_spending(
    frame: pd.DataFrame, curves: pd.DataFrame, rows: Sequence[SpendingData], results: Sequence[ResultTables]
) -> list[Spending]:
    """Return what was bought, from the tables ``budget`` and ``budget_curve`` and the manifest of ``results``."""
    replicates = len(results[0].replicates)
    found = []
    names = scenario_names(results)
    for number, row in enumerate(rows, start=1):
        fit = Fit(
            results[number].scenario,
            row["budget_gbp_per_year"],
            row["strengths"],
            Period(Month(row["first_month"]), Month(row["last_month"]) + 1, row["discounted_years"]),
            (Month(row["first_month_in_force"]), Month(row["last_month_in_force"]) + 1),
            row["status"],
            row["largest_gbp_per_year"],
            None if row["budget_for_all"] is None else parse_gbp(row["budget_for_all"]),
            row["search_runs"],
            row["search_replicates"],
        )
        lines = frame[frame["scenario"] == names[number]].to_dict("records")
        over = drawn(results[0])
        costs = {str(line["purpose"]): _estimate(line, "gbp_per_year", replicates, over) for line in lines}
        total = costs.pop("total")
        curve = [_point(line, over) for line in curves[curves["scenario"] == names[number]].to_dict("records")]
        found.append(Spending(number, fit, costs, total, row["payers"], tuple(curve)))
    return found


def _point(line: Line, over_draws: bool) -> Point:
    """Return a point of the curve as stored."""
    replicates = int(str(line["replicates"]))
    cost, change = (_estimate(line, name, replicates, over_draws) for name in ("cost_gbp_per_year", "adopter_share_pp"))
    budget, status = float(str(line["budget_gbp_per_year"])), cast("Status", line["status"])
    return Point(budget, status, json.loads(str(line["strengths"])), cost, change)


def _estimate(line: Line, prefix: str, replicates: int, over_draws: bool) -> Estimate:
    """Return an estimate as stored; its standard error is not, and nothing shows it."""
    mean, low80, high80, low95, high95 = (np.asarray(line[f"{prefix}_{bound}"], dtype=np.float64) for bound in _BOUNDS)
    return Estimate(mean, np.asarray(np.nan), low80, high80, low95, high95, replicates, over_draws)
