"""Booking a payment that has a trust at one of its ends, in pence: for all trusts, and by trust where that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diffusion.engine.kernels.jit import inline

if TYPE_CHECKING:
    from diffusion.engine.kernels.frame_view import FrameView


@inline
def book(c: FrameView, r, i, flow, pence):
    """Add pence to the month's payments of a kind, and to those of trust i over the run."""
    c.money[r, flow] += pence
    if c.out_by_trust.shape[0] > 0:
        c.out_by_trust[r, i, flow] += pence
