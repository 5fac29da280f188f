"""What each phase of a month does: calls of the kernels on a block. The list of phases stands in ``simulation``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import Draws
from diffusion.engine.hooks import Hooks
from diffusion.engine.stages import PILOT
from diffusion.engine.state import MAX_INNOVATIONS, Block
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
from diffusion.mechanisms.space import PUBLICATION_LAG_MONTHS, Space, set_gap, set_transfers, take_terms

if TYPE_CHECKING:
    from diffusion.mechanisms.model import Model


def calendar(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Go on to the next month; the sums of the month start at 0; counts of use are rebased now and then."""
    f, p = space.frame, model.parameters.beliefs
    for name in ("blocked", "tally", "flows"):
        f[name][:] = 0
    every = beliefs.rebase_months(p)
    if block.month % every == 0 and block.month > 0:
        beliefs.rebase_use(space.address, (1.0 - p.peer_decay_per_month) ** every)
    block.month += 1
    month = model.calendar(block.month)
    f["month"], f["winter"], f["april"] = block.month, month.is_winter, month.month == 4
    f["peer_unit"] = beliefs.peer_unit(p, block.month)
    age = (block.month - 1) % every + 1
    f["t9_month_units"] = beliefs.USE_ONE * (1.0 - p.peer_decay_per_month) ** -age


def levers(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Let active levers write terms where they change, in the order of their ids; combine and derive."""
    month, terms = model.calendar(block.month), space.terms
    see = View(model, block, hooks)
    for name, lever in model.levers.items():
        level, before = lever.level(month), space.active.get(name, 0.0)
        if level <= 0.0:
            if before > 0.0:
                terms.begin(name)
                terms.end()
        elif level != before or hooks.active or lever.changes(month, see, block.own[name]):
            draws = Draws(block.seed, block.replicates, model.tables.trust_keys, model.tables.innovation_keys).named(
                name
            )
            if name not in block.own:
                block.own[name] = lever.setup(see, draws)
            terms.begin(name)
            lever.write(month, see, terms, block.own[name], draws)
            terms.end()
        space.active[name] = level
    take_terms(model, block, space)
    if terms.transfer_changed:
        set_transfers(space)
    set_gap(space)
    space.frame["placing"] = bool(terms.value("placement").any())


def budgets(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Book what levers pay; return unspent innovation funds on 1 April; refill them."""
    space.frame["money"][:] = 0  # only now: levers look at last month's payments
    space.terms.book(space.frame["money"])
    if model.uses_money:
        finance.refill_funds(space.address)


def roster(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """List the live pairs by stage, frozen for the month; place pairs that a test bed places."""
    moves.list_pairs(space.address)


def activity(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Write last month's activity of every trust for exposure, and the beliefs on national evidence."""
    exposure.refresh_activity(space.address)
    if model.uses_beliefs or block.month == 1:
        beliefs.national_beliefs(space.address)


def change_time(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Compute change time and share it out; slack is what the needed load leaves."""
    if not model.parameters.capacity.unlimited:
        capacity.available_time(space.address)
        space.frame["o_priority"] = hooks.rows("capacity_priority", model, block)
        capacity.share_time(space.address)
    elif block.month == 1:
        capacity.grant_all(space.address)


def awareness(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T1."""
    space.frame["o_awareness"] = hooks.rows("awareness_rate", model, block)
    t1.awareness(space.address)


def triage(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T2."""
    space.frame["o_triage"] = hooks.rows("triage_rate", model, block)
    t2.triage(space.address)


def evaluation(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T3."""
    space.frame["o_pilot"] = hooks.rows("pilot_probability", model, block)
    t3.evaluation(space.address)


def pilot(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T4."""
    if hooks.active:
        _note_money_ended(block, space)
    up, down = hooks.rows("rollout_rate", model, block), hooks.rows("pilot_abandonment_rate", model, block)
    if up.shape != down.shape:  # the kernel takes both or none
        none = np.full((model.world.n_trusts, model.world.n_innovations), np.nan)
        up, down = (up if len(up) else none), (down if len(down) else none)
    space.frame["o_rollout"], space.frame["o_pilot_abandonment"] = up, down
    t4.pilot(space.address)


def _note_money_ended(block: Block, space: Space) -> None:
    """Note pilots whose programme money ends, as the kernel does, before agents are asked what they make of it."""
    pairs = block.pairs
    paid = (pairs.stage == PILOT) & (pairs.programme > 0)
    ended = paid & (space.terms.value("programme_pilot") == 0.0)
    pairs.programme[ended] = 0
    pairs.money_ended[ended] = block.month


def abandonment(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T6, T7 and T8."""
    space.frame["o_abandonment"] = hooks.rows("abandonment_rate", model, block)
    t7.abandonment(space.address)
    space.frame["o_reconsideration"] = hooks.rows("reconsideration_rate", model, block)
    t7.reconsider(space.address)


def start(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Money and pilot limit decide which accepted pairs start this month; count what is held up and why."""
    if not model.parameters.capacity.unlimited:
        count_blocked(space.address)
    starts.start(space.address)


def use(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T9, champions who leave, and absorptive capacity."""
    if model.parameters.use.followed:
        t9.use(space.address)
    t9.champions_leave(space.address)
    if model.parameters.use.followed or model.uses_beliefs:
        t9.absorptive_decays(space.address)


def cash(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Running costs, savings and payments per case."""
    if model.uses_money:
        finance.cash(space.address)


def evidence(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Evidence grows with pilots and use; harm that shows is recalled."""
    if model.uses_beliefs:
        beliefs.update_evidence(space.address)
        space.published.append(space.frame["mean_rollout"].copy())
        del space.published[:-PUBLICATION_LAG_MONTHS]
        beliefs.recall(space.address)


def rollout(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """T5."""
    t5.rollout(space.address)


def carry_out(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Carry out the moves noted this month."""
    if "events" in block.work:
        block.work["events"].append(note_events(block))
    moves.apply_moves(space.address)
    exposure.decay_activity(space.address)


def note_events(block: Block) -> np.ndarray:
    """Return this month's moves as a structured array, in the order of replicate, trust, innovation."""
    from diffusion.engine.recorder import EVENT_DTYPE

    parts = []
    for r, number in enumerate(block.replicates):
        n = int(block.lists.n_moves[r])
        order = np.argsort(block.lists.moves[r, :n], kind="stable")
        pairs = block.lists.moves[r, :n][order]
        rows = np.zeros(n, dtype=EVENT_DTYPE)
        rows["replicate"] = number
        rows["month"] = block.month
        rows["trust"] = pairs // MAX_INNOVATIONS
        rows["innovation"] = pairs % MAX_INNOVATIONS
        rows["from_stage"] = block.pairs.stage[r, rows["trust"], rows["innovation"]]
        rows["to_stage"] = block.lists.move_to[r, :n][order]
        rows["reason"] = block.lists.move_reason[r, :n][order]
        parts.append(rows)
    return np.concatenate(parts)


def decision_row(decision: str, model: Model, block: Block, trust: int) -> np.ndarray:
    """Return float64[K], a copy of the row of ``decision`` that the compiled mechanism gives trust number ``trust``."""
    space: Space = block.work["space"]
    out = np.zeros(model.world.n_innovations)
    if decision == "awareness_rate":
        t1.awareness_row(space.address, trust, out)
    elif decision == "triage_rate":
        t2.triage_row(space.address, trust, out)
    elif decision == "pilot_probability":
        t3.pilot_probability_row(space.address, trust, out)
    elif decision == "rollout_rate":
        t4.pilot_rows(space.address, trust, out, np.zeros_like(out))
    elif decision == "pilot_abandonment_rate":
        t4.pilot_rows(space.address, trust, np.zeros_like(out), out)
    elif decision == "abandonment_rate":
        t7.abandonment_row(space.address, trust, out)
    elif decision == "reconsideration_rate":
        out[:] = model.numbers["t8_rate"]
    elif decision == "capacity_priority":
        shape = (block.n_replicates, model.world.n_trusts, model.world.n_innovations)
        own = np.broadcast_to(space.terms.value("priority"), shape)[0, trust]
        mandate = np.broadcast_to(space.terms.value("mandate"), shape)[0, trust]
        out[:] = np.where(mandate > 0, np.maximum(own, model.numbers["mandate_priority"]), own)
    else:
        raise KeyError(decision)
    return out
