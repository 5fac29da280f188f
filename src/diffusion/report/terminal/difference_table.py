"""Two results side by side for the terminal, at 80 columns: what moved, outcomes, and what is beyond chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diffusion.analysis.differences.difference import Difference
from diffusion.analysis.differences.held import Held
from diffusion.analysis.differences.moved import Moved
from diffusion.analysis.results.intervals import least_runs
from diffusion.analysis.results.outcomes import Outcome
from diffusion.ensemble.draws import drawn_keys
from diffusion.report.terminal.comparison_table import printed_outcomes
from diffusion.report.words.doubt_words import too_few
from diffusion.report.words.labels import outcome_label, shorten, shortened
from diffusion.report.words.numbers import plain, signed
from diffusion.storage.departures import value_text
from diffusion.world.facts import DEFAULT_WORLD

#: which parameters are not drawn, as a setting of the scenario
KEPT = "doubt.keep"
_DRAWN = "drawn"
_LABEL_WIDTH = 22
#: letters of a value, settings told of an option, and names told of a kind
_LONGEST, _MOST_SETTINGS, _MOST_NAMED = 40, 12, 8


def print_difference(console: Console, found: Difference) -> None:
    """Print all in which two results differ, and how to read it."""
    console.print()
    for letter, told in (("A", found.one), ("B", found.other)):
        side, finished = told.side, str(told.manifest.get("finished", ""))[:10]
        facts = f"{len(side.replicates):,} replicates, seed {side.seed}" + (f", {finished}" if finished else "")
        console.print(Text(f"{letter}: {told.title} ({facts})"), soft_wrap=True)
    console.print()
    for line in moved_lines(found):
        console.print(Text(line))
    console.print()
    if found.held.same_runs:
        console.print(Text("Every outcome of every option is the same in every run.", "bold"))
        return
    for heading, table in difference_tables(found):
        console.print(Text(heading, "underline"))
        console.print(table)
    if same := [outcome.label for outcome in shown_outcomes(found) if outcome not in moved_outcomes(found)]:
        console.print(Text(f"The same in every run: {'; '.join(same)}."))
    console.print()
    for line in (*verdict(found), *notes(found)):
        console.print(Text(line))


def moved_lines(found: Difference) -> Iterator[str]:
    """Yield what moved, a line or more for settings, what was asked, versions and data; at last the tables."""
    if found.nothing_moved:
        yield "Nothing moved: settings, versions and data are the same" + (
            ", and so is every table, to the byte." if found.tables is not None else "."
        )
        return
    yield from _settings(found)
    if found.asked:
        yield f"Asked otherwise: {'; '.join(map(_moved, found.asked))}."
    yield (
        f"Versions that differ: {'; '.join(map(_moved, found.versions))}."
        if found.versions
        else ("Versions of the package, its code, dependencies and Python are the same.")
    )
    data = dict.fromkeys(row for rows in found.data for row in rows)
    if data:
        yield f"Data that differ: {'; '.join(map(_moved, data))}."
    for letter, told, only in (("A", found.one, found.held.only[0]), ("B", found.other, found.held.only[1])):
        if only:
            yield f"Only in {letter}, and not compared: {', '.join(told.labels[place] for place in only)}."
    for letter, labels in zip("AB", found.held.outcomes_only):
        if labels:
            yield f"Outcomes that only {letter} has: {_listed(labels)}."
    if found.tables is not None and not any(found.held.only):
        yield (
            f"Tables that differ: {_listed(found.tables)}." if found.tables else "Every table is the same to the byte."
        )


def _settings(found: Difference) -> Iterator[str]:
    """Yield the settings that differ: those of all options once, then those of each."""
    settings = [_as_drawn(found, place) for place in range(len(found.settings))]
    shared = [row for row in settings[0] if all(row in rows for rows in settings)]
    several = len(settings) > 1
    own = [[row for row in rows if not several or row not in shared] for rows in settings]
    if several and shared:
        yield "Settings that differ, in all options:"
        yield from _rows(shared)
    for label, rows in zip(found.labels, own):
        if rows:
            yield f"{'And' if several and shared else 'Settings that differ'} in {label}:"
            yield from _rows(rows)
    if not any(found.settings):
        yield "Settings: none differs."


def _as_drawn(found: Difference, place: int) -> list[Moved]:
    """Return the settings that differ in an option, with what one side alone draws as drawn: no value of it was run."""
    drawn = []
    for told, number in zip((found.one, found.other), found.held.options[place]):
        doubt = told.manifest["scenarios"][number]["resolved"].get("doubt") or {}
        drawn.append(drawn_keys(doubt.get("source", "defaults"), doubt.get("keep") or ()))
    rows = []
    for row in found.settings[place]:
        left, right = (row.what in keys for keys in drawn)
        if left != right:
            row = row._replace(**{"left" if left else "right": _DRAWN})
        rows.append(row)
    return rows


def _rows(rows: Sequence[Moved]) -> Iterator[str]:
    yield from (f"  {_moved(row)}" for row in rows[:_MOST_SETTINGS])
    if len(rows) > _MOST_SETTINGS:
        yield f"  and {len(rows) - _MOST_SETTINGS} more"


def _moved(row: Moved) -> str:
    if row.what == KEPT:
        before, after = (set(value) if isinstance(value, list) else set() for value in (row.left, row.right))
        parts = (("set, and so not drawn", after - before), ("drawn", before - after))
        return "; ".join(f"{what} in B: {_listed(sorted(map(str, keys)))}" for what, keys in parts if keys)
    left, right = (
        "not set" if value is None else shorten(value_text(value), _LONGEST) for value in (row.left, row.right)
    )
    if left == right:  # they differ behind what is shown
        right = f"another {right}"
    return f"{row.what} {left} → {right}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


#: what the columns of tables of differences are
HEADS = ("", "A", "B", "B − A", "95 %, all at once")


def difference_blocks(found: Difference) -> list[tuple[str, list[tuple[Text, ...]]]]:
    """Return (heading, rows) by outcome, with a cell for each of :data:`HEADS`; bold is beyond chance."""
    labels = shortened(found.labels, _LABEL_WIDTH)
    return [
        (outcome_label(outcome), [_cells(found.held, place, labels, decimals) for place in places])
        for outcome, places, decimals in _with_decimals(found)
    ]


def difference_tables(found: Difference) -> list[tuple[str, Table]]:
    """Return (heading, table) by outcome: a row by option, and by its change from the first, with both means."""
    blocks, heads = difference_blocks(found), HEADS
    rendered = []
    widths = [max([len(head), *(len(row[c]) for _, rows in blocks for row in rows)]) for c, head in enumerate(heads)]
    for number, (heading, rows) in enumerate(blocks):
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, show_header=number == 0)
        for head, width in zip(heads, widths):
            table.add_column(head, justify="right" if head else "left", width=width, overflow="fold")
        for row in rows:
            table.add_row(*row)
        rendered.append((heading, table))
    return rendered


def shown_outcomes(found: Difference) -> list[Outcome]:
    """Return the outcomes of the tables: those of a comparison, and what was asked by date."""
    held = dict.fromkeys(row.outcome for row in found.held.quantities)
    usual = [outcome for outcome in printed_outcomes(found.one.side.comparison) if outcome in held]
    asked = [outcome for outcome in held if outcome.name.startswith("asked_share_")]
    return [*usual[:1], *asked, *usual[1:]] or list(held)[:4]


def moved_outcomes(found: Difference) -> list[Outcome]:
    """Return those of the tables that are not the same in every run of every option."""
    held = found.held
    moved = {row.outcome for place, row in enumerate(held.quantities) if not held.same(place)}
    return [outcome for outcome in shown_outcomes(found) if outcome in moved]


def _with_decimals(found: Difference) -> Iterator[tuple[Outcome, list[int], int]]:
    """Yield the outcomes of the tables, the places of their rows, and decimals at which all rows agree."""
    for outcome in moved_outcomes(found):
        places = [place for place, row in enumerate(found.held.quantities) if row.outcome == outcome]
        decimals = outcome.decimals
        while decimals < outcome.decimals + 3 and not all(_agrees(found.held, place, decimals) for place in places):
            decimals += 1
        yield outcome, places, decimals


def _cells(held: Held, place: int, labels: Sequence[str], places: int) -> tuple[Text, ...]:
    row, family = held.quantities[place], held.family
    name = f"{'    change' if row.change else '  ' + labels[row.option]}"
    beyond = place in held.beyond
    factor = row.outcome.factor
    means = [held.one[place] * factor, held.other[place] * factor]
    levels = [(signed if row.change else plain)(x, places) if np.isfinite(x) else "–" for x in means]
    mean, low, high = (float(x[place]) * factor for x in (family.mean, family.low, family.high))
    style = "bold" if beyond else "dim"
    interval = f"{signed(low, places)} to {signed(high, places)}" if np.isfinite(low) and np.isfinite(high) else "–"
    difference = signed(mean, places) if np.isfinite(mean) else "–"
    if held.same(place):
        difference, interval = "the same", ""
    return Text(name), Text(levels[0]), Text(levels[1]), Text(difference, style), Text(interval, style)


def _agrees(held: Held, place: int, decimals: int) -> bool:
    """Whether a row agrees with itself as it is shown.

    No bound of an interval that excludes 0 rounds to 0, and the difference is that of the means.
    """
    factor = held.quantities[place].outcome.factor
    family = held.family
    one, other, mean, low, high = (
        round(float(x[place]) * factor, decimals) for x in (held.one, held.other, family.mean, family.low, family.high)
    )
    if place in held.beyond and 0 in (low, high) and 0 not in (family.low[place], family.high[place]):
        return False
    return not np.isfinite([one, other, mean]).all() or round(other - one, decimals) == mean


def verdict(found: Difference) -> list[str]:
    """Say what is beyond chance, and of what the tables do not show each by name."""
    held = found.held
    number = len(held.quantities)
    if not held.enough:
        over = any(held.over_draws)
        few = too_few(min(held.replicates), least_runs(over), over)
        return [f"{few[:1].upper()}{few[1:]}: no difference is claimed."]
    if not held.beyond:
        return [f"None of {number:,} differences is beyond chance."]
    shown = set(shown_outcomes(found))
    bold = any(held.quantities[place].outcome in shown for place in held.beyond)
    lines = [
        f"{len(held.beyond):,} of {number:,} differences {'is' if len(held.beyond) == 1 else 'are'} beyond chance"
        f"{', bold above' if bold else ''}."
    ]
    hidden: dict[str, list[str]] = {}
    for row in (held.quantities[place] for place in held.beyond):
        if row.outcome not in shown:
            who = f"{found.labels[row.option]}{', change' if row.change else ''}"
            hidden.setdefault(row.outcome.label, []).append(who)
    if hidden:
        lines.append("Beyond chance, and not above:")
        lines += [f"  {label}: {'; '.join(who)}" for label, who in list(hidden.items())[:_MOST_NAMED]]
    if len(hidden) > _MOST_NAMED:
        lines.append(f"  and {len(hidden) - _MOST_NAMED} more outcomes (--csv has all)")
    return lines


def notes(found: Difference) -> list[str]:
    """Say what the intervals hold, how replicates pair up, and what doubt it is about."""
    held, number = found.held, len(found.held.quantities)
    lines = []
    starts = [_run_words(told.manifest) for told in (found.one, found.other)]
    if starts[0] != starts[1]:
        lines.append(f"A runs {starts[0]}, B {starts[1]}: outcomes are those at the end of each.")
    worlds = [_world_words(told.manifest) for told in (found.one, found.other)]
    if worlds[0] != worlds[1]:
        lines.append(
            f"A stands on the world {worlds[0]}, B on {worlds[1]}: the differences are those of the worlds too. "
            "Outcomes are compared as wholes; a trust, network or board of one is not that of the other."
        )
    lines.append(
        f"Intervals hold all {number:,} differences at once: of 100 pairs of results that differ by chance alone, 95 "
        "would have none beyond chance."
    )
    if held.paired:
        draws = "the same draws" if held.same_seed else "the same draws of the parameters and other chance"
        count = min(held.replicates)
        lines.append(f"Each of {count:,} replicates of A stands beside the one of its number in B, which has {draws}.")
    else:
        a, b = held.replicates
        lines.append(
            f"The {a:,} runs of A and the {b:,} of B have nothing in common, so they are compared as two samples."
        )
    if all(held.over_draws):
        lines.append(
            "Compared are means over draws of the parameters, with chance: whether the mean moved, not whether a "
            "single future would."
        )
    elif any(held.over_draws):
        lines.append("One of the two has its parameters drawn for each run, the other has one set of them.")
    else:
        lines.append("Only chance is in this: each has one set of parameters in all its runs.")
    return lines


def _world_words(manifest: object) -> str:
    """Return the id of the world of a result; results of earlier versions stand on the first one."""
    world = manifest["scenarios"][0]["world"]  # type: ignore[index]
    return str((world.get("facts") or {}).get("id") or DEFAULT_WORLD)


def _run_words(manifest: object) -> str:
    entry = manifest["scenarios"][0]["resolved"]  # type: ignore[index]
    return f"{entry['months']} months from {entry['start']}"
