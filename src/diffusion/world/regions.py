"""Which trusts a region has: those of an AHSN, of an ICS, or of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.arrays import Bools
from diffusion.errors import InputError
from diffusion.outlets import file_name
from diffusion.reading.files import is_file, named_by_user, read_text
from diffusion.reading.rows import read_csv
from diffusion.world.codes import code_hint

if TYPE_CHECKING:
    from diffusion.world.facts import Words
    from diffusion.world.tables import World

#: Groupings whose groups are regions: networks of support and boards of local care, by the keys of files.
GROUPINGS: tuple[str, ...] = ("ahsn", "ics")
#: The grouping of a region that is a list of trusts.
OWN_LIST = "trusts"
#: How a table of trusts may call the column of codes.
_COLUMNS = ("code", "trust", "trust_code", "ods_code")
#: how alike names must be, from 0 to 1, for one to be meant by the other
_LEAST_ALIKE = 0.65


class Region(NamedTuple):
    """A region: ``name`` as its files are called, ``title`` in full, the group it is, and its trusts by code.

    ``grouping`` is ``ahsn``, ``ics`` or ``trusts`` (a list, whose ``code`` is empty).
    """

    name: str
    title: str
    grouping: str
    code: str
    trusts: tuple[str, ...]

    @property
    def is_group(self) -> bool:
        """Whether it is one of several groups that share out all trusts, so that it has a rank among them."""
        return self.grouping in GROUPINGS

    def members(self, world: World) -> Bools:
        """Return bool[N]: the trusts of ``world`` that are in it."""
        wanted = set(self.trusts)
        return np.array([code in wanted for code in world.trusts.codes], dtype=bool)


def find_region(text: str, world: World, key: str = "--region") -> Region:
    """Return the region of ``world`` that ``text`` names: code or name of an AHSN or ICS, or a file of trust codes.

    Letter case does not count. A code goes before a name, a whole name before a part of one; a part will do where one
    region alone has it.

    Raises
    ------
    InputError
        There is none of that name, several have it, or the file cannot be read or names trusts that are not there.
    """
    wanted = text.strip()
    groups = groups_of(world)
    found = named_groups(wanted, groups)
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise several_named(wanted, found, key, world)
    if seems_file(wanted):
        return region_of_file(named_by_user(wanted, key), world, key)
    words = world.facts.words
    likely = " or ".join(f"{key} {one.code} ({_titled(one, words)})" for one in _likely(wanted, groups))
    raise InputError(
        f"there is no region '{wanted}'",
        key=key,
        expected=words.say("code or name of an AHSN or ICS, or a file of trust codes"),
        suggestion=f"did you mean {likely}?" if likely else code_hint(wanted, _ahsns(groups)),
    )


def named_groups(text: str, groups: Sequence[Region]) -> list[Region]:
    """Return the groups with this code; without one those of this name, and without any those with it in their names.

    An AHSN has the name of its place too: ``Wessex`` is that of the Wessex AHSN.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return []
    by_code = [group for group in groups if group.code.casefold() == wanted]
    by_name = [group for group in groups if wanted in _names(group)]
    return by_code or by_name or [group for group in groups if wanted in group.title.casefold()]


def _names(group: Region) -> set[str]:
    """Return the names of a group in small letters: in full, and of an AHSN those inside and outside of brackets."""
    title = group.title.casefold()
    if group.grouping != "ahsn":
        return {title}
    return {title, *(part.partition(" ahsn")[0].strip(" )") for part in title.split("("))}


def several_named(text: str, found: Sequence[Region], key: str, world: World) -> InputError:
    """Return the error that several regions have a name."""
    words = world.facts.words
    told = ", ".join(f"{words.of(one.grouping).short} {one.code} ({one.title})" for one in found[:6])
    return InputError(
        f"{len(found)} regions have '{text.strip()}' in their names: {told}",
        key=key,
        expected="the code of one of them",
        suggestion=f"for example {key} {found[0].code}",
    )


def _titled(region: Region, words: Words) -> str:
    word = words.of(region.grouping)
    if word.long in region.title:
        return region.title
    return region.title if word.short in region.title else f"{word.short} {region.title}"


def _likely(wanted: str, groups: Sequence[Region]) -> list[Region]:
    """Return the regions, at most three, with words in their names that are spelt most like what is wanted."""
    number = len(wanted.split())
    likeness = []
    for group in groups:
        words = re.findall(r"\w[\w'&-]*", group.title.casefold())
        runs = [" ".join(words[at : at + number]) for at in range(max(1, len(words) - number + 1))]
        likeness.append(max(SequenceMatcher(None, wanted.casefold(), run).ratio() for run in (*runs, " ".join(words))))
    best = max(likeness, default=0.0)
    return [group for group, like in zip(groups, likeness) if like >= max(_LEAST_ALIKE, best - 0.02)][:3]


def _ahsns(groups: Sequence[Region]) -> list[str]:
    return [group.code for group in groups if group.grouping == "ahsn"]


def groups_of(world: World) -> list[Region]:
    """Return every AHSN and ICS that has trusts."""
    trusts = world.trusts
    found = []
    for grouping, codes, titles in (
        ("ahsn", world.ahsns.codes, world.ahsns.names),
        ("ics", trusts.ics_codes, trusts.ics_names),
    ):
        member = np.asarray(getattr(trusts, grouping))
        for place, (code, title) in enumerate(zip(codes, titles)):
            inside = np.flatnonzero(member == place)
            if len(inside) and code:
                found.append(
                    Region(file_name(code), title, grouping, code, tuple(trusts.codes[int(i)] for i in inside))
                )
    return found


def region_of_file(path: Path, world: World, key: str = "--region") -> Region:
    """Return the region that a file lists: trust codes one a line, or a CSV with a column of them; case aside.

    Raises
    ------
    InputError
        The file cannot be read, is empty, or names a trust twice or one that the world does not have.
    """
    known = {code.casefold(): code for code in world.trusts.codes}
    known |= {code: code for code in world.trusts.codes}  # codes of a made world may differ in their case alone
    codes: dict[str, int | None] = {}
    for written, line in _codes_in(path):
        code = known.get(written) or known.get(written.casefold(), written)
        if code not in world.trusts.codes:
            raise InputError(
                f"there is no trust '{code}' in this world",
                file=path,
                line=line,
                key=key,
                expected=f"codes of the {len(world.trusts.codes)} trusts of this world",
                suggestion=code_hint(code, world.trusts.codes),
            )
        if code in codes:
            raise InputError(
                f"'{code}' is given twice",
                file=path,
                line=line,
                key=key,
                expected="every trust once",
                suggestion=f"it was first given in line {codes[code]}",
            )
        codes[code] = line
    if not codes:
        raise InputError(
            "the file names no trust",
            file=path,
            key=key,
            expected="trust codes, one a line",
            suggestion=f"for example a line {world.trusts.codes[0]}",
        )
    return Region(file_name(path.stem), path.stem, OWN_LIST, "", tuple(codes))


def region_of_codes(codes: Sequence[str], world: World, key: str) -> Region:
    """Return the region of listed trusts.

    Raises
    ------
    InputError
        None is listed, one is listed twice, or the world does not have one.
    """
    known, seen = set(world.trusts.codes), set[str]()
    if not codes:
        raise InputError("no trust is listed", key=key, expected="codes of trusts", suggestion="leave it out for all")
    for code in codes:
        if code not in known:
            raise InputError(
                f"there is no trust '{code}' in this world",
                key=key,
                expected=f"codes of the {len(known)} trusts of this world",
                suggestion=code_hint(code, world.trusts.codes),
            )
        if code in seen:
            raise InputError(
                f"'{code}' is given twice", key=key, expected="every trust once", suggestion=f"list {code} once"
            )
        seen.add(code)
    return Region("trusts", f"{len(codes)} listed trusts", OWN_LIST, "", tuple(codes))


def group_of_code(code: str, world: World, key: str) -> Region:
    """Return the AHSN or ICS with this code, letter case aside.

    Raises
    ------
    InputError
        There is none.
    """
    groups, words = groups_of(world), world.facts.words
    found = next((group for group in groups if group.code.casefold() == code.casefold()), None)
    if found is None:
        raise InputError(
            f"there is no region '{code}'",
            key=key,
            expected=words.say("code of an AHSN or ICS with trusts in this world, or a list of trust codes"),
            suggestion=f"write [{code}] for one trust alone"
            if code in world.trusts.codes
            else code_hint(code, _ahsns(groups)),
        )
    return found


def seems_file(text: str) -> bool:
    """Whether a text that names a region looks like the path of a file, or is that of one."""
    return "/" in text or "\\" in text or text.lower().endswith((".csv", ".txt", ".tsv")) or is_file(Path(text))


def _codes_in(path: Path) -> list[tuple[str, int | None]]:
    """Return every code with its line."""
    lines = [line.strip().strip('"').strip() for line in read_text(path).splitlines()]
    filled = [(line, number) for number, line in enumerate(lines, start=1) if line and not line.startswith("#")]
    if not filled:
        return []
    head = filled[0][0].casefold()
    column = next((name for name in _COLUMNS if name in _cells(head)), None)
    if column is None and len(_cells(head)) == 1:
        return [(line, number) for line, number in filled]
    if column is not None and len(_cells(head)) == 1:
        return [(line, number) for line, number in filled[1:]]
    name = column or _COLUMNS[0]
    table = read_csv(path, (name,), (name,), others=True)
    return [(str(row.values[name]).strip(), row.line) for row in table.rows if name in row.values]


def _cells(line: str) -> Sequence[str]:
    for separator in ("\t", ";", "|", ","):
        if separator in line:
            return [cell.strip().strip('"') for cell in line.split(separator)]
    return [line]
