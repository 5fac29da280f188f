"""The state of the world in the opening month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from diffusion.arrays import Bools
from diffusion.engine.parameters import Section
from diffusion.world.spec import MAX_TRUSTS

if TYPE_CHECKING:
    from diffusion.world.tables import World

InitialStage = Literal["unaware", "aware", "evaluating", "pilot", "rollout", "sustained", "abandoned", "rejected"]


class InitialAdopters(Section):
    """Trusts that have fully rolled an innovation out (SUSTAINED, r = 1) when the run begins."""

    count: int | None = Field(
        None, ge=0, le=MAX_TRUSTS, description="the first trusts in the order of their codes; 0 for none"
    )
    codes: tuple[str, ...] | None = Field(None, description="trust codes")
    innovations: tuple[str, ...] | None = Field(None, description="innovation ids; default: all")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.count is None) == (self.codes is None):
            raise ValueError("give either 'count' or 'codes'")
        return self


class InitialSpec(Section):
    """Where every eligible pair stands at the start.

    ``adopters`` left out means the initial sites of the portfolio; pairs in ROLLOUT start with r = 0.
    """

    stage: InitialStage = Field("unaware", description="stage of every eligible pair, age 0, no work done")
    adopters: InitialAdopters | None = Field(None, description="initial adopters instead of the portfolio's own")
    warm_up_months: int | None = Field(
        None,
        ge=0,
        le=240,
        description="months run before the start and not recorded; default: 48 if the portfolio says what was in use "
        "or on the market before it, else none",
    )

    @property
    def from_portfolio(self) -> bool:
        """Whether a run opens with what the portfolio says was in use."""
        return self.stage == "unaware" and self.adopters is None


def initial_pairs(adopters: InitialAdopters, world: World) -> Bools:
    """Return bool[N, K]: the eligible pairs that stated initial adopters are."""
    trusts = np.zeros(world.n_trusts, dtype=bool)
    if adopters.codes is not None:
        trusts[:] = np.isin(np.array(world.trusts.codes), adopters.codes)
    else:
        trusts[: adopters.count or 0] = True
    innovations = np.ones(world.n_innovations, dtype=bool)
    if adopters.innovations is not None:
        innovations[:] = np.isin(np.array(world.innovations.ids), adopters.innovations)
    pairs: Bools = trusts[:, None] & innovations & world.eligible
    return pairs
