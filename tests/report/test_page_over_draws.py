"""Pages of runs with drawn parameters: no sentence says more than the middle of the futures allows."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from diffusion.analysis.results.asked import Target, ask
from diffusion.analysis.results.compare import Comparison, compare_outcomes, with_twins
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, outcome_values
from diffusion.analysis.results.precision import chance_share
from diffusion.report.page.asked_section import MOST_BESIDE
from diffusion.report.pages.result_page import render_page
from diffusion.report.words.answer import answer_sentences
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.reproduction import Reproduction
from support.page_reading import Page, numbers, value
from support.synthetic_results import SyntheticResults, four_options

pytestmark = pytest.mark.unit

REPRODUCTION = Reproduction("diffusion compare a b", "nhs-diffusion 0", "", (("Baseline", "0" * 64),), ())
CLAIM = re.compile(r"\bhigher\b|\blower\b|million (better|worse) off|(gain|lose) [\d.,]+ percentage points (more|less)")
BOUNDS = re.compile(r"80 % interval ([+−]?[\d.,]+) to ([+−]?[\d.,]+), 95 % ([+−]?[\d.,]+) to ([+−]?[\d.,]+)")
ODDS = re.compile(r"worse in (\d+) % of futures, better in (\d+) %")


def drawn_options(runs: int, number: int) -> list[SyntheticResults]:
    found = four_options(runs, months=60, n_trusts=60, n_innovations=8)[:number]
    return [replace(each, scenario=replace(each.scenario, drawn=True)) for each in found]


def compared(options: list[SyntheticResults]) -> Comparison:
    return replace(compare_outcomes(options), asked=ask(options, Target()))


@pytest.fixture(scope="module", params=[(60, 3), (200, 4), (30, 2)], ids=["60 futures", "200 futures", "30 futures"])
def options(request: pytest.FixtureRequest) -> list[SyntheticResults]:
    runs, number = request.param
    return drawn_options(runs, number)


@pytest.fixture(scope="module")
def page(options: list[SyntheticResults]) -> Page:
    return Page(render_page(options, compared(options), REPRODUCTION))


def test_claims_need_forty_draws_and_an_interval_beyond_0(page: Page, options: list[SyntheticResults]) -> None:
    told = [sentence for section in page.sections.values() for sentence in section.sentences]
    claims = [sentence for sentence in told if CLAIM.search(sentence)]
    if len(options[0].replicates) < 40:
        assert not claims
        assert any("too few (40 are needed)" in sentence for sentence in told)
        return
    for sentence in claims:
        found = BOUNDS.search(sentence)
        assert found, sentence
        low, high = (value(bound) for bound in found.groups()[-2:])
        assert low > 0 or high < 0, sentence
        if re.search(r"\b(higher|lower)\b", sentence):
            assert ("higher" in sentence) == (low > 0), sentence


def test_intervals_of_a_sentence_are_those_of_the_table_and_of_the_futures(
    page: Page, options: list[SyntheticResults]
) -> None:
    comparison, table = compared(options), page.table("Adopter share of eligible pairs at the end, by option")
    for place, label in enumerate(scenario_labels(options)[1:], start=1):
        values = comparison.values[MAIN_OUTCOME]
        change = values[place] - values[0]
        shown = [number for number, _ in numbers(table.rows[label][1][1].replace(" to ", "  "))]
        assert shown == pytest.approx(np.quantile(change, (0.1, 0.9, 0.025, 0.975), method="weibull"), abs=0.00501)
        own = [s for s in page.sections["answer"].sentences if s.startswith(f"Under {label}, ") and "eligible" in s]
        for sentence in own:
            if (found := BOUNDS.search(sentence)) is not None:
                assert [value(bound) for bound in found.groups()] == pytest.approx(shown, abs=0.00001)
            if (odds := ODDS.search(sentence)) is not None:
                assert int(odds[1]) == pytest.approx(100 * (change < 0).mean(), abs=0.51)
                assert int(odds[2]) == pytest.approx(100 * (change > 0).mean(), abs=0.51)
        worse = table.rows[label][3][0]
        assert worse == f"{100 * (change < 0).mean():.0f} %"


def test_the_answer_has_every_date_of_the_policies(page: Page, options: list[SyntheticResults]) -> None:
    table = page.table("Adopter share of all eligible pairs, by date")
    asked = compared(options).asked
    assert asked is not None
    rows = len(options) if len(options) > MOST_BESIDE else 1  # of many options each has a row of its own
    assert len(table.rows) == len(asked.dates) * rows
    assert list(table.rows)[-1].startswith(("At the end", "5 years on"))


def test_the_answer_changes_with_the_source_of_the_parameters(options: list[SyntheticResults]) -> None:
    fixed = [replace(each, scenario=replace(each.scenario, drawn=False)) for each in options]
    assert answer_sentences(options, compared(options)) != answer_sentences(fixed, compared(fixed))
    held = Page(render_page(fixed, compared(fixed), REPRODUCTION))
    assert "Change" not in held.table("Adopter share of eligible pairs at the end, by option").rows
    drawn_text = render_page(options, compared(options), REPRODUCTION)
    assert "drawn from what the evidence leaves open" in drawn_text
    fixed_text = render_page(fixed, compared(fixed), REPRODUCTION)
    assert "drawn from what the evidence leaves open" not in fixed_text
    assert "chance of the simulation only" in fixed_text


def test_chance_and_parameters_are_told_apart_by_twins() -> None:
    """Made-up futures in which chance is a quarter of the variance: four of five intervals of the share hold that."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(300):
        parameters, chance = rng.normal(0, 3**0.5, 200), rng.normal(0, 1, (2, 200))
        found = chance_share(parameters + chance[0], (parameters + chance[0])[:20], (parameters + chance[1])[:20])
        inside += found.low80 <= 0.25 <= found.high80
    assert 0.7 <= inside / 300 <= 0.9
    options = drawn_options(60, 2)
    twins = [outcome_values(each) for each in options]
    comparison = with_twins(compared(options), [{name: row[:20] for name, row in one.items()} for one in twins])
    alike = comparison.chance_share(MAIN_OUTCOME, 1, 0)
    assert alike is not None
    assert alike.share == 0  # twins that give the same leave nothing to chance


def test_options_that_do_not_match_are_not_ranked() -> None:
    base, other, *_ = drawn_options(60, 2)
    world = copy(other.world)
    world.provenance = {**other.world.provenance, "trusts": "another table"}
    pair = [base, replace(other, world=world)]
    (sentence,) = answer_sentences(pair, compared(pair))
    assert sentence.startswith("These options are not ranked")
    assert "another" in sentence or "other data" in sentence
    page = Page(render_page(pair, compared(pair), REPRODUCTION))
    for section in page.sections.values():
        if section.name == "gains":  # who gains is told group by group, beside the warning on worlds
            continue
        for told in section.sentences:
            assert not re.search(r"\b(higher|lower|best in|better off|furthest in|who gains)\b", told), told
    assert set(outcome_values(base)) == set(outcome_values(pair[1]))
