"""Pictures of the pages of ``diffusion app`` for docs/app.md: `python scripts/app_pictures.py [FOLDER]`.

Starts the server on a folder of its own, walks the pages in an installed Chromium and writes small PNG files. Needs
Playwright (of the development requirements).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from diffusion.report.files.pdf import browser_or_error

FOLDER = Path(__file__).parents[1] / "docs" / "app"
WIDTH, HEIGHT = 1000, 720


def picture(page: Page, folder: Path, name: str) -> None:
    """Write the part of a page that a window shows."""
    path = folder / f"{name}.png"
    page.screenshot(path=str(path))
    _smaller(path)


def _smaller(path: Path) -> None:
    """Store a picture with a palette: pages have few colours."""
    from PIL import Image

    Image.open(path).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def walk(page: Page, address: str, folder: Path) -> None:
    """Ask a ready question, and take pictures on the way."""
    page.goto(address)
    picture(page, folder, "start")
    page.click("button[value=demo]")
    page.wait_for_url("**/ask/*")
    picture(page, folder, "question")
    page.click("#run")
    page.wait_for_url("**/jobs/*")
    page.wait_for_selector("table svg")  # numbers with intervals
    picture(page, folder, "running")
    page.wait_for_url("**/results/*", timeout=300_000)
    page.wait_for_load_state("networkidle")
    picture(page, folder, "result")
    page.goto(address.partition("?")[0] + "studies")
    picture(page, folder, "studies")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        command = [sys.executable, "-P", "-m", "diffusion", "app", "--root", f"{place}/results", "--no-browser"]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
            sync_playwright() as playwright,
        ):
            assert server.stdout is not None
            while not (found := re.search(r"http\S+key=\w+", server.stdout.readline())):
                continue
            root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=str(browser_or_error()), args=root)
            walk(browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}), found[0], folder)
            browser.close()
            server.terminate()


if __name__ == "__main__":
    main()
