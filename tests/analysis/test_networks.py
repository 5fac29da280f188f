"""Measures on networks: exposure, thresholds, infectiousness, susceptibility, clustering, rewiring, influence."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.analysis.networks.clustering import moran_of_adoption, morans_i
from diffusion.analysis.networks.exposures import exposure, network_thresholds
from diffusion.analysis.networks.influence import degree_and_time, infectiousness, sources_of_adoption, susceptibility
from diffusion.analysis.networks.rewiring import (
    excess_exposure,
    mean_exposure_at_adoption,
    permute,
    rewire,
    structure_test,
)
from diffusion.analysis.observed.ties import Ties, ties_from_edges, ties_from_groups, ties_from_layer
from diffusion.analysis.observed.times import Adoption, adoption_table
from diffusion.world.building.layers import group_layer, sparse_layer

pytestmark = pytest.mark.oracle

NEVER = np.nan
LOOKS_TO = {1: [2, 3], 2: [1, 3, 4], 3: [1], 4: [2, 5], 5: [4, 6, 7], 6: [5, 7], 7: [1, 6], 8: []}


@pytest.fixture(scope="module")
def toy() -> tuple[Adoption, Ties]:
    edges = [(i - 1, j - 1) for i, others in LOOKS_TO.items() for j in others]
    table = adoption_table(list("12345678"), [1, 2, 2, 3, 4, 4, 5, NEVER], 1, 5)
    return table, ties_from_edges("toy", 8, *np.array(edges).T)


def random_case(seed: int, n: int = 40, ties: int = 150, directed: bool = True) -> tuple[Adoption, Ties]:
    rng = np.random.default_rng(seed)
    time = rng.integers(1, 9, n).astype(float)
    time[rng.random(n) < 0.3] = NEVER
    table = adoption_table([f"n{i:02d}" for i in range(n)], time, 1, 8)
    edges = rng.integers(0, n, (ties, 2))
    return table, ties_from_edges("random", n, *edges.T, rng.uniform(0.5, 2, ties), directed=directed)


# --- The toy network: every number ------------------------------------------------------------------------------------


def test_toy_thresholds(toy) -> None:
    assert network_thresholds(*toy) == pytest.approx([0, 2 / 3, 1, 1 / 2, 2 / 3, 1 / 2, 1, NEVER], nan_ok=True)
    lagged = [NEVER, 1 / 3, 1, 1 / 2, 1 / 3, 0, 1, NEVER]
    assert network_thresholds(*toy, 1) == pytest.approx(lagged, nan_ok=True)


def test_toy_morans_i(toy) -> None:
    table, ties = toy
    found = morans_i(table.adopters(), ties)[1:4]
    assert found == pytest.approx([0.701587302, 0.619047619, -0.015873016], abs=5e-10)


def test_toy_infectiousness_and_susceptibility_by_hand(toy) -> None:
    """1 adopts first; 2, 3 and 7 look to it, of whom 2 and 3 follow at once: 2/3. 7 looks to 1 (4 before) and 6."""
    table, ties = toy
    found = infectiousness(table, ties, normalise=False)
    assert found == pytest.approx([2 / 3, 1, NEVER, 1, NEVER, 1, NEVER, NEVER], nan_ok=True)
    assert infectiousness(table, ties)[0] == pytest.approx(2 / 3 / 2)  # two adopt in period 2
    found = susceptibility(table, ties, normalise=False)
    assert found == pytest.approx([NEVER, 1, 1, 1, 1, NEVER, 1 / 2, NEVER], nan_ok=True)
    assert susceptibility(table, ties)[6] == pytest.approx(1 / 2 / 2)


def test_susceptibility_of_the_published_example() -> None:
    """netdiffuseR's own test: 5 looks to 1..4, times 1, 4, 1, 2, 3."""
    table = adoption_table(list("12345"), [1, 4, 1, 2, 3], 1, 4)
    ties = ties_from_edges("star", 5, [4, 4, 4, 4], [0, 1, 2, 3])
    assert susceptibility(table, ties, normalise=False)[4] == pytest.approx(1 / 3)
    assert susceptibility(table, ties, 2, normalise=False)[4] == pytest.approx(2 / 4)
    discounted = susceptibility(table, ties, 2, discount=0.1, normalise=False)[4]
    assert discounted == pytest.approx((1 + 2 / 1.1) / (3 + 2 / 1.1))


def test_toy_sources(toy) -> None:
    found = sources_of_adoption(*toy)
    pairs = {
        (int(a) + 1, int(s) + 1): (int(lag), float(credit))
        for a, s, lag, credit in zip(found.adopter, found.source, found.lag, found.credit)
    }
    assert pairs == {(2, 1): (1, 1), (3, 1): (1, 1), (4, 2): (1, 1), (5, 4): (1, 1), (7, 1): (4, 0.5), (7, 6): (1, 0.5)}
    assert len(sources_of_adoption(*toy, within=1).adopter) == 5


# --- Against plain definitions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_exposure_is_its_definition(seed: int) -> None:
    table, ties = random_case(seed)
    weight = np.zeros((40, 40))
    weight[ties.source, ties.target] = ties.weight
    for lag in (0, 1, 3):
        share, number = exposure(table, ties, lag), exposure(table, ties, lag, count=True, weighted=False)
        for i in range(40):
            for t in range(1, 9):
                had = table.time <= t - lag
                total = weight[i].sum()
                expected = weight[i][had].sum() / total if total and t > lag else NEVER
                assert share[i, t - 1] == pytest.approx(expected, nan_ok=True)
                expected = (weight[i][had] > 0).sum() if total and t > lag else NEVER
                assert number[i, t - 1] == pytest.approx(expected, nan_ok=True)
    assert exposure(table, ties, 1, none_before=True)[ties.out_degree > 0, 0] == pytest.approx(0)
    incoming = exposure(table, ties.reversed(), 1, count=True)
    had = (table.time <= 4).astype(float)
    looked_at = weight.T.sum(axis=1) > 0
    assert incoming[looked_at, 4] == pytest.approx((weight.T @ had)[looked_at])


@pytest.mark.parametrize("seed", range(3))
def test_morans_i_is_its_definition(seed: int) -> None:
    _, ties = random_case(seed)
    values = np.random.default_rng(seed).normal(size=40)
    weight = np.zeros((40, 40))
    weight[ties.source, ties.target] = ties.weight
    total = weight.sum(axis=1, keepdims=True)
    weight = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    z = values - values.mean()
    expected = 40 / weight.sum() * sum(weight[i, j] * z[i] * z[j] for i in range(40) for j in range(40)) / (z**2).sum()
    assert morans_i(values, ties)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("horizon", [1, 3])
def test_infectiousness_is_its_definition(horizon: int) -> None:
    table, ties = random_case(4)
    looks = np.zeros((40, 40), dtype=bool)
    looks[ties.source, ties.target] = True
    ours, back = infectiousness(table, ties, horizon), susceptibility(table, ties, horizon)
    t = table.time
    for i in range(40):
        for found, sign, near in ((ours, 1, looks[:, i]), (back, -1, looks[i])):
            top = bottom = everyone = 0.0
            for k in range(1, horizon + 1):
                then = t == t[i] + sign * k
                later = t >= t[i] + k if sign > 0 else t <= t[i] - k
                top += (near & then).sum() / k
                bottom += (near & later).sum() / k
                everyone += then.sum() / k
            expected = NEVER if np.isnan(t[i]) or not bottom else top / bottom / everyone if top else 0.0
            assert found[i] == pytest.approx(expected, nan_ok=True)


def test_excess_exposure_is_its_definition() -> None:
    table, ties = random_case(6)
    seen = exposure(table, ties, 1)
    parts = []
    for i in np.flatnonzero(table.event & (table.time > 1)):
        t = int(table.time[i])
        risk = [seen[j, t - 1] for j in range(40) if not table.time[j] < t and np.isfinite(seen[j, t - 1])]
        if np.isfinite(seen[i, t - 1]):
            parts.append(seen[i, t - 1] - np.mean(risk))
    assert excess_exposure(table, ties) == pytest.approx(np.mean(parts), rel=1e-12)


# --- Ties -------------------------------------------------------------------------------------------------------------


def test_groups_are_complete_and_empty_labels_stand_alone() -> None:
    ties = ties_from_groups("group", ["b", "a", "", "b", "a", "b", ""])
    pairs = set(zip(ties.source.tolist(), ties.target.tolist()))
    assert pairs == {(0, 3), (3, 0), (0, 5), (5, 0), (3, 5), (5, 3), (1, 4), (4, 1)}


def test_layers_of_a_world_become_ties() -> None:
    group = ties_from_layer(group_layer("ahsn", np.array([1, 0, 1, -1, 0], np.int32), 0.3))
    assert set(zip(group.source.tolist(), group.target.tolist())) == {(0, 2), (2, 0), (1, 4), (4, 1)}
    layer = sparse_layer("x", 1.0, 4, np.array([0, 1]), np.array([1, 3]), np.array([0.5, 1.0]), directed=True)
    sparse = ties_from_layer(layer)
    assert sparse.matrix().toarray()[0, 1] == 0.5
    assert sparse.out_degree.tolist() == [1, 1, 0, 0]


def test_selecting_organisations_keeps_their_ties() -> None:
    _, ties = random_case(1)
    rows = np.array([5, 2, 30, 17, 8])
    assert np.array_equal(ties.select(rows).matrix().toarray(), ties.matrix().toarray()[np.ix_(rows, rows)])


@pytest.mark.parametrize(("edges", "message"), [(([0], [9]), "outside"), (([-1], [1]), "outside")])
def test_ties_that_lead_nowhere_are_refused(edges, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ties_from_edges("x", 5, *edges)


# --- Chance -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("directed", [True, False])
def test_rewiring_keeps_every_degree_and_mixes(directed: bool) -> None:
    _, ties = random_case(3, directed=directed)
    again = rewire(ties, 1, 0)
    assert np.array_equal(again.out_degree, ties.out_degree)
    assert np.array_equal(again.in_degree, ties.in_degree)
    if not directed:
        assert np.array_equal(again.matrix().toarray() > 0, again.matrix().toarray().T > 0)
    before, after = (set(zip(t.source.tolist(), t.target.tolist())) for t in (ties, again))
    assert len(before & after) < 0.3 * len(before)
    assert np.array_equal(rewire(ties, 1, 0).target, again.target)
    assert not np.array_equal(rewire(ties, 1, 1).target, again.target)


def contagion(ties: Ties, n: int, seed: int, q: float) -> Adoption:
    rng = np.random.default_rng(seed)
    matrix, time = ties.matrix(), np.full(n, np.nan)
    degree = np.maximum(ties.out_degree, 1)
    for t in range(1, 16):
        rate = 0.02 + q * (matrix @ (time < t)) / degree
        time[np.isnan(time) & (rng.random(n) < 1 - np.exp(-rate))] = t
    return adoption_table([f"{i:03d}" for i in range(n)], time, 1, 15)


def test_tests_find_contagion_and_keep_their_level_without_it() -> None:
    ties = ties_from_groups("g", [f"{i % 12}" for i in range(120)])
    hits = {"permuted": 0, "moran": 0}
    for seed in range(40):
        table = contagion(ties, 120, seed, 0.0)
        hits["permuted"] += structure_test(table, ties, seed, 99, "permuted").p_value <= 0.1
        hits["moran"] += moran_of_adoption(table, ties, seed, 99).p_value[-1] <= 0.1
    assert max(hits.values()) <= 10, hits  # 4 expected of 40 at the 10 % level
    spread = contagion(ties, 120, 1, 0.6)
    for null in ("permuted", "rewired"):
        test = structure_test(spread, ties, 1, 99, null)
        assert test.p_value <= 0.04
        assert test.observed > test.high95
    assert moran_of_adoption(spread, ties, 1, 99).p_value[7] <= 0.05


def test_the_usual_statistic_says_nothing_once_all_have_adopted() -> None:
    """On mutual ties of complete groups every tie counts once, whoever was first; the excess does not lose this."""
    ties = ties_from_groups("pairs", [str(i // 2) for i in range(40)])
    together = adoption_table([f"{i:02d}" for i in range(40)], np.arange(40) + 1.0)
    order = np.random.default_rng(0).permutation(40)
    apart = adoption_table([f"{i:02d}" for i in range(40)], order + 1.0)
    assert mean_exposure_at_adoption(together, ties) == pytest.approx(20 / 39)
    assert mean_exposure_at_adoption(apart, ties) == pytest.approx(20 / 39)
    assert excess_exposure(together, ties) > 0.4
    assert excess_exposure(together, ties) > excess_exposure(apart, ties) + 0.2


def test_draws_are_keyed_by_code() -> None:
    """The same organisations in another order give the same tests: draws belong to codes, not to rows."""
    table, ties = random_case(2)
    order = np.random.default_rng(5).permutation(40)
    renamed = adoption_table([table.codes[i] for i in order], table.time[order], 1, 8)
    assert renamed.codes == table.codes
    one, other = (moran_of_adoption(t, ties, 3, 50) for t in (table, renamed))
    assert np.array_equal(one.p_value, other.p_value)
    assert np.array_equal(permute(table, 1, 0).time, permute(renamed, 1, 0).time, equal_nan=True)
    assert not np.array_equal(permute(table, 2, 0).time, permute(table, 1, 0).time, equal_nan=True)


def test_degree_and_time() -> None:
    degree = np.arange(20.0)
    table = adoption_table(
        [f"{i:02d}" for i in range(20)], [*(20.0 - np.arange(5, 20)), *[NEVER] * 0] + [NEVER] * 5, 1, 20
    )
    found = degree_and_time(table, degree, "ties")
    assert found.adopters == 15
    assert found.pearson == pytest.approx(-1)
    ranks = degree_and_time(table, np.concatenate([np.arange(15) + 5, np.arange(5)]), "ties")
    assert ranks.rank < -0.9  # non-adopters have the fewest ties and rank last
    assert ranks.rank_low95 <= ranks.rank <= ranks.rank_high95
    assert np.isnan(degree_and_time(table, np.ones(20), "ties").pearson)
