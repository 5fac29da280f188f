"""The data of figures, read from what was drawn, are the arrays that were drawn."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from diffusion.analysis.results.adoption import adoption_band, adoption_difference
from diffusion.analysis.results.groups import adopter_share_by_trust, gains
from diffusion.deliver.rebuild import Result, read_result
from diffusion.report.figures.curves import band_panel, difference_panel, levels_panel
from diffusion.report.figures.gains import gains_panel, levels_by_group_panel
from diffusion.report.figures.maps import map_panel
from diffusion.report.figures.stages import funnel_panel, stages_panel
from diffusion.report.figures.style import PANEL_INCHES, figure_style, new_figure
from diffusion.report.words.labels import decimal_years, scenario_labels
from diffusion.web.see.figure_data import Point, csv_text, read_figure, table_of

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def result(made_results: Path) -> Result:
    return read_result(made_results / "first")


def column(points: list[Point], name: str, series: str | None = None) -> np.ndarray:
    chosen = [getattr(point, name) for point in points if series is None or point.series == series]
    return np.array([np.nan if value is None else value for value in chosen], dtype=float)


def test_curves_and_bands(result: Result) -> None:
    tables = result.tables
    points = read_figure(difference_panel(tables))
    difference = adoption_difference(tables[1], tables[0])
    assert {point.series for point in points} == {"More & more"}
    assert np.array_equal(column(points, "x"), decimal_years(tables[0]))
    for name, values in (
        ("y", difference.mean),
        ("low", difference.low95),
        ("high", difference.high95),
        ("low_inner", difference.low80),
        ("high_inner", difference.high80),
    ):
        assert np.array_equal(column(points, name), values), name
    assert points[0].y_unit.startswith("change from")
    assert "percentage points" in points[0].y_unit


def test_each_line_has_the_band_of_its_colour_alone(result: Result) -> None:
    points = read_figure(levels_panel(result.tables))
    first, second = scenario_labels(result.tables)
    bands = [adoption_band(table) for table in result.tables]
    assert np.array_equal(column(points, "low", first), bands[0].low80)
    assert np.isnan(column(points, "low", second)).all()
    assert np.array_equal(column(points, "y", second), bands[1].mean)


def test_a_line_without_a_text_has_its_name(result: Result) -> None:
    points = read_figure(band_panel(result.tables, 1))
    first, second = scenario_labels(result.tables)
    assert {point.series for point in points} == {first, second}
    assert np.array_equal(column(points, "high", second), adoption_band(result.tables[1]).high95)


def test_rows_with_intervals(result: Result) -> None:
    points = read_figure(gains_panel(result.tables, 1, "ahsn"))
    gain = gains(result.tables[1], result.tables[0], "ahsn")
    order = np.argsort(-gain.change.mean, kind="stable")
    for name, values in (("y", "mean"), ("low", "low95"), ("high", "high95"), ("low_inner", "low80")):
        assert np.allclose(column(points, name), getattr(gain.change, values)[order], rtol=0, atol=0), name
    assert len({point.x for point in points}) == len(points)
    assert all(isinstance(point.x, str) for point in points)
    levels = read_figure(levels_by_group_panel(result.tables[0], "sector"))
    assert all(point.low is not None and point.low <= point.y <= point.high for point in levels if point.y is not None)


def test_layers_and_stacked_bars_add_up(result: Result) -> None:
    tables = result.tables
    layers = read_figure(stages_panel(tables, 0))
    assert len({point.series for point in layers}) == 9
    by_month: dict[float, float] = {}
    for point in layers:
        assert isinstance(point.x, float)
        assert point.y is not None
        by_month[point.x] = by_month.get(point.x, 0.0) + point.y
    assert len(by_month) == tables[0].months + 1
    assert np.allclose(list(by_month.values()), 100)
    bars = read_figure(funnel_panel(tables))
    last = max(by_month)
    ends = {point.series: point.y for point in layers if point.x == last}
    label = scenario_labels(tables)[0].replace(" ", "")  # on an axis long words are broken
    found = {point.series: point.y for point in bars if str(point.x).replace(" ", "") == label}
    assert found.keys() == ends.keys()
    assert np.allclose([found[name] for name in ends], [ends[name] for name in ends])


def test_points_of_a_map(result: Result) -> None:
    points = read_figure(map_panel(result.tables[:1], 0))
    trusts = result.tables[0].world.trusts
    assert sorted((point.x, point.y) for point in points) == sorted(
        zip(trusts.longitude.tolist(), trusts.latitude.tolist())
    )
    shares = 100 * adopter_share_by_trust(result.tables[0]).mean(axis=0)
    where = {(x, y): share for x, y, share in zip(trusts.longitude.tolist(), trusts.latitude.tolist(), shares)}
    assert all(point.value == where[point.x, point.y] for point in points)
    assert {point.value_unit for point in points} == {"adopter share of the trust's eligible innovations (%)"}


def test_intervals_beside_each_other_at_one_date_go_to_their_own_points() -> None:
    with figure_style():
        figure = new_figure(PANEL_INCHES, 3)
        axes = figure.add_subplot()
        for place, (colour, mean) in enumerate((("#0072B2", 1.0), ("#D55E00", 5.0))):
            axes.vlines([0 + place / 10, 1 + place / 10], mean - 1, mean + 2, color=colour)
            axes.plot([0 + place / 10, 1 + place / 10], [mean, mean], color=colour, label=f"option {place}")
        axes.set_xticks([0, 1], ["soon", "late"])
    points = read_figure(figure)
    assert [(point.series, point.x, point.y, point.low, point.high) for point in points] == [
        ("option 0", "soon", 1.0, 0.0, 3.0),
        ("option 0", "late", 1.0, 0.0, 3.0),
        ("option 1", "soon", 5.0, 4.0, 7.0),
        ("option 1", "late", 5.0, 4.0, 7.0),
    ]


def test_the_csv_has_the_numbers_in_full_and_no_formula() -> None:
    points = [Point("", "=1+1", 2015.5, 0.1 + 0.2, -1 / 3, None), Point("", "b", "a, b", None)]
    text = csv_text(points)
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [
        ["series", "x", "y", "low"],
        ["'=1+1", "2015.5", repr(0.1 + 0.2), repr(-1 / 3)],
        ["b", "a, b", "", ""],
    ]
    heads, shown = table_of(points)
    assert heads == ["Series", "At", "Value", "Low"]
    assert shown[1] == ["b", "a, b", "–", "–"]
