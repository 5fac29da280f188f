"""Valid files with bytes, words or lines changed at random: scenarios, studies, tables, networks, finished results.

    python tests/attack/mutations.py --inputs 4000 --seed 1

Each is read by the command that reads such a file: accepted with a complete answer, or refused with exit code 2 and a
sentence, with nothing written.
"""

from __future__ import annotations

import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from attack.good_files import ADOPTION, COUNTS, FILES, READ_BY, TIES, finished, put_copy, write_good
from attack.harness import ROOT, Attempt, attack, options_of, refused_or_done

#: what stands in files and means something to a reader
WORDS = [
    *(b"0", b"-1", b"1e308", b"1e-320", b"nan", b".nan", b"inf", b".inf", b"null", b"~", b"true", b"no", b"''", b'"'),
    *(b"99999999999999999999", b"2015-07", b"2015-13", b"0x10", b"1_000", b"&a", b"*a", b"<<:", b"!!str", b"- ", b": "),
    *(b"{", b"}", b"[", b"]", b"#", b"|", b">", b"%", b"@", b"\t", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\\"),
    *(b"../", b"/", b"baseline", b"local-first", b"T0", b"R1A", b";", b",", b",,", b"<", b"</", b"&amp;", b"]]>"),
    *("é".encode(), "\u202e".encode(), "\u0000".encode(), "９".encode(), "−1".encode(), b"\x1b[31m"),
]


def bytes_changed(data: bytes, rng: random.Random) -> bytes:
    """Flip, insert or delete single bytes."""
    raw = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5, 20])):
        place = rng.randrange(len(raw)) if raw else 0
        way = rng.randrange(4)
        if way == 0 and raw:
            raw[place] ^= 1 << rng.randrange(8)
        elif way == 1 and raw:
            raw[place] = rng.randrange(256)
        elif way == 2:
            raw.insert(place, rng.randrange(256))
        elif raw:
            del raw[place : place + rng.choice([1, 1, 3, 17])]
    return bytes(raw)


def words_changed(data: bytes, rng: random.Random) -> bytes:
    """Replace, insert, drop or exchange words and marks."""
    parts = re.findall(rb"[A-Za-z0-9_.-]+|\s+|.", data, re.DOTALL)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        if not parts:
            break
        place, way = rng.randrange(len(parts)), rng.randrange(5)
        if way == 0:
            parts[place] = rng.choice(WORDS)
        elif way == 1:
            parts.insert(place, rng.choice(WORDS))
        elif way == 2:
            del parts[place]
        elif way == 3:
            other = rng.randrange(len(parts))
            parts[place], parts[other] = parts[other], parts[place]
        else:
            parts[place] = parts[place] * rng.choice([2, 3, 50])
    return b"".join(parts)


def lines_changed(data: bytes, rng: random.Random) -> bytes:
    """Drop, repeat, exchange, cut or indent lines."""
    lines = data.splitlines(keepends=True)
    for _ in range(rng.choice([1, 1, 2, 3])):
        if not lines:
            break
        place, way = rng.randrange(len(lines)), rng.randrange(6)
        if way == 0:
            del lines[place]
        elif way == 1:
            lines.insert(rng.randrange(len(lines) + 1), lines[place])
        elif way == 2:
            other = rng.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        elif way == 3:
            lines[place] = lines[place][: rng.randrange(len(lines[place]) + 1)]
        elif way == 4:
            lines[place] = b"  " + lines[place]
        else:
            return b"".join(lines[:place])
    return b"".join(lines)


WAYS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bytes": bytes_changed,
    "words": words_changed,
    "lines": lines_changed,
}


@dataclass
class Seed:
    """A valid file, where a case puts it, and the command that reads it there."""

    kind: str
    name: str
    content: bytes
    put: str
    words: list[str]
    fill: Callable[[Path], None]
    weight: float = 1.0


def _with(*files: str) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        for name in files:
            shutil.copyfile(ROOT / name, folder / Path(name).name)

    return fill


def seeds(masters: dict[str, Path]) -> list[Seed]:
    """Return every valid file that is changed."""
    found: list[Seed] = []
    for path in sorted((ROOT / "scenarios").rglob("*.yaml")):
        inside = path.relative_to(ROOT)
        # beside their own kind, so that what they extend is found
        words = ["scenarios", "validate", str(inside)]
        if path.parent.name == "levers":
            words = ["scenarios", "validate", f"baseline+{inside}"]

        def scenarios(folder: Path) -> None:
            shutil.copytree(ROOT / "scenarios", folder / "scenarios")

        found.append(Seed("scenario", str(inside), path.read_bytes(), str(inside), words, scenarios))
    for path in sorted((ROOT / "experiments").glob("*.yaml")):
        inside = path.relative_to(ROOT)

        def studies(folder: Path) -> None:
            shutil.copytree(ROOT / "experiments", folder / "experiments")

        found.append(
            Seed("study", path.name, path.read_bytes(), str(inside), ["studies", "validate", str(inside)], studies)
        )
    for name, key in (("trusts.csv", "trusts"), ("networks.csv", "ahsns"), ("portfolio.yaml", "innovations")):
        content = (ROOT / "src/diffusion/data/worlds/england-2017" / name).read_bytes()

        def table(folder: Path, name: str = name, key: str = key) -> None:
            (folder / "s.yaml").write_text(f"title: x\nextends: baseline\nworld: {{{key}: {name}}}\n")

        found.append(Seed("data", name, content, name, ["scenarios", "validate", "s.yaml"], table, 4))
    for name in (
        "trusts.csv",
        "innovations.yaml",
        "edges.csv",
        "edges.graphml",
        "own.yaml",
        "study.yaml",
        "points.csv",
    ):
        found.append(Seed("own file", name, FILES[name].encode(), name, READ_BY[name], write_good, 3))
    analyse = ["--draws", "99", "--out", "new"]
    for name, text, words in (
        ("adoption.csv", ADOPTION, ["analyse", "adoption.csv", "--ignore-other-columns", *analyse]),
        ("counts.csv", COUNTS, ["analyse", "counts.csv", *analyse]),
        ("ties.csv", TIES, ["analyse", "adoption.csv", "--ignore-other-columns", "--ties", "ties.csv", *analyse]),
    ):
        found.append(Seed("observed", name, text.encode(), name, words, write_good, 2))
    example = (ROOT / "examples/awareness-campaign.yaml").read_bytes()
    found.append(Seed("scenario", "awareness-campaign.yaml", example, "a.yaml", ["scenarios", "validate", "a.yaml"],
                      lambda folder: None))  # fmt: skip
    reading = {
        "comparison": ["report", "comparison", "--out", "new"],
        "ablation": ["report", "comparison", "--ablation", "ablation", "--out", "new"],
        "sweep": ["sweep", "show", "sweep"],
    }
    for kind, words in reading.items():
        folder = masters[kind]
        for path in sorted(folder.rglob("*")):
            text = path.suffix in (".json", ".parquet") or path.name in ("index.html",)
            if not path.is_file() or not text:
                continue

            def result(folder: Path, kind: str = kind) -> None:
                for one in {kind, "comparison"} if kind == "ablation" else {kind}:
                    put_copy(folder, masters[one])

            inside = f"{kind}/{path.relative_to(folder)}"
            weight = 3 if path.suffix == ".json" else 0.15
            found.append(Seed("result", inside, path.read_bytes(), inside, words, result, weight))
    return found


def attempts(found: Sequence[Seed], number: int, seed: int) -> list[Attempt]:
    """Return so many changed files."""
    cases = []
    for n in range(number):
        rng = random.Random(f"{seed} {n}")
        one = rng.choices(found, [item.weight for item in found])[0]
        way = rng.choice(list(WAYS))
        changed = WAYS[way](one.content, rng)

        def fill(folder: Path, one: Seed = one, changed: bytes = changed) -> None:
            one.fill(folder)
            path = folder / one.put
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(changed)

        top = Path(one.put).parts[0] if one.kind == "result" else Path(one.put).name
        # codes that two tables share are told where they are used
        names = [top, Path(one.put).name, one.words[-1], Path(one.put).stem, "trusts.csv", "edges."]
        cases.append(Attempt(f"{n}: {way} of {one.name}", one.words, fill, refused_or_done(names), one.kind, 90))
    return cases


def main(arguments: Sequence[str] | None = None) -> int:
    report = options_of("mutations", __doc__, {"inputs": 4000}, arguments)
    with tempfile.TemporaryDirectory() as place:
        masters = finished(Path(place), "comparison", "ablation", "sweep")
        found = seeds(masters)
        print(f"{len(found)} valid files are changed", flush=True)
        cases = attempts(found, report.options.inputs, report.options.seed)
        return attack(report, cases, "changed files", real=max(1, len(cases) // 400))


if __name__ == "__main__":
    sys.exit(main())
