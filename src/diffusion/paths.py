"""Where the package's own files lie, in a checkout as in an installed wheel."""

from __future__ import annotations

from pathlib import Path

#: the folder of the package itself
PACKAGE = Path(__file__).resolve().parent
#: packaged tables
DATA = PACKAGE / "data"


def shipped(inside: str, beside: str) -> Path:
    """Return a folder that a wheel has as ``inside`` in the package, and a checkout as ``beside`` next to ``src``."""
    installed = PACKAGE / inside
    return installed if installed.is_dir() else PACKAGE.parent.parent / beside


def scenarios_folder() -> Path:
    """Return the folder of scenarios that come with the package."""
    return shipped("scenario_files", "scenarios")


def studies_folder() -> Path:
    """Return the folder of studies that come with the package."""
    return shipped("experiment_files", "experiments")
