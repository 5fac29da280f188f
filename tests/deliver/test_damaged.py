"""Finished folders that are not what was written: every file, damaged in every way, is named before any is read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from diffusion.cli.app import app, main
from diffusion.deliver.ablation import read_ablation
from diffusion.deliver.rebuild import read_result, rebuild
from diffusion.errors import InputError
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import open_sweep
from diffusion.experiments.sweep.read import summary
from diffusion.experiments.sweep.resume import run_sweep
from diffusion.experiments.sweep.verify import check_stored
from diffusion.storage.finished import MADE_AGAIN
from diffusion.storage.manifest import open_result
from diffusion.storage.sealed import sealed
from support.command_line import refused
from support.sweeps import new_sweep, study_file

pytestmark = pytest.mark.integration

SMALL = "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 4, kind: mix}}"
ASKED = ["--set", "months=12", "--set", SMALL]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two comparisons, an ablation and two sweeps, each of them finished."""
    root = tmp_path_factory.mktemp("finished")
    asked = ["compare", "baseline", "baseline+local-first", "-n", "4", *ASKED, "--figures", "--out"]
    typed = [
        [*asked, str(root / "result")],
        [*asked, str(root / "other"), "--seed", "2"],
        ["ablate", "baseline+local-first", "-n", "4", *ASKED, "--out", str(root / "ablation")],
    ]
    for arguments in typed:
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, (arguments, done.output)
    for name, seed in (("sweep", 11), ("other-sweep", 12)):
        sweep = new_sweep(study_file(root / f"{name}-study", seed=seed), root / name, 20)
        run_sweep(sweep, ThisProcess(1))
    return root


def _flipped(content: bytes, other: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x04]) + content[middle + 1 :]


DAMAGE: dict[str, Callable[[bytes, bytes], bytes | None]] = {
    "emptied": lambda content, other: b"",
    "cut in half": lambda content, other: content[: len(content) // 2],
    "one bit flipped": _flipped,
    "deleted": lambda content, other: None,
    "a link to itself": lambda content, other: None,
    "replaced": lambda content, other: other,
    "longer": lambda content, other: content + b"\n",
}


GONE = ("deleted", "a link to itself")


def files_of(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def damaged(folder: Path, other: Path, name: str, kind: str) -> Iterator[Path]:
    """Give the folder with one file damaged, and mend it afterwards; nothing where the damage changes nothing."""
    path = folder / name
    content = path.read_bytes()
    twin = other / name if (other / name).is_file() else next(p for p in other.rglob(f"*{path.suffix}") if p.is_file())
    new = DAMAGE[kind](content, twin.read_bytes())
    if new == content:
        return
    if new is None:
        path.unlink()
        if kind == "a link to itself":
            path.symlink_to(path.name)
    else:
        path.write_bytes(new)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        path.write_bytes(content)


def names(error: InputError, name: str) -> bool:
    """Whether an error names a file, by its place in the folder."""
    return name.rpartition("/")[2] in str(error)


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("what", ["result", "ablation"])
def test_every_file_of_a_finished_folder_is_checked(folders: Path, what: str, kind: str) -> None:
    folder, other = folders / what, folders / ("other" if what == "result" else "result")
    manifest = json.loads((folders / "result" / "manifest.json").read_text())
    checked = 0
    for name in files_of(folder):
        for _ in damaged(folder, other, name, kind):
            checked += 1
            if what == "result" and kind in GONE and name.split("/")[0] in MADE_AGAIN:
                assert open_result(folder).altered == ()
                continue
            with pytest.raises(InputError) as told:
                _ = open_result(folder) if what == "result" else read_ablation(folder, manifest)
            if name != "manifest.json" or kind != "deleted":
                assert names(told.value, name), (name, str(told.value))
    assert checked > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", DAMAGE)
def test_what_is_accepted_is_read_or_refused_with_a_sentence(folders: Path, kind: str) -> None:
    folder = folders / "result"
    for name in files_of(folder):
        if name.endswith((".svg", ".png", ".csv")):
            continue
        for _ in damaged(folder, folders / "other", name, kind):
            try:
                found = read_result(folder, accept_altered=True)
            except InputError:
                continue
            missing = kind in GONE and name.split("/")[0] in MADE_AGAIN
            assert missing or any(name in text for text in found.finished.altered), name


def test_an_added_table_is_named_and_a_note_is_no_fault(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(folders / "result", folder)
    (folder / "notes.txt").write_text("mine")
    (folder / ".DS_Store").write_text("")
    assert open_result(folder).beside == ("notes.txt",)
    shutil.copy(folder / "tables" / "gains.parquet", folder / "tables" / "budget.parquet")
    with pytest.raises(InputError, match=r"budget\.parquet was added"):
        open_result(folder)


def test_the_command_line_says_it_without_a_traceback(
    folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = folders / "result", tmp_path / "out"
    for name, kind in (("tables/outcomes.parquet", "one bit flipped"), ("manifest.json", "cut in half")):
        for _ in damaged(folder, folders / "other", name, kind):
            err = refused(capsys, "report", str(folder), "--out", str(out))
            assert name.rpartition("/")[2] in err
            assert not out.exists()
    ablation = folders / "ablation"
    for _ in damaged(ablation, folder, "tables/levers.parquet", "emptied"):
        err = refused(capsys, "report", str(folder), "--ablation", str(ablation), "--out", str(out))
        assert "levers.parquet is empty" in err


@pytest.mark.slow
def test_the_page_says_what_was_accepted_and_goes_on_saying_it(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(folders / "result", folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["scenarios"][0]["name"] = manifest["scenarios"][0]["name"]
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))  # its checksum is that of another text
    (folder / "figures" / "map.svg").unlink(missing_ok=True)
    with pytest.raises(InputError, match=r"manifest\.json"):
        rebuild(folder)
    rebuild(folder, accept_altered=True)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "These are not the results as they were written" in page
    assert "manifest.json was altered" in page
    with pytest.raises(InputError, match=r"manifest\.json"):  # making the page again has not made it sound
        rebuild(folder)
    whole = tmp_path / "whole"
    rebuild(folders / "result", out=whole)
    assert "not the results as they were written" not in (whole / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", DAMAGE)
def test_every_file_of_a_sweep_is_checked(folders: Path, kind: str) -> None:
    folder, other = folders / "sweep", folders / "other-sweep"
    for name in files_of(folder):
        if name == "claims":  # locks, empty
            continue
        for _ in damaged(folder, other, name, kind):
            if name.startswith("sessions/") and kind == "deleted":
                assert check_stored(open_sweep(folder)) == []  # not read by what tells results
                continue
            with pytest.raises(InputError) as told:
                check_stored(open_sweep(folder))
            chunk = name.rpartition("/")[2][:7] if name.startswith("runs/") else name
            if name != "sweep.json" or kind != "deleted":
                assert names(told.value, chunk), (name, str(told.value))
            try:
                sweep = open_sweep(folder, accept_altered=True)
                assert check_stored(sweep), name
                summary(sweep, ["adopter_share_pct"])
            except InputError:
                pass


def test_a_file_in_the_place_of_another_chunk_is_noticed(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(folders / "sweep", folder)
    first, second, *_ = open_sweep(folder).store.files()
    # under a name that its own content gave it, in the place of the second
    shutil.copy(first, second.with_name(second.name[:8] + first.name[8:]))
    second.unlink()
    with pytest.raises(InputError, match=f"runs/{second.name[:7]}.* is damaged or was altered"):
        check_stored(open_sweep(folder))
    shutil.rmtree(folder)
    shutil.copytree(folders / "sweep", folder)
    for path in (folder / "runs").iterdir():
        path.unlink()
    for path in (folders / "other-sweep" / "runs").iterdir():
        shutil.copy(path, folder / "runs" / path.name)
    with pytest.raises(InputError, match="is damaged or was altered"):
        check_stored(open_sweep(folder))


def test_other_runs_per_chunk_are_noticed(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(folders / "sweep", folder)
    path = folder / "sweep.json"
    record = json.loads(path.read_text())
    record["runs_per_chunk"] = 10
    path.write_text(json.dumps(record, indent=1))
    with pytest.raises(InputError, match=r"sweep\.json was altered"):
        open_sweep(folder)
    path.write_bytes(sealed(record))  # also by somebody who knows how
    with pytest.raises(InputError, match="is damaged or was altered"):
        check_stored(open_sweep(folder))


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["show"], ["export", "--to", "x.csv"], ["rerun", "0", "--accept-other-code"], ["sensitivity"]],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.parametrize(
    ("name", "kind"),
    [("runs", "one bit flipped"), ("runs", "deleted"), ("sweep.json", "cut in half"), ("design.json", "longer")],
)
def test_commands_that_read_a_sweep_name_what_is_damaged(
    folders: Path, arguments: list[str], name: str, kind: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder, other = folders / "sweep", folders / "other-sweep"
    monkeypatch.chdir(tmp_path)
    if name == "runs":
        name = files_of(folder / "runs")[0]
        name = f"runs/{name}"
    first, *more = arguments
    typed = [first, str(folder), *more] if first == "sensitivity" else ["sweep", first, str(folder), *more]
    for _ in damaged(folder, other, name, kind):
        with pytest.raises(SystemExit) as leaving:
            main(typed)
        out, err = capsys.readouterr()
        assert leaving.value.code == (1 if first == "status" and name.startswith("runs/") else 2), (out, err)
        assert name.rpartition("/")[2][:7] in err
        assert "Traceback" not in out + err
    assert not list(tmp_path.iterdir())


def test_a_damaged_record_of_a_session_is_set_aside_by_the_next_run(folders: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(folders / "sweep", folder)
    (record,) = (folder / "sessions").glob("*.json")
    record.write_bytes(record.read_bytes()[:-30])
    with pytest.raises(InputError, match=re.escape(record.name)):
        check_stored(open_sweep(folder))
    said: list[str] = []
    run_sweep(open_sweep(folder), ThisProcess(1), tell=said.append)
    assert record.name in said[0]
    assert check_stored(open_sweep(folder)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_of_a_sealed_file_is_noticed(folders: Path, data: st.DataObject) -> None:
    folder = folders / data.draw(st.sampled_from(["result", "sweep"]))
    names = ["manifest.json"] if folder.name == "result" else ["sweep.json", "design.json"]
    path = folder / data.draw(st.sampled_from(names))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(1, 255))
    path.write_bytes(content[:place] + bytes([content[place] ^ byte]) + content[place + 1 :])
    try:
        with pytest.raises(InputError):
            _ = open_result(folder) if folder.name == "result" else open_sweep(folder)
    finally:
        path.write_bytes(content)
