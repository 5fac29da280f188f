"""The result page: one self-contained HTML file with the question, the answer, the evidence and the limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.page.cells import PagePart, certainty_table, options_table, outcomes_table, payments_table
from diffusion.report.page.costs_section import (
    appraisal_table,
    can_appraise,
    discount_table,
    effects_table,
    payers_table,
    split_sentences,
)
from diffusion.report.page.displacement_section import displacement_sentences, displacement_table
from diffusion.report.page.equity_section import (
    ahsn_table,
    equity_comparison,
    equity_table,
    groups_table,
    laggards_table,
)
from diffusion.report.page.html import fill
from diffusion.report.page.result_pictures import gain_sentences, result_pictures
from diffusion.report.page.spending_section import spending_page_table
from diffusion.report.page.sure_section import PARAMETERS, chance_sentences, choice_table, grades_table
from diffusion.report.words.answer import answer_sentences, detail_sentences, question
from diffusion.report.words.labels import end_of, month_name, scenario_labels, start_of
from diffusion.report.words.limits import limits_for
from diffusion.report.words.options import options_text
from diffusion.report.words.reproduction import Reproduction
from diffusion.report.words.sentences import change_sentence, gap_sentence, milestone

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Spending
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


def _sections(tables: Sequence[ResultTables], comparison: Comparison) -> dict[str, object]:
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
        "ahsn_sentences": gain_sentences(tables, "ahsn"),
        "innovation_sentences": gain_sentences(tables, "innovation"),
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
    why: Sequence[PagePart] = (),
    why_note: str = "",
) -> str:
    """Return the page as HTML text; the same results give the same text."""
    tables = joined(tables)
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
        "pictures": result_pictures(tables, comparison),
        "money": money,
        "budget": None if not bought else spending_page_table(comparison, bought, scenario_labels(tables)),
        "payments": payments_table(tables),
        "certainty": certainty_table(tables, comparison) if several else None,
        "levers": options_text(tables),
        "limits": limits_for(tables),
        "reproduction": reproduction,
        "main_outcome": OUTCOME_BY_NAME[MAIN_OUTCOME],
        "study": study,
        "ablation": ablation,
        "why": why,
        "why_note": why_note,
    } | _sections(tables, comparison)
    return fill("page.html.j2", context)
