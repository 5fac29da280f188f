"""Fitting: emulators of known functions, the sampler against a grid, weights, and truth that is found again."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from diffusion.calibration.evidence_world import evidence_scenario
from diffusion.calibration.fit.emulators import Emulator, fit_emulators
from diffusion.calibration.fit.likelihood import DISCREPANCY_SCALE, Problem
from diffusion.calibration.fit.plan import Plan
from diffusion.calibration.fit.run import calibrate
from diffusion.calibration.fit.sampler import sample, split_rhat
from diffusion.calibration.fit.stages import RunSweeps, world_of
from diffusion.calibration.fit.targets import Said, Target, said, targets
from diffusion.calibration.inputs import HIERARCHY, Inputs, Trait
from diffusion.calibration.own_counts import OwnCount, weights_of
from diffusion.ensemble.priors import Prior, priors
from diffusion.evidence.reading import packaged_evidence
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import Sweep
from diffusion.experiments.sweep.resume import run_sweep
from support.made_series import KEYS, TRUTH, made_series, small_plan

SHARED = tuple(Prior(f"parameters.test.p{n}", "uniform", 0.0, 1.0, False) for n in range(5))


def some_targets() -> list[Target]:
    """Return two targets of two packaged series, as stand-ins."""
    chosen = [item for item in packaged_evidence() if item.id in ("upadacitinib", "schwartz-rounds")]
    found = targets(chosen, evidence_scenario(chosen))
    return [next(t for t in found if t.series == name) for name in ("schwartz-rounds", "upadacitinib")]


@pytest.mark.unit
def test_an_emulator_finds_a_quadratic_and_its_chance() -> None:
    rng = np.random.default_rng(1)
    inputs = Inputs(SHARED, (Trait("upadacitinib", "upadacitinib", "log_push"),))
    x = rng.uniform(-1, 1, (400, 6))
    truth = 1.0 + 2.0 * x[:, 0] - x[:, 2] + 1.5 * x[:, 0] * x[:, 5] + 0.5 * x[:, 5] ** 2
    each = truth[:, None] + 0.3 * rng.standard_normal((400, 5))
    what = Said(each.mean(axis=1), each.var(axis=1, ddof=1), each)
    (emulator,), (known,) = fit_emulators(inputs, some_targets()[1:], x, [what])
    assert known.r2 > 0.97
    assert known.beyond3 <= 0.05
    np.testing.assert_allclose(emulator.mean(x), truth, atol=0.3)
    assert math.sqrt(float(emulator.chance_variance(truth).mean())) == pytest.approx(0.3, rel=0.15)
    assert math.sqrt(emulator.variance) < 0.1
    again, _ = fit_emulators(inputs, some_targets()[1:], x, [what])
    np.testing.assert_array_equal(again[0].mean(x), emulator.mean(x))


def straight(slope: float, n: int, variance: float = 0.01) -> Emulator:
    """Return an emulator that is a straight line in the first input."""
    none = np.zeros((0, 1))
    first = np.array([0])
    return Emulator(
        first, first, 0.0, np.array([slope]), np.zeros((1, 1)), np.ones(1), none, np.zeros(0), variance,
        np.array([math.log(0.04), 0.0, 0.0]),
    )  # fmt: skip


@pytest.mark.unit
def test_the_sampler_finds_the_posterior_that_a_grid_gives() -> None:
    found = [target._replace(error=0.1) for target in some_targets()]
    problem = Problem(
        Inputs(SHARED, ()), tuple(found), (straight(2.0, 0), straight(1.0, 1)),
        {target.series: np.ones((1, 1)) for target in found}, np.array([0.9, 0.3]),
    )  # fmt: skip
    assert problem.moving.tolist() == [0, problem.n - 1]
    chains = sample(problem, 3000, chains=16, seed=3)
    assert split_rhat(chains.draws)[0] < 1.02
    # discrepancy integrated by hand: y ~ N(m, V + sigma^2)
    from scipy.special import ndtr

    grid = np.linspace(-4, 4, 401)
    z, s = np.meshgrid(grid, grid, indexing="ij")
    x = 2.0 * ndtr(z) - 1.0
    variance = 0.04 + 0.01 + 0.01 + (DISCREPANCY_SCALE * s) ** 2
    log = -0.5 * (z**2 + s**2)
    for slope, observed in ((2.0, 0.9), (1.0, 0.3)):
        log = log - 0.5 * (observed - slope * x) ** 2 / variance - 0.5 * np.log(variance)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean, sigma = float((weight * z).sum()), float((weight * np.abs(s)).sum())
    sd = math.sqrt(float((weight * z**2).sum()) - mean**2)
    assert chains.flat[:, 0].mean() == pytest.approx(mean, abs=0.03)
    assert chains.flat[:, 0].std() == pytest.approx(sd, rel=0.05)
    assert np.abs(chains.flat[:, -1]).mean() == pytest.approx(sigma, rel=0.05)
    # what no emulator asks for keeps its prior
    assert abs(chains.flat[:, 3].mean()) < 0.05
    assert chains.flat[:, 3].std() == pytest.approx(1.0, abs=0.05)


@pytest.mark.unit
def test_what_is_left_out_is_not_fitted_to() -> None:
    found = [target._replace(error=0.1) for target in some_targets()]
    problem = Problem(
        Inputs(SHARED, ()), tuple(found), (straight(2.0, 0), straight(2.0, 1)),
        {target.series: np.ones((1, 1)) for target in found}, np.array([1.0, -1.0]),
        left_out=(found[1].series,),
    )  # fmt: skip
    assert sample(problem, 600, chains=16, seed=3).flat[:, 0].mean() > 0.4


@pytest.mark.unit
def test_traits_come_from_the_hierarchy() -> None:
    known = tuple(priors())
    chosen = tuple(Trait("a", "a", name) for name in HIERARCHY)
    inputs = Inputs(known, chosen)
    z = np.random.default_rng(2).standard_normal((4000, len(inputs.names)))
    shared = inputs.parameters(z)
    traits = inputs.trait_values(z[:, inputs.n_shared :], shared)
    assert traits[:, list(HIERARCHY).index("benefit")].min() >= 0.0
    sd = shared[:, inputs.place["parameters.heterogeneity.push_sd"]]
    assert np.corrcoef(np.abs(traits[:, 0]), sd)[0, 1] > 0.3
    np.testing.assert_allclose(inputs.hierarchy(z)[:, inputs.place["parameters.relevance.log_odds"]],
                               shared[:, inputs.place["parameters.relevance.log_odds"]])  # fmt: skip
    draw = inputs.settings(shared[:1], traits[:1])[0]
    assert 0.0 < draw["world.more_innovations.a.use_share"] < 1.0
    assert draw["world.more_innovations.a.signal"] == draw["world.more_innovations.a.benefit"]


@pytest.mark.unit
def test_a_hierarchy_that_is_not_varied_has_the_values_of_the_scenario() -> None:
    plan = Plan(parameters=(KEYS[0], "parameters.heterogeneity.compliance_sd"), series=("upadacitinib",),
                set={"parameters.heterogeneity.push_sd": 0.0})  # fmt: skip
    inputs = world_of(plan).inputs
    z = np.random.default_rng(1).standard_normal((50, len(inputs.names)))
    shared = inputs.parameters(z)
    traits = inputs.trait_values(z[:, inputs.n_shared :], shared)
    by_name = {trait.name: traits[:, n] for n, trait in enumerate(inputs.traits)}
    assert (by_name["log_push"] == 0.0).all()
    assert by_name["log_scale_up"].std() > 0.4
    varied, idle = inputs.place["parameters.heterogeneity.compliance_sd"], inputs.place[KEYS[0]]
    np.testing.assert_array_equal(inputs.hierarchy(z)[:, varied], shared[:, varied])
    assert np.isnan(inputs.hierarchy(z)[:, idle]).all()


@pytest.mark.unit
def test_shares_are_compared_in_logits_of_counts() -> None:
    target = some_targets()[0]
    what = said(target, np.array([[0.0, 0.0], [0.5, 0.5], [0.2, 0.4]]))
    assert np.isfinite(what.mean).all()
    assert what.mean[1] == pytest.approx(0.0)
    assert what.chance[2] > 0


@pytest.mark.unit
def test_own_counts_weigh_the_runs_that_fit_them() -> None:
    rng = np.random.default_rng(1)
    share = rng.uniform(0, 0.6, (200, 4))
    counts = [OwnCount(month=6, adopters=15, organisations=150), OwnCount(month=12, adopters=30, organisations=150)]
    shares = {6: share / 2, 12: share}
    tight = weights_of(counts, shares, np.full(share.shape, 0.1))
    loose = weights_of(counts, shares, np.full(share.shape, 1.5))
    assert tight.sum() == pytest.approx(1.0)
    assert float((tight * share).sum()) == pytest.approx(0.2, abs=0.02)
    assert 1 / (tight**2).sum() < 1 / (loose**2).sum() < share.size


# --- The whole way, on the real engine -------------------------------------------------------------------------------


def threads(number: int) -> RunSweeps:
    def run(name: str, sweeps: Sequence[Sweep]) -> None:
        for sweep in sweeps:
            run_sweep(sweep, ThisProcess(number))

    return run


def workers(name: str, sweeps: Sequence[Sweep]) -> None:
    """Run sweeps on two Dask worker processes."""
    from diffusion.experiments.sweep.dask_executor import Dask

    for sweep in sweeps:
        run_sweep(sweep, Dask(2))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan, Any]:
    """Return a folder with made-up series, and a small fit to them on two threads: its plan, and what came of it."""
    folder = tmp_path_factory.mktemp("whole")
    plan = small_plan(made_series(folder / "series"))
    return folder, plan, calibrate(plan, folder / "fit", threads(2))


def posterior_of(folder: Path) -> bytes:
    return (folder / "posterior.parquet").read_bytes()


@pytest.mark.integration
@pytest.mark.slow
def test_known_truth_is_found_again_and_bytes_are_the_same(whole: tuple[Path, Plan, Any], tmp_path: Path) -> None:
    folder, plan, done = whole
    shared = done.world.inputs.parameters(done.chains.flat)
    inside, narrower = 0, 0
    for n, prior in enumerate(done.world.inputs.priors):
        low, high = np.quantile(shared[:, n], (0.025, 0.975))
        inside += low <= TRUTH[prior.key] <= high
        narrower += done.chains.flat[:, n].std() < 0.8
    assert inside == len(KEYS)
    assert narrower >= 1
    calibrate(plan, tmp_path / "two", threads(1))
    assert posterior_of(tmp_path / "two") == posterior_of(folder / "fit")


KILLED = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from support.made_series import small_plan
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.resume import run_sweep
from diffusion.calibration.fit.run import calibrate
def run(name, sweeps):
    for sweep in sweeps:
        run_sweep(sweep, ThisProcess(2))
if __name__ == "__main__":
    calibrate(small_plan(Path({series!r})), Path({out!r}), run, go_on=True)
"""


@pytest.mark.integration
@pytest.mark.slow
def test_a_calibration_that_is_killed_goes_on_to_the_same_bytes(whole: tuple[Path, Plan, Any], tmp_path: Path) -> None:
    folder, plan, _ = whole
    script = tmp_path / "killed.py"
    script.write_text(KILLED.format(path=sys.path, series=str(folder / "series"), out=str(tmp_path / "killed")))
    for stage in ("wave-1/with/runs", "wave-2/with", "posterior/with/runs"):
        child = subprocess.Popen([sys.executable, str(script)], env=os.environ)
        until = time.monotonic() + 240
        while child.poll() is None and time.monotonic() < until and not (tmp_path / "killed" / stage).exists():
            time.sleep(0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
    calibrate(plan, tmp_path / "killed", threads(1), go_on=True)
    calibrate(plan, tmp_path / "dask", workers)
    for name in ("killed", "dask"):
        assert posterior_of(tmp_path / name) == posterior_of(folder / "fit"), name
