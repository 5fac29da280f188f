"""T3."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class EvaluationParameters(Section):
    """T3, EVALUATING > PILOT or REJECTED."""

    intercept: float = param(-0.2, "log-odds of a pilot at U = f = g = 0", unit="log-odds", low=-1.2, high=0.8, symbol="a0")
    utility_weight: float = param(2.0, "log-odds per unit of utility U", unit="log-odds", low=0, high=4, symbol="bU")
    finance_weight: float = param(0.6, "log-odds per unit of the trust's finance ratio f", unit="log-odds", low=0, high=1.5, symbol="bF")
    peer_weight: float = param(3.0, "log-odds at full response to peers", unit="log-odds", low=0, high=6, symbol="bX")
    alignment_weight: float = param(0.4, "log-odds per unit of strategic alignment", unit="log-odds", low=0, high=1, symbol="bS")
    complexity_weight: float = param(0.5, "log-odds lost per unit of log complexity", unit="log-odds", low=0, high=1, symbol="bC")
    mandate_log_odds: float = param(2.0, "log-odds added by a funding mandate", unit="log-odds", low=1, high=4)
