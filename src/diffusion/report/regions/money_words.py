"""Money in a region in words: what its trusts pay and get, and how payments are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffusion.analysis.regions.tables import RegionTables
from diffusion.analysis.results.intervals import Estimate, band, estimate_mean
from diffusion.analysis.results.payers import parties_of
from diffusion.analysis.results.tables import ResultTables, drawn
from diffusion.arrays import Floats, Longs
from diffusion.report.regions.region_words import short_title
from diffusion.report.words.doubt_words import runs_word, too_few
from diffusion.report.words.labels import name_words, scenario_labels
from diffusion.report.words.limits import mismatched
from diffusion.report.words.numbers import plain, signed
from diffusion.world.facts import Words
from diffusion.world.regions import Region

_PENCE_TO_MILLION = 1e-8
_DECIMALS, _MOST_DECIMALS = 2, 5
#: Payments that the ledger calls by its own names; others are called as they are there, with who pays whom.
PAYMENTS = {
    "upfront_cost": "Innovations bought, from innovation funds (to companies)",
    "upfront_cost_without_gate": "Innovations bought, without a fund (trusts to companies)",
    "upfront_subsidy": "Innovations bought, the part that national bodies pay (to companies)",
    "running_subsidy": "Running cost of innovations, the part that national bodies pay (to companies)",
    "running_cost": "Running cost of innovations (trusts to companies)",
    "saving_kept": "Staff time and beds set free, the part that trusts keep",
    "saving_system": "Staff time and beds set free, the part that goes to commissioners",
    "tariff": "Tariff for each case (commissioners to trusts)",
    "base_price_cut": "Lower base prices, which finance a tariff (trusts to commissioners)",
    "fund_refill": "Innovation funds (national bodies to trusts)",
    "fund_refill_extra": "Extra innovation funds (national bodies to trusts)",
    "fund_return": "Innovation funds not spent, handed back (trusts to national bodies)",
    "ahsn_grant": "Grant to the AHSN (from national bodies)",
    "ahsn_push": "Work of the AHSN with its members on awareness, triage and rollout",
    "facilitation": "Staff of the AHSN lent to its members",
    "protected_time": "Change time bought for trusts (by national bodies)",
}
_ACCOUNTS = {
    "ahsn": "AHSN",
    "national": "national bodies",
    "trust": "trusts",
    "trust_staff": "their staff",
    "company": "companies",
}


def payment_words(payment: tuple[str, str, str], words: Words) -> str:
    """Return what a payment (purpose, payer, payee) is called where readers see it."""
    purpose, payer, payee = payment
    ends = (_ACCOUNTS.get(account, account.replace("_", " ")) for account in (payer, payee))
    return words.say(PAYMENTS.get(purpose) or f"{name_words(purpose)} ({' to '.join(ends)})")


def millions(pence: Longs) -> Floats:
    """Return pence as £ million."""
    return np.asarray(pence * _PENCE_TO_MILLION, dtype=np.float64)


def paid(own: RegionTables) -> Floats:
    """Return what the trusts of a region pay over the whole run, their innovation funds included, £ million [R]."""
    return _at_end(own, 0)


def received(own: RegionTables) -> Floats:
    """Return what they get, with the savings that they keep, £ million [R]."""
    return _at_end(own, 1)


def _at_end(own: RegionTables, end: int) -> Floats:
    found = [flow for flow, payment in enumerate(own.payments) if parties_of(payment)[end] == "trust"]
    return millions(own.data.own[:, found].sum(axis=1))


def money_sentences(region: Region, own: Sequence[RegionTables], whole: Sequence[ResultTables]) -> list[str]:
    """Say what the trusts of a region pay and get, by option; nothing where the runs had no money."""
    if not any(paid(each).any() or received(each).any() for each in own):
        return []
    labels, over, name = scenario_labels(whole), drawn(whole[0]), short_title(region)
    outlay, income = [paid(each) for each in own], [received(each) for each in own]
    what = "Innovation funds given and handed back count, and staff time and beds set free that trusts keep."
    sentences = [
        f"In {labels[0]}, trusts of {name} pay {_level(outlay[0], over)} and get {_level(income[0], over)} over the "
        f"whole period. {what}"
    ]
    if mismatched(whole):
        return sentences
    for i, label in enumerate(labels[1:], start=1):
        changes = [estimate_mean(values[i] - values[0], over) for values in (outlay, income)]
        if not changes[0].enough:
            few = too_few(changes[0].replicates, changes[0].least_runs, over)
            return [*sentences, f"{few[:1].upper()}{few[1:]} to say what changes in money."]
        pays, gets = (_change(verb, labels[0], each) for verb, each in zip(("pay", "get"), changes))
        sentences.append(f"Under {label}, compared with {labels[0]}, trusts of {name} {pays}; they {gets}.")
    return sentences


def _level(values: Floats, over: bool) -> str:
    spread = band(values)
    low, high = (plain(float(bound), _DECIMALS) for bound in (spread.low80, spread.high80))
    if low == high:
        return f"£{low} million"
    return f"£{plain(float(values.mean()), _DECIMALS)} million (middle 80 % of {runs_word(over)}: {low} to {high})"


def _change(verb: str, reference: str, change: Estimate) -> str:
    mean = float(change.mean)
    if mean == 0 and float(change.standard_error) == 0:
        return f"{verb} as much as in {reference} in every run"
    places = _places(change)
    ends = (change.low80, change.high80, change.low95, change.high95)
    low80, high80, low95, high95 = (signed(float(bound), places) for bound in ends)
    within = f"95 % interval {low95} to {high95}"
    within = f"80 % interval {low80} to {high80}, 95 % {low95} to {high95}" if change.over_draws else within
    if not bool(change.clear):
        on_average = f"£{plain(abs(mean), places)} million {'more' if mean > 0 else 'less'} on average"
        return f"do not clearly {verb} more or less ({on_average}; {within})"
    return f"{verb} £{plain(abs(mean), places)} million {'more' if mean > 0 else 'less'} ({within})"


def _places(change: Estimate) -> int:
    """Return decimals at which no bound of an interval that excludes 0 rounds to 0."""
    numbers = [abs(float(bound)) for bound in (change.low95, change.high95) if bound != 0]
    for places in range(_DECIMALS, _MOST_DECIMALS):
        if not bool(change.clear) or all(round(number, places) for number in numbers):
            return places
    return _MOST_DECIMALS
