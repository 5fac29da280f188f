"""A ready study at laptop size: started, killed half-way, gone on with; its runs are those of the command line."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import psutil
import pytest

from diffusion.experiments.study import load_study
from diffusion.experiments.study.design import make_design
from diffusion.experiments.study.files import study_names
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import open_sweep, prepare
from diffusion.experiments.sweep.read import export
from diffusion.experiments.sweep.resume import run_sweep
from diffusion.web.studies.laptop import RUNS, at_laptop_size, size_of
from support.app_server import App, launch, over, until

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("name", [*study_names()])
def test_a_study_at_laptop_size_asks_the_same_with_fewer_runs(name: str) -> None:
    full, here = load_study(name), at_laptop_size(load_study(name))
    assert size_of(here)["runs"] <= max(RUNS, 2 * size_of(here)["draws"] * len(here.scenarios))
    assert size_of(here)["runs"] < size_of(full)["runs"]
    assert (here.scenarios, here.factors, here.seed, here.outcomes) == (
        full.scenarios,
        full.factors,
        full.seed,
        full.outcomes,
    )


def test_names_that_are_no_study_have_no_page(app: App) -> None:
    text = app.get("/studies").text
    assert all(f'href="/studies/{name}"' in text for name in study_names())
    for path in ("/studies/nothing", "/studies/..%2f..", "/studies/people-or-tools/files/..%2fdesign.yaml"):
        assert app.get(path).status in (400, 404)
    assert app.post("/studies/nothing/start").status == 404


@pytest.mark.slow
def test_a_study_goes_on_after_a_kill_and_shows_its_figures(tmp_path: Path) -> None:
    name, root = "tariff-size-and-duration", tmp_path / "results"
    app = launch(root)
    answer = app.post(f"/studies/{name}/start")
    assert answer.status == 303
    id = answer.headers["Location"].rpartition("/")[2]
    assert app.post(f"/studies/{name}/start").headers["Location"].endswith(id)  # the same job, not a second one
    folder = root / f"study-{name}"
    until(
        lambda: "Runs of the study" in app.get(f"/jobs/{id}/live").text and len([*folder.rglob("*.parquet")]) > 3, 240
    )
    family = app.family()
    app.kill()
    psutil.wait_procs(family, timeout=5)
    kept = {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
    time.sleep(0.2)
    app = launch(root)
    try:
        told = over(root, id, 300)
        assert told.state == "done", told
        for path, written in kept.items():
            assert (folder / path).stat().st_mtime_ns == written, "what was stored was run again"
        page = app.get(f"/studies/{name}").text
        figures = [part.partition('"')[0] for part in page.split('<img src="')[1:]]
        assert figures
        for address in figures:
            assert app.get(address).body.lstrip().startswith(b"<?xml")
        assert app.get(f"/studies/{name}/files/sensitivity.csv").text.count("\n") > 3
        assert app.get(f"/jobs/{id}").text.count(f"/studies/{name}")
    finally:
        app.kill()
    alone = prepare(make_design(at_laptop_size(load_study(name))), tmp_path / "alone")
    run_sweep(alone, ThisProcess())
    export(open_sweep(folder), tmp_path / "app.csv")
    export(alone, tmp_path / "alone.csv")
    assert (tmp_path / "app.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    shutil.rmtree(root)
