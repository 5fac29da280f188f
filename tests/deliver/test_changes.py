"""Trusts that merge in a comparison with its files: what the page says of them, also when it is made again."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from diffusion.analysis.results.groups import eligible_by_trust
from diffusion.analysis.results.joining import in_order_of
from diffusion.analysis.results.outcomes import outcome_values
from diffusion.cli.app import main
from diffusion.experiments.running.runner import compare
from diffusion.scenario.load import load_scenario
from diffusion.world.building.changes import counted, load_changes
from diffusion.world.rearranged import rearranged

pytestmark = pytest.mark.integration

WORLD = "{synthetic: {england_like: true, n_trusts: 30, n_innovations: 4, kind: mix}, changes: changes.csv}"
CHANGES = """code,kind,date,into,name
S000001,merged,2015-10-01,NEW,The New Trust
S000002,merged,2015-10-15,NEW,The New Trust
S000005,merged,2016-02-01,NEW,
S000007,closed,2016-03,,
S000008,opened,2016-01,,
S000009,merged,2030-01,S000010,
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("changes")
    (place / "changes.csv").write_text(CHANGES)
    for name, lever in (("a", "ahsn-support"), ("b", "test-beds")):
        levers = f"levers: {{{lever}: {{start: 2015-08}}}}\n"
        (place / f"{name}.yaml").write_text(f"title: {name.upper()}\nmonths: 18\nworld: {WORLD}\n{levers}")
    words = ["compare", str(place / "a.yaml"), str(place / "b.yaml"), "--replicates", "6", "--jobs", "1"]
    with pytest.raises(SystemExit) as leaving:
        main([*words, "--region", "YH", "--out", str(place / "out")])
    assert leaving.value.code == 0
    return place


def test_the_page_says_how_many_there_are_and_who_went_where(folder: Path) -> None:
    page = (folder / "out" / "index.html").read_text()
    assert "29 organisations (27 at the end)" in page
    assert "29 organisations at the start, 27 at the end of December 2016" in page
    assert "goes on in NEW, The New Trust" in page
    assert "2016\u201103" in page
    assert "2030" not in page
    rows = re.search(r"<caption>Trusts that merge, close or open</caption>.*?</table>", page, re.DOTALL)
    assert rows is not None
    heads = re.findall(r'<th scope="row">(.*?)</th>', rows[0])
    # the row that goes on is called by its own name too, not by that of its successor
    assert len(heads) == 5
    trusts = load_scenario(str(folder / "a.yaml")).build_world().whole.trusts
    names = dict(zip(trusts.codes, trusts.names))
    assert {*heads} == {f"{code}, {names[code]}" for code in ("S000001", "S000002", "S000005", "S000007", "S000008")}
    kept = pd.read_parquet(folder / "out" / "tables" / "world_changes.parquet")
    assert len(kept) == 2 * 6


def test_the_page_is_made_again_from_the_folder(folder: Path) -> None:
    page = folder / "out" / "index.html"
    before = page.read_bytes()
    with pytest.raises(SystemExit) as leaving:
        main(["report", str(folder / "out")])
    assert leaving.value.code == 0
    assert page.read_bytes() == before


def test_tables_by_trust_have_who_was_there(folder: Path) -> None:
    table = pd.read_parquet(folder / "out" / "tables" / "by_trust.parquet")
    table = table[table["scenario"] == table["scenario"].iloc[0]]
    months = table["month"].to_numpy()
    for code, there in (
        ("S000005", lambda month: month <= 7),
        ("S000007", lambda month: month <= 8),
        ("S000008", lambda month: month > 6),
    ):
        own = (table["code"] == code).to_numpy()
        assert ((table["eligible_mean"].to_numpy()[own] > 0) == there(months[own])).all(), code


def test_two_orders_of_rows_are_joined_by_code(folder: Path) -> None:
    scenario = load_scenario(str(folder / "a.yaml"))
    world = scenario.build_world()
    order = np.random.default_rng(2).permutation(world.n_trusts)
    other = rearranged(world, order, np.arange(world.n_innovations))
    one, two = (compare([scenario], 4, 1, worlds=[each])[0] for each in (world, other))
    again = in_order_of(one, two)
    np.testing.assert_array_equal(again.adopters_by_trust, one.adopters_by_trust)
    np.testing.assert_array_equal(again.world.carries, one.world.carries)
    for month in (0, 3, 4, 9, -1):
        np.testing.assert_array_equal(eligible_by_trust(again, month), eligible_by_trust(one, month))
    for name, values in outcome_values(one).items():
        np.testing.assert_allclose(outcome_values(again)[name], values, rtol=1e-9, atol=1e-9, err_msg=name)


def test_a_new_trust_goes_on_in_the_row_of_its_largest_part(folder: Path) -> None:
    scenario = load_scenario(str(folder / "a.yaml"))
    world = scenario.build_world()
    changes = load_changes(folder / "changes.csv", world.trusts.codes)
    assert [change.month for change in changes] == sorted(change.month for change in changes)
    assert [(each.month, each.before, each.after) for each in counted(changes, world.trusts.codes)] == [
        ("2015-10", 29, 28), ("2016-01", 28, 29), ("2016-02", 29, 28), ("2016-03", 28, 27), ("2030-01", 27, 26),
    ]  # fmt: skip
    result = compare([scenario], 2, 1)[0]
    staff = world.trusts.staff_fte
    largest = 1 if staff[1] > staff[2] else 2
    assert result.world.trusts.names[largest] == "The New Trust"
    np.testing.assert_array_equal(result.world.carries[[1, 2, 5]], largest)
    assert np.isclose(result.world.trusts.staff_fte[largest], staff[[1, 2, 5]].sum())
    # 27 shares by trust: who is not there counts in no measure by trust
    assert result.world.present.sum() == 27
