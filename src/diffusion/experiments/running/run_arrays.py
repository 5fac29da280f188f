"""The arrays of one run, as outcomes of one's own see them: without the axis of replicates, read-only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple, get_type_hints

import numpy as np

from diffusion.engine.stages import ADOPTER_STAGES, STAGES, USING_STAGES
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.running.history import NEVER_MONTH, first_month, stage_history
from diffusion.month.measures import MEASURES
from diffusion.world.tables import InnovationTable, TrustTable

if TYPE_CHECKING:
    from diffusion.engine.calendar import Month
    from diffusion.experiments.running.results import Results


class RunArray(NamedTuple):
    """An array that a run has: name, axes, unit and meaning."""

    name: str
    axes: str
    unit: str
    meaning: str


_COUNTED = tuple(
    RunArray(f"stage_by_{group}", f"month, stage, {group}", "pairs", f"pairs in every stage, by {words}")
    for group, words in (
        ("innovation", "innovation"),
        ("ahsn", "AHSN"),
        ("ics", "ICS"),
        ("sector", "sector"),
    )
)
_KEPT = (
    *_COUNTED,
    RunArray("adopters_by_trust", "month, trust", "pairs", "innovations in rollout or sustained use"),
    RunArray("flows", "month, flow", "pairs", "moves in the month; run.flow_names says which"),
    RunArray("money_gbp", "month, payment", "GBP", "payments in the month; run.money_flows says which"),
    RunArray("benefit", "innovation", "1", "true benefit, as drawn for the run"),
    RunArray("upfront_cost_gbp", "innovation", "GBP", "cost per size unit, as drawn for the run"),
    RunArray("with_use", "innovation", "trusts", "trusts that have a use for it, as drawn for the run"),
)
_ELIGIBLE = RunArray("eligible", "trust, innovation", "yes/no", "whether the trust may use it, at the end of the run")
#: made from all moves of the run: where these were not kept, the run is run again
_HISTORY = (
    RunArray("stage", "month, trust, innovation", "stage", "stage of every pair; run.stage_names says which"),
    RunArray("first_use", "trust, innovation", "month", f"first month in pilot or beyond, {NEVER_MONTH} for never"),
    RunArray("first_adoption", "trust, innovation", "month", f"first month in rollout, {NEVER_MONTH} for never"),
)
_MONTHLY = tuple(RunArray(each.name, "month", each.unit, each.label) for each in MEASURES)


def _columns(table: type, prefix: str) -> Iterator[RunArray]:
    hints = get_type_hints(table)
    for field in fields(table):
        if field.name != "keys" and "ndarray" in str(hints[field.name]) and "dict" not in str(hints[field.name]):
            yield RunArray(f"{prefix}_{field.name}", prefix, "", f"column of the world's {prefix}s")


_TRUSTS = tuple(_columns(TrustTable, "trust"))
_INNOVATIONS = tuple(_columns(InnovationTable, "innovation"))
#: all that an outcome may need, by name
RUN_ARRAYS: dict[str, RunArray] = {
    each.name: each for each in (*_KEPT, _ELIGIBLE, *_HISTORY, *_MONTHLY, *_TRUSTS, *_INNOVATIONS)
}
HISTORY = frozenset(each.name for each in _HISTORY)


def check_names(needs: Sequence[str]) -> None:
    """Raise InputError, with all valid names, for a name that no array of a run has."""
    for name in needs:
        if name not in RUN_ARRAYS:
            raise InputError(
                f"a run has no array '{name}'",
                key="needs",
                expected=", ".join(RUN_ARRAYS),
                suggestion=did_you_mean(name, RUN_ARRAYS) or "'diffusion describe outputs' lists them",
            )


class NotNeeded(InputError, AttributeError):
    """An outcome reads an array that it did not say it needs."""


class RunArrays:
    """What an outcome sees of one run: the arrays it needs as attributes, read-only, and what the axes stand for.

    Month axes have T + 1 entries, 0 being the opening state. ``run.stage_by_innovation`` is int32[T+1, 10, K], for
    example; ``diffusion describe outputs`` lists all.

    Attributes
    ----------
    months, start: number of months T, and the first of them
    stage_names, flow_names, money_flows: of the axes stage, flow and payment (purpose, payer, payee)
    trust_codes, innovation_ids: of the axes trust and innovation
    """

    def __init__(self, results: Results, replicate: int, needs: Sequence[str]) -> None:
        check_names(needs)
        self.months: int = results.months
        self.start: Month = results.scenario.start
        self.stage_names: tuple[str, ...] = STAGES
        self.flow_names: tuple[str, ...] = results.flow_names
        self.money_flows: tuple[tuple[str, str, str], ...] = results.money_flows
        self.trust_codes: tuple[str, ...] = results.world.trusts.codes
        self.innovation_ids: tuple[str, ...] = results.world.innovations.ids
        row = int(np.flatnonzero(results.replicates == replicate)[0])
        history = stage_history(results, replicate) if HISTORY & set(needs) else None
        self._arrays = {name: _frozen(_array(results, row, name, history)) for name in needs}

    def __getattr__(self, name: str) -> np.ndarray:
        arrays = self.__dict__.get("_arrays", {})
        if name in arrays:
            found: np.ndarray = arrays[name]
            return found
        if name.startswith("__"):
            raise AttributeError(name)
        if name in RUN_ARRAYS:
            raise NotNeeded(
                f"the array '{name}' is read and not among its needs",
                expected=", ".join(arrays) or "no array: its needs are empty",
                suggestion=f"add '{name}' to needs",
            )
        raise NotNeeded(
            f"a run has no array '{name}'",
            expected=", ".join(RUN_ARRAYS),
            suggestion=did_you_mean(name, RUN_ARRAYS) or "'diffusion describe outputs' lists them",
        )

    def __getitem__(self, name: str) -> np.ndarray:
        return self.__getattr__(name)


def _array(results: Results, row: int, name: str, history: np.ndarray | None) -> np.ndarray:
    found: np.ndarray
    if history is not None and name in HISTORY:
        if name == "stage":
            return history
        return first_month(history, USING_STAGES if name == "first_use" else ADOPTER_STAGES)
    if name == "eligible":
        found = results.world.eligible
    elif name in results.monthly:
        found = results.monthly[name][row]
    elif hasattr(results, name):
        found = getattr(results, name)[row]
    else:
        table, _, column = name.partition("_")
        found = getattr(results.world.trusts if table == "trust" else results.world.innovations, column)
    return found


def _frozen(values: np.ndarray) -> np.ndarray:
    """Return a copy in one layout: sums over it cannot depend on what it was cut out of."""
    alone = np.array(values, order="C")
    alone.flags.writeable = False
    return alone
