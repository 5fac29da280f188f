"""One wave: draws of parameters and traits, run as sweeps of the evidence world, and what they say for each target.

A wave is two studies with the same draws and the same chance: ``with``, the evidence world, and ``without``, the same
world without the levers of the series that state an effect, as long as these need it. They are ordinary studies of
listed points: ``diffusion sweep run`` and the scripts for Slurm take their folders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import yaml

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import evidence_scenario
from diffusion.calibration.fit.targets import Said, Target, said, watches
from diffusion.calibration.inputs import Inputs
from diffusion.evidence.reading import NamedSeries
from diffusion.experiments.study.design import make_design
from diffusion.experiments.study.load import load_study
from diffusion.experiments.sweep.folder import SWEEP_NAME, Sweep, open_sweep, prepare
from diffusion.experiments.sweep.read import read_runs
from diffusion.scenario.schema import Scenario
from diffusion.storage.whole_files import write_whole

#: what every run keeps beside what is watched; a study must keep an outcome
OUTCOME = "adopter_share_pct"
WITH, WITHOUT = "with", "without"
#: the scenario keys of one draw
Draw: TypeAlias = Mapping[str, float | int]


@dataclass(frozen=True)
class World:
    """The evidence world that all waves run: its series, targets and inputs."""

    evidence: tuple[NamedSeries, ...]
    targets: tuple[Target, ...]
    inputs: Inputs
    settings: Mapping[str, object]

    def scenario(self, without: bool = False) -> Scenario:
        """Return the scenario, or the one without the levers of effects; stated traits are there to be replaced."""
        effects = [target for target in self.targets if target.effect]
        left_out = sorted({target.series for target in effects}) if without else []
        neutral: dict[str, object] = {key: 0.5 for trait in self.inputs.traits for key in self.inputs.keys_of(trait)}
        scenario = evidence_scenario(self.evidence, {**neutral, **self.settings}, without=left_out)
        if without:
            scenario = scenario.changed({"months": max(target.place.month for target in effects)})
        return scenario

    @property
    def parts(self) -> tuple[str, ...]:
        return (WITH, WITHOUT) if any(target.effect for target in self.targets) else (WITH,)


def prepare_wave(world: World, draws: Sequence[Draw], replicates: int, seed: int, folder: Path) -> list[Sweep]:
    """Write the studies of a wave below ``folder``, or find them there, and return their sweeps."""
    return [_prepared(world, part, draws, replicates, seed, folder) for part in world.parts]


def _prepared(world: World, part: str, draws: Sequence[Draw], replicates: int, seed: int, folder: Path) -> Sweep:
    place = folder / part
    if (place / SWEEP_NAME).exists():
        sweep = open_sweep(place)
        if _of_these(sweep, draws, replicates, seed):
            return sweep
    written = folder / f"{part}-study"
    scenario = world.scenario(part == WITHOUT)
    chosen = [target for target in world.targets if target.effect or part == WITH]
    keys = list(draws[0])
    study = {
        "title": "The evidence world" + (" without the levers of effects" if part == WITHOUT else ""),
        "scenarios": {"evidence": "evidence.yaml"},
        "factors": {key: {} for key in keys},
        "design": {"method": "points", "file": "points.csv"},
        "replicates": replicates,
        "seed": seed,
        "chance": "own",
        "outcomes": [OUTCOME],
        "watch": {name: item.model_dump(mode="json") for name, item in watches(chosen, scenario).items()},
    }
    rows = "\n".join(",".join(repr(draw[key]) for key in keys) for draw in draws)
    written.mkdir(parents=True, exist_ok=True)
    write_whole(written / "evidence.yaml", as_yaml({**scenario.resolved(), "name": "evidence"}))
    write_whole(written / "points.csv", (",".join(keys) + "\n" + rows + "\n").encode())
    write_whole(written / "study.yaml", as_yaml(study))
    return prepare(make_design(load_study(written / "study.yaml")), place)


def _of_these(sweep: Sweep, draws: Sequence[Draw], replicates: int, seed: int) -> bool:
    design = sweep.design
    if (design.n_draws, design.replicates, design.seed) != (len(draws), replicates, seed):
        return False
    return all(design.columns[key] == [draw[key] for draw in draws] for key in draws[0])


def as_yaml(data: Mapping[str, object]) -> bytes:
    """Return a file of a study or scenario."""
    return yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True).encode()


def shares(world: World, folder: Path, draws: int) -> dict[str, Floats]:
    """Return what the finished sweeps of a wave kept: float64[D, R] by name of the target, effects as differences."""
    found: dict[str, Floats] = {}
    for part in world.parts:
        rows = read_runs(folder / part).order("run").df()
        for target in world.targets:
            if not (target.effect or part == WITH):
                continue
            values = rows[target.name].to_numpy().reshape(draws, -1)
            found[target.name] = found[target.name] - values if part == WITHOUT else values
    return found


def said_by(world: World, kept: Mapping[str, Floats]) -> list[Said]:
    """Return what a wave says for each target, in their order."""
    return [said(target, kept[target.name]) for target in world.targets]


def wide_draws(inputs: Inputs, number: int, seed: int) -> tuple[Floats, Floats]:
    """Return (z of the parameters [D, n], values of the traits [D, traits]) of a first wave: a Latin hypercube."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    from diffusion.calibration.inputs import WIDE

    sampler = qmc.LatinHypercube(len(inputs.names), rng=np.random.default_rng(seed))
    z = ndtri(np.clip(sampler.random(number), 1e-9, 1.0 - 1e-9))
    wide = np.array([WIDE[trait.name] for trait in inputs.traits]).reshape(-1, 2)
    return np.asarray(z[:, : inputs.n_shared]), inputs.inside(wide[:, 0] + wide[:, 1] * z[:, inputs.n_shared :])
