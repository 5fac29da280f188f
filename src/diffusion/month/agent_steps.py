"""The steps in which agents that decide in Python are asked; their answers go to the kernels through the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.stages import PILOT
from diffusion.month.decisions import DECISIONS
from diffusion.month.python_steps import PythonStep, asks

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model
    from diffusion.month.hooks import Hooks


def ask(kind: str, *names: str) -> PythonStep:
    """Return the step that asks the agents of a kind for decisions (see ``decisions.TABLE``)."""
    decisions = [DECISIONS[kind][name] for name in names]

    @asks
    def step(model: Model, block: Block, hooks: Hooks) -> None:
        for decision in decisions:
            if decision.due is None:
                answer = hooks.rows(decision.name, model, block)
            else:
                answer = hooks.numbers(kind, decision.name, block, decision.due(model, block))
            block.space.frame[decision.field] = answer

    step.__name__ = f"ask_{'_and_'.join(names)}"
    return step


_ask_priority = ask("trust", "capacity_priority")


@asks
def ask_capacity(model: Model, block: Block, hooks: Hooks) -> None:
    """Ask trusts for their priorities, where change time is limited."""
    if not model.parameters.capacity.unlimited:
        _ask_priority(model, block, hooks)


@asks
def ask_pilot(model: Model, block: Block, hooks: Hooks) -> None:
    """Ask trusts for their rates of T4."""
    if hooks.active:
        _note_money_ended(block)
    up, down = hooks.rows("rollout_rate", model, block), hooks.rows("pilot_abandonment_rate", model, block)
    if up.shape != down.shape:  # the kernel takes both or none
        none = np.full((model.world.n_trusts, model.world.n_innovations), np.nan)
        up, down = (up if len(up) else none), (down if len(down) else none)
    block.space.frame["o_rollout"], block.space.frame["o_pilot_abandonment"] = up, down


def _note_money_ended(block: Block) -> None:
    """Note pilots whose programme money ends, as the kernel does, before agents are asked what they make of it."""
    pairs = block.pairs
    paid = (pairs.stage == PILOT) & (pairs.programme > 0)
    ended = paid & (block.space.terms.value("programme_pilot") == 0.0)
    pairs.programme[ended] = 0
    pairs.money_ended[ended] = block.month
