"""T1."""

from __future__ import annotations

from diffusion.engine.parameters import Section, param


class AwarenessParameters(Section):
    """T1, UNAWARE > AWARE."""

    push_per_month: float = param(
        0.03, "rate of becoming aware from outside push", unit="1/month", low=0.01, high=0.1, ge=0, symbol="pA"
    )
    peer_per_month: float = param(
        0.6, "rate of becoming aware at full exposure to peers", unit="1/month", low=0.2, high=1.5, ge=0, symbol="qA"
    )
