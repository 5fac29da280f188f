"""The built site in a real browser, from its files: nothing asked of a network, nothing for axe, search works.

Needs what ``make docs`` makes, and Chromium and axe-core as the other tests of pages; skipped without them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.app_browser import RULES, browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.integration

SITE = Path(__file__).parents[2] / "build" / "site"
PAGES = [
    "docs/index.html",
    "README.html",
    "docs/model.html",
    "docs/tutorials/lever.html",
    "docs/api/running.html",
]
needs_site = pytest.mark.skipif(not (SITE / "searchindex.js").exists(), reason="the site is not built: make docs")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@needs_site
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_ask_nothing_and_axe_finds_nothing(chromium: Browser, width: int, scheme: str) -> None:
    axe = os.environ.get("AXE_CORE_JS")
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        for name in PAGES:
            page.goto((SITE / name).as_uri())
            page.wait_for_load_state()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            if axe:
                page.evaluate(Path(axe).read_text(encoding="utf-8"))
                found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
                assert [(name, fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
    finally:
        context.close()
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
    assert len(asked) > len(PAGES)


@needs_site
def test_search_finds_a_name_without_a_server(chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto((SITE / "docs" / "index.html").as_uri())
    page.fill("input[name=q]", "compare_outcomes")
    page.keyboard.press("Enter")
    found = page.locator("#search-results a").first
    found.wait_for(timeout=20_000)
    assert "compare_outcomes" in found.inner_text()
    page.close()
