"""A deck of slides in the file format of PowerPoint: texts that can be edited, tables, pictures; the same bytes twice.

Lengths are in points. python-pptx (MIT) writes the file; nothing of it leaves this module.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diffusion.outlets import shown
from diffusion.report.brief.fit import LINE_EM, block_height, cut, fitted, largest_size, line_count
from diffusion.report.figures.style import save
from diffusion.report.page.html import KEEP_TOGETHER

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pptx.dml.color import RGBColor
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide as Sheet
    from pptx.table import _Cell
    from pptx.text.text import _Paragraph
    from pptx.util import Length

    from diffusion.report.page.cells import PageTable

#: A slide of 16 by 9, its margins, and where the body begins.
SLIDE_WIDTH, SLIDE_HEIGHT = 960.0, 540.0
LEFT, TOP, BOTTOM = 42.0, 108.0, 506.0
BODY = SLIDE_WIDTH - 2 * LEFT
FONT = "Arial"
INK, QUIET, BLUE, ORANGE = "1A1A1A", "595959", "0072B2", "B34700"
TITLE_SIZES: tuple[float, ...] = (30, 28, 26, 24, 22, 20, 18)
TEXT_SIZES: tuple[float, ...] = (20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10)
TABLE_SIZES: tuple[float, ...] = (20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10)
_DPI = 220
_DATE = (1980, 1, 1, 0, 0, 0)


def plain_text(text: str) -> str:
    """Return ``text`` on one line, unseen characters written out."""
    return " ".join(shown(text).split())


def common_size(blocks: Sequence[Sequence[str]], width: float, height: float, sizes: Sequence[float]) -> float:
    """Return the largest of ``sizes`` at which each of the blocks fits into a box of its own."""
    return min(fitted([plain_text(text) for text in block], width - 16, height - 8, sizes)[1] for block in blocks)


class Deck:
    """Slides in the order in which they are added; ``footer`` stands on each, with its number.

    ``short`` makes every text shorter that is put on them.
    """

    def __init__(self, title: str, footer: str, short: Callable[[str], str] = str) -> None:
        from pptx import Presentation
        from pptx.util import Pt

        self._deck = Presentation()
        self._deck.slide_width, self._deck.slide_height = Pt(SLIDE_WIDTH), Pt(SLIDE_HEIGHT)
        self._layout = self._deck.slide_layouts[5]  # a title and nothing else
        self._footer, self._short = footer, short
        for shape in list(self._layout.placeholders):
            if shape.placeholder_format.type is not None and shape.placeholder_format.idx != 0:
                shape._element.getparent().remove(shape._element)
        _place(self._layout.placeholders[0], LEFT, 26, BODY, 72)
        properties = self._deck.core_properties
        properties.title, properties.author, properties.subject = plain_text(title)[:200], "nhs-diffusion", ""
        properties.language, properties.last_modified_by, properties.revision = "en-GB", "nhs-diffusion", 1

    def slide(self, title: str) -> Slide:
        """Add a slide."""
        number = len(self._deck.slides) + 1
        slide = Slide(self._deck.slides.add_slide(self._layout), title, self._short)
        slide.text([f"{self._footer}  ·  {number}"], LEFT, 512, BODY, 18, sizes=(9,), colour=QUIET, marks=False)
        return slide

    def save(self, path: Path) -> None:
        """Write the deck; dates of its parts are fixed, and they stand in the order of their names."""
        made, out = io.BytesIO(), io.BytesIO()
        self._deck.save(made)
        with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            names = old.namelist()
            for name in sorted(names, key=lambda each: (each != "[Content_Types].xml", each)):
                part = old.read(name)
                if name.startswith("ppt/theme/"):
                    part = part.replace(b'typeface="Calibri"', f'typeface="{FONT}"'.encode())
                if name == "docProps/core.xml":
                    part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", part)
                info = zipfile.ZipInfo(name, _DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                new.writestr(info, part)
        path.write_bytes(out.getvalue())


class Slide:
    """A slide with its title; what is added stands in the order in which it is read aloud."""

    def __init__(self, slide: Sheet, title: str, short: Callable[[str], str]) -> None:
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

        self._slide, self._short = slide, short
        kept, size = fitted([self._plain(title)], BODY - 16, 72, TITLE_SIZES)
        heading = slide.shapes.title
        assert heading is not None  # the layout has one
        frame = heading.text_frame
        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.BOTTOM
        frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        _write(frame.paragraphs[0], kept[0] if kept else "–", size, INK, bold=True)

    def _plain(self, text: str) -> str:
        return KEEP_TOGETHER.sub("\\1\u00a0\\2", plain_text(self._short(text)))

    def text(
        self,
        paragraphs: Sequence[str],
        left: float = LEFT,
        top: float = TOP,
        width: float = BODY,
        height: float = BOTTOM - TOP,
        *,
        sizes: Sequence[float] = TEXT_SIZES,
        colour: str = INK,
        first_bold: bool = False,
        marks: bool = True,
        font: str = "",
    ) -> float:
        """Add paragraphs at the largest of ``sizes`` at which they fit; return the height they take.

        With ``marks`` each begins with a bullet. Where some are left out the last ends with "[…]".
        """
        texts = [plain_text(text) if font else self._plain(text) for text in paragraphs]
        indent = 16.0 if marks else 0.0
        kept, size = fitted(texts, width - indent - 16, height - 8, sizes)
        if len(kept) < len(texts):
            kept[-1] = f"{kept[-1]} […]"
        box = self._slide.shapes.add_textbox(*_points(left, top, width, height))
        frame = box.text_frame
        frame.word_wrap = True
        for number, text in enumerate(kept):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            if number:
                paragraph.space_before = _points(0.35 * size)[0]
            if marks:
                _bullet(paragraph, indent)
            _write(paragraph, text, size, colour, bold=first_bold and number == 0, font=font)
        return block_height(kept, width - indent - 16, size) + 8

    def picture(
        self, figure: Figure, name: str, alt: str, left: float, top: float, width: float, height: float
    ) -> None:
        """Add a figure as a picture, as large as fits, with the text ``alt`` for those who do not see it."""
        with tempfile.TemporaryDirectory(prefix="diffusion-slides-") as place:
            file = Path(place) / f"{name}.png"
            save(figure, file, dpi=_DPI)
            inches = figure.get_size_inches()
            scale = min(width / inches[0], height / inches[1])
            wide, high = scale * inches[0], scale * inches[1]
            picture = self._slide.shapes.add_picture(
                str(file), *_points(left + (width - wide) / 2, top + (height - high) / 2, wide, high)
            )
        picture.name = name
        _describe(picture, self._plain(alt))

    def table(self, table: PageTable, top: float = TOP, height: float = BOTTOM - TOP) -> float:
        """Add a table that can be edited, its note below, the text as large as the rows allow; return the height."""
        heads = [self._plain(head) for head in table.heads]
        rows = [
            (self._plain(head), [(plain_text(cell.text), plain_text(cell.small), cell.clear) for cell in cells])
            for head, cells in table.rows
        ]
        note, note_size = fitted([self._plain(table.note)], BODY - 16, 56, (13, 12, 11, 10))
        below = block_height(note, BODY - 16, note_size) + 14 if note else 0.0
        first = (0.3 if len(heads) > 2 else 0.6) * BODY
        widths = [first, *[(BODY - first) / (len(heads) - 1)] * (len(heads) - 1)]
        room = height - below

        def wraps(size: float) -> bool:
            """Tell whether small print would stand on two lines."""
            small = (line_count(small, (widths[1] - 12) / (0.8 * size)) for _, cells in rows for _, small, _ in cells)
            return any(lines > 1 for lines in small)

        def lines_high(texts: Sequence[tuple[str, str]], size: float) -> float:
            """Return the height of a row of (text, small print)."""
            return 6 + max(
                LINE_EM * size * line_count(text, (width - 12) / size)
                + (LINE_EM * 0.8 * size * line_count(small, (width - 12) / (0.8 * size)) if small else 0.0)
                for (text, small), width in zip(texts, widths, strict=True)
            )

        def texts_of(size: float) -> list[list[tuple[str, str]]]:
            """Return the texts, names cut to two lines and heads to six."""
            head = [(cut(text, width - 12, 6, size), "") for text, width in zip(heads, widths, strict=True)]
            body = [[(cut(name, widths[0] - 12, 2, size), ""), *((a, b) for a, b, _ in cells)] for name, cells in rows]
            return [head, *body]

        sizes = [each for each in TABLE_SIZES if not wraps(each)] or TABLE_SIZES[-1:]
        size = largest_size(lambda each: sum(lines_high(row, each) for row in texts_of(each)), room, sizes)
        texts = texts_of(size)
        heights = [lines_high(row, size) for row in texts]
        shape = self._slide.shapes.add_table(len(texts), len(heads), *_points(LEFT, top, sum(widths), sum(heights)))
        shape.name = self._plain(table.caption)
        _describe(shape, self._plain(table.caption))
        grid = shape.table
        for number, width in enumerate(widths):
            grid.columns[number].width = _points(width)[0]
        clear = [[True] * len(heads), *([True, *(sure for _, _, sure in cells)] for _, cells in rows)]
        for i, (row, high) in enumerate(zip(texts, heights, strict=True)):
            grid.rows[i].height = _points(high)[0]
            for j, (text, small) in enumerate(row):
                _fill_cell(grid.cell(i, j), text, small, size, head=i == 0, number=j > 0, clear=clear[i][j])
        if note:
            self.text(note, LEFT, top + sum(heights) + 6, BODY, below, sizes=(note_size,), colour=QUIET, marks=False)
        return sum(heights) + below


def _fill_cell(cell: _Cell, text: str, small: str, size: float, *, head: bool, number: bool, clear: bool) -> None:
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    cell.margin_left = cell.margin_right = _points(6)[0]
    cell.margin_top = cell.margin_bottom = _points(2)[0]
    cell.vertical_anchor = MSO_ANCHOR.BOTTOM if head else MSO_ANCHOR.TOP
    cell.fill.solid()
    cell.fill.fore_color.rgb = _colour("D9E8F2" if head else "FFFFFF")
    frame = cell.text_frame
    frame.word_wrap = True
    for place, (words, points, colour) in enumerate(
        ((text, size, INK if clear else QUIET), (small, 0.8 * size, QUIET)) if small else ((text, size, INK),)
    ):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        if number:
            paragraph.alignment = PP_ALIGN.RIGHT
        _write(paragraph, words, points, colour, bold=head)


def _write(paragraph: _Paragraph, text: str, size: float, colour: str, *, bold: bool = False, font: str = "") -> None:
    from pptx.util import Pt

    run = paragraph.add_run()
    run.text = text
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = _colour(colour)
    if font:
        run.font.name = font


def _bullet(paragraph: _Paragraph, indent: float) -> None:
    from lxml import etree

    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(int(indent * 12700)))
    properties.set("indent", str(-int(indent * 12700)))
    space = properties.nsmap["a"]
    etree.SubElement(properties, f"{{{space}}}buChar", char="•")


def _describe(shape: BaseShape, words: str) -> None:
    """Say for those who do not see it what a picture or table shows."""
    shape._element._nvXxPr.cNvPr.set("descr", words)


def _colour(text: str) -> RGBColor:
    from pptx.dml.color import RGBColor

    return RGBColor(*bytes.fromhex(text))


def _place(shape: BaseShape, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = _points(left, top, width, height)


def _points(*values: float) -> list[Length]:
    from pptx.util import Pt

    return [Pt(value) for value in values]
