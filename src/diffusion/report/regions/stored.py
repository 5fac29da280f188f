"""What a folder of results keeps of regions, so that their pages can be made again: tables, and an entry each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.regions.tables import RegionData, RegionTables
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Longs
from diffusion.engine.stages import STAGES
from diffusion.storage.columns import MONTH, REPLICATE, in_order, labels_column, stack_scenarios
from diffusion.storage.scenario_entry import Json
from diffusion.storage.table_files import SCENARIO, Columns
from diffusion.world.regions import Region

if TYPE_CHECKING:
    import pandas as pd

#: Names of the tables, Parquet only, and of the part of the manifest.
BY_MONTH, BY_STAGE, MONEY = "regions_by_month", "regions_by_stage", "regions_money"
ENTRY = "regions"
_REGION, _ADOPTERS, _ELIGIBLE, _PAIRS = "region", "adopters", "eligible", "_pairs"
_OWN, _SHARED = "_own_pence", "_shared_pence"
#: a region and its tables, a scenario each
Kept = tuple[Region, list[RegionTables]]


def region_entries(regions: Sequence[Region]) -> list[dict[str, object]]:
    """Return what the manifest says of regions."""
    return [region._asdict() | {"trusts": list(region.trusts)} for region in regions]


def regions_of(entries: Sequence[Json]) -> list[Region]:
    """Return the regions that a manifest tells of."""
    return [
        Region(
            str(entry["name"]),
            str(entry["title"]),
            str(entry["grouping"]),
            str(entry["code"]),
            tuple(map(str, entry["trusts"])),
        )
        for entry in entries
    ]


def region_makers(kept: Sequence[Kept], names: Sequence[str]) -> dict[str, Columns]:
    """Return table name -> columns: a row for each scenario, region, replicate (and month)."""
    by_month = [_below([_month_columns(region, own[s]) for region, own in kept]) for s in range(len(names))]
    by_stage = [_below([_stage_columns(region, own[s]) for region, own in kept]) for s in range(len(names))]
    money = [_below([_money_columns(region, own[s]) for region, own in kept]) for s in range(len(names))]
    parts = {BY_MONTH: by_month, BY_STAGE: by_stage, MONEY: money}
    return {table: stack_scenarios(columns, names) for table, columns in parts.items()}


def _below(parts: Sequence[Columns]) -> Columns:
    """Put the regions' columns below each other."""
    return {
        name: labels_column([str(cell) for part in parts for cell in part[name]])
        if name == _REGION
        else np.concatenate([np.asarray(part[name]) for part in parts])
        for name in parts[0]
    }


def _month_columns(region: Region, own: RegionTables) -> Columns:
    replicates, months = len(own.replicates), own.months + 1
    return {
        _REGION: [region.name] * (replicates * months),
        REPLICATE: np.repeat(np.asarray(own.replicates), months),
        MONTH: np.tile(np.arange(months, dtype=np.int32), replicates),
        _ADOPTERS: own.data.adopters.ravel(),
        _ELIGIBLE: np.tile(np.asarray(own.data.pairs, dtype=np.int64), replicates),
    }


def _stage_columns(region: Region, own: RegionTables) -> Columns:
    columns: Columns = {_REGION: [region.name] * len(own.replicates), REPLICATE: np.asarray(own.replicates)}
    return columns | {f"{stage}{_PAIRS}": own.data.stages[:, s] for s, stage in enumerate(STAGES)}


def _money_columns(region: Region, own: RegionTables) -> Columns:
    columns: Columns = {_REGION: [region.name] * len(own.replicates), REPLICATE: np.asarray(own.replicates)}
    for flow, (purpose, _, _) in enumerate(own.payments):
        columns[f"{purpose}{_OWN}"] = own.data.own[:, flow]
        columns[f"{purpose}{_SHARED}"] = own.data.shared[:, flow]
    return columns


def read_regions(
    frames: Mapping[str, pd.DataFrame],
    regions: Sequence[Region],
    tables: Sequence[ResultTables],
    names: Sequence[str],
) -> list[Kept]:
    """Return what is kept of ``regions``; ``frames`` are the tables, ``names`` those of scenarios in them."""
    found = []
    for region in regions:
        own = []
        for table, name in zip(tables, names):
            rows = {
                key: frame[(frame[SCENARIO] == name) & (frame[_REGION] == region.name)] for key, frame in frames.items()
            }
            own.append(RegionTables(table, region, _data(rows, table)))
        found.append((region, own))
    return found


def _data(rows: Mapping[str, pd.DataFrame], table: ResultTables) -> RegionData:
    months = table.months + 1
    replicates = np.asarray(table.replicates)
    by_month = in_order(rows[BY_MONTH], {REPLICATE: replicates, MONTH: np.arange(months)})
    by_stage = in_order(rows[BY_STAGE], {REPLICATE: replicates})
    money = in_order(rows[MONEY], {REPLICATE: replicates})
    purposes = [purpose for purpose, _, _ in table.money_flows]
    return RegionData(
        by_month[_ADOPTERS].to_numpy(np.int64).reshape(len(replicates), months),
        by_month[_ELIGIBLE].to_numpy(np.int64)[:months],
        np.stack([by_stage[f"{stage}{_PAIRS}"].to_numpy(np.int64) for stage in STAGES], axis=1),
        *(_by_flow(money, purposes, ending) for ending in (_OWN, _SHARED)),
    )


def _by_flow(money: pd.DataFrame, purposes: Sequence[str], ending: str) -> Longs:
    columns = [money[f"{purpose}{ending}"].to_numpy(np.int64) for purpose in purposes]
    return np.stack(columns, axis=1) if columns else np.zeros((len(money), 0), dtype=np.int64)
