"""Lever 12, Healthy New Towns: prevention fits the strategy of trusts near ten places that are being built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Floats
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import Grade, param
from diffusion.errors import InputError, did_you_mean
from diffusion.levers.base import Lever, Own, ScheduleRow
from diffusion.levers.outlook import first_few, none_of
from diffusion.levers.registry import register
from diffusion.levers.targets import INNOVATION_FIELDS
from diffusion.reading.files import packaged
from diffusion.reading.rows import read_csv
from diffusion.world.building.layers import great_circle_km, unit_vectors

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.levers.outlook import Outlook, Unfelt
    from diffusion.month.view import View
    from diffusion.world.tables import World

_COLUMNS = ("name", "latitude", "longitude", "homes")


def town_points() -> dict[str, tuple[float, float]]:
    """Return (latitude, longitude) of the ten towns by name, in degrees."""
    table = read_csv(packaged("healthy_new_towns.csv"), _COLUMNS, _COLUMNS)
    return {row.values["name"]: (float(row.values["latitude"]), float(row.values["longitude"])) for row in table.rows}


@register
class HealthyNewTowns(Lever):
    """Trusts with their headquarters near a town take up innovations for prevention more readily.

    The grant of a town is spent by the trusts near it, on staff; a town without a trust near it gets none.
    """

    name: ClassVar[str] = "healthy-new-towns"
    number: ClassVar[int] = 12
    title: ClassVar[str] = "Healthy New Towns"
    acts_on: ClassVar[str] = "alignment of prevention innovations near ten sites"
    equation: ClassVar[str] = "align + 1 for innovations tagged prevention, in trusts within 25 km of a town"
    grade: ClassVar[Grade] = "C"
    source: ClassVar[str] = "ten sites announced on 1 March 2016, to 2019; effect and cost assumptions"
    historic_start: ClassVar[str] = "2016-03"
    default_months: ClassVar[int | None] = 36
    start_period: ClassVar[int] = 1
    costs: ClassVar[tuple[str, ...]] = ("grant_gbp_per_year",)
    writes: ClassVar[tuple[str, ...]] = ("alignment",)

    towns: tuple[str, ...] | None = Field(None, description="names of towns; default: all ten")
    tag: str = Field("sickness-to-prevention", description="tag of the innovations that fit")
    radius_km: float = param(25.0, "greatest distance of a trust near a town", unit="km", low=10, high=50, ge=0)
    alignment: float = param(1.0, "added to the alignment", unit="1", low=0, high=2, ge=0)
    grant_gbp_per_year: float = param(200_000.0, "grant of a town", unit="GBP/year", low=50_000, high=1_000_000, ge=0)

    def distances_km(self, world: World) -> Floats:
        """Return float64[N, towns]: great-circle distances of headquarters; raises InputError for an unknown town."""
        known = town_points()
        for name in self.towns or ():
            if name not in known:
                raise InputError(
                    f"unknown town '{name}'",
                    key="towns",
                    expected=", ".join(known),
                    suggestion=did_you_mean(name, known),
                )
        places = np.array([known[name] for name in (known if self.towns is None else self.towns)]).reshape(-1, 2)
        n, t = world.n_trusts, len(places)
        points = np.concatenate(
            [unit_vectors(world.trusts.latitude, world.trusts.longitude), unit_vectors(places[:, 0], places[:, 1])]
        )
        return great_circle_km(points, np.repeat(np.arange(n), t), np.tile(n + np.arange(t), n)).reshape(n, t)

    def check(self, world: World) -> None:
        """Raise InputError if a town is unknown."""
        self.distances_km(world)

    def near(self, world: World) -> Bools:
        """Return bool[N, towns]: which trusts concerned are near which town."""
        if world.cut is not None:
            return np.asarray(world.of_whole(self.near(world.whole)))
        near = self.distances_km(world) <= self.radius_km
        return near & self.targets.trust_mask(world)[:, None]

    def tagged(self, world: World) -> Bools:
        """Return bool[K]: the innovations that fit."""
        fits = np.array([self.tag in tags for tags in world.innovations.tags], dtype=bool)
        return fits & self.targets.innovation_mask(world)

    def idle(self, look: Outlook) -> str | None:
        if not self.near(look.world).any():
            return f"none of the trusts it targets has its headquarters within {self.radius_km:g} km of a town"
        return self._unaligned(look) if self.grant_gbp_per_year == 0 else None

    def remarks(self, look: Outlook) -> Iterator[str]:
        near = np.asarray(self.near(look.world.whole).any(axis=0))
        if not near.all():
            names = [name for name, found in zip(self.towns or town_points(), near) if not found]
            far = first_few(names)
            yield f"{len(names)} of {len(near)} towns have no trust it targets within {self.radius_km:g} km: {far}"
        if why := self._unaligned(look):
            yield f"{why}: only the grants are felt"

    def unfelt(self, look: Outlook) -> Unfelt:
        why = self._unaligned(look)
        if why and self.alignment != 0:
            yield "alignment", why
            yield from none_of(INNOVATION_FIELDS, why)
        elif why:
            yield from none_of(("tag", *INNOVATION_FIELDS), why)

    def _unaligned(self, look: Outlook) -> str | None:
        """Say why no pair is more aligned for it; None if one is."""
        if self.alignment == 0:
            return "it adds nothing to alignment"
        if not (look.parameters.triage.alignment_weight or look.parameters.evaluation.alignment_weight):
            return "no decision looks at alignment"
        fits = self.tagged(look.world) & look.live(look.last(self))
        near = np.asarray(self.near(look.world).any(axis=1))
        if not (look.world.eligible & near[:, None] & fits).any():
            return f"no trust near a town can adopt an innovation it targets with the tag '{self.tag}'"
        return None

    def changes(self, month: Month, see: View, own: Own) -> bool:
        return False

    def schedule(self) -> list[ScheduleRow]:
        return [ScheduleRow(self.start, self.end, f"{len(town_points() if self.towns is None else self.towns)} towns")]

    def write(self, month: Month, see: View, terms: Terms, own: Own, draws: Draws) -> None:
        level, near = self.level(month), self.near(see.world)
        where = near.any(axis=1, keepdims=True) & self.tagged(see.world)
        terms.alignment.add(level * self.alignment, where=where)
        grant = level * self.grant_gbp_per_year / 12.0 * int(near.any(axis=0).sum())
        # the trusts near a town have its grant, by size
        whole = see.world.whole
        sizes = self.near(whole) * whole.trusts.size[:, None]
        shares = (sizes / np.maximum(sizes.sum(axis=0), np.finfo(float).tiny)).sum(axis=1)
        of_trusts = level * self.grant_gbp_per_year / 12.0 * see.world.of_whole(shares)
        if see.world.cut is not None:
            grant = float(of_trusts.sum())
        terms.pay("new_town_grant", grant, by_trust=of_trusts)
        terms.pay("new_town_staff", grant, by_trust=of_trusts)
