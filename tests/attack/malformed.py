"""Bad inputs for every command and every kind of file, made by hand and by combination.

    python tests/attack/malformed.py --inputs 600 --seed 1

Each must be refused with exit code 2 and a sentence that names the file or the key, without a traceback, and leave the
folder as it was; or be fine after all, and then do what the command is for. ``--inputs 0`` runs all there are.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from attack.good_files import EDGES, FILES, READ_BY, finished, put_copy, write_good
from attack.harness import FEW, Attempt, attack, options_of, refused_or_done

# --- Files broken in ways that hold for any kind ----------------------------------------------------------------------

#: what can be wrong with any text file; None leaves it to a function below
ANY_FILE: dict[str, bytes | Callable[[bytes], bytes]] = {
    "empty": b"",
    "spaces": b"  \n\n  \n",
    "only a mark": b"\xef\xbb\xbf",
    "nothing but NUL": b"\x00" * 64,
    "NUL inside": lambda text: text[:20] + b"\x00" + text[20:],
    "binary": bytes(range(256)) * 4,
    "UTF-16": lambda text: text.decode().encode("utf-16"),
    "Latin 1": lambda text: text + b"# caf\xe9\n",
    "half a character": lambda text: text + b"\xe2\x82",
    "escape sequence": lambda text: text.replace(b"T1", b"\x1b[31mT1").replace(b"title: ", b'title: "\\e[31m" '),
    "gzip": b"\x1f\x8b\x08\x00abcdefgh",
    "zip": b"PK\x03\x04" + b"x" * 200,
    "HTML": b"<!DOCTYPE html><html><body>404</body></html>\n",
    "JSON": b'{"title": "x", "a": [1, 2, {"b": null}]}\n',
    "a list": b"- 1\n- 2\n",
    "a number": b"42\n",
    "a long line": b"title: " + b"x" * 2_000_000 + b"\n",
    "many lines": b"a: 1\n" * 3 + b"b,c\n" * 20_000,
    "cut in half": lambda text: text[: len(text) // 2],
    "no last line end": lambda text: text.rstrip(b"\n"),
    "twice": lambda text: text + text,
    "old Mac line ends": lambda text: text.replace(b"\n", b"\r"),
    "private use": lambda text: text + "\ue000\ufffe\n".encode(),
}
YAML_FAULTS: dict[str, str] = {
    "billion laughs": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{n}: &{n} [*{m}, *{m}, *{m}, *{m}, *{m}, *{m}, *{m}, *{m}, *{m}]\n" for m, n in zip("abcdefghi", "bcdefghij")
    ),
    "deep lists": "title: " + "[" * 3000 + "]" * 3000 + "\n",
    "deep mappings": "".join("  " * n + f"k{n}:\n" for n in range(400)),
    "python tag": "title: !!python/object/apply:os.system ['touch pwned']\n",
    "python name": "title: !!python/name:os.system\n",
    "own tag": "title: !secret x\n",
    "binary tag": "title: !!binary aGVsbG8=\n",
    "set tag": "levers: !!set {a, b}\n",
    "timestamp": "start: 2015-07-01\ntitle: 2015-07-01 10:00:00\n",
    "itself": "levers: &x\n  y: *x\n",
    "merge": "a: &a {months: 3}\n<<: *a\ntitle: merged\n",
    "merge a list": "<<: [1, 2]\n",
    "documents": "title: one\n---\ntitle: two\n",
    "unknown alias": "title: *nobody\n",
    "key a list": "? [a, b]\n: 1\n",
    "key a mapping": "? {a: b}\n: 1\n",
    "key a number": "1: 2\n1.5: x\ntrue: y\nnull: z\n",
    "infinite": "months: .inf\nparameters: {awareness: {push_per_month: .nan}}\n",
    "huge": "months: " + "9" * 5000 + "\n",
    "huge exponent": "months: 1e999999999\n",
    "octal": "months: 0o17\nstart: 0x7df\n",
    "sexagesimal": "months: 1:30\n",
    "yes": "title: yes\nlevers: {local-first: {enabled: yes}}\n",
    "null levers": "title: x\nlevers: ~\nworld: ~\nparameters: ~\n",
    "negative months": "title: x\nmonths: -1\n",
    "no such month": "title: x\nstart: 2015-13\n",
    "last year": "title: x\nstart: 9999-12\nmonths: 1200\n",
    "year 0": "title: x\nstart: 0000-01\n",
    "extends itself": "title: x\nextends: FILE\n",
    "extends a number": "title: x\nextends: 3\n",
    "extends a list": "title: x\nextends: [baseline, 3]\n",
    "extends a folder": "title: x\nextends: .\n",
    "extends nothing": "title: x\nextends: ''\n",
    "extends with NUL": 'title: x\nextends: "a\\0b.yaml"\n',
    "extends a device": "title: x\nextends: /dev/zero\n",
    "extends long": "title: x\nextends: " + "a" * 5000 + "\n",
    "trusts a device": "title: x\nworld: {trusts: /dev/zero}\n",
    "trusts with NUL": 'title: x\nworld: {trusts: "a\\0b.csv"}\n',
    "trusts a folder": "title: x\nworld: {trusts: .}\n",
    "trusts above": "title: x\nworld: {trusts: ../../../../etc/passwd}\n",
    "empty world": "title: x\nworld: {synthetic: {n_trusts: 0}}\n",
    "vast world": "title: x\nworld: {synthetic: {n_trusts: 99999999999}}\n",
    "vast generator": "title: x\nworld: {synthetic: {network: complete_graph, args: {n: 100000000}}}\n",
    "no generator": "title: x\nworld: {synthetic: {network: read_gml, args: {path: /etc/passwd}}}\n",
    "generator writes": "title: x\nworld: {synthetic: {network: write_gml}}\n",
    "generator args": "title: x\nworld: {synthetic: {network: barabasi_albert_graph, args: {n: 10, m: 50}}}\n",
    "generator half": "title: x\nworld: {synthetic: {network: watts_strogatz, n_trusts: 10, args: {k: 2.5, p: 7}}}\n",
    "thresholds": "title: x\nworld: {synthetic: {n_trusts: 3, thresholds: [1, 2]}}\n",
    "agents a path": "title: x\nagents: {trust: 'os:system'}\n",
    "agents no class": "title: x\nagents: {trust: nonsense}\n",
    "lever no mapping": "title: x\nlevers: {local-first: 3}\n",
    "lever list": "title: x\nlevers: [local-first]\n",
    "lever empty name": "title: x\nlevers: {'': {lever: local-first}}\n",
    "lever ends early": "title: x\nlevers: {local-first: {start: 2018-01, end: 2017-01}}\n",
    "design a number": "title: x\nscenarios: [baseline]\ndesign: 3\n",
    "no draws": "title: x\nscenarios: [baseline]\ndesign: {method: latin hypercube, draws: 0}\n",
    "many draws": "title: x\nscenarios: [baseline]\nfactors: {parameters.capacity.wte_per_size: {range: [1, 2]}}\n"
    "design: {method: latin hypercube, draws: 99999999999999}\n",
    "range turned": "title: x\nscenarios: [baseline]\nfactors: {parameters.capacity.wte_per_size: {range: [2, 1]}}\n"
    "design: {method: latin hypercube, draws: 4}\n",
    "range not finite": "title: x\nscenarios: [baseline]\n"
    "factors: {parameters.capacity.wte_per_size: {range: [1, .inf]}}\n"
    "design: {method: latin hypercube, draws: 4}\n",
}
CSV_FAULTS: dict[str, str] = {
    "only a header": "HEADER\n",
    "no header": "BODY",
    "semicolons": "SEMICOLONS",
    "tabs": "TABS",
    "header twice": "HEADER\nHEADER\nBODY",
    "open quote": 'HEADER\n"BODY',
    "quote inside": 'HEADER\na"b,c,d,e\n',
    "column twice": "HEADER,FIRST\nBODY",
    "nameless column": "HEADER,\nBODY",
    "one more value": "HEADER\nBODYMORE",
    "one value": "HEADER\nx\n",
    "line end in quotes": 'HEADER\n"a\nb",1,1,1\n',
    "formula": "HEADER\n=1+1,2,3,4\n",
    "blank lines": "HEADER\n\n\nBODY\n\n",
    "comment": "# made by hand\nHEADER\nBODY",
    "sep line": "sep=,\nHEADER\nBODY",
    "numbers with commas": 'HEADER\n"1,000","2,000","3,000","4,000"\n',
    "one huge cell": "HEADER\n" + "y" * 200_000 + ",1,1,1\n",
    "huge number": "HEADER\n" + "9" * 5000 + ",1,1,1\n",
    "not finite": "HEADER\ninf,nan,-inf,NaN\n",
    "spaces": "HEADER\n  ,  ,  ,  \n",
    "a thousand columns": ",".join(f"c{n}" for n in range(1000)) + "\n",
}
GRAPHML_FAULTS: dict[str, str] = {
    "entities": '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {n} "&{m};&{m};&{m};&{m};&{m};&{m};&{m};&{m};">' for m, n in zip("abcdefghi", "bcdefghij"))
    + "]><graphml>&j;</graphml>",
    "external entity": '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY x SYSTEM "file:///etc/passwd">]><graphml>&x;</graphml>',
    "wrong root": "<html/>",
    "no graph": '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"/>',
    "no namespace": "<graphml><graph><node id='T0'/></graph></graphml>",
    "unclosed": "<graphml><graph>",
    "unknown node": "GOOD:T2:T77",
    "edge without ends": 'GOOD:<edge source="T1" target="T2">:<edge>',
    "weight in words": "GOOD:>2.0<:>heavy<",
    "weight not finite": "GOOD:>2.0<:>inf<",
    "weight below 0": "GOOD:>2.0<:>-2<",
    "unknown key": 'GOOD:key="d0":key="d9"',
    "unknown type": "GOOD:double:quaternion",
    "deep": "<a>" * 50_000 + "</a>" * 50_000,
    "loop": 'GOOD:target="T2":target="T1"',
    "two graphs": "GOOD:</graph>:</graph><graph edgedefault='directed'><node id='T3'/></graph>",
    "encoding": "GOOD:utf-8:utf-32",
    "encoding unknown": "GOOD:utf-8:klingon",
}


def file_faults() -> Iterator[tuple[str, str, bytes]]:
    """Every kind of file with every fault that it can have: (name of the case, file, its bytes)."""
    for name, text in FILES.items():
        good = text.encode()
        for fault, change in ANY_FILE.items():
            yield f"{name}: {fault}", name, change if isinstance(change, bytes) else change(good)
        if name.endswith(".yaml"):
            for fault, broken in YAML_FAULTS.items():
                yield f"{name}: {fault}", name, broken.replace("FILE", name).encode()
        elif name.endswith(".csv"):
            header, _, body = text.partition("\n")
            for fault, pattern in CSV_FAULTS.items():
                broken = pattern.replace("SEMICOLONS", text.replace(",", ";")).replace("TABS", text.replace(",", "\t"))
                broken = broken.replace("BODYMORE", body.rstrip() + ",1\n").replace("BODY", body)
                broken = broken.replace("HEADER", header).replace("FIRST", header.split(",")[0])
                yield f"{name}: {fault}", name, broken.encode()
        elif name.endswith(".graphml"):
            for fault, pattern in GRAPHML_FAULTS.items():
                if pattern.startswith("GOOD:"):
                    _, old, new = pattern.split(":", 2) if pattern.count(":") == 2 else ("", "", "")
                    pattern = text.replace(old, new)
                yield f"{name}: {fault}", name, pattern.encode()


PLACES: dict[str, Callable[[Path], None]] = {
    "a folder": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a pipe": lambda path: os.mkfifo(path),
    "missing": lambda path: None,
    "a link outside": lambda path: path.symlink_to("/etc/hostname"),
    "a device": lambda path: path.symlink_to("/dev/zero"),
}


# --- Settings ---------------------------------------------------------------------------------------------------------

SETTINGS = [
    *("", "=", "=1", "months", "months=", "months=abc", "months=-1", "months=1e3", "months=nan", "months=[1", "a=b=c"),
    *("months=!!python/name:os.system", "months=&a *a", "months={a: &a [*a]}", "months=null", "months=true"),
    *("start=2015", "start=2015-7-1", "start=yesterday", "title=", "title=[1]", "levers=1", "levers.=1", ".=1", "..=1"),
    *("levers.local-first.strength=much", "levers.local-first.strength=-1", "levers.local-first.strength=.inf"),
    *("levers.nobody.strength=1", "levers.local-first.strenght=1", "levers.local-first=", "levers.local-first=3"),
    *("parameters.awareness.push_per_month=2e308", "parameters.awareness=1", "parameters.awarenes.push_per_month=1"),
    *("parameters.awareness.push_per_month=0.1x", "parameters.awareness.push_per_month.more=1", "world=1"),
    *("world.trusts=/etc/passwd", "world.trusts=../x.csv", "world.synthetic.n_trusts=0", "world.synthetic=nonsense"),
    *("world.layers.geo.nearest=0", "world.layers.nobody.weight=1", "world.layers.geo.weight=1", "agents.trust=os:x"),
    *("agents.nobody=a:b", "initial=1", "initial.nobody=1", "policy_start=1066-10", "extends=baseline", "name=../evil"),
    *(
        "months=" + "9" * 5000,
        "x" * 5000 + "=1",
        "months: 3",
        "months==3",
        "months=3 4",
        "months='3'",
        "\u202emonths=3",
    ),
    *("title=\x1b[31mred", "\x1b[31m=1", "levers.local-first.targets.innovations=[nothing]", "months=" + "[" * 2000),
    *("levers.local-first.targets=3", "levers.local-first.start=2030-01-01", "levers.local-first.end=1999-01"),
    *("world.extra_sectors=acute", "world.extra_sectors=[acute, acute]", "initial.seeds=5", "levers.{}.strength=1"),
]
SET_COMMANDS = [
    ["scenarios", "validate", "baseline+local-first"],
    ["scenarios", "show", "baseline+local-first"],
    ["scenarios", "diff", "baseline", "baseline+local-first"],
    ["run", "baseline+local-first", "--replicates", "1", "--jobs", "1", "--out", "new"],
    ["describe", "world", "--scenario", "baseline+local-first"],
    ["network", "export", "geo", "--out", "new.csv", "--scenario", "baseline+local-first"],
    ["ablate", "baseline+local-first", "--replicates", "1", "--jobs", "1", "--out", "new"],
    ["network", "mentors", "--out", "new.csv", "--scenario", "baseline+local-first"],
]

# --- Options and arguments --------------------------------------------------------------------------------------------

#: a good call of every command that takes anything
CALLS: dict[str, list[str]] = {
    "app": [
        "app",
        "plain.yaml",
        "--no-browser",
        "--root",
        "plain.yaml",
    ],  # a file is no folder: refused, else it served
    "run": ["run", "plain.yaml", *FEW, "--out", "new"],
    "compare": ["compare", "plain.yaml", "other.yaml", *FEW, "--out", "new"],
    "ablate": ["ablate", "other.yaml", *FEW, "--out", "new"],
    "analyse": ["analyse", "adoption.csv", "--ignore-other-columns", "--draws", "99", "--out", "new"],
    "report": ["report", "comparison", "--out", "new"],
    "rerun": ["rerun", "comparison", "--out", "new"],
    "diff": ["diff", "comparison", "comparison", "--csv", "new.csv"],
    "sensitivity": ["sensitivity", "sweep", "--out", "new"],
    "parameters": ["parameters"],
    "scenarios list": ["scenarios", "list"],
    "scenarios show": ["scenarios", "show", "own.yaml"],
    "scenarios new": ["scenarios", "new", "mine"],
    "scenarios diff": ["scenarios", "diff", "plain.yaml", "other.yaml"],
    "scenarios validate": ["scenarios", "validate", "own.yaml"],
    "scenarios schema": ["scenarios", "schema"],
    "studies list": ["studies", "list"],
    "studies show": ["studies", "show", "study.yaml"],
    "studies validate": ["studies", "validate", "study.yaml"],
    "studies schema": ["studies", "schema"],
    "innovations list": ["innovations", "list", "--file", "innovations.yaml"],
    "innovations show": ["innovations", "show", "app-1", "--file", "innovations.yaml"],
    "innovations new": ["innovations", "new", "own-app", "--scenario", "plain.yaml", "--out", "new.yaml"],
    "innovations schema": ["innovations", "schema"],
    "worlds list": ["worlds", "list"],
    "worlds show": ["worlds", "show", "england-2025"],
    "worlds validate": ["worlds", "validate", "england-2025"],
    "worlds new": ["worlds", "new", "new"],
    "levers list": ["levers", "list"],
    "levers show": ["levers", "show", "local-first"],
    "evidence list": ["evidence", "list"],
    "evidence show": ["evidence", "show", "precept"],
    "calibrate": ["calibrate", "--check"],
    "validate": ["validate", "--series", "virtual-wards-covid", "--replicates", "1", "--jobs", "1", "--out", "new"],
    "describe month": ["describe", "month"],
    "describe terms": ["describe", "terms"],
    "describe responses": ["describe", "responses"],
    "describe outputs": ["describe", "outputs"],
    "describe world": ["describe", "world"],
    "network export": ["network", "export", "geo", "--out", "new.csv"],
    "network mentors": ["network", "mentors", "--out", "new.csv", "--set", "months=3"],
    "sweep run": ["sweep", "run", "study.yaml", "--threads", "--jobs", "1", "--out", "new"],
    "sweep status": ["sweep", "status", "sweep"],
    "sweep show": ["sweep", "show", "sweep"],
    "sweep export": ["sweep", "export", "sweep", "--to", "new.csv"],
    "sweep rerun": ["sweep", "rerun", "sweep", "3"],
    "sweep script": ["sweep", "script", "study.yaml", "--tasks", "2", "--out", "new"],
}
#: commands that run for an hour where nothing is said
COMPLETE = {"calibrate", "app"}
#: options with which a command would serve for ever
SERVE = {("app", "root")}
VALUES = [
    *("", " ", "-1", "0", "1e9", "nan", "inf", "abc", "9" * 400, "1.5", "../x", "/", ".", "..", "nobody", "é", "{}"),
    *("%s", "$HOME", "\x1b[31m", "a\nb", "x" * 5000, "2017-13", "plain.yaml", "comparison", "-", "--", "[1]", "null"),
    *("a/b", "trusts.csv", "=1", "local-first=", "a=b", "/dev/null", "/dev/null/x", "/proc/x", "sweep"),
]


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its parameters, as Typer has them."""
    from typer.main import get_command

    from diffusion.cli.app import app

    def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
        for part, below in getattr(command, "commands", {}).items():
            yield from walk(below, f"{name} {part}".strip())
        if not hasattr(command, "commands"):
            yield name, command

    yield from walk(get_command(app), "")


def bad_options() -> Iterator[tuple[str, list[str], Sequence[str]]]:
    """Every option and argument of every command with every odd value: (name, words, what must be named)."""
    for name, command in commands():
        good = CALLS[name]
        yield f"{name} --nonsense", [*good, "--nonsense"], ["--nonsense"]
        if name not in COMPLETE:
            yield f"{name} without anything", name.split(), []
        yield f"{name} with one more word", [*good, "onemore"], []
        for parameter in command.params:
            if (name, parameter.name) in SERVE:
                continue
            if parameter.param_type_name == "argument":
                place = len(name.split()) if len(good) > len(name.split()) else None
                for value in VALUES:
                    words = list(good)
                    if place is not None and place < len(words):
                        words[place] = value
                    yield f"{name} {parameter.name}={value[:20]!r}", words, []
                continue
            flag = parameter.opts[0]
            if getattr(parameter, "is_flag", False):
                continue
            yield f"{name} {flag} without a value", [*good, flag], [flag]
            for value in VALUES:
                words = list(good)
                if flag in words:
                    words[words.index(flag) + 1] = value
                else:
                    words += [flag, value]
                yield f"{name} {flag}={value[:20]!r}", words, [flag, value, parameter.name]


# --- Modules ----------------------------------------------------------------------------------------------------------

MODULES = {
    "syntax": "def broken(:\n",
    "raises": "raise RuntimeError('no')\n",
    "leaves": "import sys\nsys.exit(3)\n",
    "leaves quietly": "raise SystemExit\n",
    "no such import": "import nothing_of_that_name\n",
    "empty": "",
    "NUL": "x = 1\x00\n",
    "prints": "print('hello')\n",
    "no lever": "x = 1\n",
    "no name": "import diffusion as df\n@df.register\nclass X(df.Lever):\n    def write(self, see, terms): pass\n",
    "name taken": "import diffusion as df\n@df.register\nclass X(df.Lever):\n    name = 'local-first'\n"
    "    def write(self, see, terms): pass\n",
    "no class": "import diffusion as df\ndf.register(3)\n",
    "no write": "import diffusion as df\n@df.register\nclass X(df.Lever):\n    name = 'x'\n",
    "endless recursion": "def f(): return f()\nf()\n",
    "deep": "x = " + "(" * 300 + ")" * 300 + "\n",
    "latin": "# coding: latin-1\nx = 'é'\n",
    "coding unknown": "# coding: klingon\n",
}


# --- All of them ------------------------------------------------------------------------------------------------------


def attempts(masters: dict[str, Path]) -> list[Attempt]:
    """Return every case."""

    def with_results(folder: Path, words: Sequence[str]) -> None:
        write_good(folder)
        for kind in ("comparison", "sweep"):
            if kind in words:
                put_copy(folder, masters[kind])

    found: list[Attempt] = []

    def add(kind: str, name: str, words: list[str], fill: Callable[[Path], None], names: Sequence[str] = ()) -> None:
        found.append(Attempt(f"{kind}: {name}", words, fill, refused_or_done(names), kind))

    for name, file, content in file_faults():

        def broken(folder: Path, file: str = file, content: bytes = content) -> None:
            write_good(folder)
            (folder / file).write_bytes(content)

        add("file", name, READ_BY[file], broken, [file])
    for file, words in READ_BY.items():
        for place, put in PLACES.items():

            def placed(folder: Path, file: str = file, put: Callable[[Path], None] = put) -> None:
                write_good(folder)
                (folder / file).unlink()
                put(folder / file)

            add(
                "place",
                f"{file} is {place}",
                words,
                placed,
                [file, file.partition(".")[0], READ_BY[file][-1], "/etc/hostname"],
            )
    for text in SETTINGS:
        for words in SET_COMMANDS:
            add("setting", f"{' '.join(words[:2])} --set {text[:60]!r}", [*words, "--set", text], write_good)
    for name, words, names in bad_options():
        add("option", name, words, lambda folder, words=words: with_results(folder, words), names)
    for file in [*FILES, "comparison", "sweep"]:
        for name, good in CALLS.items():
            words = list(good)
            place = len(name.split())
            if place < len(words) and words[place] not in (file, "geo") and not words[place].startswith("-"):
                words[place] = file
                add(
                    "wrong kind",
                    f"{name} of {file}",
                    words,
                    lambda folder, words=words: with_results(folder, words),
                    [file, Path(file).stem],
                )
    for name, text in MODULES.items():
        for words in (["scenarios", "validate", "baseline"], ["levers", "list"], ["run", "plain.yaml", *FEW]):

            def module(folder: Path, text: str = text) -> None:
                write_good(folder)
                (folder / "module.py").write_text(text)

            add("module", f"{name}, {' '.join(words[:2])}", [*words, "--python", "module.py"], module, ["module"])
    for words in (["scenarios", "validate", "own.yaml", "--set", "world.layers.own.file=more.csv"],):
        for n in range(6):
            row = ["T0,T0,1", "T0,T9,1", "T0,T1,1", ",T1,1", "T0,,1", "T5,T3,0"][n]
            add("edge", row, words, lambda folder, row=row: _more(folder, row), ["more.csv"])
    return found


def _more(folder: Path, row: str) -> None:
    write_good(folder)
    (folder / "more.csv").write_text(EDGES + row + "\n")


def chosen(found: list[Attempt], number: int, seed: int) -> list[Attempt]:
    """Return so many of the cases, of every kind in turn; all of them for 0."""
    if not number or number >= len(found):
        return found
    rng = random.Random(seed)
    kinds: dict[str, list[Attempt]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    for cases in kinds.values():
        rng.shuffle(cases)
    picked: list[Attempt] = []
    while len(picked) < number:
        for cases in kinds.values():
            if cases and len(picked) < number:
                picked.append(cases.pop())
    return picked


def main(arguments: Sequence[str] | None = None) -> int:
    report = options_of("malformed", __doc__, {"inputs": 600}, arguments)
    with tempfile.TemporaryDirectory() as place:
        masters = finished(Path(place), "comparison", "sweep")
        found = attempts(masters)
        print(f"{len(found):,} bad inputs are known", flush=True)
        options = report.options
        picked = found if options.only else chosen(found, options.inputs, options.seed)
        return attack(report, picked, "bad inputs", real=max(1, len(picked) // 100))


if __name__ == "__main__":
    sys.exit(main())
