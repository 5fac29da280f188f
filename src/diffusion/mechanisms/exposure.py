"""Exposure."""

from __future__ import annotations

from typing import Literal

from diffusion.engine.parameters import Section, param


class ExposureParameters(Section):
    """Weights of the network layers, activity of an adopter, and the response g to exposure."""

    weight_ahsn: float = param(0.30, "weight of the AHSN layer", unit="1", low=0.1, high=0.5, ge=0, symbol="omega")
    weight_geo: float = param(0.20, "weight of the distance layer", unit="1", low=0.0, high=0.5, ge=0, symbol="omega")
    weight_ics: float = param(0.15, "weight of the ICS layer", unit="1", low=0.0, high=0.4, ge=0, symbol="omega")
    weight_type: float = param(
        0.15, "weight of the layer of trusts of one sector and teaching status", unit="1", low=0.0, high=0.4, ge=0,
        symbol="omega",
    )  # fmt: skip
    weight_clinical: float = param(
        0.15, "weight of clinical networks", unit="1", low=0.0, high=0.4, ge=0, grade="B",
        source="11 of 12 trusts heard of innovations through other trusts or professional networks (BMJ Open 2012;2:e000872)",
        symbol="omega",
    )  # fmt: skip
    activity_pilot: float = param(0.4, "activity of a trust in pilot", unit="1", low=0, high=1, ge=0, le=1)
    activity_adopter: float = param(0.4, "activity of an adopter before rollout", unit="1", low=0, high=1, ge=0, le=1)
    activity_rollout: float = param(0.6, "activity added at full rollout", unit="1", low=0, high=1, ge=0, le=1)
    activity_abandoned: float = param(
        -0.3, "activity of a trust that has just abandoned", unit="1", low=-0.6, high=0.0, ge=-1, le=0
    )
    abandoned_half_life_months: float = param(
        24.0, "half-life of the activity of a trust that abandoned", unit="months", low=6, high=48, gt=0
    )
    credibility_bonus: float = param(
        0.5, "added to the credibility 1 of centres of excellence", unit="1", low=0.0, high=1.0, ge=0, symbol="cred"
    )
    response: Literal["linear", "hill", "threshold", "count"] = param(
        "linear", "form of the response g to exposure", unit="name"
    )
    hill_exponent: float = param(2.0, "exponent of the Hill response", unit="1", low=1, high=4, gt=0, symbol="h")
    hill_theta: float = param(0.2, "exposure at half response", unit="1", low=0.05, high=0.5, gt=0, symbol="theta")
    threshold_share: float = param(
        0.2, "personal threshold as a share, where the trusts table states none", unit="1", low=0.05, high=0.5, ge=0
    )
    threshold_count: float = param(
        2.0, "personal threshold as a number of adopters, where the trusts table states none", unit="adopters", low=1,
        high=5, ge=0, symbol="m",
    )  # fmt: skip
    deterministic: bool = param(
        False, "move exactly when g = 1, without hazard (Granovetter's rule)", unit="yes/no"
    )
