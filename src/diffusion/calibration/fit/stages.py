"""A calibration on disk, stage by stage: waves, chains, posterior; whatever is there already is not made again.

``DIR/wave-1/inputs.parquet`` are the draws of a wave, ``with`` and ``without`` beside it its sweeps; ``chains.parquet``
what was sampled, ``posterior`` one more wave, of the draws that were kept. Each stage follows from the plan, the
evidence, the code and the stages before it alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import check_evidence, evidence_scenario
from diffusion.calibration.fit.emulators import Diagnostics, chance_correlation, fit_emulators
from diffusion.calibration.fit.history import plausible_draws
from diffusion.calibration.fit.likelihood import Problem
from diffusion.calibration.fit.plan import Plan, check_series
from diffusion.calibration.fit.sampler import Chains, sample, split_rhat
from diffusion.calibration.fit.targets import Said, own_series, targets
from diffusion.calibration.fit.waves import World, prepare_wave, said_by, shares, wide_draws
from diffusion.calibration.inputs import CORRELATION, HIERARCHY, Inputs, traits_of
from diffusion.evidence.reading import NamedSeries, evidence
from diffusion.experiments.sweep.folder import Sweep
from diffusion.progress import Report, silent
from diffusion.scenario.schema import Scenario
from diffusion.storage.table_files import read_parquet, write_parquet
from diffusion.world.keys import stable_key

#: runs the sweeps of a wave
RunSweeps = Callable[[str, Sequence[Sweep]], None]


def world_of(plan: Plan) -> World:
    """Return the evidence world of a plan; raises InputError for series that are not there or cannot be run."""
    known = evidence(plan.evidence_folder)
    check_series(plan.series, [item.id for item in known], plan._file)
    chosen = [item for item in known if plan.series is None or item.id in plan.series]
    settings: dict[str, object] = {"parameters.relevance.limited": True, **plan.set}
    scenario = evidence_scenario(chosen, settings)
    check_evidence(chosen, scenario)
    own: list[NamedSeries] = own_series(chosen, scenario)
    inputs = Inputs(plan.priors_used(), tuple(traits_of(own)), fixed_hierarchy(scenario))
    return World(tuple(chosen), tuple(targets(chosen, scenario)), inputs, settings)


def fixed_hierarchy(scenario: Scenario) -> dict[str, float]:
    """Return the values that a scenario has of the parameters of the hierarchy, for those that are not varied."""
    names = {part for parts in HIERARCHY.values() for part in parts if isinstance(part, str)} | {CORRELATION}
    found = {}
    for name in sorted(names):
        _, section, key = name.split(".")
        found[name] = float(getattr(getattr(scenario.parameters, section), key))
    return found


def seed_for(plan: Plan, what: str) -> int:
    """Return the seed of a stage."""
    return int(stable_key(f"calibration/{plan.seed}/{what}")) >> 33


@dataclass(frozen=True)
class Wave:
    """What one wave was and said."""

    name: str
    shared_z: Floats  # [D, n_shared]
    traits: Floats  # [D, traits]
    kept: Mapping[str, Floats]  # [D, R] by name of the target
    says: tuple[Said, ...]


@dataclass(frozen=True)
class Fitted:
    """Emulators of all waves so far, as the problem of the next stage, and how they do for what they have not seen."""

    problem: Problem
    diagnostics: tuple[Diagnostics, ...]


def run_wave(
    world: World,
    name: str,
    drawn: Callable[[], tuple[Floats, Floats]],
    plan: Plan,
    replicates: int,
    folder: Path,
    run: RunSweeps,
) -> Wave:
    """Run one wave, or what is left of it; its draws are made unless they are there."""
    place = folder / name
    path = place / "inputs.parquet"
    if not path.exists():
        shared_z, traits = drawn()
        place.mkdir(parents=True, exist_ok=True)
        _write_inputs(world.inputs, shared_z, traits, path)
    shared_z, traits = _read_inputs(world.inputs, path)
    draws = world.inputs.settings(world.inputs.parameters(shared_z), traits)
    run(name, prepare_wave(world, draws, replicates, seed_for(plan, f"runs of {name}"), place))
    kept = shares(world, place, len(draws))
    return Wave(name, shared_z, traits, kept, tuple(said_by(world, kept)))


def first_draws(world: World, plan: Plan) -> tuple[Floats, Floats]:
    """Return the draws of the first wave."""
    return wide_draws(world.inputs, plan.draws, seed_for(plan, "draws of wave-1"))


def next_draws(
    fitted: Fitted, plan: Plan, number: int, tell: Callable[[str], None] = lambda text: None
) -> tuple[Floats, Floats]:
    """Return the draws of wave ``number``: what all series but one at most, then what none at all rules out.

    The last of several waves is sampled from what the emulators make the posterior, so that they are best there.
    """
    seed = seed_for(plan, f"draws of wave-{number}")
    if number == plan.waves and number > 2:
        # every fifth step of the second half is kept: as many as make the draws
        enough = 10 * math.ceil(plan.draws / plan.chains)
        chains = sample(fitted.problem, max(100, plan.steps // 4, enough), plan.chains, seed=seed)
        z = posterior_draws(fitted, chains, plan.draws)
        return z[:, : fitted.problem.inputs.n_shared], fitted.problem.state(z).traits
    rank = 2 if number <= (plan.waves + 1) // 2 else 1
    kept = plausible_draws(fitted.problem, plan.draws, rank, seed)
    tell(f"wave {number}: {100 * kept.share:.0f} % of what was tried is plausible; cut at {kept.cut:.1f}")
    return kept.shared_z, kept.traits


def fit(world: World, waves: Sequence[Wave]) -> Fitted:
    """Fit the emulators to all waves."""
    x = np.concatenate([world.inputs.scaled(wave.shared_z, wave.traits) for wave in waves])
    says = [
        Said(*(np.concatenate([getattr(wave.says[n], field) for wave in waves]) for field in Said._fields))
        for n in range(len(world.targets))
    ]
    emulators, diagnostics = fit_emulators(world.inputs, world.targets, x, says)
    names = dict.fromkeys(target.series for target in world.targets)
    correlations = {
        name: chance_correlation([what for what, target in zip(says, world.targets) if target.series == name])
        for name in names
    }
    observed = np.array([target.value for target in world.targets])
    problem = Problem(world.inputs, world.targets, tuple(emulators), correlations, observed)
    return Fitted(problem, tuple(diagnostics))


def sampled(fitted: Fitted, plan: Plan, folder: Path, report: Report = silent) -> Chains:
    """Return the chains, from the file where they are there."""
    path = folder / "chains.parquet"
    if not path.exists():
        chains = sample(fitted.problem, plan.steps, plan.chains, seed=seed_for(plan, "chains"), report=report)
        _write_chains(chains, path)
    return _read_chains(path, plan.chains)


def posterior_draws(fitted: Fitted, chains: Chains, number: int) -> Floats:
    """Return ``number`` of the sampled vectors of unknowns, evenly over chains and steps."""
    flat = chains.flat
    return flat[np.linspace(0, len(flat) - 1, min(number, len(flat))).round().astype(np.int64)]


def _write_inputs(inputs: Inputs, shared_z: Floats, traits: Floats, path: Path) -> None:
    import pyarrow as pa

    columns = {name: shared_z[:, n] for n, name in enumerate(inputs.names[: inputs.n_shared])}
    columns |= {trait.label: traits[:, n] for n, trait in enumerate(inputs.traits)}
    _write(pa.table(columns), path)


def _read_inputs(inputs: Inputs, path: Path) -> tuple[Floats, Floats]:
    table = read_parquet(path)
    values = np.stack([table.column(name).to_numpy() for name in inputs.names], axis=1)
    return values[:, : inputs.n_shared], values[:, inputs.n_shared :]


def _write_chains(chains: Chains, path: Path) -> None:
    import pyarrow as pa

    columns = {f"u{n}": chains.flat[:, n] for n in range(chains.draws.shape[2])}
    _write(pa.table({**columns, "log_likelihood": chains.log_likelihood.reshape(-1)}), path)


def _read_chains(path: Path, chains: int) -> Chains:
    table = read_parquet(path)
    values = np.stack([table.column(name).to_numpy() for name in table.column_names], axis=1)
    values = values.reshape(-1, chains, values.shape[1])
    return Chains(values[:, :, :-1], values[:, :, -1], split_rhat(values[:, :, :-1]))


def _write(table: object, path: Path) -> None:
    import io

    from diffusion.storage.whole_files import write_whole

    stream = io.BytesIO()
    write_parquet(table, stream)
    write_whole(path, stream.getvalue())
