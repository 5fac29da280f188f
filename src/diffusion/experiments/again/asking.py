"""What is made sure of scenarios before they are run and compared, whoever asks: the command line or a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from diffusion.errors import InputError

if TYPE_CHECKING:
    from diffusion.ensemble.doubt import Source
    from diffusion.scenario.schema import Scenario


def with_parameters(
    scenarios: Sequence[Scenario], parameters: str | None, tell: Callable[[str], object]
) -> list[Scenario]:
    """Return the scenarios with the source of their parameters; refuse to compare such with different ones.

    ``parameters`` is where those of each replicate come from; None: what the scenarios say, and the posterior where
    they say nothing. ``tell`` is told where the posterior may not fit.
    """
    from diffusion.ensemble.draws import needed_posterior

    written = {scenario.doubt.source for scenario in scenarios if scenario.doubt is not None}
    source: Source = "posterior"
    if parameters is not None:
        source = cast("Source", parameters)
    elif len(written) == 1:  # one that says nothing goes with those that say something
        (source,) = written
    found = [
        scenario.drawing_from(source) if parameters or scenario.doubt is None else scenario for scenario in scenarios
    ]
    said = [scenario.doubt.source if scenario.doubt is not None else "defaults" for scenario in found]
    if len(set(said)) > 1:
        raise InputError(
            f"'{scenarios[0].name}' has its parameters from {said[0]}, "
            f"'{next(s.name for s, of in zip(scenarios, said) if of != said[0])}' does not",
            key="--parameters",
            expected="one source for all scenarios that are compared",
            suggestion="add --parameters posterior, which holds for all",
        )
    if "posterior" in said and (why := needed_posterior().stale):
        tell(f"the posterior may not fit: {why}")
    return found


def check_world_fits(scenario: Scenario) -> None:
    """Refuse a made-up world that this machine could not even hold, before it is made."""
    synthetic = scenario.world.synthetic
    if synthetic is None or (synthetic.n_trusts or 0) * (synthetic.n_innovations or 1) < 50_000_000:
        return
    from diffusion.experiments.searches.estimate import gigabytes
    from diffusion.processes import available_bytes

    pairs = (synthetic.n_trusts or 0) * (synthetic.n_innovations or 1)
    if 100 * pairs > available_bytes():  # what the state of one replicate takes
        raise scenario.placed(
            InputError(
                f"a world of {pairs:,} pairs needs about {gigabytes(100 * pairs)} of memory; "
                f"{gigabytes(available_bytes())} are available",
                key="world.synthetic.n_trusts",
                expected="what fits into the memory of this machine",
                suggestion="fewer trusts or innovations",
            ),
            "world",
        )


def check_comparable(names: Sequence[str], loaded: Sequence[Scenario]) -> None:
    """Paired differences need the same calendar, trusts and innovations, and scenarios that differ from the first."""
    from diffusion.analysis.results.joining import check_joinable

    check_joinable(loaded, [scenario.build_world() for scenario in loaded], names)
    first = loaded[0]
    hashes: dict[str, str] = {}
    for name, scenario in zip(names, loaded):
        if (twin := hashes.setdefault(scenario.content_hash, name)) != name or names.count(name) > 1:
            raise InputError(
                f"'{name}' and '{twin}' are the same scenario",
                key="scenarios",
                expected="scenarios that differ",
                suggestion="leave one of the two out"
                if len(names) > 2
                else f"compare with another one, for example {names[0]}+{_another_lever(first)}",
            )


def _another_lever(scenario: Scenario) -> str:
    """Return a lever to stack that the scenario does not have."""
    return "local-first" if "local-first" not in scenario.levers else "expo"
