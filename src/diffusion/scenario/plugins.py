"""Own levers and agents: code is loaded only from modules that the user names, or from installed entry points."""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import Field, create_model

from diffusion.engine.calendar import Month
from diffusion.errors import InputError, did_you_mean
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.reading.files import beside, is_file, named_by_user, note_input
from diffusion.reading.validation import choices
from diffusion.scenario.schema import Scenario
from diffusion.scenario.tree import Tree

ENTRY_POINTS = "diffusion.agents"
#: module by the name it was given, and where a file of that name lay then
_named: dict[str, str] = {}
_files: dict[str, Path] = {}
#: types of settings that are kept with results
_TYPES: dict[str, Any] = {"yes/no": bool, "month": Month, "number": float, "whole": int, "text": str}


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
        except InputError:  # it says what is wrong, and where
            raise
        except (Exception, SystemExit) as error:  # a script may end itself
            raise InputError(
                f"the module '{module}' cannot be imported: {type(error).__name__}: {error}",
                file=name,
                key="--python",
                expected="a module that imports without error",
                suggestion=_how_to_load(error, path),
            ) from error
        _named[name] = module
        if path is not None:
            _files[name] = path


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
    """Return what :func:`use_python_modules` was given so far: modules, and files by their whole path."""
    return tuple(str(_files.get(name, name)) for name in _named)


def named_as(module: str) -> str:
    """Return what ``--python`` was given for a module; its own name where it was not named."""
    return next((name for name, known in _named.items() if known == module), module)


def code_of(modules: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of the files of modules, and of named modules that they take anything from, by module.

    Raises InputError for a module without a file, whose code nobody could know again.
    """
    found: dict[str, str] = {}
    left = sorted(set(modules))
    while left:
        name = left.pop()
        file = getattr(sys.modules.get(name), "__file__", None)
        if file is None or not Path(file).is_file():
            raise InputError(
                f"the code of the module '{name}' stands in no file, so that a change could not be seen",
                key="--python",
                expected="own levers, agents and outcomes in a file",
                suggestion="write them into my_study.py and name it: --python my_study.py",
            )
        found[name.replace("__mp_main__", "__main__")] = hashlib.sha256(Path(file).read_bytes()).hexdigest()
        taken = {
            value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
            for value in list(vars(sys.modules[name]).values())
        }
        left += sorted(module for module in taken if module in _named.values() and module not in found)
    return dict(sorted(found.items()))


def own_modules(scenarios: Iterable[Scenario]) -> set[str]:
    """Return the modules of own levers and agents of scenarios, all loaded, that stand in a file."""
    found: set[str] = set()
    for scenario in scenarios:
        found |= {type(lever).__module__ for lever in scenario.levers.values() if not lever.number}
        found |= {agent.__module__ for agent in agent_classes(scenario).values()}
    return {name for name in found if getattr(sys.modules.get(name), "__file__", None)}


def own_lever_facts(scenarios: Iterable[Scenario]) -> dict[str, dict[str, Any]]:
    """Return what must be known of own levers to read results without their code, by name, as plain data."""
    facts: dict[str, dict[str, Any]] = {}
    for lever in (lever for scenario in scenarios for lever in scenario.levers.values() if not lever.number):
        model = type(lever)
        facts[lever.name] = {
            "python": named_as(model.__module__),
            "historic_start": model.historic_start,
            "default_months": model.default_months,
            "settings": {
                name: {
                    "type": next(
                        (kind for kind, types in _TYPES.items() if types in choices(info.annotation)), "other"
                    ),
                    "description": info.description or "",
                    "extra": info.json_schema_extra if isinstance(info.json_schema_extra, dict) else None,
                }
                for name, info in model.model_fields.items()
                if name not in Lever.model_fields
            },
        }
    return facts


def scenario_to_read(data: Mapping[str, Any], name: str, folder: Path, facts: Mapping[str, Any]) -> Scenario:
    """Return a scenario that was written out in full, to be read, not run: own levers that are not loaded stand in.

    What stands in for a lever has its settings, units and dates, and does nothing.
    """
    known = all_levers()
    missing = {key: dict(entry) for key, entry in data["levers"].items() if entry["lever"] not in known}
    if not missing or not all(entry["lever"] in facts for entry in missing.values()):
        return Scenario.from_tree(Tree.of(data, f"scenario {name}"), folder)
    rest = {**data, "levers": {key: entry for key, entry in data["levers"].items() if key not in missing}}
    scenario = Scenario.from_tree(Tree.of(rest, f"scenario {name}"), folder)
    levers: dict[str, Lever] = dict(scenario.levers)
    for key, entry in missing.items():
        kind = entry.pop("lever")
        entry.pop("enabled", None)
        levers[key] = _stand_in(kind, facts[kind]).model_validate(entry)
    fields = {field: getattr(scenario, field) for field in Scenario.model_fields if field != "levers"}
    result = Scenario.model_validate({**fields, "levers": levers})
    result._folder, result._tree = folder, Tree.of(data, f"scenario {name}")
    return result


def _stand_in(name: str, facts: Mapping[str, Any]) -> type[Lever]:
    settings: dict[str, Any] = {
        field: (
            _TYPES.get(said["type"], Any) | None if said["type"] in _TYPES else Any,
            Field(None, description=said["description"], json_schema_extra=said["extra"]),
        )
        for field, said in facts["settings"].items()
    }
    model: type[Lever] = create_model(f"StandIn_{name}", __base__=Lever, **settings)
    model.name, model.historic_start, model.default_months = name, facts["historic_start"], facts["default_months"]
    return model


def modules_missing(scenarios: Iterable[Scenario], facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what scenarios need to run and is not loaded (a lever, an agent class): the module it comes in."""
    missing: dict[str, str] = {}
    for scenario in scenarios:
        for lever in scenario.levers.values():
            if lever.name not in all_levers():
                missing[f"the lever '{lever.name}'"] = str(facts[lever.name]["python"])
        for text in scenario.agents.values():
            try:
                _agent_class(text)
            except InputError:
                missing[f"the agent '{text}'"] = text.partition(":")[0]
    return missing


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
