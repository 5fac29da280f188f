"""Runs in parts, which are kept: what was run before is not run again when one option of a question changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.joining import world_in_order_of
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import compare

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: replicates at which the first parts end: few, so that the first numbers come soon
FIRST_EDGES = (0, 2, 4, 10)
#: replicates of every further part: enough to be quick, few enough to stop, or to let another job in, within a second
STEP = 10
#: bytes of parts that are kept
MOST_BYTES = 400_000_000

#: what takes longer than so many seconds from this replicate on is run by processes, in stretches of about as many
LONG_SECONDS, LONG_FROM = 25.0, 20
Key = tuple[object, ...]


def parts_of(replicates: int) -> Iterator[tuple[int, int]]:
    """Yield (first, one beyond the last) of every part of so many replicates."""
    edges = [edge for edge in (*FIRST_EDGES, *range(FIRST_EDGES[-1] + STEP, replicates, STEP)) if edge < replicates]
    yield from pairwise([*edges, replicates])


def stretches_of(begin: int, replicates: int, seconds: float) -> list[tuple[int, int]]:
    """Return (first, one beyond the last) of stretches from ``begin`` on, all of which take so many ``seconds``."""
    number = min(max(1, round(seconds / LONG_SECONDS)), max(1, (replicates - begin) // STEP))
    edges = [begin + (replicates - begin) * place // number for place in range(number + 1)]
    return list(pairwise(edges))


def size_of(part: Results) -> int:
    """Return the bytes of a part's arrays."""
    held = [getattr(part, item.name) for item in fields(part)]
    return sum(value.nbytes for value in [*held, *part.monthly.values()] if isinstance(value, np.ndarray))


@dataclass(frozen=True)
class Asked:
    """One scenario to run, its world in the order of that of the first, and the seed.

    ``first`` is what the order of rows comes from. Tables that a scenario names are told apart by what is in them:
    a scenario has only their names.
    """

    scenario: Scenario
    world: World
    first: tuple[object, ...]
    seed: int
    by_trust: bool

    def key(self, begin: int, end: int) -> Key:
        return *_content(self.scenario, self.world), self.first, self.seed, self.by_trust, begin, end


def asked_of(scenarios: Sequence[Scenario], seed: int, by_trust: bool) -> list[Asked]:
    """Return what is run for scenarios that are compared."""
    worlds = [scenario.build_world() for scenario in scenarios]
    first = _content(scenarios[0], worlds[0])
    return [
        Asked(scenario, world_in_order_of(worlds[0], world), first, seed, by_trust)
        for scenario, world in zip(scenarios, worlds)
    ]


def _content(scenario: Scenario, world: World) -> tuple[object, ...]:
    return scenario.content_hash, *sorted(world.provenance.items())


class Kept:
    """Parts of runs, those used last; safe to use from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._parts: OrderedDict[Key, Results] = OrderedDict()
        self._most, self._bytes = most_bytes, 0

    def part(self, asked: Asked, begin: int, end: int, run: Callable[[], Results]) -> Results:
        """Return replicates ``begin`` to ``end`` of a scenario, from what is kept or by ``run``.

        The part may be used up by joining: what is kept is a view of its own on the same arrays.
        """
        if (kept := self.get(asked, begin, end)) is not None:
            return kept
        part = run()
        if not asked.scenario.agents:  # what Python code does is not in the hash
            self._keep(asked.key(begin, end), part)
        return part

    def get(self, asked: Asked, begin: int, end: int) -> Results | None:
        """Return a part that is kept, None where it is not."""
        key = asked.key(begin, end)
        with self._lock:
            if key not in self._parts:
                return None
            self._parts.move_to_end(key)
            kept = copy(self._parts[key])
        kept.monthly = dict(kept.monthly)
        kept.scenario = asked.scenario  # equal content may have another name
        return kept

    def _keep(self, key: Key, part: Results) -> None:
        own = copy(part)
        own.monthly = dict(part.monthly)
        with self._lock:
            if (twin := self._parts.pop(key, None)) is not None:
                self._bytes -= size_of(twin)
            self._parts[key] = own
            self._bytes += size_of(own)
            while self._bytes > self._most and self._parts:
                _, old = self._parts.popitem(last=False)
                self._bytes -= size_of(old)


def run_part(asked: Asked, begin: int, end: int, check: Callable[[int], None]) -> Results:
    """Run replicates ``begin`` to ``end`` of a scenario; ``check`` is called after each block and may raise."""
    return compare(
        [asked.scenario], range(begin, end), asked.seed, worlds=[asked.world], by_trust=asked.by_trust, progress=check
    )[0]


def run_together(every: Sequence[Asked], begin: int, end: int, check: Callable[[int], None]) -> list[Results]:
    """Run replicates ``begin`` to ``end`` of all scenarios, on processes; they share the months in common."""
    return compare(
        [asked.scenario for asked in every],
        range(begin, end),
        every[0].seed,
        worlds=[asked.world for asked in every],
        by_trust=every[0].by_trust,
        progress=check,
        processes=True,
    )
