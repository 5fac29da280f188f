"""All that the page of a question shows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from diffusion.analysis.results.asked import TARGETS, askable
from diffusion.ensemble.doubt import Source
from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.reading.yaml_lines import parse_yaml
from diffusion.web.ask.asking import command_of, typed
from diffusion.web.ask.cards import OptionCard, card_of
from diffusion.web.ask.checking import Found, Kept, Verdict, named_states, verdict_of
from diffusion.web.ask.draft import Draft
from diffusion.web.ask.faults import whole_words, words_at_field
from diffusion.web.ask.fields import parameters
from diffusion.web.ask.form import WANTED
from diffusion.web.ask.packaged import additions, full_scenarios
from diffusion.web.ask.question import MOST_OPTIONS, Question, revision
from diffusion.web.base.plain_paths import without_paths
from diffusion.world.regions import groups_of

if TYPE_CHECKING:
    from diffusion.world.tables import World

#: where faults of what options share are told, by the key that they name
_SHARED = {
    "--replicates": "replicates",
    "--seed": "seed",
    "months": "months",
    "--for": "target",
    "--region": "regions",
    "yardstick": "yardstick",
    "source": "parameters",
}
#: what sources of parameters are called
_SOURCES = {
    "posterior": "fitted to dated series, drawn for each run (posterior)",
    "prior": "within their plausible ranges, drawn for each run (prior)",
    "defaults": "the same in all runs (defaults)",
}
_WANTED = {"one_page": "a summary on one page", "slides": "slides", "figures": "each figure as SVG and PNG"}
#: the verdict on a question is kept while nothing of it changes
_verdicts = Kept[Verdict](60)


def verdict(question: Question, folder: Path, named: Mapping[str, Path]) -> Verdict:
    """Return what was found of a question; once for each that it says and for each state of the files it uses."""
    key = (str(folder), revision(question), named_states(named))
    return _verdicts.once(key, lambda: verdict_of(question, folder, named))


def shown(
    question: Question,
    folder: Path,
    named: Mapping[str, Path],
    python: Sequence[str],
    opened: Collection[str],
    faults: Mapping[str, InputError],
    typed_in: Mapping[str, str],
) -> dict[str, object]:
    """Return what the page of a question is made with.

    ``faults`` are those of shared fields that could not be taken, by field, and ``typed_in`` what stands in them.
    """
    found = verdict(question, folder, named)
    cards = [
        card_of(
            option.name,
            Draft.of(option.text, folder / option.file),
            found.options.get(option.name, Found()),
            opened,
            (found.options[option.name].world if option.name in found.options else None) or found.world,
        )
        for option in question.options
    ]
    at_fields, rest = _shared_faults(found, faults)
    world = found.yardstick.world or found.world
    return {
        "question": question,
        "heading": question.title or default_title(question, named),
        "cards": cards,
        "sound": found.sound and not faults,
        "mend": _mend(cards, at_fields, rest, found, question),
        "seconds": found.seconds,
        "runs": max(1, len({question.yardstick, *(option.name for option in question.options)})),
        "faults": at_fields,
        "rest": rest,
        "notes": [without_paths(note) for note in found.notes],
        "yardstick": _yardstick(question, found),
        "values": {**_values(question), **typed_in},
        "scenarios": full_scenarios(),
        "named": sorted(named),
        "additions": [(name, each.title, each.says) for name, each in additions().items()]
        + [(name, lever.title, lever.acts_on) for name, lever in all_levers().items() if name not in additions()],
        "parameters": sorted(parameters()),
        "targets": _targets(world),
        "regions": [] if world is None else [(each.code, each.title) for each in groups_of(world)],
        "sources": [(name, _SOURCES.get(name, name)) for name in ("posterior", "prior", "defaults")],
        "wanted": [(name, _WANTED[name]) for name in WANTED],
        "command": typed(command_of(question, "", named, python)),
        "more": MOST_OPTIONS - len([option for option in question.options if option.name != question.yardstick]),
        "opened": list(opened),
    }


assert set(get_args(Source)) == set(_SOURCES)


def default_title(question: Question, named: Mapping[str, Path]) -> str:
    """Return what a question is called that has no title: its options by their titles, or its yardstick."""
    titles = [title_of(option.text, option.name) for option in question.options if option.name != question.yardstick]
    if not titles:
        return _title_of_yardstick(question, named)
    text = " or ".join(titles[:2]) + (f" or {len(titles) - 2} more" if titles[2:] else "")
    return f"{text}?"


def title_of(text: str, name: str) -> str:
    """Return the title in the text of a scenario file, or its name."""
    try:
        data = parse_yaml(text).data
    except InputError:
        return name
    said = data.get("title") if isinstance(data, dict) else None
    return said if isinstance(said, str) and said.strip() else name


def _title_of_yardstick(question: Question, named: Mapping[str, Path]) -> str:
    own = {option.name: title_of(option.text, option.name) for option in question.options}
    titles = {each.name: each.title for group in full_scenarios().values() for each in group}
    return own.get(question.yardstick) or titles.get(question.yardstick) or question.yardstick


def _yardstick(question: Question, found: Verdict) -> dict[str, object]:
    own = question.yardstick in {option.name for option in question.options}
    world = found.yardstick.world
    return {
        "own": own,
        "title": "" if found.yardstick.scenario is None else found.yardstick.scenario.title,
        "world": "" if world is None else world.facts.title,
        "dates": ""
        if found.yardstick.scenario is None
        else f"{found.yardstick.scenario.start} to {found.yardstick.scenario.end + -1}",
        "notes": [] if own else [without_paths(note) for note in found.yardstick.notes],
        "problems": [] if own else [whole_words(problem) for problem in found.yardstick.problems],
    }


def _shared_faults(found: Verdict, faults: Mapping[str, InputError]) -> tuple[dict[str, list[str]], list[str]]:
    """Return faults by shared field, and those that have none."""
    at_fields = {name: [words_at_field(error)] for name, error in faults.items()}
    rest = []
    for problem in found.problems:
        name = _SHARED.get(problem.key or "")
        if name is None:
            rest.append(whole_words(problem))
        elif name not in faults:
            at_fields.setdefault(name, []).append(words_at_field(problem))
    return at_fields, rest


def _mend(
    cards: Sequence[OptionCard],
    at_fields: Mapping[str, list[str]],
    rest: Sequence[str],
    found: Verdict,
    question: Question,
) -> list[tuple[str, str]]:
    """Return (what, id) of every part of the page with something to mend."""
    by_option = {name: each.problems for name, each in found.options.items()}
    places = [(name, f"f-{name}") for name in at_fields]
    places += [(card.title, card.first_fault) for card in cards if by_option.get(card.name)]
    if question.yardstick not in by_option and found.yardstick.problems:
        places.append(("what is compared with", "f-yardstick"))
    return [*places, *(("all options together", "together") for _ in rest[:1])]


def _values(question: Question) -> dict[str, str]:
    return {
        "title": question.title,
        "replicates": str(question.replicates),
        "seed": str(question.seed),
        "months": "" if question.months is None else str(question.months),
    }


def _targets(world: World | None) -> list[tuple[str, list[tuple[str, str]]]]:
    if world is None:
        return []
    return [
        (
            world.facts.words.say(TARGETS[kind]),
            [(f"{kind}:{code}", name.removeprefix("innovations of the ")) for code, name in names.items()],
        )
        for kind, names in askable(world).items()
    ]


def zip_of(question: Question, named: Mapping[str, Path], python: Sequence[str]) -> bytes:
    """Return the files of a question, with the command that asks the same beside them, as a ZIP."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for option in question.options:
            archive.writestr(option.file, option.text)
        if (path := named.get(question.yardstick)) is not None:
            archive.write(path, path.name)
        archive.writestr("command.txt", typed(command_of(question, "", named, python)) + "\n")
    return held.getvalue()
