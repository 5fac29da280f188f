"""The model held against all evidence: one run of the evidence world, and everything that the page says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diffusion.calibration.comparison import Compared, Tally, compare_points, series_in_order, tally
from diffusion.calibration.curves import Curves, follow
from diffusion.calibration.summaries import PortfolioReach, Speed, Summary, portfolio_reach, speeds, summaries
from diffusion.calibration.who_first import WhoFirst, who_first
from diffusion.ensemble.posterior import Posterior
from diffusion.evidence.reading import NamedSeries
from diffusion.progress import Report, silent


@dataclass(frozen=True)
class Validation:
    """What was run, and how it compares with what was observed; misses first."""

    evidence: tuple[NamedSeries, ...]  # in the order of their worst points
    replicates: int
    seed: int
    draws: int
    settings: Mapping[str, object]
    curves: Curves
    compared: tuple[Compared, ...]
    fitted: Tally
    shown: Tally
    summaries: tuple[Summary, ...]
    speeds: tuple[Speed, ...]
    reach: tuple[PortfolioReach, ...]
    who_first: tuple[WhoFirst, ...]
    from_posterior: bool = False

    @property
    def effects(self) -> list[Compared]:
        """The points that are effects of levers."""
        return [item for item in self.compared if item.place.point.effect is not None]


def validate(
    evidence: Sequence[NamedSeries],
    settings: Mapping[str, object] | None = None,
    replicates: int = 100,
    seed: int = 1,
    draws: int = 0,
    jobs: int | None = None,
    report: Report = silent,
    posterior: Posterior | None = None,
) -> Validation:
    """Run all series in one world and compare; parameters as in :func:`follow`."""
    curves = follow(evidence, settings, replicates, seed, draws, jobs, report, posterior)
    compared = compare_points(evidence, curves)
    order = series_in_order(compared)
    place = {item.id: n for n, item in enumerate(order)}
    return Validation(
        tuple(order),
        replicates,
        seed,
        draws,
        dict(settings or {}),
        curves,
        tuple(compared),
        tally(compared, True),
        tally(compared, False),
        tuple(sorted(summaries(curves), key=lambda item: place[item.track.item.id])),
        tuple(sorted(speeds(curves), key=lambda item: place[item.track.item.id])),
        tuple(portfolio_reach(curves)),
        tuple(who_first(evidence, curves)),
        posterior is not None and draws > 0,
    )
