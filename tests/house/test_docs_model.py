"""The description of the model and the list of assumptions say what the code says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from diffusion.mechanisms.parameters import Parameters
from diffusion.month.phases import PHASES

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import model_tables  # noqa: E402

MODEL, ASSUMPTIONS = (path.read_text(encoding="utf-8") for path in model_tables.FILES)
BY_HAND = model_tables.by_hand(MODEL)


def test_tables_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    """If not: python scripts/model_tables.py."""
    assert model_tables.main(["--check"]) == 0, capsys.readouterr().out


def test_every_table_and_every_lever_has_its_block() -> None:
    found = model_tables.names(MODEL) + model_tables.names(ASSUMPTIONS)
    assert sorted(found) == sorted([*model_tables.TABLES, *(f"lever {name}" for name in model_tables.levers())])
    marks = re.findall(r"<!-- generated: .*? (?:begin|end) -->", MODEL + ASSUMPTIONS)
    assert len(marks) == 2 * len(found)


def test_a_changed_table_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "model.md"
    copy.write_text(MODEL.replace("| `awareness_push` | 1 | add | 1 |", "| `awareness_push` | 1 | add | 2 |", 1))
    monkeypatch.setattr(model_tables, "FILES", (copy,))
    assert model_tables.main(["--check"]) == 1
    assert "'terms' is out of date" in capsys.readouterr().out
    assert model_tables.main([]) == 0
    assert copy.read_text(encoding="utf-8") == MODEL


@pytest.mark.parametrize("name", [phase.name for phase in PHASES])
def test_every_phase_is_described_by_hand(name: str) -> None:
    assert f"`{name}`" in BY_HAND


@pytest.mark.parametrize("section", list(Parameters.model_fields))
def test_every_section_of_parameters_is_described_by_hand(section: str) -> None:
    sections = " ".join(re.findall(r"[Ss]ections? (`[^.;]*)", BY_HAND))
    assert f"`{section}`" in sections


@pytest.mark.parametrize("name", list(model_tables.levers()))
def test_every_lever_is_described_by_hand(name: str) -> None:
    lever = model_tables.levers()[name]
    heading = f"### Lever {lever.number}: `{name}`\n"
    assert len(BY_HAND.split(heading)[1].split("\n#")[0].strip()) > 50
    assert f"| {lever.number} `{name}` |" in ASSUMPTIONS


def test_parameters_named_in_assumptions_exist() -> None:
    """Names in the column "where" are files of the package, parameters, sections or attributes of innovations."""
    from diffusion.mechanisms.parameters import all_parameters
    from diffusion.world.innovations import InnovationRow

    known = {info.name for info in all_parameters()} | set(Parameters.model_fields) | set(InnovationRow.model_fields)
    for lever in model_tables.levers().values():
        known |= set(lever.model_fields)
    for line in ASSUMPTIONS.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 7 or not cells[1] or cells[1].startswith(("---", "assumed", "lever")):
            continue
        where = cells[3] if re.match(r"\d+ `", cells[1]) else cells[2]
        for name in re.findall(r"`([^`]+)`", where):
            assert name in known or (ROOT / "src" / "diffusion" / name).exists(), name


@pytest.mark.parametrize("path", model_tables.FILES, ids=lambda path: path.name)
def test_lines_of_prose_are_not_too_long(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 130 and not line.startswith("|")] == []
