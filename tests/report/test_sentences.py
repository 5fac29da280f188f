"""Sentences never claim more than the intervals allow."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from diffusion.analysis.results.compare import Comparison, best_share, paired_difference
from diffusion.analysis.results.groups import Gains
from diffusion.analysis.results.intervals import MINIMUM_REPLICATES_FOR_CLAIM, estimate_mean
from diffusion.analysis.results.outcomes import MAIN_OUTCOME, OUTCOME_BY_NAME, OUTCOMES
from diffusion.report.words.equity_words import CENTRES, DEPRIVED, gap_sentence
from diffusion.report.words.sentences import (
    beyond_chance,
    change_sentence,
    claims_of,
    gains_sentence,
    interval_text,
    leader_sentence,
    leaders,
    list_of,
)

pytestmark = pytest.mark.unit

SHARE = OUTCOME_BY_NAME[MAIN_OUTCOME]
samples = hnp.arrays(np.float64, st.integers(2, 40), elements=st.floats(-50, 50, width=32))


def words(sentence: str) -> set[str]:
    return set(sentence.replace(",", " ").replace(".", " ").split())


def allowed(sample: np.ndarray) -> int:
    """Direction that the 95 % interval allows to claim, computed apart from the code under test."""
    if len(sample) < MINIMUM_REPLICATES_FOR_CLAIM:
        return 0
    if np.ptp(sample) == 0:
        return int(np.sign(sample[0]))
    reach = stats.t.ppf(0.975, len(sample) - 1) * stats.sem(sample)
    low, high = sample.mean() - reach, sample.mean() + reach
    return int(low > 0) - int(high < 0)


@given(samples, st.sampled_from(OUTCOMES))
def test_a_difference_is_claimed_only_where_the_interval_excludes_zero(sample: np.ndarray, outcome) -> None:
    difference = paired_difference(outcome, [np.zeros(len(sample)), sample], 1)
    sentence = change_sentence("Option", "Yardstick", difference)
    claimed = [f" {word} than in Yardstick" in sentence for word in claims_of(outcome)]
    direction = allowed(sample)
    if min(abs(float(difference.estimate.low95)), abs(float(difference.estimate.high95))) < 1e-9:
        return  # too close to the edge for two ways of computing
    assert claimed == [direction > 0, direction < 0], sentence
    if direction:
        assert interval_text(difference) in sentence


@given(samples)
def test_the_gap_is_claimed_only_where_the_interval_excludes_zero(sample: np.ndarray) -> None:
    difference = paired_difference(OUTCOME_BY_NAME["gap_centres_pp"], [np.zeros(len(sample)), sample], 1)
    if min(abs(float(difference.estimate.low95)), abs(float(difference.estimate.high95))) < 1e-9:
        return
    for groups in (CENTRES, DEPRIVED):
        sentence = gap_sentence("Option", groups, difference, (0.5, -0.5))
        said = re.match(
            r"Under Option, (.*) (gain|lose) [\d.,]+ percentage points (more|less) than (.*) \(95 %", sentence
        )
        assert bool(said) == (allowed(sample) != 0), sentence
        if said:
            assert interval_text(difference) in sentence
            ahead = groups[0] if allowed(sample) > 0 else groups[1]
            assert said[1].split()[-1] == ahead.split()[-1]
            # the first group's own change is above 0, the second's below: who is ahead gains more, or loses less
            assert (said[2], said[3]) == (("gain", "more") if allowed(sample) > 0 else ("lose", "less"))


def comparison_of(values: list[np.ndarray]) -> Comparison:
    differences = [paired_difference(SHARE, values, j, i) for j in range(1, len(values)) for i in range(j)]
    return Comparison(
        (SHARE,),
        {MAIN_OUTCOME: values},
        {MAIN_OUTCOME: differences},
        {MAIN_OUTCOME: best_share(values)},
        len(values[0]),
        len(values),
    )


@given(st.integers(2, 5), st.integers(2, 30), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.5, 5.0]))
def test_one_leader_is_named_only_if_it_clearly_beats_every_other(n: int, runs: int, seed: int, step: float) -> None:
    draws = np.random.default_rng(seed)
    values = [draws.normal(step * i, 1.0, size=runs) for i in draws.permutation(n)]
    labels = [f"Option{i}" for i in range(n)]
    sentence = leader_sentence(comparison_of(values), labels)
    named = [i for i, label in enumerate(labels) if label in words(sentence.replace(":", " "))]
    top = int(np.argmax([v.mean() for v in values]))
    beaten = all(allowed(values[top] - values[other]) > 0 for other in range(n) if other != top)
    if "its lead" in sentence:
        assert beaten
        assert f"under {labels[top]}:" in sentence
    elif "cannot be told apart" in sentence:
        assert top in named
        assert all(allowed(values[top] - values[i]) > 0 for i in range(n) if i not in named)
    else:
        assert named == []


def test_leaders_are_those_the_intervals_cannot_separate() -> None:
    draws = np.random.default_rng(5)
    noise = draws.normal(0, 1, size=50)
    values = [noise, noise + 3 + draws.normal(0, 0.5, 50), noise + 3 + draws.normal(0, 0.5, 50)]
    assert sorted(leaders(comparison_of(values))) == [1, 2]


def test_too_few_runs_are_said_to_be_too_few() -> None:
    difference = paired_difference(SHARE, [np.zeros(3), np.array([5.0, 5.1, 5.2])], 1)
    assert "too few" in change_sentence("Option", "Yardstick", difference)
    assert "too few (10 are needed) to rank" in leader_sentence(
        comparison_of([np.zeros(3), np.full(3, 5.0)]), ["A", "B"]
    )


def test_small_but_clear_differences_are_called_small() -> None:
    sample = 0.05 + 0.001 * np.random.default_rng(6).normal(size=30)
    sentence = change_sentence("Option", "Yardstick", paired_difference(SHARE, [np.zeros(30), sample], 1))
    assert "less than the 0.1 percentage points" in sentence


def test_no_bound_that_excludes_zero_is_printed_as_zero() -> None:
    sample = 0.0012 + 0.0001 * np.random.default_rng(7).normal(size=30)
    difference = paired_difference(SHARE, [np.zeros(30), sample], 1)
    assert "0.00 " not in interval_text(difference) + " "


def test_equal_scenarios_are_said_to_be_equal() -> None:
    sentence = change_sentence("Option", "Yardstick", paired_difference(SHARE, [np.ones(20), np.ones(20)], 1))
    assert "in every run" in sentence


@given(hnp.arrays(np.float64, st.tuples(st.integers(2, 30), st.integers(1, 12)), elements=st.floats(-9, 9, width=32)))
def test_gainers_and_losers_are_counted_by_their_intervals(change: np.ndarray) -> None:
    names = tuple(f"place{i}" for i in range(change.shape[1]))
    estimate = estimate_mean(change)
    gain = Gains("ahsn", names, names, np.zeros(len(names)), estimate)
    sentence = gains_sentence("Option", gain)
    up, down = int((estimate.direction > 0).sum()), int((estimate.direction < 0).sum())
    assert ("gain" in sentence.replace("gains and who", "")) == (up > 0) or len(change) < MINIMUM_REPLICATES_FOR_CLAIM
    assert ("lose" in sentence) == (down > 0) or len(change) < MINIMUM_REPLICATES_FOR_CLAIM
    if len(change) < MINIMUM_REPLICATES_FOR_CLAIM:
        assert "too few" in sentence


@pytest.mark.parametrize("comparisons", [1, 6, 15, 30, 233])
def test_how_many_of_many_intervals_are_beyond_chance(comparisons: int) -> None:
    c = beyond_chance(comparisons)
    assert stats.binom.sf(c - 1, comparisons, 0.05) < 0.05 or c > comparisons
    assert stats.binom.sf(c - 2, comparisons, 0.05) >= 0.05


def test_lists_in_words() -> None:
    assert [list_of(x) for x in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == ["", "A", "A and B", "A, B and C"]
