"""What a study watches: shares at a month as columns of a sweep, and draws whose chance is their own."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from diffusion.calibration.predicted import walk
from diffusion.errors import InputError
from diffusion.experiments.study import load_study, make_design
from diffusion.experiments.study.design_changes import changes
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import prepare
from diffusion.experiments.sweep.read import read_runs
from diffusion.experiments.sweep.rerun_one import rerun
from diffusion.experiments.sweep.resume import run_sweep
from diffusion.month.block import Block
from diffusion.month.measures import QUANTITIES, share_now
from diffusion.world.tables import World

Seen: TypeAlias = dict[str, np.ndarray]

pytestmark = pytest.mark.integration

WATCHED = "\n".join(
    f"  {quantity}-{month}: {{innovations: [nervecentre, mycopd], quantity: {quantity}, month: {month}}}"
    for quantity in QUANTITIES
    for month in (0, 7, 12)
)


def written(tmp_path: Path, chance: str = "shared", watch: str = WATCHED, more: str = "") -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(
        "title: t\nscenarios: baseline\nset: {months: 12}\nreplicates: 3\noutcomes: [adopter_share_pct]\nseed: 4\n"
        f"factors: {{parameters.capacity.wte_per_size: [6, 6.5]}}\nchance: {chance}\nwatch:\n{watch}\n{more}"
    )
    return path


def table(tmp_path: Path, chance: str = "shared") -> dict[str, np.ndarray]:
    sweep = prepare(make_design(load_study(written(tmp_path, chance))), tmp_path / chance, chunk_runs=2)
    run_sweep(sweep, ThisProcess(1))
    rows = read_runs(tmp_path / chance).order("run").df()
    row = rerun(sweep, 4)
    assert row.stored is not None
    assert not row.differing
    return {name: rows[name].to_numpy() for name in rows}


def test_what_is_watched_is_what_a_walk_through_the_run_sees(tmp_path: Path) -> None:
    rows = table(tmp_path)
    study = load_study(tmp_path / "study.yaml")
    for draw in range(2):
        scenario = make_design(study).scenario(0, draw)
        seen: Seen = {}

        def see(month: int, numbers: np.ndarray, world: World, block: Block, seen: Seen = seen) -> None:
            theirs = np.array([world.innovations.ids.index(name) for name in ("nervecentre", "mycopd")])
            for quantity in QUANTITIES:
                seen[f"{quantity}-{month}"] = share_now(quantity, theirs, world, block)

        walk(scenario, (0, 7, 12), see, 3, study.seed, jobs=1)
        for name, values in seen.items():
            np.testing.assert_array_equal(rows[name][rows["draw"] == draw], values)
    assert rows["using-12"].max() > 0
    assert rows["aware-12"].mean() > rows["using-12"].mean()


def test_draws_have_their_own_chance_where_it_is_asked_for(tmp_path: Path) -> None:
    shared, own = table(tmp_path), table(tmp_path, "own")
    # nearly the same capacity: with the same chance nearly the same run
    near = [np.abs(rows["aware-7"][:3] - rows["aware-7"][3:]).max() for rows in (shared, own)]
    assert near[0] < near[1]
    for name in ("aware-7", "adopter_share_pct"):  # the first draw has the numbers from 0 in both
        np.testing.assert_array_equal(shared[name][:3], own[name][:3])
        assert (shared[name][3:] != own[name][3:]).any()
    assert own["replicate"].tolist() == [0, 1, 2, 0, 1, 2]


def test_a_sweep_is_of_what_it_watches(tmp_path: Path) -> None:
    one = make_design(load_study(written(tmp_path)))
    two = make_design(load_study(written(tmp_path, watch=WATCHED.replace("month: 7", "month: 8"))))
    assert one.hash != two.hash
    assert any("adopters-7" in text for text in changes(one, two))
    assert changes(one, make_design(load_study(written(tmp_path, "own")))) == ["chance: was shared, is own"]


@pytest.mark.parametrize(
    ("watch", "told"),
    [
        ("  a: {innovations: [nervecentre], month: 13}", "month 13 is after the end"),
        ("  a: {innovations: [nervecenter], month: 3}", "did you mean 'nervecentre'"),
        ("  a: {innovations: [mycopd, mycopd], month: 3}", "stands twice"),
        ("  a: {innovations: [], month: 3}", "innovations"),
        ("  a: {innovations: [mycopd], quantity: usign, month: 3}", "quantity"),
        ("  replicate: {innovations: [mycopd], month: 3}", "is a column of the results"),
        ("  adopter_share_pct: {innovations: [mycopd], month: 3}", "for example my-adopter_share_pct"),
        ("  parameters.capacity.wte_per_size: {innovations: [mycopd], month: 3}", "is a column of the results"),
    ],
)
def test_what_cannot_be_watched_is_told_with_its_line(tmp_path: Path, watch: str, told: str) -> None:
    with pytest.raises(InputError) as raised:
        load_study(written(tmp_path, watch=watch))
    text = str(raised.value)
    assert told in text
    assert "study.yaml:10" in text
