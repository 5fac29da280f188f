"""Errors a user can act on: they name file, line, key, what was expected and the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class InputError(Exception):
    """Something the user wrote cannot be used.

    The command line prints it without a traceback and exits with code 2; nothing has been written by then.

    Parameters
    ----------
    message: what is wrong, in one sentence without a full stop.
    file, line: where it stands (``line`` counts from 1).
    key: the dotted key, column or option concerned.
    expected: what would have been accepted.
    suggestion: the nearest valid name, or what to do instead.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        expected: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.line = line
        self.key = key
        self.expected = expected
        self.suggestion = suggestion
        super().__init__(str(self))

    def at(
        self,
        file: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        *,
        suggestion: str | None = None,
    ) -> InputError:
        """Return a copy that stands at another place.

        What is given takes the place of what was said; what is None stays as it was.
        """
        return InputError(
            self.message,
            file=self.file if file is None else file,
            line=self.line if line is None else line,
            key=self.key if key is None else key,
            expected=self.expected,
            suggestion=self.suggestion if suggestion is None else suggestion,
        )

    def __str__(self) -> str:
        where = self.file or ""
        if where and self.line is not None:
            where = f"{where}:{self.line}"
        head = ": ".join(part for part in (where, self.key, self.message) if part)
        if self.expected:
            head += f"; expected {self.expected}"
        if self.suggestion:
            head += f"; {self.suggestion}"
        return head


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate spelled most like ``name``, or None if nothing is close."""
    by_fold = {candidate.casefold(): candidate for candidate in candidates}
    matches = difflib.get_close_matches(str(name).casefold(), list(by_fold), n=1, cutoff=0.5)
    return by_fold[matches[0]] if matches else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """Return ``did you mean 'x'?`` for the nearest candidate, or None."""
    match = nearest(name, candidates)
    return f"did you mean '{match}'?" if match else None
