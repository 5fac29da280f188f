"""A block of replicates under way: the state, who lives in it, what levers remember, and its work space."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.state import State
from diffusion.mechanisms.opening_users import OpeningUsers
from diffusion.mechanisms.supply.companies import Companies
from diffusion.mechanisms.supply.people import People

if TYPE_CHECKING:
    from diffusion.month.workspace import Space


@dataclass
class Block(State):
    """The state of a block, with what only the month knows of it."""

    people: People = field(kw_only=True)
    companies: Companies = field(kw_only=True)
    #: what levers remember, by id
    own: dict[str, object] = field(default_factory=dict, kw_only=True)
    #: users that are known of the months before the run, while those are run
    opening: OpeningUsers | None = field(default=None, kw_only=True)
    #: whether the months before the run are being run
    before_run: bool = field(default=False, kw_only=True)
    #: moves of every month, where the run keeps them
    events: list[np.ndarray] | None = field(default=None, kw_only=True)
    #: the agents of the block, where it has such (see ``agents/population.py``)
    agents: object | None = field(default=None, kw_only=True)
    #: terms, frame and sums of the month; made with the block
    space: Space = field(init=False, repr=False)

    @classmethod
    def of(cls, state: State, people: People, companies: Companies) -> Block:
        """Return a block around ``state``."""
        parts = {item.name: getattr(state, item.name) for item in fields(State)}
        return cls(**parts, people=people, companies=companies)
