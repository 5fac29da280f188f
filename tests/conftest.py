"""Shared fixtures: digests of whole results, small worlds, and worlds with rows or innovations rearranged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from pydantic import Field

from diffusion.engine.calendar import Month
from diffusion.engine.terms import TERMS
from diffusion.experiments.running.results import Results
from diffusion.levers.base import Lever
from diffusion.mechanisms.parameters import all_parameters
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import Layer, World

if TYPE_CHECKING:
    from diffusion.engine.draws import Draws
    from diffusion.engine.terms import Terms
    from diffusion.month.view import View

LIMITS = Path(__file__).parent.parent / "scenarios" / "limits"

#: a small England: all sectors, five layers, all kinds of innovation
SMALL = {"synthetic": {"england_like": True, "n_trusts": 40, "n_innovations": 7, "kind": "mix"}}


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


def result_arrays(results: Results) -> dict[str, np.ndarray]:
    """Return every array of ``results`` by name."""
    arrays = {f"monthly.{name}": values for name, values in results.monthly.items()}
    for item in fields(results):
        value = getattr(results, item.name)
        if isinstance(value, np.ndarray):
            arrays[item.name] = value
    return arrays


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
    """Return a function that makes a scenario on a small England-like world; keywords are fields of Scenario."""

    def make(**given: Any) -> Scenario:
        world = given.pop("world", SMALL)
        return Scenario.model_validate({"title": "small", "months": 36, "world": world, **given})

    return make


def _layer_rows(layer: Layer, order: np.ndarray) -> Layer:
    """Return ``layer`` for trusts put into ``order`` (new row n is old row order[n])."""
    if layer.kind == "group":
        return replace(layer, group=layer.group[order])
    new_row = np.argsort(order)
    indptr, indices, weights = [0], [], []
    for old in order:
        ties = slice(layer.indptr[old], layer.indptr[old + 1])
        new = new_row[layer.indices[ties]]
        by_new = np.argsort(new)
        indices.append(new[by_new])
        weights.append(layer.weights[ties][by_new])
        indptr.append(indptr[-1] + len(new))
    return replace(
        layer,
        group=layer.group[order],
        indptr=np.array(indptr, dtype=np.int64),
        indices=np.concatenate(indices).astype(layer.indices.dtype),
        weights=np.concatenate(weights),
    )


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
        layers = tuple(_layer_rows(layer, order) for layer in world.layers)
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


class Probe(Lever):
    """A lever that writes the arrays it is given: ``values`` first, ``later`` instead from month ``after`` on."""

    name: ClassVar[str] = "probe"

    values: dict[str, Any] = Field(default_factory=dict)
    later: dict[str, Any] | None = None
    after: int = 10_000
    ties: Any = None

    def changes(self, month: Month, see: View, own: dict[str, Any]) -> bool:
        assert self.start is not None
        return month - self.start == self.after

    def write(self, month: Month, see: View, terms: Terms, own: dict[str, Any], draws: Draws) -> None:
        assert self.start is not None
        values = self.values if self.later is None or month - self.start < self.after else self.later
        for name, value in values.items():
            getattr(getattr(terms, name), TERMS[name].combine)(value)
        if self.ties is not None:
            terms.transfer(*self.ties)


@pytest.fixture(scope="session")
def probe() -> type[Probe]:
    """Return a lever class that writes any terms a test likes."""
    return Probe


def drawn_parameters(generator: np.random.Generator) -> dict[str, dict[str, Any]]:
    """Return every numeric parameter drawn uniformly from its plausible range, by section and name."""
    drawn: dict[str, dict[str, Any]] = {}
    for info in all_parameters():
        if info.low is None or info.high is None or isinstance(info.default, bool):
            continue
        value = generator.uniform(info.low, info.high)
        drawn.setdefault(info.section, {})[info.name] = round(value) if isinstance(info.default, int) else value
    return drawn
