"""The monthly measures: one table, from which the recorder's places, the rows of sweeps and the labels are made.

To add one that the recorder counts: a row in ``RECORDED`` and its line in ``record_month`` (``recorder.py``). To add
one that follows from others: a row in ``DERIVED`` and its line in :func:`derived_measures`.

What is counted at one moment only (:func:`share_now`) is no monthly measure: studies and the evidence ask for it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from diffusion.analysis.results.adoption import adopters_of, eligible_pairs
from diffusion.arrays import Bools, Floats, Ints, Longs
from diffusion.engine.stages import ADOPTER_STAGES, HEARD_STAGES, INELIGIBLE, USING_STAGES
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.world.tables import World


#: What is counted of the organisations that could adopt; ``use`` is a mean over them, ``scaled`` is of pilots.
Quantity = Literal["adopters", "ever", "using", "aware", "complete", "enrolled", "use", "scaled"]
QUANTITIES: dict[str, str] = {
    "adopters": "in rollout or sustained use at the date",
    "ever": "have been in rollout or sustained use by the date",
    "using": "in pilot, rollout or sustained use at the date",
    "aware": "have heard of it by the date",
    "complete": "have rolled it out to nine tenths or more at the date",
    "enrolled": "enrolled in a national programme by the date",
    "use": "rollout inside the organisation, mean over those at risk, at the date",
    "scaled": "pilots that went on to rollout, of all that ended by the date",
}
#: from this share of its rollout on an organisation does it for all
COMPLETE = 0.9


#: a good innovation (true benefit above 0) counts as missed while less than this share of its trusts has adopted it
MISSED_BELOW = 0.05
#: professions of the people followed, in the order of ``PROFESSIONS`` of mechanisms/supply/people.py
PROFESSION_LABELS: dict[str, str] = {
    "doctors": "Doctors",
    "nurses": "Nurses",
    "midwives": "Midwives",
    "allied_health": "Allied health professionals",
    "pharmacists": "Pharmacists",
    "scientists": "Scientists",
}


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
    Measure("pairs_under_way", "pairs", "Pairs in evaluation, pilot or rollout", _ALL),
    Measure("need_begun", "patients/month", "Need of pairs that have been in pilot or beyond", _ALL),
    Measure("need_begun_cohort", "patients/month", "The same of the first cohort", "first cohort"),
    Measure("people_applied", "applications", "Applications to the entrepreneurs' programme so far", _PEOPLE),
    Measure("people_appointed", "people", "Those ever appointed to it", _PEOPLE),
    Measure("people_appointed_outside", "people", "Of these, outside the NHS when appointed", _PEOPLE),
    Measure("people_appointed_in_nhs", "people", "Those ever appointed who are in the NHS", _PEOPLE),
    Measure("people_appointed_left", "people", "Those ever appointed who left for other work", _PEOPLE),
    Measure("people_appointed_abroad", "people", "Those ever appointed who are abroad", _PEOPLE),
    *(
        Measure(f"brain_gain_{name}", "people", f"{label} in the NHS more than without programmes", _PEOPLE)
        for name, label in PROFESSION_LABELS.items()
    ),
    *(
        Measure(f"people_outside_{name}", "people", f"{label} who have left or are abroad", _PEOPLE)
        for name, label in PROFESSION_LABELS.items()
    ),
    Measure(
        "people_mentored_industry", "people", "Those given a mentor at an industry partner, a month later", _PEOPLE
    ),
    Measure("people_mentored_ahsn", "people", "Those given a mentor at an AHSN, a month later", _PEOPLE),
    Measure("industry_partners", "organisations", "Industry partners that mentor anyone", _PEOPLE),
    Measure("raised_by_fellows_gbp", "GBP", "Money raised by fellows so far", "fellows"),
    Measure("raised_by_founders_gbp", "GBP", "Money raised by people's start-ups so far", _PEOPLE),
    Measure("uk_sales_gbp", "GBP", "Sales to trusts of companies in the UK so far", _FIRMS),
    Measure("uk_spending_gbp", "GBP", "Spending of companies in the UK and start-ups so far", _FIRMS),
    Measure("founders_spending_gbp", "GBP", "Of that, spending of people's start-ups so far", _PEOPLE),
    Measure("companies_left_uk", "times", "Companies that left the UK market, so far", _FIRMS),
    Measure("companies_came_back", "times", "Companies that came back to it, so far", _FIRMS),
    *(
        Measure(f"{stem}_{name}", unit, f"{label} {what}", _PEOPLE)
        for stem, unit, what in (
            ("people_followed", "people", "who are followed"),
            ("people_left", "people", "who left for other work in the country"),
            ("people_returned", "people", "who have returned"),
            ("startups_founded", "start-ups", "who have founded a start-up"),
        )
        for name, label in PROFESSION_LABELS.items()
    ),
    Measure("ever_adopters_born", "pairs", "Pairs of innovations born during the run that ever adopted", _BORN),
    Measure("use_sum_born", "pairs", "Use, summed over pairs of innovations born during the run", _BORN),
)
DERIVED: tuple[Measure, ...] = (
    Measure("adopters_born", "pairs", "Adopting pairs of innovations born during the run", _BORN),
    Measure("adopter_share", "share", "Adopter share of eligible pairs", _PORTFOLIO),
    Measure("adopter_share_with_use", "share", "Adopter share of pairs with a use for it", _PORTFOLIO),
    Measure("use_weighted_share", "share", "Use over eligible pairs", f"{_ALL}, over eligible pairs of the portfolio"),
    Measure("bad_adopters", "pairs", "Adopting pairs of innovations that do harm", _ALL),
    Measure("good_innovations_missed", "innovations", "Good innovations that few trusts have adopted", _PORTFOLIO),
)
MEASURES: tuple[Measure, ...] = (*RECORDED, *DERIVED)

#: place of every recorded measure in the record, by name: ``AT.adopters``
AT: Any = namedtuple("AT", [measure.name for measure in RECORDED])(*range(len(RECORDED)))


def derived_measures(
    recorded: Mapping[str, Floats], stage_by_innovation: Ints, benefit: Floats, world: World, first_month: int = 0
) -> dict[str, Floats]:
    """Return the measures that follow from others by name, float64[R, T+1] each, in the order of ``DERIVED``.

    Shares are of the portfolio: what is born during a run differs between replicates and scenarios.

    Parameters
    ----------
    recorded: recorded measures by name, [R, T+1] each
    stage_by_innovation: [R, T+1, 10, K]
    benefit: true benefit, [R, K]
    first_month: month of the first entry of the month axes
    """
    born = is_born(world.innovations)
    # counts are whole and read in place: no copy of the large array is made
    adopting_born = adopters_of(stage_by_innovation, born)
    pairs = eligible_pairs(stage_by_innovation, world, ~born)
    harmful = np.where(benefit < 0, 1, 0)
    bad = sum(np.einsum("rtk,rk->rt", stage_by_innovation[:, :, stage], harmful) for stage in ADOPTER_STAGES)
    return {
        "adopters_born": adopting_born.astype(np.float64),
        "adopter_share": (recorded["adopters"] - adopting_born) / pairs,
        "adopter_share_with_use": (recorded["adopters"] - adopting_born) / np.maximum(1.0, recorded["pairs_with_use"]),
        "use_weighted_share": recorded["use_sum"] / pairs,
        "bad_adopters": np.asarray(bad, dtype=np.float64),
        "good_innovations_missed": _good_missed(stage_by_innovation, benefit, world, ~born, first_month),
    }


def _good_missed(
    stage_by_innovation: Ints, benefit: Floats, world: World, portfolio: Bools, first_month: int
) -> Floats:
    """Return float64[R, T+1]: innovations of the portfolio with b > 0, on the market, with few adopters.

    Few are fewer than ``MISSED_BELOW`` of the eligible trusts; on the market are those live before the month's end.
    """
    month = first_month + np.arange(stage_by_innovation.shape[1])
    changing = bool(world.changes)
    few = MISSED_BELOW * world.eligible.sum(axis=0)
    missed = np.zeros(stage_by_innovation.shape[:2])
    for k in np.flatnonzero(portfolio & world.eligible.any(axis=0)):
        adopters = sum(stage_by_innovation[:, :, stage, k] for stage in ADOPTER_STAGES)
        on_market = month > world.innovations.live_month[k]
        least = few[k]
        if changing:  # the eligible trusts of the month
            least = MISSED_BELOW * np.delete(stage_by_innovation[..., k], INELIGIBLE, axis=2).sum(axis=2)
        missed += (adopters < least) & on_market & (benefit[:, k] > 0)[:, None]
    return missed


def share_now(
    quantity: str,
    innovations: Longs,
    world: World,
    block: Block,
    any_of: bool = False,
    among: Bools | None = None,
) -> Floats:
    """Return float64[R]: the share of eligible organisations of which ``quantity`` is true now.

    Parameters
    ----------
    quantity: one of :data:`QUANTITIES`
    innovations: over which it is counted: int64[n], columns of the world's table
    any_of: organisations for which it is true of any of them, of all organisations; else pairs, of eligible ones
    among: bool[N], the organisations that count; default: all
    """
    k = innovations
    eligible = world.eligible[:, k] if among is None else world.eligible[:, k] & among[:, None]
    stage = block.pairs.stage[:, :, k]
    if quantity == "scaled":
        went_on, ended = block.counters.trials[:, :, k].sum(axis=2).T
        return np.asarray(went_on / np.maximum(1, went_on + ended), dtype=np.float64)
    if quantity == "use":
        value = np.where(np.isin(stage, ADOPTER_STAGES), block.pairs.rollout[:, :, k], 0.0)
    elif quantity == "complete":
        value = np.isin(stage, ADOPTER_STAGES) & (block.pairs.rollout[:, :, k] >= COMPLETE)
    elif quantity == "ever":
        value = block.pairs.ever[:, :, k] > 0
    elif quantity == "enrolled":
        term = block.space.terms.value("enrolled")
        value = np.broadcast_to(term, block.pairs.stage.shape)[:, :, k] > 0
    else:
        stages = {"adopters": ADOPTER_STAGES, "using": USING_STAGES, "aware": HEARD_STAGES}[quantity]
        value = np.isin(stage, stages)
    if any_of:
        number = max(1, int((world.present if among is None else among & world.present).sum()))
        return np.asarray((value & eligible).any(axis=2).sum(axis=1) / number, dtype=np.float64)
    return np.asarray((value * eligible).sum(axis=(1, 2)) / max(1, int(eligible.sum())), dtype=np.float64)
