"""The only mutable truth of a block of replicates: a structure of arrays (replicate, trust, innovation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.array_pool import empty, zeros
from diffusion.engine.kernels.frame_fields import FIELDS, IN_RECORD, RECORD_BYTES
from diffusion.engine.kernels.jit import inline
from diffusion.engine.stages import N_STAGES

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView

#: a month that never comes; also "not yet"
NEVER = np.int16(32767)
#: pairs are packed as trust << K_BITS | innovation
K_BITS = 12
MAX_INNOVATIONS = 1 << K_BITS
MAX_TRUSTS = 1 << (32 - K_BITS)


@inline
def pack(i, k):
    """Pair (trust, innovation) as one number; sorted by trust, then innovation."""
    return (np.uint32(i) << np.uint32(K_BITS)) | np.uint32(k)


@inline
def unpack(pair):
    """(trust, innovation) of a packed pair."""
    return np.int64(pair >> np.uint32(K_BITS)), np.int64(pair & np.uint32(MAX_INNOVATIONS - 1))


@inline
def at(term, r, i, k):
    """Element of a broadcast array: axes of length 1 have a stride of 0 (see engine.frame)."""
    return term[np.uint64(r), np.uint64(i), np.uint64(k)]


@inline
def at2(table, i, n):
    """Element of a table with two axes."""
    return table[np.uint64(i), np.uint64(n)]


@inline
def pushed(group_part, trust_part, ahsn, r, i, k):
    """Element of an additive term in two parts: by AHSN and by trust."""
    return at(group_part, r, ahsn[i], k) + at(trust_part, r, i, k)


@inline
def any_mandate(c: FrameView):
    """Whether a mandate is in force anywhere; without one no pair's term need be read."""
    return c.x_mandate.size > 1 or c.x_mandate[0, 0, 0] != 0.0


class Pairs(NamedTuple):
    """State of the pairs, all [R, N, K] unless said otherwise.

    All but ``stage`` and ``use_months`` are strided views on one array of records of 64 bytes: what is known of a
    pair stands in one cache line.
    """

    stage: np.ndarray  # uint8
    since: np.ndarray  # int16, month of entering the stage
    rollout_since: np.ndarray  # int16, month of entering ROLLOUT
    full_since: np.ndarray  # int16, month in which rollout was complete, NEVER if not yet
    work: np.ndarray  # float64, work done in EVALUATING
    rollout: np.ndarray  # float64, rollout share r
    use: np.ndarray  # float64, use u
    champion: np.ndarray  # uint8
    waiting: np.ndarray  # uint8, 0 or the reason why an accepted pilot waits (see moves)
    programme: np.ndarray  # uint8, 0 or 1 + the programme that pays for the pilot
    money_ended: np.ndarray  # int16, month in which programme money for the pilot stopped, NEVER if not
    ever: np.ndarray  # uint8, has been an adopter
    begun: np.ndarray  # uint8, has been in PILOT or beyond
    engagement: np.ndarray  # float64, drawn on entering ROLLOUT
    granted: np.ndarray  # float64, phi of this month, valid for EVALUATING, PILOT and ROLLOUT
    need: np.ndarray  # float64, cases a month at full rollout; drawn once
    no_use: np.ndarray  # uint8, eligible but without a use for it; drawn once
    use_months: np.ndarray  # int32[R, K, N], discounted months of use; trusts stand in the order Net.place


class Units(NamedTuple):
    """State of trusts [R, N] and innovations [R, K]."""

    fund: np.ndarray  # int64[R, N], innovation fund, pence
    absorptive: np.ndarray  # float64[R, N], absorptive capacity
    evidence: np.ndarray  # float64[R, K], G
    recalled: np.ndarray  # uint8[R, K]
    live: np.ndarray  # int64[R, K], month from whose end on an innovation is live
    innovation_keys: np.ndarray  # uint64[R, K]
    n_with_use: np.ndarray  # int64[R, K], trusts that have a use for it
    evaluated: np.ndarray  # uint8[R, I, K], whether a trust of the ICS has finished an evaluation


class Attributes(NamedTuple):
    """What was drawn once per replicate."""

    innovativeness: np.ndarray  # float64[R, N]
    awareness_factor: np.ndarray  # float64[R, N], exp(weight * innovativeness)
    risk_aversion: np.ndarray  # float64[R, N]
    capacity_wte: np.ndarray  # float64[R, N], WTE before pressure and levers
    benefit: np.ndarray  # float64[R, K], b
    signal: np.ndarray  # float64[R, K], y
    upfront_cost: np.ndarray  # float64[R, K], F, GBP per size unit
    running_cost: np.ndarray  # float64[R, K], c, GBP per size unit and month
    saving: np.ndarray  # float64[R, K], s, GBP per size unit and month
    push: np.ndarray  # float64[R, K], factor on the push of T1 and T2
    scale_up: np.ndarray  # float64[R, K], factor on the rollout rates of T4a
    ending: np.ndarray  # float64[R, K], factor on mu_P of T4b
    compliance: np.ndarray  # float64[R, K], factor on the rates that a mandate adds


class Counters(NamedTuple):
    """Running counts, kept up to date by every move; nothing is recounted."""

    by_innovation: np.ndarray  # int32[R, 10, K]
    by_group: np.ndarray  # int32[R, 10, G], all groupings side by side
    adopters_by_trust: np.ndarray  # int32[R, N]
    using_by_trust: np.ndarray  # int32[R, N]
    cohort_by_trust: np.ndarray  # int32[R, N], using an innovation of the first cohort
    pilots_by_trust: np.ndarray  # int32[R, N]
    trials: np.ndarray  # int64[R, 2, K], pilots that went on to rollout, and those that ended
    totals: np.ndarray  # int64[R, 5], see mechanisms/moves.py: organisations using, pairs ever adopted, need begun
    so_far: np.ndarray  # int64[R, 11], see mechanisms/supply/so_far.py


class Lists(NamedTuple):
    """This month's pairs by stage, in the order of trusts, and the moves decided so far."""

    listed: np.ndarray  # uint32[R, N*K]
    bounds: np.ndarray  # int64[R, 10], pairs of stage s stand at bounds[s]:bounds[s+1]
    candidates: np.ndarray  # uint32[R, N*K], pairs that would start a pilot or a rollout
    n_candidates: np.ndarray  # int64[R]
    moves: np.ndarray  # uint32[R, N*K]
    move_to: np.ndarray  # uint8[R, N*K]
    move_reason: np.ndarray  # uint8[R, N*K]
    n_moves: np.ndarray  # int64[R]
    moved: np.ndarray  # uint8[R], whether anything moved since the lists were made


@dataclass
class State:
    """A block of replicates under way, as far as the engine knows it.

    ``month`` counts steps: 0 is the opening state, ``t`` the end of the t-th month.
    """

    seed: int
    replicates: np.ndarray
    pairs: Pairs
    units: Units
    attributes: Attributes
    counters: Counters
    lists: Lists
    month: int = 0

    @property
    def n_replicates(self) -> int:
        return len(self.replicates)


def record_dtype() -> np.dtype:
    """Return the layout of a pair's record: the fields marked ``@``, largest first, in 64 bytes."""
    names = sorted(IN_RECORD, key=lambda name: -np.dtype(FIELDS[name][0]).itemsize)
    formats = [FIELDS[name][0] for name in names]
    offsets = np.cumsum([0] + [np.dtype(kind).itemsize for kind in formats])[:-1].tolist()
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": RECORD_BYTES})


def allocate(seed: int, replicates: np.ndarray, n_trusts: int, n_innovations: int, n_groups: int, n_ics: int) -> State:
    """Return a state with all arrays allocated and zero; the simulation fills them."""
    r, n, k = len(replicates), n_trusts, n_innovations
    shape = (r, n, k)

    blank = np.zeros(1, dtype=record_dtype())
    for name in ("rollout_since", "full_since", "money_ended"):
        blank[name] = NEVER
    blank["granted"] = 1.0
    words = empty((*shape, RECORD_BYTES // 8), dtype=np.uint64)
    words[...] = blank.view(np.uint64)
    records = words.view(record_dtype())[..., 0]
    pairs = Pairs(
        stage=zeros(shape, dtype=np.uint8), since=records["since"], rollout_since=records["rollout_since"],
        full_since=records["full_since"], work=records["work"], rollout=records["rollout"], use=records["use"],
        champion=records["champion"], waiting=records["waiting"], programme=records["programme"],
        money_ended=records["money_ended"], ever=records["ever"], begun=records["begun"],
        engagement=records["engagement"], granted=records["granted"], need=records["need"], no_use=records["no_use"],
        use_months=zeros((r, k, n), dtype=np.int32),
    )  # fmt: skip
    units = Units(
        np.zeros((r, n), dtype=np.int64),
        np.ones((r, n)),
        np.zeros((r, k)),
        np.zeros((r, k), dtype=np.uint8),
        np.zeros((r, k), dtype=np.int64),
        np.zeros((r, k), dtype=np.uint64),
        np.zeros((r, k), dtype=np.int64),
        zeros((r, n_ics, k), dtype=np.uint8),
    )
    attributes = Attributes(
        *(np.zeros((r, n)) for _ in range(4)),
        *(np.zeros((r, k)) for _ in range(5)),
        *(np.ones((r, k)) for _ in range(4)),
    )
    by_trust: list[np.ndarray] = [np.zeros((r, n), dtype=np.int32) for _ in range(4)]
    counters = Counters(
        zeros((r, N_STAGES, k), dtype=np.int32),
        zeros((r, N_STAGES, n_groups), dtype=np.int32),
        by_trust[0],
        by_trust[1],
        by_trust[2],
        by_trust[3],
        np.zeros((r, 2, k), dtype=np.int64),
        np.zeros((r, 5), dtype=np.int64),
        np.zeros((r, 11), dtype=np.int64),
    )
    lists = Lists(
        zeros((r, n * k), dtype=np.uint32),
        np.zeros((r, N_STAGES + 1), dtype=np.int64),
        zeros((r, n * k), dtype=np.uint32),
        np.zeros(r, dtype=np.int64),
        zeros((r, n * k), dtype=np.uint32),
        zeros((r, n * k), dtype=np.uint8),
        zeros((r, n * k), dtype=np.uint8),
        np.zeros(r, dtype=np.int64),
        np.ones(r, dtype=np.uint8),
    )
    return State(seed, replicates, pairs, units, attributes, counters, lists)
