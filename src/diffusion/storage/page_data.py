"""What a folder of results keeps beside its tables, so that its page can be made again without running anything.

By replicate: adopters at the end by group and trust, and every payment by month. By month: mean stages. Of the world:
who the trusts are and what they may adopt. ``experiments.stored`` reads it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diffusion.analysis.results.groups import STAGE_GROUPINGS, adopters_and_eligible, group_names, portfolio
from diffusion.analysis.results.tables import ResultTables
from diffusion.engine.stages import STAGES
from diffusion.storage.columns import Columns, labels_column, scenario_names, stack_scenarios

#: Attributes of trusts that pages use, beside codes of groups.
TRUST_NUMBERS: tuple[str, ...] = ("latitude", "longitude", "staff_fte", "size", "imd")
TRUST_GROUPS: tuple[str, ...] = ("sector", "region", "ahsn", "ics")


def _end_by_group(table: ResultTables) -> Columns:
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
        "replicate": np.repeat(replicates, len(codes)),
        "grouping": labels_column(groupings, len(replicates)),
        "code": labels_column(codes, len(replicates)),
        "name": labels_column(names, len(replicates)),
        "adopters": np.concatenate(adopters, axis=1).ravel().astype(np.int32),
        "eligible": np.concatenate(eligible, axis=1).ravel().astype(np.int32),
    }


def _money(table: ResultTables) -> Columns:
    replicates, months = len(table.replicates), table.months + 1
    columns: Columns = {
        "replicate": np.repeat(np.asarray(table.replicates), months),
        "month": np.tile(np.arange(months, dtype=np.int32), replicates),
    }
    for column, (purpose, _, _) in enumerate(table.money_flows):
        columns[f"{purpose}_gbp"] = table.money_gbp[:, :, column].ravel()
    return columns


def _stages(table: ResultTables) -> Columns:
    means = table.stage_means
    return {"month": np.arange(table.months + 1, dtype=np.int32)} | {
        f"{stage}_mean": np.ascontiguousarray(means[:, s]) for s, stage in enumerate(STAGES)
    }


def _trusts(table: ResultTables) -> Columns:
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


def _ahsns(table: ResultTables) -> Columns:
    ahsns = table.world.ahsns
    columns: Columns = {"code": labels_column(ahsns.codes), "name": labels_column(ahsns.names)}
    return columns | {name: np.asarray(getattr(ahsns, name), dtype=np.float64) for name in ("latitude", "longitude")}


def _innovations(table: ResultTables) -> Columns:
    innovations = table.world.innovations
    return {"id": labels_column(innovations.ids), "name": labels_column(innovations.names)}


def _eligible(table: ResultTables) -> Columns:
    trust, innovation = np.nonzero(table.world.eligible)
    codes, ids = table.world.trusts.codes, table.world.innovations.ids
    return {
        "trust": labels_column([codes[i] for i in trust]),
        "innovation": labels_column([ids[k] for k in innovation]),
    }


def kept_makers(tables: Sequence[ResultTables]) -> dict[str, Callable[[], dict[str, Any]]]:
    """Return table name -> function that computes its columns, with a first column ``scenario`` in each."""
    parts: dict[str, Callable[[ResultTables], Columns]] = {
        "end_by_group": _end_by_group,
        "stages": _stages,
        "money_by_replicate": _money,
        "world_trusts": _trusts,
        "world_ahsns": _ahsns,
        "world_innovations": _innovations,
        "world_eligible": _eligible,
    }
    if not all(table.money_flows == tables[0].money_flows and table.money_flows for table in tables):
        del parts["money_by_replicate"]
    names = scenario_names(tables)
    return {
        name: lambda part=part: stack_scenarios([part(table) for table in tables], names)  # type: ignore[misc]
        for name, part in parts.items()
    }
