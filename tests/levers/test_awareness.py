"""Prizes, awards, portal, scorecard, expo, new towns and points: what they write and pay, for whom and when."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.engine.draws import Draws
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.term_specs import TERMS
from diffusion.errors import InputError
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.levers.healthy_new_towns import HealthyNewTowns, town_points
from diffusion.levers.registry import lever_class
from diffusion.month.simulation import Simulation
from diffusion.reading.files import packaged
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.building.build import build_world
from diffusion.world.tables import World
from support.worlds import result_arrays

pytestmark = pytest.mark.unit

NAMES = (
    "challenge-prizes",
    "excellence-awards",
    "innovation-portal",
    "scorecard",
    "expo",
    "healthy-new-towns",
    "innovation-points",
)
ALL: dict[str, Any] = {name: {"start": "2015-08"} for name in NAMES}
AUGUST, SEPTEMBER = 2, 3  # months of a run that begins in July 2015


def real(months: int = 40, **levers: Any) -> Scenario:
    named = {name.replace("_", "-"): {"start": "2015-08", **given} for name, given in levers.items()}
    return Scenario.model_validate({"title": "awareness", "months": months, "levers": named})


class Stepped:
    """A block of the 233 trusts that can be looked at in any month."""

    def __init__(self, scenario: Scenario, replicates: int = 3) -> None:
        self.simulation = Simulation(scenario)
        self.block = self.simulation.open(np.arange(replicates), 7)

    def to(self, month: int) -> Stepped:
        while self.block.month < month:
            self.simulation.step(self.block)
        return self

    def term(self, name: str) -> np.ndarray:
        """Value of a term; its parts by AHSN and by trust put together."""
        terms = self.block.space.terms
        if not TERMS[name].by_ahsn:
            return terms.value(name)
        part = terms.by_ahsn(name)
        return terms.value(name) + (part if part.shape[1] == 1 else part[:, self.simulation.world.trusts.ahsn])

    def paid_gbp(self, purpose: str) -> np.ndarray:
        return self.block.space.frame["money"][:, FLOW_INDEX[purpose]] / 100.0

    def written(self) -> set[str]:
        """Names of the terms that are not neutral."""
        return {name for name, spec in TERMS.items() if (self.term(name) != spec.neutral).any()}


def test_prizes_go_to_the_live_innovations_that_judges_think_best() -> None:
    run_ = Stepped(real(challenge_prizes={})).to(AUGUST)
    world, block = run_.simulation.world, run_.block
    cash, push = run_.term("company_cash"), run_.term("awareness_push")
    assert cash.shape == push.shape == (3, 1, 30)
    won = cash[:, 0] > 0
    assert (won.sum(axis=1) == 4).all()
    assert not won[:, world.innovations.live_month > 1].any()
    draws = Draws(7, block.replicates, world.trusts.keys, world.innovations.keys).named("challenge-prizes")
    month = int(run_.simulation.model.calendar(AUGUST))
    seen = block.attributes.signal + 0.5 * draws.normal(1, month, by="innovation")[:, 0, :]
    live = world.innovations.live_month <= 1
    for r in range(3):
        assert seen[r, won[r]].min() > seen[r, live & ~won[r]].max()
    np.testing.assert_array_equal(cash, 150_000.0 * won[:, None, :])
    np.testing.assert_array_equal(push, 1.0 + 0.5 * won[:, None, :])
    np.testing.assert_array_equal(run_.paid_gbp("prize"), cash.sum(axis=(1, 2)))


def test_prizes_are_paid_once_and_the_push_lasts_until_the_next_round() -> None:
    run_ = Stepped(real(challenge_prizes={"strength": 2.0})).to(AUGUST)
    first = run_.term("awareness_push").copy()
    assert first.max() == 2.0
    np.testing.assert_array_equal(run_.paid_gbp("prize"), 4 * 300_000.0)
    for month in range(AUGUST + 1, AUGUST + 12):
        run_.to(month)
        np.testing.assert_array_equal(run_.term("awareness_push"), first)
        assert run_.written() == {"awareness_push"}
        assert not run_.paid_gbp("prize").any()
    run_.to(AUGUST + 12)
    second = run_.term("awareness_push")
    assert (second != first).any()
    assert (run_.term("company_cash") > 0).sum() == 12


def test_prizes_of_a_shorter_push_and_of_few_candidates() -> None:
    two = {"push_months": 3, "targets": {"innovations": ["mycopd", "nic", "pipeline-drug-a"]}}
    run_ = Stepped(real(challenge_prizes=two)).to(AUGUST)
    ids = run_.simulation.world.innovations.ids
    assert {ids[k] for k in np.nonzero(run_.term("company_cash"))[2]} == {"mycopd", "nic"}  # the drug is not live
    assert run_.to(AUGUST + 2).written() == {"awareness_push"}
    assert run_.to(AUGUST + 3).written() == set()


def test_a_run_that_begins_between_two_rounds_waits_for_the_next() -> None:
    run_ = Stepped(real(challenge_prizes={"start": "2010-12"}))  # the next round is in December 2015, month 6
    for month in range(1, 6):
        assert run_.to(month).written() == set()
        assert not run_.paid_gbp("prize").any()
    assert run_.to(6).written() == {"awareness_push", "company_cash"}


def test_awards_cost_money_and_do_nothing_else_unless_told_to() -> None:
    run_ = Stepped(real(excellence_awards={})).to(AUGUST + 1)
    assert run_.written() == set()
    np.testing.assert_array_equal(run_.paid_gbp("excellence_award"), 5_000_000.0)
    strong = Stepped(real(excellence_awards={"champion_stock": 0.3, "targets": {"teaching": True}})).to(AUGUST)
    teaching = strong.simulation.world.trusts.teaching
    np.testing.assert_array_equal(strong.term("champion_stock")[0, :, 0], 0.3 * teaching)


def test_portal_pushes_and_lightens_the_burden() -> None:
    run_ = Stepped(real(innovation_portal={"strength": 2.0, "annual_cost_gbp": 600_000.0})).to(AUGUST + 3)
    assert run_.written() == {"awareness_push", "burden"}
    assert run_.term("awareness_push").tolist() == [[[1.2]]]
    assert run_.term("burden").tolist() == [[[0.97**2]]]
    np.testing.assert_array_equal(run_.paid_gbp("portal"), 100_000.0)


def test_a_tariff_pays_and_draws_attention_while_it_lasts() -> None:
    listed = {"innovations": ["pipeline-drug-a"]}
    run_ = Stepped(real(best_practice_tariff={"strength": 2.0, "targets": listed, "end": "2015-10"})).to(SEPTEMBER)
    assert run_.written() == {"payment_share", "awareness_push", "triage_push", "rollout_push", "monitoring"}
    chosen = np.array([name == "pipeline-drug-a" for name in run_.simulation.world.innovations.ids])
    for name, added in (("awareness_push", 3.0), ("triage_push", 3.0), ("rollout_push", 1.5)):
        np.testing.assert_array_equal(run_.term(name)[0, 0], 1.0 + added * chosen)
    np.testing.assert_array_equal(run_.term("payment_share")[0, 0], 0.48 * chosen)
    assert run_.to(SEPTEMBER + 2).written() == set()


def test_a_tariff_for_some_trusts_alone_is_paid_to_them() -> None:
    """Of all innovations, so that the term is by trust alone; the first trust of the table is not among them."""
    sectors = {"sectors": ["mental_health"]}
    run_ = Stepped(real(best_practice_tariff={"targets": sectors})).to(SEPTEMBER)
    trusts = run_.simulation.world.trusts
    paid = trusts.sector == trusts.sector_names.index("mental_health")
    assert not paid[0]
    assert run_.term("payment_share").shape == (1, len(paid), 1)
    assert (run_.paid_gbp("tariff") > 0).all()


def test_scorecard_lists_drugs_unless_told_otherwise() -> None:
    run_ = Stepped(real(scorecard={"strength": 0.5})).to(AUGUST)
    drug = run_.simulation.world.innovations.kind == 0
    assert drug.sum() == 3
    np.testing.assert_array_equal(run_.term("scorecard_gap")[0, 0], 0.18 * drug)


def test_scorecard_publishes_the_rollout_of_24_months_before_each_quarter() -> None:
    run_ = Stepped(real(scorecard={"targets": {"kinds": ["digital"]}}), 2)  # in use from the start
    world, frame = run_.simulation.world, run_.block.space.frame
    listed = world.innovations.kind == 2
    usable = world.eligible[:, listed]
    rollout = []  # of the end of each month
    for month in range(1, 41):
        own = run_.block.pairs.rollout[:, :, listed].copy()  # what a trust knows of itself is of the month before
        run_.to(month)
        rollout.append(frame["mean_rollout"].copy())
        if month >= AUGUST:
            np.testing.assert_array_equal(run_.term("scorecard_gap")[0, 0], 0.36 * listed)
            np.testing.assert_allclose(run_.paid_gbp("scorecard"), 500_000 / 12, atol=0.005)
        gap = frame["gap"].copy()
        if month <= 24:
            assert (gap == 0.0).all()
            continue
        quarter = month - (month - 1) % 3  # months 25, 28, ... of the run are July, October, ...
        counted = world.eligible[:, listed] & (world.innovations.live_month[listed] < quarter - 24)
        number = np.maximum(1, counted.sum(axis=1))
        mean = (rollout[quarter - 24 - 1][:, None, listed] * counted).sum(axis=2) / number
        expected = np.maximum(0.0, mean - (own * counted).sum(axis=2) / number)
        np.testing.assert_allclose(gap, expected, rtol=1e-9, atol=1e-15)
    assert gap.max() > 0.003
    ahead = own.sum(axis=2) >= usable.sum(axis=1)
    assert (gap[ahead & (usable.sum(axis=1) > 0)] == 0.0).all()  # whoever uses all that is listed is not pushed


def expo_attending(run_: Stepped) -> np.ndarray:
    push = run_.term("awareness_push")
    assert set(np.unique(push)) <= {1.0, 3.0}
    return np.broadcast_to(push > 1.0, (len(push), 233, 30))


def test_expo_is_in_september_for_thirty_per_cent_of_trusts_drawn_each_year() -> None:
    run_ = Stepped(real(expo={}), 40)
    here = {}
    for month in range(1, 40):
        run_.to(month)
        if month % 12 != SEPTEMBER:
            assert run_.written() == set()
            assert not run_.paid_gbp("expo").any()
            continue
        here[month] = expo_attending(run_)[:, :, 0]
        assert (here[month].sum(axis=1) == 70).all()
        np.testing.assert_array_equal(run_.paid_gbp("expo"), 2e6)
    assert len(here) == 4
    years = list(here.values())
    both = np.mean(years[0] & years[1], axis=1) * 233 / 70  # share of those who come again
    assert 0.3 < both.mean() < 0.7
    assert (both < 1.0).all()
    # the large and the innovative come more often
    world, inn = run_.simulation.world, run_.block.attributes.innovativeness
    often = np.mean(years, axis=0)
    large = world.trusts.size > np.median(world.trusts.size)
    assert often[:, large].mean() > 1.5 * often[:, ~large].mean()
    like = world.trusts.sector == 1
    like &= ~world.trusts.teaching
    assert often[:, like][inn[:, like] > 0.5].mean() > 1.3 * often[:, like][inn[:, like] < -0.5].mean()


def test_expo_of_some_trusts_and_innovations() -> None:
    given = {"targets": {"ahsns": ["WM"], "kinds": ["drug"]}, "attending_share": 0.5, "push_factor": 1.0}
    assert Stepped(real(expo=given)).to(SEPTEMBER).written() == set()  # a factor of 1 is none
    run_ = Stepped(real(expo={**given, "push_factor": 3.0})).to(SEPTEMBER)
    here, world = expo_attending(run_), run_.simulation.world
    members = world.trusts.ahsn == world.ahsns.codes.index("WM")
    assert not here[:, ~members].any()
    assert not here[:, :, world.innovations.kind != 0].any()
    assert (here.any(axis=2).sum(axis=1) == round(members.sum() / 2)).all()


def haversine_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    (p1, l1), (p2, l2) = np.radians(a), np.radians(b)
    h = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin((l2 - l1) / 2) ** 2
    return float(2 * 6_371.0088 * np.arcsin(np.sqrt(h)))


def test_new_towns_are_ten_places_in_england_with_trusts_at_known_distances() -> None:
    world, towns = build_world(), town_points()
    assert len(towns) == 10
    distances = HealthyNewTowns().distances_km(world)
    assert distances.shape == (233, 10)
    for i in (0, 100, 232):
        here = (world.trusts.latitude[i], world.trusts.longitude[i])
        np.testing.assert_allclose(distances[i], [haversine_km(here, town) for town in towns.values()], rtol=1e-9)
    nearest = {
        "Barton Park": "RTH",
        "Whyndyke Farm": "RXL",
        "Darlington": "RXP",
        "Ebbsfleet Garden City": "RN7",
    }
    for name, code in nearest.items():
        assert world.trusts.codes[int(distances[:, list(towns).index(name)].argmin())] == code


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [("51.769,-1.202", "51.48,-3.18", "not in England"), ("Cranbrook,", "Bicester,", "10 rows with 9 names")],
)
def test_a_broken_table_of_towns_is_found(tmp_path: Path, old: str, new: str, fault: str) -> None:
    folder = shutil.copytree(packaged("healthy_new_towns.csv").parent, tmp_path / "data")
    text = (folder / "healthy_new_towns.csv").read_text("utf-8")
    assert old in text
    (folder / "healthy_new_towns.csv").write_text(text.replace(old, new), "utf-8")
    script = Path(__file__).parents[2] / "scripts" / "check_data.py"
    result = subprocess.run([sys.executable, script, "--folder", folder], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert fault in result.stderr


def test_new_towns_align_prevention_near_them_for_three_years() -> None:
    run_ = Stepped(real(healthy_new_towns={})).to(AUGUST)
    world = run_.simulation.world
    near = (HealthyNewTowns().distances_km(world) <= 25.0).any(axis=1)
    tagged = np.array(["sickness-to-prevention" in tags for tags in world.innovations.tags])
    assert 0 < near.sum() < 100
    assert 0 < tagged.sum() < 30
    np.testing.assert_array_equal(run_.term("alignment")[0], near[:, None] * tagged * 1.0)
    assert run_.written() == {"alignment"}
    for purpose in ("new_town_grant", "new_town_staff"):
        np.testing.assert_allclose(run_.paid_gbp(purpose), 10 * 200_000 / 12, atol=0.005)
    assert run_.to(AUGUST + 35).written() == {"alignment"}
    assert run_.to(AUGUST + 36).written() == set()


def test_some_towns_only_and_none_near() -> None:
    run_ = Stepped(real(healthy_new_towns={"towns": ["Cranbrook", "Bicester"], "alignment": 0.5})).to(AUGUST)
    world = run_.simulation.world
    near = (HealthyNewTowns(towns=("Cranbrook", "Bicester")).distances_km(world) <= 25.0).any(axis=1)
    assert (run_.term("alignment")[0].max(axis=1) == 0.5 * near).all()
    np.testing.assert_allclose(run_.paid_gbp("new_town_grant"), 2 * 200_000 / 12, atol=0.005)
    alone = Stepped(real(healthy_new_towns={"towns": ["Whitehill and Bordon"], "radius_km": 10.0})).to(AUGUST)
    assert alone.written() == set()
    assert not alone.paid_gbp("new_town_grant").any()
    with pytest.raises(InputError, match="Milton Keynes"):
        HealthyNewTowns(towns=("Milton Keynes",)).check(world)


def test_points_take_time_that_trusts_pay_for() -> None:
    run_ = Stepped(real(innovation_points={})).to(AUGUST)
    assert run_.written() == {"champion_stock", "time_budget"}
    assert run_.term("champion_stock").tolist() == [[[0.05]]]
    assert (run_.term("time_budget") == -0.01).all()
    capacity = run_.block.attributes.capacity_wte
    np.testing.assert_allclose(run_.paid_gbp("clinical_points"), 0.01 * capacity.sum(axis=1) * 5_000, atol=0.006)
    plain = Stepped(real()).to(AUGUST)
    available, before = (s.block.space.frame["available"] for s in (run_, plain))
    np.testing.assert_allclose(available, 0.99 * before, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_lever_that_says_it_does_not_change_writes_the_same_again(
    digest: Callable[[Results], str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    scenario = real(30, **{name: {"ramp_months": 3}})
    honest = digest(run(scenario, 3, 2, jobs=1))
    monkeypatch.setattr(lever_class(name), "changes", lambda self, month, see, own: True)
    assert digest(run(scenario, 3, 2, jobs=1)) == honest


def test_blocks_order_of_trusts_and_stops_do_not_matter(
    digest: Callable[[Results], str], with_rows: Callable[..., World]
) -> None:
    scenario = real(40, **ALL)
    together = run(scenario, 4, 5, jobs=1, block=4)
    assert digest(run(scenario, 4, 5, jobs=2, block=1)) == digest(together)
    world = scenario.build_world()
    order = np.random.default_rng(3).permutation(world.n_trusts)
    other = run(scenario, 4, 5, jobs=1, world=with_rows(world, order))
    np.testing.assert_array_equal(other.stage_by_innovation, together.stage_by_innovation)
    np.testing.assert_array_equal(other.adopters_by_trust, together.adopters_by_trust[:, :, order])
    # stopped in the middle of a round, a quarter and a year
    whole, stopped = Stepped(scenario).to(40), Stepped(scenario).to(27)
    taken = pickle.loads(pickle.dumps(stopped.simulation.snapshot(stopped.block)))
    stopped.block = stopped.simulation.resume(taken)
    stopped.to(40)
    np.testing.assert_array_equal(stopped.block.pairs.stage, whole.block.pairs.stage)
    for purpose in FLOW_INDEX:
        np.testing.assert_array_equal(stopped.paid_gbp(purpose), whole.paid_gbp(purpose))


def test_all_seven_stacked_on_the_baseline_by_their_files() -> None:
    scenario = load_scenario("+".join(["baseline", *NAMES]), ["months=12", "policy_start=2015-08"])
    results = run(scenario, 2, 1, jobs=1)
    year = {name: results.money_gbp[:, 2:, index] for name, index in FLOW_INDEX.items()}
    totals = {name: float(values.sum(axis=1)[0]) for name, values in year.items()}
    assert totals["prize"] == 600_000
    assert totals["expo"] == 2e6
    for purpose, annual in (("portal", 5e5), ("scorecard", 5e5), ("excellence_award", 6e7), ("new_town_grant", 2e6)):
        assert totals[purpose] == pytest.approx(annual * 11 / 12, abs=0.1), purpose
    assert totals["new_town_staff"] == totals["new_town_grant"]
    assert totals["clinical_points"] > 0
    assert np.isfinite(result_arrays(results)["money_gbp"]).all()
