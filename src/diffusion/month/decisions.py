"""The decisions that agents may take in their own way: one table for the month, the agents and their checks.

A row says whose decision it is, what an override may return, when it is asked, which field of the frame takes the
answer to the kernel, and what the compiled mechanism decides otherwise (what ``super()`` returns). A decision without a
field is one that a lever asks for (``View.decide``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.mechanisms.abandonment import abandonment_row
from diffusion.mechanisms.awareness import awareness_row
from diffusion.mechanisms.evaluation import pilot_probability_row
from diffusion.mechanisms.pilot import pilot_rows
from diffusion.mechanisms.supply.companies import AWAY, IN_UK, company_rates
from diffusion.mechanisms.supply.people import BUILDING, IN_NHS, NO_STARTUP, person_rates
from diffusion.mechanisms.triage import triage_row
from diffusion.month.workspace import check_response

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model

#: float64[K] of a trust, or one number of a person or company, by row
Compiled = Callable[["Model", "Block", int], np.ndarray]
#: bool[E or K], whose decision is due this month
Due = Callable[["Model", "Block"], np.ndarray]


class Decision(NamedTuple):
    """A decision that a class may override: a method that takes only ``self``.

    Trusts and AHSNs return K numbers, fellows, entrepreneurs and companies one; ``choose_sites`` returns trusts.
    """

    kind: str
    name: str
    what: str
    highest: float = math.inf
    infinite: bool = False  # an infinite rate means: this month for certain
    field: str = ""
    compiled: Compiled | None = None
    due: Due | None = None


def _row(kernel: Callable[[int, int, np.ndarray], None]) -> Compiled:
    """Return what a kernel writes into a row of K numbers."""

    def compiled(model: Model, block: Block, trust: int) -> np.ndarray:
        out = np.zeros(model.world.n_innovations)
        kernel(block.space.address, trust, out)
        check_response(model, block)  # else a value out of range would be taken for the override's
        return out

    return compiled


def _rollout_rate(address: int, trust: int, out: np.ndarray) -> None:
    pilot_rows(address, trust, out, np.zeros_like(out))


def _pilot_abandonment_rate(address: int, trust: int, out: np.ndarray) -> None:
    pilot_rows(address, trust, np.zeros_like(out), out)


def _term(model: Model, block: Block, name: str, trust: int) -> np.ndarray:
    shape = (block.n_replicates, model.world.n_trusts, model.world.n_innovations)
    return np.asarray(np.broadcast_to(block.space.terms.value(name), shape)[0, trust])


def _reconsideration_rate(model: Model, block: Block, trust: int) -> np.ndarray:
    return np.asarray(model.numbers["t8_rate"] + _term(model, block, "reconsideration", trust))


def _capacity_priority(model: Model, block: Block, trust: int) -> np.ndarray:
    own, mandate = _term(model, block, "priority", trust), _term(model, block, "mandate", trust)
    return np.where(mandate > 0, np.maximum(own, model.numbers["mandate_priority"]), own)


def _of(kernel: Callable[[int, int, np.ndarray], None], place: int, size: int) -> Compiled:
    """Return one of the ``size`` numbers that a kernel writes for a person or company."""

    def compiled(model: Model, block: Block, row: int) -> np.ndarray:
        out = np.zeros(size)
        kernel(block.space.address, row, out)
        return out[place]  # type: ignore[no-any-return]

    return compiled


def _inside(model: Model, block: Block) -> np.ndarray:
    return np.asarray(block.people.person_status[0] == IN_NHS)


def _outside(model: Model, block: Block) -> np.ndarray:
    return ~_inside(model, block)


def _without_startup(model: Model, block: Block) -> np.ndarray:
    return np.asarray(block.people.startup[0] == NO_STARTUP)


def _building(model: Model, block: Block) -> np.ndarray:
    return np.asarray(block.people.startup[0] == BUILDING)


def _selling(model: Model, block: Block) -> np.ndarray:
    # what was born this month is not live yet
    return np.asarray((block.units.live[0] < block.month) & (block.companies.company[0] == IN_UK))


def _back(model: Model, block: Block) -> np.ndarray:
    gone = block.month - block.companies.company_since[0].astype(np.int64)
    back = (block.companies.company[0] == AWAY) & (gone >= model.parameters.supply.abroad_months)
    return np.asarray((block.units.live[0] < block.month) & back)


def _return_price(model: Model, block: Block, row: int) -> np.ndarray:
    return np.asarray(model.parameters.supply.price_back)


_CHANCE = "a probability, 0 to 1"
_STAY, _RETURN, _FOUND, _STARTUP_DEAL = (_of(person_rates, place, 4) for place in range(4))
_EXIT, _DEAL = (_of(company_rates, place, 2) for place in range(2))


def _rate(kind: str, name: str, field: str, compiled: Compiled, due: Due | None = None) -> Decision:
    return Decision(kind, name, "a rate per month, 0 or above", math.inf, True, field, compiled, due)


TABLE: tuple[Decision, ...] = (
    Decision(
        "trust",
        "capacity_priority",
        "a priority for change time, 0 or above",
        field="o_priority",
        compiled=_capacity_priority,
    ),
    _rate("trust", "awareness_rate", "o_awareness", _row(awareness_row)),
    _rate("trust", "triage_rate", "o_triage", _row(triage_row)),
    Decision("trust", "pilot_probability", _CHANCE, 1.0, field="o_pilot", compiled=_row(pilot_probability_row)),
    _rate("trust", "rollout_rate", "o_rollout", _row(_rollout_rate)),
    _rate("trust", "pilot_abandonment_rate", "o_pilot_abandonment", _row(_pilot_abandonment_rate)),
    _rate("trust", "abandonment_rate", "o_abandonment", _row(abandonment_row)),
    _rate("trust", "reconsideration_rate", "o_reconsideration", _reconsideration_rate),
    Decision("ahsn", "allocate_push", "a weight, 0 to 1", 1.0),
    Decision("fellow", "choose_sites", "codes or rows of trusts"),
    Decision("fellow", "raise_funds", _CHANCE, 1.0),
    Decision("entrepreneur", "application_weight", "a weight, 0 or above"),
    _rate("entrepreneur", "leave_rate", "o_leave", _STAY, _inside),
    _rate("entrepreneur", "return_rate", "o_return", _RETURN, _outside),
    _rate("entrepreneur", "founding_rate", "o_founding", _FOUND, _without_startup),
    _rate("entrepreneur", "deal_rate", "o_startup_deal", _STARTUP_DEAL, _building),
    _rate("company", "exit_rate", "o_exit", _EXIT, _selling),
    _rate("company", "deal_rate", "o_deal", _DEAL, _selling),
    Decision(
        "company", "return_price", "a factor, 0 or above", math.inf, False, "o_return_price", _return_price, _back
    ),
)

#: decision by kind of agent and name
DECISIONS: dict[str, dict[str, Decision]] = {
    kind: {decision.name: decision for decision in TABLE if decision.kind == kind}
    for kind in ("trust", "ahsn", "fellow", "entrepreneur", "company")
}


def decided(kind: str, name: str, model: Model, block: Block, row: int) -> np.ndarray:
    """Return what the compiled mechanism decides for an agent of a block of one replicate: float64[K], or a number."""
    compiled = DECISIONS[kind][name].compiled
    assert compiled is not None
    return compiled(model, block, row)
