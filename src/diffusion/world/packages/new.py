"""A world of one's own to begin with: a folder that is valid as it is, with every column explained."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from diffusion.errors import InputError, did_you_mean
from diffusion.outlets import one_line, yaml_scalar
from diffusion.reading.files import read_text
from diffusion.reading.validation import CODE_PATTERN
from diffusion.world.facts import MONTH, WORLD_FILE, Words, WorldFacts, packaged_worlds, read_facts, world_folder
from diffusion.world.packages.dictionary import DICTIONARY
from diffusion.world.portfolio_text import Own, new_portfolio

#: the world that gives the words where none is named
_MODEL = "england-2025"
_PORTFOLIO = "portfolio.yaml"
_LONGEST_TITLE = 120
#: examples of no real organisation, with blanks as they occur
_TRUSTS = """code,name,sector,network,board,board_name,region,latitude,longitude,\
staff_fte,teaching,beds,doctors_fte,imd,digital_maturity,money_short,oversight_segment
T01,First Example Hospitals,acute,NORTH,B1,North Board,North,53.80,-1.55,9000,1,900,,28.1,0.5,0,2
T02,Second Example Hospital,acute,NORTH,B1,North Board,North,53.65,-1.78,4000,0,450,,25.0,,1,3
T03,Third Example Mental Health,mental_health,NORTH,B2,Moor Board,North,54.00,-1.54,3000,0,,,22.4,,,
T04,Fourth Example Hospital,acute,SOUTH,B3,South Board,South,50.90,-1.40,5000,0,600,,20.3,0,0,1
T05,Fifth Example Community,community,SOUTH,B3,South Board,South,51.05,-1.31,,0,,,,,,
T06,Sixth Example Ambulance,ambulance,SOUTH,B3,South Board,South,51.06,-1.32,2500,0,0,,18.7,,0,2
"""
_NETWORKS = """code,name,population,latitude,longitude
NORTH,Example network of the North,2000000,53.9,-1.6
SOUTH,Example network of the South,1500000,51.0,-1.3
"""
_MEANING = {
    "code": ("code of the organisation, letters and digits", "code"),
    "name": ("its name", "text"),
    "sector": ("acute, mental_health, community, specialist, ambulance or care_trust", "category"),
    "network": ("network of support (AHSN, Health Innovation Network) of the trust", "code in networks.csv"),
    "board": ("board of local care (ICS, ICB) of the trust", "code"),
    "board_name": ("name of that board", "text"),
    "region": ("region, for tables by region", "text"),
    "latitude": ("latitude of the headquarters", "degrees north"),
    "longitude": ("longitude of the headquarters", "degrees east"),
    "staff_fte": ("all staff; blank is unknown and filled by the median of the sector", "whole-time equivalents"),
    "teaching": ("teaching trust", "0 or 1"),
    "beds": ("beds; blank is unknown and filled by the median of the sector", "beds"),
    "doctors_fte": ("doctors; blank is unknown and filled by the median of the sector", "whole-time equivalents"),
    "imd": ("deprivation of the catchment, higher is more deprived; blank is unknown", "score 0 to 100"),
    "digital_maturity": ("readiness for digital; blank is unknown and counts as 0, the middle", "-1 to 1"),
    "money_short": ("1 money is short, 0 it is not; blank is unknown and filled by the known share", "0 to 1"),
    "oversight_segment": ("segment of oversight, 1 is best; blank is unknown", "1 to 5"),
    "population": ("people who live in the territory", "people"),
}


def new_world(name: str, title: str, month: str | None = None, source: str | None = None) -> dict[str, str]:
    """Return the files of a new world, by name, as text.

    Parameters
    ----------
    name: its id; must not be that of a packaged world
    title: in words, as shown
    month: for which its tables hold, YYYY-MM; default: that of the world copied, or of the example
    source: a packaged world to copy; None for a small example

    Raises
    ------
    InputError
        The id or the source cannot be used, or tables that are copied are said to hold for another month.
    """
    check_name(name)
    held = read_facts(_packaged_folder(source or _MODEL)).data_month
    month = month or held
    _check_words(title, month)
    if source is not None and month != held:
        raise InputError(
            f"the tables of {source} hold for {held}, not for {month}",
            key="--month",
            expected=f"{held}, or a world without --from",
            suggestion=f"write --month {held}; change data_month in {WORLD_FILE} together with the tables",
        )
    if source is None:
        files = dict(_example(name, title, month))
    else:
        files = dict(_copied(name, title, month, _packaged_folder(source)))
    return files | {"README.md": _readme(name, title, month, source)}


def _packaged_folder(source: str) -> Path:
    if source not in packaged_worlds():
        raise InputError(
            f"there is no packaged world '{source}'",
            key="--from",
            expected="one of " + ", ".join(packaged_worlds()),
            suggestion=did_you_mean(source, packaged_worlds()) or f"for example --from {packaged_worlds()[-1]}",
        )
    return world_folder(source, Path())


def check_name(name: str) -> None:
    """Raise InputError for the id of a packaged world, and for what no id can be."""
    if not re.fullmatch(CODE_PATTERN, name) or "/" in name:
        raise InputError(
            f"'{name}' cannot be the id of a world",
            key="FOLDER",
            expected="1 to 64 letters and digits, with _ . - between them",
            suggestion="for example my-world",
        )
    if name in packaged_worlds():
        raise InputError(
            f"'{name}' is the id of a packaged world",
            key="FOLDER",
            expected="an id of its own",
            suggestion=f"call it own-{name}",
        )


def _check_words(title: str, month: str) -> None:
    if not title.strip() or len(title) > _LONGEST_TITLE:
        raise InputError(
            "the title is empty" if not title.strip() else f"the title has {len(title):,} letters",
            key="--title",
            expected=f"1 to {_LONGEST_TITLE} letters",
            suggestion="for example --title 'My region'",
        )
    if not re.fullmatch(MONTH, month):
        raise InputError(
            f"'{month}' is no month", key="--month", expected="YYYY-MM", suggestion="for example --month 2025-04"
        )


def _example(name: str, title: str, month: str) -> Iterator[tuple[str, str]]:
    words = read_facts(world_folder(_MODEL, Path())).words
    staff = [float(row["staff_fte"]) for row in csv.DictReader(_TRUSTS.splitlines()) if row["staff_fte"]]
    yield WORLD_FILE, _world_yaml(name, title, month, median(staff), words)
    yield "trusts.csv", _TRUSTS
    yield "networks.csv", _NETWORKS
    example = Own("example-app", "Example app", "digital", 0, "the first month of a run", [])
    yield _PORTFOLIO, new_portfolio(example, alone=True)
    yield DICTIONARY, _dictionary(title)


def _copied(name: str, title: str, month: str, folder: Path) -> Iterator[tuple[str, str]]:
    facts = read_facts(folder)
    yield WORLD_FILE, _world_yaml(name, title, month, facts.median_staff_fte, facts.words, facts)
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".yaml") and path.name != WORLD_FILE:
            yield path.name, read_text(path)


def _world_yaml(name: str, title: str, month: str, unit: float, words: Words, source: WorldFacts | None = None) -> str:
    came = f" (copied from {source.id})" if source is not None else ""
    licence = source.licence if source is not None else "say under which licence the tables may be used"
    limits = source.limits if source is not None else ""
    lines = [
        f"id: {yaml_scalar(name)}",
        f"title: {yaml_scalar(title)}",
        f"description: {yaml_scalar(f'say here which organisations these are, and as of when{came}')}",
        "# month for which the tables hold",
        f"data_month: {yaml_scalar(month)}",
        "# first and last month in which a scenario may start without a word of warning",
        f"first_start: {yaml_scalar(source.first_start if source is not None else _years_on(month, -2))}",
        f"last_start: {yaml_scalar(source.last_start if source is not None else _years_on(month, 3))}",
        "# staff of the median trust, whole-time equivalents: the unit of size of time and costs a trust",
        f"median_staff_fte: {unit:g}",
        "# what networks of support and boards of local care are called, in the singular",
        "words:",
        *(
            f"  {kind}: {{short: {yaml_scalar(word.short)}, long: {yaml_scalar(word.long)}}}"
            for kind, word in (("network", words.network), ("board", words.board))
        ),
        "# said with every result, if anything is",
        f"limits: {yaml_scalar(limits)}",
        f"licence: {yaml_scalar(licence)}",
    ]
    return "\n".join(lines) + "\n"


def _years_on(month: str, years: int) -> str:
    return f"{int(month[:4]) + years:04d}{month[4:]}"


def _dictionary(title: str) -> str:
    lines = ["# Every column with description, unit, source, licence. Write your own sources and licences.", "tables:"]
    for name, what, table in (
        ("trusts.csv", f"Trusts of {title}. Blank is unknown, never none.", _TRUSTS),
        ("networks.csv", f"Networks of {title}.", _NETWORKS),
    ):
        lines += [f"  {name}:", f"    description: {yaml_scalar(what)}", "    key: code", "    columns:"]
        for column in table.partition("\n")[0].split(","):
            meaning, unit = _MEANING[column]
            lines.append(
                f"      {column}: {{description: {yaml_scalar(meaning)}, unit: {yaml_scalar(unit)}, source: example, "
                "licence: example}"
            )
    return "\n".join(lines) + "\n"


def _readme(name: str, title: str, month: str, source: str | None) -> str:
    came = (
        f"Copied from `{source}`: change what differs."
        if source is not None
        else ("The rows are examples of no real organisation: replace them.")
    )
    return f"""# {one_line(title)}

A world for `diffusion`. {came}

1. `trusts.csv`: a row for each organisation. Leave blank what is not known: blank is unknown, never "no".
2. `networks.csv`: the networks of support that `trusts.csv` names.
3. `portfolio.yaml`: the innovations (`diffusion innovations list --file portfolio.yaml`).
4. `world.yaml`: title, month of the data, unit of size (staff of the median trust), words for networks and boards.
5. `dictionary.yaml`: description, unit, source and licence of every column.

Check it from the folder above: `diffusion worlds validate {name}`. Use it in a scenario file beside the folder:

    world: {{name: {name}}}
    start: {month}
    policy_start: {month}
"""
