"""The manifest of a result: everything needed to run it again and to check that nothing was changed."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import numpy as np

from diffusion.paths import PACKAGE

DISTRIBUTION = "nhs-diffusion"
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


def git_state(folder: Path) -> dict[str, Any] | None:
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
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def source_state() -> dict[str, Any] | None:
    """Return :func:`git_state` of this package's own source."""
    return git_state(PACKAGE)


def git_text(state: dict[str, Any] | None) -> str:
    """Return ``commit 0123456789ab`` with a note where the source was changed, empty without a repository."""
    if state is None:
        return ""
    return f"commit {state['commit'][:12]}" + (", source changed since" if state["changed_since"] else "")


def machine() -> dict[str, Any]:
    """Return what kind of machine this is; no name, no user."""
    return {
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cpu_count": os.cpu_count(),
        "python": platform.python_version(),
        "python_implementation": platform.python_implementation(),
    }


def build_manifest(
    results: Sequence[Any],
    *,
    command: Sequence[str],
    duration_seconds: float,
    finished: str,
    files: dict[str, str],
    source: dict[str, Any] | None,
) -> dict[str, Any]:
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
        "scenarios": [
            {
                "name": result.scenario.name,
                "sha256": result.scenario.content_hash,
                "resolved": result.scenario.resolved(),
                "levers": {
                    key: _lever_facts(key, lever, result.world) for key, lever in (result.scenario.levers or {}).items()
                },
                "world": {"name": result.world.name, "provenance": dict(result.world.provenance)},
            }
            for result in results
        ],
        "dependencies": dependency_versions(),
        "machine": machine(),
        "duration_seconds": round(duration_seconds, 2),
        "finished": finished,
        "files": files,
    }


def _lever_facts(key: str, lever: Any, world: Any) -> dict[str, Any]:
    """Return what a page says of a lever beyond its settings; ``aims_at`` are innovation ids, None for all."""
    aimed = lever.targets.innovation_mask(world)
    ids = [name for name, chosen in zip(world.innovations.ids, aimed) if chosen]
    return {
        "title": lever.title or key,
        "grade": lever.grade,
        "source": lever.source,
        "aims_at": None if len(ids) == len(aimed) else ids,
    }


def _compact(numbers: np.ndarray) -> list[int] | dict[str, int]:
    """Return consecutive numbers as first and last, others in full."""
    if len(numbers) and np.array_equal(numbers, np.arange(numbers[0], numbers[0] + len(numbers))):
        return {"first": int(numbers[0]), "last": int(numbers[-1])}
    return [int(number) for number in numbers]
