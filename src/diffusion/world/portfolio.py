"""Portfolio files: innovations as they are written, where each attribute comes from, and what attributes are.

An attribute comes from the innovation, else its cohort, else the file's defaults for its kind and for all, else the
packaged defaults of its kind.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple, cast

from pydantic.fields import FieldInfo

from diffusion.errors import InputError
from diffusion.reading.files import packaged
from diffusion.reading.rows import RawRow, RawTable, read_table, unknown_code, validate_rows
from diffusion.reading.run_months import COUNTED, EXAMPLE, RunMonthError, check_run_month
from diffusion.reading.validation import choices
from diffusion.reading.yaml_lines import load_yaml
from diffusion.world.innovations import (
    PRIORITIES,
    REQUIRED,
    SHIFTS,
    Attribute,
    InnovationAttributes,
    InnovationRow,
    PortfolioHead,
    innovation_table,
    kind_defaults,
    opening_fault,
    portfolio_head,
    sorted_together,
    stated,
    stated_names,
    stated_number,
)
from diffusion.world.more_innovations import MoreInnovation
from diffusion.world.pilot_sites import check_pilot_sites
from diffusion.world.tables import InnovationTable, TrustTable

PORTFOLIO = "worlds/england-2017/portfolio.yaml"
#: how others call the month from which an innovation is on the market
_LIVE = frozenset(
    [
        "start",
        "start_month",
        "start_date",
        "live",
        "live_date",
        "go_live",
        "month",
        "date",
        "from",
        "launch",
        "launch_month",
    ]
)
#: where an attribute may come from, the nearest last
KIND, FILE_COMMON, FILE_DEFAULTS, FILE_KIND, COHORT, OWN = (
    "default of its kind",
    "the file, for all",
    "the file, for all",
    "the file, for its kind",
    "its cohort",
    "itself",
)


class Entry(NamedTuple):
    """An innovation of a portfolio file: as written, with its attributes and where each comes from."""

    raw: RawRow
    row: InnovationRow
    attributes: dict[str, Attribute]
    origin: dict[str, str]
    basis: dict[str, str]  # what attributes rest on, as the file says


class AttributeFacts(NamedTuple):
    """What an attribute is: its meaning, unit, the values that it may take, and what defaults rest on."""

    name: str
    description: str
    unit: str
    allowed: str
    source: str


def stands_beside(path: Path) -> bool:
    """Whether a portfolio file says that its innovations stand beside those of the packaged portfolio."""
    if path.suffix.lower() not in (".yaml", ".yml"):
        return False
    data = load_yaml(path).data
    return isinstance(data, dict) and data.get("beside") is not None


def is_portfolio(path: Path) -> bool:
    """Whether a file is one of innovations: a table, or YAML without the keys of a scenario; raises InputError."""
    if path.suffix.lower() not in (".yaml", ".yml"):
        return True
    data = load_yaml(path).data
    return not isinstance(data, dict) or "innovations" in data or not {"extends", "world", "levers"} & set(data)


def load_innovations(
    path: Path,
    sectors: Sequence[str],
    trusts: TrustTable | None = None,
    beside: InnovationTable | None = None,
    everywhere: bool = False,
) -> InnovationTable:
    """Read a portfolio from a YAML or CSV file; raise InputError for anything that cannot be used.

    Pilot sites are checked against ``trusts`` where those are given, of any sector where innovations may be used
    ``everywhere``; the innovations stand ``beside`` those of another table.
    """
    table, entries = _read(path, sectors)
    for entry in entries:
        if trusts is not None:
            allowed = ["all"] if everywhere else stated_names(entry.attributes, "eligible_sectors")
            check_pilot_sites(entry.row.pilot_sites, allowed, trusts, partial(table.error, entry.raw, "pilot_sites"))
        if beside is not None and entry.row.id in beside.ids:
            raise table.error(
                entry.raw,
                "id",
                f"the portfolio has an innovation '{entry.row.id}' already",
                expected="an id that no other innovation has",
                suggestion=f"call it 'own-{entry.row.id}'",
            )
    own = innovation_table([entry.row for entry in entries], [entry.attributes for entry in entries], sectors)
    return sorted_together(own) if beside is None else sorted_together(beside, own)


def read_portfolio(path: Path, sectors: Sequence[str]) -> list[Entry]:
    """Return the innovations of a YAML or CSV file in its order; raise InputError for anything that cannot be used."""
    return _read(path, sectors)[1]


def _read(path: Path, sectors: Sequence[str]) -> tuple[RawTable, list[Entry]]:
    known = [name for name in InnovationRow.model_fields if name != "basis"]
    try:
        table = read_table(path, "innovations", REQUIRED, known)
        head = portfolio_head(table.document) if table.document is not None else PortfolioHead()
        _check_months(table)
        rows = validate_rows(table, InnovationRow, "id")
    except InputError as error:
        named = (error.key or "").rpartition(".")[2]
        if named not in InnovationRow.model_fields and re.sub(r"[\W_]+", "_", named.casefold()) in _LIVE:
            raise error.at(suggestion=f"call it live_month, {COUNTED}: {EXAMPLE}") from None
        raise
    _check_rows(table, rows, head, sectors)
    entries = [_resolved(raw, row, head) for raw, row in zip(table.rows, rows)]
    for entry in entries:
        low, high = (stated_number(entry.attributes, f"initial_sites_{end}") for end in ("min", "max"))
        if low > high:
            raise table.error(
                entry.raw,
                "initial_sites_min",
                f"{low} is more than initial_sites_max ({high})",
                expected="initial_sites_min <= initial_sites_max",
            )
        if fault := opening_fault(entry.attributes):
            expected = "a month after live_from"
            raise table.error(entry.raw, "opening_users", fault[0], expected=expected, suggestion=fault[1])
    return table, entries


def _check_months(table: RawTable) -> None:
    """Raise InputError for a month of the calendar in a table: cells are texts, and would be refused as no number."""
    for row in table.rows if table.document is None else ():
        try:
            check_run_month(row.values.get("live_month"))
        except RunMonthError as error:
            raise table.error(
                row, "live_month", str(error), expected=error.expected, suggestion=error.suggestion
            ) from None


def _check_rows(table: RawTable, rows: list[InnovationRow], head: PortfolioHead, sectors: Sequence[str]) -> None:
    tags = [*SHIFTS, *PRIORITIES, *head.extra_tags]
    attributes = [*InnovationRow.model_fields, "everything_else"]
    for raw, row in zip(table.rows, rows):
        for sector in row.eligible_sectors or ():
            if sector not in (*sectors, "all"):
                raise unknown_code(table, raw, "eligible_sectors", sector, ("all", *sectors), "sector")
        for tag in row.tags or ():
            if tag not in tags:
                raise unknown_code(table, raw, "tags", tag, tags, "tag")
        for name in row.basis:
            if name not in attributes:
                raise unknown_code(table, raw, "basis", name, attributes, "attribute")
        if row.cohort and head.cohorts and row.cohort not in head.cohorts:
            raise unknown_code(table, raw, "cohort", row.cohort, head.cohorts, "cohort")


def _resolved(raw: RawRow, row: InnovationRow, head: PortfolioHead) -> Entry:
    layers: tuple[tuple[str, InnovationAttributes | None], ...] = (
        (FILE_COMMON, head.common),
        (FILE_DEFAULTS, head.defaults),
        (FILE_KIND, head.kinds.get(row.kind)),
        (COHORT, head.cohorts.get(row.cohort)),
        (OWN, row),
    )
    attributes: dict[str, Attribute] = dict(kind_defaults()[row.kind])
    origin = dict.fromkeys(attributes, KIND)
    for name, layer in layers:
        if layer is not None:
            found = stated(layer)
            attributes |= found
            origin |= dict.fromkeys(found, name)
    return Entry(raw, row, attributes, origin, {**head.basis, **row.basis})


def entry_of(name: str, more: MoreInnovation) -> Entry:
    """Return an innovation that a scenario states, as one of a portfolio file that says nothing else."""
    given = {key: getattr(more, key) for key in more.model_fields_set}
    return _resolved(RawRow({}, None), InnovationRow(id=name, **given), PortfolioHead())


def basis_of(entry: Entry, name: str) -> str:
    """Return what the value of an attribute rests on, as the file says, or ``kinds.yaml`` does."""
    default = "assumption, grade C"
    if entry.origin.get(name, KIND) == KIND:
        return entry.basis.get(name, default)
    return entry.basis.get(name, entry.basis.get("everything_else", "not said"))


@cache
def attribute_facts() -> Mapping[str, AttributeFacts]:
    """Return what every key of an innovation is, by name, in the order of the schema."""
    data = load_yaml(packaged("dictionary.yaml")).data
    dictionary = cast("dict[str, dict[str, dict[str, dict[str, dict[str, str]]]]]", data)
    described = dictionary["tables"][Path(PORTFOLIO).name]["columns"]
    return {
        name: AttributeFacts(
            name,
            str(described[name]["description"]),
            str(described[name]["unit"]),
            _allowed(field),
            str(described[name]["source"]),
        )
        for name, field in InnovationRow.model_fields.items()
    }


def _allowed(field: FieldInfo) -> str:
    """Write which values a field takes: its range, choices, or kind of value."""
    inner = [part for part in choices(field.annotation) if part is not type(None)]
    for part in inner:
        if typing.get_origin(part) is typing.Literal:
            return ", ".join(map(str, typing.get_args(part)))
    low, high = _bounds(field)
    if low is not None and high is not None:
        whole = "whole numbers, " if int in inner else ""
        return f"{whole}{low:,g} to {high:,.0f}" if abs(high) >= 1 else f"{whole}{low:g} to {high:g}"
    if bool in inner:
        return "true or false"
    kinds = {typing.get_origin(part) or part for part in inner}
    return "keys with texts" if dict in kinds else "a list" if list in kinds else "text"


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the least and greatest value that an annotation allows, None where it allows any."""
    low: float | None = None
    high: float | None = None
    for part in _annotations(field.annotation):
        for item in getattr(part, "metadata", ()):
            low, high = getattr(item, "ge", low), getattr(item, "le", high)
    for item in field.metadata:
        low, high = getattr(item, "ge", low), getattr(item, "le", high)
    return low, high


def _annotations(annotation: object) -> list[object]:
    """Return the field infos inside the parts of an annotation."""
    found: list[object] = []
    for part in (annotation, *typing.get_args(annotation)):
        if typing.get_origin(part) is typing.Annotated:
            found += [item for item in typing.get_args(part)[1:] if isinstance(item, FieldInfo)]
    return found
