"""Limiting cases through ``scenarios/limits/`` and the production engine, against exact means and deviations.

The z of a mean uses the exact standard deviation; that of a standard deviation its standard error, from the fourth
moment of the replicates.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from diffusion.experiments.running.runner import run
from diffusion.scenario.schema import Scenario
from support import oracles

pytestmark = pytest.mark.oracle

REPLICATES = 2_000
YEARS = np.array([12, 60, 120])
P, Q = 0.03 / 12, 0.38 / 12
HIGHEST_Z = 4.0

Limit = Callable[..., Scenario]


def shares(scenario: Scenario, replicates: int = REPLICATES, seed: int = 20250701) -> np.ndarray:
    """Return the adopter shares, float64[replicates, months + 1]; in parts, which keep memory small."""
    parts = np.array_split(np.arange(replicates), 4)
    return np.concatenate([run(scenario, part, seed).adopter_share() for part in parts])


def z_scores(sample: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the z of the means and of the standard deviations of ``sample`` (replicates first)."""
    n = len(sample)
    centred = sample - sample.mean(axis=0)
    variance = (centred**2).sum(axis=0) / (n - 1)
    error = np.sqrt(((centred**4).mean(axis=0) - variance**2) / n) / (2.0 * np.sqrt(variance))
    return (sample.mean(axis=0) - mean) / (sd / np.sqrt(n)), (np.sqrt(variance) - sd) / error


def assert_agrees(sample: np.ndarray, mean: np.ndarray, sd: np.ndarray, record: Callable[[str, object], None]) -> None:
    """Assert that years 1, 5 and 10 of ``sample`` have this mean and standard deviation by month."""
    z_mean, z_sd = z_scores(sample[:, YEARS], mean[YEARS], sd[YEARS])
    record("z_mean", z_mean.round(2).tolist())
    record("z_sd", z_sd.round(2).tolist())
    assert (np.abs(z_mean) < HIGHEST_Z).all(), f"z of the means {z_mean}"
    assert (np.abs(z_sd) < HIGHEST_Z).all(), f"z of the standard deviations {z_sd}"


@pytest.mark.parametrize("n", [10, 57, 217, 233])
def test_bass_on_a_complete_graph(limit: Limit, record_property: Callable[[str, object], None], n: int) -> None:
    sample = shares(limit("complete-graph", f"world.synthetic.n_trusts={n}"))
    assert_agrees(sample, *oracles.complete_graph(n, P, Q, 120), record_property)


def test_the_whole_distribution_of_bass_on_ten_trusts(limit: Limit) -> None:
    adopters = np.rint(shares(limit("complete-graph", "world.synthetic.n_trusts=10")) * 10).astype(int)
    exact = oracles.complete_graph_distribution(10, P, Q, 120)
    for month in YEARS:
        expected = exact[month] * REPLICATES
        observed = np.bincount(adopters[:, month], minlength=11)
        pooled = expected >= 5
        expected = np.append(expected[pooled], expected[~pooled].sum())
        observed = np.append(observed[pooled], observed[~pooled].sum())
        present = expected > 0
        chi_square = ((observed - expected)[present] ** 2 / expected[present]).sum()
        # Wilson and Hilferty: the cube root of a chi-square over its degrees of freedom is nearly normal
        freedom = present.sum() - 1
        z = ((chi_square / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / np.sqrt(2 / (9 * freedom))
        assert abs(z) < HIGHEST_Z


def test_every_month_of_bass_is_on_the_recursion(limit: Limit) -> None:
    sample = shares(limit("complete-graph"), seed=7)
    mean, sd = oracles.complete_graph(233, P, Q, 120)
    z_mean, z_sd = z_scores(sample[:, 1:], mean[1:], sd[1:])
    assert np.abs(z_mean).max() < HIGHEST_Z
    # early months hold a handful of adopters: their fourth moments are too rough for a normal error
    assert np.abs(z_sd[11:]).max() < HIGHEST_Z


def ring_moments(n: int, p: float, q: float, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact mean and SD of F on a one-sided ring of ``n`` > ``months`` trusts.

    Adoption times along the ring are a Markov chain in the position, so two trusts d apart are d transitions apart;
    from ``months`` on they are independent.
    """
    alone, beside = np.exp(-p), np.exp(-(p + q))
    # kernel[s, t]: the next trust adopts in month t + 1 given its predecessor did in s + 1; the last index is never
    step = np.where(np.arange(months)[None, :] > np.arange(months + 1)[:, None], beside, alone)
    left = np.concatenate([np.ones((months + 1, 1)), np.cumprod(step, axis=1)], axis=1)
    kernel = np.concatenate([-np.diff(left, axis=1), left[:, -1:]], axis=1)
    survival = 1.0 - oracles.one_sided_ring(p, q, months)
    first = np.append(-np.diff(survival), survival[-1])
    assert first @ kernel == pytest.approx(first, abs=1e-12)  # the same distribution at every position
    still = np.arange(months + 1)[:, None] >= np.arange(months + 1)[None, :]  # adopts after month t
    variance = survival * (1.0 - survival)
    later = still.astype(np.float64)
    for _ in range(1, months):
        later = kernel @ later
        variance = variance + 2.0 * (((first[:, None] * still) * later).sum(axis=0) - survival**2)
    return 1.0 - survival, np.sqrt(variance / n)


def test_one_sided_ring(limit: Limit, record_property: Callable[[str, object], None]) -> None:
    mean, sd = ring_moments(240, P, Q, 120)
    assert mean[YEARS] == pytest.approx([0.034486992, 0.245370881, 0.553485582], abs=1e-9)
    assert_agrees(shares(limit("ring")), mean, sd, record_property)


def test_external_push_only(limit: Limit, record_property: Callable[[str, object], None]) -> None:
    mean = oracles.external_only(P, 120)
    assert_agrees(shares(limit("external-only")), mean, np.sqrt(mean * (1 - mean) / 233), record_property)


@pytest.mark.parametrize(("n", "seeds"), [(100, 1), (1000, 10)])
def test_contagion_only(limit: Limit, record_property: Callable[[str, object], None], n: int, seeds: int) -> None:
    scenario = limit("susceptible-infected", f"world.synthetic.n_trusts={n}", f"initial.adopters.count={seeds}")
    exact = oracles.complete_graph(n, 0.0, Q, 120, seeds)
    assert_agrees(shares(scenario), *exact, record_property)


def test_the_classic_workload_agrees_with_a_plain_program(limit: Limit) -> None:
    scenario = limit("classic")
    sample = shares(scenario, 1_000)
    layer = scenario.build_world().layers[0]
    n = len(layer.indptr) - 1
    looks_to = np.zeros((n, n))
    looks_to[np.repeat(np.arange(n), np.diff(layer.indptr)), layer.indices] = 1.0
    assert looks_to.sum() == 12 * n
    looks_to /= looks_to.sum(axis=1, keepdims=True)
    generator = np.random.default_rng(3)
    adopted = np.zeros((1_000, n), dtype=bool)
    plain = np.zeros((1_000, 121))
    for month in range(1, 121):
        stay = (1.0 - 0.005) * np.exp(-0.3 * (adopted @ looks_to.T))
        adopted |= generator.random(adopted.shape) >= stay
        plain[:, month] = adopted.mean(axis=1)
    for month in (3, 6, 12, 18, 24):
        a, b = sample[:, month], plain[:, month]
        z = (a.mean() - b.mean()) / np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 1_000)
        assert abs(z) < HIGHEST_Z
        assert 0.85 < a.std() / b.std() < 1.18  # four standard errors of a ratio of two deviations


def adopters(scenario: Scenario, replicates: int = 3) -> np.ndarray:
    """Return the number of adopters, which must not differ between replicates, int[months + 1]."""
    counts = run(scenario, replicates, 5).monthly["adopters"]
    assert (counts == counts[0]).all()
    return counts[0].astype(int)


def test_granovetters_crowd(limit: Limit) -> None:
    counts = adopters(limit("granovetter"))
    everyone = ~np.eye(100, dtype=bool)
    expected = oracles.threshold_cascade(np.arange(100), everyone, np.zeros(100, dtype=bool), 120)
    assert counts.tolist() == expected.tolist()
    assert counts[-1] == 100
    broken = adopters(limit("granovetter-broken"))
    assert broken[0] == 0
    assert (broken[1:] == 1).all()


def test_complex_contagion_on_a_ring_lattice(limit: Limit) -> None:
    counts = adopters(limit("ring-lattice"))
    assert counts.tolist() == np.minimum(2 + 2 * np.arange(121), 100).tolist()
    assert counts[48] < 100
    assert counts[49] == 100
    assert (adopters(limit("ring-lattice-one-seed")) == 1).all()
