"""The page as PDF, printed by a browser that is installed: Chromium, Chrome or Edge, without a window or a network."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from diffusion.errors import InputError
from diffusion.processes import run_bound
from diffusion.safe_path import find_program

#: Names on the search path, in the order in which they are tried; DIFFUSION_BROWSER comes before all.
NAMES: tuple[str, ...] = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
    "microsoft-edge-stable",
    "brave-browser",
)
_WINDOWS = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
VARIABLE = "DIFFUSION_BROWSER"
_SECONDS = 120


def find_browser() -> Path | None:
    """Return the program of a browser of the Chromium family, None if there is none."""
    stated = os.environ.get(VARIABLE)
    if stated:
        found = find_program(stated)
        return Path(found) if found else None
    for name in NAMES:
        if found := find_program(name):
            return Path(found)
    folders = [os.environ.get(name) for name in ("PROGRAMFILES(X86)", "PROGRAMFILES", "LOCALAPPDATA")]
    places = [Path(folder) / part for folder in folders if folder for part in _WINDOWS]
    places += [Path(place) for place in _MAC] if sys.platform == "darwin" else []
    return next((place for place in places if place.is_file()), None)


def browser_or_error() -> Path:
    """Return the program of a browser; raises InputError that says what to install or set."""
    found = find_browser()
    if found is None:
        stated = os.environ.get(VARIABLE)
        raise InputError(
            f"there is no program '{stated}'" if stated else "no browser was found that can print a PDF",
            key=VARIABLE if stated else "--pdf",
            expected="Chromium, Google Chrome or Microsoft Edge, which every Windows 10 and 11 has",
            suggestion=f"set {VARIABLE} to its program, or open index.html and print it to PDF",
        )
    return found


def headless(browser: Path, profile: Path, *arguments: str) -> list[str]:
    """Return the command that runs ``browser`` unseen, with a profile of its own and no use of the network."""
    command = [
        str(browser),
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        "--proxy-server=127.0.0.1:9",
        f"--user-data-dir={profile}",
        "--disable-dev-shm-usage",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium refuses to run as root with its sandbox
    return [*command, *arguments]


def print_pdf(page: str, path: Path, name: str = "index.html") -> None:
    """Print the HTML text ``page`` to the PDF file ``path``, all folded parts opened; ``name`` is the page's file.

    Raises
    ------
    InputError
        If there is no browser, or it does not print within two minutes.
    """
    browser = browser_or_error()
    with tempfile.TemporaryDirectory(prefix="diffusion-pdf-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        source, made = folder / "page.html", folder / "page.pdf"
        source.write_text(re.sub(r"<details>", "<details open>", page), encoding="utf-8", newline="\n")
        command = headless(
            browser, folder / "profile", "--no-pdf-header-footer", f"--print-to-pdf={made}", source.as_uri()
        )
        try:
            said = run_bound(command, _SECONDS)
        except TimeoutError as error:
            said = [str(error)]
        if not made.is_file() or made.stat().st_size == 0:
            raise InputError(
                f"{browser.name} did not print the page" + (f": {said[-1][:200]}" if said else ""),
                key="--pdf",
                expected="a browser that runs without a window",
                suggestion=f"open {name} and print it to PDF",
            )
        shutil.copyfile(made, path)
