"""Where each field of the frame stands in its table of words: an address or number, sizes, and strides if broadcast."""

from __future__ import annotations

from diffusion.engine.kernels.frame_fields import BROADCAST, FIELDS


def _offsets() -> tuple[dict[str, int], int]:
    offsets, position = {}, 0
    for name, (_, ndim) in FIELDS.items():
        offsets[name] = position
        position += 1 + (2 * ndim if name in BROADCAST else ndim)
    return offsets, position


#: field -> its first word in the table, and the number of words
OFFSETS, WORDS = _offsets()
