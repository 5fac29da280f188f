"""A whole calibration from its plan to its posterior: begun, stopped and gone on with at any moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from diffusion.arrays import Floats
from diffusion.calibration.fit.checks import Predicted, predicted_by_runs
from diffusion.calibration.fit.plan import Plan
from diffusion.calibration.fit.sampler import Chains
from diffusion.calibration.fit.stages import (
    Fitted,
    RunSweeps,
    Wave,
    first_draws,
    fit,
    next_draws,
    posterior_draws,
    run_wave,
    sampled,
    seed_for,
    world_of,
)
from diffusion.calibration.fit.waves import World
from diffusion.calibration.guard import point_means
from diffusion.ensemble.posterior import FACTS_NAME, Facts, Posterior, TargetFacts, engine_digest, write_posterior
from diffusion.errors import InputError
from diffusion.experiments.sweep.folder import code_here, now
from diffusion.progress import Report, silent
from diffusion.storage.manifest import dependency_versions, machine, package_version
from diffusion.storage.sealed import read_sealed, sealed
from diffusion.storage.whole_files import told, write_whole

BEGUN_NAME = "calibration.json"
FORMAT = 1
POSTERIOR = "posterior"


@dataclass(frozen=True)
class Calibration:
    """A finished calibration."""

    folder: Path
    plan: Plan
    world: World
    waves: tuple[Wave, ...]
    fitted: Fitted
    chains: Chains
    z: Floats  # float64[draws, unknowns] of the posterior
    again: Wave  # the posterior run anew

    @property
    def predicted(self) -> list[Predicted]:
        """What the runs of the posterior say for each target, without any discrepancy."""
        return predicted_by_runs(self.world.targets, self.again.says, None, seed_for(self.plan, "observation"))


def begin(plan: Plan, world: World, folder: Path, go_on: bool) -> bool:
    """Make the folder of a calibration, or check that the one that is there is of this plan, evidence and code.

    Returns whether it is finished, and of other code: what it found is then read and never written anew. Raises
    InputError where it is of another plan or evidence, where it is not finished and of other code, where it holds
    other things, or where it exists and ``go_on`` is not asked for.
    """
    path = folder / BEGUN_NAME
    said: dict[str, object] = {
        "format": FORMAT,
        "plan": plan.model_dump(mode="json"),
        "evidence": {item.id: item.sha256 for item in world.evidence},
        "code": code_here()["sha256"],
    }
    if path.exists():
        known, wrong = read_sealed(path, "the calibration")
        if wrong:
            raise InputError(f"{wrong}", file=path, expected="the file as it was written", suggestion="begin anew")
        with suppress(ValidationError):  # a key that came later has its default
            known["plan"] = Plan.model_validate(known.get("plan")).model_dump(mode="json")
        changed = [name for name, value in said.items() if known.get(name) != value]
        finished = (folder / FACTS_NAME).is_file()
        if changed and not (finished and changed == ["code"]):
            raise InputError(
                f"was begun with another {' and '.join(changed)}",
                file=folder,
                key="--out",
                expected="what it was begun with",
                suggestion="choose another folder with --out",
            )
        if not go_on:
            raise InputError(
                "holds a calibration that was begun",
                file=folder,
                key="--out",
                expected="a new or empty folder",
                suggestion="go on with it: add --continue",
            )
        return bool(changed)
    if folder.exists() and (not folder.is_dir() or any(not item.name.startswith(".") for item in folder.iterdir())):
        raise InputError(
            "holds other files, which are never touched" if folder.is_dir() else "is a file",
            file=folder,
            key="--out",
            expected="a new or empty folder",
            suggestion="choose another folder",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(
            path,
            sealed({**said, "dependencies": dependency_versions(), "machine": machine(), "begun": now()}),
        )
    except OSError as error:
        raise InputError(told(error, folder), key="--out", expected="a folder of your own") from None
    return False


def calibrate(
    plan: Plan,
    folder: Path,
    run: RunSweeps,
    go_on: bool = False,
    report: Report = silent,
    tell: Callable[[str], None] = lambda text: None,
) -> Calibration:
    """Carry out a calibration, or what is left of it; return it with its posterior, which is in ``folder`` then.

    Parameters
    ----------
    run: runs the sweeps of a wave to their end
    go_on: with a folder that was begun
    report: called while chains are sampled
    tell: called with what a user should know of each stage
    """
    world = world_of(plan)
    if not world.targets:
        raise InputError(
            "none of the series has a point that is fitted to",
            file=plan.file,
            key="series",
            expected="series with points of 'use: fit'",
            suggestion="'diffusion evidence list' shows which are fitted to",
        )
    of_other_code = begin(plan, world, folder, go_on)
    if of_other_code:
        tell("was finished by another version of the code: its posterior is kept as it is")
    waves = [run_wave(world, "wave-1", lambda: first_draws(world, plan), plan, plan.replicates, folder, run)]
    for number in range(2, plan.waves + 1):
        name = f"wave-{number}"

        def drawn(number: int = number) -> tuple[Floats, Floats]:
            before = fit(world, waves)
            tell(_told(before, f"after wave {number - 1}"))
            return next_draws(before, plan, number, tell)

        waves.append(run_wave(world, name, drawn, plan, plan.replicates, folder, run))
    fitted = fit(world, waves)
    tell(_told(fitted, "after all waves"))
    chains = sampled(fitted, plan, folder, report)
    z = posterior_draws(fitted, chains, plan.posterior)
    state = fitted.problem.state(z)
    n = world.inputs.n_shared
    again = run_wave(world, POSTERIOR, lambda: (z[:, :n], state.traits), plan, plan.posterior_replicates, folder, run)
    done = Calibration(folder, plan, world, tuple(waves), fitted, chains, z, again)
    if of_other_code:
        return done
    columns, facts = posterior_columns(done), posterior_facts(done)
    facts["guard"] = point_means(Posterior(columns, facts), world.evidence, report=report)
    write_posterior(columns, facts, folder)
    return done


def _told(fitted: Fitted, when: str) -> str:
    r2 = [item.r2 for item in fitted.diagnostics]
    beyond = np.mean([item.beyond3 for item in fitted.diagnostics])
    return (
        f"emulators {when}: R2 {min(r2):.2f} to {max(r2):.2f}, median {np.median(r2):.2f}; "
        f"{100 * beyond:.1f} % of standardised errors beyond 3"
    )


def posterior_columns(done: Calibration) -> dict[str, Floats]:
    """Return the table of the posterior: parameters, traits, discrepancies."""
    inputs, state = done.world.inputs, done.fitted.problem.state(done.z)
    shared = inputs.parameters(done.z)
    columns = {prior.key: shared[:, n] for n, prior in enumerate(inputs.priors)}
    columns |= {trait.label: state.traits[:, n] for n, trait in enumerate(inputs.traits)}
    columns |= {f"{name}.discrepancy": state.delta[:, n] for n, name in enumerate(done.fitted.problem.series)}
    return {**columns, "discrepancy_sd": state.sigma}


def posterior_facts(done: Calibration) -> Facts:
    """Return what is written beside the posterior."""
    return {
        "format": FORMAT,
        "title": done.plan.title,
        "plan": done.plan.model_dump(mode="json"),
        "version": package_version(),
        "digest": engine_digest(),
        "evidence": {item.id: item.sha256 for item in done.world.evidence},
        "whole": [prior.key for prior in done.world.inputs.priors if prior.whole],
        "rhat": float(np.nanmax(done.chains.rhat[done.fitted.problem.moving])),
        "spread": _spread(done),
        "targets": _means(done),
        "guard": {},
    }


def _spread(done: Calibration) -> dict[str, float]:
    """Return, by parameter, the standard deviation of what its prior had at 1: of the normal behind it."""
    inputs, moving = done.world.inputs, set(done.fitted.problem.moving.tolist())
    spread = done.chains.flat[:, : inputs.n_shared].std(axis=0)
    # what no emulator asks for has learnt nothing, whatever its draws happen to be
    return {prior.key: round(float(spread[n]), 4) if n in moving else 1.0 for n, prior in enumerate(inputs.priors)}


def _means(done: Calibration) -> dict[str, TargetFacts]:
    """Return, by target, what was observed, and the mean of the posterior's runs: what a guard compares with."""
    found: dict[str, TargetFacts] = {}
    predicted: Sequence[Predicted] = done.predicted
    for item in predicted:
        values = done.again.kept[item.target.name]
        found[item.target.name] = {
            "observed": item.observed,
            "mean": float(values.mean()),
            "low80": item.low80,
            "high80": item.high80,
            "low95": item.low95,
            "high95": item.high95,
        }
    return found
