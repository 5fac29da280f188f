"""The first page."""

from __future__ import annotations

from diffusion.web.pages.page import Page


class StartPage(Page):
    """Where to start from: ready questions, scenarios, files, and what was asked before."""

    def get(self) -> None:
        self.show("start.html.j2", title="Ask", jobs=self.house.jobs.all()[:10])
