"""Small worlds and probes that many tests share."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from diffusion.engine.calendar import Month
from diffusion.engine.term_specs import TERMS
from diffusion.experiments.running.results import Results
from diffusion.levers.base import Lever
from diffusion.mechanisms.parameters import all_parameters
from diffusion.world.tables import Layer

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.month.view import View

LIMITS = Path(__file__).parents[2] / "scenarios" / "limits"

#: a small England: all sectors, five layers, all kinds of innovation
SMALL = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 7, "kind": "mix"}}

#: settings under which nothing but its traits sets one innovation or trust apart
ALIKE: dict[str, dict[str, Any]] = {
    "heterogeneity": {"push_sd": 0.0, "scale_up_sd": 0.0, "compliance_sd": 0.0},
    "relevance": {"limited": False},
    "early_use": {"share": 0.0},
    "attributes": {"innovativeness_size": 0.0},
    "supply": {"companies": False},
    "capacity": {"wte_per_size": 2.0},
}

#: the same for the command line or for a scenario loaded by name
ALIKE_SETTINGS = [
    f"parameters.{section}.{name}={str(value).lower()}"
    for section, stated in ALIKE.items()
    for name, value in stated.items()
]


def result_arrays(results: Results) -> dict[str, np.ndarray]:
    """Return every array of ``results`` by name."""
    arrays = {f"monthly.{name}": values for name, values in results.monthly.items()}
    for item in fields(results):
        value = getattr(results, item.name)
        if isinstance(value, np.ndarray):
            arrays[item.name] = value
    return arrays


def drawn_parameters(generator: np.random.Generator) -> dict[str, dict[str, Any]]:
    """Return every numeric parameter drawn uniformly from its plausible range, by section and name."""
    drawn: dict[str, dict[str, Any]] = {}
    for info in all_parameters():
        if info.low is None or info.high is None or isinstance(info.default, bool):
            continue
        value = generator.uniform(info.low, info.high)
        drawn.setdefault(info.section, {})[info.name] = round(value) if isinstance(info.default, int) else value
    return drawn


def layer_rows(layer: Layer, order: np.ndarray) -> Layer:
    """Return ``layer`` for trusts put into ``order`` (new row n is old row order[n])."""
    if layer.kind == "group":
        return replace(layer, group=layer.group[order])
    new_row = np.argsort(order)
    indptr, indices, weights = [0], [], []
    for old in order:
        ties = slice(layer.indptr[old], layer.indptr[old + 1])
        new = new_row[layer.indices[ties]]
        by_new = np.argsort(new)
        indices.append(new[by_new])
        weights.append(layer.weights[ties][by_new])
        indptr.append(indptr[-1] + len(new))
    return replace(
        layer,
        group=layer.group[order],
        indptr=np.array(indptr, dtype=np.int64),
        indices=np.concatenate(indices).astype(layer.indices.dtype),
        weights=np.concatenate(weights),
    )


class Probe(Lever):
    """A lever that writes the arrays it is given: ``values`` first, ``later`` instead from month ``after`` on."""

    name: ClassVar[str] = "probe"

    values: dict[str, Any] = Field(default_factory=dict)
    later: dict[str, Any] | None = None
    after: int = 10_000
    ties: Any = None

    def changes(self, month: Month, see: View, own: dict[str, Any]) -> bool:
        assert self.start is not None
        return month - self.start == self.after

    def write(self, month: Month, see: View, terms: Terms, own: dict[str, Any], draws: Draws) -> None:
        assert self.start is not None
        values = self.values if self.later is None or month - self.start < self.after else self.later
        for name, value in values.items():
            getattr(getattr(terms, name), TERMS[name].combine)(value)
        if self.ties is not None:
            terms.transfer(*self.ties)
