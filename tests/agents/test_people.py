"""Fellows, clinical entrepreneurs and companies as agents: views on the state, each able to decide in its own way."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

import diffusion as df
from diffusion.agents.agent_simulation import AgentSimulation
from diffusion.cli.shared.prepare import load_checked
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.month.decisions import DECISIONS
from diffusion.month.recorder import Record

pytestmark = pytest.mark.integration

KINDS: dict[str, type] = {"fellow": df.Fellow, "entrepreneur": df.ClinicalEntrepreneur, "company": df.Company}
DECISIONS = [
    (kind, decision)
    for kind, decisions in (
        ("fellow", DECISIONS["fellow"]),
        ("entrepreneur", DECISIONS["entrepreneur"]),
        ("company", DECISIONS["company"]),
    )
    for decision in decisions
]
#: soon and plenty: within 44 months spin-outs launch, fellows come and go, companies leave, come back and fail
SETTINGS = {
    "months": 44,
    "levers.accelerator.start": "2015-08",
    "levers.clinical-entrepreneurs.start": "2015-09",
    "levers.clinical-entrepreneurs.other_professions_from": "2016-09",
    "parameters.supply.doctors": 240,
    "parameters.supply.other_professions": 60,
    "parameters.supply.exit_per_month": 0.02,
    "parameters.supply.failure_per_month": 0.1,
    "parameters.supply.abroad_months": 12,
    "parameters.supply.founding_without_programme": 0.002,
    "levers.clinical-entrepreneurs.places": 40,
    "levers.clinical-entrepreneurs.applicants": 80,
}
FIRST_FELLOWS = 17


@functools.cache
def scenario(months: int = 44) -> df.Scenario:
    return df.load("clinical-entrepreneurs+accelerator").changed({**SETTINGS, "months": months})


@functools.cache
def compiled(months: int = 44) -> df.Results:
    return df.run(scenario(months), replicates=[1], seed=3)


def model_of(months: int = 44, **agents: type) -> df.DiffusionModel:
    return df.DiffusionModel(scenario(months), seed=3, replicate=1, agents=agents)


def overriding(kind: str, **methods: Callable[[Any], Any]) -> type:
    """Return a subclass of the kind's class with these decisions."""
    return type("Own", (KINDS[kind],), methods)


def calling_super(kind: str, decision: str) -> type:
    cls = overriding(kind, **{decision: lambda self: getattr(super(cls, self), decision)()})
    return cls


def same_bits(record: Record, results: df.Results) -> bool:
    """Whether all that is recorded of the replicate is that of the compiled run."""
    return (
        all(
            np.array_equal(getattr(record, name)[0], getattr(results, name)[0])
            for name in ("stage_by_innovation", "adopters_by_trust", "flows")
        )
        and np.array_equal(record.money_pence[0] / 100.0, results.money_gbp[0])
        and all(np.array_equal(values[0], results.monthly[name][0]) for name, values in record.monthly.items())
    )


def paid(model: df.DiffusionModel, purpose: str) -> float:
    return float(model.record.money_pence[0, :, FLOW_INDEX[purpose]].sum()) / 100.0


# --- super() changes nothing


def test_all_that_these_agents_decide_happens() -> None:
    last = {name: values[0] for name, values in compiled().monthly.items()}
    for name in ("startups_founded", "startups_failed", "startups_launched", "people_returned", "companies_failed"):
        assert last[name][-1] > 0, name
    assert last["companies_away"].max() > 0
    away_or_back = np.diff(last["companies_away"])
    assert (away_or_back < 0).any()  # some come back


@pytest.mark.parametrize(("kind", "decision"), DECISIONS)
def test_override_that_calls_super_changes_no_bit(kind: str, decision: str) -> None:
    model = model_of(**{kind: calling_super(kind, decision)})
    assert model.simulation.hooks.taken[kind] == (decision,)
    assert same_bits(model.run().record, compiled())


def test_all_kinds_together_by_super_change_no_bit() -> None:
    agents = {kind: calling_super(kind, decision) for kind, decision in dict(DECISIONS).items()}
    assert len(agents) == 3
    assert same_bits(model_of(**agents).run().record, compiled())


# --- what agents are


def test_fellows_join_with_their_wave_and_leave_when_it_ends() -> None:
    model = model_of(30)
    assert model.fellows == ()
    model.step()
    assert model.fellows == ()  # July: they begin in August
    model.step()
    assert len(model.fellows) == len(model.agents_by_type[df.Fellow]) == FIRST_FELLOWS
    first = model.fellows[0]
    assert (first.wave, first.months_left) == (1, 11)
    assert first.mentor.centre_of_excellence
    assert first.mentor.ahsn != first.home.code
    model.run(until=13)
    # sites come a dozen a year, and views are of the state
    own = model.block.own["accelerator"]
    for fellow in model.fellows:
        assert np.shares_memory(fellow.reached, own.reached)
        assert fellow.n_reached == len(fellow.reached_sites) == 12 - (fellow.able_sites.size == 0)
        assert set(fellow.using_sites) <= set(fellow.reached_sites)
        using = [code for code in fellow.reached_sites if model.trust(code).using[fellow.row]]
        assert tuple(using) == fellow.using_sites
        with pytest.raises(ValueError, match="read-only"):
            fellow.reached[0] = True
    assert first.months_left == 0
    model.step()  # August 2016
    assert model.fellows == ()
    assert first.n_reached == 12
    with pytest.raises(df.InputError, match=r"no fellow in 2016-08"):
        model.fellow(first.innovation)
    model.run(until=20)
    assert {fellow.wave for fellow in model.fellows} == {2}
    assert model.fellow(model.fellows[0].innovation) is model.fellows[0]


def test_entrepreneurs_are_all_people_and_say_where_they_are() -> None:
    model = model_of(30)
    ids = {agent.unique_id for agent in model.entrepreneurs}
    assert len(ids) == len(model.entrepreneurs) == 300
    model.run()
    by_status = model.agents.select(agent_type=df.ClinicalEntrepreneur).groupby("status", result_type="list").groups
    counted = {status: len(agents) for status, agents in by_status.items()}
    assert sum(counted.values()) == 300
    assert counted["left"] == model.measure("people_left")
    assert counted["abroad"] == model.measure("people_abroad")
    assert counted["in programme"] == model.measure("people_in_programme")
    assert sum(agent.returned for agent in model.entrepreneurs) == model.measure("people_returned")
    assert sum(agent.founder for agent in model.entrepreneurs) == model.measure("startups_founded")
    states = [agent.startup for agent in model.entrepreneurs]
    assert states.count("launched") == model.measure("startups_launched") > 0
    for agent in model.entrepreneurs:
        assert (agent.profession == "doctor") == (agent.row < 240)
        assert agent.home.row == model.block.people.home[0, agent.row]
        assert (agent.mentor is not None) == (agent.appointed is not None)
        if agent.company:
            assert agent.company.founder is agent
    assert {agent.unique_id for agent in model.entrepreneurs} == ids


def test_companies_join_when_founded_and_leave_when_they_fail() -> None:
    model = model_of()
    assert model.companies == ()
    seen: dict[int, df.Company] = {}
    while model.running:
        model.step()
        state = model.block.companies.company[0]
        there = np.flatnonzero((state == 1) | (state == 2))
        assert [company.row for company in model.companies] == there.tolist()
        assert len(model.agents_by_type[df.Company]) == len(there)
        seen |= {company.row: company for company in model.companies}
    by_status = {status: sum(c.status == status for c in seen.values()) for status in ("in UK", "abroad", "failed")}
    for status, name in (("in UK", "in_uk"), ("abroad", "away"), ("failed", "failed")):
        assert by_status[status] == model.measure(f"companies_{name}"), status
    assert by_status["failed"] > 0
    failed = next(company for company in seen.values() if company.status == "failed")
    assert failed not in model.agents
    assert (failed.cash_gbp, failed.runway_months) == (0.0, 0.0)
    spun_out = [company for company in model.companies if company.founder]
    assert spun_out
    assert all(company.founder.startup == "launched" for company in spun_out if company.founder)
    assert len(model.companies) < model.world.n_innovations  # slots that nothing fills have none
    raised = [company.raised_gbp for company in seen.values()]
    assert max(raised) > 0
    one = model.companies[0]
    assert model.company(one.innovation) is one
    assert one.runway_months == pytest.approx(one.cash_gbp / 40_000)
    with pytest.raises(df.InputError, match=f"'{failed.innovation}' has no company"):
        model.company(failed.innovation)


def test_agents_of_people_are_collected_on_request() -> None:
    model = df.DiffusionModel(scenario(6), seed=3, replicate=1, collect_agents=True).run()
    frame = model.datacollector.get_agenttype_vars_dataframe(df.Company).xs(6, level="Step")
    assert dict(zip(frame["code"], frame["cash_gbp"], strict=True)) == {c.code: c.cash_gbp for c in model.companies}
    frame = model.datacollector.get_agenttype_vars_dataframe(df.Fellow).xs(6, level="Step")
    assert frame["n_reached"].tolist() == [fellow.n_reached for fellow in model.fellows]
    frame = model.datacollector.get_agenttype_vars_dataframe(df.ClinicalEntrepreneur)
    assert len(frame) == 7 * 300


def test_draws_of_people_are_keyed() -> None:
    model, other = model_of(4).run(), model_of(4, company=overriding("company", exit_rate=lambda self: 0.0)).run()
    for kind in ("fellows", "entrepreneurs", "companies"):
        first, second, elsewhere = getattr(model, kind)[0], getattr(model, kind)[1], getattr(other, kind)[0]
        assert np.array_equal(first.draw("mood"), elsewhere.draw("mood"))
        assert not np.array_equal(first.draw("mood"), first.draw("weather"))
        assert not np.array_equal(first.draw("mood"), second.draw("mood"))
    assert model.fellows[0].draw("mood").shape == (model.world.n_trusts,)


# --- overrides do what they say


def test_fellows_that_choose_by_need_reach_more_need_and_as_many_sites() -> None:
    def by_need(self: df.Fellow) -> np.ndarray:
        able = self.able_sites
        return able[np.argsort(-self.need[able], kind="stable")][: self.sites_due]

    ordinary, own = model_of(13).run(), model_of(13, fellow=overriding("fellow", choose_sites=by_need)).run()
    for before, after in zip(ordinary.fellows, own.fellows, strict=True):
        assert after.n_reached == before.n_reached
        eligible = own.world.eligible[:, after.row]
        # exactly the trusts of most need
        most = np.sort(after.need[eligible])[::-1][: after.n_reached]
        assert np.allclose(np.sort(after.need[after.reached])[::-1], most)
        if after.n_reached < eligible.sum() // 2:
            assert after.need[after.reached].sum() > before.need[before.reached].sum()
    assert not np.array_equal(own.record.stage_by_innovation, ordinary.record.stage_by_innovation)


def test_fellows_may_name_codes_wait_and_then_take_what_is_left() -> None:
    def waits(self: df.Fellow) -> list[str]:
        if self.model.month < 6:
            return []
        return [self.model.world.trusts.codes[row] for row in super(cls, self).choose_sites()]

    cls = overriding("fellow", choose_sites=waits)
    model = model_of(13, fellow=cls)
    model.run(until=5)
    assert all(fellow.n_reached == 0 for fellow in model.fellows)
    assert all(fellow.sites_due > 5 for fellow in model.fellows)
    ordinary = model_of(13).run()
    fellows = [fellow.row for fellow in model.fellows]
    unaware = [run.record.stage_by_innovation[0, 5, 1, fellows].sum() for run in (model, ordinary)]
    assert unaware[0] > unaware[1]  # nobody told them yet
    model.run(until=13)
    for late, early in zip(model.fellows, ordinary.fellows, strict=True):
        assert late.reached_sites == early.reached_sites  # the same twelve, only later


def test_fellows_that_always_raise_funds_bring_more_investment_than_those_that_never_do() -> None:
    sums = [
        paid(model_of(14, fellow=overriding("fellow", raise_funds=lambda self, p=p: p)).run(), "investment")
        for p in (0.0, 1.0)
    ]
    mean = 420_000 * FIRST_FELLOWS * 12
    assert sums[1] - sums[0] == pytest.approx(mean, rel=0.35)  # 204 lognormal deals of sigma 1


def test_entrepreneurs_that_never_leave_or_always_return() -> None:
    stay = model_of(12, entrepreneur=overriding("entrepreneur", leave_rate=lambda self: 0.0)).run()
    opening = model_of(1).block.people.person_status[0] > 0
    for model, leavers in ((stay, 0), (model_of(12).run(), 1)):
        gone = np.array([agent.status in ("left", "abroad") for agent in model.entrepreneurs])
        assert (gone & ~opening).any() == bool(leavers)
    both = overriding("entrepreneur", leave_rate=lambda self: 0.0, return_rate=lambda self: np.inf)
    assert model_of(1, entrepreneur=both).run().measure("people_in_nhs") == 300
    all_go = overriding("entrepreneur", leave_rate=lambda self: np.inf, return_rate=lambda self: 0.0)
    assert model_of(1, entrepreneur=all_go).run().measure("people_in_nhs") == 0


def test_entrepreneurs_found_and_raise_as_they_say() -> None:
    nobody = overriding("entrepreneur", founding_rate=lambda self: 0.0)
    assert model_of(24, entrepreneur=nobody).run().measure("startups_founded") == 0
    nurses = overriding("entrepreneur", founding_rate=lambda self: np.inf if self.profession == "nurse" else 0.0)
    model = model_of(2, entrepreneur=nurses).run()
    assert {agent.profession for agent in model.entrepreneurs if agent.founder} == {"nurse"}
    assert all(agent.founder for agent in model.entrepreneurs if agent.profession == "nurse")
    results = []
    for rate in (0.0, np.inf):
        own = overriding("entrepreneur", deal_rate=lambda self, rate=rate: rate)
        results.append(model_of(44, entrepreneur=own).run())
    never, always = results
    assert never.measure("startups_failed") > always.measure("startups_failed") == 0
    assert never.measure("startups_launched") < always.measure("startups_launched")
    assert paid(never, "investment") < paid(always, "investment")


def test_entrepreneurs_decide_whether_to_apply() -> None:
    def only_from_teaching(self: df.ClinicalEntrepreneur) -> float:
        return super(cls, self).application_weight() if self.home.teaching else 0.0

    cls = overriding("entrepreneur", application_weight=only_from_teaching)
    model = model_of(3, entrepreneur=cls).run()
    appointed = [agent for agent in model.entrepreneurs if agent.appointed]
    assert appointed
    assert all(agent.home.teaching for agent in appointed)
    assert not all(agent.home.teaching for agent in model_of(3).run().entrepreneurs if agent.appointed)


def test_companies_leave_raise_and_come_back_as_they_say() -> None:
    loyal = overriding("company", exit_rate=lambda self: 0.0)
    assert not model_of(30, company=loyal).run().record.monthly["companies_away"].any()
    flighty = model_of(2, company=overriding("company", exit_rate=lambda self: np.inf)).run()
    assert flighty.measure("companies_in_uk") == 0
    assert {company.status for company in flighty.companies} == {"abroad"}
    rich, poor = (
        model_of(44, company=overriding("company", deal_rate=lambda self, rate=rate: rate)).run()
        for rate in (np.inf, 0.0)
    )
    assert rich.measure("companies_failed") == 0 < poor.measure("companies_failed")
    assert all(company.raised_gbp > 0 for company in rich.companies if company.months_live > 1)


def test_companies_set_the_price_at_which_they_come_back() -> None:
    def leaves_once(self: df.Company) -> float:
        return np.inf if self.months_live < 2 else 0.0

    own = overriding("company", exit_rate=leaves_once, return_price=lambda self: 3.0)
    model = model_of(20, company=own)
    model.step()
    before = {company.innovation: company.price_gbp for company in model.companies}
    assert len(before) > 10
    model.run()
    back = [company for company in model.companies if company.innovation in before]
    assert all(company.status == "in UK" for company in back)
    assert back
    for company in back:
        assert company.price_gbp == pytest.approx(3.0 * before[company.innovation])


# --- mistakes are told

BAD = [
    ("entrepreneur", "leave_rate", None, "returned nothing"),
    ("entrepreneur", "return_rate", [0.1, 0.2], "returned 2 values"),
    ("entrepreneur", "founding_rate", float("nan"), "returned nan"),
    ("company", "exit_rate", -0.5, r"returned -0\.5"),
    ("company", "deal_rate", "much", "returned 'much'"),
    ("fellow", "raise_funds", 1.5, r"returned 1\.5"),
    ("fellow", "choose_sites", None, "returned nothing"),
    ("fellow", "choose_sites", 7, "returned 7"),
    ("fellow", "choose_sites", "RJ1", "returned 'RJ1'.*return a list"),
    ("fellow", "choose_sites", ["RJ11"], "returned 'RJ11'.*lists the codes"),
    ("fellow", "choose_sites", [0.5], "0.5 among them"),
    ("fellow", "choose_sites", [-1], "-1 among them.*rows run from 0 to 232"),
    ("fellow", "choose_sites", list(range(40)), "returned 40 trusts"),
]


@pytest.mark.parametrize(("kind", "decision", "value", "fault"), BAD)
def test_a_wrong_return_is_told(kind: str, decision: str, value: Any, fault: str) -> None:
    model = model_of(3, **{kind: overriding(kind, **{decision: lambda self: value})})
    with pytest.raises(df.InputError, match=fault) as caught:
        model.run()
    assert f"Own.{decision} of " in str(caught.value)
    assert caught.value.file is not None
    assert Path(caught.value.file).name == Path(__file__).name


def test_sites_that_may_not_be_chosen_are_told() -> None:
    def twice(self: df.Fellow) -> np.ndarray:
        return np.repeat(self.able_sites[:1], 2)

    def again(self: df.Fellow) -> np.ndarray:
        reached = np.flatnonzero(self.reached)
        return reached[:1] if len(reached) else self.able_sites[:1]

    def elsewhere(self: df.Fellow) -> np.ndarray:
        return np.setdiff1d(np.arange(len(self.need)), self.able_sites)[:1]

    for choose, fault in ((twice, "is named twice"), (again, "has reached before"), (elsewhere, "may not reach")):
        with pytest.raises(df.InputError, match=fault):
            model_of(6, fellow=overriding("fellow", choose_sites=choose)).run()


def test_classes_that_cannot_be_used_are_told() -> None:
    with pytest.raises(df.InputError, match=r"Trust is not a kind of Company.*subclass of diffusion\.Company"):
        model_of(1, company=df.Trust)
    with pytest.raises(df.InputError, match=r"no kind of agent 'companies'.*did you mean 'company'"):
        df.DiffusionModel(scenario(1), agents={"companies": df.Company})
    with pytest.raises(df.InputError, match=r"overrides no decision.*did you mean 'founding_rate'"):
        model_of(1, entrepreneur=overriding("entrepreneur", founding_rates=lambda self: 0.0))
    with pytest.raises(df.InputError, match=r"follows no companies.*leave the switch out"):
        df.DiffusionModel(
            df.load("baseline").changed({"parameters.supply.companies": False}),
            agents={"company": overriding("company", exit_rate=lambda self: 0.0)},
        )


def test_people_named_in_yaml_decide_in_comparisons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_people.py").write_text(
        "import diffusion as df\n\nclass Loyal(df.Company):\n    def exit_rate(self):\n        return 0.0\n\n"
        "class Content(df.ClinicalEntrepreneur):\n    def founding_rate(self):\n        return 0.0\n\n"
        "class Plain(df.Fellow):\n    def choose_sites(self):\n        return super().choose_sites()\n"
    )
    common = (
        "extends: [baseline, levers/clinical-entrepreneurs, levers/accelerator]\npolicy_start: 2015-08\nmonths: 20\n"
    )
    classes = "company: own_people:Loyal, entrepreneur: own_people:Content, fellow: own_people:Plain"
    paths = [tmp_path / "plain.yaml", tmp_path / "own.yaml"]
    paths[0].write_text(f"title: nobody's own\n{common}")
    paths[1].write_text(f"title: own people\n{common}agents: {{{classes}}}\n")
    plain, named = load_checked([str(path) for path in paths], (), [str(tmp_path / "own_people.py")])
    ordinary, own = df.compare([plain, named], replicates=2, seed=4)
    assert not own.monthly["companies_away"].any()
    assert ordinary.monthly["companies_away"].any()
    assert not own.monthly["startups_founded"].any()
    assert ordinary.monthly["startups_founded"][:, -1].all()


def test_people_stop_and_resume_without_a_trace() -> None:
    classes = {kind: calling_super(kind, decision) for kind, decision in dict(DECISIONS).items()}
    simulation = AgentSimulation(scenario(), classes=classes)
    block = simulation.open(np.array([1]), 3)
    record = simulation.start_record(block)
    simulation.run(block, record, until=19)
    resumed = simulation.resume(simulation.snapshot(block))
    assert len(resumed.agents.fellows) > 0
    simulation.run(resumed, record)
    assert same_bits(record, compiled())


# --- mentors

LEVER = "levers.clinical-entrepreneurs"


def test_mentors_are_a_layer_of_two_sides() -> None:
    model = model_of(20).run()
    graph = model.mentor_graph()
    people = [node for node, side in graph.nodes(data="bipartite") if side == 0]
    assert nx.is_bipartite(graph)
    assert sorted(people) == sorted(agent.code for agent in model.entrepreneurs if agent.appointed)
    assert all(graph.degree(person) == 1 for person in people)
    kinds = {node: kind for node, kind in graph.nodes(data="kind") if kind != "entrepreneur"}
    assert set(kinds.values()) == {"industry", "AHSN"}
    for code, kind in kinds.items():
        assert (code in model.world.ahsns.codes) == (kind == "AHSN")
    frame = model.mentor_frame()
    assert len(frame) == graph.number_of_edges() == len(people) > 20
    for tie in frame.itertuples():
        agent = model.entrepreneurs[int(tie.entrepreneur.removeprefix("person-"))]
        assert (tie.mentor, tie.kind, tie.trust) == (agent.mentor, agent.mentor_kind, agent.home.code)
        assert (tie.appointed, tie.profession) == (str(agent.appointed), agent.profession)


def without_mentors(months: int = 44) -> df.Scenario:
    return scenario(months).changed({f"{LEVER}.mentor_deals": 1, f"{LEVER}.mentor_push": 0})


def test_mentors_act_from_a_year_after_the_first_appointment() -> None:
    """In its third month people are appointed: up to month 15 every bit is that of a run without mentors."""
    acting = scenario().changed({f"{LEVER}.mentor_deals": 2.5, "parameters.supply.launch_months": 6})
    idle = acting.changed({f"{LEVER}.mentor_deals": 1, f"{LEVER}.mentor_push": 0})
    with_them, without = (df.run(s, 6, seed=3) for s in (acting, idle))
    for first, second in ((with_them, without),):
        assert np.array_equal(first.stage_by_innovation[:, :16], second.stage_by_innovation[:, :16])
        assert np.array_equal(first.money_gbp[:, :15], second.money_gbp[:, :15])
        assert not np.array_equal(first.money_gbp[:, 15:], second.money_gbp[:, 15:])
        assert not np.array_equal(first.stage_by_innovation[:, 16:], second.stage_by_innovation[:, 16:])


def test_an_industry_mentor_raises_the_founders_rate_of_deals_after_the_programme_only() -> None:
    model = model_of(20).run()
    ordinary = scenario().parameters.supply.deals_per_month
    rates: dict[tuple[str | None, bool], set[float]] = {}
    for agent in model.entrepreneurs:
        if agent.appointed is None or model.date - agent.appointed != 12:  # the second cohort still is in it
            key = (agent.mentor_kind, agent.status == "in programme")
            rates.setdefault(key, set()).add(round(agent.deal_rate() / ordinary, 9))
    assert rates["industry", False] == {1.5}
    assert rates["AHSN", False] == rates[None, False] == {1.0}
    assert rates["industry", True] == rates["AHSN", True] == {2.5}


def test_a_company_keeps_its_founders_mentor() -> None:
    model = model_of().run()
    factors = {
        company.founder.mentor_kind: company.deal_rate() / scenario().parameters.supply.deals_per_month
        for company in model.companies
        if company.founder is not None and company.founder.status != "in programme"
    }
    assert factors["industry"] == pytest.approx(1.5)
    assert factors[None] == pytest.approx(1.0)


def test_an_ahsn_makes_known_what_those_it_mentors_launch_for_a_year() -> None:
    # so quick that some have launched when they are appointed: their mentors wait for a year
    quick = {"parameters.supply.launch_months": 6, "levers.accelerator.strength": 0}
    quick |= {f"parameters.supply.founding_{name}": 0.1 for name in ("per_month", "without_programme")}
    model, told = df.DiffusionModel(scenario().changed(quick), seed=3, replicate=1), 0
    ahsn_of = model.world.trusts.ahsn
    while model.running:
        model.step()
        terms = model.block.space.terms
        written = terms.written("awareness_push", ahsn_of)
        push = np.broadcast_to(written, (1, model.world.n_trusts, model.world.n_innovations))[0]
        for company in model.companies:
            founder = company.founder
            if founder is None or founder.mentor_kind != "AHSN":
                continue
            # the lever sees last month: the tie is a year old then, and the innovation was live for less than a year
            due = model.date - founder.appointed > 12 and 1 <= company.months_live <= 12
            members = np.array([trust.ahsn == founder.mentor for trust in model.trusts])
            extra = push[members, company.row].mean() - push[~members, company.row].mean()
            # AHSNs that support it in their portfolio push too: compare with what they write
            support = support_of(model, company.row)
            expected = (0.5 if due else 0.0) + support[members].mean() - support[~members].mean()
            assert extra == pytest.approx(expected, abs=1e-9), (company, model.date)
            told += due
    assert told > 0


def support_of(model: df.DiffusionModel, innovation: int) -> np.ndarray:
    """What the AHSN lever alone adds to the awareness push of an innovation, by trust."""
    held = model.block.space.terms._held["ahsn-support"]["awareness_push"]
    return np.asarray(held[0][0][0, model.world.trusts.ahsn, innovation])


def test_with_mentors_cash_of_companies_still_closes_to_the_penny() -> None:
    from diffusion.engine.ledger import FLOWS

    # fellows also bring money to companies that are not in the UK to take it
    model = df.DiffusionModel(scenario().changed({"levers.accelerator.strength": 0}), seed=3, replicate=1).run()
    total = model.record.money_pence[0].sum(axis=0)
    into = sum(total[n] for n, flow in enumerate(FLOWS) if flow.payee == "company")
    out = sum(total[n] for n, flow in enumerate(FLOWS) if flow.payer == "company")
    companies, people = model.block.companies, model.block.people
    assert into - out == companies.cash.sum() + people.startup_cash.sum() + companies.revenue.sum()
    where = [model.record.monthly[f"people_{place}"][0] for place in ("in_nhs", "left", "abroad")]
    assert (sum(where) == 300).all()


def test_a_lever_that_is_off_or_people_not_followed_has_no_mentors() -> None:
    off = df.DiffusionModel(scenario(16).changed({f"{LEVER}.strength": 0})).run()
    assert off.mentor_ties == {}
    unfollowed = df.load("baseline+clinical-entrepreneurs").changed({"months": 16, "parameters.supply.followed": False})
    model = df.DiffusionModel(unfollowed).run()
    assert (model.mentor_ties, model.entrepreneurs) == ({}, ())
