"""The worth of a patient at which an answer turns, against closed forms, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.analysis.economics.appraisal import Appraisal, appraise
from diffusion.analysis.economics.break_even import break_even_of
from diffusion.analysis.economics.discount_sets import discount_set
from diffusion.analysis.results.compare import compare_outcomes
from diffusion.experiments.running.runner import compare
from diffusion.report.words.answer import answer_sentences
from diffusion.report.words.health_words import balance_sentence, health_sentence, health_sentences
from diffusion.storage.appraisal_columns import economics_columns

RUNS = 40
#: what is said of money alone
MONEY = "Under A, so much is lower."


def found_with(spending: float, savings: float, patients: float, noise: float = 0.05) -> Appraisal:
    """An appraisal with these means exactly, GBP million and thousand patients, and ``noise`` of each over runs."""
    rng = np.random.default_rng(7)

    def around(mean: float) -> np.ndarray:
        drawn = rng.normal(size=RUNS)
        return mean + noise * abs(mean) * (drawn - drawn.mean())

    return Appraisal(
        discount_set("green-book"), around(spending * 1e6), around(savings * 1e6), np.zeros(RUNS),
        around(patients * 1e3), {},
    )  # fmt: skip


@pytest.mark.unit
@pytest.mark.parametrize(
    ("spending", "savings", "patients", "worth"),
    [(-82, -15, -32.5, 67e6 / 32.5e3), (20, 5, 10, 1500.0)],
)
def test_money_and_health_balance_at_the_ratio_of_their_means(
    spending: float, savings: float, patients: float, worth: float
) -> None:
    appraisal = found_with(spending, savings, patients)
    found = break_even_of(appraisal)
    assert found is not None
    assert found.turns
    assert not found.same_way
    assert found.gbp_per_patient.value == pytest.approx(worth)
    assert found.gbp_per_patient.low95 < worth < found.gbp_per_patient.high95
    # at that worth money and health together come to nothing, and to either side they do not
    assert appraisal.patients is not None
    together = [(appraisal.npv + factor * worth * appraisal.patients).mean() for factor in (0.9, 1.0, 1.1)]
    assert together[1] == pytest.approx(0, abs=1e-6)
    assert together[0] * together[2] < 0


@pytest.mark.unit
def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(600):
        patients = rng.normal(-30e3, 40e3, RUNS)
        savings = 60e6 + 300 * (patients + 30e3) + rng.normal(0, 40e6, RUNS)
        zeros = np.zeros(RUNS)
        found = break_even_of(Appraisal(discount_set("green-book"), zeros, savings, zeros, patients, {}))
        assert found is not None
        if found.turns:
            held += found.gbp_per_patient.low95 <= 2000 <= found.gbp_per_patient.high95
        else:
            held += 1  # nothing is said
    assert 0.93 <= held / 600 <= 0.99


@pytest.mark.unit
def test_no_worth_turns_what_points_the_same_way_and_nothing_is_said_of_what_is_not_clear() -> None:
    gain = break_even_of(found_with(17, 51, 41.8))
    assert gain is not None
    assert gain.same_way
    assert not gain.gbp_per_patient.known
    assert "no worth of a patient turns the answer" in balance_sentence(gain, MONEY, True)
    vague = break_even_of(found_with(17, 51, 1, noise=8.0))
    assert vague is not None
    assert not vague.turns
    assert not vague.same_way
    told = balance_sentence(vague, MONEY, False)
    assert told.startswith(MONEY)
    assert "because" not in told
    assert "turns" not in told
    # what the comparison does not call clear has no reason, whatever the appraisal says
    assert "because" not in balance_sentence(gain, MONEY, False)
    assert "not clear" in told


@pytest.mark.unit
def test_a_cut_does_not_read_as_a_gain() -> None:
    cut = break_even_of(found_with(-82, -15, -32.5))
    assert cut is not None
    text = balance_sentence(cut, MONEY, True)
    assert text.startswith("Under A, so much is lower, because")
    assert (
        "because £82.0 million less is paid for programmes and services, although £15.0 million less is saved" in text
    )
    interval = r"\(95 % interval 3[12]\.\d to 3[23]\.\d\)"
    told = rf"This counts no health: about 32\.5 thousand fewer patients benefit {interval}\. With health counted, the"
    assert re.search(told, text), text
    assert "the answer turns negative if the benefit to each is worth more than £" in text
    assert f"£{67e6 / 32.5e3:,.0f}"[:4] in text  # three digits of 2,062
    dear = break_even_of(found_with(20, 5, 10))
    assert dear is not None
    assert "the answer turns positive if the benefit to each is worth more than £1,500" in balance_sentence(
        dear, MONEY, True
    )


@pytest.mark.integration
def test_ending_the_networks_gives_health_beside_money_in_answer_and_tables(small: Callable[..., Any]) -> None:
    first = small(levers={"ahsn-support": {"start": "2013-05"}})
    ended = small(name="ended", levers={"ahsn-support": {"start": "2013-05", "end": "2015-10"}})
    results = compare([first, ended], 12, 1)
    found = break_even_of(appraise(results[1], results[0], discount_set("green-book")))
    assert found is not None
    assert float(found.spending.mean) < 0
    comparison = compare_outcomes(results)
    sentence = health_sentence(results, comparison, 1)
    assert sentence is not None
    assert "This counts no health" in sentence
    assert sentence == health_sentences(results, comparison)[0] == answer_sentences(results, comparison)[-1]
    columns = economics_columns(results)
    at = [
        i
        for i, (name, measure) in enumerate(zip(columns["discount_set"], columns["measure"]))  # type: ignore[arg-type]
        if (name, measure) == ("green-book", "break_even_gbp_per_patient")
    ]
    assert len(at) == 1
    np.testing.assert_equal(columns["value"][at[0]], found.gbp_per_patient.value)  # type: ignore[index]
    assert columns["unit"][at[0]] == "GBP per patient"  # type: ignore[index]


@pytest.mark.unit
def test_too_few_runs_say_nothing() -> None:
    few = found_with(-82, -15, -32.5)
    cut = Appraisal(few.discount, few.spending[:5], few.savings[:5], few.adoptions[:5], few.patients[:5], {})  # type: ignore[index]
    found = break_even_of(cut)
    assert found is not None
    assert not found.turns
    assert balance_sentence(found, MONEY, True) == MONEY
