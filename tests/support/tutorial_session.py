"""Carry out the steps of a tutorial in the current folder: JSON of steps on standard input, JSON of what they printed.

Files are written, commands go to a shell, Python goes on in one session, as in a notebook. A step that fails ends it.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any


def carried_out(kind: str, text: str, session: dict[str, Any]) -> tuple[str, bool]:
    """Return (what a step printed, whether it went well)."""
    if kind == "bash":
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return done.stdout, done.returncode == 0
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            exec(compile(text, "<tutorial>", "exec"), session)
    except Exception:
        return printed.getvalue() + traceback.format_exc(), False
    return printed.getvalue(), True


def main() -> None:
    """Go through the steps, and print a list of [printed, went well]."""
    answers, session = [], {"__name__": "__main__"}
    for kind, name, text in json.loads(sys.stdin.buffer.read()):
        if kind == "file":
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            answers.append(("", True))
            continue
        answers.append(carried_out(kind, text, session))
        if not answers[-1][1]:
            break
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
