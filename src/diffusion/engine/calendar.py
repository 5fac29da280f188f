"""Calendar months as integers: arithmetic is plain, years and quarters are at hand."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

_PATTERN = re.compile(r"^(\d{4})-(\d{2})$")


class Month(int):
    """A calendar month, counted from January of year 0; written ``2015-07``.

    ``Month("2015-07") + 3 == Month("2015-10")``; differences are numbers of months.
    """

    def __new__(cls, value: str | int) -> Month:
        if isinstance(value, str):
            match = _PATTERN.match(value)
            if not match or not 1 <= int(match[2]) <= 12:
                raise ValueError(f"'{value}' is not a month written YYYY-MM")
            return super().__new__(cls, int(match[1]) * 12 + int(match[2]) - 1)
        return super().__new__(cls, value)

    @property
    def year(self) -> int:
        return int(self) // 12

    @property
    def month(self) -> int:
        """Month of the year, 1 to 12."""
        return int(self) % 12 + 1

    @property
    def fiscal_year(self) -> int:
        """The year in which the financial year (April to March) of this month begins."""
        return self.year if self.month >= 4 else self.year - 1

    @property
    def is_winter(self) -> bool:
        """December to March."""
        return self.month in (12, 1, 2, 3)

    def __add__(self, months: int) -> Month:
        return Month(int(self) + int(months))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    __repr__ = __str__

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def parse(value: object) -> Month:
            if isinstance(value, Month):
                return value
            if isinstance(value, str):
                return cls(value)
            raise ValueError("expected a month written YYYY-MM, for example '2017-07'")

        return core_schema.no_info_plain_validator_function(
            parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "description": "a month, YYYY-MM"}


@lru_cache(maxsize=256)
def moved(months: tuple[Month, ...], origin: Month, to: Month) -> tuple[Month, ...]:
    """Return ``months`` moved together, as if ``origin`` were ``to``."""
    return tuple(to + (month - origin) for month in months)
