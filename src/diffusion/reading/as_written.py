"""Reading back what the package wrote: whatever is wrong with it is the fault of a file, and told so."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diffusion.errors import InputError

_FAULTS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    AssertionError,
)
#: what the machine lacks is not the fault of a file
_MACHINE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EROFS, errno.EIO)


@contextmanager
def as_written(place: Path, suggestion: str) -> Iterator[None]:
    """Turn what readers of formats raise on a file that was changed or cut off into an InputError about ``place``."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        libraries = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
        if not isinstance(error, _FAULTS) and not libraries & {"pyarrow", "duckdb", "_duckdb"}:
            raise
        if isinstance(error, MemoryError) or getattr(error, "errno", None) in _MACHINE:
            raise
        said = " ".join(str(error).split())
        raise InputError(
            f"what is stored here cannot be read ({type(error).__name__}: {said[:160]})",
            file=place,
            expected="the files as they were written",
            suggestion=suggestion,
        ) from error
