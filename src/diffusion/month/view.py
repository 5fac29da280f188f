"""What a lever sees: last month's state and the world, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.adoption import adopters
from diffusion.arrays import Bools, Ints, Longs, read_only_view
from diffusion.engine.kernels.jit import kernel
from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.engine.term_values import LeverFault
from diffusion.errors import did_you_mean
from diffusion.mechanisms.beliefs import belief
from diffusion.mechanisms.exposure import ACTIVITY_ONE
from diffusion.mechanisms.supply.companies import BANKRUPT, Companies
from diffusion.mechanisms.supply.people import People

if TYPE_CHECKING:
    from diffusion.engine.calendar import Month
    from diffusion.engine.term_values import Pairs
    from diffusion.mechanisms.parameters import Parameters
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model
    from diffusion.month.hooks import Hooks
    from diffusion.world.tables import World


@kernel
def sum_by_group(values: Ints, group: Longs, out: Longs) -> None:
    """Add values (int32[R, K, N]) of the trusts of each group (int64[N], -1 for none) to out (int64[R, G, K])."""
    for r in range(values.shape[0]):
        for k in range(values.shape[1]):
            for i in range(values.shape[2]):
                if group[i] >= 0:
                    out[r, group[i], k] += values[r, k, i]


class View:
    """Read-only state and world at the end of last month.

    Arrays have the replicate axis first: ``stage`` uint8[R, N, K], ``use``, ``rollout`` float64[R, N, K],
    ``fund_gbp`` float64[R, N], ``evidence`` float64[R, K], ``signal`` float64[R, K].
    """

    def __init__(self, model: Model, block: Block, hooks: Hooks) -> None:
        self._model = model
        self._block = block
        self._hooks = hooks

    @property
    def world(self) -> World:
        return self._model.world

    @property
    def parameters(self) -> Parameters:
        """Parameters of all mechanisms."""
        return self._model.parameters

    @property
    def n_replicates(self) -> int:
        return self._block.n_replicates

    @property
    def month(self) -> int:
        """Number of months gone."""
        return self._block.month - 1

    @property
    def stage(self) -> np.ndarray:
        return read_only_view(self._block.pairs.stage)

    @property
    def has_use(self) -> Bools:
        """Return bool[R, N, K]: eligible pairs whose trust has a use for the innovation."""
        return np.asarray((self._block.pairs.no_use == 0) & self._model.world.eligible)

    @property
    def rollout(self) -> np.ndarray:
        return read_only_view(self._block.pairs.rollout)

    @property
    def use(self) -> np.ndarray:
        return read_only_view(self._block.pairs.use)

    @property
    def using(self) -> Bools:
        """Return bool[R, N, K]: trusts that have bought an innovation and use it (ROLLOUT or SUSTAINED)."""
        stage = self._block.pairs.stage
        return np.asarray((stage == ROLLOUT) | (stage == SUSTAINED))

    @property
    def users_by_board(self) -> Longs:
        """Return int64[R, B, K]: trusts of each board (ICS or STP) that use an innovation, as :attr:`using`."""
        using, board = self.using, self.world.trusts.ics
        boards = range(len(self.world.trusts.ics_codes))
        return np.stack([using[:, board == number].sum(axis=1) for number in boards], axis=1)

    @property
    def board_users(self) -> Longs:
        """Return int64[R, N, K]: how many trusts of a trust's own board use an innovation, itself among them."""
        return np.asarray(self.users_by_board[:, self.world.trusts.ics])

    def activity_at(self, replicates: np.ndarray, trusts: np.ndarray, innovations: np.ndarray) -> np.ndarray:
        """Activity that peers see of some pairs (their numbers, broadcast together), 0 to 1, float64 of that shape.

        Negative activity after abandonment counts as 0.
        """
        seen = self._block.space.frame["activity"][replicates, innovations, self._model.net.place[trusts]]
        return np.asarray(np.maximum(seen, 0) / ACTIVITY_ONE)

    @property
    def evidence(self) -> np.ndarray:
        return read_only_view(self._block.units.evidence)

    @property
    def evaluated(self) -> Bools:
        """Return bool[R, K]: innovations of which any trust has finished an evaluation, or used it from the start."""
        return np.asarray(self._block.units.evaluated.any(axis=1))

    @property
    def signal(self) -> np.ndarray:
        return read_only_view(self._block.attributes.signal)

    @property
    def fund_gbp(self) -> np.ndarray:
        return self._block.units.fund / 100.0

    @property
    def innovativeness(self) -> np.ndarray:
        """Innovativeness of trusts, float64[R, N]."""
        return read_only_view(self._block.attributes.innovativeness)

    @property
    def capacity_wte(self) -> np.ndarray:
        """Change time of trusts before pressure and levers, float64[R, N]."""
        return read_only_view(self._block.attributes.capacity_wte)

    @property
    def pilot_cost_gbp(self) -> np.ndarray:
        """Upfront cost due when a pair starts a pilot, at the list price, float64[R, N, K]."""
        size, share = self.world.trusts.size, self.parameters.finance.upfront_share_at_pilot
        return np.asarray(share * size[:, None] * self._block.attributes.upfront_cost[:, None, :])

    @property
    def upfront_cost_gbp(self) -> np.ndarray:
        """F by innovation, the list price per size unit, float64[R, K]."""
        return read_only_view(self._block.attributes.upfront_cost)

    @property
    def running_cost_gbp_per_month(self) -> np.ndarray:
        """c by innovation, the list price per size unit at full rollout, float64[R, K]."""
        return read_only_view(self._block.attributes.running_cost)

    @property
    def saving_gbp_per_month(self) -> np.ndarray:
        """s by innovation (all of it, whoever keeps it), per size unit at full rollout, float64[R, K]."""
        return read_only_view(self._block.attributes.saving)

    @property
    def adopter_share(self) -> np.ndarray:
        """Adopters among eligible trusts, float64[R, K]."""
        return np.asarray(adopters(self._block.counters.by_innovation) / np.maximum(1, self._model.tables.n_eligible))

    def national_belief(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (mean, standard deviation) of benefit on national evidence alone, float64[R, K] each."""
        return belief(self._model.precisions, self._block.units.evidence, 0.0, self._block.attributes.signal)

    def live(self, month: Month) -> np.ndarray:
        """Return bool[K], the innovations live in ``month``; bool[R, K], and on sale, where there are companies."""
        supply = self.parameters.supply
        if not (supply.followed or supply.companies):
            return self._model.tables.live <= month - self._model.start
        # a company that is away or has failed sells nothing that a programme could choose
        available = self._block.units.recalled < 2
        return (self._block.units.live <= month - self._model.start) & available

    def launched(self, month: Month) -> Bools:
        """Return bool[K]: the innovations of the portfolio that are launched by ``month``; those born later are not."""
        return np.asarray(self._model.tables.live <= month - self._model.start)

    @property
    def innovation_keys(self) -> np.ndarray:
        """Keys of innovations in draws, uint64[R, K]; those of slots say who fills them."""
        return self._block.units.innovation_keys

    @property
    def live_month(self) -> np.ndarray:
        """First months in which innovations are live, as steps of the run: int64[K], or [R, K] with the supply side."""
        return self._block.units.live if self.parameters.supply.followed else self._model.tables.live

    @property
    def people(self) -> People:
        """People (see ``mechanisms.people``), arrays [R, E]; E is 0 without the supply side. Not to be written."""
        return self._block.people

    @property
    def companies(self) -> Companies:
        """Companies of innovations (see ``mechanisms.companies``), arrays [R, K]. Not to be written."""
        return self._block.companies

    @property
    def company_failed(self) -> np.ndarray:
        """Return bool[R, K]: where the company of an innovation has failed, and no contract is paid any more."""
        failed: np.ndarray = self._block.companies.company == BANKRUPT
        return failed

    def money_last_month(self, purpose: str) -> np.ndarray:
        """Return float64[R], GBP paid last month under ``purpose``, of the ledger or own of a lever of the run."""
        places = {flow.purpose: place for place, flow in enumerate(self._model.flows)}
        if purpose not in places:
            raise LeverFault(
                f"there is no payment '{purpose}'",
                "a purpose of the ledger, or one that a lever of the run declares",
                did_you_mean(purpose, places) or "'diffusion describe outputs' lists those of the ledger",
            )
        return np.asarray(self._block.space.frame["money"][:, places[purpose]] / 100.0)

    def national_utility(self) -> np.ndarray:
        """Return float64[R, K]: U of a trust of median risk aversion that sees the average use in England."""
        months = self._block.pairs.use_months.sum(axis=2)
        return self._utility(months / np.maximum(1, self.world.eligible.sum(axis=0)))

    def group_utility(self, group: np.ndarray, n_groups: int) -> np.ndarray:
        """Return float64[R, n_groups, K]: U as seen from the average use among a group's eligible members."""
        use, eligible = self._block.pairs.use_months, self.world.eligible
        months = np.zeros((use.shape[0], n_groups, use.shape[1]), dtype=np.int64)
        number = np.zeros((1, n_groups, use.shape[1]), dtype=np.int64)
        group_at = np.empty(len(group), dtype=np.int64)
        group_at[self._model.net.place] = group
        sum_by_group(use, group_at, months)
        sum_by_group(np.ascontiguousarray(eligible.T[None], dtype=np.int32), group.astype(np.int64), number)
        return self._utility(months / np.maximum(1, number))

    def _utility(self, use_months: np.ndarray) -> np.ndarray:
        shape = (slice(None),) + (None,) * (use_months.ndim - 2)
        peer_months = use_months * self._block.space.frame["peer_unit"]
        evidence, signal = self._block.units.evidence[shape], self._block.attributes.signal[shape]
        mean, sd = belief(self._model.precisions, evidence, peer_months, signal)
        return mean - self.parameters.attributes.risk_aversion_median * sd

    def decide(self, decision: str, rows: np.ndarray, own: object = None) -> np.ndarray:
        """Let agents that override ``decision`` replace their part of ``rows``; ``own`` is the lever's own state."""
        return self._hooks.decide(decision, rows, own)

    def choose(self, decision: str, pairs: Pairs, own: object = None) -> Pairs:
        """Let agents that override ``decision`` choose instead of what was drawn: pairs (r, i, k)."""
        return self._hooks.choose(decision, pairs, own)
