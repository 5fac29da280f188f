"""A study: scenarios, factors, design, replicates, seed and what to keep, in one YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from diffusion.analysis.results.outcomes import OUTCOME_BY_NAME
from diffusion.errors import InputError
from diffusion.scenario.schema import Scenario
from diffusion.scenario.tree import Tree

Method = Literal["full grid", "latin hypercube", "sobol", "morris", "points"]
Distribution = Literal["uniform", "triangular", "normal", "lognormal", "beta"]
Detail = Literal["summary", "monthly", "by innovation", "events"]

METHODS: tuple[str, ...] = get_args(Method)
#: From least to most; each level keeps what the levels before it keep.
DETAILS: tuple[str, ...] = get_args(Detail)
#: Keys of a study that change no result.
STUDY_HEADER = ("name", "title", "author", "reference", "description")
#: Stands among the factors for every numeric parameter.
ALL_PARAMETERS = "all_parameters"
#: Unit of a factor that multiplies.
TIMES = "times the scenario's own value"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Factor(_Strict):
    """What one factor varies and how: by listed values, over a range, by a distribution, or plausibly."""

    values: tuple[Any, ...] | None = Field(None, description="the values, in their order")
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


class Study(_Strict):
    """One study; ``load_study`` reads it from a file. Draws and runs are in :mod:`.design`."""

    name: str = Field("study", min_length=1, description="short name; default: the name of the file")
    title: str = Field(min_length=1, description="the question in one line")
    author: str = Field("", description="who wrote it")
    reference: str = Field("", description="document it follows")
    description: str = Field("", description="what it asks and assumes, in a few sentences")
    scenarios: dict[str, str] = Field(
        min_length=1, description="scenarios by label (or a list): names, files beside the study, stacks"
    )
    set: dict[str, Any] = Field(default_factory=dict, description="scenario keys set in every scenario that has them")
    factors: dict[str, Factor] = Field(
        default_factory=dict, description="factors by scenario key, or by name with keys"
    )
    design: DesignSpec = Field(default_factory=DesignSpec, description="how factors are combined")  # type: ignore[arg-type]
    replicates: int = Field(ge=1, le=1_000_000, description="runs of every scenario in every draw")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="seed of all draws of the model and of the design")
    outcomes: tuple[str, ...] = Field(
        tuple(OUTCOME_BY_NAME), min_length=1, description="outcomes to keep, or all (the default)"
    )
    detail: Detail = Field("summary", description="what is kept of each run; each level keeps the ones before it")

    _file: Path | None = PrivateAttr(default=None)
    _tree: Any = PrivateAttr(default=None)
    _loaded: Any = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file it was read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """Folder to which paths in the study are relative."""
        return self._file.parent if self._file is not None else Path.cwd()

    def keeps(self, level: str) -> bool:
        """Tell whether the detail of this study includes ``level``, one of ``DETAILS``."""
        return DETAILS.index(self.detail) >= DETAILS.index(level)

    def loaded(self) -> tuple[Scenario, ...]:
        """Return the scenarios with the study's ``set`` applied, loaded once; raises InputError."""
        if self._loaded is None:
            from diffusion.experiments.study.check import load_scenarios

            self._loaded = load_scenarios(self)
        return self._loaded

    def problem(self, key: tuple[str | int, ...], message: str, expected: str | None, suggestion: str) -> InputError:
        """Return the error for something written under ``key`` of the study file."""
        from diffusion.scenario.problems import problem, spelled

        origin = self._tree.locate(key) if self._tree is not None else None
        return problem(message, origin, key=spelled(key), expected=expected, suggestion=suggestion)


def load_study(text: str | Path) -> Study:
    """Return the study that ``text`` names: a name (``people-or-tools``) or a path to a YAML file.

    Everything is checked: keys, scenarios, factors against the scenarios, outcomes, the file of points. Nothing in
    the file is ever executed.

    Raises
    ------
    InputError
        With file, line, key, what was expected and the nearest name; all problems of the file at once.
    """
    from diffusion.experiments.study.check import checked_study
    from diffusion.experiments.study.files import find_study
    from diffusion.reading.yaml_lines import load_yaml

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
