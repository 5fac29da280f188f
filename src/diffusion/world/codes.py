"""What to say of a code that is not known: codes are opaque, so nothing is said by spelling."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache

from diffusion.reading.files import packaged

#: Lists the codes of trusts, AHSNs and ICSs of the packaged world.
LISTED_BY = "diffusion describe world --codes"


def code_hint(code: object, known: Sequence[str]) -> str:
    """Say what to write in place of a code that is not ``known``.

    The code itself where only case or spaces differ; the trusts of 2017 that it took over from, or the one that took
    over from it, by the packaged table; else where the codes stand.
    """
    text = str(code).strip()
    same = [name for name in known if name.casefold() == text.casefold()]
    if len(same) == 1:
        return f"write '{same[0]}'"
    successors = _column("successor_code")
    before = [old for old, new in successors.items() if new == text and old in known]
    if before:
        listed = ", ".join(before[:-1]) + f" and {before[-1]}" if len(before) > 1 else before[0]
        return f"{text} took over from {listed} later: name {'them' if len(before) > 1 else 'it'} instead"
    after = successors.get(text)
    if after and after in known:
        return f"{after} took over from {text}: name it instead"
    if any(set(known) == set(_column(column).values()) for column in ("code", "ahsn", "ics")):
        return f"'{LISTED_BY}' lists the codes"
    ends = f", from {known[0]} to {known[-1]}" if known else ""
    return f"the codes are those of the scenario's own world{ends}"


@cache
def _column(name: str) -> dict[str, str]:
    """Return a column of the packaged table of trusts, by code."""
    with packaged("worlds/england-2017/trusts.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row[name] for row in csv.DictReader(file)}
