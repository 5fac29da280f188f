"""Terms that levers write for single pairs are the same as terms written for all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.arrays import locked
from diffusion.engine.term_specs import TERMS
from diffusion.engine.terms import Terms

pytestmark = pytest.mark.unit

SHAPE = (2, 3, 4)
NAMES = ("awareness_push", "evaluation_time", "paid_load", "utility", "pilot_limit")


def _values(rng: np.random.Generator, size: int) -> np.ndarray:
    return rng.integers(1, 8, size) / 8.0  # shares, which every term can take


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
            getattr(getattr(terms, name), spec.combine)(locked(array.copy()))
    getattr(getattr(single, name), spec.combine)(locked(values.copy()), pairs=pairs)
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
    values = locked(np.array([0.5]))
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


AHSN = np.array([0, 1, 1])
RULES = {"add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}


@given(seed=st.integers(0, 10_000), months=st.integers(1, 6), name=st.sampled_from(NAMES))
@settings(max_examples=100, deadline=None)
def test_a_term_is_what_the_rule_makes_of_all_that_was_written(seed: int, months: int, name: str) -> None:
    """Against plain NumPy, with levers that write the same again, or into their own array of last month."""
    rng, terms, spec = np.random.default_rng(seed), Terms(SHAPE), TERMS[name]
    rule, written, arrays = RULES[spec.combine], {}, {}
    for _ in range(months):
        for lever_id in ("a", "b", "c"):
            choice = rng.random()
            if choice < 0.3:
                continue
            if choice < 0.6 or lever_id not in arrays:
                by_ahsn = spec.by_ahsn and rng.random() < 0.5
                shape = [1 if rng.random() < 0.5 else size for size in (SHAPE[0], 2 if by_ahsn else SHAPE[1], SHAPE[2])]
                arrays[lever_id] = _values(rng, int(np.prod(shape))).reshape(shape), by_ahsn
            elif choice < 0.8:
                arrays[lever_id][0][...] = _values(rng, 1)[0]
            array, by_ahsn = arrays[lever_id]
            terms.begin(lever_id)
            getattr(getattr(terms, name), spec.combine)(array, **({"by_ahsn": True} if by_ahsn else {}))
            terms.end()
            full = array[:, AHSN, :] if by_ahsn and array.shape[1] > 1 else array
            written[lever_id] = np.broadcast_to(full, SHAPE).copy()
        terms.compile()
        expected = np.full(SHAPE, 0.0 if spec.by_ahsn and spec.combine == "add" else spec.neutral)
        for lever_id in sorted(written):
            expected = rule(expected, written[lever_id])
        np.testing.assert_array_equal(np.broadcast_to(terms.written(name, AHSN), SHAPE), expected)


def test_the_same_values_in_another_array_change_nothing() -> None:
    terms = Terms(SHAPE)
    terms.compile()
    for value, expected in ((0.5, {"utility"}), (0.5, set()), (0.25, {"utility"}), (0.25, set())):
        terms.begin("a")
        terms.utility.add(np.full((1, 3, 1), value))
        terms.end()
        assert terms.compile() == expected
        assert (terms.value("utility") == value).all()


def test_payments_are_one_number_or_one_for_each_replicate() -> None:
    terms, money = Terms(SHAPE), np.zeros((2, 100), dtype=np.int64)
    terms.begin("a")
    terms.pay("expo", 0.125)
    terms.pay("expo", np.array([1.0, 2.005]))
    terms.end()
    terms.book(money)
    assert sorted(money.sum(axis=1)) == [112, 212]
    with pytest.raises(ValueError, match="by replicate"):
        terms.pay("expo", np.ones(3))
