"""Equity measures by hand, against other libraries, and on made-up options."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.analysis.results.displacement import aimed_at, shares_of
from diffusion.analysis.results.equity import (
    between_share,
    equity_values,
    fifths,
    gap_of_fifths,
    laggard_probability,
    ridit,
    share_of_groups,
    slope_index,
    trust_groupings,
)
from diffusion.analysis.results.groups import adopter_share_by_trust
from diffusion.levers.targets import Targets
from diffusion.report.page.displacement_section import displacement_sentences, displacement_table
from diffusion.report.page.equity_section import equity_comparison
from support.synthetic_results import SyntheticResults, SyntheticScenario, four_options

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def options() -> list[SyntheticResults]:
    return four_options(12, months=36, n_trusts=60, n_innovations=6)


def test_ranks_share_ties() -> None:
    assert ridit([5.0, 1.0, 5.0, 9.0]).tolist() == [0.5, 0.125, 0.5, 0.875]
    assert fifths(np.arange(10.0)).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@settings(deadline=None)
@given(st.integers(3, 60), st.integers(0, 10_000))
def test_the_slope_index_is_the_regression_on_ranks(n: int, seed: int) -> None:
    draws = np.random.default_rng(seed)
    deprivation, share = draws.uniform(5, 60, n), draws.uniform(0, 30, (2, n))
    found = slope_index(share, deprivation)
    for row in range(2):
        assert found[row] == pytest.approx(stats.linregress(ridit(deprivation), share[row]).slope)


def test_a_share_that_rises_evenly_with_deprivation_has_that_slope() -> None:
    deprivation = np.random.default_rng(1).permutation(100).astype(float)
    share = 10 + 4 * ridit(deprivation)[None, :]
    assert slope_index(share, deprivation)[0] == pytest.approx(4.0)
    assert gap_of_fifths(share, deprivation)[0] == pytest.approx(3.2)
    assert np.isnan(slope_index(share, np.ones(100))[0])


def test_between_share_is_the_r_squared_of_group_means() -> None:
    draws = np.random.default_rng(2)
    group = draws.integers(0, 4, 80)
    share = draws.normal(size=(3, 80)) + group * 0.8
    found = between_share(share, group)
    for row in range(3):
        groups = [share[row, group == code] for code in range(4)]
        f = stats.f_oneway(*groups).statistic
        assert found[row] == pytest.approx(3 * f / (3 * f + 76))
    assert between_share(np.tile(group, (1, 1)), group)[0] == pytest.approx(1.0)
    assert np.isnan(between_share(np.ones((1, 80)), group)[0])


@settings(deadline=None)
@given(st.integers(10, 50), st.integers(1, 20), st.integers(0, 1000))
def test_laggard_places_are_a_tenth_of_the_trusts(n: int, runs: int, seed: int) -> None:
    share = np.random.default_rng(seed).integers(0, 4, (runs, n)).astype(float)
    found = laggard_probability(share)
    assert found.sum() == pytest.approx(0.1 * n)
    assert ((found >= 0) & (found <= 1 + 1e-12)).all()


def test_who_is_always_last_is_always_a_laggard() -> None:
    share = np.random.default_rng(3).uniform(1, 2, (50, 20))
    share[:, 7] = 0
    assert laggard_probability(share)[7] == 1.0


def test_equity_of_made_up_options(options: list[SyntheticResults]) -> None:
    equity = equity_comparison(options, compare_outcomes(options))
    names = [outcome.name for outcome in equity.outcomes]
    assert {"over_dispersion", "gini_trusts", "slope_deprivation_pp", "gap_size_pp", "spread_trusts_pp"} <= set(names)
    by_trust = 100 * adopter_share_by_trust(options[3])
    spread = np.quantile(by_trust, 0.9, axis=1) - np.quantile(by_trust, 0.1, axis=1)
    np.testing.assert_allclose(equity.values["spread_trusts_pp"][3], spread)
    lowest = np.sort(by_trust, axis=1)[:, :6].mean(axis=1)
    np.testing.assert_allclose(equity.values["lowest_tenth_pct"][3], lowest)


def test_no_deprivation_no_slope(options: list[SyntheticResults]) -> None:
    place = replace(options[0], world=SimpleNamespace(**vars(options[0].world)))
    place.world.trusts = SimpleNamespace(**vars(place.world.trusts))
    place.world.trusts.imd = np.full(60, np.nan)
    assert "slope_deprivation_pp" not in equity_values(place)
    assert "deprivation" not in trust_groupings(place)


def test_groups_of_trusts_together_are_all_trusts(options: list[SyntheticResults]) -> None:
    table = options[1]
    eligible = table.world.eligible.sum(axis=1)
    whole = 100 * table.adopters_by_trust[:, -1].sum(axis=1) / eligible.sum()
    for codes, names in trust_groupings(table).values():
        share = share_of_groups(table, codes, names)
        pairs = np.array([eligible[codes == code].sum() for code in range(len(names))])
        kept = pairs > 0
        np.testing.assert_allclose(share[:, kept] @ pairs[kept] / pairs.sum(), whole)


def test_displacement_compares_what_is_aimed_at_with_the_rest(options: list[SyntheticResults]) -> None:
    aims = SimpleNamespace(targets=Targets(innovations=("innovation-01", "innovation-04")))
    everything = SimpleNamespace(targets=Targets())
    months = options[0].scenario.months
    scenario = SyntheticScenario("baseline+tariff", months=months, levers={"tariff": aims})
    option = replace(options[1], scenario=scenario)
    assert aimed_at(option, options[0]).tolist() == [False, True, False, False, True, False]
    adopted = option.stage_by_innovation[:, -1, 5:7].sum(axis=1)
    eligible = option.world.eligible.sum(axis=0)
    by_hand = 100 * (adopted[:, 1] + adopted[:, 4]) / (eligible[1] + eligible[4])
    np.testing.assert_allclose(shares_of(option, aimed_at(option, options[0])), by_hand)
    table = displacement_table([options[0], option])
    assert table is not None
    assert [cell.text for cell in table.rows[0][1]][::2] == ["2", "4"]
    assert len(displacement_sentences([options[0], option])) == 1
    broad = replace(options[2], scenario=SyntheticScenario("baseline+x", months=months, levers={"x": everything}))
    assert displacement_table([options[0], broad]) is None
    # a lever that the first scenario has too is no addition
    same = replace(options[0], scenario=SyntheticScenario("baseline", levers={"tariff": aims}))
    assert not aimed_at(option, same).any()
