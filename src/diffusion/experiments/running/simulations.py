"""The simulation of a scenario, and that of one of its replicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.month.simulation import Simulation

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World


def of_replicate(simulation: Simulation[Scenario], replicate: int) -> Simulation[Scenario]:
    """Return the simulation with the parameters of one replicate; itself where they are the same in all."""
    if not simulation.scenario.drawn:
        return simulation
    return simulation_of(simulation.scenario.of_replicate(replicate), simulation.world)


def simulation_of(scenario: Scenario, world: World | None = None) -> Simulation[Scenario]:
    """Return the simulation of ``scenario``, with Python agents where it names any."""
    if scenario.agents:
        from diffusion.agents.diffusion_model import simulation_with_agents

        return simulation_with_agents(scenario, world)
    return Simulation(scenario, world)
