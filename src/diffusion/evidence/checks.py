"""What no series may say, beyond the types of its keys: each fault with file, line, key and what was expected."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from diffusion.engine.calendar import Month
from diffusion.errors import InputError, did_you_mean
from diffusion.evidence.series import Point, Series
from diffusion.levers.base import Lever
from diffusion.paths import DATA
from diffusion.reading.yaml_lines import KeyPath, YamlDocument, dotted
from diffusion.world.portfolio import PORTFOLIO, load_innovations
from diffusion.world.tables import SECTORS

#: counts that cannot fall
CUMULATIVE = ("ever", "aware", "enrolled")
#: what an id may be: it stands in keys with dots between
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def fault(
    document: YamlDocument, place: KeyPath, message: str, expected: str, suggestion: str | None = None
) -> InputError:
    """Return an InputError at a key of the file."""
    return InputError(
        message,
        file=document.file,
        line=document.line(place),
        key=dotted(place),
        expected=expected,
        suggestion=suggestion,
    )


def check_series(series: Series, document: YamlDocument) -> None:
    """Refuse what no series can say: see the messages."""
    last: dict[tuple[str, bool], Point] = {}
    for index, point in enumerate(series.points):
        place: KeyPath = ("points", index)
        _check_numbers(point, series, document, place)
        if point.date < series.start + -1:
            raise fault(
                document,
                (*place, "date"),
                f"{point.date} is before the start ({series.start})",
                f"{series.start + -1} or later",
            )
        quantity = point.quantity or series.quantity
        before = last.get((quantity, point.effect is None))
        if before is not None:
            _check_order(point, before, quantity, document, place)
        last[quantity, point.effect is None] = point
    if all(point.date < series.start for point in series.points):
        message = f"no point lies in or after the first month ({series.start})"
        raise fault(document, ("points",), message, "a point that can be compared")
    if series.innovation is not None:
        _check_innovation(series, document)
    _check_possible(series, document)
    for number, sector in enumerate(series.traits.eligible_sectors or ()):
        if sector not in (*SECTORS, "all"):
            raise fault(
                document,
                ("traits", "eligible_sectors", number),
                f"unknown sector '{sector}'",
                f"one of all, {', '.join(SECTORS)}",
                suggestion=did_you_mean(str(sector), SECTORS),
            )


def _check_numbers(point: Point, series: Series, document: YamlDocument, place: KeyPath) -> None:
    given = [name for name in ("count", "share", "effect") if getattr(point, name) is not None]
    if len(given) != 1:
        raise fault(
            document,
            (*place, given[1] if given else "date"),
            "a point has one of count, share and effect",
            f"one of them, not {' and '.join(given)}" if given else "count, share or effect beside the date",
        )
    if point.count is None and point.standard_error is None:
        message = f"a point with '{given[0]}' has no standard_error"
        raise fault(document, (*place, given[0]), message, "standard_error: and a number")
    if point.count is not None and point.standard_error is not None:
        message = "a count has the error of its numbers"
        raise fault(document, (*place, "standard_error"), message, "no standard_error")
    if point.count is not None and point.count > series.at_risk and (point.use or series.use) == "fit":
        message = f"{point.count} is more than at_risk ({series.at_risk})"
        raise fault(document, (*place, "count"), message, f"at most {series.at_risk}")


def _check_order(point: Point, before: Point, quantity: str, document: YamlDocument, place: KeyPath) -> None:
    if point.date <= before.date:
        message = f"{point.date} comes after {before.date}"
        raise fault(document, (*place, "date"), message, "dates in order, each once")
    if quantity not in CUMULATIVE or point.count is None or before.count is None:
        return
    if point.count < before.count:
        message = f"the count of those who '{quantity}' falls from {before.count} to {point.count}"
        raise fault(document, (*place, "count"), message, f"{before.count} or more")


def _check_innovation(series: Series, document: YamlDocument) -> None:
    """Refuse an innovation that the portfolio does not have, or that the series does not need."""
    place: KeyPath = ("innovation",)
    if series.of != "innovation":
        message = "a series over several innovations names none"
        raise fault(document, place, message, "of: innovation, or no innovation")
    if series.innovation not in portfolio():
        raise fault(
            document,
            place,
            f"the portfolio has no innovation '{series.innovation}'",
            "an id of the packaged portfolio; leave the key out for an innovation of its own",
            suggestion=did_you_mean(str(series.innovation), portfolio()),
        )


def _check_possible(series: Series, document: YamlDocument) -> None:
    """Refuse what would be simulated as none of it, or otherwise than the file says."""
    traits = series.traits
    for name, instead in (
        ("live_month", "start, the month in which it became available"),
        ("initial_sites_min", "opening_share, a share of those at risk"),
        ("initial_sites_max", "opening_share, a share of those at risk"),
    ):
        if name in traits.model_fields_set:
            raise fault(document, ("traits", name), "a series says this by its own keys", instead)
    if series.innovation is not None or series.of != "innovation":
        for name in ("traits", "opening_share"):
            if traits.model_fields_set if name == "traits" else series.opening_share:
                message = "innovations of the portfolio have the traits and sites that stand there"
                raise fault(document, (name,), message, f"no {name}, or a series of an innovation of its own")
    use = traits.use_share
    if use is not None and series.opening_share > use:
        message = f"more use it at the start ({series.opening_share:g}) than have a use for it (use_share {use:g})"
        raise fault(document, ("opening_share",), message, f"at most {use:g}, or a larger use_share")
    needs_pilot = traits.needs_pilot if traits.needs_pilot is not None else series.kind != "drug"
    for index, point in enumerate(series.points):
        place: KeyPath = ("points", index)
        if point.effect is not None and not (series.levers or series.shocks):
            raise fault(
                document, (*place, "effect"), "nothing is in force that could have an effect", "levers or shocks"
            )
        quantity = point.quantity or series.quantity
        own = ("points", index, "quantity") if point.quantity else ("quantity",)
        if quantity == "enrolled" and not any(getattr(each, "programmes", None) for each in series.levers.values()):
            expected = "ahsn-support with programmes below levers"
            raise fault(document, own, "nobody enrols without a programme", expected)
        if quantity == "scaled" and series.of == "innovation" and not needs_pilot:
            raise fault(
                document, own, "it needs no pilot, so none can be scaled", "another quantity, or needs_pilot: true"
            )


def check_id(path: Path, series: Series) -> None:
    """Refuse an id that keys cannot hold, or that an innovation of the portfolio has."""
    if not _ID.fullmatch(path.stem):
        plain = re.sub(r"[^A-Za-z0-9]+", "-", path.stem).strip("-")[:60] or "my-drug"
        raise InputError(
            f"'{path.stem}' cannot be the id of a series",
            file=path,
            expected="a file name of letters, digits, - and _ (at most 64), ending in .yaml",
            suggestion=f"call it '{plain}.yaml'",
        )
    if path.stem in portfolio() and series.innovation != path.stem and series.of == "innovation":
        raise InputError(
            f"the id '{path.stem}' is taken by an innovation of the portfolio",
            file=path,
            expected="a file name that no innovation has",
            suggestion=f"write 'innovation: {path.stem}' if the series is of it, else call it 'own-{path.stem}.yaml'",
        )


@cache
def portfolio() -> tuple[str, ...]:
    """Return the ids of the packaged innovations."""
    return load_innovations(DATA / PORTFOLIO, SECTORS).ids


def check_in_force(group: str, key: str, entry: Lever, start: Month, document: YamlDocument) -> None:
    """Refuse what was over before the series began, and pressure, which falls on more than one innovation."""
    if entry.end is not None and entry.end <= start:
        raise fault(document, (group, key, "end"), f"it was over before the start ({start})", f"{start + 1} or later")
    if getattr(entry, "pressure", 0.0):
        message = "pressure falls on whole trusts, and so on all other series"
        raise fault(document, (group, key, "pressure"), message, "pushes, a mandate or a priority for it alone")


def check_entry(group: str, key: str, entry: Lever, document: YamlDocument) -> None:
    """Refuse an end that is not after the start, and a key that keys with dots cannot hold."""
    if not _ID.fullmatch(key):
        raise fault(document, (group, key), f"'{key}' cannot be a key", "letters, digits, - and _")
    if entry.start is not None and entry.end is not None and entry.end <= entry.start:
        raise fault(
            document,
            (group, key, "end"),
            f"the end ({entry.end}) is not after the start ({entry.start})",
            f"{entry.start + 1} or later; end is the first month without it",
        )
