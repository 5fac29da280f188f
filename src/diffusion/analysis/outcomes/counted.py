"""What programmes count of themselves, from the monthly series of a run: one number per replicate at a month.

Every count is a row of :data:`COUNTS`. A function that cannot tell its count from a run (nobody is followed, the money
was not kept) returns None: that is no zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from diffusion.arrays import Floats
from diffusion.engine.calendar import Month

#: a job is so much of a company's spending in a year, as a WTE costs where levers buy time (assumption, grade C)
JOB_GBP_PER_YEAR = 60_000.0
#: ids of the levers whose counts these are
ACCELERATOR, ENTREPRENEURS = "accelerator", "clinical-entrepreneurs"
#: brain gain by profession, in the order of the series ``brain_gain_*``
PROFESSIONS: tuple[str, ...] = ("doctors", "nurses", "midwives", "allied_health", "pharmacists", "scientists")


class Programmes(Protocol):
    """A scenario, as far as the dates of its levers go."""

    @property
    def start(self) -> Month | str: ...
    @property
    def levers(self) -> Mapping[str, Dated] | None: ...


class Dated(Protocol):
    """A lever with its first month."""

    @property
    def start(self) -> Month | None: ...


class CountedRuns(Protocol):
    """Runs of one scenario, as far as these counts look at them; month axes have T + 1 entries."""

    @property
    def scenario(self) -> Programmes: ...
    @property
    def months(self) -> int: ...
    @property
    def monthly(self) -> Mapping[str, Floats]: ...
    @property
    def money_gbp(self) -> Floats: ...
    @property
    def money_flows(self) -> tuple[tuple[str, str, str], ...]: ...


class Count(NamedTuple):
    """A count: its unit, and what gives it [R] from runs, the month of the programme's start, and the month asked."""

    unit: str
    of: Callable[[CountedRuns, int, int], Floats | None]


def programme_start(runs: CountedRuns, lever: str) -> int | None:
    """Return the month (0 is the opening state) at whose end ``lever`` begins: its first month of work is the next.

    None where the scenario has no such lever. Negative where it began before the run.
    """
    first = Month(str(runs.scenario.start))
    starts = [
        Month(str(each.start)) - first
        for key, each in (runs.scenario.levers or {}).items()
        if getattr(each, "name", key) == lever and each.start is not None
    ]
    return min(starts, default=None)


def people_followed(monthly: Mapping[str, Floats]) -> bool:
    """Whether there are people who may found companies."""
    names = ("people_in_nhs", "people_left", "people_abroad")
    return all(name in monthly for name in names) and bool(any(monthly[name][:, 0].any() for name in names))


def at_month(name: str) -> Callable[[CountedRuns, int, int], Floats | None]:
    """Return what reads a series at the month asked."""

    def read(runs: CountedRuns, start: int, month: int) -> Floats | None:
        return np.asarray(runs.monthly[name][:, month], dtype=np.float64) if name in runs.monthly else None

    return read


def since_start(name: str) -> Callable[[CountedRuns, int, int], Floats | None]:
    """Return what reads by how much a running sum has grown since the programme's start."""

    def read(runs: CountedRuns, start: int, month: int) -> Floats | None:
        if name not in runs.monthly:
            return None
        series = runs.monthly[name]
        return np.asarray(series[:, month] - series[:, max(0, start)], dtype=np.float64)

    return read


def of_people(name: str) -> Callable[[CountedRuns, int, int], Floats | None]:
    """Return what reads a series of people at the month asked, where people are followed."""
    read = at_month(name)

    def read_people(runs: CountedRuns, start: int, month: int) -> Floats | None:
        return read(runs, start, month) if people_followed(runs.monthly) else None

    return read_people


def share_of_people_pct(part: str, whole: str) -> Callable[[CountedRuns, int, int], Floats | None]:
    """Return what gives 100 * part / whole; NaN in a replicate without any."""
    counts = of_people(part), of_people(whole)

    def read(runs: CountedRuns, start: int, month: int) -> Floats | None:
        some, number = (count(runs, start, month) for count in counts)
        if some is None or number is None:
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(number > 0, 100 * some / number, np.nan)

    return read


def jobs(monthly: Mapping[str, Floats], name: str, month: int) -> Floats:
    """Return jobs [R]: what the running sum of spending ``name`` grew by in the last year, over the cost of a job.

    Before there are twelve months, of the months there are, as a yearly rate; 0 in the opening state.
    """
    series, months = monthly[name], min(12, month)
    if months == 0:
        return np.zeros(len(series))
    return np.asarray((series[:, month] - series[:, month - months]) * (12 / months) / JOB_GBP_PER_YEAR)


def _brain_gain(runs: CountedRuns, start: int, month: int) -> Floats | None:
    names = [f"brain_gain_{name}" for name in PROFESSIONS]
    if not people_followed(runs.monthly) or not all(name in runs.monthly for name in names):
        return None
    return np.asarray(sum(runs.monthly[name][:, month] for name in names), dtype=np.float64)


def _founders_jobs(runs: CountedRuns, start: int, month: int) -> Floats | None:
    name = "founders_spending_gbp"
    return jobs(runs.monthly, name, month) if name in runs.monthly and people_followed(runs.monthly) else None


def paid(purpose: str) -> Callable[[CountedRuns, int, int], Floats | None]:
    """Return what sums a payment from the programme's start to the month asked."""

    def read(runs: CountedRuns, start: int, month: int) -> Floats | None:
        columns = [number for number, (name, _, _) in enumerate(runs.money_flows) if name == purpose]
        if not columns:
            return None
        return np.asarray(runs.money_gbp[:, max(0, start) + 1 : month + 1, columns[0]].sum(axis=1), dtype=np.float64)

    return read


COUNTS: Mapping[str, Count] = {
    "organisations_using_cohort": Count("trusts", at_month("organisations_using_cohort")),
    "need_begun_cohort": Count("patients/month", since_start("need_begun_cohort")),
    "raised_by_fellows_gbp": Count("GBP", at_month("raised_by_fellows_gbp")),
    "bursaries_gbp": Count("GBP", paid("accelerator_bursary")),
    "people_applied": Count("people", of_people("people_applied")),
    "people_appointed": Count("people", of_people("people_appointed")),
    "returned_pct": Count("%", share_of_people_pct("people_appointed_outside", "people_appointed")),
    "brain_gain": Count("people", _brain_gain),
    "startups_founded": Count("start-ups", of_people("startups_founded")),
    "raised_by_founders_gbp": Count("GBP", of_people("raised_by_founders_gbp")),
    "founders_jobs": Count("jobs", _founders_jobs),
}
