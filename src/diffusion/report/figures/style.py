"""One look for all figures: colours that colour-blind readers can tell apart, quiet axes, stable bytes."""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.engine.stages import STAGES
from diffusion.outlets import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

#: The palette of Okabe and Ito (2008); the first scenario, the reference, is grey.
REFERENCE_COLOUR = "#4d4d4d"
SCENARIO_COLOURS: tuple[str, ...] = (
    REFERENCE_COLOUR,
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
)
LINE_STYLES: tuple[str, ...] = ("-", "--", ":", "-.")
GAIN, LOSS, UNCLEAR = "#0072B2", "#D55E00", "#8c8c8c"
INK, FAINT, GRID = "#1a1a1a", "#595959", "#dddddd"

#: From far along (dark) to not yet begun (pale); the two exits in the orange family.
STAGE_COLOURS: dict[str, str] = {
    "sustained": "#08306b",
    "rollout": "#2171b5",
    "pilot": "#6baed6",
    "evaluating": "#b3d3ea",
    "aware": "#dfeaf3",
    "unaware": "#f5f5f5",
    "rejected": "#f6c98a",
    "abandoned": "#D55E00",
    "no_use": "#cfcfcf",
}
assert set(STAGE_COLOURS) == set(STAGES) - {"ineligible"}

#: Width of one panel, inches; a page shows it at about 410 CSS pixels, a phone at its full width.
PANEL_INCHES = 4.3

#: held while a figure is made or saved
_DRAWING = threading.RLock()
_RC: dict[str, object] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "sans-serif"],
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8.0,
    "axes.labelsize": 9.0,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "path.simplify": True,
    # names are text: a dollar sign in one begins no formula
    "text.parse_math": False,
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Apply the look to figures made inside, whatever a ``matplotlibrc`` or the calling program has set.

    One thread at a time: Matplotlib's settings are those of the whole process.
    """
    import matplotlib

    with _DRAWING, matplotlib.rc_context():
        # checked when they were made: to check three hundred settings again for every figure takes milliseconds
        dict.update(matplotlib.rcParams, _settings())  # type: ignore[misc]
        yield


@cache
def _settings() -> dict[str, Any]:
    """Return all settings of Matplotlib: its own defaults and the look."""
    import matplotlib

    with matplotlib.rc_context(_RC):  # type: ignore[arg-type]
        # those of a dict: RcParams' own read the backend, which loads pyplot
        look: dict[str, Any] = {str(name): value for name, value in dict.items(matplotlib.rcParams) if name in _RC}
    default = dict.items(matplotlib.rcParamsDefault)
    own = {str(name): value for name, value in default if not str(name).startswith("backend")}
    return own | look


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure that belongs to no window and no global state; sizes in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def colour_of(scenario: int) -> str:
    """Return the colour of a scenario by its position."""
    if scenario == 0:
        return SCENARIO_COLOURS[0]
    return SCENARIO_COLOURS[1 + (scenario - 1) % (len(SCENARIO_COLOURS) - 1)]


def line_style_of(scenario: int) -> str:
    """Return a line style that tells scenarios of the same colour apart."""
    if scenario == 0:
        return LINE_STYLES[0]
    return LINE_STYLES[(scenario - 1) // (len(SCENARIO_COLOURS) - 1) % len(LINE_STYLES)]


def spread_labels(positions: Sequence[float], gap: float, lines: Sequence[int] = ()) -> list[float]:
    """Return label positions at least ``gap`` apart, in the same order and as near to ``positions`` as that allows.

    ``lines`` of each label: labels of more than one are further apart, by ``gap`` for each line between their middles.
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    high = [lines[i] if lines else 1 for i in order]
    offsets = [0.0]
    for below, above in pairwise(high):
        offsets.append(offsets[-1] + gap * (below + above) / 2)
    clusters: list[list[float]] = []  # [sum of wanted first positions, members]
    for rank, i in enumerate(order):
        clusters.append([positions[i] - offsets[rank], 1.0])
        while len(clusters) > 1 and clusters[-2][0] / clusters[-2][1] > clusters[-1][0] / clusters[-1][1]:
            last = clusters.pop()
            clusters[-1][0] += last[0]
            clusters[-1][1] += last[1]
    placed = [0.0] * len(positions)
    rank = 0
    for total, members in clusters:
        for _ in range(int(members)):
            placed[order[rank]] = total / members + offsets[rank]
            rank += 1
    return placed


def legend_label(text: str) -> str:
    """Return ``text`` so that a legend shows it: Matplotlib leaves out what begins with an underscore."""
    return f" {text}" if text.startswith("_") else text


def beside_axes(axes: Axes, points: float) -> Transform:
    """Return coordinates in fractions of the axes, moved to the right by ``points``."""
    from matplotlib.transforms import offset_copy

    return offset_copy(axes.transAxes, axes.get_figure(root=True), x=points, units="points")


def label_lines(
    axes: Axes, x: float, ends: Sequence[float], labels: Sequence[str], colours: Sequence[str], size: float = 8.5
) -> None:
    """Write the name of each line, of one line of text or two, at its right end, moved apart where ends are close."""
    low, high = axes.get_ylim()
    height = axes.get_window_extent().height * 72 / axes.figure.dpi * 0.9  # points, before the layout shrinks it
    lines = [label.count("\n") + 1 for label in labels]
    placed = spread_labels(list(ends), (high - low) * size * 1.3 / height, lines)
    beside = beside_axes(axes, 10)
    for end, y, label, colour in zip(ends, placed, labels, colours):
        axes.annotate(
            label,
            (x, end),
            xytext=(1, (y - low) / (high - low)),
            textcoords=beside,
            color=colour,
            fontsize=size,
            va="center",
            ha="left",
            linespacing=1.0,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 2},
        )


def save(figure: Figure, path: Path, dpi: int = 160, name: str = "") -> None:
    """Write an SVG or PNG file, as the ending of ``name`` says; the same figure and name always give the same bytes.

    ``name`` is that of the finished file, default that of ``path``.
    """
    stem, _, ending = (name or path.name).rpartition(".")
    with _ready_to_save(figure, stem):
        if ending == "svg":
            figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        else:
            figure.savefig(path, format="png", dpi=dpi, metadata={"Software": None})


def png_data(figure: Figure, dpi: int) -> bytes:
    """Return a figure as the bytes of a PNG."""
    data = io.BytesIO()
    with _ready_to_save(figure, "png"):
        figure.savefig(data, format="png", dpi=dpi, metadata={"Software": None})
    return data.getvalue()


@contextmanager
def _ready_to_save(figure: Figure, name: str) -> Iterator[None]:
    """Write out unseen characters in the texts of ``figure``, and use ids that follow from ``name``."""
    import matplotlib
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_text(shown(text.get_text()))
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            formatter = axis.get_major_formatter()  # labels of ticks are made when they are drawn
            formatter.format_ticks = partial(_shown_ticks, formatter.format_ticks)  # type: ignore[method-assign]
    with figure_style(), matplotlib.rc_context({"svg.hashsalt": name}), warnings.catch_warnings():
        # the vector file keeps the letters, and readers' fonts have them; the picture shows a box
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        # a text that leaves no room for the axes is drawn all the same
        warnings.filterwarnings("ignore", "constrained_layout not applied", UserWarning)
        yield


def _shown_ticks(made: Callable[[list[float]], list[str]], values: list[float]) -> list[str]:
    return [shown(label) for label in made(values)]


def _with_own_ids(tag: str, name: str) -> str:
    tag = re.sub(r'\bid="', f'id="{name}-', tag)
    tag = tag.replace("url(#", f"url(#{name}-")
    return tag.replace('xlink:href="#', f'xlink:href="#{name}-')


def inline_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """Return the figure as an SVG element for a page: own ids, no size of its own, title and description."""
    from markupsafe import escape

    buffer = io.StringIO()
    with _ready_to_save(figure, name):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # inside tags only: a label may hold the same letters
    svg = re.sub(r"<[^<>]+>", lambda tag: _with_own_ids(tag[0], name), svg)
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="([^"]+)"', head)
    assert box is not None
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box[1]}" '
        f'role="img" aria-labelledby="{name}-title {name}-desc"'
    )
    title, description = escape(shown(title)), escape(shown(description))
    names = f'<title id="{name}-title">{title}</title><desc id="{name}-desc">{description}</desc>'
    return f"{head}>{names}{body}".strip()
