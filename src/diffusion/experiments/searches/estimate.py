"""What a run will need, before it starts: memory and processor time from the size of its world, and what there is.

Rough on purpose: for memory within a factor of two of what was measured (a slow test compares), less sure for time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diffusion.engine.ledger import FLOWS
from diffusion.engine.stages import N_STAGES
from diffusion.errors import InputError
from diffusion.experiments.running.runner import available_cpus, block_size
from diffusion.experiments.study.pace import OVERHEAD, SECONDS_PER_PAIR_MONTH
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.month.measures import RECORDED
from diffusion.processes import address_space_left, available_bytes
from diffusion.world.building.dated import warm_up_months

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: the program itself with all that it loads to run, draw and write
BASE_BYTES = 330_000_000
#: state of a pair while its block runs: its record, lists, moves, activity (month/workspace.py, engine/state.py)
_PAIR_BYTES = 96
#: a term that a lever writes by trust and innovation, float64
_TERM_BYTES = 8
#: of a tie in a layer: the layer, the arrays of the kernels, and what is at hand while they are made
_TIE_BYTES = 120
#: of a trust: codes, tables, points of maps
_TRUST_BYTES = 3_000
#: of a trust and month in the tables that are written: mean and quantiles, and what is at hand while they are written
_TRUST_MONTH_BYTES = 130
#: events: moves of a pair in a run at most, and bytes of one, joined and sorted
_MOVES, _EVENT_BYTES = 6, 48
#: tables of counts by month are summarised as float64, sorted: so many bytes of a count of 2 or 4 bytes
_SUMMARY_BYTES = 20
#: a lever in a month of a run: what it does in Python, on England (measured: 40 to 70 microseconds)
_LEVER_MONTH_SECONDS = 5e-5
#: share of the memory there is that a run may take
_SHARE = 0.9
#: seconds of writing and drawing, at least; and of a trust and month in the tables
_DELIVERY_SECONDS, _TRUST_MONTH_SECONDS = 6.0, 2e-6
#: estimated seconds from which they are told before a start
LONG_SECONDS = 120.0


@dataclass(frozen=True)
class Estimate:
    """What something will need: bytes of memory at its peak, and seconds of processor time."""

    bytes: float
    cpu_seconds: float

    def seconds(self, jobs: int | None) -> float:
        """Return roughly how long it takes on so many threads (default: all processors)."""
        return self.cpu_seconds / max(1, min(jobs or available_cpus(), available_cpus()))


def estimate_runs(
    scenarios: Sequence[Scenario],
    replicates: int,
    *,
    events: bool = False,
    jobs: int | None = None,
    delivered: bool = True,
    times: float = 1.0,
) -> Estimate:
    """Return what running ``scenarios`` on common draws and keeping all results takes.

    ``delivered``: tables and figures are made of them. ``times``: so often one after the other, as searches do.
    """
    threads = jobs or available_cpus()
    kept = widest = blocks = seconds = worlds = trust_months = 0.0
    seen: set[int] = set()
    for scenario in scenarios:
        world, months = scenario.build_world(), scenario.months + 1
        n, k = world.n_trusts, _innovations(scenario, world)
        groups = world.n_ahsns + len(world.trusts.ics_codes) + len(world.trusts.sector_names)
        by_count = N_STAGES * (k + groups) * 4 + n * 2
        by_number = len(FLOW_NAMES) * 4 + len(FLOWS) * 16 + len(RECORDED) * 16
        kept += replicates * (months * (by_count + by_number) + 16 * k)
        # the pairs of a block and what levers write for them
        at_once = block_size(n * world.n_innovations, replicates)
        terms = _TERM_BYTES * (4 + len(scenario.levers))
        running = min(threads, math.ceil(replicates / at_once))
        blocks = max(blocks, running * at_once * n * k * (_PAIR_BYTES + terms))
        if events:
            kept += replicates * n * k * _MOVES * _EVENT_BYTES
        if delivered:
            widest = max(widest, replicates * months * max(N_STAGES * k, 2 * groups, n) * _SUMMARY_BYTES)
            trust_months += n * months
        if id(world) not in seen:
            seen.add(id(world))
            worlds += world_bytes(scenario, world)
        run = scenario.months + warm_up_months(scenario.initial, world, int(scenario.start))
        by_pair = n * world.n_innovations * SECONDS_PER_PAIR_MONTH * OVERHEAD
        seconds += replicates * run * (by_pair + len(scenario.levers) * _LEVER_MONTH_SECONDS)
    written = trust_months * _TRUST_MONTH_BYTES if delivered else 0.0
    drawn = _DELIVERY_SECONDS + trust_months * _TRUST_MONTH_SECONDS if delivered else 0.0
    return Estimate(BASE_BYTES + worlds + kept + max(blocks, widest + written), times * seconds + drawn)


def _innovations(scenario: Scenario, world: World) -> int:
    """Innovations of a run, with the slots for those that may be born."""
    supply = scenario.parameters.supply
    return world.n_innovations + (supply.arrival_slots + supply.spin_out_slots if supply.followed else 0)


def world_bytes(scenario: Scenario, world: World) -> float:
    """Return what the tables and networks of a world take."""
    groups = [layer for layer in world.layers if layer.kind == "group"]
    ties = float(sum(len(layer.indices) for layer in world.layers))
    if scenario.parameters.exposure.response == "count" and len(world.layers) > 1:
        ties += sum(layer.n_ties for layer in groups)  # all ties are written out one by one
    return world.n_trusts * (_TRUST_BYTES + 2 * world.n_innovations) + ties * _TIE_BYTES


def gigabytes(number: float) -> str:
    """Write a size: 3.2 GB, 250 MB."""
    return f"{number / 1e9:,.1f} GB" if number >= 1e9 else f"{number / 1e6:,.0f} MB"


def most_that_fits(estimate: Callable[[int], Estimate], asked: int, free: float) -> int:
    """Return the largest number up to ``asked`` whose estimate fits into ``free`` bytes; 0 where none does."""
    low, high = 0, max(0, asked)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate(middle).bytes <= free * _SHARE else (low, middle - 1)
    return low


def refuse_too_large(
    estimate: Callable[[int], Estimate], asked: int, key: str, allow: bool, flag: str = "--allow-large"
) -> Estimate:
    """Return the estimate for ``asked`` (of whatever ``key`` counts) if the machine has the memory.

    Raises
    ------
    InputError
        It needs more than there is, and ``allow`` is false.
    """
    needed, free = estimate(asked), available_bytes()
    # what the process has taken already counts as taken
    if allow or needed.bytes - BASE_BYTES <= free * _SHARE:
        return needed
    fits = most_that_fits(estimate, asked, free)
    smaller = f"{key} {fits}" if fits else "a smaller world or fewer months"
    if address_space_left() is not None and not fits:
        smaller = "again with a higher limit of this process (ulimit -v)"
    raise InputError(
        f"this needs about {gigabytes(needed.bytes)} of memory; {gigabytes(free)} are available",
        key=key,
        expected="what fits into the memory of this machine",
        suggestion=f"try {smaller}, or add {flag} to try all the same",
    )
