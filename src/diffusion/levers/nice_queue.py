"""The topics of NICE: which innovation is evaluated when, what is recommended, whom the collaborative takes on.

Every replicate has a queue of its own, in arrays [R, K] of calendar months; ``NEVER`` is not (yet). A topic waits from
the month in which it went live, or may be looked at again; the oldest goes first, then the lowest key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from diffusion.arrays import Bools, Longs
from diffusion.engine.choice import smallest

if TYPE_CHECKING:
    from diffusion.engine.calendar import Month
    from diffusion.levers.base import Lever
    from diffusion.levers.outlook import Outlook
    from diffusion.month.view import View

NEVER = -1


@dataclass(eq=False)
class Queue:
    """What has happened to every innovation so far."""

    live_since: Longs  # [R, K], month in which it went live
    started: Longs  # [R, K], first month of the evaluation under way
    briefed: Longs  # [R, K], first month of the first evaluation ever
    decided: Longs  # [R, K], month of the last decision
    recommended: Longs  # [R, K], month of a positive one
    joined: Longs  # [R, K], month in which the implementation collaborative took it on


def empty_queue(n_replicates: int, n_innovations: int) -> Queue:
    """Return a queue in which nothing has happened."""
    return Queue(*(np.full((n_replicates, n_innovations), NEVER, dtype=np.int64) for _ in range(6)))


def places(months_gone: int, topics_per_year: int) -> int:
    """Evaluations that may begin in a month; spread evenly, so that any twelve months have ``topics_per_year``."""
    return (months_gone + 1) * topics_per_year // 12 - months_gone * topics_per_year // 12


def beginning(look: Outlook, lever: Lever, topics_per_year: int) -> list[Month]:
    """Return the months of the run in which evaluations of ``lever`` may begin."""
    start = lever.start
    return [month for month in look.months(lever) if start is not None and places(month - start, topics_per_year)]


def due(queue: Queue, month: int, evaluation_months: int) -> Bools:
    """Return bool[R, K]: the evaluations that have had their months."""
    return np.asarray((queue.started != NEVER) & (month - queue.started >= evaluation_months))


def ending(queue: Queue, month: int, evaluation_months: int) -> Bools:
    """Return bool[R, K]: the evaluations in their last month, in which evidence arrives for the decision to know it."""
    return np.asarray((queue.started != NEVER) & (month - queue.started == evaluation_months - 1))


def decide(queue: Queue, month: int, evaluation_months: int, good: np.ndarray) -> None:
    """End the evaluations that have had their months; recommend where ``good`` (bool[R, K])."""
    over = due(queue, month, evaluation_months)
    queue.decided[over] = month
    queue.recommended[over & good] = month
    queue.started[over] = NEVER


def begin(queue: Queue, month: int, waiting_since: np.ndarray, keys: np.ndarray, number: int) -> None:
    """Begin ``number`` evaluations per replicate: the oldest topics, then the lowest keys.

    ``waiting_since`` is int64[R, K], the month from which a topic waits, NEVER where it is none.
    """
    # a number that tells all topics apart: by month, then by key
    rank = np.argsort(np.argsort(keys, kind="stable"))
    taken = smallest(np.where(waiting_since == NEVER, np.inf, waiting_since * len(keys) + rank), number)
    queue.started[taken] = month
    queue.briefed[taken & (queue.briefed == NEVER)] = month


def waiting_since(queue: Queue, month: Month, see: View, topics: Bools, again_months: int) -> Longs:
    """Return int64[R, K]: the month from which a topic waits, NEVER where there is nothing to evaluate.

    ``topics`` (bool[K] or [R, K]) are what may be evaluated. What was turned down waits again ``again_months`` later.
    """
    live = see.live(month)
    # what is born during a run has no date in the table: it waits from the month in which it is first seen
    date = np.minimum(month, month - see.month + see.live_month.astype(np.int64))
    queue.live_since = np.where(live & (queue.live_since == NEVER), date, queue.live_since)
    since = np.where(queue.decided == NEVER, queue.live_since, queue.decided + again_months)
    topic = live & topics & (since <= month)
    topic = topic & (queue.started == NEVER) & (queue.recommended == NEVER)
    return np.where(topic, since, NEVER)


def join(queue: Queue, month: int, after_months: int, uptake: np.ndarray, keys: np.ndarray, number: int) -> None:
    """Let the collaborative take on, per replicate, the ``number`` innovations recommended ``after_months`` ago or
    longer that have the lowest ``uptake`` (float64[R, K]), then the lowest keys."""
    eligible = (queue.recommended != NEVER) & (queue.joined == NEVER)
    eligible &= month - queue.recommended >= after_months
    queue.joined[smallest(np.where(eligible, uptake, np.inf), number, keys=keys)] = month
