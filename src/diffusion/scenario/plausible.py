"""Values outside their plausible range: allowed, but said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from diffusion.engine.parameters import stated
from diffusion.scenario.schema import Scenario


def plausibility_warnings(scenario: Scenario) -> list[str]:
    """Return one sentence per parameter or lever setting that lies outside its plausible range."""
    warnings = list(_outside(scenario.parameters, "parameters"))
    for key, lever in scenario.levers.items():
        warnings += _outside(lever, f"levers.{key}")
    if scenario.policy_start is not None and not scenario.start <= scenario.policy_start < scenario.end:
        warnings.append(
            f"policy_start = {scenario.policy_start} lies outside the run, {scenario.start} to {scenario.end + -1}"
        )
    for key, lever in scenario.levers.items():
        if lever.start is not None and lever.start >= scenario.end:
            warnings.append(f"levers.{key} starts in {lever.start}, after the run has ended: it does nothing")
    return warnings


def _outside(model: BaseModel, key: str) -> Iterator[str]:
    for name, info in type(model).model_fields.items():
        value: Any = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _outside(value, f"{key}.{name}")
            continue
        extra = stated(info)
        if "plausible" not in extra or isinstance(value, str | bool | None):
            continue
        low, high = extra["plausible"]
        if (low is not None and value < low) or (high is not None and value > high):
            unit = "" if extra["unit"] == "1" else f" ({extra['unit']})"
            yield f"{key}.{name} = {value:g} lies outside its plausible range, {low:g} to {high:g}{unit}"
