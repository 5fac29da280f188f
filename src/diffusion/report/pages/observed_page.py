"""The page on observed adoption: one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diffusion.analysis.findings import Comparison, Findings, LayerFindings
from diffusion.analysis.observed.times import BEFORE, NON_ADOPTER, ROGERS, Adoption
from diffusion.report.evidence_words.observed_words import (
    CLEAR,
    FITS,
    answer,
    group_name,
    interval,
    layer_credit,
    no_interval,
    number,
    p_text,
    period_name,
    term_name,
    unit_of,
    words_of,
)
from diffusion.report.figures.observed import figure_makers
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.page.html import Picture, Pictures, fill
from diffusion.report.words.numbers import plain
from diffusion.report.words.sentences import list_of

LIMITS: tuple[str, ...] = (
    "Push from outside (p) and example by others (q) cannot be told apart from one adoption curve: a push that grows "
    "with time gives the same S-shape.",
    "Organisations that look to one another are also alike and under the same pushes: neither clustering nor exposure "
    "proves that one influenced the other. A table of earlier adopters says who could have, not who did.",
    "Intervals of Bass curves take times of adoption as independent of one another. Where adopters really draw others, "
    "counts vary more than that, and the intervals are too narrow; the hazard regressions condition on what had "
    "happened before and do not have this fault.",
    "What is not adopted by the end of the data may be adopted later: nothing here says “never”.",
    "Many groups and networks are looked at; at 95 % about one in twenty would stand out by chance alone. Results for "
    "a single organisation are illustrative.",
)


def question(findings: Sequence[Findings]) -> str:
    """Return the question that the page answers."""
    names = list(dict.fromkeys(found.observed.innovation.split(",")[0] for found in findings))
    what = list_of(names) if len(names) <= 3 else f"{len(names)} innovations"
    compared = any(found.comparisons or found.layers for found in findings)
    return f"How did {what} spread{', and what tells who adopts early' if compared else ''}?"


def bass_table(found: Findings, likelihood: bool) -> PageTable | None:
    """The fits of the Bass model with their intervals: those by maximum likelihood, or those by least squares."""
    rows = []
    for name, fit in found.bass.items():
        if (fit.method == "maximum likelihood") != likelihood:
            continue
        profile = found.profile if name == "censored" else {}
        cells = []
        for key in ("p", "q"):
            low, high = profile.get(key, (fit.low95.get(key, np.nan), fit.high95.get(key, np.nan)))
            cells.append(Cell(number(getattr(fit, key)), _range(low, high) or _why_none(found, name, key)))
        key = "c" if np.isfinite(fit.market_share) else "m"
        scale = found.observed.population if key == "c" else 1.0
        low, high = (
            scale * bound for bound in profile.get(key, (fit.low95.get(key, np.nan), fit.high95.get(key, np.nan)))
        )
        cells.append(Cell(_adopters(fit.market), _range(low, high, _adopters) or "taken as given"))
        head = FITS[name][:1].upper() + FITS[name][1:]
        rows.append((head, cells))
    if not rows:
        return None
    unit = unit_of(found)
    fit = next(iter(found.bass.values()))
    who = f", by when {plain(found.observed.before, 0)} had adopted" if fit.before else ""
    note = (
        "Small print: 95 % interval "
        f"({'profile likelihood' if likelihood else 'Wald, t'}), or a word in its place. "
        f"Time runs from the end of {period_name(found, found.origin)}{who}."
    )
    return PageTable(
        "Fits of the Bass model" + ("" if likelihood else " by least squares"),
        ("Fit", f"p per {unit}", f"q per {unit}", "Adopters in the end"),
        rows,
        note,
    )


def _why_none(found: Findings, fit: str, key: str) -> str:
    """Say why a parameter has no interval: by least squares, where the fit lies at a bound or its curvature is flat."""
    if fit == "censored":
        return no_interval(found, key)
    if found.bass[fit].method != "maximum likelihood":
        return "no interval: as many parameters as counts, or a flat sum of squares"
    if key == "q" and found.bass[fit].q == 0:
        return "no interval: q = 0 is taken as given"
    return "no interval: the likelihood is nearly flat"


def _adopters(value: float) -> str:
    if not np.isfinite(value):
        return "cannot be told"
    return plain(value, 0 if abs(value) >= 20 or value == round(value) else 1)


def _range(low: float, high: float, show: Callable[[float], str] = number) -> str:
    """Return the interval, nothing where there is none."""
    return "" if np.isnan(low) or np.isnan(high) else interval(low, high, show)


def groups_table(comparison: Comparison) -> PageTable:
    """Organisations, adoptions, expectation and Bass fit by group."""
    test, rows = comparison.test, []
    several = bool(comparison.bass)
    for i in np.argsort(-np.nan_to_num(test.ratio, nan=-1.0), kind="stable"):
        clear = bool(test.low95[i] > 1 or test.high95[i] < 1)
        cells = [
            Cell(str(test.organisations[i])),
            Cell(str(test.observed[i])),
            Cell(number(float(test.expected[i]))),
            Cell(number(float(test.ratio[i])), _range(float(test.low95[i]), float(test.high95[i])), clear),
        ]
        if several:
            fit = comparison.bass.get(test.groups[i])
            cells += (
                [Cell(number(fit.p)), Cell(number(fit.q)), Cell(f"{100 * fit.market_share:.0f} %")]
                if fit
                else [Cell("–")] * 3
            )
        rows.append((group_name(comparison.column, test.groups[i]), cells))
    heads: tuple[str, ...] = ("Group", "Organisations", "Adopted", "Expected", "Adopted / expected")
    heads += ("p", "q", "Adopt in the end") if several else ()
    note = (
        f"Log-rank test that all speeds are equal: {p_text(test.p_value)}. Expected: at the hazards of all together. "
        "Small print: exact 95 % interval; pale: it includes 1."
    )
    if np.isfinite(comparison.bass_p_value):
        note += f" One Bass curve for all these groups: {p_text(comparison.bass_p_value)}."
    return PageTable(f"By {words_of(comparison.column)}", heads, rows, note)


def networks_table(found: Findings) -> PageTable | None:
    """Clustering and dependence on structure by network."""
    if not found.layers:
        return None
    rows = []
    for layer in found.layers:
        known = np.flatnonzero(np.isfinite(layer.moran.observed))
        last = known[-1] if len(known) else 0
        index, p = float(layer.moran.observed[last]), float(layer.moran.p_value[last])
        low, high = float(layer.moran.low95[last]), float(layer.moran.high95[last])
        cells = [Cell(f"{len(layer.ties.source):,}"), _against_chance(index, low, high, p)]
        cells += [_against_chance(test.observed, test.low95, test.high95, test.p_value) for test in layer.tests]
        cells += [Cell("not done", "", False)] * (2 - len(layer.tests))
        rows.append((words_of(layer.ties.name), cells))
    heads = (
        "Network",
        "Ties",
        "Moran’s I, last period in which not all had adopted",
        "Excess exposure of adopters, histories dealt out anew",
        "The same, ties rewired",
    )
    note = (
        "Small print: middle 95 % at random and p value. Pale: not clear. Excess exposure: share of those looked to "
        "that had adopted a period before, less the mean of all at risk in that period."
    )
    if found.observed.strata_column:
        within = words_of(found.observed.strata_column)
        note += f" At random: histories dealt out within groups of {within}; ties rewired would leave them."
    return PageTable("Clustering and exposure", heads, rows, note)


def _against_chance(value: float, low: float, high: float, p: float) -> Cell:
    if not np.isfinite(value) or not np.isfinite(p):
        return Cell("cannot be told", "", False)
    return Cell(number(value), f"{number(low)} to {number(high)}; {p_text(p)}", p < CLEAR)


def effects_table(found: Findings) -> PageTable | None:
    """Hazard ratios."""
    h = found.hazard
    if h is None:
        return None
    rows = [
        (
            term_name(name, h),
            [Cell(number(float(r)), _range(float(a), float(b)), bool(p < CLEAR)), Cell(p_text(float(p)))],
        )
        for name, r, a, b, p in zip(h.terms, h.ratio, h.low95, h.high95, h.p_value)
    ]
    note = (
        f"Discrete-time regression (complementary log-log, {h.baseline} baseline) on {h.rows:,} organisation-periods "
        f"at risk with {h.events} adoptions" + (f"; {h.dropped} left out for missing values" if h.dropped else "") + "."
    )
    if found.observed.strata_column:
        within = words_of(found.observed.strata_column)
        note += f" Compared within groups of {within}, with standard errors robust to dependence within each."
    return PageTable("What goes with faster adoption", ("Term", "Hazard ratio", "p value"), rows, note)


def own_hazard_table(found: Findings) -> PageTable | None:
    """p, q by network and beta."""
    b = found.bass_hazard
    if b is None:
        return None
    rows = [
        (_parameter(name), [Cell(number(float(v)), _range(float(lo), float(hi)))])
        for name, v, lo, hi in zip(b.names, b.value, b.low95, b.high95)
    ]
    note = (
        "The simulator’s own form, rate = (p + Σ q × exposure) × exp(β × covariate), by maximum likelihood; covariates "
        "centred. Where an estimate is 0, the upper end is a one-sided 95 % bound."
    )
    return PageTable("As parameters of the simulator", ("Parameter", f"Estimate, per {unit_of(found)}"), rows, note)


def _parameter(name: str) -> str:
    if name == "p":
        return "p, push on all"
    if name == "q_everyone":
        return "q, example of all organisations"
    return f"q, example within {words_of(name[2:])}" if name.startswith("q_") else f"β, {words_of(name)}"


def classes_table(found: Findings) -> PageTable | None:
    """Classes of Rogers."""
    if not found.classes:
        return None
    total = len(found.classes)
    rows = [
        (
            name.capitalize(),
            [Cell(str(found.classes.count(name))), Cell(f"{100 * found.classes.count(name) / total:.0f} %")],
        )
        for name in (*ROGERS, NON_ADOPTER, BEFORE)
        if name != BEFORE or BEFORE in found.classes
    ]
    note = (
        "Bounds at the mean time of the adoptions seen and 1 and 2 standard deviations before, 1 after; they move as "
        "more adopt."
    )
    return PageTable("Adopters by class (Rogers)", ("Class", "Organisations", "Share"), rows, note)


def sources_table(found: Findings, layer: LayerFindings, most: int = 8) -> PageTable | None:
    """Organisations that could have set the example for most others."""
    credit = layer_credit(layer)
    order = [i for i in np.argsort(-credit, kind="stable")[:most] if credit[i] > 0]
    adoption = found.observed.adoption
    if not order or adoption is None:
        return None
    followers = np.bincount(layer.sources.source, minlength=layer.ties.n)
    rows = [
        (
            found.observed.names[i].title()
            if found.observed.names[i].isupper() and len(found.observed.names[i]) > 8
            else found.observed.names[i],
            [Cell(_when(found, adoption, int(i))), Cell(str(followers[i])), Cell(number(float(credit[i])))],
        )
        for i in order
    ]
    note = "Credit: each later adoption is shared out over the earlier adopters it looked to, by weight of ties."
    heads = ("Organisation", "Adopted", "Later adopters that look to it", "Credit, adoptions")
    return PageTable(f"Earlier adopters in the network {words_of(layer.ties.name)}", heads, rows, note)


def _when(found: Findings, adoption: Adoption, i: int) -> str:
    if adoption.already[i]:
        return f"before {period_name(found, adoption.first)}"
    return period_name(found, int(adoption.time[i]))


DESCRIPTIONS = {
    "curve": "Adopters so far. Line: right-censored Bass curve; dotted: adopters so far taken as the whole market.",
    "hazard": "Of those at risk, how many adopt in each period; bars: 95 % interval (Wilson); line: the Bass curve’s.",
    "groups": "Share that has adopted (product-limit estimate), bands: 95 % interval.",
    "expected": "Adoptions over those expected at the speeds of all together, exact 95 % interval. Grey: includes 1.",
    "clustering": "Moran’s I of having adopted, against the same adopters dealt out at random.",
    "thresholds": "Network thresholds: how many of those looked to had adopted a period before.",
    "effects": "Hazard ratios with 95 % interval. Grey: includes 1.",
}


#: Where a kind of figure stands on the page; others stand with the networks.
_PLACE = {"curve": "curve", "hazard": "curve", "groups": "groups", "expected": "groups", "effects": "effects"}


def render_analysis(findings: Sequence[Findings], command: str, version: str, files: Sequence[tuple[str, str]]) -> str:
    """Return the page as HTML text; the same findings give the same text."""
    make = Pictures()
    sections: list[dict[str, object]] = []
    for found in findings:
        pictures: dict[str, list[Picture]] = {key: [] for key in ("curve", "groups", "networks", "effects")}
        for name, figure in figure_makers(found).items():
            kind = name.split("_")[0]
            text = DESCRIPTIONS[kind]
            picture = make(figure(), f"{text.split('.')[0]}: {found.observed.innovation}", text, text)
            pictures[_PLACE.get(kind, "networks")].append(picture)
        sections.append(
            {
                "title": found.observed.innovation,
                "period": f"{period_name(found, found.observed.first)} to {period_name(found, found.observed.last)}",
                "answer": answer(found),
                "pictures": pictures,
                "bass": bass_table(found, True),
                "squares": bass_table(found, False),
                "groups": [groups_table(c) for c in found.comparisons],
                "networks": networks_table(found),
                "effects": effects_table(found),
                "own": own_hazard_table(found),
                "classes": classes_table(found),
                "sources": [t for layer in found.layers if (t := sources_table(found, layer)) is not None],
                "notes": [note[:1].upper() + note[1:] + "." for note in _notes(found)],
                "source": found.observed.source,
            }
        )
    context = {
        "question": question(findings),
        "sections": sections,
        "limits": LIMITS,
        "command": command,
        "version": version,
        "files": files,
        "seed": findings[0].options.seed,
        "draws": findings[0].options.draws,
        "lag": findings[0].options.lag,
        "unit": unit_of(findings[0]),
        "networks": any(found.layers for found in findings),
    }
    return fill("analyse.html.j2", context)


def _notes(found: Findings) -> list[str]:
    notes = list(found.notes)
    notes += [note for fit in found.bass.values() if fit.method == "maximum likelihood" for note in fit.notes]
    for fitted in (found.hazard, found.bass_hazard):
        notes += list(fitted.notes) if fitted is not None else []
    return list(dict.fromkeys(notes))
