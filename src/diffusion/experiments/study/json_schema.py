"""JSON Schema (draft 2020-12) of study files, for completion and checks in editors."""

from __future__ import annotations

from typing import get_args

from diffusion.analysis.outcomes.own import own_outcomes
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.experiments.study.schema import ALL_PARAMETERS, METHODS, AllParameters, EndBy, Study
from diffusion.scenario.json_schema import DIALECT


def study_json_schema() -> dict[str, object]:
    """Return the schema of a study file, short forms included."""
    template = "#/$defs/{model}"
    schema = Study.model_json_schema(ref_template=template, by_alias=True)
    definitions: dict[str, object] = schema.pop("$defs", {})
    properties: dict[str, dict[str, object]] = schema.pop("properties")
    every = AllParameters.model_json_schema(ref_template=template, by_alias=True)
    definitions.update(every.pop("$defs", {}))
    definitions["AllParameters"] = every
    outcomes = {"enum": [*OUTCOME_BY_NAME, *own_outcomes()]}
    listed = {"enum": ["all", *OUTCOME_BY_NAME, *own_outcomes()]}
    text = {"type": "string", "minLength": 1}
    factor = {"$ref": "#/$defs/Factor"}
    properties["scenarios"] = {
        "description": properties["scenarios"]["description"],
        "anyOf": [
            text,
            {"type": "array", "items": text, "minItems": 1, "uniqueItems": True},
            {"type": "object", "additionalProperties": text, "minProperties": 1},
        ],
    }
    properties["factors"] = {
        "description": properties["factors"]["description"],
        "type": "object",
        "properties": {
            ALL_PARAMETERS: {"anyOf": [{"const": "plausible"}, {"const": True}, {"$ref": "#/$defs/AllParameters"}]}
        },
        "additionalProperties": {"anyOf": [factor, {"const": "plausible"}, {"type": "array", "minItems": 1}]},
    }
    properties["design"] = {
        "description": properties["design"]["description"],
        "anyOf": [{"enum": list(METHODS)}, {"$ref": "#/$defs/DesignSpec"}],
        "default": "full grid",
    }
    properties["outcomes"] = {
        "description": properties["outcomes"]["description"],
        "anyOf": [{"const": "all"}, outcomes, {"type": "array", "items": listed, "minItems": 1, "uniqueItems": True}],
        "default": "all",
    }
    ends = {"enum": list(get_args(EndBy))}
    properties["end_by"] = {
        "description": properties["end_by"]["description"],
        "anyOf": [ends, {"type": "array", "items": ends}],
    }
    return {
        "$schema": DIALECT,
        "title": "Study of the diffusion of innovations in the NHS",
        "description": "Scenarios, factors, design, replicates, seed and what is kept: the input of 'diffusion sweep'.",
        "type": "object",
        "additionalProperties": False,
        "required": ["title", "scenarios", "replicates"],
        "properties": properties,
        "$defs": dict(sorted(definitions.items())),
    }
