"""Runs of the scenarios that the facts compare, on common draws, at the defaults or at a draw of the parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from diffusion.engine.stages import ADOPTER_STAGES, ROLLOUT, SUSTAINED
from diffusion.experiments.running.results import Results, gather
from diffusion.experiments.running.runner import block_size
from diffusion.month.block import Block
from diffusion.month.recorder import Record
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from science.draws import Settings

SEED = 1


@dataclass(frozen=True, eq=False)
class Observed:
    """Results of a scenario, with what the recorder does not keep: the last state by pair, and the sites."""

    results: Results
    adopting_at_end: np.ndarray  # bool[R, N, K]
    sites: np.ndarray  # bool[R, N], trusts that were a test bed in any wave

    @property
    def adopters_by_innovation(self) -> np.ndarray:
        """int64[R, T+1, K]."""
        return self.results.stage_by_innovation[:, :, ADOPTER_STAGES].sum(axis=2)

    @property
    def adopter_share_pp(self) -> np.ndarray:
        """Adopters among eligible pairs, per cent, float64[R, T+1]."""
        return 100.0 * self.results.monthly["adopter_share"]

    def share_of_innovations_pp(self, innovations: np.ndarray) -> np.ndarray:
        """The same for some innovations, bool[K]."""
        return 100.0 * self.results.adopter_share(innovations)

    def share_of_trusts_pp(self, trusts: np.ndarray) -> np.ndarray:
        """The same for some trusts, bool[N]."""
        eligible = int(self.results.world.eligible[trusts].sum())
        return 100.0 * self.results.adopters_by_trust[:, :, trusts].sum(axis=2) / eligible


def scenario_at(name: str, settings: Settings, **more: object) -> Scenario:
    """Return the scenario ``name`` with those of ``settings`` that concern it; ``more`` has __ for dots."""
    scenario = load_scenario(name)
    chosen: dict[str, object] = {
        key: value
        for key, value in settings.items()
        if not key.startswith("levers.") or key.split(".")[1] in scenario.levers
    }
    chosen |= {key.replace("__", "."): value for key, value in more.items()}
    return scenario.changed(chosen) if chosen else scenario


def opened(simulation: Simulation, replicates: int, seed: int = SEED) -> Iterator[tuple[Block, Record]]:
    """Yield blocks of replicates in their opening state, each with its record."""
    numbers = np.arange(replicates)
    size = block_size(simulation.world.n_trusts * simulation.world.n_innovations, replicates)
    for first in range(0, replicates, size):
        block = simulation.open(numbers[first : first + size], seed)
        yield block, simulation.start_record(block)


def observe(
    scenario: Scenario, replicates: int, seed: int = SEED, look: Callable[[Block], None] | None = None
) -> Observed:
    """Run ``scenario`` through the engine in blocks of replicates; ``look`` is shown each block at its end."""
    simulation = Simulation(scenario)
    world = simulation.world
    beds = scenario.levers.get("test-beds")
    # a wave draws its sites in its first month and forgets those of the wave before
    stops = [month - scenario.start + 1 for month in beds.wave_starts()] if beds is not None else []
    stops = [*(stop for stop in stops if 1 <= stop < scenario.months), scenario.months]
    records, adopting, sites = [], [], []
    for block, record in opened(simulation, replicates, seed):
        here = np.zeros((block.n_replicates, world.n_trusts), dtype=bool)
        for stop in stops:
            simulation.run(block, record, until=stop)
            if "test-beds" in block.own and (wave := block.own["test-beds"].wave) is not None:
                here |= wave.sites
        records.append(record)
        adopting.append((block.pairs.stage == ROLLOUT) | (block.pairs.stage == SUSTAINED))
        sites.append(here)
        if look is not None:
            look(block)
    results = gather(scenario, world, seed, records, np.arange(replicates))
    return Observed(results, np.concatenate(adopting), np.concatenate(sites))
