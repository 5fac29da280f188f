"""What a response of one's own costs: `python benchmarks/responses.py [--quick]` prints CPU time over that of `hill`.

The call alone; the classic workload (one innovation on a small world, everybody in PILOT); and England with its 30
innovations and four levers. The responses take turns, so that a busy machine slows all of them alike. ``own hill`` is
the arithmetic of `hill`, its exponent unknown to the compiler as it is there; ``own hill, constants`` is as one writes
it; ``own logistic`` takes one exponential.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from functools import cache

import numpy as np
from rich.console import Console

import diffusion as df
import engine
from figures import Figure, table
from turns import Turns, cpu_seconds, machine, take_turns

SIZE = 230
CALLS = 1_000_000
RESPONSES = {
    "linear": "linear",
    "hill": "hill",
    "hill again": "hill",
    "own hill": "own-hill",
    "own hill, constants": "own-hill-constants",
    "own logistic": "own-logistic",
}


@df.response("own-hill", label="Hill curve with the exponent 10 theta, which is 2 at a threshold of .2")
def own_hill(exposure: float, personal: float) -> float:
    """Return x^h / (x^h + theta^h)."""
    exponent = 10.0 * personal
    top = exposure**exponent
    return top / (top + personal**exponent)


@df.response("own-hill-constants", label="Hill curve with the exponent 2")
def own_hill_constants(exposure: float, personal: float) -> float:
    """Return x^2 / (x^2 + theta^2)."""
    top = exposure**2.0
    return top / (top + personal**2.0)


@df.response("own-logistic", label="Logistic curve")
def own_logistic(exposure: float, personal: float) -> float:
    """Return 1 / (1 + exp(-20 (x - theta)))."""
    return 1.0 / (1.0 + math.exp(-20.0 * (exposure - personal)))


def figures_of(section: str, turns: Turns, per: float, unit: str) -> list[Figure]:
    """Return the ratios over `hill` of one workload, with the lowest and highest of the rounds."""
    found = []
    for name in RESPONSES:
        if name != "hill":
            ratios = turns.ratios(name, "hill")
            what = f"{name} / hill, rounds {min(ratios):.3f} to {max(ratios):.3f}"
            found.append(Figure(section, what, turns.ratio(name, "hill"), "x"))
    return [Figure(section, "hill", turns.median("hill") * per, unit), *found]


def classic_turn(response: str, replicates: int) -> float:
    """Return CPU seconds of the classic workload with a response."""
    settings = (f"world.synthetic.n_trusts={SIZE}", f"parameters.exposure.response={response}")
    return engine.run_cpu_s(str(engine.CLASSIC), settings, replicates)


def england_turn(response: str, replicates: int) -> float:
    """Return CPU seconds of England with four levers and a response."""
    return engine.run_cpu_s(engine.FULL, (f"parameters.exposure.response={response}",), replicates)


@cache
def _caller() -> Callable[[int, np.ndarray], float]:
    """Return a compiled loop over exposures, float64[calls], of a frame's response; it returns their sum."""
    import numba

    from diffusion.engine.kernels.frame import frame
    from diffusion.mechanisms.exposure import respond

    def loop(address, exposures):  # type: ignore[no-untyped-def]
        c, total = frame(address), 0.0
        for n in range(exposures.shape[0]):
            total += respond(c, exposures[n], 0, n % SIZE, 0)
        return total

    made: Callable[[int, np.ndarray], float] = numba.njit(error_model="numpy", _nrt=False)(loop)
    return made


@cache
def _block(response: str) -> object:
    from diffusion.month.simulation import Simulation
    from diffusion.scenario.load import load_scenario

    settings = [f"world.synthetic.n_trusts={SIZE}", f"parameters.exposure.response={response}"]
    return Simulation(load_scenario(str(engine.CLASSIC), settings)).open(np.arange(1), 1)


def call_turn(response: str, calls: int) -> float:
    """Return CPU seconds of so many responses to exposures between 0 and 1."""
    exposures = np.random.default_rng(1).random(calls)
    address = _block(response).space.address  # type: ignore[attr-defined]
    loop = _caller()
    start = cpu_seconds()
    loop(address, exposures)
    return cpu_seconds() - start


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer turns and replicates")
    quick = parser.parse_args().quick
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(", ".join(f"{key} {value}" for key, value in machine().items()))
    found = []
    for section, turn, size, per, unit in (
        ("call", call_turn, CALLS, 1e9 / CALLS, "ns"),
        ("classic", classic_turn, 1_200, 1.0, "s CPU"),
        ("England", england_turn, 16, 1.0, "s CPU"),
    ):
        candidates = {
            name: (lambda response=response, turn=turn, n=size: turn(response, n))
            for name, response in RESPONSES.items()
        }
        for candidate in candidates.values():
            candidate()
        found += figures_of(section, take_turns(candidates, 5 if quick else 15), per, unit)
    console.print(table("A response of one's own", found))


if __name__ == "__main__":
    main()
