"""Measured facts, computed once per session even where the tests are spread over several workers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest

from science.facts import Row, measure

_SESSION: dict[str, Path] = {}


def share_between_workers(factory: pytest.TempPathFactory) -> None:
    """Keep what is measured in the folder that the workers of one session have in common."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        _SESSION["folder"] = factory.getbasetemp().parent


@cache
def facts_at(point: int, fewer: bool = False) -> dict[str, Row]:
    """Return the facts measured at a point, by name; with ``fewer`` replicates where these are enough."""
    if "folder" not in _SESSION:
        return {row.fact: row for row in measure(point, fewer)}
    file = _SESSION["folder"] / f"facts-{point}{'-fewer' if fewer else ''}.json"
    with _one_at_a_time(file.with_suffix(".lock")):
        if not file.exists():
            file.write_text(json.dumps([asdict(row) for row in measure(point, fewer)]))
    return {row["fact"]: Row(**row) for row in json.loads(file.read_text())}


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: every worker measures for itself, with the same result
        yield
        return
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
