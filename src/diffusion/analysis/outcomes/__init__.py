"""What an outcome is, and the outcomes that programmes count of themselves.

``outcome``: name, unit, direction; ``counted``: counts of a programme at a month; ``programmes``: the outcomes made of
them at the end of a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.outcomes.counted import COUNTS, JOB_GBP_PER_YEAR, Count, programme_start
    from diffusion.analysis.outcomes.outcome import Outcome
    from diffusion.analysis.outcomes.programmes import PROGRAMME_OUTCOMES, programme_values
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "COUNTS": "diffusion.analysis.outcomes.counted",
            "Count": "diffusion.analysis.outcomes.counted",
            "JOB_GBP_PER_YEAR": "diffusion.analysis.outcomes.counted",
            "Outcome": "diffusion.analysis.outcomes.outcome",
            "PROGRAMME_OUTCOMES": "diffusion.analysis.outcomes.programmes",
            "programme_start": "diffusion.analysis.outcomes.counted",
            "programme_values": "diffusion.analysis.outcomes.programmes",
        },
    )

__all__ = [
    "COUNTS",
    "JOB_GBP_PER_YEAR",
    "PROGRAMME_OUTCOMES",
    "Count",
    "Outcome",
    "programme_start",
    "programme_values",
]
