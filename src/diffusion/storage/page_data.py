"""What a folder of results keeps beside its tables, so that its page can be made again without running anything.

By replicate: adopters at the end by group and trust, pairs at the end by stage, every payment by month. By month: mean
stages. Of the world: who the trusts are and what they may adopt. Each part has its writer and, below it, its reader,
which takes the rows of one scenario; ``stored_results`` puts together what is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.analysis.followed.time_to_share import SHARES, Times, times_of_all, times_to_share
from diffusion.analysis.results.funnel import MOVED, end_stages, moves_in_all
from diffusion.analysis.results.groups import STAGE_GROUPINGS, adopters_and_eligible, group_names, portfolio
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.stages import STAGES
from diffusion.storage.columns import (
    MONTH,
    REPLICATE,
    by_month,
    in_order,
    labels_column,
    scenario_names,
    stack_scenarios,
)
from diffusion.storage.stored_world import StoredAhsns, StoredInnovations, StoredTrusts, StoredWorld
from diffusion.storage.table_files import SCENARIO, Columns
from diffusion.world.facts import WorldFacts, default_facts
from diffusion.world.tables import BoardSuccessor, Change

if TYPE_CHECKING:
    import pandas as pd

#: Names of the tables.
STAGE_MEANS, END, MONEY, FUNNEL = "stages", "end_by_group", "money_by_replicate", "funnel"
TIMES = "time_to_share_by_replicate"
TRUSTS, AHSNS, INNOVATIONS, ELIGIBLE = "world_trusts", "world_ahsns", "world_innovations", "world_eligible"
#: written where trusts merge, close or open
CHANGES = "world_changes"
#: Attributes of trusts that pages use, beside codes of groups.
TRUST_NUMBERS: tuple[str, ...] = ("latitude", "longitude", "staff_fte", "size", "imd")
TRUST_GROUPS: tuple[str, ...] = ("sector", "region", "ahsn", "ics")
_GBP, _MEAN, _PAIRS, _MOVES = "_gbp", "_mean", "_pairs", "_moves"


class End(NamedTuple):
    """The groups of one grouping; adopters and eligible pairs at the end, [R, G]."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    adopters: Longs
    eligible: Longs


def _end_columns(table: ResultTables) -> Columns:
    groupings: list[str] = []
    codes: list[str] = []
    names: list[str] = []
    adopters, eligible = [], []
    for grouping in (*STAGE_GROUPINGS, "trust"):
        ids, titles = group_names(table, grouping)
        if grouping == "trust":
            ended = table.adopters_by_trust[:, -1].astype(np.int64)
            pairs = np.broadcast_to(table.world.eligible[:, portfolio(table)].sum(axis=1), ended.shape)
        else:
            counts, pairs = adopters_and_eligible(table, grouping)
            ended = counts[:, -1]
        groupings += [grouping] * len(ids)
        codes += ids
        names += titles
        adopters.append(ended)
        eligible.append(pairs)
    replicates = np.asarray(table.replicates)
    return {
        REPLICATE: np.repeat(replicates, len(codes)),
        "grouping": labels_column(groupings, len(replicates)),
        "code": labels_column(codes, len(replicates)),
        "name": labels_column(names, len(replicates)),
        "adopters": np.concatenate(adopters, axis=1).ravel().astype(np.int32),
        "eligible": np.concatenate(eligible, axis=1).ravel().astype(np.int32),
    }


def read_end(frames: Mapping[str, pd.DataFrame], replicates: Longs) -> dict[str, End]:
    """Return grouping -> its groups at the end; trusts and AHSNs in the order of the world's tables."""
    found = {}
    known = {"trust": frames[TRUSTS], "ahsn": frames[AHSNS]}
    for grouping, rows in frames[END].groupby("grouping", sort=False):
        codes = tuple((known[str(grouping)] if grouping in known else rows)["code"].astype(str).unique())
        rows = in_order(rows, {REPLICATE: replicates, "code": codes})
        adopters, eligible = (rows[key].to_numpy(np.int64).reshape(-1, len(codes)) for key in ("adopters", "eligible"))
        names = tuple(rows["name"].iloc[: len(codes)].astype(str))
        found[str(grouping)] = End(codes, names, adopters, eligible)
    return found


def _money_columns(table: ResultTables) -> Columns:
    replicates, months = len(table.replicates), table.months + 1
    columns: Columns = {
        REPLICATE: np.repeat(np.asarray(table.replicates), months),
        MONTH: np.tile(np.arange(months, dtype=np.int32), replicates),
    }
    for column, (purpose, _, _) in enumerate(table.money_flows):
        columns[f"{purpose}{_GBP}"] = table.money_gbp[:, :, column].ravel()
    return columns


def read_money(frame: pd.DataFrame, replicates: Longs, months: int) -> dict[str, Floats]:
    """Return purpose -> GBP, [R, T+1]."""
    frame = in_order(frame, {REPLICATE: replicates, MONTH: np.arange(months + 1)})
    purposes = [name.removesuffix(_GBP) for name in frame.columns if name not in (SCENARIO, REPLICATE, MONTH)]
    return {purpose: by_month(frame, f"{purpose}{_GBP}", months) for purpose in purposes}


def _stage_columns(table: ResultTables) -> Columns:
    means = table.stage_means
    columns: Columns = {MONTH: np.arange(table.months + 1, dtype=np.int32)}
    return columns | {f"{stage}{_MEAN}": np.ascontiguousarray(means[:, s]) for s, stage in enumerate(STAGES)}


def read_stage_means(frame: pd.DataFrame, months: int) -> Floats:
    """Return the mean number of pairs by stage, [T+1, stage]."""
    frame = in_order(frame, {MONTH: np.arange(months + 1)})
    return np.stack([frame[f"{stage}{_MEAN}"].to_numpy(np.float64) for stage in STAGES], axis=1)


def _funnel_columns(table: ResultTables) -> Columns:
    stages = end_stages(table)
    columns: Columns = {REPLICATE: np.asarray(table.replicates)}
    columns |= {f"{stage}{_PAIRS}": stages[:, s] for s, stage in enumerate(STAGES)}
    return columns | {f"{name}{_MOVES}": values for name, values in moves_in_all(table).items()}


def read_funnel(frame: pd.DataFrame, replicates: Longs) -> tuple[Longs, dict[str, Longs]]:
    """Return pairs by stage at the end, [R, stage], and moves over the whole run by name, [R]."""
    frame = in_order(frame, {REPLICATE: replicates})
    stages = np.stack([frame[f"{stage}{_PAIRS}"].to_numpy(np.int64) for stage in STAGES], axis=1)
    known = (name for name in MOVED if f"{name}{_MOVES}" in frame)
    return stages, {name: frame[f"{name}{_MOVES}"].to_numpy(np.int64) for name in known}


def _time_columns(table: ResultTables) -> Columns:
    times = times_to_share(table)
    assert times is not None
    replicates = np.asarray(table.replicates)
    columns: Columns = {
        REPLICATE: np.repeat(replicates, len(times.ids)),
        "innovation": labels_column(times.ids, len(replicates)),
        "name": labels_column(times.names, len(replicates)),
        "live_month": np.tile(times.live_month, len(replicates)),
    }
    return columns | {_to_share(share): times.months[:, :, place].ravel() for place, share in enumerate(SHARES)}


def _to_share(share: int) -> str:
    return f"months_to_{share}_pct_of_those_with_a_use"


def read_times(frame: pd.DataFrame, replicates: Longs, months: int) -> Times:
    """Return the months to shares of the trusts with a use for it, as they were counted."""
    ids = tuple(frame["innovation"].astype(str).unique())
    frame = in_order(frame, {REPLICATE: replicates, "innovation": ids})
    live = frame["live_month"].to_numpy(np.int64)[: len(ids)]
    shape = (len(replicates), len(ids))
    counted = [frame[_to_share(share)].to_numpy(np.float64).reshape(shape) for share in SHARES]
    names = tuple(frame["name"].iloc[: len(ids)].astype(str))
    return Times(ids, names, live, months - live, np.stack(counted, axis=2))


def _trust_columns(table: ResultTables) -> Columns:
    trusts, world = table.world.trusts, table.world
    names = {
        "sector": (trusts.sector_names, trusts.sector_names),
        "region": (trusts.region_names, trusts.region_names),
        "ahsn": (world.ahsns.codes, world.ahsns.names),
        "ics": (trusts.ics_codes, trusts.ics_names),
    }
    columns: Columns = {"code": labels_column(trusts.codes), "name": labels_column(trusts.names)}
    for group in TRUST_GROUPS:
        codes, titles = names[group]
        member = np.asarray(getattr(trusts, group))
        columns[group] = labels_column([codes[i] if i >= 0 else "" for i in member])
        if codes is not titles:
            columns[f"{group}_name"] = labels_column([titles[i] if i >= 0 else "" for i in member])
    columns["centre_of_excellence"] = np.asarray(trusts.centre_of_excellence, dtype=bool)
    return columns | {name: np.asarray(getattr(trusts, name), dtype=np.float64) for name in TRUST_NUMBERS}


def _read_trusts(frame: pd.DataFrame, end: Mapping[str, End]) -> StoredTrusts:
    known = {group: end[group].codes for group in ("sector", "ahsn", "ics")}
    known["region"] = tuple(sorted(set(frame["region"])))
    member = {
        group: np.array([known[group].index(code) if code else -1 for code in frame[group]], dtype=np.int64)
        for group in TRUST_GROUPS
    }
    numbers = {name: frame[name].to_numpy(np.float64) for name in TRUST_NUMBERS}
    return StoredTrusts(
        codes=tuple(frame["code"]),
        names=tuple(frame["name"]),
        sector=member["sector"],
        sector_names=known["sector"],
        region=member["region"],
        region_names=known["region"],
        ahsn=member["ahsn"],
        ics=member["ics"],
        ics_codes=known["ics"],
        ics_names=end["ics"].names,
        centre_of_excellence=frame["centre_of_excellence"].to_numpy(bool),
        latitude=numbers["latitude"],
        longitude=numbers["longitude"],
        staff_fte=numbers["staff_fte"],
        size=numbers["size"],
        imd=numbers["imd"],
    )


def _ahsn_columns(table: ResultTables) -> Columns:
    ahsns = table.world.ahsns
    columns: Columns = {"code": labels_column(ahsns.codes), "name": labels_column(ahsns.names)}
    return columns | {name: np.asarray(getattr(ahsns, name), dtype=np.float64) for name in ("latitude", "longitude")}


def _read_ahsns(frame: pd.DataFrame) -> StoredAhsns:
    latitude, longitude = (frame[name].to_numpy(np.float64) for name in ("latitude", "longitude"))
    return StoredAhsns(tuple(frame["code"]), tuple(frame["name"]), latitude, longitude)


#: what outcomes of programmes look at; folders of older versions do not have it
_COUNTED_OF: tuple[str, ...] = ("cohort", "tags", "has_company", "live_month")


def _innovation_columns(table: ResultTables) -> Columns:
    innovations = table.world.innovations
    columns: Columns = {"id": labels_column(innovations.ids), "name": labels_column(innovations.names)}
    if not all(hasattr(innovations, name) for name in _COUNTED_OF):
        return columns
    return columns | {
        "cohort": labels_column(innovations.cohort),
        "tags": labels_column([";".join(sorted(tags)) for tags in innovations.tags]),
        "has_company": np.asarray(innovations.has_company, dtype=bool),
        "live_month": np.asarray(innovations.live_month, dtype=np.int64),
    }


def _read_innovations(frame: pd.DataFrame) -> StoredInnovations:
    ids, names = tuple(frame["id"]), tuple(frame["name"])
    if not set(_COUNTED_OF) <= set(frame.columns):
        return StoredInnovations(ids, names)
    return StoredInnovations(
        ids,
        names,
        tuple(frame["cohort"].astype(str)),
        tuple(frozenset(text.split(";")) - {""} for text in frame["tags"].astype(str)),
        frame["has_company"].to_numpy(bool),
        frame["live_month"].to_numpy(np.int64),
    )


def _eligible_columns(table: ResultTables) -> Columns:
    trust, innovation = np.nonzero(table.world.eligible)
    codes, ids = table.world.trusts.codes, table.world.innovations.ids
    return {
        "trust": labels_column([codes[i] for i in trust]),
        "innovation": labels_column([ids[k] for k in innovation]),
    }


def _read_eligible(frame: pd.DataFrame, trusts: StoredTrusts, innovations: StoredInnovations) -> Bools:
    row = {code: i for i, code in enumerate(trusts.codes)}
    column = {code: k for k, code in enumerate(innovations.ids)}
    eligible = np.zeros((len(row), len(column)), dtype=bool)
    eligible[[row[code] for code in frame["trust"]], [column[code] for code in frame["innovation"]]] = True
    return eligible


def read_world(
    frames: Mapping[str, pd.DataFrame],
    end: Mapping[str, End],
    name: str,
    provenance: Mapping[str, str],
    facts: Mapping[str, object] | None = None,
    board_successors: Sequence[Sequence[str]] = (),
) -> StoredWorld:
    """Return the world from its four tables; groups are in the order of ``end``.

    ``facts`` are those of its ``world.yaml``; folders of earlier versions, which have none, stand on the first world.
    ``board_successors`` are rows of :class:`diffusion.world.tables.BoardSuccessor`.
    """
    trusts, innovations = _read_trusts(frames[TRUSTS], end), _read_innovations(frames[INNOVATIONS])
    eligible = _read_eligible(frames[ELIGIBLE], trusts, innovations)
    said = default_facts() if facts is None else WorldFacts.model_validate(facts)
    changes = _read_changes(frames[CHANGES]) if CHANGES in frames else ()
    ahsns = _read_ahsns(frames[AHSNS])
    boards = tuple(BoardSuccessor(*map(str, each)) for each in board_successors)
    return StoredWorld(name, trusts, ahsns, innovations, eligible, dict(provenance), changes, boards, said)


def _change_columns(table: ResultTables) -> Columns:
    changes: tuple[Change, ...] = getattr(table.world, "changes", ())
    return {name: labels_column([getattr(change, name) for change in changes]) for name in Change._fields}


def _read_changes(frame: pd.DataFrame) -> tuple[Change, ...]:
    # folders of earlier versions have no former names
    columns = {name: frame[name].fillna("").astype(str) for name in Change._fields if name in frame}
    return tuple(Change(**dict(zip(columns, row))) for row in zip(*columns.values()))


#: Table -> what makes the columns of one scenario.
WRITERS: dict[str, Callable[[ResultTables], Columns]] = {
    END: _end_columns,
    STAGE_MEANS: _stage_columns,
    FUNNEL: _funnel_columns,
    MONEY: _money_columns,
    TRUSTS: _trust_columns,
    AHSNS: _ahsn_columns,
    INNOVATIONS: _innovation_columns,
    ELIGIBLE: _eligible_columns,
    TIMES: _time_columns,
    CHANGES: _change_columns,
}


def kept_makers(tables: Sequence[ResultTables]) -> dict[str, Callable[[], Columns]]:
    """Return table name -> function that computes its columns, with a first column ``scenario`` in each.

    Payments are kept where all scenarios have the same ones, and any; times where all tell of the same innovations;
    changes of trusts where there are any.
    """
    flows = tables[0].money_flows
    paid = all(table.money_flows == flows and table.money_flows for table in tables)
    left_out = {name for name, kept in ((MONEY, paid), (TIMES, times_of_all(tables) is not None)) if not kept}
    if not all(getattr(table.world, "changes", ()) for table in tables):
        left_out.add(CHANGES)
    return {name: partial(_stacked, write, tables) for name, write in WRITERS.items() if name not in left_out}


def _stacked(write: Callable[[ResultTables], Columns], tables: Sequence[ResultTables]) -> Columns:
    return stack_scenarios([write(table) for table in tables], scenario_names(tables))
