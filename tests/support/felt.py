"""Small worlds, and every bit of their runs, for tests of what a run can feel."""

from __future__ import annotations

import dataclasses
import typing
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import OneOf, ParameterInfo
from diffusion.mechanisms.parameters import Parameters
from diffusion.month.simulation import Simulation
from diffusion.scenario.check import check_scenario
from diffusion.scenario.felt.notes import notes_of
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

ENGLAND = {"synthetic": {"england_like": True, "n_trusts": 30}}
MIX = {"synthetic": {"england_like": True, "n_trusts": 30, "n_innovations": 8, "kind": "mix"}}
OFF = {"ahsn-support": {"enabled": False}}


def written(folder: Path, name: str, **content: Any) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({"title": name, **content}, sort_keys=False))
    return path


def bits(scenario: Scenario, replicates: int = 3) -> list[bytes]:
    """Return every bit that a run records."""
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(replicates), 1)
    record = simulation.run(block, simulation.start_record(block))
    fields = (item.name for item in dataclasses.fields(record) if item.name != "events")
    return [np.asarray(getattr(record, name)).tobytes() for name in fields]


def notes(stack: Path | str, *settings: str) -> list[str]:
    return notes_on(load_scenario(stack, settings))


def notes_on(scenario: Scenario) -> list[str]:
    return notes_of(scenario, check_scenario(scenario))


def told(stack: Path | str, setting: str) -> list[str]:
    """Return the notes which say that a setting does nothing."""
    return [text for text in notes(stack, setting) if text.startswith(f"--set {setting} does nothing")]


def another(row: ParameterInfo, now: object) -> object:
    """Return another value that may stand where ``now`` stands: an end of the plausible range, or another name."""
    section = Parameters.model_fields[row.section].annotation
    field = section.model_fields[row.name]  # type: ignore[union-attr]
    annotation = field.annotation
    if isinstance(now, bool):
        return not now
    if isinstance(now, str):
        names = next((said.names() for said in field.metadata if isinstance(said, OneOf)), typing.get_args(annotation))
        return next(choice for choice in names if choice != now)
    assert isinstance(now, int | float)
    for value in (row.high, row.low, now / 2, now + 1):
        if value is not None and value != now:
            return round(value) if annotation is int else float(value)
    raise AssertionError(row)


def other_values(now: object, plausible: tuple[float | None, float | None]) -> list[object]:
    """Return other values of a setting of a lever."""
    if isinstance(now, bool):
        return [not now]
    if isinstance(now, Month):
        return [now + 6, Month("2040-01")]
    if not isinstance(now, int | float):
        return []
    values = [value for value in (*plausible, 0, now * 2) if value is not None]
    typed = [round(value) if isinstance(now, int) else float(value) for value in values]
    return [value for value in dict.fromkeys(typed) if value != now][:3]


def as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
