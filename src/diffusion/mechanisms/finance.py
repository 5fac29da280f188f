"""Finance."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class FinanceParameters(Section):
    """Money of a trust: horizon, discounting and the innovation fund."""

    horizon_months: int = param(12, "horizon over which a trust counts cash", unit="months", low=12, high=60, ge=1, symbol="H")
    discount_rate_per_year: float = param(
        0.035, "discount rate of the trust's appraisal", unit="1/year", low=0.0, high=0.06, ge=0, grade="A",
        source="HM Treasury Green Book",
    )  # fmt: skip
    money_gate: bool = param(True, "no start while the innovation fund is below the upfront cost", unit="yes/no")
    fund_opening_gbp: float = param(150_000.0, "innovation fund at the start, per size unit", unit="GBP", low=0, high=500_000, ge=0)
    fund_refill_gbp_per_month: float = param(25_000.0, "refill of the fund, per size unit", unit="GBP/month", low=5_000, high=100_000, ge=0)
    fund_refill_with_loans: float = param(0.5, "factor on the refill of trusts with revenue support loans", unit="1", low=0, high=1, ge=0)
    fund_cap_months: float = param(12.0, "the fund holds at most this many months' refill", unit="months", low=3, high=36, ge=0)
    fund_carry_over_months: float = param(3.0, "kept on 1 April, in months' refill", unit="months", low=0, high=12, ge=0)
    long_horizon_months: int = param(36, "horizon from which the fund is carried over in full", unit="months", low=24, high=60, ge=1)
    upfront_share_at_pilot: float = param(0.2, "share of the upfront cost due at the start of a pilot", unit="1", low=0, high=1, ge=0, le=1)
    wte_gbp_per_year: float = param(60_000.0, "cost of a whole-time equivalent of staff", unit="GBP/year", low=45_000, high=80_000, ge=0)
