"""The console of all output: text is printed as it is, and what a terminal would obey is written out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from diffusion.outlets import shown


class SafeConsole(Console):
    """A console without markup, emoji and highlighting; text never holds control characters.

    Names and titles come from users' files: an escape in them would move the cursor, change colours or set the title
    of the window.
    """

    def __init__(self, *, stderr: bool = False, **more: Any) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False, **more)

    def render_str(self, text: str, **more: Any) -> Text:
        # before anything is measured, so that columns stay columns
        return super().render_str(shown(text), **more)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=shown(segment.text))
