"""What a lever writes on people and companies reaches those it is written for, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffusion.engine.ledger import INVESTMENT
from diffusion.engine.state import NEVER
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.mechanisms.supply.companies import NO_COMPANY
from diffusion.mechanisms.supply.people import BUILDING, IN_NHS, LAUNCHED
from diffusion.month.block import Block
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit

N_TRUSTS = 40
#: the terms are written for every other trust
HERE = np.arange(N_TRUSTS) % 2 == 0
BURN_PENCE = 4_000_000

Make = Callable[..., Block]


@pytest.fixture
def after(small: Callable[..., Scenario], probe: Any) -> Make:
    """Return a function that gives a block of four replicates after some months under a lever that writes terms."""

    def run_on(months: int, values: dict[str, Any], **supply: Any) -> Block:
        given = {"followed": True, "burn_gbp_per_month": BURN_PENCE / 100, **supply}
        simulation = Simulation(
            small(months=months, levers={"probe": probe(values=values)}, parameters={"supply": given})
        )
        block = simulation.open(np.arange(4), 7)
        record = simulation.start_record(block)
        simulation.run(block, record)
        block.record = record  # type: ignore[attr-defined]
        return block

    return run_on


def at_home(block: Block) -> np.ndarray:
    """Return bool[R, E]: the people whose home trust the terms are written for."""
    return HERE[block.people.home]


def for_some(value: float, others: float) -> np.ndarray:
    """Return float64[N, 1]: a term's value for the trusts of HERE and for the others."""
    return np.where(HERE, value, others)[:, None]


def test_retention_keeps_people_of_the_trusts_it_is_written_for(after: Make) -> None:
    conditions = {"return_per_month": 0, "leave_per_month": 0.05, "outside_at_start": 0}
    plain = after(12, {}, **conditions)
    kept = after(12, {"retention": for_some(50.0, 0.0)}, **conditions)
    here = at_home(plain)
    assert (plain.people.person_status[here] != IN_NHS).mean() > 0.3
    assert (kept.people.person_status[here] == IN_NHS).all()
    np.testing.assert_array_equal(kept.people.person_status[~here], plain.people.person_status[~here])
    # half as likely to leave with ln 2
    halved = after(1, {"retention": np.log(2.0)}, **(conditions | {"leave_per_month": 0.2, "doctors": 2000}))
    left = (halved.people.person_status != IN_NHS).mean()
    expected = 1.0 - np.exp(-0.1)
    assert left == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / halved.people.home.size))


def test_people_return_sooner_to_trusts_where_a_programme_is_open(after: Make) -> None:
    conditions = {"leave_per_month": 0, "outside_at_start": 1, "return_per_month": 0.05, "return_while_open": 1.5}
    plain = after(6, {}, **conditions)
    opened = after(6, {"programme_open": for_some(1.0, 0.0)}, **conditions)
    here = at_home(plain)
    back = opened.people.person_status[here] == IN_NHS
    expected = 1.0 - np.exp(-6 * 0.05 * np.exp(1.5))
    assert back.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / back.size))
    assert not ((plain.people.person_status[here] == IN_NHS) & ~back).any()  # on the same draws nobody comes later
    np.testing.assert_array_equal(opened.people.person_status[~here], plain.people.person_status[~here])


def test_founding_is_multiplied_in_the_trusts_it_is_written_for(after: Make) -> None:
    conditions = {"founding_without_programme": 0.002, "deals_per_month": 0}
    plain = after(24, {}, **conditions)
    changed = after(24, {"founding": for_some(5.0, 0.0)}, **conditions)
    here = at_home(plain)
    assert (plain.people.founded[~here] != NEVER).sum() > 30
    assert (changed.people.founded[~here] == NEVER).all()
    share = (changed.people.founded[here] != NEVER).mean()
    expected = 1.0 - np.exp(-24 * 5 * 0.002)
    assert share == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / here.sum()))


def opened_with(block: Block) -> int:
    """Return the pence that all companies and start-ups of ``block`` had at their start."""
    first = (block.companies.company != NO_COMPANY) & (block.companies.founder < 0)
    return int((first.sum() + (block.people.founded != NEVER).sum()) * 18 * BURN_PENCE)


def test_fundraising_multiplies_deals_of_start_ups_and_companies(after: Make) -> None:
    conditions = {"founding_without_programme": 0.005, "deals_per_month": 0.05, "arrivals_per_year": 0}
    plain, none, more = (after(36, {"fundraising": value}, **conditions) for value in (1.0, 0.0, 4.0))
    raised = [
        int(block.record.money_pence[:, :, INVESTMENT].sum()) - opened_with(block) for block in (plain, none, more)
    ]
    assert raised[1] == 0
    assert 2.0 < raised[2] / raised[0] < 6.0
    # a start-up without deals has spent so much a month, since the month in which it was founded
    some = after(12, {"fundraising": for_some(0.0, 4.0)}, **conditions)
    building = some.people.startup == BUILDING
    left = (18 - (12 - some.people.founded.astype(np.int64))) * BURN_PENCE
    here = at_home(some)
    assert (some.people.startup_cash[building & here] == left[building & here]).all()
    assert (some.people.startup_cash[building & ~here] != left[building & ~here]).mean() > 0.2
    assert not (some.people.startup == LAUNCHED).any()  # eighteen months are not over


def test_cash_is_given_to_the_companies_it_is_written_for(after: Make) -> None:
    plain = after(1, {}, companies=True)
    world = np.zeros(plain.companies.cash.shape[1])
    lucky = int(np.flatnonzero(plain.companies.company[0] != NO_COMPANY)[1])
    world[lucky] = 100_000.0
    given = after(1, {"company_cash": world}, companies=True)
    change = given.companies.cash - plain.companies.cash
    assert (change[:, lucky] == 10_000_000).all()
    assert not np.delete(change, lucky, axis=1).any()


def test_without_people_and_companies_none_of_it_matters(
    small: Callable[..., Scenario], probe: Any, digest: Callable[[Results], str]
) -> None:
    values = {"retention": 1.0, "programme_open": 1.0, "founding": 3.0, "fundraising": 3.0, "company_cash": 1e6}
    silent, written = (run(small(levers={"probe": probe(values=v)}), 2, 1) for v in ({}, values))
    assert digest(silent) == digest(written)
