"""Burden."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class BurdenParameters(Section):
    """Regulatory, governance, contract and data burden; 1 is the average of July 2015."""

    risk_weight: float = param(0.15, "burden per risk class", unit="1", low=0, high=0.3, ge=0)
    governance_weight: float = param(0.25, "burden per governance layer", unit="1", low=0, high=0.5, ge=0)
    contract_weight: float = param(0.30, "burden of a contract whose price is not agreed nationally", unit="1", low=0, high=0.6, ge=0)
    data_weight: float = param(0.30, "burden of data terms for digital innovations without standard terms", unit="1", low=0, high=0.6, ge=0)
    lowest: float = param(0.4, "burden is clipped from below", unit="1", low=0.2, high=1, gt=0)
    highest: float = param(3.0, "burden is clipped from above", unit="1", low=2, high=5, gt=0)
