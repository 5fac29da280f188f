"""The page of one region: the question for its trusts, how it stands, where its pairs are, what is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from diffusion.analysis.regions.tables import RegionTables
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.figures.curves import difference_bands
from diffusion.report.figures.stages import funnel_panel
from diffusion.report.page.asked_section import asked_table
from diffusion.report.page.funnel_section import funnel_section
from diffusion.report.page.html import Picture, Pictures, fill
from diffusion.report.regions.money_tables import money_section
from diffusion.report.regions.region_answer import asked_of, region_answer
from diffusion.report.regions.region_figures import region_change_panel, region_level_panel
from diffusion.report.regions.region_tables import beside_england, ranks_table, similar_table, trusts_table
from diffusion.report.regions.region_words import (
    board_merged,
    full_title,
    plural,
    short_title,
    standing_sentences,
    whole_words,
)
from diffusion.report.words.answer import question
from diffusion.report.words.doubt_words import holds
from diffusion.report.words.labels import end_of, month_name, scenario_labels, start_of
from diffusion.report.words.limits import cautions, limits_beside
from diffusion.report.words.reproduction import Reproduction
from diffusion.world.regions import Region

#: What a page of a region says about itself.
LIMITS = (
    "This page is cut out of a run of all trusts: the region's trusts look to others outside it, and programmes are "
    "those of the whole world simulated. A world of this region alone is another run (world.region).",
    "With few trusts chance weighs more: intervals are wider as a rule than those of all trusts, and ranks move "
    "from run to run.",
)


def render_region(
    region: Region,
    own: Sequence[RegionTables],
    whole: Sequence[ResultTables],
    comparison: Comparison,
    reproduction: Reproduction,
    left_out: Sequence[str] = (),
) -> str:
    """Return the page as HTML text; ``own`` and ``whole`` are the tables of the region and of all trusts by scenario.

    ``comparison`` is that of the whole.
    """
    asked = replace(comparison, asked=asked_of(region, own, whole))
    several = len(whole) > 1
    context = {
        "title": full_title(region, whole),
        "question": question(own, asked),
        "answer": region_answer(region, own, whole, comparison),
        "standing": standing_sentences(region, own, whole),
        "period": f"{month_name(start_of(whole[0]))} to {month_name(end_of(whole[0]))}",
        "trusts": plural(len(region.trusts), "trust"),
        "n_trusts": whole[0].world.n_trusts,
        "labels": scenario_labels(whole),
        "several": several,
        "replicates": comparison.replicates,
        "seed": whole[0].seed,
        "parameters": holds(whole),
        "cautions": [*board_merged(region, whole), *cautions(whole)],
        "asked": asked_table(own, asked),
        "pictures": _pictures(region, own, whole),
        "beside": beside_england(region, own, whole),
        "ranks": ranks_table(region, whole),
        "similar": similar_table(region, own, whole),
        "members": trusts_table(region, whole),
        "funnel": funnel_section(own),
        "money": money_section(region, own, whole),
        "whole": whole_words(whole),
        "all_of": whole_words(whole) if whole_words(whole) == "England" else str(whole[0].world.name),
        "limits": [*left_out, *LIMITS, *limits_beside(whole)],
        "reproduction": reproduction,
        "region": region,
    }
    return fill("region.html.j2", context)


def _pictures(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> dict[str, list[Picture]]:
    labels, name, make = scenario_labels(whole), short_title(region), Pictures()
    all_of = whole_words(whole)
    hint = "The numbers at dates are in the tables on this page."
    levels = [
        make(
            region_level_panel(own, whole, i),
            f"Adopter share of {name} over time beside {all_of}: {label}",
            hint,
            f"{label}: mean of {name} with the middle 80 % and 95 % of runs; dashed: mean of {all_of}.",
        )
        for i, label in enumerate(labels)
    ]
    changes = [
        make(
            region_change_panel(own, whole, i),
            f"Change of adopter share in {name} over time beside {all_of}: {labels[i]}",
            hint,
            f"{labels[i]}: paired change from {labels[0]} in {name}; {difference_bands(whole[:2])}. Dashed: {all_of}.",
        )
        for i in range(1, len(whole))
    ]
    funnel = make(
        funnel_panel(own),
        f"Where the pairs of {name} stand at the end, by option",
        hint,
        "Mean share of eligible pairs by stage at the end.",
    )
    return {"levels": levels, "changes": changes, "funnel": [funnel]}
