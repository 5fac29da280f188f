"""Write the frame as type checkers and editors see it, from the rows in ``engine/kernels/fields/``.

``python scripts/frame_stub.py`` writes engine/kernels/frame_view.py. ``--check`` writes nothing and ends with 1
if the file does not say what the rows say.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from diffusion.engine.kernels.frame_fields import AXES, DESCRIBED, Field

TARGET = Path(__file__).resolve().parents[1] / "src" / "diffusion" / "engine" / "kernels" / "frame_view.py"
COMMAND = "python scripts/frame_stub.py"

#: element type -> name of the array type in diffusion/arrays.py
ARRAYS = {"f8": "Floats", "i8": "Longs", "i4": "Ints", "i2": "Shorts", "u1": "Bytes", "u8": "Keys"}
#: array types that only the frame has
OWN_ARRAYS = {"u4": ("Words", "np.uint32")}
NUMBERS = {"f8": "float", "i8": "int", "u8": "int"}

HEADER = f'''"""The frame as type checkers and editors see it: what a kernel gets from ``c = frame(address)``.

Generated from the rows in ``engine/kernels/fields/`` by ``{COMMAND}``: edit those, not this.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffusion.arrays import {", ".join(sorted(ARRAYS.values()))}

{{own_arrays}}


class FrameView:
    """Arrays and numbers of the frame, in the order in which they stand in memory.

    Axes:

{{axes}}
    """

'''


def annotation(field: Field) -> str:
    """Return the type of a field."""
    if not field.axes:
        return NUMBERS[field.dtype]
    return ARRAYS[field.dtype] if field.dtype in ARRAYS else OWN_ARRAYS[field.dtype][0]


def docstring(field: Field) -> str:
    """Return meaning, unit and axes of a field in one line."""
    axes = f"; axes {', '.join(field.axes)}{', or 1 of each' if field.flags == '~' else ''}" if field.axes else ""
    return f"{field.meaning}; unit {field.unit}{axes}"


def stub(fields: Iterable[Field]) -> str:
    """Return the text of the module."""
    own_arrays = "\n".join(f"{name}: TypeAlias = NDArray[{dtype}]" for name, dtype in OWN_ARRAYS.values())
    axes = "\n".join(f"    - {axis}: {meaning}" for axis, meaning in AXES.items())
    rows = (f'    {field.name}: {annotation(field)}\n    """{docstring(field)}"""\n' for field in fields)
    return HEADER.format(own_arrays=own_arrays, axes=axes) + "".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if the file is out of date")
    options = parser.parse_args(arguments)
    text = stub(DESCRIBED.values())
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    if options.check:
        print(f"{TARGET.name} is out of date; run {COMMAND}")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    print(TARGET.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
