"""What is kept of a region's trusts in one scenario's runs, in the shape that analysis reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple, NoReturn

import numpy as np

from diffusion.analysis.regions.money import own_pence, shared_pence
from diffusion.analysis.results.groups import eligible_by_trust
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats, Ints, Longs
from diffusion.engine.stages import INELIGIBLE
from diffusion.world.regions import Region


class RegionData(NamedTuple):
    """Counts of one region in one scenario, of the portfolio: what is born during a run is in none.

    ``adopters`` int64[R, T+1], ``pairs`` int64[T+1] that are eligible, ``stages`` int64[R, stage] pairs by stage at the
    end (ineligible ones included). ``own`` and ``shared`` int64[R, flow] are payments over the whole run in pence: of
    its trusts, and its share of what has no place (see :mod:`diffusion.analysis.regions.money`).
    """

    adopters: Longs
    pairs: Longs
    stages: Longs
    own: Longs
    shared: Longs

    @property
    def eligible(self) -> int:
        """Eligible pairs at the end."""
        return int(self.pairs[-1])


def region_data(tables: ResultTables, region: Region) -> RegionData:
    """Return what is kept of a region, from runs that hold all months and were asked to keep trusts apart.

    Raises
    ------
    ValueError
        The runs were not asked to.
    """
    by_trust, pence = getattr(tables, "end_by_trust", None), getattr(tables, "by_trust_pence", None)
    if by_trust is None or pence is None:
        raise ValueError("these runs do not keep stages by trust: run them with by_trust=True")
    inside = region.members(tables.world)
    return RegionData(
        tables.adopters_by_trust[:, :, inside].sum(axis=2, dtype=np.int64),
        np.array([eligible_by_trust(tables, month)[inside].sum() for month in range(tables.months + 1)]),
        by_trust[:, inside].sum(axis=1, dtype=np.int64),
        own_pence(pence, inside),
        shared_pence(tables, pence, inside),
    )


class RegionTables:
    """Tables of one region, as :class:`~diffusion.analysis.results.tables.ResultTables` of a scenario.

    Monthly there is the adopter share alone, and no money; ``world`` and ``scenario`` are those of the whole.
    """

    flow_names: tuple[str, ...] = ()
    money_flows: tuple[tuple[str, str, str], ...] = ()

    def __init__(self, whole: ResultTables, region: Region, data: RegionData) -> None:
        self.scenario, self.world, self.seed = whole.scenario, whole.world, whole.seed
        self.replicates, self.months = whole.replicates, whole.months
        self.region, self.data = region, data
        #: (purpose, payer, payee) of each column of payments of the region
        self.payments = whole.money_flows

    @cached_property
    def monthly(self) -> Mapping[str, Floats]:
        return {"adopter_share": np.asarray(self.data.adopters / np.maximum(1, self.data.pairs))}

    @property
    def stages_at_end(self) -> Longs:
        """Pairs of the portfolio by stage at the end, [R, stage]."""
        return self.data.stages

    @property
    def stage_means(self) -> Floats:
        """Mean pairs by stage at the end, [1, stage]: of the months before nothing is kept."""
        mean = self.data.stages.mean(axis=0, keepdims=True)
        mean[:, INELIGIBLE] = 0.0
        return np.asarray(mean)

    @property
    def moved(self) -> Mapping[str, Longs]:
        return {}

    @property
    def flows(self) -> Ints:
        return np.zeros((len(self.replicates), 1, 0), dtype=np.int32)

    @property
    def money_gbp(self) -> Floats:
        return np.zeros((len(self.replicates), self.months + 1, 0))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith(("stage_by_", "adopters_by_")):
            raise AttributeError(f"a region has no '{name}': ask the tables of the whole")
        raise AttributeError(name)
