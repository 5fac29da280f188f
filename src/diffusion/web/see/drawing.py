"""What the drawing helper does: reads stored results, makes their pages and figures, and keeps both in files."""

from __future__ import annotations

import io
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import escape

from diffusion.deliver.for_readers import View, page_of
from diffusion.deliver.rebuild import read_result, view_of
from diffusion.deliver.regions import page_name, region_page
from diffusion.outlets import json_text, shown
from diffusion.report.figures.style import inline_svg, save
from diffusion.report.followed.innovation_section import render_innovation
from diffusion.report.page.html import Take, figures_taken, fill
from diffusion.report.pages.result_page import answer_box
from diffusion.storage.columns import scenario_names
from diffusion.storage.folder import TABLES
from diffusion.storage.scenario_entry import Json
from diffusion.storage.table_files import SCENARIO, read_table
from diffusion.web.base.seen import HERE, Seen
from diffusion.web.see.figure_data import csv_text, read_figure, table_of
from diffusion.web.see.groups import groups_of_result
from diffusion.web.see.parts import cut

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from diffusion.web.helpers.process import Talk

#: results, and pages with their figures, that are kept in memory
_MOST_RESULTS, _MOST_SHEETS = 3, 4
#: rows of a figure's table on a page; its CSV has all
MOST_ROWS = 400
#: points of a figure for each inch of its own, on a page
_PIXELS_PER_INCH = 100


class _Drawn(NamedTuple):
    """A figure of a page, its title and what it shows."""

    figure: Figure
    title: str
    description: str


_VIEWS: OrderedDict[str, View] = OrderedDict()
_FIGURES: OrderedDict[tuple[str, str], dict[str, _Drawn]] = OrderedDict()


def ready(given: Json, talk: Talk) -> Json:
    """Load what results are read and drawn with, so that the first page does not wait for it."""
    import pyarrow.parquet  # noqa: F401

    return {}


def answer(given: Json, talk: Talk) -> Json:
    """Return the question and the box with the answer, which is quick to say."""
    view = _view(given)
    box = answer_box(view.tables, view.comparison, view.bought)
    what = {"question": str(box["question"]), "answer": fill("answer.html.j2", box).strip()}
    _seen(given).keep_sheet("answer", what)
    return {}


def page(given: Json, talk: Talk) -> Json:
    """Make the page of a result, with its figures elsewhere."""
    view = _view(given)
    _make(given, "page")
    groups = groups_of_result(view)
    _seen(given).keep_sheet("regions", groups)
    return {}


def region(given: Json, talk: Talk) -> Json:
    """Make the page of a region that the result keeps."""
    _make(given, f"region-{int(given['place'])}")
    return {}


def innovation(given: Json, talk: Talk) -> Json:
    """Make the page of an innovation."""
    _make(given, f"innovation-{int(given['place'])}")
    return {}


def figure(given: Json, talk: Talk) -> Json:
    """Draw a figure of a page into a file, or write its data; ``known`` is false where there is no such figure."""
    sheet, name, ending = str(given["sheet"]), str(given["figure"]), str(given["ending"])
    key = str(given["key"]), sheet
    if key not in _FIGURES and not _make(given, sheet):
        return {"known": False}
    _FIGURES.move_to_end(key)
    drawn = _FIGURES[key].get(name)
    if drawn is None:
        return {"known": False}
    _seen(given).keep_figure(sheet, name, ending, _written(drawn, name, ending))
    return {"known": True}


def _written(drawn: _Drawn, name: str, ending: str) -> bytes:
    if ending == "svg":
        return inline_svg(drawn.figure, name, drawn.title, drawn.description).encode()
    if ending == "png":
        out = io.BytesIO()
        save(drawn.figure, out, name=f"{name}.png")  # type: ignore[arg-type]
        return out.getvalue()
    points = read_figure(drawn.figure)
    if ending == "csv":
        return csv_text(points).encode()
    heads, rows = table_of(points)
    table = {"title": drawn.title, "heads": heads, "rows": rows[:MOST_ROWS], "of": len(rows)}
    return json_text(table, None).encode()


def _make(given: Json, sheet: str) -> bool:
    """Make a page and keep it, and its figures in memory; false where there is no such page."""
    view, figures = _view(given), dict[str, _Drawn]()
    what: Json
    with figures_taken(_taking(figures, sheet)):
        if sheet == "page":
            what = cut(page_of(view))._asdict()
            what["question"] = str(answer_box(view.tables, view.comparison, view.bought)["question"])
        elif sheet.startswith("region-"):
            place = int(sheet.removeprefix("region-"))
            if place >= len(view.regions):
                return False
            chosen, own = view.regions[place]
            what = cut(region_page(view, chosen, own))._asdict()
            what["file"] = page_name(chosen)
        elif sheet.startswith("innovation-"):
            ids = [str(row["code"]) for row in groups_of_result(view)["innovations"]["rows"]]
            place = int(sheet.removeprefix("innovation-"))
            if place >= len(ids):
                return False
            main = render_innovation(view.tables, ids[place], _curves(given, view, ids[place]))
            what = {"main": main, "short": main, "folded": []}
        else:
            return False
    if sheet != "page":
        what["short"], what["folded"] = what["main"], []
    _seen(given).keep_sheet(sheet, what)
    _FIGURES[str(given["key"]), sheet] = figures
    while len(_FIGURES) > _MOST_SHEETS:
        _FIGURES.popitem(last=False)
    return True


def _curves(given: Json, view: View, id: str):  # type: ignore[no-untyped-def]
    """Return the rows of an innovation in the table of curves, by scenario and month; None without them."""
    import pandas as pd

    frame = read_table(_folder(given) / TABLES, "by_innovation")
    if frame is None:
        return None
    frame = frame[frame["code"].astype(str) == id]
    parts = [frame[frame[SCENARIO] == name].sort_values("month") for name in scenario_names(view.tables)]
    months = view.tables[0].months + 1
    return pd.concat(parts) if all(len(part) == months for part in parts) else None


def _taking(figures: dict[str, _Drawn], sheet: str) -> Take:
    """Return what puts a picture with its table and files into a page, in the place of the figure itself."""
    before = "" if sheet == "page" else f"{sheet}."

    def take(figure: Figure, name: str, title: str, description: str) -> str:
        figures[name] = _Drawn(figure, title, description)
        width, height = (round(_PIXELS_PER_INCH * float(inches)) for inches in figure.get_size_inches())
        at = f"{HERE}figures/{before}{name}"
        text = escape(shown(f"{title}. {description}"))
        return (
            f'<img src="{at}.svg" width="{width}" height="{height}" alt="{text}" loading="lazy">'
            f'<div class="ways"><a href="{at}.svg" download>SVG</a> <a href="{at}.png" download>PNG</a> '
            f'<a href="{at}.csv" download>CSV</a><details hx-get="{at}" hx-trigger="toggle once" '
            f'hx-target="find div"><summary>Table</summary><div><a href="{at}">As a table</a></div></details></div>'
        )

    return take


def _view(given: Json) -> View:
    key = str(given["key"])
    if key not in _VIEWS:
        folder = _folder(given)
        _VIEWS[key] = view_of(folder, read_result(folder, accept_altered=True))[0]
        while len(_VIEWS) > _MOST_RESULTS:
            _VIEWS.popitem(last=False)
    _VIEWS.move_to_end(key)
    return _VIEWS[key]


def _folder(given: Json) -> Path:
    return Path(given["root"], given["name"])


def _seen(given: Json) -> Seen:
    return Seen(Path(given["own"]), str(given["key"]))
