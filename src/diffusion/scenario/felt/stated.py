"""Sets that a scenario states, and what of them is not eligible: said with how many of how many, and which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from diffusion.levers.outlook import first_few
from diffusion.scenario.felt.content import initial_pairs
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
    """Initial adopters that cannot adopt: neither are trusts of other sectors, nor is what is not on the market yet."""
    adopters = scenario.initial.adopters
    if adopters is None:
        return
    world, table = look.world, look.world.innovations
    path: KeyPath = ("initial", "adopters")
    pairs = initial_pairs(scenario, world)
    chosen = np.ones(world.n_innovations, dtype=bool)
    if adopters.innovations is not None:
        chosen = np.isin(np.array(table.ids), adopters.innovations)
    if adopters.codes is not None:
        stated, field = list(adopters.codes), "codes"
    else:
        stated, field = list(world.trusts.codes[: adopters.count or 0]), "count"
    row = {code: i for i, code in enumerate(world.trusts.codes)}
    useless = [code for code in stated if code in row and not pairs[row[code]].any()]
    if useless and chosen.any():
        yield (
            f"initial.adopters.{field}: {len(useless)} of {len(stated)} trusts can adopt none of the "
            f"{int(chosen.sum())} innovations: {first_few(useless)}",
            (*path, field),
        )
    if stated and adopters.innovations is not None:
        short = [(name, int(pairs[:, k].sum())) for k, name in enumerate(table.ids) if chosen[k]]
        short = [(name, number) for name, number in short if number < len(set(stated)) - len(useless)]
        if short:
            listed = first_few([f"{name} by {number}" for name, number in short])
            yield (
                f"initial.adopters: {len(short)} of {int(chosen.sum())} innovations can be adopted by fewer than "
                f"{len(set(stated))} trusts stated: {listed}",
                (*path, "innovations"),
            )
    begun = look.live(look.start + 1)
    late = [name for k, name in enumerate(table.ids) if chosen[k] and not begun[k] and pairs[:, k].any()]
    if late:
        yield (
            f"initial.adopters: {len(late)} of {int(chosen.sum())} innovations are not on the market in {look.start}, "
            f"and begin with adopters: {first_few(late)}",
            (*path, "innovations"),
        )


def _targets(scenario: Scenario, look: Outlook) -> Iterator[tuple[str, KeyPath]]:
    """Trusts, groups and innovations that a lever names and cannot reach in the run."""
    for key, lever in scenario.levers.items():
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
            "trusts": (table.codes, np.arange(world.n_trusts)), "ahsns": (world.ahsns.codes, table.ahsn),
            "ics": (table.ics_codes, table.ics), "regions": (table.region_names, table.region),
            "sectors": (table.sector_names, table.sector),
        }  # fmt: skip
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
