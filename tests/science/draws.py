"""Random draws of all parameters from their plausible ranges, frozen in ``draws.yaml``.

Every value has a generator of its own, seeded by the seed, the number of the draw and the parameter's key: a parameter
that comes or goes leaves the draws of all others as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from diffusion.engine.parameters import ParameterInfo, describe_section
from diffusion.levers.registry import all_levers, lever_class
from diffusion.mechanisms.parameters import all_parameters

SEED = 20150701
N_DRAWS = 5
FILE = Path(__file__).with_name("draws.yaml")
HEADER = """\
# Five draws of all parameters from their plausible ranges: uniform, whole numbers rounded, switches as they are.
# Drawn once by `python scripts/measure_facts.py --draw` and frozen. Every value hangs on seed, draw and name alone.
"""

Settings = dict[str, float | int]


def drawn_parameters() -> Iterator[tuple[str, ParameterInfo]]:
    """Yield (dotted key, parameter) of everything that has a plausible range."""
    for info in all_parameters():
        if info.low is not None and info.high is not None:
            yield f"parameters.{info.section}.{info.name}", info
    # levers of a number are built in; examples and plug-ins of one's own have none
    for lever in [name for name, kind in all_levers().items() if kind.number]:
        for info in describe_section(lever, lever_class(lever)):
            if info.low is not None and info.high is not None:
                yield f"levers.{lever}.{info.name}", info


def draw(number: int) -> Settings:
    """Return draw ``number`` (from 1) of all parameters."""
    settings: Settings = {}
    for key, info in drawn_parameters():
        digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
        generator = np.random.default_rng([SEED, number, int.from_bytes(digest, "little")])
        value = info.low + (info.high - info.low) * generator.random()
        whole = isinstance(info.default, int) and not isinstance(info.default, bool)
        settings[key] = round(value) if whole else float(f"{value:.6g}")
    return settings


def write_draws(file: Path = FILE) -> None:
    """Draw anew and write the file."""
    content = {"seed": SEED, "draws": {number: draw(number) for number in range(1, N_DRAWS + 1)}}
    file.write_text(HEADER + yaml.safe_dump(content, sort_keys=False))


@cache
def frozen_draws(file: Path = FILE) -> dict[int, Settings]:
    """Return the committed draws by number."""
    draws: dict[int, Settings] = yaml.safe_load(file.read_text())["draws"]
    return draws
