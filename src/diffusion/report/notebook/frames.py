"""Outcomes as data frames, and as styled tables for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from diffusion.analysis.results.compare import Comparison, unchanged
from diffusion.analysis.results.outcomes import Outcome
from diffusion.experiments.running.compared import Compared
from diffusion.experiments.running.results import Results
from diffusion.outlets import shown as visible
from diffusion.report.notebook.block import in_python
from diffusion.report.terminal.comparison_table import printed_outcomes
from diffusion.report.words.doubt_words import change_note, holds, runs_word
from diffusion.report.words.labels import end_of, month_name, outcome_label, scenario_labels
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.sentences import decimals_for

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler
    from pandas.io.formats.style_render import CSSDict

_LEVELS = ("mean", "runs_low80", "runs_high80", "runs_low95", "runs_high95")
_CHANGES = ("change", "change_low80", "change_high80", "change_low95", "change_high95")
_LOOK: list[CSSDict] = [
    {"selector": "caption", "props": "text-align: left; max-width: 60em"},
    {"selector": "th.row_heading", "props": "text-align: left; font-weight: normal; vertical-align: top"},
    {"selector": "th.col_heading, td", "props": "text-align: right; padding-left: 1em"},
]
_BOUNDS = ("low80", "high80", "low95", "high95")


def _compared(given: Results | Compared) -> Compared:
    return Compared([given]) if isinstance(given, Results) else given


def frame_of(given: Results | Compared) -> pd.DataFrame:
    """Return a row per outcome and scenario, as :meth:`.ShownResults.frame`."""
    results = _compared(given)
    comparison = results.outcomes()
    return _frame(results, comparison, comparison.outcomes)


def _frame(results: Compared, comparison: Comparison, outcomes: tuple[Outcome, ...]) -> pd.DataFrame:
    import pandas as pd

    labels = scenario_labels(results)
    rows = []
    for outcome in outcomes:
        for i, label in enumerate(labels):
            mean, spread = comparison.level(outcome.name, i)
            numbers = [float(mean.mean), *(float(getattr(spread, name)) for name in _BOUNDS)]
            row: dict[str, object] = {"outcome": outcome_label(outcome), "scenario": label}
            row |= {name: number * outcome.factor for name, number in zip(_LEVELS, numbers)}
            if len(labels) > 1:
                row |= _change(comparison, outcome, i)
            rows.append(row | {"replicates": mean.replicates})
    return pd.DataFrame(rows).set_index(["outcome", "scenario"])


def _change(comparison: Comparison, outcome: Outcome, scenario: int) -> dict[str, object]:
    if scenario == 0:
        return dict.fromkeys(_CHANGES, np.nan) | {"change_unit": "", "clear": False}
    difference = comparison.difference(outcome.name, scenario)
    found = difference.estimate
    numbers = [float(found.mean), *(float(getattr(found, name)) for name in _BOUNDS)]
    unit = "" if outcome.difference_unit == "1" else outcome.difference_unit
    clear = bool(found.clear) and comparison.enough and not unchanged(difference)
    scaled = {name: number * outcome.factor for name, number in zip(_CHANGES, numbers)}
    return {**scaled, "change_unit": unit, "clear": clear}


def table_of(given: Results | Compared) -> Styler:
    """Return the main outcomes as a styled frame, as :meth:`.ShownResults.table`; its data are texts and numbers."""
    results = _compared(given)
    comparison = results.outcomes()
    outcomes = tuple(printed_outcomes(comparison))
    frame = _frame(results, comparison, outcomes)
    labels, runs = scenario_labels(results), runs_word(comparison.over_draws)
    names = {"mean": "mean", "runs_low80": f"{runs}: 80 % from", "runs_high80": "to"}
    kept = frame[["mean", "runs_low80", "runs_high80"]]
    if len(results) > 1:
        kept = frame[["mean", *_CHANGES, "replicates"]]
    texts = kept.astype(object)
    for outcome in outcomes:
        for i, label in enumerate(labels):
            row = (outcome_label(outcome), label)
            places = outcome.decimals
            if i:
                places = decimals_for(comparison.difference(outcome.name, i))
            for column in texts.columns:
                if column == "replicates":
                    continue
                number = float(kept.loc[row, column])
                show = signed(number, places) if column in _CHANGES else plain(number, outcome.decimals)
                texts.loc[row, column] = show if np.isfinite(number) else ""
    names |= {name: _head(name) for name in _CHANGES}
    texts = texts.rename(columns=names)
    texts.index = texts.index.set_levels([[visible(str(one)) for one in level] for level in texts.index.levels])
    bold = frame["clear"].to_numpy(dtype=bool) if len(results) > 1 else np.zeros(len(frame), dtype=bool)
    heads = [names[name] for name in _CHANGES] if len(results) > 1 else []

    def weights(column: pd.Series[str]) -> list[str]:
        return ["font-weight: bold" if clear else "" for clear in bold]

    month = month_name(end_of(results[0]))
    caption = f"End of {month}. {holds(results)}"
    if len(results) > 1:
        caption = (
            f"Change from {labels[0]} in the same {runs}, end of {month} ({change_note(comparison.over_draws)}); bold "
            f"where the 95 % interval excludes 0. {holds(results)}"
        )
    styled = (
        texts.style.set_caption(visible(in_python(caption)))
        .set_table_styles(_LOOK)
        .format(escape="html")
        .format_index(escape="html", axis=0)
    )
    styled = styled.format_index(escape="html", axis=1)
    return styled.apply(weights, subset=heads) if heads else styled


def _head(name: str) -> str:
    if name == "change":
        return name
    bound, level = name.removeprefix("change_").rstrip("0589"), name[-2:]
    return f"{level} % from" if bound == "low" else f"{level} % to"
