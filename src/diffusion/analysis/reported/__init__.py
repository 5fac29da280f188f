"""What programmes reported of themselves, and what the model gives for it.

``figures``: the reported figures, with sources; ``comparison``: those of a scenario's levers beside its runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.reported.comparison import ReportedRow, count_inside, reported_rows, verdict_on
    from diffusion.analysis.reported.figures import ReportedFigure, packaged_figures, read_figures
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "ReportedFigure": "diffusion.analysis.reported.figures",
            "ReportedRow": "diffusion.analysis.reported.comparison",
            "count_inside": "diffusion.analysis.reported.comparison",
            "packaged_figures": "diffusion.analysis.reported.figures",
            "read_figures": "diffusion.analysis.reported.figures",
            "reported_rows": "diffusion.analysis.reported.comparison",
            "verdict_on": "diffusion.analysis.reported.comparison",
        },
    )

__all__ = [
    "ReportedFigure",
    "ReportedRow",
    "count_inside",
    "packaged_figures",
    "read_figures",
    "reported_rows",
    "verdict_on",
]
