"""A trust as an agent: what it is, what state it is in, and the decisions that a subclass may take in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from mesa.discrete_space import Cell, CellAgent

from diffusion.agents.base import RowAgent
from diffusion.arrays import read_only_view
from diffusion.engine.stages import PILOT, ROLLOUT, STAGES, SUSTAINED
from diffusion.errors import InputError, did_you_mean
from diffusion.mechanisms.exposure import exposure_row
from diffusion.month.decisions import decided

if TYPE_CHECKING:
    from diffusion.agents.population import Population


class Trust(RowAgent):
    """A trust. Subclass it and override one decision, or several.

    A decision takes only ``self``, is asked once a month, and returns K numbers, one per innovation in the order of
    ``self.model.innovations``. ``super().awareness_rate()`` and the like return a copy of the row that the compiled
    mechanism gives, so an override that only calls it changes no bit. All that a decision reads is the state at the
    end of last month. Rates and probabilities of pairs in another stage are not used: T1 is drawn for UNAWARE pairs,
    and so on.

    Arrays are read-only views of the state with one entry per innovation.
    """

    # --- what it is

    @property
    def cell(self) -> Cell | None:
        """Its cell in ``model.grid``; the space is made when a cell is first asked for."""
        if self._mesa_cell is None and not self.model.placing:
            _ = self.model.grid
        return self._mesa_cell

    @cell.setter
    def cell(self, cell: Cell | None) -> None:
        CellAgent.cell.fset(self, cell)

    @property
    def code(self) -> str:
        """ODS code."""
        return self._world.trusts.codes[self.row]

    @property
    def name(self) -> str:
        return self._world.trusts.names[self.row]

    @property
    def sector(self) -> str:
        trusts = self._world.trusts
        return str(trusts.sector_names[trusts.sector[self.row]])

    @property
    def teaching(self) -> bool:
        return bool(self._world.trusts.teaching[self.row])

    @property
    def centre_of_excellence(self) -> bool:
        """Whether it leads: in 2017 teaching trusts and exemplars, in 2025 those and the digitally most mature."""
        return bool(self._world.trusts.centre_of_excellence[self.row])

    @property
    def ahsn(self) -> str:
        """Code of its network (AHSN, Health Innovation Network); ``self.model.ahsn(code)`` is the agent."""
        return str(self._world.ahsns.codes[self._world.trusts.ahsn[self.row]])

    @property
    def ics(self) -> str:
        """Code of its board (ICS, ICB)."""
        trusts = self._world.trusts
        return str(trusts.ics_codes[trusts.ics[self.row]])

    @property
    def region(self) -> str:
        trusts = self._world.trusts
        return str(trusts.region_names[trusts.region[self.row]])

    @property
    def size(self) -> float:
        """Staff over those of the world's median trust."""
        return float(self._world.trusts.size[self.row])

    @property
    def deprivation(self) -> float:
        """Index of multiple deprivation of the catchment."""
        return float(self._world.trusts.imd[self.row])

    @property
    def digital_maturity(self) -> float:
        """Readiness for digital, -1 to 1, 0 in the middle and where nothing is known."""
        return float(self._world.trusts.digital_maturity[self.row])

    @property
    def money_short(self) -> float:
        """1 where money is short, 0 where it is not; the known share of its sector where nobody knows."""
        return float(self._world.trusts.money_short[self.row])

    @property
    def oversight_segment(self) -> float:
        """Segment of oversight, 1 is best; NaN where it is not known."""
        return float(self._world.trusts.oversight_segment[self.row])

    @property
    def longitude(self) -> float:
        return float(self._world.trusts.longitude[self.row])

    @property
    def latitude(self) -> float:
        return float(self._world.trusts.latitude[self.row])

    @property
    def eligible(self) -> np.ndarray:
        """bool[K]: innovations that the trust may use."""
        return np.asarray(self._world.eligible[self.row])

    # --- what state it is in

    @property
    def stages(self) -> np.ndarray:
        """uint8[K]: stages by number, see ``diffusion.engine.stages``."""
        return np.asarray(self.model.stage[self.row])

    def stage_of(self, innovation: str) -> str:
        """Return the name of the stage of an innovation, as ``pilot``."""
        return str(STAGES[self.stages[self.model.innovation(innovation)]])

    def in_stage(self, *names: str) -> np.ndarray:
        """Return bool[K]: innovations in any of the stages named; raises InputError for an unknown stage."""
        for name in names:
            if name not in STAGES:
                raise InputError(
                    f"there is no stage '{name}'",
                    expected="one of " + ", ".join(STAGES),
                    suggestion=did_you_mean(name, STAGES),
                )
        return np.isin(self.stages, [STAGES.index(name) for name in names])

    @property
    def using(self) -> np.ndarray:
        """bool[K]: in PILOT, ROLLOUT or SUSTAINED."""
        stages = self.stages
        return np.asarray((stages == PILOT) | (stages == ROLLOUT) | (stages == SUSTAINED))

    @property
    def adopted(self) -> np.ndarray:
        """bool[K]: in ROLLOUT or SUSTAINED."""
        stages = self.stages
        return np.asarray((stages == ROLLOUT) | (stages == SUSTAINED))

    @property
    def n_using(self) -> int:
        """Innovations in PILOT, ROLLOUT or SUSTAINED."""
        return int(self.model.block.counters.using_by_trust[0, self.row])

    @property
    def n_adopted(self) -> int:
        """Innovations in ROLLOUT or SUSTAINED."""
        return int(self.model.block.counters.adopters_by_trust[0, self.row])

    @property
    def n_pilots(self) -> int:
        return int(self.model.block.counters.pilots_by_trust[0, self.row])

    @property
    def months_in_stage(self) -> np.ndarray:
        """int64[K]: months since entering the stage."""
        return np.asarray(self.model.block.month - self.model.block.pairs.since[0, self.row].astype(np.int64))

    @property
    def rollout(self) -> np.ndarray:
        """float64[K]: rollout share r."""
        return read_only_view(self.model.block.pairs.rollout[0, self.row])

    @property
    def use(self) -> np.ndarray:
        """float64[K]: use u."""
        return read_only_view(self.model.block.pairs.use[0, self.row])

    @property
    def champion(self) -> np.ndarray:
        """bool[K]: whether the innovation has a champion here."""
        return np.asarray(self.model.block.pairs.champion[0, self.row] > 0)

    @property
    def fund_gbp(self) -> float:
        """Innovation fund A."""
        return float(self.model.block.units.fund[0, self.row]) / 100.0

    @property
    def absorptive_capacity(self) -> float:
        return float(self.model.block.units.absorptive[0, self.row])

    @property
    def risk_aversion(self) -> float:
        """rho, before levers."""
        return float(self.model.block.attributes.risk_aversion[0, self.row])

    @property
    def innovativeness(self) -> float:
        return float(self.model.block.attributes.innovativeness[0, self.row])

    @property
    def capacity_wte(self) -> float:
        """Change time C of this month, whole-time equivalents; 0 before the first month."""
        return float(self.model.frame["available"][0, self.row])

    @property
    def slack(self) -> float:
        """Share of change time that needed work leaves."""
        return float(self.model.frame["slack"][0, self.row])

    @property
    def granted(self) -> np.ndarray:
        """float64[K]: phi, time granted over time needed."""
        return read_only_view(self.model.block.pairs.granted[0, self.row])

    @property
    def finance_ratio(self) -> np.ndarray:
        """float64[K]: f, net present value to the trust over the spending at stake."""
        return self.model.term_row("finance", self.row)

    @property
    def burden(self) -> np.ndarray:
        """float64[K]: B."""
        return self.model.term_row("burden", int(self.model.frame["burden_row"][self.row]))

    @property
    def exposure(self) -> np.ndarray:
        """float64[K]: exposure x to users among the trusts it looks to."""
        out = np.zeros((1, self._world.n_innovations))
        exposure_row(self.model.frame.address, self.row, out)
        return np.asarray(out[0])

    # --- whom it looks to

    def neighbours(self, layer: str) -> list[Trust]:
        """Return the trusts that this one looks to in a layer: ahsn, geo, ics, type, clinical, or one of your own."""
        trusts = self.model.trusts
        return [trusts[row] for row in self.model.neighbour_rows(layer, self.row)]

    def neighbours_using(self, layer: str) -> np.ndarray:
        """Return int64[K]: how many of the trusts it looks to in a layer are in PILOT, ROLLOUT or SUSTAINED."""
        return self._count_neighbours(layer, (PILOT, ROLLOUT, SUSTAINED))

    def neighbours_adopted(self, layer: str) -> np.ndarray:
        """Return int64[K]: how many of the trusts it looks to in a layer are in ROLLOUT or SUSTAINED."""
        return self._count_neighbours(layer, (ROLLOUT, SUSTAINED))

    def _count_neighbours(self, layer: str, stages: tuple[int, ...]) -> np.ndarray:
        wanted = np.zeros(len(STAGES), dtype=bool)
        wanted[list(stages)] = True
        return np.asarray(wanted[self.model.stage[self.model.neighbour_rows(layer, self.row)]].sum(axis=0))

    def draw(self, name: str) -> np.ndarray:
        """Return float64[K] uniforms on [0, 1), keyed by ``name``, this trust, the innovations and the month.

        They are the same in every scenario, and do not depend on who draws before. Use them rather than ``self.rng``.
        """
        keys = self.model.simulation.model.tables.trust_keys
        return np.asarray(self._draw(name, keys[self.row : self.row + 1])[0])

    # --- what it decides

    def capacity_priority(self) -> np.ndarray:
        """Priority of each innovation for change time; 1 unless mandated or placed by a programme."""
        return self._row("capacity_priority")

    def awareness_rate(self) -> np.ndarray:
        """Rate per month of T1, UNAWARE > AWARE."""
        return self._row("awareness_rate")

    def triage_rate(self) -> np.ndarray:
        """Rate per month of T2, AWARE > EVALUATING."""
        return self._row("triage_rate")

    def pilot_probability(self) -> np.ndarray:
        """Probability of T3 that a finished evaluation leads to a pilot; otherwise the innovation is rejected."""
        return self._row("pilot_probability")

    def rollout_rate(self) -> np.ndarray:
        """Rate per month of T4a, PILOT > ROLLOUT, once the pilot has lasted D_P months."""
        return self._row("rollout_rate")

    def pilot_abandonment_rate(self) -> np.ndarray:
        """Rate per month of T4b, PILOT > ABANDONED, once the pilot has lasted D_P months."""
        return self._row("pilot_abandonment_rate")

    def abandonment_rate(self) -> np.ndarray:
        """Rate per month of T7, ROLLOUT or SUSTAINED > ABANDONED."""
        return self._row("abandonment_rate")

    def reconsideration_rate(self) -> np.ndarray:
        """Rate per month of T8, REJECTED or ABANDONED > AWARE."""
        return self._row("reconsideration_rate")

    def _row(self, decision: str) -> np.ndarray:
        model: Population = self.model
        return decided("trust", decision, model.simulation.model_at(model.month), model.block, self.row)
