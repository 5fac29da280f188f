"""What follows from terms: each derived array stands here with the terms that make it stale, and how it is written.

``take_terms`` combines what levers wrote, and writes anew only what follows from a term that changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.engine.kernels.frame_fields import FIELDS
from diffusion.engine.term_specs import TERMS
from diffusion.engine.terms import as_term
from diffusion.mechanisms.burden import burden
from diffusion.mechanisms.finance import finance_ratio
from diffusion.mechanisms.screens import highest_by_ahsn

if TYPE_CHECKING:
    from diffusion.month.block import Block
    from diffusion.month.compiled import Model
    from diffusion.month.workspace import Space

#: terms that kernels read directly
FRAME_TERMS = tuple(name for name in TERMS if f"x_{name}" in FIELDS)
Write = Callable[["Model", "Block"], None]


class Derived(NamedTuple):
    """Fields of the frame that follow from terms: stale when one of ``follows`` changed."""

    follows: tuple[str, ...]
    write: Write


#: all of them, in the order in which they are written
DERIVED: list[Derived] = []


def derived(*follows: str) -> Callable[[Write], Write]:
    """Decorator: the fields that a function writes follow from these terms."""
    unknown = set(follows) - set(TERMS)
    if unknown:
        raise ValueError(f"no such term: {', '.join(sorted(unknown))}")

    def declare(write: Write) -> Write:
        DERIVED.append(Derived(follows, write))
        return write

    return declare


def take_terms(model: Model, block: Block) -> None:
    """Combine the terms that changed, and write anew what follows from them; at first all of it."""
    space = block.space
    first = "burden" not in space.frame
    changed = space.terms.compile(model.tables.ahsn)
    for name in FRAME_TERMS if changed else ():
        if name not in changed:
            continue
        if TERMS[name].by_ahsn:
            space.frame[f"x_{name}"] = space.terms.by_ahsn(name)
            space.frame[f"y_{name}"] = space.terms.value(name)
        else:
            space.frame[f"x_{name}"] = space.terms.value(name)
    if space.frame["born"].any():  # costs are new
        changed = changed | {"upfront_subsidy"}
        space.frame["born"][:] = 0
    if not changed and not first:
        return
    for each in DERIVED:
        if first or not changed.isdisjoint(each.follows):
            each.write(model, block)


@derived("placement")
def placing(model: Model, block: Block) -> None:
    """Whether any pair is placed this month."""
    block.space.frame["placing"] = bool(block.space.terms.value("placement").any())


@derived("enrolled")
def enrolling(model: Model, block: Block) -> None:
    """Whether any pair is enrolled in a programme."""
    block.space.frame["enrolling"] = bool(block.space.terms.value("enrolled").any())


@derived("alignment")
def alignment(model: Model, block: Block) -> None:
    """Strategic alignment with what is digital for digital trusts, -1 to 1, and its factor in T2."""
    f, value = block.space.frame, block.space.terms.value("alignment")
    f["alignment"] = np.ascontiguousarray(np.clip(value + model.digital_alignment, -1.0, 1.0))
    f["align_factor"] = np.exp(model.parameters.triage.alignment_weight * f["alignment"])
    f["top_align_factor"] = highest_by_ahsn(f["align_factor"], model.tables.ahsn, model.world.n_ahsns)


@derived("burden", "burden_risk", "price_agreed", "standard_terms")
def burdens(model: Model, block: Block) -> None:
    """The burden B and its factors; B of the average trust for companies."""
    p, f = model.parameters, block.space.frame
    load, f["burden_row"] = burden(model.world, p.burden, block.space.terms)
    f["burden"] = np.ascontiguousarray(load)
    f["burden_factor"] = np.ascontiguousarray(load**-p.pilot.burden_exponent)
    same = p.triage.burden_exponent == p.pilot.burden_exponent
    f["burden_triage"] = f["burden_factor"] if same else np.ascontiguousarray(load**-p.triage.burden_exponent)
    present = model.world.present
    trusts = np.bincount(f["burden_row"][present], minlength=load.shape[1]) / max(1, int(present.sum()))
    f["mean_burden"] = np.ascontiguousarray((load * trusts[:, None]).sum(axis=1, keepdims=True))
    for name in ("burden_factor", "burden_triage"):
        f[f"top_{name}"] = np.ascontiguousarray(f[name].max(axis=1, keepdims=True))


@derived(
    *("upfront_subsidy", "payment_share", "commissioned_share", "horizon_months", "saving_counted", "value_months"),
    *("upfront_price", "running_price", "running_subsidy"),
)
def finance(model: Model, block: Block) -> None:
    """The finance ratio f and its factors in T4 and T7."""
    p, f = model.parameters, block.space.frame
    f["finance"] = finance_ratio(model.world, p.finance, block.attributes, block.space.terms)
    f["rollout_factor"] = np.exp(p.pilot.finance_weight * f["finance"])
    f["steady_factor"] = np.exp(-p.abandonment.finance_weight * f["finance"])
    f["top_rollout_factor"] = highest_by_ahsn(f["rollout_factor"], model.tables.ahsn, model.world.n_ahsns)


@derived("monitoring")
def monitoring(model: Model, block: Block) -> None:
    """Where use was monitored once and is not any more."""
    space = block.space
    now = space.terms.value("monitoring") > 0
    space.monitored_before = space.monitored_before | now
    space.frame["monitoring_withdrawn"] = as_term(space.monitored_before & ~now)


@derived("priority")
def preferring(model: Model, block: Block) -> None:
    """Trusts with a pair whose priority is not 1 even without a mandate, (1 or R, 1 or N, 1)."""
    prefers = (block.space.terms.value("priority") != 1.0).any(axis=2, keepdims=True)
    block.space.frame["preferring"] = np.ascontiguousarray(prefers, dtype=np.uint8)


# --- What screens read: the highest values of terms among the members of each AHSN


def _pushed(name: str) -> Write:
    def top_push(model: Model, block: Block) -> None:
        own, grouped = _highest(model, block.space, name), block.space.terms.by_ahsn(name)
        alone = own.size == 1 and own[0, 0, 0] == 0.0
        block.space.frame[f"top_{name}"] = grouped if alone else np.ascontiguousarray(grouped + own)

    return top_push


def _top(name: str) -> Write:
    def top(model: Model, block: Block) -> None:
        block.space.frame[f"top_{name}"] = _highest(model, block.space, name)

    return top


for _name in ("awareness_push", "triage_push", "rollout_push"):
    derived(_name)(_pushed(_name))
for _name in ("member_ties", "exposure"):
    derived(_name)(_top(_name))


@derived("scorecard_gap")
def scorecard_gap(model: Model, block: Block) -> None:
    """One weight stands for all innovations."""
    top = _highest(model, block.space, "scorecard_gap")
    block.space.frame["top_scorecard_gap"] = np.ascontiguousarray(top.max(axis=2, keepdims=True))


@derived("utility")
def utility(model: Model, block: Block) -> None:
    """How much levers add to U at most, and take from it at most."""
    low, high = block.space.terms.combined("utility").extremes()
    block.space.frame["utility_top"], block.space.frame["utility_low"] = max(0.0, high), min(0.0, low)


@derived("risk_aversion")
def risk_aversion(model: Model, block: Block) -> None:
    """The largest factor on risk aversion."""
    block.space.frame["risk_aversion_top"] = float(block.space.terms.value("risk_aversion").max())


@derived("founding")
def founding(model: Model, block: Block) -> None:
    """The largest factor on the rate of founding."""
    block.space.frame["founding_top"] = float(block.space.terms.value("founding").max())


@derived("champion_effect")
def champion_effect(model: Model, block: Block) -> None:
    """The largest factor of a programme's champion."""
    most = block.space.terms.combined("champion_effect").extremes()[1]
    block.space.frame["champion_effect_top"] = float(np.exp(max(0.0, most)))


def _highest(model: Model, space: Space, name: str) -> np.ndarray:
    """Return upper bounds of a term (its part by trust) by AHSN; of what did not change they are kept."""
    term, ahsn, n_ahsns = space.terms.combined(name), model.tables.ahsn, model.world.n_ahsns
    kept = space.tops.get(name)
    if kept is None or kept[0] is not term.base:
        kept = space.tops[name] = (term.base, highest_by_ahsn(term.base, ahsn, n_ahsns))
    top = kept[1]
    if not term.single:
        return top
    shape = term.value.shape[0], n_ahsns, term.value.shape[2]
    out = np.empty(shape)
    out[:] = top
    for part in term.single:
        assert part.pairs is not None
        r, i, k = part.pairs
        np.maximum.at(out.reshape(-1), (r * shape[1] + ahsn[i]) * shape[2] + k, term.value.reshape(-1)[part.flat])
    return out
