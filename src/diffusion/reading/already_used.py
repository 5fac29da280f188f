"""How many already use an innovation when a run begins, as a file says it: ``187 of 206 in 2025-05``."""

from __future__ import annotations

import re
from typing import NamedTuple

from diffusion.reading.run_months import calendar_month, month_text
from diffusion.reading.validation import shown

EXAMPLE = "187 of 206 in 2025-05"
_FORM = re.compile(r"(?P<users>[0-9]{1,6}) of (?P<of>[0-9]{1,6})(?: in (?P<month>\S+))?")
_NEAR = re.compile(r"(?P<users>[0-9,]{1,9})\s*(?:/|of|out of)\s*(?P<of>[0-9,]{1,9})\b.*", re.IGNORECASE)


class AlreadyUsed(NamedTuple):
    """``users`` of ``of`` organisations used it in ``month``, counted from January of year 0; None is the start."""

    users: int
    of: int
    month: int | None

    @property
    def share(self) -> float:
        """Users as a share, 0 to 1."""
        return self.users / self.of

    def __str__(self) -> str:
        return f"{self.users} of {self.of}" + (f" in {month_text(self.month)}" if self.month is not None else "")


class AlreadyUsedError(ValueError):
    """Something does not say how many use it; ``suggestion`` says how it is written."""

    expected = f"users of how many, and when if not at the start: '{EXAMPLE}'"

    def __init__(self, message: str, suggestion: str = f"for example '{EXAMPLE}'") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def already_used(text: str) -> AlreadyUsed:
    """Return what ``text`` says; raises AlreadyUsedError, or CalendarMonthError for its month."""
    match = _FORM.fullmatch(" ".join(text.split()))
    if match is None:
        near = _NEAR.fullmatch(text.strip())
        meant = None if near is None else (near["users"].replace(",", ""), near["of"].replace(",", ""))
        if meant is None or not (meant[0] and meant[1]):
            raise AlreadyUsedError(f"{shown(text)} does not say how many use it")
        suggestion = (
            f"write '{int(meant[0])} of {int(meant[1])}', and 'in YYYY-MM' behind it if that was not at the start"
        )
        raise AlreadyUsedError(f"{shown(text)} does not say how many use it", suggestion)
    users, of = int(match["users"]), int(match["of"])
    if of == 0:
        raise AlreadyUsedError("of 0 organisations no share can be taken", "leave it out where nobody may use it")
    if users > of:
        raise AlreadyUsedError(
            f"{users} is more than {of}", f"write '{of} of {users}' if they stand the wrong way round"
        )
    return AlreadyUsed(users, of, None if match["month"] is None else calendar_month(match["month"]))
