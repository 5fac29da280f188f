"""The data of a figure, read from what was drawn: lines, bands, bars, points and intervals, with names and units.

Nothing is known of what a figure is about: what is read is what the figure shows, and that alone. Series are named as
readers of the figure name them: by the legend, by the text of the same colour beside a line, or by the title.
"""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from diffusion.outlets import csv_cell

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure
    from matplotlib.typing import ColorType

#: two places on an axis are one where they are not further apart, relative to the span of what is drawn
_SAME = 1e-9
#: how far the label of a row or column may be from what stands in it
_NEAR = 0.5


class Point(NamedTuple):
    """One thing that is drawn. ``x`` is a number, or the label of a row or column; ``y`` is the value there.

    Where a figure has rows, values lie along its lower axis: that is ``y`` then. Of a bar ``y`` is its length, and its
    interval is counted from where it begins. ``low`` and ``high`` are the wider interval, ``low_inner`` and
    ``high_inner`` the narrower one; ``value`` is what a colour stands for. None where nothing is drawn.
    """

    panel: str
    series: str
    x: float | str
    y: float | None
    low: float | None = None
    high: float | None = None
    low_inner: float | None = None
    high_inner: float | None = None
    value: float | None = None
    x_unit: str = ""
    y_unit: str = ""
    value_unit: str = ""


Interval = tuple[float, float]


def read_figure(figure: Figure) -> list[Point]:
    """Return what is drawn in all panels of a figure, panel by panel."""
    found: list[Point] = []
    for axes in figure.axes:
        # what a map shows larger in a corner is on the map too
        for panel in (axes, *(axes.child_axes if axes.axison else ())):
            if panel.get_visible() and not hasattr(panel, "_colorbar"):
                found += _Panel(panel).points()
    return found


def csv_text(points: Sequence[Point]) -> str:
    """Return points as CSV, numbers in full; columns in which nothing stands are left out."""
    kept = [place for place, name in enumerate(Point._fields) if name in _ALWAYS or _stands(points, place)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([Point._fields[place] for place in kept])
    writer.writerows([_cell(point[place]) for place in kept] for point in points)
    return out.getvalue()


_ALWAYS = ("series", "x", "y")
#: what the columns of a table are called where the figure says nothing better
_HEADS = {
    "panel": "Panel",
    "series": "Series",
    "low": "Low",
    "high": "High",
    "low_inner": "Inner low",
    "high_inner": "Inner high",
}


def table_of(points: Sequence[Point]) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of a table for readers: numbers rounded to what a figure shows, units in the heads."""
    names = [name for name in Point._fields if not name.endswith("_unit")]
    kept = [name for name in names if name in _ALWAYS or _stands(points, Point._fields.index(name))]
    units = {name: dict.fromkeys(getattr(point, f"{name}_unit") for point in points) for name in ("x", "y", "value")}
    heads = []
    for name in kept:
        unit = " or ".join(text.replace("\n", " ") for text in units.get(name, {}) if text)
        heads.append(_HEADS.get(name) or (unit[:1].upper() + unit[1:]) or {"x": "At", "y": "Value"}.get(name, name))
    rows = [[_shown(getattr(point, name)) for name in kept] for point in points]
    return heads, rows


def _stands(points: Sequence[Point], place: int) -> bool:
    return any(point[place] not in (None, "") for point in points)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    return "" if value is None else csv_cell(str(value).replace("\n", " "))


def _shown(value: object) -> str:
    if isinstance(value, float):
        return (f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.6g}") if math.isfinite(value) else "–"
    return "–" if value is None else str(value).replace("\n", " ")


def _number(value: float) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


class _Panel:
    """One panel of a figure."""

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.is_map = not axes.axison
        self.title = axes.get_title(loc="left") or axes.get_title() or self._written_title()
        self.names = self._names()
        lines = [line for line in axes.lines if line.get_transform() == axes.transData]
        self.lines = [] if self.is_map else [line for line in lines if line.get_visible()]
        self.across, self.upright = self._segments()
        self.x_unit, self.y_unit = axes.get_xlabel() or self._common("x"), axes.get_ylabel() or self._common("y")
        texts = [text.get_text() for text in axes.get_xticklabels()]
        if not self.x_unit and texts and all(len(text) == 4 and text.isdigit() for text in texts):
            self.x_unit = "calendar year"
        self.x_labels = _labels(axes.get_xticks(), texts)
        self.y_labels = _labels(axes.get_yticks(), [text.get_text() for text in axes.get_yticklabels()])

    def points(self) -> list[Point]:
        return [*self._bars(), *self._curves(), *self._clouds()]

    def _written_title(self) -> str:
        return next((text.get_text() for text in self.axes.texts if text.get_fontweight() == "bold"), "")

    def _common(self, axis: str) -> str:
        text = getattr(self.axes.get_figure(root=True), f"_sup{axis}label", None)
        return "" if text is None else str(text.get_text())

    def _names(self) -> dict[str, list[str]]:
        """Return colour -> the names that stand in it, or beside a mark of it, in order."""
        names: dict[str, list[str]] = defaultdict(list)
        for mark in self.axes.lines:
            where = np.asarray(mark.get_xydata(), dtype=np.float64)
            if len(where) == 1 and mark.get_transform() != self.axes.transData:
                beside = [text for text in self.axes.texts if abs(text.get_position()[1] - where[0][1]) < _SAME]
                names[_colour(mark.get_color())] += [text.get_text() for text in beside if text.get_text()]
        for text in self.axes.texts:
            if text.get_text():
                names[_colour(text.get_color())].append(text.get_text())
        title = self.axes._left_title if self.axes.get_title(loc="left") else self.axes.title  # type: ignore[attr-defined]
        if title.get_text():
            names[_colour(title.get_color())].append(title.get_text())
        return names

    def _name(self, artist: Artist, colour: object, place: int, what: str, several: bool) -> str:
        label = str(artist.get_label())
        if label and not label.startswith("_"):
            return _plain(label)
        named = self.names.get(_colour(colour), [])
        if named:
            return _plain(named[min(place, len(named) - 1)])
        return _plain(self.title) if self.title and not several else what

    def _segments(self) -> tuple[list[tuple[float, Interval]], list[tuple[float, Interval]]]:
        """Return (place, ends) of lines that lie across, and of those that stand upright."""
        from matplotlib.collections import LineCollection

        across, upright = [], []
        for collection in self.axes.collections:
            if isinstance(collection, LineCollection):
                for segment in collection.get_segments():
                    if len(segment) != 2:
                        continue
                    (x0, y0), (x1, y1) = ((float(x), float(y)) for x, y in segment)
                    if y0 == y1:
                        across.append((y0, (min(x0, x1), max(x0, x1))))
                    elif x0 == x1:
                        upright.append((x0, (min(y0, y1), max(y0, y1))))
        return across, upright

    def _bars(self) -> Iterator[Point]:
        from matplotlib.container import BarContainer

        for container in self.axes.containers:
            if not isinstance(container, BarContainer):
                continue
            lying = container.orientation == "horizontal"
            labels = self.y_labels if lying else self.x_labels
            for bar in container.patches:
                middle = bar.get_y() + bar.get_height() / 2 if lying else bar.get_x() + bar.get_width() / 2
                begin, length = (bar.get_x(), bar.get_width()) if lying else (bar.get_y(), bar.get_height())
                ends = [
                    (low - begin, high - begin) for low, high in _at(self.across if lying else self.upright, middle)
                ]
                series = str(container.get_label())
                series = _plain(self.title) if series.startswith("_") else _plain(series)
                yield self._point(series, _label(labels, middle), length, ends, lying)

    def _curves(self) -> Iterator[Point]:
        """Yield lines, each with the bands of its colour, then bands of which there is no line."""
        bands = self._bands()
        used: set[int] = set()
        seen: dict[str, int] = defaultdict(int)
        several = len(self.lines) > 1
        for number, line in enumerate(self.lines, start=1):
            colour = _colour(line.get_color())
            name = self._name(line, line.get_color(), seen[colour], f"line {number}", several)
            x, y = (np.asarray(values, dtype=np.float64) for values in line.get_data())
            mine = []
            for place, (own, at, low, high) in enumerate(bands):
                if own == colour and place not in used and len(at) == len(x) and np.array_equal(at, x):
                    used.add(place)
                    mine.append((low, high))
            seen[colour] += 1
            for i in range(len(x)):
                ends = [(float(low[i]), float(high[i])) for low, high in mine] + _at(self.upright, float(x[i]), y[i])
                yield self._point(name, _label(self.x_labels, float(x[i]), self._categories), float(y[i]), ends)
        for place, (own, at, low, high) in enumerate(bands):
            if place not in used:
                named = self.names.get(own, [])
                name = _plain(named[0]) if named else f"band {place + 1}"
                for i in range(len(at)):
                    # without a line, bands are layers: each adds its own height to those below
                    height = None if self.lines else float(high[i] - low[i])
                    yield self._point(name, float(at[i]), height, [(float(low[i]), float(high[i]))])

    @property
    def _categories(self) -> bool:
        """Whether the lower axis has words rather than numbers."""
        return any(not _is_number(text) for _, text in self.x_labels)

    def _bands(self) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
        """Return (colour, x, low, high) of every filled band."""
        from matplotlib.collections import LineCollection, PathCollection, PolyCollection

        found = []
        for collection in self.axes.collections:
            if not isinstance(collection, PolyCollection) or isinstance(collection, LineCollection | PathCollection):
                continue
            outlines = [np.asarray(path.vertices, dtype=np.float64) for path in collection.get_paths()]
            parts = [_band(outline) for outline in outlines if len(outline) >= 4]
            if parts:
                x, one, other = (np.concatenate([part[i] for part in parts]) for i in range(3))
                low, high = np.minimum(one, other), np.maximum(one, other)
                found.append((_colour(collection.get_facecolor()[0]), x, low, high))
        return found

    def _clouds(self) -> Iterator[Point]:
        """Yield points, those in rows with the intervals that lie there."""
        from matplotlib.collections import PathCollection

        clouds = [each for each in self.axes.collections if isinstance(each, PathCollection)]
        bars = [bar.ax for bar in (getattr(each, "colorbar", None) for each in clouds) if bar is not None]
        unit = next((bar.get_xlabel() or bar.get_ylabel() for bar in bars), "")  # all colours of a panel mean the same
        labels = {_colour(each.get_facecolor()[0]): str(each.get_label()) for each in clouds if _places(each).size}
        labels = {colour: label for colour, label in labels.items() if not label.startswith("_")}
        for cloud in clouds:
            offsets = _places(cloud)
            colours = cloud.get_array()
            values = None if colours is None else np.asarray(colours, dtype=np.float64)
            label = str(cloud.get_label())
            if label.startswith("_"):
                faces = np.asarray(cloud.get_facecolor())
                label = labels.get(_colour(faces[0]), self.title) if len(faces) else self.title
                label = label if not self.is_map or values is not None else f"{self.title}: no clear change"
            for i, (x, y) in enumerate(offsets):
                value = None if values is None else _number(values[i])
                if self.across:
                    ends = _at(self.across, float(y))
                    yield self._point(_plain(label), _label(self.y_labels, float(y)), float(x), ends, True)
                elif self.is_map:
                    place = Point(_plain(self.title), _plain(label), float(x), float(y))
                    yield place._replace(
                        value=value, x_unit="longitude (degrees)", y_unit="latitude (degrees)", value_unit=unit
                    )
                else:
                    yield self._point(_plain(label), float(x), float(y), [])._replace(value=value, value_unit=unit)

    def _point(
        self, series: str, x: float | str, y: float | None, ends: Sequence[Interval], lying: bool = False
    ) -> Point:
        wide = sorted(ends, key=lambda end: end[0] - end[1])
        outer = wide[0] if wide else (None, None)
        inner = wide[1] if len(wide) > 1 else (None, None)
        bounds = [None if end is None else _number(end) for end in (*outer, *inner)]
        x_unit, y_unit = ("", self.x_unit) if lying else (self.x_unit, self.y_unit)
        number = None if y is None else _number(y)
        low, high, low_inner, high_inner = bounds
        return Point(
            _plain(self.title), series, x, number, low, high, low_inner, high_inner, None, x_unit or "", y_unit
        )


def _places(cloud: PathCollection) -> np.ndarray:
    """Return where the points of a cloud lie, [point, 2]."""
    return np.asarray(cloud.get_offsets(), dtype=np.float64).reshape(-1, 2)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _colour(colour: object) -> str:
    """Return a colour without its transparency: a band has that of its line."""
    from matplotlib.colors import to_hex

    try:
        return str(to_hex(cast("ColorType", colour)))
    except ValueError:
        return ""


def _band(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x and both edges of a band from its outline: a start, one edge, an end, and the other edge backwards."""
    if len(points) % 2:  # the outline is closed
        points = points[:-1]
    number = (len(points) - 2) // 2
    one, other = points[1 : number + 1], points[number + 2 :][::-1]
    return one[:, 0], one[:, 1], other[:, 1]


def _at(segments: Sequence[tuple[float, Interval]], place: float, inside: float | None = None) -> list[Interval]:
    """Return the ends of the lines at a place; of those only that hold ``inside``, where that is given."""
    found = [ends for where, ends in segments if abs(where - place) <= _SAME * max(1.0, abs(place))]
    if inside is None or not math.isfinite(inside):
        return found
    room = 1e-6 * max(1.0, abs(inside))
    return [ends for ends in found if ends[0] - room <= inside <= ends[1] + room] or found


def _labels(ticks: Iterable[float], texts: Sequence[str]) -> list[tuple[float, str]]:
    return [(float(tick), _plain(text)) for tick, text in zip(ticks, texts) if text.strip()]


def _label(labels: Sequence[tuple[float, str]], place: float, wanted: bool = True) -> float | str:
    """Return the words at a place of an axis; the place itself where there are none."""
    if not wanted or not labels:
        return place
    tick, text = min(labels, key=lambda label: abs(label[0] - place))
    return text if abs(tick - place) <= _NEAR else place


def _is_number(text: str) -> bool:
    return all(letter in "0123456789.,-−+ " for letter in text)
