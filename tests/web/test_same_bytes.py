"""A job's folder holds what the command that is shown gives, to the byte; parts that are kept change nothing."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from diffusion.errors import InputError
from diffusion.scenario.load import load_scenario
from diffusion.web.ask.asking import command_of, given_of
from diffusion.web.ask.question import Option, Question
from diffusion.web.helpers.process import Talk
from diffusion.web.jobs import comparing
from diffusion.web.jobs.parts import FIRST_EDGES, STEP, Kept, asked_of, parts_of, run_part, size_of
from diffusion.world.regions import groups_of
from support.app_world import WORLD

pytestmark = pytest.mark.integration
Command = Callable[..., tuple[int, str, str]]

SMALL = Option("small", f"title: Small\n{WORLD}")
PUSHED = Option("pushed", f"title: Pushed\n{WORLD}levers: {{accelerator: {{strength: 0.7}}}}\n")
LOCAL = Option("local", f"title: Local first\n{WORLD}levers: {{local-first: {{}}, expo: {{strength: 0.5}}}}\n")
SOCIAL = Option("social", f"title: Other parameter\n{WORLD}parameters: {{awareness: {{push_per_month: 0.05}}}}\n")
ENGLAND = Option("tariff-late", "title: Late tariff\nextends: tariff\npolicy_start: 2017-01\n")

QUESTIONS = {
    "several options, defaults": Question(
        "", "small", (SMALL, PUSHED, LOCAL, SOCIAL), replicates=23, parameters="defaults"
    ),
    "one alone": Question("", "small", (SMALL,), replicates=3, parameters="prior"),
    "more files, other horizon": Question(
        "", "small", (SMALL, PUSHED), replicates=5, parameters="defaults", months=18, wanted=("one_page", "slides")
    ),
    "a packaged yardstick and a stack": Question(
        "", "baseline+expo", (ENGLAND,), replicates=11, parameters="posterior", months=30, regions=("first",)
    ),
}


class Ear:
    """Hears what a task tells."""

    def __init__(self) -> None:
        self.heard: list[dict] = []
        self.talk = Talk(1, lambda line: self.heard.append(line["told"]))


def run_as_job(question: Question, root: Path, name: str = "app", job: str = "0" * 16) -> Ear:
    files = root / "files"
    files.mkdir(exist_ok=True)
    for option in question.options:
        (files / option.file).write_text(option.text, encoding="utf-8")
    given = {**given_of(question, name), "root": str(root), "files": str(files), "out": name, "job": job}
    ear = Ear()
    assert comparing.compare(given, ear.talk) == {"result": name}
    return ear


def tables_of(folder: Path) -> dict[str, bytes]:
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for part in ("tables", "regions")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }
    assert len(found) > 10
    return found


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Forget the parts that other tests had run."""
    kept = Kept()
    monkeypatch.setattr(comparing, "_KEPT", kept)
    return kept


@pytest.mark.parametrize("what", QUESTIONS)
def test_a_job_gives_the_bytes_of_its_command(
    what: str, fresh: Kept, tmp_path: Path, command_line: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = QUESTIONS[what]
    if question.regions:
        groups = groups_of(load_scenario("baseline").build_world())
        question = replace(question, regions=(groups[0].code,))
    ear = run_as_job(question, tmp_path)
    numbers = [told["numbers"] for told in ear.heard if "numbers" in told]
    assert numbers[0]["replicates"] <= FIRST_EDGES[1] or question.replicates < FIRST_EDGES[1]
    assert numbers[-1]["replicates"] == question.replicates
    monkeypatch.chdir(tmp_path / "files")
    command = command_of(question, "typed")
    code, _, complaint = command_line(*command[1:])
    assert code == 0, complaint
    typed = next(tmp_path.rglob("typed"))
    assert tables_of(tmp_path / "app") == tables_of(typed)
    if what == "one alone":
        return
    # once more, all from what is kept
    monkeypatch.setattr(comparing, "run_part", None)
    run_as_job(question, tmp_path, "again")
    assert tables_of(tmp_path / "again") == tables_of(typed)


def test_one_lever_changed_leaves_the_rest_kept(fresh: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    real = comparing.run_part

    def run(asked: object, *given: object) -> object:
        ran.append(asked.scenario.name)  # type: ignore[attr-defined]
        return real(asked, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing, "run_part", run)
    first = Question("", "small", (SMALL, PUSHED), replicates=20, parameters="defaults")
    run_as_job(first, tmp_path, "first")
    assert {"small", "pushed"} == set(ran)
    ran.clear()
    changed = Option("pushed", PUSHED.text.replace("0.7", "0.8"))
    run_as_job(Question("", "small", (SMALL, changed), replicates=20, parameters="defaults"), tmp_path, "second")
    assert set(ran) == {"pushed"}
    shutil.rmtree(tmp_path / "files")
    monkeypatch.setattr(comparing, "_KEPT", Kept())
    run_as_job(Question("", "small", (SMALL, changed), replicates=20, parameters="defaults"), tmp_path, "alone")
    assert tables_of(tmp_path / "second") == tables_of(tmp_path / "alone")
    more = Question("", "small", (SMALL, changed), replicates=30, parameters="defaults")
    ran.clear()
    run_as_job(more, tmp_path, "more")
    assert len(ran) == 2  # the last part of each


def test_kept_parts_are_never_those_of_other_tables(fresh: Kept, tmp_path: Path) -> None:
    """A scenario has the names of its tables alone: what is in them counts all the same."""
    import csv

    from diffusion.paths import DATA

    rows = list(csv.DictReader((DATA / "worlds/england-2017/trusts.csv").open(encoding="utf-8")))
    scenario = tmp_path / "own.yaml"
    scenario.write_text("title: Own\nmonths: 12\nworld: {trusts: own.csv}\n", encoding="utf-8")

    def write(count: int) -> None:
        with (tmp_path / "own.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows[:count])

    def part() -> object:
        asked = asked_of([load_scenario(str(scenario))], 1, False)[0]
        return fresh.part(asked, 0, 1, lambda: run_part(asked, 0, 1, lambda done: None))

    write(40)
    assert part().world.n_trusts == 40  # type: ignore[attr-defined]
    write(30)
    assert part().world.n_trusts == 30  # type: ignore[attr-defined]


def test_parts_are_bounded_by_their_bytes() -> None:
    one = run_one()
    kept = Kept(most_bytes=3 * size_of(one[1]) + 10)
    asked = one[0]
    for begin in range(8):
        kept.part(asked, begin, begin + 1, lambda: one[1])
        assert kept._bytes == sum(size_of(part) for part in kept._parts.values()) <= kept._most
    assert len(kept._parts) == 3
    assert kept.get(asked, 7, 8) is not None
    assert kept.get(asked, 0, 1) is None
    small = Kept(most_bytes=10)
    assert small.part(asked, 0, 1, lambda: one[1]) is one[1]
    assert not small._parts
    # two jobs that ran the same part at the same time: it counts once
    barrier = threading.Barrier(4)

    def run() -> object:
        barrier.wait(5)
        return one[1]

    threads = [threading.Thread(target=kept.part, args=(asked, 100, 101, run)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept._bytes == sum(size_of(part) for part in kept._parts.values())


def run_one() -> tuple:
    asked = asked_of([load_scenario("baseline", ["months=6"])], 1, False)[0]
    return asked, run_part(asked, 0, 1, lambda done: None)


@pytest.mark.parametrize("replicates", [1, 2, 3, 4, 5, 10, 11, 19, 20, 21, 100, 1999])
def test_parts_are_all_replicates_once(replicates: int) -> None:
    found = [number for begin, end in parts_of(replicates) for number in range(begin, end)]
    assert found == list(range(replicates))
    assert max(end - begin for begin, end in parts_of(replicates)) <= STEP


def test_a_server_that_ended_after_the_folder_was_there_finds_it(fresh: Kept, tmp_path: Path) -> None:
    """The folder takes its place in one step; a server that was killed right then begins the job again."""
    question = QUESTIONS["one alone"]
    run_as_job(question, tmp_path, "found", "a" * 16)
    before = (tmp_path / "found" / "manifest.json").stat().st_mtime_ns
    assert not run_as_job(question, tmp_path, "found", "a" * 16).heard  # nothing was run
    assert (tmp_path / "found" / "manifest.json").stat().st_mtime_ns == before
    with pytest.raises(InputError):  # another job's, or a command's, is never written over
        run_as_job(question, tmp_path, "found", "b" * 16)


@pytest.mark.slow
def test_jobs_beside_each_other_give_what_each_gives_alone(
    fresh: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts, figures and pages are made by several threads of one process."""
    names = ["several options, defaults", "one alone", "more files, other horizon"]
    faults: list[BaseException] = []

    def run(name: str, root: Path) -> None:
        root.mkdir(exist_ok=True)
        try:
            run_as_job(QUESTIONS[name], root)
        except BaseException as error:
            faults.append(error)

    threads = [
        threading.Thread(target=run, args=(name, tmp_path / f"beside-{place}")) for place, name in enumerate(names)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults
    monkeypatch.setattr(comparing, "_KEPT", Kept())
    for place, name in enumerate(names):
        run(name, tmp_path / f"alone-{place}")
        beside, alone = tmp_path / f"beside-{place}" / "app", tmp_path / f"alone-{place}" / "app"
        assert tables_of(beside) == tables_of(alone)
        drawn = [re.findall(r"<svg.*?</svg>", (each / "index.html").read_text(), re.DOTALL) for each in (beside, alone)]
        assert len(drawn[0]) > 3
        assert drawn[0] == drawn[1]
