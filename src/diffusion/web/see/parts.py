"""A page of the report taken apart, so that its sections stand in the layout of the app: the same text, to the letter.

Long parts that a reader must unfold are taken out and come when they are unfolded; whoever has no scripts gets all at
once.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from diffusion.web.see.seen import HERE

_DETAILS = re.compile(r"<details\b[^>]*>|</details>")
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_REGION = re.compile(r'href="region-([^"/]+)\.html"')
#: letters from which an unfolding part comes when it is unfolded
_LONG = 2_500


class Parts(NamedTuple):
    """``head`` is what stands above the sections, ``contents`` the links to them, ``main`` the sections.

    ``short`` is ``main`` without the long ``folded`` parts, which have a place in it each.
    """

    head: str
    contents: str
    main: str
    short: str
    folded: list[str]


def cut(page: str) -> Parts:
    """Return the parts of a page of the report."""
    head = _between(page, "<header>", "</header>")
    after = page[page.index("</header>") + len("</header>") : page.index("<main>")]
    main = _linked(_between(page, "<main>", "</main>"))
    short, folded = fold(main)
    return Parts(_linked(head), after.strip(), main, short, folded)


def fold(main: str, sheet: str = "page") -> tuple[str, list[str]]:
    """Return ``main`` with its long unfolding parts taken out, and those."""
    found: list[tuple[int, int]] = []
    depth, begin = 0, 0
    for tag in _DETAILS.finditer(main):
        if tag[0].startswith("</"):
            depth -= 1
            if depth == 0 and tag.end() - begin >= _LONG:
                found.append((begin, tag.end()))
        else:
            if depth == 0:
                begin = tag.start()
            depth += 1
    short, folded, at = [], [], 0
    for begin, end in found:
        part = main[begin:end]
        summary = _SUMMARY.search(part)
        if summary is None:
            continue
        short += [
            main[at:begin],
            f'<details hx-get="{HERE}parts/{len(folded)}" hx-trigger="toggle once" hx-target="find .part">{summary[0]}'
            f'<div class="part" aria-live="polite"><a href="{HERE[:-1]}?whole=1">Show all of this page</a></div></details>',
        ]
        folded.append(part[summary.end() : -len("</details>")])
        at = end
    return "".join([*short, main[at:]]), folded


def _between(text: str, begin: str, end: str) -> str:
    at = text.index(begin) + len(begin)
    return text[at : text.index(end, at)].strip()


def _linked(text: str) -> str:
    """Return a text with links to pages of this app in the place of files beside the page."""
    text = _REGION.sub(rf'href="{HERE}regions/\1"', text)
    return text.replace('href="index.html"', f'href="{HERE[:-1]}"')
