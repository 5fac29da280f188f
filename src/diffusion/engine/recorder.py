"""What is kept of a run: marginal counts, flows and money by month; it only reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffusion.engine.ledger import FLOWS
from diffusion.engine.stages import N_STAGES, PILOT, ROLLOUT, SUSTAINED
from diffusion.engine.state import Block

EVENT_DTYPE = np.dtype(
    [
        ("replicate", np.int32), ("month", np.int16), ("trust", np.int32), ("innovation", np.int16),
        ("from_stage", np.uint8), ("to_stage", np.uint8), ("reason", np.uint8),
    ]
)  # fmt: skip

MONTHLY: tuple[str, ...] = (
    "organisations_using", "organisations_using_cohort", "pairs_using", "adopters", "pilots", "ever_adopters",
    "pairs_in_use", "use_sum", "patients_benefiting", "capacity_available_wte", "capacity_needed_wte",
    "capacity_used_wte", "capacity_lent_wte", "blocked_money", "blocked_limit", "blocked_time", "blocked_burden",
    "blocked_support", "fund_gbp", "evidence_mean", "recalled",
)  # fmt: skip


@dataclass
class Record:
    """Arrays of one block, with the opening state at index 0."""

    stage_by_innovation: np.ndarray  # int32[R, T+1, 9, K]
    stage_by_group: np.ndarray  # int32[R, T+1, 9, G]
    adopters_by_trust: np.ndarray  # int16[R, T+1, N]
    flows: np.ndarray  # int32[R, T+1, moves]
    money_pence: np.ndarray  # int64[R, T+1, flows]
    monthly: dict[str, np.ndarray]  # float64[R, T+1] each
    benefit: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # float64[R, K], true benefit
    signal: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # float64[R, K]
    upfront_cost_gbp: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # float64[R, K]
    events: list[np.ndarray] | None = None


def make_record(block: Block, months: int, n_flows: int) -> Record:
    """Return an empty record for ``months`` months of ``block``."""
    r, n, k = block.pairs.stage.shape
    t = months + 1
    return Record(
        np.zeros((r, t, N_STAGES, k), dtype=np.int32),
        np.zeros((r, t, N_STAGES, block.counters.by_group.shape[2]), dtype=np.int32),
        np.zeros((r, t, n), dtype=np.int16),
        np.zeros((r, t, n_flows), dtype=np.int32),
        np.zeros((r, t, len(FLOWS)), dtype=np.int64),
        {name: np.zeros((r, t)) for name in MONTHLY},
        block.attributes.benefit.copy(), block.attributes.signal.copy(), block.attributes.upfront_cost.copy(),
    )  # fmt: skip


def record(block: Block, space: Any, out: Record) -> None:
    """Copy the state at the end of ``block.month`` into ``out``; sums that are not counters come from the frame."""
    t, c, m, f = block.month, block.counters, out.monthly, space.frame
    out.stage_by_innovation[:, t] = c.by_innovation
    out.stage_by_group[:, t] = c.by_group
    out.adopters_by_trust[:, t] = c.adopters_by_trust
    out.flows[:, t] = f["flows"]
    out.money_pence[:, t] = f["money"]
    stages = c.by_innovation.sum(axis=2)
    m["organisations_using"][:, t] = c.totals[:, 0]
    m["organisations_using_cohort"][:, t] = c.totals[:, 1]
    m["ever_adopters"][:, t] = c.totals[:, 2]
    m["pilots"][:, t] = stages[:, PILOT]
    m["adopters"][:, t] = stages[:, ROLLOUT] + stages[:, SUSTAINED]
    m["pairs_using"][:, t] = stages[:, PILOT] + stages[:, ROLLOUT] + stages[:, SUSTAINED]
    tally, blocked = f["tally"], f["blocked"]
    m["use_sum"][:, t] = tally[:, 0] / 1048576.0
    m["patients_benefiting"][:, t] = tally[:, 1] / 1024.0
    m["pairs_in_use"][:, t] = tally[:, 2]
    for index, name in enumerate(("money", "limit", "time", "burden", "support")):
        m[f"blocked_{name}"][:, t] = blocked[:, index]
    m["fund_gbp"][:, t] = block.units.fund.sum(axis=1) / 100.0
    m["evidence_mean"][:, t] = block.units.evidence.mean(axis=1)
    m["recalled"][:, t] = block.units.recalled.sum(axis=1)
    for name in ("available", "needed", "used", "lent"):
        m[f"capacity_{name}_wte"][:, t] = f[name].sum(axis=1)
