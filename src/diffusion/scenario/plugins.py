"""Own levers and agents: code is loaded only from modules that the user names, or from installed entry points."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import beside, is_file, named_by_user, note_input
from diffusion.scenario.schema import Scenario

ENTRY_POINTS = "diffusion.agents"
_named: dict[str, str] = {}


def use_python_modules(names: Iterable[str]) -> None:
    """Import the modules (``package.module`` or ``path/file.py``) that may define levers and agents.

    Nothing else is loaded: no folder is put on the path of modules, so that a file beside the named one, or in the
    current folder, never stands in for another module. A ``package.module`` that is not installed is looked for in the
    current folder. Worker processes call this with :func:`python_modules` of their parent. Raises InputError.
    """
    for name in names:
        if name in _named:
            continue
        module = name
        path: Path | None = None
        if name.endswith(".py"):
            path = named_by_user(name, "--python").absolute()
            if not is_file(path):
                others = [item.name for item in path.parent.glob("*.py")] if path.parent.is_dir() else []
                raise InputError(
                    f"there is no file '{name}'",
                    file=name,
                    key="--python",
                    expected="a Python file or module",
                    suggestion=did_you_mean(name, beside(name, others)) or "give the path from the current folder",
                )
            module = path.stem
            _refuse_taken(module, path, name)
            note_input(path)
        try:
            _loaded_alone(module, path)
        except (Exception, SystemExit) as error:  # a script may end itself
            raise InputError(
                f"the module '{module}' cannot be imported: {type(error).__name__}: {error}",
                file=name,
                key="--python",
                expected="a module that imports without error",
                suggestion=_how_to_load(error, path),
            ) from error
        _named[name] = module


def _refuse_taken(module: str, path: Path, name: str) -> None:
    """Refuse a file that has the name of another module: one of the two would stand in for the other."""
    loaded = sys.modules.get(module)
    spec = getattr(loaded, "__spec__", None) if loaded is not None else _spec_or_none(module)
    if (loaded is None and spec is None) or (spec is not None and spec.origin and Path(spec.origin).resolve() == path):
        return
    raise InputError(
        f"there is another module named '{module}'",
        file=name,
        key="--python",
        expected="a file with a name of its own",
        suggestion=f"call it my_{module.removeprefix('my_')}.py, and its classes my_{module.removeprefix('my_')}:...",
    )


def _spec_or_none(module: str) -> ModuleSpec | None:
    try:
        return find_spec(module)
    except (ImportError, ValueError):
        return None


def _loaded_alone(module: str, path: Path | None) -> None:
    """Import one module: the file ``path``, an installed one, or one of the current folder."""
    first = module.partition(".")[0]
    if path is not None:
        spec = spec_from_file_location(module, path)
    elif first in sys.modules or _spec_or_none(first) is not None:
        spec = None
    else:
        spec = PathFinder.find_spec(first, [os.getcwd()])
    if spec is not None and spec.loader is not None and spec.name not in sys.modules:
        made = module_from_spec(spec)
        sys.modules[spec.name] = made
        try:
            spec.loader.exec_module(made)
        except BaseException:
            sys.modules.pop(spec.name, None)
            raise
    importlib.import_module(module)


def _how_to_load(error: BaseException, path: Path | None) -> str:
    missing = error.name if isinstance(error, ModuleNotFoundError) and error.name else ""
    if path is not None and (path.parent / f"{missing}.py").is_file():
        return f"a file is loaded alone: name the other one before it, --python {path.parent / missing}.py"
    if missing:
        return f"install '{missing}', or put its folder into PYTHONPATH"
    return "mend what it says, for example in a Python that imports the file"


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
