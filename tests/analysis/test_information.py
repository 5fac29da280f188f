"""Value of information, acceptability, regret and switching values against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from diffusion.analysis.economics.acceptability import acceptability, net_benefit, quarters
from diffusion.analysis.economics.regret import rank_reversals, regret
from diffusion.analysis.results.intervals import wilson
from diffusion.analysis.uncertainty.draws import complete
from diffusion.analysis.uncertainty.smooth import basis, curve
from diffusion.analysis.uncertainty.switching import switching_value, switching_values
from diffusion.analysis.uncertainty.value_of_information import evpi, evpi_bounds, evppi, evppi_by_parameter

pytestmark = pytest.mark.unit


def loss(mean: float, sd: float) -> float:
    """E[max(0, X)] - max(0, E[X]) of X ~ N(mean, sd): the unit normal loss, the EVPI of two options."""
    z = abs(mean) / sd
    return sd * (stats.norm.pdf(z) - z * stats.norm.sf(z))


def quantile_draws(n: int, sd: float, seed: int) -> np.ndarray:
    """Normal draws by Latin hypercube: the sampling error of the sample's own moments is next to none."""
    return sd * stats.norm.ppf((np.random.default_rng(seed).permutation(n) + 0.5) / n)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.5, 2.0), (-3.0, 2.0)])
def test_evpi_of_two_normal_options_is_the_unit_normal_loss(mean: float, sd: float) -> None:
    net = np.stack([np.zeros(20_000), mean + quantile_draws(20_000, sd, 1)])
    found = evpi(net)
    assert float(found.mean) == pytest.approx(loss(mean, sd), abs=2e-3)
    assert float(found.low95) <= loss(mean, sd) <= float(found.high95)


def test_evpi_is_nothing_where_one_option_is_always_best() -> None:
    noise = np.random.default_rng(2).normal(size=500)
    assert float(evpi(np.stack([noise, noise + 1e-9])).mean) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_evpi_bounds_hold_the_truth_where_replicates_are_noisy(seed: int) -> None:
    draws, replicates = 4_000, 8
    x = quantile_draws(draws, 1.0, seed)
    noise = 4 * np.random.default_rng([seed, 5]).normal(size=(2, draws, replicates))
    bounds = evpi_bounds(np.stack([np.zeros(draws), 0.5 + x])[:, :, None] + noise)
    truth = loss(0.5, 1.0)
    assert float(bounds.lower.mean) < truth < float(bounds.upper.mean)
    assert float(bounds.upper.mean) > 1.5 * truth  # counting luck as knowledge would mislead here
    assert np.isnan(evpi_bounds(noise[:, :, :1]).lower.mean)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (2.0, 0.5)])
def test_evppi_of_a_linear_model_is_the_loss_of_its_own_share(a: float, b: float) -> None:
    x, y = quantile_draws(2_000, 1.0, 3), quantile_draws(2_000, 1.0, 4)
    nothing = np.random.default_rng(5).uniform(size=2_000)
    net = np.stack([np.zeros(2_000), 0.3 + a * x + b * y])
    found = evppi_by_parameter(net, {"y": y, "nothing": nothing, "x": x})
    for name, share in (("x", a), ("y", b)):
        assert float(found[name].low95) <= loss(0.3, share) <= float(found[name].high95)
        assert float(found[name].mean) == pytest.approx(loss(0.3, share), rel=0.15)
    assert float(found["nothing"].low95) <= 0 <= float(found["nothing"].high95)
    assert list(found)[-1] == "nothing"
    assert float(found["x"].mean) <= float(evpi(net).mean)


def test_evppi_sees_a_bend_that_a_straight_line_would_miss() -> None:
    x = np.linspace(-1, 1, 1_000)
    net = np.stack([np.zeros(1_000), x**2 - 1 / 3 + 0.1 * np.random.default_rng(6).normal(size=1_000)])
    truth = float(np.maximum(x**2 - 1 / 3, 0).mean())
    assert float(evppi(net, x).mean) == pytest.approx(truth, rel=0.05)


def test_evppi_of_a_switch_is_the_mean_over_its_levels() -> None:
    level = np.tile([0.0, 1.0], 500)
    net = np.stack([np.zeros(1_000), np.where(level > 0, 3.0, -2.0)])
    assert float(evppi(net, level).mean) == pytest.approx(0.5 * 3.0 - 0.5, abs=1e-12)


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        evppi(np.zeros((2, 10)), np.arange(10.0))
    with pytest.raises(ValueError, match="too few"):
        curve(np.arange(10.0), np.arange(10.0))


def test_the_spline_holds_straight_lines_and_knows_its_interval() -> None:
    x = np.random.default_rng(7).uniform(2, 9, 400)
    found = curve(x, 3 - 2 * x)
    np.testing.assert_allclose(found.mean, 3 - 2 * found.at, atol=1e-8)
    covered = []
    for seed in range(60):
        draws = np.random.default_rng([8, seed])
        inside = curve(x, np.sin(x / 2) + draws.normal(size=400), points=9)
        covered.append((inside.low <= np.sin(inside.at / 2)) & (np.sin(inside.at / 2) <= inside.high))
    assert 0.90 <= np.mean(covered) <= 0.99
    assert basis(np.array([1.0, 2.0, 2.0, 3.0])).shape == (4, 3)


def test_acceptability_of_two_normal_options() -> None:
    n = 20_000
    effect = np.stack([np.zeros(n), 10 + quantile_draws(n, 2.0, 9)])
    cost = np.stack([np.zeros(n), 1_000 + quantile_draws(n, 300.0, 10)])
    worth = np.array([0.0, 50.0, 100.0, 500.0])
    found = acceptability(effect, cost, worth)
    truth = stats.norm.cdf((10 * worth - 1_000) / np.hypot(2 * worth, 300))
    np.testing.assert_allclose(found.probability[:, 1], truth, atol=0.01)
    np.testing.assert_allclose(found.probability.sum(axis=1), 1.0)
    assert ((found.low95[:, 1] <= truth) & (truth <= found.high95[:, 1])).all()
    assert found.frontier.tolist()[0] == 0
    assert found.frontier.tolist()[3] == 1


def test_wilson_is_that_of_scipy() -> None:
    for k, n in ((0, 20), (7, 20), (20, 20)):
        known = stats.binomtest(k, n).proportion_ci(method="wilson")
        for low, high in (wilson(k, n),):
            assert (float(low), float(high)) == pytest.approx((known.low, known.high))


def test_quarters_of_the_plane_sum_to_one() -> None:
    found = quarters([1, 1, -1, -1, 0], [-5, 5, -5, 5, 0])
    assert list(found.values()) == [0.2, 0.2, 0.4, 0.2]
    assert net_benefit([2.0], [30.0], 20.0).tolist() == [10.0]


def test_regret_by_hand() -> None:
    values = np.array([[3.0, 1.0, 5.0, 2.0], [2.0, 4.0, 5.0, 0.0]])
    found = regret(values)
    assert found.best.tolist() == [0.625, 0.375]
    assert np.asarray(found.mean.mean).tolist() == [0.75, 0.75]
    assert found.largest.tolist() == [3.0, 2.0]
    assert found.minimax == 1
    assert regret(values, higher_is_better=False).best.tolist() == [0.375, 0.625]


def test_mean_regret_is_evpi_for_the_option_of_the_best_mean() -> None:
    net = np.random.default_rng(11).normal(size=(4, 300))
    found = regret(net)
    assert float(np.asarray(found.mean.mean)[found.least]) == pytest.approx(float(evpi(net).mean))


def test_rank_reversals_name_the_factor_that_turns_the_order() -> None:
    x = np.linspace(0, 1, 200)
    other = np.random.default_rng(12).uniform(size=200)
    row = rank_reversals(np.stack([np.zeros(200), x - 0.25]), {"x": x, "other": other})[0]
    assert (row.better, row.worse) == (1, 0)
    assert row.share == pytest.approx(0.25, abs=0.01)
    assert row.towards["x"] == pytest.approx(1.0)
    assert abs(row.towards["other"]) < 0.2


def test_the_switching_value_of_a_line_is_its_root() -> None:
    x = np.random.default_rng(13).uniform(0, 10, 1_000)
    difference = 2 * (x - 6.5) + np.random.default_rng(14).normal(0, 3, 1_000)
    found = switching_value(x, difference, start=2.0)
    assert found.sign == -1
    assert found.at == pytest.approx(6.5, abs=0.3)
    assert found.low <= 6.5 <= found.high
    assert found.high - found.low < 2


def test_no_switch_where_the_sign_stays_and_none_from_noise() -> None:
    x = np.random.default_rng(15).uniform(0, 10, 1_000)
    assert not switching_value(x, 5 + x, start=2.0).switches
    noise = np.random.default_rng(16).normal(0, 1, 1_000)
    assert not switching_value(x, noise - noise.mean(), start=5.0).switches
    rows = switching_values({"no": noise, "x": x}, 2 * (x - 6.5))
    assert list(rows) == ["x", "no"]
    assert not rows["no"].switches


def test_draws_that_are_not_complete_are_left_out() -> None:
    y = np.arange(12.0).reshape(2, 3, 2)
    study = complete(("a", "b"), {"x": [10.0, 20.0, 30.0], "same": [1.0, 1.0, 1.0]}, {"y": y})
    assert (study.draws, study.replicates) == (3, 2)
    assert study.by_draw("y")[1].tolist() == [6.5, 8.5, 10.5]
    assert study.difference("y", "b", "a").tolist() == [6.0, 6.0, 6.0]
    assert list(study.varied()) == ["x"]
    y[1, 1, 0] = np.nan
    study = complete(("a", "b"), {"x": [10.0, 20.0, 30.0]}, {"y": y})
    assert study.factors["x"].tolist() == [10.0, 30.0]
    with pytest.raises(ValueError, match="no draw"):
        complete(("a", "b"), {}, {"y": np.full((2, 3, 2), np.nan)})


def test_among_many_idle_factors_none_switches_by_chance() -> None:
    draws = np.random.default_rng(21)
    idle = {f"x{i}": draws.uniform(size=300) for i in range(60)}
    difference = draws.normal(0, 1, 300)
    found = switching_values(idle, difference - difference.mean())
    assert not any(switch.switches for switch in found.values())
