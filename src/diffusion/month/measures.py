"""The monthly measures: one table, from which the recorder's places, the rows of sweeps and the labels are made.

To add one that the recorder counts: a row in ``RECORDED`` and its line in ``record_month`` (``recorder.py``). To add
one that follows from others: a row in ``DERIVED`` and its line in :func:`derived_measures`.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from diffusion.analysis.results.adoption import adopters_of, share_of_eligible
from diffusion.arrays import Floats, Ints
from diffusion.engine.stages import ADOPTER_STAGES
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.world.tables import World


class Measure(NamedTuple):
    """A number a replicate has at the end of a month; ``of`` says what it is counted over."""

    name: str
    unit: str
    label: str
    of: str


_ALL, _PORTFOLIO, _BORN = "portfolio and what is born", "portfolio", "what is born"
_TRUSTS, _PEOPLE, _FIRMS = "trusts", "people followed", "companies"

RECORDED: tuple[Measure, ...] = (
    Measure("organisations_using", "trusts", "Organisations using at least one innovation", _ALL),
    Measure("organisations_using_cohort", "trusts", "Organisations using one of the first cohort", "first cohort"),
    Measure("pairs_using", "pairs", "Pairs in pilot, rollout or sustained use", _ALL),
    Measure("adopters", "pairs", "Pairs in rollout or sustained use", _ALL),
    Measure("pilots", "pairs", "Pairs in pilot", _ALL),
    Measure("ever_adopters", "pairs", "Pairs that ever adopted", _ALL),
    Measure("pairs_in_use", "pairs", "Pairs with use above the threshold", _ALL),
    Measure("pairs_with_use", "pairs", "Pairs of trusts that have a use for the innovation", _PORTFOLIO),
    Measure("pairs_enrolled", "pairs", "Pairs enrolled in a national programme", _ALL),
    Measure("use_sum", "pairs", "Use, summed over pairs", _ALL),
    Measure("patients_benefiting", "patients", "Patients benefiting this month", _ALL),
    Measure("capacity_available_wte", "WTE", "Change time there is", _TRUSTS),
    Measure("capacity_needed_wte", "WTE", "Change time that work under way would take", _TRUSTS),
    Measure("capacity_used_wte", "WTE", "Change time used", _TRUSTS),
    Measure("capacity_lent_wte", "WTE", "Staff lent to trusts", _TRUSTS),
    Measure("blocked_money", "pairs", "Pairs waiting for money", _ALL),
    Measure("blocked_limit", "pairs", "Pairs waiting at the limit on pilots", _ALL),
    Measure("blocked_time", "pairs", "Pairs under way with less change time than they need", _ALL),
    Measure("blocked_burden", "pairs", "Pairs under way with a heavy burden (above 1.25)", _ALL),
    Measure("blocked_support", "pairs", "Pairs in evaluation or pilot without a champion", _ALL),
    Measure("fund_gbp", "GBP", "Money in innovation funds", _TRUSTS),
    Measure("evidence_mean", "information", "National evidence, mean over innovations", _ALL),
    Measure("recalled", "innovations", "Innovations recalled for harm", _ALL),
    Measure("people_in_nhs", "people", "Potential entrepreneurs in the NHS", _PEOPLE),
    Measure("people_left", "people", "Those who left for other work in the country", _PEOPLE),
    Measure("people_abroad", "people", "Those abroad", _PEOPLE),
    Measure("people_in_programme", "people", "Those in a programme", _PEOPLE),
    Measure("people_returned", "people", "Those who have returned", _PEOPLE),
    Measure("startups_founded", "start-ups", "Start-ups founded so far", _PEOPLE),
    Measure("startups_failed", "start-ups", "Start-ups that failed", _PEOPLE),
    Measure("startups_launched", "start-ups", "Start-ups that launched an innovation", _PEOPLE),
    Measure("companies_in_uk", "companies", "Companies in the UK market", _FIRMS),
    Measure("companies_away", "companies", "Companies that left it", _FIRMS),
    Measure("companies_failed", "companies", "Companies that failed", _FIRMS),
    Measure("innovations_live", "innovations", "Innovations that can be heard of", _ALL),
)
DERIVED: tuple[Measure, ...] = (
    Measure("adopters_born", "pairs", "Adopting pairs of innovations born during the run", _BORN),
    Measure("adopter_share", "share", "Adopter share of eligible pairs", _PORTFOLIO),
    Measure("adopter_share_with_use", "share", "Adopter share of pairs with a use for it", _PORTFOLIO),
    Measure("use_weighted_share", "share", "Use over eligible pairs", f"{_ALL}, over eligible pairs of the portfolio"),
    Measure("bad_adopters", "pairs", "Adopting pairs of innovations that do harm", _ALL),
)
MEASURES: tuple[Measure, ...] = (*RECORDED, *DERIVED)

#: place of every recorded measure in the record, by name: ``AT.adopters``
AT: Any = namedtuple("AT", [measure.name for measure in RECORDED])(*range(len(RECORDED)))


def derived_measures(
    recorded: Mapping[str, Floats], stage_by_innovation: Ints, benefit: Floats, world: World
) -> dict[str, Floats]:
    """Return the measures that follow from others by name, float64[R, T+1] each, in the order of ``DERIVED``.

    Shares are of the portfolio: what is born during a run differs between replicates and scenarios.

    Parameters
    ----------
    recorded: recorded measures by name, [R, T+1] each
    stage_by_innovation: [R, T+1, 10, K]
    benefit: true benefit, [R, K]
    """
    born = is_born(world.innovations)
    # counts are whole and read in place: no copy of the large array is made
    adopting_born = adopters_of(stage_by_innovation, born)
    harmful = np.where(benefit < 0, 1, 0)
    bad = sum(np.einsum("rtk,rk->rt", stage_by_innovation[:, :, stage], harmful) for stage in ADOPTER_STAGES)
    return {
        "adopters_born": adopting_born.astype(np.float64),
        "adopter_share": share_of_eligible(recorded["adopters"] - adopting_born, world.eligible, ~born),
        "adopter_share_with_use": (recorded["adopters"] - adopting_born) / np.maximum(1.0, recorded["pairs_with_use"]),
        "use_weighted_share": share_of_eligible(recorded["use_sum"], world.eligible, ~born),
        "bad_adopters": np.asarray(bad, dtype=np.float64),
    }
