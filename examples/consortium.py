"""A consortium of buyers: the price falls for members of a board (ICS or STP) once three of its trusts buy."""

from typing import ClassVar

import diffusion as df


@df.register
class Consortium(df.Lever):
    """The supplier asks less of all members while enough of them use it; each member with a deal pays a fee."""

    name: ClassVar = "consortium"
    purposes: ClassVar = {"consortium-fee": ("trust", "programme_staff")}
    least_users: int = df.param(3, "users on a board from which its price falls", unit="trusts", low=1, high=6, ge=1)
    discount: float = df.param(0.3, "share of the price that is taken off", unit="share", low=0, high=0.5, ge=0, le=0.5)
    fee_gbp_per_month: float = df.param(500.0, "fee of a member", unit="GBP/month", low=0, high=5_000, ge=0)

    def write(self, month: df.Month, see: df.View, terms: df.Terms, own: object, draws: df.Draws) -> None:
        deals = (see.board_users >= self.least_users) & self.targets.mask(see.world)  # [R, N, K]
        price = 1.0 - self.discount * self.level(month)
        terms.upfront_price.mul(price, where=deals)
        terms.running_price.mul(price, where=deals)
        fee = self.fee_gbp_per_month * deals.any(axis=2)  # [R, N]
        terms.pay("consortium-fee", fee.sum(axis=1), by_trust=fee)
