"""A question checked as the command line checks it: faults by where they belong, notes, changes, and the time it takes.

Nothing is run, and no module is imported that runs need.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar, cast

from diffusion.analysis.results.asked import parse_target
from diffusion.engine.departure import Departure
from diffusion.errors import InputError
from diffusion.experiments.again.asking import check_comparable, check_world_fits
from diffusion.scenario.check import check_scenario
from diffusion.scenario.departures import departures
from diffusion.scenario.felt.notes import Checked, notes_between, notes_of
from diffusion.scenario.load import load_scenario
from diffusion.scenario.problems import problems_of
from diffusion.scenario.settings import SOURCE
from diffusion.web.ask.asking import settings_of
from diffusion.web.ask.packaged import is_packaged_stack
from diffusion.web.ask.question import MOST_REPLICATES, Option, Question
from diffusion.world.regions import groups_of

if TYPE_CHECKING:
    from diffusion.ensemble.doubt import Source
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

Of = TypeVar("Of")


class Found(NamedTuple):
    """What was found of one scenario; ``scenario`` and ``world`` are None where it has faults."""

    scenario: Scenario | None = None
    world: World | None = None
    problems: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()
    departures: tuple[Departure, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What was found of a question: of its yardstick, of each option by name, and of all together.

    ``seconds`` is how long it takes, roughly; None where it cannot be run as it stands.
    """

    yardstick: Found
    options: Mapping[str, Found]
    problems: tuple[InputError, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float | None = None
    world: World | None = field(default=None)

    @property
    def sound(self) -> bool:
        """Whether it can be run."""
        return not self.problems and not any(found.problems for found in (self.yardstick, *self.options.values()))


class Kept(Generic[Of]):
    """What was found for a key, for as long as few others were asked for since."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[object, Of] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, key: object, find: Callable[[], Of]) -> Of:
        """Return what ``find`` gives, or gave before for this key."""
        held = self._held.get(key)
        if held is None:
            held = find()
            with self._lock:
                self._held[key] = held
                while len(self._held) > self._most:
                    self._held.popitem(last=False)
        return held


#: scenarios of which the findings are kept
_kept = Kept[tuple[Found, list[InputError]]](60)


def verdict_of(question: Question, folder: Path, named: Mapping[str, Path]) -> Verdict:
    """Check a question whose files lie in ``folder``; ``named`` are the files that were named at the start."""
    shared: list[InputError] = []
    asked = (question.months, question.parameters)

    def found(text: str, *state: object) -> Found:
        one, of_all = _kept.once((text, asked, *state), lambda: _found(text, question))
        shared.extend(of_all)
        return one

    own = {option.name: found(str(folder / option.file), _texts(question, option)) for option in question.options}
    first = own.get(question.yardstick)
    if first is None:
        try:
            name = _yardstick(question.yardstick, named)
            first = found(name, named_states(named))
        except InputError as error:
            shared.append(error)
            first = Found()
    rest = {name: each for name, each in own.items() if name != question.yardstick}
    every = [(question.yardstick, first), *rest.items()]
    loaded = [each.scenario for _, each in every if each.scenario is not None]
    world = next((each.world for _, each in every if each.world is not None), None)
    if first.world is not None:
        shared += _asked_faults(question, first.world)
    notes: tuple[str, ...] = ()
    seconds = None
    if len(loaded) == len(every) and not shared:
        try:
            if len(loaded) > 1:
                _check_differ(every)
                check_comparable([name for name, _ in every], loaded)
            seconds = _seconds(loaded, question.replicates)
            notes = tuple(notes_between([Checked(each, each.build_world()) for each in loaded]))
        except InputError as error:
            shared += problems_of(error)
    return Verdict(first, own, _each_once(shared), notes, seconds, world)


def _texts(question: Question, option: Option) -> tuple[tuple[str, str], ...]:
    """Return all files of a question that an option may extend, with its own: those of which a text tells the name."""
    texts = {each.name: each.text for each in question.options}
    found, more = {option.name}, {option.name}
    while more:
        told = [texts[name] for name in more]
        more = {name for name in texts if name not in found and any(name in text for text in told)}
        found |= more
    return tuple((name, texts[name]) for name in sorted(found))


def named_states(named: Mapping[str, Path]) -> tuple[tuple[str, int], ...]:
    """Return the files that were named at the start as they are now, so that a change of one is seen."""
    return tuple((name, path.stat().st_mtime_ns) for name, path in named.items() if path.is_file())


def _found(text: str, question: Question) -> tuple[Found, list[InputError]]:
    """Check one scenario; return apart what is wrong with a setting of all of them."""
    try:
        scenario = load_scenario(text, settings_of(question))
        check_world_fits(scenario)
        world = check_scenario(scenario)
        drawn = scenario.drawing_from(cast("Source", question.parameters))
    except InputError as error:
        of_all = [each for each in problems_of(error) if each.file == SOURCE or each.key == "source"]
        return Found(problems=tuple(each for each in problems_of(error) if each not in of_all)), of_all
    return Found(drawn, world, (), tuple(notes_of(scenario, world)), departures(drawn)), []


def _yardstick(name: str, named: Mapping[str, Path]) -> str:
    if name in named:
        return str(named[name])
    if not is_packaged_stack(name):
        raise InputError(
            f"there is no scenario '{name}' to compare with",
            key="yardstick",
            expected="a scenario of the package, or an option of this question",
            suggestion="pick one from the list",
        )
    return name


def _asked_faults(question: Question, world: World) -> list[InputError]:
    """Return what is wrong with what is asked beside the scenarios."""
    found: list[InputError] = []
    if not 1 <= question.replicates <= MOST_REPLICATES:
        found.append(
            InputError(
                f"{question.replicates:,} is out of range",
                key="--replicates",
                expected=f"a whole number from 1 to {MOST_REPLICATES:,}",
                suggestion="with more, use the command",
            )
        )
    if question.target:
        found += _faults(lambda: parse_target(question.target, world))
    # by code alone: what looks like a file would be read from this machine
    known = {region.code for region in groups_of(world)}
    found += [
        InputError(
            f"there is no region '{code}'",
            key="--region",
            expected=f"one of the {len(known)} regions of this world",
            suggestion="pick one from the list",
        )
        for code in question.regions
        if code not in known
    ]
    return found


def _seconds(loaded: list[Scenario], replicates: int) -> float:
    """Return roughly how long a comparison takes; raises InputError where the machine has not the memory."""
    from diffusion.experiments.searches.estimate import estimate_runs, refuse_too_large

    return refuse_too_large(lambda number: estimate_runs(loaded, number), replicates, "--replicates", False).seconds(
        None
    )


def _check_differ(every: Sequence[tuple[str, Found]]) -> None:
    """Raise InputError where an option says what the yardstick says, in words of the page."""
    first, *rest = (found for _, found in every)
    for found in rest:
        if found.scenario and first.scenario and found.scenario.content_hash == first.scenario.content_hash:
            raise InputError(
                f"'{found.scenario.title}' is the same as '{first.scenario.title}' so far",
                key="scenarios",
                expected="an option that differs from what it is compared with",
                suggestion="add a lever to it, or change one of its settings",
            )


def _faults(check: Callable[[], object]) -> list[InputError]:
    try:
        check()
    except InputError as error:
        return problems_of(error)
    return []


def _each_once(problems: list[InputError]) -> tuple[InputError, ...]:
    return tuple({str(problem): problem for problem in problems}.values())
