"""Rows that a sweep keeps: one per run with all outcomes, and on request months, innovations and moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from diffusion.analysis.results.adoption import adopters
from diffusion.analysis.results.groups import eligible_by_trust
from diffusion.engine.stages import INELIGIBLE, PILOT, STAGES
from diffusion.experiments.running.results import Results
from diffusion.experiments.study.schema import STATUS
from diffusion.experiments.sweep.failures import Failure
from diffusion.mechanisms.merging import MERGER
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.month.measures import MEASURES

if TYPE_CHECKING:
    from diffusion.experiments.study.design import Design

OK, FAILED = "ok", "failed"
_SERIES = tuple(measure.name for measure in MEASURES)


def run_schema(design: Design) -> pa.Schema:
    """Return the columns of the table of runs: keys, factors, status, outcomes."""
    factors = [design.draws.schema.field(name) for name in design.factors]
    return pa.schema(
        [
            pa.field("run", pa.int64()),
            pa.field("scenario", pa.string()),
            pa.field("draw", pa.int32()),
            pa.field("replicate", pa.int32()),
            *factors,
            *(pa.field(name, pa.string()) for name in STATUS),
            *(pa.field(name, pa.float64()) for name in design.study.columns),
        ]
    )


def run_table(
    design: Design,
    scenario: int,
    draw: int,
    runs: np.ndarray,
    replicates: np.ndarray,
    outcomes: Mapping[str, np.ndarray] | Failure,
) -> pa.Table:
    """Return the rows of some runs of one scenario and draw; outcomes are null where a run failed or has none."""
    rows = len(runs)
    if isinstance(outcomes, Failure):
        values: Mapping[str, np.ndarray] = {}
        texts: tuple[str | None, ...] = (FAILED, outcomes.stage, outcomes.message, outcomes.traceback)
    else:
        values, texts = outcomes, (OK, None, None, None)
    columns: dict[str, Any] = {
        "run": runs,
        "scenario": _same(design.scenarios[scenario], rows, pa.string()),
        "draw": _same(draw, rows, pa.int32()),
        "replicate": replicates.astype(np.int32),
    }
    for name in design.factors:
        column = design.draws.column(name)
        columns[name] = _same(column[draw], rows, column.type)
    columns |= {name: _same(text, rows, pa.string()) for name, text in zip(STATUS, texts)}
    for name in design.study.columns:
        columns[name] = values[name] if name in values else pa.nulls(rows, pa.float64())
    return pa.table(columns, schema=run_schema(design))


def _same(value: Any, rows: int, kind: pa.DataType) -> pa.Array:
    return pa.repeat(value if isinstance(value, pa.Scalar) else pa.scalar(value, kind), rows)


class DetailRows(NamedTuple):
    """A table of details: the level of detail that keeps it, its columns, and how rows come from results."""

    level: str
    schema: pa.Schema
    rows: Callable[[Results, np.ndarray], pa.Table]


def monthly_rows(results: Results, runs: np.ndarray) -> pa.Table:
    """A row per run and month (0 is the opening state), one column per series."""
    months = results.months + 1
    columns: dict[str, Any] = {
        "run": np.repeat(runs, months),
        "month": np.tile(np.arange(months, dtype=np.int16), len(runs)),
    }
    columns |= {name: results.monthly[name].astype(np.float32).reshape(-1) for name in _SERIES}
    return pa.table(columns, schema=DETAIL_ROWS["monthly"].schema)


def innovation_rows(results: Results, runs: np.ndarray) -> pa.Table:
    """A row per run, innovation and month with the number of trusts that pilot it and that have adopted it."""
    counts = results.stage_by_innovation  # [R, T+1, S, K]
    n_runs, months, _, n_innovations = counts.shape
    pilots = counts[:, :, PILOT].transpose(0, 2, 1)
    adopting = adopters(counts).astype(np.int32).transpose(0, 2, 1)
    ids = np.array(results.world.innovations.ids, dtype=object)
    columns: dict[str, Any] = {
        "run": np.repeat(runs, n_innovations * months),
        "innovation": np.tile(np.repeat(ids, months), n_runs),
        "month": np.tile(np.arange(months, dtype=np.int16), n_runs * n_innovations),
        "pilots": np.ascontiguousarray(pilots).reshape(-1),
        "adopters": np.ascontiguousarray(adopting).reshape(-1),
    }
    return pa.table(columns, schema=DETAIL_ROWS["innovations"].schema)


def trust_end_rows(results: Results, runs: np.ndarray) -> pa.Table:
    """A row per run and trust: how much of the portfolio it could and did adopt by the end, and when it first did."""
    counts, n = results.adopters_by_trust, results.adopters_by_trust.shape[2]  # [R, T+1, N]
    eligible = np.tile(eligible_by_trust(results), len(runs)).astype(np.int32)
    adopted = np.ascontiguousarray(counts[:, -1]).reshape(-1).astype(np.int32)
    return pa.table(
        {
            "run": np.repeat(runs, n),
            "trust": np.tile(np.array(results.world.trusts.codes, dtype=object), len(runs)),
            "eligible": eligible,
            "adopted": adopted,
            "adopted_share": _share_of(adopted, eligible),
            "first_adoption_month": _first(counts > 0),
        },
        schema=DETAIL_ROWS["trust_end"].schema,
    )


def innovation_end_rows(results: Results, runs: np.ndarray) -> pa.Table:
    """A row per run and innovation: who uses and has adopted it at the end, of how many, and months it took."""
    counts = results.stage_by_innovation  # [R, T+1, S, K]
    k = counts.shape[3]
    adopting = adopters(counts)
    using = adopting + counts[:, :, PILOT]
    eligible = np.delete(counts[:, -1], INELIGIBLE, axis=1).sum(axis=1).reshape(-1).astype(np.int32)
    adopted = np.ascontiguousarray(adopting[:, -1]).reshape(-1).astype(np.int32)
    half = adopting * 2 >= np.maximum(1, eligible.reshape(len(runs), 1, k))
    return pa.table(
        {
            "run": np.repeat(runs, k),
            "innovation": np.tile(np.array(results.world.innovations.ids, dtype=object), len(runs)),
            "eligible": eligible,
            "using": np.ascontiguousarray(using[:, -1]).reshape(-1).astype(np.int32),
            "adopted": adopted,
            "adopted_share": _share_of(adopted, eligible),
            "first_use_month": _first(using > 0),
            "first_adoption_month": _first(adopting > 0),
            "half_adopted_month": _first(half),
        },
        schema=DETAIL_ROWS["innovation_end"].schema,
    )


def _share_of(adopted: np.ndarray, eligible: np.ndarray) -> pa.Array:
    """Return float64 shares, null where nothing could be adopted."""
    return pa.array(adopted / np.maximum(eligible, 1), pa.float64(), mask=eligible == 0)


def _first(there: np.ndarray) -> pa.Array:
    """Return the first month of bool[R, T+1, n] by replicate and column, null where there is none."""
    return pa.array(there.argmax(axis=1).reshape(-1).astype(np.int16), mask=~there.any(axis=1).reshape(-1))


def event_rows(results: Results, runs: np.ndarray) -> pa.Table:
    """A row per move of a pair between stages."""
    events = results.events
    assert events is not None  # the run was asked to keep them
    row = np.searchsorted(results.replicates, events["replicate"])
    columns: dict[str, Any] = {
        "run": runs[row],
        "month": events["month"],
        "trust": np.array(results.world.trusts.codes, dtype=object)[events["trust"]],
        "innovation": np.array(results.world.innovations.ids, dtype=object)[events["innovation"]],
        "from_stage": np.array(STAGES, dtype=object)[events["from_stage"]],
        "to_stage": np.array(STAGES, dtype=object)[events["to_stage"]],
        "reason": np.array((*FLOW_NAMES, MERGER), dtype=object)[events["reason"]],
    }
    return pa.table(columns, schema=DETAIL_ROWS["events"].schema)


def _schema(**fields: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in fields.items()])


DETAIL_ROWS: dict[str, DetailRows] = {
    "monthly": DetailRows(
        "monthly", _schema(run=pa.int64(), month=pa.int16(), **{name: pa.float32() for name in _SERIES}), monthly_rows
    ),
    "innovations": DetailRows(
        "by innovation",
        _schema(run=pa.int64(), innovation=pa.string(), month=pa.int16(), pilots=pa.int32(), adopters=pa.int32()),
        innovation_rows,
    ),
    "trust_end": DetailRows(
        "trust",
        _schema(
            run=pa.int64(),
            trust=pa.string(),
            eligible=pa.int32(),
            adopted=pa.int32(),
            adopted_share=pa.float64(),
            first_adoption_month=pa.int16(),
        ),
        trust_end_rows,
    ),
    "innovation_end": DetailRows(
        "innovation",
        _schema(
            run=pa.int64(),
            innovation=pa.string(),
            eligible=pa.int32(),
            using=pa.int32(),
            adopted=pa.int32(),
            adopted_share=pa.float64(),
            first_use_month=pa.int16(),
            first_adoption_month=pa.int16(),
            half_adopted_month=pa.int16(),
        ),
        innovation_end_rows,
    ),
    "events": DetailRows(
        "events",
        _schema(
            run=pa.int64(),
            month=pa.int16(),
            trust=pa.string(),
            innovation=pa.string(),
            from_stage=pa.string(),
            to_stage=pa.string(),
            reason=pa.string(),
        ),
        event_rows,
    ),
}
