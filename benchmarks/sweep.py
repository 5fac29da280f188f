"""Sweeps, measured: `python benchmarks/sweep.py [--runs 10000] [--rounds 3] [--only speed memory ...] [--save]`.

speed       runs a second of a sweep against the bare engine on the same runs, in turns
memory      memory of all processes of a long sweep over time
store       time and bytes to store runs and to summarise them
scheduling  what Dask costs per chunk and run at 1, 2 and 4 workers
million     what a million runs need, from the figures above
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from rich.console import Console

from figures import Figure, table
from turns import cpu_seconds, machine, take_turns

RESULTS = Path(__file__).with_name("sweep_results.json")
PAGE = Path(__file__).resolve().parents[1] / "docs" / "cluster.md"
FIGURE = PAGE.parent / "img" / "sweep_memory.svg"
WORKERS = 2
#: 233 trusts and 17 innovations over ten years
WORLD: dict[str, Any] = {
    "world.synthetic.england_like": True,
    "world.synthetic.n_trusts": 233,
    "world.synthetic.n_innovations": 17,
    "world.synthetic.kind": "mix",
}
FACTORS = {
    "parameters.awareness.push_per_month": {"plausible": True},
    "parameters.pilot.utility_weight": {"plausible": True},
}


@dataclass
class Rate:
    """Runs a second of wall time, and processor time a run: the second is the steadier one on a busy machine."""

    per_second: float = 0.0
    cpu_ms: float = 0.0

    @classmethod
    @contextmanager
    def measured(cls, runs: int) -> Iterator[Rate]:
        """Give a rate that is filled in when the block ends."""
        rate, began, cpu = cls(), time.perf_counter(), cpu_seconds()
        yield rate
        rate.per_second = runs / (time.perf_counter() - began)
        rate.cpu_ms = 1e3 * (cpu_seconds() - cpu) / runs


def study(
    folder: Path, draws: int, replicates: int, scenarios: tuple[str, ...], detail: str = "summary", **settings: Any
) -> Path:
    """Write a study of Latin hypercube draws and return its file."""
    data = {
        "title": "Benchmark of sweeps",
        "scenarios": list(scenarios),
        "set": {**WORLD, "months": 120, **settings},
        "factors": FACTORS,
        "design": {"method": "latin hypercube", "draws": draws},
        "replicates": replicates,
        "seed": 1,
        "detail": detail,
    }
    path = folder / f"study-{draws}-{replicates}.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return path


def fresh(path: Path, folder: Path, chunk_runs: int | None = None) -> Any:
    """Return a sweep of the study with nothing done."""
    from diffusion.experiments.study import load_study
    from diffusion.experiments.study.design import make_design
    from diffusion.experiments.sweep.folder import prepare

    shutil.rmtree(folder, ignore_errors=True)
    return prepare(make_design(load_study(path)), folder, chunk_runs)


def swept(sweep: Any, executor: Any) -> Rate:
    """Run a sweep, workers' start included."""
    from diffusion.experiments.sweep.resume import run_sweep

    with Rate.measured(sweep.layout.runs) as rate:
        session = run_sweep(sweep, executor)
    assert session.runs == sweep.layout.runs, session
    return rate


def bare(design: Any) -> Rate:
    """Run the same runs through the engine alone, on as many threads; nothing is kept."""
    from diffusion.experiments.running.runner import run

    worlds = [design.scenario(index, 0).build_world() for index in range(len(design.scenarios))]
    with Rate.measured(design.runs) as rate:
        for draw in range(design.n_draws):
            for index in range(len(design.scenarios)):
                run(design.scenario(index, draw), design.replicates, design.seed, WORKERS, world=worlds[index])
    return rate


def speed(folder: Path, runs: int, rounds: int) -> list[Figure]:
    """Compare a sweep in this process and on two Dask workers with the bare engine."""
    from diffusion.experiments.sweep.dask_executor import Dask
    from diffusion.experiments.sweep.executor import ThisProcess, compile_once

    compile_once()
    figures: list[Figure] = []
    shapes = {"100 replicates a draw": (max(1, runs // 200), 100), "1 replicate a draw": (max(1, runs // 8), 1)}
    for name, (draws, replicates) in shapes.items():
        path = study(folder, draws, replicates, ("baseline", "baseline+local-first"))
        design = fresh(path, folder / "design").design
        candidates: dict[str, Callable[[], Rate]] = {
            "bare": lambda design=design: bare(design),
            "threads": lambda path=path: swept(fresh(path, folder / "threads"), ThisProcess(WORKERS)),
            "dask": lambda path=path: swept(fresh(path, folder / "dask"), Dask(WORKERS)),
        }
        rates: dict[str, list[Rate]] = {who: [] for who in candidates}

        def turn(who: str, act: Callable[[], Rate], rates: dict[str, list[Rate]] = rates) -> float:
            rates[who].append(act())
            return rates[who][-1].per_second

        turns = take_turns({who: partial(turn, who, act) for who, act in candidates.items()}, rounds)
        what = f"{design.runs:,} runs, {name}"
        for who in candidates:
            figures.append(Figure("speed", f"{what}: {who}", turns.median(who), f"runs/s on {WORKERS} cores"))
            cpu_ms = median(rate.cpu_ms for rate in rates[who])
            figures.append(Figure("speed", f"{what}: {who}, processor time", cpu_ms, "ms/run"))
        for who in ("threads", "dask"):
            share = turns.ratio(who, "bare")
            cpu = median(alone.cpu_ms / rate.cpu_ms for alone, rate in zip(rates["bare"], rates[who]))
            promised = replicates > 1 and (who == "threads" or runs >= 10_000)  # short runs pay for starting workers
            figures.append(
                Figure("speed", f"{what}: {who} over bare engine", share, "x", ">= 0.85", share >= 0.85)
                if promised
                else Figure("speed", f"{what}: {who} over bare engine", share, "x")
            )
            figures.append(Figure("speed", f"{what}: {who} over bare engine, by processor time", cpu, "x"))
    return figures


def tree_mb(root: int) -> float:
    """Return the memory of a process and all below it, MB; shared pages count once."""
    total, family, waiting = 0.0, [root], [root]
    while waiting:
        for tasks in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            try:
                below = [int(pid) for pid in tasks.read_text().split()]
            except OSError:
                continue
            family += below
            waiting += below
    for pid in family:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in rollup if line.startswith("Pss:")), 0) / 1024
    return total


def watched(folder: Path, path: Path, *options: str) -> tuple[list[float], list[int], list[float]]:
    """Run a sweep by the command line; return seconds, runs stored and memory in MB, twice a second."""
    sweep = fresh(path, folder)
    line = [sys.executable, "-m", "diffusion.cli.app", "sweep", "run", str(folder), *options]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(line, stdin=quiet, stdout=quiet, stderr=quiet)
    seconds, done, memory = [], [], []
    began = time.perf_counter()
    while process.poll() is None:
        seconds.append(time.perf_counter() - began)
        done.append(len(sweep.store.files()) * sweep.layout.size)
        memory.append(tree_mb(process.pid))
        time.sleep(0.5)
    assert process.returncode == 0
    return seconds, done, memory


def memory(folder: Path, runs: int, rounds: int, save: bool) -> list[Figure]:
    """Watch the memory of a long sweep in this process and on Dask workers."""
    path = study(folder, max(1, runs // 200), 100, ("baseline", "baseline+local-first"))
    figures, curves = [], {}
    for name, options in {"this process": ("--threads",), "two Dask workers": ("--jobs", "2")}.items():
        _, done, used = watched(folder / "watched", path, *options)
        middle = [mb for count, mb in zip(done, used) if 0.25 * runs <= count < 0.55 * runs]
        late = [mb for count, mb in zip(done, used) if 0.7 * runs <= count < runs]
        growth = median(late) / median(middle) if middle and late else float("nan")
        curves[name] = (done, used)
        figures.append(Figure("memory", f"{name}: peak of all processes", max(used), "MB"))
        figures.append(Figure("memory", f"{name}: last third over second", growth, "x", "<= 1.1", growth <= 1.1))
    if save:
        draw(curves)
    return figures


def draw(curves: dict[str, tuple[list[int], list[float]]]) -> None:
    """Write the figure of memory over runs stored."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with matplotlib.rc_context({"svg.hashsalt": "sweep", "svg.fonttype": "none", "font.size": 9}):
        figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
        for (name, (done, used)), colour, dashes in zip(curves.items(), ("#0072B2", "#D55E00"), ("-", "--")):
            between = [(count, mb) for count, mb in zip(done, used) if 0 < count < max(done)]
            axes.plot(*zip(*between), dashes, color=colour, label=name, linewidth=1.6)
        axes.set(xlabel="runs stored", ylabel="memory of all processes (MB)", ylim=(0, None))
        axes.set_title("Memory of a sweep: 233 trusts x 17 innovations x 120 months", fontsize=10)
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        FIGURE.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(FIGURE, metadata={"Date": None})


def store(folder: Path, runs: int) -> list[Figure]:
    """Measure what stored runs take, and how long they take to be written, checked, summarised and merged."""
    from diffusion.experiments.sweep.chunks import run_chunk
    from diffusion.experiments.sweep.executor import ThisProcess
    from diffusion.experiments.sweep.read import export, summary
    from diffusion.experiments.sweep.resume import run_sweep

    sweep = fresh(study(folder, max(1, runs // 200), 100, ("baseline", "baseline+local-first")), folder / "store")
    run_sweep(sweep, ThisProcess(WORKERS))
    size = sum(path.stat().st_size for path in sweep.store.files()) / sweep.layout.runs
    done = run_chunk(sweep.job, 0)
    writes = timed(lambda: sweep.store.put(0, done.files), 20)
    target = folder / "all.parquet"

    def merge() -> None:
        target.unlink(missing_ok=True)
        export(sweep, target)

    # as many rows as 100,000 runs, summarised from their files
    large = folder / "large"
    shutil.copytree(sweep.folder, large)
    copies = max(1, 100_000 // sweep.layout.runs)
    for path in sweep.store.files():
        for copy in range(1, copies):
            place = large / "runs" / f"{copy * sweep.layout.chunks + int(path.name[:7]):07d}{path.name[7:]}"
            os.link(path, place)
    from diffusion.experiments.sweep.folder import open_sweep

    many = open_sweep(large)
    rich = fresh(study(folder, 1, 32, ("baseline",), detail="events"), folder / "rich")
    run_sweep(rich, ThisProcess(WORKERS))
    details = [
        Figure(
            "store",
            f"details, {name}: a run",
            sum(path.stat().st_size for path in rich.store.files(name)) / rich.layout.runs,
            "bytes",
        )
        for name in rich.store.tables[:-1]
    ]
    return [
        *details,
        Figure("store", f"{sweep.layout.runs:,} runs of {sweep.layout.size} a file: a run", size, "bytes"),
        Figure("store", "a file written, waited for, renamed", 1e3 * writes, "ms"),
        Figure("store", "all files checked, a run", 1e6 * timed(sweep.store.scan, 3) / sweep.layout.runs, "us"),
        Figure("store", "all runs merged into one file, a run", 1e6 * timed(merge, 3) / sweep.layout.runs, "us"),
        Figure(
            "store",
            f"{copies * sweep.layout.runs:,} runs: mean and quantiles of an outcome by scenario",
            timed(lambda: summary(many, ["adopter_share_pct"]), 3),
            "s",
        ),
    ]


def timed(act: Callable[[], Any], times: int) -> float:
    """Return the median wall time of an act, seconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return median(taken)


def scheduling(folder: Path) -> list[Figure]:
    """Measure what a chunk costs on Dask when its runs cost almost nothing: passing it out, back, and storing it."""
    from diffusion.experiments.sweep.dask_executor import Dask
    from diffusion.experiments.sweep.executor import ThisProcess

    tiny = {"months": 1, "world.synthetic.n_trusts": 2, "world.synthetic.n_innovations": 1}
    path = study(folder, 1, 4_000, ("baseline",), **tiny)

    def per_chunk(executor: Any) -> float:
        """Seconds between the first and the last chunk that comes back, over their number: without the start."""
        sweep = fresh(path, folder / "tiny", 8)
        times: list[float] = []
        claims = iter(range(sweep.layout.chunks))
        for chunk, done in executor.run(sweep.job, claims):
            sweep.store.put(chunk, done.files)
            times.append(time.perf_counter())
        warm = len(times) // 5
        return (times[-1] - times[warm]) / (len(times) - warm - 1)

    alone = per_chunk(ThisProcess(1))
    figures = [Figure("scheduling", "a chunk of 8 empty runs, this process", 1e3 * alone, "ms")]
    for workers in (1, 2, 4):
        took = per_chunk(Dask(workers))
        figures.append(Figure("scheduling", f"the same on {workers} Dask workers", 1e3 * took, "ms/chunk"))
    return figures


def million(figures: list[Figure]) -> list[Figure]:
    """Extrapolate: what a million runs need."""
    from diffusion.experiments.sweep.layout import MOST_RUNS

    by = {figure.what: figure.value for figure in figures}

    def find(end: str) -> float:
        return next((value for what, value in by.items() if what.endswith(end)), float("nan"))

    per_core = 1e3 / find("100 replicates a draw: threads, processor time")
    core_hours = 1e6 / per_core / 3600
    chunk_runs = MOST_RUNS["summary"]
    hand_out_s = find("the same on 4 Dask workers") / 1e3
    write_s = find("a file written, waited for, renamed") / 1e3
    most = chunk_runs / per_core / max(hand_out_s, write_s)
    return [
        Figure("million", "processor time", core_hours, "core hours"),
        Figure("million", "storage, one row a run", find("a file: a run") * 1e6 / 1e9, "GB"),
        Figure("million", "storage, with months", find("details, monthly: a run") * 1e6 / 1e9, "GB"),
        Figure(
            "million",
            "storage, with months and innovations",
            sum(find(f"details, {name}: a run") for name in ("monthly", "innovations")) * 1e6 / 1e9,
            "GB",
        ),
        Figure("million", "wall time on 100 cores", core_hours / 100 * 60, "minutes"),
        Figure("million", "wall time on 1,000 cores", core_hours / 1000 * 60, "minutes"),
        Figure("million", f"a chunk of {chunk_runs:,} runs on a core", chunk_runs / per_core, "s"),
        Figure("million", "cores that one Dask client keeps busy", most, "cores"),
    ]


def write_table(figures: list[Figure]) -> None:
    """Put what a million runs need into the page on clusters."""
    rows = [
        f"| {figure.what} | {figure.value:,.3g} {figure.unit} |" for figure in figures if figure.section == "million"
    ]
    text = "\n".join(["| for a million runs | |", "|---|---|", *rows])
    start, end = "<!-- million -->", "<!-- /million -->"
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(start)
    PAGE.write_text(f"{before}{start}\n{text}\n{end}{rest.split(end)[1]}", encoding="utf-8")


def main() -> int:
    """Measure, print, and with --save keep the figures and the picture of memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sections = ("speed", "memory", "store", "scheduling")
    parser.add_argument("--only", nargs="+", choices=sections, default=list(sections), help="sections to measure")
    parser.add_argument("--runs", type=int, default=1_000, help="runs of a sweep; 10000 is the full measurement")
    parser.add_argument("--rounds", type=int, default=3, help="turns")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}, the figure, and the table in docs")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a promise is not kept")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(", ".join(f"{key} {value}" for key, value in machine().items()))
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        measures: dict[str, Callable[[], list[Figure]]] = {
            "speed": lambda: speed(folder, chosen.runs, chosen.rounds),
            "memory": lambda: memory(folder, chosen.runs, chosen.rounds, chosen.save),
            "store": lambda: store(folder, chosen.runs),
            "scheduling": lambda: scheduling(folder),
        }
        for name in chosen.only:
            console.print(f"measuring: {name}")
            figures += measures[name]()
    if {"speed", "store", "scheduling"} <= set(chosen.only):
        figures += million(figures)
    console.print(table("Sweeps", figures))
    if chosen.save:
        data = {"machine": machine(), "runs": chosen.runs, "figures": [asdict(figure) for figure in figures]}
        RESULTS.write_text(json.dumps(data, indent=1) + "\n")
        console.print(f"written: {RESULTS}")
        if any(figure.section == "million" for figure in figures):
            write_table(figures)
    return 1 if chosen.check and any(figure.kept is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
