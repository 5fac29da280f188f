"""The attribution as a table and sentences for the terminal, readable at 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffusion.analysis.results.attribution import Attribution
from diffusion.analysis.results.intervals import Estimate, estimate_mean
from diffusion.report.words.attribution_words import decimals
from diffusion.report.words.doubt_words import too_few
from diffusion.report.words.labels import end_of, month_name, outcome_label
from diffusion.report.words.numbers import plain, signed

if TYPE_CHECKING:
    from diffusion.experiments.searches.ablation import Ablation

_LABEL_WIDTH = 22


def _range(low: float, high: float, places: int) -> str:
    if not (np.isfinite(low) and np.isfinite(high)):
        return "–"
    return f"{signed(low, places)} to {signed(high, places)}"


def _cells(estimate: Estimate, places: int) -> list[Text]:
    style = "bold" if bool(estimate.clear) else "dim"
    return [
        Text(signed(float(estimate.mean), places), style),
        Text(_range(float(estimate.low80), float(estimate.high80), places), style),
        Text(_range(float(estimate.low95), float(estimate.high95), places), style),
    ]


def attribution_table(found: Ablation) -> Table:
    """Return the table: a row per lever, the largest part first, then the whole effect and what is left over."""
    a, places = found.attribution, decimals(found)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold", max_width=_LABEL_WIDTH, min_width=20)
    for head in ("alone", "last", "part", "80 % interval", "95 % interval", "share"):
        table.add_column(head, justify="right", no_wrap=True)
    for i in np.argsort(-a.part.mean, kind="stable"):
        share = "–" if np.isnan(a.shares[i]) else f"{plain(100 * float(a.shares[i]), 0)} %"
        table.add_row(
            a.players[i],
            signed(float(a.alone[i].mean()), places),
            signed(float(a.last[i].mean()), places),
            *_cells(a.part[i], places),
            share,
        )
    table.add_section()
    alone, last = float(a.alone.sum(axis=0).mean()), float(a.last.sum(axis=0).mean())
    whole_share = "–" if np.isnan(a.shares).any() else "100 %"
    whole = _cells(estimate_mean(a.whole, a.over_draws), places)
    table.add_row("all levers / sum", signed(alone, places), signed(last, places), *whole, whole_share)
    table.add_row("interaction left over", "", "", *_cells(estimate_mean(a.left_over, a.over_draws), places), "")
    return table


def heading(found: Ablation) -> str:
    """Say what all levers together do."""
    a, outcome = found.attribution, found.outcome
    places = max(outcome.decimals, decimals(found))
    return (
        f"{outcome_label(outcome)}, end of {month_name(end_of(found))}: "
        f"{plain(float(a.none.mean()), places)} with none of {_levers(len(a.players))}, "
        f"{plain(float(a.every.mean()), places)} with all"
    )


def _levers(n: int) -> str:
    return "one lever" if n == 1 else f"{n} levers"


def notes(found: Ablation) -> list[str]:
    """Return the lines below the table: how to read it, how it was done, and what it cost."""
    a = found.attribution
    lines = [
        "Alone: the lever against none. Last: all levers against all but this one. Part: its effect averaged over all "
        "orders in which levers can be added (Shapley); the parts sum to the whole effect. Share: part of the whole "
        "effect. Bold where the 95 % interval excludes 0.",
        "Interaction left over: the whole effect minus the sum of the effects alone. Below 0 the levers partly do each "
        "other's work, above 0 they need each other; the parts have shared it out.",
    ]
    lines += [f"{name} changes this outcome in no run: {why}." for name, why in found.without_effect().items()]
    if found.always:
        lines.append(f"In force throughout, also in 'none': {', '.join(found.always)}.")
    total = 2 ** len(a.players)
    if a.over_draws:
        subsets = f"Exact: all {total} subsets"
        if not a.exact:
            assert a.orders is not None
            half = len(a.orders) // 2
            subsets = f"Sampled: {2 * half} orders ({half} and their reverses), {found.runs:,} of {total:,} subsets"
        how = (
            f"{subsets} of {_levers(len(a.players))}; the intervals are the middle 80 and 95 % of {_runs(a)}, each "
            "with a draw of the parameters and its own chance."
        )
    elif a.exact:
        how = f"Exact: all {total} subsets of {_levers(len(a.players))}; the intervals hold the chance of {_runs(a)}."
    else:
        assert a.orders is not None
        how = (
            f"Sampled: {len(a.orders)} orders ({len(a.orders) // 2} and their reverses), {found.runs:,} of {total:,} "
            f"subsets; the intervals hold the choice of orders (standard error up to {np.nanmax(a.order_error):.2g}) "
            f"and the chance of {_runs(a)} (up to {np.nanmax(a.replicate_error):.2g})."
        )
    lines.append(how + ("" if a.over_draws else " They do not hold doubt about parameters or assumptions."))
    lines.append(
        f"Cost: {found.runs:,} runs of {len(found.replicates)} replicates, {found.seconds:,.0f} seconds"
        + ("." if a.exact else "; --permutations N sets the number of orders.")
    )
    if len(a.kept) < len(found.replicates):
        lost = len(found.replicates) - len(a.kept)
        lines.append(f"The outcome is not defined in some subset in {lost} replicates; they are left out throughout.")
    if not a.part.enough:
        few = too_few(len(a.kept), a.part.least_runs, a.over_draws)
        lines.append(f"{few[:1].upper()}{few[1:]}: no effect is claimed.")
    return lines


def _runs(a: Attribution) -> str:
    kept = len(a.kept)
    return f"{kept} replicates" if kept != 1 else "one replicate"


def print_ablation(console: Console, found: Ablation) -> None:
    """Print heading, table and notes."""
    unit = found.outcome.difference_unit
    console.print()
    console.print(Text(heading(found), "bold"))
    console.print(Text("Effects" + ("" if unit == "1" else f", {unit}"), "underline"))
    console.print(attribution_table(found))
    console.print()
    for line in notes(found):
        console.print(Text(line))
