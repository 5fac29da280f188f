"""Write the tables of docs/model.md and docs/assumptions.md that come from code.

``python scripts/model_tables.py`` rewrites every block between ``<!-- generated: NAME begin -->`` and
``<!-- generated: NAME end -->``. ``--check`` writes nothing and ends with 1 if a block is out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from diffusion.engine.ledger import FLOWS
from diffusion.engine.parameters import ParameterInfo, describe_section
from diffusion.engine.term_specs import MOST_MONEY, TERMS, TermSpec
from diffusion.levers.base import Lever
from diffusion.levers.registry import all_levers
from diffusion.mechanisms.parameters import all_parameters
from diffusion.month.phases import PHASES

DOCS = Path(__file__).resolve().parents[1] / "docs"
FILES = (DOCS / "model.md", DOCS / "assumptions.md")
BLOCK = re.compile(
    r"<!-- generated: (?P<name>[\w -]+?) begin -->\n(?P<body>.*?)<!-- generated: (?P=name) end -->", re.S
)
WIDTH = 120


def levers() -> dict[str, type[Lever]]:
    """Return the numbered levers by id; examples and plug-ins have no number."""
    return {name: lever for name, lever in all_levers().items() if lever.number}


def own_parameters(lever: type[Lever]) -> list[ParameterInfo]:
    """Return the parameters of a lever without those that all levers share."""
    return [info for info in describe_section(lever.name, lever) if info.name not in Lever.model_fields]


def number(value: Any) -> str:
    """Return a value as it is printed in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return str(value)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(head), ["---"] * len(head), *cells])


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def parameter_rows(parameters: Iterable[ParameterInfo], section: bool = True) -> Iterable[list[str]]:
    for p in parameters:
        bounds = f"{number(p.low)} to {number(p.high)}" if p.low is not None and p.high is not None else ""
        row = [code(p.name), p.symbol, number(p.default), bounds, p.unit, p.grade, p.source, p.description]
        yield [code(p.section), *row] if section else row


PARAMETER_HEAD = ("section", "name", "symbol", "default", "plausible range", "unit", "grade", "source", "meaning")


def parameters() -> str:
    return table(PARAMETER_HEAD, parameter_rows(all_parameters()))


def lever_parameters() -> str:
    shared = [info._replace(section="all levers") for info in describe_section("", Lever)]
    own = [info for lever in levers().values() for info in own_parameters(lever)]
    return table(("lever", *PARAMETER_HEAD[1:]), parameter_rows([*shared, *own]))


def phases() -> str:
    rows = ([str(n), code(p.name), p.title, code(p.equation)] for n, p in enumerate(PHASES, start=1))
    return table(("no.", "phase", "what happens", "equation"), rows)


def terms() -> str:
    writers = {name: [key for key, lever in levers().items() if name in lever.writes] for name in TERMS}
    rows = (
        [code(t.name), t.unit, t.combine, number(t.neutral), *_range(t), ", ".join(map(code, writers[t.name]))]
        for t in TERMS.values()
    )
    return table(("term", "unit", "combines by", "neutral", "range", "meaning", "written by"), rows)


def _range(term: TermSpec) -> tuple[str, str]:
    """Return what a term can be, and its meaning; a bound that only keeps numbers finite is not told."""
    low, high = (number(end) if abs(end) < MOST_MONEY else "" for end in (term.low, term.high))
    if low and high:
        return f"{low} to {high}", term.description
    return f"at least {low}" if low else "", term.description


def payments() -> str:
    rows = ([code(flow.purpose), flow.payer, flow.payee, flow.description] for flow in FLOWS)
    return table(("payment", "payer", "payee", "meaning"), rows)


def lever_table() -> str:
    rows = (
        [str(x.number), code(name), x.title, x.acts_on, x.grade, x.source, x.historic_start]
        for name, x in levers().items()
    )
    return table(("no.", "id", "title", "acts on", "grade", "source", "since"), rows)


def lever_block(lever: type[Lever]) -> str:
    """Return title, equation and terms of one lever."""
    equation = "\n".join(textwrap.wrap(lever.equation, WIDTH))
    lasts = f", lasts {lever.default_months} months" if lever.default_months else ""
    written = ", ".join(code(name) for name in lever.writes)
    about = f"{lever.title}. Grade {lever.grade}; since {lever.historic_start}{lasts}. Writes {written}."
    return "\n".join([*textwrap.wrap(about, WIDTH), "", "```text", equation, "```"])


def grades() -> str:
    own = [info for lever in levers().values() for info in own_parameters(lever)]
    groups = {
        "parameters of the mechanisms": [p.grade for p in all_parameters()],
        "parameters of the levers": [p.grade for p in own],
        "levers as a whole": [lever.grade for lever in levers().values()],
    }
    rows = []
    for name, found in groups.items():
        counts = Counter(found)
        rows.append([name, str(len(found)), *(str(counts[grade]) for grade in "ABC")])
    return table(("what", "number", "A", "B", "C"), rows)


TABLES = {
    "parameters": parameters,
    "lever parameters": lever_parameters,
    "phases": phases,
    "terms": terms,
    "payments": payments,
    "levers": lever_table,
    "grades": grades,
}


def block(name: str) -> str:
    """Return what stands between the marks of this name."""
    if name in TABLES:
        return TABLES[name]()
    lever = levers().get(name.removeprefix("lever "))
    if lever is None or not name.startswith("lever "):
        raise SystemExit(f"there is no generated block '{name}'")
    return lever_block(lever)


def names(text: str) -> list[str]:
    """Return the names of the generated blocks of a document."""
    return [match["name"] for match in BLOCK.finditer(text)]


def by_hand(text: str) -> str:
    """Return a document without its generated blocks."""
    return BLOCK.sub("", text)


def stale(text: str) -> list[str]:
    """Return the names of the blocks that do not say what the code says."""
    return [match["name"] for match in BLOCK.finditer(text) if match["body"].strip() != block(match["name"])]


def renewed(text: str) -> str:
    """Return a document with all its blocks written anew."""

    def written(match: re.Match[str]) -> str:
        name = match["name"]
        return f"<!-- generated: {name} begin -->\n{block(name)}\n<!-- generated: {name} end -->"

    return BLOCK.sub(written, text)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a block is out of date")
    options = parser.parse_args(arguments)
    outdated = 0
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        found = stale(text)
        outdated += len(found)
        if options.check:
            for name in found:
                print(f"{path.name}: '{name}' is out of date; run python scripts/model_tables.py")
        elif found:
            path.write_text(renewed(text), encoding="utf-8")
            print(f"{path.name}: {', '.join(found)}")
    return 1 if options.check and outdated else 0


if __name__ == "__main__":
    sys.exit(main())
