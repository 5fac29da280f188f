"""What differs between trusts and innovations beyond the tables: drawn once per replicate, by key."""

from __future__ import annotations

from diffusion.engine.parameters import FITTED, Section, param


class AttributeParameters(Section):
    """Spread of the random attributes of trusts, innovations and pairs."""

    innovativeness_sd: float = param(
        1.0, "standard deviation of a trust's innovativeness", unit="1", low=0.0, high=1.5, ge=0, symbol="sd(inn)"
    )
    innovativeness_teaching: float = param(
        0.6,
        "added to the innovativeness of teaching trusts",
        unit="1",
        low=0.0,
        high=1.2,
        grade="B",
        source="teaching and larger acute trusts adopt first (hospital drug series)",
        symbol="inn_T",
    )
    innovativeness_size: float = param(
        0.5,
        "added to the innovativeness of trusts per unit of log size",
        unit="1",
        low=0.0,
        high=1.5,
        grade="B",
        source="teaching and larger acute trusts adopt first (hospital drug series)",
        symbol="inn_Z",
    )
    innovativeness_weight: float = param(
        0.4, "log-hazard of becoming aware per unit of innovativeness", unit="1", low=0.0, high=0.8
    )
    risk_aversion_median: float = param(
        0.64,
        "median risk aversion of trusts",
        unit="1",
        low=0.0,
        high=1.5,
        ge=0,
        symbol="rho",
        grade="B",
        source=FITTED,
    )
    risk_aversion_sigma: float = param(0.3, "log standard deviation of risk aversion", unit="1", low=0, high=0.6, ge=0)
    capacity_sigma: float = param(
        0.4, "log standard deviation of change capacity between trusts of one size", unit="1", low=0.0, high=0.8, ge=0
    )
    need_sigma: float = param(
        0.2, "log standard deviation of the case volume of a pair", unit="1", low=0.0, high=0.5, ge=0
    )
    signal_noise_sd: float = param(
        0.3, "noise of the national evidence signal around the true benefit", unit="benefit", low=0.0, high=0.6, ge=0
    )
    engagement_alpha: float = param(
        2.0, "first shape of the Beta distribution of engagement", unit="1", low=1, high=5, gt=0
    )
    engagement_beta: float = param(
        1.3, "second shape of the Beta distribution of engagement", unit="1", low=1, high=5, gt=0
    )
    champion_stock: float = param(
        0.5, "expected champions per innovation in a trust", unit="1", low=0.1, high=1.5, ge=0, symbol="h"
    )
    champion_stock_teaching: float = param(
        0.25, "added to the champion stock of teaching trusts", unit="1", low=0.0, high=0.5, ge=0
    )
    champion_turnover_per_month: float = param(
        1 / 36, "rate at which champions leave", unit="1/month", low=1 / 72, high=1 / 18, ge=0
    )
