"""What a helper does with studies: lists them, runs one as ``diffusion sweep run`` does, and draws what it found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.deliver.outbox import Outbox
from diffusion.deliver.sensitivity import write_sensitivity
from diffusion.errors import InputError
from diffusion.experiments.searches.sensitivity import analyse, check_outcomes, read_cube, read_ended, subjects_of
from diffusion.experiments.study import load_study
from diffusion.experiments.study.bound_factors import axes_of
from diffusion.experiments.study.design import make_design
from diffusion.experiments.study.files import study_names
from diffusion.experiments.sweep.executor import ThisProcess
from diffusion.experiments.sweep.folder import SWEEP_NAME, check_code, open_sweep, prepare
from diffusion.experiments.sweep.read import rows_of, status
from diffusion.experiments.sweep.resume import Progress, run_sweep
from diffusion.outlets import file_name
from diffusion.report.terminal.safe_console import SafeConsole
from diffusion.storage.scenario_entry import Json
from diffusion.web.studies.laptop import at_laptop_size, size_of

if TYPE_CHECKING:
    from diffusion.web.helpers.process import Talk

#: the folder inside that of a sweep that holds what was found
FOUND = "sensitivity"


def folder_of(name: str) -> str:
    """Return the folder, inside the root, of a study at laptop size."""
    return file_name(f"study-{name}")


def listed(given: Json, talk: Talk) -> Json:
    """Return the ready studies, with their sizes in full and here, and how far each is."""
    found = []
    for name, path in study_names().items():
        try:
            study = load_study(path)
        except InputError:
            continue
        found.append(
            {
                "name": name,
                "title": study.title,
                "description": study.description,
                "method": study.design.method,
                "factors": [axis.label or axis.name for axis in axes_of(study)],
                "labels": list(study.scenarios),
                "full": size_of(study),
                "here": size_of(at_laptop_size(study)),
                **_so_far(Path(given["root"], folder_of(name))),
            }
        )
    return {"studies": found}


def run(given: Json, talk: Talk) -> Json:
    """Run what is not done yet of a study, and draw what was found; what is done is never run again."""
    folder = Path(given["root"], folder_of(given["study"]))
    if (folder / SWEEP_NAME).is_file():
        sweep = open_sweep(folder)
        check_code(sweep)
    else:
        sweep = prepare(make_design(at_laptop_size(load_study(given["study"]))), folder)

    def tell(progress: Progress) -> None:
        talk.tell(
            what="Runs of the study",
            done=progress.before + progress.done,
            total=progress.total,
            seconds_left=progress.seconds_left,
        )

    session = run_sweep(sweep, ThisProcess(), progress=tell, tell=lambda text: talk.tell(note=text))
    if session.lost or session.failed:
        raise InputError(
            f"{session.failed} runs of the study failed, {len(session.lost)} parts were not finished",
            expected="runs that all come to an end",
            suggestion=f"'diffusion sweep show {folder.name} --failed' in the folder of results says why",
        )
    talk.tell(what="Drawing", done=0, total=0)
    design = sweep.design
    if axes_of(design.study):
        outcomes, subjects = check_outcomes(design, ()), subjects_of(design, (), ())
        cubes, ended = read_cube(design, rows_of(sweep), outcomes), read_ended(design, rows_of(sweep))
        found = [analyse(design, cubes[name], name, subject, ended=ended) for name in outcomes for subject in subjects]
        command = ("diffusion", "sensitivity", folder.name)
        with open(os.devnull, "w", encoding="utf-8", newline="\n") as nowhere:
            box = Outbox(folder / FOUND, force=True, command=command, console=SafeConsole(file=nowhere))
            write_sensitivity(found, box)
    return {"study": given["study"]}


def _so_far(folder: Path) -> Json:
    """Return how many runs are stored, of how many, and the files of what was found."""
    if not (folder / SWEEP_NAME).is_file():
        return {"done": 0, "runs": 0, "files": []}
    try:
        state = status(open_sweep(folder))
    except InputError as error:
        return {"done": 0, "runs": 0, "files": [], "problem": str(error)}
    place = folder / FOUND
    files = sorted(path.name for path in place.iterdir() if path.is_file()) if place.is_dir() else []
    return {"done": state.done, "runs": state.runs, "files": [name for name in files if state.complete]}
