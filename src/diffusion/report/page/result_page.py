"""The result page: one self-contained HTML file with the question, the answer, the evidence and the limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from diffusion.analysis.economics.acceptability import acceptability
from diffusion.analysis.economics.appraisal import patients_benefiting, spending_and_savings
from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.groups import gains
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.analysis.results.tables import ResultTables
from diffusion.experiments.searches.spending import Spending, spending_page_table
from diffusion.report.figures.costs import acceptability_panel, plane_panel
from diffusion.report.figures.curves import band_panel, difference_bands, difference_panel, levels_panel
from diffusion.report.figures.gains import gains_panel, group_label, levels_by_group_panel
from diffusion.report.figures.maps import can_map, lottery_panel, map_panel
from diffusion.report.figures.stages import stages_panel
from diffusion.report.figures.style import inline_svg
from diffusion.report.page.cells import certainty_table, options_table, outcomes_table, payments_table
from diffusion.report.page.costs_section import (
    appraisal_table,
    appraisals,
    can_appraise,
    discount_table,
    effects_table,
    payers_table,
    split_sentences,
    worth_axis,
)
from diffusion.report.page.displacement_section import displacement_sentences, displacement_table
from diffusion.report.page.equity_section import (
    ahsn_table,
    equity_comparison,
    equity_table,
    groups_table,
    laggards_table,
)
from diffusion.report.page.sure_section import PARAMETERS, chance_sentences, choice_table, grades_table
from diffusion.report.words.answer import answer_sentences, detail_sentences, foremost, question
from diffusion.report.words.labels import end_of, month_name, scenario_labels, start_of
from diffusion.report.words.limits import limits_for
from diffusion.report.words.options import options_text
from diffusion.report.words.sentences import change_sentence, gains_sentence, gap_sentence, milestone

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from diffusion.report.page.ablation_section import AblationSection
    from diffusion.report.page.study_section import StudySection

OTHER_OUTCOMES = (
    "use_weighted_share_pct",
    "ever_adopted_share_pct",
    "organisations_using",
    "patients_benefiting_total",
    "bad_adopter_pairs",
)
MONEY_OUTCOMES = (
    "net_cost_trust_gbp",
    "net_cost_commissioner_gbp",
    "net_cost_national_gbp",
    "net_cost_ahsn_gbp",
    "system_npv_gbp",
)


#: A number and its sign, or pound and million, never part at the end of a line.
KEEP_TOGETHER = re.compile(r"(\d|£) (%|million)")


class Reproduction(NamedTuple):
    """What a reader needs to run it again."""

    command: str
    version: str
    git: str
    hashes: tuple[tuple[str, str], ...]
    world_hashes: tuple[tuple[str, str], ...]


class Picture(NamedTuple):
    """An inline figure with the text that says what it shows."""

    svg: str
    caption: str


class Pictures:
    """Makes inline figures with distinct ids."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, figure: Figure, title: str, description: str, caption: str = "") -> Picture:
        self._count += 1
        return Picture(inline_svg(figure, f"figure{self._count}", title, description), caption)


@cache
def environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("diffusion.report.page", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _gain_sentences(tables: Sequence[ResultTables], grouping: str) -> list[str]:
    sentences = []
    for label, table in zip(scenario_labels(tables)[1:], tables[1:]):
        gain = gains(table, tables[0], grouping)
        sentences.append(gains_sentence(label, gain, [group_label(grouping, name, 60) for name in gain.names]))
    return sentences


def _pictures(tables: Sequence[ResultTables], comparison: Comparison) -> dict[str, list[Picture]]:
    labels = scenario_labels(tables)
    make = Pictures()
    several = len(tables) > 1
    compared = range(1, len(tables))
    table_hint = "The numbers are in the tables on this page and in the folder tables."
    pictures: dict[str, list[Picture]] = {
        name: [] for name in ("main", "map", "lottery", "costs", "ahsn", "sector", "innovation")
    }
    if several:
        pictures["main"] = [
            make(
                levels_panel(tables),
                "Mean adopter share over time by option",
                table_hint,
                f"Mean adopter share. Grey band: middle 80 % of runs of {labels[0]}.",
            ),
            make(
                difference_panel(tables),
                f"Change of adopter share from {labels[0]} over time",
                table_hint,
                f"Paired change from {labels[0]}. Bands: {difference_bands(tables)} of the mean.",
            ),
        ]
    pictures["bands"] = [
        make(band_panel(tables, i), f"Spread of runs: {label}", table_hint) for i, label in enumerate(labels)
    ]
    pictures["stages"] = [
        make(stages_panel(tables, i), f"Stages over time: {label}", table_hint) for i, label in enumerate(labels)
    ]
    if can_map(tables[0]):
        pictures["map"] = [
            make(map_panel(tables, i), f"Map of trusts: {labels[i]}", "Points at the headquarters of trusts.")
            for i in (compared if several else (0,))
        ]
        if several:
            pictures["lottery"] = [
                make(
                    lottery_panel(tables, i),
                    f"Map of adopter shares: {labels[i]}",
                    "Points at the headquarters of trusts, coloured by the share of innovations adopted.",
                )
                for i in (0, foremost(comparison))
            ]
    if can_appraise(tables) and all("patients_benefiting" in table.monthly for table in tables):
        pictures["costs"] = _cost_pictures(tables, make)
    for grouping in ("ahsn", "sector", "innovation"):
        if several:
            pictures[grouping] = [
                make(gains_panel(tables, i, grouping), f"Change by {grouping}: {labels[i]}", sentence)
                for i, sentence in zip(compared, _gain_sentences(tables, grouping))
            ]
        else:
            pictures[grouping] = [
                make(levels_by_group_panel(tables[0], grouping), f"Adopter share by {grouping}", table_hint)
            ]
    return pictures


def _cost_pictures(tables: Sequence[ResultTables], make: Pictures) -> list[Picture]:
    import numpy as np

    labels = scenario_labels(tables)
    chosen = discount_set(SHOWN[0])
    found = appraisals(tables, chosen)
    patients = [item.patients for item in found if item.patients is not None]
    flows = [spending_and_savings(table, chosen) for table in tables]
    curves = acceptability(
        np.stack([patients_benefiting(table, chosen) for table in tables]),
        np.stack([leaves - enters for leaves, enters in flows]),
        worth_axis(tables),
    )
    return [
        make(
            plane_panel(
                patients, [-item.npv for item in found], labels[1:], "extra patients benefiting (thousand)", 1e3
            ),
            "Cost-effectiveness plane",
            "Each small point is one run; the table above has the means.",
            f"Each small point: one run against {labels[0]}. Large: the mean. Chance only.",
        ),
        make(
            acceptability_panel(curves, labels, "worth of one extra patient benefiting (£)"),
            "Cost-effectiveness acceptability curves",
            "Runs in which each option has the highest net benefit.",
            "Share of runs in which the option has the highest net benefit, by what one extra patient is worth. "
            "Bands: 95 % interval. Chance only, not doubt about assumptions.",
        ),
    ]


def _sections(tables: Sequence[ResultTables], comparison: Comparison) -> dict[str, Any]:
    """Return what the sections on gains, costs and certainty show where there are options to compare."""
    labels = scenario_labels(tables)
    names = {outcome.name for outcome in comparison.outcomes}
    differences = range(1, len(tables))
    equity = equity_comparison(tables, comparison)
    priced = can_appraise(tables)
    slope = "slope_deprivation_pp"
    return {
        "equity": equity_table(tables, equity),
        "groups": groups_table(tables),
        "laggards": laggards_table(tables),
        "ahsn_table": ahsn_table(tables) if len(tables) > 1 else None,
        "ahsn_sentences": _gain_sentences(tables, "ahsn"),
        "innovation_sentences": _gain_sentences(tables, "innovation"),
        "gap_sentences": [gap_sentence(labels[i], comparison.difference("gap_centres_pp", i)) for i in differences]
        if "gap_centres_pp" in names
        else [],
        "slope_sentences": [change_sentence(labels[i], labels[0], equity.difference(slope, i)) for i in differences]
        if slope in equity.values
        else [],
        "displacement": displacement_table(tables),
        "displacement_sentences": displacement_sentences(tables),
        "appraisal": appraisal_table(tables) if priced else None,
        "effects": effects_table(tables) if priced else None,
        "discounts": discount_table(tables) if priced else None,
        "payers": payers_table(tables) if priced else None,
        "money_sentences": [
            change_sentence(labels[i], labels[0], comparison.difference("system_npv_gbp", i)) for i in differences
        ]
        if "system_npv_gbp" in names
        else [],
        "split_sentences": split_sentences(tables) if priced else [],
        "choice": choice_table(tables, comparison),
        "chance_sentences": chance_sentences(tables, comparison),
        "grades": grades_table(tables),
        "parameters": PARAMETERS,
    }


def render_page(
    tables: Sequence[ResultTables],
    comparison: Comparison,
    reproduction: Reproduction,
    bought: Sequence[Spending] | None = None,
    study: StudySection | None = None,
    ablation: AblationSection | None = None,
) -> str:
    """Return the page as HTML text; the same results give the same text."""
    several = len(tables) > 1
    names = {outcome.name for outcome in comparison.outcomes}
    money = outcomes_table(tables, comparison, MONEY_OUTCOMES) if names & set(MONEY_OUTCOMES) else None
    if money is not None:
        money = money._replace(caption="Net cost by payer and net present value, whole period")
    level = milestone(comparison)
    others = (*OTHER_OUTCOMES, f"months_to_{level}_pct") if level else OTHER_OUTCOMES
    context = {
        "question": question(tables),
        "labels": scenario_labels(tables),
        "several": several,
        "answer": answer_sentences(tables, comparison),
        "details": detail_sentences(tables, comparison),
        "period": f"{month_name(start_of(tables[0]))} to {month_name(end_of(tables[0]))}",
        "replicates": comparison.replicates,
        "seed": tables[0].seed,
        "world": tables[0].world,
        "options": options_table(tables, comparison),
        "others": outcomes_table(tables, comparison, others),
        "pictures": _pictures(tables, comparison),
        "money": money,
        "budget": None if not bought else spending_page_table(comparison, bought),
        "payments": payments_table(tables),
        "certainty": certainty_table(tables, comparison) if several else None,
        "levers": options_text(tables),
        "limits": limits_for(tables),
        "reproduction": reproduction,
        "main_outcome": OUTCOME_BY_NAME[MAIN_OUTCOME],
        "study": study,
        "ablation": ablation,
    } | _sections(tables, comparison)
    text = str(environment().get_template("page.html.j2").render(context))
    return KEEP_TOGETHER.sub("\\1\u00a0\\2", text)
