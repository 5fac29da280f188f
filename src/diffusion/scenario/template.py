"""A new scenario file to start from: every key is there, commented out, with its meaning."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path

from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.parameters import all_parameters
from diffusion.outlets import is_plain_name, one_line, yaml_scalar
from diffusion.scenario.schema import Scenario
from diffusion.scenario.sources import PATCH_FOLDER, find

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*\Z")


def write_new(name: str, parent: str, base: Scenario, folder: Path) -> Path:
    """Write ``folder/NAME.yaml``, a commented scenario that extends ``parent``; return its path.

    Raises InputError if the name cannot be a file's name, or the file exists (it is never overwritten).
    """
    name = name.removesuffix(".yaml").removesuffix(".yml")
    path = folder / f"{name}.yaml"
    parts = name.split("/")
    if _NAME.match(name) and (reserved := [part for part in parts if not is_plain_name(part)]):
        raise InputError(
            f"'{reserved[0][:40]}' cannot be the name of a file everywhere",
            key="name",
            expected="a name that no system reserves, of at most 120 letters",
            suggestion=f"try {_like(name)}",
        )
    if not _NAME.match(name):
        raise InputError(
            f"'{name}' cannot be the name of a scenario",
            key="name",
            expected="letters, digits, - and _",
            suggestion=f"try {_like(name)}",
        )
    # names that differ in case alone are one file on Windows and macOS
    folded = {path.with_suffix(suffix).name.casefold() for suffix in (".yaml", ".yml")}
    there = [item for item in path.parent.iterdir() if item.name.casefold() in folded] if path.parent.is_dir() else []
    if there:
        raise InputError(
            "the file exists and is not overwritten",
            file=there[0],
            key="name",
            expected="a new name",
            suggestion=f"try {_free(name, folder)}",
        )
    text = new_text(name, parent, base)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror}",
            file=path,
            key="name",
            expected="a folder of your own",
            suggestion="change to a folder that you may write",
        ) from None
    return path


def _like(name: str) -> str:
    """Return a name that can be one, as like ``name`` as that allows."""
    plain = re.sub("[^A-Za-z0-9]+", "-", name).strip("-").lower()[:60].rstrip("-")
    return f"my-{plain}" if plain and not is_plain_name(plain) else plain or "my-scenario"


def _free(name: str, folder: Path) -> str:
    """Return a name like this one that no file has."""
    taken = {path.stem for path in folder.glob("*.y*ml")}
    return next(free for number in count(2) if (free := f"{name}-{number}") not in taken)


def new_text(name: str, parent: str, base: Scenario) -> str:
    """Return the text of a new scenario that extends ``parent``."""
    present = [key for key in base.levers if key in all_levers()]
    changed = one_line(parent)
    lines = [
        f"# A scenario that changes '{changed}'. Remove the # of what you want to change; the rest is inherited.",
        f"# Check it with: diffusion scenarios validate {name}",
        f"title: {yaml_scalar(re.sub('[-_/]+', ' ', name).strip().capitalize())}",
        "author: your name",
        "reference: the document it follows",
        "description: >-",
        "  What it assumes, in a few sentences.",
        f"baseline: {yaml_scalar(base.baseline or base.name)}",
        extends_line(parent),
        "",
        f"# start: {base.start}            # first month",
        f"# months: {base.months}               # months simulated",
        f"# policy_start: {base.policy_start or '2017-07'}     # first month of levers that state no start",
        "",
        "# levers:",
    ]
    for key, lever in all_levers().items():
        lines.append(f"#   {key}:{' ' * max(1, 28 - len(key))}# {lever.title}: {lever.acts_on}")
        if key in present:
            lines.append("#     enabled: false               # removes the inherited lever")
        lines.append("#     strength: 1                  # 0 is off, 1 as specified")
        lines.append("#     start: 2017-07")
        lines.append("#     targets: {sectors: [acute]}  # which trusts and innovations; all if left out")
    lines += ["", "# parameters:"]
    section = ""
    for row in all_parameters():
        if row.section != section:
            section = row.section
            lines.append(f"#   {section}:")
        value = getattr(getattr(base.parameters, section), row.name)
        shown = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else value
        plausible = f", plausible {row.low:g} to {row.high:g}" if row.low is not None and row.high is not None else ""
        unit = f" [{row.unit}]" if row.unit not in ("1", "yes/no", "name") else ""
        lines.append(f"#     {row.name}: {shown}  # {row.description}{unit}{plausible}")
    lines += [
        "",
        "# world:                           # own tables stand beside this file",
        "#   trusts: my-trusts.csv",
        "#   innovations: my-innovations.yaml",
        "#   layers:",
        "#     geo: {radius_km: 100}",
        "#     my-network: {file: my-edges.csv, weight: 0.1}",
        "",
    ]
    return "\n".join(lines)


def extends_line(parent: str) -> str:
    """Return the line of a scenario file that extends ``parent``, a name, a path or a stack."""
    if "+" not in parent:
        return f"extends: {yaml_scalar(parent)}"
    return f"extends: [{', '.join(map(yaml_scalar, _parents(parent)))}]"


def _parents(stack: str) -> list[str]:
    first, *others = stack.split("+")
    patches = [
        f"{PATCH_FOLDER}/{part}" if find(part, patch=True)[0].parent.name == PATCH_FOLDER else part for part in others
    ]
    return [first, *patches]
