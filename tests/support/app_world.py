"""A small world to ask about: seconds of England are milliseconds of it."""

from __future__ import annotations

from pathlib import Path

WORLD = "world: {synthetic: {england_like: true, n_trusts: 20, n_innovations: 5, kind: mix}}\nmonths: 24\n"
PUSHED = "extends: small\nlevers: {push: {lever: central-push, strength: 0.9}}\n"


def small_scenario(folder: Path) -> Path:
    """Write the yardstick of a small world, and return its file."""
    path = folder / "small.yaml"
    path.write_text(f"title: Small world\n{WORLD}", encoding="utf-8")
    return path
