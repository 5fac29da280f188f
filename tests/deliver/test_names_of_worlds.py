"""Networks and boards are called as in the world of a result, everywhere that a reader sees, and again from disk."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]

#: what the networks and boards of the other time are called
OTHERS = {
    "england-2025": r"\bAHSNs?\b|\bICSs?\b|Academic Health Science|[Ii]ntegrated care system",
    "england-2017": r"\bHINs?\b|\bICBs?\b|Integrated Care Board",
}
OWN = {"england-2025": ("HIN", "ICB"), "england-2017": ("AHSN", "ICS")}
STARTS = {"england-2025": "2025-04", "england-2017": "2015-07"}
ASKED = {"england-2025": "hin:GM", "england-2017": "ahsn:GM"}
#: levers are called by their own names and sources in any world, and networks by the names that they have in its table
NAMES = re.compile(
    r"ahsn-support|AHSN support|Health Innovation Network South London|\(?[\w ,]*AHSN until 2017\)?|networks\.csv"
)
SCENARIO = """title: {title}
start: {start}
months: 6
world: {{name: {world}}}
levers:
  ahsn-support: {{start: {start}}}
"""


def texts_of(folder: Path) -> dict[str, str]:
    """Return what a reader can read in the files of a result: words of pages, slides and the workbook."""
    found = {}
    for page in folder.glob("*.html"):
        body = re.sub(r"<(style|script)\b.*?</\1>", " ", page.read_text("utf-8"), flags=re.DOTALL)
        # what levers rest on is quoted with their sources
        found[page.name] = unescape(re.sub(r"<[^>]*>", " ", body))
    for file in (*folder.glob("*.pptx"), *folder.glob("*.xlsx")):
        with zipfile.ZipFile(file) as parts:
            text = " ".join(
                parts.read(name).decode("utf-8", "replace") for name in parts.namelist() if name.endswith(".xml")
            )
        found[file.name] = unescape(re.sub(r"<[^>]*>", " ", text))
    return found


@pytest.mark.parametrize("world", OTHERS)
def test_a_reader_finds_the_words_of_the_world_alone(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("diffusion.report.files.pdf.find_browser", lambda: None)
    for name, title in (("a.yaml", "As it is"), ("b.yaml", "With a tariff")):
        text = SCENARIO.format(title=title, start=STARTS[world], world=world)
        more = f"  best-practice-tariff: {{start: {STARTS[world]}}}\n" if name == "b.yaml" else ""
        (tmp_path / name).write_text(text + more, "utf-8")
    code, out, err = command_line(
        "compare", "a.yaml", "b.yaml", "--replicates", "3", "--jobs", "1", "--out", "found", "--slides", "--one-page",
        "--for", ASKED[world], "--region", "QOP", "--region", "WM",
    )  # fmt: skip
    assert code == 0, err
    other = re.compile(OTHERS[world])
    seen = texts_of(tmp_path / "found")
    assert {"index.html", "region-QOP.html", "region-WM.html", "summary.html", "slides.pptx", "tables.xlsx"} <= set(
        seen
    )
    for where, text in {**seen, "terminal": out + err}.items():
        wrong = [text[max(0, at.start() - 60) : at.end() + 40] for at in other.finditer(NAMES.sub("", text))]
        assert not wrong, (where, wrong[:5])
    for word in OWN[world]:
        assert re.search(rf"\b{word}\b", " ".join(seen.values()))
        assert word in out
    code, _, err = command_line("report", "found", "--out", "again", "--slides", "--one-page")
    assert code == 0, err
    for name in ("index.html", "region-QOP.html", "summary.html"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "found" / name).read_bytes()
    code, out, err = command_line("describe", "world", "--scenario", "a.yaml")
    assert code == 0
    assert not other.search(out)
    assert OWN[world][0] + "s" in out
    code, _, err = command_line("run", "a.yaml", "--region", "nowhere at all", "--no-files")
    assert code == 2
    assert OWN[world][0] in err
    assert not other.search(err)
    code, _, err = command_line("run", "a.yaml", "--for", "board:XXX", "--no-files")
    assert code == 2
    assert OWN[world][1] in err
    assert not other.search(err)


def test_a_result_of_an_earlier_version_stands_on_the_first_world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: Call
) -> None:
    import json

    from diffusion.storage.stored_results import read_results

    monkeypatch.chdir(tmp_path)
    code, _, err = command_line(
        "run", "baseline", "--replicates", "2", "--jobs", "1", "--set", "months=6", "--out", "found"
    )
    assert code == 0, err
    manifest = json.loads((tmp_path / "found" / "manifest.json").read_text("utf-8"))
    assert manifest["scenarios"][0]["world"].pop("facts")["id"] == "england-2017"
    (found,) = read_results(tmp_path / "found", manifest)
    assert found.world.facts.id == "england-2017"
    assert found.world.facts.words.network.short == "AHSN"


def test_two_worlds_are_held_against_each_other_as_wholes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, world in (("a", "england-2017"), ("b", "england-2025")):
        text = SCENARIO.format(title="The same", start=STARTS[world], world=world)
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
        code, _, err = command_line("run", f"{name}.yaml", "--replicates", "2", "--jobs", "1", "--out", name)
        assert code == 0, err
    code, out, err = command_line("diff", "a", "b", "--csv", "diff.csv")
    assert code == 0, err
    assert "A stands on the world england-2017, B on england-2025" in " ".join(out.split())
    (tmp_path / "c.yaml").write_text((tmp_path / "a.yaml").read_text("utf-8").replace("england-2017", "england-2025"))
    code, _, err = command_line("compare", "a.yaml", "c.yaml", "--replicates", "2", "--no-files")
    assert code == 2
    assert "do not have the same trusts" in err
    assert "diffusion diff" in err
