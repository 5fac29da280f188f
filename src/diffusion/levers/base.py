"""The lever interface: a lever reads a view of last month and writes named terms; it never touches state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, field_validator

from diffusion.engine.calendar import Month
from diffusion.engine.ledger import Purposes
from diffusion.engine.parameters import Grade, param
from diffusion.engine.term_groups import GROUP_OF, GROUPS, GroupName
from diffusion.errors import InputError
from diffusion.levers.targets import INNOVATION_FIELDS, TRUST_FIELDS, Targets
from diffusion.showing import Plainly, Shown, short

if TYPE_CHECKING:
    from diffusion.arrays import Longs
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Demand, Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

#: settings in the short text of a lever
_SHOWN = 6
#: a lever's own state: what its ``setup`` returns; subclasses name its type
Own: TypeAlias = Any


class ScheduleRow(NamedTuple):
    """One line of a lever's schedule."""

    since: Month | None
    until: Month | None  # first month in which it is over; None is open end
    what: str


class Lever(Shown, BaseModel):
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
    #: settings that are what a unit of it costs, of which little is known: drawn where parameters are
    costs: ClassVar[tuple[str, ...]] = ()
    #: names of the terms it writes
    writes: ClassVar[tuple[str, ...]] = ()
    #: own kinds of payment, name -> (payer, payee), both accounts of the ledger (``OWN_ACCOUNTS``): ``terms.pay`` takes
    #: them beside those of the ledger
    purposes: ClassVar[Purposes] = {}
    #: when the programme began, used where neither the lever nor the scenario gives a date
    historic_start: ClassVar[str] = "2015-07"
    #: how long it lasts unless ``end`` is given; None is for ever
    default_months: ClassVar[int | None] = None

    #: starts before the run that are so many months apart are alike: 1 where no month is counted from the start,
    #: 0 where each is different (waves, phases)
    start_period: ClassVar[int] = 0
    #: which of its targets it looks at, whatever its settings
    reads_trusts: ClassVar[bool] = True
    reads_innovations: ClassVar[bool] = True

    start: Month | None = Field(
        None, description="first month; default: the scenario's policy_start, else the historic date"
    )
    end: Month | None = Field(None, description="first month without the lever")
    ramp_months: int = param(0, "months of linear build-up to full level", unit="months", low=0, high=24, ge=0)
    strength: float = param(1.0, "1 is as specified; 0 switches the lever off", unit="1", low=0, high=2, ge=0)
    targets: Targets = Field(default_factory=Targets, description="which trusts and innovations")
    mute: tuple[GroupName, ...] | None = Field(
        None, description="groups of terms (attention, payment, ...) to which it writes nothing; default: none"
    )

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Yield what was given, not defaults, and when it begins; at most so many settings, each on one line."""
        given = [name for name in type(self).model_fields if name == "start" or name in self.model_fields_set]
        for name in given[:_SHOWN]:
            yield name, Plainly(short(repr(getattr(self, name))))
        if len(given) > _SHOWN:
            yield None, Plainly(f"and {len(given) - _SHOWN} more")

    @field_validator("mute")
    @classmethod
    def _each_once(cls, mute: tuple[GroupName, ...] | None) -> tuple[GroupName, ...] | None:
        """One spelling: sorted, each once, and nothing for none."""
        return tuple(sorted(set(mute or ()))) or None

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

    def out_of_time(self, start: Month, end: Month) -> str | None:
        """Say why the lever is at level 0 in every month from ``start`` to before ``end``; None if it is not."""
        if type(self).level is not Lever.level:
            return None
        if self.strength == 0:
            return "has a strength of 0"
        if self.start is not None and self.start >= end:
            return f"starts in {self.start}, after the run has ended"
        if self.end is not None and self.end <= start:
            return f"is over by {self.end}, before the run has started"
        return None

    def why_idle(self, look: Outlook) -> str | None:
        """Say why nothing at all can come of the lever in a run, not even a payment; None if something may."""
        return self.out_of_time(look.start, look.end) or self.idle(look)

    def idle(self, look: Outlook) -> str | None:
        """Say why nothing at all can come of the lever although it is in force; None if something may.

        Each lever has its own answer. What is said here must be true in every run to the bit.
        """
        return None

    def unfelt(self, look: Outlook) -> Unfelt:
        """Yield (setting, why) for settings that no run can feel, whatever else they were, as the others stand.

        Each lever has its own answer; what all have in common says :meth:`all_unfelt`.
        """
        yield from ()

    def all_unfelt(self, look: Outlook) -> dict[str, str]:
        """Return settings that no run can feel, with why: of :meth:`unfelt`, and targets that are not looked at."""
        found: dict[str, str] = {}
        if not self.reads_trusts:
            found |= dict.fromkeys(TRUST_FIELDS, "this lever looks at no trusts among its targets")
        if not self.reads_innovations:
            found |= dict.fromkeys(INNOVATION_FIELDS, "this lever looks at no innovations among its targets")
        if self.number and not self.may_write() & set(self.mute or ()):
            found["mute"] = "it writes no term of the groups that it mutes"
        if self.start is not None and self.start + self.ramp_months <= look.start:
            found["ramp_months"] = "the lever is at its full level when the run begins"
        return found | {name: why for name, why in self.unfelt(look) if name not in found}

    @classmethod
    def may_write(cls) -> set[str]:
        """Return the groups of the terms it writes, and those to which levers write by more than terms."""
        return {GROUP_OF[term] for term in cls.writes if term in GROUP_OF} | {g.name for g in GROUPS if g.calls}

    def concerns(self) -> Iterator[tuple[str, Targets]]:
        """Yield (key below the lever, whom it concerns) for all that it aims at; "" for the lever's own targets."""
        yield "", self.targets

    def name_faults(self, world: World) -> Iterator[tuple[str, InputError]]:
        """Yield (key below the lever, fault) for trusts and innovations that ``world`` does not have."""
        checks = [(key, check) for key, whom in self.concerns() for check in (whom.trust_mask, whom.innovation_mask)]
        if (own := getattr(self, "check", None)) is not None:
            checks.append(("", own))
        for key, check in checks:
            try:
                check(world)
            except InputError as error:
                yield key, error

    def remarks(self, look: Outlook) -> Iterator[str]:
        """Yield what a user should know of a lever that is not idle: whom or what of what it names it misses."""
        missed = look.nobody(self) if self.reads_trusts else look.unlisted(self) if self.reads_innovations else None
        if missed:
            yield f"{missed}: only what it pays, or does for whole trusts, is felt"
            return
        for demand in self.demands(look):
            if demand.asked > demand.most:
                yield demand.told()

    def demands(self, look: Outlook) -> Iterator[Demand]:
        """Yield what the lever asks for, with the most that a run can have of it."""
        yield from ()

    def felt(self, look: Outlook) -> tuple[dict[str, Any], set[str]]:
        """Return (what a run may feel of the lever by name, the names of it that this run cannot feel).

        Two levers of one kind give the same run if each value is equal or not felt in either.
        """
        if not self.number:  # what an own lever reads is not known
            return {"lever": self.name, **self.model_dump(mode="json")}, set()
        data = self.model_dump(mode="json", exclude={"targets"})
        unfelt = set(self.all_unfelt(look))
        for side, names, mask in (
            ("trusts", TRUST_FIELDS, self.targets.trust_mask(look.world)),
            ("innovations", INNOVATION_FIELDS, self.targets.innovation_mask(look.world)),
        ):
            data[side] = mask.tobytes()
            if unfelt >= set(names):
                unfelt.add(side)
        if self.end is not None and self.end >= look.end:
            data["end"] = None
        if self.start is not None and self.start_period and self.start + self.ramp_months <= look.start:
            data["start"] = f"before, {(look.start - self.start) % self.start_period}"
        return {"lever": self.name, **data}, unfelt

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

    def trusts_joined(self, own: Own, world: World, step: Longs) -> None:
        """Bring what the lever remembers by trust into the rows of ``world``, in which trusts have merged or closed.

        ``step`` int64[N] is the row in which the trust of each row goes on, -1 where it has closed. Called between two
        months; a lever that remembers nothing by trust need not override it. Terms are written anew in any case.
        """

    def schedule(self) -> list[ScheduleRow]:
        """Return what happens when, for ``diffusion levers show``."""
        return [ScheduleRow(self.start, self.end, "active")]
