"""Own levers and agents: code is loaded only from modules that the user names, or from installed entry points."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from diffusion.errors import InputError, did_you_mean
from diffusion.scenario.schema import Scenario

ENTRY_POINTS = "diffusion.agents"
_named: dict[str, str] = {}


def use_python_modules(names: Iterable[str]) -> None:
    """Import the modules (``package.module`` or ``path/file.py``) that may define levers and agents.

    Worker processes call this with :func:`python_modules` of their parent. Raises InputError.
    """
    for name in names:
        if name in _named:
            continue
        folder, module = Path.cwd(), name
        if name.endswith(".py"):
            path = Path(name).resolve()
            if not path.is_file():
                siblings = [item.name for item in path.parent.glob("*.py")] if path.parent.is_dir() else []
                raise InputError(
                    f"there is no file '{name}'",
                    file=name,
                    key="--python",
                    expected="a Python file or module",
                    suggestion=did_you_mean(path.name, siblings) or "give the path from the current folder",
                )
            folder, module = path.parent, path.stem
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        try:
            importlib.import_module(module)
        except Exception as error:
            raise InputError(
                f"the module '{module}' cannot be imported: {type(error).__name__}: {error}",
                file=name,
                key="--python",
                expected="a module that imports without error",
                suggestion=f"try: python -c 'import {module}'",
            ) from error
        _named[name] = module


def python_modules() -> tuple[str, ...]:
    """Return the names given to :func:`use_python_modules` so far."""
    return tuple(_named)


def agent_classes(scenario: Scenario) -> dict[str, type]:
    """Return the scenario's own agent classes by kind; raises InputError for one that may not be loaded."""
    found: dict[str, type] = {}
    for kind, text in scenario.agents.items():
        try:
            found[kind] = _agent_class(text)
        except InputError as error:
            raise scenario.placed(error, f"agents.{kind}") from None
    return found


def _loaded(point: EntryPoint) -> type:
    found: type = point.load()
    return found


def _agent_class(text: str) -> type:
    installed = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if text in installed:
        return _loaded(installed[text])
    module, sign, name = text.partition(":")
    if not sign or not module or not name:
        raise InputError(
            f"'{text}' is not an agent class",
            expected="module:Class, or the name of an installed agent",
            suggestion=did_you_mean(text, installed) or "for example my_agents:CautiousTrust",
        )
    values = {point.value: point for point in installed.values()}
    if text in values:
        return _loaded(values[text])
    if module not in _named.values():
        raise InputError(
            f"the module '{module}' is not loaded: scenario files run no code by themselves",
            expected="a module named on the command line, or an installed agent",
            suggestion=f"add --python {module} if you trust it",
        )
    loaded = importlib.import_module(module)
    candidate = getattr(loaded, name, None)
    if not isinstance(candidate, type):
        classes = [key for key, value in vars(loaded).items() if isinstance(value, type)]
        raise InputError(
            f"the module '{module}' has no class '{name}'",
            expected="one of " + ", ".join(classes) if classes else "a class",
            suggestion=did_you_mean(name, classes) or "check the spelling in the module",
        )
    return candidate
