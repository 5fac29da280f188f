"""What NICE, the Innovation and Technology Tariff, direction, structures and tools, people and skills must show."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from science.draws import Settings
from science.measures import Row
from science.runs import Observed

FACTS: dict[str, str] = {}
MEASURES: tuple[Callable[[Settings, Observed], Iterator[Row]], ...] = ()
