"""Any single run of a sweep again, by its id."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from diffusion.errors import InputError
from diffusion.experiments.sweep.chunks import run_rows
from diffusion.experiments.sweep.folder import Sweep
from diffusion.experiments.sweep.read import stored_row


@dataclass(frozen=True)
class Rerun:
    """The row of a run as computed now, as stored (None if it is not), and the columns in which they differ."""

    row: dict[str, object]
    stored: dict[str, object] | None
    differing: tuple[str, ...]


def rerun(sweep: Sweep, run: int) -> Rerun:
    """Run one run again; raises InputError for an id that is not in the design."""
    if not 0 <= run < sweep.layout.runs:
        raise InputError(
            f"there is no run {run}",
            file=sweep.folder,
            key="RUN",
            expected=f"0 to {sweep.layout.runs - 1}",
            suggestion=f"'diffusion sweep status {sweep.folder}' shows how many there are",
        )
    tables, _ = run_rows(sweep.job, [run])
    row = tables["runs"].to_pylist()[0]
    kept = stored_row(sweep, run)
    if kept is None:
        return Rerun(row, None, ())
    stored = kept.to_pylist()[0]
    return Rerun(row, stored, tuple(name for name in row if not _same(row[name], stored.get(name))))


def _same(one: object, two: object) -> bool:
    """Equal to the last bit; NaN is the same as NaN."""
    if isinstance(one, float) and isinstance(two, float):
        return struct.pack("<d", one) == struct.pack("<d", two)
    return bool(one == two)
