"""T4."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class PilotParameters(Section):
    """T4a, PILOT > ROLLOUT, and T4b, PILOT > ABANDONED."""

    utility_weight: float = param(1.5, "log-hazard per unit of utility U (T4a; minus this in T4b)", unit="1", low=0, high=3)
    finance_weight: float = param(0.6, "log-hazard of rollout per unit of f", unit="1", low=0, high=1.5, symbol="bF")
    champion_weight: float = param(0.3, "log-hazard of rollout with a champion", unit="1", low=0, high=0.7, symbol="bCh")
    burden_exponent: float = param(0.5, "rates fall with burden B as B^-exponent", unit="1", low=0, high=1, ge=0)
    rate_factor: float = param(1.0, "multiplies the rollout rates of all innovations", unit="1", low=0.3, high=3, ge=0)
    abandonment_factor: float = param(1.0, "multiplies the pilot abandonment rates of all innovations", unit="1", low=0.3, high=3, ge=0)
    money_ended_factor: float = param(
        1.5, "excess abandonment of pilots whose programme money stopped in the last 12 months", unit="1", low=0, high=3,
        ge=0, symbol="zeta",
    )  # fmt: skip
    money_ended_months: int = param(12, "for how long the end of pilot money is felt", unit="months", low=6, high=24, ge=0)
