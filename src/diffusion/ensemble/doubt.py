"""Doubt about parameters, as a scenario states it: where the parameters of each replicate come from."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from diffusion.engine.parameters import Section

Source = Literal["defaults", "posterior", "prior"]


class Doubt(Section):
    """Where the parameters of each replicate come from; those in ``keep`` have the scenario's values in all."""

    source: Source = Field(
        "defaults",
        description="defaults (the same in every replicate), posterior (drawn after the evidence) or prior (drawn from "
        "plausible ranges)",
    )
    keep: tuple[str, ...] | None = Field(
        None, description="keys that are not drawn, as parameters.SECTION.NAME, beside those that the scenario sets"
    )
    complete: bool = Field(
        False, description="keep has all that is not drawn: so in a scenario that is written out in full"
    )

    @property
    def drawn(self) -> bool:
        """Whether replicates differ in their parameters."""
        return self.source != "defaults"
