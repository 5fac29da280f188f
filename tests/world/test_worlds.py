"""Worlds as folders: those that come along equal what was published, and one's own is checked before it is run."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from diffusion.errors import InputError
from diffusion.world.building.build import build_world
from diffusion.world.facts import Words, packaged_worlds, read_facts, world_folder
from diffusion.world.packages.check import check_world
from diffusion.world.packages.dictionary import read_dictionary
from diffusion.world.packages.new import new_world
from diffusion.world.packages.summary import column_lines, filled_lines
from diffusion.world.spec import WorldSpec

Call = Callable[..., tuple[int, str, str]]
FOLDERS = {name: world_folder(name, Path()) for name in packaged_worlds()}


def rows(world: str, table: str) -> list[dict[str, str]]:
    with (FOLDERS[world] / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.mark.unit
def test_england_of_2025_has_the_published_totals() -> None:
    trusts = rows("england-2025", "trusts.csv")
    by_sector = {name: sum(row["sector"] == name for row in trusts) for name in {row["sector"] for row in trusts}}
    assert by_sector["acute"] + by_sector["specialist"] == 134
    assert by_sector["mental_health"] + by_sector["community"] + by_sector["care_trust"] == 61
    assert by_sector["ambulance"] == 10
    assert len(trusts) == 205
    assert sum(float(row["staff_fte"]) for row in trusts) == 1_355_654
    boards = {row["code"] for row in rows("england-2025", "boards.csv")}
    assert len(boards) == 42
    assert {row["ics"] for row in trusts} == boards
    assert len({row["ahsn"] for row in trusts}) == 15


@pytest.mark.unit
@pytest.mark.parametrize("name", FOLDERS)
def test_every_trust_lies_in_england_and_the_unit_is_the_median(name: str) -> None:
    world = build_world(WorldSpec(name=name))
    assert ((world.trusts.latitude > 49.9) & (world.trusts.latitude < 55.9)).all()
    assert ((world.trusts.longitude > -6.5) & (world.trusts.longitude < 1.8)).all()
    assert np.median(world.trusts.staff_fte) == pytest.approx(world.facts.median_staff_fte, abs=0.5)
    assert np.median(world.trusts.size) == pytest.approx(1, abs=2e-4)


@pytest.mark.unit
def test_the_trusts_of_2017_map_onto_those_of_2025() -> None:
    path = FOLDERS["england-2017"] / "changes.csv"
    if not path.is_file():
        pytest.skip("the changes of trusts are not packaged")
    now = {row["code"]: row["code"] for row in rows("england-2017", "trusts.csv")}
    assert len(now) == 233
    changes = sorted(rows("england-2017", "changes.csv"), key=lambda row: row["date"])
    for row in changes:
        for old, code in now.items():
            if code == row["code"] and row["into"]:
                now[old] = row["into"]
    assert set(now.values()) == {row["code"] for row in rows("england-2025", "trusts.csv")}


@pytest.mark.unit
def test_the_two_worlds_share_networks_sectors_and_the_label_of_2017() -> None:
    old, new = (build_world(WorldSpec(name=name)) for name in ("england-2017", "england-2025"))
    assert old.ahsns.codes == new.ahsns.codes
    assert old.trusts.sector_names == new.trusts.sector_names
    assert (int(old.trusts.teaching.sum()), int(new.trusts.teaching.sum())) == (31, 30)


@pytest.mark.unit
@pytest.mark.parametrize("name", FOLDERS)
def test_packaged_worlds_are_good_and_say_what_is_not_known(name: str) -> None:
    found = check_world(FOLDERS[name])
    assert found.faults == []
    assert found.world is not None
    assert found.facts is not None
    lines = column_lines(FOLDERS[name], read_dictionary(FOLDERS[name]))
    tables = {line.table for line in lines}
    assert {"trusts.csv", "networks.csv"} <= tables
    assert all(line.unit and line.source and line.licence and line.known <= line.rows for line in lines)
    for table in tables:
        for line in (each for each in lines if each.table == table):
            written = [row[line.column] for row in rows(name, table)]
            assert line.known == sum(cell.strip() != "" for cell in written), line.column


@pytest.mark.unit
def test_unknown_distress_is_the_known_share_and_never_no() -> None:
    trusts = build_world(WorldSpec(name="england-2025")).trusts
    by_code = {row["code"]: row for row in rows("england-2025", "trusts.csv")}
    known = np.array([by_code[code]["financial_distress"] != "" for code in trusts.codes])
    assert known.sum() == 138
    for sector in np.unique(trusts.sector):
        inside = trusts.sector == sector
        share = trusts.money_short[inside & known].mean() if (inside & known).sum() >= 10 else None
        for value in np.unique(trusts.money_short[inside & ~known]):
            assert value == pytest.approx(trusts.money_short[known].mean() if share is None else share)
    assert trusts.money_short[~known].min() > 0
    told = {line.attribute: line.trusts for line in filled_lines(build_world(WorldSpec(name="england-2025")))}
    assert told["money_short"] == 205 - 138
    assert told["doctors_fte"] == 64


@pytest.mark.unit
def test_maturity_comes_from_the_assessment_and_else_from_records() -> None:
    trusts = build_world(WorldSpec(name="england-2025")).trusts
    for row in rows("england-2025", "trusts.csv"):
        place = trusts.codes.index(row["code"])
        if row["digital_maturity_assessment"]:
            wanted = min(max(float(row["digital_maturity_assessment"]) - 2.5, -1), 1)
            assert trusts.digital_maturity[place] == pytest.approx(wanted)
            leads = float(row["digital_maturity_assessment"]) >= 3
            assert trusts.centre_of_excellence[place] == (leads or row["teaching_2017"] == "1")
        elif row["electronic_record_live"] == "0":
            assert trusts.digital_maturity[place] == -0.5


@pytest.mark.unit
@pytest.mark.parametrize("source", [None, *FOLDERS])
def test_a_new_world_is_good_as_it_is(source: str | None, tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", new_world("mine", "Mine: a 'title'", None if source else "2025-04", source))
    found = check_world(folder)
    assert found.faults == []
    assert found.facts is not None
    assert found.facts.title == "Mine: a 'title'"
    assert (folder / "README.md").read_text("utf-8").startswith("# Mine: a 'title'")
    if source is not None:
        whole = build_world(WorldSpec(name=source))
        assert found.world is not None
        assert np.array_equal(found.world.eligible, whole.eligible)
        assert np.array_equal(found.world.trusts.size, whole.trusts.size)


@pytest.mark.unit
def test_networks_and_boards_may_be_called_by_either_name(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", new_world("mine", "Mine", "2025-04"))
    text = (folder / "trusts.csv").read_text("utf-8")
    assert text.startswith("code,name,sector,network,board,board_name,")
    old = text.replace("network,board,board_name", "ahsn,ics,ics_name", 1)
    one = build_world(WorldSpec(name="mine"), tmp_path)
    (folder / "trusts.csv").write_text(old, "utf-8")
    other = build_world(WorldSpec(name="mine"), tmp_path)
    assert one is not other
    assert one.trusts.ics_codes == other.trusts.ics_codes
    assert np.array_equal(one.trusts.ahsn, other.trusts.ahsn)


@pytest.mark.unit
def test_the_unit_of_size_belongs_to_the_world(tmp_path: Path) -> None:
    folder = write(tmp_path / "mine", new_world("mine", "Mine", "2025-04"))
    world = build_world(WorldSpec(name="mine"), tmp_path)
    assert np.allclose(world.trusts.size, world.trusts.staff_fte / read_facts(folder).median_staff_fte)
    assert check_world(folder).remarks
    assert not [text for text in check_world(folder).remarks if "median" in text]
    text = (folder / "world.yaml").read_text("utf-8")
    (folder / "world.yaml").write_text(text.replace("median_staff_fte: 4000", "median_staff_fte: 8000"), "utf-8")
    assert any("median_staff_fte is 8,000" in text for text in check_world(folder).remarks)


#: what makes nobody able to adopt anything: (file, pattern, replacement)
NOBODY = {
    "a sector that no innovation is for": (
        "trusts.csv",
        r",(acute|mental_health|community|ambulance),",
        ",care_trust,",
    ),
    "no cases of it": (
        "portfolio.yaml",
        r"(?m)^    # ?cases_per_month:.*|(?m:^    cases_per_month:.*)",
        "    cases_per_month: 0",
    ),
}


@pytest.mark.unit
@pytest.mark.parametrize("what", NOBODY)
def test_a_world_in_which_nobody_may_adopt_is_refused_wherever_it_is_met(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path / "mine", new_world("mine", "Mine", "2025-04"))
    (folder / "portfolio.yaml").write_text(
        "innovations:\n  - id: app\n    name: App\n    kind: digital\n    eligible_sectors: [acute]\n"
        "    cases_per_month: 10\n",
        "utf-8",
    )
    file, pattern, new = NOBODY[what]
    changed, number = re.subn(pattern, new, (folder / file).read_text("utf-8"))
    assert number
    (folder / file).write_text(changed, "utf-8")
    (tmp_path / "a.yaml").write_text("title: A\nstart: 2025-04\nmonths: 6\nworld: {name: mine}\n", "utf-8")
    for words in (
        ("worlds", "validate", "mine"),
        ("scenarios", "validate", "a.yaml"),
        ("run", "a.yaml", "--replicates", "2", "--out", "new"),
        ("compare", "a.yaml", "a.yaml+local-first", "--replicates", "2", "--out", "new"),
    ):
        code, out, err = command_line(*words)
        assert code == 2, out
        assert "no trust of this world may use any of its innovations" in err
        assert "good" not in out
    assert not (tmp_path / "new").exists()
    from diffusion.experiments.running.runner import run
    from diffusion.scenario.load import load_scenario

    with pytest.raises(InputError, match="no trust of this world may use"):
        run(load_scenario("a.yaml"), replicates=2)


@pytest.mark.integration
def test_a_world_of_one_trust_runs_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path / "mine", new_world("mine", "Mine", "2025-04"))
    lines = (folder / "trusts.csv").read_text("utf-8").splitlines(True)
    (folder / "trusts.csv").write_text("".join(lines[:2]), "utf-8")
    code, out, err = command_line("worlds", "validate", "mine")
    assert code == 0, err
    assert "the world has one trust" in out
    (tmp_path / "a.yaml").write_text("title: A\nstart: 2025-04\nmonths: 6\nworld: {name: mine}\n", "utf-8")
    code, out, err = command_line("run", "a.yaml", "--replicates", "2", "--out", "new", "--one-page")
    assert code == 0, err


@pytest.mark.unit
def test_new_is_all_or_nothing_and_never_over_what_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_text("x", "utf-8")
    before = sorted(tmp_path.rglob("*"))
    for name in ("there", "file", "no/folder", "england-2025", "a b", "..", "."):
        code, _, err = command_line("worlds", "new", name)
        assert code == 2, name
        assert "error" in err
    assert sorted(tmp_path.rglob("*")) == before
    code, _, err = command_line("worlds", "new", "mine", "--from", "england-2025")
    assert code == 0, err
    assert (tmp_path / "mine" / "boards.csv").is_file()


@pytest.mark.unit
def test_faults_of_a_world_are_all_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(FOLDERS["england-2025"], folder)
    text = (folder / "trusts.csv").read_text("utf-8")
    (folder / "trusts.csv").write_text(text.replace(",QMJ,", ",QZZ,", 1), "utf-8")
    told = (folder / "dictionary.yaml").read_text("utf-8")
    (folder / "dictionary.yaml").write_text(told.replace("      beds:", "      bedz:", 1), "utf-8")
    messages = [str(fault) for fault in check_world(folder).faults]
    assert any("is the id of a packaged world" in text for text in messages)
    assert any("nothing is said of the column 'beds'" in text for text in messages)
    assert any("the table has no column 'bedz'" in text for text in messages)
    assert any("ICB 'QZZ' is not in boards.csv" in text for text in messages)


@pytest.mark.unit
def test_lists_and_shows_as_json(command_line: Call) -> None:
    code, out, _ = command_line("worlds", "list", "--json")
    assert code == 0
    listed = {item["id"]: item for item in json.loads(out)}
    assert set(listed) == set(packaged_worlds())
    assert listed["england-2025"]["trusts"] == 205
    code, out, _ = command_line("worlds", "show", "england-2025", "--json")
    assert code == 0
    found = json.loads(out)
    assert sum(line["trusts"] for line in found["sectors"]) == 205
    assert found["words"]["network"]["short"] == "HIN"


@pytest.mark.unit
def test_dates_say_which_world_fits() -> None:
    old, new = (read_facts(FOLDERS[name]) for name in ("england-2017", "england-2025"))
    assert old.misfit("2015-07") is None
    assert new.misfit("2025-04") is None
    assert old.misfit("2025-04") == (
        "starts in April 2025, but the trusts are those of September 2017: england-2025 fits; "
        "say world: {name: england-2025}, and a policy_start in the run"
    )
    before = old.misfit("2025-04", "2017-07")
    assert before == (
        f"{old.misfit('2025-04')}, and policies that state no start begin in July 2017: set policy_start too"
    )
    assert old.misfit("2025-04", "2026-04") == old.misfit("2025-04")
    assert old.misfit("2015-07", "2014-04") is None
    assert "england-2017 fits" in str(new.misfit("2015-07"))
    assert "no packaged world fits" in str(old.misfit("2040-01"))


@pytest.mark.unit
def test_texts_are_said_in_the_words_of_the_world() -> None:
    new = read_facts(FOLDERS["england-2025"]).words
    text = "An AHSN and its ICSs; contagion inside an AHSN, an ICS; Academic Health Science Networks (AHSNs)"
    assert Words().say(text) == text
    assert new.say(text) == ("A HIN and its ICBs; contagion inside a HIN, an ICB; Health Innovation Networks (HINs)")
    assert new.say("ahsn-support, NHSICS, TICS") == "ahsn-support, NHSICS, TICS"


@pytest.mark.unit
@pytest.mark.parametrize("source", packaged_worlds())
def test_a_copy_has_the_dates_of_its_tables(source: str) -> None:
    files = new_world("mine", "Mine", None, source)
    facts = read_facts(FOLDERS[source])
    for key in ("data_month", "first_start", "last_start"):
        assert f'{key}: "{getattr(facts, key)}"' in files["world.yaml"]
    with pytest.raises(InputError, match=r"the tables of .* hold for"):
        new_world("mine", "Mine", "2030-01", source)


def _copy(tmp_path: Path, file: str, change: Callable[[list[dict[str, str]]], None]) -> Path:
    """Return a copy of the world of 2025 with rows of one of its tables changed."""
    folder = write(tmp_path / "mine", new_world("mine", "Mine", None, "england-2025"))
    with (folder / file).open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    change(found)
    with (folder / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return folder


@pytest.mark.unit
@pytest.mark.parametrize("file", ["trusts.csv", "networks.csv"])
def test_a_place_with_a_digit_missing_is_a_remark(tmp_path: Path, file: str) -> None:
    def lose_a_digit(found: list[dict[str, str]]) -> None:
        found[3]["latitude"] = "5.4"

    checked = check_world(_copy(tmp_path, file, lose_a_digit))
    (told,) = [text for text in checked.remarks if "is that its place?" in text]
    assert "latitude 5.4" in told
    assert ("HIN" in told) == (file == "networks.csv")
    for name in FOLDERS:
        assert not [text for text in check_world(FOLDERS[name]).remarks if "is that its place?" in text]


@pytest.mark.unit
def test_a_code_changed_in_one_of_two_tables_is_a_fault(tmp_path: Path) -> None:
    def rename(found: list[dict[str, str]]) -> None:
        found[5]["code"] = "ZZZ"

    faults = [str(each) for each in check_world(_copy(tmp_path, "trusts.csv", rename)).faults]
    (told,) = [text for text in faults if "the trusts of" in text]
    assert "boards.csv" in told
    assert "'ZZZ' is, and is not listed" in told


@pytest.mark.unit
def test_faults_of_a_copy_are_said_in_the_words_of_its_world(
    tmp_path: Path, command_line: Callable[..., tuple[int, str, str]]
) -> None:
    def other_network(found: list[dict[str, str]]) -> None:
        found[5]["ahsn"] = "XX"

    folder = _copy(tmp_path, "trusts.csv", other_network)
    code, _, err = command_line("worlds", "validate", str(folder))
    assert code == 2
    assert "unknown HIN 'XX'" in err
    setting = "levers.innovation-zones.zone_boards=[QXX]"
    code, _, err = command_line("scenarios", "validate", "england-2025+innovation-zones", "--set", setting)
    assert code == 2
    assert "unknown ICB 'QXX'; expected an ICB code" in err
