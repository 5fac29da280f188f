"""Where Python code may replace a decision: rows of rates, one row per trust that overrides it."""

from __future__ import annotations

from typing import Any

import numpy as np

#: "nobody overrides this decision"
NO_OVERRIDE = np.zeros((0, 0))


class Hooks:
    """No overrides; the Mesa model has hooks of its own."""

    #: runs with overrides use blocks of one replicate
    active: bool = False

    def rows(self, decision: str, model: Any, block: Any) -> np.ndarray:
        """Return float64[N, K], NaN where the compiled decision holds, or an array of shape (0, 0)."""
        return NO_OVERRIDE

    def decide(self, decision: str, rows: np.ndarray) -> np.ndarray:
        """Return ``rows`` (R, agents, K) of a lever's decision, with those of overriding agents replaced."""
        return rows
