"""Any two of the levers, and all of them: people and money are conserved every month, moves are legal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.engine.ledger import FLOWS
from diffusion.engine.stages import LEGAL_MOVES, PLACED_MOVES
from diffusion.levers.registry import all_levers
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.unit

NAMES = sorted(name for name, lever in all_levers().items() if lever.number)
#: programmes that give cash to companies, which may be away when it comes
GIVING = {"challenge-prizes", "sbri", "accelerator"}
few = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def follow(names: list[str], months: int, start: str, seed: int) -> None:
    """Run the levers month by month and check what must hold in each."""
    base = "baseline" if "ahsn-support" in names else "no-programmes"  # which switches it off, whatever is stacked on
    stack = "+".join([base, "people-and-companies", *names])
    scenario = load_scenario(stack, [f"months={months}", f"policy_start={start}"])
    assert set(scenario.levers) == set(names)
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), seed)
    record = simulation.start_record(block)
    pairs = block.pairs.stage[0].size
    fund, stage = block.units.fund.copy(), block.pairs.stage.copy()
    for month in range(1, months + 1):
        simulation.run(block, record, until=month)
        _moves_are_legal(stage, block.pairs.stage, names)
        stage = block.pairs.stage.copy()
        assert (record.stage_by_innovation[:, month].sum(axis=(1, 2)) == pairs).all()
        _funds_are_what_was_paid(fund, block.units.fund, record.money_pence[:, month])
        fund = block.units.fund.copy()
        measures = record.monthly
        people = sum(measures[f"people_{place}"][:, month] for place in ("in_nhs", "left", "abroad"))
        assert (people == block.people.person_status.shape[1]).all()
        _companies_hold_what_they_got(block, record.money_pence[:, : month + 1], names)
        assert (record.money_pence[:, month] >= 0).all()


def _moves_are_legal(before: np.ndarray, after: np.ndarray, names: list[str]) -> None:
    moved = before != after
    seen = set(zip(before[moved].tolist(), after[moved].tolist()))
    legal = LEGAL_MOVES | PLACED_MOVES if "test-beds" in names else LEGAL_MOVES
    assert seen <= legal, seen - legal


def _funds_are_what_was_paid(before: np.ndarray, after: np.ndarray, paid: np.ndarray) -> None:
    into = [n for n, flow in enumerate(FLOWS) if flow.payee == "trust_fund"]
    out = [n for n, flow in enumerate(FLOWS) if flow.payer == "trust_fund"]
    change = (after - before).sum(axis=1)
    np.testing.assert_array_equal(change, paid[:, into].sum(axis=1) - paid[:, out].sum(axis=1))
    assert (after >= 0).all()


def _companies_hold_what_they_got(block: Any, paid: np.ndarray, names: list[str]) -> None:
    total = paid.sum(axis=1)
    into = [n for n, flow in enumerate(FLOWS) if flow.payee == "company"]
    out = [n for n, flow in enumerate(FLOWS) if flow.payer == "company"]
    got = total[:, into].sum(axis=1) - total[:, out].sum(axis=1)
    c = block.companies
    held = c.cash.sum(axis=1) + block.people.startup_cash.sum(axis=1) + c.revenue.sum(axis=1)
    if GIVING.isdisjoint(names):
        np.testing.assert_array_equal(got, held)
    else:  # pence of rounding by company and month; what reaches a company that is away stays with it
        assert (got >= held - 200 * paid.shape[1]).all()


@few
@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=2, unique=True), st.integers(0, 999))
def test_two_levers_conserve_people_and_money(names: list[str], seed: int) -> None:
    follow(sorted(names), 40, "2015-10", seed)


def test_all_conserve_people_and_money() -> None:
    assert len(NAMES) == 26
    follow(NAMES, 75, "2015-10", 1)
