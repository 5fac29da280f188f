"""The design of a study, made before anything runs: scenario -> draw -> run.

Run k is ``(draw * scenarios + scenario) * replicates + replicate``. Replicate r has the same seed in every scenario and
draw, so that differences between scenarios and between draws are of what was changed, not of luck; where draws have
their own chance, replicate r of draw d is number ``d * replicates + r`` in every scenario.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.analysis.outcomes.own import outcome_facts, own_outcomes
from diffusion.arrays import Floats
from diffusion.errors import InputError
from diffusion.experiments.study.axis import Axis
from diffusion.experiments.study.bound_factors import axes_of
from diffusion.experiments.study.pace import OVERHEAD, run_seconds
from diffusion.experiments.study.sampling import planned_draws, sampled
from diffusion.experiments.study.scenario_keys import KeyInfo, key_info, scenarios_with
from diffusion.experiments.study.scenarios import scenarios_of
from diffusion.experiments.study.schema import Study, Value
from diffusion.scenario.check import check_scenario
from diffusion.scenario.plugins import code_of, named_as, own_lever_facts, own_modules, scenario_to_read
from diffusion.scenario.problems import problems_of, raise_all
from diffusion.scenario.schema import Scenario
from diffusion.scenario.tree import Tree
from diffusion.world.innovations import InnovationAttributes

if TYPE_CHECKING:
    import pyarrow as pa

    from diffusion.reading.yaml_lines import Plain

#: traits of an innovation that are numbers
_NUMBERS = frozenset(
    name
    for name, info in InnovationAttributes.model_fields.items()
    if "float" in str(info.annotation) and "tuple" not in str(info.annotation)
)
#: Raised when the canonical content of a design changes its meaning.
FORMAT = 1
#: More runs than this are asked about first.
LARGE_RUNS = 20_000
#: No design may have more draws.
MOST_DRAWS = 2_000_000


@dataclass(frozen=True, eq=False)
class Design:
    """Every run of a study, ready to be carried out anywhere; equal content has an equal ``hash``.

    ``draws`` has a column ``draw`` and one per factor (months as text, lists as JSON); ``shares`` [draws, factors] are
    the points in the unit cube that they came from, where the design has such. ``resolved`` are the scenarios written
    out in full, ``folders`` where their own tables are, ``tables`` the hashes of all tables that any draw reads.
    """

    study: Study
    scenarios: tuple[str, ...]
    draws: pa.Table
    replicates: int
    seed: int
    hash: str
    resolved: tuple[dict[str, Plain], ...] = field(repr=False)
    folders: tuple[Path, ...] = field(repr=False)
    tables: tuple[tuple[str, ...], ...] = field(repr=False)
    shares: Floats | None = field(repr=False, default=None)
    #: of own levers, what is needed to read without their code
    own_levers: Mapping[str, Any] = field(repr=False, default_factory=dict)
    #: of own outcomes by name, what is needed to read without their code
    own_outcomes: Mapping[str, Mapping[str, object]] = field(repr=False, default_factory=dict)
    #: SHA-256 of the files of own levers, agents and outcomes, by module
    own_code: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors, in the order of the columns of ``draws``."""
        return tuple(name for name in self.draws.column_names if name != "draw")

    @property
    def n_draws(self) -> int:
        return int(self.draws.num_rows)

    @property
    def runs(self) -> int:
        return len(self.scenarios) * self.n_draws * self.replicates

    def locate(self, run: int) -> tuple[int, int, int]:
        """Return (scenario index, draw, replicate) of a run; raises IndexError for a run that is not in the design."""
        if not 0 <= run < self.runs:
            raise IndexError(f"run {run} of {self.runs}")
        rest, replicate = divmod(run, self.replicates)
        draw, scenario = divmod(rest, len(self.scenarios))
        return scenario, draw, replicate

    def number(self, scenario: int, draw: int, replicate: int) -> int:
        """Return the number of a run: the inverse of :meth:`locate`."""
        return (draw * len(self.scenarios) + scenario) * self.replicates + replicate

    def chance_of(self, draw: int) -> int:
        """Return the number that the first replicate of a draw has for the model: what its chance comes from."""
        return draw * self.replicates if self.study.chance == "own" else 0

    def values(self, draw: int) -> dict[str, Value]:
        """Return factor -> value of one draw, as in the table."""
        return {name: self.columns[name][draw] for name in self.factors}

    def settings(self, scenario: str | int, draw: int) -> dict[str, Plain]:
        """Return the dotted keys that a draw sets in a scenario, with their values.

        A key of a lever concerns the scenarios that have the lever; draws with equal settings are the same scenario.
        """
        index = self._index(scenario)
        result: dict[str, Plain] = {}
        for name in self.factors:
            value = self.columns[name][draw]
            for key in self.study.keys_of(name):
                if not scenarios_with(key, [self.bases[index]]):
                    continue
                info = self._info(index, key)
                if self.study.factors[name].multiply:
                    assert not isinstance(value, str)
                    product = info.number * value
                    result[key] = round(product) if info.kind == "whole" else product
                else:
                    result[key] = json.loads(value) if info.kind == "other" and isinstance(value, str) else value
        return result

    def scenario(self, scenario: str | int, draw: int) -> Scenario:
        """Return the scenario of a draw, checked; raises InputError that names the factor and the draw."""
        index = self._index(scenario)
        tree = Tree.of(self.resolved[index], f"scenario {self.scenarios[index]}")
        for key, value in self.settings(index, draw).items():
            tree.set_kept(key, value)
        try:
            return Scenario.from_tree(tree, self.folders[index])
        except InputError as error:
            raise_all(self.of_draw(item, draw) for item in problems_of(error))
            raise

    def _index(self, scenario: str | int) -> int:
        index = self.scenarios.index(scenario) if isinstance(scenario, str) else scenario
        if not 0 <= index < len(self.scenarios):
            raise IndexError(f"scenario {scenario} of {len(self.scenarios)}")
        return index

    def _info(self, index: int, key: str) -> KeyInfo:
        if (index, key) not in self._infos:
            self._infos[index, key] = key_info(self.bases[index], key)
        return self._infos[index, key]

    @cached_property
    def _infos(self) -> dict[tuple[int, str], KeyInfo]:
        return {}

    @cached_property
    def columns(self) -> dict[str, list[Value]]:
        """Column -> values, one per draw."""
        return {name: self.draws.column(name).to_pylist() for name in self.draws.column_names}

    @cached_property
    def bases(self) -> tuple[Scenario, ...]:
        """The scenarios as they are before any draw."""
        return tuple(
            scenario_to_read(data, name, folder, self.own_levers)
            for name, data, folder in zip(self.scenarios, self.resolved, self.folders)
        )

    def of_draw(self, error: InputError, draw: int) -> InputError:
        """Say which factor of which draw is at fault."""
        for name in self.factors:
            if any((error.key or "").startswith(key) for key in self.study.keys_of(name)):
                return self.study.problem(
                    ("factors", name),
                    f"draw {draw}, {self.columns[name][draw]}: {error.message}",
                    error.expected,
                    error.suggestion or "narrow the factor",
                )
        return error


def make_design(study: Study) -> Design:
    """Return the design of a study: every scenario in full, every draw, each combination checked.

    Raises
    ------
    InputError
        A draw that a scenario cannot take, a name that its world does not know, more than ``MOST_DRAWS`` draws.
    """
    scenarios, axes = scenarios_of(study), axes_of(study)
    n_draws = planned_draws(study, axes)
    if n_draws > MOST_DRAWS:
        raise study.problem(
            ("design",),
            f"the design has {n_draws:,} draws",
            f"at most {MOST_DRAWS:,}",
            "fewer factors, levels or draws",
        )
    columns, shares = sampled(study, axes)
    draws = _table(columns, axes)
    resolved = tuple(_written_out(scenario) for scenario in scenarios)
    folders = tuple(scenario.folder for scenario in scenarios)
    open_design = Design(
        study,
        tuple(scenario.name for scenario in scenarios),
        draws,
        study.replicates,
        study.seed,
        "",
        resolved,
        folders,
        (),
        shares,
        own_lever_facts(scenarios),
        own_outcome_facts(study),
        own_code(study, scenarios),
    )
    tables = _checked_tables(open_design)
    return _hashed(open_design, tables)


def own_outcome_facts(study: Study) -> dict[str, dict[str, object]]:
    """Return what must be known of the study's own outcomes to read rows without their code, by name."""
    known = own_outcomes()
    return {
        name: {**outcome_facts(known[name].outcome), "python": named_as(known[name].module)}
        for name in study.outcomes
        if name in known
    }


def own_code(study: Study, scenarios: Iterable[Scenario]) -> dict[str, str]:
    """Return the SHA-256 of the files of own levers, agents and outcomes, all loaded, by module."""
    known = own_outcomes()
    return code_of(own_modules(scenarios) | {known[name].module for name in study.outcomes if name in known})


def _hashed(design: Design, tables: tuple[tuple[str, ...], ...]) -> Design:
    closed = replace(design, tables=tables)
    return replace(closed, hash=design_hash(closed))


def _table(columns: Mapping[str, list[object]], axes: tuple[Axis, ...]) -> pa.Table:
    import pyarrow as pa

    kinds = {axis.name: axis.kind for axis in axes}
    types = {"number": pa.float64(), "whole": pa.int64(), "yes/no": pa.bool_()}
    n = len(next(iter(columns.values()))) if columns else 1
    arrays = {"draw": pa.array(range(n), pa.int64())}
    for name, values in columns.items():
        if kinds[name] == "other":
            values = [json.dumps(value, sort_keys=True, separators=(",", ":")) for value in values]
        arrays[name] = pa.array(values, types.get(kinds[name], pa.string()))
    return pa.table(arrays)


def _written_out(scenario: Scenario) -> dict[str, Plain]:
    """Return a scenario in full, but without lever dates that follow from others: a factor may move those."""
    data = scenario.resolved()
    written = scenario._tree.data.get("levers") if scenario._tree is not None else None
    if isinstance(written, dict):
        for key, entry in data["levers"].items():
            stated = written.get(key)
            for date in ("start", "end"):
                if not isinstance(stated, dict) or stated.get(date) is None:
                    entry.pop(date, None)
    again = Scenario.from_tree(Tree.of(data, f"scenario {scenario.name}"), scenario.folder)
    if again.content_hash != scenario.content_hash:
        raise InputError(
            "the scenario cannot be written out in full",
            key=scenario.name,
            expected="plain keys and values",
            suggestion="'diffusion scenarios show NAME --yaml' shows what is written",
        )
    return data


def _may_name(key: str) -> bool:
    """Tell whether values of a key may name files, trusts or innovations, which only the built world knows."""
    return key.split(".")[0] in ("initial", "agents") or ".targets" in key or may_read_tables(key)


def may_read_tables(key: str) -> bool:
    """Tell whether a value of a key may change which tables are read: not a number of an innovation that is added."""
    part, _, rest = key.partition(".")
    if part != "world":
        return False
    section, _, rest = rest.partition(".")
    return section != "more_innovations" or rest.rpartition(".")[2] not in _NUMBERS


def _checked_tables(design: Design) -> tuple[tuple[str, ...], ...]:
    """Check every scenario in every draw; return the hashes of the tables that each scenario reads in any draw."""
    found: list[tuple[str, ...]] = []
    problems: list[InputError] = []
    keys = [key for name in design.factors for key in design.study.keys_of(name)]
    names_things = any(_may_name(key) for key in keys)
    for index, base in enumerate(scenarios_of(design.study)):
        read = {f"{label} {text}" for label, text in check_scenario(base).provenance.items()}
        seen: set[str] = set()
        for draw in range(design.n_draws):
            if len(problems) >= 20:
                break
            settings = json.dumps(design.settings(index, draw), sort_keys=True)
            if settings in seen:
                continue
            seen.add(settings)
            try:
                scenario = design.scenario(index, draw)
                if names_things:
                    read |= {f"{label} {text}" for label, text in check_scenario(scenario).provenance.items()}
            except InputError as error:
                problems += [design.of_draw(item, draw) if item.line is None else item for item in problems_of(error)]
        found.append(tuple(sorted(read)))
    raise_all(problems)
    return tuple(found)


def design_hash(design: Design) -> str:
    """Return the SHA-256 of all that decides the runs (see :func:`canonical`)."""
    return hashlib.sha256(
        json.dumps(canonical(design), sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    ).hexdigest()


def canonical(design: Design) -> dict[str, object]:
    """Return what decides the runs as plain data: scenarios, tables, draws, replicates, seed, what is kept."""
    return {
        "format": FORMAT,
        "scenarios": [
            {"name": name, "sha256": base.content_hash, "tables": list(tables)}
            for name, base, tables in zip(design.scenarios, design.bases, design.tables)
        ],
        "factors": [
            {
                "name": name,
                "keys": list(design.study.keys_of(name)),
                "multiply": design.study.factors[name].multiply,
                "values": design.columns[name],
            }
            for name in design.factors
        ],
        "draws": design.n_draws,
        "replicates": design.replicates,
        "seed": design.seed,
        "outcomes": list(design.study.outcomes),
        "detail": design.study.detail,
        **({"end_by": sorted(design.study.end_by)} if design.study.end_by else {}),
        **({"own_code": dict(design.own_code)} if design.own_code else {}),
        **({"chance": design.study.chance} if design.study.chance != "shared" else {}),
        **(
            {"watch": [[name, item.model_dump()] for name, item in design.study.watch.items()]}
            if design.study.watch
            else {}
        ),
    }


def check_size(study: Study, yes: bool = False, limit: int = LARGE_RUNS) -> int:
    """Return the number of runs of a study, without making its design.

    Raises
    ------
    InputError
        More than ``limit`` runs and not ``yes``.
    """
    draws = planned_draws(study, axes_of(study))
    runs = draws * len(study.scenarios) * study.replicates
    if runs > limit and not yes:
        raise study.problem(
            ("design",),
            f"the design is large: {runs:,} runs ({len(study.scenarios)} scenarios x {draws:,} draws x "
            f"{study.replicates:,} replicates)",
            f"at most {limit:,} runs unless confirmed",
            "confirm with --yes, or write fewer draws",
        )
    return runs


def estimated_cpu_seconds(design: Design) -> float:
    """Return a rough processor time of all runs, from the size of the worlds and the length of the runs."""
    one = sum(run_seconds(scenario) for scenario in design.bases) * OVERHEAD
    return one * design.n_draws * design.replicates
