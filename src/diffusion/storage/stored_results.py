"""Finished results read back from their folder: enough of them to make the page, tables and figures again.

Nothing is run and nothing of the user's is executed: scenarios come from the manifest as plain data. How each table is
written and read stands in ``columns`` and ``page_data``; here they are put into the shape that analysis reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.followed.time_to_share import Times
from diffusion.analysis.results.asked import Asked, Date, Target
from diffusion.arrays import Floats, Ints, Longs
from diffusion.engine.calendar import Month
from diffusion.engine.stages import N_STAGES, ROLLOUT, UNAWARE
from diffusion.errors import InputError
from diffusion.reading.as_written import as_written
from diffusion.storage.columns import (
    ASKED_TABLE,
    MONEY_TABLE,
    MONTHLY_TABLE,
    OUTCOMES_TABLE,
    REPLICATE,
    TWINS_TABLE,
    numbered,
    read_monthly,
    read_outcomes,
    read_payments,
)
from diffusion.storage.folder import TABLES
from diffusion.storage.page_data import (
    AHSNS,
    CHANGES,
    ELIGIBLE,
    END,
    FUNNEL,
    INNOVATIONS,
    MONEY,
    STAGE_MEANS,
    TIMES,
    TRUSTS,
    read_end,
    read_funnel,
    read_money,
    read_stage_means,
    read_times,
    read_world,
)
from diffusion.storage.scenario_entry import Json, StoredScenario, stored_scenario
from diffusion.storage.table_files import SCENARIO, needed_table, read_table

if TYPE_CHECKING:
    import pandas as pd

#: Tables that a folder must hold for its page to be made again; money where the runs had any. Folders of earlier
#: versions have no funnel and no times.
NEEDED: tuple[str, ...] = (MONTHLY_TABLE, OUTCOMES_TABLE, STAGE_MEANS, END, TRUSTS, AHSNS, INNOVATIONS, ELIGIBLE)
OPTIONAL: tuple[str, ...] = (MONEY_TABLE, MONEY, FUNNEL, TIMES, CHANGES)


class StoredResults:
    """One scenario's results from a folder, in the shape of ``analysis.results.tables.ResultTables``.

    Counts by group and trust hold the last month alone (month axis of length 1); flows between stages are not kept by
    replicate and are empty. ``outcomes`` are those computed when the runs were finished.

    Parameters
    ----------
    frames: table -> the rows of this scenario
    provenance, world_name, facts, board_successors: of the world, as the manifest has them
    """

    flow_names: tuple[str, ...] = ()

    def __init__(
        self,
        scenario: StoredScenario,
        seed: int,
        frames: Mapping[str, pd.DataFrame],
        provenance: Mapping[str, str],
        world_name: str,
        facts: Mapping[str, object] | None = None,
        board_successors: Sequence[Sequence[str]] = (),
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.replicates: Longs = frames[OUTCOMES_TABLE][REPLICATE].to_numpy(np.int64)
        self.months = scenario.months
        self._frames = frames
        if len(set(self.replicates.tolist())) != len(self.replicates) or not len(self.replicates):
            raise ValueError("replicates are missing or twice")
        self.monthly = read_monthly(frames[MONTHLY_TABLE], self.replicates, self.months)
        self.outcomes = read_outcomes(frames[OUTCOMES_TABLE])
        self._end = read_end(frames, self.replicates)
        self.world = read_world(frames, self._end, world_name, provenance, facts, board_successors)

    @property
    def flows(self) -> Ints:
        return np.zeros((len(self.replicates), 1, 0), dtype=np.int32)

    @cached_property
    def stage_means(self) -> Floats:
        return read_stage_means(self._frames[STAGE_MEANS], self.months)

    @cached_property
    def _funnel(self) -> tuple[Longs, dict[str, Longs]] | None:
        return read_funnel(self._frames[FUNNEL], self.replicates) if FUNNEL in self._frames else None

    @property
    def stages_at_end(self) -> Longs | None:
        """Pairs of the portfolio by stage at the end, [R, stage]."""
        return None if self._funnel is None else self._funnel[0]

    @property
    def moved(self) -> dict[str, Longs]:
        """Moves over the whole run by name, [R]."""
        return {} if self._funnel is None else self._funnel[1]

    @cached_property
    def times_to_share(self) -> Times | None:
        """Months until shares of the trusts with a use are adopters; None where the result does not tell."""
        return read_times(self._frames[TIMES], self.replicates, self.months) if TIMES in self._frames else None

    @cached_property
    def _money(self) -> dict[str, Floats]:
        return read_money(self._frames[MONEY], self.replicates, self.months) if MONEY in self._frames else {}

    @cached_property
    def money_flows(self) -> tuple[tuple[str, str, str], ...]:
        if not self._money:
            return ()
        ends = read_payments(self._frames[MONEY_TABLE])
        return tuple((purpose, *ends[purpose]) for purpose in self._money)

    @cached_property
    def money_gbp(self) -> Floats:
        if not self._money:
            return np.zeros((len(self.replicates), self.months + 1, 0))
        return np.stack(list(self._money.values()), axis=2)

    @cached_property
    def stage_by_innovation(self) -> Longs:
        # what is born during a run has no counts by group; its columns stay 0
        codes, stages = self._end["innovation"].codes, self._stages("innovation")
        whole = np.zeros((*stages.shape[:3], len(self.world.innovations)), dtype=np.int64)
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
        return self._end["trust"].adopters[:, None, :]

    def _stages(self, grouping: str) -> Longs:
        """Return counts [R, 1, stage, G] that have the right adopters and eligible pairs."""
        end = self._end[grouping]
        stages = np.zeros((len(end.adopters), 1, N_STAGES, end.adopters.shape[1]), dtype=np.int64)
        stages[:, 0, ROLLOUT], stages[:, 0, UNAWARE] = end.adopters, end.eligible - end.adopters
        return stages


def read_results(folder: Path, manifest: Json) -> list[StoredResults]:
    """Return the results of every scenario in ``folder``, in the order of the comparison.

    Raises
    ------
    InputError
        If a table is missing or cannot be read, or tables do not fit together: somebody accepted altered files.
    """
    with as_written(folder, "run its command again, into another folder"):
        found = _read(folder, manifest)
        for result in found:
            for name, part in vars(StoredResults).items():
                if isinstance(part, cached_property):
                    getattr(result, name)  # what is wrong with it is told here, not in the middle of a page
        return found


def _read(folder: Path, manifest: Json) -> list[StoredResults]:
    frames: dict[str, pd.DataFrame] = {}
    for name in (*NEEDED, *OPTIONAL):
        frame = needed_table(folder / TABLES, name) if name in NEEDED else read_table(folder / TABLES, name)
        if frame is not None:
            frames[name] = frame
    try:
        return [_stored(entry, name, frames, int(manifest["seed"])) for entry, name in _named(manifest)]
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        what = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"the tables and the manifest do not fit together: {what}",
            file=folder,
            expected="the folder as the run wrote it",
            suggestion="restore it from a copy, or run its command again",
        ) from None


def read_asked(folder: Path, manifest: Json) -> Asked | None:
    """Return what was asked with its numbers; None where the result was written before there were questions."""
    said, frame = manifest.get("asked"), read_table(folder / TABLES, ASKED_TABLE)
    if not isinstance(said, dict) or frame is None:
        return None
    dates = tuple(Date(int(entry), years if years is None else int(years)) for entry, years in said["dates"])
    asked = Asked(
        Target(*(str(part) for part in said["target"])),
        Month(str(said["since"])),
        dates,
        (),
        bool(said.get("from_live")),
    )
    names = [asked.outcome(date).name for date in dates]
    shares = [frame[frame[SCENARIO] == name][names].to_numpy(np.float64) for _, name in _named(manifest)]
    return replace(asked, shares=tuple(shares))


def asked_entry(asked: Asked) -> Json:
    """Return what the manifest says of the question."""
    return {
        "target": list(asked.target),
        "since": str(asked.since),
        "from_live": asked.from_live,
        "dates": [list(date) for date in asked.dates],
    }


def read_twins(folder: Path, manifest: Json) -> list[dict[str, Floats]]:
    """Return by scenario the outcomes [P] of the twins of replicates; empty where the result has none."""
    frame = read_table(folder / TABLES, TWINS_TABLE)
    if frame is None:
        return []
    return [read_outcomes(frame[frame[SCENARIO] == name]) for _, name in _named(manifest)]


def _named(manifest: Json) -> list[tuple[Json, str]]:
    """Return every scenario's entry with its name in the tables."""
    entries = manifest["scenarios"]
    return list(zip(entries, numbered([entry["name"] for entry in entries])))


def _stored(entry: Json, name: str, frames: Mapping[str, pd.DataFrame], seed: int) -> StoredResults:
    rows = {key: frame[frame[SCENARIO] == name] for key, frame in frames.items()}
    world = entry["world"]
    told = world["provenance"], world["name"], world.get("facts"), world.get("board_successors", ())
    found = StoredResults(stored_scenario(entry), seed, rows, *told)
    _ = found.stage_means, found.money_flows, found.money_gbp  # read what is read late, so that faults are told here
    return found
