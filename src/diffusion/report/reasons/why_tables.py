"""Why options differ, as tables, as the part of the manifest that a folder keeps, and read back from both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from diffusion.arrays import Floats, Longs
from diffusion.experiments.searches.lever_probe import GradedSetting, weakest
from diffusion.experiments.searches.why import Contribution, Explained, Kind, Why
from diffusion.report.words.numbers import plain
from diffusion.storage.table_files import SCENARIO, Columns

if TYPE_CHECKING:
    import pandas as pd

#: Names of the tables; the second is Parquet only.
TABLE, BY_REPLICATE = "why", "why_by_replicate"
_BOUNDS = ("mean", "standard_error", "low80", "high80", "low95", "high95")


class ContributionData(TypedDict):
    """A part of a difference as the manifest has it; its values stand in the table by replicate."""

    kind: Kind
    lever: str
    group: str
    settings: list[dict[str, str]]


class WhyData(TypedDict):
    """Why one option differs, as the manifest has it."""

    scenario: int
    exact: bool
    over_draws: bool
    contributions: list[ContributionData]


class ExplainedData(TypedDict):
    """All of it, with the number of runs it took."""

    runs: int
    short_runs: int
    options: list[WhyData]


def share_of(why: Why, values: Floats) -> float:
    """Return mean part (float64[R]) over mean whole.

    NaN where the 95 % interval of either includes 0, with too few runs, and where some part clearly works against the
    whole: shares below 0 and above 1 tell nothing.
    """
    whole, part = why.estimate(why.whole), why.estimate(values)
    against = any(int(why.estimate(leaf.values).direction) == -int(whole.direction) for leaf in why.leaves)
    if not (bool(whole.clear) and bool(part.clear)) or against:
        return float("nan")
    return float(part.mean) / float(whole.mean)


def settings_text(settings: Sequence[GradedSetting]) -> str:
    """Return ``uplift_share (A: Health Econ 2016;25:56); ...``."""
    return "; ".join(f"{item.name} ({item.grade}: {item.source})" for item in settings)


def why_columns(found: Explained, names: Sequence[str]) -> Columns:
    """One row per option and part, in percentage points, with intervals, share of the whole, grade and settings."""
    lines = [(why, part) for why in found.options for part in why.contributions]
    estimates = [why.estimate(part.values) for why, part in lines]
    columns: Columns = {
        SCENARIO: [names[why.scenario] for why, _ in lines],
        "kind": [part.kind for _, part in lines],
        "lever": [part.lever for _, part in lines],
        "group": [part.group for _, part in lines],
    }
    for bound in _BOUNDS:
        columns[f"{bound}_pp"] = np.array([float(getattr(estimate, bound)) for estimate in estimates])
    columns["share_of_whole"] = np.array([share_of(why, part.values) for why, part in lines])
    columns["grade"] = [weakest(part.settings) for _, part in lines]
    columns["settings"] = [settings_text(part.settings) for _, part in lines]
    return columns


def replicate_columns(found: Explained, names: Sequence[str], replicates: Longs) -> Columns:
    """One row per option, part and replicate; the parts of a replicate add up to its whole."""
    lines = [(why, place, part) for why in found.options for place, part in enumerate(why.contributions)]
    size = len(replicates)
    return {
        SCENARIO: [names[why.scenario] for why, _, _ in lines for _ in range(size)],
        "part": np.repeat(np.array([place for _, place, _ in lines], dtype=np.int64), size),
        "kind": [part.kind for _, _, part in lines for _ in range(size)],
        "lever": [part.lever for _, _, part in lines for _ in range(size)],
        "group": [part.group for _, _, part in lines for _ in range(size)],
        "replicate": np.tile(np.asarray(replicates, dtype=np.int64), len(lines)),
        "value_pp": np.concatenate([part.values for _, _, part in lines]),
    }


def why_data(found: Explained) -> ExplainedData:
    """Return the same as plain data, for the manifest."""
    return {
        "runs": found.runs,
        "short_runs": found.looks,
        "options": [
            {
                "scenario": why.scenario,
                "exact": why.exact,
                "over_draws": why.over_draws,
                "contributions": [
                    {
                        "kind": part.kind,
                        "lever": part.lever,
                        "group": part.group,
                        "settings": [item._asdict() for item in part.settings],
                    }
                    for part in why.contributions
                ],
            }
            for why in found.options
        ],
    }


def read_why(frame: pd.DataFrame, data: ExplainedData, names: Sequence[str], replicates: int) -> Explained:
    """Return what was found, from the table by replicate and the manifest's ``why`` of a folder of results."""
    options = []
    for row in data["options"]:
        own = frame[frame[SCENARIO] == names[row["scenario"]]]
        parts = []
        for place, part in enumerate(row["contributions"]):
            values = own.loc[own["part"] == place, "value_pp"].to_numpy(dtype=np.float64)
            if len(values) != replicates:
                raise ValueError(f"{BY_REPLICATE} has {plain(len(values), 0)} values of part {place}, not {replicates}")
            settings = tuple(GradedSetting(**item) for item in part["settings"])
            parts.append(Contribution(part["kind"], part["lever"], part["group"], values, settings))
        options.append(Why(row["scenario"], tuple(parts), row["exact"], bool(row.get("over_draws"))))
    return Explained(tuple(options), data["runs"], data["short_runs"])
