"""Academic Health Science Networks: from a table to :class:`AhsnTable`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field

from diffusion.reading.rows import Code, Row, read_table, validate_rows
from diffusion.world.keys import stable_keys
from diffusion.world.tables import AhsnTable

REQUIRED = ("code", "name", "population", "latitude", "longitude")


class AhsnRow(Row):
    """One AHSN as written."""

    code: Code
    name: str = Field(min_length=1)
    population: float = Field(gt=0, le=1e9)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    acronym: str | None = None
    name_2023: str | None = None
    name_until_2023: str | None = None
    region_shares: str | None = None
    icbs: str | None = None
    region: str | None = None
    imd_score: float | None = Field(None, ge=0, le=100)
    imd_score_2019: float | None = Field(None, ge=0, le=100)
    imd_score_2025: float | None = Field(None, ge=0, le=100)
    n_trusts: int | None = Field(None, ge=0, le=100_000)
    staff_fte: float | None = Field(None, ge=0, le=1e8)


def load_ahsns(path: Path) -> AhsnTable:
    """Read AHSNs from a CSV or YAML file; raise InputError for anything that cannot be used."""
    table = read_table(path, "ahsns", REQUIRED, tuple(AhsnRow.model_fields))
    rows = sorted(validate_rows(table, AhsnRow, "code"), key=lambda row: row.code)
    return AhsnTable(
        codes=tuple(row.code for row in rows),
        names=tuple(row.name for row in rows),
        keys=stable_keys(row.code for row in rows),
        population=np.array([row.population for row in rows], dtype=np.float64),
        latitude=np.array([row.latitude for row in rows], dtype=np.float64),
        longitude=np.array([row.longitude for row in rows], dtype=np.float64),
    )
