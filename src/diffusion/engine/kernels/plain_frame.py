"""The frame as kernels see it that run as plain Python (``DIFFUSION_NO_JIT=1``): arithmetic as in compiled code.

Compiled code computes small whole numbers in 64 bits and divides by zero as NumPy does; NumPy would compute an int16 in
16 bits. Items are therefore given out as Python's int or NumPy's float64; keys stay uint64, which wrap around in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.engine.kernels.frame_fields import BROADCAST, FIELDS

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame import Frame


class PlainArray:
    """An array of the frame, or a part of one; axes of length 1 of a broadcast field stand for any length."""

    def __init__(self, array: np.ndarray, broadcast: bool = False) -> None:
        self._array = array
        self._broadcast = broadcast
        self.shape, self.size = array.shape, array.size

    def __getitem__(self, index: Any) -> Any:
        if self._broadcast:
            index = index if isinstance(index, tuple) else (index,)
            index = tuple(0 if size == 1 else place for size, place in zip(self.shape, index))
        found = self._array[index]
        if isinstance(found, np.ndarray):
            return PlainArray(found, self._broadcast)
        return found if found.dtype.kind == "f" or found.dtype == np.uint64 else int(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        # compiled code wraps around where a number does not fit
        whole = isinstance(value, int) and self._array.dtype.kind in "iu"
        self._array[index] = np.array(value).astype(self._array.dtype) if whole else value

    def __len__(self) -> int:
        return int(self.shape[0])


class PlainFrame:
    """Attributes are read from the frame when a kernel asks for them."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __getattr__(self, name: str) -> Any:
        frame = self._frame
        if name not in FIELDS:
            raise AttributeError(f"the frame has no field '{name}'")
        if not FIELDS[name][1]:
            number = frame.number(name)
            return number if FIELDS[name][0] != "i8" else int(number)
        found = PlainArray(frame[name], name in BROADCAST)
        self.__dict__[name] = found
        return found
