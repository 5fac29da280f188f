"""Users that an innovation is known to have when the run begins, and the months before in which they came (MODEL 10.3).

A portfolio may say that ``M`` of ``N`` organisations used an innovation in some month. The share runs in a straight
line from 0 in the month in which it came on the market; in the months before the run (the warm-up) the number of users
is held on that line, month by month, while everything else is what the mechanisms make of it. Where too few have come,
the first in a race take it up, wherever they stand; where too many have, the last that came are taken to have decided
against it. What begins is then a month of the model like any other, in which the number of users is the known one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.draws import CHAMPION_ARRIVES, ENGAGEMENT, draw_base, happens, uniform
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import kernel, shared
from diffusion.engine.stages import (
    ABANDONED,
    EVALUATING,
    PILOT,
    REJECTED,
    ROLLOUT,
    SUSTAINED,
)
from diffusion.engine.state import NEVER, at
from diffusion.mechanisms.exposure import set_activity
from diffusion.mechanisms.moves import EVER_ADOPTED, NEED_BEGUN, NEED_BEGUN_COHORT, begin, count, enter_rollout
from diffusion.mechanisms.use import PATIENT_ONE

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.world.tables import InnovationTable


class OpeningUsers(NamedTuple):
    """Users of each month before the run, the last of them its opening."""

    numbers: np.ndarray  # int64[R, K, W + 1]; -1 where nothing is known
    times: np.ndarray  # float64[R, N, K], who comes first; inf for those that do not come


def share_before(table: InnovationTable, start: int, months: int) -> np.ndarray:
    """Return float64[K, months + 1]: the share that uses each innovation at the beginning of each month.

    The last is the month ``start``; NaN where the portfolio does not say. The share runs in a straight line from 0 in
    ``live_from`` to what is known in ``opening_month`` (else ``start``), and stays there; without ``live_from`` it is
    the same throughout.
    """
    month = start - months + np.arange(months + 1)
    known = np.where(table.opening_month > 0, table.opening_month, start)[:, None]
    begun = table.live_from[:, None]
    line = np.clip((month - begun) / np.maximum(1, known - begun), 0.0, 1.0)
    grown = np.where(known > begun, line, month >= begun)
    return np.asarray(table.opening_share[:, None] * np.where(begun > 0, grown, 1.0))


def numbers_of(shares: np.ndarray, able: np.ndarray) -> np.ndarray:
    """Return int64[R, K, W + 1]: shares (float64[K, W + 1]) of those that are ``able`` (int64[R, K]), to the nearest.

    -1 stands where the share is not known; halves are rounded up.
    """
    number = np.floor(np.nan_to_num(shares) * able[:, :, None] + 0.5 + 1e-9).astype(np.int64)
    return np.where(np.isnan(shares), -1, number)


def places_of(times: np.ndarray) -> np.ndarray:
    """Return int64 like ``times`` (float64[R, N, K]): the place of each trust in the race, 0 is the first."""
    order = np.argsort(times, axis=1, kind="stable")
    places = np.empty(times.shape, dtype=np.int64)
    np.put_along_axis(places, order, np.arange(times.shape[1])[None, :, None], axis=1)
    return places


@shared
def _start(c: FrameView, r, i, k):
    """Let a pair begin its rollout this month; what it went through before is taken as done."""
    old = c.stage[r, i, k]
    count(c, r, i, k, old, ROLLOUT)
    c.stage[r, i, k] = ROLLOUT
    c.since[r, i, k] = c.month
    if c.begun[r, i, k] == 0:
        begin(c, r, i, k)
    c.waiting[r, i, k] = 0
    c.work[r, i, k] = 0.0
    c.evaluated[r, c.ics[i], k] = 1
    if old != EVALUATING and old != PILOT:
        champions = draw_base(c.seed, c.replicates[r], CHAMPION_ARRIVES, c.month)
        stock = c.champion_stock[i] + at(c.x_champion_stock, r, i, k)
        u = uniform(champions, c.trust_keys[i], c.innovation_keys[r, k])
        c.champion[r, i, k] = happens(u, max(0.0, stock))
    enter_rollout(c, draw_base(c.seed, c.replicates[r], ENGAGEMENT, 0), r, i, k)
    set_activity(c, r, i, k)


@shared
def _decide_against(c: FrameView, r, i, k):
    """Let a user not have become one: it decided against it this month, and may take it up again as others do."""
    count(c, r, i, k, c.stage[r, i, k], REJECTED)
    c.stage[r, i, k] = REJECTED
    c.since[r, i, k] = c.month
    c.work[r, i, k] = 0.0
    c.rollout[r, i, k] = 0.0
    c.use[r, i, k] = 0.0
    c.champion[r, i, k] = 0
    c.programme[r, i, k] = 0
    c.rollout_since[r, i, k] = NEVER
    c.full_since[r, i, k] = NEVER
    c.absorptive[r, i] = max(0.5, c.absorptive[r, i] - c.absorptive_growth)
    if c.ever[r, i, k]:
        c.ever[r, i, k] = 0
        c.totals[r, EVER_ADOPTED] -= 1
    if c.direct[k] and c.begun[r, i, k]:  # without a pilot nobody has been treated with it yet
        c.begun[r, i, k] = 0
        need = np.int64(np.rint(c.need[r, i, k] * PATIENT_ONE))
        c.totals[r, NEED_BEGUN] -= need
        if c.cohort[k]:
            c.totals[r, NEED_BEGUN_COHORT] -= need
    set_activity(c, r, i, k)


@shared
def _first_to_come(c: FrameView, times, r, k):
    """Return the first in the race of those that do not use innovation k, last who has given it up; -1 if none."""
    found, first, left = -1, np.inf, True
    for i in range(c.stage.shape[1]):
        stage = c.stage[r, i, k]
        if stage == ROLLOUT or stage == SUSTAINED or not np.isfinite(times[r, i, k]):
            continue
        gone = stage == ABANDONED
        if (left and not gone) or (gone == left and times[r, i, k] < first):
            found, first, left = i, times[r, i, k], gone
    return found


@shared
def _last_that_came(c: FrameView, times, r, k):
    """Return the user of innovation k with the latest rollout, of equals the last in the race; -1 if none."""
    found, since, last = -1, np.int64(0), 0.0
    for i in range(c.stage.shape[1]):
        if c.stage[r, i, k] != ROLLOUT and c.stage[r, i, k] != SUSTAINED:
            continue
        began = np.int64(c.rollout_since[r, i, k])
        if found < 0 or began > since or (began == since and times[r, i, k] > last):
            found, since, last = i, began, times[r, i, k]
    return found


@kernel
def hold_users(address, numbers, times):
    """Bring the users of each innovation to ``numbers`` (int64[R, K], -1 for any): the first to come, or the last out.

    ``times`` are those of :class:`OpeningUsers`. What is known to be in use has not been recalled.
    """
    c = frame(address)
    for r in range(numbers.shape[0]):
        for k in range(numbers.shape[1]):
            if numbers[r, k] < 0:
                continue
            c.recalled[r, k] = 0
            missing = numbers[r, k] - c.by_innovation[r, ROLLOUT, k] - c.by_innovation[r, SUSTAINED, k]
            while missing != 0:
                i = _first_to_come(c, times, r, k) if missing > 0 else _last_that_came(c, times, r, k)
                if i < 0:
                    break
                if missing > 0:
                    _start(c, r, i, k)
                    missing -= 1
                else:
                    _decide_against(c, r, i, k)
                    missing += 1
                c.moved[r] = 1
