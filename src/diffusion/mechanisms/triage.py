"""T2."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class TriageParameters(Section):
    """T2, AWARE > EVALUATING."""

    push_per_month: float = param(
        0.04, "rate of starting an evaluation from outside push", unit="1/month", low=0.02, high=0.15, ge=0, symbol="pE"
    )
    peer_per_month: float = param(
        0.30, "rate of starting an evaluation at full response to peers", unit="1/month", low=0.1, high=0.8, ge=0,
        symbol="qE",
    )  # fmt: skip
    utility_weight: float = param(0.5, "log-hazard per unit of risk-adjusted utility U", unit="1", low=0, high=1, symbol="bU")
    alignment_weight: float = param(0.4, "log-hazard per unit of strategic alignment", unit="1", low=0, high=1, symbol="bS")
    burden_exponent: float = param(0.5, "rates fall with burden B as B^-exponent", unit="1", low=0, high=1, ge=0)
    slack_sensitive: bool = param(True, "the rate is multiplied by the trust's slack", unit="yes/no")
