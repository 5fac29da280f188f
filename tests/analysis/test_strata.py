"""Groups: tests within strata, hazards within strata, and the compiled rewiring against the same in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.analysis.networks.clustering import moran_of_adoption
from diffusion.analysis.networks.exposures import dealt_out, exposure
from diffusion.analysis.networks.rewiring import permute, rewire, structure_test
from diffusion.analysis.observed.person_period import fit_hazard, person_period_table
from diffusion.analysis.observed.ties import Ties, ties_from_edges
from diffusion.analysis.observed.times import Adoption, adoption_table
from diffusion.world.keys import keyed_hash, keyed_uniform

VILLAGES, EACH, LAST = 8, 15, 12


def villages_alone(seed: int) -> tuple[Adoption, Ties, list[str]]:
    """Times that differ between villages and have nothing to do with ties, which lie mostly within villages."""
    rng = np.random.default_rng(seed)
    n = VILLAGES * EACH
    village = np.repeat(np.arange(VILLAGES), EACH)
    rate = np.exp(rng.normal(-2.0, 1.0, VILLAGES))[village]
    times = rng.geometric(1 - np.exp(-rate)).astype(float)
    times[times > LAST] = np.nan
    source = np.repeat(np.arange(n), 4)
    within = rng.integers(0, EACH, len(source)) + village[source] * EACH
    target = np.where(rng.random(len(source)) < 0.8, within, rng.integers(0, n, len(source)))
    ties = ties_from_edges("ties", n, source, target)
    return adoption_table([f"{i:03d}" for i in range(n)], times, 1, LAST), ties, [f"v{v}" for v in village]


@pytest.mark.oracle
def test_dealing_out_within_strata_keeps_each_stratum() -> None:
    rng = np.random.default_rng(1)
    strata = [str(x) for x in rng.integers(0, 5, 60)]
    order = dealt_out(rng.random(60), strata)
    assert sorted(order) == list(range(60))
    assert [strata[i] for i in order] == strata
    assert not np.array_equal(order, np.arange(60))
    draws = rng.random(60)
    assert np.array_equal(dealt_out(draws, ["all"] * 60), dealt_out(draws))
    adoption, _, villages = villages_alone(1)
    dealt = permute(adoption, 1, 1, villages)
    for name in set(villages):
        own = np.array(villages) == name
        assert sorted(np.nan_to_num(dealt.time[own])) == sorted(np.nan_to_num(adoption.time[own]))


@pytest.mark.science
@pytest.mark.slow
def test_size_within_strata_where_only_villages_differ() -> None:
    """400 data sets: within strata 5 % (3 to 7) are called significant; without them, most."""
    within = np.array([structure_test(*villages_alone(s)[:2], 1, 199, "permuted", strata=villages_alone(s)[2])[6]
                       for s in range(400)])  # fmt: skip
    whole = np.array([structure_test(*villages_alone(s)[:2], 1, 199, "permuted").p_value for s in range(100)])
    size, without = (within <= 0.05).mean(), (whole <= 0.05).mean()
    print(f"within strata {size:.4f} of 400, without {without:.2f} of 100")
    assert 0.03 <= size <= 0.07
    assert without > 0.5


@pytest.mark.science
def test_what_villages_explain_is_gone_within_strata() -> None:
    """One data set: the excess that dealing out within villages leaves as chance is near what was seen."""
    adoption, ties, villages = villages_alone(3)
    whole = structure_test(adoption, ties, 1, 199, "permuted")
    within = structure_test(adoption, ties, 1, 199, "permuted", strata=villages)
    assert whole.observed == within.observed
    assert whole.p_value < 0.05 < within.p_value
    assert abs(whole.mean) < 0.3 * whole.observed < within.mean
    moran = moran_of_adoption(adoption, ties, 1, 199, villages)
    assert np.nanmin(moran.p_value) > 0.01


@pytest.mark.science
def test_hazards_within_strata_do_not_take_villages_for_exposure() -> None:
    """Where only villages differ, exposure seems to act without strata, and not with an intercept for each."""
    apart, together = [], []
    for seed in range(12):
        adoption, ties, villages = villages_alone(seed)
        table = person_period_table(adoption, {"ties": exposure(adoption, ties, none_before=True)})
        together.append(float(fit_hazard(table, baseline="periods").coefficient[0]))
        fit = fit_hazard(table, baseline="periods", strata=villages, cluster=villages)
        apart.append(float(fit.coefficient[0]))
        assert any("8 clusters" in note for note in fit.notes)
    assert np.mean(together) > 0.7
    assert abs(np.mean(apart)) < 3 * np.std(apart) / np.sqrt(12) + 0.35
    assert np.mean(apart) < 0.5 * np.mean(together)


@pytest.mark.oracle
def test_terms_of_whole_strata_are_left_out() -> None:
    adoption, ties, villages = villages_alone(2)
    size = np.array([int(v[1:]) for v in villages], dtype=float)
    table = person_period_table(adoption, {"ties": exposure(adoption, ties, none_before=True)}, {"size": size})
    fit = fit_hazard(table, baseline="periods", strata=villages)
    assert fit.terms == ("ties",)
    assert any("the same in all rows of a stratum: size" in note for note in fit.notes)


def plain_rewire(ties: Ties, seed: int, draw: int, rounds: int = 20) -> Ties:
    """The same as ``rewire``, by sorting and searching in NumPy."""
    s, t, w, n = ties.source, ties.target, ties.weight, ties.n
    if not ties.directed:
        half = s < t
        s, t, w = s[half], t[half], w[half]
    s, t, m = s.copy(), t.copy(), len(s)
    numbers = np.arange(m, dtype=np.uint64)

    def key(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return x * n + y if ties.directed else np.minimum(x, y) * n + np.maximum(x, y)

    for turn in range(rounds):
        order = np.argsort(keyed_hash("analysis/rewire", seed, draw, turn, numbers), kind="stable")
        one, two = order[: m // 2], order[m // 2 : 2 * (m // 2)]
        if not ties.directed:
            flip = two[keyed_uniform("analysis/rewire-flip", seed, draw, turn, two.astype(np.uint64)) < 0.5]
            s[flip], t[flip] = t[flip], s[flip]
        first, second = key(s[one], t[two]), key(s[two], t[one])
        now = key(s, t)
        ok = (s[one] != t[two]) & (s[two] != t[one]) & ~np.isin(first, now) & ~np.isin(second, now)
        _, which, number = np.unique(np.concatenate([first[ok], second[ok]]), return_inverse=True, return_counts=True)
        alone = number[which] == 1
        taken = np.flatnonzero(ok)[alone[: ok.sum()] & alone[ok.sum() :]]
        t[one[taken]], t[two[taken]] = t[two[taken]].copy(), t[one[taken]].copy()
    return ties_from_edges(ties.name, n, s, t, w, directed=ties.directed)


@pytest.mark.oracle
@given(st.integers(2, 40), st.integers(1, 120), st.booleans(), st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_compiled_rewiring_is_that_of_plain_python_to_the_bit(n: int, m: int, directed: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ties = ties_from_edges("x", n, rng.integers(0, n, m), rng.integers(0, n, m), rng.random(m) + 0.1, directed=directed)
    if not len(ties.source):
        return
    one, other = rewire(ties, seed, 3), plain_rewire(ties, seed, 3)
    for name in ("source", "target", "weight"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert np.array_equal(one.out_degree, ties.out_degree)
    assert np.array_equal(one.in_degree, ties.in_degree)
