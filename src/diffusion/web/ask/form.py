"""What a page sends back, laid into the question: fields that were changed change their keys, nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, get_args
from urllib.parse import unquote

from diffusion.engine.parameters import MOST_MONTHS
from diffusion.ensemble.doubt import Source
from diffusion.errors import InputError
from diffusion.reading.numbers import whole_between
from diffusion.reading.yaml_lines import KeyPath, Plain
from diffusion.web.ask.cards import ENABLED, header_setting, id_of, kind_of, name_of
from diffusion.web.ask.draft import Draft, Missing
from diffusion.web.ask.fields import Setting, parameter_of, settings_of
from diffusion.web.ask.question import MOST_REPLICATES, Question
from diffusion.web.ask.written import as_text, from_text

T = TypeVar("T")
#: what a page sends: every value of every field, in its order
Sent = Mapping[str, Sequence[str]]
#: before the id of a field: the place for the reason of its value
BECAUSE = "because/"
#: the largest seed, and the longest title of a question, in letters
MOST_SEED, LONGEST_TITLE = 2**63 - 1, 200
#: files that may be wanted beside page and tables
WANTED = ("one_page", "slides", "figures")


def laid_in(question: Question, page: Question, sent: Sent, folder: Path) -> tuple[Question, dict[str, InputError]]:
    """Return the question with what was sent, and the faults of shared fields that hold no number, by field.

    ``page`` is the question as the page showed it: what differs from that was changed there, and what another page
    has changed since stays. What an option's fields hold goes into its file, also where it may not be so: it is
    checked there. ``folder`` is where the files of the question lie.
    """
    shown = {option.name: option.text for option in page.options}
    options = []
    for option in question.options:
        was = shown.get(option.name, option.text)
        text = _last(sent, name_of(option.name, "yaml"))
        own = option.text if text is None or _same_text(text, was) else _with_line_ends(text)
        draft, before = (Draft.of(each, folder / option.file) for each in (own, was))
        if draft.fault is None and before.fault is None:
            for place, setting, texts, reason in list(_changed(option.name, sent, before)):
                _lay(draft, place, setting, texts, reason)
            own = draft.written()
        options.append(replace(option, text=own))
    return _with_shared(replace(question, options=tuple(options)), page, sent)


def lost_in(question: Question, page: Question, sent: Sent, folder: Path) -> list[str]:
    """Return the options that were changed on a page and that another page has removed since."""
    here = {option.name for option in question.options}
    found = []
    for option in page.options:
        if option.name not in here:
            draft, text = Draft.of(option.text, folder / option.file), _last(sent, name_of(option.name, "yaml"))
            rewritten = text is not None and not _same_text(text, option.text)
            if rewritten or (draft.fault is None and any(True for _ in _changed(option.name, sent, draft))):
                found.append(option.name)
    return found


def _changed(
    option: str, sent: Sent, draft: Draft
) -> Iterator[tuple[KeyPath, Setting, Sequence[str] | None, str | None]]:
    """Yield (place, setting, texts or None, reason or None) of every field of an option that was changed."""
    for name, texts in sent.items():
        first, *parts = (unquote(part) for part in name.split("/"))
        place: KeyPath = tuple(parts)
        if first != option or not place or (setting := setting_at(draft, place)) is None or not texts:
            continue
        reason = _last(sent, BECAUSE + id_of(name))
        new = not _as_it_was(draft, place, setting, texts)
        said = None if reason is None or reason.strip() == draft.reason(place).strip() else reason.strip()
        if new or said is not None:
            yield place, setting, texts if new else None, said


def setting_at(draft: Draft, place: KeyPath) -> Setting | None:
    """Return the setting that a key path of a scenario file is; None where a form has no field for it."""
    if len(place) == 1:
        return header_setting(str(place[0]))
    if place[0] == "parameters":
        return parameter_of(".".join(map(str, place[1:])))
    if place[0] != "levers" or len(place) < 3:
        return None
    if place[2:] == ("enabled",):
        return ENABLED
    kind = kind_of(draft, str(place[1]))
    return None if kind is None else next((each for each in settings_of(kind) if each.place == place[2:]), None)


def _as_it_was(draft: Draft, place: KeyPath, setting: Setting, texts: Sequence[str]) -> bool:
    value = _held(draft, place, setting)
    if len(texts) > 1 and setting.kind == "list":  # boxes, in their own order
        return isinstance(value, list | Missing | None) and _box_values(texts) == sorted(
            map(str, value if isinstance(value, list) else [])
        )
    return _same_text(texts[-1], as_text(value, setting))


def _held(draft: Draft, place: KeyPath, setting: Setting) -> Plain | Missing:
    """Return what a field shows: what holds, or the default where that is a value."""
    value = draft.value(place)
    return setting.default if isinstance(value, Missing) and not setting.optional else value


def _box_values(texts: Sequence[str]) -> list[str]:
    return sorted(text for text in texts if text)


def _lay(draft: Draft, place: KeyPath, setting: Setting, texts: Sequence[str] | None, reason: str | None) -> None:
    """Write one changed field into a file; what it has from below anyway is not written."""
    value: Plain
    if texts is None:
        held = _held(draft, place, setting)
        value = None if isinstance(held, Missing) else held
    elif len(texts) > 1 and setting.kind == "list":
        value = [text for text in texts if text] or None
    else:
        value = from_text(texts[-1], setting)
    why = draft.reason(place) if reason is None else reason
    below = draft.has_from_below(place)
    if value is None:
        if setting.optional and not isinstance(below, Missing) and below is not None:
            draft.say(place, None)
        else:
            draft.unsay(place)
        return
    usual = setting.default if isinstance(below, Missing) else below
    if not why and place != ("title",) and _alike(value, usual):
        draft.unsay(place)
    elif setting.place == ("extends",) and isinstance(value, list) and len(value) == 1:
        draft.say(place, value[0])
    else:
        draft.say(place, value, why if setting.kind != "keys" and len(place) > 1 else "")


def _alike(one: Plain, other: Plain) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _with_shared(question: Question, page: Question, sent: Sent) -> tuple[Question, dict[str, InputError]]:
    """Return the question with what its options share as it was sent, and the faults of what is no number."""
    faults: dict[str, InputError] = {}

    def taken(name: str, shown: T, now: T, read: Callable[[Sequence[str]], T]) -> T:
        """Return what a field says where that is not what the page showed, else what holds now."""
        if not (texts := sent.get(name)):
            return now
        try:
            said = read(texts)
        except InputError as error:
            faults[name] = error
            return now
        return now if said == shown else said

    def number(key: str, least: int, most: int) -> Callable[[Sequence[str]], int]:
        return lambda texts: whole_between(texts[-1], key, least, most)

    def months(texts: Sequence[str]) -> int | None:
        return whole_between(texts[-1], "months", 1, MOST_MONTHS) if texts[-1].strip() else None

    def source(texts: Sequence[str]) -> str:
        return texts[-1] if texts[-1] in get_args(Source) else question.parameters

    changed = replace(
        question,
        replicates=taken(
            "replicates", page.replicates, question.replicates, number("--replicates", 1, MOST_REPLICATES)
        ),
        seed=taken("seed", page.seed, question.seed, number("--seed", 0, MOST_SEED)),
        months=taken("months", page.months, question.months, months),
        title=taken("title", page.title, question.title, lambda texts: " ".join(texts[-1].split())[:LONGEST_TITLE]),
        yardstick=taken("yardstick", page.yardstick, question.yardstick, lambda texts: texts[-1]),
        parameters=taken("parameters", page.parameters, question.parameters, source),
        target=taken("target", page.target, question.target, lambda texts: texts[-1].strip()),
        regions=taken(
            "regions",
            page.regions,
            question.regions,
            lambda texts: tuple(dict.fromkeys(each for each in texts if each)),
        ),
        wanted=taken(
            "wanted", page.wanted, question.wanted, lambda texts: tuple(name for name in WANTED if name in texts)
        ),
    )
    return changed, faults


def _last(sent: Sent, name: str) -> str | None:
    texts = sent.get(name)
    return texts[-1] if texts else None


def _same_text(one: str, other: str) -> bool:
    return _with_line_ends(one).strip() == _with_line_ends(other).strip()


def _with_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
