"""What levers do, over draws of all parameters: differences from the baseline two, five and ten years after they begin.

Every draw has its own chance, the same in all scenarios, so a difference is between two runs of one future. Its
variance over draws and futures is split into that of the draws' means, doubt about parameters, and the rest, chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Floats
from diffusion.calibration.fit.waves import OUTCOME, Draw, as_yaml
from diffusion.experiments.study.design import make_design
from diffusion.experiments.study.load import load_study
from diffusion.experiments.sweep.folder import SWEEP_NAME, Sweep, open_sweep, prepare
from diffusion.experiments.sweep.read import read_runs
from diffusion.scenario.load import load_scenario
from diffusion.storage.whole_files import write_whole

BASELINE = "baseline"
#: policies that are compared with the baseline, all from its month of new policies on: label and scenario
POLICIES: dict[str, str] = {
    "best practice tariff": "tariff",
    "test beds": "test-beds",
    "local first": "local-first",
    "AHSNs removed": BASELINE,
    "accelerator": "baseline+accelerator",
    "protected time": "protected-time",
}
#: years after they begin at which they are compared
YEARS: tuple[int, ...] = (2, 5, 10)
#: squared rank correlations that chance alone hardly reaches with hundreds of draws and parameters
_LEAST_TOLD = 0.03
#: the support that AHSNs give, which one policy ends
_SUPPORT = "levers.ahsn-support.end"


def prepare_policies(draws: Sequence[Draw], replicates: int, seed: int, folder: Path) -> Sweep:
    """Write the study of all policies below ``folder``, or find it there, and return its sweep."""
    place = folder / "runs"
    if (place / SWEEP_NAME).exists():
        return open_sweep(place)
    base = load_scenario(BASELINE)
    begin = base.policy_start or base.start
    ids, before = list(base.build_world().innovations.ids), int(begin - base.start)
    keys = list(draws[0])
    written = folder / "study"
    written.mkdir(parents=True, exist_ok=True)
    files = {}
    for number, (label, name) in enumerate({BASELINE: BASELINE, **POLICIES}.items()):
        changes: dict[str, object] = {"months": before + 12 * max(YEARS)}
        if name == BASELINE != label:
            changes[_SUPPORT] = str(begin)
        files[label] = f"policy-{number}.yaml"
        content = {**load_scenario(name).changed(changes).resolved(), "name": f"policy-{number}"}
        write_whole(written / files[label], as_yaml(content))
    study = {
        "title": "Policies over draws of all parameters",
        "scenarios": files,
        "factors": {key: {} for key in keys},
        "design": {"method": "points", "file": "points.csv"},
        "replicates": replicates,
        "seed": seed,
        "chance": "own",
        "outcomes": [OUTCOME],
        "watch": {
            f"year {year}": {"innovations": ids, "quantity": "adopters", "month": before + 12 * year} for year in YEARS
        },
    }
    rows = "\n".join(",".join(repr(draw[key]) for key in keys) for draw in draws)
    write_whole(written / "points.csv", (",".join(keys) + "\n" + rows + "\n").encode())
    write_whole(written / "policies.yaml", as_yaml(study))
    return prepare(make_design(load_study(written / "policies.yaml")), place)


class Effect(NamedTuple):
    """The difference that a policy makes to adopter share, in percentage points, over draws and futures."""

    policy: str
    year: int
    mean: float
    low80: float
    high80: float
    low95: float
    high95: float
    doubt80: tuple[float, float]  # of the draws' expected effects: doubt about parameters, chance taken out
    best: float  # share of draws in whose expected effect it is the best of all policies
    better: float  # share of draws in whose expected effect it is better than the baseline
    by_parameters: float  # share of the variance of one future that is due to parameters


def effects(sweep: Sweep) -> list[Effect]:
    """Return the effects of all policies at all years, from a finished sweep."""
    rows = read_runs(sweep.folder).order("run").df()
    shape = (sweep.design.n_draws, len(sweep.design.scenarios), sweep.design.replicates)
    names = list(sweep.design.scenarios)
    found = []
    for year in YEARS:
        share = 100.0 * rows[f"year {year}"].to_numpy().reshape(shape)
        change = {name: share[:, names.index(name)] - share[:, names.index(BASELINE)] for name in POLICIES}
        found += _of_year(year, change)
    return found


def teaching(sweep: Sweep, names: Sequence[str], policy: str, against: str, most: int = 8) -> list[tuple[str, float]]:
    """Return the parameters that explain most of the variance of ``policy`` less ``against`` between draws.

    Returns (key, squared rank correlation with the draw's mean difference after ten years), the largest first.
    """
    from scipy.stats import rankdata

    rows = read_runs(sweep.folder).order("run").df()
    shape = (sweep.design.n_draws, len(sweep.design.scenarios), sweep.design.replicates)
    share = rows[f"year {max(YEARS)}"].to_numpy().reshape(shape).mean(axis=2)
    scenarios = list(sweep.design.scenarios)
    change = rankdata(share[:, scenarios.index(policy)] - share[:, scenarios.index(against)])
    found = [
        (name, float(np.corrcoef(rankdata(np.asarray(sweep.design.columns[name], dtype=float)), change)[0, 1] ** 2))
        for name in names
    ]
    told = [item for item in found if item[1] >= _LEAST_TOLD]
    return sorted(told, key=lambda item: -item[1])[:most]


def _without_chance(values: Floats) -> tuple[Floats, float, float]:
    """Return (expected effect by draw, variance between draws, variance of chance) of effects, float64[D, R].

    A draw's mean over few runs holds chance; it is drawn towards the mean of all, as far as leaves the variance that
    is due to draws alone.
    """
    means = values.mean(axis=1)
    chance = float(values.var(axis=1, ddof=1).mean()) if values.shape[1] > 1 else 0.0
    seen = float(means.var(ddof=1))
    between = max(0.0, seen - chance / values.shape[1])
    keep = np.sqrt(between / seen) if seen > 0 else 0.0
    return np.asarray(means.mean() + keep * (means - means.mean())), between, chance


def _of_year(year: int, change: Mapping[str, Floats]) -> list[Effect]:
    parts = [_without_chance(values) for values in change.values()]
    means = np.stack([expected for expected, _, _ in parts])
    best = means.argmax(axis=0)
    found = []
    for number, (name, values) in enumerate(change.items()):
        low95, low80, high80, high95 = np.quantile(values, (0.025, 0.1, 0.9, 0.975))
        _, between, chance = parts[number]
        low, high = np.quantile(means[number], (0.1, 0.9))
        found.append(
            Effect(
                name,
                year,
                float(values.mean()),
                float(low80),
                float(high80),
                float(low95),
                float(high95),
                (float(low), float(high)),
                float((best == number).mean()),
                float((means[number] > 0).mean()),
                between / (between + chance) if between + chance > 0 else 0.0,
            )
        )
    return found
