"""T9."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class UseParameters(Section):
    """T9, intensity of use inside an adopting trust, and absorptive capacity."""

    adjustment_months: float = param(6.0, "time constant of use", unit="months", low=2, high=18, gt=0, symbol="tau_u")
    without_champion: float = param(0.8, "factor on target use without a champion", unit="1", low=0.5, high=1, ge=0, le=1)
    in_use_threshold: float = param(0.1, "use from which an innovation counts as in use", unit="1", low=0.05, high=0.3, ge=0, le=1)
    absorptive_teaching: float = param(0.25, "absorptive capacity above 1 of teaching trusts at the start", unit="1", low=0, high=0.5, ge=0)
    absorptive_growth: float = param(0.03, "absorptive capacity gained per own adoption", unit="1", low=0, high=0.1, ge=0)
    absorptive_decay_per_month: float = param(1 / 60, "return of absorptive capacity to its start", unit="1/month", low=1 / 120, high=1 / 24, ge=0, le=1)
