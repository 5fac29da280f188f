"""The lever interface: a lever reads a view of last month and writes named terms; it never touches state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.targets import Targets

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.month.view import View

#: a lever's own state: what its ``setup`` returns; subclasses name its type
Own: TypeAlias = Any


class ScheduleRow(NamedTuple):
    """One line of a lever's schedule."""

    since: Month | None
    until: Month | None  # first month in which it is over; None is open end
    what: str


class Lever(BaseModel):
    """Base of all levers; subclass it, add fields and a ``write``, and register it.

    A lever of zero level is not called, so it leaves every output bit-identical.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    number: ClassVar[int] = 0
    title: ClassVar[str] = ""
    acts_on: ClassVar[str] = ""
    equation: ClassVar[str] = ""
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "assumption"
    #: names of the terms it writes
    writes: ClassVar[tuple[str, ...]] = ()
    #: when the programme began, used where neither the lever nor the scenario gives a date
    historic_start: ClassVar[str] = "2015-07"
    #: how long it lasts unless ``end`` is given; None is for ever
    default_months: ClassVar[int | None] = None

    start: Month | None = Field(
        None, description="first month; default: the scenario's policy_start, else the historic date"
    )
    end: Month | None = Field(None, description="first month without the lever")
    ramp_months: int = param(0, "months of linear build-up to full level", unit="months", low=0, high=24, ge=0)
    strength: float = param(1.0, "1 is as specified; 0 switches the lever off", unit="1", low=0, high=2, ge=0)
    targets: Targets = Field(default_factory=Targets, description="which trusts and innovations")

    def level(self, month: Month) -> float:
        """Strength times ramp in ``month``: 0 before the start and from the end on."""
        if self.start is None or month < self.start or (self.end is not None and month >= self.end):
            return 0.0
        return self.strength * min(1.0, (month - self.start + 1) / (self.ramp_months + 1))

    def dated(self, policy_start: Month | None) -> Lever:
        """Return a copy with ``start`` and ``end`` filled in."""
        start = self.start or policy_start or Month(self.historic_start)
        end = self.end
        if end is None and self.default_months is not None:
            end = start + self.default_months
        return self.model_copy(update={"start": start, "end": end})

    def setup(self, see: View, draws: Draws) -> Own:
        """Return the lever's own state: a dataclass or a dict, arrays with the replicate axis first.

        Called once per block, before the first ``write``. A snapshot copies all that it holds.
        """
        return {}

    def changes(self, month: Month, see: View, own: Own) -> bool:
        """Whether ``write`` would write anything else than last month; False keeps last month's terms."""
        return True

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        """Write this month's terms; called only while the level is above 0."""
        raise NotImplementedError

    def schedule(self) -> list[ScheduleRow]:
        """Return what happens when, for ``diffusion levers show``."""
        return [ScheduleRow(self.start, self.end, "active")]
