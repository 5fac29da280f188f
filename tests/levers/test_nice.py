"""NICE: who is evaluated when, what is recommended, and what each route writes."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from diffusion.engine.ledger import FLOW_INDEX
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.levers.nice import Nice
from diffusion.levers.nice_queue import NEVER, begin, decide, empty_queue, join, places
from diffusion.month.simulation import Simulation
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS

pytestmark = pytest.mark.unit

MONTHS = 72
#: lower than by default, so that a few replicates hold some mandates
PROBABILITY = 0.7
#: no company leaves or fails, so that what is live is on sale
SOLD = {"supply": {"companies": False}}
NAMES = ("started", "briefed", "decided", "recommended", "joined")
TERMS = ("awareness_push", "triage_push", "rollout_push", "burden", "evidence", "price_agreed", "mandate")


class Followed:
    """A run month by month: NICE's state, its terms, and what was known when the month began; [month][R, K]."""

    def __init__(self, replicates: int = 4, months: int = MONTHS, **fields: Any) -> None:
        levers = {"nice": {"start": "2015-07", **fields}}
        scenario = Scenario.model_validate({"title": "nice", "months": months, "levers": levers, "parameters": SOLD})
        simulation = Simulation(scenario)
        block = simulation.open(np.arange(replicates), 1)
        self.start, self.world, self.attributes = int(scenario.start), simulation.world, block.attributes
        self.state: list[dict[str, np.ndarray]] = []
        self.terms: list[dict[str, np.ndarray]] = []
        self.known: list[tuple[np.ndarray, np.ndarray]] = []
        self.gbp: list[np.ndarray] = []
        for _ in range(months):
            adopters = block.counters.by_innovation[:, [ROLLOUT, SUSTAINED]].sum(axis=1) / self.world.eligible.sum(
                axis=0
            )
            self.known.append((block.units.evidence.copy(), adopters))
            simulation.step(block)
            # months counted from the first, 0
            self.state.append({name: _from(getattr(block.own["nice"].queue, name), self.start) for name in NAMES})
            terms = block.space.terms
            self.terms.append({name: np.array(terms.written(name, self.world.trusts.ahsn)) for name in TERMS})
            self.gbp.append(block.space.frame["money"][:, FLOW_INDEX["nice"]] / 100.0)

    def kind(self, *names: str) -> np.ndarray:
        return np.isin(self.world.innovations.kind, [KINDS.index(name) for name in names])


def _from(months: np.ndarray, start: int) -> np.ndarray:
    return np.where(months == NEVER, NEVER, months - start)


@pytest.fixture(scope="module")
def followed() -> Followed:
    return Followed(probability=PROBABILITY)


# --- the queue --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topics", [0, 5, 20, 30])
def test_any_twelve_months_have_the_topics_of_a_year(topics: int) -> None:
    by_month = [places(month, topics) for month in range(48)]
    assert {sum(by_month[first : first + 12]) for first in range(36)} == {topics}
    assert max(by_month) - min(by_month) <= 1


def test_the_oldest_topics_begin_first_then_the_lowest_keys() -> None:
    queue = empty_queue(2, 5)
    keys = np.array([50, 40, 30, 20, 10], dtype=np.uint64)
    since = np.array([[7, 3, 7, 7, NEVER], [NEVER, NEVER, 2, NEVER, NEVER]])
    begin(queue, 9, since, keys, 3)
    assert queue.started.tolist() == [[NEVER, 9, 9, 9, NEVER], [NEVER, NEVER, 9, NEVER, NEVER]]
    assert queue.briefed.tolist() == queue.started.tolist()


def test_an_evaluation_ends_after_its_months_and_only_what_is_good_is_recommended() -> None:
    queue = empty_queue(1, 3)
    queue.started[0] = [5, 5, 6]
    decide(queue, 17, 12, np.array([[True, False, True]]))
    assert queue.decided.tolist() == [[17, 17, NEVER]]
    assert queue.recommended.tolist() == [[17, NEVER, NEVER]]
    assert queue.started.tolist() == [[NEVER, NEVER, 6]]


def test_the_collaborative_takes_what_is_taken_up_least() -> None:
    queue = empty_queue(1, 6)
    queue.recommended[0] = [10, 10, 10, 11, NEVER, 10]
    queue.joined[0, 5] = 12
    keys = np.array([6, 5, 4, 3, 2, 1], dtype=np.uint64)
    join(queue, 22, 12, np.array([[0.3, 0.1, 0.1, 0.0, 0.0, 0.0]]), keys, 2)
    # the fourth was recommended too lately, the fifth never, the sixth is supported already
    assert queue.joined.tolist() == [[NEVER, 22, 22, NEVER, NEVER, 12]]
    join(queue, 22, 12, np.array([[0.3, 0.1, 0.1, 0.0, 0.0, 0.0]]), keys, 5)
    assert queue.joined.tolist() == [[22, 22, 22, NEVER, NEVER, 12]]


def test_at_most_twenty_begin_in_twelve_months_and_the_oldest_live_go_first(followed: Followed) -> None:
    # of the first evaluations; the topics of later months are fewer than the places
    first = followed.state[-1]["briefed"]
    began = np.array([(state["started"] == month).sum(axis=1) for month, state in enumerate(followed.state)])
    for month in range(MONTHS - 12):
        assert (began[month : month + 12].sum(axis=0) <= 20).all()
    assert (began[:12].sum(axis=0) == 19).all()  # 17 are live from the start, and 2 come within a year
    binding = Followed(replicates=2, months=13, topics_per_year=10).state
    assert ((binding[-2]["briefed"] != NEVER).sum(axis=1) == 10).all()
    live, keys = followed.world.innovations.live_month, followed.world.innovations.keys
    order = np.lexsort((keys, live))
    for row in first:
        assert (np.diff(row[order]) >= 0).all()
        assert (row >= live).all()
    for state in followed.state:  # one at a time, and twelve months long
        under_way = state["started"] != NEVER
        assert not (under_way & (state["recommended"] != NEVER)).any()


def test_what_is_recommended_is_what_the_plain_rule_says(followed: Followed) -> None:
    attributes, lag = followed.attributes, followed.world.innovations.saving_lag_months
    npv = -attributes.upfront_cost.copy()
    for month in range(1, 61):
        npv += (attributes.saving * (month > lag) - attributes.running_cost) * 1.035 ** (-month / 12)
    decided = recommended = 0
    for month in range(1, MONTHS):
        before, now = followed.state[month - 1], followed.state[month]
        due = (before["started"] != NEVER) & (month - before["started"] == 12)
        np.testing.assert_array_equal(now["decided"] == month, due)
        evidence, _ = followed.known[month]
        precision = 1.0 + evidence / 4.0  # s0 = 1, sG = 2
        mean = (0.5 + evidence / 4.0 * attributes.signal) / precision
        likely = np.vectorize(NormalDist().cdf)(mean * np.sqrt(precision)) > PROBABILITY
        np.testing.assert_array_equal(now["recommended"] == month, due & likely & (npv > 0))
        decided += int(due.sum())
        recommended += int((now["recommended"] == month).sum())
    assert 0.2 < recommended / decided < 0.9
    assert Nice().probability == 0.8


def test_a_topic_comes_back_after_three_years_unless_recommended() -> None:
    followed = Followed(replicates=2, months=70, topics_per_year=60)
    again = 0
    for month in range(1, 70):
        before, now = followed.state[month - 1], followed.state[month]
        back = (now["started"] == month) & (before["decided"] != NEVER)
        assert (month - before["decided"][back] >= 36).all()
        assert (before["recommended"][back] == NEVER).all()
        again += int(back.sum())
    assert again > 10


# --- what it writes ---------------------------------------------------------------------------------------------------


def test_each_route_writes_its_terms_in_its_months(followed: Followed) -> None:
    drug, pathway = followed.kind("drug"), followed.kind("pathway")
    product = followed.kind("device", "digital", "service")
    seen = dict.fromkeys(TERMS, 0)
    for month in range(MONTHS):
        state, terms = followed.state[month], followed.terms[month]
        recommended = state["recommended"] != NEVER
        guided, appraised = recommended & (product | pathway), recommended & drug
        ending = (state["started"] != NEVER) & (month - state["started"] == 11) & product
        joined = (state["joined"] != NEVER) & (month - state["joined"] < 24)
        expected = {
            "awareness_push": 0.2 * ((state["briefed"] != NEVER) & product),
            "triage_push": 0.5 * guided,
            "rollout_push": 0.25 * joined,
            "burden": 1.0 - 0.1 * guided,
            "evidence": 3.0 * ending,
            "price_agreed": 1.0 * appraised,
            "mandate": 1.0 * (appraised & (month - state["recommended"] >= 3)),
        }
        for name, values in expected.items():
            np.testing.assert_allclose(terms[name][:, 0], values, atol=1e-15, err_msg=f"{name} in month {month}")
            seen[name] += int((values != (1.0 if name == "burden" else 0.0)).sum())
        cost = (state["started"] != NEVER).sum(axis=1) * 10_000 + joined.sum(axis=1) * 100_000 / 12
        np.testing.assert_allclose(followed.gbp[month], cost, atol=0.006)
    assert min(seen.values()) > 0, seen


def test_evidence_of_an_evaluation_arrives_once_and_before_the_decision(followed: Followed) -> None:
    total = sum(terms["evidence"][:, 0] for terms in followed.terms[:30])
    once = (followed.state[30]["briefed"] != NEVER) & (followed.state[30]["briefed"] + 11 < 30)
    np.testing.assert_array_equal(total, 3.0 * (once & followed.kind("device", "digital", "service")))


def test_the_collaborative_looks_once_a_year_and_takes_three(followed: Followed) -> None:
    taken = 0
    for month in range(1, MONTHS):
        now, before = followed.state[month], followed.state[month - 1]
        new = now["joined"] == month
        assert (new.sum(axis=1) <= 3).all()
        assert month % 12 == 0 or not new.any()
        uptake = followed.known[month][1]
        open_ = (before["recommended"] != NEVER) & (before["joined"] == NEVER)
        open_ &= month - before["recommended"] >= 12
        for r in np.flatnonzero(new.any(axis=1)):
            assert not new[r][~open_[r]].any()
            left = open_[r] & ~new[r]
            assert not left.any() or uptake[r][new[r]].max() <= uptake[r][left].min()
        taken += int(new.sum())
    assert taken >= 12


def test_only_targeted_trusts_are_reached_and_evidence_is_national() -> None:
    followed = Followed(replicates=1, months=26, targets={"sectors": ["acute"]}, strength=0.5)
    trusts = followed.world.trusts
    acute = trusts.sector == trusts.sector_names.index("acute")
    terms = followed.terms[25]
    assert not terms["triage_push"][:, ~acute].any()
    assert set(terms["triage_push"][:, acute].ravel()) == {0.0, 0.25}
    assert (terms["burden"][:, ~acute] == 1.0).all()
    np.testing.assert_allclose(np.unique(terms["burden"][:, acute]), [0.95, 1.0])
    assert max(float(month["evidence"].max()) for month in followed.terms) == 1.5
