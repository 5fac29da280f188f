"""Work space of a block: terms, what follows from them, and the frame that the kernels read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.array_pool import zeros
from diffusion.engine.frame import Frame
from diffusion.engine.frame_fields import FIELDS
from diffusion.engine.ledger import FLOWS
from diffusion.engine.stages import N_STAGES
from diffusion.engine.terms import TERMS, Terms, as_term
from diffusion.mechanisms.burden import burden
from diffusion.mechanisms.finance import finance_ratio
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.mechanisms.scorecard_gap import make_gaps, set_published
from diffusion.mechanisms.screens import highest_by_ahsn
from diffusion.month.hooks import NO_OVERRIDE
from diffusion.month.recorder import make_record, set_record

if TYPE_CHECKING:
    from diffusion.engine.state import Block
    from diffusion.month.compiled import Model

#: terms that kernels read directly
FRAME_TERMS = tuple(name for name in TERMS if f"x_{name}" in FIELDS)


@dataclass
class Space:
    """Terms, frame and sums of the month; nothing here is remembered as truth except what the lever room holds."""

    terms: Terms
    frame: Frame
    published: list[np.ndarray] = field(default_factory=list)
    monitored_before: np.ndarray = field(default_factory=lambda: np.zeros((1, 1, 1), dtype=bool))
    active: dict[str, float] = field(default_factory=dict)
    #: factors on people's deals that the frame holds
    mentoring: list[np.ndarray] = field(default_factory=list)
    #: of terms that screens read: the base that was seen last, and its highest values by AHSN
    tops: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    @property
    def address(self) -> int:
        return self.frame.address


def make_space(model: Model, block: Block) -> Space:
    """Return the work space of ``block`` with neutral terms and a complete frame."""
    r, n, k = block.pairs.stage.shape
    f = Frame()
    f["seed"], f["month"], f["replicates"] = block.seed, block.month, block.replicates
    f["first"], f["last"] = 0, r
    own = (block.pairs, block.units, block.attributes, block.counters, block.lists, block.people, block.companies)
    for part in (*own, model.net, model.reach, model.tables):
        for name, value in part._asdict().items():
            # what is born has a key and a month of its own in every replicate
            if name in FIELDS and not (part is model.tables and name in ("live", "innovation_keys")):
                f[name] = value
    f["born"] = np.zeros(r, dtype=np.uint8)
    f["appointing"] = np.zeros((r, model.n_people), dtype=np.uint8)
    f["person_deals"] = np.ones((r, model.n_people))
    for name, value in model.numbers.items():
        f[name] = value
    columns = model.net.n_columns
    counting = bool(model.numbers["counting"])
    f["activity"] = zeros((r, k, n), dtype=np.int32)
    f["group_activity"] = zeros((r, k, columns), dtype=np.int64)
    f["group_use"] = zeros((r, k, columns), dtype=np.int64)
    f["adopting"] = zeros((r, k, n) if counting else (1, 1, 1), dtype=np.int32)
    f["group_adopting"] = zeros((r, k, columns) if counting else (1, 1, 1), dtype=np.int64)
    for name in ("national", "highest", "belief_mean", "belief_sd", "triage_bound", "mean_rollout"):
        f[name] = np.zeros((r, k))
    # unlimited change time: all slack, and every pair is granted all it needs from the start
    f["slack"] = np.full((r, n), 1.0 if model.parameters.capacity.unlimited else 0.0)
    for name in ("screen_awareness", "screen_triage", "screen_rollout"):
        f[name] = zeros((r, len(model.reach.reach_column), k))
    f["risk_aversion_most"] = np.ascontiguousarray(block.attributes.risk_aversion.max(axis=1, initial=0.0))
    f["ics"] = np.ascontiguousarray(model.world.trusts.ics, dtype=np.int64)
    f["screen_leave"], f["screen_lapse"] = np.zeros((r, k)), np.zeros((r, k))
    for name in ("available", "needed", "used", "lent"):
        f[name] = np.zeros((r, n))
    f["money"] = np.zeros((r, len(FLOWS)), dtype=np.int64)
    f["flows"] = np.zeros((r, len(FLOW_NAMES)), dtype=np.int64)
    f["blocked"] = np.zeros((r, 5), dtype=np.int64)
    f["tally"] = np.zeros((r, 3), dtype=np.int64)
    for name in FIELDS:
        if name.startswith("o_"):
            f[name] = NO_OVERRIDE
    f["s_trust"], f["s_trust_int"] = np.zeros((5, n)), np.zeros((2, n), dtype=np.int64)
    f["s_innovation"], f["s_innovation_int"] = np.zeros(k), np.zeros((2, k), dtype=np.int64)
    f["s_screen"], f["s_water"], f["s_person"] = np.zeros((3, k)), np.zeros((2, k)), np.zeros(model.n_people)
    f["s_stage"], f["s_pair"] = np.zeros(N_STAGES, dtype=np.int64), zeros((n * k,), np.int64)
    f["s_load"], f["s_draw"] = zeros((n * k,)), zeros((n * k,))
    set_record(f, make_record(block, 0, 0, 0))
    for name, value in make_gaps(r, n, len(model.reach.reach_column), k).items():
        f[name] = value
    f["publishing"] = f["published_month"] = 0
    f["placing"] = f["winter"] = f["april"] = f["appoints"] = 0
    f["peer_unit"] = f["t9_month_units"] = 0.0
    space = Space(Terms((r, n, k)), f)
    set_transfers(space)
    take_terms(model, block, space)
    set_published(space, model.calendar(block.month))
    missing = f.missing()
    if missing:
        raise RuntimeError(f"frame fields not set: {', '.join(missing)}")
    block.work["space"] = space
    return space


def take_terms(model: Model, block: Block, space: Space) -> None:
    """Combine the terms that changed, and compute anew what follows from them."""
    first = "burden" not in space.frame
    changed = space.terms.compile()
    for name in FRAME_TERMS:
        if name not in changed:
            continue
        if TERMS[name].by_ahsn:
            space.frame[f"x_{name}"] = space.terms.by_ahsn(name)
            space.frame[f"y_{name}"] = space.terms.value(name)
        else:
            space.frame[f"x_{name}"] = space.terms.value(name)
    if space.frame["born"].any():  # costs are new
        changed = changed | {"upfront_subsidy"}
        space.frame["born"][:] = 0
    if "placement" in changed:
        space.frame["placing"] = bool(space.terms.value("placement").any())
    if changed or first:
        _derive(model, block, space, changed, first)


def _derive(model: Model, block: Block, space: Space, changed: set[str], first: bool) -> None:
    """Write the derived arrays whose terms changed into the frame."""
    p, terms, f = model.parameters, space.terms, space.frame

    def stale(*names: str) -> bool:
        return first or not changed.isdisjoint(names)

    align, burdens = stale("alignment"), stale("burden", "burden_risk", "price_agreed", "standard_terms")
    if align:
        f["alignment"] = np.ascontiguousarray(np.clip(terms.value("alignment") + model.digital_alignment, -1.0, 1.0))
        f["align_factor"] = np.exp(p.triage.alignment_weight * f["alignment"])
    if burdens:
        load, f["burden_row"] = burden(model.world, p.burden, terms)
        f["burden"] = np.ascontiguousarray(load)
        f["burden_factor"] = np.ascontiguousarray(load**-p.pilot.burden_exponent)
        same = p.triage.burden_exponent == p.pilot.burden_exponent
        f["burden_triage"] = f["burden_factor"] if same else np.ascontiguousarray(load**-p.triage.burden_exponent)
        trusts = np.bincount(f["burden_row"], minlength=load.shape[1]) / model.world.n_trusts
        f["mean_burden"] = np.ascontiguousarray((load * trusts[:, None]).sum(axis=1, keepdims=True))
    if stale("upfront_subsidy", "payment_share", "horizon_months"):
        f["finance"] = finance_ratio(model.world, p.finance, block.attributes, terms)
        f["rollout_factor"] = np.exp(p.pilot.finance_weight * f["finance"])
        f["steady_factor"] = np.exp(-p.abandonment.finance_weight * f["finance"])
    if stale("monitoring"):
        now = terms.value("monitoring") > 0
        space.monitored_before = space.monitored_before | now
        f["monitoring_withdrawn"] = as_term(space.monitored_before & ~now)
    if stale("priority"):
        # trusts with a pair whose priority is not 1 even without a mandate, (1 or R, 1 or N, 1)
        prefers = (terms.value("priority") != 1.0).any(axis=2, keepdims=True)
        f["preferring"] = np.ascontiguousarray(prefers, dtype=np.uint8)
    _bound(model, space, stale)


def _bound(model: Model, space: Space, stale: Callable[..., bool]) -> None:
    """Write what the screens read: the highest values of terms among the members of each AHSN."""
    ahsn, terms, f = model.tables.ahsn, space.terms, space.frame
    for name in ("awareness_push", "triage_push", "rollout_push"):
        if stale(name):
            own, grouped = _highest(space, name, ahsn), terms.by_ahsn(name)
            f[f"top_{name}"] = grouped if own.size == 1 and own[0, 0, 0] == 0.0 else np.ascontiguousarray(grouped + own)
    if stale("burden", "burden_risk", "price_agreed", "standard_terms"):
        for name in ("burden_factor", "burden_triage"):
            f[f"top_{name}"] = np.ascontiguousarray(f[name].max(axis=1, keepdims=True))
    if stale("alignment"):
        f["top_align_factor"] = highest_by_ahsn(f["align_factor"], ahsn)
    if stale("upfront_subsidy", "payment_share", "horizon_months"):
        f["top_rollout_factor"] = highest_by_ahsn(f["rollout_factor"], ahsn)
    for name in ("member_ties", "exposure", "scorecard_gap"):
        if stale(name):
            f[f"top_{name}"] = _highest(space, name, ahsn)
    if stale("utility"):
        low, high = terms.combined("utility").extremes()
        f["utility_top"], f["utility_low"] = max(0.0, high), min(0.0, low)
    if stale("risk_aversion"):
        f["risk_aversion_top"] = float(terms.value("risk_aversion").max())
    if stale("founding"):
        f["founding_top"] = float(terms.value("founding").max())
    if stale("scorecard_gap"):  # one weight stands for all innovations
        f["top_scorecard_gap"] = np.ascontiguousarray(f["top_scorecard_gap"].max(axis=2, keepdims=True))
    if stale("champion_effect"):
        f["champion_effect_top"] = float(np.exp(max(0.0, terms.combined("champion_effect").extremes()[1])))


def _highest(space: Space, name: str, ahsn: np.ndarray) -> np.ndarray:
    """Return upper bounds of a term (its part by trust) by AHSN; of what did not change they are kept."""
    term = space.terms.combined(name)
    kept = space.tops.get(name)
    if kept is None or kept[0] is not term.base:
        kept = space.tops[name] = (term.base, highest_by_ahsn(term.base, ahsn))
    top = kept[1]
    if not term.single:
        return top
    shape = term.value.shape[0], int(ahsn.max()) + 1, term.value.shape[2]
    out = np.empty(shape)
    out[:] = top
    for part in term.single:
        assert part.pairs is not None
        r, i, k = part.pairs
        np.maximum.at(out.reshape(-1), (r * shape[1] + ahsn[i]) * shape[2] + k, term.value.reshape(-1)[part.flat])
    return out


def set_transfers(space: Space) -> None:
    """Take the transfer ties of the levers; with several levers ties stand side by side, weights add to at most 1."""
    parts = space.terms.transfers()
    targets, weight = np.full((1, 1, 1), -1, dtype=np.int32), np.zeros((1, 1))
    if len(parts) == 1:
        targets, weight = parts[0].targets, parts[0].weight
    elif parts:
        rows, n = max(part.targets.shape[0] for part in parts), max(part.targets.shape[1] for part in parts)
        side = [np.broadcast_to(part.targets, (rows, n, part.targets.shape[2])) for part in parts]
        targets = np.ascontiguousarray(np.concatenate(side, axis=2))
        weight = np.minimum(1.0, sum(np.broadcast_to(part.weight, (rows, n)) for part in parts))
    space.frame["transfer_to"], space.frame["transfer_weight"] = targets, np.ascontiguousarray(weight)
    space.frame["transfer_top"] = float(weight.max())
    space.terms.transfer_changed = False
