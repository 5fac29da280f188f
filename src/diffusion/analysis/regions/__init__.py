"""A region of the world simulated: which trusts it has, how it stands beside others, what is paid there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.regions.similar import Likeness, likeness, most_similar
    from diffusion.analysis.regions.standing import comparable_groups, rank_by_change, rank_by_share
    from diffusion.analysis.regions.tables import RegionData, RegionTables, region_data
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Likeness": "diffusion.analysis.regions.similar",
            "RegionData": "diffusion.analysis.regions.tables",
            "RegionTables": "diffusion.analysis.regions.tables",
            "comparable_groups": "diffusion.analysis.regions.standing",
            "likeness": "diffusion.analysis.regions.similar",
            "most_similar": "diffusion.analysis.regions.similar",
            "rank_by_change": "diffusion.analysis.regions.standing",
            "rank_by_share": "diffusion.analysis.regions.standing",
            "region_data": "diffusion.analysis.regions.tables",
        },
    )

__all__ = [
    "Likeness",
    "RegionData",
    "RegionTables",
    "comparable_groups",
    "likeness",
    "most_similar",
    "rank_by_change",
    "rank_by_share",
    "region_data",
]
