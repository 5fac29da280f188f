"""Two sets of results, outcome by outcome: levels of options that both have, and their changes from the first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from diffusion.analysis.differences.family import Family, independent_family, paired_family
from diffusion.analysis.results.asked import Asked
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.intervals import least_runs
from diffusion.analysis.results.outcomes import Outcome
from diffusion.arrays import Floats, Longs


@dataclass(frozen=True)
class Side:
    """One of the two: its options by name and by SHA-256 of what they are, their outcomes, and which runs these are."""

    names: Sequence[str]
    hashes: Sequence[str]
    comparison: Comparison
    seed: int
    replicates: Longs
    source: str = ""  # where parameters are drawn from; empty where they are not drawn


class Quantity(NamedTuple):
    """An outcome of an option, told by its place among those that both sides have, or its change from the first."""

    option: int
    outcome: Outcome
    change: bool


@dataclass(frozen=True)
class Held:
    """Results held against each other: ``quantities`` with their means on either side and the family of differences.

    ``options`` are the places of options on the two sides, ``only`` those that one side has alone, ``outcomes_only``
    the labels of outcomes that one side has alone. With ``paired`` each replicate stands beside that of its number, and
    ``replicates`` are those that both have. ``same_source``: both draw parameters from the same, or neither draws any.
    """

    options: tuple[tuple[int, int], ...]
    only: tuple[tuple[int, ...], tuple[int, ...]]
    outcomes_only: tuple[tuple[str, ...], tuple[str, ...]]
    quantities: tuple[Quantity, ...]
    one: Floats
    other: Floats
    family: Family
    paired: bool
    replicates: tuple[int, int]
    same_seed: bool
    same_source: bool
    over_draws: tuple[bool, bool]
    same_runs: bool

    @property
    def enough(self) -> bool:
        """Whether there are as many runs as a claim needs."""
        return min(self.replicates) >= least_runs(any(self.over_draws))

    def same(self, place: int) -> bool:
        """Whether a quantity is the same in every pair of runs."""
        return bool(self.paired and self.family.mean[place] == 0 and self.family.error[place] == 0)

    @property
    def beyond(self) -> list[int]:
        """Places of the quantities that are beyond chance."""
        return np.flatnonzero(self.family.beyond).tolist() if self.enough else []


def options_of_both(one: Side, other: Side) -> tuple[tuple[int, int], ...]:
    """Return the places of options that both sides have: of the same name, else the same in all that they are.

    A single run is held against a single run, whatever they are called.
    """
    pairs: dict[int, int] = {}
    for mine, theirs in ((one.names, other.names), (one.hashes, other.hashes)):
        for i, name in enumerate(mine):
            found = [j for j, there in enumerate(theirs) if there == name and j not in pairs.values()]
            if i not in pairs and found:
                pairs[i] = found[0]
    if not pairs and len(one.names) == len(other.names) == 1:
        return ((0, 0),)
    return tuple(sorted(pairs.items()))


def hold(one: Side, other: Side) -> Held | None:
    """Hold two sides against each other; None where they have no option or no outcome in common.

    Replicates pair up by their numbers where they share chance (the same seed) or their draws of the parameters: draw r
    of one source is that of replicate r whatever the seed.
    """
    options = options_of_both(one, other)
    mine, theirs = _values(one.comparison), _values(other.comparison)
    shared = [name for name in mine if name in theirs]
    if not options or not shared:
        return None
    same_seed = one.seed == other.seed
    drawn = (one.comparison.over_draws, other.comparison.over_draws)
    same_draws = all(drawn) and one.source == other.source
    both, here, there = np.intersect1d(one.replicates, other.replicates, return_indices=True)
    paired = bool((same_seed or same_draws) and len(both) > 0)
    rows = (here, there) if paired else (np.arange(len(one.replicates)), np.arange(len(other.replicates)))
    quantities, left, right = [], [], []
    yardstick = options[0] == (0, 0)
    for name in shared:
        (outcome, a), (_, b) = mine[name], theirs[name]
        for place, (i, j) in enumerate(options):
            quantities.append(Quantity(place, outcome, False))
            left.append(a[i][rows[0]])
            right.append(b[j][rows[1]])
            if yardstick and i and j:
                quantities.append(Quantity(place, outcome, True))
                left.append((a[i] - a[0])[rows[0]])
                right.append((b[j] - b[0])[rows[1]])
    first, second = np.stack(left, axis=1), np.stack(right, axis=1)
    if paired:
        first, second = (
            np.where(np.isfinite(first) & np.isfinite(second), values, np.nan) for values in (first, second)
        )
    family = paired_family(second - first) if paired else independent_family(first, second)
    same = paired and bool(np.array_equal(first, second, equal_nan=True))
    return Held(
        options,
        (
            tuple(i for i in range(len(one.names)) if i not in dict(options)),
            tuple(j for j in range(len(other.names)) if j not in [theirs for _, theirs in options]),
        ),
        (
            tuple(outcome.label for name, (outcome, _) in mine.items() if name not in theirs),
            tuple(outcome.label for name, (outcome, _) in theirs.items() if name not in mine),
        ),
        tuple(quantities),
        _means(first),
        _means(second),
        family,
        paired,
        (len(first), len(second)),
        same_seed,
        same_draws or not any(drawn),
        drawn,
        same and len(one.replicates) == len(other.replicates) == len(both),
    )


def _means(values: Floats) -> Floats:
    defined = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0))


def _values(comparison: Comparison) -> dict[str, tuple[Outcome, list[Floats]]]:
    """Return outcome and values [R] by option, by name; with what was asked by date."""
    found = {outcome.name: (outcome, comparison.values[outcome.name]) for outcome in comparison.outcomes}
    if comparison.asked is not None:
        found |= {name: (outcome, values) for name, outcome, values in _asked(comparison.asked)}
    return found


def _asked(asked: Asked) -> Iterator[tuple[str, Outcome, list[Floats]]]:
    """Yield the answer by date, under a name that is the same for the same question and date only.

    The share of all pairs at the end is the main outcome already.
    """
    for place, date in enumerate(asked.dates):
        if asked.target.grouping or date.years is not None:
            outcome = asked.outcome(date)
            name = f"{asked.target.grouping}:{asked.target.code} {asked.since} {date.years}"
            yield (
                name,
                outcome if date.years is None else replace(outcome, label=_asked_label(asked, date.years)),
                [share[:, place] for share in asked.shares],
            )


def _asked_label(asked: Asked, years: int) -> str:
    """Return ``Adopter share, 2 years on, in June 2019``: with the month, since the two may count from another one."""
    what = f" of {asked.target.name}" if asked.target.grouping else ""
    return f"Adopter share{what}, {years} years on, in {(asked.since + (12 * years - 1)).words}"
