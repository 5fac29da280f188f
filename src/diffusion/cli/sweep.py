"""``diffusion sweep``: run a study to its end wherever there are processors, and read what it stored."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import AcceptAltered, ForceFile, Jobs, Modules
from diffusion.errors import InputError
from diffusion.outlets import file_name, json_text

if TYPE_CHECKING:
    from diffusion.experiments.study.schema import Study
    from diffusion.experiments.sweep.executor import Executor
    from diffusion.experiments.sweep.folder import Sweep
    from diffusion.experiments.sweep.resume import Session

app = typer.Typer(
    help="Run a study's many runs, here or on a cluster; resume, summarise, export.", no_args_is_help=True
)

#: below so much processor time, starting worker processes takes longer than it saves
SHORT_SECONDS = 20.0

StudyOrFolder = Annotated[str, typer.Argument(metavar="STUDY|DIR", help="A study's name or file, or a sweep's folder.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a sweep.")]
OutFolder = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="DIR", help="Folder of the sweep; default: results/STUDY.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Run a large design without asking back.")]
OtherCode = Annotated[
    bool, typer.Option("--accept-other-code", help="Go on although the package was changed since the sweep was begun.")
]


@app.command("run")
def run(
    study: StudyOrFolder,
    out: OutFolder = None,
    jobs: Jobs = None,
    threads: Annotated[bool, typer.Option("--threads", help="Use threads of this process, not Dask workers.")] = False,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="ADDRESS", help="Use the workers of this Dask scheduler.")
    ] = None,
    shard: Annotated[
        str, typer.Option("--shard", metavar="I/N", help="Run only share I of N, for any batch system.")
    ] = "1/1",
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run failed runs again.")] = False,
    accept_other_code: OtherCode = False,
    yes: Yes = False,
    python: Modules = None,
) -> None:
    """Run whatever is not done yet. What is done is never run again, so the same command resumes a sweep."""
    from diffusion.cli.shared.sweep_progress import kept_safe, sweep_progress, tell
    from diffusion.experiments.sweep.folder import check_code, check_own_code
    from diffusion.experiments.sweep.layout import parse_shard
    from diffusion.experiments.sweep.resume import run_sweep

    share = parse_shard(shard)
    if threads and scheduler:
        raise InputError(
            "threads and a scheduler exclude each other",
            key="--scheduler",
            expected="one of the two",
            suggestion="leave --threads out",
        )
    sweep = _opened(study, out, yes, python)
    check_code(sweep, accept_other_code)
    again = f"diffusion sweep run {shlex.quote(str(sweep.folder))}"
    check_own_code(sweep, again)
    if scheduler is None:
        _check_resources(sweep, jobs, yes)
    executor = _executor(sweep, jobs, threads, scheduler)
    with kept_safe(again), sweep_progress(sweep.layout.runs) as report:
        session = run_sweep(sweep, executor, share=share, retry_failed=retry_failed, progress=report, tell=tell)
    _close(sweep, session, share)


def _check_resources(sweep: Sweep, jobs: int | None, yes: bool) -> None:
    """Refuse more workers than fit into memory, and tell how long a long sweep takes."""
    from diffusion.cli.shared.sweep_progress import duration, tell
    from diffusion.experiments.searches.estimate import LONG_SECONDS, Estimate, estimate_runs, refuse_too_large
    from diffusion.experiments.study.design import estimated_cpu_seconds
    from diffusion.experiments.sweep.executor import default_jobs

    design, workers = sweep.design, jobs or default_jobs()
    of_one = max(
        estimate_runs([base], min(design.replicates, 1_000), jobs=1, delivered=False).bytes for base in design.bases
    )
    refuse_too_large(lambda number: Estimate(number * of_one, 0.0), workers, "--jobs", yes, "--yes")
    if (seconds := estimated_cpu_seconds(design) / workers) > LONG_SECONDS:
        tell(f"the whole sweep takes roughly {duration(seconds)}; it may be stopped and gone on with at any time")


def _executor(sweep: Sweep, jobs: int | None, threads: bool, scheduler: str | None) -> Executor:
    """Return who runs: a scheduler's workers; else processes, or this one where there is too little for others."""
    from diffusion.experiments.study.design import estimated_cpu_seconds
    from diffusion.experiments.sweep.executor import ThisProcess, default_jobs

    workers = jobs or default_jobs()
    short = jobs is None and estimated_cpu_seconds(sweep.design) < SHORT_SECONDS
    if scheduler is None and (threads or workers == 1 or short):
        return ThisProcess(workers)
    from diffusion.experiments.sweep.dask_executor import Dask

    return Dask(workers, scheduler)


def _opened(study: str, out: Path | None, yes: bool, modules: list[str] | None) -> Sweep:
    """Return the sweep that a folder or a study names; a new one is frozen first."""
    from diffusion.cli.shared.console import print_warnings
    from diffusion.experiments.searches.study_notes import study_notes
    from diffusion.experiments.study import load_study
    from diffusion.experiments.study.design import check_size, make_design
    from diffusion.experiments.study.design_files import DESIGN_NAME
    from diffusion.experiments.sweep.folder import open_sweep, prepare
    from diffusion.scenario.felt.notes import number_of_nothing
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(modules or ())
    folder = Path(study)
    if (folder / DESIGN_NAME).is_file():
        if out is not None:
            raise InputError(
                f"'{study}' is the folder of a sweep already",
                key="--out",
                expected="no other folder",
                suggestion="leave --out out",
            )
        return open_sweep(folder)
    loaded = load_study(study)
    check_size(loaded, yes)
    _check_draws(loaded, yes)
    design = make_design(loaded)
    notes = study_notes(loaded, design)
    print_warnings(loaded.name, notes, most=max(3, number_of_nothing(notes)))
    return prepare(design, out or Path("results") / file_name(loaded.name))


def _check_draws(study: Study, yes: bool) -> None:
    """Refuse a design whose table of draws does not fit into memory."""
    from diffusion.experiments.searches.estimate import Estimate, refuse_too_large
    from diffusion.experiments.study.bound_factors import axes_of
    from diffusion.experiments.study.sampling import planned_draws

    axes = axes_of(study)
    a_draw = 200.0 * (1 + len(axes))  # values as numbers, in a table and as text
    refuse_too_large(lambda number: Estimate(number * a_draw, 0.0), planned_draws(study, axes), "draws", yes, "--yes")


def _close(sweep: Sweep, session: Session, share: tuple[int, int]) -> None:
    """Say how it ended; exit with 1 if any run of the sweep failed or is missing from this share."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.sweep_progress import duration, tell
    from diffusion.experiments.sweep.read import failures, status

    out = console()
    state = status(sweep)
    rate = f" in {duration(session.seconds)}, {session.runs / session.seconds:,.1f} a second" if session.runs else ""
    of_share = "" if share == (1, 1) else f" (share {share[0]}/{share[1]})"
    out.print(f"{session.runs:,} runs{rate}{of_share}; {state.done:,} of {state.runs:,} are done: {sweep.folder}")
    for chunk, reason in session.lost.items():
        runs = sweep.layout.runs_of(chunk)
        tell(f"error: runs {runs[0]} to {runs[-1]} were not finished: {reason}", problem=True)
    if state.failed:
        first = failures(sweep, most=1)[0]
        tell(f"error: {state.failed:,} runs failed; the first is run {first['run']}: {first['error']}", problem=True)
        tell(f"see them with: diffusion sweep show {sweep.folder} --failed")
    if state.failed or session.lost:
        raise typer.Exit(1)


@app.command("status")
def status(
    folder: Folder,
    check: Annotated[bool, typer.Option("--check", help="Every file is read and checked also without it.")] = False,
    accept_altered: AcceptAltered = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    python: Modules = None,
) -> None:
    """Say how far a sweep is, what failed or is damaged, and what it takes on disk."""
    from diffusion.cli.shared.console import console, table
    from diffusion.cli.shared.sweep_progress import tell
    from diffusion.experiments.sweep import read as read_back
    from diffusion.experiments.sweep.folder import open_sweep
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    sweep = open_sweep(folder, accept_altered)
    state = read_back.status(sweep, verify=True)
    valued = {} if state.damaged else read_back.runs_with_value(sweep)
    if as_json:
        from dataclasses import asdict

        told = {"study": sweep.manifest["study"], **asdict(state), "runs_with_value": valued}
        print(json_text(told, ascii_only=True))
        raise typer.Exit(1 if state.damaged or state.failed else 0)
    rows = table(show_header=False)
    manifest = sweep.manifest
    share = 100 * state.done / max(1, state.runs)
    rows.add_row("study", f"{manifest['study']}: {manifest['title']}")
    size = (
        f"{len(manifest['scenarios'])} scenarios x {manifest['draws']:,} draws x {manifest['replicates']:,} replicates"
    )
    rows.add_row("design", f"{size}, seed {manifest['seed']}, {manifest['hash'][:12]}")
    rows.add_row("done", f"{state.done:,} of {state.runs:,} runs ({share:.0f} %), {state.failed:,} failed")
    for name, (having, stored) in valued.items():
        rows.add_row("", f"{name}: {having:,} of {stored:,} runs have a value")
    rows.add_row("files", f"{state.chunks_done:,} of {state.chunks:,} chunks, {state.bytes / 1e6:,.1f} MB")
    rows.add_row("code", f"version {manifest['code']['version']}, {manifest['code']['sha256'][:12]}")
    rows.add_row("sessions", f"{len(state.sessions)}, {sum(one['seconds'] for one in state.sessions):,.0f} s in all")
    if state.unrecorded:
        rows.add_row("", f"{state.unrecorded:,} stored runs are in no session's record: one is running, or was killed")
    console().print(rows)
    for text in state.altered:
        tell(f"error: {text}", problem=True)
    if state.altered and not sweep.altered:
        tell(f"'diffusion sweep run {folder}' runs again what is damaged or missing", problem=True)
    if state.altered or state.failed:
        raise typer.Exit(1)


@app.command("show")
def show(
    folder: Folder,
    outcome: Annotated[
        list[str] | None, typer.Option("--outcome", metavar="NAME", help="An outcome to summarise. Repeatable.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="COLUMN", help="Group by scenario, a factor, ... Repeatable.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="List failed runs with their tracebacks instead.")] = False,
    accept_altered: AcceptAltered = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    python: Modules = None,
) -> None:
    """Summarise what is stored so far: mean, spread and quantiles over runs, without loading them."""
    from diffusion.cli.shared.console import console, show, table, tell_altered
    from diffusion.experiments.sweep import read as read_back
    from diffusion.experiments.sweep.folder import open_sweep
    from diffusion.experiments.sweep.verify import check_stored
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    sweep = open_sweep(folder, accept_altered)
    tell_altered(check_stored(sweep))
    out = console()
    if failed:
        if as_json:
            print(json_text(read_back.failures(sweep), ascii_only=True))
            return
        for row in read_back.failures(sweep):
            place = f"run {row['run']}: {row['scenario']}, draw {row['draw']}, replicate {row['replicate']}"
            out.print(f"{place}, failed at the stage '{row['stage']}'", style="bold")
            out.print(row["traceback"], soft_wrap=True)
        return
    groups = by or ["scenario"]
    names = outcome or list(sweep.design.study.columns)
    if as_json:
        print(json_text(list(read_back.summary(sweep, names, groups)), ascii_only=True))
        return
    rows = table()
    for heading in ("outcome", *groups):
        rows.add_column(heading, no_wrap=True)
    for heading in ("runs", "mean", "sd", "2.5 %", "median", "97.5 %"):
        rows.add_column(heading, justify="right", no_wrap=heading == "runs")
    for row in read_back.summary(sweep, names, groups):
        figures = (row["mean"], row["sd"], row["q025"], row["q50"], row["q975"])
        labels = (row["outcome"], *(str(row[name]) for name in groups))
        runs = f"{row['runs']:,}" + (f" of {row['stored']:,}" if row["runs"] < row["stored"] else "")
        rows.add_row(*labels, runs, *("-" if figure is None else f"{figure:,.5g}" for figure in figures))
    show(out, sweep.manifest["title"], rows)


@app.command("export")
def export(
    folder: Folder,
    to: Annotated[Path, typer.Option("--to", "--out", "-o", metavar="FILE", help="A new .parquet or .csv file.")],
    table: Annotated[
        str,
        typer.Option(
            "--table", metavar="NAME", help="runs, monthly, innovations, events, trust_end, innovation_end, if kept."
        ),
    ] = "runs",
    partial: Annotated[bool, typer.Option("--partial", help="Also of a sweep that is not complete.")] = False,
    force: ForceFile = False,
    accept_altered: AcceptAltered = False,
    python: Modules = None,
) -> None:
    """Write a whole table as one file in the order of runs; equal sweeps give equal bytes."""
    from diffusion.cli.shared.console import say, tell_altered
    from diffusion.experiments.sweep import read as read_back
    from diffusion.experiments.sweep.folder import open_sweep
    from diffusion.experiments.sweep.verify import check_stored
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    sweep = open_sweep(folder, accept_altered)
    tell_altered(check_stored(sweep))
    state = read_back.status(sweep)
    if not partial and not state.complete:
        raise InputError(
            f"{state.done:,} of {state.runs:,} runs are done",
            file=folder,
            expected="a complete sweep",
            suggestion=f"finish it with 'diffusion sweep run {folder}', or add --partial",
        )
    rows = read_back.export(sweep, to, table, force)
    say(f"{rows:,} rows: {to}")


@app.command("rerun")
def rerun(
    folder: Folder,
    run: Annotated[int, typer.Argument(metavar="RUN", parser=Whole("RUN", 0, 10**12), help="The id of a run, from 0.")],
    accept_other_code: OtherCode = False,
    python: Modules = None,
    accept_altered: AcceptAltered = False,
) -> None:
    """Run one run again by its id, print its row and say whether it is the one that is stored."""
    from diffusion.cli.shared.console import console, say, table, tell_altered
    from diffusion.cli.shared.sweep_progress import tell
    from diffusion.experiments.sweep.executor import compile_once
    from diffusion.experiments.sweep.folder import check_code, check_own_code, open_sweep
    from diffusion.experiments.sweep.rerun_one import rerun as run_again
    from diffusion.experiments.sweep.verify import check_chunk
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    sweep = open_sweep(folder, accept_altered)
    tell_altered(sweep.altered)
    check_code(sweep, accept_other_code)
    check_chunk(sweep, run)
    check_own_code(sweep, f"diffusion sweep rerun {shlex.quote(str(sweep.folder))} {run}")
    compile_once()
    again = run_again(sweep, run)
    rows = table(show_header=False)
    for name, value in again.row.items():
        if value is not None:
            rows.add_row(name, repr(value) if isinstance(value, float) else str(value))
    console().print(rows)
    if again.stored is None:
        tell("this run is not stored yet")
    elif again.differing:
        for name in again.differing:
            tell(f"error: {name} is stored as {again.stored[name]!r}, now {again.row[name]!r}", problem=True)
        raise typer.Exit(1)
    else:
        say("the same as stored")


@app.command("script")
def script(
    study: StudyOrFolder,
    tasks: Annotated[
        int,
        typer.Option(
            "--tasks", metavar="N", parser=Whole("--tasks", 1, 100_000), help="Array tasks, one share of the runs each."
        ),
    ],
    out: OutFolder = None,
    cpus: Annotated[
        int, typer.Option("--cpus", metavar="N", parser=Whole("--cpus", 1, 1024), help="Processors of a task.")
    ] = 1,
    time_limit: Annotated[str, typer.Option("--time", metavar="HH:MM:SS", help="Time limit of a task.")] = "01:00:00",
    memory: Annotated[str, typer.Option("--memory", metavar="SIZE", help="Memory of a task's processor.")] = "2G",
    options: Annotated[
        list[str] | None, typer.Option("--sbatch", metavar="OPTION", help="Another line, e.g. --partition=long.")
    ] = None,
    yes: Yes = False,
    python: Modules = None,
    force: ForceFile = False,
) -> None:
    """Freeze a study and write the script of a Slurm job array that runs it."""
    from diffusion.cli.shared.console import say
    from diffusion.experiments.sweep.folder import check_own_code
    from diffusion.experiments.sweep.slurm import check_options, check_place, write_script

    check_options(time_limit, memory, options or ())
    check_place(out or Path.cwd())
    sweep = _opened(study, out, yes, python)
    check_own_code(sweep, f"diffusion sweep script {shlex.quote(str(sweep.folder))} --tasks {tasks}")
    path = write_script(sweep, tasks, cpus, time_limit, memory, options or (), python or (), force)
    say(f"{sweep.layout.runs:,} runs in {sweep.layout.chunks:,} chunks; submit with: sbatch {path}")
