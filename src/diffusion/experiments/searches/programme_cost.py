"""What a programme costs, whoever pays, and what an amount a year comes to over the months that are compared.

*Programme cost* is what is paid for programmes above what is paid in the first scenario on the same draws, by national
bodies, commissioners, AHSNs and trusts alike: tariffs, subsidies, grants, bursaries, protected time, clinical time that
a programme takes, extra refills of funds; of own kinds of payment of levers those that a public body pays.
``NOT_PROGRAMME`` names what else the ledger knows, and why it is left out.
Nothing is deducted: not savings, not what funds return, not a lower base price.

Costs are present values of the start of the run (rates of :func:`rates`), over all months of the run. An amount a year
stands for the same amount in every month of the period that is compared, and so for one present value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.results.discounting import Rates, discount_weights
from diffusion.analysis.results.payers import PUBLIC_PARTIES, parties_of
from diffusion.analysis.results.tables import ResultTables, weighted_sum
from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.errors import InputError

if TYPE_CHECKING:
    from diffusion.scenario.schema import Scenario

_PRICE = "the price of what is adopted, which follows from adoption and is in the net present value"
_SAVING = "a saving"
_TWICE = "spent from a grant or budget that is counted where it is given or where it is spent"
#: Purposes that are no programme cost, with why. A test holds it against the ledger, so that a new one is decided on.
NOT_PROGRAMME: Mapping[str, str] = {
    "upfront_cost": _PRICE,
    "upfront_cost_without_gate": _PRICE,
    "running_cost": _PRICE,
    "saving_kept": _SAVING,
    "saving_system": _SAVING,
    "base_price_cut": "a lower price, which is not deducted",
    "fund_refill": "paid in every scenario, with a lever or without",
    "fund_return": "money returned, which is not deducted",
    "ahsn_grant": _TWICE,
    "test_bed_staff": _TWICE,
    "new_town_staff": _TWICE,
    "investment": "bought shares in companies: investors expect it back",
    "company_burn": "companies' own spending",
}


def rates() -> Rates:
    """Return the discount rates of programme cost: those of headline figures."""
    return discount_set(SHOWN[0]).costs


@dataclass(frozen=True)
class Period:
    """The months that are compared, ``begin`` to before ``end``, and the years that they weigh in present values.

    ``discounted_years`` is the sum of the weights of their payments / 12: a pound a year over the period is worth so
    many pounds at the start of the run.
    """

    begin: Month
    end: Month
    discounted_years: float

    def present_value(self, gbp_per_year: float) -> float:
        """Return what an amount in every year of the period is worth at the start of the run, GBP."""
        return gbp_per_year * self.discounted_years


def added_levers(first: Scenario, scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of levers that ``scenario`` has and ``first`` does not."""
    return tuple(name for name in scenario.levers if name not in first.levers)


def in_force(first: Scenario, scenario: Scenario) -> tuple[Month, Month]:
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


def common_period(first: Scenario, others: Sequence[Scenario]) -> Period:
    """Return the months from the first start of what any of ``others`` adds to the last end; as :func:`in_force`."""
    spans = [in_force(first, scenario) for scenario in others]
    begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
    # entry 0 is the opening state: the payments of month m stand in entry m + 1
    weights = discount_weights(first.months, rates())[begin - first.start + 1 : end - first.start + 1]
    return Period(begin, end, float(weights.sum()) / 12.0)


def programme_cost(first: ResultTables, other: ResultTables) -> dict[str, Floats]:
    """Return programme cost of ``other`` above ``first`` by purpose, present value in GBP [R], all months of the run.

    Purposes in which no replicate differs are left out. Both ran on the same replicates and the same calendar.
    """
    column_of = {flow: column for column, flow in enumerate(first.money_flows)}
    weights = discount_weights(other.months, rates())
    costs = {}
    for column, flow in enumerate(other.money_flows):
        if flow[0] in NOT_PROGRAMME or parties_of(flow)[0] not in PUBLIC_PARTIES:
            continue
        above = other.money_gbp[:, :, column]
        if (own := column_of.get(flow)) is not None:
            above = above - first.money_gbp[:, :, own]
        if above.any():
            costs[flow[0]] = weighted_sum(above, weights)
    return costs


def payers(tables: ResultTables) -> dict[str, str]:
    """Return who pays for each purpose of the ledger: trust, commissioner, national, ahsn, ..."""
    return {flow[0]: parties_of(flow)[0] for flow in tables.money_flows}
