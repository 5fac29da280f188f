"""A process killed at any moment while it replaces a result: one of the two results is whole and in its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diffusion.drafts import ABANDONED_SECONDS, draft_of, drafted, is_abandoned, tidy
from diffusion.errors import InputError
from diffusion.processes import is_over, this_machine, this_process
from diffusion.storage import folder as folders
from diffusion.storage.folder import mend, result_folder
from diffusion.storage.whole_files import remove_abandoned, write_whole

pytestmark = pytest.mark.integration

#: replaces a result and dies, as by kill -9, before step N: calls that change the disk, counted
_REPLACE = """
import json, os, sys
from pathlib import Path
from diffusion.storage import folder

dies, out, done = int(sys.argv[1]), Path(sys.argv[2]), 0

def counted(function):
    def call(*arguments):
        global done
        if done == dies:
            os.kill(os.getpid(), 9) if hasattr(os, "fork") else os._exit(9)
        done += 1
        return function(*arguments)
    return call

for name in ("move", "remove", "flush"):
    setattr(folder, name, counted(getattr(folder, name)))
with folder.result_folder(out, force=True) as draft:
    (draft / "tables").mkdir()
    (draft / "tables" / "x.csv").write_text("new")
    if dies < 0:
        os._exit(9)
    manifest = {"package": {"name": "nhs-diffusion"}, "files": {"tables/x.csv": ""}}
    (draft / "manifest.json").write_text(json.dumps(manifest))
print(done)
"""


def result(out: Path, text: str) -> None:
    (out / "tables").mkdir(parents=True)
    (out / "tables" / "x.csv").write_text(text)
    manifest = {"package": {"name": "nhs-diffusion"}, "files": {"tables/x.csv": ""}}
    (out / "manifest.json").write_text(json.dumps(manifest))


def replace_and_die(out: Path, dies: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _REPLACE, str(dies), str(out)], capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.parametrize("earlier", [True, False])
def test_wherever_it_is_killed_the_next_command_finds_one_whole_result(tmp_path: Path, earlier: bool) -> None:
    whole = tmp_path / "whole" / "out"
    if earlier:
        result(whole, "old")
    steps = int(replace_and_die(whole, 1000).stdout)
    assert steps >= (6 if earlier else 4)
    found = set()
    for dies in range(-1, steps):
        out = tmp_path / str(dies) / "out"
        if earlier:
            result(out, "old")
        assert replace_and_die(out, dies).returncode not in (0, 1)
        missing = earlier and not out.exists()
        told = mend(out)
        assert bool(told) == missing  # told where something had to be done
        if not told and not earlier and not out.exists():
            found.add("nothing")
        else:
            assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "tables"]
            found.add((out / "tables" / "x.csv").read_text())
        with result_folder(out, force=True) as draft:  # the next command goes its way
            (draft / "manifest.json").write_text("{}")
        assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert found == ({"old", "new"} if earlier else {"nothing", "new"})


def test_a_command_line_mends_and_says_so(tmp_path: Path) -> None:
    steps = int(replace_and_die(tmp_path / "whole", 1000).stdout)
    for dies in range(steps):
        out = tmp_path / f"out{dies}"
        result(out, "old")
        replace_and_die(out, dies)
        if not out.exists():
            break
    else:
        raise AssertionError("no kill hit the moment between the two renames")
    done = subprocess.run(
        [sys.executable, "-m", "diffusion.cli.app", "run", "baseline", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 2
    assert "was being replaced when the program died" in done.stderr
    assert "overwrite with --force" in done.stderr
    assert (out / "tables" / "x.csv").is_file()


def test_what_a_living_process_moves_aside_stays_aside(tmp_path: Path) -> None:
    out = tmp_path / "out"
    result(draft_of(out, folders.REPLACED), "old")
    assert mend(out) == ""
    assert not out.exists()


def test_an_earlier_result_is_kept_where_something_else_took_its_place(tmp_path: Path) -> None:
    out = tmp_path / "out"
    aside = draft_of(out, folders.REPLACED, f"{this_machine()}-{dead_pid()}-1")
    result(aside, "old")
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    assert str(aside) in mend(out)
    assert (aside / "tables" / "x.csv").read_text() == "old"
    assert (out / "thesis.txt").read_text() == "mine"


def test_a_result_that_cannot_be_moved_away_does_not_lose_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    result(out, "old")
    move = folders.move

    def held(source: Path, target: Path) -> None:  # as on Windows, where a spreadsheet has a file of it open
        if source == out:
            raise PermissionError(13, "Access is denied")
        move(source, target)

    monkeypatch.setattr(folders, "move", held)
    with pytest.raises(InputError, match="out-2"), result_folder(out, force=True) as draft:
        (draft / "new").write_text("new")
    assert (tmp_path / "out-2" / "new").read_text() == "new"
    assert (out / "tables" / "x.csv").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out-2"]


# --- Whose draft it is ----------------------------------------------------------------------------------------------


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_is_alive_until_it_is_not() -> None:
    assert is_over(this_process()) is False
    code = "import sys; from diffusion.processes import this_process; print(this_process(), flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert is_over(name) is False
    machine, pid, start = name.split("-")
    assert is_over(f"{machine}-{pid}-{int(start) - 60_000}") is True  # the number is used again
    process.kill()
    process.wait()
    assert is_over(name) is True
    assert is_over(f"00000000-{pid}-{start}") is None  # nobody here knows of another machine
    assert is_over("anything") is None


@pytest.mark.parametrize("folder", [True, False])
def test_drafts_of_the_dead_are_tidied_and_no_others(tmp_path: Path, folder: bool) -> None:
    alive, dead = this_process(), f"{this_machine()}-{dead_pid()}-1"
    away, long_away = "0123abcd-1-1", "0123abcd-2-1"
    for owner in (alive, dead, away, long_away):
        draft = draft_of(tmp_path / "out", owner=owner)
        if folder:
            draft.mkdir()
            draft = draft / "x.csv"
        draft.write_text("")
        if owner == long_away:
            for path in (draft, draft.parent) if folder else (draft,):
                os.utime(path, (time.time() - 2 * ABANDONED_SECONDS,) * 2)
    # a name that only looks like one, and what was moved aside
    foreign = [".mine.unfinished-1", ".notes.unfinished", f".out.replaced-{dead}", "x.unfinished-0123abcd-1-1"]
    for name in foreign:
        (tmp_path / name).write_text("mine")
    tidy(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*foreign, draft_of(tmp_path / "out", owner=alive).name, draft_of(tmp_path / "out", owner=away).name}


def test_a_store_is_tidied_below_too(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    draft_of(tmp_path / "runs" / "x", owner=f"{this_machine()}-{dead_pid()}-1").write_text("")
    write_whole(tmp_path / "runs" / "y", b"y")
    remove_abandoned(tmp_path)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["y"]


@pytest.mark.parametrize("name", ["x", "y" * 60, "z" * 250, "é" * 120])
def test_names_of_any_length_have_drafts(tmp_path: Path, name: str) -> None:
    with drafted(tmp_path / name) as draft:
        draft.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with result_folder(tmp_path / f"{name[:-1]}0") as folder:
        (folder / "manifest.json").write_text("{}")
    assert not is_abandoned(draft, this_process())
