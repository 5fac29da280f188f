"""A page of the report taken apart, so that its sections stand in the layout of the app: the same text, to the letter.

Of paths of the user's machine the last part alone stays. Long parts that a reader must unfold are taken out and come
when they are unfolded; whoever has no scripts gets all at once.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from diffusion.web.base.plain_paths import without_paths
from diffusion.web.base.seen import HERE

_DETAILS = re.compile(r"<details\b[^>]*>|</details>")
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_TAG = re.compile(r"(<[^<>]*>)")
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
    head = _plain(_between(page, "<header>", "</header>"))
    after = page[page.index("</header>") + len("</header>") : page.index("<main>")]
    main = _linked(_plain(_between(page, "<main>", "</main>")))
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
    short: list[str] = []
    folded: list[str] = []
    at = 0
    for begin, end in found:
        part = main[begin:end]
        summary = _SUMMARY.search(part)
        if summary is None:
            continue
        short += [
            main[at:begin],
            f'<details hx-get="{HERE}parts/{len(folded)}" hx-trigger="toggle once" hx-target="find .part">{summary[0]}'
            f'<div class="part"><a href="{HERE[:-1]}?whole=1">Show all of this page</a></div></details>',
        ]
        folded.append(part[summary.end() : -len("</details>")])
        at = end
    return "".join([*short, main[at:]]), folded


def _between(text: str, begin: str, end: str) -> str:
    at = text.index(begin) + len(begin)
    return text[at : text.index(end, at)].strip()


def _plain(text: str) -> str:
    """Return a part of a page without paths of the user's machine, as of the folder that a command named."""
    return "".join(part if part.startswith("<") else without_paths(part) for part in _TAG.split(text))


def _linked(text: str) -> str:
    """Return a text with links to pages of this app in the place of files beside the page."""
    text = _REGION.sub(rf'href="{HERE}regions/\1"', text)
    return text.replace('href="index.html"', f'href="{HERE[:-1]}"')


class Said(NamedTuple):
    """What a stored page says in its box: the answer, cautions, and how it is to be read; plain text."""

    answer: list[str]
    cautions: list[str]
    note: str


_BOX = re.compile(r'<section class="answer"[^>]*>(.*?)</section>', re.DOTALL)
_CLAIM = re.compile(r"<li>(.*?)</li>", re.DOTALL)
_CAUTION = re.compile(r'<p class="caution">(.*?)</p>', re.DOTALL)
_NOTE = re.compile(r'<p class="note">(.*?)</p>', re.DOTALL)


def said_in(page: str) -> Said | None:
    """Return what a stored page of the report says in its box, as text that is yet to be escaped; None without one."""
    box = _BOX.search(page)
    if box is None or not (claims := _CLAIM.findall(box[1])):
        return None
    note = _NOTE.search(box[1])
    return Said(
        [_text(claim) for claim in claims],
        [_text(caution) for caution in _CAUTION.findall(box[1])],
        _text(note[1]) if note else "",
    )


def _text(part: str) -> str:
    return without_paths(html.unescape(_TAG.sub("", part)).strip())
