"""Memory is used again only when nobody can see it any more."""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from diffusion.engine import array_pool as memory
from diffusion.engine.array_pool import KEPT, SMALLEST_BYTES, empty, zeros
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario

pytestmark = pytest.mark.unit

#: a size of this file's own, so that no other test's arrays are handed out here
SHAPE = (37, 1009, 5)


def _place(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_is_used_again_when_all_views_are_gone() -> None:
    first = empty(SHAPE)
    place, view = _place(first), first[3:, ::2].T
    del first
    second = empty(SHAPE)
    assert _place(second) != place
    view[...] = 7.0
    second[...] = 1.0
    assert (view == 7.0).all()
    del view
    gc.collect()
    assert _place(empty(SHAPE)) == place


@pytest.mark.parametrize("dtype", [np.float64, np.int32, np.uint8, np.uint64])
@pytest.mark.parametrize("shape", [(3,), (300_001,), (11, 233, 150), (40, 233, 150, 3)])
def test_arrays_are_ordinary(shape: tuple[int, ...], dtype: type) -> None:
    array = empty(shape, dtype)
    array[...] = 3
    del array
    array = zeros(shape, dtype)
    assert (array.shape, array.dtype) == (shape, dtype)
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert not array.any()
    if array.nbytes >= SMALLEST_BYTES:
        assert _place(array) % 64 == 0


def test_no_array_is_given_to_two_threads() -> None:
    def work(number: int) -> bool:
        for _ in range(50):
            mine = [empty(SHAPE), empty((9, 20_011))]
            for array in mine:
                array[...] = number
            if not all((array == number).all() for array in mine):
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_no_more_is_kept_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_BYTES", KEPT.n_bytes)
    before = KEPT.n_bytes
    array = empty((13, 70_001))
    place = _place(array)
    del array
    assert KEPT.n_bytes <= before
    # what was kept before made room for it, if there was enough
    if before >= 13 * 70_001 * 8 + (1 << 16):
        assert _place(empty((13, 70_001))) == place


def test_a_block_gives_its_memory_back_without_the_garbage_collector() -> None:
    simulation = Simulation(load_scenario("everything", ["months=14"]))
    gc.collect()
    gc.disable()
    try:
        places = set()
        for _ in range(3):
            block = simulation.open(np.arange(4), 1)
            for _ in range(14):
                simulation.step(block)
            places.add(_place(block.pairs.since))
            del block
        assert len(places) == 1
    finally:
        gc.enable()


def test_records_of_pairs_stand_in_one_cache_line_each() -> None:
    block = Simulation(load_scenario("baseline", ["months=1"])).open(np.arange(2), 1)
    first = min(
        _place(getattr(block.pairs, name)) for name in ("work", "rollout", "use", "engagement", "granted", "need")
    )
    assert first % 64 == 0
