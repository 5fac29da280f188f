"""A question as its page shows it: options side by side, their levers and settings as fields, faults beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from diffusion.engine.calendar import Month
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.reading.yaml_lines import KeyPath, Plain
from diffusion.report.words.departure_words import DepartureLine, departure_line
from diffusion.scenario.schema import HEADER, Scenario
from diffusion.web.ask.draft import Draft, Missing
from diffusion.web.ask.faults import Faults
from diffusion.web.ask.fields import Setting, lever_settings, parameter_of, setting_of, words_of
from diffusion.web.ask.known import names_of
from diffusion.web.ask.packaged import additions
from diffusion.web.ask.written import OFF, ON, as_text
from diffusion.web.base.plain_paths import without_paths

if TYPE_CHECKING:
    from diffusion.web.ask.checking import Found
    from diffusion.world.tables import World

#: an option's text that is longer is not shown in its page, but can be downloaded
LONGEST_SHOWN = 6_000
#: how the note begins that a file has no effect
_WHOLE_FILE = "this file does nothing"
ENABLED = Setting(("enabled",), "yes_no", "in force", True, False)
EXTENDS = Setting(("extends",), "list", "what it is laid over, with commas between", None, True)


@dataclass(frozen=True)
class FieldView:
    """A field: its name in the form, what it holds, what is known of it, and what is wrong with it."""

    name: str
    setting: Setting
    text: str
    held: tuple[str, ...]
    inherited: str
    own: bool
    reason: str
    choices: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]

    @property
    def id(self) -> str:
        return id_of(self.name)


@dataclass(frozen=True)
class LeverCard:
    """A lever of an option: ``added`` is whether the option has it from no file below; ``open`` shows all settings."""

    key: str
    name: str
    title: str
    says: str
    added: bool
    on: FieldView
    open: bool
    summary: str
    grade: str = ""
    source: str = ""
    first: list[FieldView] = field(default_factory=list)
    whom: list[FieldView] = field(default_factory=list)
    more: list[FieldView] = field(default_factory=list)
    changed: int = 0

    @property
    def id(self) -> str:
        return id_of(self.name)

    @property
    def noted(self) -> bool:
        """Whether it is shown by itself though the option has it from below."""
        return self.open or bool(self.changed) or self.on.text != ON or bool(self.on.faults)


@dataclass(frozen=True)
class OptionCard:
    """An option, side by side with others."""

    name: str
    title: str
    header: list[FieldView]
    levers: list[LeverCard]
    parameters: list[FieldView]
    departures: list[DepartureLine]
    problems: list[tuple[str, str]]
    notes: list[str]
    text: str
    readable: bool
    #: whether it could be read as a scenario, so that it is known what it changes
    sound: bool = True
    #: whether the levers from below are shown one by one, also where nothing of them is changed
    all_levers: bool = False

    @property
    def id(self) -> str:
        return id_of(self.name)

    @property
    def first_fault(self) -> str:
        """The id of the first field with something to mend, else of the option."""
        of_levers = (each for card in self.levers for each in (card.on, *card.first, *card.more, *card.whom))
        return next((each.id for each in (*self.header, *of_levers, *self.parameters) if each.faults), self.id)

    @property
    def wide(self) -> bool:
        """Whether it shows all settings of a lever, which take room."""
        return any(card.open for card in self.levers)

    @property
    def on(self) -> set[str]:
        """The ids of the levers that are in force."""
        return {card.key for card in self.levers if card.on.text == ON}


def name_of(option: str, *place: object) -> str:
    """Return the name of a field in the form: the option and its key path, with slashes between."""
    return "/".join(quote(str(part), safe="") for part in (option, *place))


def id_of(name: str) -> str:
    """Return the id in the page of what has a name: short, for a page has many, and the same at every time."""
    return f"f{hashlib.sha256(name.encode()).hexdigest()[:7]}"


def card_of(name: str, draft: Draft, found: Found, opened: Collection[str], world: World | None) -> OptionCard:
    """Return the card of an option; ``opened`` are the levers and parameters, by the names of their fields, of which
    all settings are shown, beside those with faults."""
    faults = Faults(found.problems)
    header = [_field(name, draft, (setting.place[0],), setting, faults, world) for setting in _header()]
    levers = [_lever(name, key, draft, faults, opened, world) for key in lever_keys(draft)] if not draft.fault else []
    parameters = [
        _field(name, draft, ("parameters", *setting.place), setting, faults, world)
        for setting in _parameters(name, draft, opened)
    ]
    return OptionCard(
        name,
        str(draft.value(("title",))) if isinstance(draft.value(("title",)), str) else name,
        [] if draft.fault else header,
        levers,
        parameters,
        [departure_line(each) for each in found.departures],
        faults.rest({f"levers.{card.key}": card.id for card in levers}, id_of(name_of(name, "yaml"))),
        [without_paths(note) for note in found.notes if not (note.startswith(_WHOLE_FILE) and _says_nothing(draft))],
        draft.text if len(draft.text) <= LONGEST_SHOWN else "",
        draft.fault is None,
        found.scenario is not None,
        name_of(name, "levers") in opened,
    )


def _says_nothing(draft: Draft) -> bool:
    """Whether a file is one that it extends under another title: an option that is not changed yet."""
    return not set(draft.own) - {"extends", *HEADER} and isinstance(draft.own.get("extends"), str)


@cache
def _header() -> tuple[Setting, ...]:
    fields = Scenario.model_fields
    return (
        setting_of(("title",), fields["title"]),
        EXTENDS,
        setting_of(("policy_start",), fields["policy_start"]),
    )


def header_setting(key: str) -> Setting | None:
    """Return the setting of a key at the top of a file that has a field; None where it has none."""
    return next((setting for setting in _header() if setting.place == (key,)), None)


def lever_keys(draft: Draft) -> list[str]:
    """Return the ids of an option's levers: those that its file says first, then those from below."""
    said, below = draft.said(("levers",)), draft.has_from_below(("levers",))
    own = [str(key) for key in said] if isinstance(said, dict) else []
    extends = _texts(draft.said(("extends",)))
    stacked = [name for name, each in additions().items() if each.name in extends]
    rest = [str(key) for key in below] if isinstance(below, dict) else []
    first = [key for key in rest if key in stacked]
    return list(dict.fromkeys([*first, *own, *rest]))


def kind_of(draft: Draft, key: str) -> type[Lever] | None:
    """Return the lever that an entry of a file is; None where there is no such."""
    entry = draft.value(("levers", key))
    kind = draft.value(("levers", key, "lever")) if isinstance(entry, dict) else key
    return all_levers().get(kind if isinstance(kind, str) else key)


def is_added(draft: Draft, key: str) -> bool:
    """Whether an option has a lever by itself: as a key of its own alone, or as one of what it extends."""
    extends = _texts(draft.said(("extends",)))
    return (key in additions() and additions()[key].name in extends) or isinstance(
        draft.has_from_below(("levers", key)), Missing
    )


def _texts(value: Plain | Missing) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [value] if isinstance(value, str) else []


def _parameters(name: str, draft: Draft, opened: Collection[str]) -> Iterator[Setting]:
    said = draft.said(("parameters",))
    for section, below in said.items() if isinstance(said, dict) else ():
        for key in below if isinstance(below, dict) else ():
            if (setting := parameter_of(f"{section}.{key}")) is not None:
                yield setting
    for text in opened:
        option, *place = text.split("/")
        if option == quote(name, safe="") and place[:1] == ["parameters"] and len(place) == 3:
            setting = parameter_of(".".join(place[1:]))
            if setting is not None and isinstance(draft.said(("parameters", *setting.place)), Missing):
                yield setting


def _lever(
    option: str, key: str, draft: Draft, faults: Faults, opened: Collection[str], world: World | None
) -> LeverCard:
    name, place = name_of(option, "levers", key), ("levers", key)
    kind = kind_of(draft, key)
    on = _field(option, draft, (*place, "enabled"), ENABLED, faults, world)
    said = draft.said(place)
    card = LeverCard(
        key,
        name,
        kind.title if kind else words_of(key),
        kind.acts_on if kind else "",
        is_added(draft, key),
        on,
        False,
        _summary(draft, place, kind),
        changed=len([each for each in said if each != "lever"]) if isinstance(said, dict) else 0,
    )
    if kind is None or not (name in opened or faults.below(place)):
        return card

    def fields(settings: Sequence[Setting]) -> list[FieldView]:
        return [_field(option, draft, (*place, *each.place), each, faults, world) for each in settings]

    first, whom, more = lever_settings(kind)
    return replace(
        card,
        open=True,
        grade=kind.grade,
        source=kind.source,
        first=fields(first),
        whom=fields(whom),
        more=fields(more),
    )


def _summary(draft: Draft, place: KeyPath, kind: type[Lever] | None) -> str:
    """Say in a few words from when to when a lever acts, and how strongly."""

    def said(key: str) -> str:
        value = draft.value((*place, key))
        return "" if isinstance(value, Missing) or value is None else str(value)

    policy = draft.value(("policy_start",))
    start = said("start") or (policy if isinstance(policy, str) else kind.historic_start if kind else "")
    end, strength = said("end"), said("strength")
    if not end and kind is not None and kind.default_months is not None:
        try:
            end = str(Month(start) + kind.default_months)
        except ValueError:
            end = ""
    words = [f"from {start}" if start else "", f"to {end}" if end else ""]
    words += [f"strength {strength}" if strength not in ("", "1", "1.0") else ""]
    return ", ".join(word for word in words if word)


def _field(
    option: str, draft: Draft, place: KeyPath, setting: Setting, faults: Faults, world: World | None
) -> FieldView:
    value, below = draft.value(place), draft.has_from_below(place)
    default = _dated_default(draft, place, setting)
    before = below if not isinstance(below, Missing) and below is not None else default
    shown = setting.default if isinstance(value, Missing) and not setting.optional else value
    held = tuple(str(each) for each in value) if isinstance(value, list) else ()
    return FieldView(
        name_of(option, *place),
        setting,
        as_text(shown, setting),
        held,
        "" if setting.place == ("title",) else as_text(before, setting),
        not isinstance(draft.said(place), Missing),
        draft.reason(place),
        # what is picked stands first: lists are longer than what can be seen of them
        tuple(sorted(_choices(setting, place, world), key=lambda each: each[0] not in held)),
        tuple(faults.at(place)),
    )


def _dated_default(draft: Draft, place: KeyPath, setting: Setting) -> Plain:
    """Return the default of a setting; of the start of a lever the month that takes its place."""
    if place[0] != "levers" or setting.place != ("start",):
        return setting.default
    policy = draft.value(("policy_start",))
    kind = kind_of(draft, str(place[1]))
    return policy if isinstance(policy, str) else kind.historic_start if kind else None


def _choices(setting: Setting, place: KeyPath, world: World | None) -> tuple[tuple[str, str], ...]:
    if setting.kind == "yes_no" and setting.optional:
        return ("", "any"), (ON, "yes"), (OFF, "no")
    if setting.choices:
        named = tuple((each, each.replace("_", " ")) for each in setting.choices)
        return (("", "default"), *named) if setting.kind == "choice" and setting.optional else named
    if place[0] == "levers" and setting.place[0] == "targets" and world is not None:
        return names_of(str(setting.place[-1]), world)
    return ()
