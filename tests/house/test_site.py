"""The site of the documents: its menu has every page, its pages of names every name, its checks see what is wrong."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import diffusion

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import check_site  # noqa: E402

NAMES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "api").glob("*.rst")))


def said(name: str) -> object:
    """Return a constant of docs/site/conf.py that is written out."""
    tree = ast.parse((ROOT / "docs" / "site" / "conf.py").read_text(encoding="utf-8"))
    (value,) = (
        item.value
        for item in tree.body
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name) and item.targets[0].id == name
    )
    return ast.literal_eval(value)


def test_every_public_name_is_on_a_page() -> None:
    """If not: one line in docs/api, such as `.. autofunction:: diffusion.NAME`."""
    lines = {line.strip().split(":: ")[-1] for line in NAMES.splitlines()}
    assert [name for name in diffusion.__all__ if f"diffusion.{name}" not in lines] == []


def test_every_page_is_in_the_menu_or_below_one_that_is() -> None:
    """If not: its place in NAVIGATION or BELOW of docs/site/conf.py."""
    menu = {page for pages in said("NAVIGATION").values() for page in pages}  # type: ignore[attr-defined]
    below = {
        f"{page.rpartition('/')[0]}/{name}"
        for page, names in said("BELOW").items()
        for name in names  # type: ignore[attr-defined]
    }
    pages = {
        path.relative_to(ROOT).with_suffix("").as_posix()
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "docs" / "api" / "index.rst"]
        if not path.match("docs/decisions/0*.md")
    }
    assert pages - menu - below == {"docs/index"}
    assert (menu | below) - pages == set()


def site(folder: Path, body: str, head: str = "<title>t</title>", language: str = ' lang="en"') -> list[str]:
    """Return the faults of a site of two pages, of which one has this body."""
    (folder / "other.html").write_text('<html lang="en"><title>o</title><h2 id="here">x</h2></html>')
    (folder / "page.html").write_text(f'<html{language}><head>{head}</head><body id="top">{body}</body></html>')
    return check_site.faults(folder)


def test_a_good_site_has_no_faults(tmp_path: Path) -> None:
    links = ("other.html#here", "#top", "https://x.example/y", "mailto:a@b")
    body = "".join(f'<a href="{link}">a</a>' for link in links)
    assert site(tmp_path, body) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">a</a>', "leads nowhere"),
        ('<a href="other.html#gone">a</a>', "leads to no place of the page"),
        ('<a href="#gone">a</a>', "leads to no place of the page"),
        ('<img src="gone.png">', "leads nowhere"),
        ('<script src="https://cdn.example/x.js"></script>', "asks another site"),
        ('<img src="//pictures.example/x.png">', "asks another site"),
        ('<p style="background: url(https://x.example/y.png)">a</p>', "asks another site"),
    ],
)
def test_what_is_wrong_is_seen(body: str, fault: str, tmp_path: Path) -> None:
    (found,) = site(tmp_path, body)
    assert found.startswith(f"page.html: {fault}")


def test_fonts_of_other_sites_are_seen_in_heads_and_style_sheets(tmp_path: Path) -> None:
    head = '<title>t</title><link rel="stylesheet" href="https://fonts.example/css?family=x">'
    assert "asks another site" in site(tmp_path, "", head)[0]
    (tmp_path / "a.css").write_text("@import 'https://fonts.example/x.css'; b { src: url(gone.woff2) }")
    assert [line.split(": ")[1] for line in site(tmp_path, "")] == ["asks another site", "leads nowhere"]


def test_a_page_without_language_and_a_folder_without_pages_are_seen(tmp_path: Path) -> None:
    assert check_site.faults(tmp_path / "none") != []
    assert "no language" in site(tmp_path, "", language="")[0]
