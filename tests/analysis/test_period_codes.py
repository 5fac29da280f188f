"""Numbers that stand for no period: codes for "never", years with months in four digits."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration
Call = Callable[..., tuple[int, str, str]]


def analysed(call: Call, folder: Path, periods: list[object]) -> tuple[int, str]:
    rows = "".join(f"R{number:02d},{period}\n" for number, period in enumerate(periods))
    (folder / "table.csv").write_text(f"code,time\n{rows}", "utf-8")
    code, out, err = call("analyse", "table.csv", "--draws", "99", "--out", f"out-{len(list(folder.iterdir()))}")
    return code, " ".join((out + err).split())


@pytest.mark.parametrize("code", [-1, 0, 99, 999, 9999])
@pytest.mark.parametrize("first", [3, 2010])
def test_a_code_for_never_is_no_period(code: int, first: int, tmp_path: Path, command_line: Call) -> None:
    periods = [first + n % 6 for n in range(20)] + [code] * 3
    if code == 0 and first == 3:
        assert analysed(command_line, tmp_path, periods)[0] == 0  # may be a period before the first
        return
    exit_code, said = analysed(command_line, tmp_path, periods)
    assert exit_code == 2, said
    assert "leave the cell empty" in said
    assert analysed(command_line, tmp_path, [period if period != code else "" for period in periods])[0] == 0


@pytest.mark.parametrize("word", ["never", "NA", "n/a", "-", "none"])
def test_a_word_for_never_is_an_empty_cell_and_told(word: str, tmp_path: Path, command_line: Call) -> None:
    assert analysed(command_line, tmp_path, [2010 + n % 6 for n in range(20)] + [word])[0] == 0
    page = html.unescape(next(tmp_path.glob("out-*/index.html")).read_text("utf-8"))
    assert f"ells of periods read as empty, not seen to adopt: '{word}' 1 times" in page


def test_years_and_months_in_four_digits_are_told_and_years_are_not(tmp_path: Path, command_line: Call) -> None:
    exit_code, said = analysed(command_line, tmp_path, [1503, 1507, 1511, 1512, 1601, 1602, 1604])
    assert exit_code == 2
    assert "2015-03" in said
    for periods in (
        [2010 + n % 6 for n in range(20)],
        [1 + n % 6 for n in range(20)],
        [2001 + n % 12 for n in range(24)],
    ):
        assert analysed(command_line, tmp_path, periods)[0] == 0
