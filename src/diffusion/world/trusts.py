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
from diffusion.world.facts import default_facts
from diffusion.world.keys import stable_keys
from diffusion.world.tables import AhsnTable, TrustTable

#: other names that columns of networks and boards may have, since the words for them differ by world
COLUMNS = {"network": "ahsn", "board": "ics", "board_name": "ics_name", "network_boundary": "ahsn_boundary"}
REQUIRED = ("code", "name", "sector", "ahsn", "ics", "latitude", "longitude", "staff_fte")

_RECORDS_MATURITY = {"paper": -0.5, "mixed": 0.0, "electronic": 0.5}
_EXEMPLAR_MATURITY = 1.0
#: Used only where a whole table leaves an attribute blank.
_NEUTRAL = {"doctors_fte": 0.0, "beds": 0.0, "imd": 0.0}
#: level of the Digital Maturity Assessment (1 to 5) that is as ready as mixed records; one more is as an exemplar
_MIDDLE_LEVEL = 2.5
#: level from which a trust shows others the way, as the exemplars of 2017 did: about one in ten of those assessed
_LEADING_LEVEL = 3.0
#: of fewer trusts of a sector no share is told
_FEW = 10


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
    #: the label of 2017, for what compares worlds; in place of ``teaching`` where it is known
    teaching_2017: bool | None = None
    foundation: bool = False
    ahsn_boundary: bool = False
    beds: float | None = Field(None, ge=0, le=1e6)
    doctors_fte: float | None = Field(None, ge=0, le=1e7)
    nurses_fte: float | None = Field(None, ge=0, le=1e7)
    managers_fte: float | None = Field(None, ge=0, le=1e7)
    catchment_population: float | None = Field(None, ge=0, le=1e9)
    imd: float | None = Field(None, ge=0, le=100)
    imd_score_2015: float | None = Field(None, ge=0, le=100)
    imd_score_2019: float | None = Field(None, ge=0, le=100)
    imd_score_2025: float | None = Field(None, ge=0, le=100)
    imd_catchment: float | None = Field(None, ge=0, le=100)
    sites: float | None = Field(None, ge=0, le=1e5)
    revenue_support_loans_gbp_thousand: float | None = Field(None, ge=0, le=1e7)
    medical_records: Literal["paper", "mixed", "electronic"] | None = None
    gde_status: Literal["GDE", "FF", "FF proposed"] | None = None
    gde_date: str | None = None
    opened: str | None = None
    closed: str | None = None
    successor_code: str | None = None
    predecessor_codes: str | None = None
    last_merger_date: str | None = None
    ahsn_other: str | None = None
    beds_basis: str | None = None
    digital_maturity_assessment: float | None = Field(None, ge=1, le=5)
    electronic_record_live: bool | None = None
    oversight_segment: float | None = Field(None, ge=1, le=5)
    financial_distress: bool | None = None
    #: times the median trust: a number of staff is none
    size: float | None = Field(None, gt=0, le=100)
    threshold: float | None = Field(None, ge=0)
    has_loans: bool | None = None
    money_short: float | None = Field(None, ge=0, le=1)
    digital_maturity: float | None = Field(None, ge=-1, le=1)
    centre_of_excellence: bool | None = None


def load_trusts(
    path: Path,
    ahsns: AhsnTable,
    sectors: Sequence[str],
    median_staff_fte: float | None = None,
    network: str = "AHSN",
) -> TrustTable:
    """Read trusts from a CSV or YAML file; raise InputError for anything that cannot be used.

    ``sectors`` are the sector names allowed; every trust's AHSN must be in ``ahsns``. ``median_staff_fte`` is
    the unit of size; default: that of the world which scenarios have that name none. ``network`` is the world's short
    word for its networks of support.
    """
    table = read_table(path, "trusts", REQUIRED, tuple(TrustRow.model_fields), COLUMNS)
    rows = validate_rows(table, TrustRow, "code")
    _check_references(table, rows, ahsns, sectors, network)
    return trust_table(sorted(rows, key=lambda row: row.code), ahsns, sectors, median_staff_fte)


def _check_references(
    table: RawTable, rows: list[TrustRow], ahsns: AhsnTable, sectors: Sequence[str], network: str
) -> None:
    known = set(ahsns.codes)
    for raw, row in zip(table.rows, rows):
        if row.sector not in sectors:
            raise _unknown_sector(unknown_code(table, raw, "sector", row.sector, sectors, "sector"))
        if row.ahsn not in known:
            error = unknown_code(table, raw, "ahsn", row.ahsn, ahsns.codes, network)
            raise error.at(suggestion=code_hint(row.ahsn, ahsns.codes))


def _unknown_sector(error: InputError) -> InputError:
    """Add the way to own sectors where no name is near."""
    return error.at(suggestion=error.suggestion or "name own sectors in world.extra_sectors")


def trust_table(
    rows: Sequence[TrustRow], ahsns: AhsnTable, sectors: Sequence[str], median_staff_fte: float | None = None
) -> TrustTable:
    """Build the table from valid rows sorted by code."""
    unit = default_facts().median_staff_fte if median_staff_fte is None else median_staff_fte
    neutral = {**_NEUTRAL, "staff_fte": unit}
    sector = _index([row.sector for row in rows], sectors)
    filled: dict[str, Bools] = {}

    def numbers(attribute: str, values: list[float | None]) -> Floats:
        array, blank = fill_by_sector(_floats(values), sector, neutral[attribute])
        if blank.any():
            filled[attribute] = blank
        return array

    region_names = tuple(sorted({row.region or "unknown" for row in rows}))
    ics_codes = tuple(sorted({row.ics for row in rows}))
    ics_name = {row.ics: row.ics_name for row in reversed(rows) if row.ics_name}
    teaching = np.array([row.teaching if row.teaching_2017 is None else row.teaching_2017 for row in rows])
    exemplar = np.array([row.gde_status == "GDE" for row in rows])
    staff_fte = numbers("staff_fte", [row.staff_fte for row in rows])
    own_size = _floats([row.size for row in rows])
    own_centre = _floats([row.centre_of_excellence for row in rows])
    own_maturity = _floats([row.digital_maturity for row in rows])
    assessed = _floats([row.digital_maturity_assessment for row in rows])
    leading = exemplar | (assessed >= _LEADING_LEVEL)
    maturity = np.array([_of_records(row) for row in rows])
    no_maturity = np.isnan(maturity) & ~exemplar & np.isnan(own_maturity) & np.isnan(assessed)
    maturity = np.where(exemplar, _EXEMPLAR_MATURITY, np.where(np.isnan(maturity), 0.0, maturity))
    maturity = np.where(np.isnan(assessed), maturity, np.clip(assessed - _MIDDLE_LEVEL, -1.0, 1.0))
    if no_maturity.any():
        filled["digital_maturity"] = no_maturity
    short = _floats([_money_short(row) for row in rows])
    if not any(row.financial_distress is not None or row.money_short is not None for row in rows):
        short = np.nan_to_num(short)  # where support loans tell, no loan means none
    money_short, unknown = _share_by_sector(short, sector)
    if unknown.any():
        filled["money_short"] = unknown
    return TrustTable(
        codes=tuple(row.code for row in rows),
        names=tuple(row.name for row in rows),
        keys=stable_keys(row.code for row in rows),
        sector=sector,
        sector_names=tuple(sectors),
        teaching=teaching,
        centre_of_excellence=np.where(np.isnan(own_centre), teaching | leading, own_centre > 0),
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
        size=np.where(np.isnan(own_size), staff_fte / unit, own_size),
        doctors_fte=numbers("doctors_fte", [row.doctors_fte for row in rows]),
        beds=numbers("beds", [row.beds for row in rows]),
        imd=numbers(
            "imd", [_first(row.imd, row.imd_catchment, row.imd_score_2015, row.imd_score_2019) for row in rows]
        ),
        money_short=money_short,
        digital_maturity=np.where(np.isnan(own_maturity), maturity, own_maturity),
        oversight_segment=_floats([row.oversight_segment for row in rows]),
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


def _share_by_sector(values: Floats, sector: Ints) -> tuple[Floats, Bools]:
    """Replace NaN by the mean of what is known in the sector (of all, where few are known there; 0 where none is)."""
    blank = np.isnan(values)
    filled = values.copy()
    overall = float(np.mean(values[~blank])) if not blank.all() else 0.0
    for group in np.unique(sector[blank]):
        known = values[(sector == group) & ~blank]
        filled[(sector == group) & blank] = np.mean(known) if len(known) >= _FEW else overall
    return filled, blank


def _money_short(row: TrustRow) -> float | None:
    """Return 1 where money is short, 0 where it is not, None where the row does not tell."""
    if row.money_short is not None:
        return row.money_short
    if row.has_loans is not None:
        return float(row.has_loans)
    if row.revenue_support_loans_gbp_thousand is not None:
        return float(row.revenue_support_loans_gbp_thousand > 0)
    return None if row.financial_distress is None else float(row.financial_distress)


def _of_records(row: TrustRow) -> float:
    """Return the readiness that medical records speak of, NaN where nothing is known of them."""
    if row.medical_records is not None:
        known = _RECORDS_MATURITY[row.medical_records]
        return min(known, _RECORDS_MATURITY["paper"]) if row.electronic_record_live is False else known
    if row.electronic_record_live is not None:
        return _RECORDS_MATURITY["mixed" if row.electronic_record_live else "paper"]
    return np.nan


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _index(values: Sequence[str], names: Sequence[str]) -> Ints:
    position = {name: index for index, name in enumerate(names)}
    return np.array([position[value] for value in values], dtype=np.int32)
