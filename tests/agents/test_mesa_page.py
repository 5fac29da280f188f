"""The example of Mesa's own page in a real browser, with everything outside of this machine refused.

Skipped where Solara is not installed: it is an extra (``mesa-page``), and in no locked environment.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from diffusion.report.files.pdf import find_browser

pytest.importorskip("solara", reason="Solara is not installed (the extra mesa-page)")

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
#: the first month ever is compiled when the page starts
STARTS_SECONDS, STEPS_MS = 300, 60_000
browser = find_browser()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example's server; its own look at an index for newer versions goes to a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("solara") / "log.txt"
    place = f"http://127.0.0.1:{port}/"
    command = ["solara", "run", str(ROOT / "examples" / "mesa_page.py"), "--host", "127.0.0.1", "--port", str(port)]
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, "--no-open", "--production"],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **nowhere, "no_proxy": "127.0.0.1", "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        try:
            end = time.monotonic() + STARTS_SECONDS
            while not _answers(place):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < end, log.read_text()
                time.sleep(1)
            yield place
        finally:
            server.kill()
            server.wait()


def _answers(place: str) -> bool:
    try:
        with urlopen(place, timeout=20) as page:
            return bool(page.status == 200)
    except (URLError, OSError):
        return False


@pytest.mark.skipif(browser is None, reason="no Chromium, Chrome or Edge is installed")
def test_the_page_steps_without_a_network(address: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    away: list[str] = []
    faults: list[str] = []
    with playwright.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(browser), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 1100})

        def only_here(route: object) -> None:
            url = route.request.url  # type: ignore[attr-defined]
            if url.startswith((address, "data:", "blob:")):
                route.continue_()  # type: ignore[attr-defined]
            else:
                away.append(url)
                route.abort()  # type: ignore[attr-defined]

        page.route("**/*", only_here)
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(address)
        month = page.get_by_text("Month 0 of 120, July 2015: adopter share")
        month.wait_for(timeout=STEPS_MS)
        pictures = page.locator("img[src*='png'], img[src^='data:image'], img[src^='blob:']")
        pictures.nth(1).wait_for(timeout=STEPS_MS)
        assert pictures.count() == 2  # the map of trusts, and curves
        assert all(pictures.nth(i).evaluate("one => one.naturalWidth") > 200 for i in range(2))
        first = [pictures.nth(i).get_attribute("src") for i in range(2)]
        for number in range(1, 6):
            page.get_by_role("button", name="Step", exact=True).click()
            page.get_by_text(f"Month {number} of 120").wait_for(timeout=STEPS_MS)
        time.sleep(1)
        after = [pictures.nth(i).get_attribute("src") for i in range(2)]
        assert all(one != other for one, other in zip(first, after))
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/mesa-page.png", full_page=True)
        page.get_by_role("button", name="Reset", exact=True).click()
        month.wait_for(timeout=STEPS_MS)
        assert page.get_by_text("error", exact=False).count() == 0
        chromium.close()
    assert away == []
    assert faults == []
