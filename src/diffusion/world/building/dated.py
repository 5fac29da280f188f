"""A world at the start of a scenario: what its portfolio says in months of the calendar, counted from there."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Protocol

import numpy as np

from diffusion.world.tables import World

#: months that a run begins before its scenario where the portfolio says what was in use by then
WARM_UP_MONTHS = 48


@lru_cache(maxsize=32)
def dated(world: World, start: int) -> World:
    """Return ``world`` with ``live_month`` of innovations that state ``live_from`` counted from ``start``.

    ``start`` is a calendar month, counted from January of year 0. What was on the market before stands at 0, its first
    month of the run. The world itself is returned where nothing changes.
    """
    table = world.innovations
    month = np.where(table.live_from > 0, np.maximum(0, table.live_from - start), table.live_month).astype(np.int32)
    if np.array_equal(month, table.live_month):
        return world
    cut = None if world.cut is None else replace(world.cut, whole=dated(world.cut.whole, start))
    return replace(world, innovations=replace(table, live_month=month), cut=cut)


class Opening(Protocol):
    """What a scenario says of its opening, as far as the months before it go."""

    @property
    def from_portfolio(self) -> bool: ...
    @property
    def warm_up_months(self) -> int | None: ...


def warm_up_months(initial: Opening, world: World, start: int) -> int:
    """Return how many months are run before ``start``: as stated, else 48 where something is known of them."""
    if not initial.from_portfolio:
        return 0
    if initial.warm_up_months is not None:
        return initial.warm_up_months
    return WARM_UP_MONTHS if has_opening(world, start) else 0


def has_opening(world: World, start: int) -> bool:
    """Whether its portfolio says what was in use, or on the market, before ``start``."""
    table = world.innovations
    return bool((~np.isnan(table.opening_share)).any() or ((table.live_from > 0) & (table.live_from < start)).any())
