"""The deck: question and answer, adoption, options, what is sure, who gains, money, limits, how to make it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from diffusion.analysis.economics.discount_sets import SHOWN, discount_set
from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.intervals import Estimate
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.brief.chart import chart, chart_words, dated
from diffusion.report.brief.deck import BODY, BOTTOM, LEFT, QUIET, TOP, Deck, common_size
from diffusion.report.brief.facts import Brief, money_table, shortener
from diffusion.report.brief.fit import kept_lines
from diffusion.report.figures.by_date import asked_changes_panel, asked_levels_panel
from diffusion.report.figures.curves import band_panel, difference_bands, difference_panel, levels_panel
from diffusion.report.figures.gains import gains_panel, levels_by_group_panel
from diffusion.report.figures.stages import stages_panel
from diffusion.report.page.costs_section import appraisals, can_appraise, split_sentences
from diffusion.report.page.equity_section import equity_sentences
from diffusion.report.page.result_pictures import gain_sentences
from diffusion.report.words.asked_words import OF_ALL, answered, asked_of_part, of_all, target_words
from diffusion.report.words.doubt_words import holds, runs_word
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.limits import limits_for, mismatched
from diffusion.report.words.numbers import signed
from diffusion.report.words.sentences import decimals_for

_HALF = (BODY - 24) / 2
_RIGHT = LEFT + _HALF + 24
_CAPTION, _CAPTION_HIGH = (14, 13, 12), 56


def write_slides(tables: Sequence[ResultTables], comparison: Comparison, brief: Brief, path: Path) -> None:
    """Write the deck of these results to ``path``; the same results give the same bytes."""
    deck = Deck(brief.question, f"{brief.eyebrow}. {comparison.replicates} runs.", shortener(tables))
    several = len(tables) > 1
    deck.slide(brief.question).text([*brief.answer, *brief.cautions], first_bold=True)
    _adoption(deck, tables, comparison)
    deck.slide(brief.table.caption).table(brief.table)
    if several and not mismatched(tables):
        _sure(deck, tables, comparison)
    _gains(deck, tables, comparison)
    if can_appraise(tables):
        _money(deck, tables, comparison)
    _limits(deck, tables, brief)
    _again(deck, brief)
    deck.save(path)


def _adoption(deck: Deck, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    first = scenario_labels(tables)[0]
    slide = deck.slide("Adoption over time")
    high = BOTTOM - TOP - _CAPTION_HIGH - 6
    if asked_of_part(comparison):
        what, runs = target_words(comparison), runs_word(comparison.over_draws)
        read = f"Point: mean; thick: middle 80 % of {runs}; thin: 95 %."
        pictures = [(asked_levels_panel(tables, comparison), "levels", f"Share adopted {what}, by date. {read}")]
        if len(tables) > 1:
            words = f"Change {what} from {first}, by date. {_read_changes(comparison)}"
            pictures.append((asked_changes_panel(tables, comparison), "changes", words))
        else:
            words = f"Share adopted of {OF_ALL}. Line: mean; bands: middle 80 % and 95 % of {runs}."
            pictures.append((band_panel(tables, 0), "whole", words))
    elif len(tables) > 1:
        bands = difference_bands(tables)
        pictures = [
            (levels_panel(tables), "levels", f"Share adopted over time, by option; grey band: middle 80 % of {first}."),
            (difference_panel(tables), "changes", f"Change from {first}. Bands: {bands}."),
        ]
    else:
        pictures = [
            (band_panel(tables, 0), "levels", "Share adopted over time. Line: mean; bands: middle 80 % and 95 %."),
            (stages_panel(tables, 0), "stages", "Where innovations stand in trusts over time."),
        ]
    for (figure, name, words), left in zip(pictures, (LEFT, _RIGHT), strict=True):
        slide.picture(figure, name, words, left, TOP, _HALF, high)
        slide.text([words], left, TOP + high + 6, _HALF, _CAPTION_HIGH, sizes=_CAPTION, colour=QUIET, marks=False)


def _read_changes(comparison: Comparison) -> str:
    held = f"middle 80 % of {runs_word(True)}" if comparison.over_draws else "80 % interval of the mean"
    return f"Point: mean; thick: {held}; thin: 95 %."


def _sure(deck: Deck, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    """Add the slides on what the intervals allow to claim and what not: the chart of it, and in words."""
    title = "What is sure, and what is not"
    slide, high = deck.slide(title), BOTTOM - TOP - 44
    words = chart_words(tables, comparison)
    figure = chart(tables, comparison, BODY / 72 / _ENLARGED, high / 72 / _ENLARGED)
    slide.picture(figure, "chart", words, LEFT, TOP + 4, BODY, high)
    slide.text([words], LEFT, TOP + high + 4, BODY, 40, sizes=_CAPTION, colour=QUIET, marks=False)
    clear, unclear = _claims(tables, comparison)
    if not comparison.enough:
        unclear.insert(0, f"{comparison.replicates} runs are too few for any claim.")
    short, room = shortener(tables), BOTTOM - TOP
    held = "in brackets: 80 % intervals" if len(tables) <= _MOST_IN_WORDS else "means"
    blocks = [
        kept_lines([short(text) for text in (head, *(lines or ["Nothing."]))], _HALF, room, _SURE[-1])
        for head, lines in ((f"Clear at 95 % ({held})", clear), ("Not clear", unclear))
    ]
    size = common_size(blocks, _HALF, room, _SURE)
    slide = deck.slide(f"{title}: in words")
    for block, left in zip(blocks, (LEFT, _RIGHT), strict=True):
        slide.text(block, left, TOP, _HALF, room, sizes=(size,), first_bold=True, marks=False)


#: how much larger the chart stands on a slide than it is made, so that its letters are read from afar
_ENLARGED = 1.3
#: with more options than this their intervals stand in the chart alone
_MOST_IN_WORDS = 4
_SURE = (18, 17, 16, 15, 14, 13, 12)


class _Subject(NamedTuple):
    """What may be clear or not: how a line calls it, and by option its change, the factor and decimals to show it."""

    words: str
    changes: list[tuple[Estimate, float, int]]


def _subjects(tables: Sequence[ResultTables], comparison: Comparison) -> list[_Subject]:
    """Return what is asked about at the end, money and patients as in the table, then the earlier dates."""
    by_date, dates = dated(tables, comparison)
    part = f" {target_words(comparison)}" if asked_of_part(comparison) else ""
    shares = []
    for name, when in dates:
        found = [by_date.difference(name, i) for i in range(1, len(tables))]
        changes = [(each.estimate, each.outcome.factor, decimals_for(each)) for each in found]
        shares.append(_Subject(f"Share adopted{part} {when}, percentage points", changes))
    others = []
    if can_appraise(tables):
        priced = appraisals(tables, discount_set(SHOWN[0]))
        money = [(each.estimate(each.npv), 1e-6, 1) for each in priced]
        others.append(_Subject(f"Net present value{of_all(comparison)}, £ million", money))
        patients = [(each.estimate(each.patients), 1e-3, 1) for each in priced if each.patients is not None]
        if len(patients) == len(priced):
            others.append(_Subject(f"Patients who benefit{of_all(comparison)}, thousand", patients))
    return [shares[-1], *others, *shares[:-1]]


def _claims(tables: Sequence[ResultTables], comparison: Comparison) -> tuple[list[str], list[str]]:
    """Return a line for each outcome with options whose change is clear, and with those whose is not."""
    clear: list[str] = []
    unclear: list[str] = []
    for words, changes in _subjects(tables, comparison):
        parts: tuple[list[str], list[str]] = ([], [])
        for label, (estimate, factor, places) in zip(scenario_labels(tables)[1:], changes):
            numbers = _numbers(estimate, factor, places, interval=len(tables) <= _MOST_IN_WORDS)
            parts[not bool(estimate.clear)].append(f"{label} {numbers}")
        for found, lines in zip(parts, (clear, unclear)):
            if found:
                lines.append(f"{words}: {'; '.join(found)}.")
    return clear, unclear


def _numbers(estimate: Estimate, factor: float, places: int, *, interval: bool) -> str:
    mean, low, high = (float(value) * factor for value in (estimate.mean, estimate.low80, estimate.high80))
    if estimate.replicates > 1 and mean == 0 and low == high:
        return "the same in every run"
    text = signed(mean, places)
    return f"{text} ({signed(low, places)} to {signed(high, places)})" if interval and np.isfinite(low) else text


def _gains(deck: Deck, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    labels, word = scenario_labels(tables), comparison.words.network.short
    if len(tables) == 1:
        words = (
            f"Share adopted by {word}{of_all(comparison)}, per cent. Point: mean; thick: middle 80 % of runs; "
            "thin: 95 %."
        )
        slide = deck.slide("Who adopts")
        slide.picture(levels_by_group_panel(tables[0], "ahsn"), f"by {word}", words, LEFT, TOP, BODY, BOTTOM - TOP - 30)
        slide.text([words], LEFT, BOTTOM - 26, BODY, 26, sizes=_CAPTION, colour=QUIET, marks=False)
        return
    option = answered(comparison)
    words = (
        f"Change from {labels[0]} by {word} under {labels[option]}{of_all(comparison)}. Thick: 80 % interval; "
        "thin: 95 %. Dark: clear; grey and hollow: not clear."
    )
    slide = deck.slide(f"Who gains and who loses: {labels[option]}")
    high = BOTTOM - TOP - _CAPTION_HIGH - 4
    figure = gains_panel(tables, option, "ahsn", one_ink=True)
    figure.axes[0].set_title("", loc="left")  # the option's name is the slide's title
    slide.picture(figure, f"gains by {word}", words, LEFT, TOP, _HALF, high)
    slide.text([words], LEFT, TOP + high + 4, _HALF, _CAPTION_HIGH, sizes=_CAPTION, colour=QUIET, marks=False)
    what = f" {target_words(comparison)}" if asked_of_part(comparison) else ""
    why = (
        f"Of the options, {labels[option]} has the highest mean share adopted{what} at the end; it alone is shown here."
    )
    told = [why] if len(tables) > 2 else []
    told += [gain_sentences(tables, "ahsn")[option - 1], *equity_sentences(tables, comparison, [option])]
    slide.text(told, _RIGHT, TOP, _HALF, BOTTOM - TOP)


def _money(deck: Deck, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    told, share = split_sentences(tables), 0.6
    if len(tables) > _MOST_IN_WORDS:
        told, share = told[answered(comparison) - 1 :][:1], 0.8
    slide = deck.slide("What it costs, and who pays")
    high = slide.table(money_table(tables, comparison), TOP, (BOTTOM - TOP) * (share if told else 1.0)) + 10
    if told:
        slide.text(told, LEFT, TOP + high, BODY, BOTTOM - TOP - high)


def _limits(deck: Deck, tables: Sequence[ResultTables], brief: Brief) -> None:
    slide = deck.slide("Before you use this")
    slide.text([brief.caveat], LEFT, TOP, BODY, 84, sizes=(22, 20, 18, 16, 14, 12), first_bold=True, marks=False)
    rest = [
        text.replace("on this page", "on the page")
        for text in (holds(tables), *limits_for(tables))
        if text != brief.caveat
    ]
    high = BOTTOM - TOP - 92
    slide.text(
        kept_lines(list(dict.fromkeys(rest)), BODY - 16, high, 14), LEFT, TOP + 92, BODY, high, sizes=(16, 15, 14)
    )


def _again(deck: Deck, brief: Brief) -> None:
    slide = deck.slide("How to reproduce")
    top = TOP
    for name, text in brief.again:
        font = "Courier New" if name == "Command" else ""
        slide.text([name], LEFT, top, 100, 30, sizes=(16,), first_bold=True, marks=False)
        # letters of one width are wider than others
        room = BODY - 110 - (60 if font else 0)
        top += 18 + slide.text([text], LEFT + 110, top, room, 110, sizes=(16, 14, 12, 11, 10), marks=False, font=font)
    rest = "The page index.html, all tables, and a manifest with every setting are in the folder of this deck."
    slide.text([rest], LEFT, top, BODY, 40, sizes=(14, 12), colour=QUIET, marks=False)
