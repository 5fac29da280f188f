"""Stable 64-bit keys of codes, and uniform draws from them: no row number, no stream, no hash seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache, lru_cache

import numpy as np

from diffusion.arrays import Floats, Keys

_MASK = (1 << 64) - 1


@lru_cache(maxsize=4096)
def stable_key(text: str) -> int:
    """Return the 64-bit key of a code: the first 8 bytes of BLAKE2b over its UTF-8, little-endian."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8"), digest_size=8).digest(), "little")


def stable_keys(texts: Iterable[str]) -> Keys:
    """Return the keys of several codes, uint64."""
    return np.array([stable_key(text) for text in texts], dtype=np.uint64)


@cache
def person_keys(n_people: int) -> Keys:
    """Return uint64[E], keys of the potential entrepreneurs: the same array each time, never to be written to."""
    return stable_keys(f"person-{n}" for n in range(n_people))


def _splitmix(values: Keys) -> Keys:
    with np.errstate(over="ignore"):
        values = values + np.uint64(0x9E3779B97F4A7C15)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def mixed(values: Keys) -> Keys:
    """Return keys as :func:`keyed_hash` mixes each before it joins them, for kernels that hash by themselves."""
    return _splitmix(values)


def keyed_hash(process: str, *keys: Keys | int) -> Keys:
    """Hash keys (arrays broadcast together, or integers) under the name of a process, uint64."""
    state = np.array(stable_key(process), dtype=np.uint64)
    for key in keys:
        part = key.astype(np.uint64) if isinstance(key, np.ndarray) else np.array(key & _MASK, dtype=np.uint64)
        state = _splitmix(state ^ _splitmix(part))
    return state


def keyed_uniform(process: str, *keys: Keys | int) -> Floats:
    """Return uniform draws in (0, 1), one per broadcast element of ``keys``: multiples of 2^-53 plus 2^-54."""
    bits = keyed_hash(process, *keys) >> np.uint64(11)
    return (bits.astype(np.float64) + 0.5) * 2.0**-53


def keyed_normal(process: str, *keys: Keys | int) -> Floats:
    """Return standard normal draws (Box-Muller on two keyed uniforms)."""
    radius = np.sqrt(-2.0 * np.log(keyed_uniform(process + "/radius", *keys)))
    return radius * np.cos(2.0 * np.pi * keyed_uniform(process + "/angle", *keys))
