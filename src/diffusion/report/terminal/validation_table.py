"""The model against the evidence, on the terminal: how much lies inside, and the farthest misses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from diffusion.report.evidence_words.validation_words import answer, percent, reach_text, verdict
from diffusion.report.words.numbers import signed

if TYPE_CHECKING:
    from rich.console import Console

    from diffusion.calibration.validation import Validation

#: points printed; the page has all
MOST = 12


def print_validation(out: Console, found: Validation) -> None:
    """Print the answer and the points that are farthest off."""
    from rich import box
    from rich.table import Table

    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    rows.add_column("point", overflow="fold")
    rows.add_column("observed", justify="right", no_wrap=True)
    rows.add_column("simulated", justify="right", no_wrap=True)
    rows.add_column("middle 80 %", justify="right", no_wrap=True)
    rows.add_column("lies", no_wrap=True)
    rows.add_column("logits", justify="right", no_wrap=True)
    if found.draws:
        rows.add_column("near", justify="right", no_wrap=True)
    for item in found.compared[:MOST]:
        effect, s = item.place.point.effect is not None, item.simulated
        show = (lambda v: signed(100 * v, 1)) if effect else percent
        rows.add_row(
            item.place.label,
            show(item.observed),
            show(s.mean),
            reach_text(s.low80, s.high80, effect),
            verdict(item),
            "" if math.isnan(item.logits) else signed(item.logits, 1),
            *((f"{100 * item.reached:.0f} %",) if found.draws else ()),
        )
    out.print("The model against the evidence, per cent; misses first", style="bold")
    out.print(rows)
    if (more := len(found.compared) - MOST) > 0:
        out.print(f"and {more} more, on the page", style="dim")
    out.print()
    for sentence in answer(found):
        out.print(sentence)
