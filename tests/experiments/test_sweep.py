"""Sweeps: the same bytes whoever runs them; resumable, mended, refused, and failed runs as rows."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from diffusion.analysis.results.outcomes import OUTCOMES, outcome_values
from diffusion.cli.app import main
from diffusion.cli.shared.sweep_progress import duration, line
from diffusion.errors import InputError
from diffusion.experiments.running.runner import run as run_scenario
from diffusion.experiments.study import estimated_cpu_seconds, load_study, make_design
from diffusion.experiments.study.pace import OVERHEAD, SECONDS_PER_PAIR_MONTH
from diffusion.experiments.study.schema import KEYS, STATUS
from diffusion.experiments.sweep.chunk_files import Store
from diffusion.experiments.sweep.chunks import ChunkFiles, Job
from diffusion.experiments.sweep.code_hash import OUTSIDE, is_outside
from diffusion.experiments.sweep.executor import Done, ThisProcess
from diffusion.experiments.sweep.folder import BEGUN_NAME, SWEEP_NAME, Sweep, check_code, open_sweep, prepare
from diffusion.experiments.sweep.layout import Layout, layout_of, parse_shard
from diffusion.experiments.sweep.read import dataset, export, failures, read_runs, status, stored_row, summary
from diffusion.experiments.sweep.rerun_one import rerun
from diffusion.experiments.sweep.resume import Progress, run_sweep
from diffusion.experiments.sweep.rows import run_schema
from diffusion.scenario.load import load_scenario
from diffusion.storage.sealed import sealed
from diffusion.storage.whole_files import write_whole
from support.sweeps import call, files_of, new_sweep, reopened, start, study_file

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import check_floors

pytestmark = pytest.mark.integration

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


class Noted:
    """An executor that notes which chunks it was given."""

    name = "noted"

    def __init__(self) -> None:
        self.chunks: list[int] = []
        self.inner = ThisProcess(1)

    def run(self, job: Job, chunks: Iterator[int]) -> Generator[Done, None, None]:
        for chunk, done in self.inner.run(job, chunks):
            self.chunks.append(chunk)
            yield chunk, done


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study_file(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def whole(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """The sweep as this process runs it on one thread: what all others are compared with. Not to be changed."""
    sweep = new_sweep(study, tmp_path_factory.mktemp("whole") / "sweep")
    session = run_sweep(sweep, ThisProcess(1))
    assert (session.runs, session.failed) == (60, 0)
    return sweep


@pytest.fixture
def copy(whole: Sweep, tmp_path: Path) -> Sweep:
    """A finished sweep that a test may spoil."""
    shutil.copytree(whole.folder, tmp_path / "copy")
    return open_sweep(tmp_path / "copy")


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command in this process and gives its exit code, stdout and stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, " ".join(said.out.split()), " ".join(said.err.split())

    return run


# --- the same bytes


def test_rows_are_those_of_the_runner(whole: Sweep) -> None:
    rows = read_runs(whole.folder).order("run").df()
    assert list(rows["run"]) == list(range(60))
    assert set(rows["status"]) == {"ok"}
    for scenario, draw in ((0, 0), (1, 4)):
        results = run_scenario(whole.design.scenario(scenario, draw), 3, seed=11, jobs=1)
        values = outcome_values(results)
        first = whole.design.number(scenario, draw, 0)
        assert list(rows["replicate"][first : first + 3]) == [0, 1, 2]
        assert rows["scenario"][first] == whole.design.scenarios[scenario]
        assert (
            rows["parameters.awareness.push_per_month"][first]
            == whole.design.values(draw)["parameters.awareness.push_per_month"]
        )
        for name, expected in values.items():
            assert np.array_equal(rows[name][first : first + 3], expected, equal_nan=True), name
    assert len(rows[list(whole.design.study.outcomes)].drop_duplicates()) > 10


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_give_the_same_bytes(study: Path, whole: Sweep, tmp_path: Path, threads: int) -> None:
    sweep = new_sweep(study, tmp_path / "sweep")
    run_sweep(sweep, ThisProcess(threads))
    assert files_of(sweep) == files_of(whole)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_dask_workers_give_the_same_bytes(study: Path, whole: Sweep, tmp_path: Path, workers: int) -> None:
    from diffusion.experiments.sweep.dask_executor import Dask

    sweep = new_sweep(study, tmp_path / "sweep")
    session = run_sweep(sweep, Dask(workers))
    assert (session.runs, session.lost) == (60, {})
    assert files_of(sweep) == files_of(whole)
    export(sweep, tmp_path / "a.parquet")
    export(whole, tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_workers_of_this_machine_leave_ctrl_c_to_the_process_that_started_them() -> None:
    from diffusion.experiments.sweep import dask_executor

    assert importlib.util.find_spec(dask_executor.PRELOAD) is not None
    with dask_executor.Dask(2)._client() as client:
        assert set(client.run(lambda: signal.getsignal(signal.SIGINT) == signal.SIG_IGN).values()) == {True}


def test_seven_shards_in_random_order_give_the_same_bytes(study: Path, whole: Sweep, tmp_path: Path) -> None:
    new_sweep(study, tmp_path / "sweep")
    order = random.Random(5).sample(range(1, 8), 7)
    for number in order:
        run_sweep(open_sweep(tmp_path / "sweep"), ThisProcess(1), share=(number, 7))
    assert files_of(open_sweep(tmp_path / "sweep")) == files_of(whole)


def test_every_detail_has_the_same_bytes_in_other_chunks_once_merged(tmp_path: Path) -> None:
    study = study_file(tmp_path, detail="events", design={"method": "latin hypercube", "draws": 3})
    one, two = new_sweep(study, tmp_path / "one", 5), new_sweep(study, tmp_path / "two", 18)
    run_sweep(one, ThisProcess(2))
    run_sweep(two, ThisProcess(1))
    assert one.store.tables == ("monthly", "innovations", "events", "runs")
    for table in one.store.tables:
        rows = [export(sweep, sweep.folder / f"{table}.parquet", table) for sweep in (one, two)]
        assert rows[0] == rows[1] > 0
        assert (one.folder / f"{table}.parquet").read_bytes() == (two.folder / f"{table}.parquet").read_bytes()
    results = run_scenario(one.design.scenario(1, 2), 3, seed=11, jobs=1, events=True)
    runs = [one.design.number(1, 2, replicate) for replicate in range(3)]
    chosen = f"run in ({runs[0]}, {runs[1]}, {runs[2]})"
    monthly = read_runs(one.folder, "monthly").filter(chosen).order("run, month").df()
    assert np.array_equal(monthly["adopters"], results.monthly["adopters"].reshape(-1))
    events = read_runs(one.folder, "events").filter(chosen).df()
    expected = results.events_frame()
    assert len(events) == len(expected)
    assert sorted(events["trust"]) == sorted(expected["trust"])
    by = read_runs(one.folder, "innovations").filter(chosen + " AND month = 24").order("run, innovation").df()
    assert by["adopters"].sum() == results.monthly["adopters"][:, -1].sum()


def test_outcomes_of_a_replicate_do_not_depend_on_its_block() -> None:
    programmes = ["levers.accelerator.start=2015-07", "levers.clinical-entrepreneurs.start=2015-09"]
    name = "baseline+people-and-companies+tariff+local-first+accelerator+clinical-entrepreneurs"
    scenario = load_scenario(name, ["months=24", *programmes])
    world = scenario.build_world()
    together = outcome_values(run_scenario(scenario, 9, seed=2, jobs=1, world=world))
    assert {outcome.name for outcome in OUTCOMES} == set(together)
    for size in (1, 2, 5):
        alone = outcome_values(run_scenario(scenario, list(range(4, 4 + size)), seed=2, jobs=1, world=world))
        for name, values in together.items():
            assert values[4 : 4 + size].tobytes() == alone[name].tobytes(), name


def test_chunks_follow_from_the_design() -> None:
    assert [list(Layout(10, 4).runs_of(chunk)) for chunk in range(3)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [Layout(100, 10).share(number, 4) for number in (1, 2, 3, 4)] == [
        range(0, 10, 4),
        range(1, 10, 4),
        range(2, 10, 4),
        range(3, 10, 4),
    ]
    assert Layout(10, 4).chunk_of(9) == 2


def test_chunks_are_neither_tiny_nor_endless(tmp_path: Path) -> None:
    def size(replicates: int, **world: object) -> int:
        study = study_file(
            tmp_path, replicates=replicates, factors={}, design="full grid", scenarios=["baseline"], set=world
        )
        return layout_of(make_design(load_study(study))).size

    assert size(10) == 32
    assert size(100_000) == 782
    assert size(1_000_000) == 1000
    assert (
        size(1_000_000, **{"world.synthetic.n_trusts": 7000, "world.synthetic.n_innovations": 50, "months": 120}) < 60
    )


def test_one_pace_decides_layouts_and_estimates(tmp_path: Path) -> None:
    """Bytes of files follow from it: another number here is another layout of every large sweep."""
    assert SECONDS_PER_PAIR_MONTH == 30e-9
    design = make_design(load_study(study_file(tmp_path)))
    assert estimated_cpu_seconds(design) == pytest.approx(2 * 10 * 3 * 30 * 4 * 24 * SECONDS_PER_PAIR_MONTH * OVERHEAD)


def test_columns_that_no_factor_may_be_called_like_are_those_of_the_table(whole: Sweep) -> None:
    design = whole.design
    assert run_schema(design).names == [*KEYS, *design.factors, *STATUS, *design.study.outcomes]


# --- resume, damage, refusal


def test_only_what_is_missing_is_run(copy: Sweep, whole: Sweep) -> None:
    for chunk in (2, 5):
        copy.store.remove(chunk)
    noted = Noted()
    session = run_sweep(reopened(copy), noted)
    assert noted.chunks == [2, 5]
    assert session.runs == 14
    assert files_of(copy) == files_of(whole)
    noted = Noted()
    assert run_sweep(reopened(copy), noted).runs == 0
    assert noted.chunks == []


def test_damaged_files_are_named_and_mended(copy: Sweep, whole: Sweep) -> None:
    truncated, flipped = copy.store.files()[1], copy.store.files()[4]
    truncated.write_bytes(truncated.read_bytes()[:-20])
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 0x10
    flipped.write_bytes(bytes(content))
    state = status(copy, verify=True)
    assert set(state.damaged) == {f"runs/{truncated.name}", f"runs/{flipped.name}"}
    assert state.done == 60 - 14
    assert set(status(copy).damaged) == set(state.damaged)  # also where nobody asked for a check
    with pytest.raises(InputError, match=r"runs/0000001.* is damaged or was altered"):
        summary(copy, ["gini_trusts"])
    said: list[str] = []
    noted = Noted()
    run_sweep(reopened(copy), noted, tell=said.append)
    assert noted.chunks == [1, 4]
    assert [name in text for name, text in zip((truncated.name, flipped.name), said)] == [True, True]
    assert files_of(copy) == files_of(whole)


def test_two_results_of_one_chunk_are_not_trusted(copy: Sweep, whole: Sweep) -> None:
    other = copy.store.files()[0].read_bytes()
    write_whole(copy.folder / "runs" / f"0000003-{copy.store.checksum('runs', 3, other)}.parquet", other)
    assert copy.store.scan().twice == [3]
    run_sweep(reopened(copy), ThisProcess(1))
    assert files_of(copy) == files_of(whole)


def test_a_changed_study_is_refused_with_what_changed(
    copy: Sweep, whole: Sweep, tmp_path: Path, typed: Callable[..., tuple[int, str, str]]
) -> None:
    changed = study_file(tmp_path, seed=12, set={"parameters.finance.money_gate": False})
    with pytest.raises(InputError) as caught:
        prepare(make_design(load_study(changed)), copy.folder)
    assert "seed: was 11, is 12" in str(caught.value)
    assert "parameters.finance.money_gate was true, is false" in str(caught.value).lower()
    code, _, said = typed("sweep", "run", changed, "--out", copy.folder)
    assert (code, "was 11, is 12" in said) == (2, True)
    assert files_of(copy) == files_of(whole)
    prepare(make_design(load_study(study_file(tmp_path))), copy.folder)  # as it was: welcome again


def test_other_code_is_refused_unless_accepted(copy: Sweep) -> None:
    manifest = json.loads((copy.folder / SWEEP_NAME).read_text())
    manifest["code"]["sha256"] = "0" * 64
    (copy.folder / SWEEP_NAME).write_bytes(sealed(manifest))
    with pytest.raises(InputError, match="the package was changed"):
        check_code(reopened(copy))
    check_code(reopened(copy), accept=True)


def test_the_hash_of_the_code_covers_what_decides_runs_and_no_room_that_only_tells() -> None:
    found = check_floors.uses()
    graph: dict[str, set[str]] = {}
    for use in found:
        if not use.for_types:
            graph.setdefault(use.module, set()).add(use.used)
    waiting = [module for module in graph if module.startswith("experiments.sweep.")]
    decide: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module not in decide:
            decide.add(module)
            waiting += graph.get(module, ())
    assert len(decide) > 100
    assert [module for module in sorted(decide) if is_outside(module.replace(".", "/"))] == []
    above = [room for room, level in check_floors.LEVEL.items() if level > check_floors.LEVEL["experiments"]]
    above[above.index("__main__")] = "__main__.py"  # the one that is a module
    assert {*above, "experiments/searches"} <= set(OUTSIDE)
    assert not is_outside("reporting.py")


def test_a_folder_with_other_files_is_left_alone(
    study: Path, tmp_path: Path, typed: Callable[..., tuple[int, str, str]]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    code, _, said = typed("sweep", "run", study, "--out", tmp_path / "mine")
    assert (code, "never touched" in said) == (2, True)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_folder_whose_freezing_was_killed_is_taken_up(study: Path, whole: Sweep, tmp_path: Path) -> None:
    sweep = new_sweep(study, tmp_path / "sweep")
    for name in ("sweep.json", "design.json", "design.parquet"):
        (sweep.folder / name).unlink()
    with pytest.raises(InputError, match="never touched"):  # it might be anybody's
        new_sweep(study, tmp_path / "sweep")
    (sweep.folder / BEGUN_NAME).write_text("")
    run_sweep(new_sweep(study, tmp_path / "sweep"), ThisProcess(1))
    assert files_of(reopened(sweep)) == files_of(whole)
    assert not (sweep.folder / BEGUN_NAME).exists()


@pytest.mark.parametrize("text", ["0/3", "4/3", "x/2", "2", "-1/2", "1/0"])
def test_shares_are_checked(text: str) -> None:
    with pytest.raises(InputError, match="share"):
        parse_shard(text)
    assert parse_shard("3/7") == (3, 7)


# --- failed runs

FAULTY = '''
"""A lever that fails in one replicate of half the draws, as long as the file beside it says so."""
import pathlib
from typing import ClassVar
from diffusion.levers.base import Lever
from diffusion.levers.registry import register


@register
class Faulty(Lever):
    name: ClassVar[str] = "faulty"

    def write(self, month, see, terms, own, draws):
        broken = pathlib.Path(__file__).with_name("broken").exists()
        if broken and self.strength > 1 and 1 in see._block.replicates:
            raise ValueError(f"replicate 1 cannot do this {object()}")
'''


def test_failed_runs_are_rows_and_can_be_retried(tmp_path: Path, typed: Callable[..., tuple[int, str, str]]) -> None:
    module = tmp_path / "faulty_lever.py"
    module.write_text(FAULTY)
    (tmp_path / "broken").touch()
    (tmp_path / "with-faulty.yaml").write_text("extends: baseline\ntitle: faulty\nlevers: {faulty: {start: 2015-07}}\n")
    study = study_file(
        tmp_path,
        scenarios={"plain": "baseline", "faulty": "with-faulty.yaml"},
        factors={"levers.faulty.strength": {"values": [0.5, 1.5]}},
        design="full grid",
    )
    folder = tmp_path / "sweep"
    code, _, said = typed("sweep", "run", study, "--out", folder, "--python", module, "--threads")
    assert code == 1, said
    assert "1 runs failed; the first is run 10" in said
    rows = read_runs(folder).order("run").fetchall()
    names = read_runs(folder).columns
    of = [dict(zip(names, row)) for row in rows]
    assert [row["run"] for row in of if row["status"] == "failed"] == [10]
    failed = of[10]
    assert (failed["stage"], failed["scenario"], failed["replicate"]) == ("run", "faulty", 1)
    assert failed["error"] == "ValueError: replicate 1 cannot do this <object object>"
    assert "faulty_lever.py:" in failed["traceback"]
    assert str(tmp_path) not in failed["traceback"]
    assert failed["adopter_share_pct"] is None
    # its neighbours in the block are as if nothing had happened
    for replicate in (0, 2):
        assert of[9 + replicate]["adopter_share_pct"] == of[6 + replicate]["adopter_share_pct"]
    code, said, _ = typed("sweep", "run", folder, "--python", module)
    assert (code, "0 runs" in said) == (1, True)
    assert "replicate 1 cannot do this" in typed("sweep", "show", folder, "--failed")[1]
    (tmp_path / "broken").unlink()
    code, _, said = typed("sweep", "run", folder, "--python", module, "--retry-failed")
    assert code == 0, said
    assert status(open_sweep(folder)).failed == 0


def test_a_draw_that_cannot_be_built_fails_alone(whole: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(whole.folder, tmp_path / "sweep")
    sweep = open_sweep(tmp_path / "sweep")
    for chunk in range(sweep.layout.chunks):
        sweep.store.remove(chunk)
    build = type(sweep.design).scenario

    def broken(design: object, scenario: int, draw: int) -> object:
        if (scenario, draw) == (1, 3):
            raise InputError("cannot be built", key="factors")
        return build(design, scenario, draw)  # type: ignore[arg-type]

    monkeypatch.setattr(type(sweep.design), "scenario", broken)
    session = run_sweep(sweep, ThisProcess(1))
    assert (session.runs, session.failed) == (60, 3)
    assert [(row["run"], row["stage"]) for row in failures(sweep)] == [
        (21, "scenario"),
        (22, "scenario"),
        (23, "scenario"),
    ]
    good, now = (dataset(one).to_table().drop_columns(["stage", "error", "traceback"]) for one in (whole, sweep))
    kept = [run for run in range(60) if run not in (21, 22, 23)]
    assert now.take(kept).to_pandas().equals(good.take(kept).to_pandas())


# --- stopping, disks, neighbours


def first_chunks(folder: Path, process: subprocess.Popen[str], number: int = 2) -> None:
    """Wait until some chunks are there."""
    until = time.monotonic() + 120
    while len(list((folder / "runs").glob("0*.parquet"))) < number:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("where", [("--threads",), ("--jobs", "2")], ids=["threads", "dask"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "time-limit"])
def test_an_interrupt_leaves_a_sweep_that_goes_on(tmp_path: Path, where: tuple[str, ...], number: int) -> None:
    if where[0] == "--jobs" and number == signal.SIGTERM:
        pytest.skip("the same way as for threads, and slow to start")
    study = study_file(tmp_path, replicates=30, set={"months": 60})
    sweep = new_sweep(study, tmp_path / "sweep", 6)
    process = start("sweep", "run", sweep.folder, *where)
    first_chunks(sweep.folder, process)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal sends it to all processes of the command
    else:
        process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "nothing that was done is lost" in said
    assert "Traceback" not in said
    done = len(sweep.store.scan().done)
    assert 2 <= done < sweep.layout.chunks
    assert not sweep.store.scan().damaged
    noted = Noted()
    run_sweep(reopened(sweep), noted)
    assert len(noted.chunks) == sweep.layout.chunks - done
    assert dataset(sweep).to_table(columns=["run"]).column("run").to_pylist() == list(range(600))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 192 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(folder)]
    if not ROOT or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be made where root may mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_stops_the_sweep_and_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    study = study_file(tmp_path, replicates=12)
    new_sweep(study, small_disk / "sweep", 8)
    done = call("sweep", "run", small_disk / "sweep", "--threads")
    assert done.returncode == 1, done.stderr
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    sweep = open_sweep(small_disk / "sweep")
    stored = sweep.store.scan()
    assert 0 < len(stored.done) < sweep.layout.chunks
    assert not stored.damaged
    assert not [path for path in sweep.folder.rglob(".*") if path.is_file()]
    shutil.copytree(sweep.folder, tmp_path / "larger")
    larger = open_sweep(tmp_path / "larger")
    run_sweep(larger, ThisProcess(2))
    assert len(larger.store.scan().done) == larger.layout.chunks


def test_a_file_that_cannot_be_written_in_full_leaves_nothing(study: Path, tmp_path: Path) -> None:
    sweep = new_sweep(study, tmp_path / "sweep")
    limited = (
        "import resource, runpy, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "sys.argv = ['diffusion', *sys.argv[1:]]\n"
        "runpy.run_module('diffusion.cli.app', run_name='__main__')\n"
    )
    line = [sys.executable, "-c", limited, "sweep", "run", str(sweep.folder), "--threads"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert "larger than is allowed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((sweep.folder / "runs").iterdir())


def test_a_read_only_disk_is_told_before_anything_runs(
    study: Path, small_disk: Path, typed: Callable[..., tuple[int, str, str]]
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    code, _, said = typed("sweep", "run", study, "--out", small_disk / "sweep")
    assert (code, "read-only" in said) == (2, True)


@pytest.mark.skipif(ROOT, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_told_before_anything_runs(study: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o500)
    done = call("sweep", "run", study, "--out", tmp_path / "theirs" / "sweep")
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True)


def test_two_processes_on_one_sweep_share_the_work(tmp_path: Path) -> None:
    study = study_file(tmp_path, replicates=30, set={"months": 36})
    sweep = new_sweep(study, tmp_path / "sweep", 10)
    processes = [start("sweep", "run", sweep.folder, "--threads", "--jobs", "1") for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    sessions = status(sweep).sessions
    assert sum(session["runs"] for session in sessions) == 600  # no run twice
    alone = new_sweep(study, tmp_path / "alone", 10)
    run_sweep(alone, ThisProcess(2))
    assert files_of(sweep) == files_of(alone)


def test_the_claim_of_a_killed_process_is_free_again(whole: Sweep, tmp_path: Path) -> None:
    store = Store(tmp_path, ("runs",))
    holder = (
        "import pathlib, sys, time\n"
        "from diffusion.experiments.sweep.chunk_files import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]), ('runs',))\n"
        "print(store.claim(4), flush=True)\n"
        "time.sleep(60)\n"
    )
    line = [sys.executable, "-c", holder, str(tmp_path)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "True"
        assert store.claim(3)
        assert not store.claim(4)
    finally:
        process.kill()
        process.wait()
    assert store.claim(4)
    store.close()


DEADLY = '''
"""A lever that ends the process it runs in, in one draw."""
import os
from typing import ClassVar
from diffusion.levers.base import Lever
from diffusion.levers.registry import register


@register
class Deadly(Lever):
    name: ClassVar[str] = "deadly"

    def write(self, month, see, terms, own, draws):
        if self.strength > 1:
            os._exit(1)
'''


def test_a_run_that_kills_its_workers_is_left_out_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusion.experiments.sweep import dask_executor
    from diffusion.scenario.plugins import use_python_modules

    (tmp_path / "deadly_lever.py").write_text(DEADLY)
    use_python_modules([str(tmp_path / "deadly_lever.py")])
    (tmp_path / "with-deadly.yaml").write_text("extends: baseline\ntitle: deadly\nlevers: {deadly: {start: 2015-07}}\n")
    study = study_file(
        tmp_path,
        scenarios=["with-deadly.yaml"],
        factors={"levers.deadly.strength": {"values": [0.5, 1.5]}},
        design="full grid",
        replicates=4,
    )
    sweep = new_sweep(study, tmp_path / "sweep", 4)
    monkeypatch.setattr(dask_executor, "DEATHS_ALLOWED", 1)
    # one chunk at a time: what waits behind a deadly chunk is not suspected with it
    assert run_sweep(sweep, dask_executor.Dask(1), share=(1, 2)).lost == {}
    session = run_sweep(reopened(sweep), dask_executor.Dask(1), share=(2, 2))
    assert list(session.lost) == [1]
    assert "KilledWorker" in session.lost[1]
    assert status(reopened(sweep)).done == 4


# --- what is said meanwhile


def test_progress_tells_rate_and_time_left() -> None:
    progress = Progress(total=2000, before=400, done=100, failed=2, seconds=20.0)
    assert line(progress) == "500 of 2,000 runs (25 %), 5.0 a second, 5 min 0 s left, 2 failed"
    assert line(Progress(2000, 400, 0, 0, 1.0)) == "400 of 2,000 runs (20 %)"
    assert [duration(seconds) for seconds in (4.26, 59, 3600, 200_000)] == ["4.3 s", "59 s", "1 h 0 min", "2 d 7 h"]


def test_a_sweep_without_agents_imports_no_mesa(study: Path, tmp_path: Path) -> None:
    new_sweep(study, tmp_path / "sweep")
    code = (
        "import sys\nfrom diffusion.experiments.sweep import open_sweep, run_sweep\n"
        "run_sweep(open_sweep(sys.argv[1]))\nprint('mesa' in sys.modules)\n"
    )
    line = [sys.executable, "-c", code, str(tmp_path / "sweep")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "False", done.stderr


# --- reading back


def test_any_run_is_the_same_again(whole: Sweep) -> None:
    for run in (0, 7, 34, 59):
        again = rerun(whole, run)
        assert again.row["run"] == run
        assert again.differing == ()
    with pytest.raises(InputError, match="there is no run 60"):
        rerun(whole, 60)


def test_rerun_on_the_command_line_tells_a_difference(copy: Sweep, typed: Callable[..., tuple[int, str, str]]) -> None:
    code, said, problems = typed("sweep", "rerun", copy.folder, "20")
    assert code == 0, problems
    assert "the same as stored" in said
    path = copy.store.files()[2]
    rows = pq.read_table(path)
    index = rows.schema.get_field_index("net_cost_national_gbp")
    forged = np.nextafter(rows.column(index).to_numpy(), np.inf)
    rows = rows.set_column(index, rows.schema.field(index), [forged])
    pq.write_table(rows, path)
    code, _, said = typed("sweep", "rerun", copy.folder, "20")
    assert (code, f"runs/{path.name} is damaged or was altered" in said) == (2, True)
    code, _, said = typed("sweep", "rerun", copy.folder, "20", "--accept-altered")
    assert (code, "net_cost_national_gbp is stored as" in said) == (1, True)


def test_summaries_are_computed_over_the_files(whole: Sweep) -> None:
    rows = dataset(whole).to_table().to_pandas()
    for row in summary(whole, ["adopter_share_pct", "over_dispersion"], ["scenario"]):
        values = rows.loc[rows["scenario"] == row["scenario"], row["outcome"]].dropna()
        assert row["runs"] == len(values)
        assert row["mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert row["sd"] == pytest.approx(values.std(), rel=1e-12)
        assert row["q975"] == pytest.approx(values.quantile(0.975), rel=1e-12)
    with pytest.raises(InputError, match="no column 'adopter_shar_pct'"):
        summary(whole, ["adopter_shar_pct"])
    with pytest.raises(InputError, match="keeps no table 'monthly'"):
        read_runs(whole.folder, "monthly")
    lazy = read_runs(whole.folder).filter("scenario = 'local'").aggregate("count(*) AS n")
    assert lazy.fetchall() == [(30,)]


def test_commands_that_read(copy: Sweep, tmp_path: Path, typed: Callable[..., tuple[int, str, str]]) -> None:
    assert "60 of 60 runs (100 %), 0 failed" in typed("sweep", "status", copy.folder, "--check")[1]
    shown = typed("sweep", "show", copy.folder, "--outcome", "gini_trusts", "--by", "scenario")[1]
    assert "as-is" in shown
    assert "local" in shown
    assert typed("sweep", "export", copy.folder, "--to", tmp_path / "all.csv")[0] == 0
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 61
    code, _, said = typed("sweep", "export", copy.folder, "--to", tmp_path / "all.csv")
    assert (code, "the file exists" in said) == (2, True)
    copy.store.remove(3)
    code, _, said = typed("sweep", "export", copy.folder, "--to", tmp_path / "part.parquet")
    assert (code, "runs/0000003-*.parquet is missing" in said) == (2, True)
    for path in (copy.folder / "sessions").iterdir():  # as while a first session is running
        path.unlink()
    code, _, said = typed("sweep", "export", copy.folder, "--to", tmp_path / "part.parquet")
    assert (code, "53 of 60 runs are done" in said) == (2, True)
    code, said, _ = typed("sweep", "export", copy.folder, "--to", tmp_path / "part.parquet", "--partial")
    assert (code, "53 rows" in said) == (0, True)
    assert stored_row(copy, 21) is None
    code, _, said = typed("sweep", "status", tmp_path)
    assert (code, "there is no sweep" in said) == (2, True)


def test_the_script_of_a_job_array_runs_every_share(copy: Sweep, typed: Callable[..., tuple[int, str, str]]) -> None:
    code, said, _ = typed("sweep", "script", copy.folder, "--tasks", "40", "--sbatch", "partition=long")
    assert (code, "9 chunks" in said) == (0, True)
    script = (copy.folder / "sweep.sbatch").read_text()
    assert "#SBATCH --array=1-9\n" in script  # no task without a chunk
    assert "#SBATCH --partition=long\n" in script
    assert '--shard "$SLURM_ARRAY_TASK_ID/9"' in script
    assert subprocess.run(["bash", "-n", str(copy.folder / "sweep.sbatch")], check=False).returncode == 0
    code, _, said = typed("sweep", "script", copy.folder, "--tasks", "2", "--sbatch", "x\nrm -rf /")
    assert (code, "more than one line" in said) == (2, True)


# --- agents in Python

CAUTIOUS = """
from diffusion.agents.trust import Trust


class Cautious(Trust):
    def awareness_rate(self):
        return 0.5 * super().awareness_rate()
"""


def test_scenarios_with_python_agents_run_too(tmp_path: Path, typed: Callable[..., tuple[int, str, str]]) -> None:
    module = tmp_path / "cautious_agents.py"
    module.write_text(CAUTIOUS)
    (tmp_path / "cautious.yaml").write_text(
        "extends: baseline\ntitle: cautious\nagents: {trust: 'cautious_agents:Cautious'}\n"
    )
    study = study_file(
        tmp_path,
        scenarios={"plain": "baseline", "cautious": "cautious.yaml"},
        replicates=2,
        design={"method": "latin hypercube", "draws": 2},
    )
    options = ("--python", module)
    assert typed("sweep", "run", study, "--out", tmp_path / "one", *options, "--threads")[0] == 0
    done = call("sweep", "run", study, "--out", tmp_path / "two", *options, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    one, two = open_sweep(tmp_path / "one"), open_sweep(tmp_path / "two")
    assert files_of(one) == files_of(two)
    rows = read_runs(one.folder).order("run").df()
    totals = rows.groupby("scenario")["net_cost_trust_gbp"].sum()
    assert totals["cautious"] != totals["plain"]


def test_results_of_a_chunk_say_how_many_failed(whole: Sweep) -> None:
    from diffusion.experiments.sweep.chunks import run_chunk

    done = run_chunk(whole.job, 8)
    assert isinstance(done, ChunkFiles)
    assert (done.runs, done.failed, tuple(done.files)) == (4, 0, ("runs",))
    assert whole.store.files()[8].read_bytes() == done.files["runs"]


def test_a_folder_may_be_a_text(study: Path, tmp_path: Path) -> None:
    design = make_design(load_study(study))
    assert prepare(design, str(tmp_path / "text")).folder == tmp_path / "text"
