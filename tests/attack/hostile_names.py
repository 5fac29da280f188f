"""Titles, labels, ids and file names that mean something to a terminal, a page, a spreadsheet or a file system.

    python tests/attack/hostile_names.py --names 60

Each name goes through every command that takes one: as titles, as names and ids in tables, as names of files and
folders. It is refused, or used: then nothing is outside the output folder, no control character reaches the terminal,
every written file can be parsed, pages hold no element that the same run with a plain name does not have, spreadsheets
no formula, and the name stands in them as it was given.
"""

from __future__ import annotations

import csv
import html.parser
import io
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).parents[1]))

from attack.good_files import GRAPHML, write_good
from attack.harness import FEW, Attempt, Outcome, attack, ended, options_of, refused

NAMES = [
    *("two\nlines", "carriage\rreturn", "tab\tinside", "\x1b[2Jclear", "\x9b31m", "line\u2028separator"),
    *("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x07bell", "nul\x00byte"),
    *("$x$", "$\\frac{1}{2}$", "$unclosed", "$$", "\\$5 million", "x_1^2 {a}", "\\alpha \\newline", "100 % & 5 #1 ~"),
    *("=1+1", "=cmd|' /C calc'!A0", "+44 20", "-1", "@SUM(A1)", "\t=1+1", '=HYPERLINK("http://x","y")', "'=1"),
    *("../../evil", "..\\..\\evil", "/evil", "a/b", "a\\b", "~", "~root", "C:evil", ".hidden", ".", "..", "...", "-"),
    *("CON", "NUL.txt", "aux", "com1", "trailing.", "trailing ", " leading", "", " ", "a" * 300, "é" * 200, "x" * 5000),
    *("🏥 hospital", "👩‍⚕️", "\u202eevil\u202c", "\u2066isolate\u2069", "zero\u200bwidth", "e\u0301", "\ufeffmark"),
    *("</script><script>alert(1)</script>", "<b>bold</b>", "<img src=x onerror=alert(1)>", "]]>", "<!-- x", "&amp;"),
    *("a&b<c>d\"e'f", "{}", "{0}", "{x!r}", "{{ 7*7 }}", "{% raw %}", "%s", "%n%d", "${HOME}", "$(id)", "`id`"),
    *('"quoted"', "'single'", "a,b", "a;b", 'a"b', "'", '"', "--help", "-rf", "--out=/tmp/x", "*", "?", "[a-z]"),
    *("[bold]rich[/bold]", "[red]", "[link=http://x]y[/link]", ":smile:", "null", "true", "1e3", "2015-07", "~null"),
    *("Baseline", "BASELINE", "baseline", "constructor", "__proto__", "_legend", "_", "nan", "None", "0", "１２"),
]  # fmt: skip


# --- What was written can be read -------------------------------------------------------------------------------------


class Elements(html.parser.HTMLParser):
    """Counts elements, and attributes that run code."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] += 1
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.counts[f"attribute {name}"] += 1

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def active(page: str) -> Counter[str]:
    """Return what a page could do: scripts, pictures, frames, forms, bold text, event handlers."""
    reader = Elements()
    reader.feed(page)
    reader.close()
    wanted = ("script", "iframe", "form", "object", "embed", "link", "meta", "base", "b", "input", "img")
    return Counter({tag: n for tag, n in reader.counts.items() if tag in wanted or tag.startswith("attribute")})


def parse(path: Path, given: str) -> list[str]:
    """Parse one written file by its type; return faults."""
    suffix, faults = path.suffix.lower(), []
    if suffix == ".json":
        json.loads(path.read_text(encoding="utf-8"))
    elif suffix in (".yaml", ".yml"):
        import yaml

        yaml.safe_load(path.read_text(encoding="utf-8"))
    elif suffix in (".svg", ".graphml"):
        ElementTree.parse(path)
    elif suffix == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        if len({len(row) for row in rows}) > 1:
            faults.append(f"{path.name}: rows of different lengths")
        cells = [cell for row in rows for cell in row]
        if given[:1] in ("=", "@", "\t") and given in cells:
            faults.append(f"{path.name}: a cell that a spreadsheet takes for a formula: {given[:30]!r}")
    elif suffix == ".xlsx":
        import openpyxl

        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                faults += [f"{path.name}: {cell.coordinate} is a formula" for cell in row if cell.data_type == "f"]
    elif suffix == ".pptx":
        from pptx import Presentation

        from diffusion.outlets import shown

        for slide in Presentation(str(path)).slides:
            said = "".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
            faults += [f"{path.name}: a control character on a slide"] if shown(said) != said else []
    elif suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.read_table(path)
    elif suffix == ".png" and path.read_bytes()[:4] != b"\x89PNG":
        faults.append(f"{path.name} is no picture")
    return faults


def judge(given: str, inside: Sequence[str], elements: dict[str, Counter[str]], slot: str) -> Callable:
    """Return a judge: refused in a sentence, or used without harm. ``inside`` are what may be written."""

    def see(outcome: Outcome) -> list[str]:
        faults = ended(outcome)
        if faults:
            return faults
        if outcome.code == 2:
            return refused(outcome)
        outside = [
            name for name in outcome.changed if not any(name == top or name.startswith(f"{top}/") for top in inside)
        ]
        if outside:
            faults.append(f"written outside {list(inside)}: {outside[:3]}")
        neighbours = [
            path.name for path in outcome.folder.parent.iterdir() if path.name not in ("folder", "out", "err")
        ]
        if neighbours:
            faults.append(f"written beside the folder: {neighbours}")
        for name in outcome.changed:
            path = outcome.folder / name
            if path.is_file():
                try:
                    faults += parse(path, given)
                except Exception as error:
                    faults.append(f"{name} cannot be parsed: {type(error).__name__}: {str(error)[:100]}")
                if path.name == "index.html":
                    found = active(path.read_text(encoding="utf-8"))
                    if slot in elements and found != elements[slot]:
                        faults.append(f"{name} has other elements: {found - elements[slot]}, {elements[slot] - found}")
        return faults[:4]

    return see


# --- Where names go ---------------------------------------------------------------------------------------------------


def quoted(name: str) -> str:
    """Return a name as a YAML scalar; JSON strings are."""
    return json.dumps(name, ensure_ascii=False).replace("\x7f", "\\x7f").replace("\x9b", "\\x9b")


def _titles(folder: Path, name: str) -> None:
    (folder / "one.yaml").write_text(
        f"title: {quoted(name)}\nauthor: {quoted(name)}\nreference: {quoted(name)}\ndescription: {quoted(name)}\n"
        f"extends: plain.yaml\n"
    )
    (folder / "two.yaml").write_text(
        f"title: {quoted(name + ' 2')}\nextends: plain.yaml\nlevers: {{local-first: {{start: 2015-08}}}}\n"
    )


def _tables(folder: Path, name: str) -> None:
    """Trusts, innovations and layers of this name."""
    cell = '"' + name.replace('"', '""') + '"'
    rows = [f"T{i},{cell if i == 1 else f'Trust {i}'},acute,EM,Q01,{52 + i / 10:.1f},-1.0,{3000 + i}" for i in range(6)]
    header = "code,name,sector,ahsn,ics,latitude,longitude,staff_fte"
    (folder / "trusts.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    items = [f"- {{id: app-{i}, name: {quoted(name if i == 0 else f'App {i}')}, kind: digital}}" for i in range(3)]
    (folder / "innovations.yaml").write_text("innovations:\n" + "\n".join(items) + "\n")


def _ids(folder: Path, name: str) -> None:
    """Everything that has an id is called so: a trust, an innovation, a lever, a layer."""
    cell = '"' + name.replace('"', '""') + '"'
    header = "code,name,sector,ahsn,ics,latitude,longitude,staff_fte"
    rows = [f"{cell if i == 1 else f'T{i}'},Trust {i},acute,EM,Q01,{52 + i / 10:.1f},-1.0,3000" for i in range(6)]
    (folder / "trusts.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def _innovation_id(folder: Path, name: str) -> None:
    (folder / "innovations.yaml").write_text(f"innovations:\n- {{id: {quoted(name)}, name: App, kind: digital}}\n")
    (folder / "own.yaml").write_text(
        "title: x\nmonths: 6\nworld: {trusts: trusts.csv, innovations: innovations.yaml}\n"
    )


def _lever_id(folder: Path, name: str) -> None:
    (folder / "one.yaml").write_text(
        f"title: x\nextends: plain.yaml\nlevers: {{{quoted(name)}: {{lever: local-first, start: 2015-08}}}}\n"
    )


def _layer(folder: Path, name: str) -> None:
    (folder / "own.yaml").write_text(
        f"title: x\nmonths: 6\nworld:\n  trusts: trusts.csv\n  layers: {{{quoted(name)}: {{file: edges.csv}}}}\n"
    )


def _graphml(folder: Path, name: str) -> None:
    from xml.sax.saxutils import quoteattr

    (folder / "edges.graphml").write_text(GRAPHML.replace('"T1"', quoteattr(name)), encoding="utf-8")


def _study(folder: Path, name: str) -> None:
    text = (folder / "study.yaml").read_text()
    text = text.replace("title: a study", f"title: {quoted(name)}\ndescription: {quoted(name)}")
    text = text.replace(
        "{values: [1, 2, 4]}", f"{{values: [1, 2, 4], label: {quoted(name)}, unit: {quoted(name[:40])}}}"
    )
    text = text.replace("local: baseline+local-first", f"{quoted(name)}: baseline+local-first")
    (folder / "study.yaml").write_text(text, encoding="utf-8")


def _observed(folder: Path, name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"'
    text = (folder / "adoption.csv").read_text()
    (folder / "adoption.csv").write_text(text.replace("north", cell).replace("One", cell), encoding="utf-8")


def _observed_innovation(folder: Path, name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"'
    text = (folder / "adoption.csv").read_text()
    (folder / "adoption.csv").write_text(text.replace(",app,", f",{cell},"), encoding="utf-8")


def _observed_column(folder: Path, name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"'
    text = (folder / "adoption.csv").read_text()
    (folder / "adoption.csv").write_text(text.replace("region", cell, 1), encoding="utf-8")


def _file(folder: Path, name: str) -> None:
    """A scenario file of this name, where the file system allows one below the folder."""
    if "/" not in name and "\0" not in name and name not in ("", ".", "..") and len(name.encode()) < 250:
        (folder / f"{name}.yaml").write_text("title: x\nextends: plain.yaml\nlevers: {local-first: {start: 2015-08}}\n")


def slots(name: str) -> dict[str, tuple[Callable[[Path, str], None], list[str], list[str]]]:
    """Return where a name goes: how the folder is filled, the command, and what it may write."""
    analyse = ["analyse", "adoption.csv", "--ignore-other-columns", "--draws", "99", "--out", "new"]
    found: dict[str, tuple[Callable[[Path, str], None], list[str], list[str]]] = {
        "titles": (_titles, ["compare", "one.yaml", "two.yaml", *FEW, "--slides", "--out", "new"], ["new"]),
        "titles shown": (_titles, ["scenarios", "show", "one.yaml"], []),
        "titles differ": (_titles, ["scenarios", "diff", "one.yaml", "two.yaml"], []),
        "titles as YAML": (_titles, ["scenarios", "show", "one.yaml", "--yaml"], []),
        "names": (_tables, ["run", "own.yaml", *FEW, "--out", "new"], ["new"]),
        "names as a network": (
            _tables,
            ["network", "export", "geo", "--scenario", "own.yaml", "--out", "new.graphml"],
            ["new.graphml"],
        ),
        "trust code": (_ids, ["scenarios", "validate", "own.yaml"], []),
        "trust code of a network": (
            _ids,
            ["network", "export", "geo", "--scenario", "own.yaml", "--out", "new.csv", "--set", "world.layers={}"],
            ["new.csv"],
        ),
        "innovation id": (_innovation_id, ["run", "own.yaml", *FEW, "--out", "new"], ["new"]),
        "lever id": (_lever_id, ["compare", "plain.yaml", "one.yaml", *FEW, "--out", "new"], ["new"]),
        "lever id shown": (_lever_id, ["scenarios", "show", "one.yaml"], []),
        "layer": (_layer, ["describe", "world", "--scenario", "own.yaml"], []),
        "graph node": (_graphml, ["scenarios", "validate", "own.yaml"], []),
        "study shown": (_study, ["studies", "show", "study.yaml"], []),
        "study": (_study, ["sweep", "run", "study.yaml", "--threads", "--jobs", "1", "--out", "new"], ["new"]),
        "labels of groups": (_observed, [*analyse, "--compare", "region"], ["new"]),
        "observed innovation": (_observed_innovation, analyse, ["new"]),
    }
    plain = lambda folder, name: None  # noqa: E731
    if "\0" not in name:
        found |= {
            "column": (_observed_column, [*analyse, f"--compare={name}"], ["new"]),
            "file": (_file, ["scenarios", "validate", f"{name}.yaml"], []),
            "scenario": (plain, ["scenarios", "show", name], []),
            "new scenario": (plain, ["scenarios", "new", name], ["scenarios"]),
            "lever shown": (plain, ["levers", "show", name], []),
            "layer asked": (plain, ["network", "export", name, "--out", "new.csv"], ["new.csv"]),
            "setting": (plain, ["scenarios", "validate", "plain.yaml", f"--set={name}=1"], []),
            "title set": (plain, ["scenarios", "show", "plain.yaml", f"--set=title={name}"], []),
            "report of": (plain, ["report", name], []),
            "sweep of": (plain, ["sweep", "status", name], []),
            "module": (plain, ["levers", "list", f"--python={name}"], []),
        }
        inside = not name.startswith(("/", "~", "C:")) and ".." not in Path(name).parts
        if inside and name.strip() and len(name) < 200:
            top = Path(name).parts[0] if Path(name).parts else "."
            found["folder"] = (
                plain,
                ["network", "export", "geo", f"--out={name}/x.csv"],
                ["x.csv"] if top == "." else [],
            )
            found["out"] = (
                plain,
                ["analyse", "counts.csv", "--draws", "99", f"--out=out/{name}"],
                ["out", f"out/{top}"],
            )
    return found


#: places whose commands draw a page of figures, which takes seconds, beside titles: each name goes into one of them in
#: turn (``--names 0``: into all)
DRAWN = ("names", "innovation id", "lever id", "labels of groups", "observed innovation", "column")


def attempts(names: Sequence[str], elements: dict[str, Counter[str]], all_pages: bool) -> list[Attempt]:
    """Return every name in every place."""
    cases = []
    for number, name in enumerate(names):
        skipped = set() if all_pages else set(DRAWN) - {DRAWN[number % len(DRAWN)]}
        for slot, (fill, words, inside) in slots(name).items():
            if slot in skipped:
                continue

            def put(folder: Path, fill: Callable[[Path, str], None] = fill, name: str = name) -> None:
                write_good(folder)
                fill(folder, name)

            cases.append(Attempt(f"{slot} {name[:40]!r}", words, put, judge(name, inside, elements, slot), slot, 120))
    return cases


def plain_elements(used: set[str]) -> dict[str, Counter[str]]:
    """Return what pages hold when the name is a plain one: slot -> elements."""
    import contextlib
    import tempfile

    from attack.harness import call, load_package

    load_package()
    found = {}
    for slot, (fill, words, inside) in slots("Plain name").items():
        if slot in used and inside == ["new"] and words[0] in ("run", "compare", "analyse"):
            with tempfile.TemporaryDirectory() as place, contextlib.suppress(FileNotFoundError):
                folder = Path(place)
                write_good(folder)
                fill(folder, "Plain name")
                call(folder, words)
                found[slot] = active((folder / "new" / "index.html").read_text(encoding="utf-8"))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    report = options_of("hostile_names", __doc__, {"names": 60}, arguments)
    options = report.options
    names = list(dict.fromkeys(NAMES))
    print(f"{len(names)} names are known", flush=True)
    if options.names and options.names < len(names) and not options.only:
        names = random.Random(options.seed).sample(names, options.names)
    elements: dict[str, Counter[str]] = {}
    cases = attempts(names, elements, bool(options.only) or not options.names)
    if options.only:
        cases = [one for one in cases if options.only in one.name]
    elements |= plain_elements({one.kind for one in cases})
    return attack(report, cases, f"uses of {len(names)} names", real=len(names) // 20)


if __name__ == "__main__":
    sys.exit(main())
