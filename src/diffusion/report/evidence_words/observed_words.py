"""Sentences about observed adoption, never stronger than the intervals allow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diffusion.analysis.findings import Comparison, Findings, LayerFindings
from diffusion.analysis.observed.period_forms import Unit
from diffusion.analysis.observed.person_period import HazardRegression
from diffusion.arrays import Floats
from diffusion.engine.calendar import Month
from diffusion.report.words.labels import ACRONYMS, month_name, short_ahsn
from diffusion.report.words.numbers import plain

#: A claim needs a p value below this.
CLEAR = 0.05
#: An interval of adopters that ends above this has no end; of rates and ratios, one above a million.
NO_BOUND = 1e11
#: What each fit of the Bass model is, by its name in the table.
FITS: dict[str, str] = {
    "censored": "maximum likelihood, right-censored",
    "full market": "the same, if everyone adopts in the end",
    "uncensored": "the same, not censored: adopters so far are the market",
    "increments": "least squares on new adopters (Srinivasan & Mason 1986)",
    "density": "least squares on the density",
    "cumulative": "least squares on adopters so far",
    "ols": "regression of Bass (1969)",
}


def words_of(name: str) -> str:
    """Return a column's name as words: ``ahsn`` is AHSN, ``staff_doublings`` staff doublings."""
    return " ".join(ACRONYMS.get(word.lower(), word) for word in name.replace("_", " ").split())


def group_name(column: str, value: str) -> str:
    """Return a group's or layer's name for readers; codes stay as they are."""
    if column == "":
        return ACRONYMS.get(value.lower(), value)
    if value.replace(".", "").isdigit():
        return f"{words_of(column)} {value}"
    return short_ahsn(value) if column == "ahsn" else value.replace("_", " ")


def term_name(name: str, hazard: HazardRegression) -> str:
    """Return a term's name: exposures say what they are."""
    return words_of(name) if name not in hazard.exposures else f"exposure within {words_of(name)} (0 to 1)"


def layer_credit(layer: LayerFindings) -> Floats:
    """Return each organisation's credit in all later adoptions, [N]."""
    return np.asarray(np.bincount(layer.sources.source, layer.sources.credit, layer.ties.n), dtype=np.float64)


def period_name(found: Findings, period: int) -> str:
    """Return ``June 2021``, ``Q3 2019``, ``2019/20`` or ``period 7``."""
    unit = found.observed.period_unit
    if unit is Unit.MONTH:
        return month_name(Month(period))
    return f"period {period}" if unit is Unit.NUMBER else found.observed.period_label(period)


def unit_of(found: Findings) -> str:
    return str(found.observed.period_unit)


def p_text(p: float) -> str:
    """Return ``p = 0.03`` or ``p < 0.001``."""
    return (
        "p unknown"
        if not np.isfinite(p)
        else "p < 0.001"
        if p < 0.001
        else f"p = {p:.3f}"
        if p < 0.1
        else (f"p = {p:.2f}")
    )


def number(value: float) -> str:
    """Return three significant digits, never in powers of ten."""
    if not np.isfinite(value):
        return "–" if np.isnan(value) else "no bound"
    if abs(value) < 1e-6:
        return "0"
    if abs(value) >= 1e6:
        return "over 1 million"
    return plain(value, max(0, 2 - int(np.floor(np.log10(abs(value)))))) if abs(value) < 1000 else plain(value, 0)


def interval(low: float, high: float, show: Callable[[float], str] = number) -> str:
    """Return ``0.01 to 0.02``, ``at least 0.01``, or why there is no interval."""
    if np.isnan(low) or np.isnan(high):
        return "no interval could be found"
    if high >= (1e6 if show is number else NO_BOUND):
        return "cannot be told from these data" if low < 1e-6 else f"at least {show(low)}"
    return f"{show(low)} to {show(high)}"


def profile_interval(found: Findings, name: str) -> str:
    """Return the interval of p or q by profile likelihood, or why there is none."""
    if name in found.profile:
        return interval(*found.profile[name])
    return no_interval(found, name)


def no_interval(found: Findings, name: str) -> str:
    """Say why a parameter of the right-censored curve has no interval."""
    said = f"interval of {name}: not possible, "
    why = next((note.removeprefix(said) for note in found.notes if note.startswith(said)), None)
    if why is None:
        fit = found.bass.get("censored")
        why = next((note for note in fit.notes if "no intervals" in note), None) if fit is not None else None
    return "no interval could be found" if why is None else f"no interval: {why}"


def level_sentence(found: Findings) -> str:
    """Say how far adoption has come."""
    observed, when = found.observed, period_name(found, found.observed.last)
    total = int(found.counts.sum() + observed.before)
    if not np.isfinite(observed.population):
        return f"By the end of {when}, {plain(total, 0)} had adopted."
    if observed.adopters_only and total == observed.population:
        return f"By the end of {when}, {plain(total, 0)} organisations had adopted, all that are in the table."
    share = 100 * total / observed.population
    sentence = (
        f"By the end of {when}, {plain(total, 0)} of {plain(observed.population, 0)} organisations had adopted "
        f"({plain(share, 0)} %)"
    )
    if found.curve is not None and np.isfinite(found.curve.share_low95[-1]) and not _plain_share(found):
        low, high = 100 * found.curve.share_low95[-1], 100 * found.curve.share_high95[-1]
        sentence += (
            f"; allowing for those not seen throughout, {plain(100 * float(found.curve.share[-1]), 0)} % "
            f"(95 % interval {plain(float(low), 0)} to {plain(float(high), 0)} %)"
        )
    return sentence + "."


def data_sentences(found: Findings) -> list[str]:
    """Say what was taken for what, where the numbers depend on it."""
    observed, sentences = found.observed, []
    if observed.adopters_only:
        sentences.append(
            "Every organisation in the table adopts: the share, the market and q hold only if nobody else could adopt. "
            "How many could is stated with --population."
        )
    if observed.others:
        sentences.append(
            f"{plain(observed.others, 0)} of the {plain(observed.population, 0)} organisations are not in the table "
            "and count as not having adopted."
        )
    if observed.before:
        who, when = plain(observed.before, 0), period_name(found, observed.first - 1)
        sentence = f"{who} had adopted by the end of {when}: they count as adopters before observation, not as new ones"
        if found.origin == observed.first - 1:
            sentence += ". Since when they could is not known, so that p is hard to tell; --launch states it"
        else:
            sentence += f", who adopted at some time from {period_name(found, found.origin + 1)} on"
        sentences.append(sentence + ".")
    if observed.ends is not None:
        gaps = np.diff(np.append(observed.first - 1, observed.ends))
        sentences.append(
            f"The counts lie {plain(int(gaps.min()), 0)} to {plain(int(gaps.max()), 0)} {unit_of(found)}s apart; each "
            "difference counts for its whole interval."
        )
    for name, (out, of) in observed.left_out.items():
        lead = "leads" if out == 1 else "lead"
        sentences.append(
            f"In the network {words_of(name)}, {plain(out, 0)} of {plain(of, 0)} ties {lead} to an organisation "
            f"outside the table and {'is' if out == 1 else 'are'} left out."
        )
    return sentences


def shape_sentences(found: Findings) -> list[str]:
    """Say what the Bass curve tells, by the test that tells it, and what it cannot."""
    fit, shape = found.bass.get("censored"), found.shape
    if fit is None:
        return ["No Bass curve can be fitted to these data by maximum likelihood."]
    unit = unit_of(found)
    p_part = f"p = {number(fit.p)} a {unit} ({profile_interval(found, 'p')})"
    q_part = f"q = {number(fit.q)} a {unit} ({profile_interval(found, 'q')})"
    constant = np.nan if shape is None else shape.constant_p_value
    rises = shape is not None and shape.rises and shape.steady_p_value < CLEAR
    falls = shape is not None and not shape.rises and (fit.before >= 0.5 or shape.steady_p_value < CLEAR)
    sentences = []
    if fit.q == 0:
        bound = found.profile.get("q", (np.nan, np.nan))[1]
        at_most = f"; q at most {number(bound)}" if np.isfinite(bound) else ""
        sentences.append(
            "The curve shows no sign of adopters drawing others after them: a constant push on all fits best "
            f"({p_part}{at_most})."
        )
    elif constant < CLEAR:
        sentences.append(
            f"The more had adopted, the faster the rest did ({p_part}; {q_part}); a constant push on all does not fit "
            f"(likelihood-ratio test, {p_text(constant)}). Example by peers, and a push that grew with time, both look "
            "like this."
        )
    else:
        sentences.append(
            f"How much adopters drew others after them does not show clearly ({p_part}; {q_part}): a constant push on "
            f"all is not ruled out (likelihood-ratio test, {p_text(constant)})."
        )
    test = f"(likelihood-ratio test, {p_text(shape.steady_p_value)})" if shape is not None else ""
    if rises:
        sentences.append(
            f"On this curve the number of new adopters rose at first, the S-shape of the Bass model {test}."
        )
    elif falls and shape is not None and np.isfinite(shape.steady_p_value):
        sentences.append(f"On this curve new adopters were most at the start and became fewer {test}.")
    if fit.before:
        sentences.append(
            f"When observation began, {plain(100 * fit.before, 0)} % of those who adopt in the end had, and the others "
            f"did so at a rate of {number(fit.p + fit.q * fit.before)} a {unit}."
        )
    sentences += _market_sentence(found)
    naive = found.bass.get("uncensored")
    if naive is not None and fit.market > 1.05 * naive.market:
        sentences.append(
            f"Treating the {plain(naive.market, 0)} adopters so far as the whole market, as fits without censoring do, "
            f"would give p = {number(naive.p)} and q = {number(naive.q)}."
        )
    return sentences


def _market_sentence(found: Findings) -> list[str]:
    fit = found.bass["censored"]
    if "m" in found.profile:
        low, high = found.profile["m"]
        if not np.isfinite(fit.market):
            return [
                f"How many adopt in the end cannot be told from these data, except that it is at least {plain(low, 0)}."
            ]
        return [
            f"On this curve {plain(fit.market, 0)} adopt in the end "
            f"(95 % interval {interval(low, high, lambda x: plain(x, 0))})."
        ]
    if "c" not in found.profile:
        return []
    low, high = (100 * bound for bound in found.profile["c"])
    sentence = (
        f"On this curve {plain(100 * fit.market_share, 0)} % of organisations adopt in the end "
        f"(95 % interval {plain(low, 0)} to {plain(high, 0)} %)"
    )
    if high - low > 25:
        sentence += ": these data do not say how many"
    return [sentence + "."]


def comparison_sentence(comparison: Comparison) -> str:
    """Say whether groups differ, and which."""
    test = comparison.test
    what = words_of(comparison.column)
    if not np.isfinite(test.p_value):
        return f"By {what}: too few groups at risk to compare."
    seen = np.isfinite(test.ratio)
    ratios = [
        f"{group_name(comparison.column, test.groups[i])} {test.ratio[i]:.2f}"
        for i in np.argsort(-np.nan_to_num(test.ratio))
        if seen[i]
    ]
    listed = "; adoptions over those expected: " + ", ".join(ratios) if len(ratios) <= 6 else ""
    verdict = "differ clearly" if test.p_value < CLEAR else "do not differ clearly"
    return f"By {what}, speeds of adoption {verdict} (log-rank test, {p_text(test.p_value)}{listed})."


def clustering_sentence(found: Findings, layer: LayerFindings) -> str:
    """Say whether adopters stand together at the end."""
    name = words_of(layer.ties.name)
    known = np.flatnonzero(np.isfinite(layer.moran.observed))
    if not len(known):
        return f"In the network {name}, clustering cannot be told."
    last = known[-1]
    index, p = float(layer.moran.observed[last]), float(layer.moran.p_value[last])
    close = "stood closer together" if p < CLEAR else "did not stand clearly closer together"
    when = period_name(found, int(layer.moran.period[last]))
    if last < len(layer.moran.observed) - 1:
        when += ", the last with organisations that had not adopted"
    within = words_of(found.observed.strata_column)
    chance = f"chance within groups of {within} gives" if within else "chance gives"
    sentence = (
        f"In the network {name}, adopters {close} than {chance} at the end of {when} "
        f"(Moran's I {plain(index, 2)}, {p_text(p)})"
    )
    test = next(test for test in layer.tests if test.null == "permuted")
    if not np.isfinite(test.p_value):
        return sentence + "; whether exposure to earlier adopters went with adoption cannot be told."
    more = "more" if test.observed > test.mean else "less"
    early = "were" if test.p_value < CLEAR else "were not clearly"
    than = "that chance gives" if within else "the others then at risk"
    return (
        f"{sentence}, and those adopting {early} {more} exposed to earlier adopters than {than} "
        f"({p_text(test.p_value)})."
    )


def hazard_sentence(hazard: HazardRegression) -> str:
    """Say which terms of the regression are clear."""
    clear = [
        f"{term_name(name, hazard)} (hazard ratio {number(float(r))}, {number(float(a))} to {number(float(b))})"
        for name, r, a, b, p in zip(hazard.terms, hazard.ratio, hazard.low95, hazard.high95, hazard.p_value)
        if p < CLEAR
    ]
    if not clear:
        terms = "; ".join(term_name(name, hazard) for name in hazard.terms)
        return f"Taken together, nothing in the regression is clearly tied to the speed of adoption ({terms})."
    return (
        "With everything else in the regression held equal, clearly tied to the speed of adoption: "
        + "; ".join(clear)
        + "."
    )


def answer(found: Findings) -> list[str]:
    """Return the answer for one innovation."""
    sentences = [level_sentence(found), *data_sentences(found), *shape_sentences(found)]
    sentences += [comparison_sentence(comparison) for comparison in found.comparisons]
    sentences += [clustering_sentence(found, layer) for layer in found.layers]
    if found.hazard is not None:
        sentences.append(hazard_sentence(found.hazard))
    return sentences


def _plain_share(found: Findings) -> bool:
    """Whether the share needs no allowance for late or early leavers, or some were adopters from the start."""
    adoption = found.observed.adoption
    if adoption is None:
        return True
    throughout = (adoption.entry == adoption.first) & (adoption.exit == adoption.last)
    return bool(throughout.all() or adoption.already.any())
