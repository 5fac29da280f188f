"""Where Python code may replace a decision: of trusts, of people and companies, and those that levers ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from diffusion.engine.term_values import Pairs
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model

#: "nobody overrides this decision"
NO_OVERRIDE = np.zeros((0, 0))


class Hooks:
    """No overrides; the Mesa model has hooks of its own."""

    #: runs with overrides use blocks of one replicate
    active: bool = False

    def rows(self, decision: str, model: Model, block: Block) -> np.ndarray:
        """Return float64[N, K], NaN where the compiled decision holds, or an array of shape (0, 0)."""
        return NO_OVERRIDE

    def numbers(self, kind: str, decision: str, block: Block, asked: np.ndarray) -> np.ndarray:
        """Return float64[1, E or K], NaN where the compiled decision holds, or an array of shape (0, 0).

        ``kind`` is entrepreneur or company; ``asked`` bool[E or K] says whose decision is due this month.
        """
        return NO_OVERRIDE

    def decide(self, decision: str, rows: np.ndarray, own: object = None) -> np.ndarray:
        """Return ``rows`` of a lever's decision, replicates first, with those of overriding agents replaced.

        ``own`` is the lever's own state, which its agents look at.
        """
        return rows

    def choose(self, decision: str, pairs: Pairs, own: object = None) -> Pairs:
        """Return the pairs (r, i, k) that a lever's agents choose, or ``pairs``; ``own`` as in :meth:`decide`."""
        return pairs
