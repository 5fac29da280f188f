"""What became of each innovation, and of the people followed: how long adoption took, who left, returned, founded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.followed.people import PeopleCounts, people_counts
    from diffusion.analysis.followed.time_to_share import Times, months_to_shares, reaching, times_to_share
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "PeopleCounts": "diffusion.analysis.followed.people",
            "Times": "diffusion.analysis.followed.time_to_share",
            "months_to_shares": "diffusion.analysis.followed.time_to_share",
            "people_counts": "diffusion.analysis.followed.people",
            "reaching": "diffusion.analysis.followed.time_to_share",
            "times_to_share": "diffusion.analysis.followed.time_to_share",
        },
    )

__all__ = [
    "PeopleCounts",
    "Times",
    "months_to_shares",
    "people_counts",
    "reaching",
    "times_to_share",
]
