"""Every form of file in the table of docs/analyse.md, each read from a file: what is recognised, what is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from diffusion.analysis.observed.reading import ReadOptions, read_observed
from diffusion.errors import InputError

pytestmark = pytest.mark.integration
DOCS = Path(__file__).parents[2] / "docs" / "analyse.md"


@dataclass(frozen=True)
class Form:
    """``text`` of a table, options, and what is read (label of the first use by code) or said when it is refused."""

    form: str
    text: str
    happens: str
    read: dict[str, str] = field(default_factory=dict)
    refused: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    ties: str | None = None


def times(*cells: str) -> str:
    return "code,time\n" + "".join(f'A{i},"{cell}"\n' for i, cell in enumerate(cells)) + "Z,\n"


def column(form: str, cells: tuple[str, ...], happens: str, labels: tuple[str, ...], **options: Any) -> Form:
    read = {f"A{i}": label for i, label in enumerate(labels)}
    return Form(form, times(*cells), happens, read, options=options)


def refused(form: str, cells: tuple[str, ...], happens: str, part: str, **options: Any) -> Form:
    return Form(form, times(*cells), happens, refused=part, options=options)


NOV, DEC = "2019-11", "2019-12"
LONG = "code,time,quantity\nA,2019-01,0\nA,2019-02,3\nA,2019-03,0\nA,2019-04,2\nA,2019-05,2\nB,2019-01,4\nC,2019-05,0\n"
SHARES = LONG.replace("quantity", "quantity,total").replace(",3\n", ",3,100\n")
SHARES = re.sub(r"(20\d\d-\d\d,\d+)\n", r"\1,10\n", SHARES)
WIDE = "code,2019-01,2019-02,2019-03\nA,0,0,1\nB,,5,6\nC,0,NA,0\n"
TOLD = "months"
FORMS: list[Form] = [
    column("`2019-11`", (NOV, DEC), "month", (NOV, DEC)),
    column("`2019-1`, `2019/1`", ("2019-1", "2019/3"), "month", ("2019-01", "2019-03")),
    column("`201911`", ("201911", "201912"), "month", (NOV, DEC)),
    column("`201911.0`", ("201911.0", "201912.0"), "month", (NOV, DEC)),
    column("`11/2019`, `11-2019`", ("11/2019", "12-2019"), "month", (NOV, DEC)),
    column("`Nov 2019`, `Nov-19`", ("Nov 2019", "Dec-19"), "month", (NOV, DEC)),
    column("`November 2019`", ("November 2019", "December 2019"), "month", (NOV, DEC)),
    column("`2019 Nov`, `2019M11`", ("2019 Nov", "2019M12"), "month", (NOV, DEC)),
    column("`2019-11-05`", ("2019-11-05", "2019-12-24"), "day: its month", (NOV, DEC)),
    column("`2019-11-05 00:00:00`, `2019-11-05T10:00Z`", ("2019-11-05 00:00:00", "2019-12-01T10:00Z"),
           "day: its month", (NOV, DEC)),
    column("`20191105`", ("20191105", "20191224"), "day: its month", (NOV, DEC)),
    column("`5 Nov 2019`, `05-Nov-19`", ("5 Nov 2019", "05-Dec-19"), "day: its month", (NOV, DEC)),
    column("`05/11/2019` beside `24/12/2019`", ("05/11/2019", "24/12/2019"), "day first, as the second shows",
           (NOV, DEC)),
    column("`11/05/2019` beside `12/24/2019`", ("11/05/2019", "12/24/2019"), "month first, as the second shows",
           (NOV, DEC)),
    refused("`05/11/2019`, no day above 12", ("05/11/2019", "06/12/2019"), "refused: two ways to read it",
            "--periods-are day-first if 2019-11 is meant; --periods-are month-first if 2019-05 is meant"),
    column("the same with `--periods-are day-first`", ("05/11/2019", "06/12/2019"), "day first", (NOV, DEC),
           periods_are="day-first"),
    column("`43774` (number of a day in a spreadsheet)", ("43774", "43823"), "day: its month", (NOV, DEC)),
    column("`43774.5`", ("43774.5", "43823.25"), "day with time: its month", (NOV, DEC)),
    column("`Q3 2019`", ("Q3 2019", "Q4 2019"), "quarter of a calendar year", ("Q3 2019", "Q4 2019")),
    column("`2019Q3`, `2019-Q3`", ("2019Q3", "2019-Q4"), "quarter of a calendar year", ("Q3 2019", "Q4 2019")),
    refused("`Q3 2019/20`", ("Q3 2019/20",), "refused: a quarter of a financial year; says which it is",
            "write the quarter of the calendar year: Q4 2019"),
    column("`2019/20`, `2019/2020`", ("2019/20", "2020/2021"), "financial year", ("2019/20", "2020/21")),
    column("`2019-20`", ("2019-20", "2020-21"), "financial year", ("2019/20", "2020/21")),
    column("`201920`", ("201920", "202021"), "financial year", ("2019/20", "2020/21")),
    column("`FY2019/20`", ("FY2019/20", "FY2020/21"), "financial year", ("2019/20", "2020/21")),
    column("`2009-10` beside `2012-13`", ("2009-10", "2012-13"), "financial year: 13 is no month",
           ("2009/10", "2012/13")),
    column("`2009-10` beside `2009-11`", ("2009-10", "2009-11"), "month: 2009-11 is no financial year",
           ("2009-10", "2009-11")),
    refused("`2009-10`, `2010-11`: each a year and the next", ("2009-10", "2010-11"), "refused: two ways to read it",
            "--periods-are financial-years if 2009/10 is meant"),
    column("the same with `--periods-are months`", ("2009-10", "2010-11"), "month", ("2009-10", "2010-11"),
           periods_are="months"),
    refused("`FY20`", ("FY20",), "refused: begins or ends in 2020", "2020/21 if it begins in 2020"),
    column("`2019`", ("2019", "2020"), "number (a year)", ("2019", "2020")),
    column("`2.0`", ("2.0", "3.0"), "number 2", ("2", "3")),
    column("`-3`", ("-3", "4"), "number", ("-3", "4")),
    column("`NA`, `never`, `n/a`, `-`, empty", ("2", "NA", "never", "n/a", "-", "", "5"),
           "empty: not seen to adopt; counted in the notes", ("2", "", "", "", "", "", "5")),
    refused("`unknown`, `?`", ("2", "unknown", "?"), "refused: nobody knows when", "says that nobody knows when"),
    refused("`#REF!`", ("2", "#REF!"), "refused: an error of a spreadsheet", "mend the formula"),
    refused("`999` several times beside periods 1 to 9", ("1", "3", "5", "7", "999", "999"),
            "refused: a code for never", "leave the cell empty"),
    refused("`1511`, `1512`, `1601`", ("1511", "1512", "1601"), "refused: year and month, or a number", "2015-11"),
    refused("`2019.10`", ("2019.10", "2019.11"), "refused: 2019.1 may be January or October", "2016-10"),
    refused("`week 45 2019`, `2019-W45`", ("week 45 2019", "2019-W45"), "refused: a week; its month is said",
            "2019-11"),
    refused("`H2 2019`", ("H2 2019",), "refused: half of a year", "number the half-years"),
    refused("`5-Nov`, `November`", ("5-Nov", "November"), "refused: no year", "with its year"),
    refused("`month 3`", ("month 3",), "refused: a number with a word", "write the number alone: 3"),
    refused("`1572912000`", ("1572912000",), "refused: seconds since 1970; the month is said", "2019-11"),
    refused("`before 2015`, `<2015`", ("before 2015", "<2015"), "refused: open to one side", "column already"),
    refused("`2019-11` beside `2019`", (NOV, DEC, "2019"), "refused: mixed units", "'2019' is a whole number"),
    refused("`2019-11` beside `Q3 2019`", (NOV, DEC, "Q3 2019"), "refused: mixed units", "'Q3 2019' is a quarter"),
    refused("`2019-11` beside `43774`", (NOV, DEC, "43774"), "refused: mixed units; the day's month is said",
            "write it as 2019-11"),
    refused("`31/02/2019`", ("31/02/2019",), "refused: no day of the calendar", "no day of the calendar"),
    Form("long: `code,time,quantity`", LONG, "first use: the first period above 0; use in the first period: adopted "
         "before", {"A": "2019-02", "B": "before", "C": ""}),
    Form("the same with `--running 2`", LONG, "first of two periods running; the last period ends unconfirmed",
         {"A": "2019-04", "B": "", "C": ""}, options={"running": 2}),
    Form("long with `total`, `--least-share 0.1`", SHARES, "the first period with 10 % of the total",
         {"A": "2019-04", "B": "before", "C": ""}, options={"least_share": 0.1}),
    Form("long without `total`, `--least-share 0.1`", LONG, "refused: a share of what",
         refused="a share is asked, and no column says of what", options={"least_share": 0.1}),
    Form("long with `--launch 2019-01`", LONG, "use in the first period is adoption in it",
         {"A": "2019-02", "B": "2019-01", "C": ""}, options={"launch": "2019-01"}),
    Form("long, a code and period twice", LONG + "A,2019-02,1\n", "refused", refused="give --aggregate to add them up"),
    Form("the same with `--aggregate`", LONG + "A,2019-02,1\n", "quantities are added up", {"A": "2019-02"},
         options={"aggregate": True}),
    Form("wide: a column for each period", WIDE, "as a long table; empty cells and `NA` are no use",
         {"A": "2019-03", "B": "2019-02", "C": ""}),
    Form("`--adopted first --adopted second`", "code,first,second\nA,2,3\nB,,4\nC,5,\n",
         "one innovation for each column", {"A": "2", "B": "", "C": "5"}, options={"adopted": ("first", "second")}),
    Form("`--code id --adopted toa`", "id,toa\nA,2\nB,NA\nC,4\n", "columns under other names",
         {"A": "2", "B": "", "C": "4"}, options={"code": "id", "adopted": ("toa",)}),
    Form("codes that merged, `--merged england`", "code,time\nRM2,2019-05\nRW3,2019-02\nRJ1,2019-04\nRAL,\n",
         "one organisation, adopted when the first did", {"R0A": "2019-02", "RJ1": "2019-04", "RAL": ""},
         options={"merged": "england"}),
    Form("names without codes", "name,time\nSome Trust,2\n", "refused: says how to match them",
         refused="--names-for-review"),
    Form("a tie given twice", "code,time\nA,1\nB,2\nC,3\nD,\n", "refused", refused="give --drop",
         ties="source,target\nA,B\nA,B\nB,C\n"),
    Form("the same with `--aggregate`", "code,time\nA,1\nB,2\nC,3\nD,\n", "weights are added up",
         {"A": "1", "B": "2", "C": "3", "D": ""}, options={"aggregate": True}, ties="source,target\nA,B\nA,B\nB,C\n"),
    Form("a tie of one with itself", "code,time\nA,1\nB,2\nC,3\nD,\n", "refused", refused="has no tie with itself",
         ties="source,target\nA,A\nB,C\n"),
    Form("the same with `--drop`", "code,time\nA,1\nB,2\nC,3\nD,\n", "passed over and counted",
         {"A": "1", "B": "2", "C": "3", "D": ""}, options={"drop": True}, ties="source,target\nA,A\nB,C\n"),
    Form("ties to codes outside the table", "code,time\nA,1\nB,2\nC,3\nD,\n", "left out and counted",
         {"A": "1", "B": "2", "C": "3", "D": ""}, ties="source,target\nA,X\nB,C\n"),
]  # fmt: skip


def table_of_forms() -> str:
    """The table as it stands in docs/analyse.md."""
    rows = [f"| {form.form} | {form.happens} |" for form in FORMS]
    return "\n".join(["| form | what happens |", "|---|---|", *rows])


def test_the_table_in_the_docs_is_of_these_forms() -> None:
    assert len(FORMS) >= 40
    assert table_of_forms() in DOCS.read_text("utf-8")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form)
def test_each_form_is_read_as_said_or_refused_by_name(tmp_path: Path, form: Form) -> None:
    path = tmp_path / "table.csv"
    path.write_text(form.text, encoding="utf-8")
    files = []
    if form.ties is not None:
        (tmp_path / "ties.csv").write_text(form.ties, encoding="utf-8")
        files = [tmp_path / "ties.csv"]
    if form.refused:
        with pytest.raises(InputError) as error:
            read_observed(path, files, ReadOptions(**form.options))
        assert form.refused in str(error.value)
        assert "trust" not in str(error.value)
        assert not form.happens or form.happens.startswith("refused")
        return
    observed = read_observed(path, files, ReadOptions(**form.options))[0]
    adoption = observed.adoption
    assert adoption is not None
    found = {}
    for i, code in enumerate(adoption.codes):
        found[code] = "before" if adoption.already[i] else ""
        if adoption.event[i]:
            found[code] = observed.period_label(adoption.time[i])
    assert {code: found[code] for code in form.read} == form.read
    assert form.read


def test_what_a_refusal_of_two_ways_names_works(tmp_path: Path) -> None:
    """Each way named is read as it says."""
    path = tmp_path / "table.csv"
    for form in FORMS:
        if "two ways" not in form.happens:
            continue
        path.write_text(form.text, encoding="utf-8")
        with pytest.raises(InputError) as error:
            read_observed(path)
        named = re.findall(r"--periods-are ([a-z-]+) if (\S+) is meant", str(error.value))
        assert len(named) == 2
        for way, label in named:
            observed = read_observed(path, (), ReadOptions(periods_are=way))[0]
            assert observed.period_label(observed.first) == label


def test_the_command_line_knows_the_same_forms(tmp_path: Path) -> None:
    from diffusion.analysis.observed.period_forms import READINGS
    from diffusion.cli.analyse import FORMS as NAMED

    assert tuple(READINGS) == NAMED
    with pytest.raises(InputError, match="one of numbers, months"):
        read_observed(tmp_path / "table.csv", (), ReadOptions(periods_are="weeks"))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Cells of several rows and columns, and ties of another file, in one error; the others are counted."""
    path, ties = tmp_path / "table.csv", tmp_path / "ties.csv"
    path.write_text("code,time,size\nA,2,1\nA,3,2\nB C,4,x\nD,soon,3\nE,5,4\n", encoding="utf-8")
    ties.write_text("source,target,weight\nA,A,1\nA,E,-1\nD,E,1\nD,E,1\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_observed(path, [ties], ReadOptions(covariates=("size",)))
    lines = str(error.value).split("\n")
    for part in ("'A' is given twice", "'B C' is not a code", "'x' is not allowed", "'soon'", "with itself", "'-1'"):
        assert sum(part in line for line in lines) == 1, (part, lines)
    assert sum("given twice" in line for line in lines) == 2
    path.write_text("code,time\n" + "".join(f"A{i},soon{i}\n" for i in range(50)), encoding="utf-8")
    with pytest.raises(InputError, match="and 30 more faults"):
        read_observed(path)


def test_merged_codes_take_their_ties_along(tmp_path: Path) -> None:
    path, ties = tmp_path / "table.csv", tmp_path / "ties.csv"
    path.write_text("code,time,size\nRM2,2019-05,3\nRW3,2019-02,3\nRJ1,2019-04,1\nRAL,,2\n", encoding="utf-8")
    ties.write_text("source,target\nRM2,RW3\nRM2,RJ1\nRW3,RJ1\nRJ1,RAL\n", encoding="utf-8")
    observed = read_observed(path, [ties], ReadOptions(merged="england", covariates=("size",)))[0]
    assert observed.adoption is not None
    assert observed.adoption.codes == ("R0A", "RAL", "RJ1")
    assert observed.covariates["size"].tolist() == [3, 2, 1]
    matrix = observed.layers[0].matrix().toarray()
    assert matrix[0, 2] == 2 * matrix[2, 1] > 0  # two ties became one of double weight
    assert any("RM2 and RW3 in R0A" in note for note in observed.notes)
    assert any("within one code" in note for note in observed.notes)


def test_names_are_taken_only_where_a_person_accepted_them(tmp_path: Path) -> None:
    from diffusion.analysis.observed.names import write_review
    from diffusion.analysis.observed.reading import names_in

    path, review = tmp_path / "table.csv", tmp_path / "names.csv"
    path.write_text("name,time\nManchester University NHS FT,2019-02\nRoyal Free London,2019-04\nKings,\n", "utf-8")
    assert write_review(names_in(path), review) == 3
    text = review.read_text("utf-8")
    assert "Manchester University NHS FT,R0A," in text
    with pytest.raises(InputError, match="no accepted code") as error:
        read_observed(path, (), ReadOptions(names=review))
    assert str(error.value).count("no accepted code") == 3
    lines = text.splitlines()
    marked = [line + "yes" if re.match(r"Manchester[^,]*,R0A,|Royal Free[^,]*,RAL,", line) else line for line in lines]
    review.write_text("\n".join([*marked, "Kings,RJZ,,,yes"]) + "\n", encoding="utf-8")
    observed = read_observed(path, (), ReadOptions(names=review))[0]
    assert observed.adoption is not None
    assert observed.adoption.codes == ("R0A", "RAL", "RJZ")


def test_the_rule_of_first_use_over_several_innovations(tmp_path: Path) -> None:
    """Without a column total, a share is of the sum over the innovations of one code and period."""
    path = tmp_path / "table.csv"
    rows = ["code,time,innovation,quantity"]
    for month in range(1, 7):
        rows += [f"A,2019-{month:02d},new,{month}", f"A,2019-{month:02d},old,{10 - month}", f"B,2019-{month:02d},old,9"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    new = read_observed(path, (), ReadOptions(least_share=0.35, launch="2019-01"))[0]
    assert new.adoption is not None
    assert new.period_label(new.adoption.time[0]) == "2019-04"


def test_a_review_is_never_written_over_another_file(tmp_path: Path, command_line, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("name,time\nRoyal Free London,2019-04\n", encoding="utf-8")
    (tmp_path / "names.csv").write_text("mine", encoding="utf-8")
    for out in ("names.csv", "table.csv", "no/names.csv"):
        code, _, err = command_line("analyse", "table.csv", "--names-for-review", out)
        assert code == 2
        assert "--names-for-review" in err
    assert (tmp_path / "names.csv").read_text("utf-8") == "mine"
    assert command_line("analyse", "table.csv", "--names-for-review", "table.csv", "--force")[0] == 2
    assert command_line("analyse", "table.csv", "--names-for-review", "names.csv", "--force")[0] == 0
    assert "RAL" in (tmp_path / "names.csv").read_text("utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["names.csv", "table.csv"]
