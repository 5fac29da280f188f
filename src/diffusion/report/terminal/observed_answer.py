"""The answer on observed adoption, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from diffusion.analysis.findings import Findings
from diffusion.report.evidence_words.observed_words import answer


def print_answers(console: Console, findings: Sequence[Findings]) -> None:
    """Print the answer for every innovation, an empty line between two."""
    for number, found in enumerate(findings):
        if number:
            console.print()
        console.print(found.observed.innovation, style="bold")
        for sentence in answer(found):
            console.print(f"- {sentence}")
