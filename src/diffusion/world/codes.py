"""What to say of a code that is not known: codes are opaque, so nothing is said by spelling."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
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
    if told := merged_hint(text, known):
        return told
    if any(set(known) == set(_column(column).values()) for column in ("code", "ahsn", "ics")):
        return f"'{LISTED_BY}' lists the codes"
    ends = f", from {known[0]} to {known[-1]}" if known else ""
    return f"the codes are those of the scenario's own world{ends}"


def merged_hint(code: object, known: Sequence[str]) -> str | None:
    """Say what a trust went on in, or which trusts went on in it, by the packaged tables; None where neither is known.

    It follows mergers from one to the next until a code is ``known``.
    """
    text, into = str(code).strip(), successors()
    after, steps = text, 0
    while (after := into.get(after, "")) and after not in known and steps < len(into):
        steps += 1
    if after and after in known and text not in known:
        return f"{text} went on in {after}: name {after} instead"
    before = [old for old in known if text not in known and _goes_on_in(old, text, into)]
    if before:
        listed = ", ".join(before[:-1]) + f" and {before[-1]}" if len(before) > 1 else before[0]
        return f"{text} took over from {listed} later: name {'them' if len(before) > 1 else 'it'} instead"
    return None


def _goes_on_in(code: str, wanted: str, into: Mapping[str, str]) -> bool:
    for _ in range(len(into)):
        code = into.get(code, "")
        if code in ("", wanted):
            return code == wanted
    return False


@cache
def successors() -> dict[str, str]:
    """Return the trust in which each that has closed goes on, and the same of boards, by the packaged tables."""
    found = {code: into for code, into in _column("successor_code").items() if into}
    with packaged("worlds/england-2017/changes.csv").open(encoding="utf-8", newline="") as file:
        found |= {row["code"]: row["into"] for row in csv.DictReader(file) if row["into"] not in ("", row["code"])}
    with packaged("worlds/england-2025/boards.csv").open(encoding="utf-8", newline="") as file:
        # of a board that was split the first named, as lever 26 counts it
        rows = [(row["code"], row["successor_code_2026"].split(";")[0]) for row in csv.DictReader(file)]
    return found | {code: into for code, into in rows if into not in ("", code)}


@cache
def _column(name: str) -> dict[str, str]:
    """Return a column of the packaged table of trusts, by code."""
    with packaged("worlds/england-2017/trusts.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row[name] for row in csv.DictReader(file)}
