"""``diffusion validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.numbers import Whole
from diffusion.cli.shared.options import AllowLarge, Folder, Force, Jobs, Modules, Seed, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from diffusion.ensemble.posterior import Posterior
    from diffusion.evidence.reading import NamedSeries
    from diffusion.reading.yaml_lines import Plain

#: replicates where none are asked for: with the parameters as set, and of each draw
_REPLICATES, _REPLICATES_OF_DRAW = 100, 10
#: draws of a posterior where none are asked for
_DRAWS_OF_POSTERIOR = 100
#: what watching every month adds to the time of a run, and the second run without the levers of effects
_TIMES = 2.5
#: keys that the dates and the trusts of the evidence fix
_FIXED = ("months", "start", "policy_start", "world")


def validate(
    series: Annotated[
        list[str] | None,
        typer.Option("--series", metavar="ID,ID", help="Only these series, with commas or repeated; default: all."),
    ] = None,
    folder: Folder = None,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            "-n",
            metavar="N",
            parser=Whole("--replicates", 1, 1_000_000),
            help="Number of replicates, with --draws of each draw. Default: 100, with --draws 10.",
        ),
    ] = None,
    draws: Annotated[
        int,
        typer.Option(
            "--draws",
            metavar="N",
            parser=Whole("--draws", 0, 100_000),
            help="Draw all parameters N times from their plausible ranges; default: the parameters as set.",
        ),
    ] = 0,
    posterior: Annotated[
        bool, typer.Option("--posterior", help="Draw from the packaged posterior, not from the plausible ranges.")
    ] = False,
    posterior_folder: Annotated[
        Path | None,
        typer.Option("--posterior-from", metavar="DIR", help="Draw from the posterior of a calibration of your own."),
    ] = None,
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="Folder of the results; default: results/validation."),
    ] = None,
    settings: Settings = None,
    jobs: Jobs = None,
    python: Modules = None,
    force: Force = False,
    allow_large: AllowLarge = False,
) -> None:
    """Hold the model against series of observed adoption: what it meets and what it misses.

    All series run in one world beside the portfolio. Writes tables, figures and a page with every miss first.
    """
    from diffusion.calibration.evidence_world import check_evidence, evidence_scenario
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.prepare import check_folder, check_inputs_apart, check_resources, command_line
    from diffusion.evidence.reading import evidence
    from diffusion.scenario.check import check_scenario
    from diffusion.scenario.plugins import use_python_modules

    use_python_modules(python or ())
    target = check_folder(out or Path("results") / "validation", force=force)
    chosen = _chosen(evidence(folder), series)
    check_inputs_apart(target)
    values = _values(chosen, settings or ())
    scenario = evidence_scenario(chosen, values)
    check_evidence(chosen, scenario)
    check_scenario(scenario)
    drawn_from = _posterior(posterior, posterior_folder, draws)
    if drawn_from is not None:
        from diffusion.calibration.guard import other_evidence
        from diffusion.cli.shared.console import print_warnings

        others = sorted(set(other_evidence(drawn_from, chosen)) & {item.id for item in chosen})
        if others:
            print_warnings("the posterior", [f"it was fitted with other counts of {', '.join(others)}"])
        draws = draws or _DRAWS_OF_POSTERIOR
    number = replicates or (_REPLICATES_OF_DRAW if draws else _REPLICATES)
    check_resources(
        [scenario],
        number,
        allow=allow_large,
        jobs=jobs,
        delivered=False,
        times=_TIMES * max(1, draws),
        more=_bytes_of_a_run(chosen, scenario.months) * max(1, draws),
    )
    from diffusion.deliver.validation import validate_and_deliver

    validate_and_deliver(
        chosen,
        settings=values,
        replicates=number,
        seed=seed,
        draws=draws,
        out=target,
        jobs=jobs,
        force=force,
        console=console(),
        command=command_line(),
        posterior=drawn_from,
    )


def _posterior(packaged: bool, folder: Path | None, draws: int) -> Posterior | None:
    """Return the posterior that is asked for; raises InputError where there is none, or fewer draws than asked for."""
    from diffusion.cli.shared.console import print_warnings
    from diffusion.ensemble.posterior import packaged_posterior, read_posterior
    from diffusion.errors import InputError

    if not packaged and folder is None:
        return None
    found = read_posterior(folder) if folder is not None else packaged_posterior()
    if found is None:
        raise InputError(
            "this version comes without a posterior",
            key="--posterior",
            expected="one of your own",
            suggestion="make one with 'diffusion calibrate', then --posterior-from DIR",
        )
    if draws > len(found):
        raise InputError(
            f"the posterior has {len(found):,} draws",
            key="--draws",
            expected=f"1 to {len(found):,}",
            suggestion=f"try --draws {len(found)}",
        )
    if found.stale:
        print_warnings("the posterior", [f"{found.stale}; make it again with 'diffusion calibrate'"])
    return found


def _chosen(found: list[NamedSeries], names: Sequence[str] | None) -> list[NamedSeries]:
    """Return the series that were asked for, each once, in the order of ids."""
    from diffusion.errors import InputError, did_you_mean

    if not names:
        return found
    known = {item.id: item for item in found}
    wanted = [name.strip() for text in names for name in text.split(",") if name.strip()]
    for name in wanted or [",".join(names)]:
        if name not in known:
            raise InputError(
                f"there is no series '{name}'",
                key="--series",
                expected="ids that 'diffusion evidence list' shows, with commas between",
                suggestion=did_you_mean(name, known),
            )
    return [known[name] for name in sorted(set(wanted))]


def _values(chosen: Sequence[NamedSeries], settings: Sequence[str]) -> dict[str, Plain]:
    """Return what --set sets, checked; raises InputError for what the evidence itself fixes."""
    from diffusion.calibration.evidence_world import evidence_scenario
    from diffusion.errors import InputError
    from diffusion.scenario.settings import plain_settings

    for text in settings:
        key = text.partition("=")[0].strip()
        if key.partition(".")[0] in _FIXED:
            raise InputError(
                "the evidence fixes months, dates and trusts",
                file="--set",
                key=key,
                expected="a key below parameters, levers, shocks or initial",
                suggestion="choose series with --series, or add your own with --folder",
            )
    return plain_settings(evidence_scenario(chosen), settings) if settings else {}


def _bytes_of_a_run(chosen: Sequence[NamedSeries], months: int) -> float:
    """Return the memory that the curves of one run take: series, portfolio, trusts."""
    points = sum(len(item.series.points) for item in chosen)
    return 8.0 * (months + 1) * (points + 40) + 8.0 * 240 * len(chosen)
