"""Pure functions on tables of results and of observed adoption: nothing here runs or writes anything.

Sub-rooms, from the ground up: ``outcomes`` (what an outcome is, and what programmes count of themselves), ``results``
(measures of simulated results, differences, intervals), on it ``observed`` (histories of adoption), ``economics``,
``uncertainty`` and ``reported`` (what programmes reported, beside the runs), on these ``bass`` and ``networks``.
``findings`` stands on all of them: it measures everything that ``diffusion analyse`` reports. Each sub-room hands on
its main names.
Functions that take results read arrays with the replicate axis first and do not know how they were made.
"""

from __future__ import annotations

from diffusion.lazy import moved

# documented paths of modules that moved
moved(
    __name__,
    {
        "bass_generalised": "diffusion.analysis.bass.generalised",
        "bass_hazard": "diffusion.analysis.bass.hazard",
        "events": "diffusion.analysis.observed.simulated",
        "exposure": "diffusion.analysis.networks.exposures",
        "person_period": "diffusion.analysis.observed.person_period",
        "ties": "diffusion.analysis.observed.ties",
    },
)
