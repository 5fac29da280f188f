"""Code and settings count where they were named only: never because a file in the current folder has a certain name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

#: In the environment of a Python it keeps the current folder, and that of a script, off the path of modules.
VARIABLE = "PYTHONSAFEPATH"
#: Packages that take settings from a file in the current folder when they are imported.
_SETTINGS = {"matplotlib": "matplotlibrc", "numba": ".numba_config.yaml"}


@contextmanager
def safe_children() -> Iterator[None]:
    """Let Python processes that are started meanwhile load no module from the current folder."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = before or "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before


def pass_over_settings() -> None:
    """Let Matplotlib and Numba take no settings from the current folder, and Matplotlib none of the user's either.

    For processes that run nothing but this package. What stands in ``NUMBA_`` variables still counts.
    """
    spec = find_spec("matplotlib")
    if spec is not None and spec.submodule_search_locations:
        os.environ["MATPLOTLIBRC"] = str(Path(next(iter(spec.submodule_search_locations)), "mpl-data", "matplotlibrc"))
    for package, settings in _SETTINGS.items():
        if package not in sys.modules and os.path.lexists(settings):
            here = os.getcwd()
            os.chdir(Path(here).anchor)
            try:
                import_module(package)
            finally:
                os.chdir(here)
    if "numba" in sys.modules:
        # Numba reads the file again whenever it compiles
        vars(sys.modules["numba.core.config"])["_config_fname"] = ""


def find_program(name: str) -> str | None:
    """Return the path of a program; a plain name is looked up on the search path, never in the current folder.

    Relative folders on the search path are passed over, and Windows would look in the current folder first.
    """
    import shutil

    if Path(name).name != name:
        return shutil.which(name)
    endings = ("", ".exe") if sys.platform == "win32" else ("",)
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if Path(folder).is_absolute():
            for ending in endings:
                if found := shutil.which(str(Path(folder) / f"{name}{ending}")):
                    return found
    return None
