"""Trust x innovation x month of finished runs, as record batches that are made while they are read.

A row tells what its month began with: the stage and the exposure that the month's decisions read, and the stage the
pair has at the end. Every run is run again for it, a month at a time (draws are keyed, so it is the same run), and what
stands in a row is what the kernels read, to the bit. No more than a month of one run is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.engine.stages import INELIGIBLE, STAGES
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.running.simulations import of_replicate, simulation_of
from diffusion.mechanisms.awareness import awareness_inputs
from diffusion.mechanisms.exposure import exposure_by_layer
from diffusion.mechanisms.network.net import layers_in_use
from diffusion.world.tables import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

    from diffusion.arrays import Bytes, Floats
    from diffusion.experiments.running.results import Results
    from diffusion.month.block import Block
    from diffusion.month.simulation import Simulation
    from diffusion.scenario.schema import Scenario
    from diffusion.world.tables import World

_TRUST_NUMBERS = ("size", "staff_fte", "beds", "imd", "digital_maturity", "money_short")
_TRUST_FLAGS = ("teaching", "centre_of_excellence", "foundation")
_INNOVATION_NUMBERS = ("nasss_sum", "cases_per_month", "evaluation_months", "rollout_months")
_INNOVATION_FLAGS = ("digital", "contract")


def panel(
    results: Results,
    columns: str | Sequence[str] | None = None,
    stages: str | Sequence[str] | None = None,
    innovations: str | Sequence[str] | None = None,
) -> pa.RecordBatchReader:
    """Return the panel of all runs of ``results``, a batch per replicate and month (1 to T), pairs in each.

    Columns: ``replicate``, ``month``, ``trust``, ``innovation``; ``stage`` at the end of the month before and
    ``to_stage`` at the end of this one; ``open``, whether the innovation is live and neither recalled nor without its
    company; ``awareness_push`` (X^A times the factor of the innovation), ``mandate`` (in force, times compliance),
    ``exposure`` x and ``exposure_<layer>``, what each layer adds to it (in 0 to 1; their sum is x but for transfer
    ties, ties of members and ties of levers); ``innovativeness`` of the trust as drawn; ``trust_...`` and
    ``innovation_...`` covariates, costs and benefit of innovations as drawn for the run.

    Parameters
    ----------
    columns: those to keep, or the name of one; default: all
    stages: keep pairs that begin the month in one of these, or in this one; default: all but ``ineligible``
    innovations: ids of those to keep, or that of one; default: all

    Raises
    ------
    InputError
        An unknown column, stage or innovation; while reading, a run that is not the same again (the results were made
        by other code, or by agents with a state of their own).
    """
    import pyarrow as pa

    columns, stages, innovations = _names(columns), _names(stages), _names(innovations)
    ids = results.world.innovations.ids
    _check(stages or (), STAGES, "stages")
    _check(innovations or (), ids, "innovations")
    simulation = simulation_of(results.scenario, results.opening_world)
    names = _layer_names(simulation, 0)
    schema = _schema(names)
    _check(columns or (), schema.names, "columns")
    chosen = schema if columns is None else pa.schema([schema.field(name) for name in columns])
    wanted = np.array([name in stages if stages is not None else n != INELIGIBLE for n, name in enumerate(STAGES)])
    kept = np.array([innovations is None or name in innovations for name in ids])

    def batches() -> Iterator[pa.RecordBatch]:
        for row, replicate in enumerate(results.replicates.tolist()):
            for month in _months(results, row, of_replicate(simulation, replicate), replicate, names):
                where = np.nonzero(wanted[month.stage] & kept)
                data = month.rows(where, replicate, names)
                yield pa.RecordBatch.from_arrays([data[name] for name in chosen.names], schema=chosen)

    return pa.RecordBatchReader.from_batches(chosen, batches())


def _names(given: str | Sequence[str] | None) -> Sequence[str] | None:
    return (given,) if isinstance(given, str) else given


def _check(given: Sequence[str], known: Sequence[str], key: str) -> None:
    for name in given:
        if name not in known:
            raise InputError(
                f"the panel has no '{name}'",
                key=key,
                expected=f"some of {', '.join(known)}",
                suggestion=did_you_mean(name, known) or f"for example {key}=['{known[0]}']",
            )


def _layer_names(simulation: Simulation[Scenario], month: int) -> list[str]:
    parameters = simulation.scenario.parameters.exposure
    groups, sparse = layers_in_use(simulation.model_at(month).world, parameters)
    return [layer.name for layer in (*groups, *sparse)]


class _Month:
    """What one month of one run began with, and the stages it ended with."""

    def __init__(self, block: Block, world: World, names: list[str]) -> None:
        shape = block.pairs.stage.shape
        read, layers = np.zeros((*shape, 3)), np.zeros((*shape, len(names)))
        awareness_inputs(block.space.address, read)
        exposure_by_layer(block.space.address, layers)
        self.world = world
        self.names = names
        self.month = block.month
        self.stage: Bytes = block.pairs.stage[0].copy()
        self.to_stage: Bytes = self.stage
        self.open = (block.units.live[0] < block.month) & (block.units.recalled[0] == 0)
        self.read: Floats = read[0]
        self.layers: Floats = layers[0]
        drawn = block.attributes
        self.innovativeness: Floats = drawn.innovativeness[0].copy()
        self.drawn = {
            "benefit": drawn.benefit[0].copy(),
            "upfront_cost_gbp": drawn.upfront_cost[0].copy(),
            "running_cost_gbp_per_month": drawn.running_cost[0].copy(),
            "saving_gbp_per_month": drawn.saving[0].copy(),
        }

    def rows(self, where: tuple[np.ndarray, ...], replicate: int, names: list[str]) -> dict[str, pa.Array]:
        """Return the columns of the pairs ``where`` (rows of trusts, of innovations)."""
        import pyarrow as pa

        i, k = where
        trusts, innovations = self.world.trusts, self.world.innovations

        def text(codes: np.ndarray, labels: Sequence[str]) -> pa.Array:
            return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(list(labels), pa.string()))

        data: dict[str, pa.Array] = {
            "replicate": pa.array(np.full(len(i), replicate, dtype=np.int64)),
            "month": pa.array(np.full(len(i), self.month, dtype=np.int16)),
            "trust": text(i, trusts.codes),
            "innovation": text(k, innovations.ids),
            "stage": text(self.stage[where], STAGES),
            "to_stage": text(self.to_stage[where], STAGES),
            "open": pa.array(self.open[k]),
            "awareness_push": pa.array(self.read[..., 0][where]),
            "mandate": pa.array(self.read[..., 2][where]),
            "exposure": pa.array(self.read[..., 1][where]),
        }
        for name in names:
            here = name in self.names
            values = self.layers[..., self.names.index(name)][where] if here else np.zeros(len(i))
            data[f"exposure_{name}"] = pa.array(values)
        data |= {
            "innovativeness": pa.array(self.innovativeness[i]),
            "trust_sector": text(trusts.sector[i], trusts.sector_names),
            "trust_region": text(trusts.region[i], trusts.region_names),
            "trust_ahsn": text(trusts.ahsn[i], self.world.ahsns.codes),
            "trust_ics": text(trusts.ics[i], trusts.ics_codes),
            "innovation_kind": text(innovations.kind[k], KINDS),
        }
        for name in (*_TRUST_NUMBERS, *_TRUST_FLAGS):
            data[f"trust_{name}"] = pa.array(getattr(trusts, name)[i])
        for name in (*_INNOVATION_NUMBERS, *_INNOVATION_FLAGS):
            data[f"innovation_{name}"] = pa.array(getattr(innovations, name)[k])
        for name, values in self.drawn.items():
            data[f"innovation_{name}"] = pa.array(values[k])
        return data


def _months(
    results: Results, row: int, simulation: Simulation[Scenario], replicate: int, names: list[str]
) -> Iterator[_Month]:
    """Run one replicate again and yield its months, checked against the counts that the results keep."""
    block = simulation.open(np.array([replicate]), results.seed)
    seen: list[_Month] = []

    def look(block: Block) -> None:
        world = simulation.model_at(block.month).world
        seen.append(_Month(block, world, _layer_names(simulation, block.month)))

    for month in range(1, results.months + 1):
        simulation.step(block, before={"awareness": look})
        if not np.array_equal(block.counters.by_innovation[0], results.stage_by_innovation[row, month]):
            raise InputError(
                f"replicate {replicate} is not the same run again in month {month}",
                key="panel",
                expected="results of this code, of the scenario and the world that they hold",
                suggestion="run the scenario again and take the panel of that",
            )
        found = seen.pop()
        found.to_stage = block.pairs.stage[0].copy()
        yield found


def _schema(layers: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    text, number, flag = pa.dictionary(pa.int32(), pa.string()), pa.float64(), pa.bool_()
    return pa.schema(
        [
            ("replicate", pa.int64()),
            ("month", pa.int16()),
            *((name, text) for name in ("trust", "innovation", "stage", "to_stage")),
            ("open", flag),
            *((name, number) for name in ("awareness_push", "mandate", "exposure")),
            *((f"exposure_{name}", number) for name in layers),
            ("innovativeness", number),
            *((f"trust_{name}", text) for name in ("sector", "region", "ahsn", "ics")),
            *((f"trust_{name}", number) for name in _TRUST_NUMBERS),
            *((f"trust_{name}", flag) for name in _TRUST_FLAGS),
            ("innovation_kind", text),
            *((f"innovation_{name}", number) for name in _INNOVATION_NUMBERS),
            *((f"innovation_{name}", flag) for name in _INNOVATION_FLAGS),
            *(
                (f"innovation_{name}", number)
                for name in ("benefit", "upfront_cost_gbp", "running_cost_gbp_per_month", "saving_gbp_per_month")
            ),
        ]
    )
