"""From a finished sweep to its sensitivity analysis, by the method that fits its design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from diffusion.analysis.outcomes.own import outcome_of
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME, Outcome
from diffusion.analysis.uncertainty.grid import grid_shares, level_codes
from diffusion.analysis.uncertainty.indices import (
    Index,
    Morris,
    Sobol,
    VarianceSplit,
    independent_draws,
    morris_effects,
    rank_correlations,
    sobol_indices,
    split_variance,
)
from diffusion.arrays import Bools, Floats, Longs
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.study.axis import Axis
from diffusion.experiments.study.bound_factors import axes_of, with_points
from diffusion.experiments.study.sampling import MORRIS_LEVELS, design_seed

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from diffusion.experiments.study.design import Design

Kind = TypeVar("Kind", bound=np.generic)
#: One line of the table of indices: column name -> text or number.
Row: TypeAlias = dict[str, str | float]


@dataclass(frozen=True)
class Subject:
    """What is analysed: a scenario's outcome, or its paired difference from another scenario."""

    scenario: str
    minus: str | None = None

    @property
    def name(self) -> str:
        return self.scenario if self.minus is None else f"{self.scenario} minus {self.minus}"

    @property
    def file_name(self) -> str:
        return self.name.replace("/", "-").replace(" ", "-").replace("+", "-")


@dataclass(frozen=True)
class Sensitivity:
    """One outcome of one subject, analysed; of ``morris``, ``sobol`` and ``ranks`` the design decides which is there.

    ``sobol`` of a full grid holds shares of the variance over its points. ``problem`` says why none could be computed.
    ``missing`` runs failed or are not there yet, ``without_value`` came to their end and have no such number; both are
    NaN among ``values``.
    """

    subject: Subject
    outcome: Outcome
    method: str
    axes: tuple[Axis, ...]
    split: VarianceSplit
    values: Floats  # [draws, replicates], in the printed unit
    columns: tuple[list[object], ...]  # value of every factor in every draw
    morris: Morris | None = None
    sobol: Sobol | None = None
    ranks: Index | None = None
    problem: str = ""
    missing: int = 0
    without_value: int = 0

    @property
    def left_out(self) -> int:
        """How many runs do not count."""
        return self.missing + self.without_value

    @property
    def unit(self) -> str:
        unit = self.outcome.unit if self.subject.minus is None else self.outcome.difference_unit
        return "" if unit == "1" else unit

    @property
    def effect_unit(self) -> str:
        """Unit of a change of the outcome: percentage points where the outcome is in per cent."""
        unit = self.outcome.difference_unit
        return "" if unit == "1" else unit

    def order(self) -> Longs:
        """Return the factors, the most influential first."""
        if self.morris is not None:
            size = self.morris.mu_star.value
        elif self.sobol is not None:
            size = self.sobol.total.value
        else:
            size = np.abs(self.ranks.value) if self.ranks is not None else np.zeros(len(self.axes))
        return np.argsort(-np.nan_to_num(size), kind="stable")

    def rows(self) -> list[Row]:
        """Return one row per factor and index, in the order of influence, then those of the split of the variance."""
        found = []
        for i in self.order():
            axis = self.axes[i]
            base = {
                "scenario": self.subject.scenario,
                "minus": self.subject.minus or "",
                "outcome": self.outcome.name,
                "factor": axis.name,
                "label": axis.label,
                "values": axis.span,
            }
            found += [base | row for row in self._indices(int(i))]
            if self.sobol is not None and self.sobol.second is not None:
                pairs = self.sobol.second
                for j in range(i + 1, len(self.axes)):
                    interval = (float(pairs.value[i, j]), float(pairs.low[i, j]), float(pairs.high[i, j]))
                    found.append(base | _row(f"second_order with {self.axes[j].name}", "share", *interval))
        s = self.split
        total = {"scenario": self.subject.scenario, "minus": self.subject.minus or "", "outcome": self.outcome.name}
        blank = {"factor": "", "label": "", "values": ""}
        found.append(total | blank | _row("parameters_share", "share", s.share, s.low, s.high))
        unit = f"({self.unit or '1'})^2"
        for name in ("parameters", "chance", "chance_common"):
            found.append(total | blank | _row(f"variance_{name}", unit, getattr(s, name), np.nan, np.nan))
        return found

    def _indices(self, i: int) -> list[Row]:
        if self.morris is not None:
            m = self.morris
            star = m.mu_star
            return [
                _row("mu_star", self.effect_unit, *_interval(star, i)),
                _row("mu", self.effect_unit, float(m.mu[i]), np.nan, np.nan),
                _row("sigma", self.effect_unit, float(m.sigma[i]), np.nan, np.nan),
            ]
        if self.sobol is not None:
            return [
                _row("first_order", "share", *_interval(self.sobol.first, i)),
                _row("total", "share", *_interval(self.sobol.total, i)),
            ]
        if self.ranks is not None:
            return [_row("partial_rank_correlation", "1", *_interval(self.ranks, i))]
        return []


def _interval(index: Index, i: int) -> tuple[float, float, float]:
    return float(index.value[i]), float(index.low[i]), float(index.high[i])


def _row(index: str, unit: str, value: float, low: float, high: float) -> Row:
    return {"index": index, "unit": unit, "value": value, "low95": low, "high95": high}


def read_cube(design: Design, runs: DuckDBPyRelation, outcomes: Sequence[str]) -> dict[str, Floats]:
    """Return outcome -> values [scenarios, draws, replicates], NaN where a run failed, is not there or has no value.

    ``runs`` is a table of runs with columns run, status and the outcomes (``experiments.read_back.read_runs``).
    """
    names = ", ".join(f'"{name}"' for name in ("run", *outcomes))
    found = runs.filter("status = 'ok'").project(names).fetchnumpy()
    rows = np.asarray(found["run"], dtype=np.int64)
    cubes = {}
    for name in outcomes:
        flat = np.full(design.runs, np.nan)
        flat[rows] = np.ma.filled(np.ma.asarray(found[name], dtype=np.float64), np.nan)
        cubes[name] = _cube(design, flat)
    return cubes


def read_ended(design: Design, runs: DuckDBPyRelation) -> Bools:
    """Return which runs came to their end, bool [scenarios, draws, replicates]; ``runs`` as in :func:`read_cube`."""
    ended = np.zeros(design.runs, dtype=np.bool_)
    ended[np.asarray(runs.filter("status = 'ok'").project("run").fetchnumpy()["run"], dtype=np.int64)] = True
    return _cube(design, ended)


def _cube(design: Design, flat: NDArray[Kind]) -> NDArray[Kind]:
    """Return numbers by run as [scenarios, draws, replicates]."""
    return np.moveaxis(flat.reshape(design.n_draws, len(design.scenarios), design.replicates), 1, 0)


def analyse(
    design: Design, cube: Floats, outcome: str, subject: Subject, seed: int = 1, ended: Bools | None = None
) -> Sensitivity:
    """Return the sensitivity of one outcome [scenarios, draws, replicates] of a subject, in its printed unit.

    ``ended`` says which runs came to their end (:func:`read_ended`), so that those that have no such number are told
    from those that failed or are not there yet; without it NaN counts as not there.
    """
    method = design.study.design.method
    axes = with_points(axes_of(design.study), design.columns)
    own = design.own_outcomes.get(outcome)
    what = OUTCOME_BY_NAME[outcome] if own is None else outcome_of(own)
    if ended is None:
        ended = np.isfinite(cube)
    place = design.scenarios.index(subject.scenario)
    values, whole = cube[place] * what.factor, ended[place]
    if subject.minus is not None:
        other = design.scenarios.index(subject.minus)
        values, whole = values - cube[other] * what.factor, whole & ended[other]
    second = design.study.design.second_order is not False
    free = values[independent_draws(method, design.n_draws, len(axes), second)]
    missing, without_value = int((~whole).sum()), int((whole & ~np.isfinite(values)).sum())
    names = [axis.name for axis in axes]
    columns = tuple(design.draws.column(name).to_pylist() for name in names)
    split = split_variance(free, seed)
    bare = Sensitivity(
        subject, what, method, axes, split, values, columns, missing=missing, without_value=without_value
    )
    try:
        if method == "morris":
            assert design.shares is not None
            levels = design.study.design.levels or MORRIS_LEVELS
            found = morris_effects(design.shares, values, names, levels, design_seed(seed))
            return replace(bare, morris=found)
        if method == "sobol":
            return replace(bare, sobol=sobol_indices(values, names, second, seed))
        codes, levels_of = level_codes(columns)
        if method == "full grid":
            return replace(bare, sobol=grid_shares(codes, values, names))
        numbers = np.array(
            [
                column if all(isinstance(value, int | float) for value in levels_of[i]) else codes[:, i]
                for i, column in enumerate(columns)
            ],
            dtype=np.float64,
        ).T
        return replace(bare, ranks=rank_correlations(numbers, values, names, seed))
    except ValueError as error:
        return replace(bare, problem=str(error))


def subjects_of(design: Design, scenarios: Sequence[str], differences: Sequence[str]) -> list[Subject]:
    """Return what is to be analysed; by default the only scenario, or every other one minus the first.

    Raises
    ------
    InputError
        A scenario that the study does not have, or a difference that cannot be read.
    """
    known = design.scenarios
    for name in scenarios:
        if name not in known:
            raise InputError(
                f"unknown scenario '{name}'",
                key="--scenario",
                expected="one of " + ", ".join(known),
                suggestion=did_you_mean(name, known) or f"for example --scenario {known[0]}",
            )
    found = [Subject(name) for name in scenarios] + [_difference(text, known) for text in differences]
    if found:
        return found
    return [Subject(known[0])] if len(known) == 1 else [Subject(name, known[0]) for name in known[1:]]


def _difference(text: str, known: Sequence[str]) -> Subject:
    """Return the subject of ``a-b``; names may hold hyphens themselves."""
    cuts = [i for i, letter in enumerate(text) if letter == "-"]
    pairs = [(text[:i].strip(), text[i + 1 :].strip()) for i in cuts]
    fitting = [pair for pair in pairs if pair[0] in known and pair[1] in known and pair[0] != pair[1]]
    if len(fitting) == 1:
        return Subject(*fitting[0])
    raise InputError(
        f"'{text}' does not name two scenarios of the study" if not fitting else f"'{text}' can be read in two ways",
        key="--difference",
        expected="two of " + ", ".join(known) + ", joined by -",
        suggestion=f"for example --difference {known[1]}-{known[0]}" if len(known) > 1 else "leave --difference out",
    )


def check_outcomes(design: Design, names: Sequence[str]) -> list[str]:
    """Return the outcomes to analyse, by default the first that the study keeps; raises InputError for another."""
    kept = design.study.outcomes
    for name in names:
        if name not in kept:
            raise InputError(
                f"the study does not keep '{name}'",
                key="--outcome",
                expected="one of " + ", ".join(kept),
                suggestion=did_you_mean(name, kept) or f"for example --outcome {kept[0]}",
            )
    return list(names) or [kept[0]]
