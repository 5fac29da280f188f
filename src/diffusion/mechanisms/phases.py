"""What each phase of a month does: calls of the kernels on a block. The list of phases stands in ``simulation``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import Draws
from diffusion.engine.hooks import Hooks
from diffusion.engine.state import Block
from diffusion.engine.view import View
from diffusion.mechanisms import abandonment as t7
from diffusion.mechanisms import awareness as t1
from diffusion.mechanisms import beliefs, capacity, exposure, finance, moves, starts
from diffusion.mechanisms import evaluation as t3
from diffusion.mechanisms import pilot as t4
from diffusion.mechanisms import rollout as t5
from diffusion.mechanisms import triage as t2
from diffusion.mechanisms import use as t9
from diffusion.mechanisms.blocked import count_blocked
from diffusion.mechanisms.space import PUBLICATION_LAG_MONTHS, Space, derive, term_arrays, transfers_of

if TYPE_CHECKING:
    from diffusion.mechanisms.model import Model


def calendar(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Go on to the next month; clear the sums of the month; rebase the counts of use now and then."""
    space.blocked[:] = 0
    space.tally[:] = 0
    space.flows[:] = 0
    if block.month % beliefs.REBASE_MONTHS == 0 and block.month > 0:
        factor = (1.0 - model.parameters.beliefs.peer_decay_per_month) ** beliefs.REBASE_MONTHS
        beliefs.rebase_use(block.pairs, space.field.group_use, model.net, factor)
    block.month += 1


def levers(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Let active levers write terms where they change, in the order of their ids; combine and derive."""
    month = model.calendar(block.month)
    terms = space.terms
    # a lever sees last month, so it is shown the month before
    block.month -= 1
    see = View(model, block, hooks)
    draws = Draws(block.seed, block.replicates, model.tables.trust_keys, model.tables.innovation_keys)
    for name, lever in model.levers.items():
        level = lever.level(month)
        before = space.active.get(name, 0.0)
        if level <= 0.0:
            if before > 0.0:
                terms.begin(name)
        elif level != before or hooks.active or lever.changes(month):
            own_draws = draws.named(name)
            if name not in block.own:
                block.own[name] = lever.setup(see, own_draws)
            terms.begin(name)
            lever.write(month, see, terms, block.own[name], own_draws)
        space.active[name] = level
    block.month += 1
    changed = terms.compile()
    if changed:
        space.arrays = term_arrays(terms)
        space.derived = derive(model, block, space, changed)
    if terms.transfer_changed:
        space.transfers = transfers_of(space)
        terms.transfer_changed = False
    space.gap = _scorecard_gap(space)


def _scorecard_gap(space: Space) -> np.ndarray:
    """``bG max(0, published mean rollout - r)``; r is 0 for all pairs that the gap concerns (AWARE)."""
    weight = space.terms.value("scorecard_gap")
    if not weight.any() or len(space.published) < PUBLICATION_LAG_MONTHS:
        return np.zeros((1, 1, 1))
    return np.ascontiguousarray(weight * space.published[0][:, None, :])


def budgets(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Book what levers pay; return unspent innovation funds on 1 April; refill them."""
    space.money[:] = 0
    space.terms.book(space.money)
    if model.uses_money:
        april = model.calendar(block.month).month == 4
        finance.refill_funds(april, block.units, space.terms.value("fund_refill"), space.money, model.scalars.fund)


def roster(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """List the live pairs by stage, frozen for the month; place pairs that a test bed places."""
    placement = space.terms.value("placement")
    moves.list_pairs(
        block.month, block.lists, block.pairs, block.counters, model.tables.live, placement, bool(placement.any())
    )


def activity(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Write last month's activity of every trust for exposure."""
    exposure.refresh_activity(block.month, block.lists, block.pairs, space.field, model.net, model.scalars.activity)


def change_time(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Compute change time and share it out; slack is what the needed load leaves."""
    if model.scalars.capacity.unlimited:
        space.share.slack[:] = 1.0
        return
    cap, value = model.parameters.capacity, space.terms.value
    winter = model.calendar(block.month).is_winter
    capacity.available_time(
        block.attributes, model.tables, winter, value("capacity"), value("time_budget"), cap.pressure,
        cap.winter_pressure, space.share.available,
    )  # fmt: skip
    override = hooks.rows("capacity_priority", model, block)
    capacity.share_time(block.lists, space.arrays, model.tables, space.share, override, model.scalars.capacity)


def awareness(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T1."""
    t1.awareness(
        block.seed, block.replicates, block.month, block.lists, block.units, space.field, block.attributes, model.net,
        space.transfers, space.arrays, model.tables, hooks.rows("awareness_rate", model, block),
        model.scalars.awareness,
    )  # fmt: skip


def triage(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T2."""
    t2.triage(
        block.seed, block.replicates, block.month, block.lists, block.units, block.attributes, space.field, block.pairs,
        model.net, space.transfers, space.arrays, space.derived, space.gap, space.share.slack, model.tables,
        hooks.rows("triage_rate", model, block), model.scalars.triage, _beliefs(model, block), model.scalars.response,
    )  # fmt: skip


def evaluation(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T3."""
    t3.evaluation(
        block.seed, block.replicates, block.month, block.lists, block.units, block.attributes, space.field, block.pairs,
        model.net, space.transfers, space.arrays, space.derived, space.share.granted, model.tables,
        hooks.rows("pilot_probability", model, block), model.scalars.evaluation, _beliefs(model, block),
        model.scalars.response,
    )  # fmt: skip


def pilot(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T4."""
    rollout_rows = hooks.rows("rollout_rate", model, block)
    abandonment_rows = hooks.rows("pilot_abandonment_rate", model, block)
    if rollout_rows.shape != abandonment_rows.shape:  # the kernel takes both or none
        none = np.full((model.world.n_trusts, model.world.n_innovations), np.nan)
        rollout_rows = none if rollout_rows.shape[0] == 0 else rollout_rows
        abandonment_rows = none if abandonment_rows.shape[0] == 0 else abandonment_rows
    t4.pilot(
        block.seed, block.replicates, block.month, block.lists, block.units, block.attributes, space.field, block.pairs,
        model.net, space.transfers, space.arrays, space.derived, space.share.granted, model.tables, rollout_rows,
        abandonment_rows, model.scalars.pilot, _beliefs(model, block), model.scalars.response,
    )  # fmt: skip


def abandonment(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T6, T7 and T8."""
    t7.abandonment(
        block.seed, block.replicates, block.month, block.lists, block.units, block.attributes, space.field, block.pairs,
        model.net, space.transfers, space.arrays, space.derived, model.tables,
        hooks.rows("abandonment_rate", model, block), model.scalars.abandonment, _beliefs(model, block),
    )  # fmt: skip
    t7.reconsider(
        block.seed, block.replicates, block.month, block.lists, block.units, model.tables,
        hooks.rows("reconsideration_rate", model, block), model.scalars.abandonment,
    )  # fmt: skip


def start(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Money and pilot limit decide which accepted pairs start this month; count what is held up and why."""
    count_blocked(block.lists, block.pairs, space.derived, space.share, space.blocked)
    starts.start(
        block.lists, block.pairs, block.units, block.attributes, block.counters, space.arrays, space.derived,
        model.tables, space.money, space.blocked, model.scalars.start,
    )  # fmt: skip


def use(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T9, champions who leave, and absorptive capacity."""
    if not model.parameters.use.followed:
        return
    age = (block.month - 1) % beliefs.REBASE_MONTHS + 1
    month_units = beliefs.USE_ONE * (1.0 - model.parameters.beliefs.peer_decay_per_month) ** -age
    t9.use(
        block.lists, block.pairs, block.units, block.attributes, space.field.group_use, model.net, model.tables,
        model.scalars.use, month_units, space.tally,
    )  # fmt: skip
    t9.champions_leave(
        block.seed, block.replicates, block.month, block.lists, block.pairs, model.tables, model.scalars.use
    )
    t9.absorptive_decays(block.units, model.tables, model.scalars.use)


def cash(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Running costs, savings and payments per case."""
    if model.uses_money:
        payment = space.terms.value("payment_share")
        finance.cash(block.month, block.lists, block.pairs, block.attributes, payment, model.tables, space.money)


def evidence(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Evidence grows with pilots and use; harm that shows is recalled."""
    if not model.uses_beliefs:
        return
    p, value = model.parameters, space.terms.value
    beliefs.update_evidence(
        block.lists, block.pairs, block.units, value("evidence"), value("pilot_evidence"),
        p.beliefs.evidence_decay_per_month, p.beliefs.evidence_per_pilot_month, p.beliefs.evidence_per_use_month,
        space.mean_rollout, model.world.eligible.sum(axis=0),
    )  # fmt: skip
    space.published.append(space.mean_rollout.copy())
    del space.published[:-PUBLICATION_LAG_MONTHS]
    beliefs.recall(
        block.seed, block.replicates, block.month, block.units, block.attributes, model.tables.innovation_keys,
        model.tables.live, p.abandonment.recall_signal, p.abandonment.recall_evidence, p.abandonment.recall_per_month,
    )  # fmt: skip


def rollout(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T5."""
    t5.rollout(
        block.month, block.lists, block.pairs, block.counters, space.share.granted, model.tables, model.scalars.rollout
    )


def carry_out(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Carry out the moves noted this month."""
    if "events" in block.work:
        block.work["events"].append(note_events(block))
    moves.apply_moves(
        block.seed, block.replicates, block.month, block.lists, block.pairs, block.units, block.counters, space.flows,
        model.tables, space.arrays, model.scalars.move,
    )  # fmt: skip


def note_events(block: Block) -> np.ndarray:
    """Return this month's moves as a structured array, in the order of replicate, trust, innovation."""
    from diffusion.engine.recorder import EVENT_DTYPE
    from diffusion.engine.state import K_BITS, MAX_INNOVATIONS

    parts = []
    for r, number in enumerate(block.replicates):
        n = int(block.lists.n_moves[r])
        order = np.argsort(block.lists.moves[r, :n], kind="stable")
        pairs = block.lists.moves[r, :n][order]
        rows = np.zeros(n, dtype=EVENT_DTYPE)
        rows["replicate"] = number
        rows["month"] = block.month
        rows["trust"] = pairs >> K_BITS
        rows["innovation"] = pairs & (MAX_INNOVATIONS - 1)
        rows["from_stage"] = block.pairs.stage[r, rows["trust"], rows["innovation"]]
        rows["to_stage"] = block.lists.move_to[r, :n][order]
        rows["reason"] = block.lists.move_reason[r, :n][order]
        parts.append(rows)
    return np.concatenate(parts)


def decision_row(decision: str, model: Model, block: Block, trust: int) -> np.ndarray:
    """Return float64[K], a copy of the row of ``decision`` that the compiled mechanism gives trust number ``trust``."""
    space: Space = block.work["space"]
    s = model.scalars
    out = np.zeros(model.world.n_innovations)
    common = (block.units, block.attributes, space.field, block.pairs, model.net, space.transfers, space.arrays)
    believed = _beliefs(model, block)
    if decision == "awareness_rate":
        t1.awareness_row(
            space.field, block.attributes, model.net, space.transfers, space.arrays, s.awareness, trust, out
        )
    elif decision == "triage_rate":
        t2.triage_row(
            *common, space.derived, space.gap, space.share.slack, s.triage, believed, s.response, trust, out
        )
    elif decision == "pilot_probability":
        t3.pilot_probability_row(*common, space.derived, model.tables, s.evaluation, believed, s.response, trust, out)
    elif decision in ("rollout_rate", "pilot_abandonment_rate"):
        other = np.zeros_like(out)
        first, second = (out, other) if decision == "rollout_rate" else (other, out)
        t4.pilot_rows(
            block.month, *common, space.derived, space.share.granted, model.tables, s.pilot, believed, s.response, trust,
            first, second,
        )  # fmt: skip
    elif decision == "abandonment_rate":
        t7.abandonment_row(block.month, *common, space.derived, s.abandonment, believed, trust, out)
    elif decision == "reconsideration_rate":
        out[:] = s.abandonment.reconsider
    elif decision == "capacity_priority":
        shape = (block.n_replicates, model.world.n_trusts, model.world.n_innovations)
        own = np.broadcast_to(space.terms.value("priority"), shape)[0, trust]
        mandate = np.broadcast_to(space.terms.value("mandate"), shape)[0, trust]
        out[:] = np.where(mandate > 0, np.maximum(own, s.capacity.mandate_priority), own)
    else:
        raise KeyError(decision)
    return out


def _beliefs(model: Model, block: Block) -> beliefs.BeliefScalars:
    return beliefs.belief_scalars(model.parameters.beliefs, block.month)


