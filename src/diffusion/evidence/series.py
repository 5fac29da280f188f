"""One series of evidence as it is written: who was at risk, what was counted when, and which levers were in force."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade
from diffusion.levers.base import Lever
from diffusion.levers.shock import Shock
from diffusion.month.measures import Quantity
from diffusion.reading.rows import Row
from diffusion.world.innovations import InnovationAttributes, Kind

Share = Annotated[float, Field(ge=0, le=1)]
#: What carried an innovation, from slow to fast.
Rung = Literal["guidance or skill", "peers", "network and payment", "money and monitoring", "emergency mandate"]


class Point(Row):
    """One observation: a count of those at risk, or a share (of patients, say), or an effect with its error."""

    date: Month
    quantity: Quantity | None = Field(None, description="what is counted; default: the quantity of the series")
    count: Annotated[int, Field(ge=0)] | None = None
    share: Share | None = None
    effect: Annotated[float, Field(ge=-1, le=1)] | None = Field(
        None, description="difference from the same innovation without the levers of this series"
    )
    standard_error: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="of a share or an effect; a count has the error of its numbers"
    )
    at_least: bool = Field(False, description="the count is known to be no less than this")
    use: Literal["fit", "shown"] | None = Field(None, description="default: that of the series")
    note: str = ""


class Series(Row):
    """One innovation as it spread: everything that the evidence world and the comparison need of it."""

    title: str = Field(min_length=1)
    what: str = Field(min_length=1, description="what was counted, in the source's words")
    unit: str = Field(min_length=1, description="trusts, hospitals, maternity units, practices, patients")
    at_risk: Annotated[int, Field(ge=1, le=10_000_000)] = Field(description="organisations that could adopt")
    start: Month = Field(description="month in which the innovation became available")
    kind: Kind
    traits: InnovationAttributes = Field(default_factory=InnovationAttributes, description="as in a portfolio file")
    of: Literal["innovation", "portfolio", "kind"] = Field(
        "innovation", description="counted over this innovation, the first cohort, or its innovations of this kind"
    )
    innovation: str | None = Field(None, description="id in the packaged portfolio, where it is one of those")
    quantity: Quantity = "ever"
    points: list[Point] = Field(min_length=1)
    levers: dict[str, Lever] = Field(default_factory=dict, description="levers in force, for this innovation alone")
    shocks: dict[str, Shock] = Field(default_factory=dict, description="pushes and mandates in force, for it alone")
    opening_share: Share = Field(0.0, description="of those at risk, already using it at the start")
    grade: Grade
    source: str = Field(min_length=1)
    url: str = ""
    use: Literal["fit", "shown"] = Field("fit", description="fitted to, or only shown")
    family: str = Field("", description="series of one family are held back together; default: the series alone")
    ladder: Rung | None = Field(None, description="what carried it, for the ladder of speeds")
    trusts: str | None = Field(None, description="table of first months by trust: a .csv file beside the series")
    note: str = ""

    @property
    def whom(self) -> str:
        """Who was at risk, in words: ``152 trusts``; shares of patients are told with their organisations."""
        if self.unit == "patients":
            return f"patients of {self.at_risk:,} organisations"
        return f"{self.at_risk:,} {self.unit}"
