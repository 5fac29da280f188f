"""A stored result asked again: as it was, with more said of it, or changed as a question."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from diffusion.errors import InputError
from diffusion.outlets import file_names, yaml_text
from diffusion.storage.folder import TABLES
from diffusion.storage.scenario_entry import Json
from diffusion.web.base.seen import key_of
from diffusion.web.jobs.store import ASKED, JOB, TITLE, Job, Jobs
from diffusion.web.keep.library import Entry, Library, seal_of

#: the key of the manifest that tells of what a result is a repetition, as ``deliver/rerun.py`` writes it
AGAIN = "again"


class Repeats(NamedTuple):
    """Of what a result is a repetition: ``other`` is None where that is not in the library any more.

    ``differ`` are tables that both have and that are not the same to the byte, ``only`` those that one alone has.
    """

    other: Entry | None
    tables: int = 0
    differ: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def repeats(entry: Entry, library: Library) -> Repeats | None:
    """Return of what a result is a repetition, and whether its tables are the same; None where it is none."""
    again = entry.manifest.get(AGAIN)
    if not isinstance(again, dict):
        return None
    seal = str(again.get("of") or "")
    other = next((each for each in library.glance() if seal and hmac.compare_digest(seal_of(each), seal)), None)
    if other is None:
        return Repeats(None)
    mine, theirs = _tables(entry), _tables(other)
    both = mine.keys() & theirs.keys()
    differ = sorted(name for name in both if mine[name] != theirs[name])
    return Repeats(other, len(both), tuple(differ), tuple(sorted(mine.keys() ^ theirs.keys())))


def _tables(entry: Entry) -> dict[str, object]:
    files = entry.manifest.get("files")
    return {
        name: value
        for name, value in (files.items() if isinstance(files, dict) else ())
        if name.startswith(f"{TABLES}/")
    }


def job_of(entry: Entry, jobs: Jobs) -> Job | None:
    """Return the job that made a result, where it is known."""
    try:
        return jobs.get(str(entry.manifest.get(JOB)))
    except KeyError:
        return None


def command_again(entry: Entry, out: str, more: Sequence[str]) -> list[str]:
    """Return the command of a result with more asked, into the folder ``out``."""
    command = [str(part) for part in entry.manifest["command"]]
    for place, part in enumerate(command):
        if part in ("--out", "-o") and place + 1 < len(command):
            command[place + 1] = out
        elif part.startswith("--out="):
            command[place] = f"--out={out}"
    return [*command, *more]


def submit_again(entry: Entry, jobs: Jobs, out: str, title: str, why: bool = False, region: str = "") -> Job:
    """Write down the job that runs a result again; it waits until it is put into the queue."""
    more = [*(["--why"] if why else []), *(["--region", region] if region else [])]
    made = job_of(entry, jobs)
    given: Json = {
        "source": entry.name,
        TITLE: title if entry.titled else "",
        "why": why,
        "region": region,
        "again": command_again(entry, out, more) if more else [str(part) for part in entry.manifest["command"]],
    }
    if made is None:
        return jobs.new("again", title, given, {}, out=out)
    if ASKED in made.given:
        given[ASKED] = _with_region(made.given[ASKED], region)
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(jobs.files(made.id).glob("*.yaml"))}
    return jobs.new("again", title, given, files, out=out, question=made.question)


def _with_region(asked: Json, region: str) -> Json:
    regions = list(asked["regions"])
    return {**asked, "regions": regions if not region or region in regions else [*regions, region]}


def submit_levers(entry: Entry, jobs: Jobs, out: str, title: str, place: int) -> Job:
    """Write down the job that takes one scenario of a result apart by its levers."""
    named = list(takewhile(lambda part: not part.startswith("-"), map(str, entry.manifest["command"][2:])))
    entries = entry.manifest["scenarios"]
    name = named[place] if len(named) == len(entries) else str(entries[place]["name"])
    asked = ["--replicates", str(entry.manifest["replicates"]), "--seed", str(entry.manifest["seed"]), "--out", out]
    given: Json = {"source": entry.name, "place": place, "again": ["diffusion", "ablate", name, *asked]}
    return jobs.new("ablate", title, given, {}, out=out)


def apart(entry: Entry, library: Library) -> list[Entry]:
    """Return the results that say what each lever gives in one of the scenarios of a result."""
    known = {str(each.get("sha256")) for each in entry.manifest.get("scenarios") or ()}
    found = [
        other
        for other in library.glance()
        if "ablation" in other.manifest and str(other.manifest["scenarios"][0].get("sha256")) in known
    ]
    return sorted(found, key=lambda other: other.finished, reverse=True)


def with_apart(entry: Entry, library: Library) -> Entry:
    """Return a result with the last one beside it that says what each lever gives, which is shown on its page."""
    for other in apart(entry, library) if entry.is_comparison else ():
        with suppress(KeyError):
            now = library.get(other.name)  # every file looked at, not at a glance
            if not now.altered and not now.problem:
                return replace(entry, apart=now.name, key=key_of(entry.key.encode(), [now.key]))
    return entry


def scenario_texts(entry: Entry) -> dict[str, str]:
    """Return the scenarios of a result as files, by the stem of each.

    Raises
    ------
    InputError
        They cannot be asked again from files alone.
    """
    request = entry.manifest.get("request") or {}
    scenarios = request.get("scenarios") or []
    if request.get("budget") or any(said.get("tables") for said in scenarios):
        what = "its options were scaled to a budget" if request.get("budget") else "its worlds read tables of their own"
        raise InputError(
            f"this result cannot be made a question: {what}",
            key="question",
            expected="a result whose scenarios are files alone",
            suggestion="change the files it was made from, or use 'diffusion rerun' with --set",
        )
    entries = entry.manifest["scenarios"]
    names = file_names([str(each["name"]).replace("+", "-") for each in entries], "-")
    return {name: yaml_text(each["resolved"]) for name, each in zip(names, entries)}


def said_in(command: Sequence[str], *options: str) -> list[str]:
    """Return the values of an option in a command."""
    found = []
    for place, part in enumerate(command):
        name, equals, value = part.partition("=")
        if name in options:
            found.append(value if equals else "".join(command[place + 1 : place + 2]))
    return found
