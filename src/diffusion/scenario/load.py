"""Loading: ``baseline``, ``my.yaml``, ``baseline+local-first``, with settings, to one checked Scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diffusion.scenario.schema import Said, Scenario
from diffusion.scenario.settings import apply_settings
from diffusion.scenario.stack import read_stack


def load_scenario(text: str | Path, settings: Sequence[str] = ()) -> Scenario:
    """Return the scenario that ``text`` names.

    ``text`` is a name (``baseline``), a path to a YAML file, or a stack ``baseline+local-first``: a full scenario
    and what is laid over it, looked up in ``scenarios/levers`` first. A part that names a lever switches it on. The
    order of the parts after the first does not matter. ``settings`` are ``key.below=value`` as on the command line.

    Raises
    ------
    InputError
        With file, line, key, what was expected and the nearest name; all problems of the files at once.
    """
    stack = read_stack(str(text))
    apply_settings(stack.tree, settings)
    scenario = Scenario.from_tree(stack.tree, stack.folder, stack.problems)
    titled = (scenario.title,) if any(each.partition("=")[0].strip() == "title" for each in settings) else stack.titles
    scenario._said = Said(stack.parts, tuple(settings), stack.own, stack.unheard, titled)
    scenario._packaged = stack.packaged
    return scenario
