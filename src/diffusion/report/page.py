"""The result page: one self-contained HTML file with the question, the answer, the evidence and the limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from diffusion.analysis.compare import Comparison
from diffusion.analysis.groups import gains
from diffusion.analysis.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME
from diffusion.analysis.tables import ResultTables
from diffusion.report.budget import Spending, spending_page_table
from diffusion.report.curves import band_panel, difference_bands, difference_panel, levels_panel
from diffusion.report.gains import gains_panel, group_label, levels_by_group_panel
from diffusion.report.labels import end_of, month_name, scenario_labels, start_of
from diffusion.report.limits import limits_for
from diffusion.report.maps import can_map, map_panel
from diffusion.report.options import options_text
from diffusion.report.page_tables import (
    certainty_table,
    options_table,
    outcomes_table,
    payments_table,
)
from diffusion.report.sentences import (
    change_sentence,
    gains_sentence,
    gap_sentence,
    leader_sentence,
    list_of,
    milestone,
    speed_sentence,
)
from diffusion.report.stages import stages_panel
from diffusion.report.style import inline_svg, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OTHER_OUTCOMES = (
    "use_weighted_share_pct", "ever_adopted_share_pct", "organisations_using", "patients_benefiting_total",
    "over_dispersion", "gini_trusts", "gap_centres_pp", "bad_adopter_pairs",
)  # fmt: skip
MONEY_OUTCOMES = (
    "net_cost_trust_gbp", "net_cost_commissioner_gbp", "net_cost_national_gbp", "net_cost_ahsn_gbp", "system_npv_gbp",
)  # fmt: skip


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

    loader = PackageLoader("diffusion.report", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def level_sentence(tables: ResultTables, comparison: Comparison, label: str) -> str:
    """Say how far adoption has come in the first scenario."""
    mean, spread = comparison.level(MAIN_OUTCOME, 0)
    return (
        f"In {label}, {plain(float(mean.mean), 1)} % of the pairs of a trust and an innovation that could adopt have "
        f"adopted by the end of {month_name(end_of(tables))} "
        f"(middle 80 % of runs: {plain(float(spread.low80), 1)} to {plain(float(spread.high80), 1)} %)."
    )


def answer_sentences(tables: Sequence[ResultTables], comparison: Comparison) -> list[str]:
    """Return the answer: level, order, every option's change, speed."""
    labels = scenario_labels(tables)
    sentences = [level_sentence(tables[0], comparison, labels[0])]
    if len(tables) == 1:
        level = milestone(comparison)
        if level is not None:
            months = float(comparison.values[f"months_to_{level}_pct"][0].mean())
            sentences.append(
                f"Every run reaches {level} % of eligible pairs, after {plain(months, 0)} months on average."
            )
        return sentences
    sentences.insert(0, leader_sentence(comparison, labels))
    for i in range(1, len(tables)):
        sentences.append(change_sentence(labels[i], labels[0], comparison.difference(MAIN_OUTCOME, i)))
    sentences.append(speed_sentence(comparison, labels))
    return sentences


def question(tables: Sequence[ResultTables]) -> str:
    """Return the question that the page answers."""
    labels = scenario_labels(tables)
    if len(tables) == 1:
        return f"How far do innovations spread? {tables[0].scenario.title or labels[0]}"
    if len(tables) == 2:
        return f"Does {labels[1]} spread innovations further than {labels[0]}?"
    return f"Which spreads innovations furthest and fastest: {_or_list(labels[1:])}?"


def _or_list(labels: Sequence[str]) -> str:
    return list_of(labels).replace(" and ", " or ") if len(labels) < 2 else ", ".join(labels[:-1]) + " or " + labels[-1]


def _gain_sentences(tables: Sequence[ResultTables], comparison: Comparison, grouping: str) -> list[str]:
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
    pictures: dict[str, list[Picture]] = {"main": [], "map": [], "ahsn": [], "sector": [], "innovation": []}
    if several:
        pictures["main"] = [
            make(levels_panel(tables), "Mean adopter share over time by option", table_hint,
                 f"Mean adopter share. Grey band: middle 80 % of runs of {labels[0]}."),
            make(difference_panel(tables), f"Change of adopter share from {labels[0]} over time", table_hint,
                 f"Paired change from {labels[0]}. Bands: {difference_bands(tables)} of the mean."),
        ]  # fmt: skip
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
    for grouping in ("ahsn", "sector", "innovation"):
        if several:
            pictures[grouping] = [
                make(gains_panel(tables, i, grouping), f"Change by {grouping}: {labels[i]}", sentence)
                for i, sentence in zip(compared, _gain_sentences(tables, comparison, grouping))
            ]
        else:
            pictures[grouping] = [
                make(levels_by_group_panel(tables[0], grouping), f"Adopter share by {grouping}", table_hint)
            ]
    return pictures


def render_page(
    tables: Sequence[ResultTables], comparison: Comparison, reproduction: Reproduction,
    bought: Sequence[Spending] | None = None,
) -> str:  # fmt: skip
    """Return the page as HTML text; the same results give the same text."""
    labels = scenario_labels(tables)
    several = len(tables) > 1
    names = {outcome.name for outcome in comparison.outcomes}
    differences = range(1, len(tables))
    money = outcomes_table(tables, comparison, MONEY_OUTCOMES) if names & set(MONEY_OUTCOMES) else None
    if money is not None:
        money = money._replace(caption="Net cost by payer and net present value, whole period")
    level = milestone(comparison)
    others = (*OTHER_OUTCOMES, f"months_to_{level}_pct") if level else OTHER_OUTCOMES
    context = {
        "question": question(tables),
        "labels": labels,
        "several": several,
        "answer": answer_sentences(tables, comparison),
        "period": f"{month_name(start_of(tables[0]))} to {month_name(end_of(tables[0]))}",
        "replicates": comparison.replicates,
        "seed": tables[0].seed,
        "world": tables[0].world,
        "options": options_table(tables, comparison),
        "others": outcomes_table(tables, comparison, others),
        "pictures": _pictures(tables, comparison),
        "ahsn_sentences": _gain_sentences(tables, comparison, "ahsn"),
        "innovation_sentences": _gain_sentences(tables, comparison, "innovation"),
        "gap_sentences": [
            gap_sentence(labels[i], comparison.difference("gap_centres_pp", i)) for i in differences
        ] if "gap_centres_pp" in names else [],
        "money": money,
        "budget": None if not bought else spending_page_table(comparison, bought),
        "money_sentences": [
            change_sentence(labels[i], labels[0], comparison.difference("system_npv_gbp", i)) for i in differences
        ] if "system_npv_gbp" in names else [],
        "payments": payments_table(tables),
        "certainty": certainty_table(tables, comparison) if several else None,
        "levers": options_text(tables),
        "limits": limits_for(tables),
        "reproduction": reproduction,
        "main_outcome": OUTCOME_BY_NAME[MAIN_OUTCOME],
    }  # fmt: skip
    text = str(environment().get_template("page.html.j2").render(context))
    return KEEP_TOGETHER.sub("\\1\u00a0\\2", text)
