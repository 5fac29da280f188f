"""Of what a number is, where not the whole was asked about: the part asked about, or all innovations and trusts."""

from __future__ import annotations

from diffusion.analysis.results.compare import Comparison, asked_comparison
from diffusion.report.words.answer import foremost

#: What is said of numbers that are of the whole where a part was asked about.
OF_ALL = "all innovations, all trusts"


def asked_of_part(comparison: Comparison) -> bool:
    """Whether something other than all innovations in all trusts was asked about."""
    return comparison.asked is not None and bool(comparison.asked.target.grouping)


def target_words(comparison: Comparison) -> str:
    """Return ``of digital consultations`` or ``in Health Innovation Manchester``; of a whole ``of all``."""
    asked = comparison.asked
    if asked is None or not asked.target.grouping:
        return f"of {OF_ALL}"
    return f"{'of' if asked.target.grouping in ('innovation', 'kind') else 'in'} {asked.target.name}"


def answered(comparison: Comparison) -> int:
    """Return the scenario that the answer is about: the foremost in what was asked about, at the end."""
    if not asked_of_part(comparison):
        return foremost(comparison)
    assert comparison.asked is not None
    return foremost(asked_comparison(comparison), comparison.asked.outcome(comparison.asked.dates[-1]).name)


def of_all(comparison: Comparison) -> str:
    """Return `` (all innovations, all trusts)`` where a part was asked about, else nothing."""
    return f" ({OF_ALL})" if asked_of_part(comparison) else ""
