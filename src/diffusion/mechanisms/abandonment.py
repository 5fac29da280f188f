"""T7, T8."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class AbandonmentParameters(Section):
    """T7, ROLLOUT or SUSTAINED > ABANDONED, recall for harm, and T8, return to AWARE."""

    scale_per_month: float = param(
        0.012, "abandonment scale", unit="1/month", low=0.003, high=0.03, ge=0, symbol="mu0"
    )
    shape: float = param(0.6, "Weibull shape of the age dependence", unit="1", low=0.4, high=1.0, gt=0, symbol="kw")
    utility_weight: float = param(1.5, "log-hazard lost per unit of utility U", unit="1", low=0, high=3)
    finance_weight: float = param(0.5, "log-hazard lost per unit of f", unit="1", low=0, high=1)
    champion_weight: float = param(0.3, "log-hazard lost with a champion", unit="1", low=0, high=0.7, symbol="bCh")
    monitoring_ended: float = param(
        1.5, "log-hazard gained after monitoring was withdrawn", unit="1", low=0, high=2.5, symbol="bM"
    )
    recall_signal: float = param(-0.3, "an innovation whose signal y is below this may be recalled", unit="benefit", low=-0.6, high=0)
    recall_evidence: float = param(10.0, "evidence G from which harm can be seen", unit="information", low=5, high=30, ge=0)
    recall_per_month: float = param(0.05, "probability of a national recall", unit="1/month", low=0, high=0.2, ge=0, le=1)
    recalled_exit_per_month: float = param(0.25, "rate at which users leave a recalled innovation", unit="1/month", low=0.1, high=1, ge=0)
    reconsider_per_month: float = param(
        1 / 24, "rate of return from REJECTED or ABANDONED to AWARE", unit="1/month", low=1 / 60, high=1 / 12, ge=0,
        symbol="kappa",
    )  # fmt: skip
