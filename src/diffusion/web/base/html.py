"""The templates of the server's pages; parts, words and style are those of the report."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.outlets import shown

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def templates() -> Environment:
    """Return the templates: those of the server, and those of the report under the same names as there."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=ChoiceLoader(
            [PackageLoader("diffusion.web", "templates"), PackageLoader("diffusion.report.page", "templates")]
        ),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["static"] = static
    return found


@cache
def static(name: str) -> str:
    """Return the address of a file of the package's; another text of it has another, since browsers keep them."""
    text = (Path(__file__).parents[1] / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(text).hexdigest()[:12]}"


def _visible(value: object) -> object:
    return shown(value) if type(value) is str else value


def render(template: str, **what: object) -> str:
    """Return a template of the server, filled in."""
    return templates().get_template(template).render(**what)
