"""Tables of an ablation as columns, in the printed unit of the outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.intervals import estimate_mean
from diffusion.storage.table_files import Columns, Labels

if TYPE_CHECKING:
    from diffusion.experiments.searches.ablation import Ablation


def lever_columns(found: Ablation) -> Columns:
    """One row per lever: what it does alone, last, and its part."""
    return found.levers()


def whole_columns(found: Ablation) -> Columns:
    """One row each for none, all, the whole effect, the sum of the effects alone, and the interaction left over."""
    a = found.attribution
    rows = {
        "none": a.none,
        "all": a.every,
        "whole_effect": a.whole,
        "sum_of_alone": a.alone.sum(axis=0),
        "interaction_left_over": a.left_over,
    }
    estimate = estimate_mean(np.stack(list(rows.values()), axis=1), a.over_draws)
    bounds = ("mean", "standard_error", "low80", "high80", "low95", "high95")
    return {"quantity": list(rows)} | {name: getattr(estimate, name) for name in bounds}


def replicate_columns(found: Ablation) -> Columns:
    """One row per lever and replicate; over levers the Shapley parts of a replicate sum to its whole effect."""
    a = found.attribution
    n, kept = a.parts.shape
    return {
        "lever": Labels(np.repeat(np.arange(n, dtype=np.int32), kept), a.players),
        "replicate": np.tile(found.replicates[a.kept], n),
        "alone": a.alone.reshape(-1),
        "last": a.last.reshape(-1),
        "shapley": a.parts.reshape(-1),
        "whole": np.tile(a.whole, n),
    }


def subset_columns(found: Ablation) -> Columns:
    """One row per subset that was run and replicate; levers joined by +, empty for none."""
    names = ["+".join(sorted(subset)) for subset in found.values]
    r = len(found.replicates)
    return {
        "levers": Labels(np.repeat(np.arange(len(names), dtype=np.int32), r), tuple(names)),
        "replicate": np.tile(found.replicates, len(names)),
        "value": np.concatenate(list(found.values.values())),
    }


def order_columns(found: Ablation) -> Columns:
    """One row per sampled order and place in it; orders 2k and 2k+1 are reverses of each other."""
    orders = found.attribution.orders
    assert orders is not None
    rows, n = orders.shape
    return {
        "order": np.repeat(np.arange(rows), n),
        "place": np.tile(np.arange(1, n + 1), rows),
        "lever": Labels(orders.reshape(-1).astype(np.int32), found.attribution.players),
    }


def table_makers(found: Ablation) -> dict[str, Callable[[Ablation], Columns]]:
    """Return table name -> function that computes its columns; orders where they were sampled."""
    makers: dict[str, Callable[[Ablation], Columns]] = {
        "levers": lever_columns,
        "whole": whole_columns,
        "replicates": replicate_columns,
        "subsets": subset_columns,
    }
    return makers if found.attribution.exact else makers | {"orders": order_columns}
