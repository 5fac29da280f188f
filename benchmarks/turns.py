"""Timing in turns: candidates run A B C A B C ..., so that a busy or throttled machine slows all of them alike."""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Turns:
    """Figures of each candidate, one per round, in the order they ran."""

    figures: dict[str, list[float]]

    def median(self, name: str) -> float:
        """Return the median figure of a candidate."""
        return median(self.figures[name])

    def ratios(self, above: str, below: str) -> list[float]:
        """Return the ratio of two candidates, round by round."""
        return [a / b for a, b in zip(self.figures[above], self.figures[below], strict=True)]

    def ratio(self, above: str, below: str) -> float:
        """Return the median of the ratios taken round by round."""
        return median(self.ratios(above, below))


def take_turns(candidates: Mapping[str, Callable[[], float]], rounds: int) -> Turns:
    """Call every candidate once a round; each returns its own figure (a time, usually)."""
    figures: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            figures[name].append(candidate())
    return Turns(figures)


def cpu_seconds() -> float:
    """Return CPU time so far of this process and of its finished children, user and system."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


@dataclass(frozen=True)
class CommandCost:
    """What a command took: wall time, CPU time, and the peak memory of its largest process and of all together."""

    wall_s: float
    cpu_s: float
    peak_process_mb: float
    peak_total_mb: float


_MEASURE = """
import json, os, resource, subprocess, sys, threading, time

def tree_kb(root):
    parent, memory = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat:
                parent[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
            with open(f"/proc/{name}/smaps_rollup") as rollup:
                memory[int(name)] = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    family = {root}
    while more := {child for child, of in parent.items() if of in family} - family:
        family |= more
    return sum(memory.get(pid, 0) for pid in family)

start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
peak = [0]

def watch():
    while child.poll() is None:
        if os.path.isdir("/proc"):
            peak[0] = max(peak[0], tree_kb(child.pid))
        time.sleep(0.2)

watcher = threading.Thread(target=watch, daemon=True)
watcher.start()
errors = child.communicate()[1].decode(errors="replace")
wall = time.perf_counter() - start
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([child.returncode, wall, use.ru_utime + use.ru_stime, use.ru_maxrss, peak[0], errors[-2000:]]))
"""


def measure_command(command: Sequence[str], environment: Mapping[str, str] | None = None) -> CommandCost:
    """Run a command to its end and return its cost, measured from a process of its own.

    The total counts shared memory once (proportional set size, five samples a second); it is 0 where there is no /proc.

    Raises
    ------
    RuntimeError
        The command failed; the message ends with what it wrote to standard error.
    """
    finished = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    code, wall_s, cpu_s, largest_kb, total_kb, errors = json.loads(finished.stdout)
    if code != 0:
        raise RuntimeError(f"{' '.join(command)} ended with status {code}: {errors}")
    return CommandCost(wall_s, cpu_s, largest_kb / 1024, total_kb / 1024)


def wall_seconds(command: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """Return the wall time of a command started directly, nothing watching it."""
    start = time.perf_counter()
    subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def machine() -> dict[str, str | int]:
    """Return what a figure depends on besides the code."""
    model = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), model)
    return {"processor": model, "cores": os.cpu_count() or 0, "python": platform.python_version()}
