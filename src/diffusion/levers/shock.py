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
    from diffusion.levers.outlook import Outlook
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

    @property
    def set_terms(self) -> frozenset[str]:
        """Names of the terms to which it writes anything."""
        return frozenset(name for name in self.writes if getattr(self, name) != (1.0 if name == "priority" else 0.0))

    def out_of_time(self, start: Month, end: Month) -> str | None:
        """Say why it is at level 0 in every month from ``start`` to before ``end``; None if it is not."""
        if self.strength == 0:
            return "has a strength of 0"
        if self.start is not None and self.start >= end:
            return f"starts in {self.start}, after the run has ended"
        if self.end is not None and self.end <= start:
            return f"is over by {self.end}, before the run has started"
        if all(self.level(Month(month)) == 0 for month in range(start, end)):
            return "has none of its calendar months in the run"
        return None

    def idle(self, look: Outlook) -> str | None:
        """Say why nothing can come of it although it is in force: it writes nothing, or to nobody."""
        if not self.set_terms:
            return "it presses, pushes and mandates nothing"
        return None if "pressure" in self.set_terms else look.nobody(self)

    def felt(self, look: Outlook) -> tuple[dict[str, object], set[str]]:
        """Return (what a run may feel of it by name, nothing): its level month by month, what it writes, and to whom.

        What is in use when the run begins is concerned like all else: pairs are those of the whole run, with the
        months run before it.
        """
        months = range(look.start, look.end)
        data: dict[str, object] = {name: getattr(self, name) for name in self.writes}
        data["levels"] = tuple(self.level(Month(month)) for month in months)
        data["trusts"] = self.targets.trust_mask(look.world).tobytes()
        data["innovations"] = self.targets.innovation_mask(look.world).tobytes()
        if look.world.changes:  # trusts that open in the run may be named by one of two and not by the other
            data["targets"] = self.targets.model_dump_json()
        return data, set()

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
