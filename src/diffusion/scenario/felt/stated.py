"""Sets that a scenario states, and what of them is not eligible: said with how many of how many, and which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.levers.outlook import first_few
from diffusion.scenario.initial import initial_pairs
from diffusion.world.tables import KINDS

if TYPE_CHECKING:
    from diffusion.levers.base import Lever
    from diffusion.levers.outlook import Outlook
    from diffusion.reading.yaml_lines import KeyPath
    from diffusion.scenario.schema import Scenario


def stated_sets(scenario: Scenario, look: Outlook) -> Iterator[str]:
    """Yield a sentence for each stated set that is more than what is eligible of it, with its place."""
    for text, path in (*_adopters(scenario, look), *_targets(scenario, look)):
        origin = scenario.written.locate(path)
        place = f" ({origin.file}:{origin.line})" if origin is not None and origin.line is not None else ""
        yield text + place


def _adopters(scenario: Scenario, look: Outlook) -> Iterator[tuple[str, KeyPath]]:
    """Initial adopters that cannot adopt, and innovations that are not on the market yet."""
    adopters = scenario.initial.adopters
    if adopters is None:
        return
    world, table = look.world, look.world.innovations
    path: KeyPath = ("initial", "adopters")
    pairs = initial_pairs(adopters, world)
    field = "count" if adopters.codes is None else "codes"
    trusts = list(adopters.codes if adopters.codes is not None else world.trusts.codes[: adopters.count or 0])
    for name, listed in (("codes", adopters.codes or ()), ("innovations", adopters.innovations or ())):
        yield from _twice(f"initial.adopters.{name}", listed, (*path, name))
    named = [k for k, name in enumerate(table.ids) if adopters.innovations is None or name in adopters.innovations]
    rows = sorted({world.trusts.codes.index(code) for code in trusts if code in world.trusts.codes})
    stated, eligible = len(rows) * len(named), int(pairs.sum())
    if eligible < stated:
        useless = [world.trusts.codes[i] for i in rows if not pairs[i].any()]
        fewest = sorted(named, key=lambda k: int(pairs[:, k].sum()))
        examples = [
            f"{table.ids[k]} begins with {int(pairs[:, k].sum())} of {len(rows)}"
            for k in fewest
            if pairs[:, k].sum() < len(rows)
        ]
        none = f"; {len(useless)} of {len(rows)} trusts begin with none: {first_few(useless)}" if useless else ""
        yield (
            f"initial.adopters.{field}: {stated - eligible:,} of {stated:,} pairs stated cannot adopt and are left "
            f"out: {first_few(examples)}{none}",
            (*path, field),
        )
    begun = look.live(look.start + 1)
    late = [table.ids[k] for k in named if not begun[k] and pairs[:, k].any()]
    if late:
        yield (
            f"initial.adopters: {len(late)} of {len(named)} innovations begin with adopters although they are not on "
            f"the market in {look.start}: {first_few(late)}",
            (*path, "innovations"),
        )


def _twice(key: str, names: Sequence[str], path: KeyPath) -> Iterator[tuple[str, KeyPath]]:
    again = [name for place, name in enumerate(names) if name in names[:place]]
    if again:
        yield f"{key}: {len(again)} of {len(names)} stand twice, which does nothing: {first_few(again)}", path


def _targets(scenario: Scenario, look: Outlook) -> Iterator[tuple[str, KeyPath]]:
    """Trusts, groups and innovations that a lever names and cannot reach in the run."""
    for key, lever in scenario.levers.items():
        for name, listed in lever.targets:
            if isinstance(listed, tuple):
                yield from _twice(f"levers.{key}.targets.{name}", listed, ("levers", key, "targets", name))
        if lever.why_idle(look) is not None or look.nobody(lever):
            continue
        for field, names, reached in _named(lever, look):
            missed = [name for name, found in zip(names, reached) if not found]
            if missed:
                yield (
                    f"levers.{key}.targets.{field}: {len(missed)} of {len(names)} hold no pair that can adopt in the "
                    f"lever's months, with its other targets: {first_few(missed)}",
                    ("levers", key, "targets", field),
                )


def _named(lever: Lever, look: Outlook) -> Iterator[tuple[str, tuple[str, ...], list[bool]]]:
    """Yield (field, names, whether each is reached) for every list of names among a lever's targets."""
    targets, world = lever.targets, look.world
    pairs = look.pairs(lever) if lever.reads_trusts else look.pairs_of_all(lever)
    if lever.reads_trusts:
        trusts = np.asarray(pairs.any(axis=1))
        table = world.trusts
        columns = {
            "trusts": (table.codes, np.arange(world.n_trusts)),
            "ahsns": (world.ahsns.codes, table.ahsn),
            "ics": (table.ics_codes, table.ics),
            "regions": (table.region_names, table.region),
            "sectors": (table.sector_names, table.sector),
        }
        for field, (known, column) in columns.items():
            names = getattr(targets, field)
            if names:
                yield field, names, [bool(trusts[column == known.index(name)].any()) for name in names]
    if lever.reads_innovations:
        innovations = np.asarray(pairs.any(axis=0))
        rows = world.innovations
        if targets.innovations:
            where = [rows.ids.index(name) for name in targets.innovations]
            yield "innovations", targets.innovations, [bool(innovations[k]) for k in where]
        for field, has in (("tags", rows.tags), ("cohorts", tuple({c} for c in rows.cohort))):
            names = getattr(targets, field)
            if names:
                yield (
                    field,
                    names,
                    [any(found and name in own for found, own in zip(innovations, has)) for name in names],
                )
        if targets.kinds:
            own = [KINDS[kind] for kind in rows.kind[innovations]]
            yield "kinds", targets.kinds, [name in own for name in targets.kinds]
