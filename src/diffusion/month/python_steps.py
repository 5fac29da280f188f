"""The steps of a month that are Python: calendar, levers, payments, and asking agents.

The list of phases, with these and the compiled steps, stands in ``simulation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import Draws
from diffusion.engine.stages import PILOT
from diffusion.engine.state import MAX_INNOVATIONS, Block
from diffusion.mechanisms import abandonment as t7
from diffusion.mechanisms import awareness as t1
from diffusion.mechanisms import beliefs
from diffusion.mechanisms import evaluation as t3
from diffusion.mechanisms import pilot as t4
from diffusion.mechanisms import triage as t2
from diffusion.mechanisms.scorecard_gap import PUBLICATION_KEPT_MONTHS, set_published
from diffusion.mechanisms.supply.births import launch
from diffusion.month.hooks import Hooks
from diffusion.month.view import View
from diffusion.month.workspace import Space, set_transfers, take_terms

if TYPE_CHECKING:
    from diffusion.month.compiled import Model

PythonStep = Callable[["Model", Block, Space, Hooks], None]
#: attribute that marks a step of :func:`asks`
ONLY_IF_ASKED = "only_if_asked"


def asks(function: PythonStep) -> PythonStep:
    """Mark a step that only matters where agents decide or events are kept; others run without it."""
    setattr(function, ONLY_IF_ASKED, True)
    return function


def calendar(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Go on to the next month; counts of use are rebased now and then."""
    f, p = space.frame, model.parameters.beliefs
    if model.uses_beliefs and block.month > 0:
        space.published.append(f["mean_rollout"].copy())
        del space.published[:-PUBLICATION_KEPT_MONTHS]
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
    set_published(space, month)


def supply(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Hand on whom levers appoint and what they launch."""
    if not model.parameters.supply.followed:
        space.terms.appointed.clear()
        space.terms.launched.clear()
        return
    f, terms = space.frame, space.terms
    f["appoints"] = len(terms.appointed)
    if f["appoints"]:
        f["appointing"][:] = 0
    for people in terms.appointed:
        f["appointing"] |= people.astype(np.uint8)
    mentoring = terms.mentoring()
    before = space.mentoring
    same = len(mentoring) == len(before) and all(a is b and not a.flags.writeable for a, b in zip(mentoring, before))
    if not same:
        space.mentoring = mentoring
        f["person_deals"][:] = 1.0
        for deals in mentoring:
            f["person_deals"] *= deals
    for r, key, evidence in terms.launched:
        launch(space.address, r, np.uint64(key), evidence)
    terms.appointed.clear()
    terms.launched.clear()


def payments(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Book what levers pay."""
    space.frame["money"][:] = 0  # only now: levers look at last month's payments
    space.terms.book(space.frame["money"])


@asks
def ask_capacity(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Ask agents for their priorities."""
    if not model.parameters.capacity.unlimited:
        space.frame["o_priority"] = hooks.rows("capacity_priority", model, block)


def _asking(decision: str, field: str) -> PythonStep:
    """Return the step that asks agents for a decision and hands their rows to the kernel as ``field``."""

    @asks
    def ask(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
        space.frame[field] = hooks.rows(decision, model, block)

    return ask


ask_awareness = _asking("awareness_rate", "o_awareness")
ask_triage = _asking("triage_rate", "o_triage")
ask_evaluation = _asking("pilot_probability", "o_pilot")
ask_abandonment = _asking("abandonment_rate", "o_abandonment")
ask_reconsideration = _asking("reconsideration_rate", "o_reconsideration")


@asks
def ask_pilot(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Ask agents for their rates of T4."""
    if hooks.active:
        _note_money_ended(block, space)
    up, down = hooks.rows("rollout_rate", model, block), hooks.rows("pilot_abandonment_rate", model, block)
    if up.shape != down.shape:  # the kernel takes both or none
        none = np.full((model.world.n_trusts, model.world.n_innovations), np.nan)
        up, down = (up if len(up) else none), (down if len(down) else none)
    space.frame["o_rollout"], space.frame["o_pilot_abandonment"] = up, down


def _note_money_ended(block: Block, space: Space) -> None:
    """Note pilots whose programme money ends, as the kernel does, before agents are asked what they make of it."""
    pairs = block.pairs
    paid = (pairs.stage == PILOT) & (pairs.programme > 0)
    ended = paid & (space.terms.value("programme_pilot") == 0.0)
    pairs.programme[ended] = 0
    pairs.money_ended[ended] = block.month


@asks
def keep_events(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Keep the moves noted this month, where the run keeps events."""
    if "events" in block.work:
        block.work["events"].append(note_events(block))


def note_events(block: Block) -> np.ndarray:
    """Return this month's moves as a structured array, in the order of replicate, trust, innovation."""
    from diffusion.month.recorder import EVENT_DTYPE

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
        shape = (block.n_replicates, model.world.n_trusts, model.world.n_innovations)
        out[:] = model.numbers["t8_rate"] + np.broadcast_to(space.terms.value("reconsideration"), shape)[0, trust]
    elif decision == "capacity_priority":
        shape = (block.n_replicates, model.world.n_trusts, model.world.n_innovations)
        own = np.broadcast_to(space.terms.value("priority"), shape)[0, trust]
        mandate = np.broadcast_to(space.terms.value("mandate"), shape)[0, trust]
        out[:] = np.where(mandate > 0, np.maximum(own, model.numbers["mandate_priority"]), own)
    else:
        raise KeyError(decision)
    return out
