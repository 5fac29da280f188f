"""Beliefs."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class BeliefParameters(Section):
    """Evidence and beliefs on the true benefit."""

    prior_mean: float = param(0.5, "prior mean of benefit", unit="benefit", low=0, high=1, symbol="m0")
    prior_sd: float = param(1.0, "prior standard deviation of benefit", unit="benefit", low=0.5, high=2, gt=0, symbol="s0")
    evidence_sd: float = param(2.0, "noise of a unit of national evidence", unit="benefit", low=1, high=4, gt=0, symbol="sG")
    peer_sd: float = param(4.0, "noise of a month of peer use", unit="benefit", low=2, high=8, gt=0, symbol="sP")
    evidence_decay_per_month: float = param(1 / 60, "decay of national evidence", unit="1/month", low=0, high=1 / 24, ge=0, le=1, symbol="dG")
    peer_decay_per_month: float = param(1 / 60, "decay of peer evidence", unit="1/month", low=0, high=1 / 24, ge=0, lt=1)
    evidence_per_pilot_month: float = param(0.02, "evidence from a pilot", unit="information/month", low=0, high=0.06, ge=0, symbol="gP")
    evidence_per_use_month: float = param(0.02, "evidence from a full rollout", unit="information/month", low=0, high=0.06, ge=0, symbol="gU")
    exponent_limit: float = param(3.0, "exponents of utility are clipped to plus or minus this", unit="1", low=2, high=5, gt=0)
