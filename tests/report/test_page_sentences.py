"""What the page says is what its tables show: every number of a sentence, every claim, every 'within'."""

from __future__ import annotations

import re

import pytest

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.analysis.results.groups import gains
from diffusion.report.pages.result_page import render_page
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.reproduction import Reproduction
from support.page_reading import Page, Section, numbers, value
from support.synthetic_results import SyntheticResults, four_options

pytestmark = pytest.mark.unit

REPRODUCTION = Reproduction("diffusion compare a b", "nhs-diffusion 0", "", (("Baseline", "0" * 64),), ())
#: Numbers of a sentence that no table has to show: levels of intervals, thresholds, numbers of options and years.
NOT_FROM_TABLES = re.compile(
    r"95 % interval|at 95 %|middle 80 % of runs|each of the other \d+|the 0\.1 (that would matter|percentage points we)"
    r"|within ±[\d.]+ (percentage points|trusts)|\d+ % of possible uses|end of \w+ \d{4}|less than the [\d.]+ "
)
#: Words that claim a difference; "better or worse" of the odds claim none.
CLAIM = re.compile(r"\bhigher\b|\blower\b|million (better|worse) off|(gain|lose) [\d.,]+ percentage points (more|less)")
#: What begins or ends a sentence on who pays.
PAYERS = r"(gain|pay) £|no public body|too few runs to tell who pays"
COUNTS = re.compile(r"(\d+) of (\d+) (AHSNs|innovations|sectors)|no clear change in (\d+)|among (\d+),")


@pytest.fixture(scope="module", params=[(12, 3), (30, 4), (5, 2)], ids=["12 runs", "30 runs", "5 runs"])
def options(request: pytest.FixtureRequest) -> list[SyntheticResults]:
    runs, number = request.param
    return four_options(runs, months=60, n_trusts=60, n_innovations=8)[:number]


@pytest.fixture(scope="module")
def page(options: list[SyntheticResults]) -> Page:
    return Page(render_page(options, compare_outcomes(options), REPRODUCTION))


def beside(page: Page, section: Section) -> list[tuple[float, float]]:
    """Numbers of the tables in a section; the answer stands above the tables of options and costs."""
    sections = [page.sections[name] for name in ("options", "money")] if section.name == "answer" else [section]
    return [found for one in sections for table in one.tables for found in table.numbers()]


def test_every_number_of_a_sentence_is_within_rounding_of_a_table_beside_it(page: Page) -> None:
    checked = 0
    for section in page.sections.values():
        known = beside(page, section)
        for sentence in section.sentences:
            if COUNTS.search(sentence) or "runs are too few" in sentence or sentence.startswith("With "):
                continue
            for number, half in numbers(NOT_FROM_TABLES.sub("", sentence)):
                size = [abs(abs(number) - abs(shown)) <= (half + other) * 1.001 for shown, other in known]
                assert any(size), (section.name, sentence, number)
                checked += 1
    assert checked >= 10 or compare_size(page) < 10


def compare_size(page: Page) -> int:
    return int(value(page.table("Precision of the change in adopter share").rows["Tariff"][0][0]))


def test_the_numbers_of_a_change_are_those_of_its_own_option(page: Page, options: list[SyntheticResults]) -> None:
    table = page.table("Adopter share of eligible pairs at the end, by option")
    found = 0
    for label in scenario_labels(options)[1:]:
        text, small = table.rows[label][1]
        for section in ("answer", "options"):
            for sentence in page.sections[section].sentences:
                if sentence.startswith(f"Under {label}, adoption is") and "interval" in sentence:
                    found += 1
                    assert f"95 % interval {small}" in sentence
                    if "within" not in sentence:
                        assert f"is {text.lstrip('+−')} percentage points" in sentence
    assert found or compare_size(page) < 10


def test_counts_of_gainers_and_losers_are_those_of_the_intervals(page: Page, options: list[SyntheticResults]) -> None:
    sentences = page.sections["gains"].sentences
    for label, table in zip(scenario_labels(options)[1:], options[1:]):
        for grouping, many in (("ahsn", "AHSNs"), ("innovation", "innovations")):
            gain = gains(table, options[0], grouping)
            up, down, total = len(gain.gained), len(gain.lost), len(gain.names)
            own = [s for s in sentences if many in s and label in re.split(r", | and ", s.partition(":")[0])]
            if gain.change.replicates < 10:
                assert not own
                continue
            if up:
                assert any(f"{up} of {total} {many} gain" in s for s in own), own
            if up and total - up - down:
                assert any(f"no clear change in {total - up - down}" in s for s in own)
    if compare_size(page) >= 10:
        cells = page.table("Adopter share by AHSN").rows.values()
        bounds = [[value(x) for x in row[1][1].split(" to ")] for row in cells if " to " in row[1][1]]
        clear = sum(low > 0 for low, _ in bounds)
        stated = next((s for s in sentences if s.startswith("Tariff") and "AHSN" in s), "")
        match = re.search(r"(\d+) of \d+ AHSNs gain", stated)
        assert int(match[1]) == clear if match else clear == 0


def test_no_sentence_claims_what_its_interval_does_not_allow(page: Page) -> None:
    claims = 0
    for section in page.sections.values():
        for sentence in section.sentences:
            interval = re.search(r"interval ([+−]?[\d.,]+) to ([+−]?[\d.,]+)", sentence)
            if interval is None:
                assert not CLAIM.search(sentence), sentence
                continue
            low, high = (value(bound) for bound in interval.groups())
            if claim := CLAIM.search(sentence):
                claims += 1
                assert low > 0 or high < 0, sentence
                if claim[0] in ("higher", "lower"):
                    assert ("higher" in sentence) == (low > 0), sentence
            if within := re.search(r"within ±([\d.]+)", sentence):
                bound = float(within[1])
                assert -bound <= low <= high <= bound, sentence
    assert claims or compare_size(page) < 10


def test_nothing_is_said_to_be_the_same_but_within_a_bound(page: Page) -> None:
    for section in page.sections.values():
        for sentence in section.sentences:
            assert not re.search(r"\b(no difference|equal|the same as|does not differ)\b", sentence), sentence


def test_who_pays_and_who_gains_is_told_from_clear_cells_only(page: Page, options: list[SyntheticResults]) -> None:
    table = page.table("Who pays and who gains, by option")
    for place, label in enumerate(scenario_labels(options)[1:]):
        sentence = next(
            s for s in page.sections["money"].sentences if s.startswith(f"Under {label}") and re.search(PAYERS, s)
        )
        for row, cells in table.rows.items():
            text, small = cells[place]
            word = row if row == "AHSNs" else row[0].lower() + row[1:]
            bounds = [value(x) for x in small.split(" to ")] if " to " in small else [-1.0, 1.0]
            clear = (bounds[0] > 0 or bounds[1] < 0) and compare_size(page) >= 10
            said = re.search(rf"{word} (gain|pay) £([\d.,]+) million", sentence)
            assert bool(said) == clear, (sentence, row, cells[place])
            if said:
                assert (said[1] == "pay") == (bounds[0] > 0)
                assert said[2] == text.lstrip("+−")


def test_three_sentences_answer(page: Page) -> None:
    assert 1 <= len(page.sections["answer"].sentences) <= 3


def test_a_page_of_identical_options_claims_nothing() -> None:
    base = four_options(12, months=36, n_trusts=40, n_innovations=5)[0]
    from dataclasses import replace

    from support.synthetic_results import SyntheticScenario

    twin = replace(base, scenario=SyntheticScenario("baseline+nothing", months=36))
    page = Page(render_page([base, twin], compare_outcomes([base, twin]), REPRODUCTION))
    for section in page.sections.values():
        for sentence in section.sentences:
            assert not re.search(r"\b(higher|lower|better off|gains?|loses?|pays?) £?", sentence) or (
                "no public body" in sentence or "no clear" in sentence
            ), sentence
