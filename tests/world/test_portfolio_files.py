"""Portfolio files: what is made is valid, every key explained; what stands beside; where values come from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import diffusion as df
from diffusion.errors import InputError
from diffusion.reading.files import packaged
from diffusion.world.building.build import build_world
from diffusion.world.innovations import InnovationAttributes, InnovationRow, kind_defaults
from diffusion.world.more_innovations import MoreInnovation
from diffusion.world.portfolio import COHORT, KIND, OWN, PORTFOLIO, attribute_facts, load_innovations, read_portfolio
from diffusion.world.portfolio_text import (
    GROUPS,
    Own,
    new_portfolio,
    new_scenario,
    portfolio_json_schema,
    uncommented,
)
from diffusion.world.spec import WorldSpec
from diffusion.world.tables import KINDS, SECTORS

pytestmark = pytest.mark.unit

Call = Callable[..., tuple[int, str, str]]
_LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
OWNS = st.builds(
    Own,
    name=st.from_regex(r"[a-z][a-z0-9-]{0,20}[a-z0-9]", fullmatch=True).map(lambda text: f"x-{text}"),
    # no control characters: Python and pydantic do not strip the same ones
    title=st.text(_LETTERS, min_size=1, max_size=30).filter(str.strip),
    kind=st.sampled_from(KINDS),
    live_month=st.integers(0, 119),
    when=st.just("2018-04 in a run from 2015-07"),
    pilot_sites=st.sampled_from(([], ["RM3"], ["RM3", "RW6", "RW3"])),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(own=OWNS, all_stated=st.booleans())
def test_a_new_file_is_valid_and_says_what_its_kind_says(tmp_path: Path, own: Own, all_stated: bool) -> None:
    texts = {"own.yaml": new_portfolio(own), "scenario.yaml": new_scenario(own, "extends: baseline")}
    for name, text in texts.items():
        (tmp_path / name).write_text(uncommented(text) if all_stated else text, encoding="utf-8")
    (entry,) = read_portfolio(tmp_path / "own.yaml", SECTORS)
    assert (entry.row.id, entry.row.kind, entry.row.pilot_sites) == (own.name, own.kind, list(own.pilot_sites))
    assert entry.row.name == own.title.strip()
    expected = {**kind_defaults()[own.kind], "live_month": own.live_month}
    assert {name: entry.attributes[name] for name in expected if name != "needs_pilot"} == {
        name: value for name, value in expected.items() if name != "needs_pilot"
    }
    jsonschema.validate(yaml.safe_load((tmp_path / "own.yaml").read_text("utf-8")), portfolio_json_schema())
    beside = build_world(WorldSpec(innovations="own.yaml"), tmp_path)
    added = df.load(str(tmp_path / "scenario.yaml")).build_world()
    assert beside.innovations.ids == added.innovations.ids
    assert len(added.innovations) == 31
    k = added.innovations.ids.index(own.name)
    for table in (beside.innovations, added.innovations):
        assert table.pilot_sites[k] == tuple(own.pilot_sites)
    assert beside.innovations.live_month[k] == own.live_month
    # a month of the calendar counts before one of the run
    assert added.innovations.live_month[k] == (33 if all_stated else own.live_month)
    np.testing.assert_array_equal(beside.eligible, added.eligible)


def test_every_attribute_stands_in_a_new_file_with_unit_and_meaning() -> None:
    own = Own("own-app", "Own app", "digital", 33, "2018-04", ["RM3"])
    grouped = [name for _, names in GROUPS for name in names]
    assert sorted(grouped) == sorted(set(InnovationRow.model_fields) - {"id", "name", "kind"})
    for text, model in ((new_portfolio(own), InnovationRow), (new_scenario(own, "extends: baseline"), MoreInnovation)):
        stated = re.findall(r"^ +(?:# )?([a-z_]+): ", text, flags=re.MULTILINE)
        assert set(model.model_fields) - {"id"} <= set(stated)
        assert all(attribute_facts()[name].description in text for name in InnovationAttributes.model_fields)


def test_what_stands_beside_the_portfolio_is_more_and_changes_nothing_else(tmp_path: Path) -> None:
    row = "innovations:\n  - {id: zz, name: Z, kind: drug}\n  - {id: aa, name: A, kind: device, pilot_sites: [RM3]}\n"
    (tmp_path / "own.yaml").write_text("beside: default\ncohorts: {}\n" + row, "utf-8")
    (tmp_path / "alone.yaml").write_text(row, "utf-8")
    whole, packaged_world = build_world(WorldSpec(innovations="own.yaml"), tmp_path), build_world()
    alone = build_world(WorldSpec(innovations="alone.yaml"), tmp_path)
    assert alone.innovations.ids == ("aa", "zz")
    assert whole.innovations.ids == tuple(sorted((*packaged_world.innovations.ids, "aa", "zz")))
    kept = [whole.innovations.ids.index(name) for name in packaged_world.innovations.ids]
    np.testing.assert_array_equal(whole.eligible[:, kept], packaged_world.eligible)
    np.testing.assert_array_equal(whole.innovations.keys[kept], packaged_world.innovations.keys)
    assert "innovations beside" in whole.provenance
    assert "innovations beside" not in alone.provenance


def test_where_an_attribute_comes_from() -> None:
    entries = {entry.row.id: entry for entry in read_portfolio(packaged(PORTFOLIO), SECTORS)}
    sites = entries["nervecentre"]
    assert sites.origin["initial_sites_max"] == OWN
    assert sites.origin["benefit_mean"] == COHORT
    assert sites.origin["pilot_months"] == KIND
    assert set(sites.origin) == {name for name, value in sites.attributes.items() if value is not None}


def test_pilot_sites_of_a_file_are_checked_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("id,name,kind,pilot_sites\nown,Own,digital,RM3;RM33\n", "utf-8")
    trusts = build_world().trusts
    with pytest.raises(InputError, match="there is no trust 'RM33'") as found:
        load_innovations(path, SECTORS, trusts)
    assert found.value.line == 2
    path.write_text("id,name,kind,pilot_sites\nown,Own,digital,RM3;RW6\n", "utf-8")
    assert load_innovations(path, SECTORS, trusts).pilot_sites == (("RM3", "RW6"),)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_makes_what_runs(kind: str, tmp_path: Path, command_line: Call) -> None:
    code, out, err = command_line("innovations", "new", "own-app", "--kind", kind, "--start", "2015-09")
    assert code == 0, err
    assert "diffusion run own-app.yaml --for innovation:own-app" in out
    code, _, err = command_line(
        "run", "own-app.yaml", "--for", "innovation:own-app", "-n", "1", "--set", "months=4", "--no-files"
    )
    assert code == 0, err
    code, out, err = command_line("innovations", "show", "own-app", "--file", "own-app.yaml", "--json")
    assert code == 0, err
    shown: dict[str, Any] = json.loads(out)
    assert shown["attributes"]["live_month"] == {
        "value": 2,
        "unit": "months from the start",
        "allowed": "whole numbers, 0 to 1,200",
        "meaning": "month from which it is on the market",
        "from": OWN,
        "basis": "not said",
    }


@pytest.mark.parametrize("width", ["80", "100", "140"])
def test_no_value_is_broken_inside_a_word(
    width: str, command_line: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    sites = "eligible_sectors: [acute, mental_health, community, specialist, ambulance]"
    rows = f"innovations:\n  - {{id: own-app, name: Own, kind: digital, {sites}}}\n"
    (tmp_path / "my own.yaml").write_text(rows, encoding="utf-8")
    code, out, err = command_line("innovations", "show", "own-app", "--file", "my own.yaml")
    assert code == 0, err
    assert max(map(len, out.splitlines())) <= int(width)
    words = {word.strip(",") for word in out.split()}
    assert {
        "mental_health",
        "specialist",
        "ambulance",
        "10,000,000",
        "1,000,000,000",
        "pilot_abandonment_per_month",
    } <= words
    code, out, _ = command_line("innovations", "list", "--file", "my own.yaml")
    assert "diffusion innovations show ID --file 'my own.yaml'" in out


def test_the_list_fits_eighty_columns(command_line: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = command_line("innovations", "list")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    code, listed, _ = command_line("innovations", "list", "--json")
    assert [item["id"] for item in json.loads(listed)] == [
        entry.row.id for entry in read_portfolio(packaged(PORTFOLIO), SECTORS)
    ]


def test_the_example_is_what_the_command_writes(command_line: Call, tmp_path: Path) -> None:
    folder = Path(__file__).parents[2] / "examples" / "questions"
    code, _, err = command_line(
        "innovations", "new", "own-app", "--start", "2018-04", "--pilot-sites", "RM3,RW6,RW3", "--out", "made.yaml"
    )
    assert code == 0, err
    assert (tmp_path / "made.yaml").read_text("utf-8") == (folder / "own-app.yaml").read_text("utf-8")
    tariff = df.load(str(folder / "own-app-tariff.yaml"))
    assert tariff.levers["best-practice-tariff"].targets.innovations == ("own-app",)


def test_what_is_in_use_is_listed_and_shown(command_line: Call) -> None:
    file = str(packaged("worlds/england-2025/portfolio.yaml"))
    code, out, _ = command_line("innovations", "list", "--file", file)
    assert code == 0
    assert max(map(len, out.splitlines()[:-1])) <= 80  # the last names the file
    assert "187 of 206" in out
    assert "in 2025-05" in out
    assert "2003-04" in out
    code, out, _ = command_line("innovations", "show", "electronic-patient-record", "--file", file, "--json")
    assert code == 0
    attributes = json.loads(out)["attributes"]
    assert attributes["opening_users"]["value"] == "187 of 206 in 2025-05"
    assert attributes["opening_users"]["basis"].startswith("read: 91 %")


def test_every_count_of_2025_has_a_basis_of_its_own() -> None:
    entries = read_portfolio(packaged("worlds/england-2025/portfolio.yaml"), SECTORS)
    known = [entry for entry in entries if entry.attributes.get("opening_users")]
    assert len(entries) == 40
    assert len(known) == 23
    for entry in known:
        assert re.match(r"read: |general knowledge|assumption", entry.row.basis["opening_users"]), entry.row.id
    for entry in entries:
        assert re.match(r"read|general knowledge|assumption", entry.row.basis["live_from"]), entry.row.id
        assert entry.attributes["live_from"] is not None


def test_a_portfolio_is_listed_by_the_name_of_a_scenario_or_world(command_line):
    for name, there in (
        ("england-2025", "electronic-patient-record"),
        ("networks-end-2028", "electronic-patient-record"),
        ("england-2017", "mycopd"),
        ("baseline", "mycopd"),
    ):
        code, out, err = command_line("innovations", "list", "--file", name, "--json")
        assert code == 0, err
        assert there in {each["id"] for each in json.loads(out)}, name
    assert command_line("innovations", "show", "electronic-patient-record", "--file", "england-2025")[0] == 0
    code, _, err = command_line("innovations", "show", "electronic-patient-record")
    assert code == 2
    assert "england-2025 has it: add --file england-2025" in err
    code, _, err = command_line("innovations", "list", "--file", "england-2052")
    assert code == 2
    assert "england-2025" in err
