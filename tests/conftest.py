"""Shared fixtures: digests of whole results, small worlds, and worlds with rows or innovations rearranged."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from diffusion.experiments.running.results import Results
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import World
from support.worlds import ALIKE, LIMITS, SMALL, Probe, layer_rows, result_arrays

if TYPE_CHECKING:
    pass


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal slow tests, by module, to the beginnings of the equal parts that workers start with.

    So no worker ends alone with one, and a module's fixtures are made once.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    modules: dict[str, list[pytest.Item]] = {}
    quick = []
    for item in items:
        if item.get_closest_marker("slow") is None:
            quick.append(item)
        else:
            modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, module in enumerate(sorted(modules.values(), key=lambda module: "science" not in module[0].nodeid)):
        parts[number % workers] += module
    size = -(-len(items) // workers)
    for part in parts:
        missing = max(0, size - len(part))
        part += quick[:missing]
        del quick[:missing]
    items[:] = [item for part in parts for item in part] + quick


@pytest.fixture(autouse=True)
def own_code_of_one_test_only() -> Iterator[None]:
    """Forget levers, responses and modules that a test named: the next command line is another process for its user."""
    from diffusion.levers import registry
    from diffusion.mechanisms import responses
    from diffusion.scenario import plugins

    named, files, levers = dict(plugins._named), dict(plugins._files), set(registry._LEVERS)
    own = dict(responses._OWN)
    yield
    for module in {*plugins._named.values()} - {*named.values()}:
        sys.modules.pop(module, None)
    for found, before in ((plugins._named, named), (plugins._files, files), (responses._OWN, own)):
        found.clear()
        found.update(before)
    # built-in levers are loaded when first asked for, and stay
    for name in [name for name, made in registry._LEVERS.items() if not made.number and name not in levers]:
        del registry._LEVERS[name]


@pytest.fixture
def command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that calls the command line in an empty folder: (exit code, stdout, stderr), 80 wide."""
    from diffusion.cli.app import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        out, err = capsys.readouterr()
        return int(leaving.value.code or 0), out, err

    return call


@pytest.fixture(scope="session")
def digest() -> Callable[[Results], str]:
    """Return a function that hashes every bit of every array of results."""

    def of(results: Results) -> str:
        total = hashlib.sha256()
        for name, values in sorted(result_arrays(results).items()):
            total.update(f"{name} {values.dtype} {values.shape}".encode())
            total.update(np.ascontiguousarray(values).tobytes())
        return total.hexdigest()

    return of


@pytest.fixture(scope="session")
def limit() -> Callable[..., Scenario]:
    """Return a function that loads a limiting case by name, with settings as ``key=value``."""

    def load(name: str, *settings: str) -> Scenario:
        return load_scenario(str(LIMITS / f"{name}.yaml"), settings)

    return load


@pytest.fixture(scope="session")
def small() -> Callable[..., Scenario]:
    """Return a function that makes a scenario on a small England-like world; keywords are fields of Scenario.

    Innovations of a kind are alike and every trust has a use for them (:data:`support.worlds.ALIKE`) unless
    ``parameters`` say otherwise, so that a test can put pairs where it wants them.
    """

    def make(**given: Any) -> Scenario:
        world = given.pop("world", SMALL)
        stated = given.pop("parameters", {})
        parameters = {**stated, **{name: {**alike, **stated.get(name, {})} for name, alike in ALIKE.items()}}
        return Scenario.model_validate(
            {"title": "small", "months": 36, "world": world, "parameters": parameters, **given}
        )

    return make


@pytest.fixture(scope="session")
def with_rows() -> Callable[[World, np.ndarray], World]:
    """Return a function that puts the trusts of a world into another order, codes and keys included."""

    def rearrange(world: World, order: np.ndarray) -> World:
        changes: dict[str, Any] = {}
        for item in fields(world.trusts):
            value = getattr(world.trusts, item.name)
            if item.name in ("codes", "names"):
                changes[item.name] = tuple(np.array(value, dtype=object)[order])
            elif item.name == "filled":
                changes[item.name] = {name: flags[order] for name, flags in value.items()}
            elif isinstance(value, np.ndarray):
                changes[item.name] = value[order]
        layers = tuple(layer_rows(layer, order) for layer in world.layers)
        return replace(world, trusts=replace(world.trusts, **changes), layers=layers, eligible=world.eligible[order])

    return rearrange


@pytest.fixture(scope="session")
def with_innovations() -> Callable[[World, np.ndarray], World]:
    """Return a function that keeps the innovations at the given positions only."""

    def keep(world: World, positions: np.ndarray) -> World:
        changes: dict[str, Any] = {}
        for item in fields(world.innovations):
            value = getattr(world.innovations, item.name)
            if isinstance(value, tuple):
                changes[item.name] = tuple(value[position] for position in positions)
            else:
                changes[item.name] = value[positions]
        table = replace(world.innovations, **changes)
        return replace(world, innovations=table, eligible=world.eligible[:, positions])

    return keep


@pytest.fixture(scope="session")
def probe() -> type[Probe]:
    """Return a lever class that writes any terms a test likes."""
    return Probe
