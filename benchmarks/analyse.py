"""Speed of ``diffusion analyse``, measured: `python benchmarks/analyse.py [--draws 499]`.

Two made tables of the size of well-known ones in diffusion research: 692 organisations in 11 villages over 20 periods,
and 1,047 in 25 villages over 11. Ties within villages and the villages themselves are two networks, each with all
permutation tests and rewirings. Prints wall and processor seconds, and the sum of all p-values, which must not move.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from diffusion.analysis.findings import Options, measure
from diffusion.analysis.observed.series import Observed
from diffusion.analysis.observed.ties import ties_from_edges, ties_from_groups
from diffusion.analysis.observed.times import adoption_table

SIZES = ((692, 11, 20, 3), (1047, 25, 11, 5))


def made(n: int, villages: int, periods: int, looked_to: int) -> Observed:
    """Return a table of ``n`` organisations, each looking to some of its village."""
    rng = np.random.default_rng(1)
    village = rng.integers(0, villages, n)
    source = np.repeat(np.arange(n), looked_to)
    target = np.concatenate([rng.choice(np.flatnonzero(village == v), looked_to) for v in village])
    times = np.minimum(rng.integers(1, periods + 1, n) + village % 3, periods).astype(float)
    times[rng.random(n) < 0.1] = np.nan
    codes = [f"F{i:04d}" for i in range(n)]
    labels = tuple(f"v{v:02d}" for v in village)
    layers = (ties_from_edges("ties", n, source, target), ties_from_groups("village", labels))
    return Observed(
        "made",
        1,
        periods,
        False,
        adoption_table(codes, times, 1, periods),
        population=float(n),
        names=tuple(codes),
        compare={"village": labels},
        groups={"village": labels},
        layers=layers,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=499)
    draws = parser.parse_args().draws
    measure(made(40, 3, 6, 2), Options(draws=99))  # compiles
    for size in SIZES:
        observed = made(*size)
        wall, processor = time.perf_counter(), time.process_time()
        found = measure(observed, Options(draws=draws))
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        total = sum(test.p_value for layer in found.layers for test in layer.tests)
        total += sum(float(np.nansum(layer.moran.p_value)) for layer in found.layers)
        ties = sum(len(layer.source) for layer in observed.layers)
        print(
            f"{size[0]:,} organisations, {ties:,} ties, {draws} draws: {wall:.1f} s, processor {processor:.1f} s; "
            f"p-values sum to {total:.6f}"
        )


if __name__ == "__main__":
    main()
