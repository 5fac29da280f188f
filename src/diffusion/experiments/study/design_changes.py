"""What changed between a frozen design and a new one: why a study may not go on with results it has."""

from __future__ import annotations

from collections.abc import Iterator

from diffusion.experiments.study.design import Design
from diffusion.scenario.diff import differences


def changes(frozen: Design, new: Design) -> list[str]:
    """Return what differs between two designs, a sentence each; empty if their runs are the same."""
    return [] if frozen.hash == new.hash else list(_changes(frozen, new))


def _changes(frozen: Design, new: Design) -> Iterator[str]:
    for name in frozen.scenarios:
        if name not in new.scenarios:
            yield f"the scenario '{name}' is gone"
    for name in new.scenarios:
        if name not in frozen.scenarios:
            yield f"the scenario '{name}' is new"
            continue
        one, two = frozen.scenarios.index(name), new.scenarios.index(name)
        for item in differences(frozen.bases[one], new.bases[two]):
            yield f"scenario '{name}': {item.key} was {item.left}, is {item.right}"
        if frozen.tables[one] != new.tables[two]:
            changed = sorted({text.rpartition(" ")[0] for text in {*frozen.tables[one]} ^ {*new.tables[two]}})
            yield f"scenario '{name}': its tables changed ({', '.join(changed)})"
    if set(frozen.scenarios) == set(new.scenarios) and frozen.scenarios != new.scenarios:
        yield "the scenarios stand in another order"
    for name in frozen.factors:
        if name not in new.factors:
            yield f"the factor '{name}' is gone"
    for name in new.factors:
        if name not in frozen.factors:
            yield f"the factor '{name}' is new"
        elif frozen.columns[name] != new.columns[name] and frozen.n_draws == new.n_draws:
            yield f"the factor '{name}' has other values"
        elif _sets(frozen, name) != _sets(new, name):
            yield f"the factor '{name}' sets other keys"
    if frozen.n_draws != new.n_draws:
        yield f"{frozen.n_draws:,} draws became {new.n_draws:,}"
    for label, before, after in (
        ("replicates", frozen.replicates, new.replicates),
        ("seed", frozen.seed, new.seed),
        ("outcomes", ", ".join(frozen.study.outcomes), ", ".join(new.study.outcomes)),
        ("detail", frozen.study.detail, new.study.detail),
        ("end_by", ", ".join(sorted(frozen.study.end_by)), ", ".join(sorted(new.study.end_by))),
        ("chance", frozen.study.chance, new.study.chance),
    ):
        if before != after:
            yield f"{label}: was {before}, is {after}"
    for module in sorted({*frozen.own_code, *new.own_code}):
        if frozen.own_code.get(module) != new.own_code.get(module):
            yield f"the code of the module '{module}' was changed"
    if frozen.study.watch != new.study.watch:
        names = sorted(
            name
            for name in {*frozen.study.watch, *new.study.watch}
            if frozen.study.watch.get(name) != new.study.watch.get(name)
        )
        yield f"what is watched: {', '.join(names) or 'its order'}"


def _sets(design: Design, name: str) -> tuple[tuple[str, ...], bool]:
    return design.study.keys_of(name), design.study.factors[name].multiply
