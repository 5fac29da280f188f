"""The posterior: draws of all parameters after the evidence, as they come with the package or stand in a folder.

``posterior.parquet`` has a row per draw: a column per parameter that was varied (its key), per trait of an innovation
that has a series (``series.trait``), per series its discrepancy (``series.discrepancy``), and ``discrepancy_sd``.
``posterior.json`` says of what engine and evidence it is, and what the draws gave for each point when they were run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

import numpy as np

from diffusion.arrays import Floats
from diffusion.errors import InputError
from diffusion.paths import DATA

TABLE_NAME, FACTS_NAME = "posterior.parquet", "posterior.json"
#: first 16 letters of the digest of results of the engine as it is (scripts/results_digest.py)
DIGEST_FILE = DATA / "results_digest.txt"


class TargetFacts(TypedDict):
    """Of one point: what was observed, and what the posterior's runs gave."""

    observed: float
    mean: float
    low80: float
    high80: float
    low95: float
    high95: float


class Facts(TypedDict):
    """What ``posterior.json`` says."""

    format: int
    title: str
    plan: Mapping[str, object]
    version: str
    #: of the engine's results
    digest: str
    #: SHA-256 of the file of each series
    evidence: Mapping[str, str]
    #: parameters that are whole numbers
    whole: list[str]
    #: largest split R-hat of the chains
    rhat: float
    #: of the normal behind each prior: its standard deviation after the fit, before it 1
    spread: Mapping[str, float]
    targets: Mapping[str, TargetFacts]
    #: means of some draws, for calibration/guard.py
    guard: Mapping[str, float]


@dataclass(frozen=True)
class Posterior:
    """Draws of parameters and traits, with what is known of them.

    Parameters
    ----------
    columns: values by name of the column, float64[D] each
    facts: what ``posterior.json`` says
    """

    columns: Mapping[str, Floats]
    facts: Facts

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def keys(self) -> list[str]:
        """Keys of the parameters that were varied."""
        return [name for name in self.columns if name.startswith("parameters.")]

    def settings(self, draw: int) -> dict[str, float | int]:
        """Return the parameters of a draw by scenario key, as ``--set`` takes them, with those that the fit set."""
        whole = set(self.facts["whole"])
        found: dict[str, float | int] = self.fixed
        for key in self.keys:
            value = float(self.columns[key][draw])
            found[key] = round(value) if key in whole else value
        return found

    @property
    def fixed(self) -> dict[str, float | int]:
        """Parameters that were the same in all runs of the fit, by scenario key."""
        said = self.facts["plan"].get("set")
        values = said if isinstance(said, dict) else {}
        return {key: value for key, value in values.items() if key.startswith("parameters.")}

    @property
    def stale(self) -> str:
        """Why the draws are not of the model as it is; empty if they are."""
        now = engine_digest()
        if self.facts["digest"] != now:
            return f"they were fitted with another engine (results {self.facts['digest']}, now {now})"
        return ""


def engine_digest() -> str:
    """Return the digest of results that this version of the package gives."""
    return DIGEST_FILE.read_text(encoding="ascii").strip()


def read_posterior(folder: Path) -> Posterior:
    """Read a posterior from a folder; raises InputError where there is none or it was altered."""
    from diffusion.storage.sealed import read_sealed
    from diffusion.storage.table_files import read_parquet

    try:
        facts, wrong = read_sealed(folder / FACTS_NAME, "the posterior")
        content = (folder / TABLE_NAME).read_bytes()
    except FileNotFoundError as error:
        raise InputError(
            "there is no posterior",
            file=error.filename or folder,
            expected=f"a folder with {FACTS_NAME}",
            suggestion="'diffusion calibrate' makes one",
        ) from None
    if wrong or facts.get("table") != _hash(content):
        raise InputError(
            f"{FACTS_NAME} {wrong}" if wrong else f"{TABLE_NAME} is not the one that {FACTS_NAME} tells of",
            file=folder,
            expected="the files as they were written",
            suggestion="make it again: 'diffusion calibrate'",
        )
    table = read_parquet(folder / TABLE_NAME)
    # not to_numpy, which loads pandas
    columns: dict[str, Floats] = {
        name: np.asarray(np.from_dlpack(table.column(name).combine_chunks()), dtype=np.float64)
        for name in table.column_names
    }
    return Posterior(columns, cast("Facts", facts))


@cache
def packaged_posterior() -> Posterior | None:
    """Return the posterior that comes with the package."""
    return read_posterior(DATA / "posterior") if (DATA / "posterior" / FACTS_NAME).is_file() else None


def write_posterior(columns: Mapping[str, Floats], facts: Facts, folder: Path) -> None:
    """Write a posterior into a folder."""
    import io

    import pyarrow as pa

    from diffusion.storage.sealed import sealed
    from diffusion.storage.table_files import write_parquet
    from diffusion.storage.whole_files import write_whole

    stream = io.BytesIO()
    write_parquet(pa.table(dict(columns)), stream)
    content = stream.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / TABLE_NAME, content)
    write_whole(folder / FACTS_NAME, sealed({**facts, "table": _hash(content)}))


def _hash(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()
