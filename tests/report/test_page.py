"""Figures and page: stable bytes, self-contained, readable without seeing."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from diffusion.analysis.results.asked import Target, ask
from diffusion.analysis.results.compare import asked_comparison, compare_outcomes
from diffusion.report.figures.england import ISLE_OF_WIGHT, OUTLINE, in_england
from diffusion.report.figures.maps import can_map
from diffusion.report.figures.result_figures import figure_makers
from diffusion.report.figures.style import save, spread_labels
from diffusion.report.page.asked_section import asked_table
from diffusion.report.page.cells import change_cell
from diffusion.report.pages.result_page import render_page
from diffusion.report.terminal.comparison_table import print_comparison
from diffusion.report.words.labels import scenario_labels, short_ahsn
from diffusion.report.words.numbers import plain, signed
from diffusion.report.words.reproduction import Reproduction
from support.page_reading import Outline
from support.synthetic_results import MONEY_FLOWS, SyntheticResults, four_options

pytestmark = pytest.mark.unit

REPRODUCTION = Reproduction("diffusion compare a <b>", "nhs-diffusion 0", "", (("Baseline", "0" * 64),), ())


@pytest.fixture(scope="module")
def options() -> list[SyntheticResults]:
    return four_options(12, months=36, n_trusts=60, n_innovations=6)


@pytest.fixture(scope="module")
def page(options: list[SyntheticResults]) -> str:
    return render_page(options, compare_outcomes(options), REPRODUCTION)


def test_page_asks_nothing_of_the_network(page: str) -> None:
    outline = Outline(page)
    assert not outline.all("script")
    assert "@import" not in page
    for _, attributes in outline.tags:
        for name in ("src", "href", "xlink:href", "data", "action", "srcset"):
            target = attributes.get(name) or "#"
            assert target.startswith(("#", "data:")), target
        assert not any(name.startswith("on") for name in attributes)
    for target in re.findall(r"url\(([^)]*)\)", page):
        assert target.startswith("#"), target


def test_page_is_accessible(page: str) -> None:
    outline = Outline(page)
    assert len(outline.all("h1")) == 1
    assert outline.all("html")[0]["lang"] == "en-GB"
    assert "width=device-width" in str(outline.all("meta"))
    assert all("scope" in head for head in outline.all("th"))
    assert len(outline.all("table")) == len(outline.all("caption"))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for svg in outline.all("svg"):
        assert svg["role"] == "img"
        assert set(str(svg["aria-labelledby"]).split()) <= set(ids)
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for target in re.findall(r'(?:xlink:)?href="#([^"]+)"|url\(#([^)]+)\)', page):
        assert "".join(target) in ids


def test_page_has_no_trade_marked_fonts_and_escapes_what_users_wrote(page: str) -> None:
    assert "frutiger" not in page.lower()
    assert "a &lt;b&gt;" in page


def test_page_and_figures_are_the_same_bytes_twice(options: list[SyntheticResults], page: str, tmp_path: Path) -> None:
    assert render_page(options, compare_outcomes(options), REPRODUCTION) == page
    for name, make in figure_makers(options).items():
        if name in ("adoption", "map"):
            for folder in ("a", "b"):
                (tmp_path / folder).mkdir(exist_ok=True)
                save(make(), tmp_path / folder / f"{name}.svg")
                save(make(), tmp_path / folder / f"{name}.png", dpi=50)
            for kind in ("svg", "png"):
                assert (tmp_path / "a" / f"{name}.{kind}").read_bytes() == (
                    tmp_path / "b" / f"{name}.{kind}"
                ).read_bytes()


@pytest.mark.parametrize("count", [1, 2])
def test_page_of_one_or_two_scenarios(options: list[SyntheticResults], count: int) -> None:
    text = render_page(options[:count], compare_outcomes(options[:count]), REPRODUCTION)
    assert text.count("<h1>") == 1
    assert ("Who gains and who loses" in text) == (count > 1)


def test_page_of_a_single_replicate_claims_nothing() -> None:
    tables = four_options(1, months=12, n_trusts=20, n_innovations=4)[:2]
    text = render_page(tables, compare_outcomes(tables), REPRODUCTION)
    assert "too few (10 are needed) to rank" in text
    assert "too few" in text
    assert ">nan" not in text


def test_every_figure_can_be_made_for_one_scenario(options: list[SyntheticResults], tmp_path: Path) -> None:
    for name, make in figure_makers(options[:1]).items():
        save(make(), tmp_path / f"{name}.svg")
        save(make(), tmp_path / f"{name}.png", dpi=40)
        assert (tmp_path / f"{name}.svg").stat().st_size > 1000


def test_no_map_without_coordinates(options: list[SyntheticResults]) -> None:
    from copy import copy

    place = copy(options[0])
    place.world = copy(place.world)
    place.world.trusts = copy(place.world.trusts)
    place.world.trusts.latitude = np.full(60, np.nan)
    assert can_map(options[0])
    assert not can_map(place)
    assert "map" not in figure_makers([place])


def test_all_trusts_lie_inside_the_sketched_outline_or_near_it() -> None:
    from matplotlib.path import Path as Polygon

    from support.synthetic_results import england

    trusts = england().trusts
    points = np.column_stack([trusts.latitude, trusts.longitude])
    inside = Polygon(OUTLINE).contains_points(points, radius=0.03)
    inside |= Polygon(OUTLINE).contains_points(points, radius=-0.03)
    inside |= Polygon(ISLE_OF_WIGHT).contains_points(points)
    assert inside.all(), [trusts.names[i] for i in np.flatnonzero(~inside)]
    assert in_england(*np.array(OUTLINE).T)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_terminal_table_fits(options: list[SyntheticResults], width: int) -> None:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    print_comparison(console, options, compare_outcomes(options))
    print_comparison(console, options[:1], compare_outcomes(options[:1]))
    text = console.export_text()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "…" not in text
    for word in ("Tariff", "80 % interval", "95 % interval", "runs", "more", "independent"):
        assert word in text


@pytest.mark.parametrize("number", [2, 3, 4])
def test_the_table_by_date_is_no_wider_with_more_options(options: list[SyntheticResults], number: int) -> None:
    plain_comparison = compare_outcomes(options[:number])
    comparison = replace(plain_comparison, asked=ask(options[:number], Target()))
    table = asked_table(options[:number], comparison)
    assert table is not None
    assert comparison.asked is not None
    assert len(table.heads) <= 6
    assert all(len(cells) + 1 == len(table.heads) for _, cells in table.rows)
    by_date = asked_comparison(comparison)
    for place, date in enumerate(comparison.asked.dates):
        name = comparison.asked.outcome(date).name
        rows = table.rows[place : place + 1] if number <= 3 else table.rows[place * number : (place + 1) * number]
        shown = [cell for _, cells in rows for cell in cells]
        for i in range(1, number):
            assert change_cell(by_date.difference(name, i)) in shown
    assert len({head for head, _ in table.rows}) == len(table.rows)


def test_it_is_said_that_networks_spend_what_they_get_only_where_they_do(options: list[SyntheticResults]) -> None:
    word = options[0].world.facts.words.network.many
    column = [flow[0] for flow in MONEY_FLOWS].index("facilitation")
    given = (("ahsn_budget", "national", "ahsn"),)

    def said(scale: float) -> str:
        tables = []
        for table in options[:2]:
            money = np.concatenate([table.money_gbp, scale * table.money_gbp[:, :, column : column + 1]], axis=2)
            money[:, 1:, column] += 100.0
            money[:, 1:, -1] += 100.0 * scale
            tables.append(replace(table, money_gbp=money, money_flows=(*table.money_flows, *given)))
        return render_page(tables, compare_outcomes(tables), REPRODUCTION)

    told = f"{word} spend what they are given in every run"
    assert said(1.0).count(told) == 2  # under the table of payers, and that of present values
    assert told not in said(0.5)


def test_labels(options: list[SyntheticResults]) -> None:
    assert scenario_labels(options) == ["Baseline", "Tariff", "Test beds", "Local first"]
    assert scenario_labels(options[1:2]) == ["Baseline + Tariff"]
    assert short_ahsn("Innovation Agency (North West Coast AHSN)") == "North West Coast"
    assert short_ahsn("Health Innovation Manchester (Greater Manchester AHSN until 2017)") == "Greater Manchester"
    assert short_ahsn("Health Innovation Network South London") == "South London"
    assert short_ahsn("Health Innovation West Midlands") == "West Midlands"
    # what would be left is a city, or another organisation
    for name in ("Health Innovation Manchester", "Health Innovation East", "Imperial College Health Partners"):
        assert short_ahsn(name) == name


def test_numbers_in_words() -> None:
    assert [signed(x, 1) for x in (1234.5, -0.26, 0.04, -0.04)] == ["+1,234.5", "−0.3", "0.0", "0.0"]
    assert [plain(x, 1) for x in (-2.0, -0.01)] == ["−2.0", "0.0"]


def test_labels_are_spread_in_order_and_no_further_than_needed() -> None:
    placed = spread_labels([1.0, 1.1, 5.0, 1.05], 1.0)
    assert placed[0] < placed[3] < placed[1] < placed[2]
    assert placed[3] - placed[0] == pytest.approx(1.0)
    assert placed[2] == pytest.approx(5.0)
