"""What SBRI, the Accelerator, the Clinical Entrepreneur Programme, and people and companies must show."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from science.draws import Settings
from science.measures import Row, month_index, paired, signed, small
from science.runs import Observed, observe, scenario_at

REPLICATES = 48
#: months of a programme for people before anything can come of it
LAG_MONTHS = 12
#: months after the start at which effects on supply and on fellows' innovations are looked at
LATER_MONTHS = 60
FELLOWS_MONTHS = 24

FACTS: dict[str, str] = {
    "fellows-reach": "accelerator: more organisations use one of the cohort nine months after the start",
    "fellows-innovations-up": "accelerator: adopters of the fellows' innovations are up two years after the start",
    "fellows-concentrated": "accelerator: their gain in points is above that of all other innovations",
    "sbri-lag": "SBRI: no innovation more in the first twelve months, to the bit",
    "sbri-supply": "SBRI: more innovations are live five years after the start",
    "sbri-not-direct": "SBRI: adopter share of the portfolio changes by under .1 pp in the first year",
    "entrepreneurs-lag": "clinical entrepreneurs: no start-up is founded more in the first twelve months, to the bit",
    "entrepreneurs-supply": "clinical entrepreneurs: more start-ups have launched five years after the start",
    "entrepreneurs-stay": "clinical entrepreneurs: more of them are in the NHS five years after the start",
    "entrepreneurs-not-direct": "clinical entrepreneurs: adopter share changes by under .1 pp in the first year",
}


def accelerator(settings: Settings, baseline: Observed) -> Iterator[Row]:
    """Facts on the fellowship, begun in July 2015 when its innovations were new."""
    scenario = scenario_at("baseline+accelerator", settings, levers__accelerator__start="2015-07")
    observed = observe(scenario, REPLICATES)
    more = paired(observed, baseline, lambda o: o.results.monthly["organisations_using_cohort"])[:, 9]
    yield signed("fellows-reach", more, +1, "organisations")
    table = baseline.results.world.innovations
    fellows = np.array([cohort == "nia-2015" for cohort in table.cohort])
    on_fellows = paired(observed, baseline, lambda o: o.share_of_innovations_pp(fellows))[:, FELLOWS_MONTHS]
    on_others = paired(observed, baseline, lambda o: o.share_of_innovations_pp(~fellows))[:, FELLOWS_MONTHS]
    yield signed("fellows-innovations-up", on_fellows, +1)
    yield signed("fellows-concentrated", on_fellows - on_others, +1)


def supply(settings: Settings, baseline: Observed, replicates: int = REPLICATES) -> Iterator[Row]:
    """Facts on SBRI and the Clinical Entrepreneur Programme, against the twin run with people and companies."""
    twin = observe(scenario_at("baseline+people-and-companies", settings), replicates)
    for name, prefix, begun, measure in (
        ("sbri", "sbri", "innovations_live", "innovations_live"),
        ("clinical-entrepreneurs", "entrepreneurs", "startups_founded", "startups_launched"),
    ):
        scenario = scenario_at(f"baseline+{name}", settings)
        observed = observe(scenario, replicates)
        start = month_index(scenario, scenario.levers[name].start) - 1
        early = paired(observed, twin, lambda o, name=begun: o.results.monthly[name])[:, : start + LAG_MONTHS + 1]
        yield Row(f"{prefix}-lag", 0.0, 0.0, bool(not early.any()))
        more = paired(observed, twin, lambda o, name=measure: o.results.monthly[name])
        yield signed(f"{prefix}-supply", more[:, start + LATER_MONTHS], +1)
        if prefix == "entrepreneurs":
            stay = paired(observed, twin, lambda o: o.results.monthly["people_in_nhs"])
            yield signed("entrepreneurs-stay", stay[:, start + LATER_MONTHS], +1)
        change = paired(observed, twin, lambda o: o.adopter_share_pp)[:, start + LAG_MONTHS]
        yield small(f"{prefix}-not-direct", change, z=1.645, note="90 % within {:.3f}")


MEASURES: tuple[Callable[..., Iterator[Row]], ...] = (accelerator, supply)
