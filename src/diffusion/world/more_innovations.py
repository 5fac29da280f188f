"""Innovations that a scenario states itself, beside those of its portfolio."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, Field

from diffusion.errors import InputError, did_you_mean
from diffusion.world.innovations import (
    PRIORITIES,
    SHIFTS,
    InnovationAttributes,
    InnovationRow,
    Kind,
    Names,
    Priority,
    innovation_table,
    opening_fault,
    resolved_alone,
    sorted_together,
    split_names,
    stated_names,
)
from diffusion.world.pilot_sites import check_pilot_sites
from diffusion.world.tables import InnovationTable, TrustTable

#: what an id may be: it stands in keys with dots between
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class MoreInnovation(InnovationAttributes):
    """One innovation, as in a portfolio file but for its id."""

    name: str = Field(min_length=1)
    kind: Kind
    cohort: str = ""
    tags: Names | None = None
    priorities: Annotated[list[Priority], BeforeValidator(split_names)] = Field(default_factory=list)
    company: str = ""
    pilot_sites: Names = Field(default_factory=list)
    note: str = ""


def check_id(name: str, key: str) -> None:
    """Make sure that an innovation may be called so; raises InputError under ``key``."""
    if not _ID.fullmatch(name):
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:60] or "own"
        raise InputError(
            f"'{name}' cannot be the id of an innovation",
            key=key,
            expected="letters, digits, - and _ (at most 64)",
            suggestion=f"call it '{plain}'",
        )


def with_more(
    table: InnovationTable,
    more: Mapping[str, MoreInnovation],
    sectors: Sequence[str],
    trusts: TrustTable,
    neutral: bool = False,
) -> InnovationTable:
    """Return ``table`` with more innovations, sorted by id.

    In a ``neutral`` world, which has no sectors to tell apart, all may use them.

    Raises
    ------
    InputError
        An id, a sector or a pilot site that cannot be; ``trusts`` are those that may be pilot sites.
    """
    if not more:
        return table
    rows = []
    for name, stated in more.items():
        if name in table.ids:
            raise InputError(
                f"the portfolio has an innovation '{name}' already",
                key=f"world.more_innovations.{name}",
                expected="an id that no other innovation has",
                suggestion=f"call it 'own-{name}'",
            )
        for sector in stated.eligible_sectors or ():
            if sector not in (*sectors, "all"):
                raise InputError(
                    f"unknown sector '{sector}'",
                    key=f"world.more_innovations.{name}.eligible_sectors",
                    expected="one of all, " + ", ".join(sectors),
                    suggestion=did_you_mean(sector, sectors),
                )
        check_id(name, f"world.more_innovations.{name}")
        tags = sorted({*SHIFTS, *PRIORITIES}.union(*table.tags))
        for tag in stated.tags or ():
            if tag not in tags:
                raise InputError(
                    f"unknown tag '{tag}'",
                    key=f"world.more_innovations.{name}.tags",
                    expected="one of " + ", ".join(tags),
                    suggestion=did_you_mean(tag, tags),
                )
        low, high = stated.initial_sites_min or 0, stated.initial_sites_max
        if low > (high or 0):
            raise InputError(
                f"{low} is more than initial_sites_max ({high or 0})",
                key=f"world.more_innovations.{name}.initial_sites_min",
                expected="initial_sites_min <= initial_sites_max",
            )
        given = {key: getattr(stated, key) for key in stated.model_fields_set}
        if fault := opening_fault(given):
            raise InputError(
                fault[0],
                key=f"world.more_innovations.{name}.opening_users",
                expected="a month after live_from",
                suggestion=fault[1],
            )
        if neutral:
            given["eligible_sectors"] = list(sectors)
        rows.append(InnovationRow(id=name, **given))
        key = f"world.more_innovations.{name}.pilot_sites"
        allowed = stated_names(resolved_alone(rows[-1]), "eligible_sectors")
        check_pilot_sites(stated.pilot_sites, allowed, trusts, partial(InputError, key=key))
    return sorted_together(table, innovation_table(rows, [resolved_alone(row) for row in rows], sectors))
