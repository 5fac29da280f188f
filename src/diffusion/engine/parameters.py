"""How a parameter is declared: once, with unit, default, hard bounds, plausible range, grade and source."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Grade = Literal["A", "B", "C"]


class Section(BaseModel):
    """Parameters of one mechanism: frozen, no unknown keys, numbers must be finite unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def param(
    default: Any,
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
    allow_inf: bool = False,
    **field: Any,
) -> Any:
    """Declare a parameter.

    ``low`` and ``high`` bound the plausible range (outside it: a warning); ``ge``, ``gt``, ``le`` are hard
    bounds (outside them: an error). ``grade`` is A (trial or controlled study), B (uncontrolled, analogy) or
    C (assumption).
    """
    extra: dict[str, Any] = {"unit": unit, "plausible": [low, high], "grade": grade, "source": source, "symbol": symbol}
    if isinstance(default, float):
        field.setdefault("allow_inf_nan", allow_inf)
    return Field(default, description=description, ge=ge, gt=gt, le=le, json_schema_extra=extra, **field)


class ParameterInfo(NamedTuple):
    """One row of ``diffusion parameters``."""

    section: str
    name: str
    symbol: str
    default: Any
    unit: str
    low: float | None
    high: float | None
    grade: str
    source: str
    description: str


def stated(info: FieldInfo) -> dict[str, Any]:
    """Return what :func:`param` says of a parameter beside its bounds: unit, plausible range, grade, source, symbol."""
    extra = info.json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def describe_section(section: str, model: type[BaseModel]) -> list[ParameterInfo]:
    """Return one :class:`ParameterInfo` per declared parameter of ``model`` (fields without a unit are left out)."""
    rows = []
    for name, info in model.model_fields.items():
        extra = stated(info)
        if "unit" not in extra:
            continue
        low, high = extra["plausible"]
        default = info.get_default(call_default_factory=True) if not info.is_required() else None
        rows.append(
            ParameterInfo(
                section,
                name,
                str(extra["symbol"]),
                default,
                str(extra["unit"]),
                low,
                high,
                str(extra["grade"]),
                str(extra["source"]),
                info.description or "",
            )
        )
    return rows
