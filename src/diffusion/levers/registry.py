"""Which levers exist: the built-in ones, installed entry points, and classes registered by a named module."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import TypeVar

from diffusion import levers
from diffusion.engine.ledger import all_flows
from diffusion.errors import InputError, did_you_mean
from diffusion.levers.base import Lever

LeverType = TypeVar("LeverType", bound=type[Lever])
_LEVERS: dict[str, type[Lever]] = {}


def register(lever: LeverType) -> LeverType:
    """Class decorator: make a lever known to scenarios under its ``name``.

    Raises InputError where its own kinds of payment cannot be, or another lever says otherwise of one.
    """
    if not lever.name:
        raise ValueError(f"{lever.__name__} has no name")
    known = _LEVERS.get(lever.name)
    if known is not None and known.__qualname__ != lever.__qualname__:
        raise ValueError(f"a lever named '{lever.name}' exists already: {known.__module__}.{known.__qualname__}")
    others = ((name, other.purposes) for name, other in _LEVERS.items() if name != lever.name)
    all_flows((*others, (lever.name, lever.purposes)))
    _LEVERS[lever.name] = lever
    return lever


@cache
def _load() -> None:
    # every module of this package is imported; those that hold a lever register it
    for module in sorted(module.name for module in iter_modules(levers.__path__)):
        import_module(f"diffusion.levers.{module}")
    for point in entry_points(group="diffusion.levers"):
        register(point.load())


def all_levers() -> dict[str, type[Lever]]:
    """Return all known levers by name, in the order of their numbers, own ones last."""
    _load()
    return dict(sorted(_LEVERS.items(), key=lambda item: (item[1].number or 999, item[0])))


def lever_class(name: str) -> type[Lever]:
    """Return the lever of this name; raises InputError with the nearest name if there is none."""
    levers = all_levers()
    if name not in levers:
        raise InputError(
            f"unknown lever '{name}'", key="levers", expected=", ".join(levers), suggestion=did_you_mean(name, levers)
        )
    return levers[name]
