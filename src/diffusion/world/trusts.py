"""Trusts: from a table of facts to the arrays of :class:`TrustTable`, blanks filled by the median of the sector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from diffusion.arrays import Bools, Floats, Ints
from diffusion.errors import InputError
from diffusion.reading.rows import Code, RawTable, Row, read_table, unknown_code, validate_rows
from diffusion.world.codes import code_hint
from diffusion.world.keys import stable_keys
from diffusion.world.tables import MEDIAN_STAFF_FTE, AhsnTable, TrustTable

REQUIRED = ("code", "name", "sector", "ahsn", "ics", "latitude", "longitude", "staff_fte")

_RECORDS_MATURITY = {"paper": -0.5, "mixed": 0.0, "electronic": 0.5}
_EXEMPLAR_MATURITY = 1.0
#: Used only where a whole table leaves an attribute blank.
_NEUTRAL = {"staff_fte": MEDIAN_STAFF_FTE, "doctors_fte": 0.0, "beds": 0.0, "imd": 0.0}


class TrustRow(Row):
    """One trust as written; the dictionary of the data package describes the columns."""

    code: Code
    name: str = Field(min_length=1)
    sector: str
    ahsn: str
    ics: Code
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    staff_fte: float | None = Field(None, gt=0, le=1e7)
    ics_name: str | None = None
    region: str | None = None
    teaching: bool = False
    foundation: bool = False
    ahsn_boundary: bool = False
    beds: float | None = Field(None, ge=0, le=1e6)
    doctors_fte: float | None = Field(None, ge=0, le=1e7)
    nurses_fte: float | None = Field(None, ge=0, le=1e7)
    managers_fte: float | None = Field(None, ge=0, le=1e7)
    catchment_population: float | None = Field(None, ge=0, le=1e9)
    imd: float | None = Field(None, ge=0, le=100)
    imd_score_2015: float | None = Field(None, ge=0, le=100)
    imd_catchment: float | None = Field(None, ge=0, le=100)
    sites: float | None = Field(None, ge=0, le=1e5)
    revenue_support_loans_gbp_thousand: float | None = Field(None, ge=0, le=1e7)
    medical_records: Literal["paper", "mixed", "electronic"] | None = None
    gde_status: Literal["GDE", "FF", "FF proposed"] | None = None
    gde_date: str | None = None
    opened: str | None = None
    closed: str | None = None
    successor_code: str | None = None
    #: times the median trust: a number of staff is none
    size: float | None = Field(None, gt=0, le=100)
    threshold: float | None = Field(None, ge=0)
    has_loans: bool | None = None
    digital_maturity: float | None = Field(None, ge=-1, le=1)
    centre_of_excellence: bool | None = None


def load_trusts(path: Path, ahsns: AhsnTable, sectors: Sequence[str]) -> TrustTable:
    """Read trusts from a CSV or YAML file; raise InputError for anything that cannot be used.

    ``sectors`` are the sector names allowed; every trust's AHSN must be in ``ahsns``.
    """
    table = read_table(path, "trusts", REQUIRED, tuple(TrustRow.model_fields))
    rows = validate_rows(table, TrustRow, "code")
    _check_references(table, rows, ahsns, sectors)
    return trust_table(sorted(rows, key=lambda row: row.code), ahsns, sectors)


def _check_references(table: RawTable, rows: list[TrustRow], ahsns: AhsnTable, sectors: Sequence[str]) -> None:
    known = set(ahsns.codes)
    for raw, row in zip(table.rows, rows):
        if row.sector not in sectors:
            raise _unknown_sector(unknown_code(table, raw, "sector", row.sector, sectors, "sector"))
        if row.ahsn not in known:
            error = unknown_code(table, raw, "ahsn", row.ahsn, ahsns.codes, "AHSN")
            raise error.at(suggestion=code_hint(row.ahsn, ahsns.codes))


def _unknown_sector(error: InputError) -> InputError:
    """Add the way to own sectors where no name is near."""
    return error.at(suggestion=error.suggestion or "name own sectors in world.extra_sectors")


def trust_table(rows: Sequence[TrustRow], ahsns: AhsnTable, sectors: Sequence[str]) -> TrustTable:
    """Build the table from valid rows sorted by code."""
    sector = _index([row.sector for row in rows], sectors)
    filled: dict[str, Bools] = {}

    def numbers(attribute: str, values: list[float | None]) -> Floats:
        array, blank = fill_by_sector(_floats(values), sector, _NEUTRAL[attribute])
        if blank.any():
            filled[attribute] = blank
        return array

    region_names = tuple(sorted({row.region or "unknown" for row in rows}))
    ics_codes = tuple(sorted({row.ics for row in rows}))
    ics_name = {row.ics: row.ics_name for row in reversed(rows) if row.ics_name}
    teaching = np.array([row.teaching for row in rows])
    exemplar = np.array([row.gde_status == "GDE" for row in rows])
    staff_fte = numbers("staff_fte", [row.staff_fte for row in rows])
    own_size = _floats([row.size for row in rows])
    own_centre = _floats([row.centre_of_excellence for row in rows])
    own_maturity = _floats([row.digital_maturity for row in rows])
    maturity = np.array([_RECORDS_MATURITY.get(row.medical_records or "mixed", 0.0) for row in rows])
    maturity = np.where(exemplar, _EXEMPLAR_MATURITY, maturity)
    no_maturity = np.array([row.medical_records is None for row in rows]) & ~exemplar & np.isnan(own_maturity)
    if no_maturity.any():
        filled["digital_maturity"] = no_maturity
    return TrustTable(
        codes=tuple(row.code for row in rows),
        names=tuple(row.name for row in rows),
        keys=stable_keys(row.code for row in rows),
        sector=sector,
        sector_names=tuple(sectors),
        teaching=teaching,
        centre_of_excellence=np.where(np.isnan(own_centre), teaching | exemplar, own_centre > 0),
        foundation=np.array([row.foundation for row in rows]),
        region=_index([row.region or "unknown" for row in rows], region_names),
        region_names=region_names,
        ahsn=_index([row.ahsn for row in rows], ahsns.codes),
        ahsn_boundary=np.array([row.ahsn_boundary for row in rows]),
        ics=_index([row.ics for row in rows], ics_codes),
        ics_codes=ics_codes,
        ics_names=tuple(ics_name.get(code) or code for code in ics_codes),
        latitude=_floats([row.latitude for row in rows]),
        longitude=_floats([row.longitude for row in rows]),
        staff_fte=staff_fte,
        size=np.where(np.isnan(own_size), staff_fte / MEDIAN_STAFF_FTE, own_size),
        doctors_fte=numbers("doctors_fte", [row.doctors_fte for row in rows]),
        beds=numbers("beds", [row.beds for row in rows]),
        imd=numbers("imd", [_first(row.imd, row.imd_catchment, row.imd_score_2015) for row in rows]),
        has_loans=np.array([_has_loans(row) for row in rows]),
        digital_maturity=np.where(np.isnan(own_maturity), maturity, own_maturity),
        threshold=_floats([row.threshold for row in rows]),
        filled=filled,
    )


def fill_by_sector(values: Floats, sector: Ints, neutral: float) -> tuple[Floats, Bools]:
    """Replace NaN by the median of the sector (of all trusts, then ``neutral``, where a sector has none)."""
    blank = np.isnan(values)
    filled = values.copy()
    overall = float(np.median(values[~blank])) if not blank.all() else neutral
    for group in np.unique(sector[blank]):
        known = values[(sector == group) & ~blank]
        filled[(sector == group) & blank] = np.median(known) if len(known) else overall
    return filled, blank


def _has_loans(row: TrustRow) -> bool:
    return row.has_loans if row.has_loans is not None else (row.revenue_support_loans_gbp_thousand or 0) > 0


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _index(values: Sequence[str], names: Sequence[str]) -> Ints:
    position = {name: index for index, name in enumerate(names)}
    return np.array([position[value] for value in values], dtype=np.int32)
