"""Finished results read back from their folder: enough of them to make the page, tables and figures again.

Nothing is run and nothing of the user's is executed: scenarios come from the manifest as plain data.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.calendar import Month
from diffusion.engine.stages import N_STAGES, ROLLOUT, STAGES, UNAWARE
from diffusion.errors import InputError
from diffusion.storage.folder import MANIFEST_NAME

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredScenario:
    """A scenario as the manifest tells it; levers have title, dates, strength, grade and source."""

    name: str
    title: str
    description: str
    start: Month
    months: int
    policy_start: Month | None
    levers: Mapping[str, Any]
    content_hash: str
    data: Mapping[str, Any]

    def resolved(self) -> Mapping[str, Any]:
        return self.data


@dataclass(frozen=True)
class StoredTargets:
    """The innovations that a lever aims at, by id; None means all."""

    aims_at: tuple[str, ...] | None

    def innovation_mask(self, world: Any) -> Bools:
        """Return bool[K]."""
        ids = world.innovations.ids
        if self.aims_at is None:
            return np.ones(len(ids), dtype=bool)
        return np.isin(np.array(ids), self.aims_at)


class StoredResults:
    """One scenario's results from a folder, in the shape of ``analysis.tables.ResultTables``.

    Counts by group and trust hold the last month alone (month axis of length 1); flows between stages are not kept by
    replicate and are empty. ``outcomes`` are those computed when the runs were finished.
    """

    flow_names: tuple[str, ...] = ()

    def __init__(
        self,
        scenario: StoredScenario,
        seed: int,
        replicates: Longs,
        tables: Mapping[str, pd.DataFrame],
        provenance: Mapping[str, str],
        world_name: str,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.replicates = replicates
        self.months = scenario.months
        self._tables = tables
        self.monthly = {
            name: self._cube("monthly", name)
            for name in tables["monthly"].columns
            if name not in ("scenario", "replicate", "month", "calendar_month")
        }
        self.outcomes = {
            name: tables["outcomes"][name].to_numpy(np.float64)
            for name in tables["outcomes"].columns
            if name not in ("scenario", "replicate")
        }
        self.world = _world(tables, self._end, world_name, provenance)

    @property
    def flows(self) -> NDArray[Any]:
        return np.zeros((len(self.replicates), 1, 0))

    @cached_property
    def stage_means(self) -> Floats:
        stages = self._tables["stages"]
        return np.stack([stages[f"{stage}_mean"].to_numpy(np.float64) for stage in STAGES], axis=1)

    @cached_property
    def money_flows(self) -> tuple[tuple[str, str, str], ...]:
        if "money_by_replicate" not in self._tables:
            return ()
        rows = self._tables["money"].drop_duplicates(["purpose", "payer", "payee"])
        columns = (rows[name].astype(str) for name in ("purpose", "payer", "payee"))
        ends = {purpose: (payer, payee) for purpose, payer, payee in zip(*columns)}
        purposes = [name.removesuffix("_gbp") for name in self._tables["money_by_replicate"].columns[3:]]
        return tuple((purpose, *ends[purpose]) for purpose in purposes)

    @cached_property
    def money_gbp(self) -> Floats:
        columns = [self._cube("money_by_replicate", f"{purpose}_gbp") for purpose, _, _ in self.money_flows]
        shape = len(self.replicates), self.months + 1
        return np.stack(columns, axis=2) if columns else np.zeros((*shape, 0))

    @cached_property
    def stage_by_innovation(self) -> Longs:
        # what is born during a run has no counts by group; its columns stay 0
        codes, stages = self._end["innovation"][0], self._stages("innovation")
        whole = np.zeros((*stages.shape[:3], len(self.world.innovations.ids)), dtype=np.int64)
        whole[..., [self.world.innovations.ids.index(code) for code in codes]] = stages
        return whole

    @cached_property
    def stage_by_ahsn(self) -> Longs:
        return self._stages("ahsn")

    @cached_property
    def stage_by_ics(self) -> Longs:
        return self._stages("ics")

    @cached_property
    def stage_by_sector(self) -> Longs:
        return self._stages("sector")

    @cached_property
    def adopters_by_trust(self) -> Longs:
        return self._end["trust"][2][:, None, :]

    def _cube(self, table: str, column: str) -> Floats:
        """Return a column of a table by replicate and month, [R, T+1]."""
        return self._tables[table][column].to_numpy(np.float64).reshape(len(self.replicates), self.months + 1)

    @cached_property
    def _end(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...], Longs, Longs]]:
        """Grouping -> codes, names, adopters [R, G], eligible pairs [R, G] at the end."""
        found = {}
        replicates = len(self.replicates)
        for grouping, rows in self._tables["end_by_group"].groupby("grouping", sort=False):
            adopters = rows["adopters"].to_numpy(np.int64).reshape(replicates, -1)
            eligible = rows["eligible"].to_numpy(np.int64).reshape(replicates, -1)
            of_one = rows.iloc[: adopters.shape[1]]
            codes, names = tuple(of_one["code"].astype(str)), tuple(of_one["name"].astype(str))
            found[str(grouping)] = (codes, names, adopters, eligible)
        return found

    def _stages(self, grouping: str) -> Longs:
        """Return counts [R, 1, stage, G] that have the right adopters and eligible pairs."""
        _, _, adopters, eligible = self._end[grouping]
        stages = np.zeros((len(adopters), 1, N_STAGES, adopters.shape[1]), dtype=np.int64)
        stages[:, 0, ROLLOUT], stages[:, 0, UNAWARE] = adopters, eligible - adopters
        return stages


def _world(tables: Mapping[str, pd.DataFrame], end: Mapping[str, Any], name: str, provenance: Mapping[str, str]) -> Any:
    """Return the parts of the world that pages use: trusts, AHSNs, innovations, eligibility."""
    trusts, ahsns, innovations = (tables[f"world_{part}"] for part in ("trusts", "ahsns", "innovations"))
    codes, ids = tuple(trusts["code"]), tuple(innovations["id"])
    row, column = {code: i for i, code in enumerate(codes)}, {code: k for k, code in enumerate(ids)}
    eligible = np.zeros((len(codes), len(ids)), dtype=bool)
    pairs = tables["world_eligible"]
    eligible[[row[code] for code in pairs["trust"]], [column[code] for code in pairs["innovation"]]] = True
    regions = tuple(sorted(set(trusts["region"])))
    groups = {group: end[group][0] for group in ("sector", "ahsn", "ics")} | {"region": regions}
    member = {
        group: np.array([known.index(code) if code else -1 for code in trusts[group]], dtype=np.int64)
        for group, known in groups.items()
    }
    numbers = {key: trusts[key].to_numpy(np.float64) for key in ("latitude", "longitude", "staff_fte", "size", "imd")}
    return SimpleNamespace(
        name=name, n_trusts=len(codes), n_innovations=len(ids), n_ahsns=len(ahsns), provenance=dict(provenance),
        eligible=eligible,
        trusts=SimpleNamespace(
            codes=codes, names=tuple(trusts["name"]), sector_names=groups["sector"], region_names=regions,
            ics_codes=groups["ics"], ics_names=end["ics"][1],
            centre_of_excellence=trusts["centre_of_excellence"].to_numpy(bool), **member, **numbers,
        ),
        ahsns=SimpleNamespace(
            codes=tuple(ahsns["code"]), names=tuple(ahsns["name"]),
            latitude=ahsns["latitude"].to_numpy(np.float64), longitude=ahsns["longitude"].to_numpy(np.float64),
        ),
        innovations=SimpleNamespace(ids=ids, names=tuple(innovations["name"])),
    )  # fmt: skip


#: Tables that a folder must hold for its page to be made again; money where the runs had any.
NEEDED: tuple[str, ...] = (
    "monthly",
    "outcomes",
    "stages",
    "end_by_group",
    "world_trusts",
    "world_ahsns",
    "world_innovations",
    "world_eligible",
)
OPTIONAL: tuple[str, ...] = ("money", "money_by_replicate")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished result; raises InputError if ``folder`` holds none."""
    path = folder / MANIFEST_NAME
    if not folder.is_dir() or not path.is_file():
        raise InputError(
            "there is no finished result in this folder",
            file=folder,
            key="DIR",
            expected=f"a folder with {MANIFEST_NAME}, as 'diffusion compare' writes it",
            suggestion="for example: diffusion compare baseline local-first --out results/first",
        )
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(
            f"the manifest is not JSON: {error}", file=path, expected="the file that the run wrote"
        ) from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("scenarios"), list):
        raise InputError("the manifest lists no scenarios", file=path, expected="the file that the run wrote")
    if not manifest["scenarios"] or "levers" not in manifest["scenarios"][0]:
        raise InputError(
            "this result was written by an earlier version, or is not one of 'run' or 'compare'",
            file=folder,
            key="DIR",
            expected="a result that keeps what its page needs",
            suggestion="run its command again",
        )
    return manifest


def read_results(folder: Path, manifest: Mapping[str, Any]) -> list[StoredResults]:
    """Return the results of every scenario in ``folder``, in the order of the comparison.

    Raises
    ------
    InputError
        If a table is missing.
    """
    import pandas as pd

    frames: dict[str, pd.DataFrame] = {}
    for name in (*NEEDED, *OPTIONAL):
        path = folder / "tables" / f"{name}.parquet"
        if path.is_file():
            frames[name] = pd.read_parquet(path)
        elif name in NEEDED:
            raise InputError(
                "a table of the result is missing",
                file=path,
                expected="the folder as the run wrote it",
                suggestion="run its command again",
            )
    found = []
    for entry, name in zip(manifest["scenarios"], _names(manifest)):
        tables = {key: frame[frame["scenario"] == name] for key, frame in frames.items()}
        replicates = tables["outcomes"]["replicate"].to_numpy(np.int64)
        world = entry["world"]
        found.append(
            StoredResults(
                _scenario(entry), int(manifest["seed"]), replicates, tables, world["provenance"], world["name"]
            )
        )
    return found


def _names(manifest: Mapping[str, Any]) -> Sequence[str]:
    """Return the scenarios' names in tables: numbered where two are the same."""
    names = [entry["name"] for entry in manifest["scenarios"]]
    return [name if names.count(name) == 1 else f"{name}#{i}" for i, name in enumerate(names, start=1)]


def _scenario(entry: Mapping[str, Any]) -> StoredScenario:
    data = entry["resolved"]
    levers = {}
    for key, facts in entry["levers"].items():
        lever = data.get("levers", {}).get(key, {})
        start, end = (None if lever.get(name) is None else Month(lever[name]) for name in ("start", "end"))
        aims = facts["aims_at"]
        levers[key] = SimpleNamespace(
            title=facts["title"],
            grade=facts["grade"],
            source=facts["source"],
            start=start,
            end=end,
            strength=float(lever.get("strength", 1.0)),
            targets=StoredTargets(None if aims is None else tuple(aims)),
        )
    policy = data.get("policy_start")
    return StoredScenario(
        entry["name"],
        data.get("title", ""),
        data.get("description", ""),
        Month(data["start"]),
        int(data["months"]),
        None if policy is None else Month(policy),
        levers,
        entry["sha256"],
        data,
    )
