"""Choosing the few best, and keyed races."""

from __future__ import annotations

import numpy as np
import pytest

from diffusion.engine.choice import largest, race, smallest

pytestmark = pytest.mark.unit


def test_the_smallest_finite_ones_are_chosen_and_of_equal_ones_the_first() -> None:
    scores = np.array([[3.0, 1.0, 1.0, np.inf, 1.0], [np.inf, np.inf, 2.0, np.inf, np.inf]])
    assert smallest(scores, 2).tolist() == [[False, True, True, False, False], [False, False, True, False, False]]
    assert smallest(scores, 9).tolist() == np.isfinite(scores).tolist()
    assert not smallest(scores, 0).any()
    assert largest(-scores, 2).tolist() == smallest(scores, 2).tolist()
    assert smallest(scores.T, 2, axis=0).tolist() == smallest(scores, 2).T.tolist()


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
