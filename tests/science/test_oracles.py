"""The oracles give every number the model's specification prints, to the digits printed."""

from __future__ import annotations

import numpy as np
import pytest

from support import oracles

pytestmark = pytest.mark.unit

P, Q = 0.03 / 12, 0.38 / 12
YEARS = np.array([12, 60, 120])


def test_binomial_recursion_agrees_with_enumeration_of_two_organisations() -> None:
    adopt_alone, adopt_beside = -np.expm1(-P), -np.expm1(-(P + Q))
    one, two = 2 * adopt_alone * (1 - adopt_alone), adopt_alone**2
    distribution = oracles.complete_graph_distribution(2, P, Q, 2)
    assert distribution[1] == pytest.approx([1 - one - two, one, two], abs=1e-15)
    stay = (1 - adopt_alone) ** 2
    assert distribution[2, 2] == pytest.approx(stay * two + one * adopt_beside + two, abs=1e-15)


@pytest.mark.parametrize("n", [2, 10, 233, 1000])
def test_distribution_sums_to_one_and_never_moves_down(n: int) -> None:
    distribution = oracles.complete_graph_distribution(n, P, Q, 120)
    assert distribution.sum(axis=1) == pytest.approx(np.ones(121), abs=1e-10)
    at_most = distribution.cumsum(axis=1)
    assert (np.diff(at_most, axis=0) <= 1e-10).all()


@pytest.mark.parametrize(
    ("n", "means", "sds"),
    [
        (10, (0.03495831, 0.28669246, 0.67277233), (0.06806, 0.25232, 0.30309)),
        (217, (0.03511134, 0.32202820, 0.80029741), (0.01476, 0.06380, 0.05352)),
        (233, (0.03511181, 0.32217330, 0.80071841), (0.01424, 0.06161, 0.05154)),
    ],
)
def test_bass_on_complete_graph(n: int, means: tuple[float, ...], sds: tuple[float, ...]) -> None:
    mean, sd = oracles.complete_graph(n, P, Q, 120)
    assert np.round(mean[YEARS], 8) == pytest.approx(means, abs=1e-12)
    assert np.round(sd[YEARS], 5) == pytest.approx(sds, abs=1e-12)


@pytest.mark.parametrize(
    ("n", "seeds", "means", "sds"),
    [
        (100, 1, (0.01451523, 0.06081999, 0.26322498), (0.00793, 0.05094, 0.17605)),
        (1000, 10, (0.01447653, 0.06150301, 0.29512062), (0.00250, 0.01677, 0.06570)),
    ],
)
def test_si_on_complete_graph(n: int, seeds: int, means: tuple[float, ...], sds: tuple[float, ...]) -> None:
    mean, sd = oracles.complete_graph(n, 0.0, Q, 120, seeds=seeds)
    assert np.round(mean[YEARS], 8) == pytest.approx(means, abs=1e-12)
    assert np.round(sd[YEARS], 5) == pytest.approx(sds, abs=1e-12)


def test_external_only_is_exact_for_any_number() -> None:
    assert np.round(oracles.external_only(P, 120)[YEARS], 9) == pytest.approx([0.029554466, 0.139292024, 0.259181779])
    mean, sd = oracles.complete_graph(50, P, 0.0, 120)
    exact = oracles.external_only(P, 120)
    assert mean == pytest.approx(exact, abs=1e-12)
    assert sd == pytest.approx(np.sqrt(exact * (1 - exact) / 50), abs=1e-12)


def test_infinite_complete_graph() -> None:
    bass = oracles.infinite_complete_graph(P, Q, 120)
    assert np.round(bass[YEARS], 9) == pytest.approx([0.035118283, 0.324166402, 0.806342257], abs=1e-12)
    si = oracles.infinite_complete_graph(0.0, Q, 120, f0=0.01)
    assert np.round(si[YEARS], 9) == pytest.approx([0.014472269, 0.061585736, 0.299700658], abs=1e-12)


def test_finite_mean_approaches_infinite_map() -> None:
    infinite = oracles.infinite_complete_graph(P, Q, 120)
    gaps = [abs(oracles.complete_graph(n, P, Q, 120)[0] - infinite).max() for n in (100, 200, 400)]
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.1)
    assert gaps[1] / gaps[2] == pytest.approx(2, rel=0.1)


def test_one_sided_ring() -> None:
    ring = oracles.one_sided_ring(P, Q, 120)
    assert np.round(ring[YEARS], 9) == pytest.approx([0.034486992, 0.245370881, 0.553485582], abs=1e-12)


def test_granovetter_thresholds() -> None:
    everyone, nobody = ~np.eye(100, dtype=bool), np.zeros(100, dtype=bool)
    thresholds = np.arange(100)
    assert oracles.threshold_cascade(thresholds, everyone, nobody, 100)[-1] == 100
    thresholds[1] = 2
    assert oracles.threshold_cascade(thresholds, everyone, nobody, 100)[-1] == 1


def test_ring_lattice_needs_two_seeds() -> None:
    apart = np.abs(np.subtract.outer(np.arange(100), np.arange(100)))
    lattice = np.isin(np.minimum(apart, 100 - apart), (1, 2))
    thresholds = np.full(100, 2)
    pair = np.isin(np.arange(100), (0, 1))
    counts = oracles.threshold_cascade(thresholds, lattice, pair, 60)
    assert list(counts[:50]) == list(range(2, 102, 2))
    assert (counts[48], counts[49], counts[-1]) == (98, 100, 100)
    assert (oracles.threshold_cascade(thresholds, lattice, np.arange(100) == 0, 60) == 1).all()


def test_continuous_curves() -> None:
    years = np.array([1, 5, 10])
    bass = oracles.bass_curve(0.03, 0.38, years)
    # F(5) is .33119864249: the printed value was rounded twice, so one unit of the last digit is allowed.
    assert bass == pytest.approx([0.035758164, 0.331198643, 0.812803221], abs=6e-10)
    assert oracles.bass_peak_and_median(0.03, 0.38) == pytest.approx((6.192619198, 6.550188647), abs=5e-10)
    si = oracles.logistic_curve(0.38, 0.01, years)
    assert np.round(si, 9) == pytest.approx([0.014555558, 0.063261937, 0.311070397], abs=1e-12)


def test_bass_fit_of_video_recorders() -> None:
    sales = np.array([840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890])
    published = (67980.95, 0.006593982, 0.638090485)
    fit = oracles.bass_density_fit(sales)
    # The published optimiser stopped within its tolerance; this fit agrees to 4 parts in 10^6 and lies no higher.
    assert fit == pytest.approx(published, rel=4e-6)
    assert oracles.bass_misfit(sales, *fit) <= oracles.bass_misfit(sales, *published)


def test_beliefs_learning_and_discounting() -> None:
    assert oracles.posterior_variance(np.array([1, 4, 12]), 1.0, 4.0) == pytest.approx([0.8, 0.5, 0.25], abs=1e-15)
    assert oracles.learning_effort(np.array([1, 3]), 0.85) == pytest.approx([0.85, 0.7225], abs=1e-15)
    assert -np.log2(0.85) == pytest.approx(0.234, abs=5e-4)
    factors = oracles.discount_factor(0.035, np.array([1, 5, 10, 30]))
    assert np.round(factors, 6) == pytest.approx([0.966184, 0.841973, 0.708919, 0.356278], abs=1e-12)
    assert oracles.discount_factor(0.035, np.arange(1, 11)).sum() == pytest.approx(8.316605, abs=5e-7)


def test_toy_network() -> None:
    looks_to, times = oracles.adjacency(oracles.TOY_TIES), oracles.TOY_ADOPTION_TIMES
    own = oracles.exposure_at_adoption(looks_to, times)
    assert own == pytest.approx([0, 2 / 3, 1, 1 / 2, 2 / 3, 1 / 2, 1, np.nan], nan_ok=True)
    lagged = oracles.exposure_at_adoption(looks_to, times, lag=1)
    assert lagged == pytest.approx([np.nan, 1 / 3, 1, 1 / 2, 1 / 3, 0, 1, np.nan], nan_ok=True)
    assert oracles.hazard(times, 5) == pytest.approx([0, 2 / 7, 1 / 5, 1 / 2, 1 / 2])
    autocorrelation = [oracles.morans_i((times <= t).astype(float), looks_to) for t in (2, 3, 4)]
    assert autocorrelation == pytest.approx([0.701587302, 0.619047619, -0.015873016], abs=5e-10)
    assert oracles.adopter_classes(times) == ["EA", "EM", "EM", "LM", "LM", "LM", "L", "none"]
