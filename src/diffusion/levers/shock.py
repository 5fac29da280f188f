"""Shocks: what comes over trusts by date, whoever decides: pressure, pushes, an emergency mandate."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from diffusion.engine.calendar import Month, after_start
from diffusion.engine.parameters import param
from diffusion.levers.base import Lever, Own

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.month.view import View


class Shock(Lever):
    """Data of a scenario, in force from ``start`` to ``end``, in the ``calendar_months`` given or in all.

    An emergency is a mandate with pushes beside it and a priority. A guideline is a push from its date on.
    """

    name: ClassVar[str] = "shock"
    title: ClassVar[str] = "Shock"
    acts_on: ClassVar[str] = "pressure on change time; awareness, triage and rollout push; mandate; priority"
    equation: ClassVar[str] = "C = (...) (1 - pressure); X^A, X^E, X^R + push; mandate = 1, after its onset"
    writes: ClassVar[tuple[str, ...]] = (
        "pressure",
        "awareness_push",
        "triage_push",
        "rollout_push",
        "mandate",
        "priority",
    )

    calendar_months: tuple[int, ...] | None = Field(None, description="months of the year, 1 to 12; default: all")
    pressure: float = param(
        0.0, "added to the share of change time lost", unit="share", low=0, high=0.4, ge=-0.9, le=0.9
    )
    awareness_push: float = param(0.0, "added to the awareness push", unit="1", low=0, high=20, ge=0)
    triage_push: float = param(0.0, "added to the triage push", unit="1", low=0, high=20, ge=0)
    rollout_push: float = param(0.0, "added to the rollout push", unit="1", low=0, high=20, ge=0)
    mandate: float = param(0.0, "a mandate, 0 to 1", unit="share", low=0, high=1, ge=0, le=1)
    priority: float = param(1.0, "priority for change time", unit="1", low=1, high=10, ge=1)

    @field_validator("end")
    @classmethod
    def _ends_after_start(cls, end: Month | None, given: ValidationInfo) -> Month | None:
        return after_start("shock", end, given)

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.start is None:
            raise ValueError("a shock needs a first month: start")
        for month in self.calendar_months or ():
            if not 1 <= month <= 12:
                raise ValueError(f"calendar_months has {month}: months of the year are 1 to 12")
        return self

    def level(self, month: Month) -> float:
        if self.calendar_months is not None and month.month not in self.calendar_months:
            return 0.0
        return super().level(month)

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False  # what it writes hangs on the level alone

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level = self.level(month)
        where = self.targets.mask(see.world)
        trusts = self.targets.trust_mask(see.world)[:, None]
        if self.pressure:
            terms.pressure.add(level * self.pressure, where=trusts)
        for name in ("awareness_push", "triage_push", "rollout_push"):
            if getattr(self, name) > 0:
                getattr(terms, name).add(level * getattr(self, name), where=where)
        if self.mandate > 0:
            terms.mandate.max(min(1.0, level) * self.mandate, where=where)
        if self.priority > 1:
            terms.priority.max(1.0 + min(1.0, level) * (self.priority - 1.0), where=where)
