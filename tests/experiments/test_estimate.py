"""What a run is said to need, and what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.experiments.searches.ablation import planned_subsets
from diffusion.experiments.searches.estimate import Estimate, estimate_runs, most_that_fits
from diffusion.processes import available_bytes
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

CALL = Callable[..., tuple[int, str, str]]
#: trusts, innovations, replicates, months, scenarios, whether events are kept
SHAPES = [(230, 30, 100, 120, 1, False), (230, 30, 400, 120, 2, False), (3_000, 5, 60, 60, 1, False),
          (20_000, 5, 2, 24, 1, False), (400, 30, 60, 60, 1, True), (60, 5, 3_000, 60, 1, False)]  # fmt: skip
#: those that take longest
LONG = [SHAPES[1], *SHAPES[4:]]
_MEASURE = """
import contextlib, io, json, pathlib, sys
from diffusion.cli.app import app
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    app(args=json.loads(sys.argv[1]))
# not ru_maxrss, which keeps the size of the process that started this one
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].split()[0]) * 1024)
"""


def world(trusts: int, innovations: int) -> str:
    return f"world={{synthetic: {{england_like: true, n_trusts: {trusts}, n_innovations: {innovations}, kind: mix}}}}"


def scenarios(trusts: int, innovations: int, months: int, number: int = 1) -> list[Scenario]:
    names = ["baseline", "local-first"][:number]
    return [load_scenario(name, [world(trusts, innovations), f"months={months}"]) for name in names]


@pytest.mark.slow
@pytest.mark.integration
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "shape", [SHAPES[0], *SHAPES[2:4], *(pytest.param(shape, marks=pytest.mark.release) for shape in LONG)], ids=str
)
def test_memory_is_estimated_within_a_factor_of_two(
    shape: tuple[int, int, int, int, int, bool], tmp_path: Path
) -> None:
    trusts, innovations, replicates, months, number, events = shape
    said = estimate_runs(scenarios(trusts, innovations, months, number), replicates, events=events, jobs=2).bytes
    names = ["compare", "baseline", "local-first"] if number > 1 else ["run", "baseline"]
    arguments = [
        *names,
        "--replicates",
        str(replicates),
        "--set",
        f"months={months}",
        "--set",
        world(trusts, innovations),
    ]
    arguments += ["--jobs", "2", "--out", str(tmp_path / "out"), *(["--events"] if events else [])]
    command = [sys.executable, "-c", _MEASURE, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    measured = int(done.stdout.splitlines()[-1])
    print(f"{shape}: said {said / 1e6:,.0f} MB, measured {measured / 1e6:,.0f} MB")
    assert measured / 2 <= said <= measured * 2


@pytest.mark.unit
def test_more_of_anything_needs_more() -> None:
    def of(trusts: int = 50, innovations: int = 5, months: int = 12, replicates: int = 100, **more: bool) -> Estimate:
        return estimate_runs(scenarios(trusts, innovations, months), replicates, jobs=1, **more)

    least = of()
    assert of(trusts=500).bytes > least.bytes
    assert of(innovations=50).bytes > least.bytes
    assert of(months=120).bytes > least.bytes
    assert of(replicates=1_000).bytes > least.bytes
    assert of(events=True).bytes > least.bytes
    assert of(trusts=5_000, delivered=False).bytes < of(trusts=5_000).bytes
    assert of(replicates=1_000).cpu_seconds > least.cpu_seconds


@pytest.mark.unit
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "baseline", "--replicates", "1000000"],
        ["run", "baseline", "--replicates", "200000", "--events"],
        ["compare", "baseline", "local-first", "--replicates", "1000000"],
        ["compare", "baseline", "local-first", "--precision", "0.001", "--most-replicates", "1000000"],
        ["ablate", "baseline+local-first", "--replicates", "1000000"],
        ["network", "mentors", "--replicates", "1000000", "--out", "mentors.csv"],
        ["run", "baseline", "--set", world(100_000, 10_000)],
    ],
    ids=lambda arguments: " ".join(arguments[:4]),
)
def test_what_does_not_fit_is_refused_before_it_starts(
    arguments: list[str], command_line: CALL, tmp_path: Path
) -> None:
    code, _, err = command_line(*arguments)
    assert code == 2
    assert "of memory" in err
    assert "are available" in err
    assert not list(tmp_path.iterdir())


@pytest.mark.unit
def test_the_number_that_is_suggested_fits(command_line: CALL) -> None:
    _, _, err = command_line("run", "baseline", "--replicates", "1000000")
    assert "--allow-large" in err
    suggested = int(err.split("try --replicates ")[1].split(",")[0])
    loaded = [load_scenario("baseline")]
    assert 100 < suggested < 1_000_000
    assert estimate_runs(loaded, suggested).bytes < available_bytes()


@pytest.mark.unit
def test_the_largest_number_that_fits() -> None:
    def estimate(number: int) -> Estimate:
        return Estimate(1_000.0 + 10.0 * number, 1.0)

    assert most_that_fits(estimate, 1_000, 2_000.0) == 80
    assert most_that_fits(estimate, 50, 1e9) == 50
    assert most_that_fits(estimate, 1_000, 10.0) == 0


@pytest.mark.unit
def test_subsets_are_counted_without_making_them() -> None:
    loaded = load_scenario("everything")
    assert planned_subsets(loaded, (), 10**12) <= 2 ** len(loaded.levers)
    few = load_scenario("baseline+local-first")
    assert planned_subsets(few, (), None) == 4
