"""Outcomes of one's own: which there are, and their values, a run at a time.

A function is given the arrays of one run, read-only and laid out alike, so that what it returns cannot depend on
other replicates, on the size of a block or on who ran it. Functions are declared by :func:`diffusion.outcome`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

import numpy as np

from diffusion.analysis.outcomes.outcome import Outcome
from diffusion.arrays import Floats
from diffusion.errors import InputError

ENTRY_POINTS = "diffusion.outcomes"
#: what the manifest of a result calls the own outcomes that its tables have
OWN_OUTCOMES = "own_outcomes"


class OwnTables(Protocol):
    """Results of R runs that hand out the arrays of each."""

    @property
    def replicates(self) -> np.ndarray: ...
    def run_arrays(self, replicate: int, needs: Sequence[str]) -> object: ...


@dataclass(frozen=True)
class OwnOutcome:
    """What an outcome is, the names of the arrays it needs, and the function that returns its number.

    ``may_be_nan`` allows NaN where a run has no such number. ``module``, ``file`` and ``line`` say where it stands.
    """

    outcome: Outcome
    needs: tuple[str, ...]
    function: Callable[..., object]
    may_be_nan: bool
    module: str
    file: str
    line: int

    def fault(self, message: str, expected: str, suggestion: str) -> InputError:
        """Return the error for what is wrong with its function."""
        key = f"outcome {self.outcome.name}"
        return InputError(message, file=self.file, line=self.line, key=key, expected=expected, suggestion=suggestion)


_OWN: dict[str, OwnOutcome] = {}


def add_own(own: OwnOutcome) -> None:
    """Make an outcome known; the same function, made again, takes its own place.

    Raises
    ------
    InputError
        Another function has declared the name, or an outcome of the same label and unit.
    """
    name, known = own.outcome.name, _OWN.get(own.outcome.name)
    for other in _OWN.values():
        if other.outcome.name != name and _said(other) == _said(own):
            raise own.fault(
                f"the outcome '{other.outcome.name}' of {other.file}:{other.line} has the same label and unit",
                "a label by which tables and figures can tell them apart",
                f"for example label='{own.outcome.label} ({name})'",
            )
    if known is not None and _place(known) != _place(own):
        raise own.fault(
            f"there is another outcome '{name}', of {known.file}:{known.line}",
            "a name that no other outcome has",
            f"for example name='my_{name}'",
        )
    _OWN[name] = own


def _said(own: OwnOutcome) -> tuple[str, str]:
    return own.outcome.label, own.outcome.unit


def _place(own: OwnOutcome) -> tuple[str, str]:
    # worker processes know the script that was started by another name
    return own.module.replace("__mp_main__", "__main__"), own.function.__qualname__


@cache
def _load() -> None:
    for point in entry_points(group=ENTRY_POINTS):
        point.load()


def own_outcomes() -> dict[str, OwnOutcome]:
    """Return own outcomes by name, of modules that were named or imported and of installed packages, by name."""
    _load()
    return dict(sorted(_OWN.items()))


def own_values(tables: OwnTables, names: Iterable[str] | None = None) -> dict[str, Floats]:
    """Return outcome name -> float64[R], of all own outcomes or of those ``names``; runs are looked at one by one.

    Raises
    ------
    InputError
        A function raises, or returns what is no finite number; with the outcome, its file and line.
    """
    known = own_outcomes()
    chosen = list(known.values()) if names is None else [known[name] for name in names]
    values = {own.outcome.name: np.empty(len(tables.replicates)) for own in chosen}
    for row, replicate in enumerate(tables.replicates.tolist() if chosen else ()):
        for own in chosen:
            values[own.outcome.name][row] = _value(own, tables.run_arrays(replicate, own.needs), replicate)
    return values


def _value(own: OwnOutcome, run: object, replicate: int) -> float:
    try:
        found = own.function(run)
    except InputError as error:
        expected, suggestion = error.expected or "a function that runs", error.suggestion or "mend what it says"
        raise own.fault(error.message, expected, suggestion) from error
    except Exception as error:
        raise own.fault(
            f"fails in replicate {replicate}: {type(error).__name__}: {error}",
            "a function that returns one number for every run",
            "mend what it says",
        ) from error
    if isinstance(found, np.ma.MaskedArray) and found.ndim == 0 and np.ma.is_masked(found):
        found = math.nan  # masked is no number; the data below the mask mean nothing
    if isinstance(found, np.ndarray | np.generic) and found.ndim == 0 and found.dtype.kind in "biuf":
        found = found.item()
    if not isinstance(found, bool | int | float):
        what = f"an array of shape {found.shape}" if isinstance(found, np.ndarray) else f"a {type(found).__name__}"
        message = f"returns {what} in replicate {replicate}"
        raise own.fault(message, "one number", "for example its mean or its last value")
    try:
        number = float(found)
    except OverflowError:
        number = math.inf
    if math.isinf(number) or (math.isnan(number) and not own.may_be_nan):
        raise own.fault(
            f"returns {number} in replicate {replicate}",
            "a finite number",
            "return NaN (or a masked value) with may_be_nan=True where a run has none",
        )
    return number


def outcome_facts(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as plain data, to be kept with results; :func:`outcome_of` reads it."""
    return asdict(outcome)


def outcome_of(facts: Mapping[str, object]) -> Outcome:
    """Return the outcome that plain data says; raises TypeError for what is none."""
    names = {field.name for field in fields(Outcome)}
    return Outcome(**{name: value for name, value in facts.items() if name in names})  # type: ignore[arg-type]
