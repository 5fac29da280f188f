"""Every tutorial runs from the first block to the last in an empty folder, and prints what its page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.tutorials import Shown, carried_out, differs, steps_of

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (ROOT / "docs" / "tutorials").glob("*.md") if path.name != "index.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_step_works_and_prints_what_the_page_shows(path: Path, tmp_path: Path) -> None:
    """If only what is printed has changed: python tests/support/tutorials.py PAGE --write."""
    steps = steps_of(path.read_text(encoding="utf-8"))
    printed = carried_out(steps, tmp_path)
    faults = [
        f"{path.name}:{step.line}: {fault}"
        for step, text in zip(steps, printed)
        for shown in step.shown
        if (fault := differs(shown, text)) is not None
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_is_printed_is_shown_and_limits_are_told(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    silent = [
        f"{path.name}:{step.line}"
        for step in steps_of(page)
        if step.kind == "python" and "\nprint(" in "\n" + step.text and not step.shown
    ]
    assert silent == []
    assert "\n## What it does not show\n" in page


def test_a_tutorial_is_in_the_list_of_tutorials() -> None:
    listed = (ROOT / "docs" / "tutorials" / "index.md").read_text(encoding="utf-8")
    assert [path.name for path in PAGES if f"]({path.name})" not in listed] == []


def shown(text: str, within: float = 0.0) -> Shown:
    return Shown(text, within, 0, 0)


def test_the_runner_sees_a_changed_output() -> None:
    assert differs(shown("a 1.25\n"), "a 1.25  \n") is None
    assert "not what the page shows" in (differs(shown("a 1.25\n"), "a 1.26\n") or "")
    assert differs(shown("a ...\nc\n"), "a b\nmore\nc\n") is None
    assert differs(shown("a ...\nc\n"), "a b\nmore\nd\n") is not None


def test_numbers_may_lie_as_far_apart_as_is_said_and_words_may_not() -> None:
    assert differs(shown("low  9 high −1,004\n", 6), "low 12 high -999\n") is None
    assert differs(shown("low  9 high 1,004\n", 6), "low 12 high  999\n") is None
    assert differs(shown("low  9 high 1,004\n", 6), "low 16 high  999\n") is not None
    assert differs(shown("low  9 high 1,004\n", 6), "low 9\n") is not None
    assert differs(shown("low 9\n", 6), "top 9\n") is not None


def test_the_runner_sees_a_step_that_fails(tmp_path: Path) -> None:
    for code in ("```python\nprint(1)\nraise ValueError('so')\n```\n", "```bash\nfalse | cat\n```\n"):
        with pytest.raises(AssertionError, match="line 3: failed"):
            carried_out(steps_of("text\n\n" + code), tmp_path)


def test_files_shells_and_python_share_a_folder_and_a_session(tmp_path: Path) -> None:
    page = "<!-- file: a/b.txt -->\n```csv\nx\n```\n\n```python\nx = 1\n```\n\n```bash\ncat a/b.txt\n```\n"
    page += "\n```python\nprint(x)\n```\n"
    assert carried_out(steps_of(page), tmp_path) == ["", "", "x\n", "1\n"]


@pytest.mark.parametrize(
    "page", ["```yaml\na: 1\n```\n", "```text\nx\n```\n", "- in a list\n\n  ```python\n  1\n  ```\n", "```\nx\n```\n"]
)
def test_no_block_is_passed_over(page: str) -> None:
    with pytest.raises(AssertionError, match=r"block of|not read"):
        steps_of(page)
