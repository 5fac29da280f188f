"""A study: scenarios, factors, design, replicates, seed and what to keep, in one YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.errors import InputError
from diffusion.month.measures import Quantity
from diffusion.reading.yaml_lines import KeyPath
from diffusion.scenario.problems import problem, spelled
from diffusion.scenario.schema import Scenario
from diffusion.scenario.tree import Tree

Method = Literal["full grid", "latin hypercube", "sobol", "morris", "points"]
Distribution = Literal["uniform", "triangular", "normal", "lognormal", "beta"]
Detail = Literal["summary", "monthly", "by innovation", "events"]
#: Value of a factor in the table of draws: months are text, lists are JSON.
Value: TypeAlias = bool | int | float | str

#: Of what each run may keep rows as they stand at its end.
EndBy = Literal["trust", "innovation"]

METHODS: tuple[str, ...] = get_args(Method)
#: From least to most; each level keeps what the levels before it keep.
DETAILS: tuple[str, ...] = get_args(Detail)
#: Columns of every table of runs: which run a row is, and what became of it. No factor may be called like one.
KEYS = ("run", "scenario", "draw", "replicate")
STATUS = ("status", "stage", "error", "traceback")
#: Stands among the factors for every numeric parameter.
ALL_PARAMETERS = "all_parameters"
#: Unit of a factor that multiplies.
TIMES = "times the scenario's own value"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Factor(_Strict):
    """What one factor varies and how: by listed values, over a range, by a distribution, or plausibly."""

    values: tuple[object, ...] | None = Field(None, description="the values, in their order")
    range: tuple[float | str, float | str] | None = Field(None, description="[lowest, highest], numbers or months")
    distribution: Distribution | None = Field(None, description="shape of a distribution; its numbers stand beside it")
    plausible: Literal[True] | None = Field(None, description="true: the parameter's own plausible range")
    scale: Literal["linear", "log"] = Field("linear", description="how a range is divided")
    low: float | None = Field(None, allow_inf_nan=False, description="lowest value of a distribution")
    high: float | None = Field(None, allow_inf_nan=False, description="highest value of a distribution")
    mode: float | None = Field(None, allow_inf_nan=False, description="triangular: the likeliest value")
    mean: float | None = Field(None, allow_inf_nan=False, description="normal: its mean")
    sd: float | None = Field(None, gt=0, allow_inf_nan=False, description="normal: its standard deviation")
    median: float | None = Field(None, gt=0, allow_inf_nan=False, description="lognormal: its median")
    sigma: float | None = Field(None, gt=0, allow_inf_nan=False, description="lognormal: standard deviation of the log")
    alpha: float | None = Field(None, gt=0, allow_inf_nan=False, description="beta: first shape")
    beta: float | None = Field(None, gt=0, allow_inf_nan=False, description="beta: second shape")
    keys: tuple[str, ...] | None = Field(None, min_length=1, description="scenario keys that this factor sets together")
    multiply: bool = Field(False, description="values multiply the scenario's own value instead of replacing it")
    levels: int | None = Field(None, ge=2, le=1000, description="full grid: points of a range, default: the design's")
    unit: str | None = Field(None, description="unit of the values; it must be the one the parameter is declared with")
    label: str | None = Field(None, min_length=1, description="name in tables and figures")


class AllParameters(_Strict):
    """Every numeric parameter over its plausible range, as one entry ``all_parameters`` among the factors."""

    plausible: Literal[True] = Field(True, description="each over its plausible range")
    sections: tuple[str, ...] | None = Field(None, description="sections of parameters; default: all")
    except_: tuple[str, ...] = Field((), alias="except", description="sections or keys to leave as they are")
    levers: bool = Field(False, description="also every numeric setting of the scenarios' levers")


class DesignSpec(_Strict):
    """How factors are combined to draws."""

    method: Method = Field("full grid", description="how factors are combined")
    draws: int | None = Field(None, ge=1, le=10_000_000, description="latin hypercube: number of draws")
    base_samples: int | None = Field(None, ge=2, le=2**20, description="sobol: base sample, a power of 2")
    second_order: bool | None = Field(None, description="sobol: also indices of pairs of factors; default true")
    trajectories: int | None = Field(None, ge=2, le=100_000, description="morris: number of trajectories")
    levels: int | None = Field(
        None, ge=2, le=1000, description="full grid: points of each range, default 5; morris: grid levels, default 4"
    )
    file: str | None = Field(None, description="points: CSV file beside the study, a row per draw")


class Watch(_Strict):
    """A share that every run keeps beside its outcomes: who has come how far with some innovations by a month."""

    innovations: tuple[str, ...] = Field(min_length=1, description="ids of the innovations it is counted over")
    quantity: Quantity = Field("ever", description="what is counted; docs/evidence.md says what each means")
    month: int = Field(ge=0, description="months from the start of the run; 0 is the opening")
    any_of: bool = Field(False, description="true: organisations with any of them; false: mean over all")
    among: tuple[str, ...] | None = Field(
        None, min_length=1, description="codes of the trusts that count; default: all"
    )
    less: tuple[str, ...] | None = Field(
        None, min_length=1, description="codes of trusts whose share is taken off: the difference of two groups"
    )


class Study(_Strict):
    """One study; :func:`.load.load_study` reads it from a file. Draws and runs are in :mod:`.design`."""

    name: str = Field("study", min_length=1, description="short name; default: the name of the file")
    title: str = Field(min_length=1, description="the question in one line")
    author: str = Field("", description="who wrote it")
    reference: str = Field("", description="document it follows")
    description: str = Field("", description="what it asks and assumes, in a few sentences")
    scenarios: dict[str, str] = Field(
        min_length=1, description="scenarios by label (or a list): names, files beside the study, stacks"
    )
    set: dict[str, object] = Field(
        default_factory=dict, description="scenario keys set in every scenario that has them"
    )
    factors: dict[str, Factor] = Field(
        default_factory=dict, description="factors by scenario key, or by name with keys"
    )
    design: DesignSpec = Field(default_factory=DesignSpec, description="how factors are combined")
    replicates: int = Field(ge=1, le=1_000_000, description="runs of every scenario in every draw")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="seed of all draws of the model and of the design")
    outcomes: tuple[str, ...] = Field(
        tuple(OUTCOME_BY_NAME), min_length=1, description="outcomes to keep, or all (the default)"
    )
    chance: Literal["shared", "own"] = Field(
        "shared", description="shared: replicate r has the same chance in every draw; own: each draw has its own"
    )
    watch: dict[str, Watch] = Field(default_factory=dict, description="shares to keep of each run, by name")
    detail: Detail = Field("summary", description="what is kept of each run; each level keeps the ones before it")
    end_by: tuple[EndBy, ...] = Field((), description="keep a row of each run and trust, or innovation, as it ended")

    _file: Path | None = PrivateAttr(default=None)
    _tree: Tree | None = PrivateAttr(default=None)
    _scenarios: tuple[Scenario, ...] | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file it was read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """Folder to which paths in the study are relative."""
        return self._file.parent if self._file is not None else Path.cwd()

    def placed(
        self, file: Path | None, tree: Tree | None = None, scenarios: tuple[Scenario, ...] | None = None
    ) -> Study:
        """Note where the study was written and, if they are there already, its scenarios; return the study itself."""
        self._file, self._tree, self._scenarios = file, tree, scenarios
        return self

    def keys_of(self, factor: str) -> tuple[str, ...]:
        """Return the scenario keys that a factor sets."""
        return self.factors[factor].keys or (factor,)

    @property
    def columns(self) -> tuple[str, ...]:
        """What is kept of a run as numbers: its outcomes, then what is watched."""
        return (*self.outcomes, *self.watch)

    def keeps(self, level: str) -> bool:
        """Tell whether this study keeps ``level``, one of ``DETAILS``, or ``trust`` or ``innovation`` of ``end_by``."""
        if level not in DETAILS:
            return level in self.end_by
        return DETAILS.index(self.detail) >= DETAILS.index(level)

    def written(self, key: str) -> object:
        """Return what the file says under a key; None where it says nothing, or where there is no file."""
        return self._tree.data.get(key) if self._tree is not None else None

    def problem(self, key: KeyPath, message: str, expected: str | None, suggestion: str) -> InputError:
        """Return the error for something written under ``key`` of the study file."""
        origin = self._tree.locate(key) if self._tree is not None else None
        return problem(message, origin, key=spelled(key), expected=expected, suggestion=suggestion)
