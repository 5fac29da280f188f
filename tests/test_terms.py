"""Terms that levers write for single pairs are the same as terms written for all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.engine.terms import TERMS, Terms, read_only

pytestmark = pytest.mark.unit

SHAPE = (2, 3, 4)
NAMES = ("awareness_push", "evaluation_time", "paid_load", "utility", "pilot_limit")


def _values(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.integers(1, 8, size) / 4.0


def _write_both(single: Terms, dense: Terms, lever_id: str, name: str, rng: np.random.Generator) -> None:
    """Write the same values for some pairs to both; sometimes for whole axes too."""
    spec = TERMS[name]
    chosen = rng.random(SHAPE) < 0.3
    pairs = np.nonzero(chosen)
    values = _values(rng, len(pairs[0]))
    whole = np.full(SHAPE, 0.0 if spec.combine == "add" else spec.neutral)
    whole[pairs] = values
    below = [_values(rng, 1).reshape(1, 1, 1), _values(rng, SHAPE[1]).reshape(1, -1, 1)][: int(rng.integers(0, 3))]
    for terms in (single, dense):
        terms.begin(lever_id)
        for array in below:
            getattr(getattr(terms, name), spec.combine)(read_only(array.copy()))
    getattr(getattr(single, name), spec.combine)(read_only(values.copy()), pairs=pairs)
    getattr(getattr(dense, name), spec.combine)(whole)
    single.end()
    dense.end()


@given(seed=st.integers(0, 10_000), months=st.integers(1, 5), name=st.sampled_from(NAMES))
@settings(max_examples=60, deadline=None)
def test_pairs_and_whole_arrays_give_the_same_term_month_after_month(seed: int, months: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    single, dense, ahsn = Terms(SHAPE), Terms(SHAPE), np.array([0, 1, 1])
    for _ in range(months):
        for lever_id in ("a", "b"):
            if rng.random() < 0.7:
                _write_both(single, dense, lever_id, name, rng)
            elif rng.random() < 0.5:  # a lever that ends
                for terms in (single, dense):
                    terms.begin(lever_id)
                    terms.end()
        for terms in (single, dense):
            terms.compile()
        both = [np.broadcast_to(terms.written(name, ahsn), SHAPE) for terms in (single, dense)]
        np.testing.assert_array_equal(*both)
        low, high = single.combined(name).extremes()
        assert low <= single.value(name).min()
        assert high >= single.value(name).max()


def test_the_same_locked_values_for_the_same_pairs_change_nothing() -> None:
    terms, pairs = Terms(SHAPE), (np.array([0]), np.array([1]), np.array([2]))
    values = read_only(np.array([0.5]))
    terms.compile()
    for expected in ({"utility"}, set()):
        terms.begin("a")
        terms.utility.add(values, pairs=pairs)
        terms.end()
        assert terms.compile() == expected
    terms.begin("a")
    terms.utility.add(values, pairs=tuple(axis.copy() for axis in pairs))  # other arrays: they may hold other pairs
    terms.end()
    assert terms.compile() == {"utility"}


def test_values_of_pairs_take_no_mask_and_no_ahsn() -> None:
    terms, pairs = Terms(SHAPE), (np.array([0]), np.array([1]), np.array([2]))
    terms.begin("a")
    with pytest.raises(TypeError, match="single pairs"):
        terms.awareness_push.add(1.0, pairs=pairs, by_ahsn=True)
    with pytest.raises(TypeError, match="single pairs"):
        terms.utility.add(1.0, where=np.ones(4), pairs=pairs)
