"""How kernels get at a block: one address instead of a hundred array arguments.

A :class:`Frame` is a table of pointers and numbers. A kernel takes its address, ``c = frame(address)``, and reads
``c.stage[r, i, k]`` or ``c.month`` as attributes. Calls cost a microsecond however many arrays there are, and scalar
functions take ``c`` as one pointer. The frame does not change while a kernel runs, so its entries are loaded once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model
from numba.np import arrayobj

from diffusion.engine.frame_fields import BROADCAST, FIELDS, IN_RECORD, RECORD_BYTES

_NUMBA = {
    "f8": types.float64,
    "i8": types.int64,
    "i4": types.int32,
    "i2": types.int16,
    "u1": types.uint8,
    "u4": types.uint32,
    "u8": types.uint64,
}


def _offsets() -> tuple[dict[str, int], int]:
    offsets, position = {}, 0
    for name, (_, ndim) in FIELDS.items():
        offsets[name] = position
        position += 1 + (2 * ndim if name in BROADCAST else ndim)
    return offsets, position


_OFFSETS, _WORDS = _offsets()
_DTYPES = {dtype: np.dtype(dtype) for dtype, _ in FIELDS.values()}
#: where a frame holds the numbers of the replicates that kernels work on
FIRST_WORD, LAST_WORD = _OFFSETS["first"], _OFFSETS["last"]


class FrameType(types.Type):
    """Numba's type of a frame: an opaque pointer."""

    def __init__(self) -> None:
        super().__init__(name="Frame")


frame_type = FrameType()
register_model(FrameType)(models.OpaqueModel)


def _field_type(name: str) -> Any:
    dtype, ndim = FIELDS[name]
    array: Any = types.Array
    layout = "A" if name in IN_RECORD or name in BROADCAST else "C"
    return array(_NUMBA[dtype], ndim, layout) if ndim else _NUMBA[dtype]


@infer_getattr
class _FrameAttributes(AttributeTemplate):
    key = FrameType

    def generic_resolve(self, typ: Any, attr: str) -> Any:  # type: ignore[override]
        return _field_type(attr) if attr in FIELDS else None


@intrinsic
def _frame_at(typingctx: Any, address: Any) -> Any:
    """The frame at ``address`` (int64), inside a kernel."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return frame_type(types.int64), codegen


#: ``c = frame(address)`` inside a kernel
frame: Any = _frame_at


@lower_getattr_generic(FrameType)
def _get_field(context: Any, builder: Any, typ: Any, value: Any, attr: str) -> Any:
    word = cgutils.intp_t
    base = builder.bitcast(value, word.as_pointer())

    def load(index: int, as_type: Any) -> Any:
        pointer = builder.gep(base, [word(_OFFSETS[attr] + index)])
        loaded = builder.load(builder.bitcast(pointer, as_type.as_pointer()))
        # the frame is constant while a kernel runs: let the compiler hoist this load
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    dtype, ndim = FIELDS[attr]
    field = _field_type(attr)
    if ndim == 0:
        return load(0, context.get_data_type(field))
    itemsize = np.dtype(dtype).itemsize
    shape = [load(1 + axis, word) for axis in range(ndim)]
    if attr in BROADCAST:
        strides = [load(1 + ndim + axis, word) for axis in range(ndim)]
    else:
        strides = [word(RECORD_BYTES if attr in IN_RECORD else itemsize)]
        for size in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], size))
    array = arrayobj.make_array(field)(context, builder)
    data = builder.inttoptr(load(0, word), context.get_data_type(field.dtype).as_pointer())
    arrayobj.populate_array(
        array,
        data=data,
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides),
        itemsize=word(itemsize),
        meminfo=None,
    )
    return array._getvalue()


class Frame:
    """The table itself, filled from Python; it keeps the arrays alive.

    ``frame["stage"] = array`` checks dtype, dimensions and layout; ``frame.address`` is what kernels take.
    """

    def __init__(self) -> None:
        self.words = np.zeros(_WORDS, dtype=np.int64)
        self._items = self.words.data  # single items are written in less time through it
        self._numbers = {"f8": self.words.view(np.float64), "u8": self.words.view(np.uint64), "i8": self.words}
        self._values: dict[str, Any] = {}
        self.address = int(self.words.ctypes.data)

    def __setitem__(self, name: str, value: Any) -> None:
        dtype, ndim = FIELDS[name]
        offset = _OFFSETS[name]
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

    def __reduce__(self) -> Any:
        raise TypeError("a frame holds addresses and cannot be copied; take a snapshot (Simulation.snapshot)")

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def missing(self) -> list[str]:
        """Names of the fields not set yet; a kernel that reads one would fault."""
        return [name for name in FIELDS if name not in self._values]
