"""Stop and resume: a block as copies of all it remembers, and back; a resumed run goes on to the bit.

And go on in a world whose trusts or ties have changed (:func:`go_on`).
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.engine.draws import Draws
from diffusion.engine.state import allocate
from diffusion.engine.terms import as_term
from diffusion.errors import InputError
from diffusion.mechanisms.beliefs import national_beliefs, rebase_use
from diffusion.mechanisms.exposure import open_activity
from diffusion.mechanisms.merging import join_state, joining_of, recount
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.mechanisms.supply.companies import opening_companies
from diffusion.mechanisms.supply.people import People, leave_closed
from diffusion.mechanisms.variety.relevance import draw_no_use
from diffusion.month.block import Block
from diffusion.month.opening_state import draw_attributes
from diffusion.month.recorder import EVENT_DTYPE, OUT_FIELDS
from diffusion.month.workspace import make_space
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.month.compiled import Model

_PARTS = ("pairs", "units", "attributes", "counters", "people", "companies")


def take_snapshot(block: Block) -> dict[str, Any]:
    """Return everything a block remembers, as a dict of copies that can be pickled; of none before the run begins."""
    _check_begun(block.month, block.before_run)
    space = block.space
    return {
        "seed": block.seed,
        "replicates": block.replicates.copy(),
        "month": block.month,
        "own": deepcopy(block.own),
        "mean_rollout": space.frame["mean_rollout"].copy(),
        "published": [values.copy() for values in space.published],
        "monitored_before": space.monitored_before.copy(),
        "money": space.frame["money"].copy(),
        **{
            part: {name: np.array(values, order="C") for name, values in getattr(block, part)._asdict().items()}
            for part in _PARTS
        },
    }


def _check_begun(month: int, before_run: bool = False) -> None:
    # the users that are held in these months, and what is put back at their end, are no part of a snapshot
    if before_run or month < 0:
        raise InputError(
            f"month {month} is before the run begins, and no run can be stopped or resumed in it",
            key="snapshot",
            expected="a block that Simulation.open has returned, month 0 or later",
        )


def resume_block(model: Model, taken: dict[str, Any]) -> Block:
    """Return the block of which ``taken`` is the snapshot, ready for its next month.

    Levers write their terms anew from what they remember, the month and the state.
    """
    _check_begun(taken["month"])
    world = model.world
    n_groups = taken["counters"]["by_group"].shape[2]
    block = Block.of(
        allocate(
            taken["seed"],
            taken["replicates"],
            world.n_trusts,
            world.n_innovations,
            n_groups,
            len(world.trusts.ics_codes),
        ),
        People(**{name: values.copy() for name, values in taken["people"].items()}),
        opening_companies(len(taken["replicates"]), world.n_innovations),
    )
    for part in _PARTS:
        for name, values in taken[part].items():
            getattr(getattr(block, part), name)[...] = values
    block.month = taken["month"]
    block.own = deepcopy(taken["own"])
    monitored = taken["monitored_before"].copy()
    published = [values.copy() for values in taken["published"]]
    _new_space(model, block, taken["mean_rollout"], published, monitored, taken["money"])
    return block


def _new_space(
    model: Model,
    block: Block,
    mean_rollout: np.ndarray,
    published: list[np.ndarray],
    monitored: np.ndarray,
    money: np.ndarray,
) -> None:
    """Give ``block`` a work space between two months; levers write their terms anew in the next."""
    space = make_space(model, block)
    space.frame["mean_rollout"][:] = mean_rollout
    space.published = published
    # no lever has written yet: what was monitored counts as withdrawn until one monitors again
    space.monitored_before = monitored
    space.frame["monitoring_withdrawn"] = as_term(monitored)
    space.frame["money"][:] = money
    rebase_use(space.address, 1.0)
    open_activity(space.address)
    national_beliefs(space.address)


def go_on(before: Model, model: Model, block: Block, joining: bool = True) -> None:
    """Let ``block`` go on in the world of ``model``, in place: trusts join, open or close, ties come and go.

    Where it is the ties alone (``joining`` false), all sums over peers are made anew from the state, which stays.
    """
    monitored = _join(before, model, block) if joining else block.space.monitored_before
    old = block.space
    kept = {name: old.frame[name] for name in OUT_FIELDS}
    _new_space(model, block, old.frame["mean_rollout"], old.published, monitored, old.frame["money"])
    for name, values in kept.items():
        block.space.frame[name] = values
    block.lists.moved[:] = 1


def _join(before: Model, model: Model, block: Block) -> np.ndarray:
    """Join the parts of trusts, open and close others; return which pairs were monitored.

    The rules are those of :mod:`diffusion.mechanisms.merging`; where nothing becomes of any trust, all goes on to the
    bit as if there had been no change. Where the run keeps events, moves that a merger makes are among them.
    """
    joining = joining_of(before.world, model.world)
    monitored = block.space.monitored_before
    stages = block.pairs.stage.copy() if block.events is not None else None
    join_state(block, block.people, block.companies, joining, before.world, model.world, model.net.place)
    draws = Draws(block.seed, block.replicates, model.tables.trust_keys, model.tables.innovation_keys)
    leave_closed(block.people, joining.step < 0, model.world, draws, block.month + 1)
    _open_trusts(model, block, joining.opened)
    cohort, portfolio = model.tables.cohort, int((~is_born(model.world.innovations)).sum())
    recount(block, model.world, model.tables.group_columns, cohort, portfolio)
    if monitored.shape[1] > 1:
        monitored = monitored.copy()
        for row, rows in zip(joining.into, joining.parts):
            monitored[:, row] = monitored[:, rows].any(axis=1)
    for name, own in block.own.items():
        model.levers[name].trusts_joined(own, model.world, joining.step)
    if stages is not None and block.events is not None:
        block.events.append(_merger_events(block, stages))
    return monitored


def _open_trusts(model: Model, block: Block, rows: np.ndarray) -> None:
    """Draw what trusts that open bring with them, by the keys of all draws, as if they had been there from the start.

    They have a new fund, and have heard of nothing.
    """
    if not len(rows):
        return
    world, keys = model.world, block.units.innovation_keys
    finance = model.parameters.finance
    block.units.fund[:, rows] = np.rint(finance.fund_opening_gbp * world.trusts.size[rows] * 100.0).astype(np.int64)
    block.units.absorptive[:, rows] = model.tables.absorptive_start[rows]
    for r in range(block.n_replicates):  # what is born has keys of its own in every replicate
        draws = Draws(block.seed, block.replicates[r : r + 1], model.tables.trust_keys, keys[r])
        alone = allocate(block.seed, block.replicates[r : r + 1], world.n_trusts, world.n_innovations, 1, 1)
        fresh = Block.of(alone, block.people, block.companies)
        draw_attributes(model, fresh, draws)
        for name in ("innovativeness", "awareness_factor", "risk_aversion", "capacity_wte"):
            getattr(block.attributes, name)[r, rows] = getattr(fresh.attributes, name)[0, rows]
        block.pairs.need[r, rows] = fresh.pairs.need[0, rows]
        no_use = draw_no_use(model.parameters.relevance, world, draws)
        if no_use is not None:
            block.pairs.no_use[r, rows] = no_use[0, rows]


def _merger_events(block: Block, before: np.ndarray) -> np.ndarray:
    """Return changes of stage by a merger as events of the month that begins."""
    r, i, k = np.nonzero(before != block.pairs.stage)
    rows = np.zeros(len(r), dtype=EVENT_DTYPE)
    rows["replicate"], rows["month"], rows["trust"], rows["innovation"] = block.replicates[r], block.month + 1, i, k
    rows["from_stage"], rows["to_stage"] = before[r, i, k], block.pairs.stage[r, i, k]
    rows["reason"] = len(FLOW_NAMES)
    return rows
