"""Labels of options: titles as users wrote them, and no two options alike wherever labels are cut."""

from __future__ import annotations

from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text
from rich.console import Console

from diffusion.analysis.results.compare import compare_outcomes
from diffusion.report.brief.chart import chart
from diffusion.report.figures.curves import difference_panel, levels_panel
from diffusion.report.figures.gains import gains_panel
from diffusion.report.figures.style import figure_style, label_lines, new_figure
from diffusion.report.terminal.comparison_table import comparison_tables, dates_table
from diffusion.report.words.labels import distinct, option_words, scenario_labels, shortened, wrapped
from diffusion.scenario.load import load_scenario
from support.synthetic_results import SyntheticScenario, england, synthetic

pytestmark = pytest.mark.unit

LONG = "Half the grants and half the staff of the AHSNs from April 2018, "
titles = st.lists(
    st.text(max_size=60) | st.sampled_from([LONG + "in the north", LONG + "in the south", "1 a"]), max_size=12
)


@given(titles)
@example(["A", "A", "A (1)"])
@example(["a\tb", "a b", "a\nb"])
@example(["\x1b", "\\x1b"])
def test_no_two_titles_make_the_same_label(written: list[str]) -> None:
    labels = option_words([f"own-{i}" for i in range(len(written))], [(title,) for title in written])
    assert len(set(labels)) == len(written)
    assert all("\n" not in label for label in labels)


@given(titles, st.integers(4, 60))
@example([LONG + "in the north", LONG + "in the south"], 18)
@example(["1 abcdef", "abcdef x", "abcdef y"], 6)
def test_labels_stay_apart_in_any_width(written: list[str], width: int) -> None:
    labels = option_words([f"own-{i}" for i in range(len(written))], [(title,) for title in written])
    short, lines = shortened(labels, width), wrapped(labels, width)
    for cut in (short, lines):  # an ellipsis more or less is no difference that a reader sees
        assert len({text.strip("…") for text in cut}) == len(labels)
    assert all(len(label) <= width for label in short)
    assert all(len(line) <= width for text in lines for line in text.split("\n"))


def test_the_words_that_differ_are_kept() -> None:
    found = shortened(["Baseline", LONG + "in the north", LONG + "in the south"], 18)
    assert found == ["Baseline", "Half the…the north", "Half the…the south"]
    more = shortened([LONG + "in the north", LONG + "in the south", LONG + "in the north, strength 1"], 18)
    assert more == ["Half the…the north", "Half the…the south", "Half th…strength 1"]
    options = ["Baseline", "Tariff", *(f"Baseline (WTE per size {wte})" for wte in (8, 12, 4)), "Tariff (strength 0.5)"]
    assert shortened(options, 18)[2:] == [
        "Baseline (…size 8)",
        "Baseline…size 12)",
        "Baseline (…size 4)",
        "Tariff (stren…0.5)",
    ]
    assert shortened(["A title much too long for this", "Baseline"], 18) == ["A title much too…", "Baseline"]


def test_a_lever_on_top_of_ones_own_scenario_is_named_with_it() -> None:
    names = ["own-app", "own-app+best-practice-tariff", "own-app+local-first"]
    labels = option_words(names, [("Own app",), ("Own app", ""), ("Own app", "Ours")])
    assert labels == ["Own app", "Own app + Best practice tariff", "Own app + Ours"]
    assert shortened(labels, 18)[:2] == ["Own app", "Own app + B…tariff"]
    assert option_words(["baseline", "baseline+local-first"], [("",), ("", "")]) == ["Baseline", "Local first"]
    assert distinct(["A", "A", "A (1)"]) == ["A (2)", "A (3)", "A (1)"]


def test_a_title_of_ones_own_is_the_label_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ahsn-halved.yaml").write_text(
        "title: eHealth for   ALL (AHSNs)\nextends: baseline\nmonths: 60\n", "utf-8"
    )
    (tmp_path / "scenarios" / "levers").mkdir(parents=True)
    (tmp_path / "scenarios" / "levers" / "ours.yaml").write_text("title: iPads\nlevers: {expo: {}}\n", "utf-8")
    asked = ["baseline", "tariff", "ahsn-halved.yaml", "baseline+ours", "baseline+ours+local-first"]
    loaded = [load_scenario(text) for text in asked]
    labels = scenario_labels([SimpleNamespace(scenario=scenario) for scenario in loaded])
    assert labels == ["Baseline", "Tariff", "eHealth for ALL (AHSNs)", "iPads", "Local first + iPads"]
    again = [scenario.drawing_from("posterior").changed({"months": 24}) for scenario in loaded]
    assert scenario_labels([SimpleNamespace(scenario=scenario) for scenario in again]) == labels
    titled = load_scenario("baseline", ["title=As it is"])
    assert scenario_labels([SimpleNamespace(scenario=titled)]) == ["As it is"]


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80])
def test_options_are_told_apart_on_narrow_terminals(width: int) -> None:
    place = england(24, n_innovations=4)
    names = ["baseline", *(f"the-{'very-' * 8}long-name-of-option-{place}" for place in ("north", "south", "west"))]
    tables = [
        synthetic(place, SyntheticScenario(name, months=12), replicates=10, gain=0.01 * i)
        for i, name in enumerate(names)
    ]
    comparison = compare_outcomes(tables)
    shown = comparison_tables(tables, comparison)
    assert dates_table(tables, comparison) is None
    stream = StringIO()
    Console(file=stream, width=width, no_color=True).print(shown[0][1])
    labels = [str(cell).strip() for cell in shown[0][1].columns[0].cells]
    assert len(set(labels)) == 4
    # what does not fit goes on in the next line: nothing is cut beyond what the labels were
    assert stream.getvalue().count("…") == sum("…" in label for label in labels)


def test_lines_and_bars_carry_whole_names_of_options_and_innovations_that_differ() -> None:
    """Names of up to two lines are not cut beside lines, and no two innovations share a label on an axis."""
    title = "Protected time 2026 everywhere"
    world = england(40, n_innovations=5)
    names = (
        "medicine recommended by NICE somewhere in 2023 (archetype)",
        "medicine recommended by NICE somewhere in 2024 (archetype)",
        *world.innovations.names[2:],
    )
    world = SimpleNamespace(
        **{**vars(world), "innovations": SimpleNamespace(**{**vars(world.innovations), "names": names})}
    )
    tables = []
    for name in ("baseline", title):
        scenario = SyntheticScenario(name, months=24)
        tables.append(synthetic(world, scenario, replicates=12, gain=0.2 if name == title else 0.0))

    def words(figure: Figure) -> list[str]:
        return [" ".join(text.get_text().split()) for text in figure.findobj(Text) if text.get_text()]

    for figure in (levels_panel(tables), difference_panel(tables)):
        assert title in words(figure)
    assert title in words(chart(tables, compare_outcomes(tables), 7.0, 3.0))
    ticks = [
        " ".join(label.get_text().split()) for label in gains_panel(tables, 1, "innovation").axes[0].get_yticklabels()
    ]
    assert len(set(ticks)) == len(ticks) == 5


def test_labels_of_two_lines_do_not_lie_on_each_other() -> None:
    with figure_style():
        figure = new_figure(4.3, 3.0)
        axes = figure.add_subplot()
        axes.set_ylim(0, 1)
        label_lines(axes, 1.0, [0.5] * 4, ["one line\nand another"] * 4, ["black"] * 4)
        figure.canvas.draw()
        boxes = sorted((Text.get_window_extent(text) for text in axes.texts), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))
