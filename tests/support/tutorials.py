"""Tutorials as they stand in docs/tutorials: their blocks, taken out and carried out in order in an empty folder.

- A block of `python` or `bash` is carried out. Python goes on in one session from block to block.
- A block under ``<!-- file: NAME -->`` is written as that file, whatever its language.
- A block of `text` is what the block before it printed. ``...`` stands for anything. Under
  ``<!-- numbers within X -->`` every number may lie up to X away: for what rests on linear algebra, which differs in
  last bits between machines.

    python tests/support/tutorials.py PAGE          # print the page with what its blocks print here
    python tests/support/tutorials.py PAGE --write  # put that into the page, where its text has no `...`
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

SESSION = Path(__file__).with_name("tutorial_session.py")
_FENCE = re.compile(
    r"^(?:<!-- (?P<key>file|numbers within):? (?P<value>\S+) -->\n+)?```(?P<language>[a-z]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_NUMBER = re.compile(r"(?<![\w.])[-−+]?\d+(?:,\d{3})*(?:\.\d+)?")


@dataclass
class Step:
    """A file to write (kind ``file``) or code to run (``python``, ``bash``), and what the page says it prints."""

    kind: str
    name: str
    text: str
    line: int
    shown: list[Shown] = field(default_factory=list)


@dataclass
class Shown:
    """What a page shows as printed; ``start`` and ``end`` are its place in the page."""

    text: str
    within: float
    start: int
    end: int


def steps_of(page: str) -> list[Step]:
    """Return the steps of a page in their order; a block that is neither code, file nor output is a fault."""
    steps: list[Step] = []
    for block in _FENCE.finditer(page):
        key, value, language, text = block["key"], block["value"], block["language"], block["text"]
        line = page.count("\n", 0, block.start("language")) + 1
        if key == "file":
            steps.append(Step("file", value, text, line))
        elif language in ("python", "bash"):
            steps.append(Step(language, "", text, line))
        elif language == "text" and steps and steps[-1].kind != "file" and not steps[-1].shown:
            within = float(value) if key else 0.0
            steps[-1].shown.append(Shown(text, within, block.start("text"), block.end("text")))
        else:
            raise AssertionError(f"line {line}: a block of '{language}' that is no code, no file and no output of code")
    if len(re.findall(r"^[ \t]*```", page, re.MULTILINE)) != 2 * sum(1 + len(step.shown) for step in steps):
        raise AssertionError("a fence that is not read: fences begin a line and have a language")
    return steps


def carried_out(steps: list[Step], folder: Path) -> list[str]:
    """Return what each step printed in ``folder``; a step that fails is an AssertionError with its line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    environment |= {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "COLUMNS": "80",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "agg",
    }
    done = subprocess.run(
        [sys.executable, "-P", str(SESSION)],
        input=json.dumps([(step.kind, step.name, step.text) for step in steps]).encode(),
        stdout=subprocess.PIPE,
        cwd=folder,
        env=environment,
        timeout=500,
        check=True,
    )
    answers = json.loads(done.stdout)
    for step, (printed, well) in zip(steps, answers, strict=False):
        assert well, f"line {step.line}: failed\n{printed}"
    return [printed for printed, _ in answers]


def differs(shown: Shown, printed: str) -> str | None:
    """Return how ``printed`` is not what the page shows, or None."""
    want, got = (_lines(text) for text in (shown.text, printed))
    if shown.within:
        numbers = [[float(word.replace(",", "").replace("−", "-")) for word in _NUMBER.findall(t)] for t in (want, got)]
        near = len(numbers[0]) == len(numbers[1]) and all(abs(a - b) <= shown.within for a, b in zip(*numbers))
        want, got = (_bare(text) for text in (want, got))
        if not near:
            return f"numbers are not within {shown.within:g}\n--- the page\n{shown.text}--- what came\n{printed}"
    pattern = ".*?".join(re.escape(part) for part in want.split("..."))
    if re.fullmatch(pattern, got, re.DOTALL):
        return None
    return f"not what the page shows\n--- the page\n{shown.text}--- what came\n{printed}"


def _lines(text: str) -> str:
    """Return a text without blanks at the ends of lines, and without empty lines around it."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _bare(text: str) -> str:
    """Return a text with numbers as # and blanks as one: columns move with their numbers."""
    return re.sub(r"[ ─]+", " ", _NUMBER.sub("#", text))


def main() -> None:
    """Print or write a page with what its blocks print."""
    path = Path(sys.argv[1])
    page = path.read_text(encoding="utf-8")
    steps = steps_of(page)
    with tempfile.TemporaryDirectory() as folder:
        printed = carried_out(steps, Path(folder))
    for step, text in reversed(list(zip(steps, printed))):
        for shown in step.shown:
            if "..." not in shown.text:
                page = page[: shown.start] + _lines(text) + "\n" + page[shown.end :]
            elif (fault := differs(shown, text)) is not None:
                print(f"{path}:{step.line}: {fault}", file=sys.stderr)
    if sys.argv[2:] == ["--write"]:
        path.write_text(page, encoding="utf-8", newline="\n")
    else:
        print(page)


if __name__ == "__main__":
    main()
