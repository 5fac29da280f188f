"""Fuzz every reader with broken files: python tests/fuzz/fuzz_readers.py --seconds 120 --inputs 10000

Each input is a valid file (or several) broken by its number and the seed. A reader may take it or raise InputError;
anything else is a find: another exception, a crash of the process, no answer in time, a file written. The number of a
find makes it again: --seed 1 --only 4711. Leaves with 1 if there was any.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.mutate import mutated
from fuzz.targets import SMALL, Target, targets

#: an input that is not read after so many seconds hangs; one that takes so much processor time is too slow
MOST_SECONDS, MOST_CPU_SECONDS = 60.0, 10.0
#: memory that reading one input may take beside what the process has
MOST_BYTES = 6 * 2**30


def main() -> int:
    """Fuzz until the inputs or the seconds are used up; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=120.0)
    options.add_argument("--inputs", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", type=int, help="the number of one input")
    options.add_argument("--kind", help="only kinds of inputs whose name begins so")
    options.add_argument("--keep", type=Path, help="folder for the files of finds")
    asked = options.parse_args()
    numbers = iter([asked.only]) if asked.only is not None else iter(range(asked.inputs))
    with tempfile.TemporaryDirectory(prefix="diffusion-fuzz-") as name:
        place = Path(name)
        corpus = _corpus(place)
        return _fuzz(place, corpus, asked, numbers)


def _corpus(place: Path) -> tuple[Path, Path]:
    """Make a finished result and a finished sweep to break."""
    import rich.console

    from diffusion.deliver.comparison import run_and_deliver
    from diffusion.experiments.sweep.executor import ThisProcess
    from diffusion.experiments.sweep.resume import run_sweep
    from diffusion.scenario.load import load_scenario
    from support.sweeps import new_sweep, study_file

    loaded = [load_scenario(name, [SMALL, "months=6"]) for name in ("baseline", "local-first")]
    with open(os.devnull, "w") as nothing:
        quiet = rich.console.Console(file=nothing)
        run_and_deliver(loaded, replicates=3, seed=1, out=place / "result", command=["diffusion"], console=quiet)
    sweep = new_sweep(study_file(place / "study", design={"method": "latin hypercube", "draws": 2}), place / "sweep")
    run_sweep(sweep, ThisProcess(1))
    return place / "result", place / "sweep"


def _fuzz(place: Path, corpus: tuple[Path, Path], asked: argparse.Namespace, numbers: Iterator[int]) -> int:
    began, done, finds = time.monotonic(), 0, 0
    worker: _Worker | None = None
    counts: dict[str, int] = {}
    try:
        for number in numbers:
            if time.monotonic() - began > asked.seconds and asked.only is None:
                break
            if worker is None:
                worker = _Worker(place, corpus, asked)
            said = worker.read(number)
            done += 1
            if said is None:
                worker.end()
                worker = None
                said = ("?", "hang or crash", f"no answer within {MOST_SECONDS:.0f} s, or the process died")
            kind, outcome, details = said
            counts[outcome] = counts.get(outcome, 0) + 1
            if outcome not in ("read", "refused"):
                finds += 1
                print(f"input {number} of seed {asked.seed} ({kind}): {outcome}\n{details}", flush=True)
    finally:
        if worker is not None:
            worker.end()
    parts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items()))
    print(f"{done:,} inputs in {time.monotonic() - began:.0f} s: {parts or 'none'}; {finds:,} finds")
    return 1 if finds else 0


class _Worker:
    """A process that reads inputs by number; it may die or hang without harm."""

    def __init__(self, place: Path, corpus: tuple[Path, Path], asked: argparse.Namespace) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(
            target=_work, args=(there, place, corpus, asked.seed, asked.kind, asked.keep), daemon=True
        )
        self._process.start()
        there.close()
        assert self._here.poll(120), "the worker does not start"
        self._here.recv()

    def read(self, number: int) -> tuple[str, str, str] | None:
        """Return (kind, outcome, details), or None if the process hangs or died."""
        try:
            self._here.send(number)
            if not self._here.poll(MOST_SECONDS):
                return None
            answer: tuple[str, str, str] = self._here.recv()
            return answer
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        self._process.kill()
        self._process.join()


def _work(
    pipe: Connection, place: Path, corpus: tuple[Path, Path], seed: int, kind: str | None, keep: Path | None
) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, resource.RLIM_INFINITY))
    chosen = [target for target in targets(*corpus) if kind is None or target.name.startswith(kind)]
    pool = [raw for target in chosen for name, raw in target.files.items() if len(raw) < 20_000]
    folder, outside = place / f"input-{os.getpid()}", place / f"folder-{os.getpid()}"
    outside.mkdir()
    os.chdir(outside)
    pipe.send("ready")
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        pipe.send(_one(number, seed, chosen, pool, folder, outside, keep))


def _one(
    number: int, seed: int, chosen: list[Target], pool: list[bytes], folder: Path, outside: Path, keep: Path | None
) -> tuple[str, str, str]:
    import shutil

    rng = random.Random(f"{seed} {number}")
    target = rng.choices(chosen, [one.weight for one in chosen])[0]
    files = dict(target.files)
    if target.breakable:
        name = rng.choice(target.breakable)
        files[name] = mutated(files[name], name, pool, rng)
    shutil.rmtree(folder, ignore_errors=True)
    for name, raw in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    folder.mkdir(exist_ok=True)
    before = _listing(folder), _listing(outside)
    outcome, details = _outcome(target, folder, rng)
    after = _listing(folder), _listing(outside)
    if before != after and outcome in ("read", "refused"):
        outcome, details = "written", f"{set(after[0]) ^ set(before[0])} {set(after[1]) ^ set(before[1])}"
    if keep is not None and outcome not in ("read", "refused"):
        shutil.copytree(folder, keep / str(number), dirs_exist_ok=True)
    return target.name, outcome, details


def _outcome(target: Target, folder: Path, rng: random.Random) -> tuple[str, str]:
    from diffusion.errors import InputError

    began = time.process_time()
    try:
        target.read(folder, rng)
        outcome, details = "read", ""
    except InputError as error:
        outcome, details = "refused", ""
        if not str(error).strip():
            outcome, details = "says nothing", "the message is empty"
    except MemoryError:
        outcome, details = "memory", f"more than {MOST_BYTES / 2**30:.0f} GB"
    except BaseException as error:
        outcome, details = type(error).__name__, "".join(traceback.format_exception(error)[-6:])
    if (took := time.process_time() - began) > MOST_CPU_SECONDS:
        outcome, details = "slow", f"{took:.1f} s of processor time"
    return outcome, details


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Return what is in a folder, with sizes and times."""
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


if __name__ == "__main__":
    sys.exit(main())
