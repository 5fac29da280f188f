"""What the analysis reads: the shape of the tables of one scenario's runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from diffusion.arrays import Floats


class ResultTables(Protocol):
    """Tables of R replicates over T months (entry 0 is the opening state, entry t the end of month t).

    ``stage_by_*`` have axes (replicate, month, stage, group), ``flows`` and ``money_gbp`` (replicate, month,
    flow) with the names beside them, ``adopters_by_trust`` (replicate, month, trust). ``stage_means`` is the mean
    number of pairs of the portfolio by stage, (month, stage). Results read back from a folder keep only the last month
    of ``stage_by_*`` and ``adopters_by_trust``: take index -1, or the series in ``monthly``.
    """

    @property
    def scenario(self) -> Any: ...
    @property
    def world(self) -> Any: ...
    @property
    def seed(self) -> int: ...
    @property
    def replicates(self) -> NDArray[Any]: ...
    @property
    def months(self) -> int: ...
    @property
    def monthly(self) -> Mapping[str, Floats]: ...
    @property
    def stage_by_innovation(self) -> NDArray[Any]: ...
    @property
    def stage_by_ahsn(self) -> NDArray[Any]: ...
    @property
    def stage_by_ics(self) -> NDArray[Any]: ...
    @property
    def stage_by_sector(self) -> NDArray[Any]: ...
    @property
    def stage_means(self) -> Floats: ...
    @property
    def adopters_by_trust(self) -> NDArray[Any]: ...
    @property
    def flows(self) -> NDArray[Any]: ...
    @property
    def flow_names(self) -> tuple[str, ...]: ...
    @property
    def money_gbp(self) -> Floats: ...
    @property
    def money_flows(self) -> tuple[tuple[str, str, str], ...]: ...


def drawn(tables: ResultTables) -> bool:
    """Whether replicates differ in their parameters, so that intervals are over draws."""
    return bool(getattr(tables.scenario, "drawn", False))


def weighted_sum(values: ArrayLike, weights: ArrayLike) -> Floats:
    """Return the sum over the last axis of ``values`` times ``weights``.

    Not a matrix product: the last bits of one depend on how many rows it has and on the number of threads, and a
    replicate must have the same outcomes alone as in a block.
    """
    return np.asarray(np.ascontiguousarray(np.asarray(values) * np.asarray(weights)).sum(axis=-1, dtype=np.float64))
