"""A browser that is installed, driven by Playwright; every request that it makes is written down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from diffusion.report.files.pdf import find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: CSS pixels: a desk, a phone, and a desk at 400 %
WIDTHS = (1280, 390, 320)


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser of this machine; skip the test where there is none."""
    found = find_browser()
    if found is None:
        pytest.skip("no Chromium, Chrome or Edge is installed")
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    arguments = ["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(found), args=arguments)
        try:
            yield chromium
        finally:
            chromium.close()


@dataclass
class Log:
    """What a context of the browser did: addresses that it asked, words on its console, keys that were pressed."""

    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    pressed: int = 0

    def elsewhere(self) -> list[str]:
        """Return what was asked of any other host than the server."""
        return [each for each in self.asked if urlsplit(each).scheme != "data" and not is_here(each)]


def is_here(address: str) -> bool:
    """Whether an address is of this machine: browsers ask no name server for names in ``.localhost``."""
    host = urlsplit(address).hostname or ""
    return host == "127.0.0.1" or host.endswith(".localhost")


@contextmanager
def visiting(chromium: Browser, width: int = 1280, **given: Any) -> Iterator[tuple[Page, Log]]:
    """Give a page of a fresh context, and the log of all that it does; no other host is ever asked."""
    context: BrowserContext = chromium.new_context(viewport={"width": width, "height": 900}, **given)
    log = Log()
    context.on("request", lambda request: log.asked.append(request.url))
    context.on("console", lambda message: log.said.append(message.text))
    context.on("weberror", lambda error: log.said.append(str(error.error)))
    try:
        yield context.new_page(), log
    finally:
        context.close()
    assert not log.elsewhere(), log.elsewhere()


def press(page: Page, log: Log, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        log.pressed += 1


def focused(page: Page) -> str:
    """Return the text of what has the focus."""
    return str(page.evaluate("(document.activeElement.textContent || '').trim().replace(/\\s+/g, ' ')"))


def faults_of(page: Page) -> list[str]:
    """Return what axe finds, and whether the page must be scrolled sideways."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("() => document.fonts.ready")
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]})
    faults = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found.response["violations"] if fault["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        faults.append(f"{wide} pixels wider than the window: {widest(page)}")
    if page.locator("h1").count() != 1:
        faults.append(f"{page.locator('h1').count()} first headings")
    return faults


def widest(page: Page) -> str:
    """Return an element that reaches out of the window."""
    return str(page.evaluate(_WIDEST))


_WIDEST = """() => [...document.querySelectorAll('main *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll'))
  .map(e => e.outerHTML.slice(0, 100)).slice(0, 2).join(' | ')"""
