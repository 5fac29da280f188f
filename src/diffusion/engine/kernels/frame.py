"""The frame: one table of pointers to all arrays and numbers that kernels read.

A kernel takes its address, ``c = frame(address)``, and reads ``c.stage[r, i, k]`` or ``c.month`` as attributes. Calls
cost a microsecond however many arrays there are, and scalar functions take ``c`` as one pointer. The frame does not
change while a kernel runs, so its entries are loaded once. Fields are the rows of ``fields/``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast
from weakref import WeakValueDictionary

import numpy as np

from diffusion.engine.kernels.frame_fields import BROADCAST, FIELDS, IN_RECORD, RECORD_BYTES
from diffusion.engine.kernels.frame_layout import OFFSETS, WORDS
from diffusion.engine.kernels.jit import Intrinsic

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView
    from diffusion.engine.kernels.plain_frame import PlainFrame


#: what a field holds: a number, or an array
FrameValue: TypeAlias = "float | np.ndarray"
_DTYPES = {dtype: np.dtype(dtype) for dtype, _ in FIELDS.values()}
#: where a frame holds the numbers of the replicates that kernels work on
FIRST_WORD, LAST_WORD = OFFSETS["first"], OFFSETS["last"]


class Frame:
    """The table itself, filled from Python; it keeps the arrays alive.

    ``frame["stage"] = array`` checks dtype, dimensions and layout; ``frame.address`` is what kernels take.
    """

    def __init__(self) -> None:
        self.words = np.zeros(WORDS, dtype=np.int64)
        self._items = self.words.data  # single items are written in less time through it
        self._numbers = {
            "f8": self.words.view(np.float64).data,
            "u8": self.words.view(np.uint64).data,
            "i8": self._items,
        }
        self._values: dict[str, Any] = {}
        self.address = int(self.words.ctypes.data)
        _FRAMES[self.address] = self

    def __setitem__(self, name: str, value: Any) -> None:
        dtype, ndim = FIELDS[name]
        offset = OFFSETS[name]
        if not ndim:
            self._numbers[dtype][offset] = value
        elif self._values.get(name) is not value:
            strided = name in IN_RECORD
            in_order = value.strides[-1] == RECORD_BYTES if strided else value.flags.c_contiguous
            if value.dtype != _DTYPES[dtype] or value.ndim != ndim or not in_order:
                raise TypeError(f"frame field '{name}' is {dtype}[{ndim}], C order; got {value.dtype}[{value.ndim}]")
            items = self._items
            items[offset] = value.__array_interface__["data"][0]
            for size in value.shape:
                offset += 1
                items[offset] = size
            if name in BROADCAST:
                for size, step in zip(value.shape, value.strides):
                    offset += 1
                    items[offset] = step if size > 1 else 0
        self._values[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def number(self, name: str) -> Any:
        """Return a number as the table holds it now; compiled code may have written it."""
        return self._numbers[FIELDS[name][0]][OFFSETS[name]]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a frame holds addresses and cannot be copied; take a snapshot (Simulation.snapshot)")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def missing(self) -> list[str]:
        """Names of the fields not set yet; a kernel that reads one would fault."""
        return [name for name in FIELDS if name not in self._values]


#: frames by address, for kernels that run as plain Python
_FRAMES: WeakValueDictionary[int, Frame] = WeakValueDictionary()


def _plain(address: int) -> PlainFrame:
    from diffusion.engine.kernels.plain_frame import PlainFrame

    return PlainFrame(_FRAMES[int(address)])


#: ``c = frame(address)`` inside a kernel
frame = cast("Callable[[int], FrameView]", Intrinsic(_plain, "frame"))
