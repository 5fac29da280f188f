"""People who may found companies: in the NHS, left, abroad, back; in a programme; founders and their start-ups.

In the NHS: ``l0 exp(-th_prog [in programme] - th_time time budget)`` a month to leave; outside:
``r0 exp(ret [programme open])`` to return, and at once on appointment to a programme. Founders: a rate per month from a
year after appointment. A start-up spends what it has, raises money, and after some months launches an innovation, if
there is room for one of its kind.

Every person has a twin without any programme, who takes the same draws at the rates of those who are in none while none
is open. Programmes change no other rate of people, so the twins are where the same run without them would have them:
the difference is the brain gain. Where agents decide of leaving and returning, what they change counts in it too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from diffusion.engine.draws import (
    ABILITY,
    AT_START,
    DEAL,
    FOUNDING,
    HOME,
    KIND,
    LEAVE_REFUSED,
    STAYING,
    draw_base,
    happens,
    normal,
    uniform,
)
from diffusion.engine.kernels.frame import frame
from diffusion.engine.kernels.jit import inline, kernel, phase_kernel, shared
from diffusion.engine.ledger import COMPANY_BURN, INVESTMENT
from diffusion.engine.state import NEVER, at
from diffusion.mechanisms.supply.births import be_born
from diffusion.mechanisms.supply.companies import support
from diffusion.mechanisms.supply.so_far import RAISED_BY_FOUNDERS, SPENT, SPENT_BY_FOUNDERS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.mechanisms.supply.parameters import SupplyParameters
    from diffusion.world.tables import World

IN_NHS: Final = 0
LEFT: Final = 1
ABROAD: Final = 2
#: state of a person's start-up
NO_STARTUP: Final = 0
BUILDING: Final = 1
FAILED: Final = 2
LAUNCHED: Final = 3
#: months from appointment to the first chance of founding
FOUNDING_AFTER: Final = 12

PROFESSIONS: tuple[str, ...] = (
    "doctor",
    "nurse",
    "midwife",
    "allied health professional",
    "pharmacist",
    "scientist",
)


class People(NamedTuple):
    """State of the potential entrepreneurs, all [R, E]."""

    person_status: np.ndarray  # uint8: in the NHS, left, abroad
    twin_status: np.ndarray  # uint8: the same, had there been no programme
    programme_left: np.ndarray  # int16, months left in the programme
    appointed: np.ndarray  # int16, month of appointment, NEVER if not
    was_outside: np.ndarray  # uint8, outside the NHS when appointed
    returned: np.ndarray  # uint8, has returned to the NHS
    startup: np.ndarray  # uint8
    founded: np.ndarray  # int16, month of founding, NEVER if not
    startup_cash: np.ndarray  # int64, pence
    home: np.ndarray  # int32, home trust
    profession: np.ndarray  # uint8
    ability: np.ndarray  # float64


@inline
def leave_rate(c: FrameView, r, e):
    """Rate per month at which someone in the NHS leaves it."""
    return _leave_rate_if(c, c.programme_left[r, e] > 0, r, e)


@inline
def _leave_rate_if(c: FrameView, in_programme, r, e):
    exponent = c.retention_by_time * at(c.x_time_budget, r, c.home[r, e], 0)
    exponent += max(0.0, at(c.x_retention, r, c.home[r, e], 0))
    if in_programme:
        exponent += c.retention_in_programme
    return c.leave_per_month * math.exp(-exponent)


@inline
def return_rate(c: FrameView, r, e):
    """Rate per month at which someone outside the NHS returns."""
    open_weight = c.return_while_open if at(c.x_programme_open, r, c.home[r, e], 0) > 0.0 else 0.0
    return c.return_per_month * math.exp(open_weight)


@inline
def founding_rate(c: FrameView, r, e):
    """Rate per month at which someone founds a company."""
    appointed = np.int64(c.appointed[r, e])
    rate = c.founding_per_month if c.month - appointed >= FOUNDING_AFTER else c.founding_without_programme
    return rate * at(c.x_founding, r, c.home[r, e], 0)


@inline
def startup_deal_rate(c: FrameView, r, e):
    """Rate per month of deals of a start-up before launch."""
    # without an innovation of its own a start-up has what holds for its founder's trust, and none of another's
    eased = at(c.x_fundraising, r, c.home[r, e], 0) if c.x_fundraising.shape[2] == 1 else 1.0
    return c.deals_per_month * eased * support(c, r, e)


@kernel
def person_rates(address, e, out):
    """Rates of person e, into out[4]: leaving, returning, founding, deals of a start-up."""
    c = frame(address)
    out[0] = leave_rate(c, 0, e)
    out[1] = return_rate(c, 0, e)
    out[2] = founding_rate(c, 0, e)
    out[3] = startup_deal_rate(c, 0, e)


@inline
def startup_deal(c: FrameView, base, r, e):
    """Pence raised by a start-up this month: at most one deal, lognormal."""
    u = uniform(base, c.person_keys[e], np.uint64(1))
    rate = startup_deal_rate(c, r, e)
    if c.o_startup_deal.shape[0] > 0 and not math.isnan(c.o_startup_deal[r, e]):
        rate = c.o_startup_deal[r, e]
    if not happens(u, rate):
        return np.int64(0)
    size = normal(uniform(base, c.person_keys[e], np.uint64(2)))
    return np.int64(np.rint(c.deal_median * math.exp(c.deal_sigma * size) * 100.0))


@phase_kernel
def appoint(address):
    """A month of the programme goes by for those in it; those chosen are appointed."""
    c = frame(address)
    if not c.supply:
        return
    for r in range(c.first, c.last):
        refused = draw_base(c.seed, c.replicates[r], LEAVE_REFUSED, c.month)
        for e in range(np.uint64(c.person_keys.shape[0])):
            c.programme_left[r, e] -= np.int16(c.programme_left[r, e] > 0)
        if c.appoints:
            for e in range(c.person_keys.shape[0]):
                if c.appointing[r, e]:
                    _appoint(c, refused, r, e)


@inline
def _draw_people(c: FrameView, base):
    """Draw for all people at once, into scratch: that takes less time than one by one."""
    for e in range(np.uint64(c.person_keys.shape[0])):
        c.s_person[e] = uniform(base, c.person_keys[e], np.uint64(0))


@phase_kernel
def stay(address):
    """Let people leave the NHS, and return to it."""
    c = frame(address)
    if not c.supply:
        return
    may_leave, may_return = c.o_leave.shape[0] > 0, c.o_return.shape[0] > 0
    most = math.inf if may_leave or may_return else max(c.leave_most, c.return_most)
    for r in range(c.first, c.last):
        _draw_people(c, draw_base(c.seed, c.replicates[r], STAYING, c.month))
        for e in range(c.person_keys.shape[0]):
            u = c.s_person[e]
            if u >= most:
                continue
            _twin_stays(c, u, r, e)
            if c.person_status[r, e] == IN_NHS:
                if may_leave and not math.isnan(c.o_leave[r, e]):
                    _leave(c, u, c.o_leave[r, e], r, e)
                elif u < c.leave_most:
                    _leave(c, u, leave_rate(c, r, e), r, e)
                continue
            own = may_return and not math.isnan(c.o_return[r, e])
            if (own or u < c.return_most) and happens(u, c.o_return[r, e] if own else return_rate(c, r, e)):
                c.person_status[r, e] = IN_NHS
                c.returned[r, e] = 1


@shared
def _twin_stays(c: FrameView, u, r, e):
    """The twin without a programme stays, leaves or returns by the same draw, at the model's own rates."""
    if c.twin_status[r, e] == IN_NHS:
        probability = -math.expm1(-_leave_rate_if(c, False, r, e))
        if u < probability:
            c.twin_status[r, e] = ABROAD if u < probability * c.abroad_share else LEFT
        return
    if happens(u, c.return_per_month):
        c.twin_status[r, e] = IN_NHS


@phase_kernel
def found(address):
    """Let founders found, spend, raise money and launch."""
    c = frame(address)
    if not c.supply:
        return
    most = max(c.founding_per_month, c.founding_without_programme) * c.founding_top * (1.0 + 1e-9)
    if c.o_founding.shape[0] > 0:
        most = math.inf
    for r in range(c.first, c.last):
        _draw_people(c, draw_base(c.seed, c.replicates[r], FOUNDING, c.month))
        deals = draw_base(c.seed, c.replicates[r], DEAL, c.month)
        for e in range(c.person_keys.shape[0]):
            if c.startup[r, e] == BUILDING:
                _build(c, deals, r, e)
            elif c.s_person[e] < most and c.startup[r, e] == NO_STARTUP:
                _may_found(c, c.s_person[e], r, e)


@shared
def _appoint(c: FrameView, base, r, e):
    """Someone appointed returns from outside; of those inside, training bodies keep some back."""
    outside = c.person_status[r, e] != IN_NHS
    if not outside and uniform(base, c.person_keys[e], np.uint64(0)) < c.leave_refused:
        return
    c.appointed[r, e] = c.month
    c.was_outside[r, e] = outside
    c.programme_left[r, e] = c.programme_months
    if outside:
        c.person_status[r, e] = IN_NHS
        c.returned[r, e] = 1


@inline
def _leave(c: FrameView, u, rate, r, e):
    probability = -math.expm1(-rate)
    if u < probability:
        c.person_status[r, e] = ABROAD if u < probability * c.abroad_share else LEFT
        c.programme_left[r, e] = 0


@inline
def _may_found(c: FrameView, u, r, e):
    rate = founding_rate(c, r, e)
    if c.o_founding.shape[0] > 0 and not math.isnan(c.o_founding[r, e]):
        rate = c.o_founding[r, e]
    if happens(u, rate):
        c.startup[r, e] = BUILDING
        c.founded[r, e] = c.month
        c.startup_cash[r, e] = np.int64(c.burn_pence * c.runway_months)
        c.money[r, INVESTMENT] += c.startup_cash[r, e]
        c.so_far[r, RAISED_BY_FOUNDERS] += c.startup_cash[r, e]


@shared
def _build(c: FrameView, deals, r, e):
    """A month of a start-up before launch."""
    raised = startup_deal(c, deals, r, e)
    c.money[r, INVESTMENT] += raised
    c.so_far[r, RAISED_BY_FOUNDERS] += raised
    spent = min(c.burn_pence, c.startup_cash[r, e] + raised)
    c.money[r, COMPANY_BURN] += spent
    c.so_far[r, SPENT] += spent
    c.so_far[r, SPENT_BY_FOUNDERS] += spent
    c.startup_cash[r, e] += raised - spent
    if c.startup_cash[r, e] <= 0:
        c.startup[r, e] = FAILED
    elif c.month - np.int64(c.founded[r, e]) >= c.launch_months:
        c.startup[r, e] = LAUNCHED
        # the kind is the founder's; without room the company goes on outside the model
        u = uniform(draw_base(c.seed, c.replicates[r], KIND, 0), c.person_keys[e], np.uint64(0))
        if be_born(c, r, c.person_keys[e], u, c.startup_cash[r, e], e) >= 0:
            c.startup_cash[r, e] = 0


def _homes(world: World, u: np.ndarray) -> np.ndarray:
    """Return trusts by their doctors, where each has none by number; ``u`` are uniforms of the same shape."""
    weight = world.trusts.doctors_fte if world.trusts.doctors_fte.sum() > 0 else world.present.astype(np.float64)
    order = np.argsort(np.array(world.trusts.codes))  # whatever the order of rows
    edges = np.cumsum(weight[order]) / weight[order].sum()
    last = np.flatnonzero(weight[order])[-1]
    return np.asarray(order[np.searchsorted(edges, u, side="right").clip(0, last)])


def leave_closed(people: People, closed: np.ndarray, world: World, draws: Draws, month: int) -> None:
    """Let people leave the NHS whose trust closes without a successor (``closed`` bool[N]), and their twins, in place.

    Their home is then a trust of ``world``, drawn by doctors as at the start: who comes back comes there.
    """
    gone = closed[people.home]
    if not gone.any():
        return
    for status in (people.person_status, people.twin_status):
        status[gone & (status == IN_NHS)] = LEFT
    people.programme_left[gone] = 0
    u = draws.for_people(people.home.shape[1]).uniform(HOME, month)[:, :, 0]
    people.home[gone] = _homes(world, u)[gone]


def opening_people(supply: SupplyParameters, world: World, draws: Draws, n_people: int) -> People:
    """Return the people of a block: home trust by doctors, profession, ability and where they are at the start."""
    own = draws.for_people(n_people)
    shape = (len(draws.replicates), n_people)
    home = _homes(world, own.uniform(HOME)[:, :, 0])
    other = np.arange(n_people) >= supply.doctors
    profession = np.where(other, 1 + np.arange(n_people) % (len(PROFESSIONS) - 1), 0)
    start = own.uniform(AT_START)[:, :, 0]
    outside = start < supply.outside_at_start
    abroad = start < supply.outside_at_start * supply.abroad_share
    status = np.where(abroad, ABROAD, np.where(outside, LEFT, IN_NHS))
    never = np.full(shape, NEVER, dtype=np.int16)
    return People(
        person_status=status.astype(np.uint8),
        twin_status=status.astype(np.uint8),
        programme_left=np.zeros(shape, dtype=np.int16),
        appointed=never.copy(),
        was_outside=np.zeros(shape, dtype=np.uint8),
        returned=np.zeros(shape, dtype=np.uint8),
        startup=np.zeros(shape, dtype=np.uint8),
        founded=never.copy(),
        startup_cash=np.zeros(shape, dtype=np.int64),
        home=home.astype(np.int32),
        profession=np.ascontiguousarray(np.broadcast_to(profession, shape), dtype=np.uint8),
        ability=np.ascontiguousarray(own.normal(ABILITY)[:, :, 0]) if n_people else np.zeros(shape),
    )
