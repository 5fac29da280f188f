"""The steps in which people and companies that decide in Python are asked, and what they would decide otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.state import Block
from diffusion.mechanisms.supply.companies import AWAY, IN_UK, company_rates
from diffusion.mechanisms.supply.people import BUILDING, IN_NHS, NO_STARTUP, person_rates
from diffusion.month.hooks import Hooks
from diffusion.month.python_steps import asks
from diffusion.month.workspace import Space

if TYPE_CHECKING:
    from diffusion.month.compiled import Model

PERSON_RATES = ("leave_rate", "return_rate", "founding_rate", "deal_rate")
COMPANY_RATES = ("exit_rate", "deal_rate")


@asks
def ask_staying(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Ask people for their rates of leaving and returning."""
    inside = block.people.person_status[0] == IN_NHS
    space.frame["o_leave"] = hooks.numbers("entrepreneur", "leave_rate", block, inside)
    space.frame["o_return"] = hooks.numbers("entrepreneur", "return_rate", block, ~inside)


@asks
def ask_founding(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Ask people for their rates of founding, and of deals of their start-ups."""
    startup = block.people.startup[0]
    space.frame["o_founding"] = hooks.numbers("entrepreneur", "founding_rate", block, startup == NO_STARTUP)
    space.frame["o_startup_deal"] = hooks.numbers("entrepreneur", "deal_rate", block, startup == BUILDING)


@asks
def ask_companies(model: Model, block: Block, space: Space, hooks: Hooks) -> None:
    """Ask companies for their rates of leaving the market and of deals, and for the price at which they come back."""
    state, f = block.companies.company[0], space.frame
    # what was born this month is not live yet
    live = block.units.live[0] < block.month
    gone = block.month - block.companies.company_since[0].astype(np.int64)
    f["o_exit"] = hooks.numbers("company", "exit_rate", block, live & (state == IN_UK))
    f["o_deal"] = hooks.numbers("company", "deal_rate", block, live & (state == IN_UK))
    back = (state == AWAY) & (gone >= model.parameters.supply.abroad_months)
    f["o_return_price"] = hooks.numbers("company", "return_price", block, live & back)


def person_rate(decision: str, block: Block, person: int) -> float:
    """Return the rate per month of a person as the compiled mechanism has it now."""
    out = np.zeros(len(PERSON_RATES))
    person_rates(block.work["space"].address, person, out)
    return float(out[PERSON_RATES.index(decision)])


def company_rate(decision: str, block: Block, innovation: int) -> float:
    """Return the rate per month of an innovation's company as the compiled mechanism has it now."""
    out = np.zeros(len(COMPANY_RATES))
    company_rates(block.work["space"].address, innovation, out)
    return float(out[COMPANY_RATES.index(decision)])
