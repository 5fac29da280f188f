"""Work space of a block: terms, what follows from them, and the frame that the kernels read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.array_pool import zeros
from diffusion.engine.kernels.frame import Frame
from diffusion.engine.kernels.frame_fields import FIELDS
from diffusion.engine.stages import N_STAGES
from diffusion.engine.terms import Terms
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.mechanisms.responses import check_values, own_response
from diffusion.mechanisms.scorecard_gap import make_gaps, set_published
from diffusion.month.derived import take_terms
from diffusion.month.hooks import NO_OVERRIDE
from diffusion.month.recorder import BLOCKED, make_record, set_record

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model


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
    parts = (block.pairs, block.units, block.attributes, block.counters, block.lists, block.people, block.companies)
    for part in (*parts, model.net, model.reach, model.tables):
        for name, value in part._asdict().items():
            # what is born has a key and a month of its own in every replicate
            if name in FIELDS and not (part is model.tables and name in ("live", "innovation_keys")):
                f[name] = value
    f["born"] = np.zeros(r, dtype=np.uint8)
    f["appointing"] = np.zeros((r, model.n_people), dtype=np.uint8)
    f["person_deals"] = np.ones((r, model.n_people))
    for name, value in model.numbers.items():
        f[name] = value
    own = own_response(model.parameters.exposure.response)
    f["own_response"] = 0 if own is None else own.address  # of this process, so that no model holds it
    f["response_low"], f["response_high"] = (0.0, 1.0) if own is None else (own.low, own.high)
    f["response_fault"] = np.zeros((r, 6))
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
    f["money"] = np.zeros((r, len(model.flows)), dtype=np.int64)
    f["flows"] = np.zeros((r, len(FLOW_NAMES)), dtype=np.int64)
    f["blocked"] = np.zeros((r, len(BLOCKED)), dtype=np.int64)
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
    space = Space(Terms((r, n, k), model.world.share, model.flows), f)
    set_transfers(space)
    block.space = space
    take_terms(model, block)
    set_published(f, space.terms, space.published, model.calendar(block.month))
    missing = f.missing()
    if missing:
        raise RuntimeError(f"frame fields not set: {', '.join(missing)}")
    return space


def check_response(model: Model, block: Block) -> None:
    """Raise InputError if a response of a user's gave what is no response in this month."""
    if block.space.frame.number("own_response"):
        name = model.parameters.exposure.response
        check_values(block.space.frame, name, model.world, model.calendar(block.month))


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
