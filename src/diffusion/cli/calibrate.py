"""``diffusion calibrate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.calibration_runs import command_again, runner
from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import Jobs

if TYPE_CHECKING:
    from diffusion.calibration.fit.plan import Plan
    from diffusion.calibration.fit.run import Calibration
    from diffusion.calibration.fit.stages import RunSweeps
    from diffusion.ensemble.posterior import Posterior

#: where a calibration goes that does not say
_OUT = Path("results") / "calibration"
#: where the runs of an own innovation go
_OWN = Path("results") / "own-innovation"
#: what the levers of all series add to the time of a run, measured
_LEVERS = 3.0
#: runs of each draw of the posterior for an own innovation
_OWN_REPLICATES = 4


def calibrate(
    plan: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A calibration file (.yaml); default: all packaged evidence."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="DIR", help=f"Folder; default: {_OUT.as_posix()}.")
    ] = None,
    go_on: Annotated[bool, typer.Option("--continue", help="Go on with the calibration in the folder.")] = False,
    jobs: Jobs = None,
    processes: Annotated[
        bool, typer.Option("--processes", help="Use Dask worker processes of this machine, not threads.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Use the workers of this Dask scheduler.")
    ] = None,
    script: Annotated[
        int | None,
        typer.Option(
            "--script",
            metavar="N",
            parser=Whole("--script", 1, 100_000),
            help="Write Slurm scripts of N tasks for the next wave instead of running it.",
        ),
    ] = None,
    checks: Annotated[
        bool,
        typer.Option(
            "--checks",
            help="Then check it: families left out, made-up data, what levers do; writes validation.md and .html.",
        ),
    ] = False,
    own: Annotated[
        Path | None,
        typer.Option(
            "--own",
            metavar="FILE",
            help="Counts (month,adopters,organisations) of your own innovation: weigh the posterior by them.",
        ),
    ] = None,
    kind: Annotated[str, typer.Option("--kind", help="With --own: digital, device, drug or pathway.")] = "digital",
    check: Annotated[
        bool, typer.Option("--check", help="Check the file, say what it asks for, and run nothing.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of calibration files.")] = False,
) -> None:
    """Fit the parameters to the evidence: waves of runs, emulators, a posterior of 500 draws.

    What is done is never run again: the same command with --continue goes on after a stop.
    """
    from diffusion.calibration.fit.plan import Plan, load_plan
    from diffusion.cli.shared.console import console, say
    from diffusion.outlets import json_text

    if schema:
        print(json_text(Plan.model_json_schema(), 1, ascii_only=True))
        return
    if own is not None:
        _refuse_beside_own({"--check": check, "--checks": checks, "--script": script is not None, "--continue": go_on})
        _weigh(own, kind, out, runner(jobs, processes, scheduler, None, ""), plan)
        return
    wanted = load_plan(plan) if plan is not None else Plan()
    if check:
        _say_what_it_asks(wanted)
        return
    _need_packages()
    folder = out or _OUT
    from diffusion.cli.shared.sweep_progress import kept_safe

    again = command_again(plan, folder, checks, processes, scheduler, script)
    run = runner(jobs, processes, scheduler, script, again)
    with kept_safe(again):
        done = _carried_out(wanted, folder, go_on, run)
    from diffusion.report.terminal.calibration_table import print_calibration

    print_calibration(console(), done)
    say(f"posterior of {len(done.z):,} draws: {folder}")
    if checks:
        with kept_safe(again):
            _check(done, run, jobs)


def _say_what_it_asks(plan: Plan) -> None:
    """Print what a calibration would fit to what, and how long it would take."""
    from diffusion.calibration.fit.stages import world_of
    from diffusion.cli.shared.console import console, show, table
    from diffusion.cli.shared.sweep_progress import duration
    from diffusion.experiments.study.pace import OVERHEAD, run_seconds
    from diffusion.experiments.sweep.executor import default_jobs

    world = world_of(plan)
    runs = plan.waves * plan.draws * plan.replicates + plan.posterior * plan.posterior_replicates
    seconds = runs * run_seconds(world.scenario()) * OVERHEAD * _LEVERS / default_jobs()
    rows = table(show_header=False)
    for label, value in (
        ("series", ", ".join(dict.fromkeys(target.series for target in world.targets)) or "none is fitted to"),
        ("points", f"{len(world.targets)}"),
        ("parameters", f"{len(world.inputs.priors)}, and {len(world.inputs.traits)} traits of innovations"),
        ("runs", f"{runs:,}: {plan.waves} waves of {plan.draws:,} draws, then {plan.posterior:,} of the posterior"),
        ("time", f"roughly {duration(seconds)} of runs on this machine, and half as much for the rest"),
    ):
        rows.add_row(label, value)
    show(console(), plan.title, rows)


def _check(done: Calibration, run: RunSweeps, jobs: int | None) -> None:
    """Carry out the checks, write the validation as document and as page, and say what is met."""
    from diffusion.cli.shared.console import say
    from diffusion.cli.shared.prepare import command_line
    from diffusion.cli.shared.sweep_progress import tell
    from diffusion.deliver.calibration import check_and_deliver

    asked = check_and_deliver(done, run, tell, jobs, command=" ".join(["diffusion", *command_line()[1:]]))
    for what, figure, wanted, met in asked:
        say(f"{'met    ' if met else 'NOT met'}  {what}: {figure} ({wanted})")
    say(f"validation: {done.folder / 'validation.md'} and {done.folder / 'validation.html'}")


def _need_packages() -> None:
    """Raise InputError with the command that installs what is missing."""
    from importlib.util import find_spec

    from diffusion.errors import InputError

    if find_spec("sklearn") is None:
        raise InputError(
            "fitting needs scikit-learn, which is not installed",
            expected="the extra 'calibrate'",
            suggestion="pip install 'nhs-diffusion[calibrate]'",
        )


def _refuse_beside_own(asked: dict[str, bool]) -> None:
    """Raise InputError for what says nothing beside counts of one's own."""
    from diffusion.errors import InputError

    for option, said in asked.items():
        if said:
            raise InputError(
                f"{option} says nothing beside --own",
                key=option,
                expected="--own with --kind, --out, --jobs, --processes or --scheduler",
                suggestion=f"leave {option} out; what was run before is never run again",
            )


def _carried_out(plan: Plan, folder: Path, go_on: bool, run: RunSweeps) -> Calibration:
    import time

    from diffusion.calibration.fit.run import calibrate as carry_out
    from diffusion.cli.shared.sweep_progress import duration, tell

    last = time.monotonic()
    began = last

    def sampling(what: str, step: int, steps: int) -> None:
        nonlocal last
        if time.monotonic() - last > 10 and step < steps:
            last = time.monotonic()
            left = (last - began_sampling[0]) * (steps - step) / step if began_sampling else 0.0
            tell(f"{what}: {step:,} of {steps:,} steps, {duration(left)} left")
        if not began_sampling:
            began_sampling.append(time.monotonic())

    began_sampling: list[float] = []
    done = carry_out(plan, folder, run, go_on, sampling, tell)
    tell(f"done in {duration(time.monotonic() - began)}")
    return done


def _weigh(own: Path, kind: str, out: Path | None, run: RunSweeps, plan: Path | None) -> None:
    """Weigh the runs of the packaged posterior by counts of the user's own innovation, and say what is left."""
    from diffusion.calibration.own_counts import condition, prepare_own, read_own_counts
    from diffusion.cli.shared.console import console, print_warnings, say
    from diffusion.ensemble.posterior import packaged_posterior
    from diffusion.errors import InputError
    from diffusion.report.terminal.calibration_table import print_conditioned

    if plan is not None:
        raise InputError(
            "counts are weighed with the packaged posterior, not with a plan",
            key="--own",
            expected="no file before it",
            suggestion="leave the file out",
        )
    posterior = packaged_posterior()
    if posterior is None:
        raise InputError(
            "this version comes without a posterior",
            key="--own",
            expected="a version with one",
            suggestion="install a release",
        )
    if posterior.stale:
        print_warnings("the posterior", [posterior.stale])
    counts = read_own_counts(own)
    folder = out or _OWN / file_stem(own, kind, posterior)
    sweep = prepare_own(counts, kind, posterior, _OWN_REPLICATES, 1, folder)
    run("own innovation", [sweep])
    found = condition(sweep, counts, kind, posterior)
    print_conditioned(console(), found)
    say(f"runs and weights: {folder}")


def file_stem(own: Path, kind: str, posterior: Posterior) -> str:
    """Return the name of the folder for the counts of a file, a kind and a posterior."""
    import hashlib

    said = own.read_bytes() + repr(sorted(posterior.facts["targets"].items())).encode()
    content = hashlib.sha256(said).hexdigest()[:8]
    return f"{own.stem}-{kind}-{content}"
