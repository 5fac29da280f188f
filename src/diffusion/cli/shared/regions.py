"""The regions that a command names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.errors import InputError

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.regions import Region
    from diffusion.world.tables import World

RegionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        metavar="REGION",
        help="Also of one region, with a page: code or name of an AHSN or ICS, or a file of trust codes. Repeatable.",
    ),
]


def asked_regions(texts: Sequence[str] | None, scenario: Scenario) -> list[Region]:
    """Return the regions that ``--region`` names, checked against the world of the first scenario.

    Raises
    ------
    InputError
        There is no such region, or two would have the same page.
    """
    if not texts:
        return []
    from diffusion.world.regions import find_region

    world = scenario.build_world()
    found: dict[str, Region] = {}
    for text in texts:
        region = find_region(text, world)
        if (before := found.get(region.name.casefold())) is not None:
            same = before.trusts == region.trusts
            raise InputError(
                f"'{text}' is named twice" if same else f"two regions would have the page region-{region.name}.html",
                key="--region",
                expected="every region once" if same else "regions whose pages have different names",
                suggestion="leave one of them out" if same else "give the file of trust codes another name",
            )
        found[region.name.casefold()] = region
    return list(found.values())


def regions_again(
    before: Sequence[Region], scenario: Scenario, settings: Sequence[str]
) -> tuple[list[Region], list[str]]:
    """Return the regions of an earlier result as they are in the world of ``scenario``, and what is to be told of them.

    A group is that of the same grouping and code; of a list stay the trusts that are there. ``settings`` are what was
    set since.

    Raises
    ------
    InputError
        One of them has no trust in this world.
    """
    if not before:
        return [], []
    world = scenario.build_world()
    found = [(region, _again(region, world)) for region in before]
    if gone := [region for region, now in found if not now.trusts]:
        told = "; ".join(f"{_called(region)}: {_listed(region.trusts)}" for region in gone)
        of_world = [text for text in settings if text.strip().startswith("world")]
        undo = f"leave {' and '.join(f'--set {text}' for text in of_world)} out, or " if of_world else ""
        raise InputError(
            f"regions of which this result has pages have no trust in the world to be run ({told})",
            key="--set" if of_world else "--region",
            expected="a world with trusts of every region that has a page",
            suggestion=f"{undo}add --no-files, which writes no pages",
        )
    notes = []
    for region, now in found:
        lost = [code for code in region.trusts if code not in now.trusts]
        if lost or len(now.trusts) > len(region.trusts):
            trusts = f"{len(now.trusts)} trust{'' if len(now.trusts) == 1 else 's'}"
            left = f": {_listed(lost)} {'is' if len(lost) == 1 else 'are'} not in it" if lost else ""
            notes.append(f"{_called(region)} has {trusts} in the world to be run, before {len(region.trusts)}{left}")
    return [now for _, now in found], notes


def _again(region: Region, world: World) -> Region:
    """Return a region as it is in ``world``; without trusts where none of them is there."""
    from diffusion.world.regions import groups_of

    if not region.is_group:
        known = set(world.trusts.codes)
        return region._replace(trusts=tuple(code for code in region.trusts if code in known))
    same = [one for one in groups_of(world) if (one.grouping, one.code) == (region.grouping, region.code)]
    return same[0] if same else region._replace(trusts=())


def _called(region: Region) -> str:
    return f"region {region.code} ({region.title})" if region.is_group else f"region {region.name}"


def _listed(codes: Sequence[str], most: int = 8) -> str:
    more = f" and {len(codes) - most:,} more" if len(codes) > most else ""
    return ", ".join(codes[:most]) + more
