"""Which runs stand in which chunk: fixed by the design when it is frozen, never by who computes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from diffusion.errors import InputError
from diffusion.experiments.study.pace import run_seconds
from diffusion.reading.numbers import parse_whole

if TYPE_CHECKING:
    from diffusion.experiments.study.design import Design

#: a sweep has at least about so many chunks, for an even load and little lost when a worker dies ...
CHUNKS = 128
#: ... of at least so many runs, so that files and scheduling cost little ...
FEWEST_RUNS = 32
#: ... at most so many, since a chunk is put together in memory ...
MOST_RUNS = {"summary": 1_000, "monthly": 500, "by innovation": 200, "events": 50}
#: ... that take about so long at most
MOST_SECONDS = 60.0
#: most shares that a sweep may be cut into
MOST_SHARES = 10_000_000


@dataclass(frozen=True)
class Layout:
    """``runs`` runs in chunks of ``size`` consecutive ones; the last may be smaller."""

    runs: int
    size: int

    @property
    def chunks(self) -> int:
        return -(-self.runs // self.size)

    def runs_of(self, chunk: int) -> range:
        """Return the ids of the runs in a chunk."""
        return range(chunk * self.size, min(self.runs, (chunk + 1) * self.size))

    def chunk_of(self, run: int) -> int:
        """Return the chunk in which a run stands."""
        return run // self.size

    def share(self, number: int, of: int) -> range:
        """Return the chunks of share ``number`` (from 1) of ``of``: every ``of``-th one, for an even load."""
        return range(number - 1, self.chunks, of)


def layout_of(design: Design) -> Layout:
    """Return the layout of a design, from its number of runs and how long one takes."""
    seconds = run_seconds(design.scenario(0, 0))
    most = MOST_RUNS[design.study.detail]
    if design.study.end_by:
        most = min(most, MOST_RUNS["by innovation"])
    size = min(most, max(FEWEST_RUNS, -(-design.runs // CHUNKS)))
    return Layout(design.runs, max(1, min(size, int(MOST_SECONDS / max(seconds, 1e-9)))))


def parse_shard(text: str) -> tuple[int, int]:
    """Return (i, n) of ``i/n``; raises InputError unless 1 <= i <= n."""
    number, _, of = text.partition("/")
    share, shares = parse_whole(number), parse_whole(of)
    if share is None or shares is None or not 1 <= share <= shares <= MOST_SHARES:
        raise InputError(
            f"'{text}' is not a share of the runs",
            key="--shard",
            expected=f"i/n with i from 1 to n, n at most {MOST_SHARES:,}",
            suggestion="for example --shard 3/7",
        )
    return share, shares
