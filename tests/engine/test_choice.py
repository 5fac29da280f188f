"""Choosing the few best, and keyed races."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.engine.choice import largest, race, smallest, true_at

pytestmark = pytest.mark.unit


def test_the_smallest_finite_ones_are_chosen_and_of_equal_ones_the_first() -> None:
    scores = np.array([[3.0, 1.0, 1.0, np.inf, 1.0], [np.inf, np.inf, 2.0, np.inf, np.inf]])
    assert smallest(scores, 2).tolist() == [[False, True, True, False, False], [False, False, True, False, False]]
    assert smallest(scores, 9).tolist() == np.isfinite(scores).tolist()
    assert not smallest(scores, 0).any()
    assert largest(-scores, 2).tolist() == smallest(scores, 2).tolist()
    assert smallest(scores.T, 2, axis=0).tolist() == smallest(scores, 2).T.tolist()
    assert smallest(np.array([[2**60 + 3, 2**60 + 1, 2**60 + 2]]), 1).tolist() == [[False, True, False]]


def test_ties_fall_by_key_where_keys_are_given() -> None:
    scores = np.array([[1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
    keys = np.array([30, 10, 40, 20], dtype=np.uint64)
    assert smallest(scores, 2, keys=keys).tolist() == [[False, True, True, False], [False, True, False, True]]
    assert smallest(scores.T, 2, axis=0, keys=keys).tolist() == smallest(scores, 2, keys=keys).T.tolist()


def test_the_first_of_a_race_is_drawn_in_proportion_to_weight() -> None:
    weight = np.array([1.0, 2.0, 5.0])
    n = 40_000
    uniforms = np.random.default_rng(1).random((n, 3))
    first = smallest(race(uniforms, weight), 1).mean(axis=0)
    expected = weight / weight.sum()
    assert (np.abs(first - expected) < 4 * np.sqrt(expected * (1 - expected) / n)).all()
    # a draw of 0 is a very late finish, never an infinite one
    assert np.isfinite(race(np.zeros(3))).all()


def _sorted_smallest(scores: np.ndarray, number: int, axis: int, keys: np.ndarray | None) -> np.ndarray:
    """The same by sorting everything."""
    place = np.arange(scores.shape[axis]) if keys is None else np.argsort(np.argsort(keys, kind="stable"))
    place = place.reshape([-1 if n == axis else 1 for n in range(scores.ndim)])
    rank = np.argsort(np.lexsort((np.broadcast_to(place, scores.shape), scores), axis=axis), axis=axis)
    return (rank < number) & np.isfinite(scores)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_choosing_agrees_with_sorting(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 7), min_size=2, max_size=3))
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    axis, number = data.draw(st.integers(0, len(shape) - 1)), data.draw(st.integers(0, 9))
    scores = rng.integers(0, 4, shape).astype(float)
    for special, share in ((np.inf, 0.2), (-np.inf, 0.1), (np.nan, 0.1)):
        scores[rng.random(shape) < share] = special
    keys = rng.permutation(shape[axis]) if data.draw(st.booleans()) else None
    np.testing.assert_array_equal(smallest(scores, number, axis, keys), _sorted_smallest(scores, number, axis, keys))


@given(seed=st.integers(0, 10_000), shape=st.lists(st.integers(0, 6), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_indices_of_what_is_true_are_those_of_numpy(seed: int, shape: list[int]) -> None:
    mask = np.random.default_rng(seed).random(shape) < 0.4
    for own, expected in zip(true_at(mask), np.nonzero(mask), strict=True):
        np.testing.assert_array_equal(own, expected)
