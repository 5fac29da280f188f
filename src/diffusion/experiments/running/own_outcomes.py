"""``@diffusion.outcome``: declares a function of one run's arrays as an outcome."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TypeVar

from diffusion.analysis.outcomes.outcome import Outcome
from diffusion.analysis.outcomes.own import OwnOutcome, add_own
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.errors import InputError
from diffusion.experiments.running.run_arrays import RunArrays, check_names
from diffusion.outlets import one_line

Function = TypeVar("Function", bound=Callable[[RunArrays], object])

_LONGEST, _MOST_DECIMALS = 80, 9
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
#: columns of tables of runs, which no outcome may be called like
_TAKEN = ("run", "scenario", "draw", "replicate", "status", "stage", "error", "traceback")


def outcome(
    *,
    unit: str,
    label: str,
    needs: Sequence[str],
    name: str | None = None,
    decimals: int = 2,
    better: int = 0,
    may_be_nan: bool = False,
) -> Callable[[Function], Function]:
    """Declare a function of one run's arrays as an outcome, one number a run.

    The function takes a :class:`.run_arrays.RunArrays` and returns a finite number. It is then an outcome as any other:
    in comparisons where its module is loaded, in studies that name it.

    Parameters
    ----------
    unit, label: of the number, as tables print them; unit "1" for none
    needs: names of the arrays it reads ('diffusion describe outputs' lists them)
    name: of the outcome; default: that of the function
    decimals: to print
    better: 1 where more is better, -1 where less is, 0 where neither
    may_be_nan: whether it may return NaN, where a run has no such number

    Raises
    ------
    InputError
        An array that no run has, a name that is taken or cannot be a column; with file and line of the function.
    """

    def declare(function: Function) -> Function:
        if not isinstance(function, FunctionType):
            raise InputError(
                f"a {type(function).__name__} is declared as an outcome",
                key="outcome",
                expected="a function written with def, whose file and line can be told",
                suggestion="write a function with one argument, run, that calls it",
            )
        said = name if name is not None else function.__name__
        needed = (needs,) if isinstance(needs, str) else tuple(needs)
        code = function.__code__
        own = OwnOutcome(
            Outcome(said, label, unit, decimals, better),
            needed,
            function,
            may_be_nan,
            function.__module__,
            code.co_filename,
            code.co_firstlineno,
        )
        try:
            inspect.signature(function).bind(None)
        except TypeError:
            raise own.fault(
                f"takes {inspect.signature(function)}", "a function of one argument", f"for example def {said}(run)"
            ) from None
        if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= _MOST_DECIMALS:
            raise own.fault(
                f"decimals is {decimals!r}", f"a whole number from 0 to {_MOST_DECIMALS}", "for example decimals=2"
            )
        for what, text in (("label", label), ("unit", unit)):
            if not isinstance(text, str):
                raise own.fault(f"the {what} is {text!r}", "a text", f"put it in quotes, for example {what}='1'")
            if not text.strip() or one_line(text) != text or len(text) > _LONGEST:
                raise own.fault(
                    f"the {what} is {'empty' if not text.strip() else 'too long, or more than a plain line'}",
                    f"one line of 1 to {_LONGEST} letters",
                    "for example label='Late adopters', unit='trusts'; unit='1' is none",
                )
        if not _NAME.fullmatch(said):
            raise own.fault(
                f"'{said}' is no name of an outcome",
                "a small letter, then small letters, digits and underscores",
                "for example name='late_adopters'",
            )
        if said in OUTCOME_BY_NAME or said in _TAKEN:
            raise own.fault(
                f"there is an outcome or a column '{said}' already",
                "a name that no outcome of the package and no column has",
                f"for example name='my_{said}'",
            )
        if better not in (-1, 0, 1):
            raise own.fault(f"better is {better}", "1, -1 or 0", "leave it out where neither direction is better")
        try:
            check_names(needed)
        except InputError as error:
            raise own.fault(error.message, error.expected or "", error.suggestion or "") from None
        add_own(own)
        return function

    return declare
