"""The parameters on the page: what a study of them says of the options, from the folder of its sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.analysis.economics.acceptability import Acceptability, acceptability, net_benefit
from diffusion.analysis.economics.regret import rank_reversals, regret
from diffusion.analysis.results.intervals import Estimate, band, estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.analysis.uncertainty.draws import Study, complete
from diffusion.analysis.uncertainty.smooth import MINIMUM_DRAWS
from diffusion.analysis.uncertainty.switching import Switch, switching_values
from diffusion.analysis.uncertainty.value_of_information import Bounds, clear_among, evpi_bounds, evppi_by_parameter
from diffusion.arrays import Floats
from diffusion.errors import InputError
from diffusion.report.figures.style import plain, signed
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.words.labels import option_words

EFFECT, VALUE = "patients_benefiting_total", "system_npv_gbp"
#: Rows of the tables of single parameters.
TOP = 10
#: What an extra patient may be worth in GBP in the curves; health is not valued in the model.
WORTH_GBP = np.linspace(0.0, 1_000.0, 41)
_M = 1e-6
#: Values of knowing one parameter whose interval stays below this, in GBP million, are not listed.
SHOWN_FROM = 0.05


class StudySection(NamedTuple):
    """What the page shows of a study."""

    lead: str
    sentences: list[str]
    tables: list[PageTable]
    pictures: list[Picture]


class Picture(NamedTuple):
    """An inline figure with the text that says what it shows."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Findings:
    """What a study says: options by draw, value of information in GBP of net present value, switches.

    ``labels`` name the factors, ``starts`` are their defaults. ``curves`` and ``evpi_by_worth`` are over WORTH_GBP.
    ``switches`` hold (option, other, factor, switch) in the main outcome.
    """

    study: Study
    labels: Mapping[str, str]
    starts: Mapping[str, float]
    curves: Acceptability
    evpi: Bounds
    evpi_by_worth: tuple[Bounds, ...]
    evppi: Mapping[str, Estimate]
    switches: tuple[tuple[str, str, str, Switch], ...]

    @property
    def tried(self) -> int:
        return len(self.evppi)

    def clear(self, name: str) -> bool:
        """Whether a value of knowing this parameter may be claimed among so many."""
        return clear_among(self.evppi[name], self.tried)


def read_findings(folder: Path) -> Findings:
    """Return what the sweep in ``folder`` says.

    Raises
    ------
    InputError
        If there is no sweep, an outcome is missing, too few draws are complete, or there is nothing to compare.
    """
    from diffusion.experiments.searches.sensitivity import read_cube
    from diffusion.experiments.study.bound_factors import axes_of
    from diffusion.experiments.sweep.folder import open_sweep
    from diffusion.experiments.sweep.read import read_runs

    design = open_sweep(folder).design
    needed = (MAIN_OUTCOME, EFFECT, VALUE)
    if missing := [name for name in needed if name not in design.study.outcomes]:
        raise InputError(
            f"the study does not keep the outcome '{missing[0]}'",
            file=folder,
            key="--study",
            expected=f"a study with the outcomes {', '.join(needed)}",
            suggestion="for example experiments/uncertainty",
        )
    if len(design.scenarios) < 2:
        raise InputError(
            "the study has one scenario",
            file=folder,
            key="--study",
            expected="two or more to choose from",
            suggestion="for example experiments/uncertainty",
        )
    factors, labels, starts = {}, {}, {}
    for axis in axes_of(design.study):
        column = design.draws.column(axis.name).to_pylist()
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in column):
            continue
        factors[axis.name] = np.array(column, dtype=np.float64)
        labels[axis.name] = _factor_words(axis.name, axis.label) + (f", {axis.unit}" if axis.unit else "")
        value = 1.0 if axis.spec.multiply else axis.info.value
        starts[axis.name] = float(value) if isinstance(value, int | float) else float(np.median(factors[axis.name]))
    try:
        study = complete(design.scenarios, factors, read_cube(design, read_runs(folder), needed))
    except ValueError as error:
        raise InputError(
            str(error),
            file=folder,
            key="--study",
            expected="a sweep with complete draws",
            suggestion=f"go on with it: diffusion sweep run {folder}",
        ) from None
    if study.draws < MINIMUM_DRAWS:
        raise InputError(
            f"{study.draws} draws are complete",
            file=folder,
            key="--study",
            expected=f"at least {MINIMUM_DRAWS}",
            suggestion="draw more, or let the sweep finish",
        )
    return findings(replace(study, scenarios=tuple(option_words(study.scenarios))), labels, starts)


def _factor_words(name: str, label: str) -> str:
    """Return a factor's name; a lever's strength by the lever it is of."""
    parts = name.split(".")
    if parts[0] == "levers" and parts[-1] == "strength":
        return f"strength of {parts[1].replace('-', ' ')}"
    return label


def findings(study: Study, labels: Mapping[str, str], starts: Mapping[str, float]) -> Findings:
    """Return what a study with the outcomes adopter share, patients and net present value says."""
    value, effect = study.outcomes[VALUE], study.outcomes[EFFECT]
    varied = study.varied()
    curves = acceptability(study.by_draw(EFFECT), -study.by_draw(VALUE), WORTH_GBP)
    by_worth = tuple(evpi_bounds(net_benefit(effect, -value, float(worth))) for worth in WORTH_GBP)
    switches = []
    for option, other in _pairs(study):
        found = switching_values(varied, study.difference(MAIN_OUTCOME, option, other), starts)
        switches += [(option, other, name, switch) for name, switch in found.items() if switch.switches]
    return Findings(
        study,
        labels,
        starts,
        curves,
        by_worth[0],
        by_worth,
        evppi_by_parameter(study.by_draw(VALUE), varied),
        tuple(switches),
    )


def _pairs(study: Study) -> list[tuple[str, str]]:
    """Return every option against the first, and the best of the main outcome against the second best."""
    means = study.by_draw(MAIN_OUTCOME).mean(axis=1)
    order = [study.scenarios[i] for i in np.argsort(-means, kind="stable")]
    pairs = [(name, study.scenarios[0]) for name in study.scenarios[1:]]
    top = (order[0], order[1])
    return pairs if top in pairs or top[::-1] in pairs else [*pairs, top]


def section_of(found: Findings) -> StudySection:
    """Return the section of the page: lead, sentences, tables and figures."""
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


def read_study_section(folder: Path) -> StudySection:
    """Return the section of the sweep in ``folder``; raises InputError as :func:`read_findings`."""
    return section_of(read_findings(folder))


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
    from diffusion.report.figures.costs import acceptability_panel, plane_panel
    from diffusion.report.figures.study import evpi_panel, evppi_panel, switch_panel
    from diffusion.report.figures.style import inline_svg

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
    return [
        Picture(inline_svg(figure, f"study{i}", title, caption), caption)
        for i, (figure, title, caption) in enumerate(drawn)
    ]
