"""The documents say what is so: commands exist, links resolve, examples run, printed figures are up to date."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.main import get_command

from diffusion.cli.app import app
from diffusion.month.phases import PHASES
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import check_floors  # noqa: E402
import update_docs  # noqa: E402

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
#: where a machine keeps things: nothing of it belongs into a document
MACHINE_PATH = re.compile(r"(?<![\w.~$/])/(?:home|root|work|tmp|Users|mnt|opt|var)\b")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def example(name: str) -> str:
    """Return the fenced block of the README that is marked as this example."""
    return README.split(f"<!-- example: {name} -->\n```")[1].split("\n", 1)[1].split("\n```")[0]


def commands(text: str) -> list[list[str]]:
    """Return every ``diffusion ...`` of a document, in fences, indented lines or backticks, as words."""
    found = [line.strip() for line in text.splitlines() if line.startswith("    ")]
    found += CODE.findall(text)
    found = [line.removeprefix(".venv/bin/") for line in found]
    return [shlex.split(line) for line in found if line.startswith("diffusion ")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    targets = [target for target, _ in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_document_names_a_path_of_a_machine(path: Path) -> None:
    assert MACHINE_PATH.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_commands_and_their_options_exist(path: Path) -> None:
    for words in commands(path.read_text(encoding="utf-8")):
        command = get_command(app)
        rest = words[1:]
        while rest and hasattr(command, "commands") and not rest[0].startswith("-"):
            assert rest[0] in command.commands, words
            command, rest = command.commands[rest[0]], rest[1:]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        used = {word.split("=")[0] for word in rest if word.startswith("-")}
        assert used <= known, words


def test_the_readme_names_every_command() -> None:
    for name in get_command(app).commands:  # type: ignore[attr-defined]
        assert f"`diffusion {name}" in README, name


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in DOCUMENTS:
        for target in re.findall(r"(?:`|^    )make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{name_of(path)}: make {target}"


@pytest.mark.parametrize(
    "path", [ROOT / "docs" / "architecture.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))], ids=name_of
)
def test_files_named_exist(path: Path) -> None:
    """Names with a folder, such as mechanisms/pilot.py, are of the package or of the repository."""
    for part in CODE.findall(path.read_text(encoding="utf-8")):
        if re.fullmatch(r"[\w./-]+/[\w.-]*", part) and not part.startswith((".", "~", "$")):
            assert (ROOT / "src" / "diffusion" / part).exists() or (ROOT / part).exists(), part


@pytest.mark.parametrize("name", ["examples/ten_line_lever.py", "examples/cautious_trust.py"])
def test_code_in_the_readme_is_that_of_the_examples(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in example(name).splitlines() if line not in lines] == []


def test_the_scenario_in_the_readme_loads(tmp_path: Path) -> None:
    path = tmp_path / "my-option.yaml"
    path.write_text(example("scenario"), encoding="utf-8")
    scenario = load_scenario(str(path))
    written = yaml.safe_load(path.read_text())
    assert scenario.levers["local-first"].strength == written["levers"]["local-first"]["strength"]
    assert set(scenario.levers) == {"ahsn-support", "local-first"}


def test_the_python_in_the_readme_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "example.py"
    script.write_text(example("python"), encoding="utf-8")
    runpy.run_path(str(script))
    first = capsys.readouterr().out.splitlines()[0]
    assert np.isfinite(float(first))


def test_counts_in_the_documents() -> None:
    from diffusion.mechanisms.parameters import all_parameters

    parameters = all_parameters()
    assumed = sum(row.grade == "C" for row in parameters)
    assert f"Of {len(parameters)} parameters of the mechanisms, {assumed} are of grade C" in README
    assert f"{assumed} of the {len(parameters)} parameters" in (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
    assert f"{len(PHASES)} phases" in ARCHITECTURE


def test_the_table_of_rooms_is_up_to_date() -> None:
    """If not: python scripts/update_docs.py."""
    assert update_docs.between(ARCHITECTURE, "floors").strip() == check_floors.table(check_floors.uses())


def test_the_figures_in_the_readme_are_those_of_this_model() -> None:
    """If not: python scripts/update_docs.py --demo, and a line under "Results changed" in the changelog."""
    import results_digest

    assert update_docs.DEMO in README
    assert update_docs.TODAY in README
    assert results_digest.digest() in update_docs.between(README, "digest")
