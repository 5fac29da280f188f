"""The page of a calibration's validation: what is met, every series with its fan, and what stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from diffusion.calibration.fit.policies import YEARS
from diffusion.report.evidence_words.calibration_asked import Asked
from diffusion.report.evidence_words.calibration_words import MOST, TITLE, Part, Rows, most_learnt
from diffusion.report.figures.calibration import learnt_figure, policies_figure, predicted_figure, ranks_figure
from diffusion.report.page.cells import Cell, PageTable
from diffusion.report.page.html import Picture, Pictures, fill
from diffusion.report.pages.validation_page import series_parts

if TYPE_CHECKING:
    from diffusion.calibration.fit.run import Calibration
    from diffusion.calibration.fit.trust import Checks
    from diffusion.calibration.validation import Validation


class PagePart(NamedTuple):
    """A part of the page: its pictures stand before its tables, which are folded away where there are pictures."""

    key: str
    title: str
    text: str
    pictures: list[Picture]
    wide: bool
    tables: list[PageTable]


def render_calibration(
    done: Calibration,
    found: Checks,
    shown: Sequence[Part],
    asked: Sequence[Asked],
    fans: Validation,
    command: str,
    version: str,
) -> str:
    """Return the page as HTML text; the same calibration gives the same text.

    Parameters
    ----------
    shown: the parts in words, of report/evidence_words/calibration_words.py
    asked: what was asked of the calibration, with whether it is met
    fans: the evidence run over draws of the posterior
    """
    make = Pictures()
    context = {
        "question": TITLE,
        "eyebrow": (
            f"{len(fans.evidence)} series, {len(done.z):,} draws of {done.world.inputs.n_shared} parameters "
            f"and {len(done.world.inputs.traits)} traits"
        ),
        "met": sum(row[3] for row in asked),
        "asked": len(asked),
        "missed": [f"{what}: {figure} ({wanted})" for what, figure, wanted, met in asked if not met],
        "parts": [_part(part, done, found, make) for part in shown],
        "fans": series_parts(fans, make),
        "fan_draws": fans.draws,
        "fan_replicates": fans.replicates,
        "command": command,
        "version": version,
        "files": sorted((item.file.name, item.sha256) for item in done.world.evidence),
    }
    return fill("calibration.html.j2", context)


def _part(part: Part, done: Calibration, found: Checks, make: Pictures) -> PagePart:
    pictures, wide = _pictures(part.key, done, found, make)
    return PagePart(
        part.key, part.title, _plain(part.text), pictures, wide, [_table(part.title, table) for table in part.tables]
    )


def _pictures(key: str, done: Calibration, found: Checks, make: Pictures) -> tuple[list[Picture], bool]:
    """Return the pictures of a part, and whether each takes the whole width."""
    if key == "points":
        text = "Fresh runs of the posterior against what was observed, misses first; no discrepancy is added."
        order = sorted(found.predicted, key=lambda one: (one.inside80, one.inside95))
        return [make(predicted_figure(order), "Posterior and evidence", text, text)], True
    if key == "left-out":
        text = "Each family of evidence predicted from all others, misses first."
        order = sorted(found.left_out, key=lambda one: (one.inside80, one.inside95))
        return [make(predicted_figure(order), "Families left out", text, text)], True
    if key == "made-up":
        text = "Ranks of the truth: level within the band, which holds 95 % of the bars where fits are honest."
        names = [key.removeprefix("parameters.") for key in found.made_up.parameters]
        return [make(ranks_figure(names, found.made_up.ranks), "Rank histograms", text, text)], True
    if key == "learnt":
        learnt = most_learnt(done)[:MOST]
        names = [done.world.inputs.priors[n].key.removeprefix("parameters.") for n in learnt]
        text = "Posteriors in their priors, the most learnt first: a bar as wide as the band has learnt nothing."
        return [make(learnt_figure(names, done.chains.flat[:, learnt]), "Prior and posterior", text, text)], True
    if key == "policies":
        text = "Circles: means. Thick and thin: the middle 80 and 95 % of single futures."
        return [
            make(policies_figure(found.policies, year), f"What levers do in {year} years", text, text) for year in YEARS
        ], False
    return [], False


def _table(caption: str, table: Rows) -> PageTable:
    rows = [(_plain(row[0]), [Cell(_plain(text)) for text in row[1:]]) for row in table.rows]
    return PageTable(caption, table.heads, rows)


def _plain(text: str) -> str:
    """Return a text of the document without its marks."""
    return text.replace("**", "").replace("`", "")
