"""Where Python code may replace a decision: of trusts, of people and companies, and those that levers ask for."""

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

    def numbers(self, kind: str, decision: str, block: Any, asked: np.ndarray) -> np.ndarray:
        """Return float64[1, E or K], NaN where the compiled decision holds, or an array of shape (0, 0).

        ``kind`` is entrepreneur or company; ``asked`` bool[E or K] says whose decision is due this month.
        """
        return NO_OVERRIDE

    def decide(self, decision: str, rows: Any, own: dict[str, Any] | None = None) -> Any:
        """Return ``rows`` of a lever's decision with those of overriding agents replaced.

        They are an array with replicates first, or the pairs (r, i, k) chosen.

        ``own`` is the lever's own state, which its agents look at.
        """
        return rows
