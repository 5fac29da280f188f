"""What a user should know of a scenario before it runs: above all, parts of it that do nothing.

This is the one place; whatever checks, shows or runs scenarios asks here. A note that says "does nothing" is true to
the bit; whatever else is said is a remark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel

from diffusion.errors import InputError
from diffusion.levers.outlook import first_few
from diffusion.mechanisms.network.net import said_of_rounding
from diffusion.reading.yaml_lines import load_yaml
from diffusion.scenario.check import check_scenario
from diffusion.scenario.diff import differences
from diffusion.scenario.felt.content import outlook_of, reason_for, same_run, unfelt_keys, why_same
from diffusion.scenario.felt.left_out import left_out
from diffusion.scenario.felt.stated import stated_sets
from diffusion.scenario.load import load_scenario
from diffusion.scenario.plausible import plausibility_warnings
from diffusion.scenario.problems import spelled
from diffusion.scenario.settings import SOURCE, lever_of
from diffusion.world.building.over_time import ever_there, said_of_dates
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.levers.outlook import Outlook
    from diffusion.reading.yaml_lines import KeyPath
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

NOTHING = "it does nothing"
#: how the note begins that the world is of another time
_MISFIT = "it starts in "


@dataclass(frozen=True)
class Checked:
    """A scenario that fits its world."""

    scenario: Scenario
    world: World


def notes_of(scenario: Scenario, world: World) -> list[str]:
    """Return one sentence for each thing that a user should know of a scenario before it runs.

    Parameters
    ----------
    world: the scenario's world, as ``check_scenario`` returns it
    """
    look = outlook_of(scenario, world)
    here = Checked(scenario, world)
    nothing = [
        *_levers(scenario, look),
        *_layers(scenario, look),
        *_left_out_of_lists(scenario, look),
        *_unheard(scenario),
        *_written(scenario, look),
        *_parts_and_settings(here, look),
    ]
    if not nothing:
        nothing += _whole_file(here)
    policy = None if scenario.policy_start is None else str(scenario.policy_start)
    misfit = world.facts.misfit(str(scenario.start), policy) if world.stands_for_its_time else None
    first = [] if misfit is None else [placed(scenario, f"it {misfit}", ("start",))]
    outside = [text for text in plausibility_warnings(scenario) if not text.endswith(NOTHING)]
    remarks = [*_as_read(scenario, world), *stated_sets(scenario, look), *outside]
    return list(dict.fromkeys([*first, *left_out(scenario, world), *nothing, *remarks]))


def number_of_nothing(notes: Sequence[str]) -> int:
    """Return how many notes come first that should not be left out: a world of another time, what does nothing."""
    kept = (n for n, text in enumerate(notes, start=1) if "nothing" in text or text.startswith(_MISFIT))
    return max(kept, default=0)


def notes_between(checked: Sequence[Checked]) -> list[str]:
    """Return one sentence for each scenario that can only give the results of one before it."""
    notes = []
    for number, two in enumerate(checked):
        for one in checked[:number]:
            why = why_same(one.scenario, two.scenario, (one.world, two.world))
            if why is not None:
                notes.append(f"{two.scenario.name} can only give the results of {one.scenario.name}, to the bit: {why}")
                break
    return notes


def placed(scenario: Scenario, text: str, path: KeyPath) -> str:
    """Return ``text`` with the place where ``path`` was written, if a file says it."""
    origin = scenario.written.locate(path)
    if origin is None or origin.line is None or len(path) == 0:
        return text
    return f"{text} ({origin.file}:{origin.line})"


def _levers(scenario: Scenario, look: Outlook) -> Iterator[str]:
    say = look.world.facts.words.say
    for key, lever in scenario.levers.items():
        path: KeyPath = ("levers", key)
        if why := lever.out_of_time(look.start, look.end):
            name = "strength" if lever.strength == 0 else "start" if why.startswith("starts") else "end"
            yield placed(scenario, f"levers.{key} {why}: {NOTHING}", (*path, name))
        elif why := lever.idle(look):
            yield placed(scenario, f"levers.{key} {NOTHING.removeprefix('it ')}: {say(why)}", (*path, "targets"))
        else:
            for text in lever.remarks(look):
                yield placed(scenario, f"levers.{key}: {say(text)}", (*path, "targets"))
    for key, shock in scenario.shocks.items():
        path = ("shocks", key)
        if why := shock.out_of_time(look.start, look.end):
            yield placed(scenario, f"shocks.{key} {why}: {NOTHING}", path)
        elif why := shock.idle(look):
            yield placed(scenario, f"shocks.{key} {NOTHING.removeprefix('it ')}: {say(why)}", path)


def _layers(scenario: Scenario, look: Outlook) -> Iterator[str]:
    """Layers whose ties all hold before the run or after it."""
    last = look.start + (scenario.months - 1)
    for layer in look.world.layers:
        if layer.dated and layer.n_ties and not ever_there(layer, int(look.start), int(last)):
            text = f"world.layers.{layer.name} does nothing: none of its ties holds from {look.start} to {last}"
            yield placed(scenario, f"{text} ({said_of_dates(layer)})", ("world", "layers", layer.name))


def _as_read(scenario: Scenario, world: World) -> Iterator[str]:
    """How files of layers were read, and which weights of ties are rounded."""
    rounded = said_of_rounding(world, scenario.parameters.exposure)
    for layer in world.layers:
        for note in (*layer.notes, *((rounded[layer.name],) if layer.name in rounded else ())):
            yield placed(scenario, f"world.layers.{layer.name}: {note}", ("world", "layers", layer.name))


def _left_out_of_lists(scenario: Scenario, look: Outlook) -> Iterator[str]:
    """Innovations that a packaged file aims at and the portfolio of this world lacks."""
    for key, names in scenario.said.left_out.items():
        group, _, name = key.partition(".")
        policy = (scenario.levers if group == "levers" else scenario.shocks).get(name)
        if policy is None:
            continue
        kept = len(policy.targets.innovations or ())
        text = (
            f"{key}: {len(names)} of the {len(names) + kept} innovations that its file names are not among the "
            f"{int((~is_born(look.world.innovations)).sum())} of this world, and are left out: {first_few(names)}"
        )
        if not kept:
            text += f"; none is left: name some with {SOURCE} '{key}.targets.innovations=[...]'"
        yield placed(scenario, text, (group, name, "targets", "innovations"))


def _unheard(scenario: Scenario) -> Iterator[str]:
    """Levers that are set in one file and switched off in a file below it."""
    for key, origin in scenario.said.unheard.items():
        if str(key) in scenario.levers:
            continue
        off = scenario.written.locate(("levers", key, "enabled"))
        where = f" in {off.file}:{off.line}" if off is not None and off.line is not None else ""
        place = f" ({origin.file}:{origin.line})" if origin is not None and origin.line is not None else ""
        yield (
            f"levers.{key} is switched off{where} by 'enabled: false': what is said of it here does nothing; "
            f"write 'enabled: true' to switch it on{place}"
        )


def _written(scenario: Scenario, look: Outlook) -> Iterator[str]:
    """Keys that files state, at other values than the defaults, and no run can feel."""
    unfelt = unfelt_keys(scenario, look)
    known = {why for lever in scenario.levers.values() if (why := look.nobody(lever))}
    found: dict[tuple[str, str], list[KeyPath]] = {}
    for path, value in scenario.written.leaves():
        key = spelled(path)
        why = unfelt.get(key)
        origin = scenario.written.locate(path)
        if why is None or why in known or origin is None or origin.file == SOURCE or value is None:
            continue
        # what a file inherits may be switched off for good measure
        inherited = origin.file not in scenario.said.files
        if value != _default(scenario, key) and not (inherited and value in (0, False)):
            found.setdefault((str(origin.file), why), []).append(path)
    for (_, told), paths in found.items():
        why = look.world.facts.words.say(told)
        keys = first_few([spelled(path) for path in paths])
        yield placed(scenario, f"{keys} {'does' if len(paths) == 1 else 'do'} nothing: {why}", paths[0])


def _whole_file(here: Checked) -> Iterator[str]:
    """A file that changes nothing of the scenario that it extends."""
    said = here.scenario.said
    if len(said.parts) != 1 or said.settings:
        return
    parent = load_yaml(said.files[0]).data
    above = parent.get("extends") if isinstance(parent, dict) else None
    above = above[0] if isinstance(above, list) and len(above) == 1 else above
    if not isinstance(above, str):
        return
    beside = said.files[0].parent / above
    with suppress(InputError):
        without = load_scenario(beside if beside.is_file() else above)
        why = why_same(without, here.scenario, (check_scenario(without), here.world))
        if why is not None:
            yield f"this file does nothing: its scenario can only give the results of {without.name}: {why}"


def _default(scenario: Scenario, key: str) -> object:
    """Return the default of a parameter or of a lever's setting, also of one entry of a setting that is a table."""
    parts = key.split(".")
    holder: BaseModel = scenario
    if parts[0] == "levers":
        holder, parts = scenario.levers[parts[1]], parts[2:]
    for place, part in enumerate(parts):
        info = type(holder).model_fields.get(part)
        below = getattr(holder, part, None)
        if not isinstance(below, BaseModel) or place == len(parts) - 1:
            found = None if info is None else info.get_default(call_default_factory=True)
            return _entry(found, parts[place + 1 :])
        holder = below
    return None


def _entry(table: object, parts: Sequence[str]) -> object:
    """Return an entry of a table within tables, by its keys as text; None where there is none."""
    for part in parts:
        if not isinstance(table, Mapping):
            return None
        table = next((value for key, value in table.items() if str(key) == part), None)
    return table


def _parts_and_settings(here: Checked, look: Outlook) -> Iterator[str]:
    """Parts of the stack, and settings, without which the scenario would give the same results."""
    scenario, said = here.scenario, here.scenario.said
    for number, part in enumerate(said.parts):
        if number == 0:
            continue
        if part in said.parts[:number]:
            yield f"+{part} stands twice: the second does nothing"
            continue
        others = [name for place, name in enumerate(said.parts) if place != number and name != part]
        yield from _nothing_of(here, f"+{part}", "+".join(others), said.settings, look)
    for number, text in enumerate(said.settings):
        if text in said.settings[:number]:
            continue
        kept = [other for other in said.settings if other != text]
        label = f"{SOURCE} {text}"
        lever = lever_of(text.partition("=")[0].strip())
        if lever is not None and lever not in scenario.levers:
            off = scenario.written.locate(("levers", lever, "enabled"))
            where = f" in {off.file}:{off.line}" if off is not None and off.line is not None else ""
            yield f"{label} does nothing: the lever is switched off{where}; add {SOURCE} levers.{lever}.enabled=true"
        else:
            yield from _nothing_of(here, label, "+".join(said.parts), kept, look)


def _nothing_of(here: Checked, label: str, stack: str, settings: Sequence[str], look: Outlook) -> Iterator[str]:
    try:
        without = load_scenario(stack, settings)
        alike = without.world == here.scenario.world and without.folder == here.scenario.folder
        world = here.world if alike else check_scenario(without)
    except InputError:  # the rest cannot stand without it
        return
    if not same_run(without, here.scenario, (world, here.world)):
        return
    changed = differences(without, here.scenario)
    if not changed:
        yield f"{label} does nothing: that is what stands already"
        return
    unfelt = unfelt_keys(without, outlook_of(without, world)) | unfelt_keys(here.scenario, look)
    reasons = dict.fromkeys(reason_for(item.key, unfelt)[1] for item in changed)
    yield f"{label} does nothing: " + "; ".join(look.world.facts.words.say(why) for why in list(reasons)[:3])
