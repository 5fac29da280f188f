"""Figures of observed adoption: curve and fits, hazard, groups, clustering, effects on the hazard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.bass.censored import expected_adopters
from diffusion.analysis.bass.least_squares import BassFit, bass_share
from diffusion.analysis.findings import MOST_CURVES, Comparison, Findings, LayerFindings
from diffusion.analysis.observed.period_forms import Unit
from diffusion.analysis.observed.person_period import HazardRegression
from diffusion.analysis.observed.reading import Observed
from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.reading.run_months import MONTH_NAMES
from diffusion.report.evidence_words.observed_words import group_name, term_name, words_of
from diffusion.report.figures.style import (
    FAINT,
    GAIN,
    INK,
    LOSS,
    PANEL_INCHES,
    UNCLEAR,
    colour_of,
    figure_style,
    legend_label,
    line_style_of,
    new_figure,
)
from diffusion.report.words.labels import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 3.0
DATA, FIT, ALTERNATIVE = INK, "#0072B2", "#D55E00"


def draw_periods(axes: Axes, observed: Observed) -> None:
    """Set up the axis of time: entries stand at the ends of periods."""
    first, last = observed.first, observed.last
    axes.set_xlim(first - 1, last + max(0.3, 0.02 * (last - first)))
    axes.grid(axis="y")
    if not observed.calendar:
        from matplotlib.ticker import MaxNLocator

        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlabel(str(observed.period_unit))
        if observed.period_unit is not Unit.NUMBER:
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.xaxis.set_major_formatter(lambda period, position: observed.period_label(round(period)))
        return
    step = next((s for s in (1, 3, 6, 12, 24, 60, 120) if (last - first) / s <= 7), 240)
    ticks = [p for p in range(first, last + 1) if p % step == 0]
    axes.set_xticks(ticks, [_month_tick(p, step) for p in ticks])
    axes.set_xlabel("month")


def _month_tick(period: int, step: int) -> str:
    month = Month(period)
    return str(month.year) if step >= 12 else f"{MONTH_NAMES[month.month - 1][:3]}\n{month.year}"


def curve_panel(found: Findings) -> Figure:
    """Adopters so far, the fitted Bass curves, and the population."""
    observed = found.observed
    first = observed.first
    cumulative = observed.before + np.cumsum(found.counts)
    periods = observed.marks
    with figure_style():
        figure = new_figure(PANEL_INCHES, HEIGHT)
        axes = figure.add_subplot()
        t = np.linspace(found.origin, observed.last, 200)
        for name, colour, style, label in (
            ("censored", FIT, "-", "Bass, right-censored"),
            ("uncensored", ALTERNATIVE, ":", "Bass, adopters so far as the market"),
        ):
            fit = found.bass.get(name)
            if fit is None or not np.isfinite(fit.market):
                continue
            if name == "censored" and observed.whole is not None:
                x = np.concatenate([[first - 1], periods])
                y = np.concatenate([[observed.before], expected_adopters(observed.whole, fit, found.origin)])
                axes.plot(x, y, color=colour, linestyle=style, linewidth=1.6, label=label, zorder=2)
            else:
                market = fit.market
                axes.plot(
                    t,
                    market * bass_share(t - found.origin, fit.p, fit.q, fit.before),
                    color=colour,
                    linestyle=style,
                    linewidth=1.6,
                    label=label,
                    zorder=2,
                )
        if observed.before:
            axes.plot(first - 1, observed.before, "o", color=DATA, mfc="white", markersize=4.2, zorder=3, clip_on=False)
        axes.plot(periods, cumulative, "o", color=DATA, markersize=3.6, label="observed", zorder=3)
        if np.isfinite(observed.population):
            axes.axhline(observed.population, color=FAINT, linewidth=0.8, linestyle=(0, (2, 2)))
            axes.annotate(
                f"population {observed.population:,.0f}",
                (0, observed.population),
                xytext=(3, -3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                fontsize=7.5,
                color=FAINT,
                va="top",
            )
        draw_periods(axes, observed)
        axes.set_ylim(0, None)
        axes.set_ylabel("adopters so far")
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.9), fontsize=7.5, frameon=False)
    return figure


def hazard_panel(found: Findings) -> Figure:
    """Share of those at risk that adopt in each period, with its interval and the fitted curve's."""
    curve, observed = found.curve, found.observed
    assert curve is not None
    with figure_style():
        figure = new_figure(PANEL_INCHES, HEIGHT)
        axes = figure.add_subplot()
        axes.vlines(curve.period, 100 * curve.hazard_low95, 100 * curve.hazard_high95, color=UNCLEAR, linewidth=1.1)
        axes.plot(curve.period, 100 * curve.hazard, "o", color=DATA, markersize=3.6)
        fit = found.bass.get("censored")
        if fit is not None:
            axes.plot(
                curve.period,
                100 * _fitted_hazard(fit, (curve.period - found.origin).astype(float)),
                color=FIT,
                linewidth=1.6,
            )
        draw_periods(axes, observed)
        top = np.nanmax(100 * curve.hazard_high95)
        axes.set_ylim(0, min(100, 1.12 * top))
        for i in np.unique(np.linspace(0, len(curve.period) - 1, 6).astype(int)):
            axes.annotate(
                f"{curve.at_risk[i]:,}",
                (curve.period[i], 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, -2),
                textcoords="offset points",
                fontsize=7.5,
                color=FAINT,
                ha="center",
                va="top",
            )
        axes.set_ylabel("adopt, of 100 at risk")
        axes.set_title("top: number at risk", fontsize=8, fontweight="normal", color=FAINT)
    return figure


def _fitted_hazard(fit: BassFit, t: Floats) -> Floats:
    share = fit.market_share if np.isfinite(fit.market_share) else 1.0
    before = share * bass_share(np.maximum(t - 1, 0), fit.p, fit.q, fit.before)
    after = share * bass_share(np.maximum(t, 0), fit.p, fit.q, fit.before)
    return np.asarray((after - before) / np.maximum(1 - before, 1e-12))


def groups_curve_panel(comparison: Comparison, observed: Observed) -> Figure:
    """Share that has adopted, by group, with bands."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, HEIGHT)
        axes = figure.add_subplot()
        for i, (name, curve) in enumerate(comparison.curves.items()):
            colour, style = colour_of(i), line_style_of(i)
            x = np.concatenate([[observed.first - 1], curve.period])
            low, high = (np.concatenate([[0.0], values]) for values in (curve.share_low95, curve.share_high95))
            axes.fill_between(x, 100 * low, 100 * high, step="post", color=colour, alpha=0.13, linewidth=0)
            axes.step(
                x,
                100 * np.concatenate([[0.0], curve.share]),
                where="post",
                color=colour,
                linestyle=style,
                label=legend_label(shorten(group_name(comparison.column, name), 40)),
            )
        draw_periods(axes, observed)
        axes.set_ylim(0, 100)
        axes.set_ylabel("have adopted (%)")
        axes.legend(loc="upper left", fontsize=8, frameon=False)
        axes.set_title(f"By {shorten(words_of(comparison.column), 40)}")
    return figure


def groups_ratio_panel(comparison: Comparison) -> Figure:
    """Adoptions over those expected at the hazards of all, by group."""
    test = comparison.test
    ratio = np.where(np.isfinite(test.ratio), test.ratio, -1)
    order = np.argsort(-ratio, kind="stable")
    rows = np.arange(len(order))
    low, high = test.low95[order], test.high95[order]
    colours = np.where(low > 1, GAIN, np.where(high < 1, LOSS, UNCLEAR))
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.0 + 0.205 * len(order))
        axes = figure.add_subplot()
        axes.axvline(1, color=INK, linewidth=1.0, zorder=1)
        axes.hlines(rows, low, np.minimum(high, 20), color=colours, linewidth=1.6, zorder=2)
        axes.scatter(test.ratio[order], rows, s=24, facecolors=colours, edgecolors="white", linewidths=0.6, zorder=3)
        names = [
            f"{shorten(group_name(comparison.column, name), 27)} ({seen} of {total})"
            for name, seen, total in ((test.groups[i], test.observed[i], test.organisations[i]) for i in order)
        ]
        axes.set_yticks(rows, names)
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.set_xlim(0, min(6.0, 1.05 * float(np.nanmax(high))))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel("observed / expected")
        axes.set_title(f"By {shorten(words_of(comparison.column), 40)}")
    return figure


def moran_panel(layer: LayerFindings, observed: Observed) -> Figure:
    """Moran's I by period against what the same adopters dealt out at random give."""
    moran = layer.moran
    with figure_style():
        figure = new_figure(PANEL_INCHES, HEIGHT)
        axes = figure.add_subplot()
        axes.fill_between(
            moran.period,
            moran.low95,
            moran.high95,
            color=UNCLEAR,
            alpha=0.25,
            linewidth=0,
            label="middle 95 % at random",
        )
        axes.axhline(moran.expected, color=FAINT, linewidth=0.8)
        axes.plot(moran.period, moran.observed, "o-", color=FIT, markersize=3.2, linewidth=1.2, label="observed")
        draw_periods(axes, observed)
        axes.set_ylabel("Moran's I of adoption")
        axes.set_title(group_name("", layer.ties.name))
        low, high = axes.get_ylim()
        axes.set_ylim(low, high + 0.28 * (high - low))
        axes.legend(loc="upper left", fontsize=7.5, frameon=False)
    return figure


def effects_panel(hazard: HazardRegression) -> Figure:
    """Hazard ratios with intervals, on a logarithmic axis."""
    rows = np.arange(len(hazard.terms))
    low, high = np.maximum(hazard.low95, 0.02), np.minimum(hazard.high95, 50)
    colours = np.where(hazard.low95 > 1, GAIN, np.where(hazard.high95 < 1, LOSS, UNCLEAR))
    with figure_style():
        figure = new_figure(PANEL_INCHES, 1.1 + 0.28 * len(rows))
        axes = figure.add_subplot()
        axes.set_xscale("log")
        axes.axvline(1, color=INK, linewidth=1.0, zorder=1)
        axes.hlines(rows, low, high, color=colours, linewidth=1.8, zorder=2)
        axes.scatter(
            np.clip(hazard.ratio, 0.02, 50),
            rows,
            s=26,
            facecolors=colours,
            edgecolors="white",
            linewidths=0.6,
            zorder=3,
        )
        axes.set_yticks(rows, [term_name(name, hazard) for name in hazard.terms])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        ticks = [tick for tick in (0.02, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50) if low.min() / 1.5 <= tick <= high.max() * 1.5]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
        axes.minorticks_off()
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set_xlabel("hazard ratio" if hazard.link == "cloglog" else "odds ratio")
    return figure


def threshold_panel(found: Findings) -> Figure:
    """Network thresholds: the share of those looked to that had adopted a period before each adoption."""
    with figure_style():
        figure = new_figure(PANEL_INCHES, HEIGHT)
        axes = figure.add_subplot()
        bins = np.linspace(0, 1, 11)
        width = 0.09 / max(1, len(found.layers))
        for i, layer in enumerate(found.layers):
            values = layer.threshold_lagged[np.isfinite(layer.threshold_lagged)]
            counts, _ = np.histogram(values, bins)
            axes.bar(
                100 * (bins[:-1] + 0.005 + width * (i + 0.5)),
                counts,
                100 * width,
                color=colour_of(i + 1),
                label=legend_label(
                    f"{group_name('', layer.ties.name)} (mean {100 * values.mean():.0f} %)"
                    if len(values)
                    else group_name("", layer.ties.name)
                ),
            )
        axes.set_xlim(0, 100)
        axes.grid(axis="y")
        axes.set_xlabel("of those looked to, had adopted before (%)")
        axes.set_ylabel("adopters")
        axes.set_ylim(0, 1.3 * axes.get_ylim()[1])
        axes.legend(loc="best", fontsize=8, frameon=False)
    return figure


def figure_makers(found: Findings) -> dict[str, Callable[[], Figure]]:
    """Return name -> function that makes the figure, for what these findings hold."""
    observed = found.observed
    makers: dict[str, Callable[[], Figure]] = {"curve": lambda: curve_panel(found)}
    if found.curve is not None:
        makers["hazard"] = lambda: hazard_panel(found)
    for comparison in found.comparisons:
        if len(comparison.curves) <= MOST_CURVES:
            makers[f"groups_{comparison.column}"] = lambda c=comparison: groups_curve_panel(c, observed)  # type: ignore[misc]
        if np.isfinite(comparison.test.high95).any():
            makers[f"expected_{comparison.column}"] = lambda c=comparison: groups_ratio_panel(c)  # type: ignore[misc]
    for layer in found.layers:
        makers[f"clustering_{layer.ties.name}"] = lambda layer=layer: moran_panel(layer, observed)  # type: ignore[misc]
    if found.layers and any(np.isfinite(layer.threshold_lagged).any() for layer in found.layers):
        makers["thresholds"] = lambda: threshold_panel(found)
    if found.hazard is not None:
        makers["effects"] = lambda: effects_panel(found.hazard)  # type: ignore[arg-type]
    return makers
