"""Users known before a run: met to the one at its opening, true to the counts, the same in any block."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.engine.draws import draw_base
from diffusion.engine.stages import ABANDONED, ADOPTER_STAGES, N_STAGES, PILOT, REJECTED, ROLLOUT, SUSTAINED
from diffusion.errors import InputError
from diffusion.experiments.running.runner import compare, run
from diffusion.mechanisms.moves import EVER_ADOPTED, NEED_BEGUN, USING
from diffusion.mechanisms.opening_users import hold_users
from diffusion.month.block import Block
from diffusion.month.opening_state import open_block
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.rearranged import rearranged

pytestmark = pytest.mark.integration

KNOWN = """
innovations:
  - {id: a-record, name: Record, kind: digital, eligible_sectors: all, use_share: 1, live_from: 2005-04,
     opening_users: 187 of 206 in 2017-05}
  - {id: b-new, name: New, kind: digital, live_from: 2015-11, opening_users: 30 of 100 in 2018-06}
  - {id: c-steady, name: Steady, kind: pathway, opening_users: 1 of 5}
  - {id: d-drug, name: Drug, kind: drug, use_share: 1, live_from: 2016-02, opening_users: 83 of 179 in 2016-10}
  - {id: e-free, name: Free, kind: device, live_from: 2015-04}
  - {id: f-later, name: Later, kind: device, live_month: 7}
  - {id: g-dated, name: Dated, kind: service, live_from: 2018-01}
"""


def scenario(folder: Path, text: str = KNOWN, **changes: object) -> Scenario:
    (folder / "known.yaml").write_text(text, encoding="utf-8")
    (folder / "s.yaml").write_text(
        "title: s\nextends: baseline\nstart: 2017-04\nmonths: 14\nworld: {innovations: known.yaml}\n", encoding="utf-8"
    )
    loaded = load_scenario(str(folder / "s.yaml")).drawing_from("defaults")
    return loaded.changed({key.replace("__", "."): value for key, value in changes.items()}) if changes else loaded


def expected(with_use: np.ndarray) -> np.ndarray:
    """Return int64[R, 4], users of the first four in April 2017, by hand: straight lines, halves upwards."""
    shares = np.array([187 / 206 * 144 / 145, 0.3 * 17 / 31, 0.2, 83 / 179])
    return np.floor(shares * with_use[:, :4] + 0.5).astype(np.int64)


def adopters(block: Block) -> np.ndarray:
    return np.isin(block.pairs.stage, ADOPTER_STAGES).sum(axis=1)


@pytest.mark.parametrize("warm_up", [None, 0, 7])
def test_the_known_users_are_there_at_the_opening(tmp_path: Path, warm_up: int | None) -> None:
    plan = scenario(tmp_path) if warm_up is None else scenario(tmp_path, initial__warm_up_months=warm_up)
    simulation = Simulation(plan)
    assert simulation.model.warm_up == (48 if warm_up is None else warm_up)
    block = simulation.open(np.arange(3), 1)
    assert block.month == 0
    assert (adopters(block)[:, :4] == expected(block.units.n_with_use)).all()
    assert (adopters(block)[:, 5:] == 0).all()
    assert list(simulation.world.innovations.live_month) == [0, 0, 0, 0, 0, 7, 9]


def test_in_the_months_before_the_number_stands_on_its_line(tmp_path: Path) -> None:
    simulation, seen = Simulation(scenario(tmp_path)), []
    simulation.open(np.arange(2), 1, watch=lambda block: seen.append((block.month, adopters(block).copy())))
    assert [month for month, _ in seen] == list(range(-47, 1))
    with_use = simulation.open(np.arange(2), 1).units.n_with_use
    for month, number in seen:
        new = np.floor(0.3 * max(0, 17 + month) / 31 * with_use[:, 1] + 0.5)
        assert (number[:, 1] == new).all()
    assert all((number[:, 2] == seen[0][1][:, 2]).all() for _, number in seen)
    assert seen[-1][1][:, 4].sum() > 0  # of what nothing is known the model makes its own users


def test_the_last_that_came_leaves_and_the_first_in_the_race_comes(tmp_path: Path) -> None:
    simulation, checked = Simulation(scenario(tmp_path)), []

    def hold(block: Block) -> None:
        if block.month not in (-24, -1) or block.opening is None:
            return
        times = block.opening.times
        known = np.isfinite(times).any(axis=1)
        for change in (-1, -1, 1):
            was, began = block.pairs.stage.copy(), block.pairs.rollout_since.copy()
            hold_users(block.space.frame.address, np.where(known, adopters(block) + change, -1), times)
            moved = was != block.pairs.stage
            for r, k in np.argwhere(known):
                uses = np.isin(was[r, :, k], ADOPTER_STAGES)
                come = np.where(was[r, :, k] == ABANDONED, 1, 0)
                free = np.flatnonzero(~uses & np.isfinite(times[r, :, k]))
                leave = np.flatnonzero(uses)
                last = leave[np.lexsort((times[r, leave, k], began[r, leave, k]))[-1:]]
                first = free[np.lexsort((times[r, free, k], come[free]))[:1]]
                one = last if change < 0 else first
                assert list(np.flatnonzero(moved[r, :, k])) == list(one), (block.month, r, k)
                checked.append(len(one))
                if change < 0 and len(one):
                    assert block.pairs.stage[r, one[0], k] == REJECTED

    simulation.open(np.arange(2), 1, watch=hold)
    assert sum(checked) > 20


def test_what_is_not_yet_on_the_market_has_the_evidence_that_it_begins_with(tmp_path: Path) -> None:
    simulation = Simulation(scenario(tmp_path))

    def add(block: Block) -> None:
        if block.month == -3:
            block.units.evidence[:] += 40.0

    plain, block = simulation.open(np.arange(2), 1), simulation.open(np.arange(2), 1, watch=add)
    later = block.units.live >= 0
    assert list(later[0]) == [False] * 5 + [True] * 2
    prior = np.broadcast_to(simulation.world.innovations.prior_evidence, later.shape)
    np.testing.assert_array_equal(block.units.evidence[later], prior[later])
    assert (block.units.evidence[~later] > plain.units.evidence[~later] + 30).all()


def test_counts_are_true_and_nothing_before_is_among_the_results(tmp_path: Path) -> None:
    simulation = Simulation(scenario(tmp_path))
    block = simulation.open(np.arange(3), 1)
    record = simulation.start_record(block)
    assert not record.money_pence[:, 0].any()
    assert not record.flows[:, 0].any()
    assert not block.counters.so_far.any()
    for _ in range(4):
        stage, c = block.pairs.stage, block.counters
        is_stage = stage[:, None] == np.arange(N_STAGES)[:, None, None]
        assert (c.by_innovation == is_stage.sum(axis=2)).all()
        using = np.isin(stage, (PILOT, ROLLOUT, SUSTAINED))
        assert (c.using_by_trust == using.sum(axis=2)).all()
        assert (c.adopters_by_trust == np.isin(stage, ADOPTER_STAGES).sum(axis=2)).all()
        assert (c.totals[:, USING] == (c.using_by_trust > 0).sum(axis=1)).all()
        assert (c.totals[:, EVER_ADOPTED] == block.pairs.ever.sum(axis=(1, 2))).all()
        need = np.rint(1024 * block.pairs.need).astype(np.int64)
        assert (c.totals[:, NEED_BEGUN] == np.where(block.pairs.begun > 0, need, 0).sum(axis=(1, 2))).all()
        assert (block.pairs.begun[using] == 1).all()
        assert not block.pairs.no_use[np.isin(stage, ADOPTER_STAGES)].any()
        again = simulation.resume(simulation.snapshot(block))  # counts activity anew
        for name in ("activity", "group_activity", "group_use"):
            assert np.array_equal(block.space.frame[name], again.space.frame[name]), name
        simulation.step(block)


def same(one: Mapping[str, np.ndarray], two: Mapping[str, np.ndarray]) -> bool:
    return all(np.array_equal(one[name], two[name], equal_nan=True) for name in one)


def test_results_depend_on_no_block_thread_or_order(tmp_path: Path) -> None:
    plan = scenario(tmp_path)
    one = run(plan, 5, 3, jobs=1, block=1)
    two = run(plan, 5, 3, jobs=2, block=5)
    assert same(one.monthly, two.monthly)
    assert np.array_equal(one.stage_by_innovation, two.stage_by_innovation)
    world = plan.build_world()
    order = np.random.default_rng(1).permutation(world.n_trusts)
    columns = np.random.default_rng(2).permutation(world.n_innovations)
    turned = run(plan, 5, 3, world=rearranged(world, order, columns))
    assert np.array_equal(turned.stage_by_innovation, one.stage_by_innovation[:, :, :, columns])
    assert np.array_equal(turned.adopters_by_trust, one.adopters_by_trust[:, :, order])


def test_a_run_that_is_stopped_goes_on_to_the_bit(tmp_path: Path) -> None:
    simulation = Simulation(scenario(tmp_path))
    block = simulation.open(np.arange(2), 1)
    for _ in range(3):
        simulation.step(block)
    again = simulation.resume(simulation.snapshot(block))
    for _ in range(6):
        simulation.step(block)
        simulation.step(again)
    for part in ("pairs", "units", "counters"):
        for name, values in getattr(block, part)._asdict().items():
            assert np.array_equal(values, getattr(again, part)._asdict()[name]), name


def test_months_before_the_run_can_not_be_stopped_or_resumed(tmp_path: Path) -> None:
    simulation, refused = Simulation(scenario(tmp_path)), []

    def stop(block: Block) -> None:
        with pytest.raises(InputError, match="before the run begins"):
            simulation.snapshot(block)
        refused.append(block.month)

    block = simulation.open(np.arange(1), 1, watch=stop)
    assert refused == list(range(-47, 1))  # month 0 too, until what these months counted is taken back
    taken = simulation.snapshot(block)
    assert simulation.resume(taken).month == 0
    with pytest.raises(InputError, match="before the run begins"):
        simulation.resume({**taken, "month": -1})
    first = open_block(simulation.model, simulation.scenario.initial, 1, np.arange(1))
    with pytest.raises(InputError, match="month -48 is before the run begins"):
        simulation.snapshot(first)
    record = simulation.make_record(first)
    for ahead in (simulation.step, simulation.start_record, partial(simulation.run, out=record)):
        with pytest.raises(InputError, match="month -48 is before the run begins"):
            ahead(first)
    assert first.month == -48


def opening(plan: Scenario) -> dict[str, Any]:
    block = Simulation(plan).open(np.arange(2), 1)
    return {name: values.copy() for name, values in block.pairs._asdict().items()}


def test_options_share_the_opening_unless_their_past_differs(tmp_path: Path) -> None:
    base = opening(scenario(tmp_path))
    later = scenario(tmp_path, **{"levers__best-practice-tariff__start": "2017-06"})
    assert same(base, opening(later))
    before = scenario(tmp_path, **{"levers__local-first__start": "2014-06"})
    assert not np.array_equal(base["stage"], opening(before)["stage"])
    ended = scenario(tmp_path, **{"levers__local-first__start": "2014-06", "levers__local-first__end": "2016-06"})
    assert not np.array_equal(base["stage"], opening(ended)["stage"])


def test_a_lever_that_ended_in_the_months_before_is_not_called_idle(tmp_path: Path) -> None:
    from diffusion.scenario.felt.content import outlook_of

    ended = scenario(tmp_path, **{"levers__local-first__start": "2014-06", "levers__local-first__end": "2016-06"})
    assert ended.levers["local-first"].why_idle(outlook_of(ended, ended.build_world())) is None
    without = ended.changed({"initial.warm_up_months": 0})
    assert "before the run" in str(without.levers["local-first"].why_idle(outlook_of(without, without.build_world())))


def test_regions_alone_have_the_users_of_the_whole(tmp_path: Path) -> None:
    plan = scenario(tmp_path, initial__warm_up_months=3)
    whole = plan.build_world()
    number = np.zeros((2, 4), dtype=np.int64)
    for code in whole.ahsns.codes:
        block = Simulation(plan.changed({"world.region": code})).open(np.arange(2), 1)
        number += adopters(block)[:, :4]
    block = Simulation(plan).open(np.arange(2), 1)
    assert np.array_equal(number, adopters(block)[:, :4])


def test_people_and_companies_begin_with_the_run(tmp_path: Path) -> None:
    plan = scenario(tmp_path)
    with_people = load_scenario("baseline+people-and-companies")
    more = plan.model_copy(update={"parameters": with_people.parameters})
    more._folder = tmp_path
    still_plan = Scenario.model_validate({**more.resolved(), "initial": {"warm_up_months": 0}})
    still_plan._folder = tmp_path
    one = Simulation(more).open(np.arange(2), 1)
    still = Simulation(still_plan).open(np.arange(2), 1)
    for name in ("person_status", "startup", "programme_left"):
        assert np.array_equal(one.people._asdict()[name], still.people._asdict()[name]), name
    born = np.arange(one.units.live.shape[1]) >= 7
    assert (one.units.live[:, born] > 0).all()
    assert (one.companies.adopters_before[:, 0, :4] == adopters(one)[:, :4]).all()


def test_agents_decide_nothing_before_the_run(tmp_path: Path) -> None:
    from diffusion.agents.agent_simulation import AgentSimulation
    from diffusion.agents.trust import Trust

    class Eager(Trust):
        def awareness_rate(self) -> np.ndarray:
            return np.asarray(super().awareness_rate() * 50.0)

    plan = scenario(tmp_path)
    own = AgentSimulation(plan, None, {"trust": Eager}).open(np.arange(1), 1)
    alone = Simulation(plan).open(np.arange(1), 1)
    assert np.array_equal(own.pairs.stage, alone.pairs.stage)


def test_without_anything_known_nothing_is_run_before() -> None:
    simulation = Simulation(load_scenario("baseline"))
    assert simulation.model.warm_up == 0
    assert simulation.world is load_scenario("baseline").build_world()


def test_initial_adopters_stand_in_place_of_what_is_known(tmp_path: Path) -> None:
    plan = scenario(tmp_path, initial__adopters__count=3)
    block = Simulation(plan).open(np.arange(1), 1)
    assert block.month == 0
    assert Simulation(plan).model.warm_up == 0
    assert adopters(block).max() <= 3


def test_months_before_the_run_have_draws_of_their_own() -> None:
    bases = {int(draw_base(1, 2, 3, month)) for month in range(-50, 51)}
    assert len(bases) == 101
    plain = getattr(draw_base, "py_func", draw_base)
    assert int(plain(1, 2, 3, -5)) == int(draw_base(1, 2, 3, -5))


def test_events_hold_only_the_moves_of_the_run(tmp_path: Path) -> None:
    results = run(scenario(tmp_path), 2, 1, events=True)
    assert results.events is not None
    assert results.events["month"].min() >= 1
    first, second = compare([scenario(tmp_path)] * 2, 2)
    assert np.array_equal(first.stage_by_innovation, second.stage_by_innovation)


def test_months_before_that_are_stated_for_nothing_are_told(tmp_path: Path) -> None:
    from diffusion.scenario.felt.notes import notes_of

    plan = scenario(tmp_path)
    assert not [note for note in notes_of(plan, plan.build_world()) if "warm_up" in note]
    text = (tmp_path / "s.yaml").read_text("utf-8")
    (tmp_path / "s.yaml").write_text(text + "initial: {warm_up_months: 12, adopters: {count: 3}}\n", "utf-8")
    stated = load_scenario(str(tmp_path / "s.yaml"))
    notes = notes_of(stated, stated.build_world())
    assert [note for note in notes if "initial.warm_up_months does nothing: no months are run before" in note], notes


def test_what_has_been_in_use_for_years_was_not_recalled(tmp_path: Path) -> None:
    plan = scenario(tmp_path, parameters__attributes__signal_noise_sd=3.0)
    block = Simulation(plan).open(np.arange(200), 1)
    limit = plan.parameters.abandonment.recall_signal
    known = ~np.isnan(Simulation(plan).world.innovations.opening_share)
    assert known.sum() == 4
    assert block.attributes.signal[:, known].min() == limit
    assert (block.attributes.signal[:, known] == limit).mean() > 0.1
