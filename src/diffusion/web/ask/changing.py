"""What buttons of a question do: add and take away options, levers and parameters, upload, copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.outlets import file_name, yaml_text
from diffusion.reading.files import read_text, text_of
from diffusion.reading.yaml_lines import Plain, PlainDict, parse_yaml
from diffusion.scenario.load import load_scenario
from diffusion.web.ask.draft import Draft, Missing
from diffusion.web.ask.fields import parameter_of
from diffusion.web.ask.packaged import additions, full_names, full_scenarios, is_packaged_stack, text_on_others
from diffusion.web.ask.question import MOST_OPTIONS, Option, Question
from diffusion.web.ask.ready import Ready, extends_of

#: bytes of a file that is sent: each of its levers is a card of the page
MOST_FILE_BYTES = 60_000
#: letters of the name of an option
_LONGEST_NAME = 60
#: what stands before the name of a file that has the name of a packaged one
_OWN = "my-"


def from_ready(ready: Ready) -> Question:
    """Return a ready question, with a file for each of its options."""
    question = Question("", ready.yardstick, title=ready.title)
    for name in ready.options:
        question = with_packaged(question, name)
    return question


def with_packaged(question: Question, name: str) -> Question:
    """Return the question with one more option that is a packaged scenario, or a stack of such."""
    if not is_packaged_stack(name):
        raise _no_scenario(name)
    *_, last = name.split("+")
    if (text := text_on_others(name)) is not None:
        return with_option(question, last, text)
    extends = extends_of(name)
    data: PlainDict = {
        "title": _title(name),
        "extends": extends[0] if len(extends) == 1 else [*extends],
    }
    return with_option(question, last, yaml_text(data))


def _title(name: str) -> str:
    titles = {each.name: each.title for group in full_scenarios().values() for each in group}
    first, *more = name.split("+")
    return (
        " + ".join(additions()[part].title if part in additions() else titles[part] for part in more) or titles[first]
    )


def with_empty(question: Question, named: Mapping[str, Path]) -> Question:
    """Return the question with one more option that is as the yardstick, until it is changed."""
    number = len(question.options) + 1
    if question.yardstick in named:
        return with_named(question, question.yardstick, named)
    stated = [option.name for option in question.options]
    extends = [question.yardstick] if question.yardstick in stated else extends_of(question.yardstick)
    data: PlainDict = {
        "title": f"Option {number}",
        "extends": extends[0] if len(extends) == 1 else [*extends],
    }
    return with_option(question, f"option-{number}", yaml_text(data))


def with_named(question: Question, name: str, named: Mapping[str, Path]) -> Question:
    """Return the question with one more option that is a file named at the start of the server.

    Raises InputError where the file needs others that lie beside it: the option is a copy of it alone.
    """
    if name not in named:
        raise _no_scenario(name)
    text = read_text(named[name])
    own = [part.file for part in load_scenario(named[name]).written.origins.values()]
    beside = {Path(file) for file in own if Path(file).is_relative_to(named[name].parent)} - {named[name]}
    if beside:
        raise InputError(
            f"'{name}' extends files that lie beside it",
            file=named[name].name,
            key="extends",
            expected="a file that extends scenarios of the package alone",
            suggestion="compare with it as it is, or upload it together with the files that it extends",
        )
    return with_option(question, name, text)


def with_copy(question: Question, name: str) -> Question:
    """Return the question with a copy of one of its options."""
    text = option_of(question, name).text
    try:
        data = parse_yaml(text).data
    except InputError:
        data = None
    if isinstance(data, dict):
        text = yaml_text({**data, "title": f"{data.get('title', name)} (copy)"})
    return with_option(question, name, text)


def with_option(question: Question, name: str, text: str) -> Question:
    """Return the question with one more option; InputError where it has as many as a page takes."""
    beside = [option for option in question.options if option.name != question.yardstick]
    if len(beside) >= MOST_OPTIONS:
        raise InputError(
            f"there are {len(beside)} options already",
            key="option",
            expected=f"at most {MOST_OPTIONS} beside what they are compared with",
            suggestion="remove one, or compare more with the command",
        )
    return replace(question, options=(*question.options, Option(free_stem(question, name), text)))


def free_stem(question: Question, name: str) -> str:
    """Return a file's name, without its ending, that neither an option nor a packaged scenario has."""
    taken = {option.name.casefold() for option in question.options} | {question.yardstick.casefold()}
    taken |= {each.casefold() for each in (*full_names(), *additions())}
    first = file_name(name)[:_LONGEST_NAME].strip("-.+").replace("+", "-") or "option"
    stem = first if first.casefold() not in taken else f"{_OWN}{first.removeprefix(_OWN)}"
    free, number = stem, 1
    while free.casefold() in taken:
        number += 1
        free = f"{stem}-{number}"
    return free


def uploaded(file: str, body: bytes) -> tuple[str, str]:
    """Return (name, text) of a file that was sent; raises InputError for what is no scenario file at all."""
    name = PurePosixPath(file.replace("\\", "/")).name or "scenario.yaml"
    path = Path(name)
    text = text_of(body, path)
    if not isinstance(parse_yaml(text, path).data, dict):
        raise InputError(
            "the file holds no keys",
            file=path,
            line=1,
            expected="keys with values such as 'title: ...'",
            suggestion="download an option to see how such a file is written",
        )
    return path.stem, text


def with_files(question: Question, files: Sequence[tuple[str, bytes]]) -> Question:
    """Return the question with one more option for each file that was sent; all of them, or InputError."""
    if not files:
        raise InputError(
            "no file was picked",
            key="files",
            expected="one scenario file or several",
            suggestion="pick a YAML file, then send it",
        )
    for file, body in files:
        if len(body) > MOST_FILE_BYTES:
            raise InputError(
                f"'{file}' holds {len(body):,} bytes",
                key="files",
                expected=f"a scenario file of at most {MOST_FILE_BYTES:,} bytes",
                suggestion="name larger files when the page is started: diffusion app FILE",
            )
        question = with_option(question, *uploaded(file, body))
    return question


def question_of_files(files: Sequence[tuple[str, bytes]]) -> Question:
    """Return a question of files that were sent, compared with what the first of them says that it is compared with.

    Where they say nothing of it, they are compared with the first of them.
    """
    question = with_files(Question("", ""), files)
    stated = [_baseline(option.text) for option in question.options]
    own = [option.name for option in question.options]
    found = next((name for name in stated if name in own or (name and is_packaged_stack(name))), own[0])
    return replace(question, yardstick=found)


def _baseline(text: str) -> str:
    data = parse_yaml(text).data
    return str(data.get("baseline", "")) if isinstance(data, dict) else ""


def option_of(question: Question, name: str) -> Option:
    """Return an option by its name; KeyError where there is none."""
    return {option.name: option for option in question.options}[name]


def without_option(question: Question, name: str) -> Question:
    """Return the question without one of its options; one that others are compared with stays."""
    if name == question.yardstick:
        raise InputError(
            "the options are compared with this one",
            key="option",
            expected="another scenario to compare with",
            suggestion="pick another one first, then remove this",
        )
    option_of(question, name)
    return replace(question, options=tuple(option for option in question.options if option.name != name))


def rewritten(question: Question, name: str, draft: Draft) -> Question:
    """Return the question with the text of an option as its draft has it."""
    option_of(question, name)
    own = [replace(each, text=draft.written()) if each.name == name else each for each in question.options]
    return replace(question, options=tuple(own))


def add_lever(draft: Draft, name: str) -> str:
    """Switch a lever on in a file, or lay a packaged file over it; return the id of the lever, "" where it is none."""
    if name not in additions() and name not in all_levers():
        raise InputError(
            f"there is no lever '{name}'",
            key="levers",
            expected="a lever of the list",
            suggestion="pick one from the list",
        )
    if not isinstance(draft.value(("levers", name)), Missing):
        off = draft.value(("levers", name, "enabled")) is False
        if off and draft.has_from_below(("levers", name, "enabled")) is False:
            draft.say(("levers", name, "enabled"), True)
        elif off:
            draft.unsay(("levers", name, "enabled"))
        return name
    if name in additions():
        _extend(draft, [*_extended(draft), additions()[name].name])
    else:
        draft.say(("levers", name), None)
    return name if name in all_levers() else ""


def remove_lever(draft: Draft, key: str) -> None:
    """Take a lever out of a file; one that it has from below is switched off."""
    draft.unsay(("levers", key))
    levers = draft.own.get("levers")
    if isinstance(levers, dict) and key in levers:
        del levers[key]
        if not levers:
            del draft.own["levers"]
    stacked = additions()[key].name if key in additions() else ""
    extended = _extended(draft)
    if stacked in extended:
        _extend(draft, [name for name in extended if name != stacked])
    elif not isinstance(draft.has_from_below(("levers", key)), Missing):
        draft.say(("levers", key, "enabled"), False)


def _extended(draft: Draft) -> list[str]:
    said = draft.own.get("extends")
    return [str(each) for each in said] if isinstance(said, list) else [said] if isinstance(said, str) else []


def _extend(draft: Draft, names: list[str]) -> None:
    """Say what a file extends, in the place where it is said."""
    if not names:
        draft.own.pop("extends", None)
        return
    said: Plain = names[0] if len(names) == 1 else [*names]
    if "extends" in draft.own:
        draft.own["extends"] = said
    else:
        rest = dict(draft.own)
        draft.own.clear()
        if "title" in rest:
            draft.own["title"] = rest.pop("title")
        draft.own |= {"extends": said, **rest}


def drop_parameter(draft: Draft, key: str) -> None:
    """Take a parameter out of a file: it is as it comes from below."""
    if (setting := parameter_of(key)) is not None:
        draft.unsay(("parameters", *setting.place))


def _no_scenario(name: str) -> InputError:
    return InputError(
        f"there is no scenario '{name}'",
        key="scenario",
        expected="a scenario of the list",
        suggestion="pick one from the list",
    )
