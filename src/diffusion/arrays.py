"""Names of array types, and arrays that refuse writing."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Longs: TypeAlias = NDArray[np.int64]
Ints: TypeAlias = NDArray[np.int32]
Shorts: TypeAlias = NDArray[np.int16]
Bytes: TypeAlias = NDArray[np.uint8]
Keys: TypeAlias = NDArray[np.uint64]
Bools: TypeAlias = NDArray[np.bool_]


def read_only_view(array: np.ndarray) -> np.ndarray:
    """Return a view of ``array`` that refuses writing; the array itself stays as it is."""
    view = array.view()
    view.flags.writeable = False
    return view


def locked(array: np.ndarray) -> np.ndarray:
    """Lock an array and return it: whoever holds it may rely on it not to change."""
    array.flags.writeable = False
    return array
