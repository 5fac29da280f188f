"""What was asked of ``run`` or ``compare``: the scenarios and how they were run, in the manifest and back.

A manifest has every scenario in full as it was run. Here stands what is not in that: the options, what a budget scaled,
which dates follow from others, where changes were said, and which tables of its own a world reads; those are copied
into the folder of results, so that nothing outside it is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from diffusion.analysis.results.asked import Target
from diffusion.ensemble.posterior import TABLE_NAME, engine_digest
from diffusion.errors import InputError
from diffusion.experiments.searches.spending import Budget
from diffusion.experiments.sweep.code_hash import code_hash
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.responses import response_names
from diffusion.paths import DATA
from diffusion.reading.yaml_lines import KeyPath, Plain, PlainDict
from diffusion.scenario.departures import departures
from diffusion.scenario.plugins import python_modules
from diffusion.scenario.problems import Origin
from diffusion.scenario.schema import Said, Scenario
from diffusion.scenario.settings import SOURCE
from diffusion.scenario.tree import Tree
from diffusion.storage.folder import MANIFEST_NAME
from diffusion.storage.scenario_entry import Json
from diffusion.world.building.build import files_of

#: The key of the manifest.
REQUEST = "request"
#: The folder, inside that of results, of tables that worlds read and did not come with the package.
OWN_TABLES = "scenarios"


#: what is asked about where nothing else is said
ALL_PAIRS = Target()


@dataclass(frozen=True)
class Request:
    """Scenarios, as they were before a budget scaled them, and how to run them.

    ``replicates`` are those to begin with; with ``precision`` and ``most_replicates`` more are added.
    """

    scenarios: tuple[Scenario, ...]
    replicates: int
    seed: int
    events: bool = False
    precision: float | None = None
    most_replicates: int | None = None
    budget: Budget | None = None
    target: Target = ALL_PAIRS
    why: bool = False


def of_this_package(request: Request) -> bool:
    """Whether all scenarios are those of this package, which can be written out in full and read back."""
    return all(isinstance(scenario, Scenario) for scenario in request.scenarios)


def request_data(request: Request) -> Json:
    """Return what the manifest says of a request, as plain data."""
    budget = request.budget
    return {
        "replicates": request.replicates,
        "events": request.events,
        "precision_pp": request.precision,
        "most_replicates": request.most_replicates,
        "target": list(request.target),
        "why": request.why,
        "budget": None
        if budget is None
        else {
            "gbp_per_year": budget.gbp_per_year,
            "levers": {name: list(levers) for name, levers in budget.levers.items()},
        },
        "scenarios": [
            {**_asked(scenario, budget is not None), "folder": table_folder(place)}
            for scenario, place in zip(request.scenarios, _folders(request.scenarios))
        ],
        "python": {Path(name).name: _sha256(Path(name)) for name in python_modules()},
        "code": code_hash(),
        "engine": engine_digest(),
        "posterior": _sha256(DATA / "posterior" / TABLE_NAME) if _from_posterior(request.scenarios) else None,
    }


def _from_posterior(scenarios: Sequence[Scenario]) -> bool:
    return any(scenario.doubt is not None and scenario.doubt.source == "posterior" for scenario in scenarios)


def _sha256(path: Path) -> str | None:
    """Return the SHA-256 of a file; None where there is none, as of a module that was named by its name."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _asked(scenario: Scenario, scaled: bool) -> Json:
    tree = scenario.written_before
    return {
        **({"resolved": scenario.resolved()} if scaled else {}),
        "packaged": scenario.packaged.data,
        "follows": _following(scenario),
        "where": {each.key: each.where for each in departures(scenario) if each.where},
        "because": [[[str(part) for part in path], text] for path, text in tree.reasons.items()],
        "tables": sorted(own_tables(scenario)),
    }


def _following(scenario: Scenario) -> dict[str, list[str]]:
    """Return the dates by lever that nobody stated, so that they follow from the start of policies or the lever."""
    if not scenario.written.data:
        return {}
    stated = scenario.written.data.get("levers")
    entries = {str(key): entry for key, entry in stated.items()} if isinstance(stated, dict) else {}
    found = {}
    for key in scenario.levers:
        entry = entries.get(key)
        said = entry if isinstance(entry, dict) else {}
        if dates := [name for name in ("start", "end") if said.get(name) is None]:
            found[key] = dates
    return found


def own_tables(scenario: Scenario) -> dict[str, Path]:
    """Return the files that its world reads and that did not come with the package, by path in its folder."""
    found = {}
    root = scenario.folder.resolve()
    for path in files_of(scenario.world, scenario.folder).values():
        if not path.is_relative_to(DATA):
            found[path.relative_to(root).as_posix()] = path
    return found


def copy_own_tables(request: Request, folder: Path) -> None:
    """Copy the tables that worlds read and that did not come with the package into a folder of results."""
    for scenario, place in zip(request.scenarios, _folders(request.scenarios)):
        for name, path in own_tables(scenario).items():
            target = folder / table_folder(place) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def _folders(scenarios: Sequence[Scenario]) -> list[int]:
    """Return the number of each scenario's folder: those of one folder stay in one, so that their worlds are one."""
    known = list(dict.fromkeys(scenario.folder.resolve() for scenario in scenarios))
    return [known.index(scenario.folder.resolve()) for scenario in scenarios]


def table_folder(place: int) -> str:
    """Return the folder of own tables inside that of results."""
    return f"{OWN_TABLES}/{place:02d}"


def read_request(folder: Path, manifest: Json) -> Request:
    """Return what was asked of the result in ``folder``: the scenarios come from the manifest alone.

    Raises
    ------
    InputError
        The result was written before requests were kept, or needs code that is not loaded.
    """
    said = manifest.get(REQUEST)
    if not isinstance(said, dict):
        raise InputError(
            "this result does not keep what was asked, so that it cannot be run again from its folder: it was written "
            f"by {manifest['package']['name']} {manifest['package']['version']}, or by other means than a command",
            file=folder,
            key="DIR",
            expected="a result of 'run' or 'compare' of this version",
            suggestion="run its command again, which stands in manifest.json under 'command'",
        )
    entries = manifest["scenarios"]
    data = [asked.get("resolved", entry["resolved"]) for asked, entry in zip(said["scenarios"], entries, strict=True)]
    _check_code(folder, data, said.get("python") or {})
    scenarios = tuple(
        _restored(resolved, asked, tuple(entry.get("titles", ())), folder)
        for resolved, asked, entry in zip(data, said["scenarios"], entries)
    )
    budget = said.get("budget")
    return Request(
        scenarios,
        int(said["replicates"]),
        int(manifest["seed"]),
        bool(said["events"]),
        said["precision_pp"],
        said["most_replicates"],
        None if budget is None else Budget(float(budget["gbp_per_year"]), dict(budget["levers"])),
        Target(*(str(part) for part in said["target"])),
        bool(said["why"]),
    )


def _check_code(folder: Path, data: Sequence[Json], modules: Mapping[str, object]) -> None:
    """Refuse scenarios with own code (levers, responses, agents) that was not named: a manifest loads none."""
    named = {Path(name).name for name in python_modules()}
    levers = {str(entry["lever"]) for scenario in data for entry in scenario.get("levers", {}).values()}
    missing = [name for name in modules if name not in named]
    unknown = sorted(levers - set(all_levers()))
    responses = {str(scenario["parameters"]["exposure"]["response"]) for scenario in data}
    foreign = sorted(responses - set(response_names()))
    unknown += foreign
    if not unknown and not (missing and any(scenario.get("agents") for scenario in data)):
        return
    kinds = [name for name, there in (("levers", levers & set(unknown)), ("responses", foreign)) if there]
    what = f"own {' and '.join(kinds)} ({', '.join(unknown)})" if unknown else "own agents"
    hint = " ".join(f"--python {name}" for name in missing) or "--python MODULE"
    raise InputError(
        f"this result was run with {what}, whose code is not loaded: a result runs no code by itself",
        file=folder / MANIFEST_NAME,
        key="--python",
        expected="the modules that its command named",
        suggestion=f"add {hint}, with its path, if you trust it",
    )


def _restored(resolved: Json, asked: Json, titles: tuple[str, ...], folder: Path) -> Scenario:
    """Return a scenario from plain data, with what is known of how it was written.

    Dates that followed from others follow again, unless this version of the package would fill in others.
    """
    scenario = _made(resolved, asked, asked["follows"], folder)
    if asked["follows"] and scenario.resolved() != resolved:
        scenario = _made(resolved, asked, {}, folder)
    scenario._packaged = Tree(deepcopy(asked["packaged"]))
    scenario._said = Said(titles=titles)
    return scenario


def _made(resolved: Json, asked: Json, follows: Mapping[str, Sequence[str]], folder: Path) -> Scenario:
    data: Json = deepcopy(resolved)
    levers: Json = data.get("levers", {})
    for key, names in follows.items():
        for name in names:
            levers[key].pop(name, None)
    tree, tables = Tree.of(data, folder / MANIFEST_NAME), folder / str(asked["folder"])
    if not tables.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{asked['folder']} is not in this folder")
    for key, where in asked["where"].items():
        file, _, line = where.rpartition(":")
        tree.origins[path_of(data, key)] = Origin(tables / file, int(line)) if file else Origin(SOURCE, None)
    for path, text in asked["because"]:
        tree.reasons[tuple(path)] = text
    return Scenario.from_tree(tree, tables)


def path_of(data: Mapping[str, Plain] | PlainDict, dotted: str) -> KeyPath:
    """Return the path that a dotted key spells; keys may hold dots themselves."""
    for key, below in data.items():
        text = str(key)
        if dotted == text:
            return (text,)
        if dotted.startswith(f"{text}.") and isinstance(below, dict):
            return (text, *path_of(below, dotted[len(text) + 1 :]))
    return tuple(dotted.split("."))
