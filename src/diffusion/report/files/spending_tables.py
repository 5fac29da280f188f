"""What a budget bought, as the table and the part of the manifest that a folder of results keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.calendar import Month
from diffusion.experiments.searches.budget import Fit, Status
from diffusion.experiments.searches.spending import Spending
from diffusion.report.words.spending_words import strengths_text
from diffusion.storage.columns import scenario_names
from diffusion.storage.table_files import Columns

if TYPE_CHECKING:
    import pandas as pd

_BOUNDS = ("mean", "low80", "high80", "low95", "high95")


class SpendingData(TypedDict):
    """What one scenario came to, as the manifest has it."""

    scenario: str
    budget_gbp_per_year: float
    status: Status
    strengths: dict[str, float]
    cost_gbp_per_year: float
    unspent_gbp_per_year: float
    by_purpose_gbp_per_year: dict[str, float]
    first_month: str
    last_month: str
    search_runs: int
    search_replicates: int


def spending_columns(rows: Sequence[Spending], names: Sequence[str]) -> Columns:
    """One row per scenario and purpose, ``total`` first: GBP per year with intervals; budget, strengths, period."""
    lines = [(row, purpose, e) for row in rows for purpose, e in (("total", row.total), *row.by_purpose.items())]
    columns: Columns = {
        "scenario": [names[row.scenario] for row, _, _ in lines],
        "purpose": [purpose for _, purpose, _ in lines],
    }
    for bound in _BOUNDS:
        columns[f"gbp_per_year_{bound}"] = np.array([float(getattr(e, bound)) for _, _, e in lines])
    columns["budget_gbp_per_year"] = np.array([row.fit.budget_gbp_per_year for row, _, _ in lines])
    columns["unspent_gbp_per_year"] = np.array([row.unspent for row, _, _ in lines])
    columns["strengths"] = [strengths_text(row.fit) for row, _, _ in lines]
    columns["first_month"] = [str(row.fit.period[0]) for row, _, _ in lines]
    columns["last_month"] = [str(row.fit.period[1] + -1) for row, _, _ in lines]
    return columns


def spending_data(rows: Sequence[Spending]) -> list[SpendingData]:
    """Return the same as plain data, for the manifest."""
    return [
        {
            "scenario": row.fit.scenario.name,
            "budget_gbp_per_year": row.fit.budget_gbp_per_year,
            "status": row.fit.status,
            "strengths": dict(row.fit.strengths),
            "cost_gbp_per_year": float(row.total.mean),
            "unspent_gbp_per_year": row.unspent,
            "by_purpose_gbp_per_year": {purpose: float(e.mean) for purpose, e in row.by_purpose.items()},
            "first_month": str(row.fit.period[0]),
            "last_month": str(row.fit.period[1] + -1),
            "search_runs": row.fit.runs,
            "search_replicates": row.fit.replicates,
        }
        for row in rows
    ]


def read_spending(frame: pd.DataFrame, rows: Sequence[SpendingData], results: Sequence[ResultTables]) -> list[Spending]:
    """Return what was bought, from the table ``budget`` and the manifest's ``budget`` of a folder of ``results``."""
    replicates = len(results[0].replicates)
    found = []
    names = scenario_names(results)
    for number, row in enumerate(rows, start=1):
        fit = Fit(
            results[number].scenario,
            row["budget_gbp_per_year"],
            row["strengths"],
            (Month(row["first_month"]), Month(row["last_month"]) + 1),
            row["status"],
            row["search_runs"],
            row["search_replicates"],
        )
        costs = {}
        for line in frame[frame["scenario"] == names[number]].itertuples():
            mean, low80, high80, low95, high95 = (
                np.asarray(getattr(line, f"gbp_per_year_{bound}"), dtype=np.float64) for bound in _BOUNDS
            )
            unknown = np.asarray(np.nan)  # the standard error is not stored, and nothing shows it
            costs[str(line.purpose)] = Estimate(mean, unknown, low80, high80, low95, high95, replicates)
        total = costs.pop("total")
        found.append(Spending(number, fit, costs, total))
    return found
