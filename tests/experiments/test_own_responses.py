"""Responses of one's own go where runs go: helper processes, Dask, sweeps resumed and read, commands, plain Python."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.errors import InputError
from diffusion.experiments.running.runner import run
from diffusion.experiments.sweep.dask_executor import Dask
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import check_own_code, open_sweep
from diffusion.experiments.sweep.read import read_runs
from diffusion.experiments.sweep.resume import run_sweep
from diffusion.mechanisms import responses
from diffusion.scenario import plugins
from diffusion.scenario.load import load_scenario
from support.sweeps import files_of, new_sweep, study_file

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]
CODE = """
import math
import diffusion as df

LEVEL = 0.9

@df.response("hump", label="a hump at twice the threshold", high=0.9)
def hump(exposure, personal):
    return LEVEL * math.exp(-((exposure - 2.0 * personal) / 0.1) ** 2)
"""
SMALL = ("months=24", "world={synthetic: {england_like: true, n_trusts: 25, n_innovations: 5, kind: mix}}")
SETTINGS = (*SMALL, "parameters.exposure.response=hump")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file with a response, loaded."""
    path = tmp_path / "hump_file.py"
    path.write_text(CODE)
    plugins.use_python_modules([str(path)])
    return path


def forget() -> None:
    """Leave the code out, as a process that was not told of it would."""
    for module in plugins._named.values():
        sys.modules.pop(module, None)
    for found in (plugins._named, plugins._files, responses._OWN):
        found.clear()


SCRIPT = """
import sys, hashlib
from threading import Event
from diffusion.experiments.running import team
from diffusion.experiments.running.runner import Job, compare
from diffusion.scenario.load import load_scenario
from diffusion.scenario.plugins import use_python_modules
team.PAYS_SECONDS = team._MEASURED_SECONDS = 0.0
ready, done, come = team.Team._welcome, [], Event()
def welcome(*given):
    ready(*given)
    come.set()
team.Team._welcome = welcome
work = Job.run
def patient(self, task, room=None):
    if task.first >= 6:
        assert come.wait(100)
    yield from work(self, task, room)
Job.run = patient
ask = team.Helper.run
def asked(self, task):
    made = ask(self, task)
    done.extend([] if made is None else [task])
    return made
team.Helper.run = asked
use_python_modules([sys.argv[1]])
def digest(jobs, processes):
    options = [load_scenario("baseline", sys.argv[2:]).drawing_from("posterior")]
    [found] = compare(options, 24, jobs=jobs, processes=processes)
    return hashlib.sha256(found.stage_by_innovation.tobytes()).hexdigest()
assert digest(2, True) == digest(1, False)
assert done
"""


def test_helper_processes_are_given_its_file(own: Path) -> None:
    line = [sys.executable, "-c", SCRIPT, str(own), *SETTINGS]
    ended = subprocess.run(line, capture_output=True, text=True, cwd=own.parent, timeout=200)
    assert ended.returncode == 0, ended.stderr


def test_plain_python_gives_the_same_bits(own: Path) -> None:
    code = (
        "import sys, hashlib\nfrom diffusion.experiments.running.runner import run\n"
        "from diffusion.scenario.load import load_scenario\nfrom diffusion.scenario.plugins import use_python_modules\n"
        "use_python_modules([sys.argv[1]])\nfound = run(load_scenario('baseline', sys.argv[2:]), 1, 1)\n"
        "print(hashlib.sha256(found.stage_by_innovation.tobytes()).hexdigest())\n"
    )
    settings = ["months=8", *SETTINGS[1:], "parameters.triage.peer_per_month=1"]
    line = [sys.executable, "-c", code, str(own), *settings]
    plain = {**os.environ, "DIFFUSION_NO_JIT": "1"}
    ended = subprocess.run(line, capture_output=True, text=True, env=plain, timeout=200, check=False)
    assert ended.returncode == 0, ended.stderr
    found = run(load_scenario("baseline", settings), 1, 1)
    assert ended.stdout.strip() == hashlib.sha256(found.stage_by_innovation.tobytes()).hexdigest()


def test_a_sweep_over_responses_is_the_same_on_dask_and_is_read_without_their_code(own: Path, tmp_path: Path) -> None:
    factors = {"parameters.exposure.response": ["linear", "hill", "hump"]}
    study = study_file(tmp_path, scenarios=["baseline"], factors=factors, design="full grid", replicates=4)
    here, there = new_sweep(study, tmp_path / "here"), new_sweep(study, tmp_path / "there")
    run_sweep(here, ThisProcess(1))
    session = run_sweep(there, Dask(2))
    assert (session.runs, session.failed) == (12, 0)
    assert files_of(there) == files_of(here)
    shares = read_runs(here.folder).df().groupby("parameters.exposure.response")["adopter_share_pct"].mean()
    assert shares.nunique() == 3

    before = (own.read_text(), responses.own_responses()["hump"].code)
    forget()
    assert read_runs(here.folder).df().shape[0] == 12
    closed = open_sweep(here.folder)
    assert closed.design.scenario(0, 2).parameters.exposure.response == "hump"
    with pytest.raises(InputError, match="the response 'hump' comes in a module that is not loaded") as caught:
        check_own_code(closed, "diffusion sweep run here")
    assert str(caught.value).endswith(f"diffusion sweep run here --python {own}")
    with pytest.raises(InputError, match="name the file of your response"):
        run(closed.design.scenario(0, 2), 1)

    # other code under the same name is another sweep
    own.write_text(before[0].replace("LEVEL = 0.9", "LEVEL = 0.8"))
    plugins.use_python_modules([str(own)])
    with pytest.raises(InputError, match="the response 'hump' was changed since this sweep was begun") as caught:
        check_own_code(open_sweep(here.folder), "diffusion sweep run here")
    assert "load the function as it was" in str(caught.value)
    assert new_sweep(study, tmp_path / "other").design.hash != here.design.hash
    forget()
    own.write_text(before[0])
    plugins.use_python_modules([str(own)])
    assert responses.own_responses()["hump"].code == before[1]
    check_own_code(open_sweep(here.folder), "diffusion sweep run here")


def test_commands_know_it_by_its_file(own: Path, command_line: Call) -> None:
    forget()
    own.with_name("hump.yaml").write_text(
        "title: A hump\nextends: baseline\nmonths: 12\nparameters: {exposure: {response: hump}}\n"
        "world: {synthetic: {england_like: true, n_trusts: 20, n_innovations: 4, kind: mix}}\n"
    )
    code, _, err = command_line("scenarios", "validate", "hump.yaml")
    assert code == 2
    assert "unknown value 'hump'" in err.replace("\n", " ")
    assert "--python FILE" in err.replace("\n", " ")
    code, out, err = command_line("describe", "responses", "--python", "hump_file.py")
    assert code == 0, err
    assert "a hump at twice the threshold" in out
    assert "0 to 0.9" in out
    code, _, err = command_line(
        "run", "hump.yaml", "--python", "hump_file.py", "--replicates", "3", "--jobs", "1", "--out", "r"
    )
    assert code == 0, err
    manifest = json.loads(Path("r/manifest.json").read_text())
    assert manifest["request"]["python"] == {"hump_file.py": hashlib.sha256(own.read_bytes()).hexdigest()}
    forget()
    code, _, err = command_line("report", "r")
    assert code == 0, err
    code, _, err = command_line("rerun", "r", "--jobs", "1", "--no-files")
    assert code == 2
    assert "own responses (hump)" in " ".join(err.split())
    code, out, err = command_line("rerun", "r", "--jobs", "1", "--no-files", "--python", "hump_file.py")
    assert code == 0, err
