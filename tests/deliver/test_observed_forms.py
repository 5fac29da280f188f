"""Tables for ``diffusion analyse`` as they come: forms of periods and numbers, and what is said of what was observed.

Nothing may be taken for what it is not: every form is read as what it says, or refused with something that works.
"""

from __future__ import annotations

import datetime
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion.analysis.findings import Findings, Options, measure
from diffusion.analysis.observed.period_forms import Unit
from diffusion.analysis.observed.reading import Observed, ReadOptions, check_launch, read_observed
from diffusion.cli.app import main
from diffusion.errors import InputError
from diffusion.report.evidence_words.observed_words import answer
from diffusion.report.files.observed_tables import table_makers
from diffusion.report.pages.observed_page import (
    bass_table,
    classes_table,
    effects_table,
    networks_table,
    own_hazard_table,
    render_analysis,
)

pytestmark = pytest.mark.integration


def read(folder: Path, text: str, ties: str | None = None, **options) -> Observed:
    path = folder / "a.csv"
    path.write_text(text, encoding="utf-8")
    files = []
    if ties is not None:
        (folder / "ties.csv").write_text(ties)
        files = [folder / "ties.csv"]
    (observed,) = read_observed(path, files, ReadOptions(**options))
    return observed


def found_in(folder: Path, text: str, ties: str | None = None, **options) -> Findings:
    observed = read(folder, text, ties, **options)
    return measure(observed, Options(draws=99, origin=check_launch([observed], options.get("launch"))))


def said(found: Findings) -> str:
    return " ".join(answer(found))


# --- Periods ----------------------------------------------------------------------------------------------------------

#: Other forms of a date, each from the date.
FORMS = {
    "ISO date": "%Y-%m-%d",
    "date and time": "%Y-%m-%d %H:%M:%S",
    "ISO time": "%Y-%m-%dT00:00:00",
    "UK order": "%d/%m/%Y",
    "US order": "%m/%d/%Y",
    "UK order, two-digit year": "%d/%m/%y",
    "dots": "%d.%m.%Y",
    "hyphens": "%d-%m-%Y",
    "slashes, year first": "%Y/%m/%d",
    "month and year": "%m/%Y",
    "month and year, hyphen": "%m-%Y",
    "year and month, slash": "%Y/%m",
    "name": "%b %Y",
    "long name": "%B %Y",
    "name and two digits": "%b-%y",
    "day, name": "%d %B %Y",
    "day, name, two digits": "%d-%b-%y",
    "year, name": "%Y %b",
    "no hyphens": "%Y%m%d",
    "no hyphen": "%Y%m",
}
DATES = st.dates(datetime.date(2000, 1, 1), datetime.date(2069, 12, 31))


@given(st.sampled_from(sorted(FORMS)), DATES)
@settings(deadline=None)
def test_dates_are_the_month_that_they_say_or_are_refused(tmp_path_factory, form: str, date: datetime.date) -> None:
    """A form is its month; where it can be read in two ways, both are named, and the option that is named reads it."""
    text, month = date.strftime(FORMS[form]), f"{date:%Y-%m}"
    table = f"code,time\na,{text}\nb,\n"
    error = None
    try:
        observed = read(tmp_path_factory.getbasetemp(), table)
    except InputError as fault:
        error = fault
    if error is None:
        assert observed.period_unit is Unit.MONTH
        assert observed.period_label(observed.first) == month
        return
    assert error.line == 2
    assert {date.day, date.month} <= set(range(1, 13)) or (date.year + 1) % 100 == date.month
    options = re.findall(r"--periods-are ([a-z-]+)", error.suggestion or "")
    assert len(options) == 2
    found = []
    for option in options:
        one = read(tmp_path_factory.getbasetemp(), table, periods_are=option)
        found.append(one.period_label(one.first))
    assert month in found
    assert found[0] != found[1]


@given(DATES)
@settings(deadline=None)
def test_numbers_of_days_are_their_months(tmp_path_factory, date: datetime.date) -> None:
    number = (date - datetime.date(1899, 12, 30)).days
    observed = read(tmp_path_factory.getbasetemp(), f"code,time\na,{number}\nb,\n")
    assert observed.period_label(observed.first) == f"{date:%Y-%m}"


@pytest.mark.parametrize(
    ("times", "part"),
    [
        (["2009-10", "2010-11", "2011-12"], "financial year"),
        (["２０１６"], "'2016'"),
        (["２０１６-０４"], "'2016-04'"),
        (["٢٠١٦"], "digits 0 to 9"),
        (["2016.5"], "2016-10"),
        (["2016-13"], "YYYY-MM"),
        (["2016-04", "2016"], "another kind"),
        (["3", "2016"], "of one kind"),
        (["1e3"], "whole number"),
        (["1_000"], "whole number"),
        (["31/02/16"], "YYYY-MM"),
        (["soon"], "YYYY-MM"),
        (["2016-04-"], "YYYY-MM"),
    ],
)
def test_other_forms_are_refused_with_what_to_write(tmp_path: Path, times: list[str], part: str) -> None:
    rows = "".join(f"c{i},{time}\n" for i, time in enumerate(times))
    with pytest.raises(InputError) as error:
        read(tmp_path, f"code,time\n{rows}z,\n")
    assert part in str(error.value)


def test_months_like_financial_years_are_months_where_a_month_is_given(tmp_path: Path) -> None:
    text = "code,time\na,2009-10\nb,2010-11\nc,2011-12\n"
    with pytest.raises(InputError, match="--periods-are months if 2009-10 is meant"):
        read(tmp_path, text)
    assert read(tmp_path, text, first="2009-10", last="2011-12").calendar
    assert read(tmp_path, text.replace("-10", "").replace("-11", "").replace("-12", "")).first == 2009


@pytest.mark.parametrize("key", ["--from", "--until", "--launch"])
def test_periods_of_the_command_line_are_told_the_same(tmp_path: Path, key: str) -> None:
    text = "code,time\na,2016-04\nb,2016-06\nc,\n"
    options = {{"--from": "first", "--until": "last", "--launch": "launch"}[key]: "01/04/2016"}
    with pytest.raises(InputError, match="2016-04 or 2016-01") as error:
        found_in(tmp_path, text, **options)
    assert error.value.key == key


# --- Numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        ("2.5", "whole number"),
        ("-3", "at least 0"),
        ('"1,234"', "1234"),
        ('"1,23"', "not allowed"),
        ("1_234", "not allowed"),
        ("１２", "write it as 12"),
        ("nan", "not allowed"),
        ("inf", "not allowed"),
        ("1e30", "at most"),
        ("0x10", "not allowed"),
        ("c.5", "not allowed"),
        ("<5", "not allowed"),
        ("*", "not allowed"),
        ("", "missing"),
    ],
)
@pytest.mark.parametrize("column", ["new_adopters", "cumulative_adopters"])
def test_counts_are_whole_numbers_or_refused(tmp_path: Path, cell: str, part: str, column: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, f"time,{column}\n1,{cell}\n2,4\n3,9\n")
    assert part in str(error.value)
    assert error.value.line == 2


def test_whole_numbers_with_a_point_are_counts(tmp_path: Path) -> None:
    assert read(tmp_path, "time,new_adopters\n1,5.0\n2,4\n").counts.tolist() == [5, 4]


@pytest.mark.parametrize(
    ("text", "options", "part"),
    [
        ("code,time\nRJ1,2\nrj1,3\n", {}, "capital letters"),
        ("code,time\nRJ1,2\nRJ1,3\n", {}, "given twice"),
        ("time,new_adopters\n1,2\n1,3\n", {}, "given twice"),
        ("code,time,already\na,3,1\nb,3,0\nc,4,0\n", {}, "before observation began"),
        ("code,time\na,3\nb,4\n", {"population": 1}, "at least 2"),
        ("time,new_adopters\n1,5\n2,3\n", {"population": 7}, "--population"),
        ("time,new_adopters,population\n1,5,20\n2,3,20\n", {"population": 30}, "one number"),
        ("time,cumulative_adopters\n1,50\n2,55\n", {"population": 54}, "55 adopters"),
        ("time,cumulative_adopters\n1,50\n", {}, "two dates"),
        ("code,time,already\na,,1\nb,3,0\nc,4,0\n", {"launch": "3"}, "2 or earlier"),
        ("time,cumulative_adopters\n4,50\n5,55\n", {"launch": "5"}, "by 4 already"),
        ("code,time\na,3\nb,4\n", {"launch": "4"}, "in 3 already"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, text: str, options: dict, part: str) -> None:
    with pytest.raises(InputError) as error:
        found_in(tmp_path, text, **options)
    assert part in str(error.value)


def test_advice_before_the_window_works(tmp_path: Path) -> None:
    text = "code,time\na,2\nb,7\nc,9\nd,9\n"
    with pytest.raises(InputError, match="--from 2 or earlier"):
        read(tmp_path, text, first="5")
    assert read(tmp_path, text, first="2").first == 2
    marked = read(tmp_path, "code,time,already\na,,1\nb,7,0\nc,9,0\nd,9,0\n", first="5")
    assert marked.before == 1
    assert marked.adoption is not None
    assert marked.adoption.at_risk().sum(axis=0).tolist() == [3, 3, 3, 2, 2]


# --- Cumulative counts ------------------------------------------------------------------------------------------------

FROM_50 = "time,cumulative_adopters,population\n" + "".join(
    f"{i + 1},{n},233\n" for i, n in enumerate([50, 55, 61, 68, 74, 81, 88, 95])
)
IRREGULAR = "time,cumulative_adopters,population\n2016-04,30,233\n2016-07,52,233\n2016-12,68,233\n2017-08,110,233\n"


def test_the_first_cumulative_count_is_no_burst(tmp_path: Path) -> None:
    found = found_in(tmp_path, FROM_50)
    fit = found.bass["censored"]
    assert found.counts.tolist() == [5, 6, 7, 6, 7, 7, 7]
    assert found.observed.before == 50
    assert fit.p + fit.q * fit.before == pytest.approx(0.034, abs=0.01)
    assert found.profile["p"][0] <= 0.03 <= found.profile["p"][1] < 0.15
    assert found.curve is not None
    assert found.curve.at_risk[0] == 183
    assert found.curve.cumulative[-1] == 95
    text = said(found)
    assert "95 of 233" in text
    assert "50 had adopted by the end of period 1" in text
    assert "most at the start" not in text
    assert "50 had adopted by the end of period 1" in render_analysis([found], "x", "1", [])


def test_with_a_launch_the_first_count_has_its_interval(tmp_path: Path) -> None:
    found = found_in(tmp_path, FROM_50, launch="-9")
    fit = found.bass["censored"]
    assert fit.before == 0
    assert found.profile["p"][1] < 0.06
    assert "from period -9 on" in said(found)


def test_a_later_from_keeps_what_was_counted_before(tmp_path: Path) -> None:
    assert read(tmp_path, FROM_50, first="4").before == 61
    observed = read(tmp_path, "time,new_adopters,population\n1,5,90\n2,4,90\n3,6,90\n4,7,90\n", first="3")
    assert (observed.before, observed.counts.tolist()) == (9, [6, 7])


def test_counts_at_irregular_dates_are_those_of_their_intervals(tmp_path: Path) -> None:
    found = found_in(tmp_path, IRREGULAR)
    assert found.counts.tolist() == [22, 16, 42]
    assert [found.observed.period_label(m) for m in found.observed.marks] == ["2016-07", "2016-12", "2017-08"]
    assert "3 to 8 months apart" in said(found)
    curve = table_makers(found)["curve"](found)
    assert list(curve["cumulative_adopters"]) == [52, 68, 110]


def test_advice_on_falling_and_missing_counts_works(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="repeat the count before, 5"):
        read(tmp_path, "time,cumulative_adopters,population\n1,5,233\n2,0,233\n3,11,233\n")
    assert read(tmp_path, "time,cumulative_adopters,population\n1,5,233\n2,5,233\n3,11,233\n").counts.tolist() == [0, 6]
    with pytest.raises(InputError, match=r"2, 4, 5 are missing.*cumulative_adopters"):
        read(tmp_path, "time,new_adopters\n1,5\n3,2\n6,1\n")
    assert read(tmp_path, "time,cumulative_adopters\n1,5\n3,7\n6,8\n").counts.tolist() == [2, 1]


# --- Adopters only ----------------------------------------------------------------------------------------------------

PER_PERIOD = [4, 5, 6, 8, 8, 7, 6, 6]


def adopters(others: int = 0) -> str:
    times = np.repeat(np.arange(3, 11), PER_PERIOD)
    rows = [f"T{i:03d},{t}" for i, t in enumerate(times)] + [f"U{i:03d}," for i in range(others)]
    return "code,time\n" + "\n".join(rows) + "\n"


def test_a_table_of_adopters_only_says_so(tmp_path: Path) -> None:
    found = found_in(tmp_path, adopters())
    assert "Every organisation in the table adopts" in said(found)
    assert "--population" in said(found)
    assert "100 %)" not in answer(found)[0]
    assert "Every organisation in the table adopts" in render_analysis([found], "x", "1", [])
    assert "Every organisation" in said(found_in(tmp_path, adopters(), last="8"))  # later ones are adopters too
    assert "Every organisation" not in said(found_in(tmp_path, adopters(), population=50))
    assert "Every organisation" not in said(found_in(tmp_path, adopters(1)))


def test_a_stated_population_is_as_if_the_others_had_rows(tmp_path: Path) -> None:
    stated, listed = found_in(tmp_path, adopters(), population=120), found_in(tmp_path, adopters(70))
    for name in ("censored", "full market", "uncensored"):
        one, other = stated.bass[name], listed.bass[name]
        assert (one.p, one.q, one.market) == pytest.approx((other.p, other.q, other.market), rel=1e-6)
    assert stated.profile["c"] == pytest.approx(listed.profile["c"], rel=1e-4)
    assert stated.curve is not None
    assert listed.curve is not None
    assert np.array_equal(stated.curve.hazard, listed.curve.hazard)
    assert stated.bass_hazard is not None
    assert listed.bass_hazard is not None
    assert stated.bass_hazard.value == pytest.approx(listed.bass_hazard.value, rel=1e-6)
    assert "70 of the 120 organisations are not in the table" in said(stated)


# --- Ties outside the table -------------------------------------------------------------------------------------------


def test_ties_outside_the_table_are_left_out_and_counted(tmp_path: Path) -> None:
    table = "code,time\nRJ1,2019-01\nRGT,2019-04\nR1H,2019-05\nRAL,\n"
    found = found_in(tmp_path, table, "source,target\nRJ1,RGT\nR1H,RAL\nRAL,R1D\n")
    assert len(found.layers[0].ties.source) == 4
    assert "1 of 3 ties leads to an organisation outside the table" in said(found)
    with pytest.raises(InputError, match="all 1 ties"):
        read(tmp_path, table, "source,target\nRAL,R1D\n")


def test_the_products_own_networks_may_be_used_with_part_of_the_trusts(tmp_path: Path) -> None:
    """Both forms of an export of a world, with half of its trusts in the table, have the same ties left."""
    from diffusion.world.building.build import build_world
    from diffusion.world.building.export import export_network
    from diffusion.world.spec import WorldSpec

    world = build_world(WorldSpec.model_validate({"synthetic": {"n_trusts": 30, "n_innovations": 3}}))
    layer = world.layers[0].name
    codes = world.trusts.codes[:15]
    path = tmp_path / "a.csv"
    path.write_text("code,time\n" + "".join(f"{code},{i % 7 + 1 if i % 3 else ''}\n" for i, code in enumerate(codes)))
    kept = []
    for kind in ("csv", "graphml"):
        file = export_network(world, layer, tmp_path / f"net.{kind}", kind)
        (observed,) = read_observed(path, [Path(file)], ReadOptions())
        kept.append(len(observed.layers[0].source))
        assert observed.left_out["net"][0] > 0
    assert kept[0] == kept[1] > 0


# --- What is said -----------------------------------------------------------------------------------------------------


def test_constant_hazard_has_an_interval_and_no_s_shape(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    wait = rng.geometric(0.03, 1500)
    text = "code,time\n" + "".join(f"P{i:05d},{t if t <= 36 else ''}\n" for i, t in enumerate(wait))
    text = said(found_in(tmp_path, text, first="1", last="36", launch="1"))
    assert re.search(r"p = 0\.0[23]\d+ a period \(0\.02\d+ to 0\.0[34]\d+\)", text), text
    assert "–" not in text
    assert "S-shape" not in text


def test_an_s_shape_is_said_where_its_test_says_it(tmp_path: Path) -> None:
    new = [2, 3, 5, 8, 12, 17, 22, 24, 22, 17, 11, 7, 4, 2, 1]
    found = found_in(tmp_path, "time,new_adopters,population\n" + "".join(f"{i},{n},180\n" for i, n in enumerate(new)))
    assert found.shape is not None
    assert found.shape.steady_p_value < 0.01
    assert found.shape.constant_p_value < 0.01
    assert "the S-shape of the Bass model (likelihood-ratio test, p < 0.001)" in said(found)


@pytest.mark.parametrize("seed", range(12))
def test_no_warning_no_gap_and_no_endless_number(tmp_path: Path, seed: int) -> None:
    """Random tables of all kinds under warnings as errors: sane words and cells, or an InputError."""
    rng = np.random.default_rng(seed)
    periods, kind = int(rng.integers(3, 12)), seed % 4
    rising = [np.arange(1, periods + 1), np.full(periods, 3), np.arange(periods, 0, -1), 2 ** np.arange(periods)][
        seed // 3
    ]
    new = rng.poisson(rising * rng.uniform(0.5, 2))
    options: dict = {}
    if kind == 0:
        text = "time,new_adopters\n" + "".join(f"{i},{n}\n" for i, n in enumerate(new))
    elif kind == 1:
        dates = np.cumsum(rng.integers(1, 4, periods))
        text = "time,cumulative_adopters\n" + "".join(f"{t},{n + 20}\n" for t, n in zip(dates, np.cumsum(new)))
        options = {"population": int(new.sum() + 60)} if seed % 8 == 1 else {}
    else:
        times = [str(t) for t in np.repeat(np.arange(periods), np.minimum(new, 30))] + [""] * int(rng.integers(0, 30))
        already = rng.random(len(times)) < (0.5 if kind == 3 else 0)
        rows = [
            f"T{i},{'' if had and not t else t},{int(had and not t)},{'abc'[i % 3]},{rng.normal():.2f}\n"
            for i, (t, had) in enumerate(zip(times, already))
        ]
        text = "code,time,already,g,z\n" + "".join(rows)
        options = {"groups": ("g",), "compare": ("g",), "covariates": ("z",)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = found_in(tmp_path, text, **options)
        except InputError:
            return
        makers = (networks_table, effects_table, own_hazard_table, classes_table)
        tables = [bass_table(found, True), bass_table(found, False), *(make(found) for make in makers)]
        for make in table_makers(found).values():
            make(found)
    cells = [f"{c.text} {c.small}" for table in tables if table is not None for _, row in table.rows for c in row]
    words = said(found) + " " + " ".join(cells)
    assert not re.search(r"\d{1,3}(,\d{3}){3,}|\bnan\b|\binf\b|– to|to –|\d[eE][+-]?\d", words), words
    population = found.observed.population
    for fit in found.bass.values():
        assert fit.market <= population * (1 + 1e-9) or np.isnan(population)


def test_the_command_states_a_population_without_warnings(tmp_path: Path, capfd, monkeypatch) -> None:
    """The whole command: its screen holds the notes and no library's words, its page says the same."""
    monkeypatch.chdir(tmp_path)
    steady = "code,time\n" + "".join(f"S{i:03d},{1 + i // 3 if i < 60 else ''}\n" for i in range(61))
    Path("steady.csv").write_text(steady)
    with pytest.raises(SystemExit) as leaving:
        main(["analyse", "steady.csv", "--draws", "99", "--population", "100", "--out", "out"])
    assert not leaving.value.code
    out, err = capfd.readouterr()
    assert "Warning" not in out + err
    assert "39 of the 100 organisations are not in the table" in " ".join(out.split())
    assert "39 of the 100 organisations are not in the table" in Path("out/index.html").read_text()


def test_times_before_observation_are_nobodys(tmp_path: Path) -> None:
    """Those there before have no time, class or threshold of their own; their example counts from the first period."""
    text = "code,time,already\na,,1\nb,1,0\nc,2,0\nd,3,0\ne,,0\nf,4,0\n"
    found = found_in(tmp_path, text, "source,target\nb,a\nc,d\nd,b\nf,e\n", directed=True)
    assert found.classes[0] == "adopted before"
    layer = found.layers[0]
    assert layer.threshold_lagged[1] == 1  # b looks to a, who was there
    assert np.isnan(layer.threshold[0])
    assert np.isnan(layer.infectiousness[0])
    rows = table_makers(found)["organisations"](found)
    assert list(rows["time"])[:2] == ["", "1"]
    assert "before period 1" in render_analysis([found], "x", "1", [])


# --- Strata -----------------------------------------------------------------------------------------------------------


def test_strata_are_said_on_page_and_in_the_answer(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    rows = "".join(f"F{i:02d},{rng.integers(1, 7)},{'abc'[i % 3] if i else ''}\n" for i in range(60))
    ties = "source,target\n" + "".join(f"F{i:02d},F{(i + k) % 60:02d}\n" for i in range(60) for k in (1, 3))
    found = found_in(tmp_path, "code,time,village\n" + rows, ties, strata="village")
    assert "than chance within groups of village gives" in said(found)
    assert any("without village make a stratum of their own: 1" in note for note in found.notes)
    page = render_analysis([found], "x", "1", [])
    assert found.hazard is not None, found.notes
    assert "Compared within groups of village" in page
    assert [test.null for test in found.layers[0].tests] == ["permuted"]
    assert "within groups" not in said(found_in(tmp_path, "code,time,village\n" + rows, ties, compare=("village",)))


@pytest.mark.parametrize("unit", ["quarter", "financial year"])
def test_axes_and_words_are_of_the_unit(tmp_path: Path, unit: str) -> None:
    """Labels of periods, figures and sentences say quarters and financial years, nowhere their numbers."""
    from diffusion.report.figures.observed import figure_makers

    labels = [f"Q{i % 4 + 1} {2015 + i // 4}" if unit == "quarter" else f"{2010 + i}/{11 + i}" for i in range(8)]
    rows = "".join(f"F{i:02d},{labels[i % 8] if i % 5 else ''}\n" for i in range(60))
    found = found_in(tmp_path, "code,time\n" + rows)
    assert f"a {unit} (" in said(found)
    assert labels[-1] in said(found)
    assert list(table_makers(found)["curve"](found)["period"]) == labels
    figure = next(iter(figure_makers(found).values()))()
    axes = figure.axes[0]
    assert axes.get_xlabel() == unit
    figure.canvas.draw()
    shown = [tick.get_text() for tick in axes.get_xticklabels() if tick.get_text()]
    inside = {label for label in shown if label in labels}
    assert len(inside) >= 2
