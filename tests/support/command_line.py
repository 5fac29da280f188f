"""Calling the command line inside the process of a test."""

from __future__ import annotations

import pytest

from diffusion.cli.app import main


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Call the command line; return what it says on stderr after checking how it left."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    out, err = capsys.readouterr()
    assert leaving.value.code == 2, err
    assert out == ""
    assert "Traceback" not in err
    return err
