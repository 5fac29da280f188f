"""Fellows who go where need is greatest, people who found only at home, and companies that stay: three small agents.

    python examples/fellows_by_need.py

From the command line: put ``agents: {fellow: fellows_by_need:NeedFirst}`` into a scenario file, and run it with
``--python examples/fellows_by_need.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

import diffusion as df
from diffusion.scenario.plugins import use_python_modules

REPLICATES = 8
YEARS = 3


class NeedFirst(df.Fellow):
    """Reaches as many sites as other fellows, but those with most cases first."""

    def choose_sites(self) -> np.ndarray:
        able = self.able_sites
        return able[np.argsort(-self.need[able], kind="stable")][: self.sites_due]


class FoundsAtTeaching(df.ClinicalEntrepreneur):
    """Founds twice as readily where the home trust teaches."""

    def founding_rate(self) -> float:
        return super().founding_rate() * (2.0 if self.home.teaching else 1.0)


class StaysWithUsers(df.Company):
    """Leaves the UK market only while nobody uses its product."""

    def exit_rate(self) -> float:
        return super().exit_rate() if self.adopters == 0 else 0.0


def compare_fellows() -> None:
    """Compare fellows as they are and fellows who choose by need, on the same draws."""
    module = Path(__file__).stem
    start = {"months": 12 * YEARS, "levers.accelerator.start": "2015-07"}
    ordinary = df.load("baseline+accelerator").changed(start)
    by_need = ordinary.changed({"agents.fellow": f"{module}:NeedFirst"})
    before, after = df.compare([ordinary, by_need], replicates=REPLICATES)
    fellows = np.array([cohort == "nia-2015" for cohort in before.world.innovations.cohort])
    print(f"After {YEARS} years, mean of {REPLICATES} replicates: as they are, by need, paired difference (SE)")
    measures: dict[str, Callable[[df.Results], np.ndarray]] = {
        "adopters of the fellows' innovations": lambda r: r.stage_by_innovation[:, -1, 5:7][:, :, fellows].sum((1, 2)),
        "patients benefiting a month": lambda r: r.monthly["patients_benefiting"][:, -1],
    }
    for name, values in measures.items():
        first, second = values(before), values(after)
        change = second - first
        error = change.std(ddof=1) / REPLICATES**0.5
        print(f"  {name:38} {first.mean():8,.0f} {second.mean():8,.0f} {change.mean():+8,.0f} ({error:,.0f})")


def look_at_agents() -> None:
    """Let all three kinds decide in one replicate and look at them as Mesa agents."""
    agents = {"fellow": NeedFirst, "entrepreneur": FoundsAtTeaching, "company": StaysWithUsers}
    settings = {"months": 48, "levers.accelerator.start": "2015-07", "levers.clinical-entrepreneurs.start": "2015-09"}
    scenario = df.load("clinical-entrepreneurs+accelerator").changed(settings)
    model = df.DiffusionModel(scenario, agents=agents).run(until=9)
    fellow = max(model.fellows, key=lambda fellow: fellow.n_using)
    print(
        f"In {model.date} the fellow for {fellow.innovation} has reached {fellow.n_reached} sites; "
        f"{fellow.n_using} of them use it"
    )
    model.run()
    people = model.agents.select(agent_type=df.ClinicalEntrepreneur)
    founders = people.select(lambda person: person.founder)
    print(f"In {model.date} there are {len(founders)} founders and {len(model.companies)} companies:")
    for status in ("in UK", "abroad"):
        there = [company for company in model.companies if company.status == status]
        print(f"  {len(there)} {status}, {sum(company.adopters > 0 for company in there)} of them with adopters")
    ties = model.mentor_frame()
    print(f"{len(ties)} entrepreneurs have a mentor, {(ties.kind == 'industry').sum()} of them in industry")


def main() -> None:
    """Run both parts."""
    use_python_modules([__file__])  # scenarios name classes; code is loaded only where a user says so
    compare_fellows()
    look_at_agents()


if __name__ == "__main__":
    main()
