"""Indices of sensitivity as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.storage.table_files import Columns

if TYPE_CHECKING:
    from diffusion.experiments.searches.sensitivity import Sensitivity

_TEXTS = ("scenario", "minus", "outcome", "factor", "label", "values", "index", "unit")


def index_columns(found: Sequence[Sensitivity]) -> Columns:
    """A row per factor and index, the most influential first, then the split of the variance."""
    rows = [row for item in found for row in item.rows()]
    return {
        name: [str(row[name]) for row in rows] if name in _TEXTS else np.array([row[name] for row in rows], dtype=float)
        for name in rows[0]
    }
