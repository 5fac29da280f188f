"""JSON Schema (draft 2020-12) of scenario files, for completion and checks in editors."""

from __future__ import annotations

from pydantic.json_schema import JsonSchemaValue

from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def scenario_json_schema() -> JsonSchemaValue:
    """Return the schema of a scenario file; a lever's settings are those of its type, named by its id or ``lever``."""
    schema = Scenario.model_json_schema(ref_template="#/$defs/{model}")
    definitions: JsonSchemaValue = schema.pop("$defs", {})
    properties: JsonSchemaValue = schema.pop("properties")
    definitions.pop("Lever", None)
    levers = all_levers()
    for name, lever in levers.items():
        own = lever.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(own.pop("$defs", {}))
        definitions[f"lever:{name}"] = _lever_schema(name, lever, own)
    properties["levers"] = {
        "description": "levers by id; an id that is not the name of a lever states it with 'lever:'",
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/lever:{name}"} for name in levers},
        "additionalProperties": {
            "type": "object",
            "required": ["lever"],
            "properties": {"lever": {"enum": list(levers)}},
            "allOf": [
                {
                    "if": {"properties": {"lever": {"const": name}}, "required": ["lever"]},
                    "then": {"$ref": f"#/$defs/lever:{name}"},
                }
                for name in levers
            ],
        },
    }
    text = {"type": "string", "minLength": 1}
    properties["extends"] = {
        "description": "scenarios that this file changes: names, or paths of files beside it",
        "anyOf": [text, {"type": "array", "items": text, "minItems": 1}],
    }
    return {
        "$schema": DIALECT,
        "title": "Scenario of the diffusion of innovations in the NHS",
        "description": schema.get("description", ""),
        "type": "object",
        "additionalProperties": False,
        "required": ["title"],
        "properties": properties,
        "$defs": dict(sorted(definitions.items())),
    }


def _lever_schema(name: str, lever: type[Lever], own: JsonSchemaValue) -> JsonSchemaValue:
    for field, default in lever.model_construct().model_dump(mode="json").items():
        if "default" in own["properties"].get(field, {}):
            own["properties"][field]["default"] = default
    own["properties"] = {
        "lever": {"const": name, "description": "name of the lever"},
        "enabled": {"type": "boolean", "default": True, "description": "false removes an inherited lever"},
        **own["properties"],
    }
    # A bare `local-first:` is the lever as specified.
    return {
        **own,
        "type": ["object", "null"],
        "title": f"{lever.title} (lever {lever.number})" if lever.number else lever.title,
    }
