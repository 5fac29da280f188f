"""Equity and variation between trusts: gaps, slopes, what groups explain, and who stays behind.

Shares are adopted over eligible innovations by trust, [R, N]. Every measure is one number per replicate, so that
differences between scenarios stay paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from diffusion.analysis.results.groups import adopter_share_by_trust, portfolio, there_at_end
from diffusion.analysis.results.outcomes import Outcome
from diffusion.analysis.results.ranks import ridit
from diffusion.analysis.results.tables import ResultTables
from diffusion.arrays import Floats, Longs

#: The share of trusts, lowest first, that count as laggards in a run.
LAGGARD_SHARE = 0.10
_gap = partial(Outcome, unit="pp", decimals=2)
_part = partial(Outcome, unit="%", decimals=1, change_unit="pp")
#: Gaps and slopes have no better direction: a gap may close by the leaders' falling back.
EQUITY_OUTCOMES: tuple[Outcome, ...] = (
    _gap(
        "slope_deprivation_pp", "Slope over deprivation, most minus least deprived",
        phrase="the slope of adoption over deprivation",
    ),
    _gap(
        "gap_deprivation_pp", "Most deprived fifth minus least deprived fifth",
        phrase="the gap between the most and the least deprived fifth",
    ),
    _gap(
        "gap_size_pp", "Largest fifth minus smallest fifth of trusts",
        phrase="the gap between the largest and the smallest fifth of trusts",
    ),
    _gap(
        "spread_trusts_pp", "Trust at the 90th minus trust at the 10th percentile",
        phrase="the spread from the 10th to the 90th percentile of trusts",
    ),
    Outcome(
        "lowest_tenth_pct", "Adopter share of the lowest tenth of trusts", "%", 2, 1, change_unit="pp",
        phrase="adoption in the tenth of trusts that adopt least",
    ),
    _part(
        "between_regions_pct", "Variation between trusts that lies between regions",
        phrase="the part of the variation that lies between regions",
    ),
    _part(
        "between_sectors_pct", "Variation between trusts that lies between sectors",
        phrase="the part of the variation that lies between sectors",
    ),
)  # fmt: skip


def slope_index(share: ArrayLike, attribute: ArrayLike) -> Floats:
    """Return the slope index of inequality, [R]: the fitted share at the top of ``attribute`` minus that at the bottom.

    Least squares of the share on the relative rank of the attribute (Mackenbach and Kunst 1997, Soc Sci Med
    44:757-771), every trust counting alike. ``share`` is [R, N], ``attribute`` [N], higher is e.g. more deprived.
    """
    rank = ridit(attribute)
    centred = rank - rank.mean()
    total = float(centred @ centred)
    if total == 0:
        return np.full(np.shape(share)[0], np.nan)
    return np.asarray(np.asarray(share, dtype=np.float64) @ centred / total)


def fifths(attribute: ArrayLike) -> Longs:
    """Return the fifth 0 (lowest) to 4 (highest) of each value; equal values share a fifth."""
    return np.minimum((ridit(attribute) * 5).astype(np.int64), 4)


def gap_of_fifths(share: ArrayLike, attribute: ArrayLike) -> Floats:
    """Return the mean share of the highest fifth minus that of the lowest, [R]; NaN if either is empty."""
    by_trust, fifth = np.asarray(share, dtype=np.float64), fifths(attribute)
    if not ((fifth == 0).any() and (fifth == 4).any()):
        return np.full(len(by_trust), np.nan)
    return np.asarray(by_trust[:, fifth == 4].mean(axis=1) - by_trust[:, fifth == 0].mean(axis=1))


def between_share(share: ArrayLike, group: ArrayLike) -> Floats:
    """Return the share of the variance over trusts that lies between groups (eta squared), [R].

    Chance alone gives about (G - 1) / (N - 1) for G groups of N trusts; NaN where trusts do not differ.
    """
    by_trust, code = np.asarray(share, dtype=np.float64), np.asarray(group)
    deviation = by_trust - by_trust.mean(axis=1, keepdims=True)
    between = np.zeros(len(by_trust))
    for value in np.unique(code):
        chosen = code == value
        between += chosen.sum() * deviation[:, chosen].mean(axis=1) ** 2
    total = (deviation**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, between / total, np.nan)


def laggard_probability(share: ArrayLike, lowest: float = LAGGARD_SHARE) -> Floats:
    """Return, by trust, the share of replicates in which it is among the ``lowest`` share of trusts, [N].

    Trusts that tie at the threshold share the remaining places, so that the probabilities sum to lowest * N.
    """
    by_trust = np.asarray(share, dtype=np.float64)
    n = by_trust.shape[1]
    places = lowest * n
    ordered = np.sort(by_trust, axis=1)
    edge = ordered[:, min(max(int(np.ceil(places)) - 1, 0), n - 1)][:, None]
    below, at = by_trust < edge, by_trust == edge
    part = (places - below.sum(axis=1)) / at.sum(axis=1)
    return np.asarray((below + at * part[:, None]).mean(axis=0))


def equity_values(tables: ResultTables) -> dict[str, Floats]:
    """Return measure name -> [R] for the measures that these trusts allow, at the end of the run."""
    trusts = tables.world.trusts
    kept = np.asarray(tables.world.eligible[:, portfolio(tables)].any(axis=1))
    share = 100 * adopter_share_by_trust(tables)[:, kept]
    values: dict[str, Floats] = {}
    deprivation, staff = (np.asarray(getattr(trusts, name), np.float64)[kept] for name in ("imd", "staff_fte"))
    if np.isfinite(deprivation).all():
        values["slope_deprivation_pp"] = slope_index(share, deprivation)
        values["gap_deprivation_pp"] = gap_of_fifths(share, deprivation)
    if np.isfinite(staff).all():
        values["gap_size_pp"] = gap_of_fifths(share, staff)
    values["spread_trusts_pp"] = np.quantile(share, 0.9, axis=1) - np.quantile(share, 0.1, axis=1)
    lowest = max(1, round(LAGGARD_SHARE * share.shape[1]))
    values["lowest_tenth_pct"] = np.partition(share, lowest - 1, axis=1)[:, :lowest].mean(axis=1)
    for name, code in (("between_regions_pct", trusts.region), ("between_sectors_pct", trusts.sector)):
        groups = np.asarray(code)[kept]
        if 1 < len(np.unique(groups)) < len(groups):
            values[name] = 100 * between_share(share, groups)
    return {name: row for name, row in values.items() if np.isfinite(row).all()}


def trust_groupings(tables: ResultTables) -> dict[str, tuple[Longs, tuple[str, ...]]]:
    """Return grouping -> (code by trust, group names) for deprivation, size, region, sector and centres."""
    trusts, there = tables.world.trusts, there_at_end(tables)
    found: dict[str, tuple[Longs, tuple[str, ...]]] = {}
    for name, attribute, ends in (
        ("deprivation", trusts.imd, ("least deprived fifth", "most deprived fifth")),
        ("size", trusts.staff_fte, ("smallest fifth", "largest fifth")),
    ):
        if np.isfinite(np.asarray(attribute, np.float64)).all():
            fifth = np.zeros(len(there), dtype=np.int64)
            fifth[there] = fifths(np.asarray(attribute)[there])  # who has closed has no pairs, whatever the fifth
            found[name] = fifth, (ends[0], "second", "third", "fourth", ends[1])
    found["region"] = np.asarray(trusts.region, np.int64), tuple(trusts.region_names)
    found["sector"] = np.asarray(trusts.sector, np.int64), tuple(trusts.sector_names)
    found["centre"] = np.where(trusts.centre_of_excellence, 0, 1), ("centres of excellence", "other trusts")
    return found


def share_of_groups(tables: ResultTables, codes: Longs, groups: Sequence[str]) -> Floats:
    """Return adopters over eligible pairs by group, per cent [R, G]; NaN for a group without eligible pairs."""
    eligible = tables.world.eligible[:, portfolio(tables)].sum(axis=1)
    adopters = tables.adopters_by_trust[:, -1, :]
    columns = []
    for code in range(len(groups)):
        chosen = codes == code
        pairs = int(eligible[chosen].sum())
        columns.append(adopters[:, chosen].sum(axis=1) / pairs if pairs else np.full(len(adopters), np.nan))
    return 100 * np.stack(columns, axis=1)
