"""What SBRI, the Accelerator, the Clinical Entrepreneur Programme, and people and companies must show."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from science.draws import Settings
from science.measures import Row
from science.runs import Observed

FACTS: dict[str, str] = {}
MEASURES: tuple[Callable[[Settings, Observed], Iterator[Row]], ...] = ()
