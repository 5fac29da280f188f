"""The page to ask with, measured: `python benchmarks/app.py [--rounds N]`.

start     from the command to the first page
question  baseline and one option x 20 replicates, parameters drawn: first numbers, all numbers with their intervals,
          the finished folder; cold (right after the start) and with one lever changed, so that the baseline is kept
pages     bytes of pages without figures; answers while runs go on, 95 of 100 and the slowest; how soon a job stops
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console

from diffusion.web.ask.asking import submit
from diffusion.web.ask.question import Option, Question
from diffusion.web.jobs.store import Job
from diffusion.web.server import Served, begin, warm
from figures import Figure, at_most, table
from turns import machine

DIFFUSION = str(Path(sys.executable).with_name("diffusion"))
REPLICATES = 20
#: promised: seconds, bytes
START, FIRST, WHOLE, PAGE, ANSWER, STOP = 4.0, 1.0, 1.5, 100_000, 0.3, 1.0


def visitor(address: str) -> Callable[[str], bytes]:
    """Open the address; return what asks for a page of the same session."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    opener.open(address).read()
    base = address.partition("/?")[0]
    return lambda path: opener.open(base + path).read()  # type: ignore[no-any-return]


def start() -> float:
    """Return the seconds from the command to the first page."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [DIFFUSION, "app", "--root", str(Path(folder, "results")), "--no-browser", "--plain-address"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            while not (found := re.search(r"http\S+key=\w+", process.stdout.readline())):
                continue
            visitor(found[0])
            seconds = time.perf_counter() - began
            process.kill()
    return seconds


@contextmanager
def served() -> Iterator[Served]:
    """Serve in a thread of this process, on a root of its own."""
    loop, there = asyncio.new_event_loop(), threading.Event()
    made: list[Served] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:

        async def run() -> None:
            made.append(begin(Path(folder, "results"), 0, plain=True))
            there.set()

        thread = threading.Thread(target=lambda: (loop.run_until_complete(run()), loop.run_forever()), daemon=True)
        thread.start()
        there.wait(30)
        try:
            yield made[0]
        finally:
            loop.call_soon_threadsafe(made[0].close)
            time.sleep(0.5)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)


def ask(on: Served, strength: float, replicates: int = REPLICATES) -> Job:
    """Put a question with one option into the queue."""
    text = f"title: Tariff\nextends: tariff\nlevers: {{best-practice-tariff: {{strength: {strength}}}}}\n"
    question = Question("", "baseline", (Option("tariff-changed", text),), replicates=replicates)
    return submit(question, on.house.jobs, on.house.queue, on.house.root, f"Strength {strength}")


def answered(on: Served, strength: float) -> dict[str, float]:
    """Ask, and return the seconds to the first numbers, to all of them, and to the finished folder."""
    began, found = time.perf_counter(), dict[str, float]()
    job = ask(on, strength)
    while True:
        progress = on.house.jobs.progress(job.id)
        seconds = time.perf_counter() - began
        numbers: dict[str, Any] = progress.told.get("numbers") or {}
        if numbers:
            found.setdefault("first", seconds)
        if numbers.get("replicates") == REPLICATES:
            found.setdefault("whole", seconds)
        if progress.over:
            if progress.state != "done":
                raise RuntimeError(f"the question could not be answered: {progress}")
            return {**found, "folder": seconds}
        time.sleep(0.005)


def questions(rounds: int) -> list[Figure]:
    """Measure a question of two scenarios, cold and with one lever changed."""
    with served() as on:
        cold = answered(on, 0.9)
    with served() as on:
        warm(on.house)
        answered(on, 0.9)
        warmed = [answered(on, round(0.8 - 0.01 * turn, 2)) for turn in range(rounds)]
    what = f"2 x {REPLICATES} replicates"
    of = {name: median(each[name] for each in warmed) for name in cold}
    return [
        Figure("question", f"{what}, cold: first numbers", cold["first"], "s"),
        Figure("question", f"{what}, cold: all numbers with intervals", cold["whole"], "s"),
        Figure("question", f"{what}, cold: folder with page and workbook", cold["folder"], "s"),
        at_most("question", f"{what}, one lever changed: first numbers", of["first"], "s", FIRST),
        at_most("question", f"{what}, one lever changed: all numbers with intervals", of["whole"], "s", WHOLE),
        Figure("question", f"{what}, one lever changed: folder with page and workbook", of["folder"], "s"),
    ]


def pages(seconds: float) -> list[Figure]:
    """Measure pages: their bytes, and how soon they come while runs go on."""
    with served() as on:
        look = visitor(on.address)
        done = ask(on, 0.9)
        while not on.house.jobs.progress(done.id).over:
            time.sleep(0.05)
        sizes = {path: len(re.sub(rb"<svg.*?</svg>", b"", look(path), flags=re.DOTALL)) for path in ("/", "/results")}
        for what, path in (("result", ""), ("whole", "?whole=1")):
            sizes[what] = len(re.sub(rb"<svg.*?</svg>", b"", look(f"/results/{done.out}{path}"), flags=re.DOTALL))
        job = ask(on, 0.5, 2_000)
        while not on.house.jobs.progress(job.id).told.get("numbers"):
            time.sleep(0.05)
        sizes["job"] = len(look(f"/jobs/{job.id}"))
        end, times = time.perf_counter() + seconds, []
        while time.perf_counter() < end:
            for path in ("/", f"/jobs/{job.id}", f"/jobs/{job.id}/live", f"/results/{done.out}"):
                began = time.perf_counter()
                look(path)
                times.append(time.perf_counter() - began)
        began = time.perf_counter()
        on.house.queue.stop(job.id)
        while not on.house.jobs.progress(job.id).over:
            time.sleep(0.005)
        stopped = time.perf_counter() - began
    names = {
        "/": "start",
        "/results": "library",
        "result": "a result",
        "whole": "a result, all at once",
        "job": "a job",
    }
    return [
        *(at_most("pages", f"{names[path]}, without figures", size, "bytes", PAGE) for path, size in sizes.items()),
        at_most(
            "pages",
            f"answers while runs go on, 95 of 100 ({len(times)} pages)",
            quantiles(times, n=20)[-1],
            "s",
            ANSWER,
        ),
        Figure("pages", "answers while runs go on, the slowest", max(times), "s"),
        at_most("pages", "a running job stops after", stopped, "s", STOP),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    start()  # compiled to bytecode, and the kernels cached, from here on
    starts = [start() for _ in range(rounds)]
    figures = [at_most("start", "from the command to the first page", median(starts), "s", START)]
    figures += questions(rounds)
    figures += pages(2.0 * rounds)
    console = Console(width=140)
    console.print(table("The page to ask with", figures))
    for figure in figures:
        if figure.promise:
            limit = float(figure.promise.removeprefix("<= "))
            console.print(f"{figure.what}: {figure.value / limit:.2f} of what was promised", highlight=False)
    console.print(machine())


if __name__ == "__main__":
    main()
