"""The file of a calibration: which evidence, which parameters over which priors, how many waves of how many draws."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError

from diffusion.ensemble.priors import Prior, priors
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.yaml_lines import KeyPath, load_yaml
from diffusion.scenario.problems import problem, raise_all, spelled, unknown_name, validated
from diffusion.scenario.tree import Tree

#: the calibration of the packaged evidence
PACKAGED = "england"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bounds(_Strict):
    """A prior in place of the one that the parameter's plausible range gives."""

    low: float = Field(allow_inf_nan=False, description="lowest value")
    high: float = Field(allow_inf_nan=False, description="highest value")


class Plan(_Strict):
    """One calibration; :func:`load_plan` reads it from a file."""

    title: str = Field("The packaged evidence", min_length=1, description="what is fitted to what, in one line")
    evidence: str | None = Field(None, description="folder of own series beside the packaged ones")
    series: tuple[str, ...] | None = Field(None, min_length=1, description="ids of the series to use; default: all")
    parameters: tuple[str, ...] | None = Field(
        None, min_length=1, description="keys of the parameters to vary; default: every one with a plausible range"
    )
    priors: dict[str, Bounds] = Field(default_factory=dict, description="other ranges, by key of the parameter")
    set: dict[str, object] = Field(default_factory=dict, description="scenario keys that are the same in all runs")
    waves: Annotated[int, Field(ge=1, le=20)] = Field(4, description="waves of history matching")
    draws: Annotated[int, Field(ge=20, le=5_000)] = Field(1000, description="draws of a wave")
    replicates: Annotated[int, Field(ge=2, le=10_000)] = Field(4, description="runs of a draw in a wave")
    steps: Annotated[int, Field(ge=20, le=1_000_000)] = Field(
        1000, description="steps of each chain, half of them kept"
    )
    chains: Annotated[int, Field(ge=4, le=1_000)] = Field(32, description="chains that are sampled")
    posterior: Annotated[int, Field(ge=20, le=100_000)] = Field(500, description="draws of the posterior")
    posterior_replicates: Annotated[int, Field(ge=2, le=10_000)] = Field(8, description="runs of each of them")
    made_up: Annotated[int, Field(ge=2, le=1_000)] = Field(50, description="data sets made up to check it")
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = Field(1, description="seed of everything")

    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that it was read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """Folder to which paths in the file are relative."""
        return self._file.parent if self._file is not None else Path.cwd()

    @property
    def evidence_folder(self) -> Path | None:
        return self.folder / self.evidence if self.evidence is not None else None

    def placed(self, file: Path | None) -> Plan:
        """Note where it was written and return it."""
        self._file = file
        return self

    def priors_used(self) -> tuple[Prior, ...]:
        """Return the priors of the parameters that are varied, in the order of the model."""
        found = []
        for prior in priors():
            if self.parameters is not None and prior.key not in self.parameters:
                continue
            own = self.priors.get(prior.key)
            found.append(prior if own is None else prior._replace(low=own.low, high=own.high))
        return tuple(found)


def load_plan(path: Path) -> Plan:
    """Read a calibration from a YAML file.

    Raises InputError with all that is wrong: file, line, key, what was expected, a suggestion.
    """
    document = load_yaml(path)
    if not isinstance(document.data, dict):
        raise InputError(
            "not a calibration", file=path, line=1, expected="keys with values", suggestion="for example 'waves: 4'"
        )
    tree = Tree.of(document.data, path, document.lines)
    problems: list[InputError] = []
    plan = validated(Plan, dict(tree.data), (), tree.locate, problems)
    if plan is not None:
        problems += _faults(plan, tree)
    raise_all(problems)
    assert plan is not None
    return plan.placed(path.resolve())


def _faults(plan: Plan, tree: Tree) -> list[InputError]:
    known = {prior.key: prior for prior in priors()}
    found: list[InputError] = []

    def unknown(place: KeyPath, name: str) -> InputError:
        return unknown_name(
            "parameter with a plausible range",
            name,
            known,
            origin=tree.locate(place),
            key=spelled(place),
            otherwise="'diffusion parameters' shows them; write parameters.SECTION.NAME",
        )

    def told(place: KeyPath, message: str, expected: str, suggestion: str) -> InputError:
        return problem(message, tree.locate(place), key=spelled(place), expected=expected, suggestion=suggestion)

    for index, name in enumerate(plan.parameters or ()):
        place: KeyPath = ("parameters", index)
        if name not in known:
            found.append(unknown(place, name))
        elif name in (plan.parameters or ())[:index]:
            found.append(told(place, f"'{name}' stands twice", "different parameters", "remove one of them"))
    for name, bounds in plan.priors.items():
        place = ("priors", name)
        if name not in known:
            found.append(unknown(place, name))
        elif plan.parameters is not None and name not in plan.parameters:
            found.append(told(place, "a prior of what is not varied", "a key listed below 'parameters'", "remove it"))
        elif not bounds.low < bounds.high or not math.isfinite(bounds.high - bounds.low):
            found.append(told(place, f"{bounds.low:g} to {bounds.high:g} is no range", "low below high", "swap them"))
        elif known[name].shape == "log-uniform" and bounds.low < 0:
            found.append(
                told((*place, "low"), "is told in factors, so cannot be below 0", "0 or more", "write low: 0.01")
            )
        elif (fault := _outside(name, bounds)) is not None:
            found.append(told(place, *fault))
    if plan.posterior > _most_draws(plan):
        found.append(
            told(
                ("posterior",),
                f"{plan.chains} chains of {plan.steps} steps give {_most_draws(plan)} draws",
                f"at most {_most_draws(plan)}",
                f"write steps: {10 * math.ceil(plan.posterior / plan.chains)}",
            )
        )
    for key in plan.set:
        if key in known and (plan.parameters is None or key in plan.parameters):
            found.append(
                told(
                    ("set", key),
                    f"'set' fixes {key}, which is varied",
                    "a key in one place",
                    "list 'parameters' without it",
                )
            )
    return found


def _most_draws(plan: Plan) -> int:
    """Return how many draws the chains keep: every fifth of the second half."""
    return plan.chains * (plan.steps // 10)


def _outside(name: str, bounds: Bounds) -> tuple[str, str, str] | None:
    """Return (message, expected, suggestion) where a prior goes beyond what the parameter may be."""
    from diffusion.mechanisms.parameters import Parameters

    _, section, field = name.split(".")
    model = Parameters.model_fields[section].annotation
    for side, value in (("low", bounds.low), ("high", bounds.high)):
        try:
            model.model_validate({field: value})  # type: ignore[union-attr]
        except ValidationError as error:
            return (
                f"{side} {value:g} is nothing that {name} may be",
                str(error.errors()[0]["msg"]),
                "'diffusion parameters' shows the plausible range",
            )
    return None


def check_series(names: tuple[str, ...] | None, known: list[str], file: Path | None) -> None:
    """Raise InputError for an id that no series has."""
    for name in names or ():
        if name not in known:
            raise InputError(
                f"there is no series '{name}'",
                file=file,
                key="series",
                expected="ids that 'diffusion evidence list' shows",
                suggestion=did_you_mean(name, known),
            )
