"""What the older levers must show in the world of April 2025: the measurements of ``facts``, ten years from that month.

Levers that have ended by then are switched on for it. All begin in April 2026. What is listed by name was chosen from
the portfolio of that world beforehand, of the kinds listed in 2017 and on the market early in the programme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from diffusion.engine.stages import USING_STAGES
from diffusion.levers.accelerator import NO_FELLOW
from diffusion.month.block import Block
from science import facts, facts_awareness, facts_supply, facts_system, facts_today
from science.draws import Settings
from science.facts_supply import FELLOWS_MONTHS
from science.facts_today import LEVERS_FROM, START, TODAY, changed_pp, joined, seen_at_end
from science.measures import Row, first_month_at, signed
from science.runs import Observed, observe, scenario_at

#: months from the start of a fellowship at which organisations are counted, as in 2016
REACH_MONTHS = 9
REPLICATES = facts_today.REPLICATES
#: settings of the world, and what tariffs list there: two drugs, two devices and a pathway; three devices and two of
#: software
PLACE: dict[str, object] = {key.replace("__", "."): value for key, value in TODAY.items()} | {
    "levers.best-practice-tariff.targets": {
        "innovations": [
            *("nice-medicine-b", "pipeline-2025-drug-a", "capsule-sponge", "pipeline-2025-device-a"),
            "neighbourhood-health",
        ]
    },
    "levers.innovation-technology-tariff.targets": {
        "innovations": [
            *("device-2025-a", "capsule-sponge", "pipeline-2025-device-a", "speech-notes-ai"),
            "prostate-pathology-ai",
        ]
    },
}
#: no fellows of 2015, and one wave when levers begin; further waves are counted from a first one in July 2015
ONE_WAVE: dict[str, object] = {
    "levers__accelerator__cohort": "none",
    "levers__accelerator__start": str(START),
    "levers__accelerator__later_waves": ["2016-07"],
}

#: facts of 2017 that cannot be asked here, and why
NOT_ASKED: dict[str, str] = {
    "scorecard-lag": "the months before the run are run here, with the users known of each, so that figures of that "
    "time are published from the first month on",
}
OLDER = {name: text for name, text in facts.FACTS.items() if name not in facts_today.FACTS}
FACTS: dict[str, str] = {name: text for name, text in OLDER.items() if name not in NOT_ASKED} | {
    "ahsn-removed-slows": "network support removed: 10 % of pairs more than at the start adopt later (months; those "
    "after 120 count as 121)",
    "fellows-reach": "accelerator: more organisations use one of the wave nine months after its start",
    "fellows-innovations-up": "accelerator: adopters of the wave's innovations are up two years after its start",
}


def networks(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Removal of the networks' support; more than a tenth of pairs are adopters when a run begins."""
    removed = observe(scenario_at("no-programmes", settings), REPLICATES).adopter_share_pp
    kept = baseline.adopter_share_pp[:REPLICATES]
    yield signed("ahsn-removed-lowers", (removed - kept)[:, -1], -1)
    level = kept[:, :1] + facts.SLOW_SHARE_PP
    yield signed("ahsn-removed-slows", first_month_at(removed, level) - first_month_at(kept, level), +1)


def fellows(settings: Settings, _: Observed) -> Iterator[Row]:
    """The fellowship, for the wave of April 2026: innovations of a first cohort are not in this portfolio."""
    begun = LEVERS_FROM - START
    reached: list[np.ndarray] = []
    using: list[np.ndarray] = []

    def look(block: Block) -> None:
        using.append(np.isin(block.pairs.stage, USING_STAGES))
        if "accelerator" in block.own:
            reached.append(block.own["accelerator"].since != NO_FELLOW)

    for name, more in (("baseline+accelerator", ONE_WAVE), ("baseline", {})):
        observe(scenario_at(name, settings, months=begun + REACH_MONTHS, **more), REPLICATES, look=look)
    with_fellow = np.concatenate(reached)[:, None, :]
    ours, without = (half & with_fellow for half in np.split(np.concatenate(using), 2))
    more_organisations = ours.any(axis=2).sum(axis=1) - without.any(axis=2).sum(axis=1)
    yield signed("fellows-reach", more_organisations.astype(float), +1, "organisations")
    months: dict[str, object] = {"months": begun + FELLOWS_MONTHS}
    scenario = scenario_at("baseline+accelerator", settings, **ONE_WAVE, **months)
    observed, kept = seen_at_end(scenario, "accelerator", REPLICATES)
    baseline = observe(scenario_at("baseline", settings, **months), REPLICATES)
    theirs = joined(kept, "since")[:, None, :] != NO_FELLOW
    on_theirs = changed_pp(observed, baseline, theirs)
    yield signed("fellows-innovations-up", on_theirs, +1)
    yield signed("fellows-concentrated", on_theirs - changed_pp(observed, baseline, ~theirs), +1)


MEASURES: tuple[Callable[..., Iterator[Row]], ...] = (
    facts.tariff,
    networks,
    facts.beds,
    facts.local_first,
    *facts_awareness.MEASURES,
    *facts_system.MEASURES,
    fellows,
    facts_supply.supply,
)


def settings_of(point: int) -> Settings:
    """Return the settings of a point in this world."""
    return {**facts.settings_of(point), **PLACE}  # type: ignore[dict-item]


def measure(
    point: int,
    measures: Sequence[Callable[..., Iterator[Row]]] = MEASURES,
    replicates: int = facts.REPLICATES_TEST_BEDS,
) -> list[Row]:
    """Measure all facts of the older levers at a point (about 2,200 runs), or some; ``replicates`` of the baseline."""
    settings = settings_of(point)
    baseline = observe(scenario_at("baseline", settings), replicates)
    rows = [row for measured in measures for row in measured(settings, baseline)]
    return [row for row in rows if row.fact not in NOT_ASKED]
