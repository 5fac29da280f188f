"""Print one digest of a small comparison and of the same month by month, to hold Python and Mesa versions side by side.

Every stage count, flow, pound and monthly series goes in with all its bits.
"""

from __future__ import annotations

import hashlib
import sys

import numpy as np

from diffusion.experiments.running.runner import compare
from diffusion.scenario.load import load_scenario

SCENARIOS = ("baseline", "tariff", "test-beds", "local-first")
REPLICATES = 2
SEED = 1


def digest() -> str:
    """Return the first 16 hexadecimal digits of a SHA-256 over all results of two replicates of the demo."""
    total = hashlib.sha256()
    for results in compare([load_scenario(name) for name in SCENARIOS], replicates=REPLICATES, seed=SEED):
        arrays = dict(results.monthly)
        for name in ("stage_by_innovation", "stage_by_ahsn", "adopters_by_trust", "flows", "money_gbp"):
            arrays[name] = getattr(results, name)
        for name, array in sorted(arrays.items()):
            total.update(f"{results.scenario.name} {name} {array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()[:16]


if __name__ == "__main__":
    print(digest())
    sys.exit(0)
