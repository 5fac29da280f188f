"""How a page is made: templates filled in, figures inside the text, numbers kept with their signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from diffusion.outlets import shown
from diffusion.report.figures.style import inline_svg

if TYPE_CHECKING:
    from jinja2 import Environment
    from matplotlib.figure import Figure

#: A number and its sign, or pound and million, never part at the end of a line.
KEEP_TOGETHER = re.compile(r"(\d|£) (%|million|thousand)")


class Picture(NamedTuple):
    """An inline figure with the text that says what it shows."""

    svg: str
    caption: str


#: takes a figure with its id, title and description, as ``inline_svg`` does; returns what stands in the page for it
Take = Callable[["Figure", str, str, str], str]
_TAKEN: ContextVar[Take | None] = ContextVar("taken", default=None)


@contextmanager
def figures_taken(take: Take) -> Iterator[None]:
    """Hand the figures of pages that are made inside to ``take``, in the place of drawing them into the page."""
    token = _TAKEN.set(take)
    try:
        yield
    finally:
        _TAKEN.reset(token)


class Pictures:
    """Makes inline figures with distinct ids: ``stem`` and a number, from ``first`` on."""

    def __init__(self, stem: str = "figure", first: int = 1) -> None:
        self._stem, self._next = stem, first

    def __call__(self, figure: Figure, title: str, description: str, caption: str = "") -> Picture:
        name = f"{self._stem}{self._next}"
        self._next += 1
        return Picture((_TAKEN.get() or inline_svg)(figure, name, title, description), caption)


@cache
def environment() -> Environment:
    """Return the templates; a name that a page does not state is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("diffusion.report.page", "templates")
    return Environment(
        loader=loader,
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(value: object) -> object:
    """Return what a page shows for a value: text with unseen characters written out."""
    return shown(value) if type(value) is str else value


#: Where a page's table of contents goes, and the headings that it lists.
CONTENTS = "<!-- contents -->"
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)


def with_contents(page: str, skip: Sequence[str] = ()) -> str:
    """Return the page with links to its sections in the place of :data:`CONTENTS`; those with an id in ``skip`` not."""
    links = "\n".join(
        f'<li><a href="#{name}">{text.strip()}</a></li>' for name, text in _HEADING.findall(page) if name not in skip
    )
    return page.replace(CONTENTS, f'<nav class="contents" aria-label="On this page">\n<ul>\n{links}\n</ul>\n</nav>', 1)


def fill(template: str, context: Mapping[str, object]) -> str:
    """Return the page as HTML text."""
    page = environment().get_template(template).render(context)
    return "".join(part if _KEPT.match(part) else _together(part) for part in _PARTS.split(page))


#: Parts of a page that are taken as they are (a command that scrolls keeps its own lines), commands, and other tags.
_PARTS = re.compile(r"(<(?:pre|svg|style|title)\b.*?</(?:pre|svg|style|title)>|<code>.*?</code>|<[^<>]*>)", re.DOTALL)
_KEPT = re.compile(r"<(?!code>)")
#: A browser breaks lines after hyphens, and between a sign and a pound.
_HYPHENED = re.compile(r"[^\s<>]*-[^\s<>]*")
_SIGNED_POUNDS = re.compile(r"[−+±]£[\d.,]*\d(?:\u00a0(?:million|thousand))?")


def _together(part: str) -> str:
    """Return a text or a command of a page with what belongs together in elements that are not broken."""
    if part.startswith("<code>"):
        # commands are there to be copied: they keep their own spaces; what has none is a name
        command = part[len("<code>") : -len("</code>")]
        return f"<code>{_HYPHENED.sub(_unbroken, command) if ' ' in command else command}</code>"
    return _SIGNED_POUNDS.sub(_unbroken, KEEP_TOGETHER.sub("\\1\u00a0\\2", part))


def _unbroken(match: re.Match[str]) -> str:
    return f'<span class="word">{match[0]}</span>'
