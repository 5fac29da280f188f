"""The answer for one region, in sentences: those of its page, and of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diffusion.analysis.regions.tables import RegionTables
from diffusion.analysis.results.asked import Asked, Target, dates_of
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.regions.money_words import money_sentences
from diffusion.report.regions.region_words import full_title, standing_sentences, without_pairs
from diffusion.report.words.answer import answer_sentences
from diffusion.world.regions import Region


def asked_of(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> Asked:
    """Return the question of the adopter share in the region, at the dates of the answer."""
    since, dates = dates_of(whole)
    entries = [date.entry for date in dates]
    shares = tuple(100 * each.monthly["adopter_share"][:, entries] for each in own)
    return Asked(Target("region", region.code, full_title(region, whole)), since, dates, shares)


def region_answer(
    region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables], comparison: Comparison
) -> list[str]:
    """Return the answer for the region, or that no trust there may use anything; ``comparison`` is of the whole."""
    if not any(each.data.eligible for each in own):
        return without_pairs(region, own, whole)
    asked = replace(comparison, asked=asked_of(region, own, whole))
    return answer_sentences(own, _without_money(asked))


def all_sentences(
    region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables], comparison: Comparison
) -> list[str]:
    """Return what a terminal tells of the region: the answer, how it stands, what its trusts pay."""
    told = [*region_answer(region, own, whole, comparison), *standing_sentences(region, own, whole)]
    return [*told, *money_sentences(region, own, whole)]


def _without_money(comparison: Comparison) -> Comparison:
    """Leave out what all of England is worth: the page is about a part of it."""
    return replace(comparison, values={name: v for name, v in comparison.values.items() if not name.endswith("_gbp")})
