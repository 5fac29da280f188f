"""Histories of adoption, observed or simulated, as one kind of table, and what times alone say.

``reading`` and ``packaged`` read them, ``simulated`` makes them of a run's events; ``times`` has curve, classes and
groups, ``ties`` networks among organisations, ``person_period`` the table of those at risk and the hazard regression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.observed.packaged import hospital_medicines, packaged_series
    from diffusion.analysis.observed.person_period import (
        HazardRegression,
        PersonPeriod,
        fit_hazard,
        person_period_table,
    )
    from diffusion.analysis.observed.reading import Observed, ReadOptions, read_observed
    from diffusion.analysis.observed.simulated import adoption_from_events
    from diffusion.analysis.observed.ties import Ties, ties_from_edges, ties_from_groups, ties_from_layer
    from diffusion.analysis.observed.times import (
        Adoption,
        Curve,
        LogRank,
        adopter_classes,
        adoption_curve,
        adoption_table,
        log_rank,
    )
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Adoption": "diffusion.analysis.observed.times",
            "Curve": "diffusion.analysis.observed.times",
            "HazardRegression": "diffusion.analysis.observed.person_period",
            "LogRank": "diffusion.analysis.observed.times",
            "Observed": "diffusion.analysis.observed.reading",
            "PersonPeriod": "diffusion.analysis.observed.person_period",
            "ReadOptions": "diffusion.analysis.observed.reading",
            "Ties": "diffusion.analysis.observed.ties",
            "adopter_classes": "diffusion.analysis.observed.times",
            "adoption_curve": "diffusion.analysis.observed.times",
            "adoption_from_events": "diffusion.analysis.observed.simulated",
            "adoption_table": "diffusion.analysis.observed.times",
            "fit_hazard": "diffusion.analysis.observed.person_period",
            "hospital_medicines": "diffusion.analysis.observed.packaged",
            "log_rank": "diffusion.analysis.observed.times",
            "packaged_series": "diffusion.analysis.observed.packaged",
            "person_period_table": "diffusion.analysis.observed.person_period",
            "read_observed": "diffusion.analysis.observed.reading",
            "ties_from_edges": "diffusion.analysis.observed.ties",
            "ties_from_groups": "diffusion.analysis.observed.ties",
            "ties_from_layer": "diffusion.analysis.observed.ties",
        },
    )

__all__ = [
    "Adoption",
    "Curve",
    "HazardRegression",
    "LogRank",
    "Observed",
    "PersonPeriod",
    "ReadOptions",
    "Ties",
    "adopter_classes",
    "adoption_curve",
    "adoption_from_events",
    "adoption_table",
    "fit_hazard",
    "hospital_medicines",
    "log_rank",
    "packaged_series",
    "person_period_table",
    "read_observed",
    "ties_from_edges",
    "ties_from_groups",
    "ties_from_layer",
]
