"""What stands beside every answer: of what time the world is, what is behind the parameters, and what is counted."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pptx import Presentation
from rich.console import Console

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.levers.registry import all_levers
from diffusion.paths import DATA
from diffusion.report.brief.facts import brief_of
from diffusion.report.brief.slides import write_slides
from diffusion.report.brief.summary import render_summary
from diffusion.report.pages.result_page import render_page
from diffusion.report.terminal.comparison_table import print_comparison
from diffusion.report.words.limits import cautions
from diffusion.report.words.reproduction import Reproduction
from diffusion.storage.departures import Told
from diffusion.world.facts import read_facts
from support.synthetic_results import SyntheticResults, SyntheticScenario, england, synthetic

pytestmark = pytest.mark.unit

REPRODUCTION = Reproduction("diffusion compare a b", "nhs-diffusion 0", "", (("Baseline", "0" * 64),), ())
TODAY = read_facts(DATA / "worlds" / "england-2025")


def results(number: int, start: str = "2025-04", **changed: object) -> list[SyntheticResults]:
    world = england(40, n_innovations=5)
    world = SimpleNamespace(**{**vars(world), "facts": TODAY, "name": "england-2025", **changed})
    names = ["today", "today+tariff", "today+test-beds"][:number]
    found = []
    for name in names:
        scenario = SyntheticScenario(name, start=start, months=60, policy_start="2017-07", drawn=True)
        found.append(synthetic(world, scenario, replicates=42, gain=0.1 if "+" in name else 0.0))
    return found


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", page)).replace("\u00a0", " ").split())


def page_of(tables: list[SyntheticResults]) -> str:
    return words(render_page(tables, compare_outcomes(tables), REPRODUCTION))


def said_everywhere(tables: list[SyntheticResults], folder: Path) -> dict[str, str]:
    """Return the words of the answer on the page, of the one page, of the first slide, and of the terminal."""
    comparison = compare_outcomes(tables)
    brief = brief_of(tables, comparison, REPRODUCTION, [Told((), {})] * len(tables), None)
    write_slides(tables, comparison, brief, folder / "a.pptx")
    console = Console(width=10_000, record=True, file=(folder / "out.txt").open("w"))
    print_comparison(console, tables, comparison)
    page = render_page(tables, comparison, REPRODUCTION)
    answer = re.search(r'<section class="answer".*?</section>', page, re.DOTALL)
    first = Presentation(str(folder / "a.pptx")).slides[0]
    found = {
        "page": "" if answer is None else answer[0],
        "one page": render_summary(tables, comparison, brief),
        "slide": "\n".join(shape.text_frame.text for shape in first.shapes if shape.has_text_frame),
        "terminal": console.export_text(),
    }
    return {name: words(text) for name, text in found.items()}


@pytest.mark.parametrize("number", [1, 2])
def test_that_no_series_of_the_world_stands_behind_it_is_said_beside_every_answer(number: int, tmp_path: Path) -> None:
    said = "No series of adoption in this world (England, April 2025) stands behind the parameters"
    for outlet, text in said_everywhere(results(number), tmp_path).items():
        assert said in text, outlet


@pytest.mark.parametrize("number", [1, 2])
def test_a_start_outside_the_dates_of_the_world_is_said_beside_every_answer(number: int, tmp_path: Path) -> None:
    for outlet, text in said_everywhere(results(number, start="2015-07"), tmp_path).items():
        assert "in July 2015, but the trusts are those of April 2025" in text, outlet


def test_a_world_with_series_of_its_own_that_starts_in_time_has_no_caution() -> None:
    known = england(40, n_innovations=5)
    assert cautions(results(2, start="2015-07", facts=known.facts, name="england-2017")) == []
    late = cautions(results(1, start="2025-04", facts=known.facts, name="england-2017"))
    assert late[1:] == []
    assert "policies that state no start begin in July 2017: set policy_start too" in late[0]


def test_what_is_drawn_in_common_is_named_where_intervals_are_explained() -> None:
    assert "50 % of the variance that tells innovations apart is drawn in common" in page_of(results(2))
    same = TODAY.model_copy(update={"traits_shared": 0.0})
    assert "variance that tells innovations apart" not in page_of(results(2, facts=same))


def test_the_page_counts_the_innovations_that_its_shares_are_of() -> None:
    """Slots for what is born in a run are no innovations of the portfolio."""
    tables = results(2)
    names = vars(tables[0].world.innovations)
    born = SimpleNamespace(**{**names, "ids": (*names["ids"][:3], "arrival-000", "spin-out-000")})
    world = SimpleNamespace(**{**vars(tables[0].world), "innovations": born})
    tables = [replace(table, world=world) for table in tables]
    comparison = compare_outcomes(tables)
    text = page_of(tables)
    assert "over all 3 innovations that are there from the start" in text
    assert "Those born in the run are in no share" in text
    brief = brief_of(tables, comparison, REPRODUCTION, [Told((), {})] * 2, None)
    assert ", 3 innovations;" in dict(brief.again)["Data"]
    assert "born in the run" not in page_of(results(2))


def test_levers_on_assumed_strengths_are_counted() -> None:
    levers = [lever for lever in all_levers().values() if lever.__module__.startswith("diffusion.")]
    assumed = int(np.sum([lever.grade == "C" for lever in levers]))
    text = page_of(results(2))
    assert f"{assumed} of the {len(levers)} policy levers rest on assumed strengths" in text
