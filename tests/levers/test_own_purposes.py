"""Own kinds of payment: the ledger closes with them, to the penny, and they stand wherever money is told."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.analysis.economics.appraisal import present_cost_by_party, spending_and_savings
from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.regions.money import own_pence, shared_pence, total_pence
from diffusion.analysis.results.payers import net_cost_by_party
from diffusion.engine.ledger import ACCOUNTS, FLOW_INDEX, FLOWS, OWN_ACCOUNTS, all_flows, own_flows
from diffusion.errors import InputError
from diffusion.experiments.running.results import MONEY_FLOWS, join
from diffusion.experiments.running.runner import compare, run
from diffusion.experiments.searches.programme_cost import programme_cost
from diffusion.levers.base import Lever
from diffusion.levers.registry import register
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.unit

few = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
WORLD = {"synthetic": {"england_like": True, "n_trusts": 20, "n_innovations": 4, "kind": "mix"}}
ENDS = [(payer, payee) for payer in OWN_ACCOUNTS for payee in OWN_ACCOUNTS if payer != payee]


class Fees(Lever):
    """Pays ``fee`` by trust and a fixed ``rebate``, and writes prices by pair."""

    name: ClassVar[str] = "fees"
    purposes: ClassVar = {"own-fee": ("trust", "company"), "own-rebate": ("company", "commissioner")}

    upfront: float = 1.0
    running: float = 1.0
    subsidy: float = 0.0
    fee: float = 100.005
    rebate: float = 12_345.678
    seed: int = 0

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        some = draws.uniform(1, month) < 0.5
        terms.upfront_price.mul(self.upfront, where=some)
        terms.running_price.mul(self.running, where=some)
        terms.running_subsidy.max(self.subsidy, where=some)
        fee = self.fee * some.any(axis=2) * (1 + np.arange(some.shape[1]))
        terms.pay("own-fee", fee.sum(axis=1), by_trust=fee)
        terms.pay("own-rebate", self.rebate * some.mean(axis=(1, 2)))


class MoreFees(Lever):
    """Pays under a purpose that another lever declares as well."""

    name: ClassVar[str] = "more-fees"
    purposes: ClassVar = {"own-fee": ("trust", "company")}

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        terms.pay("own-fee", 7.0)


def scenario_with(levers: dict[str, Lever], months: int = 15, **more: Any) -> Scenario:
    dated = {name: lever.model_copy(update={"start": lever.start or "2015-07"}) for name, lever in levers.items()}
    given = {"title": "own", "months": months, "world": WORLD, "initial": {"stage": "aware"}, **more}
    return Scenario.model_validate(
        {**given, "levers": {name: type(x).model_validate(x.model_dump()) for name, x in dated.items()}}
    )


def columns(results: Any) -> dict[str, np.ndarray]:
    return {flow[0]: results.money_gbp[:, :, place] for place, flow in enumerate(results.money_flows)}


@few
@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,6})?", fullmatch=True), st.sampled_from(ENDS), max_size=4
    ),
    st.floats(0, 3),
    st.floats(0, 2),
    st.floats(0, 1),
    st.integers(0, 10**6),
)
def test_the_ledger_closes_with_own_purposes_and_prices(
    own: dict[str, tuple[str, str]], upfront: float, running: float, subsidy: float, seed: int
) -> None:
    own = {name: ends for name, ends in own.items() if name not in FLOW_INDEX}
    booked: dict[tuple[str, int], np.ndarray] = {}

    class Everything(Fees):
        purposes: ClassVar = {**Fees.purposes, **own}

        def write(self, month: Any, see: Any, terms: Any, own_: Any, draws: Any) -> None:
            super().write(month, see, terms, own_, draws)
            rng = np.random.default_rng([seed, int(month)])
            for name in own:
                gbp = rng.uniform(-1e4, 1e6, see.n_replicates)
                by_trust = rng.uniform(0, 1, (see.n_replicates, see.world.n_trusts)) * gbp[:, None] / see.world.n_trusts
                terms.pay(name, gbp, by_trust=by_trust)
                booked[name, see.month + 1] = np.rint(gbp * 100.0)

    lever = Everything(start="2015-07", upfront=upfront, running=running, subsidy=subsidy)
    scenario = Scenario.model_validate(
        {"title": "own", "months": 14, "world": WORLD, "initial": {"stage": "pilot"}, "levers": {"fees": lever}}
    )
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), seed)
    record = simulation.run(block, simulation.open_record(block, simulation.make_record(block, by_trust=True)))
    flows = simulation.model.flows
    money = record.money_pence
    # what a lever pays under its own purposes is what is booked, to the penny, and nothing of it is anywhere else
    places = {flow.purpose: place for place, flow in enumerate(flows)}
    assert len(places) == len(flows) == len(FLOWS) + len(own) + 2
    for (name, month), pence in booked.items():
        np.testing.assert_array_equal(money[:, month, places[name]], pence)
    # every penny has a payer and a payee
    balance = dict.fromkeys(ACCOUNTS, 0)
    for flow, pence in zip(flows, money.sum(axis=(0, 1)).tolist()):
        assert flow.payer != flow.payee
        balance[flow.payer] -= pence
        balance[flow.payee] += pence
    assert sum(balance.values()) == 0
    # innovation funds hold what went in less what went out
    at = {name: money[:, :, FLOW_INDEX[name]].sum(axis=1) for name in FLOW_INDEX}
    held = np.rint(record.monthly["fund_gbp"] * 100.0).astype(np.int64)
    inside = at["fund_refill"] + at["fund_refill_extra"] - at["fund_return"] - at["upfront_cost"]
    np.testing.assert_array_equal(held[:, 0] + inside, held[:, -1])
    # what trusts have of it is the whole, where the lever says who pays
    np.testing.assert_array_equal(
        record.by_trust_pence[:, :, places["own-fee"]].sum(axis=1), money[:, :, places["own-fee"]].sum(axis=1)
    )


def test_own_purposes_stand_beside_those_of_the_ledger_in_all_results_of_a_comparison() -> None:
    plain, with_fees = scenario_with({}), scenario_with({"fees": Fees(), "other": MoreFees()})
    before, after = compare([plain, with_fees], 3, jobs=1, by_trust=True)
    assert before.money_flows == after.money_flows
    assert after.money_flows == (
        *MONEY_FLOWS,
        ("own-fee", "trust", "company"),
        ("own-rebate", "company", "commissioner"),
    )
    assert not columns(before)["own-fee"].any()
    assert before.by_trust_pence is not None
    assert before.by_trust_pence.shape == after.by_trust_pence.shape
    alone = run(with_fees, 3, jobs=1)
    np.testing.assert_array_equal(alone.money_gbp, after.money_gbp)
    np.testing.assert_array_equal(run(plain, 3, jobs=1).money_gbp, before.money_gbp[:, :, : len(FLOWS)])
    # both levers pay under one purpose
    fees = run(scenario_with({"fees": Fees()}), 3, jobs=1)
    np.testing.assert_allclose(columns(after)["own-fee"][:, 1:], columns(fees)["own-fee"][:, 1:] + 7.0, atol=1e-9)
    frame = after.money_frame().query("purpose == 'own-rebate'")
    assert set(zip(frame["payer"], frame["payee"])) == {("company", "commissioner")}
    assert (frame["gbp"] > 0).all()


def test_accounts_appraisal_regions_and_programme_cost_have_them() -> None:
    before, after = compare([scenario_with({}), scenario_with({"fees": Fees()})], 3, jobs=1, by_trust=True)
    fee, rebate = columns(after)["own-fee"].sum(axis=1), columns(after)["own-rebate"].sum(axis=1)
    assert (fee > 0).all()
    assert (rebate > 0).all()
    costs, less = (
        net_cost_by_party(after),
        {name: gbp for name, gbp in columns(after).items() if not name.startswith("own-")},
    )
    for party, sign in (("trust", fee), ("commissioner", -rebate), ("company", rebate - fee)):
        accounts = {"trust": ("trust", "trust_fund")}.get(party, (party,))
        others = sum(
            gbp.sum(axis=1) * ((payer in accounts) * 1.0 - (payee in accounts) * 1.0)
            for (name, payer, payee), gbp in zip(after.money_flows, less.values())
        )
        np.testing.assert_allclose(costs[party], others + sign, rtol=1e-9, atol=1e-3)
    chosen = discount_set(SHOWN[0])
    without = _without_own(after)
    spent, got = spending_and_savings(after, chosen)
    spent_less, got_less = spending_and_savings(without, chosen)
    assert (spent > spent_less).all()
    assert (got > got_less).all()
    paid = present_cost_by_party(after, chosen)["trust"] - present_cost_by_party(without, chosen)["trust"]
    assert (paid < fee).all()
    assert (paid > 0.9 * fee).all()
    # the fee is a cost of the programme, what companies pay is none
    assert set(programme_cost(before, after)) >= {"own-fee"}
    assert "own-rebate" not in programme_cost(before, after)
    inside = np.arange(after.world.n_trusts) < 7
    assert after.by_trust_pence is not None
    both = [
        own_pence(after.by_trust_pence, where) + shared_pence(after, after.by_trust_pence, where)
        for where in (inside, ~inside)
    ]
    np.testing.assert_array_equal(both[0] + both[1], total_pence(after))


def _without_own(results: Any) -> Any:
    return replace(results, money_gbp=results.money_gbp[:, :, : len(FLOWS)], money_flows=MONEY_FLOWS)


def test_a_run_that_is_stopped_and_goes_on_pays_the_same(digest: Callable[..., str]) -> None:
    class Remembers(Fees):
        def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
            super().write(month, see, terms, own, draws)
            terms.pay("own-rebate", see.money_last_month("own-fee") / 2)

    scenario = Scenario.model_validate(
        {"title": "own", "months": 12, "world": WORLD, "levers": {"fees": Remembers(start="2015-07", upfront=0.5)}}
    )
    simulation = Simulation(scenario)
    block = simulation.open(np.arange(2), 1)
    for _ in range(5):
        simulation.step(block)
    taken = pickle.loads(pickle.dumps(simulation.snapshot(block)))
    other = Simulation(scenario)
    again = other.resume(taken)
    for _ in range(7):
        simulation.step(block)
        other.step(again)
        np.testing.assert_array_equal(block.space.frame["money"], again.space.frame["money"])
    assert block.space.frame["money"][:, -2:].all()
    np.testing.assert_array_equal(block.units.fund, again.units.fund)


def test_blocks_threads_and_parts_give_the_same(digest: Callable[..., str]) -> None:
    scenario = scenario_with({"fees": Fees(upfront=0.6, running=0.5, subsidy=0.3)})
    whole = digest(run(scenario, 6, jobs=1))
    assert digest(run(scenario, 6, jobs=2, block=2)) == whole
    assert digest(join([run(scenario, range(4), jobs=1), run(scenario, range(4, 6), jobs=1)])) == whole


def test_a_mute_lever_books_nothing() -> None:
    results = run(scenario_with({"fees": Fees(mute=("accounts",), upfront=0.5)}), 2, jobs=1)
    assert not columns(results)["own-fee"].any()


@pytest.mark.parametrize(
    ("purposes", "says"),
    [
        ({"Fee": ("trust", "company")}, "a purpose cannot be called 'Fee'"),
        ({"a b": ("trust", "company")}, "cannot be called 'a b'"),
        ({"": ("trust", "company")}, "cannot be called ''"),
        ({"x" * 41: ("trust", "company")}, "at most 40"),
        ({"=cmd": ("trust", "company")}, "cannot be called '=cmd'"),
        ({3: ("trust", "company")}, "cannot be called 3"),
        ({"tariff": ("commissioner", "trust")}, "has a purpose 'tariff' already, paid by commissioner to trust"),
        ({"fee": "trust"}, "declared with 'trust'; expected who pays and who gets it"),
        ({"fee": ("trust", "company", "ahsn")}, "who pays and who gets it"),
        ({"fee": ("trust", "supplier")}, "the payee of purpose 'fee' is 'supplier'"),
        ({"fee": ("trust", "supplier")}, "a supplier is 'company'"),
        ({"fee": ("comissioner", "company")}, "did you mean 'commissioner'?"),
        ({"fee": ("trust_fund", "company")}, "let the trust pay"),
        ({"fee": ("trust", "trust")}, "paid by trust to itself"),
    ],
)
def test_bad_purposes_are_named(purposes: Any, says: str) -> None:
    with pytest.raises(InputError) as refused:
        own_flows(purposes)
    assert says in str(refused.value)
    wrong = type(
        "Wrong", (Lever,), {"name": "wrong", "purposes": purposes, "__annotations__": {"name": "ClassVar[str]"}}
    )
    with pytest.raises(InputError) as refused:
        register(wrong)
    assert refused.value.key is not None
    assert refused.value.key.startswith("levers.wrong.purposes")


def test_two_levers_that_do_not_agree_are_named_before_anything_runs() -> None:
    class Otherwise(Lever):
        name: ClassVar[str] = "otherwise"
        purposes: ClassVar = {"own-fee": ("national", "company")}

    says = "levers 'fees' and 'other' both declare the purpose 'own-fee', one from trust to company"
    with pytest.raises(InputError, match=says):
        Simulation(scenario_with({"fees": Fees(), "other": Otherwise()}))
    with pytest.raises(InputError, match=says):
        compare([scenario_with({"fees": Fees()}), scenario_with({"other": Otherwise()})], 1, jobs=1)
    register(Fees)
    with pytest.raises(InputError, match="'fees' and 'otherwise' both declare"):
        register(Otherwise)


def test_own_flows_come_by_name_whoever_declares_them() -> None:
    one, two = {"zeta": ("trust", "company")}, {"alpha": ("national", "trust")}
    expected = (*FLOWS, *own_flows({"alpha": two["alpha"], "zeta": one["zeta"]}))
    assert all_flows([("a", one), ("b", two)]) == all_flows([("b", two), ("a", {**one, **two})]) == expected
    assert all_flows([("a", {})]) is FLOWS


class Pays(Lever):
    name: ClassVar[str] = "pays"
    purposes: ClassVar = {"own-thing": ("trust", "company")}
    under: str = "own-thing"
    asks: str = ""

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        if self.asks:
            see.money_last_month(self.asks)
        terms.pay(self.under, 1.0)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"under": "own-thin"}, "did you mean 'own-thing'?"),
        ({"under": "programe"}, "did you mean 'programme'?"),
        ({"under": "own-fee"}, 'purposes = {"own-fee": ("trust", "company")}'),  # another lever's alone
        ({"asks": "own-thin"}, "did you mean 'own-thing'?"),
    ],
)
def test_a_payment_that_nobody_declared_stops_the_run(given: dict[str, str], says: str) -> None:
    scenario = scenario_with({"fees": Fees(), "pays": Pays(**given)})
    with pytest.raises(InputError) as stopped:
        run(scenario, 1, jobs=1)
    assert "lever 'pays' in 2015-07: there is no payment" in stopped.value.message
    assert says in (stopped.value.suggestion or "")
    assert stopped.value.file == __file__


MODULE = '''
from typing import ClassVar
import diffusion as df


@df.register
class Levy(df.Lever):
    """A levy that trusts pay."""

    name: ClassVar[str] = "levy"
    purposes: ClassVar = {"levy-paid": ("trust", "PAYEE")}

    def write(self, month, see, terms, own, draws):
        terms.pay("levy-paid", 1000.0)
'''


def test_the_command_line_tells_of_own_purposes_and_refuses_bad_ones(
    command_line: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "levy.py").write_text(MODULE.replace("PAYEE", "national"))
    code, out, _ = command_line("describe", "outputs", "--python", "levy.py")
    assert code == 0
    assert "levy-paid" in out
    assert "trust > national" in out
    assert "levy-paid, trust > national" in command_line("levers", "show", "levy", "--python", "levy.py")[1]
    (tmp_path / "other_levy.py").write_text(MODULE.replace("PAYEE", "suplier").replace('"levy"', '"other-levy"'))
    code, out, err = command_line("describe", "outputs", "--python", "other_levy.py")
    assert (code, out) == (2, "")
    assert "the payee of purpose 'levy-paid' is 'suplier'" in " ".join(err.split())
    assert "Traceback" not in err


def test_own_purposes_are_no_more_than_columns_to_the_packaged_scenarios() -> None:
    """Results of scenarios without own levers have the kinds of payment of the ledger, and no other."""
    assert run(load_scenario("baseline", ["months=2"]), 1, jobs=1).money_flows == MONEY_FLOWS
