"""What the month needs of levers and scenarios, which stand above it and are not imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from diffusion.arrays import Longs
    from diffusion.engine.calendar import Month
    from diffusion.engine.draws import Draws
    from diffusion.engine.ledger import Purposes
    from diffusion.engine.terms import Terms
    from diffusion.mechanisms.parameters import Parameters
    from diffusion.month.view import View
    from diffusion.world.spec import WorldSpec
    from diffusion.world.tables import World


class Policy(Protocol):
    """A lever: it reads a view of last month and writes named terms. ``own`` is what its ``setup`` returned.

    What it writes to the groups of terms in ``mute`` does not count. ``purposes`` are own kinds of payment.
    """

    @property
    def mute(self) -> tuple[str, ...] | None: ...
    @property
    def purposes(self) -> Purposes: ...
    def level(self, month: Month) -> float: ...
    def setup(self, see: View, draws: Draws) -> Any: ...
    def changes(self, month: Month, see: View, own: Any) -> bool: ...
    def write(self, month: Month, see: View, terms: Terms, own: Any, draws: Draws) -> None: ...
    def trusts_joined(self, own: Any, world: World, step: Longs) -> None: ...


class Adopters(Protocol):
    """Trusts that have an innovation rolled out at the start: the first ``count``, or those of ``codes``."""

    @property
    def count(self) -> int | None: ...
    @property
    def codes(self) -> tuple[str, ...] | None: ...
    @property
    def innovations(self) -> tuple[str, ...] | None: ...


class Initial(Protocol):
    """What a scenario says of the opening month; without ``adopters`` the portfolio has its own sites."""

    @property
    def stage(self) -> str: ...
    @property
    def adopters(self) -> Adopters | None: ...
    @property
    def from_portfolio(self) -> bool: ...
    @property
    def warm_up_months(self) -> int | None: ...


class Plan(Protocol):
    """A scenario, as far as it is run."""

    @property
    def name(self) -> str: ...
    @property
    def start(self) -> Month: ...
    @property
    def months(self) -> int: ...
    @property
    def parameters(self) -> Parameters: ...
    @property
    def levers(self) -> Mapping[str, Policy]: ...
    @property
    def shocks(self) -> Mapping[str, Policy]: ...
    @property
    def initial(self) -> Initial: ...
    @property
    def world(self) -> WorldSpec: ...
    @property
    def folder(self) -> Path: ...
