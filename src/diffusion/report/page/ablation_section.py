"""What a difference is made of, on the page: the parts of each lever, from the folder of a finished ablation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.errors import InputError
from diffusion.report.page.cells import Cell, PageTable, estimate_cell
from diffusion.report.words.labels import option_words
from diffusion.storage.folder import MANIFEST_NAME


class AblationSection(NamedTuple):
    """Lead and table of one ablation."""

    lead: str
    table: PageTable


def read_ablation_section(folder: Path) -> AblationSection:
    """Return what the page shows of the ablation in ``folder``; raises InputError if there is none."""
    import pandas as pd

    path = folder / MANIFEST_NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        about = manifest["ablation"]
        levers, whole = (pd.read_parquet(folder / "tables" / f"{name}.parquet") for name in ("levers", "whole"))
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            "there is no finished ablation in this folder",
            file=folder,
            key="--ablation",
            expected="a folder that 'diffusion ablate' wrote",
            suggestion="for example: diffusion ablate local-first",
        ) from None
    outcome, runs = OUTCOME_BY_NAME[about["outcome"]], int(about["replicates_used"])
    rows = []
    for row in levers.sort_values("shapley", ascending=False, kind="stable").to_dict("records"):
        cells = [estimate_cell(_estimate(row, f"{name}_", name, runs), outcome.decimals) for name in _PARTS]
        share = row["share_of_whole"]
        cells.append(Cell("–" if np.isnan(share) else f"{100 * share:.0f} %"))
        rows.append((str(row["lever"]).replace("-", " "), cells))
    for row in whole.to_dict("records"):
        if row["quantity"] in _WHOLE:
            cell = estimate_cell(_estimate(row, "", "mean", runs), outcome.decimals)
            rows.append((_WHOLE[str(row["quantity"])], [Cell(""), Cell(""), cell, Cell("")]))
    unit = outcome.difference_unit
    heads = ("Lever", f"Alone, {unit}", f"Lost if dropped, {unit}", f"Its part, {unit}", "Share of the whole")
    name = option_words([manifest["scenarios"][0]["name"]])[0]
    always = f" In force throughout: {', '.join(about['kept_in_all'])}." if about["kept_in_all"] else ""
    lead = f"{name}, {outcome.words}: all levers minus none, {runs} runs, {about['method']}.{always}"
    note = "Parts are Shapley values. Small print: 95 % interval of the mean. Pale: the interval includes 0."
    return AblationSection(lead, PageTable("What the difference is made of", heads, rows, note))


_PARTS = ("alone", "last", "shapley")
_WHOLE = {"whole_effect": "All levers together", "interaction_left_over": "Interaction left over"}


def _estimate(row: Mapping[Any, Any], stem: str, mean: str, runs: int) -> Estimate:
    """Return an estimate from a row of a table."""
    bounds = [np.asarray(row[f"{stem}{bound}"], dtype=np.float64) for bound in ("standard_error", "low80", "high80")]
    bounds += [np.asarray(row[f"{stem}{bound}"], dtype=np.float64) for bound in ("low95", "high95")]
    return Estimate(
        np.asarray(row[mean], dtype=np.float64),
        bounds[0],
        bounds[1],
        bounds[2],
        bounds[3],
        bounds[4],
        runs,
    )
