"""What is kept of a run: marginal counts, flows and money by month; it only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.kernels.frame import Frame, frame
from diffusion.engine.kernels.jit import phase_kernel, prefetch, shared
from diffusion.engine.stages import EVALUATING, N_STAGES, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import NEVER, State, at
from diffusion.mechanisms.moves import EVER_ADOPTED, NEED_BEGUN, NEED_BEGUN_COHORT, USING, USING_COHORT
from diffusion.mechanisms.supply import so_far
from diffusion.mechanisms.supply.companies import AWAY, BANKRUPT, IN_UK, NO_COMPANY, RECALLED
from diffusion.mechanisms.supply.people import ABROAD, FAILED, IN_NHS, LAUNCHED, LEFT, NO_STARTUP
from diffusion.mechanisms.use import LEVEL_ONE, PAIRS_IN_USE, PATIENT_ONE, PATIENTS, USE_SUM
from diffusion.month.measures import AT, RECORDED

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

EVENT_DTYPE = np.dtype(
    [
        ("replicate", np.int32),
        ("month", np.int16),
        ("trust", np.int32),
        ("innovation", np.int16),
        ("from_stage", np.uint8),
        ("to_stage", np.uint8),
        ("reason", np.uint8),
    ]
)


def _places(by_state: dict[int, int]) -> tuple[int, ...]:
    """Return the places of measures in the order of the states that they count; -1 for one that none counts."""
    return tuple(by_state.get(state, -1) for state in range(max(by_state) + 1))


_PEOPLE = _places({IN_NHS: AT.people_in_nhs, LEFT: AT.people_left, ABROAD: AT.people_abroad})
_APPOINTED = _places(
    {IN_NHS: AT.people_appointed_in_nhs, LEFT: AT.people_appointed_left, ABROAD: AT.people_appointed_abroad}
)
_FIRST_PENCE, _LAST_PENCE = so_far.RAISED_BY_FELLOWS, so_far.SPENT_BY_FOUNDERS
_COMPANIES = _places({IN_UK: AT.companies_in_uk, AWAY: AT.companies_away, BANKRUPT: AT.companies_failed})
#: measures of running sums, in the order of their places
SO_FAR = (
    AT.people_applied, AT.people_mentored_industry, AT.people_mentored_ahsn, AT.industry_partners,
    AT.raised_by_fellows_gbp, AT.raised_by_founders_gbp, AT.uk_sales_gbp, AT.uk_spending_gbp,
    AT.founders_spending_gbp, AT.companies_left_uk, AT.companies_came_back,
)  # fmt: skip
assert len(SO_FAR) == so_far.PLACES
#: measures of what holds pairs up, in the order in which kernels count it
BLOCKED = (AT.blocked_money, AT.blocked_limit, AT.blocked_time, AT.blocked_burden, AT.blocked_support)


#: fields of a record with an axis of months
_BY_MONTH = ("stage_by_innovation", "stage_by_group", "adopters_by_trust", "flows", "money_pence", "measures")


@dataclass
class Record:
    """Arrays of one block, with the opening state at index 0."""

    stage_by_innovation: np.ndarray  # int32[R, T+1, 10, K]
    stage_by_group: np.ndarray  # int32[R, T+1, 10, G]
    adopters_by_trust: np.ndarray  # int16[R, T+1, N]
    flows: np.ndarray  # int32[R, T+1, moves]
    money_pence: np.ndarray  # int64[R, T+1, flows]
    measures: np.ndarray  # float64[R, T+1, measures], in the order of measures.RECORDED
    benefit: np.ndarray  # float64[R, K], true benefit
    upfront_cost_gbp: np.ndarray  # float64[R, K], per size unit
    with_use: np.ndarray  # int32[R, K], trusts that have a use for it
    end_by_trust: np.ndarray  # int16[R, N, 10], pairs of the portfolio at the end; [0, N, 10] where it is not kept
    by_trust_pence: np.ndarray  # int64[R, N, flows], payments of the run by trust; [0, N, flows] where it is not kept
    events: list[np.ndarray] | None = None

    def part(self, first: int, size: int) -> Record:
        """Return the record of ``size`` replicates from ``first`` on: views, so that nothing is copied at the end."""
        arrays = [getattr(self, item.name)[first : first + size] for item in fields(self) if item.name != "events"]
        return Record(*arrays)

    def empty(self, replicates: int) -> Record:
        """Return a record of this kind for a run of so many replicates, with nothing in it."""
        arrays = [getattr(self, item.name) for item in fields(self) if item.name != "events"]
        empty = [np.zeros((replicates if len(array) else 0, *array.shape[1:]), array.dtype) for array in arrays]
        return Record(*empty)  # type: ignore[arg-type]

    def take(self, other: Record) -> None:
        """Copy what stands in another record of this size; its events are not taken."""
        for item in fields(self):
            if item.name != "events":
                getattr(self, item.name)[...] = getattr(other, item.name)

    def begin_as(self, other: Record, month: int) -> None:
        """Copy another record of this size up to and including ``month``; its events are not taken."""
        for item in fields(self):
            if item.name in _BY_MONTH:
                getattr(self, item.name)[:, : month + 1] = getattr(other, item.name)[:, : month + 1]
            elif item.name != "events":
                getattr(self, item.name)[...] = getattr(other, item.name)

    @classmethod
    def joined(cls, records: Sequence[Record]) -> Record:
        """Return one record of several, in their order (a copy)."""
        names = [item.name for item in fields(cls) if item.name != "events"]
        arrays = [np.concatenate([getattr(record, name) for record in records]) for name in names]
        whole = cls(*arrays)  # type: ignore[arg-type]
        if records[0].events is not None:
            whole.events = [part for record in records for part in record.events or []]
        return whole

    @property
    def monthly(self) -> dict[str, np.ndarray]:
        """Monthly measures by name, float64[R, T+1] each."""
        return {name: self.measures[:, :, index] for index, name in enumerate(AT._fields)}


def make_record(
    block: State, months: int, n_flows: int, n_payments: int, replicates: int | None = None, by_trust: bool = False
) -> Record:
    """Return an empty record for ``months`` months of a run of which ``block`` is a block.

    ``replicates`` is the size of the whole run (default: of the block); :meth:`Record.part` gives blocks their share.
    ``by_trust`` keeps what pages of regions are made from.
    """
    n, k = block.pairs.stage.shape[1:]
    r, t = block.n_replicates if replicates is None else replicates, months + 1
    return Record(
        np.zeros((r, t, N_STAGES, k), dtype=np.int32),
        np.zeros((r, t, N_STAGES, block.counters.by_group.shape[2]), dtype=np.int32),
        np.zeros((r, t, n), dtype=np.int16),
        np.zeros((r, t, n_flows), dtype=np.int32),
        np.zeros((r, t, n_payments), dtype=np.int64),
        np.zeros((r, t, len(RECORDED))),
        np.zeros((r, k)),
        np.zeros((r, k)),
        np.zeros((r, k), dtype=np.int32),
        np.zeros((r if by_trust else 0, n, N_STAGES), dtype=np.int16),
        np.zeros((r if by_trust else 0, n, n_payments), dtype=np.int64),
    )


#: fields of the frame in which the record stands
OUT_FIELDS = ("out_innovation", "out_group", "out_trust", "out_flows", "out_money", "out_monthly", "out_by_trust")


def set_record(frame: Frame, out: Record) -> None:
    """Let the kernel write into ``out`` from now on."""
    frame["out_innovation"], frame["out_group"] = out.stage_by_innovation, out.stage_by_group
    frame["out_trust"], frame["out_flows"] = out.adopters_by_trust, out.flows
    frame["out_money"], frame["out_monthly"] = out.money_pence, out.measures
    frame["out_by_trust"] = out.by_trust_pence


@shared
def _record_people(c: FrameView, r, t):
    """People by where they are, start-ups by state, and innovations live at the end of the month."""
    m = c.out_monthly
    for e in range(c.person_keys.shape[0]):
        m[r, t, _PEOPLE[c.person_status[r, e]]] += 1.0
        m[r, t, AT.people_in_programme] += c.programme_left[r, e] > 0
        m[r, t, AT.people_returned] += c.returned[r, e]
        m[r, t, AT.startups_founded] += c.startup[r, e] != NO_STARTUP
        m[r, t, AT.startups_failed] += c.startup[r, e] == FAILED
        m[r, t, AT.startups_launched] += c.startup[r, e] == LAUNCHED
        kept = np.float64(c.person_status[r, e] == IN_NHS) - np.float64(c.twin_status[r, e] == IN_NHS)
        m[r, t, AT.brain_gain_doctors + c.profession[r, e]] += kept
        m[r, t, AT.people_outside_doctors + c.profession[r, e]] += c.person_status[r, e] != IN_NHS
        m[r, t, AT.people_followed_doctors + c.profession[r, e]] += 1.0
        m[r, t, AT.people_left_doctors + c.profession[r, e]] += c.person_status[r, e] == LEFT
        m[r, t, AT.people_returned_doctors + c.profession[r, e]] += c.returned[r, e]
        m[r, t, AT.startups_founded_doctors + c.profession[r, e]] += c.startup[r, e] != NO_STARTUP
        if c.appointed[r, e] != NEVER:
            m[r, t, AT.people_appointed] += 1.0
            m[r, t, AT.people_appointed_outside] += c.was_outside[r, e]
            m[r, t, _APPOINTED[c.person_status[r, e]]] += 1.0
    for k in range(c.company.shape[1]):
        m[r, t, AT.innovations_live] += c.live[r, k] < t


@shared
def _record_companies(c: FrameView, r, t):
    """Companies by state at the end of the month."""
    for k in range(c.company.shape[1]):
        if c.company[r, k] != NO_COMPANY:
            c.out_monthly[r, t, _COMPANIES[c.company[r, k]]] += 1.0


@shared
def _record_born(c: FrameView, r, t):
    """What innovations born so far add to pairs that ever adopted and to use: shares are of the portfolio alone."""
    ever, level_sum = np.int64(0), np.int64(0)
    for k in range(c.n_portfolio, c.stage.shape[2]):
        if c.live[r, k] > t:  # an empty slot
            continue
        for i in range(c.stage.shape[1]):
            ever += c.ever[r, i, k]
            level_sum += np.int64(np.rint(c.use[r, i, k] * LEVEL_ONE))
    c.out_monthly[r, t, AT.ever_adopters_born] = ever
    c.out_monthly[r, t, AT.use_sum_born] = level_sum / LEVEL_ONE


@phase_kernel
def record_month(address):
    """Copy the state at the end of the month into the record; where each measure stands says ``measures.AT``."""
    c = frame(address)
    t = c.month
    for r in range(c.first, c.last):
        following = min(r + 1, c.last - 1)  # its rows are new to the cache
        for i in range(0, c.out_trust.shape[2], 32):
            prefetch(c.out_trust, following, t, i)
        for n in range(0, c.out_monthly.shape[2], 8):
            prefetch(c.out_monthly, following, t, n)
        for n in range(0, c.out_flows.shape[2], 16):
            prefetch(c.out_flows, following, t, n)
        adopters, pilots = np.int64(0), np.int64(0)
        for stage in range(c.by_innovation.shape[1]):
            for k in range(c.by_innovation.shape[2]):
                number = c.by_innovation[r, stage, k]
                c.out_innovation[r, t, stage, k] = number
                if stage == PILOT:
                    pilots += number
                elif stage == ROLLOUT or stage == SUSTAINED:
                    adopters += number
            for g in range(c.by_group.shape[2]):
                c.out_group[r, t, stage, g] = c.by_group[r, stage, g]
        available, needed, used, lent, fund = 0.0, 0.0, 0.0, 0.0, np.int64(0)
        kept, counted = c.out_trust[r, t], c.adopters_by_trust[r]
        for i in range(counted.shape[0]):
            kept[i] = counted[i]
        funds = c.fund[r]
        for i in range(funds.shape[0]):
            fund += funds[i]
        if not c.unlimited:
            for i in range(c.available.shape[1]):
                available += c.available[r, i]
                needed += c.needed[r, i]
                used += c.used[r, i]
                lent += c.lent[r, i]
        for flow in range(c.flows.shape[1]):
            c.out_flows[r, t, flow] = c.flows[r, flow]
        if c.records_money:  # the record was zero before
            for payment in range(c.money.shape[1]):
                c.out_money[r, t, payment] = c.money[r, payment]
        with_use, enrolled = np.int64(0), np.int64(0)
        for k in range(c.n_portfolio):
            with_use += c.n_with_use[r, k]
        if c.enrolling:
            for i in range(c.stage.shape[1]):
                for k in range(c.stage.shape[2]):
                    enrolled += at(c.x_enrolled, r, i, k) > 0.0
        evidence, known, recalled = 0.0, 0, 0
        for k in range(c.evidence.shape[1]):
            if k < c.n_portfolio or c.live[r, k] <= c.month:  # what is not born stands for nothing
                evidence += c.evidence[r, k]
                known += 1
            recalled += c.recalled[r, k] == RECALLED
        m = c.out_monthly
        m[r, t, AT.organisations_using] = c.totals[r, USING]
        m[r, t, AT.organisations_using_cohort] = c.totals[r, USING_COHORT]
        m[r, t, AT.pairs_using] = adopters + pilots
        m[r, t, AT.adopters] = adopters
        m[r, t, AT.pilots] = pilots
        m[r, t, AT.ever_adopters] = c.totals[r, EVER_ADOPTED]
        m[r, t, AT.pairs_in_use] = c.tally[r, PAIRS_IN_USE]
        m[r, t, AT.pairs_with_use] = with_use
        m[r, t, AT.pairs_enrolled] = enrolled
        m[r, t, AT.use_sum] = c.tally[r, USE_SUM] / LEVEL_ONE
        m[r, t, AT.patients_benefiting] = c.tally[r, PATIENTS] / PATIENT_ONE
        m[r, t, AT.capacity_available_wte] = available
        m[r, t, AT.capacity_needed_wte] = needed
        m[r, t, AT.capacity_used_wte] = used
        m[r, t, AT.capacity_lent_wte] = lent
        for reason in range(len(BLOCKED)):
            m[r, t, BLOCKED[reason]] = c.blocked[r, reason]
        m[r, t, AT.fund_gbp] = fund / 100.0
        m[r, t, AT.evidence_mean] = evidence / max(1, known)
        m[r, t, AT.recalled] = recalled
        under_way = pilots
        for k in range(c.by_innovation.shape[2]):
            under_way += c.by_innovation[r, EVALUATING, k] + c.by_innovation[r, ROLLOUT, k]
        m[r, t, AT.pairs_under_way] = under_way
        m[r, t, AT.need_begun] = c.totals[r, NEED_BEGUN] / PATIENT_ONE
        m[r, t, AT.need_begun_cohort] = c.totals[r, NEED_BEGUN_COHORT] / PATIENT_ONE
        for place in range(len(SO_FAR)):
            pence = _FIRST_PENCE <= place <= _LAST_PENCE
            m[r, t, SO_FAR[place]] = c.so_far[r, place] / (100.0 if pence else 1.0)
        if c.n_portfolio < c.stage.shape[2]:
            _record_born(c, r, t)
        if c.supply:
            _record_people(c, r, t)
        if c.trading:
            _record_companies(c, r, t)
