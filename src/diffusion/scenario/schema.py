"""A scenario: everything that decides a run except the seed and the number of replicates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SerializeAsAny, ValidationInfo, field_validator

from diffusion.engine.calendar import Month
from diffusion.engine.parameters import stated
from diffusion.ensemble.doubt import Doubt, Source
from diffusion.errors import InputError, did_you_mean
from diffusion.levers.base import Lever
from diffusion.levers.registry import lever_class
from diffusion.levers.shock import Shock
from diffusion.mechanisms.parameters import Parameters, all_parameters
from diffusion.reading.yaml_lines import Key, KeyPath, PlainDict
from diffusion.scenario.initial import InitialSpec
from diffusion.scenario.problems import InputErrors, Origin, raise_all, validated, without_unknown
from diffusion.scenario.sections import built_levers, check_dates, without_built_weights
from diffusion.scenario.tree import Tree
from diffusion.showing import Plainly, Shown, listed, short
from diffusion.world.spec import WorldSpec
from diffusion.world.tables import BUILT_LAYERS

if TYPE_CHECKING:
    from diffusion.world.tables import World

#: Keys that describe a scenario and change no result.
HEADER = ("name", "title", "author", "reference", "description", "baseline")
AgentKind = Literal["trust", "ahsn", "fellow", "entrepreneur", "company"]


@dataclass(frozen=True)
class Said:
    """How a scenario was asked for: the parts of its stack, their files, settings, and levers named while off.

    ``titles`` are those that users gave, a title for each part of the name, "" for what came with the package; or one
    for the whole. ``left_out`` are innovations, by lever, that its packaged file names and the world lacks.
    """

    parts: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    unheard: Mapping[Key, Origin | None] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Scenario(Shown, BaseModel):
    """One policy future: its world, parameters, levers and dates. Frozen; equal content has equal ``content_hash``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("scenario", min_length=1, description="short name; default: the name of the file")
    title: str = Field("", description="one line for tables and figures")
    author: str = Field("", description="who wrote it")
    reference: str = Field("", description="document it follows")
    description: str = Field("", description="what it assumes, in a few sentences")
    baseline: str | None = Field(None, description="name of the scenario it is compared with")
    start: Month = Field(Month("2015-07"), description="first month")
    months: int = Field(120, ge=1, le=1200, description="number of months simulated")
    policy_start: Month | None = Field(None, description="first month of levers that state no start")
    world: WorldSpec = Field(default_factory=WorldSpec, description="trusts, AHSNs, innovations and networks")
    parameters: Parameters = Field(default_factory=Parameters, description="parameters of the mechanisms")
    levers: dict[str, SerializeAsAny[Lever]] = Field(default_factory=dict, description="levers by id")
    shocks: dict[str, Shock] = Field(
        default_factory=dict, description="pressure, pushes and emergencies by id, with their dates"
    )
    initial: InitialSpec = Field(default_factory=InitialSpec, description="state in the opening month")
    agents: dict[AgentKind, str] = Field(default_factory=dict, description="own agents as module:Class, by kind")
    doubt: Doubt | None = Field(
        None, description="where the parameters of each replicate come from; default: the same in all"
    )

    _folder: Path = PrivateAttr(default_factory=Path.cwd)
    _tree: Tree | None = PrivateAttr(default=None)
    _said: Said = PrivateAttr(default_factory=Said)
    _packaged: Tree = PrivateAttr(default_factory=Tree)
    _before: Tree | None = PrivateAttr(default=None)

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Yield what a short text says of it; :meth:`resolved` has all of it."""
        yield "name", short(self.name, 120)
        yield "start", str(self.start)
        yield "months", self.months
        if self.levers:
            yield "levers", Plainly(listed(list(self.levers)))
        if self.shocks:
            yield "shocks", Plainly(listed(list(self.shocks)))
        if self.doubt is not None:
            yield "parameters", self.doubt.source

    @field_validator("world")
    @classmethod
    def _weights_are_parameters(cls, world: WorldSpec) -> WorldSpec:
        for name in BUILT_LAYERS:
            if name in world.layers and world.layers[name].weight is not None:
                raise ValueError(f"the weight of the layer '{name}' is the parameter exposure.weight_{name}")
        return world

    @field_validator("levers", mode="before")
    @classmethod
    def _build_levers(cls, value: object) -> object:
        """Accept mappings as well as lever objects; an entry with ``enabled: false`` is left out."""
        if not isinstance(value, Mapping):
            return value
        built = {}
        for key, entry in value.items():
            if isinstance(entry, Mapping):
                settings = dict(entry)
                if settings.pop("enabled", True) is False:
                    continue
                built[key] = lever_class(settings.pop("lever", key)).model_validate(settings)
            else:
                built[key] = entry
        return built

    @field_validator("levers", mode="after")
    @classmethod
    def _date_levers(cls, levers: dict[str, Lever], info: ValidationInfo) -> dict[str, Lever]:
        """Fill in start and end, and put levers in the order in which they combine: that of their ids."""
        policy_start = info.data.get("policy_start")
        dated = {key: lever.dated(policy_start) for key, lever in sorted(levers.items())}
        for key, lever in dated.items():
            if lever.end is not None and lever.start is not None and lever.end <= lever.start:
                raise ValueError(f"the lever '{key}' ends in {lever.end}, not after its start in {lever.start}")
        return dated

    @classmethod
    def from_tree(cls, tree: Tree, folder: Path, problems: Iterable[InputError] = ()) -> Self:
        """Return the scenario that a tree of keys says; raises all its problems (also those given) at once.

        ``folder`` is the one to which the paths of its world are relative.
        """
        problems = list(problems)
        data: PlainDict = {key: value for key, value in tree.data.items() if value is not None}
        data = without_unknown(data, (*cls.model_fields, "extends"), (), tree.locate, problems)
        levers = data.pop("levers", {})
        # Levers have models of their own: with and without them, every fault of the file is found.
        if "world" in data:
            data["world"] = without_built_weights(data["world"], tree, problems)
        scenario = validated(cls, data, (), tree.locate, problems)
        built = built_levers(levers, tree, problems)
        if scenario is not None:
            check_dates(built, scenario.policy_start, tree, problems)
        raise_all(problems)
        assert scenario is not None
        given = {name: getattr(scenario, name) for name in cls.model_fields if name != "levers"}
        if scenario.doubt is not None:
            _check_kept(scenario, tree, built)
            given["doubt"] = _filled_in(scenario.doubt, tree)
        result = cls.model_validate({**given, "levers": built})
        result._folder, result._tree = folder, tree
        return result

    @property
    def drawn(self) -> bool:
        """Whether replicates differ in their parameters."""
        return self.doubt is not None and self.doubt.drawn

    def drawing_from(self, source: Source) -> Scenario:
        """Return the scenario with the parameters of each replicate from ``source``; those that it sets stay."""
        if source not in get_args(Source):
            raise InputError(
                f"'{source}' is no source of parameters",
                key="source",
                expected=f"one of {', '.join(get_args(Source))}",
                suggestion="for example posterior",
            )
        keep = None if self.doubt is None else self.doubt.keep
        doubt = _filled_in(Doubt(source=source, keep=keep), self.written) if source != "defaults" else None
        changed = self.model_copy(update={"doubt": doubt})
        tree = None if self._tree is None else self._tree.copy()
        if tree is not None:
            tree.data.pop("doubt", None)
            if doubt is not None:
                tree.set("doubt", {"source": doubt.source, "keep": list(doubt.keep or ()), "complete": True})
        changed._folder, changed._tree, changed._said = self._folder, tree, self._said
        return changed

    def of_replicate(self, replicate: int) -> Scenario:
        """Return the scenario with the parameters of one replicate; itself where they are the same in all."""
        if self.doubt is None or not self.doubt.drawn:
            return self
        from diffusion.ensemble.draws import parameters_of

        levers = {key: self._lever_of(key, lever, replicate) for key, lever in self.levers.items()}
        parameters = parameters_of(self.parameters, self.doubt, replicate)
        found = self.model_copy(update={"parameters": parameters, "levers": levers})
        found._folder = self._folder
        return found

    def _lever_of(self, key: str, lever: Lever, replicate: int) -> Lever:
        """Return a lever with the costs of one replicate."""
        from diffusion.ensemble.draws import cost_of

        assert self.doubt is not None
        drawn: dict[str, float] = {}
        for name in lever.costs:
            said = stated(type(lever).model_fields[name])
            if said is not None and said.low is not None and said.high is not None:
                usual = float(getattr(lever, name))
                drawn[name] = cost_of(f"levers.{key}.{name}", self.doubt, replicate, said.low, usual, said.high)
        return lever.model_copy(update=drawn) if drawn else lever

    @property
    def end(self) -> Month:
        """First month after the run."""
        return self.start + self.months

    @property
    def folder(self) -> Path:
        """Folder to which the paths of ``world`` are relative."""
        return self._folder

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical resolved scenario without its header: the same for every spelling of it."""
        content = {key: value for key, value in self.resolved().items() if key not in HEADER}
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def resolved(self) -> dict[str, Any]:
        """Return the scenario in full as plain data (all defaults written out); as a file it loads to the same."""
        data = self.model_dump(mode="json", exclude_none=True)
        data["levers"] = {key: {"lever": self.levers[key].name, **entry} for key, entry in data["levers"].items()}
        return data

    def changed(self, settings: Mapping[str, Any]) -> Scenario:
        """Return a copy with dotted keys set, as ``--set`` does: ``{"parameters.awareness.push_per_month": 0.05}``.

        Raises InputError for an unknown key or a value out of range.
        """
        tree = self._tree.copy() if self._tree is not None else Tree.of(self.resolved(), f"scenario {self.name}")
        for key, value in settings.items():
            tree.set_kept(key, value)
        changed = self.from_tree(tree, self._folder)
        changed._packaged = self._packaged
        changed._said = Said(titles=self.own_titles)
        return changed

    @property
    def said(self) -> Said:
        """How it was asked for; empty where it was not loaded by name."""
        return self._said

    @property
    def own_titles(self) -> tuple[str, ...]:
        """Titles that users gave, by part of the name, "" for what came with the package; one of the whole, or none."""
        made_here = self._tree is None and self._before is None and self._said == Said()
        return (self.title,) if made_here and self.title else self._said.titles

    @property
    def written_before(self) -> Tree:
        """What its files say, also where levers were changed since, so that they say no longer what it is."""
        return self.written if self._tree is not None or self._before is None else self._before

    @property
    def packaged(self) -> Tree:
        """What the packaged files say that it is made of; empty where it is made of none."""
        return self._packaged

    @property
    def written(self) -> Tree:
        """What was written, key by key, with places; empty where it was not read from files."""
        return self._tree if self._tree is not None else Tree()

    def locate(self, key: str) -> tuple[str | None, int | None]:
        """Return (file, line) of the deepest part of a dotted key that was written, or (None, None)."""
        origin = self._tree.locate(tuple(key.split("."))) if self._tree is not None else None
        return (str(origin.file), origin.line) if origin else (None, None)

    def build_world(self) -> World:
        """Return the world; raises InputError that names the scenario file and line where the fault was written."""
        from diffusion.world.building.build import build_world
        from diffusion.world.building.dated import dated

        try:
            return dated(build_world(self.world, self._folder), int(self.start))
        except InputError as error:
            raise self.placed(error, "world") from None

    def placed(self, error: InputError, key: str) -> InputError:
        """Return ``error`` with the file and line of ``key`` (or of the error's own key) if it has no line yet."""
        if isinstance(error, InputErrors):
            return InputErrors([self.placed(problem, key) for problem in error.problems])
        own = error.key or ""
        if error.line is not None or (error.file is not None and not own.startswith(key)):
            return error  # it has its place, in a table that the scenario names
        where = own if own.split(".")[0] == key.split(".")[0] else f"{key}.{own}".rstrip(".")
        file, line = self.locate(where.replace("[", ".").replace("]", ""))
        if file is None:
            return error
        return error.at(file, line, where)


def _filled_in(doubt: Doubt, tree: Tree) -> Doubt:
    """Return ``doubt`` with what is written of parameters and levers in the scenario among what it keeps."""
    if not doubt.drawn or doubt.complete:
        return doubt
    kept = set(doubt.keep or ())
    for section in ("parameters", "levers"):
        written = tree.data.get(section)
        leaves = tree.leaves(written, (section,)) if isinstance(written, dict) else ()
        kept |= {".".join(map(str, path)) for path, _ in leaves if _may_be_drawn(path)}
    return doubt.model_copy(update={"keep": tuple(sorted(kept)), "complete": True})


def _check_kept(scenario: Scenario, tree: Tree, levers: Mapping[str, Lever]) -> None:
    """Raise InputError where ``doubt.keep`` names what is no parameter and no cost of a lever."""
    doubt = scenario.doubt
    known = {f"parameters.{row.section}.{row.name}" for row in all_parameters()}
    known |= {f"levers.{key}.{name}" for key, lever in levers.items() for name in type(lever).model_fields}
    for key in (doubt.keep if doubt is not None else None) or ():
        if key not in known and not key.startswith("levers."):  # a lever may be away in one of several scenarios
            origin = tree.locate(("doubt", "keep"))
            raise InputError(
                f"'{key}' is no parameter",
                file=origin.file if origin else None,
                line=origin.line if origin else None,
                key="doubt.keep",
                expected="keys as parameters.SECTION.NAME",
                suggestion=did_you_mean(key, known) or "'diffusion parameters' lists them",
            )


def _may_be_drawn(path: KeyPath) -> bool:
    """Whether a written key could be drawn: a parameter, or a lever's setting that says what it costs."""
    return path[0] == "parameters" or (len(path) == 3 and "gbp" in str(path[2]))
