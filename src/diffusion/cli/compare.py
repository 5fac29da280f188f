"""``diffusion compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from diffusion.cli.shared.options import (
    AllowLarge,
    AskedFor,
    BudgetLevers,
    BudgetOption,
    Events,
    Figures,
    Force,
    Jobs,
    Modules,
    MostReplicates,
    NoFiles,
    OnePage,
    Out,
    ParametersFrom,
    ReachPrecision,
    Replicates,
    Seed,
    Settings,
    Slides,
    WhyOption,
    WithOptions,
)
from diffusion.cli.shared.regions import RegionOption
from diffusion.errors import InputError

if TYPE_CHECKING:
    from diffusion.experiments.searches.spending import Budget
    from diffusion.scenario.schema import Scenario


def compare(
    scenarios: Annotated[
        list[str], typer.Argument(help="Two or more names, files or stacks; the first is the yardstick.")
    ],
    replicates: Replicates = 100,
    seed: Seed = 1,
    out: Out = None,
    settings: Settings = None,
    with_: WithOptions = None,
    parameters: ParametersFrom = None,
    asked_for: AskedFor = None,
    events: Events = False,
    precision: ReachPrecision = None,
    most_replicates: MostReplicates = None,
    jobs: Jobs = None,
    python: Modules = None,
    budget: BudgetOption = None,
    budget_levers: BudgetLevers = None,
    why: WhyOption = False,
    region: RegionOption = None,
    figures: Figures = False,
    one_page: OnePage = False,
    slides: Slides = False,
    no_files: NoFiles = False,
    force: Force = False,
    allow_large: AllowLarge = False,
) -> None:
    """Run scenarios on common draws and print their paired differences from the first."""
    from diffusion.cli.shared.console import console
    from diffusion.cli.shared.prepare import (
        asked_target,
        command_line,
        folder_or_none,
        load_checked,
        refuse_beside_no_files,
    )
    from diffusion.cli.shared.regions import asked_regions
    from diffusion.cli.shared.with_options import with_options
    from diffusion.experiments.again.asking import check_comparable

    more = with_options(with_, scenarios)
    if len(scenarios) + len(more) < 2:
        raise InputError(
            "one scenario cannot be compared",
            key="scenarios",
            expected="two or more scenarios",
            suggestion=f"try: diffusion compare {_with_another(scenarios[0])}, or diffusion run {scenarios[0]}",
        )
    loaded = load_checked(scenarios, settings, python, parameters, more)
    scenarios = [*scenarios, *(option.name for option in more)]
    check_comparable(scenarios, loaded)
    target = asked_target(asked_for, loaded[0])
    regions = asked_regions(region, loaded[0])
    asked = _budget(scenarios, loaded, budget, budget_levers)
    if precision is None and most_replicates is not None:
        raise InputError(
            "nothing is added up to it without a precision",
            key="--most-replicates",
            expected="--precision beside it",
            suggestion="add --precision 0.5, or leave --most-replicates out",
        )
    most = _most(replicates, most_replicates) if precision is not None else None
    refuse_beside_no_files(no_files, one_page=one_page, slides=slides)
    folder = folder_or_none(out, loaded, no_files, force=force)
    _check_resources(loaded, replicates, most, asked, events, jobs, allow_large, why)
    from diffusion.deliver.comparison import run_and_deliver
    from diffusion.deliver.for_readers import Wanted

    run_and_deliver(
        loaded, replicates=replicates, seed=seed, out=folder, jobs=jobs, events=events, precision=precision,
        force=force, console=console(), command=command_line(), budget=asked, most_replicates=most, target=target,
        why=why, wanted=Wanted(figures=figures, one_page=one_page, slides=slides), regions=regions,
    )  # fmt: skip


def _check_resources(
    loaded: list[Scenario],
    replicates: int,
    most: int | None,
    asked: Budget | None,
    events: bool,
    jobs: int | None,
    allow: bool,
    why: bool,
) -> None:
    """Refuse what does not fit into memory; with --precision it is what may be added up to."""
    from diffusion.cli.shared.prepare import check_requested
    from diffusion.experiments.again.request import Request

    request = Request(tuple(loaded), replicates, 1, events=events, most_replicates=most, budget=asked, why=why)
    check_requested(request, jobs=jobs, allow=allow)


def _with_another(name: str) -> str:
    """Return two scenarios to compare, of which ``name`` is one."""
    return f"{name} local-first" if name.split("+")[0] == "baseline" else f"baseline {name}"


def _most(replicates: int, most: int | None) -> int:
    """Return how many replicates --precision may add up to."""
    from diffusion.experiments.searches.precision import MOST_REPLICATES

    if most is not None and most < replicates:
        raise InputError(
            f"{most} is less than the {replicates} replicates to begin with",
            key="--most-replicates",
            expected=f"{replicates} or more",
            suggestion=f"or begin with --replicates {most}",
        )
    return max(replicates, MOST_REPLICATES) if most is None else most


def _scalable(first: Scenario, others: list[Scenario]) -> str:
    """Return an example of SCENARIO=LEVER that these scenarios have."""
    for scenario in others:
        for lever in scenario.levers:
            if lever not in first.levers:
                return f"{scenario.name}={lever}"
    return "SCENARIO=LEVER"


def _budget(typed: list[str], loaded: list[Scenario], text: str | None, chosen: list[str] | None) -> Budget | None:
    """Return the budget asked for, checked against the scenarios; None without ``--budget``.

    Scenarios go by the names that were typed or by their own.
    """
    if text is None:
        if chosen:
            raise InputError(
                "no budget to scale the levers to",
                key="--budget-lever",
                expected="--budget with it",
                suggestion="for example --budget 20m",
            )
        return None
    from diffusion.errors import did_you_mean
    from diffusion.experiments.searches.budget import levers_to_scale, parse_gbp
    from diffusion.experiments.searches.programme_cost import in_force
    from diffusion.experiments.searches.spending import Budget

    first, *others = loaded
    names = {scenario.name: scenario.name for scenario in others}
    names |= {name: scenario.name for name, scenario in zip(typed[1:], others)}
    levers: dict[str, list[str]] = {}
    for entry in chosen or ():
        name, sign, listed = entry.rpartition("=")
        wanted = [lever.strip() for lever in listed.split(",") if lever.strip()]
        if not sign or not wanted:
            raise InputError(
                f"'{entry}' does not name levers of a scenario",
                key="--budget-lever",
                expected="SCENARIO=LEVER or SCENARIO=LEVER,LEVER",
                suggestion=f"for example {_scalable(first, others)}",
            )
        if name.strip() not in names:
            raise InputError(
                f"'{name}' is not a scenario that is scaled",
                key="--budget-lever",
                expected=f"one of {', '.join(names)}",
                suggestion=did_you_mean(name, names) or f"for example {_scalable(first, others)}",
            )
        levers.setdefault(names[name.strip()], []).extend(wanted)
    asked = Budget(parse_gbp(text), levers)
    for scenario in others:
        levers_to_scale(first, scenario, levers.get(scenario.name))
        in_force(first, scenario)
    return asked
