"""Every array and number that kernels may read, from the rows of ``engine/kernels/fields/``.

A row is ``name type axes flag | unit | meaning | owner``. Without axes it is a number. The flag ``@`` marks a field of
a pair's record, ``~`` an array that is broadcast: an axis has the length stated, or length 1. The owner is the module
that writes the values, or made them before the run; others may change them too. What holds ``per size unit`` is that of
a trust of size 1. Numbers in equations are defaults of parameters.

The order of rows is that of the table in memory: kernels hold the places. ``python scripts/frame_stub.py`` writes
``engine/kernels/frame_view.py`` from the rows, so that type checkers and editors know what ``c.stage`` is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from diffusion.engine.kernels.fields import month, network, numbers, screens, state, supply, terms

#: bytes of a pair's record: one cache line, so that touching a pair costs one miss
RECORD_BYTES = 64

#: element types of arrays, and types of numbers
ARRAY_TYPES = ("f8", "i8", "i4", "i2", "u1", "u4", "u8")
NUMBER_TYPES = ("f8", "i8", "u8")

#: what an axis runs over; digits stand for themselves
AXES: dict[str, str] = {
    "R": "replicates of the block",
    "N": "trusts",
    "N+1": "trusts, and one more that ends the last",
    "K": "innovations",
    "A": "AHSNs, 1 where there are none",
    "I": "ICSs",
    "E": "people who may found companies",
    "S": "stages",
    "S+1": "stages, and one more that ends the last",
    "G": "columns of by_group: AHSNs, ICSs and sectors side by side",
    "P": "pairs of trust and innovation",
    "M": "eligibility masks: innovations for the same trusts share one",
    "L": "group layers of the network",
    "C": "columns of the group sums: the groups of all group layers side by side",
    "D": "sparse layers of the network",
    "V": "ties, or runs of ties, of all sparse layers",
    "X": "weights of all ties, with the gaps in runs",
    "H": "transfer ties of a trust",
    "B": "trusts whose burden differs: one row for all of the same burden",
    "F": "kinds of payment (FLOWS of engine/ledger.py)",
    "O": "what moves are called (FLOW_NAMES of mechanisms/moves.py)",
    "T": "months recorded, from the opening state on",
    "W": "replicates where payments are kept by trust, else nothing",
    "Q": "monthly measures (RECORDED of month/measures.py)",
    "U": "quantiles at equal steps",
    "Y": "months since abandoning",
    "Z": "months since entering ROLLOUT",
}

UNITS: dict[str, str] = {
    "1": "a factor, a weight, a log-hazard or a ratio",
    "number": "how many, or which: a count, a place in a table, a code",
    "yes/no": "1 or 0",
    "share": "0 to 1, of what the meaning says",
    "probability": "0 to 1",
    "log-odds": "of a decision",
    "key": "64 bits, keys a draw",
    "pair": "trust and innovation packed in one number, see engine/state.py",
    "month": "of the run: 0 is the opening state; NEVER is 32767",
    "months": "how long",
    "1/month": "a rate",
    "WTE": "whole-time equivalents of staff",
    "GBP": "pounds of 2015/16",
    "GBP/month": "pounds of 2015/16 a month",
    "pence": "whole pence, so that sums are exact",
    "pence/month": "whole pence a month",
    "cases/month": "patients a month",
    "pilots": "how many",
    "trusts": "how many",
    "benefit": "of the true benefit b, of beliefs and of utility",
    "1/benefit^2": "precision of a belief",
    "information": "of national evidence G",
    "information/month": "of national evidence G a month",
    "2^-16": "whole numbers that count 1/65,536: weights and credibility",
    "2^-20": "whole numbers that count 1/1,048,576: activity and months of use",
    "2^-36": "whole numbers: what counts 2^-16 times what counts 2^-20",
    "2^16": "what takes 2^-36 to 2^-20",
    "various": "each item has its own, see the meaning",
}


class Field(NamedTuple):
    """One row: an array or a number of the frame."""

    name: str
    dtype: str
    axes: tuple[str, ...]
    flags: str  # "@", "~" or nothing
    unit: str
    meaning: str
    owner: str  # module below diffusion/, without .py


def parse(texts: Iterable[str]) -> dict[str, Field]:
    """Return name -> field of the rows of all ``texts``, in their order; empty lines and ``# titles`` are left out.

    Raises
    ------
    ValueError
        A row that does not have all parts, or one with a type, axis, flag or unit that is not known, or declared twice.
    """
    found: dict[str, Field] = {}
    for line in (line for text in texts for line in text.splitlines()):
        if line.strip() and not line.startswith("#"):
            field = _row(line)
            if field.name in found:
                raise ValueError(f"frame field '{field.name}' is declared twice")
            found[field.name] = field
    return found


def _row(line: str) -> Field:
    parts = [part.strip() for part in line.split("|")]
    words = parts[0].split()
    flag = words.pop() if words and words[-1] in ("@", "~") else ""
    if len(parts) != 4 or not all(parts) or len(words) not in (2, 3):
        raise ValueError(f"a row of the frame is 'name type axes flag | unit | meaning | owner', not '{line}'")
    name, dtype, *axes = words
    field = Field(name, dtype, tuple(axes[0].split(",")) if axes else (), flag, *parts[1:])
    for what, value, known in (
        (f"type of {'arrays' if axes else 'numbers'}", dtype, dtype in (ARRAY_TYPES if axes else NUMBER_TYPES)),
        ("unit", field.unit, field.unit in UNITS),
        ("flag of numbers", flag, bool(axes) or not flag),
        *(("axis", axis, axis in AXES or axis.isdecimal()) for axis in field.axes),
    ):
        if not known:
            raise ValueError(f"frame field '{name}': there is no {what} '{value}'")
    return field


#: name -> what stands there, in the order of the table in memory
DESCRIBED: dict[str, Field] = parse(part.ROWS for part in (state, network, terms, screens, supply, month, numbers))
#: name -> (element type, number of axes); 0 axes is a number
FIELDS: dict[str, tuple[str, int]] = {name: (field.dtype, len(field.axes)) for name, field in DESCRIBED.items()}
#: fields that stand side by side in the record of a pair, in this order
IN_RECORD: list[str] = [name for name, field in DESCRIBED.items() if field.flags == "@"]
#: fields whose axes of length 1 stand for any length: they have a stride of 0 there
BROADCAST: list[str] = [name for name, field in DESCRIBED.items() if field.flags == "~"]
