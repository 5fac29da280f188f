"""What is known of a run before it begins: enough to say that a lever, or a setting of it, can do nothing in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from diffusion.arrays import Bools
from diffusion.engine.calendar import Month
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.levers.base import Lever
    from diffusion.levers.shock import Shock
    from diffusion.mechanisms.parameters import Parameters
    from diffusion.world.tables import World

#: a setting of a lever (``targets.trusts`` is one) and why no run can feel it
Unfelt = Iterator[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Outlook:
    """World, calendar, parameters, levers and shocks of a run.

    ``world`` has its slots where new innovations are followed.
    ``start`` is the first month in which anything acts: ``warm_up`` months before the first of the scenario.
    """

    world: World
    parameters: Parameters
    start: Month
    end: Month  # first month after the run
    levers: Mapping[str, Lever] = field(default_factory=dict)
    warm_up: int = 0
    shocks: Mapping[str, Shock] = field(default_factory=dict)

    @property
    def followed(self) -> bool:
        """Whether people, companies and new innovations are followed."""
        return self.parameters.supply.followed

    @cached_property
    def uses_beliefs(self) -> bool:
        """Whether trusts weigh evidence at all: the rule of ``month/compiled.py``."""
        p = self.parameters
        weights = p.triage.utility_weight, p.evaluation.utility_weight, p.pilot.utility_weight
        return any(weights) or bool(p.abandonment.utility_weight) or p.abandonment.recall_per_month > 0

    @cached_property
    def active(self) -> dict[str, Lever]:
        """Levers that may do something in this run, by id."""
        return {key: lever for key, lever in self.levers.items() if lever.why_idle(self) is None}

    @cached_property
    def written(self) -> frozenset[str]:
        """Names of what the active levers and shocks write."""
        by_levers = {name for lever in self.active.values() for name in lever.writes}
        return frozenset(by_levers.union(*(shock.set_terms for shock in self.active_shocks.values())))

    @cached_property
    def active_shocks(self) -> dict[str, Shock]:
        """Shocks that may do something in this run, by id."""
        return {key: shock for key, shock in self.shocks.items() if shock.why_idle(self) is None}

    def first(self, lever: Lever) -> Month:
        """First month of the run in which a lever is in force."""
        return self.start if lever.start is None else max(self.start, lever.start)

    def last(self, lever: Lever) -> Month:
        """First month in which a lever, or the run, is over."""
        return self.end if lever.end is None else min(self.end, lever.end)

    def months(self, lever: Lever) -> list[Month]:
        """Months of the run in which a lever is in force."""
        return [Month(m) for m in range(self.first(lever), self.last(lever))]

    def live(self, before: Month) -> Bools:
        """Return bool[K]: innovations that are, or may be, on the market in some month before ``before``.

        Of those that are there when the scenario begins it is not looked up how long before.
        """
        table = self.world.innovations
        on_market: Bools = table.live_month < before - self.start
        return on_market | is_born(table) if self.followed else on_market

    def listed(self, lever: Lever) -> Bools:
        """Return bool[K]: innovations among a lever's targets that come on the market before it is over."""
        return lever.targets.innovation_mask(self.world) & self.live(self.last(lever))

    def pairs(self, lever: Lever) -> Bools:
        """Return bool[N, K]: eligible pairs among a lever's targets that are on the market before it is over."""
        return self.world.eligible & lever.targets.trust_mask(self.world)[:, None] & self.listed(lever)

    def pairs_of_all(self, lever: Lever) -> Bools:
        """Return :meth:`pairs` of a lever that looks at no trusts among its targets."""
        return self.world.eligible & self.listed(lever)

    def nobody(self, lever: Lever) -> str | None:
        """Say why no pair is among a lever's targets; None where there is one."""
        if self.pairs(lever).any():
            return None
        if not lever.targets.trust_mask(self.world).any():
            return "no trust is all that its targets ask for"
        aimed = lever.targets.innovation_mask(self.world)
        if not aimed.any():
            return "no innovation is all that its targets ask for"
        if not self.listed(lever).any():
            return f"none of the innovations it targets is on the market before {self.last(lever)}"
        return "none of the trusts it targets can adopt any innovation it targets"

    def unlisted(self, lever: Lever) -> str | None:
        """Say why no innovation is among a lever's targets; None where there is one. Trusts are not looked at."""
        if self.listed(lever).any():
            return None
        if not lever.targets.innovation_mask(self.world).any():
            return "no innovation is all that its targets ask for"
        return f"none of the innovations it targets is on the market before {self.last(lever)}"


class Demand(NamedTuple):
    """What a lever asks for, and the most that there can be of it."""

    setting: str
    asked: int
    most: int
    what: str  # innovations that it targets and are on the market
    when: str = ""  # in 2016-10

    def told(self) -> str:
        """Say what is asked for and how many there are."""
        when = f" in {self.when}" if self.when else ""
        there = f"there are no {self.what}" if self.most == 0 else f"there are at most {self.most} {self.what}"
        return f"it asks for {self.asked} ({self.setting}){when}, but {there}"


def first_few(names: Iterable[str], most: int = 3) -> str:
    """Name the first few and say how many more there are."""
    listed = list(names)
    left = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {left} more" if left > 0 else "")


def waves_missed(starts: tuple[Month, ...], length: int, begin: Month, end: Month) -> Iterator[str]:
    """Say which waves have no month from ``begin`` to before ``end``."""
    missed = [
        f"{number} ({first})" for number, first in enumerate(starts, start=1) if first >= end or first + length <= begin
    ]
    if missed:
        yield f"{len(missed)} of {len(starts)} waves have no month in the run: wave {first_few(missed)}"


def none_of(names: tuple[str, ...], why: str) -> Unfelt:
    """Yield the same reason for several settings."""
    for name in names:
        yield name, why
