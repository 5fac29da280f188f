"""Generators of networks that would never end are ended."""

from __future__ import annotations

import threading
import time

import pytest

from diffusion.errors import InputError
from diffusion.world.bounded import TooMuch, bounded
from diffusion.world.building import networks
from diffusion.world.building.build import build_world
from diffusion.world.spec import SyntheticSpec, WorldSpec

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("network", "args"),
    [
        ("hypercube_graph", {"n": 60}),
        ("binomial_tree", {"n": 60}),
        ("balanced_tree", {"r": 10, "h": 30}),
        ("grid_2d_graph", {"m": 100_000, "n": 100_000}),
        ("erdos_renyi_graph", {"n": 100_000, "p": 0.5}),
        ("barabasi_albert_graph", {"n": 100_000, "m": 50_000}),
        ("dorogovtsev_goltsev_mendes_graph", {"n": 40}),
        ("mycielski_graph", {"n": 40}),
    ],
)
def test_a_generator_without_end(network: str, args: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "MOST_SECONDS", 0.5)
    spec = WorldSpec(synthetic=SyntheticSpec(network=network, args=args))  # type: ignore[arg-type]
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        build_world(spec)
    assert time.process_time() - began < 20
    assert "too large" in str(caught.value) or "out of range" in str(caught.value)


def test_what_ends_in_time_is_returned() -> None:
    for _ in range(50):
        assert bounded(lambda: 7, 5.0) == 7
    with pytest.raises(ZeroDivisionError):
        bounded(lambda: 1 // 0, 5.0)
    assert threading.active_count() < 20


def test_what_does_not_end_is_ended() -> None:
    def forever() -> None:
        while True:
            pass

    with pytest.raises(TooMuch):
        bounded(forever, 0.3)
    time.sleep(0.3)  # and nothing is raised afterwards


def test_a_signal_that_is_passed_over_comes_again() -> None:
    """What is raised while garbage is collected, say, never arrives."""
    began, seen = time.process_time(), 0

    def deaf_at_first() -> None:
        nonlocal seen
        while time.process_time() - began < 10:
            try:
                while time.process_time() - began < 10:
                    pass
            except TooMuch:
                seen += 1
                if seen == 2:
                    raise

    with pytest.raises(TooMuch):
        bounded(deaf_at_first, 0.2)
    assert seen == 2
    assert bounded(lambda: 7, 5.0) == 7  # and none is left over
