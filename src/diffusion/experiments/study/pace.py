"""How long a run takes, roughly: the layout of chunks and what a study is told to take rest on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario

#: Processor time of a run by trust, innovation and month: England's 233 x 30 x 120 take about .025 s. Layouts follow
#: from it, and the names and bytes of a sweep's files from its layout: it stays as it is when machines get faster.
SECONDS_PER_PAIR_MONTH = 30e-9

#: What a study is told its runs take over what their kernels take: opening, outcomes, tables (measured 1 to 2).
OVERHEAD = 44 / 30


def run_seconds(scenario: Scenario) -> float:
    """Return a rough processor time of one run, from the size of its world and its length."""
    world = scenario.build_world()
    return world.n_trusts * world.n_innovations * scenario.months * SECONDS_PER_PAIR_MONTH
