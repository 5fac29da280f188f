"""The deck: question and answer, adoption, options, what is sure, who gains, money, limits, how to make it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diffusion.analysis.results.compare import Comparison, PairedDifference, unchanged
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.brief.chart import chart, chart_words, dated
from diffusion.report.brief.deck import BODY, BOTTOM, LEFT, QUIET, TOP, Deck, common_size
from diffusion.report.brief.facts import Brief, shortener
from diffusion.report.figures.curves import band_panel, difference_bands, difference_panel, levels_panel
from diffusion.report.figures.gains import gains_panel, levels_by_group_panel
from diffusion.report.figures.stages import stages_panel
from diffusion.report.page.costs_section import appraisal_table, can_appraise, split_sentences
from diffusion.report.page.equity_section import equity_sentences
from diffusion.report.page.result_pictures import gain_sentences
from diffusion.report.words.answer import foremost
from diffusion.report.words.doubt_words import holds
from diffusion.report.words.labels import scenario_labels
from diffusion.report.words.limits import limits_for, mismatched
from diffusion.report.words.numbers import signed
from diffusion.report.words.sentences import decimals_for, interval_text

#: Outcomes beside the share adopted of which it is said whether they are sure: name, how a line calls it.
_ALSO = (
    ("patients_benefiting_total", "Patients benefiting, million"),
    ("system_npv_gbp", "Net present value, £ million"),
)
_HALF = (BODY - 24) / 2
_RIGHT = LEFT + _HALF + 24
_CAPTION = (14, 13, 12, 11, 10)


def write_slides(tables: Sequence[ResultTables], comparison: Comparison, brief: Brief, path: Path) -> None:
    """Write the deck of these results to ``path``; the same results give the same bytes."""
    deck = Deck(brief.question, f"{brief.eyebrow}. {comparison.replicates} runs.", shortener(tables))
    several = len(tables) > 1
    deck.slide(brief.question).text(brief.answer, first_bold=True)
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
    high = BOTTOM - TOP - 60
    if len(tables) > 1:
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
        slide.text([words], left, TOP + high + 6, _HALF, 50, sizes=_CAPTION, colour=QUIET, marks=False)


def _sure(deck: Deck, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    """Add the slide on what the intervals allow to claim and what not, with the chart of it."""
    clear, unclear = _claims(tables, comparison)
    slide = deck.slide("What is sure, and what is not")
    high = 30.0 + 46 * max(3, min(5, len(tables)))
    if not comparison.enough:
        unclear.insert(0, f"{comparison.replicates} runs are too few for any claim.")
    words = chart_words(tables, comparison)
    slide.picture(
        chart(tables, comparison, BODY / 72 / _ENLARGED, high / 72 / _ENLARGED),
        "chart",
        words,
        LEFT,
        TOP - 6,
        BODY,
        high,
    )
    slide.text([words], LEFT, TOP + high - 8, BODY, 24, sizes=(11, 10, 9), colour=QUIET, marks=False)
    below, room = TOP + high + 16, BOTTOM - TOP - high - 16
    blocks = [["Clear at 95 %", *(clear or ["Nothing."])], ["Not clear", *(unclear or ["Nothing."])]]
    size = common_size([[shortener(tables)(text) for text in block] for block in blocks], _HALF, room, _SURE)
    for block, left in zip(blocks, (LEFT, _RIGHT), strict=True):
        slide.text(block, left, below, _HALF, room, sizes=(size,), first_bold=True, marks=False)


#: how much larger the chart stands on a slide than it is made, so that its letters are read from afar
_ENLARGED = 1.3
#: with more options than this their intervals stand in the chart alone
_MOST_IN_WORDS = 4
_SURE = (16, 15, 14, 13, 12, 11, 10, 9)


def _claims(tables: Sequence[ResultTables], comparison: Comparison) -> tuple[list[str], list[str]]:
    """Return a line for each outcome with options whose change is clear, and with those whose is not."""
    labels = scenario_labels(tables)
    by_date, dates = dated(tables, comparison)
    subjects = [(by_date, name, f"Share adopted {when}, percentage points") for name, when in dates]
    subjects += [(comparison, name, words) for name, words in _ALSO if name in comparison.values]
    clear: list[str] = []
    unclear: list[str] = []
    for source, name, words in subjects:
        parts: tuple[list[str], list[str]] = ([], [])
        for i, label in enumerate(labels[1:], start=1):
            difference = source.difference(name, i)
            parts[not bool(difference.estimate.clear)].append(
                f"{label} {_numbers(difference, len(tables) <= _MOST_IN_WORDS)}"
            )
        for found, lines in zip(parts, (clear, unclear)):
            if found:
                lines.append(f"{words}: {'; '.join(found)}.")
    return clear, unclear


def _numbers(difference: PairedDifference, interval: bool) -> str:
    if unchanged(difference):
        return "the same in every run"
    mean = signed(float(difference.estimate.mean) * difference.outcome.factor, decimals_for(difference))
    return f"{mean} ({interval_text(difference)})" if interval else mean


def _gains(deck: Deck, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    labels = scenario_labels(tables)
    if len(tables) == 1:
        words = "Share adopted by AHSN, per cent. Point: mean; thick: middle 80 % of runs; thin: 95 %."
        slide = deck.slide("Who adopts")
        slide.picture(levels_by_group_panel(tables[0], "ahsn"), "by AHSN", words, LEFT, TOP, BODY, BOTTOM - TOP - 30)
        slide.text([words], LEFT, BOTTOM - 26, BODY, 26, sizes=_CAPTION, colour=QUIET, marks=False)
        return
    option = foremost(comparison)
    words = (
        f"Change from {labels[0]} by AHSN under {labels[option]}. Thick: 80 % interval; thin: 95 %; grey: not clear."
    )
    slide = deck.slide(f"Who gains and who loses: {labels[option]}")
    high = BOTTOM - TOP - 44
    figure = gains_panel(tables, option, "ahsn")
    figure.axes[0].set_title("", loc="left")  # the option's name is the slide's title
    slide.picture(figure, "gains by AHSN", words, LEFT, TOP, _HALF, high)
    slide.text([words], LEFT, TOP + high + 4, _HALF, 40, sizes=_CAPTION, colour=QUIET, marks=False)
    told = [gain_sentences(tables, "ahsn")[option - 1], *equity_sentences(tables, comparison, [option])]
    slide.text(told, _RIGHT, TOP, _HALF, BOTTOM - TOP)


def _money(deck: Deck, tables: Sequence[ResultTables], comparison: Comparison) -> None:
    told, share = split_sentences(tables), 0.6
    if len(tables) > _MOST_IN_WORDS:
        told, share = told[foremost(comparison) - 1 :][:1], 0.8
    slide = deck.slide("What it costs, and who pays")
    high = slide.table(appraisal_table(tables), TOP, (BOTTOM - TOP) * (share if told else 1.0)) + 10
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
    slide.text(list(dict.fromkeys(rest)), LEFT, TOP + 92, BODY, BOTTOM - TOP - 92, sizes=(16, 15, 14, 13, 12, 11))


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
