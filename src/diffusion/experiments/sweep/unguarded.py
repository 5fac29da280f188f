"""A script that starts worker processes must be importable: every worker begins by importing it.

Without ``if __name__ == "__main__":`` each worker would start workers of its own. It then leaves at once instead, and
the process that started it says what is missing, in one line.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from diffusion.errors import InputError
from diffusion.outlets import shown

#: names the file by which a worker that imports an unguarded script tells so
_VARIABLE = "DIFFUSION_UNGUARDED"


class MissingGuard(InputError, SystemExit):
    """The script that is run has no ``if __name__ == "__main__":``; uncaught, Python ends with 2 and no traceback."""

    code = InputError.exit_code

    def __init__(self) -> None:
        super().__init__(
            "this script starts worker processes, and each of them begins by importing it",
            file=getattr(sys.modules["__main__"], "__file__", None),
            expected="the statements that run something below a line 'if __name__ == \"__main__\":'",
            suggestion="indent them below such a line",
        )
        print(shown(f"error: {self}"), file=sys.stderr, flush=True)


def is_starting() -> bool:
    """Tell whether this process was started by another Python process and is still importing that one's script."""
    return bool(getattr(multiprocessing.process.current_process(), "_inheriting", False))


def leave_while_starting() -> None:
    """End a worker that would start workers while it starts; whoever started it, with :func:`guarded`, says why."""
    if not is_starting():
        return
    if told := os.environ.get(_VARIABLE):
        Path(told).touch()
        os._exit(InputError.exit_code)
    raise MissingGuard


@contextmanager
def guarded() -> Iterator[None]:
    """Start workers in this block; raises MissingGuard in place of another error if they found the script unguarded."""
    with tempfile.TemporaryDirectory(prefix="diffusion-", ignore_cleanup_errors=True) as folder:
        told = Path(folder) / "unguarded"
        os.environ[_VARIABLE] = str(told)
        try:
            yield
        except Exception:
            if told.exists():
                raise MissingGuard from None
            raise
        finally:
            os.environ.pop(_VARIABLE, None)
