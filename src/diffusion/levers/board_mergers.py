"""Lever 26, boards that merge and are cut: months of disruption, evaluations known to both, running costs saved."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Longs
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own, ScheduleRow
from diffusion.levers.localities import in_boards
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.reading.files import packaged
from diffusion.reading.rows import read_csv

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_COLUMNS = ("code", "successor_code_2026")


@cache
def mergers_of_2026() -> dict[str, tuple[str, ...]]:
    """Return the boards that became one in April 2026, by the code of their successor.

    A board that was split between two successors (Suffolk and North East Essex, Frimley) counts with the first named.
    """
    table = read_csv(packaged("worlds/england-2025/boards.csv"), _COLUMNS, _COLUMNS, others=True)
    found: dict[str, list[str]] = {}
    for row in table.rows:
        if successors := row.values.get("successor_code_2026"):
            found.setdefault(successors.split(";")[0], []).append(row.values["code"])
    return {successor: tuple(boards) for successor, boards in found.items()}


@register
class BoardMergers(Lever):
    """Boards merge on the first month, and all are cut.

    For the months of transition trusts of merging boards lose change time and evaluate more slowly; for those of the
    cut all trusts do a little, as boards have fewer people to decide with. From the first month on a board knows what
    the boards it has merged with have evaluated, which counts wherever a passport credits what the same board has
    evaluated (lever 17); strength, which scales all else, does not scale that. What the cut saves in running costs is
    booked, and what it costs to let people go.
    """

    name: ClassVar[str] = "board-mergers"
    number: ClassVar[int] = 26
    title: ClassVar[str] = "Boards merge and are cut"
    acts_on: ClassVar[str] = "pressure and evaluation time for some months, evaluations shared by boards, running costs"
    equation: ClassVar[str] = (
        "merging boards: pressure + .05 and D_E * 1.15 for 12 months, evaluations known to all of a merged board; all: "
        "D_E * 1.1 for 24 months; running costs less .5 * GBP 24 a head and year, a year of that paid to let people go"
    )
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = (
        "42 boards to 36 on 1 April 2026 (a public table of boards compiled by a third party, CC0); running costs to "
        "fall by about half (Surrey Heartlands, May 2025); effects assumptions"
    )
    historic_start: ClassVar[str] = "2026-04"
    costs: ClassVar[tuple[str, ...]] = ("running_cost_gbp_per_head",)
    writes: ClassVar[tuple[str, ...]] = ("pressure", "evaluation_time", "joined_board")
    reads_innovations: ClassVar[bool] = False

    mergers: dict[str, tuple[str, ...]] | None = Field(
        None,
        description="boards that become one, by a name of their own; {} is none, which leaves the cut; "
        "default: those of England in April 2026",
    )
    transition_months: int = param(
        12,
        "months in which merging boards are busy with it, and running costs fall",
        unit="months",
        low=6,
        high=24,
        ge=1,
    )
    lost_time: float = param(
        0.05, "share of change time lost in trusts of merging boards", unit="1", low=0, high=0.15, ge=0, le=0.9
    )
    slower_evaluation: float = param(
        1.15, "factor on the evaluation time in trusts of merging boards", unit="1", low=1, high=1.5, ge=1
    )
    cut_months: int = param(
        24, "months in which decisions of all boards are slower", unit="months", low=0, high=48, ge=0
    )
    cut_evaluation: float = param(
        1.1, "factor of fewer staff in boards on the evaluation time of all trusts", unit="1", low=1, high=1.3, ge=1
    )
    running_cost_gbp_per_head: float = param(
        24.0, "running cost of boards a head of population before the cut", unit="GBP/year", low=19, high=38, ge=0
    )
    cut_share: float = param(
        0.5,
        "share of running costs that is saved",
        unit="1",
        low=0,
        high=0.6,
        ge=0,
        le=1,
        grade="B",
        source="about 50 % asked for in May 2025 (surreyheartlands.org); whether it comes off is not known",
    )
    exit_cost_share: float = param(
        1.0, "cost of letting people go, in years of the saving, over the transition", unit="1", low=0.5, high=1.5, ge=0
    )

    def joined(self, world: World) -> Longs:
        """Return int64[N]: number of the merger that a trust's board is part of, -1 for none.

        Only mergers of which two boards or more are in the whole world count. Raises InputError for an unknown board
        among those that a scenario names.
        """
        whole = world.whole
        numbers = np.full(whole.n_trusts, -1, dtype=np.int64)
        mergers = mergers_of_2026() if self.mergers is None else self.mergers
        for number, boards in enumerate(mergers.values()):
            if self.mergers is None:  # of the packaged list, those that the world has
                boards = tuple(code for code in boards if code in whole.trusts.ics_codes)
            if len(boards) > 1:
                numbers[in_boards(whole, boards, "mergers")] = number
        return np.asarray(world.of_whole(numbers))

    def check(self, world: World) -> None:
        """Raise InputError if a board that a scenario names is unknown to ``world``."""
        self.joined(world)

    def _acts(self, world: World) -> bool:
        """Whether all boards are cut: where any merges, in this world or the rest of the whole, or the cut is alone."""
        return self.mergers == {} or bool((self.joined(world.whole) >= 0).any())

    def saved_gbp_per_year(self, world: World) -> float:
        """What the cut saves a year in full, GBP, in the part of England that ``world`` is."""
        heads = float(world.whole.ahsns.population.sum())
        return world.share * heads * self.running_cost_gbp_per_head * self.cut_share

    def idle(self, look: Outlook) -> str | None:
        if not self._acts(look.world):
            named = "its mergers" if self.mergers is not None else "the mergers of April 2026"
            return f"the world has no two boards that are one in {named}"
        return None

    def remarks(self, look: Outlook) -> Iterator[str]:
        yield from super().remarks(look)
        if self.strength != 1 and (self.joined(look.world) >= 0).any():
            yield "what boards that merge know of each other's evaluations does not scale with strength, all else does"
        if saved := self.saved_gbp_per_year(look.world):
            yield (
                f"£{saved / 1e6:,.0f}m a year of boards' running costs is in the net present value, whatever becomes "
                "of innovations: compare with a scenario that has this lever too, or set cut_share to 0"
            )

    def unfelt(self, look: Outlook) -> Unfelt:
        if self.start is None:
            return
        joined, trusts = self.joined(look.world) >= 0, self.targets.trust_mask(look.world)
        first, over = look.first(self), self.start + self.transition_months
        if not (joined & trusts).any():
            yield from none_of(("lost_time", "slower_evaluation"), "no trust that it targets is in a merging board")
        elif over <= first:
            yield from none_of(("lost_time", "slower_evaluation"), f"the transition is over by {over}")
        if look.parameters.capacity.unlimited:
            yield "lost_time", "change time is unlimited"
        if not trusts.any():
            yield from none_of(("cut_months", "cut_evaluation"), "no trust is all that its targets ask for")
        elif self.start + self.cut_months <= first:
            yield "cut_evaluation", "decisions of boards are as fast as before"
        elif self.cut_evaluation == 1:
            yield "cut_months", "decisions of boards are as fast as before (cut_evaluation is 1)"
        costs = ("running_cost_gbp_per_head", "cut_share", "exit_cost_share")
        if look.world.whole.ahsns.population.sum() == 0:
            yield from none_of(costs, "the world states no population")
        elif self.cut_share == 0:
            yield from none_of(("running_cost_gbp_per_head", "exit_cost_share"), "nothing is saved (cut_share is 0)")
        elif self.running_cost_gbp_per_head == 0:
            yield from none_of(costs[1:], "boards cost nothing (running_cost_gbp_per_head is 0)")
        elif over <= first:
            yield "exit_cost_share", f"the transition is over by {over}"

    def changes(self, month: Month, see: View, own: Own) -> bool:
        assert self.start is not None
        return month - self.start <= max(self.transition_months, self.cut_months, self.ramp_months)

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        assert self.start is not None
        world, level = see.world, self.level(month)
        if not self._acts(world):
            return
        joined, trusts = self.joined(world), self.targets.trust_mask(world)
        share, gone = min(1.0, level), month - self.start
        merging = ((joined >= 0) & trusts)[:, None]
        if gone < self.transition_months:
            terms.pressure.add(level * self.lost_time, where=merging)
            terms.evaluation_time.mul(1.0 + level * (self.slower_evaluation - 1.0), where=merging)
        if gone < self.cut_months:
            terms.evaluation_time.mul(1.0 + level * (self.cut_evaluation - 1.0), where=trusts[:, None])
        terms.joined_board.max(joined.astype(np.float64)[:, None], where=merging)
        saved = share * self.saved_gbp_per_year(world)
        fallen = min(1.0, (gone + 1) / self.transition_months)
        terms.pay("saving_system", fallen * saved / 12.0)
        if gone < self.transition_months:  # national, so that a world of one region has its part of it by itself
            whole = share * self.saved_gbp_per_year(world.whole)
            terms.pay("programme", self.exit_cost_share * whole / self.transition_months)

    def schedule(self) -> list[ScheduleRow]:
        if self.start is None:
            return super().schedule()
        over, last = self.start + self.transition_months, self.start + self.cut_months
        return [
            ScheduleRow(self.start, over, "boards merge: less time, slower evaluations; running costs fall"),
            ScheduleRow(self.start, last, "decisions of all boards are slower"),
            ScheduleRow(self.start, self.end, "what one board has evaluated is known in those merged with it"),
        ]
