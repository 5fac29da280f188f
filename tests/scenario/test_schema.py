"""The JSON Schema of scenario files: complete, resolvable, and true of every file in the package."""

from __future__ import annotations

from typing import Any

import pytest

from diffusion.levers.registry import all_levers
from diffusion.mechanisms.parameters import all_parameters
from diffusion.paths import scenarios_folder
from diffusion.reading.yaml_lines import load_yaml
from diffusion.scenario.json_schema import DIALECT, scenario_json_schema
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.unit
SCHEMA, LEVERS = scenario_json_schema(), all_levers()
FILES = sorted(scenarios_folder().rglob("*.yaml"))


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if "$ref" in node else set()
        return found.union(*(references(value) for value in node.values()))
    return set().union(*(references(item) for item in node)) if isinstance(node, list) else set()


def test_every_reference_resolves_and_every_definition_is_used():
    assert SCHEMA["$schema"] == DIALECT
    wanted = {reference.removeprefix("#/$defs/") for reference in references(SCHEMA)}
    assert wanted == set(SCHEMA["$defs"])


def test_every_parameter_and_lever_is_there_with_unit_and_range():
    parameters = SCHEMA["$defs"]["Parameters"]["properties"]
    for row in all_parameters():
        section = SCHEMA["$defs"][parameters[row.section]["$ref"].removeprefix("#/$defs/")]
        node = section["properties"][row.name]
        assert (node["unit"], node["plausible"]) == (row.unit, [row.low, row.high])
    for name, lever in LEVERS.items():
        assert set(SCHEMA["$defs"][f"lever:{name}"]["properties"]) == {"lever", "enabled", *lever.model_fields}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_packaged_files_are_valid(path):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(SCHEMA).validate(load_yaml(path).data)


def test_resolved_scenarios_are_valid_and_faults_are_found():
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for name in ("baseline+local-first+best-practice-tariff", "limits/granovetter-broken"):
        validator.validate(load_scenario(name).resolved())
    for fault in (
        {},
        {"title": "x", "levers": {"local-first": {"strngth": 1}}},
        {"title": "x", "levers": {"mine": {"strength": 1}}},
        {"title": "x", "levers": {"mine": {"lever": "test-beds", "lead_months": 1}}},
        {"title": "x", "start": "2015-13"},
        {"title": "x", "parameters": {"awareness": {"push_per_month": -1}}},
    ):
        assert not validator.is_valid(fault), fault


def test_a_setting_may_stand_with_its_reason_and_with_nothing_else():
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(SCHEMA)

    def valid(section: str, *keys: str, **entry: object) -> bool:
        value: Any = entry
        for key in reversed(keys):
            value = {key: value}
        return validator.is_valid({"title": "x", section: value})

    assert valid("parameters", "awareness", "push_per_month", value=0.05, because="a survey")
    assert valid("levers", "local-first", "start", value="2019-01", because="a survey")
    assert valid("levers", "local-first", "targets", "regions", value=["North West"], because="a survey")
    assert valid("world", "trusts", value="own.csv", because="a survey")
    for entry in (
        {"value": 0.05},
        {"because": "a survey"},
        {"value": "many", "because": "a survey"},
        {"value": 0.05, "because": 3},
        {"value": 0.05, "because": " "},
        {"value": 0.05, "because": "x" * 501},
        {"value": 0.05, "because": "a survey", "unit": "1"},
    ):
        assert not valid("parameters", "awareness", "push_per_month", **entry), entry
    assert not valid("initial", "stage", value="aware", because="a survey")
    assert not valid("months", value=6, because="a survey")
