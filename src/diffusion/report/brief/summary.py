"""The summary: question, answer, one chart, one table, one caveat and how to make it again, on one printed page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from diffusion.analysis.results.compare import Comparison
from diffusion.analysis.results.tables import ResultTables
from diffusion.report.brief.chart import chart, chart_words
from diffusion.report.brief.facts import Brief
from diffusion.report.brief.fit import LINE_EM, block_height, cut, text_width
from diffusion.report.page.cells import PageTable
from diffusion.report.page.html import Pictures, fill

#: What a page of A4 has between the margins of summary.css, points.
WIDTH, HEIGHT = 516.0, 771.0
#: Sizes of the text in points, the largest first: the first at which all of it fits is taken.
SIZES: tuple[float, ...] = (10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
#: What the chart is given at least: so much, and so much an option; and at most.
_CHART, _CHART_ROW, _MOST_CHART = 100.0, 14.0, 290.0


class _Page(NamedTuple):
    """A brief as it stands on the page: texts cut to what there is room for, the text's size and the chart's height."""

    brief: Brief
    points: float
    chart: float


def render_summary(tables: Sequence[ResultTables], comparison: Comparison, brief: Brief) -> str:
    """Return the summary as HTML text that prints on one page of A4; the same results give the same text."""
    caption = cut(chart_words(tables, comparison), WIDTH, 3, SIZES[-1])
    page = _fit(brief, caption, len(tables))
    figure = chart(tables, comparison, WIDTH / 72, page.chart / 72)
    picture = Pictures("chart")(figure, brief.question, caption, caption)
    context = {
        "brief": page.brief,
        "answer": page.brief.answer,
        "picture": picture,
        "caveat": page.brief.caveat,
        "again": page.brief.again,
        "points": f"{page.points:g}",
    }
    return fill("summary.html.j2", context)


def _fit(brief: Brief, caption: str, options: int) -> _Page:
    """Return the brief at the largest size at which it fits with its chart; the answer's last sentences may go."""
    least = _CHART + _CHART_ROW * options
    brief = _bounded(brief)
    kept = brief
    while True:
        for points in SIZES:
            room = HEIGHT - _height(kept, caption, points)
            if room >= least:
                return _Page(kept, points, min(room, _MOST_CHART))
        if len(kept.answer) == 1:
            return _Page(kept, SIZES[-1], least)
        kept = kept._replace(answer=kept.answer[:-1])


def _bounded(brief: Brief) -> Brief:
    """Return the brief with every text cut to a length that leaves room for the others."""
    size = SIZES[-1]
    rows = [(cut(head, 16 * size, 2, size), cells) for head, cells in brief.table.rows]
    heads = tuple(cut(head, 12 * size, 5, size) for head in brief.table.heads)
    return brief._replace(
        question=cut(brief.question, WIDTH, 3, 1.75 * size),
        answer=[cut(text, WIDTH - 40, 4, size) for text in brief.answer],
        table=brief.table._replace(
            caption=cut(brief.table.caption, WIDTH, 3, 1.1 * size),
            heads=heads,
            rows=rows,
            note=cut(brief.table.note, WIDTH, 4, size),
        ),
        caveat=cut(brief.caveat, WIDTH - 20, 5, size),
        cautions=[cut(text, WIDTH - 20, 3, size) for text in brief.cautions],
        again=[(name, cut(text, WIDTH - 60, 4, size)) for name, text in brief.again],
    )


def _height(brief: Brief, chart_caption: str, points: float) -> float:
    """Return the height of all but the chart at a size of the text, points: that of summary.css, from above."""
    heading = block_height([brief.question], WIDTH, 1.75 * points) + 2.2 * points
    answer = block_height(brief.answer, WIDTH - 2.8 * points, 1.05 * points) + 3.2 * points
    caption = block_height([chart_caption], WIDTH, 0.88 * points) + 1.2 * points
    note = block_height([brief.table.note], WIDTH, 0.88 * points) + points
    caveat = block_height([brief.caveat], WIDTH - 2 * points, points) + 2.6 * points
    cautions = block_height(brief.cautions, WIDTH, 0.88 * points) + points * len(brief.cautions)
    wide = WIDTH - 6 * points
    again = sum(block_height([text], wide, 0.9 * points) for _, text in brief.again) + 2.2 * points
    return heading + answer + cautions + caption + _table_height(brief.table, points) + note + caveat + again


def _table_height(table: PageTable, points: float) -> float:
    """Return the height of the table: columns of numbers are as wide as their small print, the first has the rest."""
    columns = [
        max(
            6.5 * points,
            *(0.95 * points * text_width(cells[i].small) * 0.82 for _, cells in table.rows),
            *(points * text_width(cells[i].text) for _, cells in table.rows),
        )
        + 0.5 * points
        for i in range(len(table.heads) - 1)
    ]
    first = max(7 * points, min(15 * points, WIDTH - sum(columns)))
    heads = max(
        block_height([head], width, 0.88 * points) for head, width in zip(table.heads, (first, *columns), strict=True)
    )
    height = block_height([table.caption], WIDTH, 1.08 * points) + 0.35 * points + heads
    for head, cells in table.rows:
        lines = LINE_EM * points + max(bool(cell.small) for cell in cells) * 1.2 * 0.82 * points
        height += max(lines, block_height([head], first, points)) + 0.5 * points
    return height
