"""Capacity."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class CapacityParameters(Section):
    """Change time of a trust and what the stages take of it."""

    unlimited: bool = param(False, "every load is met in full (limiting cases)", unit="yes/no")
    wte_per_size: float = param(
        2.0, "change time of a trust of median size", unit="WTE", low=0.5, high=16, ge=0, symbol="c0"
    )
    size_exponent: float = param(0.3, "how change time grows with size", unit="1", low=0.1, high=1, ge=0)
    pressure: float = param(0.10, "share of change time lost to pressure", unit="1", low=0, high=0.4, ge=0, le=0.9)
    winter_pressure: float = param(
        0.10, "added December to March in acute and ambulance trusts", unit="1", low=0, high=0.3, ge=0, le=0.9
    )
    load_evaluating_wte: float = param(0.10, "load of an evaluation", unit="WTE", low=0.05, high=0.3, ge=0)
    load_pilot_wte: float = param(0.30, "load of a pilot", unit="WTE", low=0.1, high=0.6, ge=0)
    load_rollout_wte: float = param(0.60, "load of a rollout, times complexity", unit="WTE", low=0.2, high=1.2, ge=0)
    load_sustained_wte: float = param(0.01, "load of a sustained innovation", unit="WTE", low=0, high=0.05, ge=0)
    mandate_priority: float = param(2.0, "priority of mandated work and paid placements", unit="1", low=1, high=10, ge=1)
