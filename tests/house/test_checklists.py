"""Checklists that are filled in: complete, and every answer points to something that is there; metadata agree."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

#: the items of STRESS-ABS (Monks and others 2019)
STRESS = {
    "1.1",
    "1.2",
    "1.3",
    "2.1",
    "2.2",
    "2.3",
    "2.4",
    "2.5.1",
    "2.5.2",
    "2.5.3",
    "2.5.4",
    "3.1",
    "3.2",
    "3.3",
    "3.4",
} | {
    "4.1",
    "4.2",
    "4.3",
    "5.1",
    "5.2",
    "5.3",
    "5.4",
    "6.1",
}
#: criteria by level of the NHS RAP framework
CRITERIA = {"Baseline": 5, "Silver": 9, "Gold": 4}


def rows(path: Path) -> list[list[str]]:
    """Return the cells of the rows of all tables of a document, without heads, rules and captions of sections."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = [place - 1 for place, row in enumerate(cells) if set(row[0]) <= set("-")]
    return [row for place, row in enumerate(cells) if place not in heads and place - 1 not in heads and any(row[1:])]


def places(text: str) -> list[Path]:
    """Return what links and names of files in backticks of a cell stand for."""
    links = [DOCS / target for target in re.findall(r"\]\(([^)#]+)", text)]
    return links + [ROOT / name for name in re.findall(r"`([\w./-]+)`", text)]


@pytest.mark.parametrize("name", ["stress-abs", "nhs-rap", "odd"])
def test_every_answer_points_to_a_file(name: str) -> None:
    found = rows(DOCS / f"{name}.md")
    assert len(found) > 17
    for row in found:
        where = places(row[-1])
        assert where, f"{row[0]}: points nowhere"
        known = [path for path in where if path.exists()]
        assert known, f"{row[0]}: nothing of what it names is there"
        assert all(path.exists() for path in where if "/" in path.name or path.suffix in (".py", ".md")), row[0]


def test_stress_has_all_items() -> None:
    assert [row[0].split()[0] for row in rows(DOCS / "stress-abs.md")] == sorted(STRESS)


def test_levels_have_all_criteria_each_met_or_not() -> None:
    sections = re.split(r"^## ", (DOCS / "nhs-rap.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [section.split()[0] for section in sections] == list(CRITERIA)
    found = rows(DOCS / "nhs-rap.md")
    assert len(found) == sum(CRITERIA.values())
    assert {row[1] for row in found} <= {"met", "partly met", "**not met**"}


def test_codemeta_says_what_the_project_says() -> None:
    meta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    assert meta["@context"] == "https://w3id.org/codemeta/3.0"
    assert meta["@type"] == "SoftwareSourceCode"
    assert (meta["identifier"], meta["version"], meta["description"]) == tuple(
        PROJECT[key] for key in ("name", "version", "description")
    )
    assert meta["license"] == f"https://spdx.org/licenses/{PROJECT['license']}"
    assert meta["keywords"] == PROJECT["keywords"]
    assert meta["runtimePlatform"] == f"Python {PROJECT['requires-python']}"
    for key in ("readme", "buildInstructions", "continuousIntegration"):
        assert (ROOT / meta[key]).exists(), key


def test_codemeta_uses_terms_of_its_context_only() -> None:
    """Terms of CodeMeta 3.0 for source code, those used here and those one may want to add."""
    terms = {
        "@context",
        "@type",
        "name",
        "identifier",
        "description",
        "version",
        "license",
        "author",
        "programmingLanguage",
        "runtimePlatform",
        "operatingSystem",
        "keywords",
        "applicationCategory",
        "developmentStatus",
        "readme",
        "buildInstructions",
        "softwareHelp",
        "continuousIntegration",
        "isAccessibleForFree",
        "codeRepository",
        "dateModified",
        "datePublished",
        "issueTracker",
        "softwareRequirements",
        "referencePublication",
        "funder",
    }
    meta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    assert set(meta) <= terms


def test_the_citation_says_the_same_and_names_nobody() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    meta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in meta["author"]]
    assert {author["@type"] for author in meta["author"]} == {"Organization"}
