"""Speed, measured: `python benchmarks/bench.py [--only SECTION ...] [--quick] [--save] [--check]`.

classic   one innovation on a small world: engine against an idiomatic Mesa model and a plain C kernel, in turns
full      CPU ns per trust, innovation and month with four levers, 233 x 30 and 7,000 x 50, and with all nineteen
compare   wall time and peak memory of four scenarios x 200 replicates
drawn     what drawing the parameters of each replicate costs: runs with the posterior and at the defaults, in turns
question  a small question, two scenarios x 20 replicates: numbers only, with the page, and where the time goes
startup   `diffusion --help`, and the first use after an install (kernels not yet compiled)
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import median

from rich.console import Console

import classic_c
import classic_mesa
import engine
from classic import MONTHS
from contest import Entrant, contest
from figures import Figure, at_least, at_most, table
from turns import cpu_seconds, machine, measure_command, take_turns, wall_seconds

RESULTS = Path(__file__).with_name("results.json")
WHERE = Path(__file__).with_name("where.py")
DIFFUSION = str(Path(sys.executable).with_name("diffusion"))
SIZES = (230, 7_000)
DEMO = ("baseline", "tariff", "test-beds", "local-first")


def entrants(n: int) -> dict[str, Entrant]:
    """Return the tools present, with replicates a turn that keep the turns about equally long."""
    small = n < 1_000
    present = {"mesa": Entrant(classic_mesa.mesa_classic, n, 4 if small else 1)}
    if engine.available():
        present["engine"] = Entrant(engine.engine_classic, n, 800 if small else 40)
    if classic_c.available():
        present["c"] = Entrant(classic_c.c_classic, n, 2_000 if small else 80)
    return present


def classic(quick: bool) -> list[Figure]:
    """Compare the engine with Mesa and C on the classic workload, and the engine with itself at K = 1, 2 and 30."""
    figures = []
    for n in SIZES:
        tools = entrants(n)
        turns, agreements = contest(tools, 3 if quick else 7)
        for name in tools:
            figures.append(Figure("classic", f"{name}, N={n:,}", turns.median(name), "ns/organisation-month"))
        if "engine" in tools:
            figures.append(at_least("classic", f"mesa / engine, N={n:,}", turns.ratio("mesa", "engine"), "x", 50))
        if {"engine", "c"} <= tools.keys():
            figures.append(at_most("classic", f"engine / c, N={n:,}", turns.ratio("engine", "c"), "x", 10))
        for pair in agreements:
            what = f"{pair.first} - {pair.second}, mean curves, N={n:,}"
            figures.append(at_most("classic", what, pair.gap_share, "share", pair.tolerated_share))
    return figures + (innovations(quick) if engine.available() else [])


def innovations(quick: bool) -> list[Figure]:
    """Measure the same engine path with 1, 2 and 30 innovations."""
    n = SIZES[0]

    def turn(k: int) -> float:
        replicates = max(40, 400 // k)
        cpu_s, _ = engine.engine_classic(n, replicates, n_innovations=k)
        return cpu_s / (n * replicates * MONTHS * k) * 1e9

    several = (1, 2, 30)
    turns = take_turns({str(k): (lambda k=k: turn(k)) for k in several}, 3 if quick else 7)
    unit = "ns/organisation-innovation-month"
    return [Figure("classic", f"engine, N={n:,}, K={k}", turns.median(str(k)), unit) for k in several]


def full(quick: bool) -> list[Figure]:
    """Measure the full model on the trusts of England and on a synthetic world thirty times as large."""
    replicates = 16 if quick else 64
    candidates = {
        "England": lambda: engine.full_ns(replicates),
        "synthetic": lambda: engine.full_synthetic_ns(7_000, 50, 1 if quick else 2),
        "baseline": lambda: engine.per_live_pair_ns("baseline", replicates),
        "everything": lambda: engine.per_live_pair_ns("everything", replicates),
        "portfolio": lambda: engine.portfolio_cpu_s(100),
    }
    for candidate in candidates.values():
        candidate()
    turns = take_turns(candidates, 2 if quick else 5)
    unit = "ns/trust-innovation-month"
    return [
        at_most("full", "233 trusts x 30 innovations, four levers", turns.median("England"), unit, 30),
        Figure("full", "7,000 x 50 synthetic", turns.median("synthetic"), unit),
        at_most("full", "7,000 x 50 over 233 x 30", turns.ratio("synthetic", "England"), "x", 1.5),
        Figure("full", "baseline, innovations live", turns.median("baseline"), "ns/trust-live innovation-month"),
        at_most(
            "full",
            "nineteen levers, people and companies",
            turns.median("everything"),
            "ns/trust-live innovation-month",
            40,
        ),
        at_most("full", "the same over baseline", turns.ratio("everything", "baseline"), "x", 1.6),
        at_most("full", "the same, the 30 of the portfolio alone, 100 replicates", turns.median("portfolio"), "s", 3.5),
    ]


def compare(quick: bool) -> list[Figure]:
    """Measure the demo's comparison as a user runs it."""
    replicates = "20" if quick else "200"
    costs = []
    for _ in range(1 if quick else 3):
        with tempfile.TemporaryDirectory() as folder:
            arguments = ("--replicates", replicates, "--seed", "1", "--out", str(Path(folder) / "out"))
            costs.append(measure_command((DIFFUSION, "compare", *DEMO, *arguments)))
    wall_s = median(cost.wall_s for cost in costs)
    what = f"{len(DEMO)} scenarios x {replicates} replicates"
    return [
        Figure("compare", f"{what}, wall time", wall_s, "s")
        if quick
        else at_most("compare", f"{what}, wall time", wall_s, "s", 60),
        Figure("compare", f"{what}, CPU time", median(cost.cpu_s for cost in costs), "s"),
        at_most("compare", f"{what}, peak memory, largest process", max(c.peak_process_mb for c in costs), "MB", 1_000),
        at_most("compare", f"{what}, peak memory, all processes", max(c.peak_total_mb for c in costs), "MB", 1_000),
    ]


def drawn(quick: bool) -> list[Figure]:
    """Measure the demo's runs with drawn parameters against those at the defaults, without pages and figures."""
    replicates = 20 if quick else 60
    sources = {name: partial(engine.drawn_cpu_s, name, DEMO, replicates) for name in ("posterior", "defaults")}
    turns = take_turns(sources, 3)
    ratio = turns.ratio("posterior", "defaults")
    what = f"{len(DEMO)} scenarios x {replicates} replicates: posterior / defaults, CPU time"
    return [at_most("drawn", what, ratio, "x", 1.1)]


def question(quick: bool) -> list[Figure]:
    """Measure a small question as a person asks it, and the stages of it in a process of its own."""
    rounds = 3 if quick else 7
    asked = (DIFFUSION, "compare", *DEMO[:2], "--replicates", "20")
    wall_seconds((*asked, "--no-files"))  # kernels are compiled from here on
    numbers, page = [], []
    for _ in range(rounds):
        numbers.append(measure_command((*asked, "--no-files")))
        with tempfile.TemporaryDirectory() as folder:
            page.append(measure_command((*asked, "--out", str(Path(folder) / "out"))))
    stages: list[dict[str, float]] = []
    for _ in range(rounds):
        told = subprocess.run([sys.executable, str(WHERE)], capture_output=True, text=True, check=True).stdout
        stages.append(json.loads(told))
    return [
        at_most("question", "numbers only (--no-files), CPU time", median(c.cpu_s for c in numbers), "s", 2.5),
        at_most("question", "numbers only (--no-files), wall time", median(c.wall_s for c in numbers), "s", 2.0),
        Figure("question", "with page, tables and workbook, CPU time", median(c.cpu_s for c in page), "s"),
        at_most("question", "with page, tables and workbook, wall time", median(c.wall_s for c in page), "s", 5.0),
        *(
            Figure("question", f"of it, one thread: {name}", median(each[name] for each in stages), "s CPU")
            for name in stages[0]
        ),
    ]


def startup(quick: bool) -> list[Figure]:
    """Measure the command line's start, and the first use with nothing compiled."""
    help_s = [wall_seconds((DIFFUSION, "--help")) for _ in range(3 if quick else 10)]

    def first_use(cache: str) -> float:
        with tempfile.TemporaryDirectory() as folder:
            arguments = ("--replicates", "2", "--seed", "1", "--out", str(Path(folder) / "out"))
            return wall_seconds((DIFFUSION, "compare", *DEMO[:2], *arguments), {"NUMBA_CACHE_DIR": cache})

    with tempfile.TemporaryDirectory() as cache:
        before = cpu_seconds()
        cold = first_use(cache)
        cold_cpu = cpu_seconds() - before
        warm = first_use(cache)
    return [
        at_most("startup", "diffusion --help, median", median(help_s), "s", 0.3),
        at_most("startup", "first use, kernels compiled on the way", cold, "s", 20),
        Figure("startup", "the same, CPU time", cold_cpu, "s"),
        Figure("startup", "second use", warm, "s"),
    ]


SECTIONS: dict[str, Callable[[bool], list[Figure]]] = {
    "classic": classic,
    "full": full,
    "compare": compare,
    "drawn": drawn,
    "question": question,
    "startup": startup,
}


def main() -> int:
    """Measure, print, and with --save keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS), help="sections to measure")
    parser.add_argument("--quick", action="store_true", help="fewer turns and replicates, for trying the benchmark")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name} beside this file")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a promise is not kept")
    chosen = parser.parse_args()

    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(", ".join(f"{key} {value}" for key, value in machine().items()))
    figures: list[Figure] = []
    for name in chosen.only:
        if name != "classic" and not engine.available():
            console.print(f"{name}: left out, the package is not installed in this environment")
            continue
        console.print(f"measuring: {name}")
        figures += SECTIONS[name](chosen.quick)
    console.print(table("Speed", figures))
    if chosen.save:
        RESULTS.write_text(json.dumps({"machine": machine(), "figures": [asdict(f) for f in figures]}, indent=1) + "\n")
        console.print(f"written: {RESULTS}")
    broken = [figure for figure in figures if figure.kept is False]
    return 1 if chosen.check and broken else 0


if __name__ == "__main__":
    sys.exit(main())
