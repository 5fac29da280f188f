"""Runs, regions, agents and sweeps on every packaged world and on a user's own give what they give on the first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diffusion as df
from diffusion.analysis.results.groups import adopters_and_eligible
from diffusion.experiments.running.runner import compare
from diffusion.experiments.sweep.resume import run_sweep
from diffusion.world.building.one_region import only_region
from diffusion.world.facts import packaged_worlds, read_facts, world_folder
from diffusion.world.packages.new import new_world
from diffusion.world.regions import find_region, groups_of
from support.sweeps import files_of, new_sweep, reopened, study_file

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]
MONTHS = 18
WORLDS = (*packaged_worlds(), "own")


@pytest.fixture(params=WORLDS)
def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> df.Scenario:
    """A scenario with levers on one of the worlds, in a file beside the user's own."""
    name = str(request.param)
    if name == "own":
        folder = tmp_path / "own"
        folder.mkdir()
        for file, text in new_world("own", "Own", "2025-04").items():
            (folder / file).write_text(text, "utf-8")
    start = {"england-2017": "2015-07"}.get(name, "2025-04")
    levers = "".join(f"  {lever}: {{start: {start}}}\n" for lever in ("ahsn-support", "local-first", "test-beds"))
    (tmp_path / "a.yaml").write_text(
        f"title: A\nstart: {start}\nmonths: {MONTHS}\nworld: {{name: {name}}}\nlevers:\n{levers}"
        "parameters: {supply: {companies: true}}\n",
        "utf-8",
    )
    return df.load(str(tmp_path / "a.yaml"))


def test_groups_add_up_and_blocks_and_threads_change_nothing(scenario: df.Scenario) -> None:
    one = df.run(scenario, replicates=4, seed=3, jobs=1, block=1)
    other = df.run(scenario, replicates=4, seed=3, jobs=2, block=3)
    assert np.array_equal(one.stage_by_innovation, other.stage_by_innovation)
    assert np.array_equal(one.money_gbp, other.money_gbp)
    assert one.adopters_by_trust[:, -1].sum() > 0
    whole = [adopters_and_eligible(one, grouping) for grouping in ("innovation", "ahsn", "ics", "sector")]
    for adopted, eligible in whole[1:]:
        assert np.array_equal(adopted.sum(axis=2), whole[0][0].sum(axis=2))
        assert np.array_equal(eligible.sum(axis=1), whole[0][1].sum(axis=1))
    assert np.isfinite(one.money_gbp).all()


def test_regions_of_each_kind_share_out_the_trusts(scenario: df.Scenario) -> None:
    world = scenario.build_world()
    groups = groups_of(world)
    for grouping in ("ahsn", "ics"):
        named = [code for group in groups if group.grouping == grouping for code in group.trusts]
        assert sorted(named) == list(world.trusts.codes)
    for group in groups:
        assert find_region(group.code, world).trusts == group.trusts
        part = only_region(world, group.code)
        assert part.trusts.codes == group.trusts
        word = world.facts.words.of(group.grouping).short
        assert part.provenance["region"].startswith(f"{word} {group.code}, ")


def test_mesa_steps_equal_the_compiled_run(scenario: df.Scenario) -> None:
    found = df.run(scenario, replicates=2, seed=7)
    model = df.DiffusionModel(scenario, seed=7, replicate=1).run()
    assert [trust.n_adopted for trust in model.trusts] == found.adopters_by_trust[1, -1].tolist()
    assert np.array_equal(model.record.money_pence[0] / 100, found.money_gbp[1])
    trusts = scenario.build_world().trusts
    for trust in (model.trusts[0], model.trusts[-1]):
        assert trust.money_short == trusts.money_short[trust.row]
        assert trust.digital_maturity == trusts.digital_maturity[trust.row]
        assert np.isnan(trust.oversight_segment) == np.isnan(trusts.oversight_segment[trust.row])
        assert trust.ics == trusts.ics_codes[trusts.ics[trust.row]]


def test_pages_of_regions_and_of_the_whole_are_made_again(
    scenario: df.Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: Call
) -> None:
    monkeypatch.chdir(tmp_path)
    world = scenario.build_world()
    codes = {group.grouping: group.code for group in groups_of(world)}
    regions = [text for code in codes.values() for text in ("--region", code)]
    more = "title: B\nextends: a.yaml\nparameters: {supply: {companies: true}, capacity: {wte_per_size: 30}}\n"
    (tmp_path / "b.yaml").write_text(more, "utf-8")
    code, _, err = command_line(
        "compare", "a.yaml", "b.yaml", "--replicates", "3", "--jobs", "1", "--out", "new", *regions
    )
    assert code == 0, err
    code, _, err = command_line("report", "new", "--out", "again")
    assert code == 0, err
    for name in ("index.html", *(f"region-{code}.html" for code in codes.values())):
        assert (tmp_path / "new" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    manifest = json.loads((tmp_path / "new" / "manifest.json").read_text("utf-8"))
    assert manifest["scenarios"][0]["world"]["facts"]["id"] == world.facts.id


@pytest.mark.parametrize("name", packaged_worlds())
def test_a_sweep_is_taken_up_again(name: str, tmp_path: Path) -> None:
    start = read_facts(world_folder(name, Path())).data_month
    wanted: dict[str, Any] = {"world.name": name, "start": start, "months": 12}
    study = study_file(tmp_path, set=wanted, design={"method": "latin hypercube", "draws": 3}, replicates=2)
    whole, part = (new_sweep(study, tmp_path / each, chunk_runs=4) for each in ("whole", "part"))
    run_sweep(whole)
    run_sweep(part, share=(1, 2))
    assert files_of(whole) != files_of(part)
    run_sweep(reopened(part))
    assert files_of(whole) == files_of(part)


def test_scenarios_of_one_world_are_joined_by_code(scenario: df.Scenario) -> None:
    with_more = scenario.changed({"parameters.capacity.wte_per_size": 30.0})
    one, other = compare([scenario, with_more], replicates=2, seed=1)
    assert one.world.trusts.codes == other.world.trusts.codes
    found = df.compare_outcomes([one, other])
    assert found.words == scenario.build_world().facts.words
