"""The outcomes that programmes and their sources speak of: access, people kept, money raised, companies, what holds up.

An outcome that a run cannot tell is left out: those of people where none are followed, those of a programme that the
scenario does not have. Brain gain is against every person's twin without programmes (mechanisms/supply/people.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from diffusion.analysis.outcomes.counted import (
    ACCELERATOR,
    COUNTS,
    ENTREPRENEURS,
    PROFESSIONS,
    CountedRuns,
    jobs,
    people_followed,
    programme_start,
)
from diffusion.analysis.outcomes.outcome import Outcome
from diffusion.arrays import Floats, Longs
from diffusion.engine.stages import ADOPTER_STAGES, INELIGIBLE
from diffusion.world.innovations import PRIORITIES, SHIFTS
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    from diffusion.world.tables import InnovationTable

_people = partial(Outcome, unit="people", decimals=1)
_share = partial(Outcome, unit="%", decimals=1, change_unit="pp")
_pounds = partial(Outcome, unit="£ million", decimals=1, factor=1e-6)
_patients = partial(Outcome, unit="thousand/month", decimals=1, better=1, factor=1e-3)
#: months after an accelerator's start at which its first count was reported
FIRST_COUNT_MONTHS = 9
_BLOCKS: tuple[str, ...] = ("time", "money", "burden", "support")
_TAG_WORDS = {
    "hospital-to-community": "hospital to community",
    "analogue-to-digital": "analogue to digital",
    "sickness-to-prevention": "sickness to prevention",
    "detection-diagnosis-prevention": "detection, diagnosis and prevention",
    "personalised-medicine": "personalised medicine",
    "workforce-automation": "workforce and automation",
}


#: names of the outcomes of strategic shifts and priorities, by tag
TAG_OUTCOMES: dict[str, str] = {
    "hospital-to-community": "shift_community_pct",
    "analogue-to-digital": "shift_digital_pct",
    "sickness-to-prevention": "shift_prevention_pct",
    "detection-diagnosis-prevention": "priority_detection_pct",
    "personalised-medicine": "priority_personalised_pct",
    "workforce-automation": "priority_workforce_pct",
}


PROGRAMME_OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "organisations_using_cohort", "Organisations using one of the first cohort", "trusts", 1, 1,
        phrase="the number of organisations using one of the first cohort's innovations",
    ),
    Outcome(
        "organisations_using_month_9", "Organisations using one of the first cohort, month 9", "trusts", 1, 1,
        phrase="the number of organisations using one of the first cohort's innovations after nine months",
    ),
    _patients(
        "patients_begun", "Patients who begin to access: need of pairs new in pilot or beyond",
        phrase="the number of patients who begin to access an innovation",
    ),
    _patients(
        "patients_begun_cohort", "Patients who begin to access the first cohort",
        phrase="the number of patients who begin to access one of the first cohort's innovations",
    ),
    _patients(
        "patients_begun_month_9", "Patients who begin to access the first cohort, month 9",
        phrase="the number of patients who begin to access one of them within nine months",
    ),
    _pounds("raised_by_fellows_gbp", "Money raised by fellows", better=1),
    _pounds("raised_by_founders_gbp", "Money raised by people's start-ups", better=1),
    _people("clinicians_applied", "Applications to the entrepreneurs' programme"),
    _people("clinicians_appointed", "Clinicians appointed", phrase="the number of clinicians appointed"),
    _share("clinicians_appointed_pct", "Appointed, of applications"),
    _share(
        "clinicians_returned_pct", "Appointed who had left the NHS and returned",
        phrase="the share of those appointed who had left the NHS and returned",
    ),
    _people("clinicians_kept", "Appointed who are in the NHS at the end", better=1),
    _people("clinicians_left", "Appointed who left for other work", better=-1),
    _people("clinicians_abroad", "Appointed who are abroad", better=-1),
    _people("brain_gain", "Brain gain: in the NHS more than without the programme", better=1),
    *(_people(f"brain_gain_{name}", f"Brain gain: {name.replace('_', ' ')}", better=1) for name in PROFESSIONS),
    _people("brain_drain", "Brain drain: outside the NHS, more than at the start", better=-1),
    *(_people(f"brain_drain_{name}", f"Brain drain: {name.replace('_', ' ')}", better=-1) for name in PROFESSIONS),
    _people("clinicians_mentored_industry", "Clinicians with a mentor in industry"),
    _people("clinicians_mentored_ahsn", "Clinicians with a mentor at an AHSN"),
    Outcome("industry_partners", "Industry partners that mentor anyone", "organisations", 1),
    Outcome("startups_founded", "Start-ups founded", "start-ups", 1, 1),
    Outcome("startups_launched", "Start-ups that launched an innovation", "start-ups", 1, 1),
    Outcome("startups_failed", "Start-ups that failed before", "start-ups", 1, -1),
    Outcome("companies_in_uk", "Companies in the UK market", "companies", 1, 1),
    Outcome("companies_left_uk", "Companies that launched abroad instead", "times", 1, -1),
    Outcome("companies_came_back", "Companies that came back, dearer", "times", 1),
    _pounds("uk_sales_gbp", "Sales to trusts of companies in the UK", phrase="sales of companies in the UK"),
    Outcome("uk_jobs", "Jobs in companies in the UK, last year", "jobs", 0, 1, phrase="jobs in companies in the UK"),
    *(
        _share(
            f"blocked_{block}_pct", f"Pairs under way held up by {'missing support' if block == 'support' else block}",
            better=-1, phrase=f"the share of pairs under way held up by {block}",
        )
        for block in _BLOCKS
    ),
    *(
        Outcome(
            TAG_OUTCOMES[tag], f"Adopter share: {_TAG_WORDS[tag]}", "%", 2, 1, change_unit="pp",
            phrase=f"the adopter share of innovations for {_TAG_WORDS[tag]}",
        )
        for tag in (*SHIFTS, *PRIORITIES)
    ),
    Outcome(
        "good_innovations_missed", "Good innovations that under 5 % of trusts have adopted", "innovations", 1, -1,
        phrase="the number of good innovations that under 5 % of their trusts have adopted",
    ),
)  # fmt: skip
PROGRAMME_NAMES: frozenset[str] = frozenset(outcome.name for outcome in PROGRAMME_OUTCOMES)

#: what they are about, as tables show them: title, and the first letters of their names
PROGRAMME_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Access", ("organisations_using_", "patients_begun")),
    ("Brain drain: people followed", ("brain_drain",)),
    ("People of the entrepreneurs' programme", ("clinicians_", "brain_gain", "industry_partners")),
    ("Start-ups, companies and money raised", ("raised_by_", "startups_", "companies_", "uk_")),
    ("What holds pairs up", ("blocked_",)),
    ("Adoption by strategic shift and by priority", ("shift_", "priority_", "good_innovations_missed")),
)


def group_names(group: int) -> tuple[str, ...]:
    """Return the names of the outcomes of a row of :data:`PROGRAMME_GROUPS`, in their order."""
    return tuple(outcome.name for outcome in PROGRAMME_OUTCOMES if outcome.name.startswith(PROGRAMME_GROUPS[group][1]))


#: outcomes that are a series at the end of the run, by what has to be there
_PEOPLE_SERIES = {name: name for name in ("startups_founded", "startups_launched", "startups_failed")} | {
    "raised_by_founders_gbp": "raised_by_founders_gbp"
}
_ENTREPRENEURS_SERIES = {
    "clinicians_applied": "people_applied",
    "clinicians_appointed": "people_appointed",
    "clinicians_kept": "people_appointed_in_nhs",
    "clinicians_left": "people_appointed_left",
    "clinicians_abroad": "people_appointed_abroad",
    "clinicians_mentored_industry": "people_mentored_industry",
    "clinicians_mentored_ahsn": "people_mentored_ahsn",
    "industry_partners": "industry_partners",
    **{f"brain_gain_{name}": f"brain_gain_{name}" for name in PROFESSIONS},
}
_COMPANY_SERIES = {
    name: name for name in ("companies_in_uk", "companies_left_uk", "companies_came_back", "uk_sales_gbp")
}


class CountedWorld(Protocol):
    """A world; what is not known of its innovations (an older folder of results) is missing there."""

    @property
    def innovations(self) -> InnovationTable: ...


class ProgrammeRuns(CountedRuns, Protocol):
    """Runs of one scenario, as far as these outcomes look at them."""

    @property
    def world(self) -> CountedWorld: ...
    @property
    def stage_by_innovation(self) -> Longs: ...


def programme_values(runs: ProgrammeRuns) -> dict[str, Floats]:
    """Return outcome name -> array [R], for every outcome of programmes that these runs can tell."""
    monthly = runs.monthly
    values = _access(runs)
    if people_followed(monthly):
        values |= _ends(monthly, _PEOPLE_SERIES)
        if programme_start(runs, ENTREPRENEURS) is not None:
            values |= _entrepreneurs(monthly)
        values |= _brain_drain(monthly)
    if companies_followed(runs):
        values |= _ends(monthly, _COMPANY_SERIES)
        if "uk_spending_gbp" in monthly:
            values["uk_jobs"] = jobs(monthly, "uk_spending_gbp", runs.months)
    values |= _blocked(monthly)
    values |= _by_tag(runs, (*SHIFTS, *PRIORITIES))
    return values | _ends(monthly, {"good_innovations_missed": "good_innovations_missed"})


def companies_followed(runs: ProgrammeRuns) -> bool:
    """Whether companies trade: those of the portfolio's innovations that have a price, once they are on the market."""
    table, monthly = runs.world.innovations, runs.monthly
    names = ("companies_in_uk", "companies_away", "companies_failed")
    priced, live = getattr(table, "has_company", None), getattr(table, "live_month", None)
    if priced is None or live is None:
        return False
    expected = (np.asarray(priced) & ~is_born(table) & (np.asarray(live) < runs.months)).any()
    return bool(expected and all(name in monthly for name in names) and any(monthly[name].any() for name in names))


def _ends(monthly: Mapping[str, Floats], names: Mapping[str, str]) -> dict[str, Floats]:
    """Return the series at the end of the run, as outcome -> [R]; ``names`` are series by outcome."""
    return {
        outcome: np.asarray(monthly[name][:, -1], dtype=np.float64)
        for outcome, name in names.items()
        if name in monthly
    }


def _access(runs: ProgrammeRuns) -> dict[str, Floats]:
    """Return who uses, and how many patients begin to access; of the first cohort where the portfolio has it."""
    monthly, values = runs.monthly, {}
    if "need_begun" in monthly:
        values["patients_begun"] = monthly["need_begun"][:, -1] - monthly["need_begun"][:, 0]
    start = programme_start(runs, ACCELERATOR)
    if any(getattr(runs.world.innovations, "cohort", ())) and "need_begun_cohort" in monthly:
        values["organisations_using_cohort"] = monthly["organisations_using_cohort"][:, -1].astype(np.float64)
        values["patients_begun_cohort"] = monthly["need_begun_cohort"][:, -1] - monthly["need_begun_cohort"][:, 0]
        if start is not None and 0 <= start <= runs.months - FIRST_COUNT_MONTHS:
            month = start + FIRST_COUNT_MONTHS
            for name, count in (
                ("organisations_using_month_9", "organisations_using_cohort"),
                ("patients_begun_month_9", "need_begun_cohort"),
            ):
                found = COUNTS[count].of(runs, start, month)
                assert found is not None
                values[name] = found
    if start is not None:
        values |= _ends(monthly, {"raised_by_fellows_gbp": "raised_by_fellows_gbp"})
    return values


def _entrepreneurs(monthly: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return what became of those who applied: appointed = kept + left + abroad; and the brain gain."""
    values = _ends(monthly, _ENTREPRENEURS_SERIES)
    if len(values) < len(_ENTREPRENEURS_SERIES):
        return {}
    appointed, applied = values["clinicians_appointed"], values["clinicians_applied"]
    with np.errstate(invalid="ignore", divide="ignore"):
        values["clinicians_appointed_pct"] = np.where(applied > 0, 100 * appointed / applied, np.nan)
        outside = monthly["people_appointed_outside"][:, -1]
        values["clinicians_returned_pct"] = np.where(appointed > 0, 100 * outside / appointed, np.nan)
    values["brain_gain"] = np.sum([values[f"brain_gain_{name}"] for name in PROFESSIONS], axis=0)
    return values


def _brain_drain(monthly: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return how many more of the people followed are outside the NHS at the end than at the start, by profession."""
    series = {name: monthly[f"people_outside_{name}"] for name in PROFESSIONS if f"people_outside_{name}" in monthly}
    if len(series) < len(PROFESSIONS):
        return {}
    drain = {
        f"brain_drain_{name}": (values[:, -1] - values[:, 0]).astype(np.float64) for name, values in series.items()
    }
    return drain | {"brain_drain": np.sum(list(drain.values()), axis=0)}


def _blocked(monthly: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return, by what holds pairs up, the share of all pair-months under way that it held up, in per cent.

    sum_t blocked_t / sum_t under way_(t-1): a month's blocks are counted over the pairs in evaluation, pilot or rollout
    at its beginning. A pair may be held up by several. Without limits on change time only money is counted; NaN in a
    replicate in which nothing is ever under way.
    """
    if "pairs_under_way" not in monthly:
        return {}
    under_way = monthly["pairs_under_way"][:, :-1].sum(axis=1)
    limited = "capacity_available_wte" in monthly and bool(monthly["capacity_available_wte"].any())
    values = {}
    for block in _BLOCKS:
        if f"blocked_{block}" in monthly and (limited or block == "money"):
            held = monthly[f"blocked_{block}"][:, 1:].sum(axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                values[f"blocked_{block}_pct"] = np.where(under_way > 0, 100 * held / under_way, np.nan)
    return values


def _by_tag(runs: ProgrammeRuns, tags: Sequence[str]) -> dict[str, Floats]:
    """Return the adopter share at the end, in per cent, of the portfolio's innovations with each tag that it has."""
    table = runs.world.innovations
    own = getattr(table, "tags", None)
    if own is None:
        return {}
    born, last, values = is_born(table), runs.stage_by_innovation[:, -1], {}
    for tag in tags:
        chosen = np.array([tag in innovation for innovation in own], dtype=bool) & ~born
        pairs = last[:, :, chosen].sum(axis=(1, 2)) - last[:, INELIGIBLE, chosen].sum(axis=1)
        if chosen.any() and pairs.min() > 0:
            adopted = last[:, list(ADOPTER_STAGES)][:, :, chosen].sum(axis=(1, 2))
            values[TAG_OUTCOMES[tag]] = np.asarray(100 * adopted / pairs, dtype=np.float64)
    return values
