"""Work space of a block: terms, derived arrays and sums of the month. Nothing here is remembered as truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.ledger import FLOWS
from diffusion.engine.terms import Terms, as_term
from diffusion.mechanisms.burden import burden
from diffusion.mechanisms.capacity import Share
from diffusion.mechanisms.exposure import NO_TRANSFER, Field, Transfers
from diffusion.mechanisms.finance import finance_ratio
from diffusion.mechanisms.moves import FLOW_NAMES

if TYPE_CHECKING:
    from diffusion.engine.state import Block
    from diffusion.mechanisms.model import Model

#: months between a quarter and its publication on the scorecard
PUBLICATION_LAG_MONTHS = 24


class TermArrays(NamedTuple):
    """The terms that kernels read, each shaped (1 or R, 1 or N, 1 or K)."""

    awareness_push: np.ndarray
    triage_push: np.ndarray
    rollout_push: np.ndarray
    utility: np.ndarray
    risk_aversion: np.ndarray
    member_ties: np.ndarray
    champion_stock: np.ndarray
    champion_effect: np.ndarray
    programme_pilot: np.ndarray
    mandate: np.ndarray
    priority: np.ndarray
    paid_load: np.ndarray
    facilitation: np.ndarray
    facilitated: np.ndarray
    pilot_limit: np.ndarray
    upfront_subsidy: np.ndarray


class Derived(NamedTuple):
    """What follows from the terms, computed anew only when one of them changes."""

    triage_factor: np.ndarray  # exp(bS align) * B^-exponent
    burden: np.ndarray
    burden_factor: np.ndarray  # B^-exponent of T4
    work_rate: np.ndarray  # 1 / (D_E * B), per month
    alignment: np.ndarray
    finance: np.ndarray  # f
    monitoring_withdrawn: np.ndarray  # 1 where monitoring was on and is off


@dataclass
class Space:
    """Arrays that are refilled every month."""

    terms: Terms
    field: Field
    share: Share
    arrays: TermArrays
    derived: Derived
    transfers: Transfers
    gap: np.ndarray  # float64[1 or R, 1, K], bG * gap
    money: np.ndarray  # int64[R, flows], pence this month
    flows: np.ndarray  # int64[R, moves], this month
    blocked: np.ndarray  # int64[R, 5]: money, limit, time, burden, support
    tally: np.ndarray  # int64[R, 3]: use, patients, pairs in use
    mean_rollout: np.ndarray  # float64[R, K]
    published: list[np.ndarray] = field(default_factory=list)
    monitored_before: np.ndarray = field(default_factory=lambda: np.zeros((1, 1, 1), dtype=bool))
    active: dict[str, float] = field(default_factory=dict)


def make_space(model: Model, block: Block) -> Space:
    """Return the work space of ``block`` with neutral terms."""
    r, n, k = block.pairs.stage.shape
    columns = model.net.n_columns
    counting = model.scalars.activity.counting
    some = (r, k, n) if counting else (1, 1, 1)
    field_ = Field(
        activity=np.zeros((r, k, n), dtype=np.int64),
        group_activity=np.zeros((r, k, columns), dtype=np.int64),
        group_use=np.zeros((r, k, columns), dtype=np.int64),
        adopting=np.zeros(some, dtype=np.int64),
        group_adopting=np.zeros((r, k, columns) if counting else (1, 1, 1), dtype=np.int64),
        national=np.zeros((r, k)),
        highest=np.zeros((r, k)),
    )
    share = Share(np.ones((r, n, k)), *(np.zeros((r, n)) for _ in range(5)))
    terms = Terms(r)
    terms.compile()
    space = Space(
        terms=terms, field=field_, share=share, arrays=term_arrays(terms), derived=None, transfers=NO_TRANSFER,  # type: ignore[arg-type]
        gap=np.zeros((1, 1, 1)), money=np.zeros((r, len(FLOWS)), dtype=np.int64),
        flows=np.zeros((r, len(FLOW_NAMES)), dtype=np.int64), blocked=np.zeros((r, 5), dtype=np.int64),
        tally=np.zeros((r, 3), dtype=np.int64), mean_rollout=np.zeros((r, k)),
    )  # fmt: skip
    space.derived = derive(model, block, space, None)
    block.work["space"] = space
    return space


def term_arrays(terms: Terms) -> TermArrays:
    """Return the compiled terms as the kernels take them."""
    return TermArrays(*(terms.value(name) for name in TermArrays._fields))


_ALIGNMENT = {"alignment"}
_BURDEN = {"burden", "burden_risk", "price_agreed", "standard_terms"}
_FINANCE = {"upfront_subsidy", "payment_share", "horizon_months"}


def derive(model: Model, block: Block, space: Space, changed: set[str] | None) -> Derived:
    """Return the derived arrays, recomputing those whose terms are in ``changed`` (None: all)."""
    p, terms, old = model.parameters, space.terms, space.derived

    def stale(names: set[str]) -> bool:
        return changed is None or bool(changed & names)

    alignment = old.alignment if not stale(_ALIGNMENT) else terms.value("alignment") + model.digital_alignment
    load = old.burden if not stale(_BURDEN) else np.ascontiguousarray(burden(model.world, p.burden, terms))
    if stale(_ALIGNMENT | _BURDEN):
        triage = np.exp(p.triage.alignment_weight * alignment) * load**-p.triage.burden_exponent
    else:
        triage = old.triage_factor
    burden_factor = old.burden_factor if not stale(_BURDEN) else load**-p.pilot.burden_exponent
    work_rate = old.work_rate if not stale(_BURDEN | {"evaluation_time", "mandate"}) else _work_rate(model, load, terms)
    finance = (
        old.finance if not stale(_FINANCE) else finance_ratio(model.world, p.finance, block.attributes, terms)
    )
    withdrawn = old.monitoring_withdrawn if changed is not None else as_term(0.0)
    if stale({"monitoring"}):
        now = terms.value("monitoring") > 0
        space.monitored_before = space.monitored_before | now
        withdrawn = as_term(space.monitored_before & ~now)
    return Derived(
        np.ascontiguousarray(triage), load, np.ascontiguousarray(burden_factor), work_rate,
        np.ascontiguousarray(alignment), finance, withdrawn,
    )  # fmt: skip


def _work_rate(model: Model, load: np.ndarray, terms: Terms) -> np.ndarray:
    """``1 / (D_E B)``, with evaluation time shortened by levers and halved under a mandate."""
    months = model.world.innovations.evaluation_months * terms.value("evaluation_time")
    months = months * (1.0 - 0.5 * terms.value("mandate"))
    with np.errstate(divide="ignore"):
        return np.ascontiguousarray(1.0 / (months * load))


def transfers_of(space: Space) -> Transfers:
    """Return the transfer ties of the levers; with several levers the ties stand side by side, weights add to at most 1."""
    parts = space.terms.transfers()
    if not parts:
        return NO_TRANSFER
    if len(parts) == 1:
        return Transfers(parts[0].targets, parts[0].weight)
    rows = max(part.targets.shape[0] for part in parts)
    n = max(part.targets.shape[1] for part in parts)
    targets = [np.broadcast_to(part.targets, (rows, n, part.targets.shape[2])) for part in parts]
    weight = sum(np.broadcast_to(part.weight, (rows, n)) for part in parts)
    return Transfers(np.ascontiguousarray(np.concatenate(targets, axis=2)), np.ascontiguousarray(np.minimum(1.0, weight)))


