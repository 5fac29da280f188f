"""The same scenario, replicate and seed give the same bits, whatever block, thread, order or process ran them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import compare, run
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from support.worlds import result_arrays

pytestmark = pytest.mark.unit

Digest = Callable[[Results], str]
#: all four levers on the 233 trusts and the whole portfolio
ALL_LEVERS = "baseline+best-practice-tariff+test-beds+local-first"
SOONER = ("months=30", "policy_start=2016-01", "levers.local-first.lead_months=12")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(ALL_LEVERS, SOONER)


@pytest.fixture(scope="module")
def expected(scenario: Scenario, digest: Digest) -> str:
    """Digest of eight replicates in one block on one thread."""
    return digest(run(scenario, 8, 2, jobs=1, events=True, block=8))


@pytest.mark.parametrize("block", [1, 3, 8, None])
def test_block_size_does_not_matter(scenario: Scenario, digest: Digest, expected: str, block: int | None) -> None:
    assert digest(run(scenario, 8, 2, jobs=1, events=True, block=block)) == expected


@pytest.mark.parametrize("jobs", [2, 4])
def test_number_of_threads_does_not_matter(scenario: Scenario, digest: Digest, expected: str, jobs: int) -> None:
    assert digest(run(scenario, 8, 2, jobs=jobs, events=True, block=2)) == expected


def test_order_and_company_of_replicates_do_not_matter(scenario: Scenario) -> None:
    forward = run(scenario, 8, 2, jobs=2)
    chosen = [6, 0, 3]
    backward = run(scenario, chosen, 2, jobs=2, block=2)
    for name, values in result_arrays(forward).items():
        np.testing.assert_array_equal(result_arrays(backward)[name], values[chosen], err_msg=name)


def test_company_of_scenarios_does_not_matter(scenario: Scenario, digest: Digest, expected: str) -> None:
    baseline = load_scenario("baseline", ["months=30"])
    first, second = compare([baseline, scenario], 8, 2, jobs=2, events=True)
    assert digest(second) == expected
    assert digest(first) == digest(run(baseline, 8, 2, jobs=1, events=True, block=3))
    assert digest(first) != expected


def test_another_seed_is_another_run(scenario: Scenario, digest: Digest, expected: str) -> None:
    assert digest(run(scenario, 8, 3, jobs=2, events=True)) != expected


_PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
from support.worlds import result_arrays
import hashlib
from diffusion.experiments.running.runner import run
from diffusion.scenario.load import load_scenario
total = hashlib.sha256()
results = run(load_scenario({name!r}, {settings!r}), 8, 2, jobs=2, events=True)
for name, values in sorted(result_arrays(results).items()):
    total.update(f"{{name}} {{values.dtype}} {{values.shape}}".encode())
    total.update(values.tobytes())
print(total.hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_hash_seed_of_the_process_does_not_matter(expected: str, hash_seed: str) -> None:
    program = _PROGRAM.format(tests=str(Path(__file__).parents[1]), name=ALL_LEVERS, settings=SOONER)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == expected
