"""Commands killed by ``kill -9`` at random moments and before single steps on disk.

    python tests/attack/kills.py --kills 60 --seed 1

After each kill: no partial folder under the final name; where a result was being replaced, the old or the new one is
there and whole; no process is left; the same command again succeeds, gives the bytes of an undisturbed run, and clears
away what the killed one had begun. Half of the kills hit a real process (alone, or with its whole group) after a random
time, the others a forked child right before its n-th change on disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from attack.good_files import finished, write_good
from attack.harness import FEW, SMALL, call, ended, in_workers, load_package, options_of

SWEEP = ["sweep", "run", "study.yaml", "--out", "made"]


@dataclass(frozen=True)
class Target:
    """A command to kill: what it makes, and how it is run again."""

    name: str
    words: tuple[str, ...]
    #: "new": a folder that is not there before; "force": one that is replaced; "sweep": one that is filled
    way: str = "new"
    again: tuple[str, ...] = ()
    made: str = "made"
    steps: bool = True


TARGETS = [
    Target("run", ("run", "other.yaml", *FEW, "--out", "made")),
    Target("compare", ("compare", "plain.yaml", "other.yaml", *FEW, "--out", "made")),
    Target("compare --force", ("compare", "plain.yaml", "other.yaml", *FEW, "--out", "made", "--force"), "force"),
    Target("ablate", ("ablate", "baseline+local-first", *SMALL, *FEW, "--out", "made")),
    Target("ablate --force", ("ablate", "baseline+local-first", *SMALL, *FEW, "--out", "made", "--force"), "force"),
    Target("analyse", ("analyse", "counts.csv", "--draws", "99", "--out", "made")),
    Target("analyse --force", ("analyse", "counts.csv", "--draws", "99", "--out", "made", "--force"), "force"),
    Target("sweep", (*SWEEP, "--threads", "--jobs", "1"), "sweep"),
    Target("sweep --jobs 2", (*SWEEP, "--jobs", "2"), "sweep", steps=False),
    Target("report", ("report", "comparison"), "report", made="comparison"),
    Target("report --out", ("report", "comparison", "--out", "made"), "files"),
    Target("export", ("network", "export", "geo", "--out", "made.csv"), "file", made="made.csv"),
]


def fill(folder: Path, target: Target, masters: dict[str, Path]) -> None:
    """Put into a folder what the command needs."""
    write_good(folder)
    if target.way == "force":
        shutil.copytree(masters["other-comparison"], folder / "made")
    if target.name.startswith("report"):
        shutil.copytree(masters["comparison"], folder / "comparison")


def hashes(folder: Path, inside: Sequence[str] = ("tables", "figures", "runs")) -> dict[str, str]:
    """Return the files that hold results, with the hash of their bytes; a single file likewise."""
    if folder.is_file():
        return {folder.name: hashlib.sha1(folder.read_bytes()).hexdigest()}
    return {
        path.relative_to(folder).as_posix(): hashlib.sha1(path.read_bytes()).hexdigest()
        for part in inside
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


def not_whole(folder: Path) -> list[str]:
    """Say what a finished folder lacks by its own manifest."""
    if not folder.exists():
        return []
    try:
        listed = json.loads((folder / "manifest.json").read_text())["files"]
    except (OSError, ValueError, KeyError) as error:
        return [f"a partial folder under the final name ({type(error).__name__})"]
    faults = []
    for name, checksum in listed.items():
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing in a finished folder")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
            faults.append(f"{name} is not what the manifest says")
    return faults[:2]


def leftovers(folder: Path) -> list[str]:
    """Return hidden drafts and half-written files."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name.startswith(".") or "unfinished" in path.name or path.name.endswith((".part", ".tmp"))
    )[:3]


def in_session(session: int) -> list[int]:
    """Return the living processes of a session (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def kill_by_time(folder: Path, target: Target, after: float, group: bool) -> tuple[bool, list[str]]:
    """Start the command and kill it; return whether it was still running, and faults."""
    process = subprocess.Popen(
        [sys.executable, "-m", "diffusion.cli.app", *target.words],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        process.wait(after)
        return False, []
    except subprocess.TimeoutExpired:
        pass
    if group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    until = time.monotonic() + 20
    while left := in_session(process.pid):
        if time.monotonic() > until:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            return True, [f"{len(left)} helper processes are still there after 20 s"]
        time.sleep(0.1)
    return True, []


def _changes(event: str, arguments: tuple[object, ...], folder: str) -> bool:
    """Tell whether an audit event is a change on disk below a folder."""
    if event == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    elif event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"):
        path, writes = arguments[0], True
    else:
        return False
    if not writes or not isinstance(path, str | bytes | os.PathLike):
        return False
    full = os.path.abspath(os.fsdecode(path))
    return full.startswith(folder)


def step_counter(folder: Path, notes: Path) -> Callable[[], None]:
    """Return a hook that counts changes on disk into a file."""
    place = str(folder)

    def hook() -> None:
        def listen(event: str, arguments: tuple[object, ...]) -> None:
            if _changes(event, arguments, place):
                handle = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.write(handle, b".")
                os.close(handle)

        sys.addaudithook(listen)

    return hook


def step_killer(folder: Path, step: int) -> Callable[[], None]:
    """Return a hook that kills the process right before its ``step``-th change on disk."""
    place = str(folder)

    def hook() -> None:
        seen = 0

        def listen(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal seen
            if _changes(event, arguments, place):
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(listen)

    return hook


def after_kill(folder: Path, target: Target, old: dict[str, str], reference: dict[str, str]) -> list[str]:
    """Check what a killed command left, run it again, and check what that made."""
    made, faults = folder / target.made, []
    if target.way in ("new", "force", "report"):
        faults += not_whole(made)
    if target.way == "force":
        if not made.exists():
            faults.append("the old result is gone from its name")
        elif hashes(made) not in (old, reference):
            faults.append("neither the old result nor the new one is there")
    if target.way == "file" and made.exists() and hashes(made) != reference:
        faults.append("a partial file under the final name")
    if target.way == "sweep" and made.exists():
        state = call(folder, ["sweep", "status", "made"])
        faults += [f"sweep status: {fault}" for fault in ended(state)]
    words = list(target.words)
    if target.way in ("new", "file") and made.exists():
        words.append("--force")
    again = call(folder, words, timeout=240)
    faults += [f"again: {fault}" for fault in ended(again, (0,))]
    if again.code:
        faults.append(f"again: {again.err.strip()[:200]}")
    elif hashes(made) != reference:
        faults.append("run again, its result is another one")
    if left := leftovers(folder):
        faults.append(f"run again, {left} is still there")
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    report = options_of("kills", __doc__, {"kills": 60}, arguments)
    options = report.options
    load_package()
    with tempfile.TemporaryDirectory() as place:
        top = Path(place).resolve()
        masters = finished(top / "masters", "comparison", "other-comparison")
        reference: dict[str, dict[str, str]] = {}
        seconds: dict[str, float] = {}
        steps: dict[str, int] = {}
        wanted = [target for target in TARGETS if not options.only or options.only.startswith(f"{target.name}, ")]
        wanted = wanted[: options.kills]
        for target in wanted:
            folder = top / f"reference-{target.name}"
            folder.mkdir()
            fill(folder, target, masters)
            notes = top / f"steps-{target.name}"
            done = call(folder, target.words, hook=step_counter(folder, notes), timeout=240)
            if done.code:
                raise RuntimeError(f"{target.name}: {done.err}")
            reference[target.name] = hashes(folder / target.made)
            steps[target.name] = notes.stat().st_size
            seconds[target.name] = done.seconds + 1.5  # a real process loads the package first
        old = hashes(masters["other-comparison"])
        print("changes on disk: " + ", ".join(f"{name} {number}" for name, number in steps.items()), flush=True)

        def work(number: int) -> dict[str, object]:
            rng = random.Random(f"{options.seed} {number}")
            target = wanted[number % len(wanted)]
            by_step = target.steps and (number // len(wanted)) % 2 == 0
            folder = top / f"kill-{number}"
            folder.mkdir()
            fill(folder, target, masters)
            if by_step:
                total = steps[target.name]
                late = rng.random() < 0.4
                step = rng.randint(max(1, total - 8), total) if late else rng.randint(1, total)
                name = f"{target.name}, before change {step} of {total}, kill {number}"
            else:
                after, group = rng.uniform(0.3, 1.1) * seconds[target.name], rng.random() < 0.5
                name = f"{target.name}, {'group' if group else 'process'} after {after:.2f} s, kill {number}"
            if options.only and options.only not in name:
                return {}
            if by_step:
                hit = call(folder, target.words, hook=step_killer(folder, step), timeout=240).signal == signal.SIGKILL
                faults: list[str] = []
            else:
                hit, faults = kill_by_time(folder, target, after, group)
            faults += after_kill(folder, target, old, reference[target.name])
            if faults and options.keep:
                shutil.copytree(folder, options.keep / f"kill-{number}", dirs_exist_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            return {"name": name, "kind": target.name, "faults": faults, "words": list(target.words), "hit": hit}

        report.wanted = options.kills
        for found in in_workers(options.kills, options.jobs, work, report.over):
            if found:
                ending = "killed" if found.get("hit") else "ended before"
                report.add(
                    str(found["name"]), str(found.get("kind", "")), found["faults"], found.get("words", ()), ending
                )  # type: ignore[arg-type]
    return report.close("kills")


if __name__ == "__main__":
    sys.exit(main())
