"""Advice in messages works: each piece of it is provoked, followed, and seen to work.

``advice_cases.py`` holds the mistakes. What the source suggests is found by walking its syntax trees; a suggestion
without a case that provokes it fails the last test, unless it is listed with the reason why nothing can provoke it,
or in ``advice_without_case.txt`` of those that wait for a case.
"""

from __future__ import annotations

import ast
import atexit
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import diffusion
from diffusion.cli.app import main
from diffusion.errors import InputError

sys.path.insert(0, str(Path(__file__).parent))

import advice_again
import advice_analyse
import advice_calibrate
import advice_cases
import advice_changes
import advice_evidence
import advice_innovations
import advice_levers
import advice_networks
import advice_reasons
import advice_regions
import advice_responses
import advice_worlds
from advice_cases import Case

CASES: list[Case] = [
    *advice_cases.CASES,
    *advice_changes.CASES,
    *advice_evidence.CASES,
    *advice_innovations.CASES,
    *advice_levers.CASES,
    *advice_calibrate.CASES,
    *advice_reasons.CASES,
    *advice_regions.CASES,
    *advice_responses.CASES,
    *advice_again.CASES,
    *advice_analyse.CASES,
    *advice_worlds.CASES,
    *advice_networks.CASES,
]
assert len({case.name for case in CASES}) == len(CASES), "two cases have one name"

pytestmark = pytest.mark.integration

PACKAGE = Path(diffusion.__file__).parent


# --- What the source suggests -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Advice:
    """One suggestion of the source: where it stands, and what its text looks like."""

    file: str
    function: str
    first: int
    last: int
    text: str
    #: whether a frame of the call can be seen while the error is made
    framed: bool

    @property
    def name(self) -> str:
        return f"{self.file}:{self.function}: {self.text}"


def pattern_of(node: ast.expr) -> str | None:
    """Return a regular expression of the texts that an expression gives; None for what is only handed on."""
    if isinstance(node, ast.Constant):
        return re.escape(node.value) if isinstance(node.value, str) and node.value else None
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*" for part in node.values)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "did_you_mean":
        return "did you mean '.*'\\?"
    return None


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """Yield the parts of ``a or b`` and ``a if x else b``."""
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from alternatives(value)
    elif isinstance(node, ast.IfExp):
        yield from alternatives(node.body)
        yield from alternatives(node.orelse)
    else:
        yield node


def suggested(node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """Yield the expressions that a node suggests, and whether the error is made during the call."""
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg in ("suggestion", "otherwise"):
                yield keyword.value, True
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ("problem", "Fault") and len(node.args) == 4:
            yield node.args[3], name == "problem"
        if name == "_refused" and len(node.args) == 5:
            yield node.args[4], True


@cache
def all_advice() -> tuple[Advice, ...]:
    """Return every suggestion of the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        places = [(tree, "")]
        while places:
            node, function = places.pop()
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                function = f"{function}.{node.name}".strip(".")
            expressions = list(suggested(node))
            if isinstance(node, ast.Return) and function.rpartition(".")[2] in ("_hint", "_suggestion"):
                expressions += [(node.value, False)] if node.value is not None else []
            for expression, framed in expressions:
                for part in alternatives(expression):
                    text = pattern_of(part)
                    if text is not None:
                        last = getattr(node, "end_lineno", 0)
                        file = path.relative_to(PACKAGE).as_posix()
                        found.append(Advice(file, function, node.lineno, last, text, framed))  # type: ignore[attr-defined]
            places += [(child, function) for child in ast.iter_child_nodes(node)]
    return tuple(sorted(set(found), key=lambda item: (item.file, item.first, item.text)))


SEEN: set[Advice] = set()
#: the cases whose mistake was made in this process
MADE_HERE: set[str] = set()


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note which suggestions the errors of a test come from."""
    by_file: dict[str, list[Advice]] = {}
    for advice in all_advice():
        by_file.setdefault(str(PACKAGE / advice.file), []).append(advice)
    unframed = [advice for advice in all_advice() if not advice.framed]
    plain = InputError.__init__

    def watched(self: InputError, message: str, **more: object) -> None:
        plain(self, message, **more)  # type: ignore[arg-type]
        said = self.suggestion
        if said is None:
            return
        SEEN.update(advice for advice in unframed if re.fullmatch(advice.text, said, re.DOTALL))
        frame = sys._getframe(1)
        while frame is not None:
            for advice in by_file.get(frame.f_code.co_filename, ()):
                if advice.first <= frame.f_lineno <= advice.last and re.fullmatch(advice.text, said, re.DOTALL):
                    SEEN.add(advice)
            frame = frame.f_back  # type: ignore[assignment]

    monkeypatch.setattr(InputError, "__init__", watched)


# --- The cases --------------------------------------------------------------------------------------------------------


def call(words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run a command in this process; return exit code and what it says."""
    with pytest.raises(SystemExit) as leaving:
        main(shlex.split(words))
    out, err = capsys.readouterr()
    code = leaving.value.code
    return int(code or 0) if not isinstance(code, str) else 1, out + err


def write(files: dict[str, str], folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


#: what cases begin with, made once: (files, commands) -> folder
MADE: dict[tuple[object, ...], Path] = {}


def prepare(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Put into the current folder what a case begins with."""
    key = (*sorted(case.files.items()), *case.first)
    if case.first and key in MADE:
        shutil.copytree(MADE[key], folder, dirs_exist_ok=True)
        return
    write(case.files, folder)
    for words in case.first:
        code, said = call(words, capsys)
        assert code == 0, said
    if case.first:
        MADE[key] = Path(tempfile.mkdtemp(prefix="advice-"))
        atexit.register(shutil.rmtree, MADE[key], ignore_errors=True)
        shutil.copytree(folder, MADE[key], dirs_exist_ok=True)


def advised(new: str, message: str) -> str:
    """Return the text to put in, read from the message where the case leaves it to that."""
    for word, found in (
        ("TRY", r"try (\S+)"),
        ("EXAMPLE", r"for example (?:'?)([^';]+?)(?:'?)(?:$|\n|;)"),
        ("SUGGESTED", r"did you mean '([^']*)'"),
    ):
        if word in new:
            match = re.search(found, message)
            assert match, message
            new = new.replace(word, match[1])
    return new


def draws(case: Case) -> bool:
    """Tell whether following a case draws a page of figures, which takes seconds."""
    followed, drawing = [case.words] if case.old or case.add else [], ("run", "compare", "ablate", "report", "analyse")
    return any(words.split()[0] in (*drawing, "validate") for words in (*followed, *case.first)) or (
        case.then.split()[:1] in (["run"], ["compare"], ["ablate"])
    )


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name, marks=[pytest.mark.slow] if draws(case) else []) for case in CASES],
)
def test_the_advice_works(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "1000")
    prepare(case, tmp_path, capsys)
    code, message = call(case.words, capsys)
    MADE_HERE.add(case.name)
    assert code == 2, message
    assert case.says in message
    if case.then:
        code, said = call(case.then, capsys)
        assert code == 0, said
        return
    new = advised(case.new, message)
    assert (case.told or new.strip()) in message, "the message does not say what the case follows"
    if case.old or case.add:
        words, files = case.words, case.files
        for old, better in ((case.old, new), *case.more):
            if old:
                assert any(old in text for text in (words, *files.values())), old
                words = words.replace(old, better)
                files = {name: text.replace(old, better) for name, text in files.items()}
        write(files | case.add, tmp_path)
        code, said = call(words, capsys)
        assert code == 0, f"{message}\nfollowed:\n{said}"


# --- Completeness -----------------------------------------------------------------------------------------------------

#: suggestions that no test provokes, by file and a part of their text, with the reason
_PYTHON = "of a call or an override in Python: tests/agents, analysis and experiments provoke it"
_OWN_OUTCOME = "of an outcome or a panel in Python: tests/experiments/test_own_outcomes.py, test_panel.py"
_RIGHTS = "a place that may not be written: whoever runs tests may write everywhere"
_NAMES = "of names of files: tests/evidence/test_bad_series.py follows it"
_DAMAGE = "of damaged folders: tests/attack/damaged_folders.py provokes it"
_BEGUN = "of a calibration that was begun: tests/calibration/test_calibrate_command.py"
UNPROVOKED: dict[tuple[str, str], str] = {
    (
        "experiments/again/request.py",
        "run its command again",
    ): "of a result of an earlier version: tests/deliver/test_rerun.py",
    ("experiments/again/request.py", "with its path"): "of code that is loaded once: tests/deliver/test_rerun.py",
    ("calibration/fit/run.py", "begin anew"): _DAMAGE,
    ("calibration/fit/run.py", "--continue"): _BEGUN,
    ("calibration/fit/run.py", "choose another folder"): _BEGUN,
    ("calibration/own_counts.py", "check counts, organisations"): "of thousands of runs: tests/calibration/test_fit.py",
    ("ensemble/posterior.py", "make it again"): _DAMAGE,
    ("ensemble/draws.py", "install the package again"): "of a version without a posterior",
    ("scenario/schema.py", "for example posterior"): _PYTHON,
    ("storage/same_scenarios.py", "compare all scenarios"): "of a finished study: tests/report/test_study_section.py",
    ("cli/calibrate.py", "pip install"): "of a package that is missing: tests/calibration/test_calibrate_command.py",
    ("cli/calibrate.py", "install a release"): "of a version without a posterior",
    ("cli/validate.py", "make one with"): "of a version without a posterior",
    ("agents/agent_simulation.py", ""): _PYTHON,
    ("agents/batch.py", ""): _PYTHON,
    ("agents/override_checks.py", ""): _PYTHON,
    ("experiments/running/arguments.py", ""): _PYTHON,
    ("analysis/outcomes/own.py", ""): _OWN_OUTCOME,
    ("experiments/running/own_outcomes.py", ""): _OWN_OUTCOME,
    ("experiments/running/run_arrays.py", ""): _OWN_OUTCOME,
    ("experiments/running/panel.py", ""): _OWN_OUTCOME,
    ("experiments/sweep/folder.py", "undo the change, or begin another"): _OWN_OUTCOME,
    ("scenario/plugins.py", "write them into my_study.py"): _OWN_OUTCOME,
    ("reading/numbers.py", "for example"): _PYTHON,
    ("agents/population.py", ""): _PYTHON,
    ("agents/trust.py", ""): _PYTHON,
    ("analysis/economics/discount_sets.py", ""): _PYTHON,
    ("world/building/export.py", "did you mean"): _PYTHON,
    ("cli/shared/prepare.py", "for example --out results/first"): _RIGHTS,
    ("deliver/outbox.py", "for example --out report"): _RIGHTS,
    ("experiments/sweep/folder.py", "for example --out results/first"): _RIGHTS,
    ("evidence/checks.py", ".yaml'"): _NAMES,
    ("evidence/reading.py", ".yaml'"): _NAMES,
    ("scenario/template.py", "change to a folder"): _RIGHTS,
    ("cli/shared/last_handler.py", "choose a shorter one"): "what no reader told first: tests/cli/test_last_handler.py",
    ("cli/shared/last_handler.py", "remove the link"): "what no reader told first: tests/cli/test_last_handler.py",
    ("cli/shared/last_handler.py", "change the permissions"): "of the last handler: tests/cli/test_last_handler.py",
    ("storage/folder.py", "for example --out results/first"): "of /proc and the like: tests/cli/test_overwriting.py",
    ("experiments/study/design_files.py", ""): _DAMAGE,
    ("experiments/sweep/folder.py", "restore the folder"): _DAMAGE,
    ("experiments/sweep/read.py", "mend it"): _DAMAGE,
    ("storage/manifest.py", "run its command again"): _DAMAGE,
    ("storage/stored_results.py", "run its command again"): _DAMAGE,
    ("experiments/sweep/dask_executor.py", ""): "of workers on other machines: tests/experiments/test_sweep.py",
    (
        "experiments/sweep/folder.py",
        "install that version",
    ): "of a package that changed: tests/experiments/test_sweep.py",
    (
        "experiments/sweep/folder.py",
        "load the function as it was",
    ): "tests/experiments/test_own_responses.py follows it",
    ("mechanisms/responses.py", "write all of it"): "of code that is loaded once: tests/mechanisms/test_responses.py",
    ("mechanisms/responses.py", "name the file"): _PYTHON,
    ("report/files/pdf.py", ""): "of a machine without a browser: tests/deliver/test_rebuild.py",
    ("experiments/running/runner.py", "progress=True"): "of a call in Python: tests/levers/test_ranges.py",
    ("report/notebook/plots.py", ""): "of a call in Python: tests/report/test_notebook.py",
    ("world/building/over_time.py", "layer_in"): "of Python alone: tests/month/test_ties_over_time.py",
    ("world/building/export.py", "world_in"): "of Python alone: tests/month/test_ties_over_time.py",
    ("world/building/layers.py", "set nearest"): "takes a world of fifty million ties",
}


@pytest.mark.slow
def test_every_suggestion_has_a_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, case in enumerate(CASES):
        if case.name in MADE_HERE:
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        prepare(case, folder, capsys)
        call(case.words, capsys)
    excused = {
        advice
        for advice in all_advice()
        for file, text in UNPROVOKED
        if advice.file == file and text in advice.text.replace("\\", "")
    }
    # suggestions that no case provokes yet: a list to shorten; what is new needs a case, what has one leaves the list
    waiting = set(Path(__file__).with_name("advice_without_case.txt").read_text(encoding="utf-8").splitlines())
    missing = [
        advice.name
        for advice in all_advice()
        if advice not in SEEN and advice not in excused and advice.name not in waiting
    ]
    lacking = {advice.name for advice in all_advice() if advice not in SEEN and advice not in excused}
    stale = sorted(waiting - lacking)
    assert (missing, stale) == ([], []), "\n".join(["no case:", *missing, "no longer without a case:", *stale])
