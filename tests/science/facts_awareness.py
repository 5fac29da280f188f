"""What prizes, awards, portal, scorecard, expo, new towns and innovation points must show.

Each lever is stacked on the baseline. "Known" pairs are those beyond UNAWARE, among eligible pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from diffusion.analysis.results.outcomes import over_dispersion
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import UNAWARE
from diffusion.levers.expo import SEPTEMBER
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from science.draws import Settings
from science.measures import REPLICATES_EXACT, Row, identical, month_index, paired, signed, small
from science.runs import Observed, observe, opened, scenario_at

REPLICATES = 48
#: small effects need more
REPLICATES_SMALL = 96
REPLICATES_TINY = 160
#: a year after a start
YEAR = 12
STRONG_AWARDS = 0.3
#: margin of the Expo's effect on adoption (90 % interval), in points
EXPO_MARGIN_PP = 0.3

FACTS: dict[str, str] = {
    "prizes-winners-known": "prizes: more trusts know the winners twelve months on",
    "awards-nothing": "excellence awards: at the default nothing changes but their cost, to the bit",
    "awards-champions-raise": "excellence awards: if they made champions (.3) adoption would be up at month 120",
    "portal-known": "portal: more pairs are known twelve months on",
    "scorecard-lag": "scorecard: within the lag of its data nothing changes but its cost, to the bit",
    "scorecard-evens": "scorecard: on listed innovations over-dispersion falls by more than the mean rises (relative "
    "changes at month 120, in per cent)",
    "expo-september": "expo: pairs become known in the months of an Expo, more than in others (points a month)",
    "expo-adoption-nothing": "expo: adoption at month 120 moves by under .3 pp either way (90 % interval)",
    "towns-near": "new towns: prevention innovations are up near them in the programme's last month",
    "towns-near-over-far": "new towns: and by more than elsewhere",
    "towns-far": "new towns: elsewhere they move by under .1 pp either way (95 % interval)",
    "towns-not-direct": "new towns: elsewhere they move by under .1 pp either way where trusts do not see each other",
    "points-cost-adoption": "innovation points: without an effect on champions adoption is down at month 120",
}


def known_pp(observed: Observed, innovations: np.ndarray | None = None) -> np.ndarray:
    """Return the share of eligible pairs beyond UNAWARE, per cent, float64[R, T+1]; ``innovations`` bool[K]."""
    results = observed.results
    chosen = np.ones(results.world.n_innovations, bool) if innovations is None else innovations
    unaware = results.stage_by_innovation[:, :, UNAWARE, chosen].sum(axis=2)
    return np.asarray(100.0 * (1.0 - unaware / int(results.world.eligible[:, chosen].sum())))


def same_but_for(purpose: str, one: Observed, other: Observed, last: int) -> bool:
    """Whether all that is recorded is the same to the end of month ``last``, but for one kind of payment."""
    money = one.results.money_gbp.copy()
    n = min(len(money), len(other.results.money_gbp))
    money[:n, :, FLOW_INDEX[purpose]] = other.results.money_gbp[:n, : money.shape[1], FLOW_INDEX[purpose]]
    return identical(replace(one, results=replace(one.results, money_gbp=money)), other, last)


def first_winners(scenario: Scenario, replicates: int) -> np.ndarray:
    """Return bool[R, K]: the winners of the first round."""
    simulation, winners = Simulation(scenario), []
    for block, record in opened(simulation, replicates):
        simulation.run(block, record, until=month_index(scenario, scenario.levers["challenge-prizes"].start))
        winners.append(block.own["challenge-prizes"].winners)
    return np.concatenate(winners)


def prizes(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Challenge prizes."""
    scenario = scenario_at("baseline+challenge-prizes", settings)
    observed = observe(scenario, REPLICATES)
    winners = first_winners(scenario, REPLICATES)
    month = month_index(scenario, scenario.levers["challenge-prizes"].start) + YEAR - 1
    fewer = paired(baseline, observed, lambda o: o.results.stage_by_innovation[:, month, UNAWARE])
    pairs = (winners * baseline.results.world.eligible.sum(axis=0)).sum(axis=1)
    yield signed("prizes-winners-known", 100.0 * (fewer * winners).sum(axis=1) / pairs, +1)


def awards(settings: Settings, baseline: Observed, replicates: int = REPLICATES_SMALL) -> Iterator[Row]:
    """Clinical excellence awards."""
    key = "levers__excellence-awards__champion_stock"
    without = observe(scenario_at("baseline+excellence-awards", settings, **{key: 0.0}), REPLICATES_EXACT)
    months = without.results.months
    yield Row("awards-nothing", 0.0, 0.0, same_but_for("excellence_award", without, baseline, months))
    strong = observe(scenario_at("baseline+excellence-awards", settings, **{key: STRONG_AWARDS}), replicates)
    yield signed("awards-champions-raise", paired(strong, baseline, lambda o: o.adopter_share_pp)[:, -1], +1)


def portal(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Innovation portal."""
    scenario = scenario_at("baseline+innovation-portal", settings)
    observed = observe(scenario, REPLICATES)
    month = month_index(scenario, scenario.levers["innovation-portal"].start) + YEAR - 1
    yield signed("portal-known", paired(observed, baseline, known_pp)[:, month], +1)


def scorecard(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Scorecard, in force from the first month on as it was in history: the lag of its data decides."""
    start = str(baseline.results.scenario.start)
    scenario = scenario_at("baseline+scorecard", settings, levers__scorecard__start=start)
    observed = observe(scenario, REPLICATES_SMALL)
    yield Row("scorecard-lag", 0.0, 0.0, same_but_for("scorecard", observed, baseline, 2 * YEAR))
    world = baseline.results.world
    listed = scenario.levers["scorecard"].targets.innovation_mask(world)
    eligible = world.eligible[:, listed]

    def dispersion(o: Observed) -> np.ndarray:
        adopting = o.adopting_at_end[:REPLICATES_SMALL, :, listed]
        return over_dispersion(adopting.sum(axis=2), adopting.sum(axis=1) / eligible.sum(axis=0), eligible)

    def mean_share(o: Observed) -> np.ndarray:
        return o.share_of_innovations_pp(listed)[:REPLICATES_SMALL, -1]

    relative = [
        100.0 * paired(observed, baseline, outcome) / np.nanmean(outcome(baseline))
        for outcome in (dispersion, mean_share)
    ]
    # without any adopter of a listed innovation there is no dispersion to speak of
    fall = -relative[0][np.isfinite(relative[0])]
    note = f"over-dispersion {-fall.mean():+.2f} %, mean {relative[1].mean():+.2f} %"
    yield signed("scorecard-evens", fall - relative[1][np.isfinite(relative[0])], +1, note)


def expo(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Expo."""
    scenario = scenario_at("baseline+expo", settings)
    observed = observe(scenario, REPLICATES_SMALL)
    gained = np.diff(paired(observed, baseline, known_pp), axis=1)  # column t is month t + 1 of the run
    months = [scenario.start + t for t in range(gained.shape[1])]
    running = np.array([month >= scenario.levers["expo"].start for month in months])
    september = np.array([month.month == SEPTEMBER for month in months])
    jump = gained[:, running & september].mean(axis=1) - gained[:, running & ~september].mean(axis=1)
    yield signed("expo-september", jump, +1)
    change = paired(observed, baseline, lambda o: o.adopter_share_pp)[:, -1]
    yield small("expo-adoption-nothing", change, z=1.645, margin_pp=EXPO_MARGIN_PP, note="")


#: trusts neither see each other's activity nor learn from each other's use; national evidence and costs stay shared
UNSEEN: dict[str, object] = {
    "parameters__exposure__activity_pilot": 0.0,
    "parameters__exposure__activity_adopter": 0.0,
    "parameters__exposure__activity_rollout": 0.0,
    "parameters__exposure__activity_abandoned": 0.0,
    "parameters__beliefs__peer_sd": 1e6,
}


def new_towns(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Healthy New Towns, in their last month: both runs end there, as pairs are seen at the end of a run only."""
    lever = scenario_at("baseline+healthy-new-towns", settings).levers["healthy-new-towns"]
    months = lever.end - baseline.results.scenario.start
    world = baseline.results.world
    near, tagged = lever.near(world).any(axis=1), lever.tagged(world)

    def changes(**more: object) -> np.ndarray:
        observed, without = (
            observe(scenario_at(name, settings, months=months, **more), REPLICATES_SMALL)
            for name in ("baseline+healthy-new-towns", "baseline")
        )
        return observed.adopting_at_end.astype(np.int64) - without.adopting_at_end

    def effect_pp(change: np.ndarray, trusts: np.ndarray) -> np.ndarray:
        chosen = world.eligible & trusts[:, None] & tagged
        return np.asarray(100.0 * (change * chosen).sum(axis=(1, 2)) / chosen.sum())

    change = changes()
    at_near, elsewhere = effect_pp(change, near), effect_pp(change, ~near)
    yield signed("towns-near", at_near, +1, f"{near.sum()} trusts near")
    yield signed("towns-near-over-far", at_near - elsewhere, +1)
    yield small("towns-far", elsewhere)
    yield small("towns-not-direct", effect_pp(changes(**UNSEEN), ~near))


def points(settings: Settings, baseline: Observed, replicates: int = REPLICATES_TINY) -> Iterator[Row]:
    """Innovation points."""
    nobody = {"levers__innovation-points__champion_stock": 0.0}
    observed = observe(scenario_at("baseline+innovation-points", settings, **nobody), replicates)
    yield signed("points-cost-adoption", paired(observed, baseline, lambda o: o.adopter_share_pp)[:, -1], -1)


MEASURES: tuple[Callable[..., Iterator[Row]], ...] = (
    prizes,
    awards,
    portal,
    scorecard,
    expo,
    new_towns,
    points,
)
