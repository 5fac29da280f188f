"""The summary and the slides on the command line: beside the page, and again from the stored folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.deliver.for_readers import Wanted
from diffusion.deliver.rebuild import rebuild
from diffusion.report.files import pdf
from support.page_reading import Outline

pytestmark = pytest.mark.integration

Call = Callable[..., tuple[int, str, str]]
SMALL = "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 4, kind: mix}}"
FEW = ("--replicates", "3", "--jobs", "1", "--set", "months=12", "--set", SMALL)
COMPARE = ("compare", "baseline", "local-first", *FEW)


@pytest.fixture
def without_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_browser", lambda: None)


@pytest.mark.parametrize("command", [COMPARE, ("run", "baseline", *FEW)], ids=["compare", "run"])
def test_both_are_written_and_made_again_with_the_same_bytes(
    command: tuple[str, ...], command_line: Call, tmp_path: Path, without_browser: None
) -> None:
    out = tmp_path / "out"
    code, said, _ = command_line(*command, "--one-page", "--slides", "--out", str(out))
    assert code == 0
    assert "summary.html is not printed to summary.pdf" in said
    made = {name: (out / name).read_bytes() for name in ("index.html", "summary.html", "slides.pptx")}
    assert not (out / "summary.pdf").exists()
    again = tmp_path / "again"
    code, said, told = command_line("report", str(out), "--one-page", "--slides", "--out", str(again))
    assert code == 0
    assert "not printed" in told
    assert {name: (again / name).read_bytes() for name in made} == made
    for name in ("summary.html", "slides.pptx"):  # nothing is lost with them
        (out / name).unlink()
    assert command_line("report", str(out), "--one-page", "--slides")[0] == 0
    assert {name: (out / name).read_bytes() for name in made} == made


def test_nothing_more_is_written_than_was_wanted(command_line: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert command_line(*COMPARE, "--out", str(out))[0] == 0
    assert not {"summary.html", "summary.pdf", "slides.pptx"} & {path.name for path in out.iterdir()}
    (path,) = [each for each in rebuild(out, wanted=Wanted(slides=True)) if each.name == "slides.pptx"]
    assert path.is_file()
    copy = shutil.copytree(out, tmp_path / "copy")
    (copy / "slides.pptx").write_bytes(b"another")
    code, _, error = command_line("report", str(copy))
    assert code == 2
    assert "slides.pptx is damaged" in error


def test_with_pdf_a_browser_is_needed_as_without_one_page(
    command_line: Call, tmp_path: Path, without_browser: None
) -> None:
    out = tmp_path / "out"
    assert command_line(*COMPARE, "--out", str(out))[0] == 0
    code, _, error = command_line("report", str(out), "--pdf", "--one-page", "--out", str(tmp_path / "x"))
    assert code == 2
    assert "no browser was found" in error
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(pdf.find_browser() is None, reason="no Chromium, Chrome or Edge is installed")
def test_the_summary_is_printed_where_there_is_a_browser(command_line: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert command_line(*COMPARE, "--one-page", "--out", str(out))[0] == 0
    assert (out / "summary.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("option", ["--one-page", "--slides"])
def test_no_files_and_a_file_cannot_both_be(option: str, command_line: Call) -> None:
    code, _, error = command_line(*COMPARE, "--no-files", option)
    assert code == 2
    assert f"leave --no-files out, or {option}" in error


def test_the_page_lists_its_sections(command_line: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert command_line(*COMPARE, "--out", str(out))[0] == 0
    page = (out / "index.html").read_text(encoding="utf-8")
    contents = page[page.index('<nav class="contents"') : page.index("</nav>")]
    links = [str(each["href"]) for each in Outline(contents).all("a")]
    heads = [f"#{each['id']}" for each in Outline(page).all("h2")]
    assert links == [each for each in heads if each != "#answer"]
    assert len(links) >= 8
