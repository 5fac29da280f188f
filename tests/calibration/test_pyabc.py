"""A sub-problem of two parameters, fitted with pyABC: another method, the same answer."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from diffusion.calibration.fit.likelihood import DISCREPANCY_SCALE
from diffusion.calibration.fit.run import calibrate
from diffusion.calibration.fit.targets import said
from diffusion.calibration.predicted import places, predict
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.resume import run_sweep
from support.made_series import KEYS, made_series, small_plan

pytest.importorskip("sklearn")
# where .ci/run has put it, apart from what the project needs
if folder := os.environ.get("PYABC_FOLDER"):  # an empty entry would be the current folder, for all tests
    sys.path.append(folder)
pyabc = pytest.importorskip("pyabc")

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_pyabc_agrees_on_two_parameters(tmp_path: Path) -> None:
    plan = small_plan(made_series(tmp_path / "series")).model_copy(
        update={"parameters": KEYS[:2], "series": ("made-digital",), "draws": 150, "steps": 1500}
    )
    plan.placed(None)

    def run(name: str, sweeps: object) -> None:
        for sweep in sweeps:  # type: ignore[attr-defined]
            run_sweep(sweep, ThisProcess(2))

    done = calibrate(plan, tmp_path / "ours", run)
    problem, inputs = done.fitted.problem, done.world.inputs
    order = [place.label for place in places(done.world.evidence)]
    columns = [order.index(target.label) for target in problem.targets]
    errors = np.array([target.error for target in problem.targets])
    rng = np.random.default_rng(3)
    seeds = iter(range(10**9))

    def model(z: dict[str, float]) -> dict[str, np.ndarray]:
        shared = inputs.parameters(np.array([[z["a"], z["b"]]]))
        settings = {"parameters.relevance.limited": True, **inputs.settings(shared, np.zeros((1, 0)))[0]}
        shares = predict(done.world.evidence, settings, 1, next(seeds), jobs=1)[0][columns]
        value = np.array([said(t, np.full((1, 2), share)).each[0, 0] for t, share in zip(problem.targets, shares)])
        delta = DISCREPANCY_SCALE * abs(rng.standard_normal()) * rng.standard_normal()
        return {"y": value + delta + errors * rng.standard_normal(len(errors))}

    def away(one: dict[str, np.ndarray], two: dict[str, np.ndarray]) -> float:
        return float(np.sqrt(((one["y"] - two["y"]) ** 2).sum()))

    prior = pyabc.Distribution(a=pyabc.RV("norm", 0, 1), b=pyabc.RV("norm", 0, 1))
    abc = pyabc.ABCSMC(model, prior, away, population_size=150, sampler=pyabc.sampler.SingleCoreSampler())
    abc.new(pyabc.create_sqlite_db_id(file_=str(tmp_path / "abc.db")), {"y": problem.observed})
    history = abc.run(max_nr_populations=6, minimum_epsilon=0.5, max_total_nr_simulations=4000)
    frame, weights = history.get_distribution()
    for n, name in enumerate("ab"):
        theirs = frame[name].to_numpy()
        mean = float((weights * theirs).sum())
        sd = math.sqrt(float((weights * (theirs - mean) ** 2).sum()))
        ours = done.chains.flat[:, n]
        # what ABC accepts is as far off as epsilon, and 150 particles have an error of their own
        assert abs(mean - ours.mean()) < 0.4 * ours.std() + 3.0 * sd / math.sqrt(1.0 / float((weights**2).sum()))
        assert 0.6 < sd / ours.std() < 1.7
