"""Lever 16, setting direction: the three shifts, fewer pilots at a time, and a longer view of money."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.levers.base import Lever, Own
from diffusion.levers.outlook import none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS
from diffusion.world.innovations import SHIFTS

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
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
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("cost_gbp_per_year",)
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

    def idle(self, look: Outlook) -> str | None:
        if self.cost_gbp_per_year > 0:
            return None
        if not self.targets.trust_mask(look.world).any():
            return "no trust is all that its targets ask for"
        unfelt = dict(self.unfelt(look))
        unaligned = ("aligned_gain" in unfelt or self.aligned_gain == 0) and (
            "unaligned_loss" in unfelt or self.unaligned_loss == 0
        )
        if unaligned and "pilot_limit" in unfelt and "horizon_months" in unfelt:
            return "no alignment, limit or horizon of it can be felt here"
        return None

    def unfelt(self, look: Outlook) -> Unfelt:
        p, nobody = look.parameters, look.nobody(self)
        if not (p.triage.alignment_weight or p.evaluation.alignment_weight):
            nobody = nobody or "no decision looks at alignment"
        pairs = look.pairs(self).any(axis=0)
        fits = aligned(look.world)
        if nobody or not (pairs & fits).any():
            yield "aligned_gain", nobody or "no innovation it targets has the tag of a shift"
        if nobody or not (pairs & ~fits).any():
            yield "unaligned_loss", nobody or "all innovations it targets have the tag of a shift"
        if nobody:
            yield from none_of(INNOVATION_FIELDS, nobody)
        no_trust = not self.targets.trust_mask(look.world).any()
        if no_trust or self.pilot_limit >= look.world.n_innovations:
            why = f"a trust cannot have so many pilots: there are {look.world.n_innovations} innovations"
            yield "pilot_limit", "no trust is all that its targets ask for" if no_trust else why
        ordinary = p.finance.horizon_months
        if no_trust or self.horizon_months <= ordinary:
            yield "horizon_months", f"trusts look {ordinary} months ahead without it"

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
