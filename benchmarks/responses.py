"""What a response of one's own costs: `python benchmarks/responses.py [--quick]` prints CPU time over that of `hill`.

The classic workload (one innovation on a small world, everybody in PILOT, so that every pair's response may be asked
for), and England with its 30 innovations and four levers. The responses take turns, so that a busy machine slows all of
them alike. ``own hill`` is the arithmetic of `hill`, its exponent unknown to the compiler as it is there;
``own hill, constants`` is as one writes it; ``own logistic`` takes one exponential.
"""

from __future__ import annotations

import argparse
import math
import sys

from rich.console import Console

import diffusion as df
import engine
from figures import Figure, table
from turns import Turns, machine, take_turns

SIZE = 230
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


def figures_of(section: str, turns: Turns) -> list[Figure]:
    """Return the ratios over `hill` of one workload, with the lowest and highest of the rounds."""
    found = []
    for name in RESPONSES:
        if name != "hill":
            ratios = turns.ratios(name, "hill")
            what = f"{name} / hill, rounds {min(ratios):.3f} to {max(ratios):.3f}"
            found.append(Figure(section, what, turns.ratio(name, "hill"), "x"))
    return [Figure(section, "hill", turns.median("hill"), "s CPU"), *found]


def classic_turn(response: str, replicates: int) -> float:
    """Return CPU seconds of the classic workload with a response."""
    settings = (f"world.synthetic.n_trusts={SIZE}", f"parameters.exposure.response={response}")
    return engine.run_cpu_s(str(engine.CLASSIC), settings, replicates)


def england_turn(response: str, replicates: int) -> float:
    """Return CPU seconds of England with four levers and a response."""
    return engine.run_cpu_s(engine.FULL, (f"parameters.exposure.response={response}",), replicates)


def main() -> None:
    """Measure in turns and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer turns and replicates")
    quick = parser.parse_args().quick
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(", ".join(f"{key} {value}" for key, value in machine().items()))
    found = []
    for section, turn, replicates in (("classic", classic_turn, 1_200), ("England", england_turn, 16)):
        candidates = {
            name: (lambda response=response, turn=turn, n=replicates: turn(response, n))
            for name, response in RESPONSES.items()
        }
        for candidate in candidates.values():
            candidate()
        found += figures_of(section, take_turns(candidates, 5 if quick else 15))
    console.print(table("A response of one's own", found))


if __name__ == "__main__":
    main()
