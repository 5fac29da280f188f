"""What the server has, for all of its pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffusion.web.ask.store import Questions
    from diffusion.web.base.guard import Guard
    from diffusion.web.helpers.helper import Helper
    from diffusion.web.jobs.queue import Queue
    from diffusion.web.jobs.store import Jobs

#: the folder inside the root that holds what is the server's own: questions, jobs, what was drawn for pages
OWN = ".app"


@dataclass
class House:
    """``root`` holds the folders of results; ``runner`` runs what was asked, ``drawer`` reads and draws results.

    ``scenarios`` are files of the user's that were named at the start, by the name under which pages show them.
    """

    root: Path
    guard: Guard
    runner: Helper
    drawer: Helper
    jobs: Jobs
    queue: Queue
    questions: Questions
    scenarios: dict[str, Path]
    python: tuple[str, ...] = ()

    @property
    def own(self) -> Path:
        return self.root / OWN
