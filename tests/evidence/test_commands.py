"""``diffusion evidence list`` and ``show``: everything that a series holds, as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.evidence.reading import packaged_evidence
from diffusion.evidence.series import Point, Series
from diffusion.month.measures import QUANTITIES

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]
OWN = """\
title: Our hospital drug
what: trusts that have ever issued it
unit: trusts
at_risk: 152
start: 2021-04
kind: drug
points:
  - {date: 2021-12, count: 20, at_least: true}
  - {date: 2022-12, count: 55, use: shown, note: after a merger}
shocks:
  push: {start: 2021-04, end: 2022-04, awareness_push: 2}
grade: B
source: our pharmacy system
trusts: by-trust.csv
"""


@pytest.fixture
def own(tmp_path: Path) -> str:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "my-drug.yaml").write_text(OWN, encoding="utf-8")
    (folder / "by-trust.csv").write_text("code,first_month\nRA7,2021-12\nRTG,\n", encoding="utf-8")
    return "own"


def test_list_names_every_series_in_eighty_columns(command_line: Call) -> None:
    code, out, err = command_line("evidence", "list")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    for item in packaged_evidence():
        assert item.id in out
    assert "diffusion evidence show NAME" in out


def test_list_as_json(command_line: Call, own: str) -> None:
    code, out, _ = command_line("evidence", "list", "--json", "--folder", own)
    found = {row["name"]: row for row in json.loads(out)}
    assert code == 0
    assert len(found) == len(packaged_evidence()) + 1
    assert found["my-drug"] == {
        "name": "my-drug",
        "title": "Our hospital drug",
        "kind": "drug",
        "unit": "trusts",
        "at_risk": 152,
        "start": "2021-04",
        "last": "2022-12",
        "points": 2,
        "levers": [],
        "shocks": ["push"],
        "grade": "B",
        "use": "fit",
    }


def test_show_says_all_that_a_series_holds(command_line: Call, own: str) -> None:
    code, out, err = command_line("evidence", "show", "my-drug", "--folder", own)
    assert (code, err) == (0, "")
    for words in (
        "Our hospital drug",
        "trusts that have ever issued it",
        "152 trusts",
        "2021-04, month 1",
        "grade B: our pharmacy system",
        "20 of 152",
        "0.132",
        "at least",
        "only shown; after a merger",
        "first months of 1 of 2 trusts",
        "awareness_push",
    ):
        assert words in out, words
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", [item.id for item in packaged_evidence()])
def test_every_series_can_be_shown(name: str, command_line: Call) -> None:
    code, out, err = command_line("evidence", "show", name)
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    code, text, _ = command_line("evidence", "show", name, "--json")
    facts = json.loads(text)
    assert code == 0
    for point in facts["points"]:
        if point["count"] is not None:
            assert point["observed_share"] == pytest.approx(point["count"] / facts["at_risk"])
        assert point["date"] in out
    assert set(facts["levers"]) | set(facts["shocks"]) == {
        key for item in packaged_evidence() if item.id == name for key in (*item.series.levers, *item.series.shocks)
    }


def test_show_of_an_unknown_series_names_the_nearest(command_line: Call) -> None:
    code, out, err = command_line("evidence", "show", "vte-assesment")
    assert (code, out) == (2, "")
    assert "did you mean 'vte-assessment'?" in err


DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence.md"


def test_the_document_names_every_key_and_quantity() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name in (*Series.model_fields, *Point.model_fields, *QUANTITIES):
        assert f"`{name}`" in text, name


def test_the_series_in_the_document_can_be_shown(command_line: Call) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    Path("mine").mkdir()
    example = text.split("<!-- example: series -->\n```yaml\n")[1].split("```")[0]
    Path("mine/our-drug.yaml").write_text(example, encoding="utf-8")
    code, out, err = command_line("evidence", "show", "our-drug", "--folder", "mine")
    assert (code, err) == (0, "")
    assert "61 of 152" in out
