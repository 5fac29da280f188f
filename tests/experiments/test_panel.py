"""The panel: what its rows say is what the kernels read, and T1's p, q and beta come back from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import diffusion as df
from diffusion.arrays import Floats
from diffusion.engine.draws import AWARENESS, fill_uniform
from diffusion.engine.stages import ABANDONED, PILOT, ROLLOUT, STAGES, SUSTAINED
from diffusion.errors import InputError
from diffusion.experiments.running.history import stage_history
from diffusion.experiments.running.opening_stages import opening_stages
from diffusion.experiments.running.runner import run as run_scenario
from diffusion.mechanisms.exposure import abandoned_activity
from diffusion.scenario.plugins import use_python_modules
from diffusion.world.tables import World

pytestmark = pytest.mark.integration

WORLD = "world={synthetic: {england_like: true, n_trusts: 30, n_innovations: 6, kind: mix}}"
EARLY = ["levers.ahsn-support.start=2015-09", "levers.nice.start=2015-09", "levers.ahsn-support.member_ties=0.2"]


def _layers(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if name.startswith("exposure_")]


@pytest.fixture(scope="module")
def levers() -> df.Results:
    """Runs with pushes of levers, ties of members and mandates, from the first months on."""
    return run_scenario(df.load("baseline+ahsn-support+nice", [WORLD, "months=36", *EARLY]), 2, seed=4, jobs=1)


@pytest.fixture(scope="module")
def plain() -> df.Results:
    """Runs in which activity follows from the stage alone: nothing is added by rollout."""
    par = ["parameters.exposure.activity_rollout=0", "parameters.awareness.push_per_month=0.05"]
    settings = [WORLD, "months=36", *par]
    return run_scenario(df.load("baseline", settings), 2, seed=4, jobs=1)


def test_a_row_for_every_eligible_pair_and_month_in_batches(levers: df.Results) -> None:
    reader = levers.panel()
    batches = list(reader)
    eligible = int(levers.world.eligible.sum())
    assert [batch.num_rows for batch in batches] == [eligible] * 2 * 36
    assert all(batch.schema == reader.schema for batch in batches)
    frame = levers.panel().read_pandas()
    assert not frame.duplicated(["replicate", "month", "trust", "innovation"]).any()
    history = stage_history(levers, 1)
    rows = frame[frame["replicate"] == 1]
    i = rows["trust"].map({code: n for n, code in enumerate(levers.world.trusts.codes)}).to_numpy(np.int64)
    k = rows["innovation"].map({name: n for n, name in enumerate(levers.world.innovations.ids)}).to_numpy(np.int64)
    month = rows["month"].to_numpy(np.int64)
    assert np.array_equal(np.array(STAGES)[history[month - 1, i, k]], rows["stage"])
    assert np.array_equal(np.array(STAGES)[history[month, i, k]], rows["to_stage"])
    assert (rows["stage"].astype(str) != rows["to_stage"].astype(str)).sum() > 50
    assert np.array_equal(rows["trust_beds"], levers.world.trusts.beds[i])
    assert np.array_equal(rows["innovation_benefit"], levers.benefit[1, k])
    assert np.array_equal(rows["innovation_nasss_sum"], levers.world.innovations.nasss_sum[k])


def test_nothing_is_made_before_it_is_read(levers: df.Results, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusion.experiments.running import panel as module

    made: list[int] = []
    inside = module._Month.__init__

    def noted(self: object, block: object, *given: object) -> None:
        made.append(1)
        inside(self, block, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(module._Month, "__init__", noted)
    reader = levers.panel()
    assert not made
    reader.read_next_batch()
    assert len(made) == 1


def test_exposure_is_that_of_the_formula_on_the_stages_of_the_month_before(plain: df.Results) -> None:
    """In floating point, from the layers of the world and nothing else of the engine."""
    frame = plain.panel().read_pandas()
    history = stage_history(plain, 0)
    rows = frame[frame["replicate"] == 0]
    world, par = plain.world, plain.scenario.parameters.exposure
    since = np.zeros(history.shape[1:], dtype=np.int64)
    decay = abandoned_activity(par) / 2**20
    checked = 0
    for month in range(1, 37):
        if month > 1:
            since[history[month - 1] != history[month - 2]] = month - 1
        stage = history[month - 1]
        activity = np.where(stage == PILOT, par.activity_pilot, 0.0)
        activity[np.isin(stage, (ROLLOUT, SUSTAINED))] = par.activity_adopter
        activity = np.where(stage == ABANDONED, decay[month - 1 - since], activity)
        expected, parts = _exposure(world, activity, plain)
        of_month = rows[rows["month"] == month]
        place = of_month["trust"].cat.codes.to_numpy(), of_month["innovation"].cat.codes.to_numpy()
        assert np.allclose(of_month["exposure"], np.maximum(0.0, expected)[place], rtol=0, atol=2e-6)
        for name, part in parts.items():
            assert np.allclose(of_month[f"exposure_{name}"], part[place], rtol=0, atol=2e-6), name
            checked += int((part[place] != 0).sum())
    assert checked > 1_000
    assert (history == ABANDONED).any()


def _exposure(world: World, activity: Floats, results: df.Results) -> tuple[Floats, dict[str, Floats]]:
    """Return x [N, K] and its parts by layer, layer by layer and pair by pair."""
    par = results.scenario.parameters.exposure
    credibility = 1.0 + par.credibility_bonus * world.trusts.centre_of_excellence
    n, k = activity.shape
    means, weights = {}, {}
    for layer in world.layers:
        ties = np.zeros((n, n))
        if layer.kind == "group":
            ties = ((layer.group[:, None] == layer.group[None, :]) & (layer.group >= 0)[:, None]).astype(float)
            np.fill_diagonal(ties, 0.0)
        else:
            for i in range(n):
                ties[i, layer.indices[layer.indptr[i] : layer.indptr[i + 1]]] = layer.weights[
                    layer.indptr[i] : layer.indptr[i + 1]
                ]
        seen = ties * credibility
        below = seen @ world.eligible.astype(float)
        above = seen @ (activity * world.eligible)
        means[layer.name] = np.divide(above, below, out=np.zeros((n, k)), where=below > 0)
        weights[layer.name] = np.where(below > 0, getattr(par, f"weight_{layer.name}", layer.weight), 0.0)
    total = np.sum(list(weights.values()), axis=0)
    parts = {
        name: np.divide(weights[name], total, out=np.zeros((n, k)), where=total > 0) * mean
        for name, mean in means.items()
    }
    return np.sum(list(parts.values()), axis=0), parts


def test_layers_add_up_to_exposure_to_the_bit(plain: df.Results) -> None:
    frame = plain.panel().read_pandas()
    total = np.zeros(len(frame))
    for name in _layers(frame):  # in the order of the sum
        total = total + frame[name].to_numpy()
    assert len(_layers(frame)) == 5
    assert np.array_equal(np.maximum(0.0, total), frame["exposure"])


@pytest.mark.parametrize("which", ["plain", "levers"])
def test_moves_of_t1_are_those_of_the_rates_in_the_panel(which: str, request: pytest.FixtureRequest) -> None:
    """The draw of every pair and month against the rate that its row gives: the kernel used these very numbers."""
    results: df.Results = request.getfixturevalue(which)
    par = results.scenario.parameters
    frame = results.panel(stages=["unaware"]).read_pandas()
    frame = frame[frame["open"]]
    placed = frame["to_stage"].isin(["pilot", "rollout"])  # by trial sites, before T1 is drawn
    frame = frame[~placed]
    factor = np.exp(par.attributes.innovativeness_weight * frame["innovativeness"])
    a = par.awareness
    rate = (a.push_per_month * frame["awareness_push"] + a.peer_per_month * frame["exposure"]) * factor
    rate = rate + a.mandate_per_month * frame["mandate"]
    draw = np.empty(len(frame))
    trusts, innovations = results.world.trusts, results.world.innovations
    for (replicate, month), rows in frame.groupby(["replicate", "month"]).indices.items():
        out = np.empty((1, len(trusts), len(innovations)))
        when = np.array([replicate]), np.uint64(AWARENESS), np.uint64(month)
        fill_uniform(4, *when, trusts.keys, innovations.keys, out)
        part = frame.iloc[rows]
        draw[rows] = out[0, part["trust"].cat.codes, part["innovation"].cat.codes]
    expected = draw < -np.expm1(-rate.to_numpy())
    moved = frame["to_stage"].isin(["aware", "no_use"]).to_numpy()
    assert moved.sum() > 40
    assert np.array_equal(expected, moved)
    if which == "levers":
        assert frame["awareness_push"].groupby(frame["innovation"], observed=True).nunique().max() > 2
        more = frame["exposure"] - np.maximum(0, frame[_layers(frame)].sum(axis=1))
        assert more.max() > 0.01  # ties of members


def test_a_panel_is_narrowed_and_says_what_it_does_not_have(levers: df.Results) -> None:
    some = levers.world.innovations.ids[:2]
    frame = levers.panel(["month", "innovation", "exposure"], ["aware", "evaluating"], some).read_pandas()
    whole = levers.panel().read_pandas()
    kept = whole[whole["innovation"].isin(some) & whole["stage"].isin(["aware", "evaluating"])]
    assert list(frame.columns) == ["month", "innovation", "exposure"]
    assert np.array_equal(frame["exposure"], kept["exposure"])
    for given, says in (
        ({"columns": ["exposur"]}, "columns: the panel has no 'exposur'.*did you mean 'exposure'"),
        ({"stages": ["unawares"]}, "stages: the panel has no 'unawares'.*did you mean 'unaware'"),
        ({"innovations": ["pacemaker"]}, "innovations: the panel has no 'pacemaker'"),
    ):
        with pytest.raises(InputError, match=says):
            levers.panel(**given)


def test_one_name_may_stand_for_itself(levers: df.Results) -> None:
    one = levers.world.innovations.ids[0]
    found = levers.panel("exposure", "unaware", one).read_all()
    assert found.num_rows
    assert found.equals(levers.panel(["exposure"], ["unaware"], [one]).read_all())


def test_agents_decide_in_a_panel_as_they_did_in_the_run(tmp_path: Path) -> None:
    path = tmp_path / "deaf_agents_here.py"
    path.write_text(
        "import diffusion as df\n\nclass Deaf(df.Trust):\n"
        "    def awareness_rate(self):\n        return 0.0 * super().awareness_rate()\n"
    )
    use_python_modules([str(path)])
    scenario = df.load("baseline", [WORLD, "months=12", "agents={trust: 'deaf_agents_here:Deaf'}"])
    frame = run_scenario(scenario, 1, seed=4, jobs=1).panel(stages=["unaware"]).read_pandas()
    assert frame["open"].sum() > 1_000
    assert not frame["to_stage"].isin(["aware", "no_use"]).any()


def test_where_trusts_merge_a_run_is_run_again_from_the_world_it_opened_with() -> None:
    scenario = df.load("england-2015-2025", ["months=36"])
    results = run_scenario(scenario, 2, seed=4, jobs=1)
    kept = run_scenario(scenario, 2, seed=4, jobs=1, events=True)
    assert results.world is not results.opening_world
    history = stage_history(results, 1)
    assert np.array_equal(history, stage_history(kept, 1))
    for stage in range(len(STAGES)):
        assert np.array_equal((history == stage).sum(axis=1), results.stage_by_innovation[1, :, stage])
    opened = opening_stages(results)
    assert np.array_equal((opened == PILOT).sum(axis=1), results.stage_by_innovation[:, 0, PILOT])
    assert results.panel(["month"]).read_all().num_rows > 100_000  # every month is checked against the counts
    again = run_scenario(scenario, 2, seed=4, jobs=1, world=results.opening_world)
    assert np.array_equal(again.stage_by_innovation, results.stage_by_innovation)


def test_results_of_another_run_are_noticed(levers: df.Results) -> None:
    from dataclasses import replace

    other = replace(levers, seed=5)
    with pytest.raises(InputError, match="replicate 0 is not the same run again in month"):
        other.panel().read_all()


# --- the re-estimation of the docs


def _documented() -> Callable[[df.Results], tuple[Floats, Floats]]:
    text = (Path(__file__).parents[2] / "docs" / "panel.md").read_text("utf-8").partition("<!-- re-estimation -->")[2]
    found = re.search(r"```python\n(.*?)\nestimate, error", text, re.DOTALL)
    assert found is not None
    namespace: dict[str, Callable[[df.Results], tuple[Floats, Floats]]] = {}
    exec(found[1], namespace)
    return namespace["fit_awareness"]


def test_the_documented_fit_recovers_p_q_and_beta_with_honest_intervals() -> None:
    """95 % intervals of 20 data sets, 3 parameters each: 57 of 60 on average; below 51 once in 700 times."""
    fit = _documented()
    par = ["parameters.awareness.push_per_month=0.02", "parameters.awareness.peer_per_month=0.5"]
    scenario = df.load("baseline", [WORLD, "months=48", *par])
    truth = np.array([0.02, 0.5, scenario.parameters.attributes.innovativeness_weight])
    z = []
    for data_set in range(20):
        results = run_scenario(scenario, range(3 * data_set, 3 * data_set + 3), seed=8, jobs=1)
        estimate, error = fit(results)
        z.append((estimate - truth) / error)
    covered = (np.abs(z) < 1.96).sum()
    assert covered >= 51, covered
    # no bias either: means of 20 have a standard error of .22
    assert np.all(np.abs(np.mean(z, axis=0)) < 0.8), np.mean(z, axis=0)
