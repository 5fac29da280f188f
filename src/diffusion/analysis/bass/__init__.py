"""The Bass model and its fits.

``least_squares`` fits counts, ``censored`` times of adoption (as ``cells``) by maximum likelihood with intervals and
tests by ``profile``, ``generalised`` counts under drivers, ``hazard`` the simulator's own rates; ``likelihood``
maximises with derivatives by ``complex_step``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.analysis.bass.cells import Times, times_of, times_of_counts
    from diffusion.analysis.bass.censored import expected_adopters, fit_bass_ml
    from diffusion.analysis.bass.generalised import GeneralisedBassFit, fit_generalised_bass, generalised_bass_share
    from diffusion.analysis.bass.hazard import BassHazard, fit_bass_hazard
    from diffusion.analysis.bass.least_squares import (
        BassFit,
        bass_density,
        bass_peak,
        bass_share,
        bass_time_to,
        fit_bass_nls,
        fit_bass_ols,
    )
    from diffusion.analysis.bass.profile import profile_interval, shape_tests
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "BassFit": "diffusion.analysis.bass.least_squares",
            "BassHazard": "diffusion.analysis.bass.hazard",
            "GeneralisedBassFit": "diffusion.analysis.bass.generalised",
            "Times": "diffusion.analysis.bass.cells",
            "bass_density": "diffusion.analysis.bass.least_squares",
            "bass_peak": "diffusion.analysis.bass.least_squares",
            "bass_share": "diffusion.analysis.bass.least_squares",
            "bass_time_to": "diffusion.analysis.bass.least_squares",
            "expected_adopters": "diffusion.analysis.bass.censored",
            "fit_bass_hazard": "diffusion.analysis.bass.hazard",
            "fit_bass_ml": "diffusion.analysis.bass.censored",
            "fit_bass_nls": "diffusion.analysis.bass.least_squares",
            "fit_bass_ols": "diffusion.analysis.bass.least_squares",
            "fit_generalised_bass": "diffusion.analysis.bass.generalised",
            "generalised_bass_share": "diffusion.analysis.bass.generalised",
            "profile_interval": "diffusion.analysis.bass.profile",
            "shape_tests": "diffusion.analysis.bass.profile",
            "times_of": "diffusion.analysis.bass.cells",
            "times_of_counts": "diffusion.analysis.bass.cells",
        },
    )

__all__ = [
    "BassFit",
    "BassHazard",
    "GeneralisedBassFit",
    "Times",
    "bass_density",
    "bass_peak",
    "bass_share",
    "bass_time_to",
    "expected_adopters",
    "fit_bass_hazard",
    "fit_bass_ml",
    "fit_bass_nls",
    "fit_bass_ols",
    "fit_generalised_bass",
    "generalised_bass_share",
    "profile_interval",
    "shape_tests",
    "times_of",
    "times_of_counts",
]
