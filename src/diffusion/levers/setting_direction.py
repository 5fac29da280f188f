"""Lever 16, setting direction: the three shifts, fewer pilots at a time, and a longer view of money."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own
from diffusion.levers.registry import register
from diffusion.world.innovations import SHIFTS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.month.view import View
    from diffusion.world.tables import World


def aligned(world: World) -> np.ndarray:
    """Return bool[K]: innovations with the tag of any of the three shifts."""
    return np.array([not tags.isdisjoint(SHIFTS) for tags in world.innovations.tags], dtype=bool)


@register
class SettingDirection(Lever):
    """Innovations that serve a shift are preferred to those that do not; trusts run fewer pilots and look further.

    With a horizon of three years the innovation fund is also carried over in full (see the finance parameters). At
    partial strength the horizon lies in between, and the limit on pilots is wider in proportion.
    """

    name: ClassVar[str] = "setting-direction"
    number: ClassVar[int] = 16
    title: ClassVar[str] = "Setting direction"
    acts_on: ClassVar[str] = "strategic alignment, limit on concurrent pilots, finance horizon"
    equation: ClassVar[str] = "align + 1 with the tag of a shift, - .5 without; at most 6 pilots at a time; H = 36"
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "ecosystem report, November 2024"
    historic_start: ClassVar[str] = "2024-11"
    writes: ClassVar[tuple[str, ...]] = ("alignment", "pilot_limit", "horizon_months")

    aligned_gain: float = param(
        1.0, "alignment added for innovations of a shift", unit="1", low=0.5, high=1, ge=0, le=1
    )
    unaligned_loss: float = param(0.5, "alignment taken from all others", unit="1", low=0, high=1, ge=0, le=1)
    pilot_limit: int = param(6, "pilots of a trust at a time", unit="pilots", low=3, high=12, ge=1)
    horizon_months: int = param(
        36, "horizon over which trusts count cash", unit="months", low=24, high=60, ge=1, le=600
    )
    cost_gbp_per_year: float = param(1e6, "programme cost", unit="GBP/year", low=0, high=5e6, ge=0)

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level = self.level(month)
        alignment = level * np.where(aligned(see.world), self.aligned_gain, -self.unaligned_loss)
        terms.alignment.add(alignment[None, :], where=self.targets.mask(see.world))
        trusts = self.targets.trust_mask(see.world)
        where = None if trusts.all() else trusts[:, None]
        terms.pilot_limit.min(self.pilot_limit / min(1.0, level), where=where)
        ordinary = see.parameters.finance.horizon_months
        terms.horizon_months.max(ordinary + min(1.0, level) * max(0, self.horizon_months - ordinary), where=where)
        terms.pay("direction", level * self.cost_gbp_per_year / 12.0)
