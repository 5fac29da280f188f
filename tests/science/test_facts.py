"""What each lever must show, at the defaults and at five committed draws of the plausible ranges.

A fact may fail at a draw: the number of draws in which it holds is stated here, so that a change is noticed, and
``docs/facts.md`` says what lies behind it.
"""

from __future__ import annotations

import pytest

from science.draws import FILE, N_DRAWS, draw, drawn_parameters, frozen_draws
from science.facts import FACTS, REPLICATES
from science.measures import FIRM, decoupled, mean_and_se
from science.runs import observe, scenario_at
from science.shared import facts_at, share_between_workers

pytestmark = [pytest.mark.science, pytest.mark.slow]

#: draws in which a fact does not hold
FAILS_AT: dict[str, tuple[int, ...]] = {
    "tariff-displaces": (2,),
    "ahsn-removed-slows": (1,),
    "local-gap-peaks": (1, 3, 4),
    "local-gap-closes": (2, 4),
    "local-rest-no-worse": (2,),
    "awards-champions-raise": (1, 5),
    "scorecard-evens": (1, 2, 3, 4, 5),
    "points-cost-adoption": (2, 3),
    "nice-drugs-faster": (2,),
    "itt-displaces": (2, 4),
    "direction-lowers-others": (1,),
    "people-over-tools-scarce": (2, 4),
    "people-over-burden-scarce": (2, 4),
    "tools-over-people-plenty": (1,),
    "fellows-reach": (2, 5),
    "fellows-innovations-up": (5,),
    "fellows-concentrated": (5,),
    "sbri-supply": (1, 3, 4, 5),
    "appraisal-dear-later": (1, 2, 3, 4, 5),
    "passport-raises": (1,),
    "passport-accepted": (1, 4, 5),
    "league-fits": (1, 3),
    "league-freedoms": (1, 2, 3, 4, 5),
    "boards-know": (1, 2, 3, 4, 5),
    "league-time-lost": (2,),
}
#: why a fact does not hold at the defaults
FAILS_AT_DEFAULTS: dict[str, str] = {
    "scorecard-evens": "over-dispersion falls, but the mean rises nearly as much: peers pass on what laggards gain",
    "points-cost-adoption": "change time is there: what points take of it is not missed",
    "itt-displaces": "change time is not so scarce that four products displace others",
    "direction-lowers-others": "a longer horizon helps all, and change time is there for it",
    "people-over-tools-scarce": "passport and shorter evaluations save change time too, and tools lift every trust",
    "people-over-burden-scarce": "with drugs that need no pilot, less burden is worth as much as more time",
    "league-time-lost": "change time is there: what recovery takes of it is not missed",
    "boards-know": "a board has evaluated most of what is new by itself before its partner's evaluation could help",
}


@pytest.fixture(scope="module", autouse=True)
def _shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    share_between_workers(tmp_path_factory)


def known(fact: str) -> object:
    reason = FAILS_AT_DEFAULTS.get(fact)
    return pytest.param(fact, marks=pytest.mark.xfail(strict=True, reason=reason)) if reason else fact


@pytest.mark.parametrize("fact", [known(fact) for fact in FACTS])
def test_fact_holds_at_the_defaults(fact: str) -> None:
    row = facts_at(0, fewer=True)[fact]
    assert row.holds, f"{FACTS[fact]}: {row}"


@pytest.mark.release
@pytest.mark.parametrize("number", range(N_DRAWS + 1))
def test_the_same_facts_hold_at_a_draw_as_before(number: int) -> None:
    """And at the defaults, 0, with all replicates."""
    rows = facts_at(number)
    assert set(rows) == set(FACTS)
    failing = {fact for fact, row in rows.items() if not row.holds}
    expected = {fact for fact, draws in FAILS_AT.items() if number in draws} if number else set(FAILS_AT_DEFAULTS)
    changed = [rows[fact] for fact in FACTS if fact in failing ^ expected]
    assert not changed, f"other facts hold at draw {number} than before: {changed}"


def test_draws_are_those_that_the_script_makes() -> None:
    assert frozen_draws() == {number: draw(number) for number in range(1, N_DRAWS + 1)}, (
        f"{FILE.name} differs: a parameter or a range is new; run scripts/measure_facts.py --draw"
    )


def test_draws_cover_every_range_and_stay_inside() -> None:
    for settings in frozen_draws().values():
        ranges = dict(drawn_parameters())
        assert settings.keys() == ranges.keys()
        for key, value in settings.items():
            assert ranges[key].low <= value <= ranges[key].high, key


def test_draws_change_what_a_scenario_says() -> None:
    first = scenario_at("local-first", frozen_draws()[1])
    assert first.parameters.awareness.push_per_month == frozen_draws()[1]["parameters.awareness.push_per_month"]
    assert first.levers["local-first"].lead_months == frozen_draws()[1]["levers.local-first.lead_months"]


@pytest.mark.parametrize(
    ("condition", "value"),
    [("parameters__capacity__unlimited", False), ("parameters__finance__money_gate", True)],
)
def test_tariff_reaches_unlisted_innovations_where_something_couples_them(condition: str, value: bool) -> None:
    lever = scenario_at("tariff", {}).levers["best-practice-tariff"]
    listed = lever.targets.innovation_mask(scenario_at("tariff", {}).build_world())
    assert not decoupled("reached", "best-practice-tariff", {}, listed, **{condition: value}).holds


def test_change_time_alone_displaces_and_less_so_where_it_is_plenty() -> None:
    lost_per_gained = {}
    for capacity in (2.0, 16.0):
        conditions = {"parameters__finance__money_gate": False, "parameters__capacity__wte_per_size": capacity}
        tariff, baseline = (observe(scenario_at(name, {}, **conditions), REPLICATES) for name in ("tariff", "baseline"))
        lever = tariff.results.scenario.levers["best-practice-tariff"]
        listed = lever.targets.innovation_mask(baseline.results.world)
        last = lever.end - tariff.results.scenario.start
        change = (tariff.adopters_by_innovation - baseline.adopters_by_innovation)[:, last]
        lost, se = mean_and_se(-change[:, ~listed].sum(axis=1))
        assert lost > FIRM * se or capacity > 2.0
        lost_per_gained[capacity] = lost / change[:, listed].sum(axis=1).mean()
    assert lost_per_gained[16.0] < lost_per_gained[2.0] / 3.0


def test_paired_differences_are_thirty_times_less_variable_than_with_independent_seeds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    n = 64
    baseline, local_first = scenario_at("baseline", {}), scenario_at("local-first", {})
    ours, alike, other = observe(local_first, n, seed=1), observe(baseline, n, seed=1), observe(baseline, n, seed=2)
    paired = (ours.adopter_share_pp - alike.adopter_share_pp)[:, -1]
    independent = (ours.adopter_share_pp - other.adopter_share_pp)[:, -1]
    ratio = independent.var(ddof=1) / paired.var(ddof=1)
    with capsys.disabled():
        print(f"\nCommon random numbers: variance of a difference {ratio:.0f} times below that of independent seeds")
    assert ratio >= 30.0
