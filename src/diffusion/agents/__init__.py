"""The Mesa face: trusts, AHSNs, fellows, entrepreneurs and companies whose decisions can be overridden in Python.

Names are imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.lazy import handed_on

if TYPE_CHECKING:
    from diffusion.agents.ahsn import AHSN
    from diffusion.agents.company import Company
    from diffusion.agents.diffusion_model import DiffusionModel
    from diffusion.agents.entrepreneur import ClinicalEntrepreneur
    from diffusion.agents.fellow import Fellow
    from diffusion.agents.trust import Trust
else:
    __getattr__, __dir__ = handed_on(
        __name__,
        {
            "AHSN": "diffusion.agents.ahsn",
            "ClinicalEntrepreneur": "diffusion.agents.entrepreneur",
            "Company": "diffusion.agents.company",
            "DiffusionModel": "diffusion.agents.diffusion_model",
            "Fellow": "diffusion.agents.fellow",
            "Trust": "diffusion.agents.trust",
        },
    )

__all__ = ["AHSN", "ClinicalEntrepreneur", "Company", "DiffusionModel", "Fellow", "Trust"]
