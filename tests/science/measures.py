"""How a fact is measured: paired differences, their standard errors, and whether the fact holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from diffusion.engine.calendar import Month
from diffusion.scenario.schema import Scenario
from science.draws import Settings
from science.runs import Observed, observe, scenario_at

#: smallest effect of interest, and so the margin of "nothing" and "no worse", in points of adopter share
MARGIN_PP = 0.1
#: what must be the same to the bit shows in few replicates
REPLICATES_EXACT = 8
#: standard errors that an effect must exceed
FIRM = 3.0


@dataclass(frozen=True)
class Row:
    """One fact measured at one point."""

    fact: str
    effect: float
    se: float
    holds: bool
    note: str = ""

    @property
    def z(self) -> float:
        return self.effect / self.se if self.se > 0 else float("nan")


def given(facts: Callable[..., Iterator[Row]], replicates: Mapping[str, int]) -> dict[str, int]:
    """Return the number of replicates of a measurement, as a keyword, where another than its own is asked for."""
    name = facts.__name__
    return {"replicates": replicates[name]} if name in replicates else {}


def mean_and_se(values: np.ndarray) -> tuple[float, float]:
    """Return mean over replicates and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def signed(fact: str, values: np.ndarray, sign: int, note: str = "") -> Row:
    """Return the row of an effect that must have ``sign`` by more than FIRM standard errors."""
    effect, se = mean_and_se(values)
    return Row(fact, effect, se, sign * effect > FIRM * se, note)


def small(
    fact: str, values: np.ndarray, z: float = 1.96, margin_pp: float = MARGIN_PP, note: str = "bound {:.3f}"
) -> Row:
    """Return the row of an effect whose interval of ``z`` standard errors must lie within the margin on both sides.

    ``note`` is given the bound farther from 0.
    """
    effect, se = mean_and_se(values)
    bound = abs(effect) + z * se
    return Row(fact, effect, se, bound < margin_pp, note.format(bound))


def decoupled(fact: str, lever: str, settings: Settings, listed: np.ndarray, **more: object) -> Row:
    """Return the row of a lever on ``listed`` innovations that must not reach others where nothing couples them.

    Unlimited change time, no money gate, no growth of absorptive capacity, no other lever; ``more`` undoes some of it.
    """
    conditions: dict[str, object] = {
        "parameters__capacity__unlimited": True,
        "parameters__finance__money_gate": False,
        "parameters__use__absorptive_growth": 0.0,
    }
    with_lever, without = (
        observe(scenario_at(name, settings, **(conditions | more)), REPLICATES_EXACT)
        for name in (f"no-programmes+{lever}", "no-programmes")
    )
    change = with_lever.results.stage_by_innovation - without.results.stage_by_innovation
    return Row(fact, 0.0, 0.0, bool(not change[..., ~listed].any() and change[..., listed].any()))


def pooled_share_pp(adopters: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return a value per replicate whose mean is the pooled share and whose spread gives its standard error.

    The number of pairs differs between replicates; these are the linearised values of the ratio of sums.
    """
    share = adopters.sum() / pairs.sum()
    return np.asarray(100.0 * (share + (adopters - share * pairs) / pairs.mean()))


def month_index(scenario: Scenario, month: Month) -> int:
    """Index of the end of ``month`` in a series."""
    return month - scenario.start + 1


def identical(one: Observed, other: Observed, last: int) -> bool:
    """Whether all that is recorded of two runs is the same to the end of month ``last``."""
    a, b = one.results, other.results
    n = min(a.n_replicates, b.n_replicates)
    pairs = [
        (a.stage_by_innovation, b.stage_by_innovation),
        (a.stage_by_ahsn, b.stage_by_ahsn),
        (a.adopters_by_trust, b.adopters_by_trust),
        (a.flows, b.flows),
        (a.money_gbp, b.money_gbp),
        *((a.monthly[name], b.monthly[name]) for name in a.monthly),
    ]
    return all(np.array_equal(x[:n, : last + 1], y[:n, : last + 1]) for x, y in pairs)


def paired(one: Observed, other: Observed, outcome: Callable[[Observed], np.ndarray]) -> np.ndarray:
    """Return ``one`` minus ``other`` replicate by replicate."""
    x, y = outcome(one), outcome(other)
    n = min(len(x), len(y))
    return np.asarray(x[:n] - y[:n])


def first_month_at(share_pp: np.ndarray, level_pp: float | np.ndarray) -> np.ndarray:
    """Return the first month with at least ``level_pp``, a number or [R, 1]; one past the last if there is none."""
    reached = share_pp >= level_pp
    return np.where(reached.any(axis=1), reached.argmax(axis=1), share_pp.shape[1])
