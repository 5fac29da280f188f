"""Everything in which two finished results differ: what was asked, settings, versions, data, tables, outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from diffusion.analysis.differences.held import Held, Side, hold
from diffusion.analysis.differences.moved import (
    Manifest,
    Moved,
    asked_moved,
    data_moved,
    settings_moved,
    tables_moved,
    versions_moved,
)


class Told(NamedTuple):
    """A result as it is told of: what it is called here, its manifest, its numbers, and the labels of its options."""

    title: str
    manifest: Manifest
    side: Side
    labels: Sequence[str]


@dataclass(frozen=True)
class Difference:
    """Two results and what moved between them; ``settings`` and ``data`` by option that both have, in their order.

    ``tables`` are those that are not the same to the byte; None where one of the two was not written.
    """

    one: Told
    other: Told
    held: Held
    asked: Sequence[Moved]
    settings: Sequence[Sequence[Moved]]
    data: Sequence[Sequence[Moved]]
    versions: Sequence[Moved]
    tables: Sequence[str] | None

    @property
    def labels(self) -> list[str]:
        """A label by option that both have; both labels where the sides call it otherwise."""
        pairs = [(self.one.labels[i], self.other.labels[j]) for i, j in self.held.options]
        return [mine if mine == theirs else f"{mine} / {theirs}" for mine, theirs in pairs]

    @property
    def nothing_moved(self) -> bool:
        """Whether nothing was set, asked, installed or read otherwise and no table differs."""
        held = self.held
        moved = (*self.asked, *self.versions, *(row for rows in (*self.settings, *self.data) for row in rows))
        return not moved and not any(held.only) and not self.tables and held.same_runs


def difference_of(one: Told, other: Told) -> Difference | None:
    """Return in what two results differ; None where they have no option or no outcome in common."""
    held = hold(one.side, other.side)
    if held is None:
        return None
    entries = [(one.manifest["scenarios"][i], other.manifest["scenarios"][j]) for i, j in held.options]
    mine, theirs = one.manifest.get("files"), other.manifest.get("files")
    return Difference(
        one,
        other,
        held,
        asked_moved(one.manifest, other.manifest),
        [settings_moved(*pair) for pair in entries],
        [data_moved(*pair) for pair in entries],
        versions_moved(one.manifest, other.manifest),
        tables_moved(mine, theirs) if mine and theirs else None,
    )
