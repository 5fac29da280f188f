"""What is varied: the model's parameters, and the traits of the innovations that have a series.

Every input has a standard normal behind it: a parameter is the quantile of its prior at ``Phi(z)``, a trait is ``mean +
sd z`` with mean and sd from the parameters of the hierarchy (spreads between innovations, log-odds of having a use) or,
for the benefit, fixed. An innovation without a series draws its traits from that hierarchy; one with a series has them
learnt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtr

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import KNOWN, own_id
from diffusion.ensemble.posterior import Posterior
from diffusion.ensemble.priors import Prior
from diffusion.evidence.reading import NamedSeries

#: traits: of each its mean and its standard deviation, as numbers or as the parameters that say them
HIERARCHY: dict[str, tuple[str | float, str | float]] = {
    "log_push": (0.0, "parameters.heterogeneity.push_sd"),
    "log_scale_up": (0.0, "parameters.heterogeneity.scale_up_sd"),
    "log_compliance": (0.0, "parameters.heterogeneity.compliance_sd"),
    "use_log_odds": ("parameters.relevance.log_odds", "parameters.relevance.log_odds_sd"),
    "benefit": (float(KNOWN["benefit_mean"]), float(KNOWN["benefit_sd"])),  # type: ignore[arg-type]
}
#: of rarer endings of pilots with faster rollout
CORRELATION = "parameters.heterogeneity.scale_up_correlation"
#: spread of the traits in waves, wider than the hierarchy: (mean, sd)
WIDE: dict[str, tuple[float, float]] = {
    "log_push": (0.0, 1.2),
    "log_scale_up": (0.0, 1.0),
    "log_compliance": (0.0, 0.8),
    "use_log_odds": (1.0, 1.7),
    "benefit": (0.6, 0.4),
}
#: a trait lies within so many of its log units
_MOST_TRAIT = 4.0


class Trait(NamedTuple):
    """One trait of the innovation of one series."""

    series: str
    innovation: str
    name: str  # of HIERARCHY

    @property
    def label(self) -> str:
        return f"{self.series}.{self.name}"


def traits_of(evidence: Sequence[NamedSeries]) -> list[Trait]:
    """Return the traits that series can inform: what their files do not state."""
    found = []
    for item in evidence:
        own = own_id(item)
        if own is None:
            continue
        stated = item.series.traits
        for name in HIERARCHY:
            if name == "use_log_odds":
                free = stated.use_share is None
            elif name == "benefit":
                free = stated.benefit is None and stated.benefit_mean is None
            elif name == "log_compliance":
                free = stated.log_compliance is None and any(shock.mandate > 0 for shock in item.series.shocks.values())
            else:
                free = getattr(stated, name) is None
            if free:
                found.append(Trait(item.id, own, name))
    return found


@dataclass(frozen=True)
class Inputs:
    """The parameters that are varied, in their order, and after them the traits."""

    priors: tuple[Prior, ...]
    traits: tuple[Trait, ...]
    #: parameters of the hierarchy that are not varied
    fixed: Mapping[str, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return (*(prior.key for prior in self.priors), *(trait.label for trait in self.traits))

    @property
    def n_shared(self) -> int:
        return len(self.priors)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where each input stands."""
        return {name: n for n, name in enumerate(self.names)}

    def parameters(self, z: Floats) -> Floats:
        """Return float64[D, n_shared]: values of the parameters at standard normals ``z`` [D, >= n_shared]."""
        u = np.clip(ndtr(z[:, : self.n_shared]), 1e-12, 1.0 - 1e-12)
        return np.stack([prior.quantile(u[:, n]) for n, prior in enumerate(self.priors)], axis=1)

    def hierarchy(self, z: Floats) -> Floats:
        """Return float64[D, n_shared] as :meth:`parameters`, but NaN where traits do not ask for it: much sooner."""
        out = np.full((len(z), self.n_shared), np.nan)
        for name in self.asked:
            n = self.place[name]
            out[:, n] = self.priors[n].quantile(np.clip(ndtr(z[:, n]), 1e-12, 1.0 - 1e-12))
        return out

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Parameters of the hierarchy that are varied."""
        parts = {part for trait in self.traits for part in HIERARCHY[trait.name] if isinstance(part, str)}
        return tuple(sorted(parts & set(self.place)))

    def moments(self, shared: Floats) -> tuple[Floats, Floats]:
        """Return (mean, sd) of all traits, float64[D, traits], at values of the parameters [D, n_shared]."""
        mean = np.zeros((len(shared), len(self.traits)))
        sd = np.zeros_like(mean)
        for n, trait in enumerate(self.traits):
            middle, spread = HIERARCHY[trait.name]
            mean[:, n], sd[:, n] = self._value(middle, shared), self._value(spread, shared)
        return mean, sd

    def _value(self, part: str | float, shared: Floats) -> Floats:
        if not isinstance(part, str):
            return np.asarray(part)
        return shared[:, self.place[part]] if part in self.place else np.asarray(self.fixed[part])

    def trait_values(self, z: Floats, shared: Floats) -> Floats:
        """Return float64[D, traits] at standard normals ``z`` [D, traits] of the traits alone."""
        mean, sd = self.moments(shared)
        return self.inside(np.clip(mean + sd * z, mean - _MOST_TRAIT, mean + _MOST_TRAIT))

    def inside(self, traits: Floats) -> Floats:
        """Return traits with benefits no less than 0: what made its name helps."""
        helps = np.array([trait.name == "benefit" for trait in self.traits], dtype=bool)
        return np.where(helps, np.maximum(traits, 0.0), traits)

    def scaled(self, shared_z: Floats, traits: Floats) -> Floats:
        """Return float64[D, inputs] between about -1 and 1, as emulators take them."""
        wide = np.array([WIDE[trait.name] for trait in self.traits]).reshape(-1, 2)
        return np.concatenate([2.0 * ndtr(shared_z) - 1.0, (traits - wide[:, 0]) / (2.0 * wide[:, 1])], axis=1)

    def settings(self, shared: Floats, traits: Floats) -> list[dict[str, float | int]]:
        """Return the scenario keys of each draw, from values of parameters [D, n_shared] and traits [D, traits]."""
        found = []
        for n in range(len(shared)):
            draw: dict[str, float | int] = {}
            for prior, value in zip(self.priors, shared[n]):
                draw[prior.key] = round(float(value)) if prior.whole else float(value)
            rho = float(draw.get(CORRELATION, self.fixed.get(CORRELATION, 0.0)))
            for trait, value in zip(self.traits, traits[n]):
                draw |= trait_settings(trait, float(value), rho)
            found.append(draw)
        return found

    @staticmethod
    def keys_of(trait: Trait) -> tuple[str, ...]:
        """Return the scenario keys that a trait sets."""
        return tuple(trait_settings(trait, 0.0, 0.0))


def trait_settings(trait: Trait, value: float, correlation: float) -> dict[str, float]:
    """Return the scenario keys that a trait sets, with their values.

    Parameters
    ----------
    correlation: of rarer endings of pilots with faster rollout
    """
    base = f"world.more_innovations.{trait.innovation}"
    if trait.name == "use_log_odds":
        return {f"{base}.use_share": round(float(expit(value)), 12)}
    said = {f"{base}.{trait.name}": round(value, 12)}
    if trait.name == "log_scale_up":
        said[f"{base}.log_pilot_ending"] = round(-correlation * value, 12)
    elif trait.name == "benefit":  # of what was put into practice trials had shown what it does
        said[f"{base}.signal"] = round(value, 12)
    return said


def evidence_settings(posterior: Posterior, draw: int, series: Mapping[str, str]) -> dict[str, float | int]:
    """Return the parameters of a draw, and the traits that it knows of innovations with a series, by scenario key.

    Parameters
    ----------
    series: ids of series and of their innovations
    """
    found = posterior.settings(draw)
    for name in posterior.columns:
        owner, _, trait = name.rpartition(".")
        if trait in HIERARCHY and owner in series:
            value = float(posterior.columns[name][draw])
            found |= trait_settings(Trait(owner, series[owner], trait), value, float(found.get(CORRELATION, 0.7)))
    return found
