"""Two results held against each other: what is claimed of many differences at once, and who stands beside whom."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from diffusion.analysis.differences.family import independent_family, paired_family
from diffusion.analysis.differences.held import Side, hold, options_of_both
from diffusion.analysis.results.compare import compare_outcomes
from diffusion.experiments.running.runner import compare
from diffusion.scenario.load import load_scenario
from support.synthetic_results import SyntheticScenario, england, synthetic

pytestmark = pytest.mark.unit

PAIRS, OUTCOMES = 200, 40
#: of 200 families at 5 %, with probability 0.9999 (binomial)
LEAST, MOST = 1, 24


def made(rng: np.random.Generator, replicates: int, loadings: np.ndarray) -> np.ndarray:
    """Outcomes [R, Q] that hang together: some are yes or no and rare, one is skewed, one is another twice."""
    values = rng.normal(size=(replicates, len(loadings))) @ loadings + rng.normal(size=(replicates, OUTCOMES))
    values[:, :5] = values[:, :5] > 2.5
    values[:, 5] = np.exp(values[:, 5])
    values[:, 6] = 1e9 * values[:, 7]
    return values


def test_of_paired_results_that_differ_by_chance_alone_one_in_twenty_claims_anything() -> None:
    rng, claims, alone = np.random.default_rng(1), 0, 0
    for _ in range(PAIRS):
        loadings = rng.normal(size=(6, OUTCOMES))
        draws = rng.normal(size=(40, OUTCOMES))  # what both have in common
        one, other = (made(rng, 40, loadings) + draws for _ in range(2))
        family = paired_family(other - one, 999)
        claims += bool(family.beyond.any())
        alone += bool((np.abs(family.mean) > 2.023 * family.error).any())
    assert LEAST <= claims <= MOST
    assert alone > PAIRS / 2  # which is why they share one bar


def test_of_independent_results_that_differ_by_chance_alone_one_in_twenty_claims_anything() -> None:
    rng, claims = np.random.default_rng(2), 0
    for _ in range(PAIRS):
        loadings = rng.normal(size=(6, OUTCOMES))
        claims += bool(independent_family(made(rng, 20, loadings), made(rng, 40, loadings), 399).beyond.any())
    assert LEAST <= claims <= MOST


@pytest.mark.slow
@pytest.mark.parametrize(("source", "replicates", "pairs"), [("defaults", 20, 60), ("posterior", 40, 30)])
def test_of_results_of_the_model_with_other_seeds_few_claim_anything(source: str, replicates: int, pairs: int) -> None:
    world = "world.synthetic={england_like: true, n_trusts: 20, n_innovations: 6, kind: mix}"
    names = ("baseline", "baseline+local-first", "baseline+expo")
    settings = [world, "months=24", "policy_start=2015-09"]
    scenarios = [load_scenario(name, settings).drawing_from(source) for name in names]  # type: ignore[arg-type]

    def side(seed: int) -> Side:
        runs = compare(scenarios, replicates, seed, 2)
        hashes = [scenario.content_hash for scenario in scenarios]
        return Side(names, hashes, compare_outcomes(runs), seed, runs[0].replicates)

    held = [hold(side(2 * k), side(2 * k + 1)) for k in range(pairs)]
    assert all(each is not None and each.enough and each.paired == (source == "posterior") for each in held)
    claims = sum(bool(each.beyond) for each in held if each is not None)
    assert claims <= {60: 11, 30: 8}[pairs]  # exceeded once in 10,000 (binomial)


def test_what_differs_is_claimed_and_the_interval_says_the_same() -> None:
    rng = np.random.default_rng(3)
    differences = rng.normal(size=(60, 30))
    differences[:, 3] += 1.0
    for family in (
        paired_family(differences),
        independent_family(rng.normal(size=(60, 30)), rng.normal(size=(60, 30)) + (np.arange(30) == 3)),
    ):
        assert family.beyond.tolist() == [q == 3 for q in range(30)]
        assert np.array_equal((family.low > 0) | (family.high < 0), family.beyond)
        assert np.array_equal(family.p <= 0.05, family.beyond)
        assert 2.5 < family.critical < 4.5


def test_the_paired_p_is_that_of_all_signs() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(10, 3)) + 0.4

    def t(array: np.ndarray) -> np.ndarray:
        return np.abs(array.mean(axis=0)) / (array.std(axis=0, ddof=1) / np.sqrt(len(array)))

    largest = np.array([t(values * np.array(signs)[:, None]).max() for signs in product((1, -1), repeat=10)])
    exact = [(largest >= each - 1e-12).mean() for each in t(values)]
    assert paired_family(values).p == pytest.approx(exact, abs=0.02)


def test_order_scale_and_what_never_varies_change_nothing() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(30, 8)) + 0.3
    wider = np.column_stack([values[:, ::-1] * 1e6, np.zeros(30), np.full(30, np.nan), 1e-9 * rng.normal(size=30)])
    plain, other = paired_family(values), paired_family(wider)
    assert np.array_equal(plain.p[::-1], other.p[:8])
    assert np.array_equal(plain.beyond[::-1], other.beyond[:8])
    assert other.p[8] == other.p[10] == 1.0
    assert np.isnan(other.p[9])
    assert not other.beyond[8:].any()
    gone = values.copy()
    gone[4, 2] = np.nan  # undefined in one replicate
    found = paired_family(gone)
    assert found.mean[2] == pytest.approx(np.delete(values[:, 2], 4).mean())
    assert np.array_equal(found.mean[[0, 1, 3]], plain.mean[[0, 1, 3]])
    constant = paired_family(np.column_stack([values, np.full(30, 2.0)]))
    assert constant.beyond[8]
    assert (constant.low[8], constant.high[8]) == (2.0, 2.0)


# --- Sides ------------------------------------------------------------------------------------------------------------

PLACE = england(20, n_innovations=4)


def side(
    names: tuple[str, ...],
    seed: int = 1,
    replicates: int = 12,
    drawn: bool = False,
    gain: float = 0.0,
    months: int = 12,
) -> Side:
    scenarios = [SyntheticScenario(name, months=months, drawn=drawn, content_hash=f"{name}{gain}") for name in names]
    tables = [synthetic(PLACE, each, replicates=replicates, seed=seed, gain=gain) for each in scenarios]
    hashes = [each.content_hash for each in scenarios]
    return Side(names, hashes, compare_outcomes(tables), seed, tables[0].replicates)


def test_replicates_pair_up_where_they_share_chance_or_draws() -> None:
    names = ("baseline", "baseline+tariff")
    for seed, drawn, more, paired, count in (
        (1, False, 12, True, (12, 12)),
        (1, False, 20, True, (12, 12)),
        (2, False, 20, False, (12, 20)),
        (2, True, 20, True, (12, 12)),
    ):
        held = hold(side(names, drawn=drawn), side(names, seed, more, drawn))
        assert held is not None
        assert (held.paired, held.replicates) == (paired, count)
        assert held.enough == (not drawn)  # 40 draws are needed
    same = hold(side(names), side(names))
    assert same is not None
    assert same.same_runs
    assert same.beyond == []
    changes = [row for row in same.quantities if row.change]
    assert {row.option for row in changes} == {1}
    assert len(same.quantities) == 3 * len(changes)


def test_one_replicate_beside_itself_is_the_same_run() -> None:
    one = side(("baseline",), replicates=1)
    held = hold(one, one)
    assert held is not None
    assert held.same_runs
    assert held.paired
    assert held.beyond == []


def test_draws_of_different_sources_are_not_shared() -> None:
    names = ("baseline",)
    prior = replace(side(names, drawn=True), source="prior")
    for seed, source, paired, same_source in (
        (1, "posterior", True, False),
        (2, "posterior", False, False),
        (2, "prior", True, True),
    ):
        held = hold(prior, replace(side(names, seed, drawn=True), source=source))
        assert held is not None
        assert (held.paired, held.same_source) == (paired, same_source)
    fixed = hold(prior, side(names))
    assert fixed is not None
    assert not fixed.same_source


def test_a_gain_is_found_against_another_seed_and_against_the_same() -> None:
    names = ("baseline",)
    for seed in (1, 2):
        held = hold(side(names, replicates=40, months=60), side(names, seed, 40, gain=3.0, months=60))
        assert held is not None
        found = {held.quantities[place].outcome.name for place in held.beyond}
        assert "adopter_share_pct" in found
        place = next(i for i, row in enumerate(held.quantities) if row.outcome.name == "adopter_share_pct")
        assert held.family.mean[place] == pytest.approx(held.other[place] - held.one[place])


def test_options_are_the_same_by_name_then_by_what_they_are() -> None:
    one, other = side(("a", "b", "c")), side(("a", "d", "e"))
    assert options_of_both(one, other) == ((0, 0),)
    alike = replace(other, hashes=("a0.0", "x", "b0.0"))
    assert options_of_both(one, alike) == ((0, 0), (1, 2))
    held = hold(one, alike)
    assert held is not None
    assert held.only == ((2,), (1,))
    assert options_of_both(side(("a",)), side(("z",))) == ((0, 0),)
    assert hold(side(("a", "b")), side(("x", "z"))) is None
    # changes are only held against each other where both are from the same option
    turned = hold(side(("a", "b")), side(("b", "a")))
    assert turned is not None
    assert not any(row.change for row in turned.quantities)


def test_an_outcome_of_few_runs_does_not_silence_the_others() -> None:
    values = np.full((40, 2), np.nan)
    values[:, 0] = 5 + np.random.default_rng(1).normal(size=40)
    values[:2, 1] = 1.0
    found = paired_family(values)
    assert np.isfinite(found.critical)
    assert found.beyond.tolist() == [True, False]
    assert np.isnan(found.p[1])
    assert np.isnan(found.low[1])
    dealt = independent_family(np.where(np.isnan(values), np.nan, 0.0), values)
    assert dealt.beyond.tolist() == [True, False]
