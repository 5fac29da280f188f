"""All attacks, one after another: ``python tests/attack/all.py`` (about half an hour on two cores)."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from attack import damaged_folders, hostile_names, kills, malformed, mutations

#: attack, the option that says how many, how many
ATTACKS = (
    (malformed, "inputs", 600),
    (mutations, "inputs", 4000),
    (kills, "kills", 60),
    (damaged_folders, "folders", 200),
    (hostile_names, "names", 60),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn")
    parser.add_argument("--share", type=float, default=1.0, help="of the usual numbers, e.g. 0.02")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="children at a time")
    chosen = parser.parse_args(arguments)
    began, failed = time.monotonic(), []
    for module, option, number in ATTACKS:
        size = max(2, round(number * chosen.share))
        print(f"== {module.__name__.rpartition('.')[2]}: {size}", flush=True)
        if module.main([f"--{option}", str(size), "--seed", str(chosen.seed), "--jobs", str(chosen.jobs)]):
            failed.append(module.__name__.rpartition(".")[2])
    ending = f"failures in {', '.join(failed)}" if failed else "nothing got through"
    print(f"all attacks in {time.monotonic() - began:.0f} s: {ending}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
