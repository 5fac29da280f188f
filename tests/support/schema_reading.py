"""Reads the JSON Schema of scenarios as tests of single values need it."""

from __future__ import annotations

from typing import Any


def without_reason(node: dict[str, Any]) -> dict[str, Any]:
    """Return what a setting may be by itself: where it may stand with its reason, without that way of writing it."""
    branches = node.get("anyOf", ())
    if branches and "because" in branches[-1].get("properties", ()):
        return {**{key: value for key, value in node.items() if key != "anyOf"}, **branches[0]}
    return node
