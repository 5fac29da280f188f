"""What a budget bought: strength reached, programme cost by purpose, what was not spent, as text and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.calendar import Month
from diffusion.experiments.searches.budget import MOST_RUNS, Fit, fit_to_budget, programme_cost
from diffusion.report.figures.style import plain, signed
from diffusion.report.page.cells import Cell, PageTable, change_cell
from diffusion.report.words.labels import month_name, scenario_labels, shorten
from diffusion.report.words.sentences import decimals_for

if TYPE_CHECKING:
    from rich.console import Console

_M = 1e-6
DEFINITION = (
    "Programme cost: what national bodies, commissioners and AHSNs pay to others above the first scenario, without "
    "ordinary fund refills; savings and money returned are not deducted."
)


@dataclass(frozen=True)
class Budget:
    """What was asked: GBP per year, and by scenario name the levers to scale (default: all that it adds)."""

    gbp_per_year: float
    levers: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Spending:
    """What one scenario came to in the final runs, GBP per year by purpose and in all, and how the search went."""

    label: str
    scenario: int
    fit: Fit
    by_purpose: Mapping[str, Estimate]
    total: Estimate

    @property
    def unspent(self) -> float:
        """GBP per year that the largest plausible strength, or the side below a step, leaves; 0 if met or over."""
        left = self.fit.budget_gbp_per_year - float(self.total.mean)
        return max(0.0, left) if self.fit.status in ("unspent", "jump") else 0.0


def fit_scenarios(
    scenarios: Sequence[Any],
    budget: Budget,
    replicates: int,
    seed: int,
    jobs: int | None,
    report: Callable[[str, int, int], None],
) -> tuple[list[Any], list[Fit]]:
    """Return the scenarios, all but the first scaled to the budget, and how each was."""
    first, *others = scenarios
    most = 1 + MOST_RUNS * len(others)
    fits = fit_to_budget(
        first,
        others,
        budget.gbp_per_year,
        replicates=replicates,
        seed=seed,
        jobs=jobs,
        chosen=budget.levers,
        progress=lambda done: report("Scaling to the budget", done, most),
    )
    report("Scaling to the budget", most, most)
    return [first, *(fit.scenario for fit in fits)], fits


def spending(results: Sequence[Any], fits: Sequence[Fit]) -> list[Spending]:
    """Return what each scenario but the first came to; ``results`` are the final runs, in the same order."""
    found = []
    for number, (label, result, fit) in enumerate(zip(scenario_labels(results)[1:], results[1:], fits), start=1):
        costs = programme_cost(results[0], result, fit.period)
        by_purpose = {purpose: estimate_mean(values) for purpose, values in costs.items()}
        total = estimate_mean(sum(costs.values(), np.zeros(len(result.replicates))))
        found.append(Spending(label, number, fit, by_purpose, total))
    return found


def spending_columns(rows: Sequence[Spending], names: Sequence[str]) -> dict[str, Any]:
    """One row per scenario and purpose, ``total`` first: GBP per year with intervals; budget, strengths, period."""
    lines = [(row, purpose, e) for row in rows for purpose, e in (("total", row.total), *row.by_purpose.items())]
    columns: dict[str, Any] = {
        "scenario": [names[row.scenario] for row, _, _ in lines],
        "purpose": [purpose for _, purpose, _ in lines],
    }
    for bound in ("mean", "low80", "high80", "low95", "high95"):
        columns[f"gbp_per_year_{bound}"] = np.array([float(getattr(e, bound)) for _, _, e in lines])
    columns["budget_gbp_per_year"] = np.array([row.fit.budget_gbp_per_year for row, _, _ in lines])
    columns["unspent_gbp_per_year"] = np.array([row.unspent for row, _, _ in lines])
    columns["strengths"] = [_strengths(row.fit) for row, _, _ in lines]
    columns["first_month"] = [str(row.fit.period[0]) for row, _, _ in lines]
    columns["last_month"] = [str(row.fit.period[1] + -1) for row, _, _ in lines]
    return columns


def read_spending(path: Path, rows: Sequence[Mapping[str, Any]], results: Sequence[Any]) -> list[Spending]:
    """Return what :func:`spending` found, from the table ``budget`` and the manifest's ``budget``."""
    import pandas as pd

    frame = pd.read_parquet(path)
    bounds = ("mean", "low80", "high80", "low95", "high95")
    replicates = len(results[0].replicates)
    found = []
    for number, (label, row) in enumerate(zip(scenario_labels(results)[1:], rows), start=1):
        period = Month(row["first_month"]), Month(row["last_month"]) + 1
        fit = Fit(
            results[number].scenario,
            row["budget_gbp_per_year"],
            row["strengths"],
            period,
            row["status"],
            row["search_runs"],
            row["search_replicates"],
        )
        costs = {}
        for line in frame[frame["scenario"] == row["scenario"]].itertuples():
            mean, low80, high80, low95, high95 = (
                np.asarray(getattr(line, f"gbp_per_year_{bound}"), dtype=np.float64) for bound in bounds
            )
            unknown = np.asarray(np.nan)  # the standard error is not stored, and nothing shows it
            costs[str(line.purpose)] = Estimate(mean, unknown, low80, high80, low95, high95, replicates)
        total = costs.pop("total")
        found.append(Spending(label, number, fit, costs, total))
    return found


def spending_data(rows: Sequence[Spending]) -> list[dict[str, Any]]:
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


def _strengths(fit: Fit) -> str:
    return ", ".join(f"{name} {strength:.3g}" for name, strength in fit.strengths.items())


def _period(fit: Fit) -> str:
    begin, end = fit.period
    return f"{month_name(begin)} to {month_name(end + -1)}"


def sentence(row: Spending) -> str:
    """Say in a line how the search went for one scenario."""
    fit = row.fit
    left, over = (
        f"£{plain(x * _M, 2)} million" for x in (row.unspent, float(row.total.mean) - fit.budget_gbp_per_year)
    )
    how = {
        "met": "",
        "unspent": f", the largest that is plausible; {left} unspent",
        "over": f"; what is not scaled costs {over} more than the budget",
        "jump": f"; more strength passes the budget in a step; {left} unspent",
    }[fit.status]
    strengths = " and ".join(f"{name} at strength {strength:.3g}" for name, strength in fit.strengths.items())
    return f"{row.label}, {_period(fit)}: {strengths}{how}."


def print_spending(
    console: Console, tables: Sequence[ResultTables], comparison: Comparison, rows: Sequence[Spending]
) -> None:
    """Print the table of what the budget bought, and how to read it."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold")
    for head in ("cost", "95 % interval", "unspent", "adopter share, pp"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        difference = comparison.difference(MAIN_OUTCOME, row.scenario)
        change = signed(float(difference.estimate.mean), decimals_for(difference))
        table.add_row(Text(shorten(row.label, 26), "bold"), *_money(row.total), plain(row.unspent * _M, 2), change)
        for purpose, estimate in row.by_purpose.items():
            table.add_row(
                Text(f"  {purpose.replace('_', ' ')}", "dim"), *(Text(cell, "dim") for cell in _money(estimate))
            )
    budget = rows[0].fit.budget_gbp_per_year
    console.print()
    console.print(
        Text(
            f"What a budget of £{plain(budget * _M, 2)} million a year buys: programme cost, £ million a year",
            "underline",
        )
    )
    console.print(table)
    console.print()
    for row in rows:
        console.print(Text(sentence(row)))
    console.print(
        Text(
            f"{DEFINITION} A year's mean over the months stated. Strengths were found with "
            f"{sum(row.fit.runs for row in rows) + 1} runs of {rows[0].fit.replicates} replicates."
        )
    )


def _money(estimate: Estimate) -> tuple[str, str]:
    low, high = float(estimate.low95), float(estimate.high95)
    interval = f"{plain(low * _M, 2)} to {plain(high * _M, 2)}" if np.isfinite(low) else "–"
    return plain(float(estimate.mean) * _M, 2), interval


def spending_page_table(comparison: Comparison, rows: Sequence[Spending]) -> PageTable:
    """Return the table of the page."""
    lines: list[tuple[str, list[Cell]]] = []
    for row in rows:
        cost, interval = _money(row.total)
        purposes = ", ".join(f"{name.replace('_', ' ')} {_money(e)[0]}" for name, e in row.by_purpose.items())
        cells = [Cell(_strengths(row.fit), _period(row.fit)), Cell(cost, interval), Cell(purposes)]
        cells += [Cell(plain(row.unspent * _M, 2)), change_cell(comparison.difference(MAIN_OUTCOME, row.scenario))]
        lines.append((row.label, cells))
    heads = (
        "Option",
        "Strength reached",
        "Cost, £ million a year",
        "By purpose",
        "Unspent",
        "Adopter share, change in percentage points",
    )
    budget = rows[0].fit.budget_gbp_per_year
    return PageTable(
        f"What a budget of £{plain(budget * _M, 2)} million a year buys",
        heads,
        lines,
        f"{DEFINITION} Mean a year over the months under each strength. Small print: 95 % interval of the mean.",
    )
