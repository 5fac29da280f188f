"""What a run gives back: arrays with the replicate axis first, and frames on request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from diffusion.analysis.results.adoption import adopter_share
from diffusion.arrays import Bools, Floats, Longs
from diffusion.engine.ledger import FLOWS, Flow
from diffusion.engine.stages import STAGES
from diffusion.experiments.running.compared import ShownResults, run_facts
from diffusion.mechanisms.merging import MERGER
from diffusion.mechanisms.moves import FLOW_NAMES
from diffusion.month.compiled import flows_of
from diffusion.month.measures import derived_measures
from diffusion.month.recorder import Record
from diffusion.month.simulation import in_force
from diffusion.showing import brief, counted, short
from diffusion.world.slots import is_born

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from diffusion.experiments.running.run_arrays import RunArrays
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

#: (purpose, payer, payee) of each column of ``money_gbp``
MONEY_FLOWS: tuple[tuple[str, str, str], ...] = tuple((flow.purpose, flow.payer, flow.payee) for flow in FLOWS)


def _ends(flows: tuple[Flow, ...]) -> tuple[tuple[str, str, str], ...]:
    return MONEY_FLOWS if flows is FLOWS else tuple((flow.purpose, flow.payer, flow.payee) for flow in flows)


@dataclass(eq=False)
class Results(ShownResults):
    """Results of one scenario: R replicates, T months; month axes have T + 1 entries, 0 being the opening state."""

    scenario: Scenario
    world: World
    seed: int
    replicates: np.ndarray  # int64[R], numbers of the replicates
    months: int
    monthly: dict[str, np.ndarray]  # float64[R, T+1] each
    stage_by_innovation: np.ndarray  # int32[R, T+1, 10, K]
    stage_by_ahsn: np.ndarray  # int32[R, T+1, 10, A]
    stage_by_ics: np.ndarray  # int32[R, T+1, 10, I]
    stage_by_sector: np.ndarray  # int32[R, T+1, 10, S]
    adopters_by_trust: np.ndarray  # int16[R, T+1, N]
    flows: np.ndarray  # int32[R, T+1, moves]
    money_gbp: np.ndarray  # float64[R, T+1, payments]
    benefit: np.ndarray  # float64[R, K], true benefit
    upfront_cost_gbp: np.ndarray  # float64[R, K], per size unit
    with_use: np.ndarray  # int32[R, K], trusts that have a use for it
    end_by_trust: np.ndarray | None = None  # int16[R, N, 10], portfolio at the end, where a region was asked for
    by_trust_pence: np.ndarray | None = None  # int64[R, N, payments] over the run, where a region was asked for
    #: where trusts merge, close or open: months from which on trusts have so many eligible innovations, int64[N] each
    eligible_times: tuple[tuple[int, Longs], ...] = ()
    events: np.ndarray | None = None  # structured, see engine.recorder.EVENT_DTYPE
    #: the world as the run opened, where trusts merge, close or open; ``world`` is then that of the end
    began: World | None = None
    flow_names: tuple[str, ...] = FLOW_NAMES
    money_flows: tuple[tuple[str, str, str], ...] = MONEY_FLOWS

    def __repr__(self) -> str:
        pairs = f"{counted(self.world.n_trusts, 'trust')}, {counted(self.world.n_innovations, 'innovation')}"
        share = f"adopter share at the end {100 * float(self.monthly['adopter_share'][:, -1].mean()):.2f} % on average"
        return brief(self, short(self.scenario.name, 80), run_facts(self), pairs, share)

    @property
    def n_replicates(self) -> int:
        return len(self.replicates)

    @property
    def stage_means(self) -> np.ndarray:
        """Mean number of pairs of the portfolio by stage, float64[T+1, 9]."""
        portfolio = ~is_born(self.world.innovations)
        mean: np.ndarray = self.stage_by_innovation.mean(axis=0)[..., portfolio].sum(axis=2)
        return mean

    @property
    def opening_world(self) -> World:
        """The world to run again with; ``world`` itself where nothing becomes of its trusts."""
        return self.world if self.began is None else self.began

    def adopter_share(self, innovations: Bools | None = None) -> Floats:
        """Share of eligible pairs that are adopters, float64[R, T+1]; ``innovations`` is a bool[K] mask.

        Without it the share is of the portfolio, as ``monthly["adopter_share"]``: what is born during a run differs
        between replicates and scenarios.
        """
        chosen = ~is_born(self.world.innovations) if innovations is None else innovations
        return adopter_share(self.stage_by_innovation, self.world, chosen)

    def run_arrays(self, replicate: int, needs: Sequence[str]) -> RunArrays:
        """Return the arrays of one run, given by its number, that an outcome of one's own needs."""
        from diffusion.experiments.running.run_arrays import RunArrays

        return RunArrays(self, replicate, needs)

    def panel(
        self,
        columns: str | Sequence[str] | None = None,
        stages: str | Sequence[str] | None = None,
        innovations: str | Sequence[str] | None = None,
    ) -> pa.RecordBatchReader:
        """Return trust x innovation x month as lazy record batches (:func:`.panel.panel`); every run is run again."""
        from diffusion.experiments.running.panel import panel

        return panel(self, columns, stages, innovations)

    def monthly_frame(self) -> pd.DataFrame:
        """Return a row per replicate and month with all monthly measures."""
        import pandas as pd

        r, t = self.n_replicates, self.months + 1
        index = {"replicate": np.repeat(self.replicates, t), "month": np.tile(np.arange(t), r)}
        return pd.DataFrame(index | {name: values.reshape(-1) for name, values in self.monthly.items()})

    def innovation_frame(self) -> pd.DataFrame:
        """Return a row per innovation, month and stage with the mean number of trusts over replicates."""
        import pandas as pd

        mean = self.stage_by_innovation.mean(axis=0)
        months, stages, ids = np.meshgrid(
            np.arange(self.months + 1), np.array(STAGES), np.array(self.world.innovations.ids), indexing="ij"
        )
        return pd.DataFrame(
            {
                "innovation": ids.reshape(-1),
                "month": months.reshape(-1),
                "stage": stages.reshape(-1),
                "trusts": mean.reshape(-1),
            }
        )

    def money_frame(self) -> pd.DataFrame:
        """Return a row per replicate and payment with its total over the run, GBP."""
        import pandas as pd

        total = self.money_gbp.sum(axis=1)
        return pd.DataFrame(
            {
                "replicate": np.repeat(self.replicates, len(self.money_flows)),
                "purpose": [purpose for purpose, _, _ in self.money_flows] * self.n_replicates,
                "payer": [payer for _, payer, _ in self.money_flows] * self.n_replicates,
                "payee": [payee for _, _, payee in self.money_flows] * self.n_replicates,
                "gbp": total.reshape(-1),
            }
        )

    def events_frame(self) -> pd.DataFrame:
        """Return a row per move with codes and names in place of numbers; the run must have kept events."""
        import pandas as pd

        if self.events is None:
            raise ValueError("this run kept no events: run it with events=True")
        e = self.events
        return pd.DataFrame(
            {
                "replicate": e["replicate"],
                "month": e["month"],
                "trust": np.array(self.world.trusts.codes)[e["trust"]],
                "innovation": np.array(self.world.innovations.ids)[e["innovation"]],
                "from_stage": np.array(STAGES)[e["from_stage"]],
                "to_stage": np.array(STAGES)[e["to_stage"]],
                "reason": np.array((*self.flow_names, MERGER))[e["reason"]],
            }
        )


def join(parts: Sequence[Results]) -> Results:
    """Return one result of several of the same scenario, world and seed, replicates in the order of the parts.

    The parts are used up: each of their arrays is let go as soon as it is joined, so that little is held twice.
    """
    first = parts[0]
    kept: dict[str, Any] = {}
    for item in fields(Results):
        if isinstance(getattr(first, item.name), np.ndarray):
            kept[item.name] = np.concatenate([getattr(part, item.name) for part in parts])
            for part in parts:
                setattr(part, item.name, kept[item.name][:0])
    monthly = {name: np.concatenate([part.monthly.pop(name) for part in parts]) for name in list(first.monthly)}
    return replace(first, monthly=monthly, **kept)


def gather(scenario: Scenario, world: World, seed: int, records: list[Record], replicates: np.ndarray) -> Results:
    """Return the results of a run from the records of its blocks, in their order."""
    return to_results(scenario, world, seed, Record.joined(records), replicates)


def _gbp(pence: np.ndarray) -> np.ndarray:
    """Return GBP; where no money moved at all, zeros that take no memory until they are read."""
    return pence / 100.0 if pence.any() else np.zeros(pence.shape)


def to_results(
    scenario: Scenario,
    world: World,
    seed: int,
    record: Record,
    replicates: np.ndarray,
    eligible_times: tuple[tuple[int, Longs], ...] = (),
    began: World | None = None,
) -> Results:
    """Return the results of a run from its record, without copying the large arrays.

    ``world`` is that of its end, ``began`` that of its opening where it is another.
    """
    groups = record.stage_by_group
    n_ahsns, n_ics = world.n_ahsns, len(world.trusts.ics_codes)
    by_innovation = record.stage_by_innovation
    monthly = dict(record.monthly)
    monthly |= derived_measures(monthly, by_innovation, record.benefit, world)
    events = None
    if record.events is not None:
        events = np.concatenate(record.events)
        events = events[np.lexsort((events["innovation"], events["trust"], events["month"], events["replicate"]))]
    return Results(
        scenario=scenario, world=world, seed=seed, replicates=replicates, months=scenario.months, monthly=monthly,
        stage_by_innovation=by_innovation, stage_by_ahsn=groups[..., :n_ahsns],
        stage_by_ics=groups[..., n_ahsns : n_ahsns + n_ics], stage_by_sector=groups[..., n_ahsns + n_ics :],
        adopters_by_trust=record.adopters_by_trust, flows=record.flows, money_gbp=_gbp(record.money_pence),
        benefit=record.benefit, upfront_cost_gbp=record.upfront_cost_gbp, with_use=record.with_use,
        end_by_trust=record.end_by_trust if len(record.end_by_trust) else None,
        by_trust_pence=record.by_trust_pence if len(record.by_trust_pence) else None, events=events,
        eligible_times=eligible_times, money_flows=_ends(flows_of(in_force(scenario))),
        began=None if began is world else began,
    )  # fmt: skip


def with_all_payments(results: Sequence[Results]) -> list[Results]:
    """Return results that all have the same kinds of payment: what one does not know of is 0 in it.

    Kinds are those of the ledger and the own ones of any lever of the scenarios, by name; where all know the same
    ones, the results are those given.
    """
    known = {flow for result in results for flow in result.money_flows}
    if all(set(result.money_flows) == known for result in results):
        return list(results)
    flows = (*MONEY_FLOWS, *sorted(known - set(MONEY_FLOWS)))
    alike = []
    for result in results:
        places = [flows.index(flow) for flow in result.money_flows]
        money = np.zeros((*result.money_gbp.shape[:2], len(flows)))
        money[:, :, places] = result.money_gbp
        by_trust = result.by_trust_pence
        if by_trust is not None:
            by_trust = np.zeros((*by_trust.shape[:2], len(flows)), dtype=np.int64)
            by_trust[:, :, places] = result.by_trust_pence
        alike.append(replace(result, money_gbp=money, by_trust_pence=by_trust, money_flows=flows))
    return alike
