"""What all attacks share: commands in forked children with a time limit, folders before and after, a report.

A child has a fresh folder and the package already loaded, so that a case takes a fraction of a second and a hang, a
segfault or a changed file of one case cannot reach another. A sample of the cases also runs as real processes.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import ctypes
import faulthandler
import functools
import gc
import hashlib
import io
import json
import os
import re
import resource
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["COLUMNS"] = "100"
os.environ.setdefault("MPLBACKEND", "agg")

ROOT = Path(__file__).parents[2]
EXIT_CODES = {0: "done", 1: "some runs failed", 2: "bad input", 70: "a fault of the program", 130: "interrupted"}
#: a small England-like world and a few months: a comparison of two takes a few milliseconds
SMALL = (
    "--set",
    "months=6",
    "--set",
    "world={synthetic: {england_like: true, n_trusts: 20, n_innovations: 5, kind: mix}}",
)
FEW = ("--replicates", "2", "--jobs", "1")
#: control characters that a terminal acts on, and signs that turn text round
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
#: words of Python and of libraries that no user should meet
INNARDS = re.compile(
    r"Traceback|Segmentation|Fatal Python error|\b(?:Runtime|User|Future|Deprecation|Overflow)Warning\b|core dumped"
)

Tree = dict[str, tuple[str, int, str]]


@dataclass
class Outcome:
    """How a command ended."""

    code: int | None
    signal: int | None
    timed_out: bool
    out: str
    err: str
    before: Tree
    after: Tree
    folder: Path
    seconds: float = 0.0

    @property
    def said(self) -> str:
        """All that was printed, without frames and line breaks."""
        return re.sub(r"[\s│╭╮╰╯─┃]+", " ", self.out + " " + self.err)

    @property
    def changed(self) -> list[str]:
        """Files and folders that are new, gone or other than before."""
        return sorted(
            name for name in self.before.keys() | self.after.keys() if self.before.get(name) != self.after.get(name)
        )


Judge = Callable[[Outcome], list[str]]


@dataclass
class Attempt:
    """One attack: a folder is filled, a command runs in it, and what it did is judged."""

    name: str
    arguments: list[str]
    fill: Callable[[Path], None]
    judge: Judge
    kind: str = ""
    timeout: float = 60.0
    environment: dict[str, str] = field(default_factory=dict)
    hook: Callable[[], None] | None = None


# --- What is judged --------------------------------------------------------------------------------------------------


def ended(outcome: Outcome, codes: Iterable[int] = (0, 2)) -> list[str]:
    """Say what no command may do, whatever it was given: hang, crash, show its innards, write control characters."""
    if outcome.timed_out:
        return [f"no end after {outcome.seconds:.0f} s"]
    if outcome.signal:
        return [f"killed by signal {outcome.signal} ({signal.Signals(outcome.signal).name})"]
    faults = []
    if found := INNARDS.search(outcome.out + outcome.err):
        last = (outcome.err.strip().splitlines() or [""])[-1][:160]
        faults.append(f"'{found.group()}' is printed: {last}")
    if outcome.code not in set(codes):
        faults.append(f"exit {outcome.code} ({EXIT_CODES.get(outcome.code or 0, 'unknown')})")
    if found := CONTROLS.search(outcome.out + outcome.err):
        faults.append(f"control character {found.group()!r} is printed")
    return faults


def refused(outcome: Outcome, names: Sequence[str] = ()) -> list[str]:
    """Say what is wrong with a refusal: exit 2, a sentence that names one of ``names``, nothing written."""
    faults = []
    if outcome.changed:
        faults.append(f"refused, yet changed {outcome.changed[:3]}")
    if "error:" not in outcome.err.lower() and "╭─ Error" not in outcome.err:
        faults.append(f"no sentence with 'error:' but {outcome.err.strip()[:100]!r}")
    squeezed = re.sub(r"\s", "", outcome.said).casefold()
    if names and not any(re.sub(r"\s", "", name).casefold() in squeezed for name in names):
        faults.append(f"none of {list(names)} is named: {outcome.err.strip()[:200]!r}")
    return faults


def refused_or_done(names: Sequence[str] = (), *, must: str = "") -> Judge:
    """Return a judge of any input: refused as it should be, or done with output; ``must`` be 'refuse' or 'accept'."""

    def judge(outcome: Outcome) -> list[str]:
        if faults := ended(outcome):
            return faults + ([f"and changed {outcome.changed[:3]}"] if outcome.changed else [])
        if outcome.code == 2:
            return ["refused, though it is good: " + outcome.err[:200]] if must == "accept" else refused(outcome, names)
        if must == "refuse":
            return ["accepted without a word"]
        return [] if outcome.out.strip() or outcome.changed else ["exit 0, and neither output nor files"]

    return judge


# --- Folders ---------------------------------------------------------------------------------------------------------


def tree(folder: Path) -> Tree:
    """Return every path below a folder with its kind, permissions and content."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        if stat.S_ISLNK(about.st_mode):
            entry = ("link", 0, os.readlink(path))
        elif path.is_dir():
            entry = ("folder", stat.S_IMODE(about.st_mode), "")
        elif path.is_file():
            entry = ("file", stat.S_IMODE(about.st_mode), hashlib.sha1(path.read_bytes()).hexdigest())
        else:
            entry = ("other", 0, "")
        found[os.fsdecode(os.fsencode(path.relative_to(folder).as_posix()))] = entry
    return found


# --- Children --------------------------------------------------------------------------------------------------------


@functools.cache
def load_package() -> None:
    """Load all that commands load, kernels too, once: children find it in their memory."""
    from diffusion.cli.app import main

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for line in (
            ["compare", "baseline", "local-first", *SMALL, *FEW, "--out", "a"],
            ["scenarios", "validate", "baseline", "everything"],
            ["studies", "validate", "people-or-tools"],
            ["analyse", str(ROOT / "examples/analyse/adoption.csv"), "--ignore-other-columns", "--draws", "99"],
            ["network", "export", "geo", "--out", "geo.graphml"],
            ["report", "a"],
        ):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                try:
                    main(line)
                except SystemExit as leaving:
                    if leaving.code not in (0, None):
                        raise RuntimeError(f"'diffusion {shlex.join(line)}' does not work") from None
    gc.collect()
    gc.freeze()


def _child(attempt: Attempt, folder: Path, outs: tuple[Path, Path]) -> None:
    """Run the command in this forked process and leave it; never returns."""
    code = 70
    try:
        os.setsid()
        for number, path in zip((1, 2), outs):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(handle, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), encoding="utf-8", write_through=True)
        faulthandler.enable(file=2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.environ.update(attempt.environment)
        os.chdir(folder)
        sys.argv = ["diffusion", *attempt.arguments]
        warnings.resetwarnings()
        from diffusion.cli.app import main

        if attempt.hook is not None:
            attempt.hook()
        try:
            main(attempt.arguments)
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def as_plain_user() -> None:
    """Give up what only an administrator may do (Linux): files without rights are then as closed as for anyone."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        if libc.prctl(38, 1, 0, 0, 0) or libc.capset(header, none):
            raise OSError(ctypes.get_errno(), "the rights cannot be given up")


@dataclass
class _Running:
    attempt: Attempt
    pid: int
    base: Path
    before: Tree
    began: float


def _start(attempt: Attempt, base: Path) -> _Running:
    folder = base / "folder"
    folder.mkdir(parents=True)
    attempt.fill(folder)
    before = tree(folder)
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _child(attempt, folder, (base / "out", base / "err"))
    return _Running(attempt, pid, base, before, time.monotonic())


def _end(running: _Running, status: int, timed_out: bool) -> Outcome:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGKILL)
    folder = running.base / "folder"
    return Outcome(
        code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) and not timed_out else None,
        timed_out=timed_out,
        out=_text(running.base / "out"),
        err=_text(running.base / "err"),
        before=running.before,
        after=tree(folder),
        folder=folder,
        seconds=time.monotonic() - running.began,
    )


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""


def run_all(
    attempts: Sequence[Attempt], jobs: int, over: Callable[[], bool] = lambda: False
) -> Iterator[tuple[Attempt, Outcome, list[str]]]:
    """Run attempts in forked children, so many at a time; give each with its outcome and its faults.

    None is begun when ``over`` says so.
    """
    waiting, running = collections.deque(attempts), dict[int, _Running]()
    with tempfile.TemporaryDirectory(prefix="attack-") as place:
        os.chmod(place, 0o755)
        number = 0
        try:
            while waiting or running:
                if over():
                    waiting.clear()
                while waiting and len(running) < jobs:
                    number += 1
                    one = _start(waiting.popleft(), Path(place) / f"{number:05d}")
                    running[one.pid] = one
                ready = None
                for pid, one in running.items():
                    done, status = os.waitpid(pid, os.WNOHANG)
                    if done:
                        ready = _end(one, status, False)
                    elif time.monotonic() - one.began > one.attempt.timeout:
                        os.killpg(pid, signal.SIGKILL)
                        _, status = os.waitpid(pid, 0)
                        ready = _end(one, status, True)
                    if ready is not None:
                        break
                if ready is None:
                    time.sleep(0.002)
                    continue
                one = running.pop(pid)
                try:
                    faults = one.attempt.judge(ready)
                except Exception as error:
                    faults = [f"what was written cannot be judged: {type(error).__name__}: {error}"]
                yield one.attempt, ready, faults
                _remove(one.base)
        finally:  # an attack that is stopped leaves no child behind
            for pid in running:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)


def call(
    folder: Path, arguments: Sequence[str], *, hook: Callable[[], None] | None = None, timeout: float = 120.0
) -> Outcome:
    """Run one command in a forked child in a folder that is there, and wait for its end; ``hook`` runs before it."""
    with tempfile.TemporaryDirectory(prefix="attack-") as place:
        outs = (Path(place) / "out", Path(place) / "err")
        before, began = tree(folder), time.monotonic()
        attempt = Attempt("", list(arguments), lambda path: None, lambda outcome: [], hook=hook)
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _child(attempt, folder, outs)
        done, status, timed_out = 0, 0, False
        while not done:
            time.sleep(0.003)
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done and time.monotonic() - began > timeout:
                os.kill(pid, signal.SIGKILL)
                done, status = os.waitpid(pid, 0)
                timed_out = True
        return Outcome(
            os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            os.WTERMSIG(status) if os.WIFSIGNALED(status) and not timed_out else None,
            timed_out, _text(outs[0]), _text(outs[1]), before, tree(folder), folder, time.monotonic() - began,
        )  # fmt: skip


def in_workers(
    number: int, jobs: int, work: Callable[[int], dict[str, object]], over: Callable[[], bool] = lambda: False
) -> Iterator[dict[str, object]]:
    """Do ``work(0)`` to ``work(number - 1)`` in so many forked workers; give what each returns, as they come.

    None is begun when ``over`` says so.
    """
    reading, writing = os.pipe()
    pids = []
    sys.stdout.flush()
    for worker in range(jobs):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(reading)
                for one in range(worker, number, jobs):
                    if over():
                        break
                    try:
                        found = work(one)
                    except Exception as error:
                        trace = traceback.format_exc().strip().splitlines()[-3:]
                        found = {"name": str(one), "faults": [f"the attack itself failed: {error!r}: {trace}"]}
                    os.write(writing, json.dumps(found).encode()[:60_000] + b"\n")
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    os.close(writing)
    with os.fdopen(reading, "rb") as lines:
        for line in lines:
            yield json.loads(line)
    for pid in pids:
        if os.waitpid(pid, 0)[1]:
            raise RuntimeError("a worker of the attack died")


def _remove(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def as_process(attempt: Attempt) -> tuple[Outcome, list[str]]:
    """Run an attempt as a real process of its own."""
    with tempfile.TemporaryDirectory(prefix="attack-") as place:
        folder = Path(place) / "folder"
        folder.mkdir()
        attempt.fill(folder)
        before = tree(folder)
        began, timed_out = time.monotonic(), False
        line = [sys.executable, "-m", "diffusion.cli.app", *attempt.arguments]
        process = subprocess.Popen(
            line,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=os.environ | attempt.environment,
        )
        try:
            out, err = process.communicate(timeout=attempt.timeout + 60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            timed_out = True
        code = process.returncode
        outcome = Outcome(
            code if code >= 0 else None,
            -code if code < 0 else None,
            timed_out,
            out.decode("utf-8", "replace"),
            err.decode("utf-8", "replace"),
            before,
            tree(folder),
            folder,
            time.monotonic() - began,
        )
        return outcome, attempt.judge(outcome)


# --- The script ------------------------------------------------------------------------------------------------------


@dataclass
class Failure:
    """What an attack got through."""

    name: str
    kind: str
    faults: list[str]
    command: str


class Report:
    """Counts cases, and tells each failure with the command that makes it again."""

    def __init__(self, script: str, options: argparse.Namespace) -> None:
        self.script, self.options = script, options
        self.codes: collections.Counter[str] = collections.Counter()
        self.failures: list[Failure] = []
        self.cases = 0
        self.began = time.monotonic()
        self.wanted = 0

    def over(self) -> bool:
        """Tell whether the minutes that were given are over."""
        minutes = self.options.minutes
        return minutes is not None and time.monotonic() - self.began > 60 * minutes

    def add(self, name: str, kind: str, faults: Sequence[str], arguments: Sequence[str], ending: str = "") -> None:
        """Count a case; print it if it failed."""
        self.cases += 1
        self.codes[ending] += 1
        if not faults:
            return
        size = " ".join(f"--{key} {getattr(self.options, key)}" for key in self.options.sizes)
        again = f"python tests/attack/{self.script}.py {size} --seed {self.options.seed} --only {shlex.quote(name)}"
        self.failures.append(Failure(name, kind, list(faults), again))
        print(f"FAILED {name}: {'; '.join(faults)}", flush=True)
        print(f"    command: diffusion {shlex.join(arguments)}", flush=True)
        print(f"    again:   {again} --keep DIR", flush=True)

    def close(self, what: str) -> int:
        """Print the figures and return the exit code."""
        if self.options.minutes is not None and self.wanted > self.cases:
            print(f"stopped after {self.options.minutes:g} minutes, with {self.wanted:,} cases wanted", flush=True)
        codes = ", ".join(f"{count:,} {ending}" for ending, count in sorted(self.codes.items()))
        kinds = collections.Counter(failure.kind for failure in self.failures)
        print(
            f"{self.script}: {self.cases:,} {what} in {time.monotonic() - self.began:.0f} s ({codes}): "
            f"{len(self.failures)} failures",
            flush=True,
        )
        for kind, count in kinds.most_common():
            print(f"    {count} of {kind or 'no kind'}")
        return 1 if self.failures else 0


def options_of(script: str, doc: str | None, sizes: dict[str, int], arguments: Sequence[str] | None) -> Report:
    """Parse the options that all attacks have, and return an open report."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default: {default}")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="children at a time")
    parser.add_argument("--minutes", type=float, help="stop after so many, and print what was done until then")
    parser.add_argument("--only", metavar="TEXT", help="only the cases whose name has this text")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="copy the folders of failures to this folder")
    options = parser.parse_args(arguments)
    options.sizes = list(sizes)
    return Report(script, options)


def attack(report: Report, attempts: Sequence[Attempt], what: str, real: int = 0) -> int:
    """Run attempts, ``real`` of them also as processes of their own; return the exit code."""
    options = report.options
    if options.only:
        attempts = [one for one in attempts if options.only in one.name]
    load_package()
    report.wanted = len(attempts)
    for attempt, outcome, faults in run_all(attempts, options.jobs, report.over):
        report.add(attempt.name, attempt.kind, faults, attempt.arguments, _ending(outcome))
        if faults and options.keep:
            kept = options.keep / re.sub(r"[^A-Za-z0-9.=-]+", "_", attempt.name)[:80]
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(outcome.folder, kept, dirs_exist_ok=True, symlinks=True, ignore=_specials)
            (kept / "COMMAND.txt").write_text(f"diffusion {shlex.join(attempt.arguments)}\n\n{outcome.err}")
    step = max(1, len(attempts) // real) if real else 0
    for attempt in attempts[::step] if step else ():
        if not report.over():
            outcome, faults = as_process(attempt)
            report.add(f"{attempt.name} (process)", attempt.kind, faults, attempt.arguments, _ending(outcome))
    return report.close(what)


def _specials(folder: str, names: list[str]) -> list[str]:
    """Return what is neither file, folder nor link: pipes are not copied."""
    modes = {name: os.lstat(os.path.join(folder, name)).st_mode for name in names}
    kinds = (stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK)
    return [name for name, mode in modes.items() if not any(is_kind(mode) for is_kind in kinds)]


def _ending(outcome: Outcome) -> str:
    if outcome.timed_out:
        return "timed out"
    return f"by signal {outcome.signal}" if outcome.signal else f"exit {outcome.code}"
