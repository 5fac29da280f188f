"""Curves of the evidence world: every series by month, first use by trust, and how far the portfolio comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Floats, Longs
from diffusion.calibration.evidence_world import evidence_scenario, own_id
from diffusion.calibration.inputs import evidence_settings
from diffusion.calibration.predicted import Place, columns, observe, places, walk
from diffusion.ensemble.posterior import Posterior
from diffusion.ensemble.priors import prior_draw
from diffusion.evidence.reading import NamedSeries
from diffusion.month.block import Block
from diffusion.progress import Report, silent
from diffusion.scenario.schema import Scenario
from diffusion.world.keys import stable_key
from diffusion.world.tables import World


class Track(NamedTuple):
    """What is followed month by month: a quantity of a series, or its difference without the series' levers."""

    item: NamedSeries
    quantity: str
    effect: bool

    @property
    def key(self) -> tuple[str, str, bool]:
        """What tells it from other tracks: id of the series, quantity, whether it is an effect."""
        return self.item.id, self.quantity, self.effect

    @property
    def places(self) -> list[Place]:
        """The points of this track, in order."""
        found = [Place(self.item, point) for point in self.item.series.points]
        return [p for p in found if p.quantity == self.quantity and (p.point.effect is not None) == self.effect]


def tracks_of(evidence: Sequence[NamedSeries]) -> list[Track]:
    """Return the tracks that points lie on, in the order of series and points."""
    return list({_track(place).key: _track(place) for place in places(evidence)}.values())


def _track(place: Place) -> Track:
    return Track(place.item, place.quantity, place.point.effect is not None)


@dataclass(frozen=True)
class Curves:
    """What was simulated: S runs are the replicates of all draws, one draw after the other."""

    world: World
    months: int
    draws: int  # 0: the parameters as set
    tracks: tuple[Track, ...]
    #: by track float64[S, months + 1]; an effect ends with the last month in which one was observed
    values: tuple[Floats, ...]
    #: by id of the series float64[S, N]: first month of use by trust, infinite where there was none
    first_use: Mapping[str, Floats]
    portfolio: tuple[str, ...]
    #: float32[S, K, months + 1]: of the trusts with a use, those that have ever adopted
    reached: np.ndarray

    @property
    def runs(self) -> int:
        return len(self.values[0])

    def at(self, place: Place) -> Floats:
        """Return float64[S]: what is simulated for a point."""
        number = [track.key for track in self.tracks].index(_track(place).key)
        return np.asarray(self.values[number][:, place.month])

    @property
    def predicted(self) -> Floats:
        """float64[S, points], in the order of :func:`places`."""
        evidence = list({track.item.id: track.item for track in self.tracks}.values())
        return np.stack([self.at(place) for place in places(evidence)], axis=1)


def follow(
    evidence: Sequence[NamedSeries],
    settings: Mapping[str, object] | None = None,
    replicates: int = 100,
    seed: int = 1,
    draws: int = 0,
    jobs: int | None = None,
    report: Report = silent,
    posterior: Posterior | None = None,
) -> Curves:
    """Run the evidence world and return its curves.

    Parameters
    ----------
    settings: dotted keys set on top of everything else
    replicates: of each draw
    draws: so many draws of all parameters from their priors, each with its own seed; 0 takes the parameters as set
    posterior: draws from this posterior in place of the priors, evenly over it
    """
    ids = {item.id: own_id(item) or item.id for item in evidence}
    parts = []
    total = replicates * max(1, draws)
    for number in range(max(1, draws)):
        drawn: dict[str, object] = {}
        if draws and posterior is not None:
            drawn |= evidence_settings(posterior, number * len(posterior) // draws, ids)
        elif draws:
            drawn |= prior_draw(number, seed)
        before = number * replicates

        def tell(done: int, before: int = before) -> None:
            report("Running", before + done, total)

        own = seed_of(seed, number) if draws else seed
        parts.append(_one(evidence, drawn | dict(settings or {}), replicates, own, jobs, tell))
    return _joined(parts, draws)


def seed_of(seed: int, draw: int) -> int:
    """Return the seed of a draw: seeds that draws share would flatter the fit."""
    return int(stable_key(f"evidence/{seed}/{draw}")) >> 2


def _joined(parts: Sequence[Curves], draws: int) -> Curves:
    first = parts[0]
    return Curves(
        first.world, first.months, draws, first.tracks,
        tuple(np.concatenate([part.values[n] for part in parts]) for n in range(len(first.tracks))),
        {name: np.concatenate([part.first_use[name] for part in parts]) for name in first.first_use},
        first.portfolio, np.concatenate([part.reached for part in parts]),
    )  # fmt: skip


def _one(
    evidence: Sequence[NamedSeries],
    settings: Mapping[str, object],
    replicates: int,
    seed: int,
    jobs: int | None,
    tell: Callable[[int], None],
) -> Curves:
    """Run the world once, and once more without the levers of series that state an effect."""
    tracks = tracks_of(evidence)
    scenario = evidence_scenario(evidence, settings)
    months = scenario.months
    values = [np.full((replicates, months + 1), np.nan) for _ in tracks]
    portfolio = _portfolio(scenario)
    ids = scenario.build_world().innovations.ids
    theirs = np.array([ids.index(name) for name in portfolio], dtype=np.int64)
    reached = np.full((replicates, len(portfolio), months + 1), np.nan, dtype=np.float32)
    by_trust = [item for item in evidence if item.first_uses]
    n_trusts = scenario.build_world().n_trusts
    first_use = {item.id: np.full((replicates, n_trusts), np.inf) for item in by_trust}
    ended = 0

    def see(month: int, numbers: Longs, world: World, block: Block) -> None:
        for track, out in zip(tracks, values):
            out[numbers, month] = observe(track.item, track.quantity, world, block)
        able = world.eligible[:, theirs] & (block.pairs.no_use[:, :, theirs] == 0)
        have = able & (block.pairs.ever[:, :, theirs] > 0)
        reached[numbers, :, month] = have.sum(axis=1) / np.maximum(1, able.sum(axis=1))
        for item in by_trust:
            k = int(columns(item, world)[0])
            seen = block.pairs.ever[:, :, k] > 0
            first_use[item.id][numbers] = np.minimum(first_use[item.id][numbers], np.where(seen, month, np.inf))

    def done(number: int) -> None:
        nonlocal ended
        ended += number
        tell(ended)

    world = walk(scenario, range(months + 1), see, replicates, seed, jobs, done)
    for n, track in enumerate(tracks):
        if track.quantity == "enrolled":  # by the date: an enrolment is not undone when the programme ends
            values[n] = np.maximum.accumulate(values[n], axis=1)
    _take_away(evidence, settings, tracks, values, replicates, seed, jobs)
    return Curves(
        world, months, 0, tuple(tracks), tuple(values), first_use,
        portfolio, reached,
    )  # fmt: skip


def _portfolio(scenario: Scenario) -> tuple[str, ...]:
    """Return the innovations that are not there for a series alone."""
    own = scenario.world.more_innovations
    return tuple(name for name in scenario.build_world().innovations.ids if name not in own)


def _take_away(
    evidence: Sequence[NamedSeries],
    settings: Mapping[str, object],
    tracks: Sequence[Track],
    values: list[Floats],
    replicates: int,
    seed: int,
    jobs: int | None,
) -> None:
    """Turn the tracks of effects into differences from the same replicates without the levers of their series."""
    effects = [n for n, track in enumerate(tracks) if track.effect]
    if not effects:
        return
    last = {n: max(place.month for place in tracks[n].places) for n in effects}
    others = sorted({tracks[n].item.id for n in effects})
    scenario = evidence_scenario(evidence, settings, without=others).changed({"months": max(last.values())})
    without = {n: np.full_like(values[n], np.nan) for n in effects}

    def see(month: int, numbers: Longs, world: World, block: Block) -> None:
        for n in effects:
            if month <= last[n]:
                without[n][numbers, month] = observe(tracks[n].item, tracks[n].quantity, world, block)

    walk(scenario, range(scenario.months + 1), see, replicates, seed, jobs)
    for n in effects:
        values[n] = values[n] - without[n]
