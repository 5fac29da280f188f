"""The script of a Slurm job array: every task runs one share of a sweep, and may be killed and submitted again."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from diffusion.drafts import is_link
from diffusion.errors import InputError
from diffusion.experiments.sweep.folder import Sweep
from diffusion.outlets import batch_value, file_name, one_line
from diffusion.storage.whole_files import told, write_whole

SCRIPT_NAME = "sweep.sbatch"

#: The lines above the first command are read by sbatch.
_TEMPLATE = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=1-{tasks}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task={cpus}
#SBATCH --mem-per-cpu={memory}
#SBATCH --time={time}
#SBATCH --output={logs}
#SBATCH --signal=B:TERM@60
{more}
# {runs:,} runs of the study '{study}', {hash}. A task runs share SLURM_ARRAY_TASK_ID of {tasks}.
# What is done is never run again: submit this script again after a time limit or a lost node.
set -u
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
# no file in the folder of the job may stand in for a module
export PYTHONSAFEPATH=1
exec {python} -P -m diffusion sweep run {folder} --shard "$SLURM_ARRAY_TASK_ID/{tasks}" \\
    --jobs "$SLURM_CPUS_PER_TASK"{modules}
"""


def check_time(text: str) -> None:
    """Raise InputError unless ``text`` is a time limit with hours: the scheduler reads ``12:30`` as minutes."""
    match = re.fullmatch(r"(?:[0-9]+-)?([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])", text)
    days = "-" in text
    if match is None or (days and int(match[1]) > 23) or not re.search("[1-9]", text):
        raise InputError(
            f"'{text}' is not a time limit",
            key="--time",
            expected="HH:MM:SS, or D-HH:MM:SS with days",
            suggestion="for example --time 02:00:00",
        )


def check_memory(text: str) -> None:
    """Raise InputError unless ``text`` is memory with its unit: the scheduler reads ``2`` as megabytes."""
    if re.fullmatch(r"[1-9][0-9]{0,6}[KMGTkmgt]", text) is None:
        raise InputError(
            f"'{text}' is not an amount of memory",
            key="--memory",
            expected="a whole number with K, M, G or T",
            suggestion="for example --memory 2G",
        )


def check_options(time_limit: str, memory: str, options: Sequence[str] = ()) -> None:
    """Raise InputError unless a script can say these to sbatch; asked before a folder is made."""
    check_time(time_limit)
    check_memory(memory)
    for key, option in (*(("--sbatch", option) for option in options), ("--time", time_limit), ("--memory", memory)):
        if one_line(option) != option:
            raise InputError(
                f"'{option}' is more than one line",
                key=key,
                expected="one option",
                suggestion="repeat --sbatch for each" if key == "--sbatch" else "write it on one line",
            )


def check_place(folder: Path) -> str:
    """Return the folder of the logs as a script writes it; raise InputError for a path that no script can name."""
    folder = folder.absolute()
    logs = batch_value(str(folder / "logs"))
    if logs is None or one_line(sys.executable) != sys.executable:
        raise InputError(
            "a script of Slurm cannot name this folder" if logs is None else f"'{sys.executable}' is no plain path",
            file=folder,
            key="--out",
            expected="no backslash, new line or control character in the whole path",
            suggestion="for example --out results/first",
        )
    return logs


def write_script(
    sweep: Sweep,
    tasks: int,
    cpus: int,
    time_limit: str,
    memory: str,
    options: Sequence[str] = (),
    modules: Sequence[str] = (),
    force: bool = False,
) -> Path:
    """Write the script beside the sweep and return its path; there are no more tasks than chunks.

    A script that stands there already, and says something else, is replaced with ``force`` only: somebody may have
    edited it.

    ``options`` are further lines for sbatch; ``modules`` name Python modules that the scenarios need.

    Raises
    ------
    InputError
        An option that is more than one line, another script that is there, or a folder that cannot be written.
    """
    check_options(time_limit, memory, options)
    folder = sweep.folder.absolute()
    logs = check_place(folder)
    trusted = [str(Path(name).resolve()) if name.endswith(".py") else name for name in modules]
    text = _TEMPLATE.format(
        name=file_name(f"sweep-{sweep.manifest['study']}").replace(".", "-"),
        tasks=min(tasks, sweep.layout.chunks),
        cpus=cpus,
        memory=memory,
        time=time_limit,
        logs=f'{logs[:-1]}/%A_%a.log"',
        more="".join(f"#SBATCH {option if option.startswith('-') else '--' + option}\n" for option in options),
        runs=sweep.layout.runs,
        study=one_line(sweep.manifest["study"]),
        hash=one_line(sweep.manifest["hash"][:12]),
        python=shlex.quote(sys.executable),
        folder=shlex.quote(str(folder)),
        modules="".join(f" --python {shlex.quote(name)}" for name in trusted),
    )
    path = sweep.folder / SCRIPT_NAME
    if is_link(path) or (path.exists() and not force and path.read_bytes() != text.encode()):
        raise InputError(
            "this is a link to another place" if is_link(path) else "another script is there",
            file=path,
            key="--out",
            expected="no such file",
            suggestion="move it away" + ("" if is_link(path) else ", or overwrite it with --force"),
        )
    try:
        (sweep.folder / "logs").mkdir(exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise InputError(told(error, path), key="--out", expected="a folder of your own") from None
    return path
