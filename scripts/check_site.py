"""Hold the built site to what is promised of it: no link leads nowhere, and no page asks a network for anything.

    python scripts/check_site.py build/site

Links are followed to files and to places in them, in pages and style sheets. Links to other sites are for readers to
follow and are not tried; a script, style, picture or font of another site is a fault.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: tags whose address a browser fetches by itself -> the attribute
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
}
#: relations of <link> that a browser does not fetch
NOT_FETCHED = {"canonical", "next", "prev", "index", "search", "genindex", "author", "license", "help", "contents"}
_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


class Page(HTMLParser):
    """What a page links to, what it fetches, which places it has, its language and title."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.places: set[str] = set()
        self.language, self.titled = "", False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places |= {given[name] for name in ("id", "name") if name in given}
        if tag == "html":
            self.language = given.get("lang", "")
        self.titled |= tag == "title"
        if tag in FETCHED and FETCHED[tag] in given:
            self.fetched.append(given[FETCHED[tag]])
        elif tag == "link" and "href" in given:
            fetched = not set(given.get("rel", "").split()) <= NOT_FETCHED
            (self.fetched if fetched else self.links).append(given["href"])
        elif tag in ("a", "area") and "href" in given:
            self.links.append(given["href"])
        self.fetched += [first or second for first, second in _STYLE.findall(given.get("style", ""))]


def faults(site: Path) -> list[str]:
    """Return what is wrong, a line for each fault, in the order of pages."""
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    found: list[str] = [] if pages else [f"{site}: no pages"]
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        if not page.language or not page.titled:
            found.append(f"{name}: no language or no title")
        for link in page.fetched + page.links:
            fault = _fault(link, path, pages, fetched=link in page.fetched)
            if fault:
                found.append(f"{name}: {fault}: {link}")
    for path in sorted(site.rglob("*.css")):
        for first, second in _STYLE.findall(path.read_text(encoding="utf-8")):
            fault = _fault(first or second, path.resolve(), pages, fetched=True)
            if fault:
                found.append(f"{path.relative_to(site).as_posix()}: {fault}: {first or second}")
    return found


def _fault(link: str, path: Path, pages: dict[Path, Page], fetched: bool) -> str | None:
    parts = urlsplit(link)
    if parts.scheme in ("data", "mailto"):
        return None
    if parts.scheme or parts.netloc:
        return "asks another site" if fetched else None
    to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not to.is_file():
        return "leads nowhere"
    if parts.fragment and to in pages and unquote(parts.fragment) not in pages[to].places:
        return "leads to no place of the page"
    return None


def main() -> None:
    """Print the faults and leave with 1 if there are any."""
    found = faults(Path(sys.argv[1]))
    print("\n".join(found) or "no link leads nowhere, and nothing is asked of another site")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
