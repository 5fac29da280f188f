"""Choose the draw of the packaged posterior that stands for it: ``python scripts/choose_defaults.py``.

A parameter is taken from the draw where the evidence taught something of it: at least a tenth of its prior's spread is
gone. All others keep their defaults, which nothing has moved. Of the draws that meet the patterns so, the nearest to
the medians is taken, with every value rounded to two figures. Meeting them is what is asked of the posterior itself:
of all families of evidence at least 80 % inside their 80 % interval and none outside 95 %, the interval being that of
chance and of an error of observation, with traits of innovations drawn as for any other innovation.
"""

from __future__ import annotations

import argparse

import numpy as np

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import evidence_scenario
from diffusion.calibration.fit.checks import Tally, predicted_by_runs, tally
from diffusion.calibration.fit.targets import said, targets
from diffusion.calibration.posterior import Posterior, packaged_posterior
from diffusion.calibration.predicted import places, predict
from diffusion.calibration.priors import priors
from diffusion.evidence.reading import packaged_evidence
from diffusion.mechanisms.parameters import all_parameters

#: of the prior's standard deviation, where a parameter counts as learnt
MOST_LEFT = 0.9
#: draws that are tried, the nearest first, and runs of each
TRIED, REPLICATES = 40, 200


def learnt(posterior: Posterior) -> list[str]:
    """Return the keys of what the evidence taught something of, the most learnt first."""
    spread = posterior.facts["spread"]
    return sorted((key for key in posterior.keys if spread[key] <= MOST_LEFT), key=lambda key: spread[key])


def distances(posterior: Posterior, keys: list[str]) -> Floats:
    """Return float64[D]: mean squared distance of each draw from the medians, in robust standard deviations."""
    total = np.zeros(len(posterior))
    shapes = {prior.key: prior.shape for prior in priors()}
    for key in keys:
        values = posterior.columns[key]
        values = np.log(values) if shapes[key] == "log-uniform" else values
        low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
        total += ((values - middle) / ((high - low) / 2.56)) ** 2
    return np.asarray(total / len(keys))


def values_of(posterior: Posterior, draw: int, keys: list[str]) -> dict[str, float]:
    """Return a draw's values of some parameters, rounded to two figures."""
    return {key: float(f"{posterior.columns[key][draw]:.2g}") for key in keys}


def met(posterior: Posterior, draw: int, keys: list[str]) -> tuple[Tally, list[str]]:
    """Return how many patterns the defaults would meet with a draw's values, and which are outside 80 %."""
    evidence = packaged_evidence()
    settings: dict[str, object] = dict(values_of(posterior, draw, keys)) if draw >= 0 else {}
    says = predict(evidence, settings, REPLICATES, 1)
    column = {place.label: n for n, place in enumerate(places(evidence))}
    wanted = [target for target in targets(evidence, evidence_scenario(evidence)) if target.kind != "gap"]
    found = predicted_by_runs(wanted, [said(target, says[None, :, column[target.label]]) for target in wanted], None, 2)
    missed = [item.target.label + ("" if item.inside95 else " (outside 95 %)") for item in found if not item.inside80]
    return tally(found), missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    posterior = packaged_posterior()
    assert posterior is not None
    keys = learnt(posterior)
    far = distances(posterior, keys)
    chosen = None
    for draw in np.argsort(far, kind="stable")[:TRIED].tolist():
        how, missed = met(posterior, draw, keys)
        good = how.families80 >= 0.8 * how.families and how.families95 == how.families
        print(
            f"draw {draw:3d}: distance {far[draw]:.2f}; {how.inside80} of {how.targets} points and {how.families80} of "
            f"{how.families} families inside 80 %, {how.families95} inside 95 %; outside: {'; '.join(missed)}",
            flush=True,
        )
        if good:
            chosen = draw
            break
    if chosen is None:
        raise SystemExit("no draw meets the patterns")
    now = {f"parameters.{row.section}.{row.name}": row.default for row in all_parameters()}
    print(f"\n| parameter | default now | draw {chosen} | posterior | of its prior's spread |\n|---|---|---|---|---|")
    for key, value in values_of(posterior, chosen, keys).items():
        low, middle, high = np.quantile(posterior.columns[key], (0.1, 0.5, 0.9))
        left = 100 * posterior.facts["spread"][key]
        print(
            f"| `{key.removeprefix('parameters.')}` | {now[key]:.3g} | {value:.2g} | "
            f"{middle:.2g} ({low:.2g} to {high:.2g}) | {left:.0f} % |"
        )


if __name__ == "__main__":
    main()
