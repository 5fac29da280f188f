"""T5, T6."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class RolloutParameters(Section):
    """T5, rollout inside the trust, and T6, ROLLOUT > SUSTAINED."""

    progress_ratio: float = param(
        0.85, "effort per adopter when cumulative adopters double", unit="1", low=0.7, high=1.0, gt=0, le=1
    )
    reference_adopters: float = param(2.0, "adopters at which D_R holds", unit="trusts", low=0, high=10, ge=0)
    complexity_ratio: float = param(
        4.0, "effort of the most complex innovation over the simplest, exp(c)", unit="1", low=1.0, high=8.0, ge=1,
        symbol="exp(c)",
    )  # fmt: skip
    sustained_rollout_share: float = param(0.95, "rollout share that counts as complete", unit="1", low=0.8, high=1, ge=0, le=1)
    sustained_after_months: int = param(12, "months of complete rollout before SUSTAINED", unit="months", low=6, high=24, ge=0)
