"""Why options differ, as tables and sentences for the terminal, readable at 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffusion.experiments.searches.lever_probe import weakest
from diffusion.experiments.searches.why import Explained, Why
from diffusion.report.reasons.why_section import row_words, shown_parts, why_note
from diffusion.report.reasons.why_words import inner_words, interval, places_of, why_sentences
from diffusion.report.words.numbers import signed

_LABEL_WIDTH = 28


def why_table(why: Why) -> Table:
    """Return a row by part: mean, 80 and 95 % interval, grade."""
    places = places_of(why)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("", overflow="fold", max_width=_LABEL_WIDTH, min_width=_LABEL_WIDTH)
    for head in ("gives", "80 % interval", "95 % interval", "grade"):
        table.add_column(head, justify="right", no_wrap=True)
    for part in shown_parts(why):
        if part.kind == "whole":
            table.add_section()
        estimate = why.estimate(part.values)
        style = "bold" if bool(estimate.clear) else "dim"
        numbers = (signed(float(estimate.mean), places), *(interval(estimate, places, level) for level in (80, 95)))
        inner = part.kind in ("group", "rest") and any(row.kind == "lever" for row in shown_parts(why))
        label = f"  {inner_words(part)}" if inner else row_words(part, why)
        table.add_row(Text(label), *(Text(text, style) for text in numbers), weakest(part.settings) or "–")
    return table


def print_why(console: Console, found: Explained, labels: Sequence[str]) -> None:
    """Print a table and sentences by option, how they are found, and what that took."""
    for why in found.options:
        label = labels[why.scenario]
        console.print()
        console.print(Text(f"Why {label} differs from {labels[0]}: adopter share, percentage points", "underline"))
        console.print(why_table(why))
        console.print()
        for sentence in why_sentences(why, label, labels[0]):
            console.print(Text(sentence))
    console.print()
    console.print(Text(why_note(found)))
    console.print(Text(f"That was {found.seconds:,.0f} seconds."))
