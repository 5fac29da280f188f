"""Everything that would go wrong with a world's folder, told when it is validated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from diffusion.errors import InputError
from diffusion.reading.files import is_file
from diffusion.reading.rows import RawTable, read_csv
from diffusion.world.building.build import BOARDS_FILE, build_world
from diffusion.world.building.layers import great_circle_km, unit_vectors
from diffusion.world.building.usable import nobody_may_adopt, thin_places
from diffusion.world.codes import code_hint
from diffusion.world.facts import WORLD_FILE, WorldFacts, packaged_worlds, read_facts, world_folder
from diffusion.world.packages.dictionary import dictionary_faults
from diffusion.world.spec import WorldSpec
from diffusion.world.tables import World

BOARDS, TRUSTS = BOARDS_FILE, "trusts.csv"
#: how far the stated unit of size may lie from the median of the trusts, as a share of it, without a word
_UNIT_TOLERANCE = 0.01
#: farther than this from all others, a place may be mistaken; of fewer trusts than the other nothing is said
_FAR_KM, _ENOUGH_PLACES = 400.0, 3


@dataclass
class CheckedWorld:
    """A world's folder: what it says, the world that it makes (None where it makes none), faults, and remarks."""

    folder: Path
    facts: WorldFacts | None = None
    world: World | None = None
    faults: list[InputError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def find_world(name: str) -> Path:
    """Return the folder of a packaged world, or of one of the user's own named by its path.

    Raises
    ------
    InputError
        There is no such world, or the folder holds no ``world.yaml``.
    """
    path = Path(name).expanduser()
    if name in packaged_worlds() or not path.is_dir():
        return world_folder(name, Path(), key="NAME")
    if not is_file(path / WORLD_FILE):
        raise InputError(
            f"the folder holds no {WORLD_FILE}",
            file=path,
            key="NAME",
            expected="the folder of a world",
            suggestion="'diffusion worlds new' writes one to fill in",
        )
    return path


def check_world(folder: Path) -> CheckedWorld:
    """Read and build a world, and return what is wrong with it and what should be known of it."""
    found = CheckedWorld(folder)
    try:
        found.facts = read_facts(folder)
    except InputError as error:
        found.faults.append(error)
    found.faults += dictionary_faults(folder)
    if found.facts is None:
        return found
    found.faults += _id_faults(folder, found.facts)
    try:
        found.world = world_of(folder)
    except InputError as error:
        found.faults.append(error)
        return found
    found.faults += _board_faults(folder, found.world)
    if (nobody := nobody_may_adopt(found.world)) is not None:
        found.faults.append(nobody.at(folder / TRUSTS))
    else:
        found.remarks += thin_places(found.world)
    found.remarks += _unit_remarks(found.world)
    found.remarks += _place_remarks(found.world)
    return found


def world_of(folder: Path) -> World:
    """Return the world that a folder makes by itself, with its own portfolio or that of the default world."""
    whole = folder.resolve()
    if whole.name in packaged_worlds() and whole == world_folder(whole.name, Path()).resolve():
        return build_world(WorldSpec(name=whole.name))
    return build_world(WorldSpec(name=f"./{whole.name}"), whole.parent)


def _id_faults(folder: Path, facts: WorldFacts) -> Iterator[InputError]:
    if facts.id in packaged_worlds() and folder.resolve() != world_folder(facts.id, Path()).resolve():
        yield InputError(
            f"'{facts.id}' is the id of a packaged world",
            file=folder / WORLD_FILE,
            key="id",
            expected="an id of its own",
            suggestion=f"write id: own-{facts.id}",
        )


def _board_faults(folder: Path, world: World) -> Iterator[InputError]:
    """Boards that trusts name and the table of boards, where there is one, does not have."""
    path = folder / BOARDS
    if not is_file(path):
        return
    try:
        table = read_csv(path, ("code",), ("code", "trusts"), others=True)
    except InputError as error:
        yield error
        return
    known = [str(row.values["code"]) for row in table.rows if "code" in row.values]
    for code in world.trusts.ics_codes:
        if code not in known:
            yield InputError(
                f"{world.facts.words.board.short} '{code}' is not in {BOARDS}",
                file=folder / TRUSTS,
                key="ics",
                expected=f"codes of {BOARDS}",
                suggestion=code_hint(code, known),
            )
    yield from _listed_faults(table, world)
    for row in table.rows:
        if (code := str(row.values.get("code", ""))) not in world.trusts.ics_codes:
            yield table.error(
                row,
                "code",
                f"no trust is under the {world.facts.words.board.short} '{code}'",
                expected=f"the boards of {TRUSTS}",
                suggestion="leave the row out",
            )


def _listed_faults(table: RawTable, world: World) -> Iterator[InputError]:
    """Boards whose own list of trusts, where the table has one, is not that of the table of trusts."""
    trusts = world.trusts
    for row in table.rows:
        code, text = str(row.values.get("code", "")), str(row.values.get("trusts") or "")
        if code not in trusts.ics_codes or not text.strip():
            continue
        listed = [each.strip() for each in text.split(";") if each.strip()]
        under = [trusts.codes[i] for i in np.flatnonzero(trusts.ics == trusts.ics_codes.index(code))]
        wrong = [each for each in listed if each not in under]
        missing = [each for each in under if each not in listed]
        if wrong or missing:
            said = [f"'{wrong[0]}' is not under it in {TRUSTS}"] if wrong else []
            said += [f"'{missing[0]}' is, and is not listed"] if missing else []
            yield table.error(
                row,
                "trusts",
                f"the trusts of {code} are not those of {TRUSTS}: {', '.join(said)}",
                expected=f"the trusts that {TRUSTS} has under {code}, with semicolons",
                suggestion=f"write {';'.join(under)}",
            )


def _place_remarks(world: World) -> Iterator[str]:
    """Trusts and networks that lie far from all others: a digit may be missing."""
    trusts, networks = world.trusts, world.ahsns
    if world.n_trusts < _ENOUGH_PLACES:
        return
    places = np.column_stack([trusts.latitude, trusts.longitude])
    own_places = np.column_stack([networks.latitude, networks.longitude])
    for what, codes, own in (
        ("trust", trusts.codes, places),
        (world.facts.words.network.short, networks.codes, own_places),
    ):
        both = np.concatenate([places, own])
        points = unit_vectors(both[:, 0], both[:, 1])
        for number, (code, (latitude, longitude)) in enumerate(zip(codes, own)):
            others = np.flatnonzero(np.arange(len(places)) != number) if what == "trust" else np.arange(len(places))
            here = np.full(len(others), len(places) + number)
            km = float(great_circle_km(points, here, others).min())
            if km > _FAR_KM:
                yield (
                    f"the {what} {code} lies {km:,.0f} km from the nearest trust beside it (latitude {latitude:g}, "
                    f"longitude {longitude:g}): is that its place?"
                )


def _unit_remarks(world: World) -> Iterator[str]:
    """A unit of size that is not the median of the trusts: sizes, costs and change time are then of another trust."""
    known = world.trusts.staff_fte[~world.trusts.filled.get("staff_fte", np.zeros(world.n_trusts, dtype=bool))]
    unit = world.facts.median_staff_fte
    if not len(known):
        yield "no trust says its staff: all have the unit of size"
    elif abs((median := float(np.median(known))) - unit) > _UNIT_TOLERANCE * unit:
        yield (
            f"the median trust has {median:,.0f} staff, and median_staff_fte is {unit:,.0f}: size, costs and change "
            "time are in units of the latter"
        )
