"""Fellows of an accelerator: where they come from, who mentors them, and which sites they would reach in turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.choice import race
from diffusion.engine.stages import USING_STAGES
from diffusion.engine.term_values import Pairs
from diffusion.levers.memory import joined_pairs, joined_rows

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.levers.accelerator import Accelerator
    from diffusion.month.view import View

_HOME, _MENTOR, _SITES = range(1, 4)
NO_FELLOW: Final = -(1 << 15)
_NO_SITE = np.zeros(0, dtype=np.int64)


@dataclass(eq=False)
class FellowState:
    """Fellows of all waves so far, each the one of an innovation."""

    home: Longs  # [R, K], AHSN that the fellow comes from
    mentor: Longs  # [R, K], trust of the mentor
    since: Longs  # [R, K], month of appointment, NO_FELLOW without a fellow
    able: Bools  # [N, K], pairs that may be reached
    order: Longs  # [R, K, S], trusts in the order in which they would be reached, -1 after the last
    quota: Longs  # [R, K], sites due this month
    reached: Bools  # [R, N, K]
    sites: Pairs = (_NO_SITE, _NO_SITE, _NO_SITE)  # the pairs reached so far, in the order in which they were
    wave: int = -1  # number of the last wave appointed, from 0
    level: float | None = None  # the level for which ``effect`` holds
    expected: dict[int, tuple[int, int]] = field(default_factory=dict)  # wave and month by key of what was launched
    effect: Floats | None = None  # [sites], locked: what a fellow's champion adds, the same array while it holds


def join_fellows(own: FellowState, able: Bools, step: Longs) -> None:
    """Bring what fellows remember by trust into the rows in which trusts go on; ``able`` is bool[N, K] there."""
    own.mentor = np.where(step[own.mentor] >= 0, step[own.mentor], own.mentor)
    own.able = able
    order = np.where(own.order >= 0, step[own.order], -1)
    for place in range(1, order.shape[2]):  # a trust is reached once
        order[:, :, place][(order[:, :, :place] == order[:, :, place, None]).any(axis=2)] = -1
    own.order = order
    own.reached = joined_rows(own.reached, step)
    own.sites = joined_pairs(own.sites, step)
    own.effect = None


def draw_homes(see: View, draws: Draws) -> Longs:
    """Draw the home AHSN of the fellows of these innovations, [R, F]."""
    drawn = draws.uniform(_HOME, by="innovation")[:, 0, :]
    return np.asarray(np.floor(drawn * max(1, see.world.n_ahsns)), dtype=np.int64)


def draw_mentors(see: View, draws: Draws, home: Longs) -> Longs:
    """Draw the trust of their mentor, a centre of excellence of another AHSN, [R, F]."""
    trusts = see.world.trusts
    leading = trusts.centre_of_excellence | ~trusts.centre_of_excellence.any()
    able = leading[None, :, None] & (trusts.ahsn[None, :, None] != home[:, None, :])
    drawn = draws.uniform(_MENTOR, by="trust innovation")
    return np.asarray(np.where(able, drawn, 2.0).argmin(axis=1), dtype=np.int64)


def put_in_order(
    lever: Accelerator, number: int, slots: Longs, there: Bools, see: View, own: FellowState, draws: Draws
) -> None:
    """Put the sites that fellows would reach in order: a keyed race by weight.

    slots: [R, F], innovations; there: [R, F], whether there is such a fellow; draws: of these F innovations.
    """
    world = see.world
    replicates = np.arange(see.n_replicates)[:, None]
    home, mentor, ahsn = own.home[replicates, slots], own.mentor[replicates, slots], world.trusts.ahsn
    weight = np.exp(see.parameters.attributes.innovativeness_weight * see.innovativeness)[:, :, None]
    near = (ahsn[None, :, None] == home[:, None, :]) | (ahsn[None, :, None] == ahsn[mentor][:, None, :])
    drawn = draws.uniform(_SITES + 100 * number, by="trust innovation")
    times = race(drawn, weight * np.where(near, lever.near_weight, 1.0))
    pairs = replicates[:, :, None], np.arange(world.n_trusts)[None, :, None], slots[:, None, :]
    able = own.able[pairs[1:]] & see.has_use[pairs] & ~np.isin(see.stage[pairs], USING_STAGES) & there[:, None, :]
    times = np.where(able, times, np.inf).transpose(0, 2, 1)
    most = int(np.ceil(2.0 * lever.sites_per_year * lever.fellowship_months / 12.0)) + 1
    order = np.argsort(times, axis=2, kind="stable")[:, :, :most]
    order = np.where(np.isfinite(np.take_along_axis(times, order, axis=2)), order, -1)
    if own.order.shape[2] < order.shape[2]:
        own.order = np.full((*own.since.shape, order.shape[2]), -1, dtype=np.int64)
    r, f = np.nonzero(there)
    own.order[r, slots[r, f], : order.shape[2]] = order[r, f]
