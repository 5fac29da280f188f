"""What `run` and `compare` check before anything is computed or written."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.errors import InputError
from diffusion.outlets import file_name

if TYPE_CHECKING:
    from diffusion.analysis.results.asked import Target
    from diffusion.cli.shared.with_options import WithOption
    from diffusion.experiments.again.request import Request
    from diffusion.scenario.schema import Scenario


def load_checked(
    names: Sequence[str],
    settings: Sequence[str] | None,
    modules: Sequence[str] | None,
    parameters: str | None = None,
    more: Sequence[WithOption] = (),
) -> list[Scenario]:
    """Load scenarios and check them against their worlds; print warnings; raise all problems at once.

    A setting of a lever goes to the scenarios that have the lever; one of them must. ``parameters`` is where those of
    each replicate come from; default: what the scenarios say, and the posterior where they say nothing. ``more`` are
    options made of these scenarios with settings of their own, which come after them.
    """
    from diffusion.cli.shared.console import print_notes, print_warnings
    from diffusion.cli.shared.sweep_progress import tell
    from diffusion.cli.shared.with_options import as_with, called, settings_with
    from diffusion.experiments.again.asking import check_world_fits, with_parameters
    from diffusion.scenario.check import check_scenario
    from diffusion.scenario.felt.notes import Checked, notes_between, notes_of
    from diffusion.scenario.load import load_scenario
    from diffusion.scenario.plugins import use_python_modules
    from diffusion.scenario.problems import problems_of, raise_all
    from diffusion.scenario.settings import how_to_have, lever_of

    use_python_modules(modules or ())
    settings = list(settings or ())
    of_levers = [text for text in settings if lever_of(text.partition("=")[0].strip()) is not None]
    problems: list[InputError] = []
    scenarios: list[Scenario] = []
    checked: list[Checked] = []
    used: set[str] = set()
    asked: list[tuple[str, WithOption | None]] = [(name, None) for name in names]
    for name, option in asked + [(option.scenario, option) for option in more]:
        try:
            levers = load_scenario(name).levers if of_levers and len(names) + len(more) > 1 else None
            fitting = [
                text
                for text in settings
                if levers is None or text not in of_levers or lever_of(text.partition("=")[0].strip()) in levers
            ]
            used.update(fitting)
            scenario = load_scenario(name, fitting if option is None else settings_with(fitting, option.settings))
            if option is not None and not problems:
                scenario = called(scenario, option, _labels(scenarios[: len(names)])[names.index(name)])
            check_world_fits(scenario)
            checked.append(Checked(scenario, check_scenario(scenario)))
            scenarios.append(scenario)
        except InputError as error:
            problems += [each if option is None else as_with(each) for each in problems_of(error)]
    raise_all(problems)
    if unused := [text for text in of_levers if text not in used]:
        key = unused[0].partition("=")[0]
        raise InputError(
            "none of the scenarios has this lever",
            file="--set",
            key=key,
            expected="a lever of one of the scenarios",
            suggestion=how_to_have(lever_of(key) or "", names[0]),
        )
    scenarios = with_parameters(scenarios, parameters, tell)
    noted: dict[str, list[str]] = {}
    for each, option in zip(checked, [*[None] * len(names), *more]):
        notes = notes_of(each.scenario, each.world)
        for text in () if option is None else option.settings:
            notes = [note.replace(f"--set {text} ", f"--with {text} ") for note in notes]
        noted[each.scenario.name] = list(dict.fromkeys([*noted.get(each.scenario.name, ()), *notes]))
    print_notes(noted)
    print_warnings("compared", notes_between(checked), most=len(checked))
    return scenarios


def _labels(scenarios: Sequence[Scenario]) -> list[str]:
    """Return what the scenarios are called on pages."""
    from diffusion.report.words.labels import option_words

    return option_words([each.name for each in scenarios], [each.own_titles for each in scenarios])


def check_resources(
    scenarios: Sequence[Scenario],
    replicates: int,
    *,
    allow: bool,
    events: bool = False,
    jobs: int | None = None,
    delivered: bool = True,
    times: float = 1.0,
    kept: int | None = None,
    runs: int | None = None,
    more: float = 0.0,
    key: str = "--replicates",
) -> None:
    """Refuse what needs more memory than there is, and tell how long a long one takes, before anything starts.

    ``times`` is how often the runs are done one after the other; ``kept`` how many of the scenarios are held at once;
    ``more`` bytes are needed for each of what is counted under ``key``, which is replicates unless ``runs`` says them.
    """
    from diffusion.cli.shared.sweep_progress import duration, tell
    from diffusion.experiments.searches.estimate import LONG_SECONDS, Estimate, estimate_runs, refuse_too_large

    def estimate(number: int) -> Estimate:
        needed = estimate_runs(
            scenarios if kept is None else [scenarios[0]] * kept,
            number if runs is None else runs, events=events, jobs=jobs, delivered=delivered, times=times,
        )  # fmt: skip
        return replace(needed, bytes=needed.bytes + more * number)

    needed = refuse_too_large(estimate, replicates, key, allow)
    if (seconds := needed.seconds(jobs)) > LONG_SECONDS:
        tell(f"this takes roughly {duration(seconds)}; Ctrl-C stops it and leaves nothing behind")


def check_requested(request: Request, *, jobs: int | None, allow: bool) -> None:
    """Refuse a request that does not fit into memory; with --precision it is what may be added up to."""
    from diffusion.experiments.searches.budget import MOST_RUNS, SEARCH_REPLICATES
    from diffusion.experiments.searches.budget_curve import SHARES

    more, most = 0, request.most_replicates
    if request.why:
        from diffusion.experiments.searches.why import expected_runs

        more = expected_runs(request.scenarios)
    # a further budget is found among the runs of the search: one more run, or two
    runs = MOST_RUNS + 2 * (len(SHARES) - 1)
    searched = runs * min(1.0, SEARCH_REPLICATES / request.replicates) if request.budget is not None else 0.0
    check_resources(
        request.scenarios,
        request.replicates if most is None else most,
        allow=allow,
        events=request.events,
        jobs=jobs,
        times=1.0 + searched + more / len(request.scenarios),
        key="--replicates" if most is None else "--most-replicates",
    )


def asked_target(text: str | None, scenario: Scenario) -> Target:
    """Return of what the adopter share is asked, checked against the world of the first scenario."""
    from diffusion.analysis.results.asked import Target, parse_target

    return Target() if text is None else parse_target(text, scenario.build_world())


def default_folder(scenarios: Sequence[Scenario]) -> Path:
    """Return ``results/NAME``, or ``results/FIRST-vs-SECOND`` for a comparison."""
    name = "-vs-".join(file_name(scenario.name) for scenario in scenarios)
    return Path("results") / file_name(name if len(name) <= 120 else f"{name[:100]}-and-others")


def tell_mended(folder: Path | None) -> None:
    """Mend a folder of results that a dead process was replacing, and say so on stderr."""
    from diffusion.cli.shared.console import console
    from diffusion.storage.folder import mend

    if folder is not None and (mended := mend(folder)):
        console(stderr=True).print(mended, style="yellow", soft_wrap=True)


def check_inputs_apart(folder: Path) -> None:
    """Raise InputError if what this command has read lies in the folder that it is to replace."""
    from diffusion.reading.files import input_at

    if (found := input_at(folder)) is not None:
        raise InputError(
            f"this command reads '{found}', which lies in that folder",
            file=folder,
            key="--out",
            expected="another folder",
            suggestion="choose another folder",
        )


def folder_or_none(out: Path | None, loaded: list[Scenario], no_files: bool, *, force: bool) -> Path | None:
    """Return the folder of results, checked; None where nothing is to be written."""
    refuse_beside_no_files(no_files, out=out is not None)
    return None if no_files else check_folder(out or default_folder(loaded), force=force)


def refuse_beside_no_files(no_files: bool, **wanted: bool) -> None:
    """Raise InputError where a file is ``wanted``, by the name of its option, and nothing is to be written."""
    for name, asked in wanted.items():
        if no_files and asked:
            option = f"--{name.replace('_', '-')}"
            raise InputError(
                "with --no-files nothing is written",
                key=option,
                expected="one of the two",
                suggestion=f"leave --no-files out, or {option}",
            )


def check_folder(folder: Path, *, force: bool) -> Path:
    """Return the folder of results if it may be written; raise InputError otherwise. Writes nothing.

    A folder that holds a finished result needs ``force``; a folder that holds anything else is never taken.
    """
    from diffusion.storage.folder import check_replaceable

    key = "--out"
    # Results are drafted beside the folder and renamed into place, so it is the parent that must be writable.
    try:
        folder.exists()
        tell_mended(folder)
        above = next((path for path in folder.absolute().parents if os.path.exists(path)), None)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no folder can have this name: {getattr(error, 'strerror', None) or error}",
            file=str(folder)[:80],
            key=key,
            expected="a path that this system takes",
            suggestion="choose a shorter one, for example --out results/first",
        ) from None
    if above is None:
        raise InputError(
            "this is the root of a disk",
            file=folder,
            key=key,
            expected="a folder of its own",
            suggestion="for example --out results/first",
        )
    if not above.is_dir():
        raise InputError(
            f"'{above}' is a file, not a folder",
            file=folder,
            key=key,
            expected="a folder inside a folder",
            suggestion="choose another folder, for example --out results/first",
        )
    if not os.access(above, os.W_OK | os.X_OK):
        raise InputError(
            f"'{above}' cannot be written",
            file=folder,
            key=key,
            expected="a folder of your own",
            suggestion="for example --out results/first",
        )
    try:
        check_replaceable(folder, force)
    except InputError as error:
        raise error.at(folder, key=key) from None
    check_inputs_apart(folder)
    return folder


def command_line() -> list[str]:
    """Return the command as typed, for the manifest."""
    # what is not UTF-8 in a path is shown as \xe9: a manifest and a page are UTF-8
    arguments = [text.encode("utf-8", "backslashreplace").decode() for text in sys.argv[1:]]
    return ["diffusion", *arguments]
