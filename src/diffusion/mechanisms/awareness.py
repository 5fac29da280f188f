"""T1, UNAWARE > AWARE: ``rate = (pA X^A + qA x) exp(.4 inn_i)`` a month, linear in exposure x always."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from diffusion.engine.draws import AWARENESS, draw_base, uniform
from diffusion.engine.jit import inline, kernel
from diffusion.engine.parameters import Section, param
from diffusion.engine.stages import AWARE, UNAWARE
from diffusion.engine.state import K_BITS
from diffusion.mechanisms.exposure import at, exposure, exposure_bound
from diffusion.mechanisms.moves import BECAME_AWARE, move


class AwarenessParameters(Section):
    """T1, UNAWARE > AWARE."""

    push_per_month: float = param(
        0.03, "rate of becoming aware from outside push", unit="1/month", low=0.01, high=0.1, ge=0, symbol="pA"
    )
    peer_per_month: float = param(
        0.6, "rate of becoming aware at full exposure to peers", unit="1/month", low=0.2, high=1.5, ge=0, symbol="qA"
    )


class AwarenessScalars(NamedTuple):
    """Parameters of T1, for the kernels."""

    push: float
    peer: float


@inline
def awareness_rate(par, push, x, factor):
    """The rate of T1."""
    return (par.push * push + par.peer * x) * factor


@inline
def awareness_at(field, attributes, net, transfers, terms, par, r, i, k):
    """The rate of T1 of one pair."""
    x = exposure(field, net, transfers, terms.member_ties, r, i, k)
    return awareness_rate(par, at(terms.awareness_push, r, i, k), x, attributes.awareness_factor[r, i])


@kernel
def awareness_row(field, attributes, net, transfers, terms, par, i, out):
    """Rates of T1 of trust i, into out[K]."""
    for k in range(out.shape[0]):
        out[k] = awareness_at(field, attributes, net, transfers, terms, par, 0, i, k) if net.eligible[i, k] else 0.0


@kernel
def awareness(seed, replicates, month, lists, units, field, attributes, net, transfers, terms, tables, override, par):
    """Draw T1 for all UNAWARE pairs; the exposure is computed only where the draw is below its bound."""
    low = np.uint32((1 << K_BITS) - 1)
    for r in range(replicates.shape[0]):
        base = draw_base(seed, replicates[r], AWARENESS, month)
        for n in range(lists.bounds[r, UNAWARE], lists.bounds[r, UNAWARE + 1]):
            pair = lists.pairs[r, n]
            i = np.int64(pair >> np.uint32(K_BITS))
            k = np.int64(pair & low)
            if units.recalled[r, k]:
                continue
            u = uniform(base, tables.trust_keys[i], tables.innovation_keys[k])
            if override.shape[0] > 0 and not math.isnan(override[i, k]):
                rate = override[i, k]
            else:
                push = at(terms.awareness_push, r, i, k)
                factor = attributes.awareness_factor[r, i]
                bound = exposure_bound(field, net, transfers, terms.member_ties, r, i, k)
                if u >= awareness_rate(par, push, bound, factor):
                    continue
                rate = awareness_at(field, attributes, net, transfers, terms, par, r, i, k)
            if u < -math.expm1(-rate):
                move(lists, r, pair, AWARE, BECAME_AWARE)
