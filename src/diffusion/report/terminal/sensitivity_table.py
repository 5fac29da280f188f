"""Sensitivity in the terminal: a table per outcome and subject, and one sentence on chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import estimate_mean
from diffusion.analysis.uncertainty.grid import as_grid, level_codes
from diffusion.analysis.uncertainty.indices import Index
from diffusion.report.words.sensitivity_words import left_out_texts, split_text, title_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from diffusion.experiments.searches.sensitivity import Sensitivity

_HEADS: dict[str, tuple[str, ...]] = {
    "morris": ("μ*", "95 % interval", "μ", "σ"),
    "sobol": ("alone", "95 % interval", "total", "95 % interval"),
    "ranks": ("rank corr.", "95 % interval"),
}
_NOTES = {
    "morris": "μ*: mean absolute effect of moving the factor over its whole range{unit}; "
    "μ: mean effect, with its sign; σ: how much the effect varies with the other factors.",
    "sobol": "Shares of the variance of the expected outcome; 'alone' sums to at most 1, "
    "'total' counts interactions in every factor that takes part.",
    "ranks": "Partial rank correlation with the mean outcome, the other factors held fixed: -1 to 1.",
}


def print_sensitivity(found: Sensitivity, out: Console, most: int) -> None:
    """Print the table of one analysis, the ``most`` influential factors first."""
    out.print(title_of(found), style="bold", soft_wrap=True)
    if found.problem:
        out.print(f"no indices: {found.problem}", style="yellow", soft_wrap=True)
    if len(found.axes) == 1 and found.method == "full grid" and np.isfinite(found.values).any():
        _print_levels(found, out)
    elif not found.problem:
        _print_indices(found, out, most)
    if told := left_out_texts(found):
        out.print(" ".join(told), soft_wrap=True)
    out.print(split_text(found))
    out.print()


def _print_indices(found: Sensitivity, out: Console, most: int) -> None:
    """Print the indices of the design's method, a row per factor."""
    kind = "morris" if found.morris is not None else "sobol" if found.sobol is not None else "ranks"
    table = _table(expand=True)
    table.add_column("factor", style="cyan", overflow="fold", ratio=1)
    for head in _HEADS[kind]:
        table.add_column(head, justify="right", no_wrap=True)
    order = found.order()
    for i in order[:most]:
        table.add_row(f"{found.axes[i].label} ({found.axes[i].span})", *_cells(found, int(i)))
    out.print(table)
    if len(order) > most:
        out.print(f"and {len(order) - most} factors with less influence, in sensitivity.csv", style="dim")
    unit = f", in {found.effect_unit}" if found.effect_unit else ""
    out.print(_NOTES[kind].format(unit=unit), style="dim")
    _print_pairs(found, out)


def _print_levels(found: Sensitivity, out: Console) -> None:
    """Print the outcome at every level of the only factor of a full grid, with 95 % intervals over replicates."""
    axis = found.axes[0]
    table = _table()
    table.add_column(f"{axis.label} ({axis.unit})" if axis.unit else axis.label, style="cyan", overflow="fold")
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    if found.left_out:
        table.add_column("runs", justify="right", no_wrap=True)
    codes, (levels,) = level_codes(found.columns)
    rows = [values[np.isfinite(values)] for values in as_grid(codes, found.values)]
    places = _places(max(abs(float(values.mean())) for values in rows if len(values)))
    for level, values in zip(levels, rows):
        cells = ["-", "-"]
        if len(values):
            estimate = estimate_mean(values)
            mean, low, high = (float(number) for number in (estimate.mean, estimate.low95, estimate.high95))
            cells[0] = f"{mean:+,.{places}f}" if found.subject.minus else f"{mean:,.{places}f}"
            cells[1] = f"{low:,.{places}f} to {high:,.{places}f}" if len(values) > 1 else "-"
        if found.left_out:
            cells.append(f"{len(values):,} of {found.values.shape[1]:,}")
        table.add_row(str(level), *cells)
    out.print(table)


def _table(expand: bool = False) -> Table:
    from rich import box
    from rich.table import Table

    return Table(
        box=box.SIMPLE_HEAD, show_edge=False, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0), expand=expand
    )


def _print_pairs(found: Sensitivity, out: Console) -> None:
    pairs = found.sobol.second if found.sobol is not None else None
    if pairs is None or not np.isfinite(pairs.value).any():
        return
    clear = [(i, j) for i, j in np.argwhere(pairs.low > 0)]
    clear.sort(key=lambda pair: -float(pairs.value[pair]))
    for i, j in clear[:3]:
        out.print(
            f"Together beyond each alone: {found.axes[i].label} and {found.axes[j].label}, "
            f"{pairs.value[i, j]:.2f} ({pairs.low[i, j]:.2f} to {pairs.high[i, j]:.2f})"
        )


def _cells(found: Sensitivity, i: int) -> list[str]:
    if found.morris is not None:
        m = found.morris
        places = _places(float(m.mu_star.value.max()))
        return [
            f"{m.mu_star.value[i]:,.{places}f}",
            _interval(m.mu_star, i, places),
            f"{m.mu[i]:+,.{places}f}",
            f"{m.sigma[i]:,.{places}f}",
        ]
    if found.sobol is not None:
        first, total = found.sobol.first, found.sobol.total
        return [f"{first.value[i]:.2f}", _interval(first, i, 2), f"{total.value[i]:.2f}", _interval(total, i, 2)]
    assert found.ranks is not None
    return [f"{found.ranks.value[i]:+.2f}", _interval(found.ranks, i, 2)]


def _interval(index: Index, i: int, places: int) -> str:
    if not np.isfinite(index.low[i]):
        return "-"
    return f"{index.low[i]:,.{places}f} to {index.high[i]:,.{places}f}"


def _places(largest: float) -> int:
    """Decimals for three digits of the largest value."""
    return int(np.clip(2 - np.floor(np.log10(largest)), 0, 6)) if largest > 0 else 2
