"""The Mesa face: trusts and AHSNs as agents whose decisions can be overridden in Python.

Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from diffusion.agents.ahsn import AHSN
    from diffusion.agents.model import DiffusionModel
    from diffusion.agents.trust import Trust

_WHERE = {
    "AHSN": "diffusion.agents.ahsn",
    "DiffusionModel": "diffusion.agents.model",
    "Trust": "diffusion.agents.trust",
}

__all__ = ["AHSN", "DiffusionModel", "Trust"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'diffusion.agents' has no attribute '{name}'")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value
