"""What differs between two scenarios, key by key."""

from __future__ import annotations

from typing import NamedTuple

from diffusion.reading.yaml_lines import flattened
from diffusion.scenario.schema import HEADER, Scenario


class Difference(NamedTuple):
    """One dotted key with its value on either side; None where a side does not have it."""

    key: str
    left: object
    right: object


def differences(left: Scenario, right: Scenario) -> list[Difference]:
    """Return every key of the resolved scenarios, header apart, whose values differ, in the order of the schema."""
    one, two = dict(flattened(left.resolved())), dict(flattened(right.resolved()))
    keys = [*one, *(key for key in two if key not in one)]
    return [
        Difference(key, one.get(key), two.get(key))
        for key in keys
        if key.split(".")[0] not in HEADER and one.get(key) != two.get(key)
    ]
