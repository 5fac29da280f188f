"""The tables of a result as one Excel workbook: a sheet a table, units in the heads, the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, SupportsFloat, cast

import numpy as np

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.outlets import sheet_cell
from diffusion.report.words.answer import answer_sentences, question
from diffusion.report.words.reproduction import Reproduction
from diffusion.world.facts import Words

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

_NAMES = Words()
#: Sheet name -> table of the folder; tables that a result does not have are left out.
SHEETS: tuple[tuple[str, str, str], ...] = (
    ("Differences", "differences", "Every outcome: paired differences between scenarios with 80 % and 95 % intervals"),
    ("Outcomes by run", "outcomes", "Every outcome by scenario and replicate"),
    ("As asked", "asked", "Adopter share of what was asked about, by date, scenario and replicate"),
    ("Twins", "twins", "Outcomes of runs with the parameters of the first replicates and other chance"),
    ("Gains by group", "gains", "Change of adopter share by AHSN, ICS, sector, innovation, trust; percentage points"),
    ("Trust groups", "by_trust_group", "Adopter share by deprivation, size, region, sector, centre of excellence"),
    ("Equity", "equity", "Gaps, slopes and variation between trusts"),
    ("Economics", "economics", "Present values, ratios and costs per effect under every discount set"),
    ("Net cost by party", "money_by_party", "Paid minus received over the whole period, not discounted, GBP"),
    (
        "Reported and modelled",
        "reported",
        "What programmes reported of themselves, with sources, and the runs",
    ),
    (
        "Time to shares",
        "time_to_share",
        "Months from going live until 10, 25, 50 % of the trusts with a use for it are adopters; > is beyond the run",
    ),
    ("People", "people_by_profession", "People followed: left, abroad, returned, founders, by profession"),
    ("Choice", "choice", "How often each option is best, and regret in percentage points"),
    ("Why", "why", "What each difference of the adopter share is made of, percentage points, and the evidence for it"),
    ("What was changed", "departures", "Settings that are not as they come with the package"),
    ("Budget", "budget", "What a budget came to, by purpose and payer, GBP per year and present value"),
    ("Cost and effect", "budget_curve", "Each option at five budgets: what was spent, change of adopter share"),
)
_UNITS: tuple[tuple[str, str], ...] = (
    ("_gbp_per_year", "GBP/year"),
    ("_gbp", "GBP"),
    ("_pct", "%"),
    ("_pp", "percentage points"),
    ("_months", "months"),
    ("months_to_", "months"),
)
#: A fixed date for the file's own properties, so that the same tables give the same file.
_DATE = (1980, 1, 1, 0, 0, 0)
_DATE_TEXT = "1980-01-01T00:00:00Z"


def head_of(column: str) -> str:
    """Return a column's name with its unit: ``change_pp`` is ``change pp [percentage points]``."""
    unit = next((text for part, text in _UNITS if part in column), "")
    words = column.replace("_", " ")
    return f"{words} [{unit}]" if unit else words


def about_lines(
    reproduction: Reproduction, tables: Sequence[ResultTables], comparison: Comparison
) -> list[tuple[str, str]]:
    """Return the lines of the first sheet: what it is, how to make it again."""
    return [
        *(("Not as the run wrote it", text) for text in reproduction.altered),
        ("Question", question(tables, comparison)),
        ("Answer", " ".join(answer_sentences(tables, comparison))),
        ("Command", reproduction.command),
        ("Version", f"{reproduction.version} {reproduction.git}".strip()),
        ("Seed and runs", f"seed {tables[0].seed}, {comparison.replicates} runs"),
        *((f"Scenario {name}", digest) for name, digest in reproduction.hashes),
        ("Units", "in square brackets in the heads; money in 2015/16 prices; empty: not defined"),
    ]


def write_workbook(
    frames: Mapping[str, Mapping[str, Sequence[object]]],
    about: Sequence[tuple[str, str]],
    path: Path,
    words: Words = _NAMES,
) -> None:
    """Write the tables ``frames`` (name -> column -> values) that SHEETS knows to ``path``.

    ``about`` are lines of the first sheet: what it is, how to make it again. ``words`` are those of the world.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    first = book.create_sheet("About")
    first.column_dimensions["A"].width, first.column_dimensions["B"].width = 28, 110
    for name, text in about:
        first.append([_bold(WriteOnlyCell(first, sheet_cell(name))), sheet_cell(text)])
    first.append([])
    for title, table, what in SHEETS:
        if table not in frames:
            continue
        first.append([title, words.say(what)])
        sheet = book.create_sheet(title)
        columns = frames[table]
        sheet.freeze_panes = "B2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{1 + len(next(iter(columns.values())))}"
        for number, column in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = max(12, min(44, len(head_of(column)) + 2))
        sheet.append([_bold(WriteOnlyCell(sheet, sheet_cell(head_of(column)))) for column in columns])
        for row in zip(*columns.values()):
            sheet.append([_value(value) for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_undated(buffer.getvalue()))


def _bold(cell: WriteOnlyCell) -> WriteOnlyCell:
    from openpyxl.styles import Font

    cell.font = Font(bold=True)
    return cell


def _value(value: object) -> str | bool | int | float | None:
    """Return a plain number or text; NaN is an empty cell."""
    if isinstance(value, str):
        return sheet_cell(value)
    if isinstance(value, np.bool_ | bool):
        return bool(value)
    if isinstance(value, np.integer | int):
        return int(value)
    number = float(cast(SupportsFloat, value))
    return number if np.isfinite(number) else None


def _undated(content: bytes) -> bytes:
    """Return the workbook with the dates of its parts and properties fixed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _DATE_TEXT.encode(), part)
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return out.getvalue()
