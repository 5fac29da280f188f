"""Reading a study: from its name or file to a checked :class:`.schema.Study`."""

from __future__ import annotations

from pathlib import Path

from diffusion.errors import InputError
from diffusion.experiments.study.check import checked_study
from diffusion.experiments.study.files import find_study
from diffusion.experiments.study.schema import Study
from diffusion.reading.yaml_lines import load_yaml
from diffusion.scenario.tree import Tree


def load_study(text: str | Path) -> Study:
    """Return the study that ``text`` names: a name (``people-or-tools``) or a path to a YAML file.

    Everything is checked: keys, scenarios, factors against the scenarios, outcomes, the file of points. Nothing in
    the file is ever executed.

    Raises
    ------
    InputError
        With file, line, key, what was expected and the nearest name; all problems of the file at once.
    """
    path = find_study(str(text))
    document = load_yaml(path)
    if not isinstance(document.data, dict):
        raise InputError(
            "the file holds no keys",
            file=path,
            line=1,
            expected="keys with values such as 'title: ...'",
            suggestion="'diffusion studies show NAME --yaml' prints a study to start from",
        )
    return checked_study(Tree.of(document.data, path, document.lines), path)
