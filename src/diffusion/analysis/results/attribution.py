"""Attribution of a joint effect to its causes: Shapley values of a game whose players are levers.

A *game* gives a value, one per replicate, to every set of players. The effect of all players is value(all) -
value(none); a player's Shapley part is its marginal effect averaged over all orders in which the players could join.
Exactly, that takes every subset; with many players it is estimated from sampled orders.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial

import numpy as np

from diffusion.analysis.results.intervals import Estimate, estimate_mean, student_t
from diffusion.arrays import Floats, Longs

Subset = frozenset[str]
#: Values of the outcome by set of players, float64[R] each: replicate r has the same draws in every set.
Values = Mapping[Subset, Floats]

#: Up to so many players all subsets are run (2^8 = 256); beyond, orders are sampled.
EXACT_PLAYERS = 8


def all_subsets(players: Sequence[str]) -> list[Subset]:
    """Return the 2^n subsets, small ones first."""
    return [frozenset(chosen) for size in range(len(players) + 1) for chosen in combinations(players, size)]


def edge_subsets(players: Sequence[str]) -> list[Subset]:
    """Return none, each alone, all but one, and all: at most 2 n + 2 subsets, each once."""
    every = frozenset(players)
    rows = [frozenset[str](), *(frozenset({name}) for name in players), *(every - {name} for name in players), every]
    return list(dict.fromkeys(rows))


def antithetic_orders(n: int, pairs: int, seed: int) -> Longs:
    """Return int64[2 pairs, n]: uniformly drawn orders of n players, each followed by its reverse.

    Who joins early in an order joins late in its reverse, so that the errors of the two partly cancel.
    """
    generator = np.random.default_rng([seed, 0x5AB1E])
    drawn = [generator.permutation(n) for _ in range(pairs)]
    return np.array([order for one in drawn for order in (one, one[::-1])], dtype=np.int64).reshape(2 * pairs, n)


def prefixes(players: Sequence[str], order: Collection[int]) -> Iterator[Subset]:
    """Yield the n + 1 sets that ``order`` passes through, from none to all."""
    joined: set[str] = set()
    yield frozenset()
    for player in order:
        joined.add(players[player])
        yield frozenset(joined)


def subsets_of_orders(players: Sequence[str], orders: Longs) -> list[Subset]:
    """Return the sets that the orders pass through, each once."""
    return list(dict.fromkeys(subset for order in orders for subset in prefixes(players, order)))


def exact_shapley(players: Sequence[str], values: Values) -> Floats:
    """Return the Shapley values [n, R] from the values of all 2^n subsets.

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! [v(S + i) - v(S)]; they sum to v(all) - v(none).
    """
    n = len(players)
    parts = np.zeros((n, len(values[frozenset()])))
    for subset in all_subsets(players):
        for i, player in enumerate(players):
            if player not in subset:
                weight = factorial(len(subset)) * factorial(n - len(subset) - 1) / factorial(n)
                parts[i] += weight * (values[subset | {player}] - values[subset])
    return parts


def marginals(players: Sequence[str], values: Values, orders: Longs) -> Floats:
    """Return what each player adds when it joins in each order, [orders, n, R]; each order sums to the whole."""
    found = np.zeros((*orders.shape, len(values[frozenset()])))
    for row, order in enumerate(orders):
        path = list(prefixes(players, order))
        for player, before, after in zip(order, path, path[1:]):
            found[row, player] = values[after] - values[before]
    return found


@dataclass(frozen=True)
class Sampled:
    """Estimates [n] from sampled orders: the total error and its two sources, as standard errors."""

    estimate: Estimate
    replicate_error: Floats
    order_error: Floats


def crossed_estimate(by_pair: Floats) -> Sampled:
    """Estimate means of ``by_pair`` [pairs, n, R], where pairs and replicates are both samples, fully crossed.

    With d = phi + a(pair) + b(replicate) + e the mean has the variance s_a^2/P + s_b^2/R + s_e^2/(P R). The spread of
    the pairs' means over P holds the first and the last term, that of the replicates' means over R the second and the
    last, and the mean square of what is left over P R the last alone, which is counted once. The interval is that of
    Student's t with Satterthwaite's degrees of freedom.
    """
    p, n, r = by_pair.shape
    mean = by_pair.mean(axis=(0, 2))
    if p < 2 or r < 2:
        missing = np.full(n, np.nan)
        return Sampled(Estimate(mean, missing, missing, missing, missing, missing, r), missing, missing)
    of_pairs, of_replicates = by_pair.mean(axis=2), by_pair.mean(axis=0)
    from_pairs = of_pairs.var(axis=0, ddof=1) / p
    from_replicates = of_replicates.var(axis=1, ddof=1) / r
    rest = by_pair - of_pairs[:, :, None] - of_replicates[None] + mean[None, :, None]
    both = (rest**2).sum(axis=(0, 2)) / ((p - 1) * (r - 1)) / (p * r)
    # the estimate of the sum can fall below one of its parts by chance; it is never reported as smaller
    variance = np.maximum(from_pairs + from_replicates - both, np.maximum(from_pairs, from_replicates))
    error = np.sqrt(variance)
    pieces = from_pairs**2 / (p - 1) + from_replicates**2 / (r - 1)
    freedom = np.divide(variance**2, pieces, out=np.full(n, float(r - 1)), where=pieces > 0)
    reach80, reach95 = (
        np.array([student_t(level, max(1.0, value)) for value in freedom]) * error for level in (0.80, 0.95)
    )
    estimate = Estimate(mean, error, mean - reach80, mean + reach80, mean - reach95, mean + reach95, r)
    return Sampled(estimate, np.sqrt(from_replicates), np.sqrt(from_pairs))


@dataclass(frozen=True)
class Attribution:
    """The effect of all players on an outcome and what each has to do with it, in the unit of the values.

    ``alone``, ``last`` (all minus all but one) and ``parts`` are [n, R]; ``none``, ``every``, ``whole`` and
    ``left_over`` (whole minus the sum of alone) are [R]. ``part`` is the estimate [n] of the Shapley parts;
    ``order_error`` and ``replicate_error`` are its standard errors by source, the first 0 where every subset was run.
    ``orders`` are those sampled, None if exact. ``kept`` are the places of the replicates in which the outcome is
    defined throughout.
    """

    players: tuple[str, ...]
    none: Floats
    every: Floats
    alone: Floats
    last: Floats
    parts: Floats
    part: Estimate
    order_error: Floats
    replicate_error: Floats
    orders: Longs | None
    kept: Longs
    over_draws: bool = False

    @property
    def exact(self) -> bool:
        return self.orders is None

    @property
    def whole(self) -> Floats:
        return self.every - self.none

    @property
    def left_over(self) -> Floats:
        return np.asarray(self.whole - self.alone.sum(axis=0))

    @property
    def shares(self) -> Floats:
        """Mean part over mean whole effect, [n]; NaN where the 95 % interval of the whole effect includes 0."""
        whole = estimate_mean(self.whole, self.over_draws)
        # also false with one replicate, whose interval is unknown
        if not (float(whole.low95) > 0 or float(whole.high95) < 0):
            return np.full(len(self.players), np.nan)
        return np.asarray(self.part.mean / float(whole.mean))


def attribute(
    players: Sequence[str], values: Values, orders: Longs | None = None, over_draws: bool = False
) -> Attribution:
    """Attribute value(all) - value(none) to the players, exactly or, if ``orders`` are given, from these.

    ``values`` must hold the edge subsets, and all subsets or those of the orders. Replicates in which a value is not a
    number are left out everywhere.

    Raises
    ------
    ValueError
        If no replicate is left, or the orders do not come in pairs.
    """
    needed = [*edge_subsets(players), *(all_subsets(players) if orders is None else subsets_of_orders(players, orders))]
    kept = np.flatnonzero(np.all([np.isfinite(values[subset]) for subset in needed], axis=0))
    if len(kept) == 0:
        raise ValueError("the outcome is not defined in every subset in any replicate")
    values = {subset: np.asarray(values[subset], dtype=np.float64)[kept] for subset in needed}
    every, none = values[frozenset(players)], values[frozenset()]
    alone = np.array([values[frozenset({name})] - none for name in players])
    last = np.array([every - values[frozenset(players) - {name}] for name in players])
    if orders is None:
        parts = exact_shapley(players, values)
        part = estimate_mean(parts.T, over_draws)
        order_error, replicate_error = np.zeros(len(players)), np.asarray(part.standard_error)
    else:
        if len(orders) % 2:
            raise ValueError("orders come in pairs: one and its reverse")
        by_order = marginals(players, values, orders)
        parts = by_order.mean(axis=0)
        sampled = crossed_estimate((by_order[::2] + by_order[1::2]) / 2)
        part, order_error, replicate_error = sampled.estimate, sampled.order_error, sampled.replicate_error
        if over_draws:
            part = replace(estimate_mean(parts.T, over_draws), standard_error=part.standard_error)
    return Attribution(
        tuple(players), none, every, alone, last, parts, part, order_error, replicate_error, orders, kept, over_draws
    )
