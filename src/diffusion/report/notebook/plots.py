"""Figures for notebooks: those of the page, of results, sweeps and ablations. They belong to no window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from diffusion.analysis.results.joining import joined
from diffusion.errors import InputError, did_you_mean
from diffusion.experiments.running.results import Results
from diffusion.experiments.searches.ablation import Ablation
from diffusion.experiments.searches.sensitivity import (
    Subject,
    analyse,
    check_outcomes,
    read_cube,
    read_ended,
    subjects_of,
)
from diffusion.experiments.sweep.folder import Sweep
from diffusion.experiments.sweep.read import rows_of
from diffusion.report.figures.attribution import attribution_figure
from diffusion.report.figures.curves import change_figure
from diffusion.report.figures.result_figures import figure_makers
from diffusion.report.figures.sensitivity import sensitivity_figure
from diffusion.report.figures.style import png_data
from diffusion.report.words.sensitivity_words import left_out_texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: dots per inch of a figure in a notebook; it is shown at half its dots
_DOTS = 144


def plot_of(shown: object, *asked: str | None) -> Figure:
    """Return the figure of an object, as its method ``plot`` says."""
    if isinstance(shown, Ablation):
        return ready(attribution_figure(shown))
    if isinstance(shown, Sweep):
        return ready(_of_sweep(shown, *asked))
    tables = [shown] if isinstance(shown, Results) else list(_results(shown))
    return ready(_of_results(tables, str(asked[0])))


def _results(shown: object) -> Sequence[Results]:
    assert isinstance(shown, list)
    return shown


def _of_results(tables: Sequence[Results], what: str) -> Figure:
    if not tables:
        raise InputError("there are no results to draw", expected="the results of a scenario at least")
    makers = figure_makers(tables)
    if len(tables) > 1:
        makers["change"] = partial(change_figure, joined(tables))
    if what not in makers:
        raise InputError(
            f"there is no figure '{what}' of these results",
            key="plot",
            expected=f"one of {', '.join(makers)}",
            suggestion=did_you_mean(what, makers) or "for example adoption",
        )
    return makers[what]()


def _of_sweep(
    sweep: Sweep, outcome: str | None = None, scenario: str | None = None, minus: str | None = None
) -> Figure:
    design = sweep.design
    name = check_outcomes(design, [outcome] if outcome else [])[0]
    if not design.factors:
        raise InputError(
            f"the study '{design.study.name}' has no factors, so there is nothing to be sensitive to", key="factors"
        )
    subject = subjects_of(design, [scenario] if scenario else [], [])[0]
    if minus is not None:
        subjects_of(design, [minus], [])
        subject = Subject(scenario or subject.scenario, minus)
    cube, ended = read_cube(design, rows_of(sweep), [name])[name], read_ended(design, rows_of(sweep))
    found = analyse(design, cube, name, subject, ended=ended)
    if found.problem:
        why = "; ".join((found.problem, *left_out_texts(found)))
        raise InputError(f"{name} of {subject.name}: {why}", file=sweep.folder, key="plot")
    return sensitivity_figure(found)


def ready(figure: Figure) -> Figure:
    """Return a figure that notebooks show although it belongs to no window."""
    vars(figure)["_repr_png_"] = partial(_png, figure)
    return figure


def _png(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """Return a figure as PNG with the size in pixels at which it is shown, as IPython asks for it."""
    wide, high = (int(inches * _DOTS / 2) for inches in figure.get_size_inches())
    return png_data(figure, _DOTS), {"width": wide, "height": high}
