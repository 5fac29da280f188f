"""Values outside their plausible range: allowed, but said."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from diffusion.engine.parameters import stated
from diffusion.scenario.schema import Scenario


def plausibility_warnings(scenario: Scenario) -> list[str]:
    """Return one sentence per parameter or lever setting that lies outside its plausible range."""
    warnings = list(outside(scenario.parameters, "parameters"))
    for key, lever in scenario.levers.items():
        warnings += outside(lever, f"levers.{key}")
    if scenario.policy_start is not None and not scenario.start <= scenario.policy_start < scenario.end:
        warnings.append(
            f"policy_start = {scenario.policy_start} lies outside the run, {scenario.start} to {scenario.end + -1}"
        )
    for key, lever in scenario.levers.items():
        if why := lever.out_of_time(scenario.start, scenario.end):
            warnings.append(f"levers.{key} {why}: it does nothing")
    return warnings


def outside(model: BaseModel, key: str) -> Iterator[str]:
    """Yield one sentence per parameter of a model, or of the models in it, that lies outside its plausible range."""
    for name, info in type(model).model_fields.items():
        value: object = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from outside(value, f"{key}.{name}")
            continue
        said = stated(info)
        if said is None or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if (said.low is not None and value < said.low) or (said.high is not None and value > said.high):
            unit = "" if said.unit == "1" else f" ({said.unit})"
            yield f"{key}.{name} = {value:g} lies outside its plausible range, {said.plausible}{unit}"
