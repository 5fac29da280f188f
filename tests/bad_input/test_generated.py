"""200 broken files made from the schemas: scenario, trust, innovation and edge files, one fault each.

Each generator takes a good file, breaks it in one way and says where the message must point. The seed is fixed, so the
same 200 files are made every time; raise ``CASES`` for a longer search.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from diffusion.cli.app import main
from diffusion.scenario.json_schema import scenario_json_schema
from diffusion.world.innovations import InnovationRow
from diffusion.world.trusts import TrustRow
from support.command_line import refused
from support.schema_reading import without_reason

CASES = 200
SEED = 20150701

TRUSTS = [
    {
        "code": f"T{i}",
        "name": f"Trust {i}",
        "sector": "acute",
        "ahsn": "EM",
        "ics": "Q01",
        "latitude": 52.0 + i / 10,
        "longitude": -1.0,
        "staff_fte": 3000 + i,
    }
    for i in range(6)
]
INNOVATIONS = [
    {"id": f"app-{i}", "name": f"App {i}", "kind": "digital", "cashable_share": 0.3, "live_month": i} for i in range(4)
]
EDGES = [{"source": f"T{i}", "target": f"T{(i + 1) % 6}", "weight": 1.0} for i in range(5)]
SCENARIO = {
    "title": "generated",
    "world": {
        "trusts": "trusts.csv",
        "innovations": "innovations.yaml",
        "layers": {"own": {"file": "edges.csv", "weight": 0.1}},
    },
}


@dataclass
class Fault:
    """Where the message must point: file, line (None: any), key (its last part) and some word of advice."""

    file: str
    line: int | None
    key: str
    advice: str = ""


def as_csv(rows: list[dict[str, Any]]) -> str:
    columns = list(rows[0])
    return (
        "\n".join([",".join(columns), *(",".join(str(row.get(name, "")) for name in columns) for row in rows)]) + "\n"
    )


def as_yaml(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False)


def line_of(text: str, fragment: str, nth: int = 0) -> int:
    lines = [number for number, line in enumerate(text.splitlines(), 1) if fragment in line]
    return lines[nth]


def misspelt(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word) - 1)
    return rng.choice([word[:place] + word[place + 1 :], word[:place] + "x" + word[place:]])


class Folder:
    """A good set of files, ready to be broken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scenario: dict[str, Any] = json.loads(json.dumps(SCENARIO))
        self.texts = {
            "trusts.csv": as_csv(TRUSTS),
            "innovations.yaml": as_yaml({"innovations": INNOVATIONS}),
            "edges.csv": as_csv(EDGES),
        }
        self.raw: dict[str, bytes] = {}

    def write(self) -> Path:
        self.texts.setdefault("scenario.yaml", as_yaml(self.scenario))
        for name, text in self.texts.items():
            (self.path / name).write_bytes(self.raw.get(name, text.encode()))
        return self.path / "scenario.yaml"


# --- Scenario files, from the JSON Schema ---------------------------------------------------------------------------


def schema_leaves() -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every single value a scenario file may hold, with its schema."""
    schema = scenario_json_schema()

    def walk(node: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
        if "$ref" in node:
            node = {**schema["$defs"][node["$ref"].removeprefix("#/$defs/")], "$ref": None}
        node = without_reason(node)
        if isinstance(node.get("properties"), dict):
            for name, below in node["properties"].items():
                yield from walk(below, (*path, name))
        elif "type" in node and node["type"] in ("number", "integer", "boolean", "string"):
            yield path, node

    return [
        leaf for leaf in walk(schema, ()) if leaf[0][-1] not in ("extends", "lever", "enabled") and len(leaf[0]) > 1
    ]


LEAVES = schema_leaves()
NUMBERS = [
    leaf
    for leaf in LEAVES
    if leaf[1]["type"] in ("number", "integer")
    and {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & set(leaf[1])
]


def put(folder: Folder, path: tuple[str, ...], value: Any) -> int:
    """Set a key of the scenario and return its line."""
    current = folder.scenario
    for part in path[:-1]:
        current = current.setdefault(part, {})
    current.pop(path[-1], None)
    current[path[-1]] = value
    text = folder.texts["scenario.yaml"] = as_yaml(folder.scenario)
    indent = "  " * (len(path) - 1)
    top = line_of(text, f"{path[0]}:")
    return next(
        n for n, line in enumerate(text.splitlines(), 1) if n >= top and line.startswith(f"{indent}{path[-1]}:")
    )


def scenario_wrong_type(folder: Folder, rng: random.Random) -> Fault:
    path, node = rng.choice(LEAVES)
    bad = {"number": ["many", True, [1]], "integer": ["many", 2.5, True], "boolean": ["maybe", 1], "string": [[1], 3]}
    return Fault("scenario.yaml", put(folder, path, rng.choice(bad[node["type"]])), path[-1], "expected")


def scenario_unknown_key(folder: Folder, rng: random.Random) -> Fault:
    path, _ = rng.choice([leaf for leaf in LEAVES if len(leaf[0][-1]) > 4])
    wrong = misspelt(path[-1], rng)
    return Fault("scenario.yaml", put(folder, (*path[:-1], wrong), 1), wrong, "did you mean")


def scenario_out_of_range(folder: Folder, rng: random.Random) -> Fault:
    path, node = rng.choice(NUMBERS)
    low, high = node.get("minimum", node.get("exclusiveMinimum")), node.get("maximum", node.get("exclusiveMaximum"))
    value = low - rng.choice([1, 10, 1000]) if low is not None else high + rng.choice([1, 10, 1000])
    return Fault("scenario.yaml", put(folder, path, value), path[-1], "out of range")


def scenario_missing(folder: Folder, rng: random.Random) -> Fault:
    if rng.random() < 0.5:
        del folder.scenario["title"]
        return Fault("scenario.yaml", 1, "title", "add a line")
    name = rng.choice(["my-plan", "plan-b", "zz"])
    return Fault("scenario.yaml", put(folder, ("levers", name), {"strength": 1}), name, "'lever: NAME'")


def scenario_duplicate(folder: Folder, rng: random.Random) -> Fault:
    lines = as_yaml(folder.scenario).splitlines()
    number = rng.randrange(len(lines))
    key = lines[number].split(":")[0].strip()
    indent = len(lines[number]) - len(lines[number].lstrip())
    end = next(
        (n for n in range(number + 1, len(lines)) if len(lines[n]) - len(lines[n].lstrip()) <= indent), len(lines)
    )
    folder.texts["scenario.yaml"] = "\n".join([*lines[:end], *lines[number:]]) + "\n"
    return Fault("scenario.yaml", end + 1, key, f"first given in line {number + 1}")


def scenario_cycle(folder: Folder, rng: random.Random) -> Fault:
    names = ["scenario.yaml", *(f"part-{index}.yaml" for index in range(rng.randrange(4)))]
    for name, parent in zip(names, [*names[1:], names[0]]):
        folder.texts[name] = as_yaml({"title": name, "extends": parent})
    return Fault(names[-1], 2, "extends", "remove 'extends: scenario.yaml'")


def scenario_outside(folder: Folder, rng: random.Random) -> Fault:
    above = rng.choice(["../", "../../", "a/../../", str(folder.path.parent) + "/"])
    path, file = rng.choice(
        [
            (("extends",), "base.yaml"),
            (("world", "trusts"), "trusts.csv"),
            (("world", "innovations"), "innovations.yaml"),
            (("world", "layers", "own", "file"), "edges.csv"),
        ]
    )
    return Fault("scenario.yaml", put(folder, path, above + file), path[-1], "outside")


def any_wrong_encoding(folder: Folder, rng: random.Random) -> Fault:
    folder.texts.setdefault("scenario.yaml", as_yaml(folder.scenario))
    name = rng.choice(list(folder.texts))
    text = folder.texts[name]
    if rng.random() < 0.4:
        folder.raw[name] = text.encode("utf-16")
        return Fault(name, 1, "", "UTF-8")
    lines = text.splitlines(keepends=True)
    number = rng.randrange(len(lines))
    raw = [line.encode() for line in lines]
    raw[number] = raw[number].rstrip(b"\n") + rng.choice([b" # caf\xe9\n", b" # \xff\xfe\n", b" # 20 \xa3\n"])
    folder.raw[name] = b"".join(raw)
    return Fault(name, number + 1, "", "UTF-8")


def scenario_broken_syntax(folder: Folder, rng: random.Random) -> Fault:
    text = as_yaml(folder.scenario)
    folder.texts["scenario.yaml"] = text + rng.choice(
        ["levers: [a, b\n", "levers: {a: 1\n", "notes: 'open\n", "\tx: 1\n"]
    )
    return Fault("scenario.yaml", None, "", "not valid YAML")


# --- Tables, from the models of their rows --------------------------------------------------------------------------


def numbers_of(model: Any) -> list[tuple[str, float | None, float | None]]:
    """Numeric columns with their hard bounds."""
    found = []
    for name, node in model.model_json_schema()["properties"].items():
        for choice in node.get("anyOf", [node]):
            if choice.get("type") in ("number", "integer"):
                found.append((name, choice.get("minimum", choice.get("exclusiveMinimum")), choice.get("maximum")))
    return found


def put_cell(folder: Folder, file: str, row: int, column: str, value: Any) -> int:
    """Set a cell of a table and return its line."""
    if file.endswith(".csv"):
        rows = json.loads(json.dumps(TRUSTS if file == "trusts.csv" else EDGES))
        for item in rows:
            item.setdefault(column, "")
        rows[row][column] = value
        folder.texts[file] = as_csv(rows)
        return row + 2
    rows = json.loads(json.dumps(INNOVATIONS))
    rows[row][column] = value
    text = folder.texts[file] = as_yaml({"innovations": rows})
    start = line_of(text, "- id:", row)
    return next(n for n, line in enumerate(text.splitlines(), 1) if n >= start and line[2:].startswith(f"{column}:"))


TABLES: dict[str, tuple[list[dict[str, Any]], Any, str]] = {
    "trusts.csv": (TRUSTS, TrustRow, "code"),
    "innovations.yaml": (INNOVATIONS, InnovationRow, "id"),
}


def table_wrong_type(folder: Folder, rng: random.Random) -> Fault:
    file = rng.choice(list(TABLES))
    rows, model, _ = TABLES[file]
    column = rng.choice(numbers_of(model))[0]
    return Fault(file, put_cell(folder, file, rng.randrange(len(rows)), column, "a few"), column, "expected")


def table_out_of_range(folder: Folder, rng: random.Random) -> Fault:
    file = rng.choice(list(TABLES))
    rows, model, _ = TABLES[file]
    column, low, high = rng.choice([item for item in numbers_of(model) if item[1] is not None or item[2] is not None])
    value = low - 7 if low is not None else high + 7  # type: ignore[operator]
    return Fault(file, put_cell(folder, file, rng.randrange(len(rows)), column, value), column, "expected a number")


def table_unknown_key(folder: Folder, rng: random.Random) -> Fault:
    file = rng.choice(list(TABLES))
    rows, model, _ = TABLES[file]
    column = misspelt(rng.choice([name for name in model.model_fields if len(name) > 5]), rng)
    line = put_cell(folder, file, rng.randrange(len(rows)), column, 1)
    return Fault(file, 1 if file.endswith(".csv") else line, column, "did you mean")


def table_missing(folder: Folder, rng: random.Random) -> Fault:
    file = rng.choice([*TABLES, "edges.csv"])
    if file == "innovations.yaml":
        rows = json.loads(json.dumps(INNOVATIONS))
        row, column = rng.randrange(len(rows)), rng.choice(["name", "kind"])
        del rows[row][column]
        text = folder.texts[file] = as_yaml({"innovations": rows})
        return Fault(file, line_of(text, "- id:", row), column, "missing")
    source = TRUSTS if file == "trusts.csv" else EDGES
    column = rng.choice([name for name in source[0] if name != "weight"])
    folder.texts[file] = as_csv([{key: value for key, value in row.items() if key != column} for row in source])
    return Fault(file, 1, column, "missing column")


def table_duplicate(folder: Folder, rng: random.Random) -> Fault:
    file = rng.choice(["trusts.csv", "edges.csv", "innovations.yaml"])
    if file == "innovations.yaml":
        row = rng.randrange(1, len(INNOVATIONS))
        return Fault(file, put_cell(folder, file, row, "id", INNOVATIONS[0]["id"]), "id", "given twice")
    rows = list(TRUSTS if file == "trusts.csv" else EDGES)
    row = rng.randrange(len(rows))
    place = rng.randrange(row + 1, len(rows) + 1)
    rows.insert(place, rows[row])
    folder.texts[file] = as_csv(rows)
    return Fault(file, place + 2, "code" if file == "trusts.csv" else "target", "given twice")


def table_unknown_name(folder: Folder, rng: random.Random) -> Fault:
    file, column, value = rng.choice(
        [
            ("trusts.csv", "sector", "acutes"),
            ("trusts.csv", "ahsn", "EMS"),
            ("trusts.csv", "medical_records", "papr"),
            ("innovations.yaml", "kind", "digitl"),
            ("edges.csv", "source", "T11"),
            ("edges.csv", "target", "T7"),
        ]
    )
    # codes are opaque: nothing is guessed from their spelling
    advice = "code" if column in ("ahsn", "source", "target") else "did you mean"
    return Fault(file, put_cell(folder, file, rng.randrange(4), column, value), column, advice)


def edges_bad_weight(folder: Folder, rng: random.Random) -> Fault:
    value = rng.choice([0, -1, "much", "nan", "inf"])
    return Fault(
        "edges.csv", put_cell(folder, "edges.csv", rng.randrange(5), "weight", value), "weight", "a number above 0"
    )


def table_ragged(folder: Folder, rng: random.Random) -> Fault:
    file = rng.choice(["trusts.csv", "edges.csv"])
    lines = folder.texts[file].splitlines()
    row = rng.randrange(1, len(lines))
    lines[row] += ",1"
    folder.texts[file] = "\n".join(lines) + "\n"
    return Fault(file, row + 1, "", "values that contain commas")


def table_gone(folder: Folder, rng: random.Random) -> Fault:
    file = rng.choice(["trusts.csv", "innovations.yaml", "edges.csv"])
    del folder.texts[file]
    (folder.path / f"x{file}").write_text("near")
    text = folder.texts["scenario.yaml"] = as_yaml(folder.scenario)
    return Fault(
        "scenario.yaml", line_of(text, file), "file" if file == "edges.csv" else file.split(".")[0], "did you mean"
    )


GENERATORS: list[Callable[[Folder, random.Random], Fault]] = [
    scenario_wrong_type, scenario_unknown_key, scenario_out_of_range, scenario_missing, scenario_duplicate,
    scenario_cycle, scenario_outside, scenario_broken_syntax, any_wrong_encoding, table_wrong_type, table_out_of_range,
    table_unknown_key, table_missing, table_duplicate, table_unknown_name, edges_bad_weight, table_ragged, table_gone,
]  # fmt: skip


@pytest.mark.integration
@pytest.mark.parametrize("case", range(CASES))
def test_each_broken_file_is_refused_with_its_place_and_advice(case, tmp_path, monkeypatch, capsys):
    rng = random.Random(SEED + case)
    generate = GENERATORS[case % len(GENERATORS)]
    folder = Folder(tmp_path)
    fault = generate(folder, rng)
    scenario = folder.write()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*")}
    monkeypatch.chdir(tmp_path)

    err = refused(capsys, "run", str(scenario), "--out", "results")
    assert err.startswith("error: ")
    place = fault.file if fault.line is None else f"{fault.file}:{fault.line}: "
    line = next((line for line in err.splitlines() if place in line), None)
    assert line is not None, (generate.__name__, fault, err)
    assert fault.key in line, (generate.__name__, fault, err)
    assert fault.advice in line, (generate.__name__, fault, err)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*")} == before


@pytest.mark.integration
def test_the_unbroken_files_are_accepted(tmp_path, capsys):
    scenario = Folder(tmp_path).write()
    with pytest.raises(SystemExit) as leaving:
        main(["scenarios", "validate", str(scenario)])
    assert leaving.value.code == 0, capsys.readouterr().err
