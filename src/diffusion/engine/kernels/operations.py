"""Numba's view of a frame, and the operations that only exist inside kernels: loaded when something is compiled.

The frame reaches a kernel as an opaque pointer; reading an attribute loads from the table of addresses behind it
(``frame.py``).
"""

# what generates code is written in llvmlite, which has no types
# mypy: disable-error-code="call-overload,attr-defined,no-untyped-call"

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import intrinsic, models, register_model
from numba.np import arrayobj

from diffusion.engine.kernels.frame_fields import BROADCAST, FIELDS, IN_RECORD, RECORD_BYTES
from diffusion.engine.kernels.frame_layout import OFFSETS

_NUMBA = {
    "f8": types.float64,
    "i8": types.int64,
    "i4": types.int32,
    "i2": types.int16,
    "u1": types.uint8,
    "u4": types.uint32,
    "u8": types.uint64,
}


class FrameType(types.Type):
    """Numba's type of a frame: an opaque pointer."""

    def __init__(self) -> None:
        super().__init__(name="Frame")


frame_type = FrameType()
register_model(FrameType)(models.OpaqueModel)


def _field_type(name):  # type: ignore[no-untyped-def]
    dtype, ndim = FIELDS[name]
    layout = "A" if name in IN_RECORD or name in BROADCAST else "C"
    return types.Array(_NUMBA[dtype], ndim, layout) if ndim else _NUMBA[dtype]


@infer_getattr
class _FrameAttributes(AttributeTemplate):
    key = FrameType

    def generic_resolve(self, typ, attr):  # type: ignore[no-untyped-def, override]
        return _field_type(attr) if attr in FIELDS else None


@intrinsic
def _frame(typingctx, address):  # type: ignore[no-untyped-def]
    """The frame at ``address`` (int64)."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return frame_type(types.int64), codegen


@lower_getattr_generic(FrameType)
def _get_field(context, builder, typ, value, attr):  # type: ignore[no-untyped-def]
    word = cgutils.intp_t
    base = builder.bitcast(value, word.as_pointer())

    def load(index, as_type):  # type: ignore[no-untyped-def]
        pointer = builder.gep(base, [word(OFFSETS[attr] + index)])
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


@intrinsic
def _call_address(typingctx, function, argument):  # type: ignore[no-untyped-def]
    """Call the C function at address ``function`` with one int64."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        signature_c = ir.FunctionType(ir.VoidType(), [ir.IntType(64)])
        builder.call(builder.inttoptr(args[0], signature_c.as_pointer()), [args[1]])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@intrinsic
def _call_scalar(typingctx, function, first, second):  # type: ignore[no-untyped-def]
    """Call the C function at address ``function`` with two float64; it gives a float64."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        number = ir.DoubleType()
        signature_c = ir.FunctionType(number, [number, number])
        return builder.call(builder.inttoptr(args[0], signature_c.as_pointer()), args[1:])

    return types.float64(types.int64, types.float64, types.float64), codegen


@intrinsic
def _prefetch(typingctx, field, r, i, k):  # type: ignore[no-untyped-def]
    """Begin loading the cache line of ``field[r, i, k]``, without waiting for it."""

    def codegen(context, builder, signature, args):  # type: ignore[no-untyped-def]
        array = context.make_array(signature.args[0])(context, builder, args[0])
        offset = ir.Constant(ir.IntType(64), 0)
        for index, stride in zip(args[1:], cgutils.unpack_tuple(builder, array.strides)):
            offset = builder.add(offset, builder.mul(index, stride))
        pointer = builder.gep(builder.bitcast(array.data, cgutils.voidptr_t), [offset])
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(function, [pointer, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(field, types.int64, types.int64, types.int64), codegen


INTRINSICS = {"frame": _frame, "call_address": _call_address, "call_scalar": _call_scalar, "prefetch": _prefetch}
