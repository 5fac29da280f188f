"""Whatever a command did not foresee is told in a sentence, with a file of details and exit code 70."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.cli.shared.last_handler import EXIT_CODE, recognised
from diffusion.errors import InputError

CALL = Callable[..., tuple[int, str, str]]
COMMAND = [sys.executable, "-m", "diffusion.cli.app"]


def failing(error: BaseException) -> Callable[..., None]:
    def fail(*arguments: object, **more: object) -> None:
        raise error

    return fail


def of_system(code: int) -> OSError:
    return OSError(code, os.strerror(code), "/somewhere/tables.csv")


@pytest.mark.unit
@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("by zero"), KeyError("x"), AssertionError(), RecursionError("deep"), ValueError("£ – \udcff")],
)
def test_a_fault_is_told_with_a_file_of_details(
    error: Exception, command_line: CALL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("diffusion.scenario.sources.scenario_names", failing(error))
    code, out, err = command_line("scenarios", "list")
    assert (code, out) == (EXIT_CODE, "")
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1
    (written,) = (tmp_path / "state" / "nhs-diffusion").iterdir()
    assert str(written) in err
    details = written.read_text(encoding="utf-8")
    assert "command: diffusion scenarios list" in details
    assert "Traceback" in details
    assert type(error).__name__ in details
    assert "numpy: " in details


@pytest.mark.unit
def test_a_link_that_leads_to_itself_is_bad_input(
    command_line: CALL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Path.resolve raises RuntimeError there, wherever it is called."""
    loop = tmp_path / "loop"
    loop.symlink_to("loop")
    monkeypatch.setattr("diffusion.scenario.sources.scenario_names", lambda *a, **more: loop.resolve(strict=True))
    code, out, err = command_line("scenarios", "list")
    assert (code, out) == (2, "")
    assert str(loop) in err
    assert len(err.splitlines()) == 1


@pytest.mark.unit
def test_details_go_to_stderr_where_nothing_can_be_written(
    command_line: CALL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nothing = tmp_path / "a-file"
    nothing.write_text("")
    for name in ("XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(nothing))
    monkeypatch.setattr("tempfile.tempdir", str(nothing))
    monkeypatch.setattr("diffusion.scenario.sources.scenario_names", failing(KeyError("x")))
    code, _, err = command_line("scenarios", "list")
    assert code == EXIT_CODE
    assert "the details follow" in err
    assert "KeyError" in err


@pytest.mark.unit
@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_a_place_that_may_not_be_used_is_bad_input(
    code: int, command_line: CALL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diffusion.scenario.sources.scenario_names", failing(of_system(code)))
    exit_code, _, err = command_line("scenarios", "list")
    assert exit_code == 2
    assert "/somewhere/tables.csv: permission was denied" in err.replace("\n", "")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory"),
        (of_system(errno.ENOSPC), "the disk is full: /somewhere/tables.csv"),
        (of_system(errno.EDQUOT), "quota"),
        (of_system(errno.EROFS), "read-only"),
        (of_system(errno.EMFILE), "too many files are open"),
        (of_system(errno.EFBIG), "larger than"),
        (of_system(errno.ENOMEM), "not enough memory"),
        (RuntimeError("can't start new thread"), "no more processes or threads"),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/x']"), "set TMPDIR"),
        (OSError("IOError: [Errno 28] Error writing bytes to file: No space left on device"), "the disk is full"),
    ],
)
@pytest.mark.parametrize("inside", [False, True])
def test_what_the_machine_lacks_is_told_as_that(
    error: Exception, said: str, inside: bool, command_line: CALL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    raised: Exception = error
    if inside:
        raised = RuntimeError("something failed")
        raised.__cause__ = error
    monkeypatch.setattr("diffusion.scenario.sources.scenario_names", failing(raised))
    code, _, err = command_line("scenarios", "list")
    assert code == EXIT_CODE
    assert said in err
    assert "fault of the program" not in err


@pytest.mark.unit
def test_other_errors_are_not_taken_for_a_lack() -> None:
    assert recognised(ValueError("disk quota exceeded")) is None
    assert recognised(FileNotFoundError(errno.ENOENT, "there is none", "/x")) is None


@pytest.mark.unit
def test_bad_input_is_still_bad_input(command_line: CALL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diffusion.scenario.sources.scenario_names", failing(InputError("this is wrong")))
    code, _, err = command_line("scenarios", "list")
    assert (code, err) == (2, "error: this is wrong\n")


def run(
    *arguments: str, shell: str = "", folder: Path | None = None, **settings: str | None
) -> tuple[int, bytes, bytes]:
    """Run the command line as a process, in a shell that may close or redirect its streams."""
    environment = {name: value for name, value in {**os.environ, **settings}.items() if value is not None}
    call = " ".join([*COMMAND, *arguments, shell])
    done = subprocess.run(
        ["bash", "-c", call], capture_output=True, env=environment, cwd=folder, timeout=300, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    assert b"Exception ignored" not in done.stderr, done.stderr.decode(errors="replace")
    return done.returncode, done.stdout, done.stderr


@pytest.mark.integration
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1:strict", "utf-16"])
@pytest.mark.parametrize(
    "command", ["levers list", "scenarios show local-first", "describe terms", "parameters --section pilot", "--help"]
)
def test_no_encoding_loses_a_table(command: str, encoding: str) -> None:
    """A Windows console has cp1252: what it has no character for is replaced, and the rest stays."""
    code, out, _ = run(*command.split(), PYTHONIOENCODING=encoding, COLUMNS="100")
    _, whole, _ = run(*command.split(), PYTHONIOENCODING="utf-8", COLUMNS="100")
    assert code == 0
    said = out.decode(encoding.partition(":")[0])
    assert len(said.split()) >= 0.95 * len(whole.decode().split())


@pytest.mark.integration
@pytest.mark.parametrize(
    ("shell", "code"),
    [
        (">&-", 0),
        ("<&- >&- 2>&-", 0),
        ("2>&-", 0),
        (">/dev/full", EXIT_CODE),
        ("| head -c 1 >/dev/null; exit ${PIPESTATUS[0]}", 1),
    ],
)
def test_streams_that_are_closed_or_full(shell: str, code: int, tmp_path: Path) -> None:
    found, _, err = run("scenarios", "list", shell=shell, XDG_STATE_HOME=str(tmp_path))
    assert found == code
    if "full" in shell:
        assert b"the disk is full" in err


@pytest.mark.integration
@pytest.mark.parametrize(
    "settings",
    [
        {"HOME": None},
        {"HOME": "/nowhere", "XDG_CACHE_HOME": None},
        {"TMPDIR": "/nowhere"},
        {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"COLUMNS": "1"},
        {"COLUMNS": "0"},
        {"COLUMNS": "1000000"},
        {"COLUMNS": "wide"},
        {"TERM": "dumb", "NO_COLOR": "1"},
        {"TERM": None},
    ],
    ids=str,
)
def test_surroundings_that_are_poor(settings: dict[str, str | None]) -> None:
    for command in ("scenarios show baseline", "levers show nice", "scenarios validate baseline"):
        code, out, err = run(*command.split(), shell="</dev/null", **settings)
        assert code == 0, err.decode(errors="replace")
        assert out


@pytest.mark.integration
def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    for command in ("scenarios list", "run baseline", "studies list"):
        call = f"rmdir {gone}; {' '.join(COMMAND)} {command}; code=$?; mkdir {gone}; exit $code"
        done = subprocess.run(["bash", "-c", call], capture_output=True, cwd=gone, timeout=300, check=False)
        assert done.returncode == 2, done.stderr.decode()
        assert b"the current folder no longer exists" in done.stderr


@pytest.mark.integration
def test_too_few_files_may_be_open(tmp_path: Path) -> None:
    call = f"ulimit -n 12; {' '.join(COMMAND)} scenarios validate"
    done = subprocess.run(["bash", "-c", call], capture_output=True, cwd=tmp_path, timeout=300, check=False)
    assert done.returncode in (0, EXIT_CODE)
    assert b"Traceback" not in done.stderr or b"too many files are open" in done.stderr


@pytest.mark.slow
@pytest.mark.integration
@pytest.mark.parametrize(
    ("limit", "said"),
    [("ulimit -f 20", b"a file would be larger"), ("ulimit -v 900000", b"memory")],
    ids=["no room on the disk", "no memory"],
)
def test_a_run_that_the_machine_cannot_finish(limit: str, said: bytes, tmp_path: Path) -> None:
    world = "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}}"
    call = f"{limit}; exec {' '.join(COMMAND)} run baseline --replicates 2 --set months=3 --set '{world}' --out result"
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    done = subprocess.run(
        ["bash", "-c", call], capture_output=True, env=environment, cwd=tmp_path, timeout=600, check=False
    )
    # a limit of one's own is met before tables are read, or when memory is asked for
    assert done.returncode in ((2, EXIT_CODE) if "-v" in limit else (EXIT_CODE,)), done.stderr.decode(errors="replace")
    assert said in done.stderr
    assert b"Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"state", "results"}  # no half of a result is left


@pytest.mark.integration
@pytest.mark.parametrize("columns", ["0", "1", "30", "1000000", "wide"])
def test_every_width_shows_everything(columns: str) -> None:
    _, narrow, _ = run("levers", "list", COLUMNS=columns)
    _, whole, _ = run("levers", "list", COLUMNS="120")
    lines = narrow.decode().splitlines()
    assert max(len(line) for line in lines) <= 500
    letters = [sorted(character for character in text.decode() if character.isalnum()) for text in (narrow, whole)]
    assert letters[0] == letters[1]


@pytest.mark.unit
@pytest.mark.parametrize("name", ["x" * 5_000, "x\0y"], ids=["long", "NUL"])
@pytest.mark.parametrize(
    "command",
    [["sensitivity"], ["report"], ["sweep", "status"], ["sweep", "show"], ["analyse"], ["scenarios", "validate"],
     ["studies", "validate"], ["run"], ["network", "export", "geo", "--out"], ["run", "baseline", "--out"]],
    ids=" ".join,
)  # fmt: skip
def test_a_name_that_no_file_can_have_is_bad_input(command: list[str], name: str, command_line: CALL) -> None:
    code, _, err = command_line(*command, name)
    assert code == 2, err
    assert "fault of the program" not in err
