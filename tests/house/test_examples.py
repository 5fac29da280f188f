"""The examples run and print what they promise (they use Mesa agents, own levers and own networks)."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "examples"


def run_example(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    return capsys.readouterr().out


def test_every_example_is_tested() -> None:
    tested = {"cautious_trust.py", "ten_line_lever.py", "custom_network.py", "fellows_by_need.py", "own_outcome.py"}
    assert {path.name for path in EXAMPLES.glob("*.py")} == tested


def test_example_of_an_agent_cautious_trusts_adopt_less(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_example("cautious_trust.py", capsys).splitlines()
    ordinary, cautious, difference = (float(line.split(",")[0].split()[-1]) for line in lines[1:4])
    assert cautious < ordinary
    assert difference == pytest.approx(cautious - ordinary, abs=0.011)
    assert "uses most innovations" in lines[4]


def test_example_of_a_lever_of_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_example("ten_line_lever.py", capsys).splitlines()
    digital, others = (float(line.split(",")[0].split()[-1]) for line in lines[1:3])
    assert digital > 0 > others  # what a campaign wins, it takes from others' time
    assert lines[3] == "Cost of the campaign: GBP 1,200,000"  # 24 months


def test_example_of_an_own_network(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_example("custom_network.py", capsys).splitlines()
    assert lines[0].startswith("233 ties of weight 0.3")
    assert [line.split()[:2] for line in lines[3:]] == [["year", "3"], ["year", "6"], ["year", "10"]]


def test_example_of_outcomes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusion.analysis.outcomes import own

    assert own.own_outcomes() is not None
    monkeypatch.setattr(own, "_OWN", {})  # other tests compare without them
    lines = run_example("own_outcome.py", capsys).splitlines()
    gap, wait = lines[1:]
    assert gap.startswith("  Adopter share, least minus most deprived quarter of trusts, pp: -1.")
    assert 24 < float(wait.split(": ")[1].split(",")[0]) < 60
    for line in (gap, wait):
        change, low, high = (float(word.strip("()")) for word in line.rpartition(", ")[2].replace(" to ", " ").split())
        assert low < change < high


def test_example_of_agents_of_people(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run_example("fellows_by_need.py", capsys).splitlines()
    for line in lines[1:3]:
        before, after, change = (float(word.replace(",", "")) for word in line.split("(")[0].split()[-3:])
        assert change == pytest.approx(after - before, abs=1.01)
        assert change != 0
    assert "has reached 10 sites" in lines[3]  # nine months: half at once, the rest over the year
    number, companies = (int(word) for word in lines[4].split() if word.isdigit())
    assert number > 20
    statuses = [[int(word) for word in line.replace(",", "").split() if word.isdigit()] for line in lines[5:7]]
    assert sum(there for there, _ in statuses) == companies
    assert lines[6].split()[1] == "abroad,"
    assert int(lines[7].split()[0]) > int(lines[7].split()[5].strip(",")) > 0
