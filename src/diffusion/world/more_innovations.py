"""Innovations that a scenario states itself, beside those of its portfolio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from diffusion.errors import InputError, did_you_mean
from diffusion.world.innovations import (
    InnovationAttributes,
    InnovationRow,
    Kind,
    Names,
    Priority,
    innovation_table,
    resolved_alone,
    split_names,
)
from diffusion.world.tables import InnovationTable


class MoreInnovation(InnovationAttributes):
    """One innovation, as in a portfolio file but for its id."""

    name: str = Field(min_length=1)
    kind: Kind
    cohort: str = ""
    tags: Names | None = None
    priorities: Annotated[list[Priority], BeforeValidator(split_names)] = Field(default_factory=list)
    company: str = ""
    note: str = ""


def with_more(
    table: InnovationTable, more: Mapping[str, MoreInnovation], sectors: Sequence[str], neutral: bool = False
) -> InnovationTable:
    """Return ``table`` with more innovations, sorted by id; raises InputError for an id or a sector that cannot be.

    In a ``neutral`` world, which has no sectors to tell apart, all may use them.
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
        given = {key: getattr(stated, key) for key in stated.model_fields_set}
        if neutral:
            given["eligible_sectors"] = list(sectors)
        rows.append(InnovationRow(id=name, **given))
    new = innovation_table(rows, [resolved_alone(row) for row in rows], sectors)
    order = sorted(range(len(table) + len(new)), key=lambda place: (*table.ids, *new.ids)[place])
    joined: dict[str, Any] = {}
    for item in fields(InnovationTable):
        old, added = getattr(table, item.name), getattr(new, item.name)
        if isinstance(old, tuple):
            both = old + added
            joined[item.name] = tuple(both[place] for place in order)
        else:
            joined[item.name] = np.concatenate([old, added])[order]
    return InnovationTable(**joined)
