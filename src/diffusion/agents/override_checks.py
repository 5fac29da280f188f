"""What an override of a decision may return, and what is said of one that returns something else."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from diffusion.errors import InputError, nearest
from diffusion.month.decisions import DECISIONS, Decision
from diffusion.world.codes import code_hint

if TYPE_CHECKING:
    from diffusion.agents.base import RowAgent
    from diffusion.agents.fellow import Fellow


class Place(TypedDict, total=False):
    """Where a method stands, if that can be told."""

    file: str | None
    line: int


def overridden(cls: type, base: type, kind: str) -> tuple[str, ...]:
    """Return the decisions that ``cls`` takes in its own way; raises InputError for a class that cannot be used."""
    decisions = DECISIONS[kind]
    if not (isinstance(cls, type) and issubclass(cls, base)):
        name = getattr(cls, "__name__", repr(cls))
        raise InputError(
            f"{name} is not a kind of {base.__name__}",
            key=f"agents.{kind}",
            expected=f"a subclass of diffusion.{base.__name__}",
        )
    found = tuple(name for name in decisions if getattr(cls, name) is not getattr(base, name))
    if not found:
        own = [name for name in dir(cls) if not name.startswith("_") and not hasattr(base, name)]
        for name in own:
            if meant := nearest(name, decisions):
                raise InputError(
                    f"{cls.__name__} overrides no decision, and '{name}' is none",
                    key=f"{cls.__name__}.{name}",
                    expected="one of " + ", ".join(decisions),
                    suggestion=f"did you mean '{meant}'?",
                    **_place(cls, name),
                )
    return found


def decide(agent: RowAgent, decision: Decision, n_innovations: int) -> np.ndarray:
    """Call an override and return its float64[K]; raises InputError that names class, method and agent."""
    expected = f"{n_innovations} numbers, one per innovation, each {decision.what}"
    value = _asked(agent, decision, expected)
    row = _numbers(agent, decision, value, (n_innovations,), expected)
    good = _good(row, decision)
    if not good.all():
        k = int(np.argmin(good))
        raise _refused(agent, decision, expected, f"{row[k]} for '{agent.model.innovations[k]}'")
    return row


def decide_number(agent: RowAgent, decision: Decision) -> float:
    """Call an override and return its number; raises InputError that names class, method and agent."""
    value = _asked(agent, decision, decision.what)
    number = _numbers(agent, decision, value, (), decision.what)
    if not _good(number, decision):
        raise _refused(agent, decision, decision.what, str(float(number)))
    return float(number)


def decide_sites(agent: Fellow, decision: Decision) -> np.ndarray:
    """Call an override and return the rows of the trusts it chose; raises InputError that names class and method."""
    most = agent.sites_due
    expected = f"at most {most} {decision.what} that it has not reached and may reach"
    value = _asked(agent, decision, expected)
    if isinstance(value, (str, bytes)):
        raise _refused(agent, decision, expected, _shown(value), "return a list, also of one trust")
    try:
        chosen = list(value)  # type: ignore[call-overload]
    except TypeError:
        raise _refused(agent, decision, expected, _shown(value)) from None
    codes = agent.model.world.trusts.codes
    rows: list[int] = []
    for site in chosen:
        if isinstance(site, str):
            if site not in codes:
                raise _refused(agent, decision, expected, f"'{site}'", code_hint(site, codes))
            site = codes.index(site)
        elif isinstance(site, (bool, np.bool_)) or not isinstance(site, (int, np.integer)):
            raise _refused(agent, decision, expected, f"{site!r:.60} among them")
        elif not 0 <= site < len(codes):
            raise _refused(agent, decision, expected, f"{site} among them", f"rows run from 0 to {len(codes) - 1}")
        rows.append(int(site))
    if len(rows) > most:
        raise _refused(agent, decision, expected, f"{len(rows)} trusts")
    able = set(agent.able_sites.tolist())
    for row in rows:
        if row not in able or rows.count(row) > 1:
            why = "is named twice" if rows.count(row) > 1 else "it may not reach, or has reached before"
            raise _refused(agent, decision, expected, f"{codes[row]}, which {why}", "choose among able_sites")
    return np.array(rows, dtype=np.int64)


def _asked(agent: RowAgent, decision: Decision, expected: str) -> object:
    value: object = getattr(agent, decision.name)()
    if value is None:
        raise _refused(agent, decision, expected, "nothing", "end the method with 'return'")
    return value


def _numbers(agent: RowAgent, decision: Decision, value: object, shape: tuple[int, ...], expected: str) -> np.ndarray:
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise _refused(agent, decision, expected, _shown(value)) from None
    if numbers.shape != shape:
        raise _refused(agent, decision, expected, _shown(value))
    return numbers


def _good(numbers: np.ndarray, decision: Decision) -> np.ndarray:
    """Return where numbers are what the decision may be; NaN fails every comparison."""
    good = (numbers >= 0.0) & (numbers <= decision.highest)
    return good if decision.infinite else good & np.isfinite(numbers)


def _refused(
    agent: RowAgent, decision: Decision, expected: str, returned: str, suggestion: str | None = None
) -> InputError:
    cls = type(agent)
    return InputError(
        f"{cls.__name__}.{decision.name} of {agent.code} in {agent.model.date} returned {returned}",
        expected=expected,
        suggestion=suggestion,
        **_place(cls, decision.name),
    )


def _place(cls: type, name: str) -> Place:
    """Return file and line of a method, where they can be told."""
    try:
        method = inspect.unwrap(getattr(cls, name))
        return {"file": inspect.getsourcefile(method), "line": inspect.getsourcelines(method)[1]}
    except (TypeError, OSError):
        return {}


def _shown(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (list, tuple)):
        return f"{len(value)} values"
    return f"{value!r:.60}"
