"""The parameters of one replicate: replicate r has draw r, in every scenario and whatever else is run.

Chance is another matter: it is keyed by the seed and the replicate's number, as without doubt. A *twin* of replicate r,
number r + TWIN, has the draw of r and chance of its own; it tells chance from parameters.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TypeVar

from pydantic import BaseModel

from diffusion.ensemble.doubt import Doubt
from diffusion.ensemble.posterior import Posterior, packaged_posterior
from diffusion.ensemble.priors import prior_draw
from diffusion.errors import InputError
from diffusion.mechanisms.parameters import Parameters
from diffusion.world.keys import stable_key

#: what is added to a replicate's number for the run with the same draw and other chance
TWIN = 1_000_000
SectionType = TypeVar("SectionType", bound=BaseModel)


def draw_of(replicate: int, draws: int | None = None) -> int:
    """Return the number of the draw of a replicate; ``draws`` is how many there are, after which they begin again."""
    number = replicate % TWIN
    return number if draws is None else number % draws


@lru_cache(maxsize=4096)
def _settings(source: str, number: int) -> Mapping[str, float | int | bool]:
    if source == "posterior":
        return needed_posterior().settings(number)
    return prior_draw(number)


def needed_posterior() -> Posterior:
    """Return the packaged posterior; raises InputError where the package has none."""
    found = packaged_posterior()
    if found is None:
        raise InputError(
            "this installation has no posterior",
            key="--parameters",
            expected="the file posterior.parquet in the package",
            suggestion="use --parameters prior or --parameters defaults, or install the package again",
        )
    return found


def settings_of(doubt: Doubt, replicate: int) -> dict[str, float | int | bool]:
    """Return what a replicate's draw sets, by scenario key; empty where parameters are not drawn."""
    if not doubt.drawn:
        return {}
    number = draw_of(replicate, len(needed_posterior()) if doubt.source == "posterior" else None)
    kept = set(doubt.keep or ())
    return {key: value for key, value in _settings(doubt.source, number).items() if key not in kept}


def drawn_keys(source: str, keep: Collection[str]) -> frozenset[str]:
    """Return the parameters that are drawn from a source, by scenario key, apart from those that are kept."""
    if source not in ("posterior", "prior") or (source == "posterior" and packaged_posterior() is None):
        return frozenset()
    return frozenset(_settings(source, 0)) - frozenset(keep)


def cost_of(key: str, doubt: Doubt, replicate: int, low: float, usual: float, high: float) -> float:
    """Return what a cost setting is in a replicate, between ``low`` and ``high``; ``usual`` is its median and peak.

    A triangle on each side, half of the draws in each, of the logarithm, or of the value itself where ``low`` is 0;
    ``usual`` where it lies outside, or where the key is kept. Nothing is fitted to costs: posterior and prior draw
    alike.
    """
    if not doubt.drawn or key in (doubt.keep or ()) or not low <= usual <= high or low == high:
        return usual
    u = (int(stable_key(f"cost/{draw_of(replicate)}/{key}")) >> 11) * 2.0**-53
    in_factors = low > 0
    a, mode, b = (math.log(x) if in_factors else x for x in (low, usual, high))
    if u < 0.5:
        value = a + (mode - a) * math.sqrt(2.0 * u)
    else:
        value = b - (b - mode) * math.sqrt(2.0 * (1.0 - u))
    # libraries differ in the last bits of logarithms
    return float(f"{math.exp(value) if in_factors else value:.10g}")


def parameters_of(base: Parameters, doubt: Doubt, replicate: int) -> Parameters:
    """Return the parameters of a replicate: those of ``base`` with its draw laid over them."""
    by_section: dict[str, dict[str, float | int | bool]] = {}
    for key, value in settings_of(doubt, replicate).items():
        _, section, name = key.split(".")
        by_section.setdefault(section, {})[name] = value
    changed = {section: _with(getattr(base, section), values) for section, values in by_section.items()}
    return base.model_copy(update=changed)


def _with(section: SectionType, values: Mapping[str, object]) -> SectionType:
    """Return the section with values that are known to be allowed: draws are cut to plausible ranges."""
    return section.model_copy(update=dict(values))
