"""The validation of a calibration in words and tables: what is met, what is missed, what was learnt, what levers do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from diffusion.report.evidence_words.calibration_asked import Asked, acceptance, shown_reach, shown_value
from diffusion.report.evidence_words.validation_words import percent
from diffusion.report.words.numbers import signed

if TYPE_CHECKING:
    from diffusion.calibration.fit.checks import Predicted, Shown
    from diffusion.calibration.fit.run import Calibration
    from diffusion.calibration.fit.trust import Checks

#: rows of the table of parameters, and of pairs
MOST, _PAIRS = 20, 10
TITLE = "Validation of the calibrated model"


class Rows(NamedTuple):
    """A table: heads of its columns, and its rows as Markdown texts."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Part(NamedTuple):
    """A part of the validation: for the document and for the page."""

    key: str
    title: str
    text: str
    tables: list[Rows]


def parts(done: Calibration, found: Checks, shown: Sequence[Shown]) -> list[Part]:
    """Return all parts: what is met first, then every point, misses first, then what stands behind it.

    Parameters
    ----------
    shown: the points that nothing was fitted to
    """
    makers = (_left_out, _emulators, _made_up, _learnt, _trading, _policies, _teaching, _meaning)
    first = [_acceptance(acceptance(done, found, shown)), _points(done, found), _not_fitted(shown)]
    return first + [make(done, found) for make in makers]


def markdown(shown: Sequence[Part], command: str) -> str:
    """Return the parts as a Markdown document."""
    page = "The same with figures, and with a fan of every series: [validation.html](validation.html)."
    blocks = [f"# {TITLE}", f"Made by `{command}`; do not edit. {page}"]
    for part in shown:
        blocks += [f"## {part.title}", part.text, *map(_table, part.tables)]
    return "\n\n".join(blocks) + "\n"


def _table(table: Rows) -> str:
    lines = ["| " + " | ".join(table.heads) + " |", "|" + "---|" * len(table.heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in table.rows)])


def _lies(item: Predicted) -> str:
    if item.inside80:
        return "inside 80 %"
    side = "above" if item.observed > item.median else "below"
    return f"{side} 80 %, inside 95 %" if item.inside95 else f"**{side} 95 %**"


def _acceptance(asked: Sequence[Asked]) -> Part:
    rows = sorted(asked, key=lambda row: row[3])
    table = Rows(("what", "figure", "wanted", "met"), [(*row[:3], "yes" if row[3] else "**no**") for row in rows])
    met = f"{sum(row[3] for row in rows)} of {len(rows)} are met."
    return Part("acceptance", "What is met, and what is not", met, [table])


def _points(done: Calibration, found: Checks) -> Part:
    other = {item.target.name: item for item in found.with_discrepancy}
    rows = [
        (
            item.target.label, shown_value(item, item.observed), shown_value(item, item.median),
            shown_reach(item), _lies(item), _lies(other[item.target.name]),
        )
        for item in sorted(found.predicted, key=lambda one: (one.inside80, one.inside95))
    ]  # fmt: skip
    families = len({item.target.family for item in found.predicted})
    text = (
        "Per cent, or points of difference. Fresh runs of the posterior, with their own chance and an error of the "
        f"observation drawn for each; {families} families, so a few misses are expected."
    )
    table = Rows(("point", "observed", "median", "middle 80 %", "lies", "with discrepancy"), rows)
    return Part("points", "Every point, misses first", text, [table])


def _not_fitted(shown: Sequence[Shown]) -> Part:
    def value(item: Shown, number: float) -> str:
        return percent(number) if item.place.point.effect is None else signed(100 * number, 1)

    def lies(item: Shown) -> str:
        side = "above" if item.observed > item.median else "below"
        outside = f"{side} 80 %, inside 95 %" if item.inside95 else f"**{side} 95 %**"
        return "inside 80 %" if item.inside80 else outside

    rows = [
        (item.place.label, ("at least " if item.place.point.at_least else "") + value(item, item.observed),
         value(item, item.median), f"{value(item, item.low80)} to {value(item, item.high80)}", lies(item))
        for item in sorted(shown, key=lambda one: (one.inside80, one.inside95))
    ]  # fmt: skip
    text = (
        "Their innovations' traits are those of the fit where other points of their series were fitted to, and drawn "
        "from the hierarchy where none was. An error of the observation is drawn for each run."
    )
    table = Rows(("point", "observed", "median", "middle 80 %", "lies"), rows)
    return Part("not-fitted", "Points that nothing was fitted to, misses first", text, [table])


def _left_out(done: Calibration, found: Checks) -> Part:
    rows = [
        (item.target.label, shown_value(item, item.observed), shown_reach(item),
         _lies(item))
        for item in sorted(found.left_out, key=lambda one: (one.inside80, one.inside95))
    ]  # fmt: skip
    text = (
        "Its innovation then draws its traits from the hierarchy, as one of yours does: this is what the model knows "
        "of an innovation it has not seen."
    )
    table = Rows(("point", "observed", "middle 80 % without its family", "lies"), rows)
    return Part("left-out", "Each family predicted from all others", text, [table])


def _emulators(done: Calibration, found: Checks) -> Part:
    rows = [
        (target.label, f"{item.r2:.2f}", f"{item.r2_raw:.2f}", f"{100 * item.beyond3:.1f} %", f"{item.error:.2f}")
        for target, item in sorted(zip(done.world.targets, done.fitted.diagnostics), key=lambda pair: pair[1].r2)
    ]
    text = (
        "Logits, or shares for differences; R2 of the mean of many replicates, and of the means of few that were "
        "compared."
    )
    table = Rows(("point", "R2", "R2 with chance", "errors beyond 3", "root mean square"), rows)
    return Part("emulators", "Emulators on draws they were not fitted to", text, [table])


def _made_up(done: Calibration, found: Checks) -> Part:
    covered = np.asarray(found.made_up.covered)
    rows = [
        (_name(key), f"{int(covered[:, n].sum())} of {len(covered)}", f"{found.made_up.uniform[n]:.2f}")
        for n, key in enumerate(found.made_up.parameters)
    ]
    text = (
        f"{len(covered)} data sets that the model made at draws of the prior, with discrepancies and errors of "
        "observation; fitted as the real ones, but with shorter chains (16 of 160 steps). Ranks of the truth among the "
        "draws are uniform where the fit is honest (Talts and others 2018)."
    )
    table = Rows(("parameter", "truth inside 90 %", "ranks uniform, p"), rows)
    return Part("made-up", "Made-up data of known parameters", text, [table])


def _name(key: str) -> str:
    return f"`{key.removeprefix('parameters.')}`"


def most_learnt(done: Calibration) -> list[int]:
    """Return the numbers of the parameters of which any emulator asks, the most learnt first."""
    moving = set(done.fitted.problem.moving.tolist())
    spread = done.chains.flat[:, : done.world.inputs.n_shared].std(axis=0)
    return [int(n) for n in np.argsort(spread, kind="stable") if int(n) in moving]


def _learnt(done: Calibration, found: Checks) -> Part:
    inputs, order = done.world.inputs, most_learnt(done)
    spread = done.chains.flat[:, : inputs.n_shared].std(axis=0)
    shared = inputs.parameters(done.z)
    rows = []
    for n in order[:MOST]:
        prior = inputs.priors[n]
        before = prior.quantile(np.array([0.1, 0.5, 0.9]))
        after = np.quantile(shared[:, n], (0.1, 0.5, 0.9))
        show = [f"{middle:.3g} ({low:.3g} to {high:.3g})" for low, middle, high in (before, after)]
        rows.append((_name(prior.key), *show, f"{100 * (1 - spread[n]):.0f} %"))
    little = inputs.n_shared - sum(1 for n in order if spread[n] <= 0.9)
    text = (
        "Learnt is what the posterior takes off the prior's standard deviation (of the normal behind it). Of "
        f"{inputs.n_shared} parameters {little} keep nine tenths of it or more: dated counts say next to nothing of "
        "them."
    )
    table = Rows(("parameter", "prior, middle 80 %", "posterior", "learnt"), rows)
    return Part("learnt", "What was learnt", text, [table])


def _trading(done: Calibration, found: Checks) -> Part:
    inputs, chosen = done.world.inputs, most_learnt(done)[: 3 * MOST]
    pairs = np.atleast_2d(np.corrcoef(done.chains.flat[:, chosen].T))
    top = sorted(((abs(pairs[i, j]), i, j) for i in range(len(chosen)) for j in range(i)), reverse=True)[:_PAIRS]
    rows = [
        (
            " and ".join(_name(inputs.priors[chosen[n]].key) for n in (j, i)),
            signed(float(pairs[i, j]), 2),
        )
        for _, i, j in top
    ]
    text = "Correlations over the posterior: the evidence tells these together better than each by itself."
    return Part("trading", "Which parameters trade off", text, [Rows(("parameters", "correlation"), rows)])


def _policies(done: Calibration, found: Checks) -> Part:
    rows = []
    for item in found.policies["posterior"]:
        before = next(e for e in found.policies["prior"] if (e.policy, e.year) == (item.policy, item.year))
        rows.append(
            (
                item.policy, str(item.year), f"{signed(before.mean, 2)} ({_span(before.low80, before.high80)})",
                f"{signed(item.mean, 2)} ({_span(item.low80, item.high80)})", _span(*item.doubt80),
                f"{100 * item.better:.0f} %", f"{100 * item.best:.0f} %", f"{100 * item.by_parameters:.0f} %",
            )
        )  # fmt: skip
    heads = (
        "against the baseline", "years", "prior: mean, 80 %", "posterior: mean, 80 %", "of which parameters, 80 %",
        "better than none", "best of six", "variance by parameters",
    )  # fmt: skip
    text = (
        "Change of adopter share in percentage points, so many years after the policies begin. All parameters vary: "
        "those that were fitted by their posterior, the others by their priors. The 80 % interval is of one future: it "
        "holds doubt about parameters and chance. Of which parameters, better and best: of the draws' expected "
        "effects, with the chance of their few runs taken out. Variance by parameters: their share of the variance of "
        "one future."
    )
    return Part("policies", "What levers do", text, [Rows(heads, rows)])


def _span(low: float, high: float) -> str:
    return f"{signed(low, 2)} to {signed(high, 2)}"


def _teaching(done: Calibration, found: Checks) -> Part:
    tables = [
        Rows(
            (f"parameter, for {what}, after ten years", "of the variance between draws"),
            [(_name(key), f"{100 * share:.0f} %") for key, share in rows],
        )
        for what, rows in found.teaching.items()
    ]
    text = (
        "What exact knowledge of one parameter would take off the variance of a difference between draws (squared "
        "rank correlation; less than 3 % cannot be told from chance, and the rest is other parameters and their "
        "interplay). Series that pin the top rows are worth most."
    )
    return Part("teaching", "What data would teach most", text, tables)


def _meaning(done: Calibration, found: Checks) -> Part:
    text = (
        "The posterior knows the innovations that have a series. Yours draws push, scale-up, compliance, benefit and "
        "the share of trusts with a use from the hierarchy: the table of families left out says how wide that is. "
        "Counts of its first year narrow it: `diffusion calibrate --own counts.csv` weighs the posterior's runs by "
        "them and says how many runs that leaves; below 30 it refuses."
    )
    return Part("meaning", "What it means for an innovation of yours", text, [])
