"""A number has one form: every other is refused with how to write it, and what is written then is taken."""

from __future__ import annotations

import re
import typing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from diffusion.engine.calendar import Month, MonthError
from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.reading.numbers import how_to_write, parse_number, parse_whole
from diffusion.reading.rows import RawRow, RawTable, validate_rows
from diffusion.reading.validation import choices
from diffusion.reading.yaml_lines import load_yaml, parse_yaml
from diffusion.scenario.load import load_scenario
from diffusion.world.ahsns import AhsnRow
from diffusion.world.innovations import InnovationRow
from diffusion.world.trusts import TrustRow
from support.schema_reading import without_reason

pytestmark = pytest.mark.unit

#: what may stand where a number is wanted and is none, with what is written instead (None: nothing that is sure)
OTHER_FORMS: dict[str, str | None] = {
    "1_000": "1000",
    "1,000": "1000",
    "1 000": "1000",
    "1\u2009000": "1000",
    "1\u00a0000": "1000",
    "1'000": "1000",
    "0,5": "0.5",
    "010": "10",
    "-007": "-7",
    "00.5": "0.5",
    "0x10": "16",
    "0o10": "8",
    "0b11": "3",
    "１２": "12",
    "٣": "3",
    "\u22125": "-5",
    "²": "2",
    "12:30": None,
    "1:30:00": None,
    "2017-07-01": None,
    "01/07/2017": None,
    "40%": "0.4",
    "£500": None,
    "20m": None,
    "5 km": None,
    "1e400": None,
    "nan": None,
    "NaN": None,
    "inf": None,
    "-Infinity": None,
    ".inf": None,
    "yes": None,
    "no": None,
    "on": None,
    "NO": None,
    "true": None,
    "one": None,
    "½": None,
    "1e": None,
    "--1": None,
    "1.2.3": None,
    "": None,
}


@pytest.mark.parametrize("text", OTHER_FORMS)
def test_other_forms_are_no_number_and_what_is_advised_is_one(text: str) -> None:
    assert parse_number(text) is None
    assert parse_whole(text) is None
    advice, instead = how_to_write(text), OTHER_FORMS[text]
    if instead is not None:
        assert re.search(rf"(?<![0-9.]){re.escape(instead)}(?![0-9])", advice)
        assert parse_number(instead) is not None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_to_the_bit(number: float) -> None:
    assert parse_number(repr(number)) == number


@given(st.integers(-(10**30), 10**30))
def test_whole_numbers_are_read_as_they_are(number: int) -> None:
    assert parse_whole(str(number)) == number


@given(st.text(max_size=12))
def test_what_is_read_is_what_every_reader_of_numbers_reads(text: str) -> None:
    """Only ASCII, no underscores: C, R, spreadsheets and YAML of all versions agree on it."""
    number = parse_number(text)
    if number is not None:
        assert text.strip().isascii()
        assert "_" not in text
        assert parse_yaml(f"[{text.strip()}]").data == [number]
    assert how_to_write(text)


ROWS: dict[type[BaseModel], tuple[str, dict[str, Any]]] = {
    TrustRow: (
        "code",
        {
            "code": "T1",
            "name": "One",
            "sector": "acute",
            "ahsn": "EM",
            "ics": "Q1",
            "latitude": "52",
            "longitude": "-1",
            "staff_fte": "90",
        },
    ),
    AhsnRow: ("code", {"code": "A1", "name": "One", "population": "1", "latitude": "52", "longitude": "1"}),
    InnovationRow: ("id", {"id": "one", "name": "One", "kind": "drug"}),
}
COLUMNS = [
    (model, name)
    for model in ROWS
    for name, info in model.model_fields.items()
    if any(kind in (int, float) for kind in choices(info.annotation))
]


@pytest.mark.parametrize(("model", "column"), COLUMNS)
def test_every_numeric_column_of_csv_refuses_them(model: type[BaseModel], column: str) -> None:
    code, good = ROWS[model]

    def read(text: str) -> Any:
        table = RawTable(Path("t.csv"), [RawRow({**good, column: text}, 2)])
        return getattr(validate_rows(table, typing.cast(Any, model), code)[0], column)

    for text in filter(None, OTHER_FORMS):
        with pytest.raises(InputError) as refused:
            read(text)
        error = refused.value
        assert (error.file, error.line, error.key) == ("t.csv", 2, column)
        assert error.expected
        assert error.suggestion
    whole = int in choices(model.model_fields[column].annotation)
    for text in ("1", "+1", *(() if whole else ("1.", "1e0", "1.0"))):
        assert read(text) == 1
    if whole:
        for text in ("1.5", "1e0", "1.0"):
            with pytest.raises(InputError, match="whole number"):
                read(text)


def numeric_keys() -> list[str]:
    """Every key of a scenario that holds one number, dotted."""
    from diffusion.scenario.json_schema import scenario_json_schema

    schema = scenario_json_schema()

    def walk(node: dict[str, Any], path: tuple[str, ...]) -> typing.Iterator[str]:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].removeprefix("#/$defs/")]
        node = without_reason(node)
        for branch in node.get("anyOf", ()):
            if "$ref" in branch:
                yield from walk(branch, path)
        for name, below in node.get("properties", {}).items():
            yield from walk(below, (*path, name))
        written = [branch.get("type") for branch in (node, *node.get("anyOf", ()))]
        kinds = {kind for kinds in written for kind in (kinds if isinstance(kinds, list) else [kinds])}
        if kinds & {"number", "integer"} and not kinds & {"string", "object", "array"} and path:
            yield ".".join(path)

    found = list(dict.fromkeys(walk(schema, ())))
    levers = [
        f"levers.{name}.{field}"
        for name, lever in all_levers().items()
        for field, info in lever.model_fields.items()
        if lever.number and any(kind in (int, float) for kind in choices(info.annotation))
    ]
    layer = [f"world.layers.geo.{name}" for name in ("radius_km", "scale_km", "nearest")]
    return [key for key in found if not key.startswith(("levers.", "world.layers"))] + layer + levers


KEYS = numeric_keys()


def said_of(folder: Path, key: str, text: str) -> str | None:
    """Return what is said of a scenario with ``key`` as ``text``; None where it is taken, as the number that it is."""
    lines = [f"{'  ' * depth}{part}:" for depth, part in enumerate(key.split("."))]
    (folder / "own.yaml").write_text("title: own\n" + "\n".join(lines) + f" {text}\n", "utf-8")
    try:
        scenario: Any = load_scenario(str(folder / "own.yaml"))
    except InputError as error:
        return str(error)
    for part in key.split("."):
        scenario = scenario[part] if isinstance(scenario, dict) else getattr(scenario, part)
    assert scenario == parse_number(text), (key, text, scenario)
    return None


def test_the_walk_finds_the_numbers_of_scenarios() -> None:
    assert len(KEYS) > 250
    assert {
        "months",
        "levers.local-first.strength",
        "parameters.awareness.push_per_month",
        "world.synthetic.n_trusts",
    } <= set(KEYS)


FORMS_OF_YAML = [text for text in OTHER_FORMS if text not in ("", "40%", "1 000", ".inf") and "," not in text]


@pytest.mark.parametrize("key", KEYS)
def test_every_number_of_a_scenario_is_refused_with_its_key_or_is_itself(tmp_path: Path, key: str) -> None:
    # every form would take minutes over all keys: each key gets three of them, in turn
    start = KEYS.index(key) * 3
    chosen = [FORMS_OF_YAML[(start + step) % len(FORMS_OF_YAML)] for step in range(3)]
    for text in (*chosen, "true", "'5'"):
        said = said_of(tmp_path, key, text)
        assert said is not None, (key, text)
        assert f"own.yaml:{key.count('.') + 2}" in said
        assert key in said
        assert "expected" in said
    for text in ("-1e300", str(10**200), "43000.5", "1500000000"):
        said = said_of(tmp_path, key, text)  # taken as it is, or refused
        assert said is None or key in said


MONTHS = {
    "2017-7": "2017-07",
    "2017-07-01": "2017-07",
    "201707": "2017-07",
    "07/2017": "2017-07",
    "2017/07": "2017-07",
    "Jul 2017": "2017-07",
    "July 2017": "2017-07",
    "2017-Q3": "2017-07",
    "43000": "2017-09",
    "1500000000": "2017-07",
    "2017": "2017-01",
    "01/07/2017": "2017-07, if it is 1 July 2017",
    "31.07.2017": "2017-07, if it is 31 July 2017",
    "1 July 2017": "2017-07",
    "1st July, 2017": "2017-07",
    "Jul-17": "2017-07, if it is July 2017",
    "31/06/2017": None,
    "07/31/2017": None,
    "xyz-17": None,
    "2017-13": None,
    "15-07": None,
    "2017.1": None,
    "0": None,
    "12": None,
    "true": None,
    "0207-07": None,
    "２０１７-０７": None,
}


@pytest.mark.parametrize("key", ["start", "policy_start", "levers.local-first.start", "levers.local-first.end"])
@pytest.mark.parametrize("text", MONTHS)
def test_dates_are_refused_with_the_month_that_is_meant(tmp_path: Path, key: str, text: str) -> None:
    path = tmp_path / "own.yaml"
    lines = [f"{'  ' * depth}{part}:" for depth, part in enumerate(key.split("."))]
    path.write_text("title: own\nextends: baseline\n" + "\n".join(lines) + f" {text}\n", "utf-8")
    with pytest.raises(InputError) as refused:
        load_scenario(str(path))
    said = str(refused.value)
    assert key in said
    assert f"own.yaml:{key.count('.') + 3}" in said
    if instead := MONTHS[text]:
        assert f"write {instead}" in said
        assert Month(instead[:7])
    else:
        assert "write" not in said


@given(st.text(max_size=12))
def test_only_one_form_is_a_month(text: str) -> None:
    try:
        month = Month(text)
    except MonthError:
        return
    assert str(month) == text


def test_codes_that_look_like_numbers_keep_their_zeros(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("code: 007\nother: 0x1F\n", "utf-8")
    assert load_yaml(tmp_path / "t.yaml").data == {"code": "007", "other": "0x1F"}
