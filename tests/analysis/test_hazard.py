"""Person-period tables and hazard regressions, on simulated data with known parameters and on runs of the model."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.analysis.bass.hazard import fit_bass_hazard
from diffusion.analysis.networks.exposures import exposure, exposure_by_layer
from diffusion.analysis.observed.person_period import fit_hazard, person_period_table
from diffusion.analysis.observed.simulated import adoption_from_events
from diffusion.analysis.observed.ties import Ties, ties_from_groups, ties_from_layer
from diffusion.analysis.observed.times import Adoption, adoption_table
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.experiments.running.opening_stages import opening_stages
from diffusion.experiments.running.runner import run
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.oracle

P, Q, BETA = 0.03, 0.38, 0.5


def simulate(ties: Ties, p: float, q: float, log_ratio: np.ndarray, last: int, rng: np.random.Generator) -> Adoption:
    """Draw from rate = (p + q x) exp(log_ratio), x the share of those looked to that had adopted before."""
    n = ties.n
    matrix, degree, time = ties.matrix(), np.maximum(ties.out_degree, 1), np.full(ties.n, np.nan)
    for t in range(1, last + 1):
        rate = (p + q * (matrix @ (time < t)) / degree) * np.exp(log_ratio)
        time[np.isnan(time) & (rng.random(n) < 1 - np.exp(-rate))] = t
    return adoption_table([f"{i:03d}" for i in range(n)], time, 1, last)


def everyone(n: int) -> Ties:
    return ties_from_groups("everyone", ["all"] * n)


# --- The table --------------------------------------------------------------------------------------------------------


def test_rows_are_those_at_risk() -> None:
    table = adoption_table(list("abc"), [3, np.nan, 2], 1, 4, entry=[2, 1, 1], exit=[4, 3, 4])
    ties = ties_from_groups("all", ["x"] * 3)
    found = person_period_table(table, exposure_by_layer(table, [ties], none_before=True), {"size": [1.0, 2.0, 3.0]})
    rows = list(zip((table.codes[i] for i in found.row), found.period.tolist(), found.event.tolist()))
    assert rows == [
        ("a", 2, False),
        ("a", 3, True),
        ("b", 1, False),
        ("b", 2, False),
        ("b", 3, False),
        ("c", 1, False),
        ("c", 2, True),
    ]
    assert found.exposure["all"].tolist() == [0, 0.5, 0, 0, 0.5, 0, 0]
    assert found.covariates["size"].tolist() == [1, 1, 2, 2, 2, 3, 3]
    frame = found.frame()
    assert list(frame.columns) == ["code", "period", "at_risk", "event", "exposure_all", "size"]
    assert frame["event"].sum() == 2


def test_covariates_may_change_over_time() -> None:
    table = adoption_table(list("ab"), [2, np.nan], 1, 2)
    found = person_period_table(table, covariates={"price": np.array([[1.0, 2.0], [3.0, 4.0]])})
    assert found.covariates["price"].tolist() == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="shape"):
        person_period_table(table, covariates={"price": np.ones(3)})


# --- Recovery ---------------------------------------------------------------------------------------------------------


def test_intervals_of_p_q_and_beta_cover_what_was_simulated() -> None:
    """95 % intervals hold p, q and beta in at least 90 of 100 runs in which adopters do draw one another."""
    ties, covered = everyone(150), np.zeros(3, dtype=int)
    truth = np.array([P, Q, BETA])
    for number in range(100):
        rng = np.random.default_rng(number)
        z = rng.normal(size=150)
        table = simulate(ties, P, Q, BETA * z, 12, rng)
        rows = person_period_table(table, {"all": exposure(table, ties, none_before=True)}, {"z": z})
        fit = fit_bass_hazard(rows, covariates=["z"])
        covered += (fit.low95 <= truth) & (truth <= fit.high95)
    assert (covered >= 90).all(), covered


def test_example_within_groups_is_told_from_that_of_all() -> None:
    """Two layers: q acts in one of them only, and the other's interval holds 0."""
    groups = ties_from_groups("group", [str(i % 20) for i in range(400)])
    table = simulate(groups, 0.02, 0.4, np.zeros(400), 14, np.random.default_rng(3))
    layers = [groups, everyone(400)]
    rows = person_period_table(table, exposure_by_layer(table, layers, none_before=True))
    fit = fit_bass_hazard(rows)
    found = dict(zip(fit.names, zip(fit.low95, fit.value, fit.high95)))
    assert found["q_group"][0] < 0.4 < found["q_group"][2]
    assert found["q_everyone"][1] < 0.1
    assert found["p"][0] < 0.02 < found["p"][2]


def test_no_contagion_gives_a_bound_that_holds() -> None:
    ties = everyone(200)
    held = zero = 0
    for seed in range(20):
        table = simulate(ties, 0.05, 0.0, np.zeros(200), 12, np.random.default_rng(seed))
        fit = fit_bass_hazard(person_period_table(table, {"all": exposure(table, ties, none_before=True)}))
        zero += fit.low95[1] == 0
        held += fit.low95[0] <= 0.05 <= fit.high95[0]
        if fit.value[1] == 0:
            assert fit.low95[1] == 0
            assert 0 < fit.high95[1] < 0.2
            assert "one-sided" in " ".join(fit.notes)
    assert held >= 16
    assert zero >= 17


def test_log_hazard_ratios_cover_what_was_simulated() -> None:
    """The regression with log link of exposure: rate = exp(a + gamma x + beta z)."""
    groups = ties_from_groups("group", [str(i % 10) for i in range(200)])
    matrix, degree = groups.matrix(), groups.out_degree
    covered = np.zeros(2, dtype=int)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        z, time = rng.normal(size=200), np.full(200, np.nan)
        for t in range(1, 13):
            rate = np.exp(-3 + 1.5 * (matrix @ (time < t)) / degree + 0.4 * z)
            time[np.isnan(time) & (rng.random(200) < 1 - np.exp(-rate))] = t
        table = adoption_table([f"{i:03d}" for i in range(200)], time, 1, 12)
        rows = person_period_table(table, {"group": exposure(table, groups, none_before=True)}, {"z": z})
        fit = fit_hazard(rows, baseline="linear")
        covered += (fit.low95 <= np.exp([1.5, 0.4])) & (np.exp([1.5, 0.4]) <= fit.high95)
    assert (covered >= 52).all(), covered


def test_regression_is_that_of_a_plain_likelihood() -> None:
    """At the estimates the score of the binomial likelihood with log(-log(1 - h)) link is 0."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=120)
    table = simulate(everyone(120), 0.05, 0.2, 0.5 * z, 10, rng)
    rows = person_period_table(table, covariates={"z": z})

    def log_likelihood(constant: float, beta: float) -> float:
        rate = np.exp(constant + beta * rows.covariates["z"])
        return float(np.where(rows.event, np.log(-np.expm1(-rate)), -rate).sum())

    fit = fit_hazard(rows, baseline="constant")
    from scipy.optimize import minimize

    best = minimize(lambda v: -log_likelihood(*v), [-2.0, 0.0], method="BFGS")
    assert fit.coefficient[0] == pytest.approx(best.x[1], abs=1e-5)
    assert fit.log_likelihood == pytest.approx(-best.fun, rel=1e-9)


def test_regression_says_what_it_cannot_use() -> None:
    table = simulate(everyone(60), 0.1, 0.0, np.zeros(60), 8, np.random.default_rng(0))
    z = np.where(np.arange(60) < 5, np.nan, np.random.default_rng(1).normal(size=60))
    rows = person_period_table(table, covariates={"z": z, "same": np.ones(60)})
    fit = fit_hazard(rows)
    assert fit.terms == ("z",)
    assert fit.dropped == np.isnan(rows.covariates["z"]).sum() > 0
    assert "same" in fit.notes[0]
    with pytest.raises(ValueError, match="neither"):
        fit_hazard(rows, ["zz"])
    with pytest.raises(ValueError, match="cloglog or logit"):
        fit_hazard(rows, link="probit")
    clustered = fit_hazard(rows, ["z"], cluster=np.arange(60) % 12)
    assert clustered.coefficient == pytest.approx(fit.coefficient, abs=1e-6)
    assert clustered.standard_error[0] != pytest.approx(fit.standard_error[0], rel=1e-6)


# --- Runs of the model ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results():
    return run(load_scenario("baseline", ["months=30"]), replicates=3, seed=4, events=True, jobs=1)


def test_histories_of_a_run_give_its_own_counts(results) -> None:
    """Ever adopters by month from the event history are those of the recorder, for every replicate."""
    opening = opening_stages(results)
    for r in range(3):
        ever = np.zeros(results.months + 1)
        for k in range(results.world.n_innovations):
            live = int(results.world.innovations.live_month[k])
            if live >= results.months:
                continue
            table = adoption_from_events(
                results.events,
                results.world.trusts.codes,
                k,
                r,
                results.months,
                opening=opening[r, :, k],
                eligible=results.world.eligible[:, k],
                live_month=live,
            )
            assert len(table) == results.world.eligible[:, k].sum()
            have = np.concatenate([[table.already.sum()], table.adopters().sum(axis=0)])
            ever[live:] += have
        assert np.array_equal(ever, results.monthly["ever_adopters"][r])
        adopters = np.isin(opening[r], (ROLLOUT, SUSTAINED)).sum()
        assert adopters > 17  # the first cohort is in use somewhere at the start
        assert adopters == results.stage_by_innovation[r, 0, (ROLLOUT, SUSTAINED)].sum()


def test_person_period_table_of_a_run(results) -> None:
    """Exposure by layer, lagged, beside covariates: one row for every eligible trust and month at risk."""
    world, opening = results.world, opening_stages(results)
    adoptions = results.events[results.events["to_stage"] == ROLLOUT]["innovation"]
    k = int(np.bincount(adoptions).argmax())
    chosen = np.flatnonzero(world.eligible[:, k])
    table = adoption_from_events(
        results.events,
        world.trusts.codes,
        k,
        0,
        results.months,
        opening=opening[0, :, k],
        eligible=world.eligible[:, k],
        live_month=int(world.innovations.live_month[k]),
    )
    layers = [ties_from_layer(layer).select(chosen) for layer in world.layers]
    size = np.log(world.trusts.size[chosen])
    rows = person_period_table(table, exposure_by_layer(table, layers, none_before=True), {"log_size": size})
    assert len(rows) == table.at_risk().sum()
    assert rows.event.sum() == table.event.sum() > 0
    assert set(rows.exposure) == {layer.name for layer in world.layers}
    for values in rows.exposure.values():
        known = values[np.isfinite(values)]
        assert ((known >= 0) & (known <= 1)).all()
    late = rows.period > table.first
    assert np.nanmax(rows.exposure["ahsn"][late]) > 0


def test_the_engine_gives_back_its_own_p_and_q(limit) -> None:
    """The Bass limit of the production engine: one complete layer, p/12 and q/12 a month."""
    scenario = limit("complete-graph")
    results = run(scenario, replicates=1, seed=3, events=True, jobs=1)
    table = adoption_from_events(
        results.events,
        results.world.trusts.codes,
        0,
        0,
        results.months,
        opening=opening_stages(results)[0, :, 0],
        eligible=results.world.eligible[:, 0],
    )
    ties = everyone(len(table))
    fit = fit_bass_hazard(person_period_table(table, {"all": exposure(table, ties, none_before=True)}))
    assert fit.low95[0] <= P / 12 <= fit.high95[0]
    assert fit.low95[1] <= Q / 12 <= fit.high95[1]
    assert fit.events > 100
