"""Parameters drawn per replicate: replicate r has draw r, whoever computes it and beside what."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.analysis.results.outcomes import outcome_values
from diffusion.engine.parameters import stated
from diffusion.ensemble.doubt import Doubt
from diffusion.ensemble.draws import TWIN, cost_of, draw_of, needed_posterior, settings_of
from diffusion.ensemble.posterior import packaged_posterior
from diffusion.ensemble.priors import prior_draw
from diffusion.errors import InputError
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import compare, run
from diffusion.levers.registry import all_levers
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.scenario.tree import Tree

SMALL = [
    "months=18",
    "world={synthetic: {england_like: true, n_trusts: 25, n_innovations: 6, kind: mix}}",
]


def small(name: str = "baseline", *more: str) -> Scenario:
    return load_scenario(name, [*SMALL, *more])


def same(one: Results, other: Results) -> None:
    for name, values in one.monthly.items():
        np.testing.assert_array_equal(values, other.monthly[name], err_msg=name)
    np.testing.assert_array_equal(one.stage_by_innovation, other.stage_by_innovation)
    np.testing.assert_array_equal(one.money_gbp, other.money_gbp)


@pytest.mark.parametrize("source", ["posterior", "prior"])
def test_a_replicate_is_the_run_with_its_draw_set_by_hand(source: str) -> None:
    drawn = small().drawing_from(source)  # type: ignore[arg-type]
    whole = run(drawn, [3, 0, 11], seed=5)
    posterior = packaged_posterior()
    assert posterior is not None
    for place, number in enumerate((3, 0, 11)):
        by_hand = posterior.settings(number) if source == "posterior" else prior_draw(number)
        alone = run(small().changed(by_hand), [number], seed=5)
        for name, values in alone.monthly.items():
            np.testing.assert_array_equal(values[0], whole.monthly[name][place], err_msg=name)


def test_results_do_not_hang_on_threads_order_or_company() -> None:
    pair = [small(name).drawing_from("posterior") for name in ("baseline", "tariff")]
    one = compare(pair, 6, jobs=1)
    two = compare(pair, 6, jobs=2, block=3)
    for first, second in zip(one, two):
        same(first, second)
    alone = run(pair[1], [5, 2])
    np.testing.assert_array_equal(alone.monthly["adopter_share"], one[1].monthly["adopter_share"][[5, 2]])


def test_defaults_draw_nothing() -> None:
    plain, asked = small(), small().drawing_from("defaults")
    assert plain.content_hash == asked.content_hash
    assert not asked.drawn
    same(run(plain, 3), run(asked, 3))


def test_what_the_scenario_sets_is_not_drawn() -> None:
    key = "parameters.awareness.push_per_month"
    drawn = small("baseline", f"{key}=0.031").drawing_from("posterior")
    assert drawn.doubt is not None
    assert drawn.doubt.keep == (key,)
    assert all(drawn.of_replicate(r).parameters.awareness.push_per_month == 0.031 for r in range(5))
    others = {drawn.of_replicate(r).parameters.awareness.peer_per_month for r in range(5)}
    assert len(others) == 5
    # and what is set afterwards too
    later = small().drawing_from("posterior").changed({key: 0.04})
    assert all(later.of_replicate(r).parameters.awareness.push_per_month == 0.04 for r in range(5))


@given(number=st.integers(0, 2_000))
@settings(max_examples=25, deadline=None)
def test_every_draw_is_one_that_a_user_could_write(number: int) -> None:
    """Draws skip validation when they are laid over a scenario: each must pass it."""
    for source in ("posterior", "prior"):
        drawn = small().drawing_from(source)  # type: ignore[arg-type]
        assert drawn.doubt is not None
        again = small().changed(settings_of(drawn.doubt, number))
        assert again.parameters == drawn.of_replicate(number).parameters


def test_a_twin_has_the_draw_and_other_chance() -> None:
    drawn = small().drawing_from("posterior")
    assert drawn.of_replicate(4).parameters == drawn.of_replicate(4 + TWIN).parameters
    assert draw_of(4 + TWIN, len(needed_posterior())) == 4
    results = run(drawn, [4, 4 + TWIN])
    assert not np.array_equal(*results.monthly["adopter_share"])


def test_a_sweep_of_drawn_scenarios_gives_the_runs_of_a_comparison(tmp_path) -> None:
    from diffusion.experiments.study.design import make_design
    from diffusion.experiments.study.load import load_study
    from diffusion.experiments.sweep.chunks import Job, run_rows
    from diffusion.experiments.sweep.layout import layout_of

    (tmp_path / "drawn.yaml").write_text("title: drawn\nextends: baseline\ndoubt: {source: posterior}\n")
    (tmp_path / "study.yaml").write_text(
        f"title: drawn\nscenarios: [{tmp_path / 'drawn.yaml'}]\nset: {{months: 18}}\n"
        "factors:\n  parameters.awareness.push_per_month: {values: [0.02, 0.05]}\n"
        "design: {method: full grid}\nreplicates: 3\n"
    )
    design = make_design(load_study(tmp_path / "study.yaml"))
    tables, failed = run_rows(Job(design, layout_of(design)), range(design.runs))
    assert failed == 0
    rows = tables["runs"].to_pandas()
    for draw, push in ((0, 0.02), (1, 0.05)):
        scenario = load_scenario(tmp_path / "drawn.yaml", ["months=18", f"parameters.awareness.push_per_month={push}"])
        assert scenario.drawn
        wanted = outcome_values(run(scenario, 3, seed=design.seed))["adopter_share_pct"]
        found = rows[rows["draw"] == draw].sort_values("replicate")["adopter_share_pct"].to_numpy()
        np.testing.assert_array_equal(found, wanted)


def test_what_levers_cost_is_drawn_the_same_in_every_scenario_and_kept_where_it_is_set() -> None:
    one, other = (small(name).drawing_from("posterior") for name in ("test-beds", "baseline+test-beds+expo"))
    cost = [one.of_replicate(r).levers["test-beds"].site_cost_gbp_per_year for r in range(200)]
    assert cost == [other.of_replicate(r).levers["test-beds"].site_cost_gbp_per_year for r in range(200)]
    assert 200_000 <= min(cost) < 300_000
    assert 1_300_000 < max(cost) <= 2_000_000
    assert np.median(cost) == pytest.approx(500_000, rel=0.1)
    key = "levers.test-beds.site_cost_gbp_per_year"
    kept = small("test-beds", f"{key}=600000").drawing_from("posterior")
    assert {kept.of_replicate(r).levers["test-beds"].site_cost_gbp_per_year for r in range(20)} == {600_000.0}
    assert small("test-beds").of_replicate(3).levers == small("test-beds").levers  # nothing is drawn


def test_costs_of_levers_are_settings_in_pounds_with_a_plausible_range() -> None:
    named = 0
    for name, kind in all_levers().items():
        for cost in kind.costs:
            said = stated(kind.model_fields[cost])
            assert said is not None, (name, cost)
            assert said.unit.startswith("GBP")
            assert said.low is not None
            assert said.high is not None
            assert said.low < said.high
            named += 1
    assert named >= 15


@given(
    number=st.integers(0, 10_000),
    ends=st.tuples(st.floats(0, 1e3), st.floats(0.01, 1e9)),
    at=st.floats(0, 1),
)
@settings(max_examples=200, deadline=None)
def test_a_cost_stays_in_its_range(number: int, ends: tuple[float, float], at: float) -> None:
    low, high = ends[0], ends[0] + ends[1]
    usual = low + at * (high - low)
    value = cost_of("levers.x.cost", Doubt(source="prior"), number, low, usual, high)
    assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


def test_keep_adds_to_what_the_scenario_sets(tmp_path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "title: a\nextends: baseline\nparameters: {exposure: {weight_clinical: 0.3}}\n"
        "doubt: {source: posterior, keep: [parameters.pilot.champion_weight]}\n"
    )
    scenario = load_scenario(file)
    kept = ("parameters.exposure.weight_clinical", "parameters.pilot.champion_weight")
    for one in (scenario, scenario.drawing_from("prior"), scenario.changed({"months": 6})):
        assert one.doubt is not None
        assert one.doubt.keep == kept
        assert {one.of_replicate(r).parameters.exposure.weight_clinical for r in range(5)} == {0.3}
        assert len({one.of_replicate(r).parameters.pilot.champion_weight for r in range(5)}) == 1
    # written out in full it is the same scenario, and keeps no more
    again = Scenario.from_tree(Tree.of(scenario.resolved(), "again"), tmp_path)
    assert again.content_hash == scenario.content_hash
    assert again.of_replicate(2).parameters == scenario.of_replicate(2).parameters


def test_sources_are_not_mixed() -> None:
    with pytest.raises(InputError, match="has its parameters from posterior"):
        compare([small().drawing_from("posterior"), small("tariff")], 2)
    with pytest.raises(InputError, match="is no source of parameters"):
        small().drawing_from("postrior")  # type: ignore[arg-type]


def test_a_cost_is_a_triangle_of_the_logarithm_on_each_side_of_the_usual() -> None:
    values = [cost_of("levers.x.cost", Doubt(source="prior"), number, 2e5, 5e5, 2e6) for number in range(8_000)]
    below = [2e5 * 2.5 ** np.sqrt(2 * u) for u in (0.1, 0.25, 0.5)]
    above = [2e6 / 4 ** np.sqrt(2 * (1 - u)) for u in (0.75, 0.9)]
    assert np.quantile(values, (0.1, 0.25, 0.5, 0.75, 0.9)) == pytest.approx([*below, *above], rel=0.02)
