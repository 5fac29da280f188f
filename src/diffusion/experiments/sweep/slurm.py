"""The script of a Slurm job array: every task runs one share of a sweep, and may be killed and submitted again."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from diffusion.errors import InputError
from diffusion.experiments.sweep.folder import Sweep
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
#SBATCH --output={logs}/%A_%a.log
#SBATCH --signal=B:TERM@60
{more}
# {runs:,} runs of the study '{study}', {hash}. A task runs share SLURM_ARRAY_TASK_ID of {tasks}.
# What is done is never run again: submit this script again after a time limit or a lost node.
set -u
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
exec {python} -m diffusion.cli.app sweep run {folder} --shard "$SLURM_ARRAY_TASK_ID/{tasks}" \\
    --jobs "$SLURM_CPUS_PER_TASK"{modules}
"""


def write_script(
    sweep: Sweep,
    tasks: int,
    cpus: int,
    time_limit: str,
    memory: str,
    options: Sequence[str] = (),
    modules: Sequence[str] = (),
) -> Path:
    """Write the script beside the sweep and return its path; there are no more tasks than chunks.

    ``options`` are further lines for sbatch; ``modules`` name Python modules that the scenarios need.

    Raises
    ------
    InputError
        An option that is more than one line, or a folder that cannot be written.
    """
    for option in (*options, time_limit, memory):
        if "\n" in option or "\r" in option:
            raise InputError(
                "is more than one line", key="--sbatch", expected="one option", suggestion="repeat --sbatch"
            )
    folder = sweep.folder.absolute()
    trusted = [str(Path(name).resolve()) if name.endswith(".py") else name for name in modules]
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in sweep.manifest["study"])
    text = _TEMPLATE.format(
        name=f"sweep-{name}",
        tasks=min(tasks, sweep.layout.chunks),
        cpus=cpus,
        memory=memory,
        time=time_limit,
        logs=folder / "logs",
        more="".join(f"#SBATCH {option if option.startswith('-') else '--' + option}\n" for option in options),
        runs=sweep.layout.runs,
        study=sweep.manifest["study"].replace("\n", " "),
        hash=sweep.manifest["hash"][:12],
        python=shlex.quote(sys.executable),
        folder=shlex.quote(str(folder)),
        modules="".join(f" --python {shlex.quote(name)}" for name in trusted),
    )
    path = sweep.folder / SCRIPT_NAME
    try:
        (sweep.folder / "logs").mkdir(exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise InputError(told(error, path), key="--out", expected="a folder of your own") from None
    return path
