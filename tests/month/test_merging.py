"""Trusts that merge, close and open during a run, through the production engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion.agents.agent_simulation import AgentSimulation
from diffusion.agents.trust import Trust
from diffusion.engine.stages import ADOPTER_STAGES, INELIGIBLE, N_STAGES, PILOT, SUSTAINED, UNAWARE, USING_STAGES
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import compare, run
from diffusion.experiments.running.simulations import simulation_of
from diffusion.levers.memory import joined_pairs, joined_rows
from diffusion.levers.targets import Targets
from diffusion.mechanisms.merging import joining_of
from diffusion.mechanisms.use import PATIENT_ONE
from diffusion.month.block import Block
from diffusion.month.simulation import Simulation
from diffusion.month.snapshot import go_on
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.building.changed import changed_world, contracted
from diffusion.world.tables import Change, Layer, World
from support.worlds import drawn_parameters, result_arrays

pytestmark = pytest.mark.unit

Digest = Callable[[Results], str]
Small = Callable[..., Scenario]

LEVERS = {
    "ahsn-support": {"start": "2013-05"},
    "local-first": {"start": "2016-01", "lead_months": 10, "lead_centres": 1},
    "test-beds": {"start": "2015-12", "wave_months": 8},
    "accelerator": {"start": "2015-10"},
    "nice": {"start": "2015-07", "targets": {"sectors": ["acute"]}},
}
LATER = (
    "medtech-funding-mandate", "healthtech-appraisal", "innovator-passport", "innovation-zones", "league-tables",
    "value-based-procurement", "board-mergers",
)  # fmt: skip
SELF = tuple(f"2016-0{month}" for month in (1, 4, 5))


def changing(world: World, *changes: Change) -> World:
    return replace(world, changes=tuple(sorted(changes)))


def merged(world: World, month: str, groups: list[list[int]]) -> World:
    """Return ``world`` in which trusts of these rows merge, each group into its first row."""
    codes = world.trusts.codes
    return changing(world, *(Change(month, "merged", codes[i], codes[rows[0]]) for rows in groups for i in rows[1:]))


# a trust merged with itself


@pytest.fixture(scope="module")
def all_levers() -> Scenario:
    """All levers there are, those of later years too, from the autumn of 2015 on."""
    settings = ["months=30", "policy_start=2015-10", "levers.local-first.lead_months=8"]
    settings += [f"levers.{name}.start=2015-10" for name in LATER]
    # where only some trusts are concerned levers keep which
    settings.append("levers.medtech-funding-mandate.targets.sectors=[acute]")
    return load_scenario("+".join(["everything", *LATER]), settings)


@pytest.fixture(scope="module")
def with_itself(all_levers: Scenario) -> World:
    world = all_levers.build_world()
    codes = world.trusts.codes
    return changing(world, *(Change(month, "merged", code, code) for month in SELF for code in (codes[0], codes[100])))


@pytest.mark.parametrize(("block", "jobs"), [(1, 2), (3, 1), (None, 1)])
def test_a_merger_with_itself_changes_nothing_to_the_bit(
    all_levers: Scenario, with_itself: World, digest: Digest, block: int | None, jobs: int
) -> None:
    plain = run(all_levers, 3, 2, jobs=1, events=True)
    other = run(all_levers, 3, 2, jobs=jobs, events=True, block=block, world=with_itself)
    assert digest(other) == digest(plain)
    assert len(Simulation(all_levers, with_itself)._first) == 1 + len(SELF)


@pytest.mark.parametrize("stop", [5, 6, 7, 12])
def test_it_goes_on_alike_after_a_stop(all_levers: Scenario, with_itself: World, digest: Digest, stop: int) -> None:
    """Stopped before, in and after the month in which it merges: the run is that of a world without any change."""
    states = []
    for world, stops in ((all_levers.build_world(), False), (with_itself, True)):
        simulation = Simulation(all_levers, world)
        block = simulation.open(np.arange(2), 2)
        for month in range(20):
            if stops and month == stop:
                simulation = Simulation(all_levers, world)
                block = simulation.resume(Simulation(all_levers, world).snapshot(block))
            simulation.step(block)
        states.append(block)
    assert_same_state(*states)


def assert_same_state(one: Block, other: Block) -> None:
    for part in ("pairs", "units", "attributes", "counters", "people", "companies"):
        for name, values in getattr(one, part)._asdict().items():
            np.testing.assert_array_equal(getattr(getattr(other, part), name), values, err_msg=f"{part}.{name}")


class Cautious(Trust):
    """Asked each month, and decides as the mechanism would."""

    def awareness_rate(self) -> np.ndarray:
        return super().awareness_rate()

    def capacity_priority(self) -> np.ndarray:
        return super().capacity_priority()


def test_with_agents_too(small: Small, digest: Digest) -> None:
    scenario = small(levers=LEVERS, months=16)
    world = scenario.build_world()
    itself = changing(world, *(Change(month, "merged", world.trusts.codes[3], world.trusts.codes[3]) for month in SELF))
    for others, changed in ((itself, False), (merged(world, "2016-01", [[0, 1, 2], [5, 9]]), True)):
        agents = AgentSimulation(scenario, others, {"trust": Cautious})
        assert agents.hooks.active
        block = agents.open(np.arange(1), 3)
        record = agents.run(block, agents.start_record(block))
        plain = Simulation(scenario, others if changed else world)
        state = plain.open(np.arange(1), 3)
        expected = plain.run(state, plain.start_record(state))
        np.testing.assert_array_equal(record.stage_by_innovation, expected.stage_by_innovation)
        np.testing.assert_array_equal(record.measures, expected.measures)


# what is conserved


@st.composite
def mergers(draw: st.DrawFn, n: int = 40) -> list[list[int]]:
    rows = draw(st.permutations(range(n)))
    sizes = draw(st.lists(st.integers(2, 4), min_size=1, max_size=8))
    edges = np.cumsum([0, *sizes])
    return [list(rows[a:b]) for a, b in pairwise(edges)]


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(mergers(), st.integers(0, 10**6), st.integers(2, 20))
def test_mergers_conserve_people_money_need_and_use(
    small: Small, groups: list[list[int]], seed: int, month: int
) -> None:
    parameters = drawn_parameters(np.random.default_rng(seed))
    parameters["supply"] = {"followed": True, **parameters.get("supply", {})}
    scenario = small(parameters=parameters, levers=LEVERS, months=24, initial={"stage": "unaware"})
    world = merged(scenario.build_world(), str(scenario.start + month), groups)
    simulation = Simulation(scenario, world)
    block = simulation.open(np.arange(2), seed)
    for _ in range(month):
        simulation.step(block)
    running, block = block, simulation.resume(simulation.snapshot(block))
    before, after = simulation.model_at(month), simulation.model_at(month + 1)
    was = {part: {n: np.array(v) for n, v in getattr(block, part)._asdict().items()} for part in ("pairs", "units")}
    capacity, homes = block.attributes.capacity_wte.copy(), block.people.home.copy()
    go_on(before, after, block)
    pairs, then = block.pairs, was["pairs"]
    row_of = np.arange(world.n_trusts)
    for rows in groups:
        row_of[rows] = rows[0]

    # staff, change time, money, people, need
    assert np.isclose(after.world.trusts.staff_fte.sum(), before.world.trusts.staff_fte.sum(), rtol=1e-12)
    assert np.isclose(after.world.trusts.size.sum(), before.world.trusts.size.sum(), rtol=1e-12)
    np.testing.assert_array_equal(block.units.fund.sum(axis=1), was["units"]["fund"].sum(axis=1))
    np.testing.assert_allclose(block.attributes.capacity_wte.sum(axis=1), capacity.sum(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(block.people.home, row_of[homes])
    eligible, able = before.world.eligible, before.world.eligible & (then["no_use"] == 0)
    able_now = after.world.eligible & (pairs.no_use == 0)
    np.testing.assert_allclose(
        (pairs.need * able_now).sum(axis=1), (then["need"] * able).sum(axis=1), rtol=1e-12, err_msg="need"
    )
    # what is in use: patients, and rollout by need
    for name in ("use", "rollout"):
        now, old = getattr(pairs, name) * pairs.need, then[name] * then["need"]
        np.testing.assert_allclose(now.sum(axis=1), old.sum(axis=1), rtol=1e-9, atol=1e-9, err_msg=name)
    assert ((pairs.use >= 0) & (pairs.use <= 1) & (pairs.rollout >= 0) & (pairs.rollout <= 1)).all()
    np.testing.assert_array_equal(block.units.evidence, was["units"]["evidence"])

    # one adopter where a part has adopted; sustained where all that have a use sustain it; nothing in closed rows
    adopted = np.isin(then["stage"], ADOPTER_STAGES)
    for rows in groups:
        row = rows[0]
        stage = pairs.stage[:, row]
        np.testing.assert_array_equal(np.isin(stage, ADOPTER_STAGES), adopted[:, rows].any(axis=1))
        sustained = (then["stage"][:, rows] == SUSTAINED) | ~able[:, rows]
        np.testing.assert_array_equal(stage == SUSTAINED, sustained.all(axis=1) & able[:, rows].any(axis=1))
        np.testing.assert_array_equal(after.world.eligible[row], eligible[rows].any(axis=0))
        np.testing.assert_array_equal(pairs.ever[:, row], then["ever"][:, rows].max(axis=1))
        assert (pairs.stage[:, rows[1:]] == INELIGIBLE).all()
        assert (pairs.use_months[:, :, after.net.place[rows[1:]]] == 0).all()
    alone = np.setdiff1d(np.arange(world.n_trusts), np.concatenate(groups))
    for name in ("stage", "need", "use", "rollout", "since", "champion"):
        np.testing.assert_array_equal(getattr(pairs, name)[:, alone], then[name][:, alone], err_msg=name)
    assert_counted(block, after.world)
    # the run itself goes on with this, and what follows from the state is as a resumed block would have it
    for _ in range(3):
        simulation.step(running)
        assert_counted(running, after.world)
        resumed = Simulation(scenario, world).resume(simulation.snapshot(running))
        for name in ("activity", "group_activity", "group_use", "national"):
            np.testing.assert_array_equal(running.space.frame[name], resumed.space.frame[name], err_msg=name)


def assert_counted(block: Block, world: World) -> None:
    """Count the pairs one by one, and compare with the running counts."""
    stage, counters = block.pairs.stage, block.counters
    for number in range(N_STAGES):
        np.testing.assert_array_equal(counters.by_innovation[:, number], (stage == number).sum(axis=1))
    own = np.array([not name.startswith(("arrival-", "spin-out-")) for name in world.innovations.ids])
    for number in range(N_STAGES):
        here = (stage[:, :, own] == number).sum(axis=2)
        by_ahsn = np.stack([here[:, world.trusts.ahsn == a].sum(axis=1) for a in range(world.n_ahsns)], axis=1)
        np.testing.assert_array_equal(counters.by_group[:, number, : world.n_ahsns], by_ahsn)
    using = np.isin(stage, USING_STAGES).sum(axis=2)
    np.testing.assert_array_equal(counters.using_by_trust, using)
    np.testing.assert_array_equal(counters.pilots_by_trust, (stage == PILOT).sum(axis=2))
    np.testing.assert_array_equal(counters.adopters_by_trust, np.isin(stage[:, :, own], ADOPTER_STAGES).sum(axis=2))
    np.testing.assert_array_equal(counters.totals[:, 0], (using > 0).sum(axis=1))
    able = world.eligible & (block.pairs.no_use == 0)
    np.testing.assert_array_equal(block.units.n_with_use[:, own], able.sum(axis=1)[:, own])
    np.testing.assert_array_equal(counters.totals[:, 2], (block.pairs.ever > 0).sum(axis=(1, 2)))
    begun = (np.rint(block.pairs.need * PATIENT_ONE) * (block.pairs.begun > 0)).sum(axis=(1, 2))
    np.testing.assert_array_equal(counters.totals[:, 3], begun.astype(np.int64))


# what does not matter


def test_neither_blocks_nor_threads_nor_the_order_of_rows_matter(
    small: Small, with_rows: Callable[..., World], digest: Digest
) -> None:
    scenario = small(levers=LEVERS, months=24, parameters={"supply": {"followed": True}})
    world = merged(merged(scenario.build_world(), "2016-01", [[0, 1, 2], [7, 5]]), "2016-01", [[0, 1, 2], [7, 5]])
    codes = world.trusts.codes
    more = (Change("2016-06", "merged", codes[7], codes[0]), Change("2016-09", "closed", codes[11]))
    world = replace(world, changes=(*world.changes, *more))
    expected = run(scenario, 6, 2, jobs=1, events=True, block=6, world=world)
    for block, jobs in ((1, 2), (4, 1), (2, 2)):
        assert digest(run(scenario, 6, 2, jobs=jobs, events=True, block=block, world=world)) == digest(expected)
    order = np.random.default_rng(1).permutation(world.n_trusts)
    other = run(scenario, 6, 2, jobs=1, world=with_rows(world, order))
    for name, values in result_arrays(expected).items():
        if name == "events" or "capacity" in name:
            continue
        permuted = result_arrays(other)[name]
        if name == "adopters_by_trust":
            values = values[:, :, order]
        np.testing.assert_allclose(permuted, values, atol=0.011 if name == "money_gbp" else 0, rtol=1e-12, err_msg=name)


def test_a_stop_in_the_month_of_a_merger(small: Small) -> None:
    scenario = small(levers=LEVERS, months=24)
    world = merged(scenario.build_world(), "2016-01", [[0, 1, 2], [7, 5]])
    whole = Simulation(scenario, world)
    block = whole.open(np.arange(2), 1)
    later: list[Block] = []
    for month in range(12):
        if month in (5, 6, 7):
            other = Simulation(scenario, world)
            resumed = other.resume(whole.snapshot(block))
            for _ in range(4):
                other.step(resumed)
            later.append(resumed)
        whole.step(block)
        for each in later:
            if each.month == block.month:
                assert_same_state(each, block)
    assert len(later) == 3


def test_means_are_those_of_all_parts(small: Small) -> None:
    """Absorptive capacity, risk aversion and innovativeness by staff; months of use that peers see by need."""
    scenario = small(months=24, initial={"adopters": {"count": 6}})
    rows = [4, 0, 7]  # the one that carries on is neither the first nor the largest, and the last has not adopted
    world = merged(scenario.build_world(), "2016-01", [rows])
    simulation = Simulation(scenario, world)
    block = simulation.open(np.arange(3), 1)
    for _ in range(6):
        simulation.step(block)
    before, after = simulation.model_at(6), simulation.model_at(7)
    pairs, units, attributes, place = block.pairs, block.units, block.attributes, before.net.place
    random = np.random.default_rng(1)
    units.absorptive[:, rows] = random.uniform(0.5, 2.0, (3, 3))
    attributes.risk_aversion[:, rows] = random.uniform(0.5, 2.0, (3, 3))
    adopted = np.isin(pairs.stage[:, rows], ADOPTER_STAGES)
    months = np.where(adopted, random.integers(1_000, 1_000_000, adopted.shape), 0)
    pairs.use_months[:, :, place[rows]] = months.transpose(0, 2, 1)
    staff = before.world.trusts.staff_fte[rows]
    able = before.world.eligible[rows] & (pairs.no_use[:, rows] == 0)
    need = pairs.need[:, rows] * able
    expected = {
        name: (staff * values[:, rows]).sum(axis=1) / staff.sum()
        for name, values in (
            ("absorptive", units.absorptive),
            ("risk_aversion", attributes.risk_aversion),
            ("innovativeness", attributes.innovativeness),
        )
    }
    go_on(before, after, block)
    for name, values in expected.items():
        now = getattr(units if name == "absorptive" else attributes, name)[:, rows[0]]
        np.testing.assert_allclose(now, values, rtol=1e-12, err_msg=name)
        assert np.ptp(values) > 0
    factor = np.exp(scenario.parameters.attributes.innovativeness_weight * attributes.innovativeness[:, rows[0]])
    np.testing.assert_allclose(attributes.awareness_factor[:, rows[0]], factor, rtol=1e-9)
    counted = need.sum(axis=1) > 0
    mean = (need * months).sum(axis=1)[counted] / need.sum(axis=1)[counted]
    assert (mean > 1_000).any()
    np.testing.assert_allclose(pairs.use_months[:, :, place[rows[0]]][counted], mean, atol=0.501)


def test_of_two_ties_the_stronger_stays_and_those_within_are_gone() -> None:
    """Trusts 1 and 2 merge into 1: 0 looks to 1 (.25) and 2 (.75), 1 to 3 (.5), 2 to 3 (.125) and 1, 3 to 2 (1)."""
    ends = [(0, 1, 0.25), (0, 2, 0.75), (1, 3, 0.5), (2, 1, 1.0), (2, 3, 0.125), (3, 2, 1.0)]
    layer = Layer(
        "x", 1.0, "sparse", np.full(4, -1, np.int32), np.array([0, 2, 3, 5, 6]),
        np.array([end for _, end, _ in ends], np.int32), np.array([weight for *_, weight in ends]), True, "C", "x",
    )  # fmt: skip
    for weights in (layer.weights, layer.weights[[1, 0, 4, 3, 2, 5]]):  # whichever comes first
        found = contracted(replace(layer, weights=weights), np.array([0, 1, 1, 3]))
        ties = np.repeat(np.arange(4), np.diff(found.indptr)), found.indices, found.weights
        assert list(zip(*(values.tolist() for values in ties))) == [(0, 1, 0.75), (1, 3, 0.5), (3, 1, 1.0)]


def test_pilot_sites_go_on_in_the_whole_and_are_named_once(small: Small) -> None:
    base = small().build_world()
    codes, table = base.trusts.codes, base.innovations
    sites = (codes[3], codes[1], codes[0], codes[5])
    table = replace(table, pilot_sites=(sites, *table.pilot_sites[1:]))
    world = merged(replace(base, innovations=table), "2016-01", [[0, 1], [2, 3]])
    gone = changing(world, *world.changes, Change("2016-01", "closed", codes[4]))
    assert changed_world(gone, 1).innovations.pilot_sites[0] == (codes[2], codes[0], codes[5])
    assert changed_world(gone, 1).innovations.pilot_sites[1:] == table.pilot_sites[1:]


def test_a_trust_that_goes_on_under_another_board_leaves_its_zone(small: Small) -> None:
    base = small().build_world()
    ics = base.trusts.ics
    inside = [int(i) for i in np.flatnonzero(ics == ics[0])]
    outside = [int(i) for i in np.flatnonzero(ics != ics[0])]
    zone = {"start": "2015-10", "zone_boards": [base.trusts.ics_codes[ics[0]]]}
    scenario = small(levers={"innovation-zones": zone}, months=24)
    world = merged(scenario.build_world(), "2016-01", [[outside[0], inside[0]], [outside[1], outside[2]]])
    simulation = Simulation(scenario, world)
    block = simulation.open(np.arange(2), 1)
    for month in range(8):
        simulation.step(block)
        expected = np.isin(np.arange(world.n_trusts), inside[1:] if month >= 6 else inside)
        if month >= 3:
            np.testing.assert_array_equal(block.own["innovation-zones"].zones, np.stack([expected] * 2))


# how many there are, and what they share


def test_shares_are_of_the_trusts_of_the_month(small: Small) -> None:
    scenario = small(months=24)
    world = merged(scenario.build_world(), "2016-01", [[0, 1, 2], [7, 5]])
    result = run(scenario, 3, 1, world=world)
    assert result.world.present.sum() == 37
    own = result.stage_by_innovation
    eligible = (own.sum(axis=2) - own[:, :, INELIGIBLE]).sum(axis=2)
    assert (eligible[:, :7] == scenario.build_world().eligible.sum()).all()  # to the end of December 2015
    assert (eligible[:, 7:] == result.world.eligible.sum()).all()
    assert (eligible[:, 7] < eligible[:, 6]).all()
    np.testing.assert_allclose(result.monthly["adopter_share"], result.monthly["adopters"] / eligible, rtol=1e-15)
    np.testing.assert_array_equal(result.adopter_share(), result.monthly["adopter_share"])
    assert (result.adopters_by_trust[:, 7:, [1, 2, 5]] == 0).all()


def test_nobody_adopts_where_nobody_would(small: Small) -> None:
    silent = {"awareness": {"push_per_month": 0.0, "peer_per_month": 0.0}, "early_use": {"share": 0.0}}
    scenario = small(parameters=silent, months=24, initial={"adopters": {"count": 0}})
    world = merged(scenario.build_world(), "2016-01", [[i, i + 1] for i in range(0, 40, 2)])
    result = run(scenario, 3, 1, world=world)
    assert (result.monthly["adopters"] == 0).all()
    assert (result.monthly["use_sum"] == 0).all()
    assert result.world.present.sum() == 20


def test_half_of_the_trusts_merge_under_outside_push_alone(limit: Callable[..., Scenario]) -> None:
    """Each trust adopts with p a month by itself: a pair has not while neither part has, and goes on as one trust."""
    scenario = limit("external-only", "world.synthetic.n_trusts=100", "months=48")
    when, p = 24, 1.0 - np.exp(-0.03 / 12)
    world = merged(scenario.build_world(), str(scenario.start + when), [[i, 50 + i] for i in range(50)])
    result = run(scenario, 4_000, 5, world=world)
    month = np.arange(49)
    exact = np.where(month <= when, 1 - (1 - p) ** month, 1 - (1 - p) ** (2 * when) * (1 - p) ** (month - when))
    # the merger is at the start of month 25, whose own chance comes on top
    n = np.where(month <= when, 100, 50)
    error = np.sqrt(exact * (1 - exact) / n / 4_000)
    z = (result.adopter_share().mean(axis=0) - exact)[[12, 24, 25, 36, 48]] / error[[12, 24, 25, 36, 48]]
    assert (np.abs(z) < 4).all(), z


def test_a_complete_graph_merged_to_ten_is_one_of_ten(limit: Callable[..., Scenario]) -> None:
    """Where all merge before anyone can adopt, the rest is Bass on as many trusts as are left."""
    scenario = limit("complete-graph", "world.synthetic.n_trusts=20", "months=60")
    world = merged(scenario.build_world(), str(scenario.start), [[i, 10 + i] for i in range(10)])
    ten = run(limit("complete-graph", "world.synthetic.n_trusts=10", "months=60"), 6_000, 3).adopter_share()
    twenty = run(scenario, 6_000, 4, world=world).adopter_share()
    for month in (12, 36, 60):
        error = np.sqrt((ten[:, month].var() + twenty[:, month].var()) / 6_000)
        assert abs(ten[:, month].mean() - twenty[:, month].mean()) < 4 * error


def test_events_tell_the_whole_story(small: Small) -> None:
    """From the opening, move by move and merger by merger, every pair comes to where it is at the end."""
    scenario = small(levers=LEVERS, months=24)
    base = scenario.build_world()
    codes = base.trusts.codes
    changes = merged(base, "2016-01", [[0, 1, 2], [7, 5]]).changes
    more = (Change("2016-03", "opened", codes[9]), Change("2016-08", "closed", codes[11]))
    world = changing(base, *changes, *more)
    simulation = Simulation(scenario, world)
    block = simulation.open(np.arange(2), 3, events=True)
    stage = block.pairs.stage.copy()
    record = simulation.run(block, simulation.start_record(block))
    assert record.events is not None
    for row in np.concatenate(record.events):
        place = int(row["replicate"]), int(row["trust"]), int(row["innovation"])
        assert stage[place] == row["from_stage"]
        stage[place] = row["to_stage"]
    np.testing.assert_array_equal(stage, block.pairs.stage)
    frame = run(scenario, 2, 3, events=True, world=world).events_frame()
    mergers = frame[frame["reason"] == "merger"]
    assert set(mergers["month"]) == {7, 9, 14}
    assert set(mergers["trust"]) <= {codes[i] for i in (0, 1, 2, 5, 7, 9, 11)}


def test_levers_remember_who_went_where() -> None:
    step = np.array([0, 0, 2, -1, 2])
    flags = np.array([[False, True, False, True, True]])
    np.testing.assert_array_equal(joined_rows(flags, step), [[True, False, True, False, False]])
    pairs = np.array([0, 0, 0, 1]), np.array([4, 3, 2, 1]), np.array([5, 5, 5, 6])
    for found, expected in zip(joined_pairs(pairs, step), ([0, 1], [2, 0], [5, 6]), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_sites_leads_and_enrolments_go_on() -> None:
    scenario = load_scenario("everything", ["months=36", "policy_start=2015-08", "levers.local-first.lead_months=6"])
    base = scenario.build_world()
    n = base.n_trusts
    world = merged(base, "2016-06", [[i, i + 1] for i in range(0, n - 1, 2)])
    simulation = Simulation(scenario, world)
    block = simulation.open(np.arange(2), 1)
    for _ in range(11):
        simulation.step(block)
    was = simulation.resume(simulation.snapshot(block)).own
    step = simulation.model_at(12).world.carries
    assert step is not None
    simulation.step(block)
    gone = np.flatnonzero(step != np.arange(n))
    leads = block.own["local-first"]
    np.testing.assert_array_equal(leads.leads, joined_rows(was["local-first"].leads[None], step)[0])
    assert not np.isin(leads.targets, gone).any()
    assert (leads.targets != np.arange(n)[:, None]).all()
    fellows = block.own["accelerator"]
    assert not np.isin(fellows.mentor, gone).any()
    assert not np.isin(fellows.order, gone).any()
    assert not fellows.reached[:, gone].any()
    assert not np.isin(fellows.sites[1], gone).any()
    wave = block.own["test-beds"].wave
    assert wave is not None
    assert wave.sites.any()
    assert not wave.sites[:, gone].any()
    assert not np.isin(wave.placed[1], gone).any()
    for name, enrolment in block.own["ahsn-support"].enrolment.items():
        before = was["ahsn-support"].enrolment[name]
        assert not enrolment.enrolled[:, gone].any()
        # who had enrolled has, in its new row
        assert (enrolment.enrolled >= joined_rows(before.enrolled, step)).all(), name
    for _ in range(12):
        simulation.step(block)


def test_the_oversight_segment_is_that_of_the_parts_in_which_it_is_known(small: Small) -> None:
    base = small().build_world()
    segments = np.full(base.n_trusts, np.nan)
    segments[[1, 3, 4]] = 4.0, 1.0, 3.0
    staff = base.trusts.staff_fte
    base = replace(base, trusts=replace(base.trusts, oversight_segment=segments))
    found = changed_world(merged(base, "2016-01", [[0, 1], [2, 3, 4], [5, 6]]), 1).trusts.oversight_segment
    assert found[0] == 4.0
    assert found[2] == pytest.approx((staff[3] + 3.0 * staff[4]) / (staff[3] + staff[4]))
    assert np.isnan(found[5])
    alone = np.arange(7, base.n_trusts)
    np.testing.assert_array_equal(found[alone], segments[alone])


def test_targets_by_name_follow_a_part_and_by_place_the_row_that_carries_on(small: Small) -> None:
    base = small().build_world()
    trusts = base.trusts
    part = next(i for i in range(1, base.n_trusts) if trusts.ahsn[i] != trusts.ahsn[0])
    world = changed_world(merged(base, "2016-01", [[0, part]]), 1)
    assert list(np.flatnonzero(Targets(trusts=(trusts.codes[part],)).trust_mask(world))) == [0]
    for row, reached in ((0, True), (part, False)):
        assert Targets(ahsns=(base.ahsns.codes[trusts.ahsn[row]],)).trust_mask(world)[0] == reached


# closing and opening


def test_a_trust_that_opens_is_unaware_and_one_that_closes_is_gone(small: Small) -> None:
    scenario = small(months=24, parameters={"supply": {"followed": True}})
    base = scenario.build_world()
    codes = base.trusts.codes
    changes = (Change("2016-01", "opened", codes[3]), Change("2016-06", "closed", codes[4]))
    simulation = Simulation(scenario, changing(base, *changes))
    block = simulation.open(np.arange(2), 1)
    eligible = simulation.world.eligible
    place = simulation.model.net.place[3]
    for month in range(24):
        opened, closed = month >= 6, month >= 11
        assert (block.pairs.stage[:, 3] == INELIGIBLE).all() or month > 6
        simulation.step(block)
        world = simulation.model_at(block.month).world
        assert world.present[3] == opened
        assert world.present[4] != closed
        if not opened:
            assert (block.pairs.stage[:, 3] == INELIGIBLE).all()
            assert (block.units.fund[:, 3] == 0).all()
            assert (block.space.frame["activity"][:, :, place] == 0).all()
            assert not any(3 in layer.indices or layer.group[3] >= 0 for layer in world.layers)
        if month == 6:  # the first month of a trust that opens
            stage = block.pairs.stage[:, 3, eligible[3]]
            assert (stage == UNAWARE).mean() > 0.5
            assert (stage != INELIGIBLE).all()
            assert (block.pairs.need[:, 3] > 0).any()
            assert (block.attributes.capacity_wte[:, 3] > 0).all()
        if closed:
            assert (block.pairs.stage[:, 4] == INELIGIBLE).all()
            assert (block.units.fund[:, 4] == 0).all()
        assert_counted(block, world)


def test_people_and_customers_go_where_a_trust_closes_and_stay_where_it_merges(small: Small) -> None:
    supply, few = {"supply": {"followed": True, "companies": True}}, {"adopters": {"count": 6}}
    scenario = small(months=24, parameters=supply, initial=few)
    base = scenario.build_world()
    codes = base.trusts.codes
    closing, parts = 1, [0, 2, 5]
    changes = merged(base, "2016-01", [parts]).changes
    simulation = Simulation(scenario, changing(base, *changes, Change("2016-01", "closed", codes[closing])))
    block = simulation.open(np.arange(6), 1)
    for _ in range(6):
        simulation.step(block)
    was = simulation.resume(simulation.snapshot(block))
    # someone of the trust is in a programme, and would still be there in a month
    mine = was.people.home == closing
    inside = mine & (was.people.person_status == 0)
    assert inside.any()
    block.people.programme_left[inside] = 9
    go_on(simulation.model_at(6), simulation.model_at(7), block)
    people, world = block.people, simulation.model_at(7).world
    assert (people.person_status[inside] == 1).all()
    assert (people.twin_status[mine] != 0).all()
    assert (people.programme_left[inside] == 0).all()
    assert world.present[people.home].all()
    assert len(np.unique(people.home[mine])) > 3
    for name in ("person_status", "twin_status", "programme_left"):
        np.testing.assert_array_equal(getattr(people, name)[~mine], getattr(was.people, name)[~mine])
    # of three customers that merge two are no longer counted a year ago either; the one that closes is
    adopter = np.isin(was.pairs.stage, ADOPTER_STAGES)
    lost = adopter[:, parts].sum(axis=1) - adopter[:, parts].any(axis=1)
    assert lost.max() > 0
    assert adopter[:, closing].any()
    before = was.companies.adopters_before
    np.testing.assert_array_equal(block.companies.adopters_before, np.maximum(0, before - lost[:, None, :]))
    assert (before >= lost[:, None, :]).any()
    for _ in range(3):
        simulation.step(block)
    assert world.present[block.people.home].all()


def test_what_a_trust_draws_is_what_it_would_have_drawn(small: Small) -> None:
    """A trust that opens has the need and change time that it has in a run in which it was there from the start."""
    scenario = small(months=12)
    base = scenario.build_world()
    simulation = Simulation(scenario, changing(base, Change("2015-10", "opened", base.trusts.codes[3])))
    block, always = simulation.open(np.arange(2), 1), Simulation(scenario, base).open(np.arange(2), 1)
    for _ in range(5):
        simulation.step(block)
    np.testing.assert_array_equal(block.pairs.need[:, 3], always.pairs.need[:, 3])
    np.testing.assert_array_equal(block.attributes.capacity_wte, always.attributes.capacity_wte)
    np.testing.assert_array_equal(block.attributes.innovativeness, always.attributes.innovativeness)


@pytest.mark.parametrize("parts", [[1, 2], [1]])
def test_a_trust_that_opens_with_its_parts_is_all_of_them(small: Small, parts: list[int]) -> None:
    """Its own row of the table says where it is, and nothing of how large: funds, time, need and use are its parts'."""
    supply, few = {"supply": {"followed": True}}, {"adopters": {"count": 3}}
    scenario = small(levers=LEVERS, months=24, parameters=supply, initial=few)
    base = scenario.build_world()
    codes = base.trusts.codes
    changes = [Change("2016-06", "merged", codes[i], codes[0]) for i in parts]
    world = changing(base, Change("2016-06", "opened", codes[0]), *changes)
    simulation = Simulation(scenario, world)
    block = simulation.open(np.arange(3), 1)
    for _ in range(11):
        simulation.step(block)
    was = simulation.resume(simulation.snapshot(block))
    before, after = simulation.model_at(11), simulation.model_at(12)
    go_on(before, after, block)
    for name in ("staff_fte", "size", "beds"):
        values = getattr(after.world.trusts, name)
        assert values[0] == pytest.approx(getattr(base.trusts, name)[parts].sum(), rel=1e-12)
        assert (values[parts] == 0).all()
    np.testing.assert_array_equal(after.world.eligible[0], before.world.eligible[parts].any(axis=0))
    np.testing.assert_array_equal(block.units.fund[:, 0], was.units.fund[:, parts].sum(axis=1))
    np.testing.assert_allclose(block.attributes.capacity_wte[:, 0], was.attributes.capacity_wte[:, parts].sum(axis=1))
    able = before.world.eligible[parts] & (was.pairs.no_use[:, parts] == 0)
    np.testing.assert_allclose(block.pairs.need[:, 0], (was.pairs.need[:, parts] * able).sum(axis=1), rtol=1e-12)
    for name in ("use", "rollout"):
        now, old = getattr(block.pairs, name) * block.pairs.need, getattr(was.pairs, name) * was.pairs.need
        np.testing.assert_allclose(now[:, 0], old[:, parts].sum(axis=1), rtol=1e-9, atol=1e-12)
    adopted = np.isin(was.pairs.stage, ADOPTER_STAGES)
    assert adopted[:, parts].any()
    np.testing.assert_array_equal(np.isin(block.pairs.stage[:, 0], ADOPTER_STAGES), adopted[:, parts].any(axis=1))
    assert (block.pairs.stage[:, parts] == INELIGIBLE).all()
    assert not np.isin(block.people.home, parts).any()
    assert_counted(block, after.world)
    for _ in range(6):
        simulation.step(block)
        assert_counted(block, after.world)
    # largest of a new trust are its parts, not what its row says
    later = changing(base, *world.changes, *(Change("2016-09", "merged", codes[i], "NEW") for i in (0, 3)))
    assert changed_world(later, 2).trusts.size[[0, 3]].sum() == pytest.approx(base.trusts.size[[*parts, 3]].sum())


# England


def test_england_has_205_trusts_left(digest: Digest) -> None:
    baseline, merging = load_scenario("baseline"), load_scenario("england-2015-2025")
    world = merging.build_world()
    assert len(world.changes) == 32
    assert world.present.all()
    simulation = simulation_of(merging)
    end = simulation.end_world
    assert end.present.sum() == 205
    assert np.isclose(end.trusts.staff_fte.sum(), baseline.build_world().trusts.staff_fte.sum(), rtol=1e-12)
    names = dict(zip(end.trusts.codes, end.trusts.names))
    larger = max(("RM2", "RW3"), key=lambda code: world.trusts.staff_fte[world.trusts.codes.index(code)])
    assert names[larger] == "Manchester University NHS Foundation Trust"
    sizes = [layer.n_ties for layer in world.layers], [layer.n_ties for layer in end.layers]
    assert all(now < before for before, now in zip(*sizes))
    joining = joining_of(simulation.model.world, end)
    assert len(joining.gone) == 28
    assert sum(len(rows) - 1 for rows in joining.parts) == 28


def test_options_with_and_without_mergers_are_refused() -> None:
    from diffusion.errors import InputError

    with pytest.raises(InputError, match="merge, close or open"):
        compare([load_scenario("baseline"), load_scenario("england-2015-2025")], 1)
