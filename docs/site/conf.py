"""How the site is built: ``make docs``. The pages are the documents as they stand; what is in the menu is said here.

The root of the sources is that of the repository, so that a link leads to the same place here and beside the files.
"""

from __future__ import annotations

import re
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[2]

#: the menu: caption -> pages, from the root of the repository without ending, in the order for reading
NAVIGATION = {
    "For everybody": ["README", "docs/limits", "docs/questions"],
    "Policy teams": [
        "docs/scenarios",
        "docs/reports",
        "docs/app",
        "docs/again",
        "docs/ablation",
        "docs/innovations",
        "docs/worlds",
        "docs/reported",
        "docs/facts",
        "docs/assumptions",
        "docs/assurance",
        "LICENSE-DATA",
    ],
    "Researchers: tutorials": ["docs/tutorials/index"],
    "Researchers: the model": [
        "docs/model",
        "docs/odd",
        "docs/evidence",
        "docs/validation",
        "docs/calibration",
        "docs/defaults",
        "docs/stress-abs",
    ],
    "Researchers: methods": [
        "docs/extending",
        "docs/networks",
        "docs/notebooks",
        "docs/panel",
        "docs/analyse",
        "docs/fitting",
        "docs/studies",
        "docs/api/index",
    ],
    "Cluster users": ["docs/cluster", "docs/reliability", "SECURITY"],
    "Changing it": ["CONTRIBUTING", "docs/architecture", "docs/decisions/README", "docs/nhs-rap", "CHANGELOG"],
}
#: pages that hold others together
BELOW = {"docs/tutorials/index": ["lever", "agent", "data", "outcome", "calibration"]}
#: pages that one reaches from a list in another, and that would fill the menu
UNLISTED = re.compile(r"docs/decisions/\d")

project = "NHS diffusion"
release = version = installed("nhs-diffusion")
copyright = "the NHS diffusion simulator contributors, MIT licence"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**.md", "docs/**.rst"]
nitpicky = False
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config"}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = f"NHS diffusion {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
# colours of code that can be read on the light and on the dark page
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

_HEADING = re.compile(r"^(Parameters|Raises|Returns|Notes|Yields)$")
_ITEM = re.compile(r"^(\*{0,2}[A-Za-z_][\w, *]*?)(?:: | :|$)")


def add_menu(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the menu into the first page, and pages below one into it."""
    if UNLISTED.match(page):
        source[0] = "---\norphan: true\n---\n" + source[0]
    if page == "docs/model":  # its parts are written as titles, and would stand in the menu as pages
        source[0] = re.sub(r"(?<=\n)# (?=\S)", "## ", source[0])
    trees = NAVIGATION if page == root_doc else {"": BELOW[page]} if page in BELOW else {}
    for caption, pages in trees.items():
        lines = [":hidden:", ":titlesonly:", *([f":caption: {caption}"] if caption else []), ""]
        lines += [f"/{name}" if page == root_doc else name for name in pages]
        source[0] += "\n\n```{toctree}\n" + "\n".join(lines) + "\n```\n"


def as_lists(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Write the sections of a docstring (Parameters, Raises) as lists, and the fields of a model as one."""
    lines[:] = _sections(lines)
    if isinstance(thing, type) and issubclass(thing, BaseModel) and thing is not BaseModel:
        own = {key: field for key, field in thing.model_fields.items() if not key.startswith("_")}
        lines += ["", "**Fields**", ""]
        lines += [
            f"- ``{key}``" + (f": {_plain(field.description)}" if field.description else "")
            for key, field in own.items()
        ]
        lines.append("")


def _sections(lines: list[str]) -> list[str]:
    done: list[str] = []
    inside = False
    for place, line in enumerate(lines):
        below = lines[place + 1] if place + 1 < len(lines) else ""
        if _HEADING.match(line) and re.fullmatch(r"-{3,}", below):
            done += ["", f"**{line}**", ""]
            inside = True
        elif re.fullmatch(r"-{3,}", line):
            continue
        elif inside and (found := _ITEM.match(line)):
            done.append(f"- ``{found[1]}``: {line[found.end() :]}".rstrip())
        elif inside and line.startswith(" "):
            done.append("  " + line.strip())
        else:
            inside = inside and not line.strip()
            done.append(line)
    return done


def _plain(text: str) -> str:
    """Return a description as text that reST reads as it stands."""
    return re.sub(r"([*_`|\\])", r"\\\1", text)


def no_signature_of_models(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Leave out the signature of a model: its fields are listed below it."""
    return ("", returns) if isinstance(thing, type) and issubclass(thing, BaseModel) else None


#: what the theme leaves out for those who hear the page or use no mouse
ACCESSIBLE = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Menu">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
}


def finished(app: Sphinx, failed: Exception | None) -> None:
    """Put in what the theme leaves out, and lead from the folder of the site to its first page."""
    if failed is not None or app.builder.name != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for was, becomes in ACCESSIBLE.items():
            text = text.replace(was, becomes)
        path.write_text(text, encoding="utf-8", newline="\n")
    to = f"{root_doc}.html"
    (Path(app.outdir) / "index.html").write_text(
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{project}</title>\n'
        f'<meta http-equiv="refresh" content="0; url={to}">\n<p><a href="{to}">{project}</a></p></html>\n',
        encoding="utf-8",
        newline="\n",
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register what is above."""
    app.connect("source-read", add_menu)
    app.connect("autodoc-process-docstring", as_lists)
    app.connect("autodoc-process-signature", no_signature_of_models)
    app.connect("build-finished", finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
