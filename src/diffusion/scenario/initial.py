"""The state of the world in the opening month."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from diffusion.engine.parameters import Section

InitialStage = Literal["unaware", "aware", "evaluating", "pilot", "rollout", "sustained", "abandoned", "rejected"]


class InitialAdopters(Section):
    """Trusts that have fully rolled an innovation out (SUSTAINED, r = 1) when the run begins."""

    count: int | None = Field(None, ge=0, description="the first trusts in the order of their codes; 0 for none")
    codes: tuple[str, ...] | None = Field(None, description="trust codes")
    innovations: tuple[str, ...] | None = Field(None, description="innovation ids; default: all live ones")

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
