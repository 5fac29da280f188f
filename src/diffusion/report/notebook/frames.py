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
    """Return the main outcomes as a styled frame, as :meth:`.ShownResults.table`; its cells are texts."""
    import pandas as pd

    results = _compared(given)
    comparison = results.outcomes()
    labels, runs = scenario_labels(results), runs_word(comparison.over_draws)
    several = len(results) > 1
    rows, index, clear = [], [], []
    for outcome in printed_outcomes(comparison):
        for i, label in enumerate(labels):
            mean, spread = comparison.level(outcome.name, i)
            row = {"mean": plain(float(mean.mean) * outcome.factor, outcome.decimals)}
            if several:
                row |= _change_texts(comparison, outcome, i)
            else:
                row |= {
                    f"80 % of {runs} {end}": plain(float(number) * outcome.factor, outcome.decimals)
                    for end, number in (("from", spread.low80), ("to", spread.high80))
                }
            rows.append(row | {runs: f"{mean.replicates:,}"})
            index.append((visible(outcome_label(outcome)), visible(label)))
            clear.append(i > 0 and bool(_change(comparison, outcome, i)["clear"]))
    texts = pd.DataFrame(rows, index=pd.MultiIndex.from_tuples(index, names=["outcome", "scenario"]))
    month = month_name(end_of(results[0]))
    caption = f"End of {month}. {holds(results)}"
    if several:
        caption = (
            f"Change from {labels[0]} in the same {runs}, end of {month} ({change_note(comparison.over_draws)}); bold "
            f"where the 95 % interval excludes 0. {holds(results)}"
        )
    weights = ["font-weight: bold" if each else "" for each in clear]
    styled = texts.style.set_caption(visible(in_python(caption))).set_table_styles(_LOOK).format(escape="html")
    styled = styled.format_index(escape="html", axis=0).format_index(escape="html", axis=1)
    return styled.apply(lambda column: weights if column.name in _HEADS.values() else [""] * len(weights), axis=0)


#: heads of the columns of changes
_HEADS = dict(zip(_CHANGES, ("change", "80 % from", "80 % to", "95 % from", "95 % to")))


def _change_texts(comparison: Comparison, outcome: Outcome, scenario: int) -> dict[str, str]:
    """Return the texts of a change by column; empty for the first scenario, and where there is no interval."""
    if scenario == 0:
        return dict.fromkeys(_HEADS.values(), "")
    difference = comparison.difference(outcome.name, scenario)
    found, places = difference.estimate, decimals_for(difference)
    numbers = [float(found.mean), *(float(getattr(found, name)) for name in _BOUNDS)]
    return {
        head: signed(number * outcome.factor, places) if np.isfinite(number) else ""
        for head, number in zip(_HEADS.values(), numbers)
    }
