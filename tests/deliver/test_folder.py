"""Result folders: complete or absent, never overwritten by accident, the same bytes for the same runs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.deliver import comparison as delivery
from diffusion.deliver.for_readers import Wanted
from diffusion.deliver.outbox import Outbox, put_files, write_figures
from diffusion.deliver.rebuild import rebuild
from diffusion.errors import InputError
from diffusion.outlets import is_plain_name
from diffusion.storage.folder import check_replaceable, result_folder
from diffusion.storage.manifest import dependency_versions, git_state, machine, open_result
from support.synthetic_results import SyntheticResults, four_options

pytestmark = pytest.mark.integration
OURS = {"package": {"name": "nhs-diffusion"}}


@pytest.fixture(scope="module")
def runs() -> list[SyntheticResults]:
    return four_options(11, months=24, n_trusts=40, n_innovations=5)[:2]


@pytest.fixture(scope="module")
def delivered(runs: list[SyntheticResults], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / "one"
    box = Outbox(out, command=["diffusion", "compare", "a b"])
    delivery.deliver(runs, compare_outcomes(runs), box, wanted=Wanted(figures=True))
    return out


def test_folder_holds_tables_figures_page_and_manifest(delivered: Path) -> None:
    names = {path.relative_to(delivered).as_posix() for path in delivered.rglob("*") if path.is_file()}
    assert {"index.html", "manifest.json", "tables/outcomes.csv", "tables/differences.parquet"} <= names
    for figure in ("adoption", "stages", "map", "gains_by_ahsn", "gains_by_innovation"):
        assert {f"figures/{figure}.svg", f"figures/{figure}.png"} <= names
    assert [path.name for path in delivered.parent.iterdir()] == ["one"]


def test_figures_are_files_of_their_own_only_where_asked_for(
    runs: list[SyntheticResults], delivered: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    delivery.deliver(runs, compare_outcomes(runs), Outbox(plain, command=["diffusion", "compare", "a b"]))
    assert not (plain / "figures").exists()
    assert (plain / "index.html").read_bytes() == (delivered / "index.html").read_bytes()
    again = rebuild(plain, wanted=Wanted(figures=True))
    assert {path.relative_to(plain).as_posix() for path in again} >= {"figures/map.svg", "index.html"}
    for path in (delivered / "figures").iterdir():
        assert (plain / "figures" / path.name).read_bytes() == path.read_bytes(), path.name
    assert open_result(plain).altered == ()


def test_manifest_lists_every_file_with_its_checksum(delivered: Path) -> None:
    manifest = json.loads((delivered / "manifest.json").read_text(encoding="utf-8"))
    files = {path.relative_to(delivered).as_posix() for path in delivered.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == files - {"manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((delivered / name).read_bytes()).hexdigest() == digest
    assert manifest["seed"] == 1
    assert manifest["replicates"] == 11
    assert manifest["command"] == ["diffusion", "compare", "a b"]
    assert [scenario["name"] for scenario in manifest["scenarios"]] == ["baseline", "baseline+tariff"]
    assert manifest["dependencies"]["numpy"] == np.__version__
    assert manifest["duration_seconds"] >= 0


def test_same_runs_give_the_same_bytes(delivered: Path, runs: list[SyntheticResults], tmp_path: Path) -> None:
    again = tmp_path / "again"
    box = Outbox(again, command=["diffusion", "compare", "a b"])
    delivery.deliver(runs, compare_outcomes(runs), box, wanted=Wanted(figures=True))
    first, second = (json.loads((folder / "manifest.json").read_text())["files"] for folder in (delivered, again))
    assert first == second


def test_tables_can_be_read_back(delivered: Path, runs: list[SyntheticResults]) -> None:
    outcomes = pq.read_table(delivered / "tables" / "outcomes.parquet")
    assert outcomes.num_rows == 2 * 11
    monthly = pq.read_table(delivered / "tables" / "monthly.parquet").to_pydict()
    assert monthly["adopters"][: 25 * 11] == runs[0].monthly["adopters"].ravel().tolist()
    assert monthly["scenario"][-1] == "baseline+tariff"
    header = (delivered / "tables" / "by_ahsn.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.startswith('"scenario","month","calendar_month","code","name"')


def test_finished_result_is_replaced_by_force_only(
    delivered: Path, runs: list[SyntheticResults], tmp_path: Path
) -> None:
    out = tmp_path / "kept"
    delivery.write_tables(runs, compare_outcomes(runs), out / "tables")
    (out / "manifest.json").write_text(json.dumps(OURS | {"files": _files(out)}))
    before = (out / "manifest.json").read_bytes()
    with pytest.raises(InputError, match="--force"):
        check_replaceable(out)
    assert (out / "manifest.json").read_bytes() == before
    with result_folder(out, force=True) as draft:
        (draft / "manifest.json").write_text("new")
    assert (out / "manifest.json").read_text() == "new"
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def _files(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("force", [False, True])
def test_files_of_others_are_never_removed(tmp_path: Path, force: bool) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="folder"):
        check_replaceable(out, force)
    (out / "manifest.json").write_text(json.dumps(OURS | {"files": {}}))
    with pytest.raises(InputError, match=r"thesis\.txt|--force"):
        check_replaceable(out, force)
    assert (out / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_interrupt_leaves_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted() -> None:
        with result_folder(tmp_path / "deep" / "er" / "out") as draft:
            (draft / "half.csv").write_text("a,b\n1,")
            raise error

    with pytest.raises(error):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_empty_folder_may_be_used_and_a_file_may_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with result_folder(tmp_path / "empty") as draft:
        (draft / "manifest.json").write_text("{}")
    assert (tmp_path / "empty" / "manifest.json").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        check_replaceable(tmp_path / "file")


def test_run_and_deliver_prints_and_writes(
    runs: list[SyntheticResults], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}

    def simulate(scenarios, replicates, seed, jobs, events, report, by_trust):
        assert not by_trust
        asked.update(replicates=replicates, seed=seed, jobs=jobs, events=events)
        report("Running", 1, 2)
        return runs

    monkeypatch.setattr(delivery, "simulate", simulate)
    # made-up scenarios have no parameters of which reasons could be told
    monkeypatch.setattr("diffusion.experiments.running.why_identical.why_identical", lambda results, comparison: {})
    console = Console(width=80, record=True)
    out = tmp_path / "x"
    scenarios = [run.scenario for run in runs]
    delivery.run_and_deliver(scenarios, replicates=11, seed=1, out=out, console=console, precision=0.02)
    assert asked == {"replicates": 11, "seed": 1, "jobs": None, "events": False}
    assert (out / "index.html").is_file()
    assert "±0.02" in console.export_text()
    with pytest.raises(InputError, match="--force"):
        delivery.run_and_deliver(scenarios, replicates=11, seed=1, out=out, console=console)
    delivery.run_and_deliver(scenarios, replicates=11, seed=1, out=None, console=console)


def test_events_are_written_on_request(runs: list[SyntheticResults], tmp_path: Path) -> None:
    from dataclasses import replace

    kind = np.dtype([("replicate", "i4"), ("month", "i2"), ("from_stage", "u1")])
    run = replace(runs[0], events=np.array([(0, 3, 1), (1, 4, 2)], dtype=kind))
    delivery.write_tables([run], compare_outcomes([run]), tmp_path)
    table = pq.read_table(tmp_path / "events_baseline.parquet").to_pydict()
    assert table["month"] == [3, 4]
    assert table["scenario"] == ["baseline"] * 2


def test_manifest_knows_the_machine_and_the_packages_without_naming_anyone() -> None:
    import socket

    assert socket.gethostname() not in json.dumps(machine())
    assert "numba" in dependency_versions()


def test_source_outside_a_repository_has_no_git_state(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None


@pytest.mark.unit
def test_figures_are_files_whatever_they_show(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    names = [
        "curve",
        "groups_a/b",
        "groups_a\\b",
        "groups_" + "é" * 300,
        "groups_<b>",
        "groups_CON",
        "../up",
        "groups_a?b",
    ]
    files = write_figures({name: lambda: Figure(figsize=(1, 1)) for name in names}, tmp_path / "figures")
    assert len({path.name.casefold() for path in files}) == 2 * len(names)
    assert sorted(path.parent for path in files) == [tmp_path / "figures"] * len(files)
    assert all(path.is_file() and is_plain_name(path.stem) for path in files)
    assert (tmp_path / "figures" / "curve.svg") in files


@pytest.mark.unit
def test_long_labels_leave_room_and_no_library_warns(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    from diffusion.report.figures.style import new_figure

    figure = new_figure(4.0, 3.0)
    axes = figure.add_subplot()
    axes.set_title("é" * 300)
    axes.set_yticks([0, 1], ["x" * 300, "y" * 300])
    write_figures({"long": lambda: figure}, tmp_path / "figures")
    assert [str(warning.message) for warning in recwarn] == []


def test_single_files_come_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "z.html").mkdir()  # stands for a file that another program holds
    writers = {name: lambda path: path.write_text("new") for name in ("index.html", "figures/a.svg", "z.html")}
    with pytest.raises(InputError, match="cannot be replaced"):
        put_files(tmp_path, writers)
    assert (tmp_path / "index.html").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "z.html"]

    def fail(path: Path) -> None:
        raise RuntimeError("a fault")

    with pytest.raises(RuntimeError):
        put_files(tmp_path, {"index.html": writers["index.html"], "new/b.svg": fail})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "z.html"]
    assert put_files(tmp_path, {"index.html": writers["index.html"], "figures/a.svg": writers["index.html"]})
    assert (tmp_path / "index.html").read_text() == (tmp_path / "figures" / "a.svg").read_text() == "new"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.svg", "figures", "index.html", "z.html"]
