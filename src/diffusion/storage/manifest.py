"""The manifest of a result: everything needed to run it again and to check that nothing was changed.

:func:`build_manifest` and :func:`write_manifest` write it, :func:`open_result` reads it back; of each scenario see
``scenario_entry``.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import numpy as np

from diffusion.arrays import Longs
from diffusion.errors import InputError
from diffusion.paths import PACKAGE
from diffusion.safe_path import find_program
from diffusion.storage.finished import MADE_AGAIN, Finished, open_finished
from diffusion.storage.folder import DISTRIBUTION, MANIFEST_NAME
from diffusion.storage.scenario_entry import Json, Runs, scenario_entry
from diffusion.storage.sealed import sealed

#: Raised when the manifest's keys change their meaning.
FORMAT = 1


def package_version() -> str:
    """Return the installed version of this package."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"


def dependency_versions() -> dict[str, str]:
    """Return name -> version of the packages that this one needs, as installed."""
    import re

    try:
        stated = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    versions = {}
    for line in stated:
        if "extra ==" in line:
            continue
        name = re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0]
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return dict(sorted(versions.items()))


def git_state(folder: Path) -> dict[str, str | bool] | None:
    """Return the commit of the source in ``folder`` and whether it was changed since; None outside a repository.

    A repository that merely contains the folder (a virtual environment inside a project, say) does not count: the
    source itself must be tracked.
    """
    if not _git(folder, "ls-files", "--error-unmatch", "errors.py"):
        return None
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    changed = _git(folder, "status", "--porcelain", "--", ".")
    return {"commit": commit, "changed_since": bool(changed)}


def _git(folder: Path, *arguments: str) -> str:
    program = find_program("git")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "-C", str(folder), "-c", "core.fsmonitor=false", *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def source_state() -> dict[str, str | bool] | None:
    """Return :func:`git_state` of this package's own source."""
    return git_state(PACKAGE)


def git_text(state: Mapping[str, str | bool] | None) -> str:
    """Return ``commit 0123456789ab`` with a note where the source was changed, empty without a repository."""
    if state is None:
        return ""
    return f"commit {str(state['commit'])[:12]}" + (", source changed since" if state["changed_since"] else "")


def machine() -> dict[str, str | int | None]:
    """Return what kind of machine this is; no name, no user."""
    return {
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cpu_count": os.cpu_count(),
        "python": platform.python_version(),
        "python_implementation": platform.python_implementation(),
    }


def build_manifest(
    results: Sequence[Runs],
    *,
    command: Sequence[str],
    duration_seconds: float,
    finished: str,
    files: dict[str, str],
    source: Mapping[str, str | bool] | None,
) -> Json:
    """Return the manifest as plain data.

    ``results`` are the runs, ``files`` maps relative paths to SHA-256, ``finished`` is a date and time in UTC.
    """
    first = results[0]
    replicates = np.asarray(first.replicates)
    return {
        "format": FORMAT,
        "package": {"name": DISTRIBUTION, "version": package_version(), "git": source},
        "command": list(command),
        "seed": int(first.seed),
        "replicates": len(replicates),
        "replicate_numbers": _compact(replicates),
        "months": int(first.months),
        "scenarios": [scenario_entry(result) for result in results],
        "dependencies": dependency_versions(),
        "machine": machine(),
        "duration_seconds": round(duration_seconds, 2),
        "finished": finished,
        "files": files,
    }


def _compact(numbers: Longs) -> list[int] | dict[str, int]:
    """Return consecutive numbers as first and last, others in full."""
    if len(numbers) and np.array_equal(numbers, np.arange(numbers[0], numbers[0] + len(numbers))):
        return {"first": int(numbers[0]), "last": int(numbers[-1])}
    return [int(number) for number in numbers]


def write_manifest(manifest: Mapping[str, object], path: Path) -> None:
    """Write a manifest, readable, the same bytes for the same content, with its own checksum."""
    path.write_bytes(sealed(manifest, indent=2))


def open_result(folder: Path, accept_altered: bool = False) -> Finished:
    """Return the manifest of a finished run or comparison, every file of which has been checked.

    Raises
    ------
    InputError
        No finished result, one without what its page needs, or files that are not as they were written.
    """
    found = open_finished(folder, accept_altered, may_miss=MADE_AGAIN)
    scenarios = found.manifest.get("scenarios")
    if not isinstance(scenarios, list):
        raise InputError(
            "the manifest lists no scenarios",
            file=folder / MANIFEST_NAME,
            expected="a result of 'run' or 'compare'",
            suggestion="for example: diffusion compare baseline local-first --out results/first",
        )
    if not scenarios or "levers" not in scenarios[0] or "ablation" in found.manifest:
        raise InputError(
            "this result was written by an earlier version, or is not one of 'run' or 'compare'",
            file=folder,
            key="DIR",
            expected="a result that keeps what its page needs",
            suggestion="run its command again",
        )
    return found
