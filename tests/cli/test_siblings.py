"""What one command can, its siblings can: the rules are checked over every command that exists."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diffusion.experiments.study.bound_factors import axes_of
from diffusion.experiments.sweep.folder import open_sweep
from support.commands import commands

Call = Callable[..., tuple[int, str, str]]

OWN_LEVER = """
from typing import Any, ClassVar
import diffusion as df
from diffusion.engine.parameters import param

@df.register
class OwnSibling(df.Lever):
    '''An own lever.'''
    name: ClassVar[str] = "own-sibling"
    historic_start: ClassVar[str] = "2016-02"
    default_months: ClassVar[int | None] = 30
    push: float = param(1.0, "added push", unit="1", low=0.25, high=2, ge=0)

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        terms.awareness_push.add(self.push)
"""


def options() -> dict[str, set[str]]:
    """Return the long names of options by command."""
    found: dict[str, set[str]] = {}
    for words, callback in commands():
        hints = typing.get_type_hints(callback, include_extras=True)
        said = [hints[name].__metadata__[0] for name in inspect.signature(callback).parameters]
        found[" ".join(words)] = {
            str(text)
            for item in said
            for text in (item.default, *(item.param_decls or ()))
            if str(text).startswith("--")
        }
    return found


OPTIONS = options()
#: commands that read scenarios or studies, and so may meet an own lever
READ_SCENARIOS = {
    "app", "run", "compare", "rerun", "ablate", "scenarios list", "scenarios show", "scenarios new", "scenarios diff",
    "scenarios validate", "studies list", "studies show", "studies validate", "levers list", "levers show",
    "describe terms", "describe responses", "describe world", "network export", "network mentors", "sweep run",
    "sweep status", "sweep show", "sweep export", "sweep rerun", "sweep script", "sensitivity", "evidence list",
    "evidence show", "validate", "innovations list", "innovations show", "innovations new",
}  # fmt: skip
READ_NONE = {
    "report", "diff", "analyse", "parameters", "calibrate", "scenarios schema", "studies schema", "describe month",
    "describe outputs", "innovations schema", "worlds list", "worlds show", "worlds validate", "worlds new",
}  # fmt: skip

#: (commands that ..., have ...)
RULES: dict[str, tuple[Callable[[str], bool], set[str]]] = {
    "read scenarios": (lambda name: name in READ_SCENARIOS, {"--python"}),
    "take a setting": (lambda name: "--set" in OPTIONS[name], {"--python"}),
    "read one scenario or two": (
        lambda name: (
            name in ("run", "compare", "ablate", "scenarios show", "scenarios diff", "scenarios validate")
            or ("--scenario" in OPTIONS[name] and name != "sensitivity")
        ),
        {"--set", "--python"},
    ),
    "draw": (lambda name: "--replicates" in OPTIONS[name], {"--seed", "--set", "--python", "--out", "--force"}),
    "run on threads": (lambda name: name in ("run", "compare", "rerun", "ablate", "sweep run", "validate"), {"--jobs"}),
    "write results": (
        lambda name: name in ("run", "compare", "rerun", "ablate", "analyse", "validate"),
        {"--out", "--force", "--seed"},
    ),
    "read a finished result": (lambda name: name in ("report", "rerun", "diff"), {"--accept-altered", "--force"}),
    "run options": (lambda name: name in ("run", "compare", "rerun"), {"--figures", "--no-files", "--allow-large"}),
    "write a file": (
        lambda name: name.endswith((" export", " mentors", " schema")) or name == "innovations new",
        {"--out"},
    ),
    "list": (lambda name: name.endswith(" list"), {"--json"}),
    "show one thing": (lambda name: name.endswith(" show"), {"--json"}),
    "list or show what own code may change": (
        lambda name: name.endswith((" list", " show")) and not name.startswith("worlds"),
        {"--python"},
    ),
    "begin or go on with a sweep": (lambda name: name in ("sweep run", "sweep script"), {"--out", "--yes", "--python"}),
    "may meet other code": (lambda name: name in ("sweep run", "sweep rerun"), {"--accept-other-code"}),
}


@pytest.mark.unit
def test_every_command_is_looked_at() -> None:
    assert set(OPTIONS) == READ_SCENARIOS | READ_NONE


@pytest.mark.unit
@pytest.mark.parametrize("rule", RULES)
def test_siblings_have_the_same_options(rule: str) -> None:
    concerned, needed = RULES[rule]
    names = [name for name in OPTIONS if concerned(name)]
    assert names
    lacking = {name: needed - OPTIONS[name] for name in names if needed - OPTIONS[name]}
    assert not lacking, f"commands that {rule} lack options"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with an own lever, a scenario and a study of it, and no way for them to be known."""
    (tmp_path / "own_sibling.py").write_text(OWN_LEVER, "utf-8")
    world = "{england_like: true, n_trusts: 20, n_innovations: 3, kind: mix}"
    text = f"title: Own\nmonths: 12\nworld: {{synthetic: {world}}}\nlevers: {{own-sibling: {{}}}}\n"
    (tmp_path / "own.yaml").write_text(text, "utf-8")
    study = "title: Own\nscenarios: [own.yaml]\nfactors: {levers.own-sibling.push: plausible}\n"
    (tmp_path / "study.yaml").write_text(study + "design: {levels: 2}\nreplicates: 2\n", "utf-8")
    return tmp_path


@pytest.mark.integration
def test_a_sweep_of_own_levers_is_read_without_their_code_and_names_the_command_to_run(
    own: Path, command_line: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusion.levers import registry
    from diffusion.scenario import plugins

    assert registry.all_levers()  # the built-in ones are there for good
    monkeypatch.setattr(plugins, "_named", {})
    monkeypatch.setattr(registry, "_LEVERS", dict(registry._LEVERS))
    code, out, err = command_line(
        "sweep", "run", "study.yaml", "--python", "own_sibling.py", "--out", "sw", "--threads"
    )
    assert code == 0, err
    command_line("sweep", "show", "sw", "--json")
    _, before, _ = command_line("sweep", "show", "sw", "--json", "--by", "levers.own-sibling.push")
    # another day: nothing is loaded
    registry._LEVERS.pop("own-sibling")
    plugins._named.clear()
    for arguments in (
        ("sweep", "status", "sw", "--check"),
        ("sweep", "status", "sw", "--json"),
        ("sweep", "show", "sw"),
        ("sweep", "export", "sw", "--out", "rows.csv"),
        ("sensitivity", "sw"),
    ):
        code, out, err = command_line(*arguments)
        assert code == 0, err
    assert "own-sibling" not in registry.all_levers()
    _, after, _ = command_line("sweep", "show", "sw", "--json", "--by", "levers.own-sibling.push")
    assert json.loads(after) == json.loads(before)
    (axis,) = axes_of(open_sweep("sw").design.study)
    assert (axis.span, axis.kind, axis.info.description) == ("0.25 to 2", "number", "added push")
    for arguments in (("sweep", "run", "sw"), ("sweep", "rerun", "sw", "0"), ("sweep", "script", "sw", "--tasks", "2")):
        code, out, err = command_line(*arguments)
        assert (code, out) == (2, "")
        advised = err.strip().rpartition("; ")[2]
        assert advised == f"diffusion {' '.join(arguments)} --python own_sibling.py"


@pytest.mark.integration
def test_an_unknown_lever_is_advised_to_be_loaded_also_where_a_name_is_near(own: Path, command_line: Call) -> None:
    (own / "own.yaml").write_text("title: Own\nextends: baseline\nlevers: {nise: {}}\n", "utf-8")
    for arguments in (
        ("scenarios", "show", "own.yaml"),
        ("run", "own.yaml"),
        ("network", "export", "geo", "--scenario", "own.yaml", "--out", "g.csv"),
        ("describe", "world", "--scenario", "own.yaml"),
        ("studies", "validate", "study.yaml"),
    ):
        code, _, err = command_line(*arguments)
        assert code == 2
        assert "name the module of an own lever with --python MODULE" in err


@pytest.mark.unit
def test_what_readers_get_of_a_result_all_that_make_one_can_write() -> None:
    for option in ("--figures", "--one-page", "--slides"):
        assert {name for name, found in OPTIONS.items() if option in found} == {"run", "compare", "report", "rerun"}


@pytest.mark.integration
@pytest.mark.parametrize("name", ["scenarios list", "studies list", "levers list"])
def test_lists_as_json(name: str, command_line: Call) -> None:
    code, out, _ = command_line(*name.split(), "--json")
    assert code == 0
    listed: list[dict[str, Any]] = json.loads(out)
    assert len(listed) > 3
    assert all(item["name"] and item["title"] for item in listed)


POINTS = """title: Points
scenarios: [baseline]
set: {months: 6, world.synthetic.england_like: true, world.synthetic.n_trusts: 20, world.synthetic.n_innovations: 2,
      world.synthetic.kind: mix}
factors: {parameters.awareness.push_per_month: {label: push}, parameters.capacity.wte_per_size: {unit: WTE}}
design: {method: points, file: points.csv}
replicates: 2
"""


@pytest.mark.integration
def test_a_design_of_points_is_told_like_others(tmp_path: Path, command_line: Call) -> None:
    (tmp_path / "points.yaml").write_text(POINTS, "utf-8")
    rows = "".join(f"{0.01 * n:g},{2 + 2 * n}\n" for n in range(1, 20))
    header = "parameters.awareness.push_per_month,parameters.capacity.wte_per_size\n"
    (tmp_path / "points.csv").write_text(header + rows, "utf-8")
    leaves = "parameters.capacity.wte_per_size from 4 to 40 leaves its plausible range, 2 to 32 (WTE)"
    code, out, err = command_line("studies", "validate", "points.yaml")
    assert code == 0
    assert leaves in " ".join((out + err).split())
    code, out, err = command_line("studies", "show", "points.yaml")
    assert "0.01 to 0.19;" in out
    assert "4 to 40;" in out
    assert leaves in " ".join(err.split())
    assert command_line("sweep", "run", "points.yaml", "--out", "p")[0] == 0
    (tmp_path / "points.csv").unlink()  # what is frozen needs nothing outside its folder
    for arguments in (("sweep", "status", "p"), ("sweep", "show", "p"), ("sensitivity", "p")):
        assert command_line(*arguments)[0] == 0
    table = (tmp_path / "p/sensitivity/sensitivity.csv").read_text("utf-8")
    assert "4 to 40 WTE" in table
