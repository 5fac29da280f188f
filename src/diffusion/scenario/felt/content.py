"""What a run can feel of a scenario: two scenarios that are alike in this give the same results, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.levers.outlook import Outlook
from diffusion.mechanisms.network.net import layer_weight
from diffusion.scenario.diff import differences
from diffusion.scenario.felt.parameters import unfelt_parameters
from diffusion.scenario.initial import initial_pairs
from diffusion.world.building.dated import dated, warm_up_months
from diffusion.world.slots import is_born, with_slots

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World


def outlook_of(scenario: Scenario, world: World) -> Outlook:
    """Return what is known of a scenario's run; ``world`` is its world as it was built."""
    supply = scenario.parameters.supply
    if supply.followed and not is_born(world.innovations).any():
        world = with_slots(world, supply.arrival_slots, supply.spin_out_slots)
    world = dated(world, int(scenario.start))
    warm_up = warm_up_months(scenario.initial, world, int(scenario.start))
    start = scenario.start + -warm_up
    return Outlook(world, scenario.parameters, start, scenario.end, scenario.levers, warm_up, scenario.shocks)


def unfelt_keys(scenario: Scenario, look: Outlook) -> dict[str, str]:
    """Return dotted keys of parameters and settings of levers that no run can feel, with why.

    Where own agents or levers are in force nothing is said of parameters: what they read is not known.
    """
    found: dict[str, str] = {}
    if not scenario.agents and all(lever.number for lever in look.active.values()):
        found |= unfelt_parameters(look, scenario.initial)
    if not scenario.initial.from_portfolio:
        found["initial.warm_up_months"] = "no months are run before where stages or adopters of the opening are stated"
    for key, lever in scenario.levers.items():
        if why := lever.why_idle(look):
            found[f"levers.{key}"] = f"the lever {_as_part(why)}"
        else:
            found |= {f"levers.{key}.{name}": reason for name, reason in lever.all_unfelt(look).items()}
    for key, shock in scenario.shocks.items():
        if why := shock.why_idle(look):
            found[f"shocks.{key}"] = f"the shock {_as_part(why)}"
    return found


#: what the reasons of levers begin with that go on after the lever's name
_VERBS = ("has ", "is ", "starts ", "gives ", "attended ")


def _as_part(why: str) -> str:
    return why if why.startswith(_VERBS) else f"does nothing: {why}"


@dataclass(frozen=True)
class Felt:
    """What a run may feel of a scenario, world apart: values by name, and the names that this run cannot feel."""

    values: dict[str, Any]
    unfelt: frozenset[str]

    def same_as(self, other: Felt) -> bool:
        """Whether each value is equal, or not felt in either."""
        free = self.unfelt & other.unfelt
        keys = (self.values.keys() | other.values.keys()) - free
        return all(key in self.values and key in other.values and self.values[key] == other.values[key] for key in keys)


def felt_content(scenario: Scenario, look: Outlook) -> Felt:
    """Return what a run may feel of a scenario, world apart; levers that do nothing in it are left out."""
    values: dict[str, Any] = {
        "start": int(scenario.start),
        "months": scenario.months,
        "initial": _felt_initial(scenario, look),
        "agents": dict(scenario.agents),
    }
    for section, entries in scenario.parameters.model_dump(mode="json").items():
        values |= {f"parameters.{section}.{name}": value for name, value in entries.items()}
    unfelt = {key for key in unfelt_keys(scenario, look) if key.startswith("parameters.")}
    for key, lever in look.active.items():
        data, names = lever.felt(look)
        values |= {f"levers.{key}.{name}": value for name, value in data.items()}
        unfelt |= {f"levers.{key}.{name}" for name in names}
    for key, shock in look.active_shocks.items():
        data, _ = shock.felt(look)
        values |= {f"shocks.{key}.{name}": value for name, value in data.items()}
    return Felt(values, frozenset(unfelt))


def _felt_initial(scenario: Scenario, look: Outlook) -> tuple[str | int, bytes | None]:
    """Return the stage of all pairs, or how many months are run before; and who begins as adopter, None if drawn."""
    initial, world = scenario.initial, look.world
    adopters = initial.adopters
    if look.warm_up:
        return look.warm_up, None
    if adopters is None:
        table = world.innovations
        known = scenario.initial.from_portfolio and not np.isnan(table.opening_share).all()
        drawn = table.initial_sites_max.any() or known
        return initial.stage, None if drawn else np.zeros_like(world.eligible).tobytes()
    return initial.stage, initial_pairs(adopters, world).tobytes()


def same_run(one: Scenario, two: Scenario, worlds: tuple[World, World]) -> bool:
    """Whether two scenarios give the same results for reasons that are known before they run."""
    if one.world != two.world or one.folder != two.folder:
        seen = [_seen(scenario, world) for scenario, world in zip((one, two), worlds)]
        if seen[0] != seen[1]:
            return False
    return felt_content(one, outlook_of(one, worlds[0])).same_as(felt_content(two, outlook_of(two, worlds[1])))


def _seen(scenario: Scenario, world: World) -> tuple[Any, ...]:
    """Return all that a run reads of a world: layers without weight only where own agents or levers may ask."""
    ask = scenario.agents or any(not lever.number for lever in scenario.levers.values())
    weights = scenario.parameters.exposure
    names = tuple(layer.name for layer in world.layers if ask or layer_weight(layer, weights) > 0)
    return _plain(world, names)


@lru_cache(maxsize=8)
def _plain(world: World, layers: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the arrays of a world that are to be compared."""
    kept = (layer for layer in world.layers if layer.name in layers)
    tables = (world.trusts, world.ahsns, world.innovations, *kept)
    parts: list[object] = [world.eligible.tobytes(), world.changes]
    for table in tables:
        for name, value in vars(table).items():
            if name not in ("filled", "grade", "source", "notes"):
                parts.append((name, value.tobytes() if isinstance(value, np.ndarray) else value))
    return tuple(parts)


def why_same(one: Scenario, two: Scenario, worlds: tuple[World, World]) -> str | None:
    """Say why ``two`` can only give the results of ``one``; None where no reason is known."""
    if not same_run(one, two, worlds):
        return None
    changed = differences(one, two)
    if not changed:
        return "no key of the two differs"
    reasons: dict[str, str] = {}
    for scenario, world in ((two, worlds[1]), (one, worlds[0])):
        reasons = unfelt_keys(scenario, outlook_of(scenario, world)) | reasons
    said: dict[str, list[str]] = {}
    for item in changed:
        key, told = reason_for(item.key, reasons)
        why = worlds[1].facts.words.say(told)
        said.setdefault(why, [])
        if key not in said[why]:
            said[why].append(key)
    return "; ".join(f"{_listed(keys)}: {why}" for why, keys in list(said.items())[:3]) + _more(len(said) - 3)


def _listed(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")


def _more(number: int) -> str:
    return f"; {number} more reasons" if number > 0 else ""


def reason_for(key: str, reasons: dict[str, str]) -> tuple[str, str]:
    """Return (key as it is named, why no run feels it) for a key that makes no difference."""
    parts = key.split(".")
    for end in range(len(parts), 0, -1):
        above = ".".join(parts[:end])
        if above in reasons:
            return (above if parts[0] == "levers" and end == 2 else key), reasons[above]
    if key == "policy_start":
        return key, "no lever in force takes its start from it"
    if parts[0] in ("levers", "shocks") and parts[-1] in ("start", "end", "ramp_months", "calendar_months"):
        return key, f"the {parts[0].removesuffix('s')} is in force in the same months of the run"
    if "targets" in parts:
        return key, "the same trusts and innovations are concerned"
    if parts[0] == "world":
        return key, "the world is the same, as far as a run looks at it"
    if parts[0] == "initial":
        return key, "the same pairs begin as adopters"
    return key, "no run can feel the difference"
