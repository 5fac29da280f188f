"""Where the time of a small question goes: `python benchmarks/where.py` prints stage -> CPU seconds as JSON.

The stages are those of `diffusion compare baseline tariff --replicates 20`, one after another in this process, on one
thread so that they can be told apart. Meant to be started afresh: what is imported once costs nothing later.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAGES: dict[str, float] = {}


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the CPU time of what is inside to a stage."""
    began = time.process_time()
    yield
    STAGES[name] = STAGES.get(name, 0.0) + time.process_time() - began


def ask(replicates: int = 20) -> None:
    """Go through the stages."""
    with stage("Python and the command line"):
        STAGES["Python and the command line"] = time.process_time()
        import diffusion.cli.app  # noqa: F401
    with stage("scenarios: models of settings, files, world, draws"):
        from diffusion.cli.shared.prepare import load_checked

        scenarios = load_checked(["baseline", "tariff"], None, None, None)
    with stage("modules of results"):
        from diffusion.analysis.results.compare import compare_outcomes
        from diffusion.deliver.comparison import deliver, simulate
        from diffusion.deliver.outbox import Outbox
        from diffusion.report.terminal.comparison_table import print_comparison
    with stage("compiled code read back"):
        from diffusion.month.phases import month_kernels

        for kernel in month_kernels():
            _ = kernel.address
    with stage(f"{len(scenarios)} x {replicates} runs"):
        results = simulate(scenarios, replicates, 1, 1, False, lambda what, done, total: None)
    with stage("comparison and terminal"), tempfile.TemporaryFile("w+", encoding="utf-8") as nowhere:
        from diffusion.report.terminal.safe_console import SafeConsole

        comparison = compare_outcomes(results)
        print_comparison(SafeConsole(file=nowhere), results, comparison)
    with tempfile.TemporaryDirectory() as folder, stage("tables, page and workbook"):
        deliver(results, comparison, Outbox(Path(folder) / "out"))


if __name__ == "__main__":
    ask()
    print(json.dumps(STAGES))
