"""The tables of docs/innovations.md are those that code and packaged data give."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from diffusion.world.innovations import InnovationRow, PortfolioHead

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import innovation_tables  # noqa: E402

TEXT = innovation_tables.DOCUMENT.read_text(encoding="utf-8")


def test_tables_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """If not: python scripts/innovation_tables.py."""
    assert innovation_tables.main(["--check"]) == 0, capsys.readouterr().out
    assert {found["name"] for found in innovation_tables.BLOCK.finditer(TEXT)} == set(innovation_tables.TABLES)


def test_a_changed_table_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "innovations.md"
    copy.write_text(TEXT.replace("150,000", "150,001", 1), "utf-8")
    assert copy.read_text("utf-8") != TEXT
    monkeypatch.setattr(innovation_tables, "DOCUMENT", copy)
    assert innovation_tables.main(["--check"]) == 1
    assert innovation_tables.main([]) == 0
    assert copy.read_text("utf-8") == TEXT


@pytest.mark.parametrize(
    "name", [*InnovationRow.model_fields, *(each for each in PortfolioHead.model_fields if each != "common")]
)
def test_every_key_is_described(name: str) -> None:
    assert f"`{name}" in TEXT
