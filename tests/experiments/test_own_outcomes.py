"""Outcomes of one's own: of one run alone, the same whoever runs it, found, kept, sealed, told when wrong."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import diffusion as df
from diffusion.analysis.outcomes import own
from diffusion.analysis.outcomes.own import own_values
from diffusion.analysis.results.compare import compare_outcomes
from diffusion.cli.app import main
from diffusion.errors import InputError
from diffusion.experiments.running.history import stage_history
from diffusion.experiments.running.run_arrays import RUN_ARRAYS
from diffusion.experiments.running.runner import run as run_scenario
from diffusion.experiments.study import load_study, make_design
from diffusion.experiments.sweep import Dask, ThisProcess, export, open_sweep, prepare, read_runs, run_sweep
from diffusion.experiments.sweep.rerun_one import rerun
from diffusion.month.simulation import Simulation
from diffusion.report.page.cells import change_cell, level_cell
from diffusion.report.words.sentences import change_sentence
from diffusion.scenario import plugins
from support.sweeps import WORLD, files_of, new_sweep, study_file

pytestmark = pytest.mark.integration

MODULE = '''"""Own outcomes of a test."""
import numpy as np
import diffusion as df


@df.outcome(unit="trusts", label="Trusts with two innovations or more", needs=["adopters_by_trust"], better=1)
def trusts_with_two(run):
    return int((run.adopters_by_trust[-1] >= 2).sum())


@df.outcome(unit="months", label="Mean month of first use", needs=["first_use"], may_be_nan=True)
def mean_first_use(run):
    used = run.first_use[run.first_use >= 0]
    return used.mean() if len(used) else float("nan")


@df.outcome(unit="GBP", label="Paid per bed", needs=("money_gbp", "trust_beds", "use_sum", "stage_by_ahsn"))
def paid_per_bed(run):
    ahsn = (run["stage_by_ahsn"] * np.sqrt(1 + np.arange(run.stage_by_ahsn.shape[2]))).sum()
    return run.money_gbp.sum() / run.trust_beds.sum() + run.use_sum.mean() / 7 + ahsn / 3
'''
NAMES = ("trusts_with_two", "mean_first_use", "paid_per_bed")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No own outcome is left behind, and none of other tests is there."""
    own.own_outcomes()
    monkeypatch.setattr(own, "_OWN", {})
    monkeypatch.setattr(plugins, "_named", {})
    monkeypatch.setattr(plugins, "_files", {})
    yield
    for name in ("own_outcomes_here", "own_helper_here"):
        sys.modules.pop(name, None)


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "own_outcomes_here.py"
    path.write_text(MODULE)
    plugins.use_python_modules([str(path)])
    return path


@pytest.fixture
def small() -> df.Scenario:
    return df.load("baseline+local-first", [f"{key}={value}".lower() for key, value in {**WORLD, "months": 18}.items()])


Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """Return a function that runs a command in this process and gives its exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(stop.value.code or 0), " ".join(said.out.split()), " ".join(said.err.split())

    return run


def _forget() -> None:
    """As another day: nothing is loaded."""
    own._OWN.clear()
    plugins._named.clear()
    plugins._files.clear()
    sys.modules.pop("own_outcomes_here", None)


# --- one run alone


def test_values_do_not_depend_on_blocks_threads_or_other_replicates(module: Path, small: df.Scenario) -> None:
    world = small.build_world()
    together = own_values(run_scenario(small, 7, seed=3, jobs=1, world=world))
    assert set(together) == set(NAMES)
    assert len(np.unique(together["paid_per_bed"])) == 7
    for block, jobs in ((1, 1), (3, 2), (7, 2)):
        other = own_values(run_scenario(small, 7, seed=3, jobs=jobs, world=world, block=block))
        for name in NAMES:
            assert other[name].tobytes() == together[name].tobytes(), (name, block)
    alone = own_values(run_scenario(small, [4], seed=3, jobs=1, world=world, events=True))
    for name in NAMES:
        assert alone[name].tobytes() == together[name][4:5].tobytes(), name


def test_arrays_are_of_one_run_read_only_and_laid_out_alike(small: df.Scenario) -> None:
    results = run_scenario(small, 3, seed=3, jobs=1)
    for name, array in RUN_ARRAYS.items():
        found = results.run_arrays(1, [name])[name]
        assert found.ndim == len(array.axes.split(", ")), name
        assert found.flags.c_contiguous, name
        with pytest.raises(ValueError, match="read-only"):
            found[...] = 0
    run = results.run_arrays(2, ["adopters_by_trust", "adopters", "trust_size"])
    assert np.array_equal(run.adopters_by_trust, results.adopters_by_trust[2])
    assert np.array_equal(run.adopters, results.monthly["adopters"][2])
    assert np.array_equal(run.trust_size, results.world.trusts.size)
    assert (run.months, run.start, run.trust_codes) == (18, small.start, results.world.trusts.codes)
    assert not hasattr(run, "replicates")


@pytest.mark.parametrize("stack", ["baseline+local-first", "baseline+people-and-companies"])
def test_a_history_is_the_stage_that_the_kernels_had_in_every_month(stack: str) -> None:
    scenario = df.load(stack, [f"{key}={value}".lower() for key, value in {**WORLD, "months": 18}.items()])
    for events in (False, True):
        results = run_scenario(scenario, 2, seed=5, jobs=1, events=events)
        history = stage_history(results, 1)
        simulation = Simulation(scenario, results.world)
        block = simulation.open(np.array([1]), 5)
        for month in range(19):
            assert np.array_equal(history[month], block.pairs.stage[0]), (events, month)
            if month < 18:
                simulation.step(block)
        assert len(np.unique(history)) > 4


def test_first_months_agree_with_the_events(small: df.Scenario) -> None:
    results = run_scenario(small, 2, seed=5, jobs=1, events=True)
    first = results.run_arrays(1, ["first_adoption", "stage"])
    moved = results.events_frame().query("replicate == 1 and to_stage == 'rollout'").groupby(["trust", "innovation"])
    expected = moved["month"].min()
    assert len(expected) > 5
    for (trust, innovation), month in expected.items():
        place = results.world.trusts.codes.index(trust), results.world.innovations.ids.index(innovation)
        assert first.first_adoption[place] == month
    assert (first.first_adoption >= 0).sum() == len(expected) + (first.stage[0] == 5).sum() + (
        first.stage[0] == 6
    ).sum()


# --- found and compared


def test_a_comparison_has_them_last_with_intervals(module: Path, small: df.Scenario) -> None:
    baseline = df.load("baseline", [f"{key}={value}".lower() for key, value in {**WORLD, "months": 18}.items()])
    results = [run_scenario(scenario, 4, seed=3, jobs=1) for scenario in (baseline, small)]
    found = compare_outcomes(results)
    assert [outcome.name for outcome in found.outcomes[-3:]] == sorted(NAMES)
    change = found.difference("paid_per_bed", 1).estimate
    values = [own_values(result)["paid_per_bed"] for result in results]
    assert float(change.mean) == pytest.approx(float((values[1] - values[0]).mean()))
    turned = run_scenario(small, [3, 1, 2, 0], seed=3, jobs=1)
    again = compare_outcomes([results[0], turned])
    assert again.values["paid_per_bed"][1].tobytes() == found.values["paid_per_bed"][1].tobytes()


def test_compare_shows_and_stores_them_and_the_report_needs_no_code(module: Path, tmp_path: Path, typed: Typed) -> None:
    settings = [item for key, value in WORLD.items() for item in ("--set", f"{key}={value}".lower())]
    out = tmp_path / "result"
    line = ["compare", "baseline", "baseline+local-first", "--replicates", "4", "--set", "months=12", *settings]
    code, said, err = typed(*line, "--python", module, "--out", out)
    assert code == 0, err
    assert "Trusts with two innovations or more, trusts" in said
    written = (out / "tables" / "differences.csv").read_text()
    assert all(name in written for name in NAMES)
    page = (out / "index.html").read_text()
    assert "Paid per bed" in page
    _forget()
    code, _, err = typed("report", out, "--force")
    assert code == 0, err
    assert not own.own_outcomes()
    assert (out / "index.html").read_text() == page


def test_describe_outputs_lists_them_and_what_they_may_need(module: Path, typed: Typed) -> None:
    _forget()
    code, said, _ = typed("describe", "outputs", "--python", module)
    assert code == 0
    for name in (*NAMES, "first_use", "stage_by_innovation", "trust_beds", "innovation_cases_per_month"):
        assert name in said


# --- in sweeps


def _study(folder: Path, **more: object) -> Path:
    given = {"outcomes": ["adopter_share_pct", *NAMES], "design": {"method": "latin hypercube", "draws": 3}}
    return study_file(folder, **{**given, **more})


def test_rows_are_the_same_bytes_on_threads_and_on_dask_and_those_of_the_runner(module: Path, tmp_path: Path) -> None:
    (tmp_path / "own_helper_here.py").write_text(OWN_LEVER)
    plugins.use_python_modules([str(tmp_path / "own_helper_here.py")])
    (tmp_path / "own.yaml").write_text("title: own\nextends: baseline\nlevers: {own-push: {start: 2015-07}}\n")
    study = _study(tmp_path, scenarios=["baseline", "own.yaml"], end_by=["trust", "innovation"])
    sweeps = {}
    for name, executor in (("one", ThisProcess(1)), ("two", ThisProcess(2)), ("dask", Dask(1))):
        sweeps[name] = new_sweep(study, tmp_path / name)
        session = run_sweep(sweeps[name], executor)
        assert (session.runs, session.failed, session.lost) == (18, 0, {})
    assert files_of(sweeps["one"]) == files_of(sweeps["two"]) == files_of(sweeps["dask"])
    design = sweeps["one"].design
    values = own_values(run_scenario(design.scenario(1, 2), 3, seed=11, jobs=1))
    rows = read_runs(sweeps["dask"].folder).filter("scenario = 'own.yaml' AND draw = 2").order("run").df()
    for name in NAMES:
        assert rows[name].to_numpy().tobytes() == values[name].tobytes(), name
    assert not rerun(sweeps["two"], 7).differing
    assert list(json.loads((tmp_path / "one" / "design.json").read_text())["own_code"]) == [
        "own_helper_here",
        "own_outcomes_here",
    ]


OWN_LEVER = '''"""A lever of one's own."""
from typing import ClassVar
import diffusion as df


@df.register
class OwnPush(df.Lever):
    name: ClassVar[str] = "own-push"

    def write(self, month, see, terms, own, draws):
        terms.awareness_push.add(1.0)
'''


def test_a_sweep_is_read_without_the_code_and_not_gone_on_with(module: Path, tmp_path: Path, typed: Typed) -> None:
    sweep = new_sweep(_study(tmp_path), tmp_path / "sweep")
    run_sweep(sweep, ThisProcess(1), share=(1, 2))
    _forget()
    code, said, err = typed("sweep", "show", sweep.folder, "--outcome", "paid_per_bed", "--json")
    assert code == 0, err
    assert json.loads(said)[0]["outcome"] == "paid_per_bed"
    for arguments in (["run"], ["script", "--tasks", "2"]):
        code, _, said = typed("sweep", arguments[0], sweep.folder, *arguments[1:])
        assert code == 2
        assert "the outcome 'paid_per_bed'" in said
        assert f"--python {module}" in said
    assert len(sweep.store.files()) == 2
    code, _, err = typed("sweep", "run", sweep.folder, "--threads", "--python", module)
    assert code == 0, err
    assert len(sweep.store.files()) == 3


@pytest.mark.parametrize("helper", [False, True])
def test_rows_of_a_changed_function_are_never_mixed(tmp_path: Path, typed: Typed, helper: bool) -> None:
    """Also where what changed stands in a module from which the function's own takes something."""
    module, other = tmp_path / "own_outcomes_here.py", tmp_path / "own_helper_here.py"
    other.write_text("def scaled(number):\n    return 2.0 * number\n")
    module.write_text(MODULE + "\nfrom own_helper_here import scaled\n")
    names = [str(other), str(module)]
    plugins.use_python_modules(names)
    study = _study(tmp_path)
    sweep = new_sweep(study, tmp_path / "sweep")
    run_sweep(sweep, ThisProcess(1), share=(1, 2))
    before = files_of(sweep)
    changed = other if helper else module
    changed.write_text(changed.read_text().replace("2.0 *", "3.0 *").replace(">= 2", ">= 3"))
    _forget()
    sys.modules.pop("own_helper_here", None)
    options = [item for name in names for item in ("--python", name)]
    for arguments in (["sweep", "run", str(sweep.folder), "--threads"], ["sweep", "rerun", str(sweep.folder), "0"]):
        code, _, said = typed(*arguments, *options)
        assert code == 2
        assert f"the code of {changed.stem} was changed" in said
    with pytest.raises(InputError, match=f"the code of the module '{changed.stem}' was changed"):
        prepare(make_design(load_study(study)), tmp_path / "sweep")
    with pytest.raises(InputError, match=f"the code of {changed.stem}"):
        run_sweep(open_sweep(sweep.folder), ThisProcess(1))
    assert files_of(sweep) == before


def test_workers_refuse_other_code_too(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that asks may be right, and a worker on another machine have another file."""
    from diffusion.experiments.sweep import resume

    sweep = new_sweep(_study(tmp_path), tmp_path / "sweep")
    module.write_text(MODULE.replace(">= 2", ">= 3"))
    monkeypatch.setattr(resume, "check_own_code", lambda *given: None)
    with pytest.raises(InputError, match="the code of own_outcomes_here was changed"):
        run_sweep(sweep, Dask(1))
    assert not sweep.store.files()


def test_the_run_at_fault_is_a_row_with_stage_and_traceback(tmp_path: Path) -> None:
    path = tmp_path / "own_outcomes_here.py"
    path.write_text(
        'import diffusion as df\n\n@df.outcome(unit="1", label="Wrong", needs=["benefit"])\n'
        "def wrong(run):\n    if run.benefit[0] > 0.4:\n        raise ZeroDivisionError('by hand')\n    return 1\n"
    )
    plugins.use_python_modules([str(path)])
    sweep = new_sweep(_study(tmp_path, outcomes=["wrong"]), tmp_path / "sweep")
    session = run_sweep(sweep, ThisProcess(1))
    rows = read_runs(sweep.folder).order("run").df()
    failed = rows[rows["status"] == "failed"]
    assert 0 < session.failed == len(failed) < 18
    assert set(rows[rows["status"] == "ok"]["wrong"]) == {1.0}
    row = failed.iloc[0]
    assert row["stage"] == "outcomes"
    assert "own_outcomes_here.py:3: outcome wrong: fails in replicate" in row["error"]
    assert "own_outcomes_here.py:6 in wrong: raise ZeroDivisionError" in row["traceback"]
    assert str(tmp_path) not in "".join(failed["error"]) + "".join(failed["traceback"])


# --- told when wrong


def _declared(**given: object) -> Callable[..., object]:
    said = {"unit": "1", "label": "A label", "needs": ["adopters"], "name": "mine", **given}
    return df.outcome(**said)(lambda run: 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"needs": ["adopter"]}, r"a run has no array 'adopter'; expected stage_by_innovation, .*did you mean"),
        ({"name": "adopter_share_pct"}, "there is an outcome or a column 'adopter_share_pct' already"),
        ({"name": "scenario"}, "there is an outcome or a column 'scenario' already"),
        ({"name": "Mine or not"}, "is no name of an outcome"),
        ({"unit": " "}, "the unit is empty"),
        ({"label": "two\nlines"}, "the label is too long, or more than a plain line"),
        ({"better": 2}, "better is 2; expected 1, -1 or 0"),
    ],
)
def test_a_wrong_declaration_is_told_with_its_place(given: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says) as told:
        _declared(**given)
    assert told.value.file == __file__
    assert told.value.line is not None
    assert not own.own_outcomes()


def test_a_name_stands_for_one_function_which_may_be_declared_again(module: Path) -> None:
    first = own.own_outcomes()["trusts_with_two"]
    namespace = {"__name__": "own_outcomes_here"}
    exec(compile(MODULE, str(module), "exec"), namespace)  # as a cell of a notebook that is run twice
    assert own.own_outcomes()["trusts_with_two"] is not first
    with pytest.raises(InputError, match="there is another outcome 'trusts_with_two'"):
        _declared(name="trusts_with_two")


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        ("float('nan')", "returns nan in replicate 0.*may_be_nan"),
        ("float('inf')", "returns inf"),
        ("run.adopters", r"returns an array of shape \(19,\)"),
        ("None", "returns a NoneType"),
        ("'3'", "returns a str"),
        ("1 / 0", "fails in replicate 0: ZeroDivisionError"),
        ("run.pilots[-1]", "the array 'pilots' is read and not among its needs; expected adopters; add 'pilots'"),
        ("run.pilot[-1]", "a run has no array 'pilot'.*did you mean 'pilots'"),
    ],
)
def test_a_wrong_value_is_told_with_outcome_file_and_line(small: df.Scenario, returned: str, says: str) -> None:
    results = run_scenario(small, 1, seed=3, jobs=1)
    text = f"@df.outcome(unit='1', label='x', needs=['adopters'])\ndef mine(run):\n    return {returned}"
    exec(text, {"df": df, "__name__": "x"})
    with pytest.raises(InputError, match=says) as told:
        own_values(results)
    assert (told.value.key, told.value.line) == ("outcome mine", 1)


def test_a_study_names_what_there_is(module: Path, tmp_path: Path) -> None:
    everything = load_study(_study(tmp_path, outcomes=["all", "paid_per_bed"]))
    assert everything.outcomes[-1] == "paid_per_bed"
    assert everything.outcomes[0] == "adopter_share_pct"
    assert load_study(_study(tmp_path, outcomes="all")).outcomes == everything.outcomes[:-1]
    with pytest.raises(InputError, match="did you mean 'paid_per_bed'"):
        load_study(_study(tmp_path, outcomes=["paid_per_beds"]))
    _forget()
    with pytest.raises(InputError, match="unknown outcome 'paid_per_bed'"):
        load_study(_study(tmp_path, outcomes=["paid_per_bed"]))


# --- rows by trust and innovation


def test_rows_at_the_end_are_those_of_the_results(tmp_path: Path) -> None:
    study = study_file(tmp_path, end_by=["innovation", "trust"], design={"method": "latin hypercube", "draws": 2})
    sweep = new_sweep(study, tmp_path / "sweep")
    run_sweep(sweep, ThisProcess(1), share=(1, 2))
    run_sweep(open_sweep(sweep.folder), ThisProcess(2))  # what was left
    assert sweep.store.tables == ("trust_end", "innovation_end", "runs")
    results = run_scenario(sweep.design.scenario(1, 1), 3, seed=11, jobs=1)
    run = sweep.design.number(1, 1, 2)
    by_trust = read_runs(sweep.folder, "trust_end").filter(f"run = {run}").df().set_index("trust")
    assert list(by_trust.index) == list(results.world.trusts.codes)
    assert np.array_equal(by_trust["adopted"], results.adopters_by_trust[2, -1])
    assert np.array_equal(by_trust["eligible"], results.world.eligible.sum(axis=1))
    for place, month in enumerate(by_trust["first_adoption_month"]):
        there = np.flatnonzero(results.adopters_by_trust[2, :, place] > 0)
        assert list(there[:1]) == ([] if pd.isna(month) else [month])
    assert by_trust["first_adoption_month"].notna().any()
    by = read_runs(sweep.folder, "innovation_end").filter(f"run = {run}").df()
    assert list(by["innovation"]) == list(results.world.innovations.ids)
    counts = results.stage_by_innovation[2]
    assert np.array_equal(by["using"], counts[-1, 4:7].sum(axis=0))
    assert np.array_equal(by["adopted_share"], counts[-1, 5:7].sum(axis=0) / results.world.eligible.sum(axis=0))
    for place, month in enumerate(by["first_use_month"]):
        there = np.flatnonzero(counts[:, 4:7, place].sum(axis=1) > 0)
        assert list(there[:1]) == ([] if pd.isna(month) else [month])
    for place, month in enumerate(by["half_adopted_month"]):
        there = np.flatnonzero(2 * counts[:, 5:7, place].sum(axis=1) >= results.world.eligible[:, place].sum())
        assert list(there[:1]) == ([] if pd.isna(month) else [month])
    rows = [export(sweep, tmp_path / f"{name}.csv", name) for name in ("trust_end", "innovation_end")]
    assert rows == [12 * 30, 12 * 4]


def test_rows_at_the_end_outlive_a_lost_file(tmp_path: Path) -> None:
    study = study_file(tmp_path, end_by="trust", design={"method": "latin hypercube", "draws": 2})
    sweep = new_sweep(study, tmp_path / "sweep")
    run_sweep(sweep, ThisProcess(1))
    before = files_of(sweep)
    shutil.copytree(sweep.folder, tmp_path / "copy")
    copy = open_sweep(tmp_path / "copy")
    copy.store.files("trust_end")[0].unlink()
    with pytest.raises(InputError, match=r"trust_end/0000000-.* is missing"):
        read_runs(copy.folder, "trust_end")
    session = run_sweep(open_sweep(copy.folder), ThisProcess(1))
    assert session.runs == 7
    assert files_of(copy) == before
    with pytest.raises(InputError, match="keeps no table 'innovation_end'"):
        read_runs(copy.folder, "innovation_end")


# --- runs without a value

WITHOUT = '''"""Outcomes that some runs, or all, do not have."""
import numpy as np
import diffusion as df


@df.outcome(unit="1", label="Never a number", needs=["benefit"], may_be_nan=True)
def never(run):
    return float("nan")


@df.outcome(unit="1", label="Now and then", needs=["benefit", "adopters"], may_be_nan=True)
def sometimes(run):
    return run.adopters[-1] if run.benefit[0] > 0.4 else np.nan
'''


def _sweep_without(folder: Path, **given: object) -> tuple[Path, list[float]]:
    path = folder / "own_outcomes_here.py"
    path.write_text(WITHOUT)
    plugins.use_python_modules([str(path)])
    outcomes = ["adopter_share_pct", "sometimes", "never"]
    sweep = new_sweep(_study(folder, outcomes=outcomes, scenarios=["baseline"], **given), folder / "sweep")
    session = run_sweep(sweep, ThisProcess(1))
    assert not session.failed
    values = [float(row[0]) for row in read_runs(sweep.folder).order("run").project("sometimes").fetchall()]
    assert 0 < np.isfinite(values).sum() < len(values)
    return sweep.folder, values


def test_sweeps_leave_out_runs_without_a_value_and_say_how_many_count(tmp_path: Path, typed: Typed) -> None:
    folder, values = _sweep_without(tmp_path)
    having, stored = [value for value in values if np.isfinite(value)], len(values)
    code, said, err = typed("sweep", "show", folder, "--json")
    assert code == 0, err
    rows = {row["outcome"]: row for row in json.loads(said)}
    assert (rows["sometimes"]["runs"], rows["sometimes"]["stored"]) == (len(having), stored)
    for name, expected in (
        ("mean", np.mean(having)),
        ("sd", np.std(having, ddof=1)),
        ("q025", np.quantile(having, 0.025)),
        ("q50", np.median(having)),
        ("q975", np.quantile(having, 0.975)),
    ):
        assert rows["sometimes"][name] == pytest.approx(float(expected)), name
    assert (rows["never"]["runs"], rows["never"]["mean"]) == (0, None)
    assert rows["adopter_share_pct"]["runs"] == stored
    _, said, _ = typed("sweep", "show", folder)
    assert f"{len(having)} of {stored}" in said
    assert f"0 of {stored}" in said
    assert "nan" not in said
    code, said, _ = typed("sweep", "status", folder)
    assert code == 0
    assert f"sometimes: {len(having)} of {stored} runs have a value" in said
    assert "adopter_share_pct:" not in said
    assert json.loads(typed("sweep", "status", folder, "--json")[1])["runs_with_value"]["never"] == [0, stored]


@pytest.mark.parametrize("factors", [1, 2])
def test_sensitivity_tells_runs_without_a_value_from_those_that_are_not_there(
    tmp_path: Path, typed: Typed, factors: int
) -> None:
    keys = ("parameters.awareness.push_per_month", "parameters.awareness.peer_per_month")
    folder, values = _sweep_without(tmp_path, factors={key: [0.1, 0.4] for key in keys[:factors]}, design={})
    without = int((~np.isfinite(values)).sum())
    code, said, err = typed("sensitivity", folder, "--outcome", "sometimes", "--outcome", "never", "--force")
    assert code == 0, err
    assert f"{without} of {len(values)} runs have no value of this outcome" in said
    assert f"{len(values)} of {len(values)} runs have no value" in said
    assert "not there yet" not in said
    assert "does not vary" not in said
    if factors == 1:
        by_level = np.array(values).reshape(2, 3)
        for row in by_level:
            assert f"{np.isfinite(row).sum()} of 3" in said


def _declare_it(function: Callable[..., object], **more: object) -> None:
    given = {"unit": "1", "label": "An outcome of a test", "needs": ["adopters", "benefit"], **more}
    df.outcome(**given)(function)  # type: ignore[arg-type]


def test_a_masked_value_is_none(small: df.Scenario) -> None:
    def masked(run: df.RunArrays) -> object:
        return np.ma.masked_less(run.adopters, 1e9).mean()

    results = run_scenario(small, 2, seed=3, jobs=1)
    _declare_it(masked)
    with pytest.raises(InputError, match="returns nan in replicate 0"):
        own_values(results)
    _declare_it(masked, may_be_nan=True)
    assert np.isnan(own_values(results)["masked"]).all()


def test_a_whole_number_too_large_is_told_as_infinite(small: df.Scenario) -> None:
    def huge(run: df.RunArrays) -> object:
        return 10**400

    _declare_it(huge)
    with pytest.raises(InputError, match="returns inf in replicate 0"):
        own_values(run_scenario(small, 1, seed=3, jobs=1))


class _Called:
    def __call__(self, run: object) -> int:
        return 1


@pytest.mark.parametrize(
    ("function", "more", "said"),
    [
        (partial(lambda run, k: k, k=1), {}, "a partial is declared"),
        (_Called(), {}, "a _Called is declared"),
        (lambda: 1, {"name": "none"}, r"takes \(\)"),
        (lambda run, more: 1, {"name": "two"}, r"takes \(run, more\)"),
        (lambda run: 1, {"name": "x", "unit": 1}, "the unit is 1"),
        (lambda run: 1, {"name": "x", "label": None}, "the label is None"),
        (lambda run: 1, {"name": "x", "decimals": -3}, "decimals is -3"),
        (lambda run: 1, {"name": "x", "decimals": "2"}, "decimals is '2'"),
    ],
)
def test_what_cannot_be_an_outcome_is_refused_when_declared(
    function: Callable[..., object], more: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        _declare_it(function, **more)
    assert not own.own_outcomes()


def test_two_outcomes_of_one_label_are_refused() -> None:
    _declare_it(lambda run: 1, name="one")
    with pytest.raises(InputError, match=r"'one' of .* has the same label and unit"):
        _declare_it(lambda run: 1, name="other")
    _declare_it(lambda run: 1, name="other", unit="trusts")
    assert set(own.own_outcomes()) == {"one", "other"}


def test_the_page_says_how_many_runs_count(small: df.Scenario) -> None:
    def sometimes(run: df.RunArrays) -> object:
        return 7 if run.benefit[0] > 0.4 else np.nan

    _declare_it(sometimes, may_be_nan=True)
    results = run_scenario(small, 8, seed=3, jobs=1)
    found = compare_outcomes([results, results])
    counted = f"{np.isfinite(found.values['sometimes'][0]).sum()} of 8 runs"
    assert counted not in ("0 of 8 runs", "8 of 8 runs")
    outcome = found.outcomes[-1]
    assert level_cell(found, outcome, 0).small.endswith(counted)
    assert change_cell(found.difference("sometimes", 1)).small == f"identical in {counted}"
    assert f"in the {counted} that have it" in change_sentence("b", "a", found.difference("sometimes", 1))
    assert change_cell(found.difference("adopter_share_pct", 1)).small == "identical in every run"
