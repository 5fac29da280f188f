"""The result page: one self-contained HTML file with the question, the answer, the evidence and the limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.groups import portfolio
from diffusion.analysis.results.joining import joined
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.followed.people_section import people_section
from diffusion.report.followed.time_section import times_section
from diffusion.report.page.asked_section import asked_table
from diffusion.report.page.cells import PagePart, certainty_table, options_table, outcomes_table, payments_table
from diffusion.report.page.changes_section import changes_sentences, changes_table, organisations
from diffusion.report.page.costs_section import (
    appraisal_table,
    can_appraise,
    discount_table,
    effects_table,
    networks_spend_all,
    payers_table,
    split_sentences,
)
from diffusion.report.page.departures_section import departures_section
from diffusion.report.page.displacement_section import displacement_sentences, displacement_table
from diffusion.report.page.equity_section import (
    ahsn_table,
    equity_comparison,
    equity_sentences,
    equity_table,
    groups_table,
    laggards_table,
)
from diffusion.report.page.funnel_section import funnel_section
from diffusion.report.page.html import fill, with_contents
from diffusion.report.page.reported_section import reported_section
from diffusion.report.page.result_pictures import gain_sentences, result_pictures, together
from diffusion.report.page.spending_section import spending_section
from diffusion.report.page.sure_section import chance_sentences, choice_table, doubt_table, grades_table
from diffusion.report.words.answer import answer_sentences, detail_sentences, question
from diffusion.report.words.doubt_words import holds
from diffusion.report.words.health_words import health_sentences
from diffusion.report.words.labels import end_of, month_name, scenario_labels, start_of, words_of
from diffusion.report.words.limits import cautions, limits_for, mismatched
from diffusion.report.words.options import options_text
from diffusion.report.words.reproduction import Reproduction
from diffusion.report.words.sentences import milestone
from diffusion.report.words.spending_words import money_answer
from diffusion.storage.departures import Told

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
    equity = equity_comparison(tables, comparison)
    priced = can_appraise(tables)
    return {
        "equity": equity_table(tables, equity),
        "groups": groups_table(tables),
        "laggards": laggards_table(tables),
        "ahsn_table": ahsn_table(tables) if len(tables) > 1 else None,
        "ahsn_sentences": together(scenario_labels(tables)[1:], gain_sentences(tables, "ahsn")),
        "innovation_sentences": together(scenario_labels(tables)[1:], gain_sentences(tables, "innovation")),
        "equity_sentences": equity_sentences(tables, comparison),
        "displacement": displacement_table(tables),
        "changes": changes_table(tables),
        "changes_sentences": changes_sentences(tables),
        "organisations": organisations(tables),
        "displacement_sentences": displacement_sentences(tables),
        "appraisal": appraisal_table(tables) if priced else None,
        "effects": effects_table(tables) if priced else None,
        "discounts": discount_table(tables) if priced else None,
        "payers": payers_table(tables) if priced else None,
        "money_sentences": health_sentences(tables, comparison),
        "split_sentences": split_sentences(tables) if priced else [],
        "choice": None if mismatched(tables) else choice_table(tables, comparison),
        "chance_sentences": chance_sentences(tables, comparison),
        "doubt": doubt_table(tables, comparison),
        "over_draws": comparison.over_draws,
    }


def answer_box(
    tables: Sequence[ResultTables], comparison: Comparison, bought: Sequence[Spending] | None = None
) -> dict[str, object]:
    """Return what ``answer.html.j2`` shows: the question, the answer, and with what caution it is to be read."""
    tables = joined(tables)
    return {
        "question": question(tables, comparison),
        "several": len(tables) > 1,
        "answer": answer_sentences(tables, comparison)
        + (money_answer(bought, scenario_labels(tables)) if bought else []),
        "replicates": comparison.replicates,
        "parameters": holds(tables),
        "cautions": cautions(tables),
    }


def render_page(
    tables: Sequence[ResultTables],
    comparison: Comparison,
    reproduction: Reproduction,
    bought: Sequence[Spending] | None = None,
    study: StudySection | None = None,
    ablation: AblationSection | None = None,
    told: Sequence[Told] | None = None,
    why: Sequence[PagePart] = (),
    why_note: str = "",
    left_out: Sequence[str] = (),
    region_pages: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the page as HTML text; the same results give the same text.

    ``told`` says of each scenario what was changed and what its levers rest on; None where that is not known.
    ``left_out`` stands first among the limits; ``region_pages`` are files and titles of pages to link to.
    """
    tables = joined(tables)
    told = [Told()] * len(tables) if told is None else told
    several = len(tables) > 1
    names = {outcome.name for outcome in comparison.outcomes}
    money = outcomes_table(tables, comparison, MONEY_OUTCOMES) if names & set(MONEY_OUTCOMES) else None
    if money is not None:
        caption = "Net cost by payer and net present value, whole period"
        money = money._replace(caption=caption, note=money.note + networks_spend_all(tables))
    level = milestone(comparison)
    others = (*OTHER_OUTCOMES, f"months_to_{level}_pct") if level else OTHER_OUTCOMES
    others = (*others, *(name for name in names if name not in OUTCOME_BY_NAME))  # outcomes of one's own
    context = (
        answer_box(tables, comparison, bought)
        | {
            "labels": scenario_labels(tables),
            "details": detail_sentences(tables, comparison),
            "period": f"{month_name(start_of(tables[0]))} to {month_name(end_of(tables[0]))}",
            "seed": tables[0].seed,
            "world": tables[0].world,
            "innovations": int(portfolio(tables[0]).sum()),
            "born": not portfolio(tables[0]).all(),
            "words": words_of(tables),
            "options": options_table(tables, comparison),
            "asked": asked_table(tables, comparison),
            "others": outcomes_table(tables, comparison, others),
            "pictures": result_pictures(tables, comparison),
            "money": money,
            "budget": None if not bought else spending_section(comparison, bought, scenario_labels(tables)),
            "payments": payments_table(tables),
            "certainty": certainty_table(tables, comparison) if several else None,
            "levers": options_text(tables, told),
            "grades": grades_table(tables, told),
            "changed": departures_section(told, scenario_labels(tables)),
            "funnel": funnel_section(tables),
            "limits": [*left_out, *limits_for(tables)],
            "region_pages": region_pages,
            "reproduction": reproduction,
            "main_outcome": OUTCOME_BY_NAME[MAIN_OUTCOME],
            "study": study,
            "ablation": ablation,
            "counted": reported_section(tables, comparison),
            "times": times_section(tables, comparison),
            "people": people_section(tables),
            "why": why,
            "why_note": why_note,
        }
        | _sections(tables, comparison)
    )
    return with_contents(fill("page.html.j2", context), skip=("answer", "altered"))
