"""Scaling levers to a budget: the strength at which a scenario costs so much a year above another.

*Programme cost* is what national bodies, commissioners and AHSNs pay to others, month by month, above what they pay in
the first scenario on the same draws: tariffs, subsidies, grants, protected time, extra refills of funds. Payments among
the three (the AHSNs' budget, which they spend on) would count twice and are left out, as is the ordinary refill of
innovation funds. Nothing is deducted: not savings, not what funds return, not a lower base price.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from diffusion.analysis.results.joining import check_joinable
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import stated
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.experiments.searches.subsets import with_changed_levers, with_levers
from diffusion.levers.base import Lever

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

PAYERS: tuple[str, ...] = ("national", "commissioner", "ahsn")
#: Paid in every scenario whether or not a lever exists.
ORDINARY: tuple[str, ...] = ("fund_refill",)
#: Most replicates of a run of the search; the cost that is reported comes from all replicates. What a tariff costs
#: varies so much between replicates that 20 of them missed a budget by a tenth.
SEARCH_REPLICATES = 100
#: The search ends this close to the budget, as a share of it, or after so many runs.
TOLERANCE, MOST_RUNS = 0.002, 16
#: The smallest bracket, as a share of the largest factor: where the cost still jumps inside it, no strength fits.
NARROWEST = 1e-5

Status = Literal["met", "unspent", "over", "jump"]
_AMOUNT = re.compile(
    r"(?:gbp|£)?[ ]*(?:(?P<pounds>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?)|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)[ ]*"
    r"(?P<unit>k|m|bn)?)",
    re.IGNORECASE | re.ASCII,
)
#: less is taken for millions or thousands of pounds written without their unit; more is not to be had
LEAST_GBP, MOST_GBP = 1e3, 1e12
_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "bn": 1e9}


def parse_gbp(text: str, key: str = "--budget") -> float:
    """Return GBP from ``20m``, ``500k``, ``1.5bn``, ``20000000`` or ``20,000,000``; raises InputError."""
    match = _AMOUNT.fullmatch(text.strip())
    amount = 0.0
    if match is not None:
        number = match["pounds"] or match["number"]
        amount = float(number.replace(",", "")) * _UNITS[(match["unit"] or "").lower()]
    if match is None or amount == 0:
        raise InputError(
            f"'{text}' is not an amount of money",
            key=key,
            expected="pounds a year above 0",
            suggestion="for example 20m, 500k or 20000000",
        )
    if not LEAST_GBP <= amount <= MOST_GBP:
        plain = match["unit"] is None and amount < LEAST_GBP
        raise InputError(
            f"'{text}' is {amount:g} pounds a year",
            key=key,
            expected=f"from {LEAST_GBP:,.0f} to {MOST_GBP:,.0f} pounds",
            suggestion=f"write {match['number']}m for millions, {match['number']}k for thousands"
            if plain
            else "for example 20m, 500k or 20000000",
        )
    return amount


def largest_strength() -> float:
    """Return the upper end of the plausible range of a lever's strength."""
    strength = stated(Lever.model_fields["strength"])
    assert strength is not None
    assert strength.high is not None
    return strength.high


def added_levers(first: Scenario, scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of levers that ``scenario`` has and ``first`` does not."""
    return tuple(name for name in scenario.levers if name not in first.levers)


def cost_period(first: Scenario, scenario: Scenario) -> tuple[Month, Month]:
    """Return the first month with an added lever in force and the first month after: all end, or the run does.

    Raises InputError where no added lever is in force in any month of the run.
    """
    levers = [scenario.levers[name] for name in added_levers(first, scenario)]
    starts = [lever.start for lever in levers if lever.start is not None]
    begin = max(min(starts, default=scenario.start), scenario.start)
    ends = [scenario.end if lever.end is None else lever.end for lever in levers]
    end = min(max(ends, default=scenario.end), scenario.end)
    if end <= begin:
        raise InputError(
            f"no lever that '{scenario.name}' adds is in force during the run",
            key="--budget",
            expected=f"levers in force between {scenario.start} and {scenario.end + -1}",
            suggestion="change their start or end, which 'diffusion scenarios show NAME' shows",
        )
    return begin, end


def programme_cost(first: ResultTables, other: ResultTables, period: tuple[Month, Month]) -> dict[str, Floats]:
    """Return programme cost of ``other`` above ``first`` by purpose, GBP per year [R], over the months of ``period``.

    Purposes in which no replicate differs are left out. Both ran on the same replicates and the same calendar.
    """
    column_of = {flow: column for column, flow in enumerate(first.money_flows)}
    begin, end = (month - other.scenario.start for month in period)
    years = (end - begin) / 12.0
    costs = {}
    for column, (purpose, payer, payee) in enumerate(other.money_flows):
        if payer not in PAYERS or payee in PAYERS or purpose in ORDINARY:
            continue
        # entry 0 is the opening state: the payments of month m stand in entry m + 1
        months = slice(begin + 1, end + 1)
        above = other.money_gbp[:, months, column].sum(axis=1)
        if (own := column_of.get((purpose, payer, payee))) is not None:
            above = above - first.money_gbp[:, months, own].sum(axis=1)
        if above.any():
            costs[purpose] = above / years
    return costs


def scaled(scenario: Scenario, levers: Sequence[str], factor: float) -> Scenario:
    """Return the scenario with the strengths of ``levers`` multiplied by ``factor``."""
    changed = {
        name: lever.model_copy(update={"strength": round(lever.strength * factor, 6)}) if name in levers else lever
        for name, lever in scenario.levers.items()
    }
    return with_changed_levers(scenario, changed)


def levers_to_scale(first: Scenario, scenario: Scenario, chosen: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the levers of ``scenario`` that the search scales: ``chosen``, or all that it adds to ``first``.

    Raises InputError where there are none, one is not among those added, or all have strength 0.
    """
    added = added_levers(first, scenario)
    if not added:
        raise InputError(
            f"'{scenario.name}' adds no lever to '{first.name}'",
            key="--budget",
            expected="scenarios with a lever that the first does not have",
            suggestion=f"stack one on it: +{'expo' if 'local-first' in first.levers else 'local-first'}",
        )
    for name in chosen or ():
        if name not in added:
            raise InputError(
                f"'{name}' is not a lever that '{scenario.name}' adds to '{first.name}'",
                key="--budget-lever",
                expected=f"one of {', '.join(added)}",
                suggestion=did_you_mean(name, added) or f"for example {added[0]}",
            )
    found = tuple(chosen or added)
    if all(scenario.levers[name].strength == 0 for name in found):
        raise InputError(
            f"the levers to scale have strength 0: {', '.join(found)}",
            key="--budget",
            expected="a strength above 0",
            suggestion=f"--set levers.{found[0]}.strength=1",
        )
    return found


def solve(
    cost: Callable[[float], float], budget: float, largest: float, at_zero: float | None = None
) -> tuple[float, float, int, Status]:
    """Find the factor in 0..``largest`` at which ``cost`` is ``budget``, by regula falsi (Illinois) kept in a bracket.

    Returns factor, cost there, runs used, and how it went: ``met``; ``unspent``, the largest factor costs less;
    ``over``, factor 0 costs more; ``jump``, the cost passes the budget in a step, and the side below it is returned.
    ``at_zero`` is the cost at 0 if it is known.
    """
    near = TOLERANCE * budget
    runs = 1
    high, above = largest, cost(largest) - budget
    if abs(above) <= near:
        return high, above + budget, runs, "met"
    if above < 0:
        return high, above + budget, runs, "unspent"
    if at_zero is None:
        at_zero = cost(0.0)
        runs += 1
    low, below = 0.0, at_zero - budget
    if below > near:
        return low, at_zero, runs, "over"
    low_weight, high_weight, side = below, above, 0
    while abs(below) > near and runs < MOST_RUNS and high - low > NARROWEST * largest:
        middle = (low * high_weight - high * low_weight) / (high_weight - low_weight)
        distance = cost(middle) - budget
        runs += 1
        if abs(distance) <= near:
            return middle, distance + budget, runs, "met"
        if distance > 0:
            high, above, high_weight = middle, distance, distance
            low_weight = low_weight / 2 if side > 0 else below
            side = 1
        else:
            low, below, low_weight = middle, distance, distance
            high_weight = high_weight / 2 if side < 0 else above
            side = -1
    return low, below + budget, runs, "met" if abs(below) <= near else "jump"


@dataclass(frozen=True)
class Fit:
    """A scenario scaled to a budget.

    ``scenario`` has the strengths found, in ``strengths`` by lever; ``period`` is that of :func:`cost_period`;
    ``status`` as in :func:`solve`; ``runs`` and ``replicates`` are those of the search.
    """

    scenario: Scenario
    budget_gbp_per_year: float
    strengths: Mapping[str, float]
    period: tuple[Month, Month]
    status: Status
    runs: int
    replicates: int


def fit_to_budget(
    first: Scenario,
    others: Sequence[Scenario],
    budget: float,
    *,
    replicates: int,
    seed: int,
    jobs: int | None = None,
    chosen: Mapping[str, Sequence[str]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Fit]:
    """Scale each of ``others`` so that its mean programme cost above ``first`` is ``budget``, GBP per year.

    ``chosen`` names the levers to scale by scenario name; ``progress`` is called with the number of runs done.
    Raises InputError before anything is run.
    """
    chosen = chosen or {}
    plans = [
        (scenario, levers_to_scale(first, scenario, chosen.get(scenario.name)), cost_period(first, scenario))
        for scenario in others
    ]
    count = min(replicates, SEARCH_REPLICATES)
    done = 0

    def simulate(scenario: Scenario, world: World | None = None) -> Results:
        nonlocal done
        results = run(scenario, count, seed, jobs, world=world)
        done += 1
        if progress is not None:
            progress(done)
        return results

    check_joinable([first, *others], [scenario.build_world() for scenario in (first, *others)])
    before = simulate(first)

    def cost(
        scenario: Scenario, levers: Sequence[str], period: tuple[Month, Month], world: World, factor: float
    ) -> float:
        costs = programme_cost(before, simulate(scaled(scenario, levers, factor), world), period)
        return float(sum(values.mean() for values in costs.values()))

    fits = []
    for scenario, levers, period in plans:
        of_factor = partial(cost, scenario, levers, period, scenario.build_world())
        largest = largest_strength() / max(scenario.levers[name].strength for name in levers)
        # without the scaled levers it often is the first scenario, whose cost above itself needs no run
        rest = with_levers(scenario, set(scenario.levers) - set(levers))
        at_zero = 0.0 if rest.content_hash == first.content_hash else None
        factor, _, runs, status = solve(of_factor, budget, largest, at_zero)
        found = scaled(scenario, levers, factor)
        strengths = {name: found.levers[name].strength for name in levers}
        fits.append(Fit(found, budget, strengths, period, status, runs, count))
    return fits
