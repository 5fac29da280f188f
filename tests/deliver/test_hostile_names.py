"""Names that try to be something else, through every command that writes: files stay inside, and can be read."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import networkx as nx
import openpyxl
import pandas as pd
import pytest
import yaml

from diffusion.outlets import one_line, shown
from support.page_reading import Outline

pytestmark = [pytest.mark.integration, pytest.mark.slow]

NAMES = (
    "../../evil", "..\\..\\evil", "/etc/evil", "C:\\evil", "CON", "nul.txt", "com1", "a.", "a ", " a",
    ".hidden", "-rf", "~", "x" * 300, "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "'=1",
    "=cmd|' /C calc'!A0", "\x1b[31mred", "\x1b]0;t\x07", "\x1b[2J", "\x9b31m", "\x9d0;t\x9c", "\x07",
    "\x08\x08", "\x00", "\x7f", "\u202egpj.exe", "\u2066a\u2069", "\u2028", "\ufeffa", "$x^2$", "$", "$\\frac{",
    "\\alpha", "a$b$c", "<script>alert(1)</script>", "</script><b>", "<!--", "]]>", "&lt;", '"><img src=x>',
    "{{ 7*7 }}", "{}", "{0.__class__}", "%s%n", "[red]x[/red]", "[/]", ":smile:", "[link=file:///]x[/link]",
    "a;b", 'a"b', "a'b", "a\nb", "a,b", "'; DROP TABLE runs; --", "$(touch evil)", "`touch evil`",
    "; touch evil", "#SBATCH --wrap=evil", "*?[a]", "日本", "🙂", "é", "e\u0301", "_x0041_", "_hidden", "null",
    "yes", "1e3", "2017-07", "x: y", "- x", "!!python/name:os.system", "&a *a",
)  # fmt: skip
GROUPS = 4


class Quoting(yaml.SafeDumper):
    """Writes every text in double quotes, with escapes for all but plain letters."""


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def write(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(data, Dumper=Quoting, sort_keys=False), encoding="utf-8")
    return path


def prepared(folder: Path, names: tuple[str, ...]) -> list[str]:
    """Write a world in which everything that has a name has one of ``names``; return the scenario files."""

    def name(i: int) -> str:
        return names[i % len(names)]

    def row(i: int) -> str:  # blank names are refused in tables
        return name(i) if name(i).strip() else "x"

    ahsns = [
        {"code": f"A{i}", "name": row(i), "population": 1e6, "latitude": 52 + i, "longitude": 0.0} for i in range(3)
    ]
    trusts = [
        {"code": f"T{i:02d}", "name": row(i), "sector": ("acute", "mental_health")[i % 2], "ahsn": f"A{i % 3}",
         "ics": f"Q{i % 4}", "ics_name": row(i % 4), "region": row(i % 3), "latitude": 51 + i / 10,
         "longitude": i / 10, "staff_fte": 2000 + 100 * i}
        for i in range(len(names))
    ]  # fmt: skip
    innovations = [{"id": f"I{i}", "name": row(i), "kind": "device", "company": row(i), "cohort": ""} for i in range(5)]
    write(folder / "ahsns.yaml", {"ahsns": ahsns})
    write(folder / "trusts.yaml", {"trusts": trusts})
    write(folder / "innovations.yaml", {"title": name(1), "innovations": innovations})
    files = []
    for number, i in enumerate((0, 5, 10)):
        scenario = {
            "title": name(i), "name": name(i + 1), "author": name(i + 2), "description": name(i + 3),
            "reference": name(i + 4), "months": 6, "policy_start": "2017-06", "start": "2017-04",
            "world": {"trusts": "trusts.yaml", "ahsns": "ahsns.yaml", "innovations": "innovations.yaml"},
            "levers": {"ahsn-support": {"strength": number / 2}} if number else {},
        }  # fmt: skip
        files.append(write(folder / f"s{number}.yaml", scenario).name)
    study = {
        "title": name(2), "name": name(3), "author": name(4), "description": name(5),
        "scenarios": {name(6): files[0], name(7): files[2]},
        "factors": {
            name(8): {"keys": ["parameters.awareness.push_per_month"], "range": [0.05, 0.4], "label": name(9)},
            "parameters.awareness.peer_per_month": {"values": [0.1, 0.2], "label": name(10)},
        },
        "replicates": 2,
    }  # fmt: skip
    write(folder / "study.yaml", study)
    rows = [
        {"code": f"T{i:02d}", "time": 2010 + i % 6, "innovation": name(i % 2), "group": name(i % 3)} for i in range(18)
    ]
    with (folder / "series.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        # what a table may not hold is refused; the rest comes as it is
        writer.writerows(
            {k: re.sub("[\x00-\x1f\x7f]", "", v) or "x" if isinstance(v, str) else v for k, v in row.items()}
            for row in rows
        )
    return files


def check_readable(path: Path) -> None:
    """Read a written file with the program for its kind; texts in it are no formulas, and nothing unseen is in it."""
    if path.suffix in (".html", ".svg", ".json", ".sbatch", ".graphml", ".csv"):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".csv":
            assert shown(text) == text, path
    match path.suffix:
        case ".csv":
            with path.open(encoding="utf-8", newline="") as stream:
                rows = list(csv.reader(stream))
            assert len({len(row) for row in rows}) == 1
            for cell in (cell for row in rows for cell in row):
                assert not re.match(r"[=+@\t\r\n-]", cell) or re.fullmatch(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?", cell), (
                    path,
                    cell,
                )
        case ".parquet":
            pd.read_parquet(path)
        case ".xlsx":
            book = openpyxl.load_workbook(path)
            assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        case ".yaml":
            yaml.safe_load(path.read_text(encoding="utf-8"))
        case ".json":
            json.loads(text)
        case ".svg":
            ElementTree.fromstring(text)
        case ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
        case ".graphml":
            nx.read_graphml(path)
        case ".sbatch":
            assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
            commands = [line for line in text.splitlines() if not line.startswith("#") and line.strip()]
            assert [line.split()[0] for line in commands] == ["set", "export", "export", "exec", "--jobs"]
        case ".html":
            page = Outline(text)
            assert not page.all("script")
            assert not page.all("img")
            assert not page.all("b")
        case _:
            raise AssertionError(f"{path}: no such file was expected")


@pytest.mark.parametrize("group", [0, *(pytest.param(group, marks=pytest.mark.release) for group in range(1, GROUPS))])
def test_names_stay_names(tmp_path: Path, command_line: Callable[..., tuple[int, str, str]], group: int) -> None:
    names = NAMES[group::GROUPS]
    files = prepared(tmp_path, names)
    before = set(tmp_path.rglob("*"))
    around = set(tmp_path.parent.iterdir())
    few = ("--replicates", "2", "--jobs", "1")
    for line in (
        ("compare", *files, *few, "--out", "out/compare", "--events"),
        ("report", "out/compare"),
        ("run", files[0], *few),
        ("ablate", files[1], *few),
        ("analyse", "series.csv", "--draws", "99", "--compare", "group"),
        ("sweep", "run", "study.yaml", "--out", "out/sweep", "--threads"),
        ("sweep", "show", "out/sweep"),
        ("sweep", "status", "out/sweep"),
        ("sweep", "export", "out/sweep", "--to", "out/sweep.csv"),
        ("sweep", "script", "out/sweep", "--tasks", "2"),
        ("sensitivity", "out/sweep", "--out", "out/moves"),
        ("network", "export", "ahsn", "--scenario", files[0], "--out", "out/n.graphml"),
        ("network", "export", "ahsn", "--scenario", files[0], "--out", "out/n.csv"),
        ("describe", "world", "--scenario", files[0]),
        ("scenarios", "show", files[0]),
        ("scenarios", "show", files[0], "--yaml"),
        ("scenarios", "show", files[0], "--json"),
        ("scenarios", "diff", files[0], files[1]),
        ("scenarios", "validate", files[0]),
        ("studies", "show", "study.yaml"),
        ("studies", "validate", "study.yaml"),
    ):
        code, out, err = command_line(*line)
        assert code == 0, (line, err)
        assert shown(out + err) == out + err, line
        assert not {"Traceback", "Warning"} & set(re.findall(r"\w+", err)), (line, err)
        if line[-1] == "--yaml":
            assert yaml.safe_load(out)["title"] == names[0]
        if line[-1] == "--json":
            assert json.loads(out)["title"] == names[0]
    written = set(tmp_path.rglob("*")) - before
    assert {path.relative_to(tmp_path).parts[0] for path in written} == {"out", "results"}
    assert set(tmp_path.parent.iterdir()) == around
    assert not [path for path in written if path.stem == "evil" and path.parent == tmp_path]
    for path in written:
        assert re.fullmatch(r"[\w.+-]+", path.name), path
        if path.is_file() and path.name != "claims":
            check_readable(path)


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name and "\0" not in name and len(name) < 200])
def test_file_names_are_told_as_they_can_be_seen(
    tmp_path: Path, command_line: Callable[..., tuple[int, str, str]], name: str
) -> None:
    code, out, err = command_line("report", "--", name)
    assert code == 2
    assert shown(out + err) == out + err
    assert len(err.splitlines()) == 1
    write(tmp_path / f"{name}.yaml", {"extends": "baseline", "title": "x", "oops": name})
    code, _, err = command_line("scenarios", "validate", "--", f"{name}.yaml")
    assert code == 2
    assert one_line(name) in err
    assert shown(err) == err
