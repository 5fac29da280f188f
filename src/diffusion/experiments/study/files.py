"""Finding study files by name: ``experiments`` of the current folder, then those that come with the package."""

from __future__ import annotations

from pathlib import Path

from diffusion.paths import studies_folder
from diffusion.reading.files import beside, is_file, named_by_user
from diffusion.scenario.problems import Origin, unknown_name
from diffusion.scenario.sources import SUFFIXES

FOLDER = "experiments"


def study_names() -> dict[str, Path]:
    """Return all studies by name; those of the current folder hide packaged ones of the same name."""
    found: dict[str, Path] = {}
    for folder in (Path.cwd() / FOLDER, studies_folder()):
        for suffix in SUFFIXES:
            for path in sorted(folder.glob(f"*{suffix}")) if folder.is_dir() else ():
                if not path.name.startswith("_"):
                    found.setdefault(path.stem, path.resolve())
    return dict(sorted(found.items()))


def find_study(text: str) -> Path:
    """Return the file of a study that a user gave by name or path; raises InputError with the nearest name."""
    if text.endswith(SUFFIXES):
        path = named_by_user(text, "study")
        if is_file(path):
            return path.resolve()
        siblings = beside(text, (item.name for item in path.parent.glob("*.y*ml")) if path.parent.is_dir() else ())
        raise unknown_name(
            "study file",
            text,
            siblings,
            origin=Origin(text, None),
            key="study",
            otherwise="'diffusion studies list' shows the studies by name",
        )
    known = study_names()
    if text in known:
        return known[text]
    raise unknown_name(
        "study", text, known, origin=None, key="study", otherwise="'diffusion studies list' shows the studies by name"
    )
