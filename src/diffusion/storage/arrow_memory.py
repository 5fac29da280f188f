"""Arrow where the memory of this process is limited: it would wait for ever for threads that cannot be started."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from diffusion.errors import InputError
from diffusion.processes import ADDRESS_ASIDE_BYTES, address_space_left

#: A table in memory, over its compressed file, and the copies on its way.
_TIMES = 12


class Reading(TypedDict):
    """How a Parquet file is read."""

    use_threads: bool
    pre_buffer: bool


def reading(size: int, file: Path) -> Reading:
    """Return how to read ``size`` bytes of ``file``: on one thread where the address space is limited (``ulimit -v``).

    Raises
    ------
    InputError
        Too little is left of it: Arrow would hang, or end the process without a word.
    """
    left = address_space_left()
    if left is None:
        return {"use_threads": True, "pre_buffer": True}
    needed = ADDRESS_ASIDE_BYTES + _TIMES * size
    if left < needed:
        raise InputError(
            f"there is too little memory to read tables: {max(0, left) / 1e6:,.0f} MB are left of the limit of this "
            f"process (ulimit -v), {needed / 1e6:,.0f} MB may be needed",
            file=file,
            key="ulimit -v",
            expected=f"{(needed - left) / 1e6:,.0f} MB more",
            suggestion="raise the limit, or lift it with 'ulimit -v unlimited'",
        )
    return {"use_threads": False, "pre_buffer": False}


def threads() -> bool:
    """Tell whether Arrow may start threads."""
    return address_space_left() is None
