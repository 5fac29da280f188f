"""Tables of observed adoption as columns, one innovation at a time; periods as written in the user's table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diffusion.analysis.findings import Findings
from diffusion.analysis.observed.times import BEFORE, NON_ADOPTER, ROGERS
from diffusion.arrays import Floats
from diffusion.report.evidence_words.observed_words import FITS, layer_credit
from diffusion.storage.table_files import Columns, Labels


def curve_columns(found: Findings) -> Columns:
    """A row per period: new and cumulative adopters; by organisation also at risk, hazard and share."""
    observed = found.observed
    periods = [observed.period_label(p) for p in observed.marks]
    if found.curve is None:
        so_far = observed.before + np.cumsum(found.counts)
        return {"period": periods, "new_adopters": found.counts, "cumulative_adopters": so_far}
    c = found.curve
    return {
        "period": periods,
        "new_adopters": c.new,
        "cumulative_adopters": c.cumulative,
        "at_risk": c.at_risk,
        "hazard": c.hazard,
        "hazard_low95": c.hazard_low95,
        "hazard_high95": c.hazard_high95,
        "share": c.share,
        "share_low95": c.share_low95,
        "share_high95": c.share_high95,
    }


def bass_columns(found: Findings) -> Columns:
    """A row per fit: p and q per period, market, share of the population, intervals, notes."""
    rows = [("all", name, fit) for name, fit in found.bass.items()]
    for comparison in found.comparisons:
        rows += [(f"{comparison.column} = {name}", "censored", fit) for name, fit in comparison.bass.items()]
    columns: Columns = {
        "organisations": [who for who, _, _ in rows],
        "fit": [name for _, name, _ in rows],
        "description": [FITS[name] for _, name, _ in rows],
    }
    for key in ("p", "q", "market"):
        columns[key] = _finite([getattr(fit, key) for _, _, fit in rows])
        short = "m" if key == "market" else key
        for bound in ("low95", "high95"):
            columns[f"{key}_{bound}"] = _finite([getattr(fit, bound).get(short, np.nan) for _, _, fit in rows])
    columns["already_share_of_market"] = np.array([fit.before for _, _, fit in rows])
    columns["share_of_population"] = np.array([fit.market_share for _, _, fit in rows])
    for bound, end in (("low95", 0), ("high95", 1)):
        columns[f"share_of_population_{bound}"] = np.array([getattr(f, bound).get("c", np.nan) for _, _, f in rows])
        for key in ("p", "q", "c", "m"):
            columns[f"{key}_profile_{bound}"] = _finite(
                [
                    found.profile.get(key, (np.nan, np.nan))[end] if (who, name) == ("all", "censored") else np.nan
                    for who, name, _ in rows
                ]
            )
    columns["sum_of_squares"] = np.array([fit.sse for _, _, fit in rows])
    columns["log_likelihood"] = np.array([fit.log_likelihood for _, _, fit in rows])
    columns["notes"] = ["; ".join(fit.notes) for _, _, fit in rows]
    return columns


def _finite(values: list[float] | Floats) -> Floats:
    """Return numbers with blanks where one has no bound: the column of notes says so."""
    array = np.asarray(values, dtype=np.float64)
    return np.where(np.abs(array) < 1e12, array, np.nan)


def organisation_columns(found: Findings) -> Columns:
    """A row per organisation: time, class, degrees, exposure, thresholds, infectiousness, susceptibility by layer."""
    observed, adoption = found.observed, found.observed.adoption
    assert adoption is not None
    columns: Columns = {
        "code": list(adoption.codes),
        "name": list(observed.names or adoption.codes),
        "time": [observed.period_label(t) if seen else "" for t, seen in zip(adoption.time, adoption.event)],
        "from": [observed.period_label(t) for t in adoption.entry],
        "until": [observed.period_label(t) for t in adoption.exit],
        "already": adoption.already.astype(np.int8),
        "class": list(found.classes),
    }
    for layer in found.layers:
        name = layer.ties.name
        columns |= {
            f"{name}_out_degree": layer.ties.out_degree,
            f"{name}_in_degree": layer.ties.in_degree,
            f"{name}_threshold": layer.threshold,
            f"{name}_threshold_lag1": layer.threshold_lagged,
            f"{name}_infectiousness": layer.infectiousness,
            f"{name}_susceptibility": layer.susceptibility,
            f"{name}_credit": layer_credit(layer),
        }
    return columns


def class_columns(found: Findings) -> Columns:
    """A row per class of Rogers: adopters."""
    names = [*ROGERS, NON_ADOPTER, *([BEFORE] if BEFORE in found.classes else [])]
    return {"class": names, "organisations": np.array([found.classes.count(name) for name in names])}


def influence_columns(found: Findings) -> Columns:
    """A row per adoption, layer and earlier adopter it looked to: lag and share of credit."""
    adoption = found.observed.adoption
    assert adoption is not None
    parts = [layer.sources for layer in found.layers]
    sizes = [len(part.adopter) for part in parts]
    rows = np.repeat(np.arange(len(parts), dtype=np.int32), sizes)

    def joined(key: str) -> np.ndarray:
        return np.concatenate([getattr(part, key) for part in parts])

    return {
        "layer": Labels(rows, tuple(layer.ties.name for layer in found.layers)),
        "adopter": Labels(joined("adopter").astype(np.int32), adoption.codes),
        "source": Labels(joined("source").astype(np.int32), adoption.codes),
        "lag": joined("lag"),
        "credit": joined("credit"),
    }


def moran_columns(found: Findings) -> Columns:
    """A row per layer and period: Moran's I, its middle 95 % at random, p value."""
    n = len(found.layers[0].moran.period)
    labels = [found.observed.period_label(p) for p in found.layers[0].moran.period]
    columns: Columns = {
        "layer": [layer.ties.name for layer in found.layers for _ in range(n)],
        "period": labels * len(found.layers),
    }
    for key, name in (
        ("observed", "morans_i"),
        ("low95", "random_low95"),
        ("high95", "random_high95"),
        ("p_value", "p_value"),
    ):
        columns[name] = np.concatenate([getattr(layer.moran, key) for layer in found.layers])
    columns["expected"] = np.repeat([layer.moran.expected for layer in found.layers], n)
    return columns


def test_columns(found: Findings) -> Columns:
    """A row per layer and test of dependence on structure."""
    rows = [(layer.ties.name, test) for layer in found.layers for test in layer.tests]
    columns: Columns = {"layer": [name for name, _ in rows]}
    for key in ("statistic", "null"):
        columns[key] = [getattr(test, key) for _, test in rows]
    for key in ("observed", "mean", "low95", "high95", "p_value", "draws"):
        columns[key] = np.array([getattr(test, key) for _, test in rows])
    return columns


def degree_columns(found: Findings) -> Columns:
    """A row per layer and kind of degree: correlations with time of adoption."""
    rows = [(layer.ties.name, row) for layer in found.layers for row in layer.degree]
    columns: Columns = {"layer": [name for name, _ in rows], "degree": [row.degree for _, row in rows]}
    for key in ("adopters", "pearson", "low95", "high95", "rank", "rank_low95", "rank_high95"):
        columns[key] = np.array([getattr(row, key) for _, row in rows])
    return columns


def group_columns(found: Findings) -> Columns:
    """A row per column compared and group: adoptions observed and expected, test of the column."""
    rows = [(c.column, i, c.test, c) for c in found.comparisons for i in range(len(c.test.groups))]
    columns: Columns = {"column": [r[0] for r in rows], "group": [t.groups[i] for _, i, t, _ in rows]}
    for key in ("organisations", "observed", "expected", "ratio", "low95", "high95"):
        columns[key] = np.array([getattr(t, key)[i] for _, i, t, _ in rows])
    columns["log_rank_chi2"] = np.array([t.chi2 for _, _, t, _ in rows])
    columns["log_rank_df"] = np.array([t.degrees_of_freedom for _, _, t, _ in rows])
    columns["log_rank_p_value"] = np.array([t.p_value for _, _, t, _ in rows])
    columns["one_bass_curve_p_value"] = np.array([c.bass_p_value for _, _, _, c in rows])
    return columns


def hazard_columns(found: Findings) -> Columns:
    """A row per term of the hazard regression."""
    h = found.hazard
    assert h is not None
    columns: Columns = {"term": [("exposure_" if t in h.exposures else "") + t for t in h.terms]}
    for key in ("coefficient", "standard_error", "ratio", "low95", "high95", "p_value"):
        columns[key] = _finite(getattr(h, key))
    return columns


def own_hazard_columns(found: Findings) -> Columns:
    """A row per parameter of rate = (p + sum q x) exp(beta z)."""
    b = found.bass_hazard
    assert b is not None
    return {
        "parameter": list(b.names),
        "value": _finite(b.value),
        "low95": _finite(b.low95),
        "high95": _finite(b.high95),
    }


def person_period_columns(found: Findings) -> Columns:
    """The person-period table, periods as written."""
    assert found.table is not None
    columns = {name: Labels(*v) if isinstance(v, tuple) else v for name, v in found.table.columns().items()}
    span = np.unique(found.table.period)
    codes = np.searchsorted(span, found.table.period).astype(np.int32)
    labels = Labels(codes, tuple(found.observed.period_label(p) for p in span))
    return {**columns, "period": labels}


def table_makers(found: Findings) -> dict[str, Callable[[Findings], Columns]]:
    """Return name -> function that makes the table, for what these findings hold."""
    makers: dict[str, Callable[[Findings], Columns]] = {"curve": curve_columns}
    if found.bass:
        makers["bass"] = bass_columns
    if found.observed.adoption is not None:
        makers |= {
            "organisations": organisation_columns,
            "classes": class_columns,
            "person_period": person_period_columns,
        }
    if found.comparisons:
        makers["groups"] = group_columns
    if found.layers:
        makers |= {
            "influence": influence_columns,
            "clustering": moran_columns,
            "structure_tests": test_columns,
            "degree_and_time": degree_columns,
        }
    if found.hazard is not None:
        makers["hazard_regression"] = hazard_columns
    if found.bass_hazard is not None:
        makers["p_q_beta"] = own_hazard_columns
    return makers
