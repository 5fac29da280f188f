"""Companies are there in every scenario; following people changes nothing until a lever acts on them."""

from __future__ import annotations

import numpy as np
import pytest

import diffusion as df
from diffusion.experiments.running.runner import run

pytestmark = pytest.mark.integration
MEASURES = ("adopter_share", "companies_in_uk", "companies_away", "companies_failed", "capacity_used_wte", "fund_gbp")


def test_the_portfolio_fares_the_same_to_the_bit_with_and_without_following() -> None:
    alone, followed = (
        run(df.load(name, ["months=60"]), replicates=6, seed=1)
        for name in ("baseline", "baseline+people-and-companies")
    )
    n = alone.world.n_innovations
    ids = alone.world.innovations.ids
    assert followed.world.innovations.ids[:n] == ids
    np.testing.assert_array_equal(alone.stage_by_innovation, followed.stage_by_innovation[:, :, :, :n])
    for name in MEASURES:
        np.testing.assert_array_equal(alone.monthly[name], followed.monthly[name], err_msg=name)
    assert not followed.monthly["adopters_born"].any()
    assert followed.monthly["people_in_nhs"][:, -1].mean() > 100


def test_companies_close_and_are_taken_over_as_often_as_published() -> None:
    """Of seed-stage companies of 2011, a quarter had closed eight years later; of those with support fewer."""
    results = run(df.load("baseline", ["months=96"]), replicates=60, seed=1)
    priced = results.monthly["companies_in_uk"][:, 1].mean()
    closed = results.monthly["companies_failed"][:, -1].mean() / priced
    assert 0.08 < closed < 0.30


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_users_of_a_product_that_is_taken_over_stay(share: float) -> None:
    settings = ["months=96", f"parameters.supply.bought_up_share={share}", "parameters.supply.failure_per_month=0.5"]
    results = run(df.load("baseline", settings), replicates=10, seed=1)
    assert (results.monthly["companies_failed"][:, -1].mean() > 5) == (share == 0.0)
    if share == 1.0:
        assert not results.monthly["companies_failed"].any()


def test_fellows_of_a_further_wave_bring_innovations_of_their_own() -> None:
    settings = ["months=48", "levers.accelerator.later_wave_size=8", "levers.accelerator.start=2015-07"]
    name = "baseline+people-and-companies+accelerator"
    brought, none = (
        run(df.load(name, [*settings, f"levers.accelerator.new_share={share}"]), replicates=8, seed=1)
        for share in (1, 0)
    )
    live = brought.monthly["innovations_live"] - none.monthly["innovations_live"]
    assert not live[:, :15].any()
    assert (live[:, 18:] == 8).all()
    assert brought.monthly["adopters_born"][:, -1].mean() > 0
    fellows = df.DiffusionModel(df.load(name, settings)).run(until=20).fellows
    assert len([fellow for fellow in fellows if fellow.innovation not in none.world.innovations.ids[:30]]) == 8


def test_a_lever_that_asks_for_more_than_there_is_says_so() -> None:
    from diffusion.scenario.felt.content import outlook_of

    made = df.load(
        "baseline+accelerator", ["levers.accelerator.later_wave_size=16", "levers.accelerator.start=2015-07"]
    )
    said = list(made.levers["accelerator"].remarks(outlook_of(made, made.build_world())))
    assert any("it asks for 16 (later_wave_size) in 2016-10, but there are at most" in text for text in said)
    prizes = df.load("baseline+challenge-prizes", ["levers.challenge-prizes.winners=40"])
    told = list(prizes.levers["challenge-prizes"].remarks(outlook_of(prizes, prizes.build_world())))
    assert any("it asks for 40 (winners)" in text for text in told)
