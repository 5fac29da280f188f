"""Figures and numbers of docs/reports.md from the sweep of experiments/uncertainty.yaml.

``python scripts/draw_study.py results/uncertainty`` writes docs/img/acceptability.png,
docs/img/value-of-information.png and the lines between the markers of docs/reports.md.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from diffusion.experiments.searches.study_findings import WORTH_GBP, read_findings
from diffusion.report.figures.costs import acceptability_panel
from diffusion.report.figures.study import evpi_panel
from diffusion.report.figures.style import save
from diffusion.report.page.study_section import section_of
from diffusion.report.words.labels import option_words

DOCS = Path(__file__).resolve().parents[1] / "docs"
MARKED = re.compile(r"(<!-- study -->\n).*?(<!-- /study -->)", re.DOTALL)


def markdown(folder: Path) -> str:
    """Draw the figures and return the lines for the page."""
    found, _ = read_findings(folder)
    worth = "worth of one extra patient benefiting (£)"
    options = option_words(found.study.scenarios)
    save(acceptability_panel(found.curves, options, worth), DOCS / "img" / "acceptability.png", dpi=130)
    save(evpi_panel(WORTH_GBP, found.evpi_by_worth, worth), DOCS / "img" / "value-of-information.png", dpi=130)
    for name in ("acceptability", "value-of-information"):
        (DOCS / "img" / f"{name}.svg").unlink()
    section = section_of(found)
    lines = [section.lead, "", *(f"- {sentence}" for sentence in section.sentences)]
    for table in section.tables:
        lines += [
            "",
            f"**{table.caption}**",
            "",
            "| " + " | ".join(table.heads) + " |",
            "|" + "---|" * len(table.heads),
        ]
        for head, cells in table.rows:
            texts = [f"{cell.text} ({cell.small})" if cell.small else cell.text for cell in cells]
            lines.append("| " + " | ".join([head, *texts]) + " |")
    lines += [
        "",
        "![Acceptability curves](img/acceptability.png)",
        "",
        "Share of draws in which the option has the highest net benefit; bands: 95 % interval.",
        "",
        "![Value of perfect information](img/value-of-information.png)",
        "",
        "Lower and upper estimate of what it would be worth to know all parameters before choosing.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the finished sweep")
    folder = parser.parse_args().folder
    page = DOCS / "reports.md"
    text = page.read_text(encoding="utf-8")
    if not MARKED.search(text):
        raise SystemExit(f"{page} has no <!-- study --> markers")
    lines = markdown(folder)
    page.write_text(MARKED.sub(lambda match: match[1] + lines + match[2], text), encoding="utf-8")


if __name__ == "__main__":
    main()
