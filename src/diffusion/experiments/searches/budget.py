"""Scaling levers to a budget: the strength at which a scenario costs so much above another, at equal present value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from diffusion.analysis.results.joining import check_joinable
from diffusion.engine.calendar import Month
from diffusion.engine.parameters import stated
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.running.runner import run
from diffusion.experiments.searches.programme_cost import Period, added_levers, common_period, in_force
from diffusion.experiments.searches.trials import Trials, scaled
from diffusion.levers.base import Lever

if TYPE_CHECKING:
    from diffusion.experiments.running.results import Results
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: Most replicates of a run of the search; the cost that is reported comes from all replicates. What a tariff costs
#: varies so much between replicates that 20 of them missed a budget by a tenth.
SEARCH_REPLICATES = 200
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


def two_digits_below(gbp: float) -> float:
    """Return the largest amount of two digits, and zeros, up to ``gbp``: 3.1m for 3,187,000."""
    unit = 10.0 ** (math.floor(math.log10(gbp)) - 1)
    return round(math.floor(gbp / unit) * unit, 2)


def amount_text(gbp: float) -> str:
    """Return an amount as it is typed, which :func:`parse_gbp` reads back: ``3.1m``, ``950k``, ``1.2bn``."""
    unit = next(unit for unit in ("bn", "m", "k", "") if gbp >= _UNITS[unit] or not unit)
    return f"{gbp / _UNITS[unit]:.12g}{unit}"


def largest_strength() -> float:
    """Return the upper end of the plausible range of a lever's strength."""
    strength = stated(Lever.model_fields["strength"])
    assert strength is not None
    assert strength.high is not None
    return strength.high


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
    cost: Callable[[float], float],
    budget: float,
    largest: float,
    at_zero: float | None = None,
    known: Mapping[float, float] | None = None,
) -> tuple[float, float, int, Status]:
    """Find the factor in 0..``largest`` at which ``cost`` is ``budget``, by regula falsi (Illinois) kept in a bracket.

    Returns factor, cost there, runs used, and how it went: ``met``; ``unspent``, the largest factor costs less;
    ``over``, factor 0 costs more; ``jump``, the cost passes the budget in a step, and the side below it is returned.
    ``at_zero`` is the cost at 0 if it is known. The search begins between those of ``known``, costs by factor, where
    the budget is first passed.
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
    for factor, value in sorted((known or {}).items()):
        if abs(value - budget) <= near:
            return factor, value, runs, "met"
        if value > budget:
            high, above = factor, value - budget
            break
        low, below = factor, value - budget
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

    ``scenario`` has the strengths found, in ``strengths`` by lever; ``period`` is what a year's amount stands for, the
    same for all that are compared, ``in_force`` the months of what this one adds. ``status`` as in :func:`solve`;
    ``largest_gbp_per_year`` is its cost at the largest plausible strength, ``budget_for_all`` the largest budget that
    all can absorb, where one leaves money unspent and there is such a budget. ``runs`` and ``replicates`` are those of
    the search.
    """

    scenario: Scenario
    budget_gbp_per_year: float
    strengths: Mapping[str, float]
    period: Period
    in_force: tuple[Month, Month]
    status: Status
    largest_gbp_per_year: float
    budget_for_all: float | None
    runs: int
    replicates: int


@dataclass(frozen=True)
class Search:
    """The fits with what was run for them, by scenario: other budgets are searched for among it."""

    fits: list[Fit]
    trials: list[Trials]


def search_of(trials: Trials, budget: float, period: Period, known: bool = False) -> tuple[float, int, Status]:
    """Return factor, runs and status of the search for ``budget``, GBP per year, among ``trials``.

    With ``known`` it begins at what has been run; else it takes the same steps whatever was run before.
    """

    def cost(factor: float) -> float:
        return trials.cost(factor) / period.discounted_years

    largest = trials.largest
    at_zero = cost(0.0) if trials.free_at_zero else None
    points = {factor: cost(factor) for factor in trials.done} if known else None
    factor, _, runs, status = solve(cost, budget, largest, at_zero, points)
    return factor, runs, status


def largest_for_all(trials: Sequence[Trials], period: Period) -> float | None:
    """Return the largest budget in GBP per year, of two digits, that every scenario meets; None where none is found.

    It is searched for as if it had been asked for, so that asking for it meets it.
    """
    least = min(trial.cost(trial.largest) for trial in trials) / period.discounted_years
    if least < LEAST_GBP:
        return None
    budget = two_digits_below(least)
    met = all(search_of(trial, budget, period)[2] == "met" for trial in trials)
    return budget if met else None


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
) -> Search:
    """Scale each of ``others`` so that its mean programme cost above ``first`` is ``budget``, GBP per year.

    The cost is a present value, that of the budget in every year of the common period. ``chosen`` names the levers to
    scale by scenario name; ``progress`` is called with the number of runs done. Raises InputError before anything is
    run.
    """
    chosen = chosen or {}
    plans = [(scenario, levers_to_scale(first, scenario, chosen.get(scenario.name))) for scenario in others]
    period = common_period(first, others)
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
    trials, fits = [], []
    for scenario, levers in plans:
        largest = largest_strength() / max(scenario.levers[name].strength for name in levers)
        trial = Trials(scenario, levers, largest, before, simulate)
        factor, runs, status = search_of(trial, budget, period)
        found, strengths = scaled(scenario, levers, factor), trial.strengths(factor)
        most = trial.cost(largest) / period.discounted_years
        span = in_force(first, scenario)
        fits.append(Fit(found, budget, strengths, period, span, status, most, None, runs, count))
        trials.append(trial)
    if any(fit.status == "unspent" for fit in fits):
        for_all = largest_for_all(trials, period)
        fits = [replace(fit, budget_for_all=for_all) for fit in fits]
    return Search(fits, trials)
