"""The page in a real browser, from a file and without a network: nothing asked for, nothing for axe to complain about.

Needs Chromium (or Chrome, Edge) and axe-core: ``npm install --prefix DIR axe-core``, then
``AXE_CORE_JS=DIR/node_modules/axe-core/axe.min.js``. Without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest

from diffusion.analysis.regions.tables import RegionTables, region_data
from diffusion.analysis.results.compare import compare_outcomes
from diffusion.errors import InputError
from diffusion.experiments.running.runner import compare
from diffusion.experiments.searches.why import Explained
from diffusion.report.brief.facts import brief_of
from diffusion.report.brief.summary import render_summary
from diffusion.report.files import pdf
from diffusion.report.pages.result_page import render_page
from diffusion.report.reasons.why_section import why_note, why_parts
from diffusion.report.regions.region_page import render_region
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.reproduction import Reproduction
from diffusion.scenario.load import load_scenario
from diffusion.storage.departures import Told
from diffusion.world.regions import Region, find_region, groups_of
from support.made_reasons import made
from support.synthetic_results import four_options

pytestmark = pytest.mark.integration

REPRODUCTION = Reproduction("diffusion compare a b", "nhs-diffusion 0", "", (("Baseline", "0" * 64),), ())
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = 390, 1280

browser = pdf.find_browser()
needs_browser = pytest.mark.skipif(browser is None, reason="no Chromium, Chrome or Edge is installed")


@pytest.fixture(scope="module")
def page() -> str:
    tables = four_options(12, months=36, n_trusts=60, n_innovations=6)
    comparison = compare_outcomes(tables)
    found = Explained((made(attention=(0.6, 0.05, "C"), payment=(0.03, 0.3, "A"), ties=(-0.2, 0.05, "")),), 7, 3)
    parts = why_parts(found, comparison, scenario_labels(tables))
    return render_page(tables, comparison, REPRODUCTION, why=parts, why_note=why_note(found))


@pytest.fixture(scope="module")
def region_pages() -> list[str]:
    """Pages of an AHSN, an ICS and a list of trusts, from runs of a small world."""
    small = "world={synthetic: {england_like: true, n_trusts: 60, n_innovations: 5, kind: mix}}"
    scenarios = [load_scenario(name, [small, "months=30"]) for name in ("baseline", "baseline+local-first")]
    results = compare(scenarios, 42, 1, by_trust=True)
    comparison = compare_outcomes(results)
    groups = groups_of(results[0].world)
    listed = Region("mine", "mine", "trusts", "", results[0].world.trusts.codes[:4])
    chosen = [groups[0], next(group for group in groups if group.grouping == "ics"), listed]
    return [
        render_region(
            region,
            [RegionTables(result, region, region_data(result, region)) for result in results],
            results,
            comparison,
            REPRODUCTION,
        )
        for region in chosen
    ]


@pytest.fixture(scope="module")
def pages_of_worlds() -> dict[str, str]:
    """Pages on the world of 2025, of a board that goes on in another, and of trusts that merge; what each must hold."""
    pages = {}
    for of in (["england-2025", "networks-end-2028"], ["england-2015-2025"]):
        results = compare([load_scenario(name, ["months=40"]) for name in of], 12, 1, by_trust=True)
        comparison = compare_outcomes(results)
        pages[of[0]] = render_page(results, comparison, REPRODUCTION)
        if of[0] == "england-2025":
            region = find_region("QXU", results[0].world)
            own = [RegionTables(result, region, region_data(result, region)) for result in results]
            pages["a board"] = render_region(region, own, results, comparison, REPRODUCTION)
    return pages


def opened(text: str, folder: Path, width: int) -> str:
    """Return the outer document after the page's scripts have run in a frame ``width`` CSS pixels wide.

    Without a display the browser grants no window narrower than 500 pixels; a frame may be narrower.
    """
    assert browser is not None
    frame = f'<iframe title="page" style="border:0" width="{width}" height="2000" srcdoc="{escape(text)}"></iframe>'
    outer = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"></head><body>{frame}</body></html>'
    (folder / "page.html").write_text(outer, encoding="utf-8")
    command = pdf.headless(
        browser,
        folder / f"profile{width}",
        "--virtual-time-budget=60000",
        "--window-size=1400,2100",
        "--dump-dom",
        (folder / "page.html").as_uri(),
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
    return done.stdout


def with_script(page: str, *scripts: str) -> str:
    return page.replace("</body>", "".join(f"<script>{script}</script>" for script in scripts) + "</body>")


def answer(document: str) -> dict:
    found = re.search(r'data-found="([^"]*)"', document)
    assert found, f"the browser gave no answer: {document[-500:]}"
    return json.loads(unescape(found[1]))


def axe_source() -> str:
    stated = os.environ.get("AXE_CORE_JS")
    if not stated:
        pytest.skip("AXE_CORE_JS does not name axe.min.js of the npm package axe-core")
    return Path(stated).read_text(encoding="utf-8").replace("</script", "<\\/script")


RUN_AXE = """
axe.run(document, {runOnly: {type: 'tag', values: %s}, resultTypes: ['violations']}).then(r => {
  top.document.documentElement.setAttribute('data-found', JSON.stringify({
    violations: r.violations.map(v => ({id: v.id, nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))})),
    passes: r.passes.length}));
});
"""


@needs_browser
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing(page: str, tmp_path: Path, width: int) -> None:
    script = RUN_AXE % json.dumps(RULES)
    whole = page.replace("<details>", "<details open>")
    found = answer(opened(with_script(whole, axe_source(), script), tmp_path, width))
    assert found["passes"] > 20
    assert found["violations"] == []


@needs_browser
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_pages_of_regions_are_readable_too(region_pages: list[str], tmp_path: Path, width: int) -> None:
    for number, region_page in enumerate(region_pages):
        folder = tmp_path / str(number)
        folder.mkdir()
        measured = answer(opened(with_script(region_page, MEASURE), folder, width))
        assert measured["requests"] == []
        assert measured["wide"] <= measured["width"]
        assert measured["figures"] >= 4
        found = answer(opened(with_script(region_page, axe_source(), RUN_AXE % json.dumps(RULES)), folder, width))
        assert found["passes"] > 15
        assert found["violations"] == []


@needs_browser
@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("england-2025", "No series of adoption in this world"),
        ("a board", "became part of Surrey and Sussex"),
        ("england-2015-2025", 'id="mergers"'),
    ],
)
def test_pages_of_other_worlds_are_readable_too(
    pages_of_worlds: dict[str, str], name: str, holds: str, tmp_path: Path
) -> None:
    whole = pages_of_worlds[name].replace("<details>", "<details open>")
    assert holds in whole.replace("\u00a0", " ")
    found = answer(opened(with_script(whole, axe_source(), RUN_AXE % json.dumps(RULES)), tmp_path, DESK))
    assert found["passes"] > 15
    assert found["violations"] == []
    measured = answer(opened(with_script(whole, MEASURE), tmp_path, PHONE))
    assert measured["requests"] == []
    assert measured["wide"] <= measured["width"]


@needs_browser
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_axe_finds_nothing_in_the_summary(tmp_path: Path, width: int) -> None:
    tables = four_options(12, months=36, n_trusts=60, n_innovations=6)
    comparison = compare_outcomes(tables)
    brief = brief_of(tables, comparison, REPRODUCTION, [Told()] * 4, None)
    summary = render_summary(tables, comparison, brief)
    found = answer(opened(with_script(summary, axe_source(), RUN_AXE % json.dumps(RULES)), tmp_path, width))
    assert found["passes"] > 15
    assert found["violations"] == []
    measured = answer(opened(with_script(summary, MEASURE), tmp_path, width))
    assert measured["requests"] == []
    assert measured["wide"] <= measured["width"]


@needs_browser
def test_axe_would_find_a_fault(page: str, tmp_path: Path) -> None:
    broken = re.sub(r' role="img" aria-labelledby="[^"]*"', ' role="img"', page, count=1)
    broken = re.sub(r"<title id=.*?</title><desc id=.*?</desc>", "", broken, count=1)
    broken = broken.replace("color: #4d4d4d", "color: #bbbbbb")
    found = answer(opened(with_script(broken, axe_source(), RUN_AXE % json.dumps(RULES)), tmp_path, DESK))
    assert {"svg-img-alt", "color-contrast"} <= {violation["id"] for violation in found["violations"]}


MEASURE = """
top.document.documentElement.setAttribute('data-found', JSON.stringify({
  requests: performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('data:')),
  width: window.innerWidth, wide: document.documentElement.scrollWidth,
  figures: [...document.querySelectorAll('figure svg')].filter(s => s.getBoundingClientRect().width > 200).length,
  text: document.body.innerText.length}));
"""


@needs_browser
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_page_asks_for_nothing_and_fits_its_window(page: str, tmp_path: Path, width: int) -> None:
    whole = page.replace("<details>", "<details open>")
    found = answer(opened(with_script(whole, MEASURE), tmp_path, width))
    assert found["requests"] == []
    assert abs(found["width"] - width) <= 20  # a scroll bar at most
    assert found["wide"] <= found["width"]
    assert found["figures"] >= 20
    assert found["text"] > 5_000


@needs_browser
def test_the_page_prints_with_everything_unfolded(page: str, tmp_path: Path) -> None:
    pdf.print_pdf(page, tmp_path / "report.pdf")
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    pages = max(int(count) for count in re.findall(rb"/Count (\d+)", content))
    folded = page.replace("<details>", "<details data-folded>")
    pdf.print_pdf(re.sub(r"details::details-content \{[^}]*\}", "", folded), tmp_path / "folded.pdf")
    fewer = max(int(count) for count in re.findall(rb"/Count (\d+)", (tmp_path / "folded.pdf").read_bytes()))
    assert pages > fewer >= 5


def test_without_a_browser_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pdf, "_MAC", ())
    with pytest.raises(InputError, match="Microsoft Edge"):
        pdf.print_pdf("<p>text</p>", tmp_path / "x.pdf")
    assert not (tmp_path / "x.pdf").exists()
    monkeypatch.setenv(pdf.VARIABLE, "no-such-browser")
    with pytest.raises(InputError, match="no-such-browser"):
        pdf.browser_or_error()


def test_edge_is_found_where_windows_keeps_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    monkeypatch.setattr(pdf, "_WINDOWS", ("Edge/msedge.exe",))
    (tmp_path / "Edge").mkdir()
    (tmp_path / "Edge" / "msedge.exe").write_text("")
    assert pdf.find_browser() == tmp_path / "Edge" / "msedge.exe"
