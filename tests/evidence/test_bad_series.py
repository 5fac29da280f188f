"""Bad series of evidence: exit code 2, one line with file, line, key and what was expected, nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion.errors import InputError
from diffusion.evidence.reading import evidence, find_series, packaged_evidence, read_series

Call = Callable[..., tuple[int, str, str]]

GOOD = """\
title: Our hospital drug
what: trusts that have ever issued it
unit: trusts
at_risk: 152
start: 2021-04
kind: drug
traits:
  eligible_sectors: [acute, specialist]
quantity: ever
points:
  - {date: 2021-12, count: 20}
  - {date: 2022-12, count: 55}
  - {date: 2022-12, quantity: use, share: 0.2, standard_error: 0.03}
levers:
  best-practice-tariff: {start: 2021-04, end: 2023-04}
shocks:
  push: {start: 2021-04, end: 2022-04, awareness_push: 2}
grade: B
source: our pharmacy system
trusts: by-trust.csv
"""
BY_TRUST = "code,first_month\nRA7,2021-12\nRTG,2022-06\nRRK,\n"


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


TRAITS = "  eligible_sectors: [acute, specialist]"

#: name -> (file, line of the fault, words of the message in their order)
BAD: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "traits of an innovation of the portfolio": (
        changed("kind: drug", "kind: digital\ninnovation: mycopd"),
        8,
        ("traits", "innovations of the portfolio", "an innovation of its own"),
    ),
    "a launch beside the start": (
        changed(TRAITS, f"{TRAITS}\n  live_month: 12"),
        9,
        ("traits.live_month", "start, the month in which it became available"),
    ),
    "sites beside the opening share": (
        changed(TRAITS, f"{TRAITS}\n  initial_sites_min: 2"),
        9,
        ("traits.initial_sites_min", "opening_share"),
    ),
    "more at the start than have a use": (
        changed(TRAITS, f"{TRAITS}\n  use_share: 0.3\nopening_share: 0.9"),
        10,
        ("opening_share", "0.9", "use_share 0.3", "at most 0.3"),
    ),
    "an effect of nothing": (
        changed("  push: {start: 2021-04, end: 2022-04, awareness_push: 2}\n", "")
        .replace("levers:\n  best-practice-tariff: {start: 2021-04, end: 2023-04}\nshocks:\n", "")
        .replace("{date: 2021-12, count: 20}", "{date: 2021-12, effect: 0.1, standard_error: 0.03}"),
        11,
        ("points[0].effect", "nothing is in force", "levers or shocks"),
    ),
    "enrolled without a programme": (
        changed("quantity: ever", "quantity: enrolled"),
        9,
        ("quantity", "without a programme", "programmes below levers"),
    ),
    "scaled without pilots": (changed("quantity: ever", "quantity: scaled"), 9, ("quantity", "needs no pilot")),
    "a shock before the start": (
        changed("push: {start: 2021-04, end: 2022-04, awareness_push: 2}", "push: {start: 2020-04, end: 2021-02}"),
        17,
        ("shocks.push.end", "over before the start (2021-04)", "2021-05 or later"),
    ),
    "pressure of a series": (
        changed("awareness_push: 2", "pressure: 0.2"),
        17,
        ("shocks.push.pressure", "falls on whole trusts", "for it alone"),
    ),
    "count above those at risk": (changed("count: 55", "count: 155"), 12, ("points[1].count", "155", "at_risk (152)")),
    "dates out of order": (
        changed("{date: 2022-12, count: 55}", "{date: 2021-10, count: 55}"),
        12,
        ("points[1].date", "2021-10 comes after 2021-12", "in order"),
    ),
    "date twice": (
        changed("{date: 2022-12, count: 55}", "{date: 2021-12, count: 55}"),
        12,
        ("points[1].date", "each once"),
    ),
    "cumulative count that falls": (
        changed("count: 55", "count: 12"),
        12,
        ("points[1].count", "falls from 20 to 12", "20 or more"),
    ),
    "point before the start": (
        changed("date: 2021-12", "date: 2021-02"),
        11,
        ("points[0].date", "2021-02 is before the start (2021-04)", "2021-03 or later"),
    ),
    "unknown lever": (
        changed("best-practice-tariff", "best-practise-tariff"),
        15,
        ("levers.best-practise-tariff", "unknown lever", "did you mean 'best-practice-tariff'?"),
    ),
    "unknown kind": (changed("kind: drug", "kind: drog"), 6, ("kind", "unknown value 'drog'", "did you mean 'drug'?")),
    "unknown quantity": (
        changed("quantity: ever", "quantity: evver"),
        9,
        ("quantity", "unknown value 'evver'", "did you mean 'ever'?"),
    ),
    "no source": (changed("source: our pharmacy system\n", ""), 1, ("source", "missing")),
    "empty source": (changed("source: our pharmacy system", "source: ''"), 19, ("source", "1 character")),
    "no number at risk": (changed("at_risk: 152\n", ""), 1, ("at_risk", "missing")),
    "not a number": (changed("count: 55", "count: .nan"), 12, ("points[1].count", "whole number")),
    "share not a number": (changed("share: 0.2", "share: .nan"), 13, ("points[2].share", "number")),
    "infinite error": (changed("error: 0.03", "error: .inf"), 13, ("points[2].standard_error", "number")),
    "negative count": (changed("count: 20", "count: -20"), 11, ("points[0].count", "-20 is out of range", ">= 0")),
    "half a trust": (changed("count: 20", "count: 20.5"), 11, ("points[0].count", "whole number")),
    "count as text": (changed("count: 20", "count: '20'"), 11, ("points[0].count", "wrong type", "whole number")),
    "share in per cent": (changed("share: 0.2", "share: 20"), 13, ("points[2].share", "20 is out of range", "<= 1")),
    "two of count and share": (
        changed("count: 55", "count: 55, share: 0.36, standard_error: 0.04"),
        12,
        ("points[1].share", "one of count, share and effect", "not count and share"),
    ),
    "none of them": (changed(", count: 55", ""), 12, ("points[1].date", "count, share or effect beside the date")),
    "share without error": (changed(", standard_error: 0.03", ""), 13, ("points[2].share", "no standard_error")),
    "count with error": (
        changed("count: 55", "count: 55, standard_error: 0.1"),
        12,
        ("points[1].standard_error", "a count has the error of its numbers"),
    ),
    "unknown key": (changed("grade: B", "grad: B"), 18, ("grad", "unknown key", "did you mean 'grade'?")),
    "unknown key of a point": (
        changed("count: 20", "counts: 20"),
        11,
        ("points[0].counts", "unknown key", "did you mean 'count'?"),
    ),
    "month as a number": (changed("start: 2021-04\nkind", "start: 202104\nkind"), 5, ("start", "write 2021-04")),
    "month in words": (changed("date: 2021-12", "date: Dec 2021"), 11, ("points[0].date", "write 2021-12")),
    "no points": (changed(GOOD[GOOD.index("points:") : GOOD.index("levers:")], "points: []\n"), 10, ("points",)),
    "points before the start alone": (
        changed(GOOD[GOOD.index("points:") : GOOD.index("levers:")], "points: [{date: 2021-03, count: 3}]\n"),
        10,
        ("points", "no point lies in or after the first month (2021-04)"),
    ),
    "points as one point": (
        changed(GOOD[GOOD.index("points:") : GOOD.index("levers:")], "points: {date: 2021-12, count: 3}\n"),
        10,
        ("points", "a list"),
    ),
    "lever without start": (
        changed("{start: 2021-04, end: 2023-04}", "{}"),
        15,
        ("levers.best-practice-tariff.start", "no first month", "YYYY-MM"),
    ),
    "lever with end before start": (
        changed("{start: 2021-04, end: 2023-04}", "{start: 2021-04, end: 2020-04}"),
        15,
        ("levers.best-practice-tariff.end", "the end (2020-04) is not after the start (2021-04)", "2021-05 or later"),
    ),
    "unknown setting of a lever": (
        changed("end: 2023-04", "strenght: 2"),
        15,
        ("levers.best-practice-tariff.strenght", "unknown key", "did you mean 'strength'?"),
    ),
    "shock without start": (changed("{start: 2021-04, end: 2022-04, ", "{"), 17, ("shocks.push", "first month")),
    "shock with end before start": (
        changed("end: 2022-04", "end: 2021-04"),
        17,
        ("shocks.push.end", "not after its start in 2021-04", "2021-05 or later"),
    ),
    "negative push": (changed("push: 2}", "push: -2}"), 17, ("shocks.push.awareness_push", "-2 is out of range")),
    "shock that is a number": (
        changed("{start: 2021-04, end: 2022-04, awareness_push: 2}", "3"),
        17,
        ("shocks.push", "keys with values"),
    ),
    "key with a dot": (changed("  push:", "  pu.sh:"), 17, ("shocks", "'pu.sh' cannot be a key")),
    "levers as a list": (
        changed("  best-practice-tariff: {start", "  - {start"),
        14,
        ("levers", "not a set of keys"),
    ),
    "unknown sector": (
        changed("[acute, specialist]", "[acute, specialst]"),
        8,
        ("traits.eligible_sectors", "unknown sector 'specialst'", "did you mean 'specialist'?"),
    ),
    "bad trait": (
        changed("[acute, specialist]", "[acute]\n  pilot_months: -1"),
        9,
        ("traits.pilot_months", "-1 is out of range"),
    ),
    "unknown trait": (
        changed("[acute, specialist]", "[acute]\n  pilot_month: 1"),
        9,
        ("traits.pilot_month", "unknown key", "did you mean 'pilot_months'?"),
    ),
    "unknown innovation": (
        changed("kind: drug", "kind: drug\ninnovation: mycopdd"),
        7,
        ("innovation", "the portfolio has no innovation", "did you mean"),
    ),
    "innovation over a portfolio": (
        changed("kind: drug", "kind: drug\nof: portfolio\ninnovation: nervecentre"),
        8,
        ("innovation", "names none"),
    ),
    "unknown rung": (changed("grade: B", "grade: B\nladder: fast"), 19, ("ladder", "unknown value 'fast'", "peers")),
    "bad grade": (changed("grade: B", "grade: D"), 18, ("grade", "unknown value 'D'", "one of A, B, C")),
    "opening share above 1": (
        changed("quantity: ever", "quantity: ever\nopening_share: 20"),
        10,
        ("opening_share", "20 is out of range", "<= 1"),
    ),
    "not YAML": (changed("kind: drug", "kind: [drug"), 7, ("",)),
    "a tag": (changed("kind: drug", "kind: !!python/object:os.system drug"), 6, ("tag",)),
    "a list": ("- " + GOOD.replace("\n", "\n  ").rstrip() + "\n", 1, ("not a series", "keys with values")),
    "key twice": (changed("grade: B", "grade: B\ngrade: A"), 19, ("grade", "twice")),
    "table that is not there": (
        changed("by-trust.csv", "by-trusts.csv"),
        20,
        ("trusts", "there is no file 'by-trusts.csv'"),
    ),
    "table elsewhere": (changed("by-trust.csv", "../by-trust.csv"), 20, ("trusts", "in the same folder")),
    "table that is no CSV": (changed("by-trust.csv", "by-trust.xlsx"), 20, ("trusts", "a .csv file")),
    "table for a mean": (changed("quantity: ever", "quantity: aware"), 20, ("trusts", "ever or adopters")),
}

#: name -> (table, line of the fault, words of the message in their order)
BAD_TABLES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "unknown code": ("code,first_month\nRA7,2021-12\nZZZ,\n", 3, ("code", "unknown trust 'ZZZ'", "--codes")),
    "code of a successor": ("code,first_month\nR0D,2021-12\n", 2, ("code", "took over from RD3 and RDZ later")),
    "code in small letters": ("code,first_month\nra7,2021-12\n", 2, ("code", "write 'RA7'")),
    "code twice": ("code,first_month\nRA7,\nRTG,\nRA7,2021-12\n", 4, ("code", "'RA7' is given twice", "line 2")),
    "month before the start": (
        "code,first_month\nRA7,2020-12\n",
        2,
        ("first_month", "2020-12 is before the start of the series (2021-04)", "2021-03 to 2022-12"),
    ),
    "month after the last point": (
        "code,first_month\nRA7,2023-01\n",
        2,
        ("first_month", "2023-01 is after the last point (2022-12)", "leave it blank"),
    ),
    "month as a day": ("code,first_month\nRA7,2021-12-05\n", 2, ("first_month", "write 2021-12")),
    "no code": ("code,first_month\n,2021-12\n", 2, ("code", "missing")),
    "no header": ("RA7,2021-12\nRTG,2022-06\n", 1, ("header",)),
    "missing column": ("code,month\nRA7,2021-12\n", 1, ("month",)),
    "more values than columns": ("code,first_month\nRA7,2021-12,3\n", 2, ("3 values",)),
    "no rows": ("code,first_month\n", 1, ("no rows",)),
    "empty": ("", 1, ("empty",)),
}


def write(folder: Path, text: str = GOOD, table: str = BY_TRUST, name: str = "my-drug.yaml") -> Path:
    """Write a series and its table into a folder of their own."""
    own = folder / "own"
    own.mkdir(exist_ok=True)
    (own / name).write_text(text, encoding="utf-8")
    (own / "by-trust.csv").write_text(table, encoding="utf-8")
    return own / name


def in_order(words: tuple[str, ...], text: str) -> bool:
    at = 0
    for word in words:
        at = text.find(word, at) + len(word)
        if at < len(word):
            return False
    return True


@pytest.mark.unit
def test_the_good_file_is_good(tmp_path: Path) -> None:
    item = read_series(write(tmp_path))
    assert item.id == "my-drug"
    assert [item.month_of(point) for point in item.series.points] == [9, 21, 21]
    assert [str(row.first_month) for row in item.first_uses] == ["2021-12", "None", "2022-06"]


@pytest.mark.unit
@pytest.mark.parametrize("name", BAD)
def test_a_bad_series_is_refused_with_file_line_and_key(name: str, tmp_path: Path) -> None:
    text, line, words = BAD[name]
    with pytest.raises(InputError) as told:
        read_series(write(tmp_path, text))
    assert told.value.file is not None
    assert told.value.file.endswith("my-drug.yaml")
    assert told.value.line == line, str(told.value)
    assert in_order(words, str(told.value)), str(told.value)


@pytest.mark.unit
@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_of_trusts_is_refused_with_file_line_and_column(name: str, tmp_path: Path) -> None:
    table, line, words = BAD_TABLES[name]
    with pytest.raises(InputError) as told:
        read_series(write(tmp_path, GOOD, table))
    assert told.value.file is not None
    assert told.value.file.endswith("by-trust.csv")
    assert told.value.line == line, str(told.value)
    assert in_order(words, str(told.value)), str(told.value)


@pytest.mark.integration
@pytest.mark.parametrize("name", [*BAD, *BAD_TABLES])
def test_the_command_line_refuses_it_too(name: str, command_line: Call, tmp_path: Path) -> None:
    text, line, words = BAD[name] if name in BAD else (GOOD, *BAD_TABLES[name][1:])
    write(tmp_path, text, BAD_TABLES[name][0] if name in BAD_TABLES else BY_TRUST)
    file = "own/my-drug.yaml" if name in BAD else "own/by-trust.csv"
    code, out, err = command_line("evidence", "list", "--folder", "own")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {file}:{line}: "), err
    assert in_order(words, err), err
    assert err.count("\n") == 1


@pytest.mark.integration
@pytest.mark.parametrize("name", ["unknown lever", "dates out of order", "code twice"])
@pytest.mark.parametrize("command", ["show", "validate"])
def test_every_command_refuses_it_and_writes_nothing(
    command: str, name: str, command_line: Call, tmp_path: Path
) -> None:
    text = BAD[name][0] if name in BAD else GOOD
    write(tmp_path, text, BAD_TABLES[name][0] if name in BAD_TABLES else BY_TRUST)
    words = ("evidence", "show", "my-drug") if command == "show" else ("validate", "--out", "results")
    code, out, err = command_line(*words, "--folder", "own")
    assert (code, out) == (2, "")
    assert err.startswith("error: own/")
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "words", "better"),
    [
        ("infliximab-sc.yaml", "the id 'infliximab-sc' is taken by", "own-infliximab-sc.yaml"),
        ("my drug.yaml", "cannot be the id of a series", "my-drug.yaml"),
        ("a.b.yaml", "cannot be the id of a series", "a-b.yaml"),
        ("nervecentre.yaml", "taken by an innovation of the portfolio", "own-nervecentre.yaml"),
    ],
)
def test_ids_that_cannot_be_are_told_and_the_advice_works(name: str, words: str, better: str, tmp_path: Path) -> None:
    path = write(tmp_path, name=name)
    with pytest.raises(InputError) as told:
        evidence(path.parent)
    assert words in str(told.value)
    assert f"'{better}'" in str(told.value)
    path.rename(path.with_name(better))
    assert better.removesuffix(".yaml") in [item.id for item in evidence(path.parent)]


@pytest.mark.unit
def test_following_the_advice_on_an_id_of_the_portfolio_works(tmp_path: Path) -> None:
    traits = "traits:\n  eligible_sectors: [acute, specialist]\n"
    text = changed("kind: drug", "kind: digital\ninnovation: mycopd").replace(traits, "")
    assert read_series(write(tmp_path, text, name="mycopd.yaml")).id == "mycopd"


@pytest.mark.unit
def test_an_unknown_name_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean 'infliximab-sc'"):
        find_series("infliximab")
    with pytest.raises(InputError, match="the folder has no series"):
        evidence(tmp_path)
    with pytest.raises(InputError, match="there is no such folder"):
        evidence(tmp_path / "nowhere")


@pytest.mark.unit
def test_every_packaged_series_is_sound() -> None:
    found = packaged_evidence()
    assert len(found) >= 21
    for item in found:
        for row in item.first_uses:
            assert len(row.code) == 3
    [infliximab] = [item for item in found if item.id == "infliximab-sc"]
    # one user of the 77 is a mental health trust, which is not among those at risk; two trusts do not report
    assert len(infliximab.first_uses) == 150
    assert sum(row.first_month is not None for row in infliximab.first_uses) == 76
