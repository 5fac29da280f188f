"""What NICE, the Innovation and Technology Tariff, direction, structures and tools, people and skills must show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.engine.stages import USING_STAGES
from diffusion.levers.nice_queue import NEVER
from diffusion.levers.setting_direction import aligned
from diffusion.month.block import Block
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS
from science.draws import Settings
from science.measures import Row, decoupled, identical, mean_and_se, month_index, paired, pooled_share_pp, signed
from science.runs import Observed, observe, scenario_at

REPLICATES = 48
#: drugs are three of thirty, and bad innovations a fifth
REPLICATES_NICE = 96
#: change time of a trust of median size, WTE: scarce and plenty
SCARCE, PLENTY = 2.0, 32.0

FACTS: dict[str, str] = {
    "nice-nothing-before": "NICE: nothing changes before it starts, to the bit",
    "nice-good-over-bad": "NICE: of the topics decided on, good ones (b > 0) are recommended more often than bad ones",
    "nice-drugs-faster": "NICE: drugs under a mandate have more adopters two years after it began",
    "itt-nothing-before": "technology tariff: nothing changes before it starts, to the bit",
    "itt-raises-listed": "technology tariff: listed products are up in its last funded month",
    "itt-money-ends": "technology tariff: its effect on users of listed products, pilots included, falls in the year "
    "after the money has stopped",
    "itt-displaces": "technology tariff: others are down a year after its last funded month, change time being scarce",
    "itt-decoupled": "technology tariff: with nothing that couples innovations, others do not change, to the bit",
    "direction-raises-aligned": "setting direction: innovations of a shift are up at month 120",
    "direction-lowers-others": "setting direction: all others are down at month 120",
    "tools-raise": "structures and tools: adopter share is up at month 120",
    "people-raise": "people and skills: adopter share is up at month 120",
    "people-over-tools-scarce": "people over tools at month 120, where change time is scarce (c0 = 2)",
    "people-over-burden-scarce": "people over tools without passport and shorter evaluation at month 120 (c0 = 2)",
    "tools-over-people-plenty": "tools over people at month 120, where change time is plenty (c0 = 32)",
    "people-lose-ground": "people minus tools at month 120: more where change time is scarce than where it is plenty",
}


@dataclass(frozen=True, eq=False)
class Decisions:
    """What NICE decided by the end of a run; calendar months, NEVER where it did not: int64[R, K] each."""

    decided: np.ndarray
    recommended: np.ndarray


def observe_nice(scenario: Scenario, replicates: int) -> tuple[Observed, Decisions]:
    """Run ``scenario`` and keep NICE's own state at the end."""
    decided, recommended = [], []

    def look(block: Block) -> None:
        decided.append(block.own["nice"].queue.decided)
        recommended.append(block.own["nice"].queue.recommended)

    observed = observe(scenario, replicates, look=look)
    return observed, Decisions(np.concatenate(decided), np.concatenate(recommended))


def nice(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Facts on NICE."""
    scenario = scenario_at("baseline+nice", settings)
    lever = scenario.levers["nice"]
    observed, decisions = observe_nice(scenario, REPLICATES_NICE)
    before = month_index(scenario, lever.start) - 1
    yield Row("nice-nothing-before", 0.0, 0.0, identical(observed, baseline, before))
    benefit = observed.results.benefit
    decided, recommended = decisions.decided != NEVER, decisions.recommended != NEVER

    def recommended_pp(chosen: np.ndarray) -> np.ndarray:
        chosen = chosen & decided
        return pooled_share_pp((recommended & chosen).sum(axis=1), chosen.sum(axis=1))

    good, bad = recommended_pp(benefit > 0), recommended_pp(benefit < 0)
    yield signed("nice-good-over-bad", good - bad, +1, f"{good.mean():.0f} % against {bad.mean():.0f} %")
    yield mandated_drugs(observed, baseline, decisions, lever.mandate_after_months)


def mandated_drugs(observed: Observed, baseline: Observed, decisions: Decisions, after: int) -> Row:
    """Adopter share of each mandated drug 24 months after its mandate, against the same drug in baseline."""
    world, start = observed.results.world, observed.results.scenario.start
    drug = world.innovations.kind == KINDS.index("drug")
    at_month = decisions.recommended + after - int(start) + 1 + 24
    n = min(len(at_month), baseline.results.n_replicates)
    chosen = (drug & (decisions.recommended != NEVER) & (at_month <= observed.results.months))[:n]
    r, k = np.nonzero(chosen)
    if not len(r):
        return Row("nice-drugs-faster", 0.0, 0.0, False, "no mandates")
    change = observed.adopters_by_innovation[:n] - baseline.adopters_by_innovation[:n]
    gained, pairs = np.zeros(n), np.zeros(n)
    np.add.at(gained, r, change[r, at_month[r, k], k])
    np.add.at(pairs, r, world.eligible.sum(axis=0)[k])
    return signed("nice-drugs-faster", pooled_share_pp(gained, pairs), +1, f"{len(r)} mandates")


def technology_tariff(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Facts on the Innovation and Technology Tariff."""
    scenario = scenario_at("baseline+innovation-technology-tariff", settings)
    lever = scenario.levers["innovation-technology-tariff"]
    listed = lever.targets.innovation_mask(baseline.results.world)
    observed = observe(scenario, REPLICATES_NICE)
    before = month_index(scenario, lever.start) - 1
    last = month_index(scenario, Month(lever.schedule()[0][1] - 1))
    yield Row("itt-nothing-before", 0.0, 0.0, identical(observed, baseline, before))
    on_listed = paired(observed, baseline, lambda o: o.share_of_innovations_pp(listed))
    on_others = paired(observed, baseline, lambda o: o.share_of_innovations_pp(~listed))
    later = min(last + 12, scenario.months)
    yield signed("itt-raises-listed", on_listed[:, last], +1)

    def users_pp(o: Observed) -> np.ndarray:
        using = o.results.stage_by_innovation[:, :, USING_STAGES].sum(axis=2)[:, :, listed]
        return np.asarray(100.0 * using.sum(axis=2) / baseline.results.world.eligible[:, listed].sum())

    on_users = paired(observed, baseline, users_pp)
    yield signed("itt-money-ends", on_users[:, later] - on_users[:, last], -1)
    # what was paid for takes most change time in rollout, and so after the tariff
    effect, se = mean_and_se(on_others[:, last])
    yield signed("itt-displaces", on_others[:, later], -1, f"in the last funded month {effect:.3f}, SE {se:.3f}")
    yield decoupled("itt-decoupled", "innovation-technology-tariff", settings, listed)


def direction(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Facts on setting direction."""
    name = "baseline+setting-direction"
    served = aligned(baseline.results.world)
    observed = observe(scenario_at(name, settings), REPLICATES)
    on_aligned = paired(observed, baseline, lambda o: o.share_of_innovations_pp(served))
    on_others = paired(observed, baseline, lambda o: o.share_of_innovations_pp(~served))
    yield signed("direction-raises-aligned", on_aligned[:, -1], +1)
    yield signed("direction-lowers-others", on_others[:, -1], -1)


def tools_and_people(settings: Settings, baseline: Observed, replicates: int = REPLICATES) -> Iterator[Row]:
    """Facts on structures and tools, people and skills, and which of the two is worth more."""
    both = {"tools-raise": "baseline+structures-and-tools", "people-raise": "baseline+people-and-skills"}
    for fact, name in both.items():
        observed = observe(scenario_at(name, settings), replicates)
        yield signed(fact, paired(observed, baseline, lambda o: o.adopter_share_pp)[:, -1], +1)
    people, tools = (
        at_end(settings, replicates, lever, SCARCE) for lever in ("people-and-skills", "structures-and-tools")
    )
    burden_only = {"evaluation_time": 1.0, "passport": 0.0}
    burden = at_end(settings, replicates, "structures-and-tools", SCARCE, **burden_only)
    scarce = people - tools
    yield signed("people-over-tools-scarce", scarce, +1)
    yield signed("people-over-burden-scarce", people - burden, +1)
    people, tools = (
        at_end(settings, replicates, lever, PLENTY) for lever in ("people-and-skills", "structures-and-tools")
    )
    yield signed("tools-over-people-plenty", tools - people, +1)
    yield signed("people-lose-ground", scarce - (people - tools), +1)


def at_end(settings: Settings, replicates: int, lever: str, wte_per_size: float, **fields: float) -> np.ndarray:
    """Return float64[R], adopter share at month 120 in points, with ``lever`` on top of baseline at this c0."""
    more: dict[str, object] = {f"levers__{lever}__{name}": value for name, value in fields.items()}
    more["parameters__capacity__wte_per_size"] = wte_per_size
    return np.asarray(observe(scenario_at(f"baseline+{lever}", settings, **more), replicates).adopter_share_pp[:, -1])


MEASURES: tuple[Callable[..., Iterator[Row]], ...] = (
    nice,
    technology_tariff,
    direction,
    tools_and_people,
)
