"""Finished result folders, damaged in one place, and every command that reads them.

    python tests/attack/damaged_folders.py --folders 200 --seed 1

Comparison, ablation, sweep (finished and half finished) and analysis; a file is cut, emptied, flipped in one bit,
deleted, exchanged, edited, made unreadable, or one is added. The damage is named in a sentence, or it has no influence:
then everything printed and written is what the undamaged folder gives. Never another answer without a word.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from attack.good_files import finished, write_good
from attack.harness import FEW, Outcome, as_plain_user, call, ended, in_workers, load_package, options_of, refused

Damage = Callable[[Path, random.Random, Path], str]

# --- Damages: each changes one file and says what it did --------------------------------------------------------------


def cut(path: Path, rng: random.Random, other: Path) -> str:
    """Keep the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(max(1, len(data)))])
    return "cut"


def emptied(path: Path, rng: random.Random, other: Path) -> str:
    """Leave a file of no bytes."""
    path.write_bytes(b"")
    return "emptied"


def flipped(path: Path, rng: random.Random, other: Path) -> str:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    if data:
        place = rng.randrange(len(data))
        data[place] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(data))
        return f"bit flipped at {place}"
    return "nothing to flip"


def deleted(path: Path, rng: random.Random, other: Path) -> str:
    """Delete a file."""
    path.unlink()
    return "deleted"


def exchanged(path: Path, rng: random.Random, other: Path) -> str:
    """Put a file of another result in its place: the same name, else any of the same type."""
    same = [one for one in sorted(other.rglob("*")) if one.is_file() and one.name == path.name]
    alike = [one for one in sorted(other.rglob("*")) if one.is_file() and one.suffix == path.suffix]
    if not (same or alike):
        return emptied(path, rng, other)
    chosen = rng.choice(same or alike)
    path.write_bytes(chosen.read_bytes())
    return f"exchanged for {chosen.name} of another result"


def edited(path: Path, rng: random.Random, other: Path) -> str:
    """Change one value, so that the file is as well formed as before."""
    if path.suffix == ".json":
        data = json.loads(path.read_text(encoding="utf-8"))
        what = _edit_leaf(data, rng)
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return what
    if path.suffix == ".parquet":
        return _edit_table(path, rng)
    text = path.read_bytes()
    numbers = list(re.finditer(rb"\d+", text))
    if not numbers:
        return flipped(path, rng, other)
    found = rng.choice(numbers)
    path.write_bytes(text[: found.start()] + str(int(found.group()[:9]) + 1).encode() + text[found.end() :])
    return f"number at {found.start()} raised"


def _edit_leaf(data: Any, rng: random.Random) -> str:
    place, way = data, ""
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice(keys)
        way += f".{key}"
        if isinstance(place[key], dict | list) and place[key] and rng.random() < 0.95:
            place = place[key]
            continue
        old = place[key]
        if rng.random() < 0.15 and isinstance(place, dict):
            del place[key]
            return f"{way[1:]} removed"
        if isinstance(old, bool):
            place[key] = not old
        elif isinstance(old, int | float):
            place[key] = rng.choice([old + 1, old * 2 + 1, -old - 1])
        elif isinstance(old, str):
            place[key] = rng.choice([old + "x", old[::-1] + "-", "another"])
        else:
            place[key] = rng.choice([0, "another", []])
        return f"{way[1:]} from {str(old)[:30]!r} to {str(place[key])[:30]!r}"


def _edit_table(path: Path, rng: random.Random) -> str:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    numeric = [
        name for name in table.column_names if table[name].type in (pa.int64(), pa.int32(), pa.float64(), pa.float32())
    ]
    if not numeric or not table.num_rows:
        data = path.read_bytes()
        path.write_bytes(data[:-1])
        return "last byte removed"
    name, row = rng.choice(numeric), rng.randrange(table.num_rows)
    column = table[name].to_pylist()
    column[row] = (column[row] or 0) + 1
    place = table.column_names.index(name)
    changed = table.set_column(place, table.field(name), pa.array(column, table[name].type))
    pq.write_table(changed, path, compression="zstd")
    return f"{name} in row {row} raised by 1 ({np.dtype(type(column[row]) if column[row] else float)})"


def unreadable(path: Path, rng: random.Random, other: Path) -> str:
    """Take the right to read away."""
    path.chmod(0)
    return "may not be read"


def folder_unreadable(path: Path, rng: random.Random, other: Path) -> str:
    """Take the right to enter the folder of a file away."""
    path.parent.chmod(rng.choice([0o000, 0o444, 0o555]))
    return f"its folder has rights {path.parent.stat().st_mode & 0o777:o}"


def a_folder_instead(path: Path, rng: random.Random, other: Path) -> str:
    """Put a folder in place of a file."""
    path.unlink()
    path.mkdir()
    return "a folder in its place"


def a_link_instead(path: Path, rng: random.Random, other: Path) -> str:
    """Put a link to nothing, or to itself, in place of a file."""
    path.unlink()
    path.symlink_to(rng.choice(["nothing", path.name]))
    return "a broken link in its place"


def one_more(path: Path, rng: random.Random, other: Path) -> str:
    """Add a file beside it: one of another result, or a note."""
    alike = [one for one in sorted(other.rglob("*")) if one.is_file() and one.suffix == path.suffix]
    new = path.with_name(rng.choice(["notes.txt", f"copy-of-{path.name}", f"{path.name}.bak", ".hidden"]))
    new.write_bytes(rng.choice(alike).read_bytes() if alike and rng.random() < 0.6 else b"my notes\n")
    return f"{new.name} added"


DAMAGES: list[Damage] = [
    cut, emptied, flipped, deleted, exchanged, edited, edited, edited, unreadable, folder_unreadable,
    a_folder_instead, a_link_instead, one_more,
]  # fmt: skip


# --- Readers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """A command that reads a kind of folder; ``then`` is run after it and must give the undamaged answer."""

    kind: str
    words: tuple[str, ...]
    then: tuple[str, ...] = ()
    #: what stands beside it
    needs: tuple[str, ...] = ()
    #: it may replace the folder's content
    replaces: bool = False


def _sweep_readers(kind: str) -> list[Reader]:
    readers = [
        Reader(kind, ("sweep", "status", kind)),
        Reader(kind, ("sweep", "status", kind, "--check")),
        Reader(kind, ("sweep", "show", kind)),
        Reader(kind, ("sweep", "show", kind, "--failed")),
        Reader(kind, ("sweep", "export", kind, "--to", "new.csv", "--partial")),
        Reader(kind, ("sweep", "rerun", kind, "3")),
        Reader(
            kind,
            ("sweep", "run", kind, "--threads", "--jobs", "1"),
            ("sweep", "export", kind, "--to", "new.csv"),
            replaces=True,
        ),
    ]
    if kind == "sweep":
        readers += [
            Reader(kind, ("sensitivity", kind, "--out", "new")),
            Reader(kind, ("report", "comparison", "--study", kind, "--out", "new"), needs=("comparison",)),
        ]
    return readers


READERS = [
    Reader("comparison", ("report", "comparison", "--out", "new")),
    Reader("comparison", ("report", "comparison", "--out", "new")),
    Reader("comparison", ("report", "comparison")),
    Reader("comparison", ("rerun", "comparison", "--out", "new")),
    Reader("comparison", ("diff", "comparison", "other-comparison", "--csv", "new.csv"), needs=("other-comparison",)),
    Reader(
        "comparison", ("compare", "plain.yaml", "other.yaml", *FEW, "--out", "comparison", "--force"), replaces=True
    ),
    Reader("ablation", ("report", "comparison", "--ablation", "ablation", "--out", "new"), needs=("comparison",)),
    *_sweep_readers("sweep"),
    *_sweep_readers("half-sweep"),
    Reader("analysis", ("analyse", "counts.csv", "--draws", "99", "--out", "analysis", "--force"), replaces=True),
]
OTHERS = {
    "comparison": "other-comparison",
    "ablation": "comparison",
    "sweep": "other-sweep",
    "half-sweep": "other-sweep",
    "analysis": "other-analysis",
}


@dataclass
class Answer:
    """What a command printed and wrote."""

    outcome: Outcome
    printed: str
    files: dict[str, bytes] = field(default_factory=dict)


def answer(folder: Path, reader: Reader, hook: Callable[[], None] | None = None) -> Answer:
    """Run a reader, and what comes after it; ``hook`` runs before each."""
    outcome = call(folder, reader.words, hook=hook, timeout=180)
    printed = re.sub(r"[\d,.]+ s\b|in \d[^;]*a second|\d[\d,.]* a second|[\d.]+ MB", "TIME", outcome.out)
    if reader.then and outcome.code == 0:
        after = call(folder, reader.then, hook=hook, timeout=180)
        printed, outcome = after.out, after if after.code else outcome
    new = [folder / name for name in outcome.changed] + [folder / "new.csv"]
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(set(new))
        if path.is_file() and path.name != "manifest.json" and not path.is_relative_to(folder / "half-sweep")
    }
    return Answer(outcome, printed, files)


def judge(found: Answer, wanted: Answer, unstable: set[str], where: str, reader: Reader) -> list[str]:
    """Say what is wrong: neither named nor without influence."""
    outcome = found.outcome
    faults = ended(outcome, (0, 1, 2))
    if faults:
        return faults
    names = [where, Path(where).name, Path(where).parts[0]]
    if outcome.code == 2:
        return refused(outcome, names)
    if outcome.code == 1:
        said = outcome.out + outcome.err
        folder = f"{Path(where).parent.as_posix()}/"  # of a folder that may not be written, the file written next
        named = Path(where).name in said or "damaged" in outcome.err or ("cannot be written" in said and folder in said)
        return [] if named else [f"exit 1, and the file is not named: {outcome.err[:150]!r}"]
    if reader.replaces and not reader.then:
        return []
    told = "damaged" in outcome.err or Path(where).name in outcome.err
    if found.printed != wanted.printed and not told:
        return ["another answer is printed, without a word"]
    # what is mended inside a sweep is judged by what it gives (``then``)
    mended = {name for name in found.files if reader.then and name.startswith(f"{reader.kind}/")}
    for name in sorted((found.files.keys() | wanted.files.keys()) - unstable - mended):
        if found.files.get(name) != wanted.files.get(name) and (not told or reader.then):
            return [f"another {name} is written, without a word"]
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    report = options_of("damaged_folders", __doc__, {"folders": 200}, arguments)
    options = report.options
    load_package()
    with tempfile.TemporaryDirectory() as place:
        top = Path(place).resolve()
        os.chmod(top, 0o755)
        readers = list(dict.fromkeys(READERS))
        few = max(3, options.folders)
        # a few folders are read by few commands, taken from the whole list
        used = readers if few >= len(readers) else readers[:: len(readers) // few][:few]
        kinds = {kind for reader in used for kind in (reader.kind, OTHERS[reader.kind], *reader.needs)}
        masters = finished(top / "masters", *sorted(kinds))

        def prepared(name: str, reader: Reader) -> Path:
            folder = top / name
            folder.mkdir()
            write_good(folder)
            for kind in (reader.kind, *reader.needs):
                shutil.copytree(masters[kind], folder / kind)
            return folder

        wanted: dict[Reader, Answer] = {}
        unstable: dict[Reader, set[str]] = {}
        for number, reader in enumerate(used):
            one, two = (answer(prepared(f"reference-{number}-{n}", reader), reader) for n in range(2))
            if one.outcome.code:
                raise RuntimeError(f"{reader.words}: {one.outcome.err}")
            if one.printed != two.printed:
                raise RuntimeError(f"{reader.words} prints something else each time:\n{one.printed}\n{two.printed}")
            wanted[reader] = one
            unstable[reader] = {name for name in one.files if one.files[name] != two.files.get(name)}
        moving = sorted({name for names in unstable.values() for name in names})
        print(f"{len(used)} readers; files that differ each time anyway: {moving}", flush=True)

        def work(number: int) -> dict[str, Any]:
            rng = random.Random(f"{options.seed} {number}")
            reader = rng.choice([item for item in READERS if item in wanted])
            damage = rng.choice(DAMAGES)
            folder = prepared(f"case-{number}", reader)
            files = sorted(path for path in (folder / reader.kind).rglob("*") if path.is_file())
            weights = [8 if path.suffix == ".json" else 3 if path.suffix == ".parquet" else 1 for path in files]
            path = rng.choices(files, weights)[0]
            where = path.relative_to(folder).as_posix()
            what = damage(path, rng, masters[OTHERS[reader.kind]])
            name = f"{number}: {where}: {what}: {' '.join(reader.words)}"[:200]
            if options.only and options.only not in name:
                return {}
            found = answer(folder, reader, as_plain_user if damage in (unreadable, folder_unreadable) else None)
            faults = judge(found, wanted[reader], unstable[reader], where, reader)
            if faults and options.keep:
                shutil.copytree(
                    folder, options.keep / f"case-{number}", dirs_exist_ok=True, symlinks=True,
                    ignore_dangling_symlinks=True,
                )  # fmt: skip
            for one in (path.parent, folder):
                if one.is_dir():
                    one.chmod(0o755)
            shutil.rmtree(folder, ignore_errors=True)
            ending = "timed out" if found.outcome.timed_out else f"exit {found.outcome.code}"
            kind = f"{reader.kind} by {' '.join(reader.words[:2])}"
            return {"name": name, "kind": kind, "faults": faults, "words": list(reader.words), "ending": ending}

        report.wanted = options.folders
        for found in in_workers(options.folders, options.jobs, work, report.over):
            if found:
                report.add(
                    str(found["name"]), str(found.get("kind", "")), found["faults"], found.get("words", ()),
                    str(found.get("ending", "")),
                )  # type: ignore[arg-type]  # fmt: skip
    return report.close("damaged folders")


if __name__ == "__main__":
    sys.exit(main())
