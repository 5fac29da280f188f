"""The classic workload: one innovation spreads over a small world, the rule every tool in the comparison runs.

N organisations on Watts-Strogatz (12 ties, .1 rewired), 120 months. In a month a non-adopter with a share s of its
neighbours adopting (as of the month before) adopts with probability 1-(1-p)*exp(-q*s), p = .005, q = .3 per month.
"""

from __future__ import annotations

from functools import cache

import networkx as nx
import numpy as np

P_PER_MONTH = 0.005
Q_PER_MONTH = 0.3
MONTHS = 120
TIES = 12
REWIRED_SHARE = 0.1
GRAPH_SEED = 1


@cache
def small_world(n: int) -> nx.Graph:
    """Return the network of n organisations, the same for every tool."""
    return nx.watts_strogatz_graph(n, TIES, REWIRED_SHARE, seed=GRAPH_SEED)


@cache
def neighbour_rows(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the network as compressed rows: int64[n+1] starts, uint32[ties] neighbours."""
    rows = [sorted(small_world(n).neighbors(node)) for node in range(n)]
    starts = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    return starts, np.concatenate(rows).astype(np.uint32)
