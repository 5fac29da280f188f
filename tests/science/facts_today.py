"""What the levers of today must show: mandates, passport, zones, league tables, procurement, boards, networks' licence.

They run in the world of April 2025, ten years from that month; all levers start a year on, so that what comes before
them and what follows can be told apart whatever their own dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.levers.nice_queue import NEVER
from diffusion.month.block import Block
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS
from science.draws import Settings
from science.measures import Row, given, identical, month_index, paired, pooled_share_pp, signed
from science.runs import Observed, observe, scenario_at

REPLICATES = 48
#: few technologies, or few trusts
REPLICATES_FEW = 96
#: change time of a trust of median size, WTE
SCARCE = 2.0
START, LEVERS_FROM = Month("2025-04"), Month("2026-04")
TODAY: dict[str, object] = {
    "start": str(START), "months": 120, "policy_start": str(LEVERS_FROM), "world__name": "england-2025",
}  # fmt: skip
#: what a board merger changes for a time, all off: what is left are evaluations that both know
UNDISTURBED: dict[str, object] = {
    "levers__board-mergers__lost_time": 0.0,
    "levers__board-mergers__slower_evaluation": 1.0,
    "levers__board-mergers__cut_evaluation": 1.0,
}
#: no alignment and no freedoms, and no time lost
ONLY_TIME: dict[str, object] = {
    "levers__league-tables__saving_gain": 0.0,
    "levers__league-tables__other_loss": 0.0,
    "levers__league-tables__freedom_refill": 1.0,
}
ONLY_FIT: dict[str, object] = {
    "levers__league-tables__recovery_time": 0.0,
    "levers__league-tables__recovery_time_worst": 0.0,
    "levers__league-tables__freedom_refill": 1.0,
}

FACTS: dict[str, str] = {
    "today-nothing-before": "levers of today: nothing changes before they start, to the bit",
    "medtech-funded-up": "MedTech Funding Mandate: what is funded has more adopters two years on",
    "appraisal-good-over-bad": "appraisal of health technology: of topics decided on, good ones (b > 0) are "
    "recommended more often than bad ones",
    "appraisal-funded-up": "appraisal of health technology: what is funded has more adopters two years on",
    "appraisal-dear-later": "appraisal of health technology: without negotiation of what is dear more is adopted of "
    "devices and digital products at month 120",
    "passport-raises": "passport: devices and digital products are up at month 120",
    "passport-accepted": "passport: and more so where every trust accepts passports from the start",
    "zones-up": "zones: trusts in zones are up at the release",
    "zones-over-rest": "zones: and by more than the rest",
    "zones-scaled": "zones: two years on, what was scaled is up in all other trusts",
    "zones-scaled-over-not": "zones: and by more than where nothing is scaled",
    "league-time-lost": "league tables: by recovery alone trusts in segments 3 to 5 are down at month 120",
    "league-time-lost-scarce": "league tables: and so where change time is scarce (c0 = 2)",
    "league-fits": "league tables: by fit alone what saves soon gains on all else in segments 3 to 5 at month 120",
    "league-freedoms": "league tables: by refill alone trusts in segment 1 are up at month 120",
    "value-on-frameworks": "value-based procurement: devices on frameworks are up at month 120",
    "boards-disturbed": "boards: trusts of merging boards are down at the end of the transition",
    "boards-know": "boards: with passports, and undisturbed, trusts of merging boards are up two years on",
    "licence-end-lowers": "networks: an end of the licence in year 4 lowers adoption at month 120",
    "licence-half-between": "networks: a half of the budget from then on loses less than an end",
}


def today(name: str, settings: Settings, **more: object) -> Scenario:
    """Return a scenario in the world of today."""
    return scenario_at(name, settings, **(TODAY | more))


def seen_at_end(scenario: Scenario, lever: str, replicates: int) -> tuple[Observed, list[object]]:
    """Run ``scenario`` and keep the lever's own state by block."""
    kept: list[object] = []

    def look(block: Block) -> None:
        kept.append(block.own[lever])

    return observe(scenario, replicates, look=look), kept


def joined(kept: list[object], name: str) -> np.ndarray:
    """Return an array of the lever's own state, replicates of all blocks one after the other."""
    return np.concatenate([getattr(state, name) for state in kept])


def funded_up(fact: str, observed: Observed, baseline: Observed, since: np.ndarray) -> Row:
    """Adopter share of each funded technology 24 months after ``since`` (calendar months), against the baseline."""
    results, world = observed.results, observed.results.world
    at_month = since - int(results.scenario.start) + 1 + 24
    n = min(len(at_month), baseline.results.n_replicates)
    chosen = ((since != NEVER) & (at_month <= results.months))[:n]
    r, k = np.nonzero(chosen)
    if not len(r):
        return Row(fact, 0.0, 0.0, False, "nothing is funded")
    change = observed.adopters_by_innovation[:n] - baseline.adopters_by_innovation[:n]
    gained, pairs = np.zeros(n), np.zeros(n)
    np.add.at(gained, r, change[r, at_month[r, k], k])
    np.add.at(pairs, r, world.eligible.sum(axis=0)[k])
    return signed(fact, pooled_share_pp(gained, pairs), +1, f"{len(r)} technologies")


def changed_pp(one: Observed, other: Observed, chosen: np.ndarray) -> np.ndarray:
    """Return a value per replicate: change of the adopter share at the end among ``chosen`` pairs, bool[R, N, K]."""
    n = min(len(one.adopting_at_end), len(other.adopting_at_end))
    chosen = np.broadcast_to(chosen & one.results.world.eligible, one.adopting_at_end.shape)[:n]
    change = one.adopting_at_end[:n].astype(np.int64) - other.adopting_at_end[:n]
    return pooled_share_pp((change * chosen).sum(axis=(1, 2)), np.maximum(1, chosen.sum(axis=(1, 2))))


def mandate(settings: Settings, baseline: Observed, replicates: int = REPLICATES_FEW) -> Iterator[Row]:
    """MedTech Funding Mandate."""
    scenario = today("baseline+medtech-funding-mandate", settings)
    observed, kept = seen_at_end(scenario, "medtech-funding-mandate", replicates)
    yield funded_up("medtech-funded-up", observed, baseline, joined(kept, "since"))


def appraisal(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """NICE appraisal of health technology."""
    scenario = today("baseline+healthtech-appraisal", settings)
    observed, kept = seen_at_end(scenario, "healthtech-appraisal", REPLICATES_FEW)
    benefit = observed.results.benefit
    decided = np.concatenate([state.queue.decided for state in kept]) != NEVER  # type: ignore[attr-defined]
    recommended = np.concatenate([state.queue.recommended for state in kept]) != NEVER  # type: ignore[attr-defined]

    def recommended_pp(chosen: np.ndarray) -> np.ndarray:
        return pooled_share_pp((recommended & decided & chosen).sum(axis=1), (decided & chosen).sum(axis=1))

    good, bad = recommended_pp(benefit > 0), recommended_pp(benefit < 0)
    yield signed("appraisal-good-over-bad", good - bad, +1, f"{good.mean():.0f} % against {bad.mean():.0f} %")
    yield funded_up("appraisal-funded-up", observed, baseline, joined(kept, "funded"))
    at_once = today(
        "baseline+healthtech-appraisal", settings, **{"levers__healthtech-appraisal__budget_impact_limit_gbp": 1e9}
    )
    listed = technology(observed)
    sooner = paired(observe(at_once, REPLICATES_FEW), observed, lambda o: o.share_of_innovations_pp(listed))
    yield signed("appraisal-dear-later", sooner[:, -1], +1)


def technology(observed: Observed) -> np.ndarray:
    """Return bool[K]: devices and digital products."""
    kinds = [KINDS.index(name) for name in ("device", "digital")]
    return np.isin(observed.results.world.innovations.kind, kinds)


def passport(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Innovator Passport."""
    listed = technology(baseline)
    observed = observe(today("baseline+innovator-passport", settings), REPLICATES)
    yield signed("passport-raises", paired(observed, baseline, lambda o: o.share_of_innovations_pp(listed))[:, -1], +1)
    all_accept: dict[str, object] = {f"levers__innovator-passport__accepting_{end}": 1.0 for end in ("first", "last")}
    everybody = observe(today("baseline+innovator-passport", settings, **all_accept), REPLICATES)
    more = paired(everybody, observed, lambda o: o.share_of_innovations_pp(listed))
    yield signed("passport-accepted", more[:, -1], +1)


def zones(settings: Settings, baseline: Observed, replicates: int = REPLICATES_FEW) -> Iterator[Row]:
    """Regional Health Innovation Zones: until the release, and two years on."""
    scenario = today("baseline+innovation-zones", settings)
    lever = scenario.levers["innovation-zones"]
    release = month_index(scenario, lever.start) - 1 + lever.zone_months
    until = {"months": release}
    short, kept = seen_at_end(scenario.changed(until), "innovation-zones", replicates)
    without = observe(today("baseline", settings, **until), replicates)
    inside = joined(kept, "zones")[:, :, None]
    in_zones = changed_pp(short, without, inside)
    yield signed("zones-up", in_zones, +1)
    yield signed("zones-over-rest", in_zones - changed_pp(short, without, ~inside), +1)
    later: dict[str, object] = {"months": release + 24}
    scaled, kept = seen_at_end(scenario.changed(later), "innovation-zones", replicates)
    without = observe(today("baseline", settings, **later), replicates)
    others = ~joined(kept, "zones")[:, :, None] & joined(kept, "proven")[:, None, :]
    found = f"{joined(kept, 'proven').sum(axis=1).mean():.1f} of {scaled.results.world.n_innovations} are scaled"
    yield signed("zones-scaled", changed_pp(scaled, without, others), +1, found)
    only = observe(scenario.changed({**later, "levers.innovation-zones.scale_months": 0}), replicates)
    yield signed("zones-scaled-over-not", changed_pp(scaled, only, others), +1)


def league(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """League tables: each of the ways alone."""
    name, world = "baseline+league-tables", baseline.results.world
    pressed, best = world.trusts.oversight_segment >= 3, world.trusts.oversight_segment == 1
    recovery = observe(today(name, settings, **ONLY_TIME), REPLICATES)
    down = paired(recovery, baseline, lambda o: o.share_of_trusts_pp(pressed))
    yield signed("league-time-lost", down[:, -1], -1)
    free: dict[str, object] = {key: 0.0 for key in (*ONLY_FIT, *ONLY_TIME) if not key.endswith("freedom_refill")}
    refill = observe(today(name, settings, **free), REPLICATES)
    yield signed("league-freedoms", paired(refill, baseline, lambda o: o.share_of_trusts_pp(best))[:, -1], +1)


def pressed(settings: Settings, baseline: Observed, replicates: int = REPLICATES) -> Iterator[Row]:
    """League tables where change time is scarce, and the fit of what saves soon."""
    name, where = "baseline+league-tables", baseline.results.world.trusts.oversight_segment >= 3
    scarce = {"parameters__capacity__wte_per_size": SCARCE}
    pair = (("baseline", scarce), (name, ONLY_TIME | scarce))
    without, recovery = (observe(today(one, settings, **more), replicates) for one, more in pair)
    down = paired(recovery, without, lambda o: o.share_of_trusts_pp(where))
    yield signed("league-time-lost-scarce", down[:, -1], -1)
    fits, kept = seen_at_end(today(name, settings, **ONLY_FIT), "league-tables", replicates)
    saves = joined(kept, "saves")[:, None, :] & where[:, None]
    gain = changed_pp(fits, baseline, saves) - changed_pp(fits, baseline, where[:, None] & ~saves)
    yield signed("league-fits", gain, +1)


def procurement(settings: Settings, baseline: Observed, replicates: int = REPLICATES_FEW) -> Iterator[Row]:
    """Value-based procurement."""
    name = "value-based-procurement"
    observed, kept = seen_at_end(today(f"baseline+{name}", settings), name, replicates)
    yield signed("value-on-frameworks", changed_pp(observed, baseline, joined(kept, "where")), +1)


def boards(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Boards that merge."""
    scenario = today("baseline+board-mergers", settings)
    lever = scenario.levers["board-mergers"]
    merging = lever.joined(baseline.results.world) >= 0
    observed = observe(scenario, REPLICATES)
    over = month_index(scenario, lever.start) - 1 + lever.transition_months
    down = paired(observed, baseline, lambda o: o.share_of_trusts_pp(merging))
    yield signed("boards-disturbed", down[:, over], -1)


def known_boards(settings: Settings, baseline: Observed, replicates: int = REPLICATES_FEW) -> Iterator[Row]:
    """Boards that know what their partners have evaluated."""
    lever = today("baseline+board-mergers", settings).levers["board-mergers"]
    merging = lever.joined(baseline.results.world) >= 0
    names = ("baseline+structures-and-tools+board-mergers", "baseline+structures-and-tools")
    knowing, alone = (observe(today(one, settings, **more), replicates) for one, more in zip(names, (UNDISTURBED, {})))
    two_years_on = month_index(knowing.results.scenario, lever.start) - 1 + 24
    yield signed("boards-know", paired(knowing, alone, lambda o: o.share_of_trusts_pp(merging))[:, two_years_on], +1)


def licence(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """An end of the networks' licence, and a half of their budget."""
    ended, halved = (
        observe(today("baseline", settings, **{"levers__ahsn-support__later": later}), REPLICATES)
        for later in ({"start": "2028-05", "share": 0.0}, {"start": "2028-05", "share": 0.5})
    )
    yield signed("licence-end-lowers", paired(ended, baseline, lambda o: o.adopter_share_pp)[:, -1], -1)
    yield signed("licence-half-between", paired(halved, ended, lambda o: o.adopter_share_pp)[:, -1], +1)


def before(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """All of them at once: nothing before they start."""
    names = (
        *("medtech-funding-mandate", "healthtech-appraisal", "innovator-passport", "innovation-zones"),
        *("league-tables", "value-based-procurement", "board-mergers"),
    )
    scenario = today("+".join(("baseline", *names)), settings, months=14)
    observed = observe(scenario, 8)
    same = identical(observed, baseline, month_index(scenario, LEVERS_FROM) - 1)
    after = identical(observed, baseline, month_index(scenario, LEVERS_FROM))
    yield Row("today-nothing-before", 0.0, 0.0, same and not after)


_TODAY: tuple[Callable[..., Iterator[Row]], ...] = (
    *(before, mandate, appraisal, passport, zones, league, pressed, procurement, boards, known_boards, licence),
)


def measured(settings: Settings, replicates: Mapping[str, int]) -> Iterator[Row]:
    """Measure all of them against a baseline in the world of today; ``replicates`` are other numbers, by name."""
    baseline = observe(today("baseline", settings), REPLICATES_FEW)
    for facts in _TODAY:
        yield from facts(settings, baseline, **given(facts, replicates))
