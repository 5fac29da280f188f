"""The parameters on the page: what a study of them says of the options."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from diffusion.analysis.economics.regret import rank_reversals, regret
from diffusion.analysis.results.intervals import Estimate, band, estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.arrays import Floats
from diffusion.experiments.searches.study_findings import EFFECT, VALUE, WORTH_GBP, Findings
from diffusion.report.figures.costs import acceptability_panel, plane_panel
from diffusion.report.figures.study import evpi_panel, evppi_panel, switch_panel
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.page.html import Picture, Pictures
from diffusion.report.words.labels import option_words
from diffusion.report.words.numbers import plain, signed

#: Rows of the tables of single parameters.
TOP = 10
_M = 1e-6
#: Values of knowing one parameter whose interval stays below this, in GBP million, are not listed.
SHOWN_FROM = 0.05


class StudySection(NamedTuple):
    """What the page shows of a study."""

    lead: str
    sentences: list[str]
    tables: list[PageTable]
    pictures: list[Picture]


def section_of(found: Findings) -> StudySection:
    """Return the section of the page: lead, sentences, tables and figures."""
    found = in_words(found)
    study = found.study
    lead = (
        f"A study drew {len(study.varied())} parameters {study.draws:,} times from their plausible ranges, each draw "
        f"with {study.replicates} runs of every option on the same chance."
    )
    tables = [
        options_table(found),
        information_table(found),
        reversals_table(found),
        switches_table(found),
    ]
    return StudySection(lead, sentences(found), tables, pictures(found))


def in_words(found: Findings) -> Findings:
    """Return the findings with the names of the options as readers see them."""
    study = found.study
    named = dict(zip(study.scenarios, option_words(study.scenarios)))
    switches = tuple((named[option], named[other], name, switch) for option, other, name, switch in found.switches)
    return replace(found, study=replace(study, scenarios=tuple(named.values())), switches=switches)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def options_table(found: Findings) -> PageTable:
    """By option over draws: change of the adopter share, how often best, regret in share and in money."""
    study = found.study
    share, money = regret(study.by_draw(MAIN_OUTCOME)), regret(study.by_draw(VALUE))
    rows = []
    for i, name in enumerate(study.scenarios):
        change = Cell("reference", "", False)
        if i:
            difference = study.difference(MAIN_OUTCOME, name, study.scenarios[0])
            mean, spread = estimate_mean(difference), band(difference)
            low, high = (signed(float(x), 2) for x in (spread.low95, spread.high95))
            change = Cell(signed(float(mean.mean), 2), f"{low} to {high}", bool(spread.low95 > 0 or spread.high95 < 0))
        rows.append(
            (
                name,
                [
                    change,
                    Cell(_percent(float(share.best[i]))),
                    _plain_cell(share.mean[i], 2, 1.0),
                    Cell(_percent(float(money.best[i]))),
                    _plain_cell(money.mean[i], 1, _M),
                ],
            )
        )
    heads = (
        "Option",
        f"Change from {study.scenarios[0]}, percentage points",
        "Draws with the highest adopter share",
        "Mean regret, percentage points",
        "Draws with the highest net present value",
        "Mean regret, £ million",
    )
    note = (
        "Small print: under the change the middle 95 % of draws (pale where they include 0), under regret the 95 % "
        "interval of the mean."
    )
    return PageTable("The options over the draws of the parameters", heads, rows, note)


def _plain_cell(estimate: Estimate, decimals: int, factor: float) -> Cell:
    mean, low, high = (float(x) * factor for x in (estimate.mean, estimate.low95, estimate.high95))
    return Cell(plain(mean, decimals), f"{plain(low, decimals)} to {plain(high, decimals)}")


def worth_listing(found: Findings) -> list[str]:
    """Return the parameters of the highest value whose interval reaches a printed value above 0."""
    return [name for name, value in found.evppi.items() if float(value.high95) * _M >= SHOWN_FROM][:TOP]


def information_table(found: Findings) -> PageTable:
    """Value of perfect information, and of the single parameters that are worth most."""
    rows: list[tuple[str, list[Cell]]] = [("All parameters, upper estimate", [_plain_cell(found.evpi.upper, 1, _M)])]
    if np.isfinite(found.evpi.lower.mean):
        rows.append(("All parameters, lower estimate", [_plain_cell(found.evpi.lower, 1, _M)]))
    for name in worth_listing(found):
        cell = _plain_cell(found.evppi[name], 1, _M)
        rows.append((found.labels.get(name, name), [cell._replace(clear=found.clear(name))]))
    note = (
        "Expected gain in net present value to the public system from knowing before choosing; health is not valued. "
        "Small print: 95 % interval. Upper estimate: luck of the runs counts as knowledge. Lower: chosen by half of "
        "the runs, valued by the other half. Single parameters: by regression, chosen on other draws than valued, so "
        f"that a parameter that does not matter is near 0. Pale: not clear among {found.tried} parameters tried; "
        f"those not listed are below £{SHOWN_FROM} million."
    )
    return PageTable("What it would be worth to know", ("Parameter", "Value, £ million"), rows, note)


def reversals_table(found: Findings) -> PageTable:
    """How often the order of two options turns over the draws, and with which parameter."""
    study = found.study
    rows = []
    for row in rank_reversals(study.by_draw(MAIN_OUTCOME), study.varied()):
        name = max(row.towards, key=lambda key: abs(row.towards[key])) if row.towards else ""
        strength = signed(row.towards[name], 2) if name else ""
        rows.append(
            (
                f"{study.scenarios[row.better]} over {study.scenarios[row.worse]}",
                [Cell(_percent(row.share)), Cell(found.labels.get(name, name)), Cell(strength)],
            )
        )
    heads = (
        "Order by mean adopter share",
        "Draws in which it is turned",
        "Parameter that moves the lead most",
        "Rank correlation with the lead",
    )
    return PageTable("How stable the order is", heads, rows)


def switches_table(found: Findings) -> PageTable:
    """Single parameters that change the sign of a difference inside their range."""
    rows = []
    for option, other, name, switch in found.switches[:TOP]:
        cells = [
            Cell(found.labels.get(name, name)),
            Cell(f"{switch.start:.3g}"),
            Cell(f"{switch.at:.3g}", f"{switch.low:.3g} to {switch.high:.3g}"),
        ]
        rows.append((f"{option} or {other}", cells))
    if not rows:
        rows = [("None", [Cell("–"), Cell("–"), Cell("–")])]
    heads = ("Choice", "Parameter", "Default", "The answer changes at")
    note = (
        "Switching values in the mean adopter share over the other parameters' draws, by regression. Small print: "
        f"where the mean difference is not told from 0; intervals allow for {found.tried} parameters tried. A "
        "parameter that is not listed does not turn the answer by itself inside its plausible range, as far as these "
        "draws tell."
    )
    return PageTable("How far one parameter must move before the answer changes", heads, rows, note)


def sentences(found: Findings) -> list[str]:
    """Say how often the option of the best mean is best, what knowing is worth, and whether one parameter decides."""
    study = found.study
    share = regret(study.by_draw(MAIN_OUTCOME))
    top = share.least
    said = [
        f"{study.scenarios[top]} has the highest adopter share in {_percent(float(share.best[top]))} of the draws of "
        "the parameters."
    ]
    upper, lower = found.evpi.upper, found.evpi.lower
    most = f"£{plain(float(upper.high95) * _M, 1)} million"
    if np.isfinite(lower.mean) and float(lower.low95) > 0:
        least = f"£{plain(float(lower.low95) * _M, 1)} million"
        said.append(f"To know all parameters before choosing would be worth between {least} and {most} (95 %).")
    else:
        said.append(f"To know all parameters before choosing would be worth {most} at most (95 %).")
    name = next(iter(found.evppi), None)
    if name is not None and found.clear(name):
        value = found.evppi[name]
        low, high = (plain(float(x) * _M, 1) for x in (value.low95, value.high95))
        said.append(
            f"Of single parameters the most is gained by knowing this one: {found.labels.get(name, name)} "
            f"(£{plain(float(value.mean) * _M, 1)} million, 95 % interval {low} to {high})."
        )
    else:
        said.append("No single parameter is clearly worth knowing by itself.")
    if not found.switches:
        said.append("No single parameter turns the choice by itself inside its plausible range.")
    return said


def pictures(found: Findings) -> list[Picture]:
    """Return the figures of acceptability, plane, value of information and the nearest switch."""
    study = found.study
    first = study.scenarios[0]
    worth = "worth of one extra patient benefiting (£)"
    effects = [study.difference(EFFECT, name, first) for name in study.scenarios[1:]]
    costs: list[Floats] = [-study.difference(VALUE, name, first) for name in study.scenarios[1:]]
    names = worth_listing(found)
    drawn = [
        (acceptability_panel(found.curves, study.scenarios, worth), "Acceptability over the parameters",
         "Share of draws in which the option has the highest net benefit. Bands: 95 % interval."),
        (plane_panel(effects, costs, study.scenarios[1:], "extra patients benefiting (thousand)", 1e3),
         "Cost-effectiveness plane over the parameters",
         f"Each small point: one draw against {first}. Large: the mean."),
        (evpi_panel(WORTH_GBP, found.evpi_by_worth, worth), "Value of perfect information",
         "What it would be worth to know all parameters before choosing. The truth lies in the band."),
        (evppi_panel([found.labels.get(name, name) for name in names], [found.evppi[name] for name in names],
                     [found.clear(name) for name in names]), "Value of knowing single parameters",
         f"95 % intervals. Grey: not clear among {found.tried} parameters tried."),
    ]  # fmt: skip
    if not names:
        drawn.pop()
    if found.switches:
        option, other, name, switch = found.switches[0]
        unit = OUTCOME_BY_NAME[MAIN_OUTCOME].difference_unit
        drawn.append(
            (
                switch_panel(switch, found.labels.get(name, name), f"{option} minus {other} ({unit})"),
                "Switching value",
                f"Mean adopter share of {option} minus {other}, with its interval.",
            )
        )
    make = Pictures("study", first=0)
    return [make(figure, title, caption, caption) for figure, title, caption in drawn]
