"""The steps of a month that are Python: calendar, levers, payments, what is kept of moves.

The list of phases, with these and the compiled steps, stands in ``phases``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.draws import Draws
from diffusion.engine.state import MAX_INNOVATIONS
from diffusion.engine.term_values import LeverFault, NotFiniteTogether, OutOfRangeTogether
from diffusion.errors import InputError
from diffusion.mechanisms import beliefs
from diffusion.mechanisms.scorecard_gap import PUBLICATION_KEPT_MONTHS, set_published
from diffusion.mechanisms.supply.births import launch
from diffusion.month.derived import take_terms
from diffusion.month.hooks import Hooks
from diffusion.month.recorder import EVENT_DTYPE
from diffusion.month.view import View
from diffusion.month.workspace import set_transfers

if TYPE_CHECKING:
    from diffusion.engine.calendar import Month
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model

PythonStep = Callable[["Model", "Block", Hooks], None]
#: attribute that marks a step of :func:`asks`
ONLY_IF_ASKED = "only_if_asked"


def asks(function: PythonStep) -> PythonStep:
    """Mark a step that only matters where agents decide or events are kept; others run without it."""
    setattr(function, ONLY_IF_ASKED, True)
    return function


def calendar(model: Model, block: Block, hooks: Hooks) -> None:
    """Go on to the next month; counts of use are rebased now and then."""
    space = block.space
    f, p = space.frame, model.parameters.beliefs
    gone = block.month + model.warm_up  # months since the first that is run
    if model.uses_beliefs and gone > 0:
        space.published.append(f["mean_rollout"].copy())
        del space.published[:-PUBLICATION_KEPT_MONTHS]
    every = beliefs.rebase_months(p)
    if gone % every == 0 and gone > 0:
        beliefs.rebase_use(space.address, (1.0 - p.peer_decay_per_month) ** every)
    block.month += 1
    month = model.calendar(block.month)
    f["month"], f["winter"], f["april"] = block.month, month.is_winter, month.month == 4
    f["peer_unit"] = beliefs.peer_unit(p, gone + 1)
    age = gone % every + 1
    f["t9_month_units"] = beliefs.USE_ONE * (1.0 - p.peer_decay_per_month) ** -age


def levers(model: Model, block: Block, hooks: Hooks) -> None:
    """Let active levers write terms where they change, in the order of their ids; combine and derive."""
    space = block.space
    month, terms = model.calendar(block.month), space.terms
    see = View(model, block, hooks)
    for name, lever in model.levers.items():
        level, before = lever.level(month), space.active.get(name, 0.0)
        if level <= 0.0:
            if before > 0.0:
                terms.begin(name)
                terms.end()
        elif level != before or hooks.active or lever.changes(month, see, block.own[name]):
            keys = model.tables.trust_keys, model.tables.innovation_keys
            draws = Draws(block.seed, block.replicates, *keys).named(name)
            if name not in block.own:
                block.own[name] = lever.setup(see, draws)
            terms.begin(name, lever.mute, lever.purposes)
            try:
                lever.write(month, see, terms, block.own[name], draws)
                terms.end()
            except LeverFault as fault:
                raise _fault(name, lever, month, fault) from None
        space.active[name] = level
    try:
        take_terms(model, block)
    except (NotFiniteTogether, OutOfRangeTogether) as fault:
        raise _fault_together(terms.writers(fault.term), month, fault) from None
    if terms.transfer_changed:
        set_transfers(space)
    set_published(space.frame, terms, space.published, month)


def _fault(name: str, lever: object, month: Month, fault: LeverFault) -> InputError:
    """Return the error that names lever, month and the place of its ``write``."""
    try:
        write = inspect.unwrap(type(lever).write)  # type: ignore[attr-defined]
        file, line = inspect.getsourcefile(write), inspect.getsourcelines(write)[1]
    except (TypeError, OSError):
        file, line = None, None
    return InputError(
        f"lever '{name}' in {month}: {fault}",
        file=file,
        line=line,
        key=f"levers.{name}",
        expected=fault.expected,
        suggestion=fault.suggestion,
    )


def _fault_together(writers: list[str], month: Month, fault: NotFiniteTogether | OutOfRangeTogether) -> InputError:
    """Return the error that names all levers that wrote a term, and the month."""
    named = " and ".join(f"'{name}'" for name in writers)
    return InputError(
        f"lever{'s' if len(writers) > 1 else ''} {named} in {month}: {fault}",
        key=f"levers.{writers[-1]}",
        expected=fault.expected,
        suggestion=fault.suggestion,
    )


def supply(model: Model, block: Block, hooks: Hooks) -> None:
    """Hand on whom levers appoint and what they launch."""
    space = block.space
    if not model.parameters.supply.followed or block.month <= 0:  # before the run they stand still
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


def payments(model: Model, block: Block, hooks: Hooks) -> None:
    """Book what levers pay, and count what they tell."""
    space = block.space
    space.frame["money"][:] = 0  # only now: levers look at last month's payments
    space.terms.book(space.frame["money"], space.frame["out_by_trust"])
    for place, number in space.terms.told:
        space.frame["so_far"][:, place] += number
    space.terms.told.clear()


@asks
def keep_events(model: Model, block: Block, hooks: Hooks) -> None:
    """Keep the moves noted this month, where the run keeps events."""
    if block.events is not None:
        block.events.append(note_events(block))


def note_events(block: Block) -> np.ndarray:
    """Return this month's moves as a structured array, in the order of replicate, trust, innovation."""
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
