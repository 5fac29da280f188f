"""What is in force for a series is in force for it alone, in the months that it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from diffusion.calibration.evidence_world import evidence_scenario
from diffusion.calibration.predicted import predict
from diffusion.evidence.reading import NamedSeries, find_series, read_series

pytestmark = pytest.mark.integration

SERIES = """title: Ours
what: organisations using one of them
unit: trusts
at_risk: 233
start: 2020-04
kind: digital
points: [{date: 2020-12, count: 20}]
shocks: {push: {start: 2020-12, end: 2021-12, calendar_months: [12, 1, 2], triage_push: 20, awareness_push: 20}}
grade: C
source: ours
"""


def made(folder: Path, more: str = "") -> NamedSeries:
    path = folder / "ours.yaml"
    path.write_text(SERIES + more)
    return read_series(path)


@pytest.mark.parametrize("of", ["portfolio", "kind"])
def test_what_is_over_several_innovations_leaves_other_series_alone(tmp_path: Path, of: str) -> None:
    others = [find_series("upadacitinib")]
    alone = evidence_scenario([*others, made(tmp_path, f"of: {of}\n")])
    aimed = alone.shocks["ours-push"].targets.innovations
    world = alone.build_world()
    assert aimed is not None
    assert "upadacitinib" not in aimed
    chosen = [world.innovations.ids.index(name) for name in aimed]
    assert all(world.innovations.cohort[k] for k in chosen)
    if of == "portfolio":
        assert len(chosen) == 17
    else:
        assert 0 < len(chosen) < 17


def test_months_of_the_year_move_with_the_dates(tmp_path: Path) -> None:
    series = made(tmp_path)
    shock = evidence_scenario([series]).shocks["ours-push"]
    start = evidence_scenario([series]).start
    assert shock.start is not None
    assert shock.calendar_months is not None
    moved = shock.start - start
    assert moved == 8  # December is the ninth month from April
    acts = [n for n in range(24) if (start + n) >= shock.start and (start + n).month in shock.calendar_months]
    assert acts[:3] == [8, 9, 10]


def test_a_push_of_a_series_is_felt_by_it(tmp_path: Path) -> None:
    late = "points: [{date: 2023-12, count: 20}]"
    made(tmp_path)
    path = tmp_path / "ours.yaml"
    path.write_text(path.read_text().replace("points: [{date: 2020-12, count: 20}]", late))
    series = read_series(path)
    off = {"shocks.ours-push.triage_push": 0.0, "shocks.ours-push.awareness_push": 0.0}
    gained = predict([series], {}, replicates=120)[:, 0] - predict([series], off, replicates=120)[:, 0]
    assert gained.mean() > 3 * gained.std(ddof=1) / np.sqrt(120) > 0
