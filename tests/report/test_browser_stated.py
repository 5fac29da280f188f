"""DIFFUSION_BROWSER may name anything: what cannot print is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion.errors import InputError
from diffusion.report.files.pdf import VARIABLE, print_pdf

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "content", [None, "", "not a program", "#!/nowhere/at-all\n", "#!/bin/sh\nexit 3\n", "\x7fELF"]
)
@pytest.mark.parametrize("mode", [0o644, 0o755])
def test_no_browser(content: str | None, mode: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, "./x")
    if content is not None:
        (tmp_path / "x").write_text(content)
        (tmp_path / "x").chmod(mode)
    with pytest.raises(InputError) as caught:
        print_pdf("<p>page</p>", tmp_path / "report.pdf")
    assert caught.value.suggestion
    assert not (tmp_path / "report.pdf").exists()


def test_a_folder_is_no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(InputError):
        print_pdf("<p>page</p>", tmp_path / "report.pdf")
