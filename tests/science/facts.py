"""What the levers must show, each as a paired measurement: effect, standard error, and whether the fact holds.

A fact holds where the effect has its sign at more than three standard errors, unless it says otherwise. Shares are
adopters among eligible pairs, in percentage points. Months count from the start of the run; entry t of a series is
the end of month t.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from science import facts_awareness, facts_supply, facts_system, facts_today
from science.draws import Settings, frozen_draws
from science.measures import (
    MARGIN_PP,
    Row,
    decoupled,
    first_month_at,
    given,
    identical,
    mean_and_se,
    month_index,
    paired,
    pooled_share_pp,
    signed,
)
from science.runs import Observed, observe, scenario_at

REPLICATES = 48
REPLICATES_LOCAL_FIRST = 96
#: clearly bad innovations are few: their adopters need more replicates
REPLICATES_TEST_BEDS = 160
CLEARLY_BAD = -0.3
#: a twelfth month is early for a programme of two to four years
EARLY_MONTHS = 12
SLOW_SHARE_PP = 10.0

FACTS: dict[str, str] = {
    "tariff-nothing-before": "tariff: nothing changes before it starts, to the bit",
    "tariff-raises-listed": "tariff: listed innovations are up in its last month",
    "tariff-lapses": "tariff: that effect on them falls once it has ended (month 120 against its last month)",
    "tariff-displaces": "tariff: unlisted innovations are down in its last month, change time and money being scarce",
    "tariff-decoupled": "tariff: with nothing that couples innovations, unlisted ones do not change, to the bit",
    "ahsn-removed-lowers": "AHSN support removed: adopter share is lower at month 120",
    "ahsn-removed-slows": "AHSN support removed: 10 % of pairs adopt later (months; those after 120 count as 121)",
    "beds-good-gain": "test beds: good innovations (b > 0) are up at month 120",
    "beds-bad-gain-nothing": "test beds: clearly bad ones (b < -.3) gain under .1 pp outside the sites (95 % bound)",
    "beds-good-over-bad": "test beds: good ones gain more than clearly bad ones outside the sites",
    "local-leads-early": "local first: leads are up 12 months after the start",
    "local-gap-peaks": "local first: the effect on the gap between leads and the rest peaks while leads are favoured",
    "local-gap-closes": "local first: at month 120 that effect is at least a fifth below its peak",
    "local-rest-no-worse": "local first: the rest end no worse than baseline, by less than .1 pp (lower 95 % bound)",
    "common-draws": "common random numbers: paired variance at least 30 times below that of independent seeds (times)",
}


#: facts on further levers, by group
PARTS = (facts_awareness, facts_system, facts_supply)
for _part in (*PARTS, facts_today):
    FACTS |= _part.FACTS


def tariff(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Facts on the best practice tariff."""
    scenario = scenario_at("tariff", settings)
    lever = scenario.levers["best-practice-tariff"]
    world = baseline.results.world
    listed = lever.targets.innovation_mask(world)
    observed = observe(scenario, REPLICATES)
    before = month_index(scenario, lever.start) - 1
    last = month_index(scenario, lever.end) - 1
    yield Row("tariff-nothing-before", 0.0, 0.0, identical(observed, baseline, before))
    on_listed = paired(observed, baseline, lambda o: o.share_of_innovations_pp(listed))
    on_others = paired(observed, baseline, lambda o: o.share_of_innovations_pp(~listed))
    yield signed("tariff-raises-listed", on_listed[:, last], +1)
    yield signed("tariff-lapses", on_listed[:, -1] - on_listed[:, last], -1)
    yield signed("tariff-displaces", on_others[:, last], -1)
    yield decoupled("tariff-decoupled", "best-practice-tariff", settings, listed)


def ahsn_support(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Facts on the removal of AHSN support."""
    removed = observe(scenario_at("no-programmes", settings), REPLICATES)
    yield signed("ahsn-removed-lowers", paired(removed, baseline, lambda o: o.adopter_share_pp)[:, -1], -1)
    later = paired(removed, baseline, lambda o: first_month_at(o.adopter_share_pp, SLOW_SHARE_PP))
    yield signed("ahsn-removed-slows", later, +1)


def beds(settings: Settings, baseline: Observed, replicates: int = REPLICATES_TEST_BEDS) -> Iterator[Row]:
    """Facts on test beds."""
    observed = observe(scenario_at("test-beds", settings), replicates)
    benefit = baseline.results.benefit[:replicates, None, :]
    eligible = baseline.results.world.eligible[None]
    change = observed.adopting_at_end.astype(np.int64) - baseline.adopting_at_end[:replicates]
    outside = eligible & ~observed.sites[:, :, None]

    def effect_pp(chosen: np.ndarray) -> np.ndarray:
        return pooled_share_pp((change * chosen).sum(axis=(1, 2)), chosen.sum(axis=(1, 2)))

    yield signed("beds-good-gain", effect_pp(eligible & (benefit > 0)), +1)
    good, bad = effect_pp(outside & (benefit > 0)), effect_pp(outside & (benefit < CLEARLY_BAD))
    effect, se = mean_and_se(bad)
    yield Row("beds-bad-gain-nothing", effect, se, effect + 1.96 * se < MARGIN_PP, f"bound {effect + 1.96 * se:.3f}")
    yield signed("beds-good-over-bad", good - bad, +1)


def local_first(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Facts on acceleration, local first, and the gain from common random numbers."""
    scenario = scenario_at("local-first", settings)
    lever = scenario.levers["local-first"]
    leads = lever.leads(baseline.results.world)
    observed = observe(scenario, REPLICATES_LOCAL_FIRST)
    on_leads = paired(observed, baseline, lambda o: o.share_of_trusts_pp(leads))
    on_rest = paired(observed, baseline, lambda o: o.share_of_trusts_pp(~leads))
    gap = on_leads - on_rest
    start = month_index(scenario, lever.start) - 1
    release = start + lever.lead_months
    yield signed("local-leads-early", on_leads[:, start + EARLY_MONTHS], +1)
    mean_gap = gap.mean(axis=0)
    peak = int(mean_gap.argmax())
    favoured = start + 1 + int(mean_gap[start + 1 : release + 1].argmax())
    later = release + 1 + int(mean_gap[release + 1 :].argmax())
    effect, se = mean_and_se(gap[:, favoured] - gap[:, later])
    note = f"month {peak}, favoured {start + 1}-{release}"
    yield Row("local-gap-peaks", effect, se, start < peak <= release and effect > 0, note)
    yield signed("local-gap-closes", gap[:, -1] - 0.8 * gap[:, peak], -1)
    effect, se = mean_and_se(on_rest[:, -1])
    yield Row("local-rest-no-worse", effect, se, effect - 1.96 * se > -MARGIN_PP, f"bound {effect - 1.96 * se:.3f}")
    yield common_draws(observed, baseline)


def common_draws(observed: Observed, baseline: Observed) -> Row:
    """Variance of the difference with independent seeds (the sum of both) over that of the paired difference."""
    n = observed.results.n_replicates
    x, y = observed.adopter_share_pp[:, -1], baseline.adopter_share_pp[:n, -1]
    ratio = (x.var(ddof=1) + y.var(ddof=1)) / (x - y).var(ddof=1)
    # of a ratio of two variances of n normal values, approximately
    return Row("common-draws", float(ratio), float(ratio * np.sqrt(4.0 / (n - 1))), bool(ratio >= 30.0))


def settings_of(point: int) -> Settings:
    """Return the settings of a point: 0 is the defaults, 1 to 5 are the committed draws."""
    return frozen_draws()[point] if point else {}


#: where an effect is many standard errors from 0 at the defaults, replicates that show it there
FEWER: dict[str, int] = {
    "beds": 64, "awards": 48, "points": 48, "tools_and_people": 24, "supply": 24,
    "mandate": 24, "zones": 24, "pressed": 24, "procurement": 24, "known_boards": 24,
}  # fmt: skip


def measure(point: int, fewer: bool = False) -> list[Row]:
    """Measure all facts at a point; with ``fewer`` replicates, which are enough at the defaults."""
    settings = settings_of(point)
    replicates = FEWER if fewer else {}
    baseline = observe(scenario_at("baseline", settings), REPLICATES_LOCAL_FIRST if fewer else REPLICATES_TEST_BEDS)
    measures = (tariff, ahsn_support, beds, local_first, *(m for part in PARTS for m in part.MEASURES))
    rows = [row for facts in measures for row in facts(settings, baseline, **given(facts, replicates))]
    return rows + list(facts_today.measured(settings, replicates))
