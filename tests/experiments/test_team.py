"""Threads, helper processes, months that scenarios have in common: the same bytes whoever runs what."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import psutil
import pytest

from diffusion.experiments.running import team
from diffusion.experiments.running.common_past import common_months
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import Job, compare, run
from diffusion.experiments.running.simulations import simulation_of
from diffusion.experiments.running.team import Helper, Made, Task, Team
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.integration

SMALL = [
    "months=24",
    "world={synthetic: {england_like: true, n_trusts: 25, n_innovations: 6, kind: mix}}",
]
#: scenarios whose levers begin at different months of the run, which begins in 2015-07 with levers of long before
BASE = "baseline+people-and-companies"
NAMES = (BASE, f"{BASE}+test-beds", f"{BASE}+best-practice-tariff+local-first")
DRAWS = 24


def scenarios(*names: str) -> list[Scenario]:
    return [load_scenario(name, SMALL).drawing_from("posterior") for name in names or NAMES]


def late(name: str, *starts: str) -> Scenario:
    """A scenario with levers that begin in the course of the run."""
    return load_scenario(name, [*SMALL, *starts]).drawing_from("posterior")


def same(one: Results, other: Results) -> None:
    for name in (
        "stage_by_innovation", "stage_by_ahsn", "stage_by_ics", "stage_by_sector", "adopters_by_trust", "flows",
        "money_gbp", "benefit", "upfront_cost_gbp", "with_use", "end_by_trust", "by_trust_pence", "events",
    ):  # fmt: skip
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.monthly.keys() == other.monthly.keys()
    for name, values in one.monthly.items():
        np.testing.assert_array_equal(values, other.monthly[name], err_msg=name)


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Task]]:
    """Helpers are called at once, and this process waits for them; gives the tasks that they did."""
    monkeypatch.setattr(team, "PAYS_SECONDS", 0.0)
    monkeypatch.setattr(team, "_MEASURED_SECONDS", 0.0)
    come, done = Event(), list[Task]()
    before = set(psutil.Process().children(recursive=True))
    work, welcome, ask = Job.run, Team._welcome, Helper.run

    def patient(self: Job, task: Task, room: Any = None) -> Iterator[tuple[int, Any]]:
        if task.first >= 6:  # the first ones are measured
            assert come.wait(100), "no helper came"
        yield from work(self, task, room)

    def welcomed(self: Team, helper: Helper, packed: bytes, modules: tuple[str, ...]) -> None:
        welcome(self, helper, packed, modules)
        come.set()

    def asked(self: Helper, task: Task) -> list[Made] | None:
        made = ask(self, task)
        if made is not None:
            done.append(task)
        return made

    monkeypatch.setattr(Job, "run", patient)
    monkeypatch.setattr(Team, "_welcome", welcomed)
    monkeypatch.setattr(Helper, "run", asked)
    yield done
    assert not set(psutil.Process().children(recursive=True)) - before


@pytest.fixture(scope="module")
def alone() -> list[Results]:
    """Every scenario by itself, on this thread."""
    return [compare([one], DRAWS, seed=5, jobs=1, events=True, by_trust=True)[0] for one in scenarios()]


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_give_the_bytes_of_scenarios_alone(workers: int, alone: list[Results]) -> None:
    together = compare(scenarios(), DRAWS, seed=5, jobs=workers, events=True, by_trust=True)
    for one, other in zip(alone, together, strict=True):
        same(one, other)


@pytest.mark.parametrize("workers", [2, 3])
def test_processes_give_the_same_bytes(workers: int, alone: list[Results], helped: list[Task]) -> None:
    told: list[int] = []
    found = compare(
        scenarios(), DRAWS, seed=5, jobs=workers, events=True, by_trust=True, processes=True, progress=told.append
    )
    assert helped
    assert told == sorted(told)
    assert told[-1] == DRAWS * len(NAMES)
    for one, other in zip(alone, found, strict=True):
        same(one, other)


@pytest.fixture(scope="module")
def plain() -> tuple[Scenario, Results]:
    """A scenario whose parameters are not drawn, and its runs on this thread."""
    scenario = load_scenario("baseline", SMALL)
    return scenario, run(scenario, 40, jobs=1, events=True)


def test_parameters_that_are_not_drawn_too(plain: tuple[Scenario, Results], helped: list[Task]) -> None:
    scenario, one = plain
    other = run(scenario, 40, block=2, jobs=2, events=True, processes=True)
    assert helped
    same(one, other)


def test_no_helper_is_started_unasked_or_for_what_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", never)
    compare(scenarios(), 4, jobs=2, processes=True)
    monkeypatch.setattr(team, "PAYS_SECONDS", 0.0)
    monkeypatch.setattr(team, "_MEASURED_SECONDS", 0.0)
    compare(scenarios(), DRAWS, jobs=2)
    compare(scenarios(), DRAWS, jobs=1, processes=True)


def test_where_no_process_can_be_started_threads_go_on(alone: list[Results], monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def refused(*given: object, **_: object) -> None:
        tried.append(given)
        raise PermissionError("not here")

    monkeypatch.setattr(subprocess, "Popen", refused)
    monkeypatch.setattr(team, "PAYS_SECONDS", 0.0)
    monkeypatch.setattr(team, "_MEASURED_SECONDS", 0.0)
    found = compare(scenarios(), DRAWS, seed=5, jobs=2, events=True, by_trust=True, processes=True)
    assert tried
    for one, other in zip(alone, found, strict=True):
        same(one, other)


def test_what_a_killed_helper_had_is_done_again(
    alone: list[Results], helped: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, killed = Helper.run, list[int]()

    def deadly(self: Helper, task: Task) -> list[Made] | None:
        if not killed:
            killed.append(self._process.pid)
            self._process.kill()
        return ask(self, task)

    monkeypatch.setattr(Helper, "run", deadly)
    found = compare(scenarios(), DRAWS, seed=5, jobs=2, events=True, by_trust=True, processes=True)
    assert killed
    for one, other in zip(alone, found, strict=True):
        same(one, other)


def test_what_a_helper_refuses_is_done_here(
    alone: list[Results], helped: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Helper.run

    def wrong(self: Helper, task: Task) -> list[Made] | None:
        return ask(self, Task((99,), task.first, task.replicates))  # there is no such scenario

    monkeypatch.setattr(Helper, "run", wrong)
    found = compare(scenarios(), DRAWS, seed=5, jobs=2, events=True, by_trust=True, processes=True)
    assert not helped
    for one, other in zip(alone, found, strict=True):
        same(one, other)


def test_what_goes_wrong_is_told_and_no_helper_is_left(helped: list[Task]) -> None:
    def stop(done: int) -> None:
        if helped:
            raise RuntimeError("the one who is told of progress has failed")

    with pytest.raises(RuntimeError, match="told of progress"):
        compare(scenarios(), DRAWS, jobs=2, processes=True, progress=stop)


LEVER = """
from diffusion.levers.base import Lever
from diffusion.levers.registry import register

@register
class OwnPush(Lever):
    name = "own-push-of-a-helper"
    title = "Own push"
    writes = ("awareness_push",)
    def write(self, month, see, terms, own, draws):
        print("a lever that talks")
        terms.awareness_push.add(0.5 * self.level(month))
"""
SCRIPT = """
import sys, hashlib
from diffusion.experiments.running import team
from diffusion.experiments.running.runner import Job, compare
from diffusion.scenario.load import load_scenario
from diffusion.scenario.plugins import use_python_modules
team.PAYS_SECONDS = team._MEASURED_SECONDS = 0.0
ready, done = team.Team._welcome, []
from threading import Event
come = Event()
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
settings = ["months=24", "world={synthetic: {england_like: true, n_trusts: 25, n_innovations: 6, kind: mix}}"]
settings.append("levers.own={lever: own-push-of-a-helper, start: 2015-12}")
def digest(jobs, processes):
    options = [load_scenario("baseline", settings).drawing_from("posterior")]
    [found] = compare(options, 24, jobs=jobs, processes=processes)
    return hashlib.sha256(found.stage_by_innovation.tobytes()).hexdigest()
"""


def test_levers_of_ones_own_come_along(tmp_path: Path) -> None:
    (tmp_path / "own_push.py").write_text(LEVER)
    code = f"{SCRIPT}\nuse_python_modules([{str(tmp_path / 'own_push.py')!r}])\n"
    code += "assert digest(2, True) == digest(1, False)\nassert done\n"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=200)
    assert ended.returncode == 0, ended.stderr
    assert "a lever that talks" in ended.stdout
    assert set(ended.stderr.splitlines()) <= {"a lever that talks"}


def test_a_lever_in_the_script_itself_is_left_to_threads(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(f"{SCRIPT}\n{LEVER}\nassert digest(2, True) == digest(1, False)\nassert not done\n")
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, timeout=200)
    assert ended.returncode == 0, ended.stderr
    assert not ended.stderr


def until(true: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent to a group of processes otherwise")
def test_an_interrupt_ends_everything_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "diffusion", "compare", "england-2025", "ten-year-plan", "--jobs", "3"]
    process = subprocess.Popen(
        [*command, "--replicates", "300", "--out", "out"],
        cwd=tmp_path, start_new_session=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    children: list[psutil.Process] = []

    def helpers() -> bool:
        assert process.poll() is None, process.communicate()[0]
        children[:] = [child for child in psutil.Process(process.pid).children() if "serve" in str(child.cmdline())]
        return len(children) == 2

    until(helpers)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to all processes of the command
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert not [child for child in children if child.is_running()]
    assert not list(tmp_path.iterdir())


# --- months in common


def months_run(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the months that are run from now on."""
    seen: list[int] = []
    advance = Simulation._advance

    def noted(self: Simulation[Any], block: Any, recorded: bool) -> None:
        advance(self, block, recorded)
        seen.append(block.month)

    monkeypatch.setattr(Simulation, "_advance", noted)
    return seen


def test_months_in_common_are_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, changed = late("baseline"), late("baseline+local-first", "levers.local-first.start=2016-07")
    start = plain.start
    first = next(n for n in range(25) if changed.levers["local-first"].level(start + n) > 0)
    assert first == 12
    apart = [run(each, 8, jobs=1) for each in (plain, changed)]
    seen = months_run(monkeypatch)
    for one, other in zip(apart, compare([plain, changed], 8, jobs=1), strict=True):
        same(one, other)
    assert len(seen) == 8 * (24 + 24 - 12)


def test_how_long_scenarios_are_alike() -> None:
    plain = late("baseline")
    ready = simulation_of(plain)

    def common(scenario: Scenario) -> int | None:
        return common_months(ready, simulation_of(scenario, ready.world))

    assert common(late("baseline+local-first", "levers.local-first.start=2016-07")) == 12
    assert common(late("baseline+local-first", "levers.local-first.start=2015-08")) is None
    assert common(plain) == 24
    assert common(late("baseline", "parameters.awareness.push_per_month=0.031")) is None
    assert common_months(ready, simulation_of(plain, replace(plain.build_world()))) is None


@pytest.mark.parametrize("name", sorted(path.stem for path in Path("scenarios/levers").glob("*.yaml")))
def test_every_lever_goes_on_from_what_was_run_without_it(name: str) -> None:
    base = "baseline+people-and-companies+nice+sbri+clinical-entrepreneurs"
    # their innovations are not in this world
    whom = (
        [f"levers.{name}.targets.innovations=null"]
        if name in ("best-practice-tariff", "innovation-technology-tariff")
        else []
    )
    options = [late(base), late(f"{base}+{name}", "policy_start=2016-07", *whom)]
    apart = [compare([each], 8, jobs=1, by_trust=True)[0] for each in options]
    for one, other in zip(apart, compare(options, 8, jobs=1, by_trust=True), strict=True):
        same(one, other)
