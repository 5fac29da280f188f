"""The Bass model: its curve, and whether every estimator finds what it should."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.analysis.bass.censored import (
    bass_log_likelihood,
    expected_adopters,
    fit_bass_ml,
    times_of,
    times_of_counts,
)
from diffusion.analysis.bass.generalised import fit_generalised_bass, generalised_bass_share
from diffusion.analysis.bass.least_squares import (
    BassFit,
    bass_density,
    bass_peak,
    bass_share,
    bass_time_to,
    fit_bass_nls,
    fit_bass_ols,
)
from diffusion.analysis.bass.profile import profile_interval
from diffusion.analysis.observed.times import adoption_table

pytestmark = pytest.mark.oracle

#: Sales of video recorders 1980 to 1989, thousands.
VCR = np.array([840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890], dtype=float)
P, Q = 0.03, 0.38


def simulated_times(rng: np.random.Generator, n: int, share: float, last: int) -> np.ndarray:
    """Return independent times drawn from the Bass curve, NaN for those that do not adopt by ``last``."""
    times = np.ceil(bass_time_to(rng.random(n), P, Q))
    return np.where((rng.random(n) < share) & (times <= last), times, np.nan)


def sse(fit: tuple[float, float, float]) -> float:
    m, p, q = fit
    return float(((m * bass_density(np.arange(1, 11), p, q) - VCR) ** 2).sum())


def codes(n: int) -> list[str]:
    return [f"{i:04d}" for i in range(n)]


# --- The curve --------------------------------------------------------------------------------------------------------


def test_curve_peak_and_times_are_the_closed_forms() -> None:
    # to the nine digits given but for the last of F(5), .33119864249
    assert bass_share([1, 5, 10], P, Q) == pytest.approx([0.035758164, 0.331198643, 0.812803221], abs=6e-10)
    assert bass_peak(P, Q) == pytest.approx(6.192619198, abs=5e-10)
    assert float(bass_time_to(0.5, P, Q)) == pytest.approx(6.550188647, abs=5e-10)
    assert bass_peak(0.4, 0.1) == 0.0


def test_density_is_the_slope_and_solves_the_equation() -> None:
    t, h = np.linspace(0.5, 20, 40), 1e-5
    f = bass_density(t, P, Q)
    share = bass_share(t, P, Q)
    assert f == pytest.approx((bass_share(t + h, P, Q) - bass_share(t - h, P, Q)) / (2 * h), rel=1e-8)
    assert f / (1 - share) == pytest.approx(P + Q * share, rel=1e-12)
    assert bass_time_to(share, P, Q) == pytest.approx(t, rel=1e-12)


# --- Least squares ----------------------------------------------------------------------------------------------------


def test_vcr_density_fit_is_the_optimum() -> None:
    """The optimum in 50-digit arithmetic (Newton on the exact sum of squares) is 67980.908002780936 and so on.

    The usually printed m=67980.95, p=.006593982, q=.638090485 agrees with it to 6, 5 and 5 digits: its sum of squares,
    3701668.589287558, lies just above the least one, 3701668.589088417.
    """
    fit = fit_bass_nls(VCR, "density")
    assert fit.market == pytest.approx(67980.908002780936, rel=1e-9)
    assert fit.p == pytest.approx(0.0065939593604565, rel=1e-9)
    assert fit.q == pytest.approx(0.6380912666319656, rel=1e-9)
    assert fit.sse == pytest.approx(3701668.589088417, abs=2e-6)
    printed = (67980.95, 0.006593982, 0.638090485)
    assert (fit.market, fit.p, fit.q) == pytest.approx(printed, rel=4e-6)
    assert sse(printed) == pytest.approx(3701668.589288, abs=2e-6)
    assert fit.sse < sse(printed)


def test_vcr_other_targets_are_optima_of_their_own() -> None:
    t = np.arange(1, 11)
    for target, curve, data in (
        ("increments", lambda m, p, q: m * np.diff(bass_share(np.arange(11), p, q)), VCR),
        ("cumulative", lambda m, p, q: m * bass_share(t, p, q), np.cumsum(VCR)),
    ):
        fit = fit_bass_nls(VCR, target)
        best = float(((curve(fit.market, fit.p, fit.q) - data) ** 2).sum())
        assert best == pytest.approx(fit.sse, rel=1e-9)
        for factor in np.array(np.meshgrid(*[[0.999, 1.001]] * 3)).reshape(3, -1).T:
            moved = np.array([fit.market, fit.p, fit.q]) * factor
            assert float(((curve(*moved) - data) ** 2).sum()) > best


def test_vcr_regression_of_1969() -> None:
    """The same regression by polyfit: new adopters on adopters before."""
    before = np.concatenate([[0.0], np.cumsum(VCR)[:-1]])
    c, b, a = np.polyfit(before, VCR, 2)
    m = (-b - np.sqrt(b * b - 4 * a * c)) / (2 * c)
    fit = fit_bass_ols(VCR)
    assert (fit.market, fit.p, fit.q) == pytest.approx((m, a / m, -c * m), rel=1e-6)
    assert (fit.market, fit.p, fit.q) == pytest.approx((62665.447, 0.02164678, 0.68052504), rel=1e-6)


def test_exact_data_give_back_the_curve_by_every_estimator() -> None:
    counts = 500 * np.diff(bass_share(np.arange(31), P, Q))
    for fit in (
        fit_bass_nls(counts, "increments"),
        fit_bass_nls(counts, "cumulative"),
        fit_bass_nls(counts, market=500),
        fit_bass_ml(times_of_counts(counts)),
        fit_bass_ml(times_of_counts(counts, 800.0)),
        fit_bass_ml(times_of_counts(counts[:12], 500.0), 1.0),
    ):
        assert (fit.market, fit.p, fit.q) == pytest.approx((500, P, Q), rel=1e-5), fit.method
    density = 500 * bass_density(np.arange(1, 31), P, Q)
    fit = fit_bass_nls(density, "density")
    assert (fit.market, fit.p, fit.q) == pytest.approx((500, P, Q), rel=1e-7)


@pytest.mark.parametrize("counts", [[1, 2, 3], [0, 0, 0, 0, 0], [1, -1, 2, 3, 4], [1, np.nan, 2, 3, 4]])
def test_counts_that_cannot_be_fitted_are_refused(counts: list[float]) -> None:
    with pytest.raises(ValueError, match=r"periods|counts"):
        fit_bass_nls(counts)


def test_unknown_target_is_refused() -> None:
    with pytest.raises(ValueError, match="density, increments, cumulative"):
        fit_bass_nls(VCR, "densty")


# --- Maximum likelihood -----------------------------------------------------------------------------------------------


def test_likelihood_is_that_of_its_definition() -> None:
    """By hand: adoption in 3 and in 5, none by 6, entry after 2 and adoption in 4, an adopter before period 1."""
    table = adoption_table(
        list("abcde"), [3, 5, np.nan, 4, np.nan], 1, 6, entry=[1, 1, 1, 3, 1], already=[0, 0, 0, 0, 1]
    )
    share, c = lambda t: float(bass_share(t, P, Q)), 0.7
    expected = (
        np.log(c * (share(4) - share(3)))
        + np.log(c * (share(6) - share(5)))
        + np.log(1 - c * share(7))
        + np.log(c * (share(5) - share(4)) / (1 - c * share(3)))
        + np.log(c * share(1))
    )
    # the curve's time begins with period 0: by its end one had adopted, and those seen from period 1 on had not
    assert float(bass_log_likelihood(times_of(table, -1), P, Q, c)) == pytest.approx(expected, rel=1e-12)


def test_conditional_and_free_market_fits_agree() -> None:
    """With c free, the counts' shape alone says p and q: as without a population."""
    alone, within = fit_bass_ml(times_of_counts(VCR)), fit_bass_ml(times_of_counts(VCR, 100_000))
    assert (alone.p, alone.q, alone.market) == pytest.approx((within.p, within.q, within.market), rel=1e-6)
    assert within.low95["c"] < within.market_share < within.high95["c"]


def test_right_censored_fits_differ_from_uncensored_ones_as_they_should() -> None:
    """Data cut at half way: with censoring the truth is recovered; without, the market is too small, q too large."""
    times = simulated_times(np.random.default_rng(5), 3000, 0.8, 8)
    table = adoption_table(codes(3000), times, 1, 8)
    censored = fit_bass_ml(times_of(table, 0))
    seen = ~np.isnan(times)
    naive = fit_bass_ml(times_of(table.select(seen), 0), 1.0)
    assert censored.low95["c"] < 0.8 < censored.high95["c"]
    assert censored.low95["p"] < P < censored.high95["p"]
    assert censored.low95["q"] < Q < censored.high95["q"]
    assert naive.market == seen.sum() < 0.9 * censored.market
    assert naive.q > 1.3 * Q
    assert naive.low95["q"] > Q


def recovered(fit: BassFit, truth: dict[str, float]) -> np.ndarray:
    return np.array([name in fit.low95 and fit.low95[name] <= x <= fit.high95[name] for name, x in truth.items()])


def test_intervals_cover_known_parameters() -> None:
    """95 % intervals of p, q and c hold the truth in at least 90 of 100 right-censored data sets."""
    rng, truth = np.random.default_rng(1), {"p": P, "q": Q, "c": 0.7}
    covered = np.zeros(3, dtype=int)
    for _ in range(100):
        table = adoption_table(codes(400), simulated_times(rng, 400, 0.7, 12), 1, 12)
        covered += recovered(fit_bass_ml(times_of(table, 0)), truth)
    assert (covered >= 90).all(), covered


def test_late_entry_and_early_exit_do_not_bias() -> None:
    """Organisations seen from a random period on, unless they adopted before, and some lost later."""
    rng, covered, naive = np.random.default_rng(8), np.zeros(2, dtype=int), np.zeros(2, dtype=int)
    truth = {"p": P, "q": Q}
    for _ in range(40):
        n, last = 1500, 14
        times = simulated_times(rng, n, 1.0, 200)
        entry, exit_ = rng.integers(1, 6, n), rng.integers(8, last + 1, n)
        kept = times >= entry
        time = np.where(times <= exit_, times, np.nan)[kept]
        names = codes(int(kept.sum()))
        table = adoption_table(names, time, 1, last, entry=entry[kept], exit=exit_[kept])
        fit = fit_bass_ml(times_of(table, 0), 1.0)
        covered += recovered(fit, truth)
        naive += recovered(fit_bass_ml(times_of(adoption_table(names, time, 1, last), 0), 1.0), truth)
    assert (covered >= 34).all(), covered
    assert naive[1] <= 4, naive  # q is far off
    assert expected_adopters(table, fit, 0)[-1] == pytest.approx(table.event.sum(), rel=0.05)


def test_data_without_contagion_get_q_of_0_and_a_bound() -> None:
    counts = 1000 * np.diff(1 - np.exp(-0.05 * np.arange(21)))
    counts = counts * np.linspace(1.15, 0.85, 20)  # falls faster than any curve with q > 0 and c = 1
    times = times_of_counts(counts, 1000.0)
    fit = fit_bass_ml(times, 1.0)
    assert fit.q == 0.0
    assert "q" not in fit.low95
    assert any("q = 0" in note for note in fit.notes)
    low, high = profile_interval(times, "q", fit, 1.0)
    assert low == 0.0
    assert 0 < high < 0.1


def test_profile_interval_is_where_the_likelihood_has_fallen_enough() -> None:
    times = times_of_counts(np.round(VCR / 100), 900.0)
    fit = fit_bass_ml(times)
    low, high = profile_interval(times, "c", fit)
    assert low < fit.market_share < high
    for c in (low, high):  # the best p and q with that c fixed
        assert 2 * (fit.log_likelihood - fit_bass_ml(times, c).log_likelihood) == pytest.approx(3.8414588, rel=1e-3)
    early = times_of_counts(np.round(VCR / 100)[:5], 900.0)
    assert profile_interval(early, "c", fit_bass_ml(early))[1] == 1.0


def test_origin_after_an_adoption_is_refused() -> None:
    with pytest.raises(ValueError, match="origin"):
        times_of(adoption_table(codes(3), [2, 3, 4]), 2)


def test_more_adopters_than_people_is_refused() -> None:
    with pytest.raises(ValueError, match="population"):
        times_of_counts(VCR, 100)


# --- The generalised model --------------------------------------------------------------------------------------------


def test_generalised_model_without_effort_is_the_bass_model() -> None:
    drivers = np.zeros((1, 12))
    assert generalised_bass_share(P, Q, [0.7], drivers) == pytest.approx(bass_share(np.arange(1, 13), P, Q), rel=1e-14)
    doubled = generalised_bass_share(P, Q, [1.0], np.ones((1, 12)))
    assert doubled == pytest.approx(bass_share(2 * np.arange(1, 13), P, Q), rel=1e-14)


def test_generalised_model_finds_the_effect_of_a_programme() -> None:
    programme = np.zeros(20)
    programme[6:12] = 1
    rng, covered = np.random.default_rng(2), 0
    for _ in range(20):
        share = generalised_bass_share(0.02, 0.3, [0.6], programme)
        cells = np.append(0.8 * np.diff(np.append(0, share)), 1 - 0.8 * share[-1])
        counts = rng.multinomial(4000, cells)[:-1]
        fit = fit_generalised_bass(counts, programme, 4000)
        covered += fit.low95["beta_1"] <= 0.6 <= fit.high95["beta_1"] and fit.low95["c"] <= 0.8 <= fit.high95["c"]
    assert covered >= 16


def test_generalised_model_refuses_drivers_that_say_nothing() -> None:
    with pytest.raises(ValueError, match="never changes"):
        fit_generalised_bass(VCR, np.ones(10))
    with pytest.raises(ValueError, match="periods"):
        fit_generalised_bass(VCR, np.ones(9))
