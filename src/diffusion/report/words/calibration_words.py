"""The validation of a calibration in words and tables: what is met, what is missed, what was learnt, what levers do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from diffusion.report.words.numbers import signed
from diffusion.report.words.validation_words import percent

if TYPE_CHECKING:
    from diffusion.calibration.fit.checks import Predicted
    from diffusion.calibration.fit.run import Calibration
    from diffusion.calibration.fit.trust import Checks

#: rows of the tables of parameters
_MOST = 20


def markdown(done: Calibration, found: Checks, command: str) -> str:
    """Return the whole page as Markdown, acceptance first, then misses first."""
    sections = (
        _acceptance, _points, _left_out, _emulators, _made_up, _learnt, _policies, _teaching, _meaning,
    )  # fmt: skip
    parts = ["# Validation of the calibrated model", f"Made by `{command}`; do not edit."]
    parts += [section(done, found) for section in sections]
    return "\n\n".join(parts) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(headings) + " |", "|" + "---|" * len(headings)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _value(item: Predicted, value: float) -> str:
    return signed(100 * value, 1) if item.target.straight else percent(value)


def _lies(item: Predicted) -> str:
    if item.inside80:
        return "inside 80 %"
    side = "above" if item.observed > item.median else "below"
    return f"{side} 80 %, inside 95 %" if item.inside95 else f"**{side} 95 %**"


def acceptance(done: Calibration, found: Checks) -> list[tuple[str, str, str, bool]]:
    """Return (what, figure, wanted, met) of every number that the calibration must reach."""
    from diffusion.calibration.fit.checks import tally

    r2 = np.array([item.r2 for item in done.fitted.diagnostics])
    beyond = float(np.average([item.beyond3 for item in done.fitted.diagnostics]))
    fresh, left = tally(found.predicted), tally(found.left_out)
    sigma = float(np.median(done.fitted.problem.state(done.z).sigma))
    covered = np.asarray(found.made_up.covered)
    uniform = np.asarray(found.made_up.uniform)
    size = [
        item for item in found.predicted if item.target.label.endswith(f"size gap, month {item.target.place.month}")
    ]
    rows = [
        ("emulators, R2 on held-out draws, smallest", f"{r2.min():.2f}", "at least .90", bool(r2.min() >= 0.9)),
        ("emulators with R2 of at least .90", f"{(r2 >= 0.9).sum()} of {len(r2)}", "all", bool((r2 >= 0.9).all())),
        ("standardised errors beyond 3", f"{100 * beyond:.1f} %", "at most 5 %", beyond <= 0.05),
        ("families inside 80 %, fresh runs", f"{fresh.families80} of {fresh.families}", "at least 80 %",
         fresh.families80 >= 0.8 * fresh.families),
        ("families inside 95 %", f"{fresh.families95} of {fresh.families}", "all", fresh.families95 == fresh.families),
        ("points inside 80 %", f"{fresh.inside80} of {fresh.targets}", "at least 80 %",
         fresh.inside80 >= 0.8 * fresh.targets),
        ("median width of the 80 % intervals", f"{fresh.median_width80:.2f}", "at most .40",
         fresh.median_width80 <= 0.4),
        ("families left out, points inside 80 %", f"{left.inside80} of {left.targets}", "at least 70 %",
         left.inside80 >= 0.7 * left.targets),
        ("discrepancy, logits (median of its standard deviation)", f"{sigma:.2f}", "at most .60", sigma <= 0.6),
        ("known parameters inside 90 %, made-up data", f"{int(covered.sum())} of {covered.size}", "at least 90 %",
         bool(covered.mean() >= 0.9)),
        ("parameters whose ranks are uniform (p > .01)", f"{int((uniform > 0.01).sum())} of {len(uniform)}", "all",
         bool((uniform > 0.01).all())),
        *(("size gap inside its 80 % interval", f"{_value(item, item.low80)} to {_value(item, item.high80)}",
           f"holds {_value(item, item.observed)}", item.inside80) for item in size),
        ("chains, largest split R-hat", f"{_rhat(done):.2f}", "at most 1.1", _rhat(done) <= 1.1),
    ]  # fmt: skip
    return rows


def _rhat(done: Calibration) -> float:
    return float(np.nanmax(done.chains.rhat[done.fitted.problem.moving]))


def _acceptance(done: Calibration, found: Checks) -> str:
    rows = acceptance(done, found)
    rows = sorted(rows, key=lambda row: row[3])
    text = _table(("what", "figure", "wanted", "met"), [(*row[:3], "yes" if row[3] else "**no**") for row in rows])
    return f"{text}\n\n{sum(row[3] for row in rows)} of {len(rows)} are met."


def _points(done: Calibration, found: Checks) -> str:
    other = {item.target.name: item for item in found.with_discrepancy}
    rows = [
        (
            item.target.label, _value(item, item.observed), _value(item, item.median),
            f"{_value(item, item.low80)} to {_value(item, item.high80)}", _lies(item), _lies(other[item.target.name]),
        )
        for item in sorted(found.predicted, key=lambda one: (one.inside80, one.inside95))
    ]  # fmt: skip
    text = _table(("point", "observed", "median", "middle 80 %", "lies", "with discrepancy"), rows)
    return (
        "## Every point, misses first\nPer cent, or points of difference. Fresh runs of the posterior, with their own "
        f"chance and an error of the observation drawn for each; 17 families, so a few misses are expected.\n\n{text}"
    ).replace("17 families", f"{len({item.target.family for item in found.predicted})} families")


def _left_out(done: Calibration, found: Checks) -> str:
    rows = [
        (item.target.label, _value(item, item.observed), f"{_value(item, item.low80)} to {_value(item, item.high80)}",
         _lies(item))
        for item in sorted(found.left_out, key=lambda one: (one.inside80, one.inside95))
    ]  # fmt: skip
    text = _table(("point", "observed", "middle 80 % without its family", "lies"), rows)
    return (
        "## Each family predicted from all others\nIts innovation then draws its traits from the hierarchy, as one of "
        f"yours does: this is what the model knows of an innovation it has not seen.\n\n{text}"
    )


def _emulators(done: Calibration, found: Checks) -> str:
    rows = [
        (target.label, f"{item.r2:.2f}", f"{item.r2_raw:.2f}", f"{100 * item.beyond3:.1f} %", f"{item.error:.2f}")
        for target, item in sorted(zip(done.world.targets, done.fitted.diagnostics), key=lambda pair: pair[1].r2)
    ]
    heads = ("point", "R2", "R2 with chance", "errors beyond 3", "root mean square")
    return (
        "## Emulators on draws they were not fitted to\nLogits, or shares for differences; R2 of the mean of many "
        f"replicates, and of the means of few that were compared.\n\n{_table(heads, rows)}"
    )


def _made_up(done: Calibration, found: Checks) -> str:
    covered = np.asarray(found.made_up.covered)
    rows = [
        (f"`{key.removeprefix('parameters.')}`", f"{int(covered[:, n].sum())} of {len(covered)}",
         f"{found.made_up.uniform[n]:.2f}")
        for n, key in enumerate(found.made_up.parameters)
    ]  # fmt: skip
    text = _table(("parameter", "truth inside 90 %", "ranks uniform, p"), rows)
    return (
        f"## Made-up data of known parameters\n{len(covered)} data sets that the model made at draws of the prior, "
        f"with discrepancies and errors of observation; fitted as the real ones.\n\n{text}"
    )


def _learnt(done: Calibration, found: Checks) -> str:
    inputs, moving = done.world.inputs, set(done.fitted.problem.moving.tolist())
    flat = done.chains.flat[:, : inputs.n_shared]
    spread = flat.std(axis=0)
    shared = inputs.parameters(done.z)
    order = [int(n) for n in np.argsort(spread, kind="stable") if int(n) in moving]
    rows = []
    for n in order[:_MOST]:
        prior = inputs.priors[n]
        before = prior.quantile(np.array([0.1, 0.5, 0.9]))
        after = np.quantile(shared[:, n], (0.1, 0.5, 0.9))
        show = [f"{middle:.3g} ({low:.3g} to {high:.3g})" for low, middle, high in (before, after)]
        rows.append((f"`{prior.key.removeprefix('parameters.')}`", *show, f"{100 * (1 - spread[n]):.0f} %"))
    text = _table(("parameter", "prior, middle 80 %", "posterior", "learnt"), rows)
    little = sum(1 for n in range(inputs.n_shared) if n not in moving or spread[n] > 0.9)
    chosen = order[: 3 * _MOST]
    pairs = np.atleast_2d(np.corrcoef(flat[:, chosen].T))
    top = sorted(
        ((abs(pairs[i, j]), i, j) for i in range(len(chosen)) for j in range(i)), reverse=True
    )[:10]  # fmt: skip
    trade = _table(
        ("parameters", "correlation"),
        [
            (
                " and ".join(f"`{inputs.priors[chosen[n]].key.removeprefix('parameters.')}`" for n in (j, i)),
                signed(float(pairs[i, j]), 2),
            )
            for _, i, j in top
        ],
    )
    return (
        "## What was learnt\nLearnt is what the posterior takes off the prior's standard deviation (of the normal "
        f"behind it). Of {inputs.n_shared} parameters {little} keep nine tenths of it or more: dated counts say "
        f"next to nothing of them.\n\n{text}\n\nParameters that trade off most:\n\n{trade}"
    )


def _policies(done: Calibration, found: Checks) -> str:
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
    return (
        "## What levers do\nChange of adopter share in percentage points. All parameters vary: those that were fitted "
        "by their posterior, the others by their priors. The 80 % interval is of one future: it holds doubt about "
        "parameters and chance. Better and best are shares of draws, in their means.\n\n" + _table(heads, rows)
    )


def _span(low: float, high: float) -> str:
    return f"{signed(low, 2)} to {signed(high, 2)}"


def _teaching(done: Calibration, found: Checks) -> str:
    parts = []
    for policy, rows in found.teaching.items():
        text = _table(
            (f"parameter, for {policy} after ten years", "of the variance between draws"),
            [(f"`{key.removeprefix('parameters.')}`", f"{100 * share:.0f} %") for key, share in rows],
        )
        parts.append(text)
    return (
        "## What data would teach most\nWhat exact knowledge of one parameter would take off the variance between "
        "draws (squared rank correlation; the rest is other parameters and their interplay). Series that pin the top "
        "rows are worth most.\n\n" + "\n\n".join(parts)
    )


def _meaning(done: Calibration, found: Checks) -> str:
    return (
        "## What it means for an innovation of yours\nThe posterior knows the innovations that have a series. Yours "
        "draws push, scale-up, compliance, benefit and the share of trusts with a use from the hierarchy: the table of "
        "families left out says how wide that is. Counts of its first year narrow it: `diffusion calibrate --own "
        "counts.csv` weighs the posterior's runs by them and says how many runs that leaves; below 30 it refuses."
    )
