"""Whatever a command writes: nothing that it did not write before is replaced, and nothing that it reads.

The commands are taken from the command line itself: one that gets an option for where to write must be added here.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from rich.console import Console

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.cli.app import app
from diffusion.deliver import comparison as delivery
from diffusion.deliver.outbox import Outbox, check_files, put_files
from diffusion.drafts import draft_of
from diffusion.errors import InputError
from diffusion.processes import this_process
from diffusion.scenario.load import load_scenario
from support.sweeps import new_sweep, study_file
from support.synthetic_results import four_options

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]
OURS = '{"package": {"name": "nhs-diffusion"}, "files": {"tables/x.csv": ""}}'

#: command -> what else it needs, for commands that write one file
FILES: dict[str, list[str]] = {
    "scenarios schema --out": [],
    "studies schema --out": [],
    "innovations schema --out": [],
    "innovations new --out": ["own-app", "--start", "2016-01"],
    "network export --out": ["ahsn", "--scenario", "small.yaml", "--format", "csv"],
    "network mentors --out": ["--scenario", "small.yaml", "--set", "months=2"],
    "sweep export --to": ["swept"],
    "diff --csv": ["result", "result"],
}
#: ... and for those that write a folder
FOLDERS: dict[str, list[str]] = {
    "run --out": ["small.yaml", "-n", "2"],
    "compare --out": ["small.yaml", "small.yaml+local-first", "-n", "2"],
    "ablate --out": ["small.yaml+local-first", "-n", "2"],
    "analyse --out": ["adoption.csv"],
    "report --out": ["result"],
    "rerun --out": ["ran"],
    "validate --out": ["--series", "infliximab-sc", "-n", "2"],
    "calibrate --out": [],
    "sensitivity --out": ["swept"],
    "sweep run --out": ["study/small.yaml", "--threads"],
    "sweep script --out": ["study/small.yaml", "--tasks", "2"],
}
SCENARIO = "title: small\nextends: clinical-entrepreneurs\nmonths: 2\nworld: {layers: {own: {file: ties.csv}}}\n"


def options_that_write(group: typer.Typer, name: str = "") -> Iterator[str]:
    command = typer.main.get_command(group)
    yield from _options_of(command, name)


def _options_of(command: object, name: str) -> Iterator[str]:
    for below, inner in getattr(command, "commands", {}).items():
        yield from _options_of(inner, f"{name} {below}".strip())
    for parameter in getattr(command, "params", ()):
        if named := [option for option in parameter.opts if option in ("--out", "--to", "--csv")]:
            yield f"{name} {named[0]}"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = four_options(3, months=6, n_trusts=12, n_innovations=2)[:2]
    out = tmp_path_factory.mktemp("results") / "one"
    delivery.deliver(runs, compare_outcomes(runs), Outbox(out, console=Console(quiet=True)))
    return out


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result that can be run again, of a world with a table of its own."""
    folder = tmp_path_factory.mktemp("ran")
    (folder / "small.yaml").write_text(SCENARIO)
    (folder / "ties.csv").write_text("source,target\nRJ1,RJ2\n")
    quiet = Console(quiet=True)
    loaded = [load_scenario(str(folder / "small.yaml"))]
    delivery.run_and_deliver(loaded, replicates=2, seed=1, out=folder / "out", jobs=1, console=quiet)
    return folder / "out"


@pytest.fixture
def here(tmp_path: Path, result: Path, ran: Path) -> Path:
    """An empty folder with what the commands read."""
    import shutil

    (tmp_path / "small.yaml").write_text(SCENARIO)
    (tmp_path / "ties.csv").write_text("source,target\nRJ1,RJ2\n")
    (tmp_path / "adoption.csv").write_text("code,time\nRJ1,2001\nRJ2,2002\nRJ7,2003\n")
    shutil.copytree(result, tmp_path / "result")
    shutil.copytree(ran, tmp_path / "ran")
    new_sweep(study_file(tmp_path / "study"), tmp_path / "swept")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder; what links point to, and the times of files, do not count."""
    return {
        path.relative_to(folder).as_posix(): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else ""
        for path in sorted(folder.rglob("*"))
    }


def arguments(command: str, table: dict[str, list[str]], target: Path | str) -> list[str]:
    *words, option = command.split()
    return [*words, *table[command], option, str(target)]


def test_every_option_that_says_where_to_write_is_tried_here() -> None:
    assert set(options_that_write(app)) == {*FILES, *FOLDERS}


@pytest.mark.parametrize("command", FILES)
@pytest.mark.parametrize("kind", ["file", "link", "dangling link", "folder", "pipe"])
def test_what_is_there_is_not_replaced(command: str, kind: str, here: Path, command_line: Call) -> None:
    target = here / ("mine.csv" if "--to" in command or "network" in command or "--csv" in command else "mine.json")
    (here / "elsewhere").write_text("mine")
    if kind == "file":
        target.write_text("mine")
    elif kind == "folder":
        target.mkdir()
    elif kind == "pipe":
        if sys.platform == "win32":
            pytest.skip("Windows has no such pipes")
        os.mkfifo(target)
    else:
        target.symlink_to(here / ("elsewhere" if kind == "link" else "nowhere"))
    before = contents(here)
    given = [*arguments(command, FILES, target), *(["--partial"] if "--to" in command else [])]
    for force in ([], ["--force"]) if kind != "file" else ([],):
        code, out, err = command_line(*given, *force)
        assert (code, out) == (2, ""), err
        assert target.name in err
        assert "Traceback" not in err
        assert contents(here) == before
    if kind == "file" and "--to" not in command:  # the suggestion works
        assert "--force" in err
        assert command_line(*given, "--force")[0] == 0
        assert target.read_bytes() != b"mine"
        assert set(contents(here)) == set(before)


@pytest.mark.parametrize("command", ["network export --out", "network mentors --out"])
@pytest.mark.parametrize("target", ["small.yaml", "ties.csv", "./study/../ties.csv", "linked.csv"])
def test_what_a_command_reads_is_not_replaced_even_by_force(
    command: str, target: str, here: Path, command_line: Call
) -> None:
    os.link(here / "ties.csv", here / "linked.csv")  # another name of the same file
    before = contents(here)
    code, _, err = command_line(*arguments(command, FILES, target), "--force")
    assert code == 2
    assert "this command reads that file" in err
    assert contents(here) == before


def test_a_table_of_a_sweep_does_not_replace_a_part_of_it(here: Path, command_line: Call) -> None:
    before = contents(here)
    code, _, err = command_line("sweep", "export", "swept", "--to", "swept/design.parquet", "--partial", "--force")
    assert code == 2
    assert "in the folder of the sweep" in err
    assert contents(here) == before


@pytest.mark.parametrize("command", FOLDERS)
@pytest.mark.parametrize("force", [[], ["--force"]])
@pytest.mark.parametrize("kind", ["thesis", "other manifest", "ours and thesis", "ours and link", "ours and folder"])
def test_a_folder_of_others_is_not_touched(
    command: str, force: list[str], kind: str, here: Path, command_line: Call
) -> None:
    if force and command.startswith(("sweep run", "calibrate")):
        pytest.skip("it has no such option")
    target = here / "taken"
    names = ("index.html", "tables.xlsx", "sensitivity.csv", "study.yaml", "sweep.sbatch", "scenarios/mine.yaml")
    for name in names if kind == "thesis" else ("tables/x.csv",):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("mine")
    if kind == "other manifest":
        (target / "manifest.json").write_text('{"name": "a browser extension", "files": {"tables/x.csv": ""}}')
    elif kind != "thesis":
        (target / "manifest.json").write_text(OURS)
    if kind == "ours and thesis":
        (target / "tables" / "thesis.csv").write_text("mine")
    if kind == "ours and link":
        (target / "figures").symlink_to(here / "result", target_is_directory=True)
    if kind == "ours and folder":
        (target / "empty").mkdir()
    if command == "report --out" and kind == "other manifest":
        (target / "index.html").write_text("mine")
    before = contents(here)
    code, out, err = command_line(*arguments(command, FOLDERS, target), *force)
    if command == "report --out" and force and kind in ("thesis", "other manifest"):
        assert code == 0  # it puts single files into a folder, and those were to be overwritten
        assert (target / "index.html").read_bytes() != b"mine"
        kept = {name: content for name, content in before.items() if not name.endswith(("index.html", "tables.xlsx"))}
        assert kept.items() <= contents(here).items()
        return
    assert (code, out) == (2, ""), err
    assert "Traceback" not in err
    assert contents(here) == before


@pytest.mark.parametrize("command", [name for name in FOLDERS if not name.startswith(("sweep", "calibrate"))])
@pytest.mark.parametrize("where", ["result", "nowhere", "small.yaml"])
def test_a_link_is_neither_followed_nor_replaced(command: str, where: str, here: Path, command_line: Call) -> None:
    (here / "link").symlink_to(here / where)
    if command == "report --out":
        (here / "page").mkdir()
        (here / "page" / "index.html").symlink_to(here / where)
    before = contents(here)
    target = "page" if command == "report --out" else "link"
    code, out, err = command_line(*arguments(command, FOLDERS, target), "--force")
    assert (code, out) == (2, "")
    assert "link" in err
    assert contents(here) == before


def test_what_is_read_from_a_folder_keeps_it_from_being_replaced(here: Path, command_line: Call) -> None:
    (here / "result" / "tables" / "outcomes.csv").write_text("code,time\nRJ1,2001\nRJ2,2002\nRJ7,2003\n")
    before = contents(here)
    code, _, err = command_line("analyse", "result/tables/outcomes.csv", "--out", "result", "--force")
    assert code == 2
    assert "this command reads" in err
    assert contents(here) == before


def test_a_report_goes_into_its_own_folder_but_not_into_that_of_another_result(here: Path, command_line: Call) -> None:
    import shutil

    shutil.copytree(here / "result", here / "other")
    before = contents(here / "other")
    code, _, err = command_line("report", "result", "--out", "other", "--force")
    assert code == 2
    assert "another result" in err
    assert contents(here / "other") == before
    for out in ([], ["--out", "result"], ["--out", str(here / "study" / ".." / "result")]):
        assert command_line("report", "result", *out)[0] == 0
    (here / "result" / "report.pdf").write_text("mine, not of the run")
    assert command_line("report", "result", "--pdf")[0] == 2
    assert (here / "result" / "report.pdf").read_text() == "mine, not of the run"
    for name, option in (("summary.html", "--one-page"), ("slides.pptx", "--slides")):
        (here / "result" / name).write_text("mine, not of the run")
        assert command_line("report", "result", option)[0] == 2
        assert (here / "result" / name).read_text() == "mine, not of the run"


def test_a_new_scenario_replaces_none_whatever_the_case(here: Path, command_line: Call) -> None:
    assert command_line("scenarios", "new", "mine")[0] == 0
    text = (here / "scenarios" / "mine.yaml").read_text()
    for name in ("mine", "Mine", "mine.yaml", "MINE.yml"):
        code, _, err = command_line("scenarios", "new", name)
        assert code == 2, name
        assert "is not overwritten" in err
    assert [path.name for path in (here / "scenarios").iterdir()] == ["mine.yaml"]
    assert (here / "scenarios" / "mine.yaml").read_text() == text


def test_an_edited_script_of_a_sweep_is_kept(here: Path, command_line: Call) -> None:
    assert command_line("sweep", "script", "swept", "--tasks", "2")[0] == 0
    path = here / "swept" / "sweep.sbatch"
    assert command_line("sweep", "script", "swept", "--tasks", "2")[0] == 0  # the same again
    path.write_text(path.read_text() + "echo mine\n")
    edited = path.read_bytes()
    code, _, err = command_line("sweep", "script", "swept", "--tasks", "2")
    assert code == 2
    assert path.read_bytes() == edited
    assert "--force" in err
    assert command_line("sweep", "script", "swept", "--tasks", "2", "--force")[0] == 0
    assert b"echo mine" not in path.read_bytes()


def test_mentors_and_ties_are_whole_tables(here: Path, command_line: Call) -> None:
    assert command_line("network", "export", "ahsn", "--scenario", "small.yaml", "--out", "new.csv")[0] == 0
    with (here / "new.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.reader(stream)) == ["source", "target", "weight"]
    assert not [path for path in here.iterdir() if path.name.startswith(".")]


# --- Files that are put one by one ------------------------------------------------------------------------------------


def _put(folder: Path, text: str) -> None:
    names = ("index.html", "tables.xlsx")
    check_files(folder, names)
    put_files(folder, {name: lambda path, text=text: path.write_text(text) for name in names})  # type: ignore[misc]


def test_files_put_into_a_new_folder_are_there_together_or_not_at_all(tmp_path: Path) -> None:
    def dies(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        put_files(tmp_path / "page", {"index.html": lambda path: path.write_text("x"), "tables.xlsx": dies})  # type: ignore[dict-item, return-value]
    assert list(tmp_path.iterdir()) == []
    _put(tmp_path / "page", "whole")
    assert sorted(path.name for path in (tmp_path / "page").iterdir()) == ["index.html", "tables.xlsx"]


@pytest.mark.parametrize("left", ["tables.xlsx", "index.html"])
def test_files_that_a_killed_process_had_half_put_are_put_again(left: str, tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    owner = f"{this_process().rpartition('-')[0].rpartition('-')[0]}-{dead.pid}-1"
    dead.wait()
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    other = "index.html" if left == "tables.xlsx" else "tables.xlsx"
    (folder / other).write_text("new")
    with pytest.raises(InputError, match="no run wrote this file"):
        _put(folder, "again")
    draft_of(folder / left, owner=owner).write_text("new")
    _put(folder, "again")
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "index.html": "again", "tables.xlsx": "again", "thesis.txt": "mine",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="has /proc")
@pytest.mark.parametrize("out", ["/", "/proc/x", "/proc/1/x/y", "/dev/null/x", "/sys/x"])
def test_where_no_folder_can_be(out: str, command_line: Call) -> None:
    world = "world={synthetic: {england_like: true, n_trusts: 12, n_innovations: 2, kind: mix}}"
    few = ("--replicates", "2", "--jobs", "1", "--set", "months=3", "--set", world)
    for words in (("run", "baseline"), ("ablate", "baseline+local-first")):
        code, _, err = command_line(*words, *few, "--out", out)
        assert code == 2, err
        assert "fault of the program" not in err
