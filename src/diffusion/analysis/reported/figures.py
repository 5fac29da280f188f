"""What programmes reported of themselves: the packaged figures, keyed by the lever that stands for the programme."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from diffusion.analysis.outcomes.counted import COUNTS
from diffusion.reading.files import packaged
from diffusion.reading.rows import Code, Row, read_table, validate_rows

FILE = "reported.yaml"
Bound = Literal["exact", "about", "at_least"]
Basis = Literal["", "set", "fitted", "free"]


class ReportedFigure(Row):
    """One figure as it was published, and the count of the model that is nearest to it.

    ``date`` is a year or a month; ``months_after_start`` are months of the programme at which it was counted. ``value``
    is in ``unit``; it stands for all that is rounded to it: half of ``rounded_to`` to both sides. ``modelled`` is a
    name of ``COUNTS``, in the same unit or one that ``note`` explains. Without it ``not_modelled`` says why.
    """

    id: Code
    lever: Code
    quantity: str = Field(min_length=1)
    unit: str = Field(min_length=1)
    months_after_start: Annotated[int, Field(ge=0, le=1_200)]
    date: Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?$")]
    value: Annotated[float, Field(ge=0, le=1e12)]
    rounded_to: Annotated[float, Field(ge=0, le=1e12)] = 0.0
    bound: Bound
    modelled: str = ""
    not_modelled: str = ""
    basis: Basis = ""
    note: str = ""
    source: str = Field(min_length=1)


def read_figures(path: Path) -> tuple[ReportedFigure, ...]:
    """Read figures from a YAML file with a list ``figures``, in the order of the file.

    Raises
    ------
    InputError
        With file, line and key: a figure has an unknown key or value, names no count of the model, has both a count and
        a reason for having none, or neither; or two have the same id.
    """
    required = tuple(name for name, field in ReportedFigure.model_fields.items() if field.is_required())
    table = read_table(path, "figures", required, tuple(ReportedFigure.model_fields))
    figures = validate_rows(table, ReportedFigure, "id")
    for row, figure in zip(table.rows, figures):
        if figure.modelled and figure.modelled not in COUNTS:
            raise table.error(
                row,
                "modelled",
                f"there is no count '{figure.modelled}'",
                expected=f"one of {', '.join(COUNTS)}",
            )
        if bool(figure.modelled) == bool(figure.not_modelled):
            raise table.error(
                row,
                "modelled",
                "a figure has either a count of the model or a reason for having none",
                expected="modelled: or not_modelled:",
            )
        if bool(figure.basis) != bool(figure.modelled):
            raise table.error(
                row,
                "basis",
                "how the model stands to a figure is said where, and only where, it has a count",
                expected="set, fitted or free",
            )
    return tuple(figures)


@cache
def packaged_figures() -> tuple[ReportedFigure, ...]:
    """Return the figures that come with the package."""
    return read_figures(packaged(FILE))
