"""The regions that a command names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.errors import InputError

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.regions import Region

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
