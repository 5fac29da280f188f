"""How a parameter is declared: once, with unit, default, hard bounds, plausible range, grade and source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

Grade = Literal["A", "B", "C"]
#: most of anything; most of what is counted; most months, as long as a run may be
MOST, MOST_COUNT, MOST_MONTHS = 1e12, 1_000_000, 1_200
#: what a parameter may be; None where a setting may be left out
Value: TypeAlias = float | bool | str | None
T = TypeVar("T")
#: source of a value that comes from the posterior (scripts/choose_defaults.py, docs/defaults.md)
FITTED = "fitted to dated series"


@dataclass(frozen=True)
class OneOf:
    """Says of a text that it is one of some names, which own code may add to: ``Annotated[str, OneOf(names, check)]``.

    ``names`` gives all names there are now; ``check`` returns a name, or raises ValueError for one that there is not.
    """

    names: Callable[[], tuple[str, ...]]
    check: Callable[[str], str]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "enum": list(self.names())}


class Section(BaseModel):
    """Parameters of one mechanism: frozen, no unknown keys, numbers must be finite unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def param(
    default: T,
    description: str,
    *,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    grade: Grade = "C",
    source: str = "assumption",
    symbol: str = "",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    allow_inf: bool = False,
) -> T:
    """Declare a parameter.

    ``low`` and ``high`` bound the plausible range (outside it: a warning); ``ge``, ``gt``, ``le``, ``lt`` are hard
    bounds (outside them: an error;
    :func:`_bounds` has those of every number). ``grade`` is A (trial or controlled study), B (uncontrolled, analogy) or
    C (assumption). As of pydantic's ``Field``, type checkers see the type of the default.
    """
    if isinstance(default, int | float) and not isinstance(default, bool) and not allow_inf:
        lowest, highest = _bounds(default, unit)
        ge, le = (lowest if ge is None and gt is None else ge), (highest if le is None and lt is None else le)
    extra: JsonDict = {"unit": unit, "plausible": [low, high], "grade": grade, "source": source, "symbol": symbol}
    return Field(
        default,
        description=description,
        ge=ge,
        gt=gt,
        le=le,
        lt=lt,
        allow_inf_nan=allow_inf if isinstance(default, float) else None,
        json_schema_extra=extra,
    )


def _bounds(default: float, unit: str) -> tuple[float, float]:
    """Return what a number may be where nothing else is said: a date, a serial number or pence is not taken for it."""
    if not isinstance(default, int):
        return -MOST, MOST
    if unit == "year":
        return 1900, 2199
    return -MOST_COUNT, MOST_MONTHS if unit == "months" else MOST_COUNT


class Stated(NamedTuple):
    """What :func:`param` says of a parameter beside its bounds."""

    unit: str
    low: float | None
    high: float | None
    grade: str
    source: str
    symbol: str

    @property
    def plausible(self) -> str:
        """The plausible range in words; empty if there is none."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{self.low:g} or more"
        return f"{self.high:g} or less" if self.high is not None else ""


def stated(info: FieldInfo) -> Stated | None:
    """Return what :func:`param` says of a parameter; None of a field that was not declared with it."""
    extra = info.json_schema_extra
    if not isinstance(extra, dict) or "unit" not in extra:
        return None
    low, high = cast("tuple[float | None, float | None]", extra["plausible"])
    return Stated(str(extra["unit"]), low, high, str(extra["grade"]), str(extra["source"]), str(extra["symbol"]))


class ParameterInfo(NamedTuple):
    """One row of ``diffusion parameters``."""

    section: str
    name: str
    symbol: str
    default: Value
    unit: str
    low: float | None
    high: float | None
    grade: str
    source: str
    description: str


def describe_section(section: str, model: type[BaseModel]) -> list[ParameterInfo]:
    """Return one :class:`ParameterInfo` per declared parameter of ``model`` (fields without a unit are left out)."""
    rows = []
    for name, info in model.model_fields.items():
        said = stated(info)
        if said is None:
            continue
        default: Value = info.get_default(call_default_factory=True) if not info.is_required() else None
        rows.append(
            ParameterInfo(
                section,
                name,
                said.symbol,
                default,
                said.unit,
                said.low,
                said.high,
                said.grade,
                said.source,
                info.description or "",
            )
        )
    return rows
