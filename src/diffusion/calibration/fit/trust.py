"""The checks of a finished calibration, each kept in its folder when it is done: what they cost is not paid twice.

``left-out.json``: each family predicted from all others. ``made-up.json``: fits to data that the model made at known
draws of the prior. ``policies``: what levers do over the posterior and over draws of the prior.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeAlias, cast

import numpy as np
from scipy.stats import kstest

from diffusion.arrays import Bools, Floats
from diffusion.calibration.fit.checks import (
    Predicted,
    Recovered,
    make_data,
    predicted_by_emulators,
    predicted_by_runs,
    recover,
)
from diffusion.calibration.fit.policies import BASELINE, Effect, effects, prepare_policies, teaching
from diffusion.calibration.fit.run import Calibration
from diffusion.calibration.fit.sampler import sample
from diffusion.calibration.fit.stages import RunSweeps, run_wave, seed_for
from diffusion.calibration.fit.waves import Draw
from diffusion.experiments.running.runner import available_cpus
from diffusion.experiments.sweep.folder import open_sweep
from diffusion.storage.sealed import SEAL, read_sealed, sealed
from diffusion.storage.whole_files import write_whole

#: numbers of one check, as they are kept
Row: TypeAlias = list[list[float]]

#: differences of which it is told what would teach most
TAUGHT = (("best practice tariff", BASELINE), ("local first", "best practice tariff"))
#: chains of a check: shorter than those of the fit, since there are many
_STEPS, _CHAINS = 160, 16
#: parameters that are looked for: the most learnt
LOOKED_FOR = 10
#: draws of the prior at most, and runs of each draw, of policies
_PRIOR_DRAWS, _POLICY_REPLICATES = 300, 2


class MadeUp(NamedTuple):
    """What fits to made-up data found of the parameters that were looked for."""

    parameters: list[str]  # keys
    ranks: Floats  # [data sets, parameters], share of draws below the truth
    covered: Bools  # [data sets, parameters], truth inside the middle 90 %
    uniform: list[float]  # p of a Kolmogorov-Smirnov test of the ranks


class Checks(NamedTuple):
    """What the checks of a calibration found."""

    predicted: list[Predicted]
    with_discrepancy: list[Predicted]
    left_out: list[Predicted]
    made_up: MadeUp
    policies: dict[str, list[Effect]]
    teaching: dict[str, list[tuple[str, float]]]


def left_out_families(done: Calibration, tell: Callable[[str], None]) -> list[Predicted]:
    """Return every target as it is predicted from all other families, in the order of the targets."""
    path = done.folder / "left-out.json"
    known = _known(path)
    problem = done.fitted.problem
    families = list(dict.fromkeys(target.family for target in problem.targets))

    def one(family: str) -> tuple[str, list[list[float]]]:
        theirs = tuple(dict.fromkeys(t.series for t in problem.targets if t.family == family))
        chains = sample(
            replace(problem, left_out=theirs), _STEPS, _CHAINS, seed=seed_for(done.plan, f"without {family}")
        )
        wanted = np.array([n for n, t in enumerate(problem.targets) if t.family == family], dtype=np.int64)
        found = predicted_by_emulators(problem, chains.flat, wanted, seed_for(done.plan, f"errors without {family}"))
        return family, [list(item[1:]) for item in found]

    with ThreadPoolExecutor(available_cpus()) as pool:
        for family, rows in pool.map(one, [family for family in families if family not in known]):
            known[family] = rows
            tell(f"left out: {family} ({len(known)} of {len(families)})")
            _keep(path, known)
    taken = {family: iter(known[family]) for family in families}
    return [Predicted(target, *next(taken[target.family])) for target in problem.targets]


def made_up_data(done: Calibration, run: RunSweeps, tell: Callable[[str], None]) -> MadeUp:
    """Fit made-up data; return ranks and coverage of the parameters that are looked for, by their keys."""
    inputs, problem, number_made = done.world.inputs, done.fitted.problem, done.plan.made_up
    rng = np.random.default_rng(seed_for(done.plan, "made-up truth"))
    z = rng.standard_normal((number_made, len(inputs.names)))
    shared_z = z[:, : inputs.n_shared]

    def drawn() -> tuple[Floats, Floats]:
        return shared_z, inputs.trait_values(z[:, inputs.n_shared :], inputs.parameters(shared_z))

    wave = run_wave(done.world, "made-up", drawn, done.plan, 2, done.folder, run)
    moving = problem.moving[:-1]
    spread = done.chains.flat[:, moving].std(axis=0)
    wanted = moving[np.argsort(spread, kind="stable")[:LOOKED_FOR]]
    path = done.folder / "made-up.json"
    known = _known(path)

    def one(number: int) -> tuple[int, Recovered]:
        made = make_data(problem, wave.says, wave.shared_z, wave.traits, number, seed_for(done.plan, "made-up errors"))
        return number, recover(problem, made, wanted, _STEPS, _CHAINS, seed_for(done.plan, f"made-up {number}"))

    with ThreadPoolExecutor(available_cpus()) as pool:
        for number, found in pool.map(one, [n for n in range(number_made) if str(n) not in known]):
            known[str(number)] = [found.ranks.tolist(), found.covered.astype(float).tolist()]
            tell(f"made-up data: {len(known)} of {number_made}")
            _keep(path, known)
    ranks = np.array([known[str(n)][0] for n in range(number_made)])
    covered = np.array([known[str(n)][1] for n in range(number_made)])
    uniform = [float(kstest(ranks[:, n], "uniform").pvalue) for n in range(len(wanted))]
    return MadeUp([inputs.priors[n].key for n in wanted], ranks, covered > 0, uniform)


def policies(done: Calibration, run: RunSweeps) -> dict[str, list[Effect]]:
    """Return what levers do over the prior and over the posterior, whose unlearnt parameters have their priors."""
    inputs = done.world.inputs
    found: dict[str, list[Effect]] = {}
    rng = np.random.default_rng(seed_for(done.plan, "policies over the prior"))
    number = min(_PRIOR_DRAWS, done.plan.posterior)
    prior = inputs.parameters(rng.standard_normal((number, inputs.n_shared)))
    for name, values in (("prior", prior), ("posterior", inputs.parameters(done.z))):
        draws: Sequence[Draw] = replace(inputs, traits=()).settings(values, np.zeros((len(values), 0)))
        place = done.folder / "policies" / name
        sweep = prepare_policies(draws, _POLICY_REPLICATES, seed_for(done.plan, f"policies {name}"), place)
        run(f"policies over the {name}", [sweep])
        found[name] = effects(sweep)
    return found


def check_all(done: Calibration, run: RunSweeps, tell: Callable[[str], None]) -> Checks:
    """Carry out all checks of a finished calibration that are not done yet."""
    left = left_out_families(done, tell)
    made = made_up_data(done, run, tell)
    found = policies(done, run)
    sweep = open_sweep(done.folder / "policies" / "posterior" / "runs")
    names = [prior.key for prior in done.world.inputs.priors]
    state = done.fitted.problem.state(done.z)
    delta = np.stack([state.delta[:, done.fitted.problem.series.index(t.series)] for t in done.world.targets], axis=1)
    seed = seed_for(done.plan, "observation")
    return Checks(
        predicted_by_runs(done.world.targets, done.again.says, None, seed),
        predicted_by_runs(done.world.targets, done.again.says, delta, seed),
        left,
        made,
        found,
        {f"{one} less {other}": teaching(sweep, names, one, other) for one, other in TAUGHT},
    )


def _known(path: Path) -> dict[str, Row]:
    """Return what a file of checks holds; a damaged one is made again."""
    try:
        known, wrong = read_sealed(path, "the checks")
    except FileNotFoundError:
        return {}
    return {} if wrong else {key: cast(Row, value) for key, value in known.items() if key != SEAL}


def _keep(path: Path, known: dict[str, Row]) -> None:
    write_whole(path, sealed(json.loads(json.dumps(known))))
