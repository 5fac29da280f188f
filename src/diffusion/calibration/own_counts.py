"""A user's own innovation: the posterior's runs weighted by how well each fits the first counts of it.

An innovation without a series draws its traits from the hierarchy, a new draw in every run. Counts of its first months
say which of these runs it may be one of: ``w = exp(log N(y; x, s^2 + o))`` with y the counts and x the run's share in
logits, o the binomial error of the counts, and s the discrepancy of the run's draw, one for all months.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import yaml
from pydantic import Field

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import BASE
from diffusion.ensemble.posterior import Posterior
from diffusion.errors import InputError
from diffusion.experiments.study.design import make_design
from diffusion.experiments.study.load import load_study
from diffusion.experiments.sweep.folder import Sweep, prepare
from diffusion.experiments.sweep.read import read_runs
from diffusion.reading.rows import Row, read_csv, validate_rows
from diffusion.scenario.load import load_scenario
from diffusion.storage.whole_files import write_whole
from diffusion.world.innovations import kind_defaults

COLUMNS = ("month", "adopters", "organisations")
#: a weighted ensemble that stands on fewer runs says nothing
LEAST_EFFECTIVE = 30.0
#: months that are foretold
FORETOLD = (12, 24, 36, 60)
_ID = "own-innovation"


class OwnCount(Row):
    """One count: adopters among the organisations that could adopt, so many months after it became available."""

    month: Annotated[int, Field(ge=1, le=60)]
    adopters: Annotated[int, Field(ge=0, le=100_000)]
    organisations: Annotated[int, Field(ge=1, le=100_000)]


def read_own_counts(path: Path) -> tuple[OwnCount, ...]:
    """Read counts from a CSV file; raises InputError with file, line and column for what cannot be."""
    table = read_csv(path, COLUMNS, COLUMNS)
    rows = validate_rows(table, OwnCount, "month")
    for raw, row in zip(table.rows, rows):
        if row.adopters > row.organisations:
            raise table.error(
                raw,
                "adopters",
                f"{row.adopters} of {row.organisations} organisations",
                expected="no more adopters than organisations",
                suggestion="check which column is which",
            )
    return tuple(sorted(rows, key=lambda row: row.month))


@dataclass(frozen=True)
class Conditioned:
    """What the counts leave of the posterior's runs."""

    counts: tuple[OwnCount, ...]
    kind: str
    weights: Floats  # float64[D, R], sum 1
    shares: Mapping[int, Floats]  # [D, R] by month: of the organisations that could adopt, those that ever have
    effective: float  # effective sample size, (sum w)^2 / sum w^2

    def quantiles(self, month: int, at: Sequence[float], weighted: bool) -> list[float]:
        """Return quantiles of the share that has adopted by a month, with or without the counts."""
        values = self.shares[month].ravel()
        weights = self.weights.ravel() if weighted else np.full(values.size, 1.0 / values.size)
        order = np.argsort(values, kind="stable")
        position = np.cumsum(weights[order]) - 0.5 * weights[order]
        return [float(value) for value in np.interp(at, position, values[order])]


def prepare_own(
    counts: Sequence[OwnCount], kind: str, posterior: Posterior, replicates: int, seed: int, folder: Path
) -> Sweep:
    """Write the study of a new innovation of this kind over the posterior's draws, or find it there."""
    if kind not in kind_defaults():
        raise InputError(
            f"unknown kind '{kind}'",
            key="--kind",
            expected=", ".join(kind_defaults()),
            suggestion="for example digital",
        )
    place = folder / "runs"
    months = sorted({*FORETOLD, *(row.month for row in counts)})
    base = load_scenario(BASE)
    own = {"name": "Own innovation", "kind": kind, "has_company": False}
    scenario = base.changed({"months": max(months), f"world.more_innovations.{_ID}": own, "name": "own"})
    keys = posterior.keys
    study = {
        "title": "An innovation of one's own over the posterior",
        "scenarios": {"own": "own.yaml"},
        "factors": {key: {} for key in keys},
        "design": {"method": "points", "file": "points.csv"},
        "replicates": replicates,
        "seed": seed,
        "chance": "own",
        "outcomes": ["adopter_share_pct"],
        "watch": {f"month {month}": {"innovations": [_ID], "quantity": "ever", "month": month} for month in months},
    }
    draws = [posterior.settings(draw) for draw in range(len(posterior))]
    rows = "\n".join(",".join(repr(draw[key]) for key in keys) for draw in draws)
    written = folder / "study"
    written.mkdir(parents=True, exist_ok=True)
    write_whole(written / "own.yaml", yaml.safe_dump(scenario.resolved(), sort_keys=False).encode())
    write_whole(written / "points.csv", (",".join(keys) + "\n" + rows + "\n").encode())
    write_whole(written / "study.yaml", yaml.safe_dump(study, sort_keys=False).encode())
    return prepare(make_design(load_study(written / "study.yaml")), place)


def condition(sweep: Sweep, counts: Sequence[OwnCount], kind: str, posterior: Posterior) -> Conditioned:
    """Weight the runs of a finished sweep by the counts.

    Raises InputError where fewer than :data:`LEAST_EFFECTIVE` runs are left: the model has seen nothing like it.
    """
    rows = read_runs(sweep.folder).order("run").df()
    shape = (sweep.design.n_draws, sweep.design.replicates)
    months = sorted({*FORETOLD, *(row.month for row in counts)})
    shares = {month: rows[f"month {month}"].to_numpy().reshape(shape) for month in months}
    sd = np.asarray(posterior.columns["discrepancy_sd"])[: shape[0], None]
    weights = weights_of(counts, shares, np.broadcast_to(sd, shape))
    effective = float(1.0 / (weights**2).sum())
    if effective < LEAST_EFFECTIVE:
        raise InputError(
            f"the counts leave {effective:.0f} runs of {weights.size:,} that could be them",
            key="--own",
            expected=f"at least {LEAST_EFFECTIVE:.0f}",
            suggestion="check counts, organisations and kind; else the model knows nothing like this innovation",
        )
    return Conditioned(tuple(counts), kind, weights, shares, effective)


def weights_of(counts: Sequence[OwnCount], shares: Mapping[int, Floats], sd: Floats) -> Floats:
    """Return weights with sum 1, of the shape of ``sd``, from shares simulated for the months of the counts."""
    k = np.array([row.adopters for row in counts], dtype=np.float64)
    n = np.array([row.organisations for row in counts], dtype=np.float64)
    seen = (k + 0.5) / (n + 1.0)
    said = np.stack([(shares[row.month] * row.organisations + 0.5) / (row.organisations + 1.0) for row in counts], -1)
    rest = np.log(seen / (1.0 - seen)) - np.log(said / (1.0 - said))
    own = 1.0 / (n * seen * (1.0 - seen))
    cover = np.zeros((*sd.shape, len(counts), len(counts))) + sd[..., None, None] ** 2
    cover[..., np.arange(len(counts)), np.arange(len(counts))] += own
    root = np.linalg.cholesky(cover)
    white = np.linalg.solve(root, rest[..., None])[..., 0]
    level = -0.5 * (white**2).sum(axis=-1) - np.log(np.diagonal(root, axis1=-2, axis2=-1)).sum(axis=-1)
    weights = np.exp(level - level.max())
    return np.asarray(weights / weights.sum())
