"""One history of adoption as read: by organisation, or as counts by period."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from diffusion.analysis.observed.period_forms import Unit, label
from diffusion.analysis.observed.ties import Ties
from diffusion.analysis.observed.times import Adoption, adoption_table
from diffusion.arrays import Floats, Longs
from diffusion.reading.rows import RawRow, RawTable


@dataclass(frozen=True, eq=False)
class Observed:
    """Adoption of one innovation, by organisation (``adoption``) or as counts of new adopters by period (``counts``).

    ``compare`` and ``groups`` hold labels by organisation ("" where blank), ``covariates`` numbers (NaN where blank),
    all in the order of ``adoption``; ``names`` what organisations are called. ``first`` and ``last`` are the periods
    observed, calendar months counted as :class:`~diffusion.engine.calendar.Month` if ``calendar``. ``population`` is
    NaN where unknown. ``others`` of it are not in ``adoption``: they had not adopted by the last period.

    ``counts`` belong to the intervals that end with the periods ``ends``, which are ``first`` to ``last`` where that is
    None; ``before`` had adopted when observation began. ``adopters_only``: the table has nobody else, and the
    population is not stated. ``strata`` are labels of groups within which chance is judged, those of ``strata_column``.
    ``left_out`` says of how many ties of each layer an end is not in the table.
    """

    innovation: str
    first: int
    last: int
    calendar: bool
    adoption: Adoption | None = None
    counts: Floats | None = None
    ends: Longs | None = None
    before: float = 0.0
    population: float = float("nan")
    others: int = 0
    adopters_only: bool = False
    left_out: dict[str, tuple[int, int]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    compare: dict[str, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    covariates: dict[str, Floats] = field(default_factory=dict)
    layers: tuple[Ties, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    unit: Unit | None = None
    strata: tuple[str, ...] = ()
    strata_column: str = ""

    @property
    def period_unit(self) -> Unit:
        """What a period is; where ``unit`` does not say it, ``calendar`` does."""
        return self.unit or (Unit.MONTH if self.calendar else Unit.NUMBER)

    def period_label(self, period: float) -> str:
        """Return ``2020-03``, ``Q3 2019``, ``2019/20``, or the number."""
        return label(period, self.period_unit)

    @property
    def marks(self) -> Longs:
        """int64[T]: the periods with which the intervals of the curve end."""
        return np.arange(self.first, self.last + 1, dtype=np.int64) if self.ends is None else self.ends

    @property
    def whole(self) -> Adoption | None:
        """The organisations of the table with all others that could adopt, who have no code."""
        if self.adoption is None or not self.others:
            return self.adoption
        a, k = self.adoption, self.others
        return adoption_table(
            [*a.codes, *(f" {i}" for i in range(k))],  # no code has a space
            np.concatenate([a.time, np.full(k, np.nan)]),
            a.first,
            a.last,
            entry=np.concatenate([a.entry, np.full(k, a.first)]),
            exit=np.concatenate([a.exit, np.full(k, a.last)]),
            already=np.concatenate([a.already, np.zeros(k, dtype=bool)]),
        )


@dataclass(frozen=True)
class ReadOptions:
    """What the command line says about the tables; see ``diffusion analyse --help``."""

    compare: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    directed: bool = False
    ignore_other_columns: bool = False
    launch: str | None = None
    population: int | None = None
    periods_are: str | None = None
    code: str = "code"
    adopted: tuple[str, ...] = ()
    quantity: str = "quantity"
    running: int = 1
    least_share: float | None = None
    merged: str | None = None
    drop: bool = False
    aggregate: bool = False
    names: Path | None = None
    strata: str | None = None
    merged_into: frozenset[str] = frozenset()


def asked_columns(options: ReadOptions) -> tuple[str, ...]:
    """Return the columns of a table that options name beside those that are known, each once."""
    strata = () if options.strata is None else (options.strata,)
    return tuple(dict.fromkeys((*options.compare, *options.groups, *options.covariates, *strata)))


def by_innovation(table: RawTable, path: Path) -> dict[str, list[RawRow]]:
    """Return the rows of every innovation, in the file's order."""
    split: dict[str, list[RawRow]] = {}
    for row in table.rows:
        split.setdefault(row.values.get("innovation", path.stem), []).append(row)
    return split
