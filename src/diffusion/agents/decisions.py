"""Which decisions agents may override, and what an override may return."""

from __future__ import annotations

import inspect
import math
from typing import Any, NamedTuple

import numpy as np

from diffusion.errors import InputError, nearest


class Decision(NamedTuple):
    """A decision that a class may override: a method that takes only ``self`` and returns K numbers."""

    name: str
    what: str
    highest: float
    infinite: bool = False  # an infinite rate means: this month for certain


_RATE = "a rate per month, 0 or above"

TRUST_DECISIONS: dict[str, Decision] = {
    decision.name: decision
    for decision in (
        Decision("capacity_priority", "a priority for change time, 0 or above", math.inf),
        Decision("awareness_rate", _RATE, math.inf, True),
        Decision("triage_rate", _RATE, math.inf, True),
        Decision("pilot_probability", "a probability, 0 to 1", 1.0),
        Decision("rollout_rate", _RATE, math.inf, True),
        Decision("pilot_abandonment_rate", _RATE, math.inf, True),
        Decision("abandonment_rate", _RATE, math.inf, True),
        Decision("reconsideration_rate", _RATE, math.inf, True),
    )
}
AHSN_DECISIONS: dict[str, Decision] = {
    "allocate_push": Decision("allocate_push", "a weight, 0 to 1", 1.0),
}


def overridden(cls: type, base: type, decisions: dict[str, Decision]) -> tuple[str, ...]:
    """Return the decisions that ``cls`` takes in its own way; raises InputError for a class that cannot be used."""
    if not (isinstance(cls, type) and issubclass(cls, base)):
        kind, name = base.__name__, getattr(cls, "__name__", repr(cls))
        raise InputError(
            f"{name} is not a kind of {kind}", key=f"agents.{kind.lower()}", expected=f"a subclass of diffusion.{kind}"
        )
    found = tuple(name for name in decisions if getattr(cls, name) is not getattr(base, name))
    if not found:
        own = [name for name in dir(cls) if not name.startswith("_") and not hasattr(base, name)]
        for name in own:
            if meant := nearest(name, decisions):
                raise InputError(
                    f"{cls.__name__} overrides no decision, and '{name}' is none", key=f"{cls.__name__}.{name}",
                    expected="one of " + ", ".join(decisions), suggestion=f"did you mean '{meant}'?",
                    **_place(cls, name),
                )  # fmt: skip
    return found


def decide(agent: Any, decision: Decision, n_innovations: int) -> np.ndarray:
    """Call an override and return its float64[K]; raises InputError that names class, method and agent."""
    value = getattr(agent, decision.name)()
    if value is None:
        raise _refused(agent, decision, n_innovations, "nothing", "end the method with 'return'")
    try:
        row = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise _refused(agent, decision, n_innovations, _shown(value)) from None
    if row.shape != (n_innovations,):
        raise _refused(agent, decision, n_innovations, _shown(value))
    # NaN fails every comparison
    good = (row >= 0.0) & (row <= decision.highest)
    if not decision.infinite:
        good &= np.isfinite(row)
    if not good.all():
        k = int(np.argmin(good))
        raise _refused(agent, decision, n_innovations, f"{row[k]} for '{agent.model.innovations[k]}'")
    return row


def _refused(agent: Any, decision: Decision, n: int, returned: str, suggestion: str | None = None) -> InputError:
    cls = type(agent)
    return InputError(
        f"{cls.__name__}.{decision.name} of {agent.code} in {agent.model.date} returned {returned}",
        expected=f"{n} numbers, one per innovation, each {decision.what}", suggestion=suggestion,
        **_place(cls, decision.name),
    )  # fmt: skip


def _place(cls: type, name: str) -> dict[str, Any]:
    """Return file and line of a method, where they can be told."""
    try:
        method = inspect.unwrap(getattr(cls, name))
        return {"file": inspect.getsourcefile(method), "line": inspect.getsourcelines(method)[1]}
    except (TypeError, OSError):
        return {}


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        return f"{len(value)} values"
    return f"{value!r:.60}"
