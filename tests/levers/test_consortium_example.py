"""The consortium of the examples: where and when the price falls, that more is adopted, that the ledger closes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.engine.ledger import ACCOUNTS, FLOW_INDEX
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.experiments.running.runner import compare
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.plugins import use_python_modules

pytestmark = pytest.mark.integration

EXAMPLES = Path(__file__).parents[2] / "examples"
FILE = EXAMPLES / "consortium.py"


@pytest.fixture(autouse=True)
def known() -> None:
    sys.modules.pop("consortium", None)
    use_python_modules([str(FILE)])


def load(*settings: str) -> Any:
    return load_scenario(str(EXAMPLES / "consortium.yaml"), settings)


def test_it_is_under_30_lines() -> None:
    assert len(FILE.read_text().splitlines()) < 30


def test_the_price_falls_only_on_boards_with_three_users_and_only_from_its_start() -> None:
    scenario = load("months=40")
    lever = scenario.levers["consortium"]
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(3), 1)
    board = simulation.world.trusts.ics
    price = np.ones(block.pairs.stage.shape)
    seen = 0
    for month in range(1, 41):
        stage = block.pairs.stage.copy()
        simulation.step(block)
        # counted one by one: trusts of the board that used it at the end of last month
        using = (stage == ROLLOUT) | (stage == SUSTAINED)
        expected = np.ones(price.shape)
        if simulation.model.calendar(month) >= lever.start:
            for r, i, k in np.ndindex(*price.shape):
                if sum(using[r, j, k] for j in range(len(board)) if board[j] == board[i]) >= 3:
                    expected[r, i, k] = 0.7
        for name in ("upfront_price", "running_price"):
            price = np.broadcast_to(block.space.terms.value(name), stage.shape)
            np.testing.assert_array_equal(price, expected)
        fees = block.space.frame["money"][:, -1]
        np.testing.assert_array_equal(fees, 500 * 100 * (expected < 1).any(axis=2).sum(axis=1))
        seen += int((expected < 1).sum())
    assert seen > 1000
    assert (expected == 1).any()


def test_more_is_adopted_suppliers_give_it_and_the_ledger_closes() -> None:
    baseline = load_scenario("baseline")
    before, after = compare([baseline, load()], replicates=12, by_trust=True)
    gain = (after.adopter_share() - before.adopter_share())[:, -1]
    assert gain.mean() > 3 * gain.std(ddof=1) / np.sqrt(len(gain)) > 0
    np.testing.assert_array_equal(before.adopter_share()[:, :25], after.adopter_share()[:, :25])  # until July 2017
    assert after.money_flows[-1] == ("consortium-fee", "trust", "programme_staff")
    pence = np.rint(after.money_gbp * 100).astype(np.int64).sum(axis=1)
    balance = {account: np.zeros(12, np.int64) for account in ACCOUNTS}
    for place, (_, payer, payee) in enumerate(after.money_flows):
        balance[payer] -= pence[:, place]
        balance[payee] += pence[:, place]
    assert (sum(balance.values()) == 0).all()
    assert after.by_trust_pence is not None
    np.testing.assert_array_equal(after.by_trust_pence[:, :, -1].sum(axis=1), pence[:, -1])
    assert (pence[:, -1] > 0).all()
    running = FLOW_INDEX["running_cost"]
    use = [results.monthly["use_sum"].sum(axis=1) for results in (before, after)]
    per_use = [results.money_gbp[:, :, running].sum(axis=1) / used for results, used in zip((before, after), use)]
    assert (per_use[1] < per_use[0]).all()


def test_without_a_discount_it_changes_no_adoption(digest: Any) -> None:
    """The price is then 1 in the same arithmetic: only the fee is left."""
    before, after = compare(
        [load_scenario("baseline", ["months=48"]), load("months=48", "levers.consortium.discount=0")], 2
    )
    np.testing.assert_array_equal(before.stage_by_innovation, after.stage_by_innovation)
    np.testing.assert_array_equal(before.money_gbp[:, :, :-1], after.money_gbp[:, :, :-1])
    assert (after.money_gbp[:, :, -1].sum(axis=1) > 0).all()


def test_page_tables_and_the_page_made_again_have_the_fee(
    command_line: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    sys.modules.pop("consortium", None)
    asked = ("compare", "baseline", str(EXAMPLES / "consortium.yaml"), "--python", str(FILE), "--replicates", "3")
    code, _, err = command_line(
        *asked, "--set", "months=40", "--set", "levers.consortium.least_users=1", "--out", "out"
    )
    assert code == 0, err
    page = (tmp_path / "out" / "index.html").read_bytes()
    assert b"Consortium fee (trust to programme staff)" in page
    rows = (tmp_path / "out" / "tables" / "money.csv").read_text().splitlines()
    fees = [row for row in rows if "consortium-fee,trust,programme_staff" in row.replace('"', "")]
    assert len(fees) == 2 * 41  # of both scenarios, opening month included
    code, _, err = command_line("report", "out")  # from the stored tables alone, without the lever's code
    assert code == 0, err
    assert (tmp_path / "out" / "index.html").read_bytes() == page
