"""JSON Schema (draft 2020-12) of scenario files, for completion and checks in editors."""

from __future__ import annotations

from pydantic.json_schema import JsonSchemaValue

from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.scenario.schema import Scenario
from diffusion.scenario.tree import BECAUSE, LONGEST_REASON, REASONED, VALUE

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def scenario_json_schema() -> JsonSchemaValue:
    """Return the schema of a scenario file; a lever's settings are those of its type, named by its id or ``lever``.

    A setting may stand with its reason: ``{value: 0.05, because: "local survey 2024"}``.
    """
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
    for name in _reached({key: properties[key] for key in REASONED}, definitions):
        _allow_reasons(definitions[name], definitions)
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


#: what a property says of itself, beside what it allows
_ANNOTATIONS = ("title", "description", "default", "unit", "plausible", "grade", "source", "symbol")
#: what decides which other keys there are, and is no setting
_NO_SETTING = ("lever",)


def _reached(node: object, definitions: JsonSchemaValue, found: dict[str, None] | None = None) -> list[str]:
    """Return the definitions that a schema refers to, and those that they refer to."""
    found = {} if found is None else found
    if isinstance(node, list):
        for item in node:
            _reached(item, definitions, found)
    elif isinstance(node, dict):
        name = str(node.get("$ref", "")).removeprefix("#/$defs/")
        if name and name not in found:
            found[name] = None
            _reached(definitions[name], definitions, found)
        for value in node.values():
            _reached(value, definitions, found)
    return list(found)


def _allow_reasons(definition: JsonSchemaValue, definitions: JsonSchemaValue) -> None:
    """Let every single value or list among the properties stand with a reason, too."""
    for name, node in definition.get("properties", {}).items():
        if name in _NO_SETTING or _holds_keys(node, definitions):
            continue
        allowed = {key: node.pop(key) for key in list(node) if key not in _ANNOTATIONS}
        reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON, "pattern": r"\S"}
        node["anyOf"] = [
            allowed,
            {
                "type": "object",
                "properties": {VALUE: allowed, BECAUSE: {**reason, "description": "why it is so"}},
                "required": [VALUE, BECAUSE],
                "additionalProperties": False,
            },
        ]


def _holds_keys(node: JsonSchemaValue, definitions: JsonSchemaValue) -> bool:
    """Whether a value can only be a mapping, or none at all."""
    if "$ref" in node:
        return _holds_keys(definitions[node["$ref"].removeprefix("#/$defs/")], definitions)
    if "anyOf" in node:
        return all(_holds_keys(each, definitions) for each in node["anyOf"] if each.get("type") != "null")
    return node.get("type") in ("object", ["object", "null"])
