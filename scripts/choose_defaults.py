"""Choose the draw of the packaged posterior that stands for it: ``python scripts/choose_defaults.py [--write]``.

A parameter is taken from the draw where the evidence taught something of it: at least a tenth of its prior's spread is
gone. All others keep their defaults, which nothing has moved. Of the draws that meet the patterns so, the nearest to
the medians is taken, with every value rounded to two figures. Meeting them is what is asked of the posterior itself:
of all families of evidence at least 80 % inside their 80 % interval and none outside 95 %, the interval being that of
chance and of an error of observation, with traits of innovations drawn as for any other innovation.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Floats
from diffusion.calibration.evidence_world import evidence_scenario
from diffusion.calibration.fit.checks import Tally, predicted_by_runs, tally
from diffusion.calibration.fit.targets import said, targets
from diffusion.calibration.predicted import places, predict
from diffusion.ensemble.posterior import Posterior, packaged_posterior
from diffusion.ensemble.priors import priors
from diffusion.evidence.reading import packaged_evidence
from diffusion.mechanisms.parameters import all_parameters

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "defaults.md"
BEGIN, END = "<!-- chosen: begin -->", "<!-- chosen: end -->"
#: of the prior's standard deviation, where a parameter counts as learnt
MOST_LEFT = 0.9
#: what stood there before, set by hand from sources and for plausible runs
BY_HAND = {
    "capacity.wte_per_size": 6.0,
    "awareness.push_per_month": 0.03,
    "early_use.share": 0.01,
    "heterogeneity.push_sd": 0.8,
    "triage.push_per_month": 0.04,
    "relevance.log_odds": 1.0,
    "awareness.mandate_per_month": 0.5,
    "abandonment.shape": 0.6,
    "attributes.risk_aversion_median": 0.5,
    "abandonment.monitoring_ended": 1.5,
    "abandonment.scale_per_month": 0.012,
    "rollout.progress_ratio": 0.85,
    "evaluation.intercept": -0.2,
}
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


def values_of(posterior: Posterior, draw: int, keys: Sequence[str]) -> dict[str, float]:
    """Return a draw's values of some parameters, rounded to two figures."""
    return {key: float(f"{posterior.columns[key][draw]:.2g}") for key in keys}


class Met(NamedTuple):
    """How many patterns the defaults meet with some values, and which points are outside 80 %."""

    tally: Tally
    missed: list[str]

    @property
    def enough(self) -> bool:
        t = self.tally
        return bool(t.families80 >= 0.8 * t.families and t.families95 == t.families)

    def __str__(self) -> str:
        t = self.tally
        return (
            f"{t.inside80} of {t.targets} points and {t.families80} of {t.families} families inside 80 %, "
            f"{t.families95} inside 95 %; outside 80 %: {'; '.join(self.missed)}"
        )


def met(values: Mapping[str, object]) -> Met:
    """Return how many patterns the defaults would meet with these values."""
    evidence = packaged_evidence()
    says = predict(evidence, dict(values), REPLICATES)
    column = {place.label: n for n, place in enumerate(places(evidence))}
    wanted = [target for target in targets(evidence, evidence_scenario(evidence)) if target.kind != "gap"]
    each = [said(target, says[None, :, column[target.label]]) for target in wanted]
    found = predicted_by_runs(wanted, each, None, seed=2)
    missed = [item.target.label + ("" if item.inside95 else " (outside 95 %)") for item in found if not item.inside80]
    return Met(tally(found), missed)


def chosen_draw(posterior: Posterior, keys: list[str]) -> int:
    """Return the number of the draw; prints what is tried. Raises SystemExit where none meets the patterns."""
    far = distances(posterior, keys)
    for draw in np.argsort(far, kind="stable")[:TRIED].tolist():
        how = met(values_of(posterior, draw, keys))
        print(f"draw {draw}: distance {far[draw]:.2f}; {how}", flush=True)
        if how.enough:
            return int(draw)
    raise SystemExit("no draw meets the patterns")


def markdown(posterior: Posterior, draw: int, keys: list[str]) -> str:
    """Return the table of what moved."""
    shapes = {prior.key: prior for prior in priors()}
    heads = "| parameter | by hand | now | posterior, middle 80 % | draws below it | prior, middle 80 % | learnt |"
    lines = [heads, "|---|---|---|---|---|---|---|"]
    for key, value in values_of(posterior, draw, keys).items():
        after = np.quantile(posterior.columns[key], (0.1, 0.5, 0.9))
        before = shapes[key].quantile(np.array((0.1, 0.5, 0.9)))
        learnt = 100 * (1 - posterior.facts["spread"][key])
        spans = [f"{middle:.2g} ({low:.2g} to {high:.2g})" for low, middle, high in (after, before)]
        name = key.removeprefix("parameters.")
        hand = f"{BY_HAND[name]:g}" if name in BY_HAND else ""
        below = f"{100 * np.mean(posterior.columns[key] < value):.0f} %"
        lines.append(f"| `{name}` | {hand} | {value:g} | {spans[0]} | {below} | {spans[1]} | {learnt:.0f} % |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/defaults.md")
    options = parser.parse_args()
    posterior = packaged_posterior()
    assert posterior is not None
    keys = learnt(posterior)
    by_hand = met({f"parameters.{name}": value for name, value in BY_HAND.items()})
    print(f"by hand: {by_hand}")
    draw = chosen_draw(posterior, keys)
    now = {f"parameters.{row.section}.{row.name}": row.default for row in all_parameters()}
    for key, value in values_of(posterior, draw, keys).items():
        if now[key] != value:
            print(f"{key} is {now[key]:g}, not {value:g}")
    text = markdown(posterior, draw, keys)
    print(text)
    if options.write:
        before, rest = DOCUMENT.read_text().split(BEGIN)
        far = distances(posterior, keys)
        place = int((far < far[draw]).sum()) + 1
        words = (
            f"Draw {draw} of {len(posterior)}, number {place} by distance from the medians, the first that meets "
            f"the patterns: {met(values_of(posterior, draw, keys))}. By hand: {by_hand}."
        )
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n\n{words}\n{END}{rest.split(END)[1]}")


if __name__ == "__main__":
    main()
