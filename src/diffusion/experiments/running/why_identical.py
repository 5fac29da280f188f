"""Why scenarios gave the results of another, run for run: what was known of it in advance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from diffusion.analysis.results.compare import Comparison, unchanged
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.scenario.felt.content import why_same
from diffusion.scenario.felt.notes import notes_of

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results

#: What is said where nothing is known.
UNKNOWN = "no reason for it was found before the run"


def why_identical(results: Sequence[Results], comparison: Comparison) -> dict[str, str]:
    """Return why scenarios are as the first in every run, by their number as text; empty where none is.

    It is the reason for which they can only give the same results; else what was noted of one and not of the other;
    else that no reason was found.
    """
    first, found = results[0], {}
    for number, other in enumerate(results[1:], start=1):
        if not any(unchanged(comparison.difference(outcome.name, number)) for outcome in comparison.outcomes):
            continue
        why = why_same(first.scenario, other.scenario, (first.world, other.world))
        if why is None and unchanged(comparison.difference(MAIN_OUTCOME, number)):
            known = set(notes_of(first.scenario, first.world))
            noted = [text for text in notes_of(other.scenario, other.world) if text not in known]
            why = "; ".join(noted[:2]) or UNKNOWN
        if why is not None:
            found[str(number)] = why
    return found
