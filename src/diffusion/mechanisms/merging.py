"""What becomes of the state where trusts merge, close or open: rules of joining, pair by pair and unit by unit.

A pair of the whole stands where the part of it that has come furthest stands: unaware, has found no use, aware,
rejected, abandoned, evaluating, pilot, adopted. It has a use for the innovation if a part has. With ``need_p`` the need
of the parts that have a use, and r and u rollout and use of those that adopted (0 of others)::

    need = sum need_p      r = sum need_p r_p / need      u = sum need_p u_p / need

so that patients reached are what they were. The whole is SUSTAINED if all parts with a use are, and in ROLLOUT if only
some have adopted: rollout goes on from its share of the need. Dates, work done and what waits are those of the part
that leads: the furthest one, of equal ones the row that carries on, then the largest. Funds and change time add up;
absorptive capacity, risk aversion and innovativeness are means by staff. National and board's evidence stay. People go
with their trust. A trust that closes without a successor takes its fund with it, and its people leave. A trust that
opens in the month in which others merge into it is made of them: it draws nothing of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.stages import (
    ABANDONED,
    ADOPTER_STAGES,
    AWARE,
    EVALUATING,
    INELIGIBLE,
    N_STAGES,
    NO_USE,
    PILOT,
    REJECTED,
    ROLLOUT,
    SUSTAINED,
    UNAWARE,
    USING_STAGES,
)
from diffusion.engine.state import NEVER
from diffusion.mechanisms.moves import EVER_ADOPTED, NEED_BEGUN, NEED_BEGUN_COHORT, USING, USING_COHORT
from diffusion.mechanisms.use import PATIENT_ONE

if TYPE_CHECKING:
    from diffusion.engine.state import Attributes, Pairs, State, Units
    from diffusion.mechanisms.supply.companies import Companies
    from diffusion.mechanisms.supply.people import People
    from diffusion.world.tables import World

#: stages from the first to the furthest
ORDER = (INELIGIBLE, UNAWARE, NO_USE, AWARE, REJECTED, ABANDONED, EVALUATING, PILOT, ROLLOUT, SUSTAINED)
#: the reason of a change of stage that a merger makes, in the list of events
MERGER = "merger"
_RANK = np.array([ORDER.index(stage) for stage in range(N_STAGES)])
_UNDER_WAY = (EVALUATING, *USING_STAGES)
#: of the part that leads; all else of a pair is said in :func:`_join_pairs`
_OF_LEAD = ("since", "rollout_since", "work", "waiting", "programme", "money_ended", "granted")


class Joining(NamedTuple):
    """What changes between two standings of a world."""

    step: Longs  # int64[N], where the trusts that were there go on, -1 for those that close, the row itself for others
    parts: tuple[Longs, ...]  # of each merged trust: rows in their order, the one that carries on first
    into: tuple[int, ...]  # the row of each merged trust: that of its first part, or one that opens with it
    gone: Longs  # rows that were there and are so no longer
    opened: Longs  # rows that were not there before, and have no parts


def joining_of(before: World, after: World) -> Joining:
    """Return what changes from one standing of a world to another; the order of parts is not that of rows."""
    rows = np.arange(before.n_trusts)
    there, now = before.present, after.present
    carries = rows if after.carries is None else after.carries
    step = np.where(there, carries, rows)
    staff, keys = before.trusts.staff_fte, before.trusts.keys
    parts, into = [], []
    opened = now & ~there
    for row in np.flatnonzero(now):
        found = np.flatnonzero(there & (step == row))
        if len(found) > 1 or (len(found) and opened[row]):
            parts.append(found[np.lexsort((keys[found], -staff[found], found != row))])
            into.append(int(row))
    opened[into] = False
    return Joining(step, tuple(parts), tuple(into), rows[there & (step != rows)], rows[opened])


def join_state(
    state: State, people: People, companies: Companies, joining: Joining, before: World, after: World, place: Longs
) -> None:
    """Join the parts of trusts in place; ``place`` is that of the network, for counts of use.

    What opens is blank afterwards but for being UNAWARE: its draws are :func:`open_trusts`' (``month/snapshot.py``).
    """
    pairs, units, attributes = state.pairs, state.units, state.attributes
    goes_on = joining.step >= 0
    adopted = np.isin(pairs.stage[:, goes_on], ADOPTER_STAGES).sum(axis=1, dtype=np.int64)
    for row, rows in zip(joining.into, joining.parts):
        staff = before.trusts.staff_fte[rows]
        _join_pairs(pairs, row, rows, before.eligible[rows], staff, place)
        _join_units(units, attributes, row, rows, staff)
    for row in joining.gone:
        _blank(pairs, units, attributes, int(row), int(place[row]))
    for row in joining.opened:
        pairs.stage[:, row] = np.where(after.eligible[row], UNAWARE, INELIGIBLE)
    people.home[:] = np.where(goes_on[people.home], joining.step[people.home], people.home)
    # a merger is no loss of customers, and closing is: companies look at how many adopters they had a year ago
    lost = adopted - np.isin(pairs.stage, ADOPTER_STAGES).sum(axis=1, dtype=np.int64)
    companies.adopters_before[:] = np.maximum(0, companies.adopters_before - lost[:, None, :])


def _mean(values: np.ndarray, weight: Floats, counted: Bools) -> Floats:
    """Return the mean over parts (axis 1) of those ``counted``; what is equal in all of them is so to the bit."""
    weight = np.where(counted, weight, 0.0)
    sums = np.zeros(values[:, 0].shape)
    total = np.zeros(values[:, 0].shape)
    for part in range(values.shape[1]):
        sums += weight[:, part] * values[:, part]
        total += weight[:, part]
    mean = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    low = np.where(counted, values, np.inf).min(axis=1)
    high = np.where(counted, values, -np.inf).max(axis=1)
    return np.asarray(np.where(low <= high, np.clip(mean, low, np.maximum(low, high)), 0.0))


def _join_pairs(pairs: Pairs, row: int, rows: Longs, eligible: Bools, staff: Floats, place: Longs) -> None:
    """Join the pairs of the trusts ``rows`` (the one that carries on first) in ``row``; ``eligible`` is bool[P, K]."""
    stage = pairs.stage[:, rows]
    useless = pairs.no_use[:, rows] > 0
    able = eligible & ~useless
    counts = np.where(able.any(axis=1, keepdims=True), able, eligible)
    lead = _RANK[stage].argmax(axis=1)[:, None]
    adopting = np.isin(stage, ADOPTER_STAGES)
    need = np.where(counts, pairs.need[:, rows], 0.0)
    total = np.zeros(need[:, 0].shape)
    for part in range(len(rows)):
        total += need[:, part]
    by_staff = np.where(staff.sum() > 0, staff, 1.0)[None, :, None]
    weight = np.where((total > 0)[:, None], need, by_staff)

    furthest = np.take_along_axis(stage, lead, axis=1)[:, 0]
    furthest = np.where((furthest == NO_USE) & able.any(axis=1), AWARE, furthest)
    all_sustain = (np.where(counts, stage == SUSTAINED, True)).all(axis=1)
    any_adopts = adopting.any(axis=1)
    new = np.where(any_adopts, np.where(all_sustain, SUSTAINED, ROLLOUT), furthest)
    for name in _OF_LEAD:
        values = getattr(pairs, name)
        values[:, row] = np.take_along_axis(values[:, rows], lead, axis=1)[:, 0]
    full = np.where(counts, pairs.full_since[:, rows], np.iinfo(np.int16).min).max(axis=1)
    pairs.full_since[:, row] = np.where(any_adopts, full, NEVER)
    pairs.rollout[:, row] = _mean(pairs.rollout[:, rows], weight, counts)
    pairs.use[:, row] = _mean(pairs.use[:, rows], weight, counts)
    pairs.engagement[:, row] = _mean(pairs.engagement[:, rows], weight, adopting)
    own = pairs.champion[:, rows] > 0
    pairs.champion[:, row] = own.any(axis=1) & np.isin(new, _UNDER_WAY)
    for name in ("ever", "begun"):
        getattr(pairs, name)[:, row] = getattr(pairs, name)[:, rows].max(axis=1)
    pairs.no_use[:, row] = useless.any(axis=1) & ~able.any(axis=1)
    pairs.need[:, row] = total
    months = pairs.use_months[:, :, place[rows]].transpose(0, 2, 1)
    pairs.use_months[:, :, place[row]] = np.rint(_mean(months, weight, counts)).astype(np.int32)
    pairs.stage[:, row] = new


def _join_units(units: Units, attributes: Attributes, row: int, rows: Longs, staff: Floats) -> None:
    units.fund[:, row] = units.fund[:, rows].sum(axis=1)
    time = np.zeros(len(units.fund))
    for part in rows:
        time += attributes.capacity_wte[:, part]
    attributes.capacity_wte[:, row] = time
    weight = np.where(staff.sum() > 0, staff, 1.0)[None, :]
    everybody = np.ones((1, len(rows)), dtype=bool)
    for values in (units.absorptive, attributes.risk_aversion, attributes.innovativeness):
        values[:, row] = _mean(values[:, rows], np.broadcast_to(weight, values[:, rows].shape), everybody)
    # exp of the mean innovativeness, since it is exp of innovativeness in every trust
    with np.errstate(divide="ignore"):
        logs = np.log(attributes.awareness_factor[:, rows])
    attributes.awareness_factor[:, row] = np.exp(_mean(logs, np.broadcast_to(weight, logs.shape), everybody))


def _blank(pairs: Pairs, units: Units, attributes: Attributes, row: int, place: int) -> None:
    """Leave nothing in the row of a trust that is no longer there."""
    for name, values in pairs._asdict().items():
        if name == "use_months":
            values[:, :, place] = 0
        elif name in ("rollout_since", "full_since", "money_ended"):
            values[:, row] = NEVER
        else:
            values[:, row] = 1.0 if name == "granted" else INELIGIBLE if name == "stage" else 0
    units.fund[:, row] = 0
    units.absorptive[:, row] = 1.0
    attributes.capacity_wte[:, row] = attributes.innovativeness[:, row] = attributes.risk_aversion[:, row] = 0.0
    attributes.awareness_factor[:, row] = 1.0


def recount(state: State, world: World, group_columns: Longs, cohort: np.ndarray, n_portfolio: int) -> None:
    """Count anew what every move keeps up to date, from the state as it is."""
    pairs, units, counters = state.pairs, state.units, state.counters
    stage = pairs.stage
    own = stage[:, :, :n_portfolio]
    for number in range(N_STAGES):
        here = stage == number
        counters.by_innovation[:, number] = here.sum(axis=1)
        in_portfolio = (own == number).sum(axis=2)
        for r in range(len(stage)):
            counters.by_group[r, number] = 0
            for columns in group_columns:
                np.add.at(counters.by_group[r, number], columns, in_portfolio[r].astype(np.int32))
    using = np.isin(stage, USING_STAGES)
    counters.adopters_by_trust[:] = np.isin(own, ADOPTER_STAGES).sum(axis=2)
    counters.pilots_by_trust[:] = (stage == PILOT).sum(axis=2)
    counters.using_by_trust[:] = using.sum(axis=2)
    counters.cohort_by_trust[:] = using[:, :, cohort != 0].sum(axis=2)
    totals = counters.totals
    totals[:, USING] = (counters.using_by_trust > 0).sum(axis=1)
    totals[:, USING_COHORT] = (counters.cohort_by_trust > 0).sum(axis=1)
    totals[:, EVER_ADOPTED] = (pairs.ever > 0).sum(axis=(1, 2))
    need = np.where(pairs.begun > 0, np.rint(pairs.need * PATIENT_ONE), 0.0).astype(np.int64)
    totals[:, NEED_BEGUN] = need.sum(axis=(1, 2))
    totals[:, NEED_BEGUN_COHORT] = need[:, :, cohort != 0].sum(axis=(1, 2))
    units.n_with_use[:] = (world.eligible & (pairs.no_use == 0)).sum(axis=1)
