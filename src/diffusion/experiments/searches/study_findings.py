"""What a study of the parameters says of the options, from the folder of its sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diffusion.analysis.economics.acceptability import Acceptability, acceptability, net_benefit
from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.outcomes import MAIN_OUTCOME
from diffusion.analysis.uncertainty.draws import Study, complete
from diffusion.analysis.uncertainty.smooth import MINIMUM_DRAWS
from diffusion.analysis.uncertainty.switching import Switch, switching_values
from diffusion.analysis.uncertainty.value_of_information import Bounds, clear_among, evpi_bounds, evppi_by_parameter
from diffusion.errors import InputError
from diffusion.experiments.searches.sensitivity import read_cube
from diffusion.experiments.study.bound_factors import axes_of
from diffusion.experiments.sweep.folder import open_sweep
from diffusion.experiments.sweep.read import rows_of
from diffusion.experiments.sweep.verify import check_stored

EFFECT, VALUE = "patients_benefiting_total", "system_npv_gbp"
#: What an extra patient may be worth in GBP in the curves; health is not valued in the model.
WORTH_GBP = np.linspace(0.0, 1_000.0, 41)


@dataclass(frozen=True)
class Findings:
    """What a study says: options by draw, value of information in GBP of net present value, switches.

    ``labels`` name the factors, ``starts`` are their defaults. ``curves`` and ``evpi_by_worth`` are over WORTH_GBP.
    ``switches`` hold (option, other, factor, switch) in the main outcome.
    """

    study: Study
    labels: Mapping[str, str]
    starts: Mapping[str, float]
    curves: Acceptability
    evpi: Bounds
    evpi_by_worth: tuple[Bounds, ...]
    evppi: Mapping[str, Estimate]
    switches: tuple[tuple[str, str, str, Switch], ...]

    @property
    def tried(self) -> int:
        return len(self.evppi)

    def clear(self, name: str) -> bool:
        """Whether a value of knowing this parameter may be claimed among so many."""
        return clear_among(self.evppi[name], self.tried)


def read_findings(folder: Path, accept_altered: bool = False) -> tuple[Findings, list[str]]:
    """Return what the sweep in ``folder`` says, and what in it is not as it was written, a phrase each.

    Raises
    ------
    InputError
        If there is no sweep, an outcome is missing, too few draws are complete, there is nothing to compare, or files
        are not as they were written and that is not accepted.
    """
    sweep = open_sweep(folder, accept_altered)
    design = sweep.design
    needed = (MAIN_OUTCOME, EFFECT, VALUE)
    if missing := [name for name in needed if name not in design.study.outcomes]:
        raise InputError(
            f"the study does not keep the outcome '{missing[0]}'",
            file=folder,
            key="--study",
            expected=f"a study with the outcomes {', '.join(needed)}",
            suggestion="for example: diffusion sweep run uncertainty, then --study results/uncertainty",
        )
    if len(design.scenarios) < 2:
        raise InputError(
            "the study has one scenario",
            file=folder,
            key="--study",
            expected="two or more to choose from",
            suggestion="for example: diffusion sweep run uncertainty, then --study results/uncertainty",
        )
    factors, labels, starts = {}, {}, {}
    for axis in axes_of(design.study):
        column = design.draws.column(axis.name).to_pylist()
        if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in column):
            continue
        factors[axis.name] = np.array(column, dtype=np.float64)
        labels[axis.name] = _factor_words(axis.name, axis.label) + (f", {axis.unit}" if axis.unit else "")
        value = 1.0 if axis.spec.multiply else axis.info.value
        starts[axis.name] = float(value) if isinstance(value, int | float) else float(np.median(factors[axis.name]))
    altered = check_stored(sweep)
    try:
        study = complete(design.scenarios, factors, read_cube(design, rows_of(sweep), needed))
    except ValueError as error:
        raise InputError(
            str(error),
            file=folder,
            key="--study",
            expected="a sweep with complete draws",
            suggestion=f"go on with it: diffusion sweep run {folder}",
        ) from None
    if study.draws < MINIMUM_DRAWS:
        raise InputError(
            f"{study.draws} draws are complete",
            file=folder,
            key="--study",
            expected=f"at least {MINIMUM_DRAWS}",
            suggestion="let the sweep finish, or raise the draws of the study and run it into another folder",
        )
    return findings(study, labels, starts), altered


def _factor_words(name: str, label: str) -> str:
    """Return a factor's name; a lever's strength by the lever it is of."""
    parts = name.split(".")
    if parts[0] == "levers" and parts[-1] == "strength":
        return f"strength of {parts[1].replace('-', ' ')}"
    return label


def findings(study: Study, labels: Mapping[str, str], starts: Mapping[str, float]) -> Findings:
    """Return what a study with the outcomes adopter share, patients and net present value says."""
    value, effect = study.outcomes[VALUE], study.outcomes[EFFECT]
    varied = study.varied()
    curves = acceptability(study.by_draw(EFFECT), -study.by_draw(VALUE), WORTH_GBP)
    by_worth = tuple(evpi_bounds(net_benefit(effect, -value, float(worth))) for worth in WORTH_GBP)
    switches = []
    for option, other in _pairs(study):
        found = switching_values(varied, study.difference(MAIN_OUTCOME, option, other), starts)
        switches += [(option, other, name, switch) for name, switch in found.items() if switch.switches]
    return Findings(
        study,
        labels,
        starts,
        curves,
        by_worth[0],
        by_worth,
        evppi_by_parameter(study.by_draw(VALUE), varied),
        tuple(switches),
    )


def _pairs(study: Study) -> list[tuple[str, str]]:
    """Return every option against the first, and the best of the main outcome against the second best."""
    means = study.by_draw(MAIN_OUTCOME).mean(axis=1)
    order = [study.scenarios[i] for i in np.argsort(-means, kind="stable")]
    pairs = [(name, study.scenarios[0]) for name in study.scenarios[1:]]
    top = (order[0], order[1])
    return pairs if top in pairs or top[::-1] in pairs else [*pairs, top]
