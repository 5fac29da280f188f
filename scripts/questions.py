"""Ask what policy teams ask, and put command and answer into docs/questions.md.

``python scripts/questions.py`` runs every question's command into results/questions and prints the document;
``--write`` puts it into docs/questions.md; ``--only 3`` asks one question alone.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.page_reading import Page, Table  # noqa: E402

DOCUMENT = ROOT / "docs" / "questions.md"
FOLDER = "results/questions"
DEMO = "baseline tariff test-beds local-first"


class Question(NamedTuple):
    """A question: the command without its folder, sections whose sentences and captions whose tables answer it."""

    text: str
    command: str
    sections: tuple[str, ...] = ("answer",)
    captions: tuple[str, ...] = ()
    same_as: int | None = None  # the number of the question whose result it reads
    note: str = ""
    page: str = "index.html"
    typed: tuple[str, ...] = ()  # commands whose output on the terminal is the answer, or part of it
    most_lines: int = 40  # of each output


QUESTIONS = (
    Question(
        "£20 million a year on the tariff, on test beds or on local first?",
        f"compare {DEMO} --budget 20m --replicates 200",
        captions=("What a budget of", "Cost and effect at five budgets"),
    ),
    Question(
        "How sure is that, parameters included?",
        "",
        sections=(),
        captions=(
            "Adopter share of eligible pairs at the end",
            "What is chance and what is parameters",
            "How often each",
        ),
        same_as=1,
    ),
    Question(
        "The money of the AHSNs halved from April 2018, or the AHSNs ended?",
        "compare baseline examples/questions/ahsn-halved.yaml examples/questions/ahsn-ended.yaml --replicates 200",
        sections=("answer", "money"),
        captions=("Adopter share of all eligible pairs, by date", "What was changed"),
    ),
    Question(
        "The second wave of the Innovation Accelerator doubled?",
        "compare examples/questions/second-wave.yaml examples/questions/second-wave-doubled.yaml --replicates 200",
        captions=("Adopter share of all eligible pairs, by date",),
    ),
    Question(
        "Why does an option differ, across levers and inside the tariff?",
        "compare baseline tariff+local-first --why --replicates 100",
        sections=("why",),
        captions=("What the difference of", "On what evidence"),
    ),
    Question(
        "Which is best two, five and ten years after it begins?",
        f"compare {DEMO} --set policy_start=2015-07 --replicates 200",
        captions=("Adopter share of all eligible pairs, by date",),
        note="The policies begin in July 2015, so that ten years of them lie in the run; the tariff ends after five.",
    ),
    Question(
        "How many clinicians are lost over five years, by profession, and what does the programme change?",
        "compare baseline+people-and-companies clinical-entrepreneurs --set months=60 --set policy_start=2015-07"
        " --replicates 200",
        sections=(),
        captions=("Clinicians", "Outcomes of some options alone", "Brain", "People"),
    ),
    Question(
        "What did the fellowship report, and what does the model give?",
        "run fellowship-first-wave --replicates 200",
        sections=(),
        captions=("Reported and modelled",),
    ),
    Question(
        "Greater Manchester alone: what do the options do there?",
        f"compare {DEMO} --region GM --replicates 200",
        page="region-GM.html",
        captions=("",),
    ),
    Question(
        "An app of my own from April 2018 with three pilot sites: with the tariff, or without?",
        "compare examples/questions/own-app.yaml examples/questions/own-app-tariff.yaml --for innovation:own-app"
        " --replicates 200",
        captions=("Adopter share of", "Own app"),
    ),
    Question(
        "Do trusts in deprived areas gain as much?",
        f"compare {DEMO} --replicates 200",
        sections=("gains",),
        captions=("Deprivation", "Adopter share by"),
    ),
    Question(
        "Can I have the tables for Excel, slides, and one page for the minister?",
        "",
        sections=(),
        same_as=11,
        typed=("report results/questions/11 --slides --one-page --figures",),
        note="`tables.xlsx` and `tables/` are there already; `--pdf` prints the page, where there is a browser.",
    ),
    Question(
        "Last month's result, with one assumption moved?",
        "",
        sections=(),
        same_as=11,
        typed=(
            "rerun results/questions/11 --out results/questions/13-again",
            "rerun results/questions/11 --set parameters.triage.burden_exponent=1.5 --out results/questions/13",
        ),
        most_lines=19,
    ),
    Question(
        "And what differs between the two folders?",
        "",
        sections=(),
        same_as=11,
        typed=("diff results/questions/11 results/questions/13",),
        most_lines=80,
    ),
    Question(
        "What if I make a mistake?",
        "",
        sections=(),
        same_as=11,
        typed=(
            "compare baseline examples/questions/mistakes/spreadsheet.yaml",
            "compare baseline examples/questions/mistakes/typo.yaml",
            "compare baseline examples/questions/mistakes/date.yaml",
            "compare baseline tariff --out /proc/results",
            "compare baseline tarif",
        ),
        note="Nothing is run or written then, and the exit code is 2.",
    ),
)


HEAD = """# Questions that policy teams ask

Each answer is what the command put on its page: its sentences, and its tables with the small print in brackets.
`python scripts/questions.py --write` asks them and writes this document. Intervals are over what the evidence leaves
open of the parameters, with chance ([reports](reports.md#doubt)); what the model cannot tell stands in
[limits](limits.md).
"""


def folder_of(number: int) -> str:
    """Return the folder of a question's result."""
    return f"{FOLDER}/{number}"


def asked(number: int, question: Question) -> Page:
    """Run the question's command, where it has one, and return the page."""
    place = folder_of(question.same_as or number)
    if question.command:
        line = [sys.executable, "-m", "diffusion", *shlex.split(question.command), "--out", place, "--force"]
        subprocess.run(line, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return Page((ROOT / place / question.page).read_text(encoding="utf-8"))


def answer_of(typed: str, most_lines: int) -> list[str]:
    """Type a command and return it with what the terminal shows, as a block of Markdown."""
    line = [sys.executable, "-m", "diffusion", *shlex.split(typed)]
    line += ["--force"] if "--out results/" in typed or typed.startswith("report") else []
    done = subprocess.run(
        line,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "COLUMNS": "100", "TERM": "dumb"},
        check=False,
    )
    shown = [text.rstrip() for text in done.stdout.strip().splitlines()]
    if len(shown) > most_lines:
        shown = [*shown[:most_lines], f"... ({len(shown) - most_lines} lines more)"]
    wrapped = [
        part
        for text in shown
        for part in textwrap.wrap(text, 120, subsequent_indent="  ", break_on_hyphens=False) or [""]
    ]
    return ["```", f"$ diffusion {typed}", *wrapped, "```", ""]


def markdown(table: Table) -> list[str]:
    """Return a table of the page as Markdown, small print in brackets."""
    lines = [f"**{table.caption}**", "", f"| {' | '.join(table.heads)} |", f"|{'---|' * len(table.heads)}"]
    for head, cells in table.rows.items():
        shown = [f"{text} ({small})" if small else text for text, small in cells]
        lines.append(f"| {' | '.join([head, *shown])} |")
    return [*lines, ""]


def answered(number: int, question: Question) -> list[str]:
    """Return the question with its command and its answer."""
    page = asked(number, question) if question.command or question.captions else Page("")
    command = question.command or QUESTIONS[question.same_as - 1].command  # type: ignore[operator]
    lines = [f"## {number}. {question.text}"]
    if not question.typed:
        lines += [f"    diffusion {command} --out {folder_of(question.same_as or number)}", ""]
    lines += [question.note, ""] if question.note else []
    for typed in question.typed:
        lines += answer_of(typed, question.most_lines)
    for name in question.sections:
        lines += [f"- {sentence}" for sentence in page.sections[name].sentences] + [""]
    tables = [table for section in page.sections.values() for table in section.tables]
    for caption in question.captions:
        for table in tables:
            if table.caption.startswith(caption):
                lines += markdown(table)
    return lines


def main() -> None:
    """Print the document, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/questions.md")
    parser.add_argument("--only", type=int, choices=range(1, len(QUESTIONS) + 1), help="ask one question and print it")
    chosen = parser.parse_args()
    if chosen.only:
        print("\n".join(answered(chosen.only, QUESTIONS[chosen.only - 1])))
        return
    lines = [HEAD]
    for number, question in enumerate(QUESTIONS, start=1):
        lines += answered(number, question)
    text = "\n".join(lines).rstrip() + "\n"
    print(text)
    if chosen.write:
        DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
