"""Designs: what they hold, how runs are numbered, that they are frozen, thawed and compared to the bit."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.analysis.results.intervals import estimate_mean
from diffusion.errors import InputError
from diffusion.experiments.running.runner import run
from diffusion.experiments.study import load_study
from diffusion.experiments.study.design import Design, check_size, design_hash, make_design
from diffusion.experiments.study.design_changes import changes
from diffusion.experiments.study.design_files import freeze, thaw
from diffusion.experiments.study.scenarios import scenarios_of

FACTORS = """
  parameters.capacity.wte_per_size: {values: [0.5, 2]}
  contagion:
    keys: [parameters.awareness.peer_per_month, parameters.triage.peer_per_month]
    multiply: true
    range: [0.5, 2]
    scale: log
  levers.local-first.lead_months: {range: [24, 48]}
"""
STUDY = """\
title: a study
scenarios: {none: baseline, first: local-first}
factors:%s
design: %s
replicates: 3
seed: 7
outcomes: [adopter_share_pct]
"""


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Design]:
    """Return a function that writes a study and returns its design."""

    def make(
        design: str = "{method: full grid, levels: 3}", factors: str = FACTORS, old: str = "", new: str = ""
    ) -> Design:
        text = STUDY % (factors, design)
        assert old in text
        text = text.replace(old, new, 1)
        path = tmp_path / "study.yaml"
        path.write_text(text)
        return make_design(load_study(path))

    return make


def columns(design: Design) -> dict[str, list[Any]]:
    return {name: design.draws.column(name).to_pylist() for name in design.draws.column_names}


# --- Designs ----------------------------------------------------------------------------------------------------------


@pytest.mark.unit
def test_a_full_grid_holds_every_combination_once_the_last_factor_fastest(written: Callable[..., Design]) -> None:
    found = columns(written())
    points = list(zip(*(found[name] for name in found if name != "draw")))
    assert found["draw"] == list(range(18))
    assert len(set(points)) == 18
    assert points[0] == (0.5, 0.5, 24)
    assert points[1] == (0.5, 0.5, 36)
    assert {round(value, 12) for value in found["contagion"]} == {0.5, 1.0, 2.0}  # equal steps of the logarithm


@pytest.mark.unit
def test_a_latin_hypercube_has_one_draw_in_every_slice_of_every_factor(written: Callable[..., Design]) -> None:
    design = written("{method: latin hypercube, draws: 16}")
    assert design.shares is not None
    slices = np.sort(np.floor(design.shares * 16).astype(int), axis=0)
    assert (slices == np.arange(16)[:, None]).all()
    found = columns(design)
    assert Counter(found["parameters.capacity.wte_per_size"]) == {0.5: 8, 2.0: 8}
    assert all(24 <= months <= 48 and isinstance(months, int) for months in found["levers.local-first.lead_months"])


@pytest.mark.unit
@pytest.mark.parametrize(
    ("design", "draws"),
    [
        ("{method: sobol, base_samples: 8}", 8 * (2 * 3 + 2)),
        ("{method: sobol, base_samples: 8, second_order: false}", 8 * (3 + 2)),
        ("{method: morris, trajectories: 5}", 5 * 4),
        ("{method: latin hypercube, draws: 11}", 11),
    ],
)
def test_the_number_of_draws_is_that_of_the_method(written: Callable[..., Design], design: str, draws: int) -> None:
    made = written(design)
    assert made.n_draws == draws
    assert made.runs == draws * 2 * 3 == check_size(made.study)


@pytest.mark.unit
def test_a_step_of_a_morris_trajectory_changes_one_factor_only(written: Callable[..., Design]) -> None:
    shares = written("{method: morris, trajectories: 5}").shares
    assert shares is not None
    for trajectory in shares.reshape(5, 4, 3):
        moved = (np.diff(trajectory, axis=0) != 0).sum(axis=1)
        assert (moved == 1).all()


@pytest.mark.unit
def test_points_are_the_rows_of_the_file(written: Callable[..., Design], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text(
        "levers.local-first.start,parameters.exposure.response\n2018-01,hill\n\n2019-06,linear\n"
    )
    factors = "\n  parameters.exposure.response: {}\n  levers.local-first.start: {}"
    design = written("{method: points, file: points.csv}", factors)
    assert columns(design) == {
        "draw": [0, 1],
        "parameters.exposure.response": ["hill", "linear"],
        "levers.local-first.start": ["2018-01", "2019-06"],
    }
    assert str(design.scenario("first", 1).levers["local-first"].start) == "2019-06"
    assert design.scenario("none", 0).parameters.exposure.response == "hill"


@pytest.mark.unit
def test_a_study_without_factors_has_one_draw(written: Callable[..., Design]) -> None:
    design = written("full grid", " {}")
    assert design.n_draws == 1
    assert design.runs == 6
    assert design.settings("first", 0) == {}


@pytest.mark.unit
def test_another_seed_gives_other_points_the_same_seed_the_same(written: Callable[..., Design]) -> None:
    first = written("{method: latin hypercube, draws: 8}")
    again = written("{method: latin hypercube, draws: 8}")
    other = written("{method: latin hypercube, draws: 8}", old="seed: 7", new="seed: 8")
    assert first.draws.equals(again.draws)
    assert first.hash == again.hash
    assert not first.draws.equals(other.draws)
    assert first.hash != other.hash


# --- Runs -------------------------------------------------------------------------------------------------------------


@pytest.mark.unit
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(run=st.integers(0, 18 * 2 * 3 - 1))
def test_a_run_is_located_and_numbered_back(run: int, shared: Design) -> None:
    scenario, draw, replicate = shared.locate(run)
    assert run == (draw * 2 + scenario) * 3 + replicate == shared.number(scenario, draw, replicate)
    assert 0 <= scenario < 2
    assert 0 <= draw < 18
    assert 0 <= replicate < 3


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Design:
    path = tmp_path_factory.mktemp("shared") / "study.yaml"
    path.write_text(STUDY % (FACTORS, "{method: full grid, levels: 3}"))
    return make_design(load_study(path))


@pytest.mark.unit
@pytest.mark.parametrize("run", [-1, 108])
def test_a_run_outside_the_design_is_refused(run: int, shared: Design) -> None:
    with pytest.raises(IndexError, match=f"run {run} of 108"):
        shared.locate(run)


@pytest.mark.unit
def test_a_draw_sets_the_keys_that_a_scenario_has_and_nothing_else(shared: Design) -> None:
    draw = next(d for d in range(18) if shared.values(d)["contagion"] > 1.9)
    settings = shared.settings("first", draw)
    assert settings["parameters.awareness.peer_per_month"] == pytest.approx(1.2)
    assert settings["parameters.triage.peer_per_month"] == pytest.approx(0.6)
    assert "levers.local-first.lead_months" in settings
    assert "levers.local-first.lead_months" not in shared.settings("none", draw)
    scenario = shared.scenario("first", draw)
    assert scenario.parameters.awareness.peer_per_month == pytest.approx(1.2)
    assert scenario.changed({}).content_hash == scenario.content_hash
    base = scenarios_of(shared.study)[1]
    assert scenario.content_hash == base.changed(settings).content_hash


@pytest.mark.unit
def test_a_factor_on_the_policy_start_moves_levers_without_a_date_of_their_own(written: Callable[..., Design]) -> None:
    design = written("full grid", "\n  policy_start: {values: [2016-01, 2018-04]}")
    scenario = design.scenario("first", 1)
    assert str(scenario.levers["local-first"].start) == "2018-04"
    assert str(scenario.levers["ahsn-support"].start) == "2013-05"  # it has one


@pytest.mark.unit
def test_a_factor_on_a_start_moves_an_end_that_follows_from_it(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(
        "title: t\nscenarios: tariff\nreplicates: 1\nfactors: {levers.best-practice-tariff.start: [2016-01, 2018-04]}"
    )
    design = make_design(load_study(tmp_path / "study.yaml"))
    ends = [str(design.scenario(0, draw).levers["best-practice-tariff"].end) for draw in (0, 1)]
    assert ends == ["2021-01", "2023-04"]


@pytest.mark.integration
def test_a_replicate_makes_the_same_draws_in_every_scenario_and_draw(tmp_path: Path, small: Callable[..., Any]) -> None:
    """A factor that does nothing changes nothing, to the bit: the seeds are the same; paired differences are exact."""
    (tmp_path / "scenario.yaml").write_text(
        "title: small\nmonths: 24\nworld: {synthetic: {england_like: true, n_trusts: 40, n_innovations: 5, kind: mix}}"
    )
    (tmp_path / "study.yaml").write_text(
        "title: t\nscenarios: {a: scenario.yaml, b: scenario.yaml}\nreplicates: 2\nseed: 5\n"
        "factors: {parameters.exposure.hill_theta: [0.1, 0.4]}"  # only read by the Hill response
    )
    design = make_design(load_study(tmp_path / "study.yaml"))
    found = [
        run(design.scenario(s, d), design.replicates, design.seed, jobs=1).monthly["adopters"]
        for s in (0, 1)
        for d in (0, 1)
    ]
    assert all((values == found[0]).all() for values in found[1:])
    assert not (found[0][0] == found[0][1]).all()  # replicates differ
    assert estimate_mean(found[0][:, -1] - found[3][:, -1]).mean == 0


# --- Frozen and thawed ------------------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.integration
@pytest.mark.parametrize("method", ["{method: full grid, levels: 3}", "{method: morris, trajectories: 3}"])
def test_a_thawed_design_is_the_frozen_one(written: Callable[..., Design], tmp_path: Path, method: str) -> None:
    design = written(method)
    freeze(design, tmp_path / "one")
    (tmp_path / "study.yaml").unlink()  # what it was made of is gone
    thawed = thaw(tmp_path / "one")
    assert thawed.hash == design.hash == design_hash(thawed)
    assert thawed.draws.equals(design.draws)
    assert changes(design, thawed) == []
    for draw in range(design.n_draws):
        for name in design.scenarios:
            assert thawed.scenario(name, draw).content_hash == design.scenario(name, draw).content_hash
    if design.shares is not None:
        assert thawed.shares is not None
        assert (thawed.shares == design.shares).all()
    assert pickle.loads(pickle.dumps(thawed)).scenario(1, 2).content_hash == design.scenario(1, 2).content_hash


@pytest.mark.integration
def test_frozen_bytes_depend_on_the_design_alone(written: Callable[..., Design], tmp_path: Path) -> None:
    design = written("{method: sobol, base_samples: 4}")
    freeze(design, tmp_path / "one")
    code = (
        "import sys; from pathlib import Path;"
        "from diffusion.experiments.study import freeze, load_study, make_design;"
        "freeze(make_design(load_study(sys.argv[1])), Path(sys.argv[2]))"
    )
    for number, seed in (("two", "1"), ("three", "2")):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "study.yaml"), str(tmp_path / number)],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    freeze(thaw(tmp_path / "one"), tmp_path / "four")
    for number in ("two", "three", "four"):
        assert contents(tmp_path / number) == contents(tmp_path / "one"), number


@pytest.mark.integration
def test_own_tables_travel_with_the_frozen_design(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    source = Path(__file__).parents[2] / "src" / "diffusion" / "data" / "worlds" / "england-2017" / "portfolio.yaml"
    shutil.copy(source, folder / "mine.yaml")
    (folder / "scenario.yaml").write_text("title: own\nworld: {innovations: mine.yaml}\n")
    (folder / "study.yaml").write_text(
        "title: t\nscenarios: {own: scenario.yaml}\nreplicates: 1\nfactors: {world.layers.geo.radius_km: [50, 100]}"
    )
    design = make_design(load_study(folder / "study.yaml"))
    freeze(design, tmp_path / "frozen")
    before = design.scenario(0, 1).build_world()
    shutil.rmtree(folder)
    thawed = thaw(tmp_path / "frozen")
    world = thawed.scenario(0, 1).build_world()
    assert world.provenance["innovations"] == before.provenance["innovations"]
    assert world.innovations.ids == before.innovations.ids
    freeze(thawed, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(tmp_path / "frozen")


@pytest.mark.integration
@pytest.mark.parametrize("name", ["design.parquet", "scenarios/01.json", "study.yaml", "design.json"])
def test_a_frozen_design_that_was_tampered_with_is_refused(
    written: Callable[..., Design], tmp_path: Path, name: str
) -> None:
    freeze(written(), tmp_path / "one")
    path = tmp_path / "one" / name
    if name == "design.json":
        record = json.loads(path.read_text())
        record["seed"] = 8
        path.write_text(json.dumps(record))
    else:
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(InputError, match=r"changed|altered"):
        thaw(tmp_path / "one")


@pytest.mark.integration
def test_a_folder_without_a_whole_design_is_refused(written: Callable[..., Design], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no frozen design"):
        thaw(tmp_path)
    freeze(written(), tmp_path / "one")
    (tmp_path / "one" / "design.parquet").unlink()
    with pytest.raises(InputError, match="a file of the frozen design is gone"):
        thaw(tmp_path / "one")


@pytest.mark.integration
def test_a_write_that_fails_leaves_no_design(
    written: Callable[..., Design], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = written()
    (tmp_path / "one" / "design.json").mkdir(parents=True)  # the last file cannot take its place
    with pytest.raises(OSError, match=r"design\.json"):
        freeze(design, tmp_path / "one")
    assert not [name for name in contents(tmp_path / "one") if "unfinished" in name]
    with pytest.raises(InputError):
        thaw(tmp_path / "one")


# --- What changed -----------------------------------------------------------------------------------------------------


@pytest.mark.unit
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("replicates: 3", "replicates: 4", "replicates: was 3, is 4"),
        ("seed: 7", "seed: 8", "seed: was 7, is 8"),
        ("[adopter_share_pct]", "[gini_trusts]", "outcomes: was adopter_share_pct, is gini_trusts"),
        ("title:", "detail: monthly\ntitle:", "detail: was summary, is monthly"),
        ("first: local-first", "second: local-first", "the scenario 'first' is gone"),
        ("first: local-first", "second: local-first", "the scenario 'second' is new"),
        ("none: baseline", "none: no-programmes", "scenario 'none': levers.ahsn-support"),
        ("[0.5, 2]}\n", "[0.5, 3]}\n", "the factor 'parameters.capacity.wte_per_size' has other values"),
        ("levels: 3", "levels: 2", "18 draws became 8"),
        ("title:", "set: {months: 60}\ntitle:", "scenario 'first': months was 120, is 60"),
        ("parameters.triage.peer_per_month", "parameters.evaluation.peer_weight", "'contagion' sets other keys"),
        ("  levers.local-first.lead_months: {range: [24, 48]}\n", "", "'levers.local-first.lead_months' is gone"),
        ("{none: baseline, first: local-first}", "{first: local-first, none: baseline}", "in another order"),
    ],
)
def test_a_changed_study_is_told_by_what_changed(written: Callable[..., Design], old: str, new: str, told: str) -> None:
    before, after = written(), written(old=old, new=new)
    sentences = changes(before, after)
    assert any(told in sentence for sentence in sentences), sentences
    assert before.hash != after.hash
    assert changes(before, before) == []


@pytest.mark.unit
def test_a_header_changes_no_run(written: Callable[..., Design]) -> None:
    assert written().hash == written(old="title: a study", new="title: another\nauthor: somebody").hash
