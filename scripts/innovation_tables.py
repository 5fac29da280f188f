"""Write the tables of docs/innovations.md that come from code and packaged data.

``python scripts/innovation_tables.py`` rewrites every block between ``<!-- generated: NAME begin -->`` and
``<!-- generated: NAME end -->``. ``--check`` writes nothing and ends with 1 if a block is out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from diffusion.reading.files import packaged
from diffusion.world.innovations import InnovationAttributes, kind_defaults
from diffusion.world.portfolio import PORTFOLIO, attribute_facts, basis_of, read_portfolio
from diffusion.world.portfolio_text import GROUPS
from diffusion.world.tables import KINDS, SECTORS

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "innovations.md"
BLOCK = re.compile(
    r"<!-- generated: (?P<name>[\w -]+?) begin -->\n(?P<body>.*?)<!-- generated: (?P=name) end -->", re.S
)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(head), ["---"] * len(head), *cells])


def value(of: object) -> str:
    """Return a default as it is printed."""
    if of is None:
        return "–"
    if isinstance(of, bool):
        return "yes" if of else "no"
    if isinstance(of, list):
        return ", ".join(of).replace("_", " ")
    return f"{of:,.0f}" if isinstance(of, int | float) and abs(of) >= 10_000 else f"{of:g}"


def keys() -> str:
    """Return every key of an innovation by what it is about: unit, meaning, what it may be."""
    facts, parts = attribute_facts(), []
    for group, names in (("Which one it is", ("id", "name", "kind")), *GROUPS):
        rows = [[f"`{name}`", facts[name].unit, facts[name].description, facts[name].allowed] for name in names]
        parts.append(f"**{group}**\n\n{table(('key', 'unit', 'meaning', 'may be'), rows)}")
    return "\n\n".join(parts)


def kinds() -> str:
    """Return the default of every attribute by kind; those without a default are drawn or follow from others."""
    defaults = kind_defaults()
    rows = [
        [f"`{name}`", *(value(defaults[kind].get(name)) for kind in KINDS)]
        for name in InnovationAttributes.model_fields
        if any(name in defaults[kind] for kind in KINDS)
    ]
    return table(("attribute", *KINDS), rows)


def portfolio() -> str:
    """Return the packaged portfolio: which innovations, from when, with how many sites."""
    rows = []
    for entry in read_portfolio(packaged(PORTFOLIO), SECTORS):
        low, high = (entry.attributes[f"initial_sites_{end}"] for end in ("min", "max"))
        sites = value(low) if low == high else f"{value(low)} to {value(high)}"
        row = entry.row
        rows.append(
            [f"`{row.id}`", row.name, row.kind, row.cohort or "–", value(entry.attributes["live_month"]), sites]
        )
    return table(("id", "name", "kind", "cohort", "live in month", "sites at the start"), rows)


def of_2025() -> str:
    """Return the packaged portfolio of 2025: from when, how many use it, and what both rest on."""
    rows = []
    for entry in read_portfolio(packaged("worlds/england-2025/portfolio.yaml"), SECTORS):
        row, stated = entry.row, [name for name in ("live_from", "opening_users") if entry.attributes.get(name)]
        rests = list(dict.fromkeys(basis_of(entry, name) for name in reversed(stated)))
        users = str(entry.attributes.get("opening_users") or "–")
        rows.append([f"`{row.id}`", row.kind, str(entry.attributes["live_from"]), users, "; ".join(rests)])
    return table(("id", "kind", "live from", "in use", "the number, then the month, rests on"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "keys": keys,
    "kinds": kinds,
    "portfolio": portfolio,
    "portfolio of 2025": of_2025,
}


def updated(text: str) -> str:
    """Return the document with its blocks as they have to be."""

    def block(found: re.Match[str]) -> str:
        name = found["name"]
        return f"<!-- generated: {name} begin -->\n{TABLES[name]()}\n<!-- generated: {name} end -->"

    return BLOCK.sub(block, text)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if a block is out of date")
    options = parser.parse_args(arguments)
    text = DOCUMENT.read_text(encoding="utf-8")
    wanted = updated(text)
    if options.check:
        if wanted != text:
            print(f"{DOCUMENT.name} is out of date; run python scripts/innovation_tables.py")
        return int(wanted != text)
    DOCUMENT.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
