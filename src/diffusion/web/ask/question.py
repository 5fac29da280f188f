"""A question: a yardstick and up to six options beside it, each a scenario file, and what they share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from diffusion.outlets import json_text

#: options beside the yardstick
MOST_OPTIONS = 6
#: replicates that a page asks for unless told otherwise, and at most
REPLICATES, MOST_REPLICATES = 100, 2_000


@dataclass(frozen=True)
class Option:
    """One scenario file. ``name`` is the stem of the file, and its name in tables; ``text`` is what it says."""

    name: str
    text: str

    @property
    def file(self) -> str:
        return f"{self.name}.yaml"


@dataclass(frozen=True)
class Question:
    """What is asked. ``yardstick`` is what options are compared with: the name of a packaged scenario (or a stack), of
    a scenario file named at the start of the server, or of one of the ``options``.

    ``months`` is the horizon, None as the yardstick has it; ``target`` is of what adoption is asked, as with ``--for``;
    ``regions`` have pages of their own; ``wanted`` are files beside page and tables, as in ``for_readers.Wanted``.
    """

    id: str
    yardstick: str
    options: tuple[Option, ...] = ()
    title: str = ""
    replicates: int = REPLICATES
    seed: int = 1
    parameters: str = "posterior"
    months: int | None = None
    target: str = ""
    regions: tuple[str, ...] = ()
    wanted: tuple[str, ...] = field(default=("one_page", "slides"))
    #: when it was last changed, in seconds since 1970
    changed: float = 0.0


def revision(question: Question) -> str:
    """Return a mark of all that a question says: a page that shows an older one has another."""
    said = [*((option.name, option.text) for option in question.options), shared_of(question)]
    return hashlib.sha256(json_text(said).encode()).hexdigest()[:16]


def shared_of(question: Question) -> dict[str, object]:
    """Return what the options of a question share, as plain data."""
    names = ("title", "yardstick", "replicates", "seed", "parameters", "months", "target", "regions", "wanted")
    return {name: getattr(question, name) for name in names}
