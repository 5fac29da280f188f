"""A study: read from a file, checked, drawn and frozen before anything runs.

>>> from diffusion.experiments.study import load_study, make_design
>>> make_design(load_study("people-or-tools")).runs
2400

Names are imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.experiments.study.bound_factors import axes_of, study_warnings
    from diffusion.experiments.study.design import Design, check_size, estimated_cpu_seconds, make_design
    from diffusion.experiments.study.design_changes import changes
    from diffusion.experiments.study.design_files import freeze, thaw
    from diffusion.experiments.study.files import find_study, study_names
    from diffusion.experiments.study.load import load_study
    from diffusion.experiments.study.schema import Factor, Study
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "Design": "diffusion.experiments.study.design",
            "Factor": "diffusion.experiments.study.schema",
            "Study": "diffusion.experiments.study.schema",
            "axes_of": "diffusion.experiments.study.bound_factors",
            "changes": "diffusion.experiments.study.design_changes",
            "check_size": "diffusion.experiments.study.design",
            "estimated_cpu_seconds": "diffusion.experiments.study.design",
            "find_study": "diffusion.experiments.study.files",
            "freeze": "diffusion.experiments.study.design_files",
            "load_study": "diffusion.experiments.study.load",
            "make_design": "diffusion.experiments.study.design",
            "study_names": "diffusion.experiments.study.files",
            "study_warnings": "diffusion.experiments.study.bound_factors",
            "thaw": "diffusion.experiments.study.design_files",
        },
    )

__all__ = [
    "Design",
    "Factor",
    "Study",
    "axes_of",
    "changes",
    "check_size",
    "estimated_cpu_seconds",
    "find_study",
    "freeze",
    "load_study",
    "make_design",
    "study_names",
    "study_warnings",
    "thaw",
]
