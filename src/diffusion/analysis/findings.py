"""The findings of ``diffusion analyse``: :func:`measure` takes one history of adoption through all other rooms.

Whatever the data allow is measured: curves and Bass fits (``bass``), groups and hazards (``observed``), clustering,
influence and structure (``networks``). What is left out, and why, is in ``notes``. Nothing is written here: tables and
page are of ``report``, the folder of ``deliver/observed.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np

from diffusion.analysis.bass.cells import Times, times_of, times_of_counts
from diffusion.analysis.bass.censored import fit_bass_ml
from diffusion.analysis.bass.hazard import BassHazard, fit_bass_hazard
from diffusion.analysis.bass.least_squares import NLS_TARGETS, BassFit, fit_bass_nls, fit_bass_ols
from diffusion.analysis.bass.profile import Shape, profile_interval, shape_tests
from diffusion.analysis.networks.clustering import Moran, moran_of_adoption
from diffusion.analysis.networks.exposures import exposure, network_thresholds
from diffusion.analysis.networks.influence import (
    DegreeAndTime,
    Sources,
    degree_and_time,
    infectiousness,
    sources_of_adoption,
    susceptibility,
)
from diffusion.analysis.networks.rewiring import StructureTest, structure_test
from diffusion.analysis.observed.person_period import HazardRegression, PersonPeriod, fit_hazard, person_period_table
from diffusion.analysis.observed.reading import Observed
from diffusion.analysis.observed.ties import Ties
from diffusion.analysis.observed.times import (
    Adoption,
    Curve,
    LogRank,
    adopter_classes,
    adoption_curve,
    adoption_table,
    log_rank,
)
from diffusion.arrays import Floats
from diffusion.progress import Report, silent

T = TypeVar("T")

#: Groups with fewer adopters get no Bass curve of their own.
LEAST_ADOPTERS_FOR_BASS = 8
#: Regressions need so many adoptions for every parameter.
LEAST_ADOPTIONS_PER_TERM = 5
#: Draws of a test times ties times periods; networks with more ties than MOST_REWIRED are not rewired.
MOST_WORK, MOST_REWIRED = 2e9, 200_000
#: Counts out of a larger population get no hazards.
MOST_EXPANDED = 100_000
#: A comparison of more groups than this is a table, not a set of curves.
MOST_CURVES = 4


@dataclass(frozen=True, eq=False)
class Options:
    """Lag of exposure in periods, number of draws of each test, their seed, and the origin of Bass curves (the period
    before the first possible adoption; None: the period before the first adoption seen)."""

    lag: int = 1
    draws: int = 499
    seed: int = 1
    origin: int | None = None


class Comparison(NamedTuple):
    """Groups of one column: the log-rank test, curves and Bass fits by group, and whether one Bass curve does for all:
    2 (sum of l - l of all together) as chi-squared with ``bass_df`` degrees of freedom."""

    column: str
    test: LogRank
    curves: dict[str, Curve]
    bass: dict[str, BassFit]
    bass_chi2: float
    bass_df: int
    bass_p_value: float


class LayerFindings(NamedTuple):
    """Measures of one layer of ties; arrays [N] in the order of the adoption table."""

    ties: Ties
    moran: Moran
    tests: tuple[StructureTest, ...]
    threshold: Floats
    threshold_lagged: Floats
    exposure: Floats
    infectiousness: Floats
    susceptibility: Floats
    sources: Sources
    degree: tuple[DegreeAndTime, ...]


@dataclass(frozen=True, eq=False)
class Findings:
    """All that was measured of one innovation; parts that the data do not allow are None or empty, ``notes`` why.

    ``counts`` are new adopters in the intervals that end with ``observed.marks``.
    """

    observed: Observed
    options: Options
    curve: Curve | None
    counts: Floats
    origin: int
    classes: tuple[str, ...]
    bass: dict[str, BassFit]
    profile: dict[str, tuple[float, float]]
    comparisons: tuple[Comparison, ...]
    layers: tuple[LayerFindings, ...]
    table: PersonPeriod | None
    hazard: HazardRegression | None
    bass_hazard: BassHazard | None
    shape: Shape | None = None
    notes: tuple[str, ...] = field(default=())


def measure(observed: Observed, options: Options | None = None, progress: Report | None = None) -> Findings:
    """Compute every measure that the data allow; ``progress`` is told how far it is."""
    options, report = options or Options(), progress or silent
    notes = list(observed.notes)
    adoption = observed.adoption
    curve = None if observed.whole is None else adoption_curve(observed.whole)
    if observed.counts is not None and observed.ends is None and observed.population <= MOST_EXPANDED:
        curve = adoption_curve(_expanded(observed))
    counts = observed.counts if adoption is None or curve is None else curve.new.astype(np.float64)
    assert counts is not None
    origin, times = _times(observed, counts, options.origin, notes)
    strata = observed.strata or None
    steps = 2 + len(observed.compare) + len(observed.layers)
    report("Fitting curves", 0, steps)
    bass, profile, shape = _bass_fits(observed, times, counts, origin, notes) if times is not None else ({}, {}, None)
    comparisons: list[Comparison] = []
    layers: list[LayerFindings] = []
    table = hazard = bass_hazard = None
    classes: tuple[str, ...] = ()
    if adoption is not None:
        classes = adopter_classes(adoption)
        for column, labels in observed.compare.items():
            if len({label for label in labels if label}) < 2:
                notes.append(f"{column}: fewer than two groups to compare")
                continue
            report("Comparing groups", 1 + len(comparisons), steps)
            comparisons.append(_compare(column, adoption, labels, origin, notes))
        for ties in observed.layers:
            if not len(ties.source):
                notes.append(f"network {ties.name}: no ties among these organisations")
                continue
            report("Testing networks", 1 + len(comparisons) + len(layers), steps)
            if len(ties.source) and ties.name in observed.left_out:
                out, of = observed.left_out[ties.name]
                notes.append(f"network {ties.name}: {out} of {of} ties lead outside the table and are left out")
            layers.append(_measure_layer(adoption, ties, options, notes, strata))
        report("Regressing hazards", steps - 1, steps)
        exposures = {layer.ties.name: layer.exposure for layer in layers}
        table = person_period_table(adoption, exposures, observed.covariates)
        if table.exposure or table.covariates:
            hazard = _or_note(partial(_fit_effects, table, strata), "hazard regression", notes)
        bass_hazard = _or_note(lambda: _fit_own_hazard(observed, table, notes), "p, q and beta", notes)
    report("Done", steps, steps)
    return Findings(
        observed,
        options,
        curve,
        counts,
        origin,
        classes,
        bass,
        profile,
        tuple(comparisons),
        tuple(layers),
        table,
        hazard,
        bass_hazard,
        shape,
        tuple(notes),
    )


def _or_note(make: Callable[[], T], what: str, notes: list[str]) -> T | None:
    try:
        return make()
    except ValueError as error:
        notes.append(f"{what}: not possible, {error}")
        return None


def _times(observed: Observed, counts: Floats, origin: int | None, notes: list[str]) -> tuple[int, Times | None]:
    """The origin of Bass curves and the cells of their likelihood."""
    seen = np.flatnonzero(counts)
    if not len(seen):
        notes.append("nobody was seen to adopt: no curve can be fitted")
        return observed.first - 1, None
    if origin is None and observed.before:
        origin = observed.first - 1
        notes.append("the curve's time runs from the beginning of observation, with those adopters who were there")
    elif origin is None:
        origin = int(np.concatenate([[observed.first - 1], observed.marks])[seen[0]])
        notes.append("the curve's time runs from the period before the first adoption seen; p depends on that")
    if (whole := observed.whole) is not None:
        return origin, _or_note(lambda: times_of(whole, origin), "Bass curve", notes)
    known = None if np.isnan(observed.population) else observed.population
    since = float(observed.first - 1 - origin)
    chosen = observed.marks > origin
    return origin, times_of_counts(
        counts[chosen],
        known,
        ends=(observed.marks - origin)[chosen].astype(np.float64),
        already=observed.before,
        already_since=max(since, 0.0),
    )


def _expanded(observed: Observed) -> Adoption:
    """Counts out of a known population as a table of anonymous organisations."""
    assert observed.counts is not None
    number = np.rint(observed.counts).astype(int)
    times = np.repeat(np.arange(observed.first, observed.last + 1, dtype=np.float64), number)
    before = int(observed.before)
    rest = max(0, int(observed.population) - len(times) - before)
    already = np.zeros(before + len(times) + rest, dtype=bool)
    already[:before] = True
    return adoption_table(
        [str(i) for i in range(len(already))],
        np.concatenate([np.full(before, np.nan), times, np.full(rest, np.nan)]),
        observed.first,
        observed.last,
        already=already,
    )


def _bass_fits(
    observed: Observed, times: Times, counts: Floats, origin: int, notes: list[str]
) -> tuple[dict[str, BassFit], dict[str, tuple[float, float]], Shape | None]:
    """Right-censored likelihood with free and full market, the least-squares fits, profile intervals, and tests."""
    fits: dict[str, BassFit] = {}
    censored = _or_note(lambda: fit_bass_ml(times), "Bass curve by maximum likelihood", notes)
    profile: dict[str, tuple[float, float]] = {}
    shape = None
    if censored is not None:
        fits["censored"] = censored
        for name in ("p", "q", "m" if times.conditional else "c"):
            found = _or_note(partial(profile_interval, times, name, censored), f"interval of {name}", notes)
            if found is not None:
                profile[name] = found
        shape = _or_note(lambda: shape_tests(times, censored), "tests of the curve's shape", notes)
    since = max(observed.first - 1 - origin, 0)
    chosen = observed.marks > origin
    counts, ends = counts[chosen], (observed.marks - origin)[chosen].astype(np.float64)
    if not times.conditional:
        full = _or_note(lambda: fit_bass_ml(times, 1.0), "Bass curve with the full market", notes)
        if full is not None:
            fits["full market"] = _with_profiles(times, full, notes)
        naive_times = times_of_counts(counts, times.adopters, ends=ends, already=observed.before, already_since=since)
        naive = _or_note(lambda: fit_bass_ml(naive_times, 1.0), "uncensored fit", notes)
        if naive is not None:
            fits["uncensored"] = _with_profiles(naive_times, naive, notes)
    fits |= _least_squares(observed, times, counts, ends, since, notes)
    return fits, profile, shape


def _with_profiles(times: Times, fit: BassFit, notes: list[str]) -> BassFit:
    """A fit of the full market with profile intervals: where little is seen, Wald's have no sane end."""
    low, high = dict(fit.low95), dict(fit.high95)
    for name in ("p", "q"):
        found = _or_note(partial(profile_interval, times, name, fit, 1.0), f"interval of {name}", notes)
        if found is not None:
            low[name], high[name] = found
    return replace(fit, low95=low, high95=high)


def _least_squares(
    observed: Observed, times: Times, counts: Floats, ends: Floats, since: int, notes: list[str]
) -> dict[str, BassFit]:
    """The fits by least squares, none with a market above the population: that is then taken as given."""
    before = times.already
    if since and observed.before:  # they adopted between a known launch and the first period: one interval more
        counts, ends = np.append(observed.before, counts), np.append(float(since), ends)
    elif since:  # periods between a known launch and the first, without adopters
        counts, ends = np.append(np.zeros(since), counts), np.append(np.arange(1.0, since + 1), ends)
    fits: dict[str, BassFit] = {}
    for target in NLS_TARGETS:
        single = np.all(np.diff(np.append(0.0, ends)) == 1)
        if target == "density" and not single:
            notes.append("least squares (density): only for counts of single periods")
            continue
        fit = _or_note(
            partial(fit_bass_nls, counts, target, before=before, ends=ends), f"least squares ({target})", notes
        )
        if fit is None or fit.market > observed.population:
            held = partial(fit_bass_nls, counts, target, observed.population, before=before, ends=ends)
            fit = None if np.isnan(observed.population) else _or_note(held, f"least squares ({target})", notes)
            if fit is not None:
                notes.append(f"least squares ({target}): the market, not found below it, is taken as the population")
        if fit is not None:
            fits[target] = fit
    if not np.all(np.diff(np.append(0.0, ends)) == 1):
        notes.append("regression of Bass (1969): only for counts of single periods")
        return fits
    ols = _or_note(partial(fit_bass_ols, counts, before), "least squares (ols)", notes)
    if ols is not None and ols.market > observed.population:
        notes.append("regression of Bass (1969): its market is larger than the population, and it is left out")
    elif ols is not None:
        fits["ols"] = ols
    return fits


def _compare(column: str, adoption: Adoption, labels: tuple[str, ...], origin: int, notes: list[str]) -> Comparison:
    from scipy.stats import chi2

    known = np.array([label != "" for label in labels])
    chosen = adoption.select(known)
    groups = [label for label in labels if label]
    test = log_rank(chosen, groups)
    curves: dict[str, Curve] = {}
    fits: dict[str, BassFit] = {}
    for name in test.groups:
        part = chosen.select(np.array(groups) == name)
        curves[name] = adoption_curve(part)
        if len(test.groups) <= MOST_CURVES and int(part.event.sum()) >= LEAST_ADOPTERS_FOR_BASS:
            fit = _or_note(partial(_fit_part, part, origin), f"Bass curve of {column} = {name}", notes)
            if fit is not None:
                fits[name] = fit
    ratio, freedom, p_value = float("nan"), 0, float("nan")
    if len(fits) > 1:
        pooled_rows = chosen.select(np.isin(groups, list(fits)))
        pooled = _or_note(lambda: fit_bass_ml(times_of(pooled_rows, origin)), f"one Bass curve for {column}", notes)
        if pooled is not None:
            ratio = 2 * (sum(fit.log_likelihood for fit in fits.values()) - pooled.log_likelihood)
            freedom = 3 * (len(fits) - 1)
            p_value = float(chi2.sf(max(ratio, 0.0), freedom))
    return Comparison(column, test, curves, fits, ratio, freedom, p_value)


def _fit_part(adoption: Adoption, origin: int) -> BassFit:
    return fit_bass_ml(times_of(adoption, origin))


def _measure_layer(
    adoption: Adoption, ties: Ties, options: Options, notes: list[str], strata: tuple[str, ...] | None
) -> LayerFindings:
    seed, draws = options.seed, options.draws
    possible = max(99, int(MOST_WORK // max(1, len(ties.source) * len(adoption.periods))))
    if possible < draws:
        notes.append(f"network {ties.name}: {possible} draws instead of {draws}, for its {len(ties.source):,} ties")
        draws = possible
    nulls = ("permuted", "rewired") if len(ties.source) <= MOST_REWIRED else ("permuted",)
    if strata is not None:  # rewired ties would leave their stratum
        nulls = ("permuted",)
        notes.append(f"network {ties.name}: histories are dealt out within strata; ties are not rewired")
        if ties.group is not None and _within(ties, strata):
            notes.append(
                f"network {ties.name}: all ties of all members of a stratum are the same, so that dealing "
                "out within strata can show nothing"
            )
    elif len(nulls) == 1:
        notes.append(f"network {ties.name}: not rewired, for its {len(ties.source):,} ties")
    degrees = [("number looked to", ties.out_degree)]
    if ties.directed:
        degrees.append(("number who look to it", ties.in_degree))
    return LayerFindings(
        ties,
        moran_of_adoption(adoption, ties, seed, draws, strata),
        tuple(structure_test(adoption, ties, seed, draws, null, strata=strata) for null in nulls),
        network_thresholds(adoption, ties),
        network_thresholds(adoption, ties, 1),
        exposure(adoption, ties, options.lag, none_before=True),
        infectiousness(adoption, ties, normalise=False),
        susceptibility(adoption, ties, normalise=False),
        sources_of_adoption(adoption, ties),
        tuple(degree_and_time(adoption, degree, name, seed, draws) for name, degree in degrees),
    )


def _within(ties: Ties, strata: tuple[str, ...]) -> bool:
    """Whether complete groups are the strata themselves, or unions of them."""
    assert ties.group is not None
    group_of = {label: {int(g) for g, own in zip(ties.group, strata) if own == label} for label in set(strata)}
    return all(len(groups) == 1 for groups in group_of.values())


def _fit_effects(table: PersonPeriod, strata: tuple[str, ...] | None = None) -> HazardRegression:
    """The hazard regression with as much of a baseline as the adoptions can bear."""
    terms, events = len(table.exposure) + len(table.covariates), int(table.event.sum())
    if events < LEAST_ADOPTIONS_PER_TERM * (1 + terms):
        raise ValueError(f"{events} adoptions are too few for {terms} terms")
    if strata is not None:
        return fit_hazard(table, baseline="periods", strata=strata, cluster=strata)
    return fit_hazard(table, baseline="quadratic" if events >= 2 * LEAST_ADOPTIONS_PER_TERM * (3 + terms) else "linear")


def _fit_own_hazard(observed: Observed, table: PersonPeriod, notes: list[str]) -> BassHazard:
    """The model's hazard with exposure to all others and to every layer beside it, covariates centred.

    Those outside the table have neither ties nor covariates: with them, exposure to all is all there is.
    """
    adoption = observed.whole
    assert adoption is not None
    if observed.others:
        if table.exposure or table.covariates:
            notes.append("p, q and beta: with organisations outside the table, only p and q of all are estimated")
        table = person_period_table(adoption)
    share = adoption.adopters().mean(axis=0)
    before = np.concatenate([[float(adoption.already.mean())], share[:-1]])
    everyone = {"everyone": before[table.period - table.first], **table.exposure}
    if table.event.sum() < 2 * LEAST_ADOPTIONS_PER_TERM:
        raise ValueError(f"{int(table.event.sum())} adoptions are too few")
    centred = {name: values - np.nanmean(values) for name, values in table.covariates.items() if np.nanstd(values) > 0}
    if table.event.sum() < LEAST_ADOPTIONS_PER_TERM * (1 + len(everyone) + len(centred)):
        everyone, centred = {"everyone": everyone["everyone"]}, {}
    own = PersonPeriod(table.codes, table.row, table.period, table.event, everyone, centred, table.first)
    return fit_bass_hazard(own, covariates=tuple(centred))
