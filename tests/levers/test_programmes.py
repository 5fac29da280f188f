"""National programmes: whom they enrol and when, what that is worth, what it costs; budgets of AHSNs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import diffusion as df
from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import ADOPTER_STAGES, REJECTED
from diffusion.experiments.running.runner import run
from diffusion.levers.ahsn_support import AhsnSupport
from diffusion.scenario.felt.content import outlook_of

pytestmark = pytest.mark.integration

WORLD = "world={synthetic: {england_like: true, n_trusts: 120, n_innovations: 4, kind: pathway}}"
PROGRAMME = {
    "innovations": ["I000001"],
    "start": "2016-01",
    "end": "2018-01",
    "staff_wte": 6,
    "units_per_wte_month": 0.5,
}


def scenario(months: int = 36, budget: bool = False, **programme: Any) -> df.Scenario:
    base = df.load("baseline", [WORLD, f"months={months}"])
    first = base.build_world().innovations.ids[0]
    given = {**PROGRAMME, "innovations": [first], **programme}
    changes: dict[str, Any] = {"levers.ahsn-support.programmes": {"one": given}}
    if not budget:
        changes["levers.ahsn-support.budget_gbp_per_year"] = {2015: 0}
    return base.changed(changes)


def test_as_many_are_enrolled_as_staff_have_time_for() -> None:
    results = run(scenario(), replicates=10, seed=1)
    enrolled = results.monthly["pairs_enrolled"]
    assert not enrolled[:, :7].any(), "the programme starts in the seventh month"
    able = results.monthly["pairs_with_use"][:, -1]  # of all innovations
    due = 6 * 0.5 * np.arange(1, 25)
    n_regions = results.world.n_ahsns
    found = enrolled[:, 7:31]
    assert (found <= np.minimum(due, able[:, None]) + 1e-9).all()
    # each region waits for a whole unit, and ends where nobody is left who has a use for it
    share_able = 1.0 - 0.35
    assert (found >= share_able * np.minimum(due, 120) - n_regions).mean() > 0.9
    assert (np.diff(found, axis=1) >= 0).all()
    assert (enrolled[:, 31:] == enrolled[:, 30:31]).all(), "it has ended: who has enrolled, has"


def test_enrolled_is_not_yet_using_and_leads_to_it() -> None:
    replicates = 40
    with_it, without = (
        run(scenario(staff_wte=staff, units_per_wte_month=2.0, end=None), replicates=replicates, seed=1)
        for staff in (12, 0)
    )
    using = [results.stage_by_innovation[:, :, ADOPTER_STAGES, 0].sum(axis=2) for results in (with_it, without)]
    enrolled = with_it.monthly["pairs_enrolled"]
    ahead = enrolled[:, 8] - using[0][:, 8]
    assert (ahead >= 0).all()
    assert ahead.mean() > 10
    gained = using[0][:, -1] - using[1][:, -1].astype(float)
    assert gained.mean() > 3 * gained.std() / replicates**0.5 > 0
    assert without.monthly["pairs_enrolled"].sum() == 0


def test_only_the_regions_it_targets() -> None:
    base = scenario(units_per_wte_month=5.0)
    codes = base.build_world().ahsns.codes
    some = run(scenario(units_per_wte_month=5.0, targets={"ahsns": [codes[0]]}), replicates=5, seed=1)
    members = int((some.world.trusts.ahsn == 0).sum())
    assert 0 < some.monthly["pairs_enrolled"].max() <= members


def test_staff_and_backfill_are_paid_while_it_runs() -> None:
    results = run(scenario(backfill_wte=0.0, months=36), replicates=3, seed=1)
    paid = results.money_gbp[:, :, FLOW_INDEX["ahsn_grant"]]
    assert paid.sum(axis=1) == pytest.approx(24 * 6 * 60_000 / 12)


def test_the_order_is_that_of_ids_and_does_not_move_with_other_programmes() -> None:
    alone = run(scenario(), replicates=4, seed=1, events=False)
    base = scenario()
    second = base.build_world().innovations.ids[1]
    both = base.changed(
        {"levers.ahsn-support.programmes.another": {**PROGRAMME, "innovations": [second], "staff_wte": 0}}
    )
    np.testing.assert_array_equal(
        alone.stage_by_innovation, run(both, replicates=4, seed=1, events=False).stage_by_innovation
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": "2030-01", "end": None}, "it has no month in which its lever is in force in the run"),
        ({"staff_wte": 0}, "it has no staff to enrol anybody"),
    ],
)
def test_a_programme_that_enrols_nobody_is_told(changes: dict[str, Any], said: str) -> None:
    made = scenario(**changes)
    lever = made.levers["ahsn-support"]
    found = dict(lever.unfelt(outlook_of(made, made.build_world())))
    assert found["programmes.one"] == said


@pytest.mark.unit
def test_budgets_are_those_of_their_year_and_pushes_saturate() -> None:
    lever = AhsnSupport(budget_gbp_per_year={2014: 30e6, 2016: 10e6}, budget_factor=0.5)
    assert [lever.budget_gbp(year) for year in (2013, 2014, 2015, 2016, 2030)] == [0, 15e6, 15e6, 5e6, 5e6]
    spend = np.array([0.0, 0.265, 0.53, 1.06, 1e6])
    response = lever.response(spend)
    assert response[0] == 0
    assert response[2] == pytest.approx(1.0)
    assert (np.diff(response) > 0).all()
    assert (
        np.diff(response[:4]) / np.diff(spend[:4]) == sorted(np.diff(response[:4]) / np.diff(spend[:4]))[::-1]
    ).all()
    assert response[-1] < (0.53 + 0.5) / 0.53 + 1e-9


def test_halving_for_ten_years_does_more_harm_than_from_2018_on_and_a_last_year_moves_no_other() -> None:
    years = {2015: 29e6, 2016: 21e6, 2017: 13e6}
    base = df.load("baseline", ["months=84"])

    def adopters(budget: dict[int, float]) -> Any:
        made = base.changed({"levers.ahsn-support.budget_gbp_per_year": budget})
        return run(made, replicates=60, seed=2).monthly["adopters"]

    usual = adopters(years)
    throughout = adopters({year: gbp / 2 for year, gbp in years.items()})
    late = adopters({**years, 2018: 6.5e6})
    np.testing.assert_array_equal(usual[:, :33], late[:, :33])
    lost = (usual - throughout)[:, -1], (usual - late)[:, -1]
    difference = lost[0] - lost[1]
    assert difference.mean() > 3 * difference.std() / 60**0.5 > 0


def test_nobody_enrols_before_the_launch_and_staff_then_begin_anew() -> None:
    early = scenario(months=30, start="2015-08")
    kind = {"name": "Later", "kind": "pathway", "eligible_sectors": ["all"], "live_month": 12}
    later = early.changed(
        {
            "world.more_innovations.later": kind,
            "levers.ahsn-support.programmes": {"one": {**PROGRAMME, "start": "2015-08", "innovations": ["later"]}},
        }
    )
    notes = list(later.levers["ahsn-support"].remarks(outlook_of(later, later.build_world())))
    assert any("waits for later" in note for note in notes)
    assert not any(
        "waits" in note for note in early.levers["ahsn-support"].remarks(outlook_of(early, early.build_world()))
    )
    enrolled = run(later, replicates=4, seed=1).monthly["pairs_enrolled"]
    assert not enrolled[:, :12].any()
    due = 6 * 0.5 * np.arange(1, 19)
    assert (enrolled[:, 13:] <= due[: enrolled.shape[1] - 13] + 1e-9).all()
    assert enrolled[:, -1].all()


def test_backfill_is_for_those_on_the_way_only() -> None:
    """With nothing ever evaluated well, those who have rejected it are helped no more."""
    hopeless = {
        "parameters.evaluation.intercept": -50.0,
        "parameters.abandonment.reconsider_per_month": 0.0,
        "parameters.early_use.share": 0.0,
    }
    replicates = 3
    results = run(
        scenario(end=None, staff_wte=12, units_per_wte_month=2.0, months=36).changed(hopeless), replicates, seed=1
    )
    paid = results.money_gbp[:, :, FLOW_INDEX["facilitation"]]
    rejected = results.stage_by_innovation[:, :, REJECTED, 0]
    enrolled = results.monthly["pairs_enrolled"]
    assert (rejected[:, -1] > 0.9 * enrolled[:, -1]).all()
    assert (paid[:, -1] < 0.2 * paid.max(axis=1)).all()
    assert (enrolled[:, -1] >= enrolled[:, -13]).all()  # who has enrolled, has


def test_a_programme_names_its_innovations_beside_its_targets() -> None:
    with pytest.raises(df.InputError, match="targets of a programme are trusts, not innovations"):
        scenario(targets={"innovations": ["nonsense"]})


def test_a_programme_outside_the_months_of_its_lever_is_told() -> None:
    late = scenario().changed({"levers.ahsn-support.start": "2019-01"})
    notes = dict(late.levers["ahsn-support"].unfelt(outlook_of(late, late.build_world())))
    assert "its lever is in force" in notes["programmes.one"]


@pytest.mark.parametrize(
    ("budgets", "said"), [({}, "it has no year"), ({15: 1e6}, "did you mean 2015"), ({3000: 1e6}, "1990 to 2100")]
)
def test_years_of_budgets_are_financial_years(budgets: dict[int, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AhsnSupport(budget_gbp_per_year=budgets)
