"""Derivatives by the complex step (Squire & Trapp 1998), exact to rounding, of plain functions of a few parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffusion.arrays import Floats

#: What a function takes whose derivatives are wanted: numbers, or numbers a tiny step off the real line.
Numbers: TypeAlias = NDArray[np.float64] | NDArray[np.complex128]
#: A log-likelihood as a function of its parameters.
LogLikelihood: TypeAlias = Callable[[Numbers], complex]


def complex_jacobian(function: Callable[[Numbers], Numbers], at: Floats) -> Floats:
    """Return d function_i / d at_j."""
    step = 1e-30
    columns = []
    for j in range(len(at)):
        moved = at.astype(np.complex128)
        moved[j] += 1j * step * max(abs(at[j]), 1e-3)
        columns.append(np.atleast_1d(function(moved)).imag / (step * max(abs(at[j]), 1e-3)))
    return np.stack(columns, axis=1)
