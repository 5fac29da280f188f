"""First calibration by hand: what the model gives where programmes reported something, as one table.

``python scripts/calibration.py`` prints the table; ``--write`` puts it into docs/calibration.md; ``--replicates N``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from diffusion.engine.stages import ROLLOUT, SUSTAINED
from diffusion.experiments.running.results import Results
from diffusion.experiments.running.runner import run
from diffusion.levers.base import Lever
from diffusion.levers.registry import lever_class, register
from diffusion.month.simulation import Simulation
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario
from diffusion.world.tables import KINDS

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "calibration.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEED = 1
NEVER_MONTH = 121


@dataclass(frozen=True)
class Target:
    """A row of the table: what was measured, against what is known."""

    what: str
    value: float
    spread: str
    target: str
    met: bool | None = None
    text: str = ""

    @property
    def shown(self) -> str:
        """The value as text."""
        return self.text or f"{self.value:.3g}"


@register
class Incentive(Lever):
    """A class of levers in its pure form: a mandate with the money, or guidance, from the start."""

    name: ClassVar[str] = "calibration-incentive"
    form: str = "guidance"

    def write(self, month: Any, see: Any, terms: Any, own: Any, draws: Any) -> None:
        listed = self.targets.mask(see.world)
        if self.form == "mandate":
            terms.mandate.max(1.0, where=listed)
            terms.upfront_subsidy.max(1.0, where=listed)
            terms.price_agreed.max(1.0, where=listed)
        else:
            terms.triage_push.add(0.5, where=listed)
            terms.burden.mul(0.9, where=listed)


def interval(values: np.ndarray) -> str:
    """Return the 80 % range of ``values`` as text."""
    low, high = np.quantile(values, (0.1, 0.9))
    return f"{low:.3g} to {high:.3g}"


def month_text(month: float) -> str:
    """Return a month of the run as text; those after it are "never"."""
    return "never" if month >= NEVER_MONTH else f"{month:.3g}"


def row(what: str, values: np.ndarray, target: str, within: Callable[[float], bool] | None) -> Target:
    """Return a row from a value per replicate."""
    mean = float(np.mean(values))
    return Target(what, mean, interval(values), target, within(mean) if within is not None else None)


def fellowship(replicates: int) -> list[Target]:
    """Organisations using at least one of the seventeen, with and without the fellowship, and money raised."""
    without = run(load_scenario("baseline", ["months=24"]), replicates, SEED)
    fellows = run(load_scenario("fellowship-first-wave"), replicates, SEED)
    name = "organisations_using_cohort"
    using, alone = fellows.monthly[name], without.monthly[name]
    # other companies raise money too, the same with and without fellows
    raised = (_paid(fellows, "investment") - _paid(without, "investment"))[:, :10].sum(axis=1) / 1e6
    return [
        row(
            "organisations using one of the 17, month 9, with the fellowship",
            using[:, 9],
            "68 ± 20",
            lambda x: 48 <= x <= 88,
        ),
        row("of which sites from the start", using[:, 0], "", None),
        row("the same without it", alone[:, 9], "at most 52", lambda x: x <= 52),
        row("paired difference", using[:, 9] - alone[:, 9], "at least 15", lambda x: x >= 15),
        row(
            "organisations using one of the 17, month 17, with the fellowship",
            using[:, 17],
            "419 of a wider unit, reported",
            None,
        ),
        row("GBP m raised by fellows in nine months", raised, "8, within a factor of 2", lambda x: 4 <= x <= 16),
    ]


def _paid(results: Results, purpose: str) -> np.ndarray:
    column = [flow[0] for flow in results.money_flows].index(purpose)
    return results.money_gbp[:, :, column]


def pilots(replicates: int) -> list[Target]:
    """Share of finished pilots that went on to rollout, by kind."""
    results = run(load_scenario("baseline"), max(8, replicates // 8), SEED, events=True)
    events = results.events_frame()
    kind = dict(zip(results.world.innovations.ids, results.world.innovations.kind))
    events = events[events["from_stage"] == "pilot"]
    events = events.assign(kind=[KINDS[kind[name]] for name in events["innovation"]])
    rows = []
    for name in ("digital", "device", "pathway"):  # drugs need no pilot
        own = events[events["kind"] == name]
        share = own.groupby("replicate")["to_stage"].apply(lambda to: 100.0 * (to == "rollout").mean()).to_numpy()
        target, within = ("28, 15 to 40", lambda x: 15 <= x <= 40) if name == "digital" else ("", None)
        rows.append(row(f"pilots of {name} innovations that scale, %", share, target, within))
    return rows


def lapse(replicates: int) -> list[Target]:
    """Lapse a year among adopters in the two years after monitoring ends."""
    scenario = load_scenario("tariff")
    lever = scenario.levers["best-practice-tariff"]
    results = run(scenario, max(8, replicates // 4), SEED, events=True)
    last = lever.end - scenario.start
    listed = np.flatnonzero(lever.targets.innovation_mask(results.world))
    events = results.events
    assert events is not None
    lapsed = np.isin(events["innovation"], listed) & (events["to_stage"] == 7) & (events["from_stage"] >= ROLLOUT)
    after = lapsed & (events["month"] > last) & (events["month"] <= last + 24)
    adopters = results.stage_by_innovation[:, last : last + 24, (ROLLOUT, SUSTAINED)][..., listed].sum(axis=(1, 2, 3))
    number = np.array([(after & (events["replicate"] == r)).sum() for r in results.replicates])
    return [row("lapse a year after monitoring ends", number / (adopters / 12.0), "at most .12", lambda x: x <= 0.12)]


def returners(replicates: int) -> list[Target]:
    """Share of the first cohort of clinical entrepreneurs that had been outside the NHS."""
    simulation = Simulation(load_scenario("england-2015"))
    block = simulation.open(np.arange(max(8, replicates // 4)), SEED)
    for _ in range(16):
        simulation.step(block)
    people = block.people
    first = people.appointed < 100
    outside = 100.0 * (people.was_outside * first).sum(axis=1) / first.sum(axis=1)
    return [
        row("appointed in the first cohort", first.sum(axis=1), "100", lambda x: 85 <= x <= 110),
        row("of these returners to the NHS, %", outside, "35 to 65", lambda x: 35 <= x <= 65),
    ]


def scenario_of_class(form: str, base: str, listed: list[str]) -> Scenario:
    """Return ``base`` with levers of one class on the listed innovations from the start, for the whole run."""
    scenario = load_scenario(base)
    targets = {"innovations": listed}
    levers: dict[str, Any] = dict(scenario.levers)
    if form == "payment":
        # a national programme: AHSNs devote their support to what is paid for
        network, kind = levers["ahsn-support"], lever_class("best-practice-tariff")
        levers["ahsn-support"] = type(network).model_validate({**dict(network), "targets": targets})
        levers["incentive"] = kind.model_validate({"start": "2015-07", "end": "2025-07", "targets": targets})
    else:
        levers["incentive"] = Incentive(form=form, start="2015-07", targets=targets)  # type: ignore[arg-type]
    return Scenario.model_validate({**dict(scenario), "levers": levers})


def speed(replicates: int) -> list[Target]:
    """Months from launch until half of the trusts with a use have adopted, by class of lever and kind of innovation.

    The median is over replicates and innovations; those that never get there count as later than the last month.
    """
    rows = []
    kinds = {
        "drugs": (["pipeline-drug-a"], 13),
        "devices and digital": (["device-a", "episcissors-60", "mycopd", "nic", "nervecentre", "pneux"], 0),
    }
    classes = (
        ("money plus mandate", "mandate", "no-programmes", "at most 18", lambda x: x <= 18),
        ("network plus payment", "payment", "baseline", "36 to 60", lambda x: 36 <= x <= 60),
        ("guidance only", "guidance", "no-programmes", "120 or never", lambda x: x >= 100),
    )
    for name, form, base, target, within in classes:
        for kind, (listed, live) in kinds.items():
            scenario, number = scenario_of_class(form, base, listed), max(16, replicates)
            results = run(scenario, number, SEED)
            with_use = Simulation(scenario).open(np.arange(number), SEED).units.n_with_use
            mask = np.isin(np.array(results.world.innovations.ids), listed)
            adopters = results.stage_by_innovation[:, :, (ROLLOUT, SUSTAINED)][..., mask].sum(axis=2)
            half = adopters >= 0.5 * with_use[:, None, mask]
            month = np.where(half.any(axis=1), half.argmax(axis=1) - live, NEVER_MONTH)
            never = 100.0 * (month == NEVER_MONTH).mean()
            what = f"months to 50 %, {name}, {kind} (median; never within the run: {never:.0f} %)"
            median = float(np.median(month))
            spread = " to ".join(month_text(at) for at in np.quantile(month, (0.1, 0.9)))
            rows.append(Target(what, median, spread, target, within(median), month_text(median)))
    return rows


def markdown(rows: list[Target], replicates: int) -> str:
    """Return the table."""
    lines = ["| what | mean, or median where said | 80 % of replicates | target | met |", "|---|---|---|---|---|"]
    for item in rows:
        met = {None: "", True: "yes", False: "**no**"}[item.met]
        lines.append(f"| {item.what} | {item.shown} | {item.spread} | {item.target} | {met} |")
    return "\n".join([*lines, "", f"`python scripts/calibration.py --replicates {replicates}`, seed {SEED}."])


def main() -> int:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    rows = [item for part in (fellowship, pilots, lapse, returners, speed) for item in part(chosen.replicates)]
    table = markdown(rows, chosen.replicates)
    print(table)
    if chosen.write:
        text = DOCUMENT.read_text()
        begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
        DOCUMENT.write_text(text[:begin] + "\n" + table + "\n" + text[end:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
