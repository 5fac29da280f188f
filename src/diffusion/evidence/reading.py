"""Reading series of evidence: packaged ones, and a user's own in a folder; every fault with file, line and key."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from diffusion.errors import InputError, did_you_mean
from diffusion.evidence.checks import check_entry, check_id, check_in_force, check_series, fault
from diffusion.evidence.series import Point, Series
from diffusion.evidence.trust_table import FirstUse, read_first_uses
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.levers.shock import Shock
from diffusion.paths import DATA
from diffusion.reading.files import sha256
from diffusion.reading.validation import input_error
from diffusion.reading.yaml_lines import Key, KeyPath, Plain, YamlDocument, load_yaml

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class NamedSeries:
    """A series with the id that its file gives it, and the hash of that file."""

    id: str
    series: Series
    file: Path
    sha256: str
    #: first months by trust, where the series has such a table, and the file it stands in
    first_uses: tuple[FirstUse, ...] = field(default=())
    trusts_file: Path | None = None

    def month_of(self, point: Point) -> int:
        """Return the month of a point: 1 is the first in which the innovation is available, 0 the one before it."""
        return int(point.date - self.series.start) + 1


def packaged_evidence() -> list[NamedSeries]:
    """Return the packaged series, by id."""
    return list(_packaged())


@cache
def _packaged() -> tuple[NamedSeries, ...]:
    return tuple(read_series(path) for path in sorted((DATA / "evidence").glob("*.yaml")))


def evidence(folder: Path | None = None) -> list[NamedSeries]:
    """Return the packaged series and those of ``folder`` (all its .yaml files), by id.

    Raises InputError for a folder without series, a faulty file, or an id that is taken.
    """
    found = packaged_evidence()
    if folder is None:
        return found
    if not folder.is_dir():
        raise InputError("there is no such folder", file=folder, expected="a folder with a .yaml file for each series")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    if not files:
        raise InputError("the folder has no series", file=folder, expected="a .yaml file for each series")
    known = {item.id: item for item in found}
    for path in files:
        own = read_series(path)
        if own.id in known:
            raise InputError(
                f"the id '{own.id}' is taken by {known[own.id].series.title}",
                file=path,
                expected="a file name that no other series has",
                suggestion=f"call it 'own-{own.id}.yaml'",
            )
        known[own.id] = own
    return [known[name] for name in sorted(known)]


def find_series(name: str, folder: Path | None = None) -> NamedSeries:
    """Return the series of this id; raises InputError with the nearest one."""
    known = {item.id: item for item in evidence(folder)}
    if name not in known:
        raise InputError(
            f"there is no series '{name}'",
            expected="an id that 'diffusion evidence list' shows",
            suggestion=did_you_mean(name, known),
        )
    return known[name]


def read_series(path: Path) -> NamedSeries:
    """Read one series from a YAML file; raises InputError for anything that it may not hold."""
    document = load_yaml(path)
    data = document.data
    if not isinstance(data, dict):
        raise InputError("not a series", file=path, line=1, expected="keys with values: title, what, at_risk, points")
    raw = dict(data)
    levers = _levers(raw.pop("levers", None), document)
    shocks = _shocks(raw.pop("shocks", None), document)
    series = _validated(Series, raw, document, ())
    series = series.model_copy(update={"levers": levers, "shocks": shocks})
    check_id(path, series)
    check_series(series, document)
    for group, entries in (("levers", levers), ("shocks", shocks)):
        for key, entry in entries.items():
            check_in_force(group, key, entry, series.start, document)
    table, first_uses = _trusts(series, document)
    return NamedSeries(path.stem, series, path, sha256(path), first_uses, table)


def _trusts(series: Series, document: YamlDocument) -> tuple[Path | None, tuple[FirstUse, ...]]:
    """Return the file of first months by trust that a series names, and what it holds."""
    if series.trusts is None:
        return None, ()
    place: KeyPath = ("trusts",)
    if Path(series.trusts).name != series.trusts or not series.trusts.endswith(".csv"):
        message = f"'{series.trusts}' is not the name of a table"
        raise fault(document, place, message, "the name of a .csv file in the same folder, without a folder")
    if series.of != "innovation" or series.quantity not in ("ever", "adopters"):
        message = "a table of first months needs one innovation, and counts of adopters"
        raise fault(document, place, message, "of: innovation, and quantity: ever or adopters")
    assert document.file is not None
    path = document.file.parent / series.trusts
    if not path.is_file():
        raise fault(document, place, f"there is no file '{series.trusts}' beside the series", "a .csv file there")
    last = max(point.date for point in series.points)
    return path, read_first_uses(path, series.start + -1, last)


def _validated(model: type[Model], data: object, document: YamlDocument, prefix: KeyPath) -> Model:
    try:
        # by way of JSON, whose lists may be tuples and whose keys may be numbers
        return model.model_validate_json(to_json(data), strict=True)
    except ValidationError as error:
        raise input_error(error, model, file=document.file, line_of=document.line, prefix=prefix) from None


def _entries(value: Plain, name: str, document: YamlDocument) -> dict[Key, Plain]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(
            "not a set of keys", file=document.file, line=document.line((name,)), key=name, expected="settings by id"
        )
    return value


def _levers(value: Plain, document: YamlDocument) -> dict[str, Lever]:
    known, found = all_levers(), {}
    for key, entry in _entries(value, "levers", document).items():
        place: KeyPath = ("levers", key)
        if key not in known:
            raise InputError(
                f"unknown lever '{key}'",
                file=document.file,
                line=document.line(place),
                key=f"levers.{key}",
                expected="a lever that 'diffusion levers list' shows",
                suggestion=did_you_mean(str(key), known),
            )
        lever = _validated(known[str(key)], {} if entry is None else entry, document, place)
        if lever.start is None:
            raise InputError(
                "the lever has no first month",
                file=document.file,
                line=document.line(place),
                key=f"levers.{key}.start",
                expected="a month written YYYY-MM",
            )
        check_entry("levers", str(key), lever, document)
        found[str(key)] = lever
    return found


def _shocks(value: Plain, document: YamlDocument) -> dict[str, Shock]:
    found = {}
    for key, entry in _entries(value, "shocks", document).items():
        shock = _validated(Shock, {} if entry is None else entry, document, ("shocks", key))
        check_entry("shocks", str(key), shock, document)
        found[str(key)] = shock
    return found
