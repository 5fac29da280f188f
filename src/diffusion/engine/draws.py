"""Keyed draws: a uniform number is a hash of (seed, replicate, process, trust, innovation, month), not of a stream.

The same trust therefore makes the same draw under every scenario, in any order and any block.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from diffusion.arrays import Floats, Keys, Longs
from diffusion.engine.array_pool import empty
from diffusion.engine.kernels.jit import inline, kernel
from diffusion.world.keys import person_keys, stable_key

# one number per process; never reuse or renumber one: results would move
AWARENESS: Final = 1
TRIAGE: Final = 2
EVALUATION: Final = 3
PILOT: Final = 4
ABANDONMENT: Final = 5
RECONSIDER: Final = 6
CHAMPION_ARRIVES: Final = 7
CHAMPION_LEAVES: Final = 8
RECALL: Final = 9
INNOVATIVENESS: Final = 20
RISK_AVERSION: Final = 21
CAPACITY: Final = 22
NEED: Final = 23
ENGAGEMENT: Final = 24
BENEFIT: Final = 25
SIGNAL: Final = 26
UPFRONT_COST: Final = 27
RUNNING_COST: Final = 28
SAVING: Final = 29
INITIAL_SITES: Final = 30
INITIAL_SITES_NUMBER: Final = 31
INITIAL_CHAMPION: Final = 32
PUSH: Final = 33
SCALE_UP: Final = 34
ENDING: Final = 35
COMPLIANCE: Final = 36
RELEVANCE: Final = 37
USE_FOR_IT: Final = 38
EARLY_USE: Final = 39
STAYING: Final = 40
FOUNDING: Final = 41
LEAVE_REFUSED: Final = 42
DEAL: Final = 43
KIND: Final = 44
COMPANY_DEAL: Final = 45
COMPANY_LEAVES: Final = 46
ARRIVAL_GAP: Final = 47
HOME: Final = 48
AT_START: Final = 49
ABILITY: Final = 50
COMPANY_FAILS: Final = 51
OPENING_USERS: Final = 52
#: levers draw under LEVER + a stable hash of their id and purpose
LEVER: Final = 1 << 20
_ALL_BITS: Final = (1 << 64) - 1

_TWO_53 = 1.0 / 9007199254740992.0


@inline
def mix64(z: np.uint64) -> np.uint64:
    """Finalizer of 64 bits (Stafford's variant 13, as in splitmix64)."""
    z = np.uint64(z)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def mixed(key: int) -> int:
    """Return :func:`mix64` of a key outside the kernels, without a compiled function that has to be made ready."""
    z = int(key) & _ALL_BITS
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _ALL_BITS
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _ALL_BITS
    return z ^ (z >> 31)


@inline
def draw_base(seed: int, replicate: int, process: int | np.uint64, month: int | np.uint64) -> np.uint64:
    """Key of one process in one month of one replicate; trust and innovation keys are added to it."""
    z = mix64(np.uint64(seed) + np.uint64(0x9E3779B97F4A7C15))
    z = mix64(z ^ (np.uint64(replicate) * np.uint64(0xD1342543DE82EF95) + np.uint64(1)))
    z = mix64(z + np.uint64(process) * np.uint64(0xDA942042E4DD58B5))
    # months before the run are negative: they wrap round
    return mix64(z ^ (np.uint64(np.int64(month)) * np.uint64(0xA24BAED4963EE407)))


@inline
def uniform(base: np.uint64, trust_key: np.uint64, innovation_key: np.uint64) -> float:
    """Uniform on [0, 1) from a base and the keys of a trust and an innovation (0 where there is none)."""
    z = mix64((base ^ trust_key) + innovation_key)
    return np.float64(z >> np.uint64(11)) * _TWO_53


@inline
def happens(draw: float, rate: float) -> bool:
    """Whether an event of this rate happens within a month, with probability ``1 - exp(-rate)``."""
    # the probability is at most the rate: most draws need no exponential
    return draw < rate * (1.0 + 1e-9) and draw < -math.expm1(-rate)


@inline
def normal(u: float) -> float:
    """Standard normal quantile of u in [0, 1): Wichura's AS 241 (PPND16), relative error about 1e-16."""
    u = max(u, 1e-300)
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return (
            q
            * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
                + 133.14166789178437745) * r + 3.387132872796366608)
            / (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                + 42.313330701600911252) * r + 1.0)
        )  # fmt: skip
    r = math.sqrt(-math.log(min(u, 1.0 - u)))
    if r <= 5.0:
        r -= 1.6
        x = (
            (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
                + 4.6303378461565452959) * r + 1.42343711074968357734)
            / (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
                + 2.05319162663775882187) * r + 1.0)
        )  # fmt: skip
    else:
        r -= 5.0
        x = (
            (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
                + 5.4637849111641143699) * r + 6.6579046435011037772)
            / (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                + 0.59983220655588793769) * r + 1.0)
        )  # fmt: skip
    return -x if q < 0.0 else x


@kernel
def fill_uniform(
    seed: int,
    replicates: Longs,
    process: np.uint64,
    month: np.uint64,
    trust_keys: Keys,
    innovation_keys: Keys,
    out: Floats,
) -> None:
    """Fill out[R, N, K] with uniforms; pass one key 0 for an axis that the process does not have."""
    for r in range(out.shape[0]):
        base = draw_base(seed, replicates[r], process, month)
        for i in range(out.shape[1]):
            for k in range(out.shape[2]):
                out[r, i, k] = uniform(base, trust_keys[i], innovation_keys[k])


@kernel
def fill_normal(
    seed: int,
    replicates: Longs,
    process: np.uint64,
    month: np.uint64,
    trust_keys: Keys,
    innovation_keys: Keys,
    out: Floats,
) -> None:
    """Fill out[R, N, K] with standard normals; keys as in :func:`fill_uniform`."""
    for r in range(out.shape[0]):
        base = draw_base(seed, replicates[r], process, month)
        for i in range(out.shape[1]):
            for k in range(out.shape[2]):
                out[r, i, k] = normal(uniform(base, trust_keys[i], innovation_keys[k]))


NO_KEY = np.zeros(1, dtype=np.uint64)


class Draws:
    """Keyed uniforms and normals for code outside the kernels (set-up and levers).

    Parameters
    ----------
    seed: int
    replicates: int64[R], the numbers of the replicates in this block
    trust_keys: uint64[N]; innovation_keys: uint64[K]
    process: added to the processes asked for; levers get one of their own
    """

    def __init__(
        self, seed: int, replicates: np.ndarray, trust_keys: np.ndarray, innovation_keys: np.ndarray, process: int = 0
    ) -> None:
        self.seed = seed
        self.replicates = replicates
        self.trust_keys = trust_keys
        self.innovation_keys = innovation_keys
        self.process = process

    def named(self, name: str) -> Draws:
        """Return draws of a process of its own, keyed by ``name`` (a lever's id)."""
        own = int(stable_key(name)) >> 24
        return Draws(self.seed, self.replicates, self.trust_keys, self.innovation_keys, LEVER + own)

    def of_innovations(self, numbers: np.ndarray) -> Draws:
        """Return the same draws for some innovations only (their numbers): what all would have, less to compute."""
        return Draws(self.seed, self.replicates, self.trust_keys, self.innovation_keys[numbers], self.process)

    def of_trusts(self, trust_keys: np.ndarray) -> Draws:
        """Return the same draws for trusts of these keys, uint64[N]."""
        return Draws(self.seed, self.replicates, trust_keys, self.innovation_keys, self.process)

    def of_keys(self, innovation_keys: np.ndarray) -> Draws:
        """Return the same draws for innovations of these keys, uint64[F]: what is born has one of its own."""
        return Draws(self.seed, self.replicates, self.trust_keys, innovation_keys, self.process)

    def for_people(self, number: int) -> Draws:
        """Return the same draws with potential entrepreneurs in place of trusts."""
        return Draws(self.seed, self.replicates, person_keys(number), self.innovation_keys, self.process)

    def _filled(self, fill: Callable[..., None], process: int, month: int, by: str) -> np.ndarray:
        """Return float64[R, N or 1, K or 1] filled by one of the kernels."""
        trust_keys = self.trust_keys if "trust" in by else NO_KEY
        innovation_keys = self.innovation_keys if "innovation" in by else NO_KEY
        out = empty((len(self.replicates), len(trust_keys), len(innovation_keys)))
        number = np.uint64(self.process + process)
        fill(self.seed, self.replicates, number, np.uint64(np.int64(month)), trust_keys, innovation_keys, out)
        return out

    def uniform(self, process: int, month: int = 0, by: str = "trust") -> np.ndarray:
        """Return float64[R, N or 1, K or 1] in [0, 1); ``by`` names the axes: trust, innovation, both or none."""
        return self._filled(fill_uniform, process, month, by)

    def normal(self, process: int, month: int = 0, by: str = "trust") -> np.ndarray:
        """Return standard normals, shaped as :meth:`uniform`."""
        return self._filled(fill_normal, process, month, by)
