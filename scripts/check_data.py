"""Check the packaged data: run ``python scripts/check_data.py [--folder FOLDER]``; exit code 1 and a line per fault."""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from diffusion.analysis.reported.figures import ReportedFigure, read_figures
from diffusion.errors import InputError
from diffusion.levers.registry import all_levers
from diffusion.reading.rows import read_csv
from diffusion.reading.yaml_lines import load_yaml
from diffusion.world.ahsns import load_ahsns
from diffusion.world.facts import read_facts
from diffusion.world.innovations import InnovationRow
from diffusion.world.portfolio import load_innovations
from diffusion.world.tables import SECTORS
from diffusion.world.trusts import load_trusts

FOLDER = Path(__file__).resolve().parent.parent / "src" / "diffusion" / "data"
WORLD_2017 = "worlds/england-2017"
CODE = re.compile(r"[A-Z0-9]{3}\Z|[A-Z0-9]{5}\Z")
ICS = re.compile(r"Q[A-Z0-9]{2}\Z")
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])\Z")
LICENCES = {"OGL", "OGL+OS+RM", "CC0", "project"}
N_AHSNS, N_ICS, N_COHORT, N_NEW_TOWNS = 15, 42, 17, 10

#: Least and greatest value of numeric columns; whole tables at a time, blanks left out.
RANGES = {
    "worlds/england-2017/trusts.csv": {
        "teaching": (0, 1),
        "foundation": (0, 1),
        "ahsn_boundary": (0, 1),
        "beds": (0, 3_000),
        "staff_fte": (300, 25_000),
        "doctors_fte": (0, 5_000),
        "nurses_fte": (0, 8_000),
        "managers_fte": (0, 1_000),
        "catchment_population": (50_000, 2_000_000),
        "imd_score_2015": (2, 60),
        "imd_catchment": (2, 60),
        "sites": (1, 1_000),
        "revenue_support_loans_gbp_thousand": (1, 500_000),
    },
    "worlds/england-2025/trusts.csv": {
        "teaching": (0, 1),
        "teaching_2017": (0, 1),
        "foundation": (0, 1),
        "ahsn_boundary": (0, 1),
        "beds": (0, 3_000),
        "staff_fte": (500, 30_000),
        "doctors_fte": (1, 5_000),
        "nurses_fte": (0, 10_000),
        "managers_fte": (0, 1_000),
        "catchment_population": (50_000, 2_000_000),
        "imd_score_2019": (2, 60),
        "imd_score_2025": (2, 60),
        "imd_catchment": (2, 60),
        "digital_maturity_assessment": (1, 5),
        "electronic_record_live": (0, 1),
        "oversight_segment": (1, 5),
        "financial_distress": (0, 1),
    },
    "worlds/england-2025/networks.csv": {"population": (1_000_000, 8_000_000), "n_trusts": (1, 40)},
    "worlds/england-2025/boards.csv": {"population": (300_000, 4_000_000), "n_trusts": (1, 20)},
    "worlds/england-2017/networks.csv": {
        "population": (1_000_000, 8_000_000),
        "imd_score": (5, 45),
        "n_trusts": (1, 40),
    },
    "healthy_new_towns.csv": {"homes": (100, 20_000)},
    "scmd_monthly.csv": {"trusts_using": (0, 179), "trusts_ever": (0, 179), "trusts_at_risk": (179, 179)},
    "scmd_first_use_infliximab_sc.csv": {"in_trusts": (0, 1), "adopted": (0, 1), "months_used": (0, 34)},
}

#: A coarse outline of England with a margin of some kilometres at sea: latitude, longitude.
ENGLAND = (
    (49.85, -6.45), (50.75, -5.40), (51.15, -4.70), (51.30, -3.20), (51.56, -2.75), (51.80, -2.70), (51.83, -3.10),
    (52.05, -3.17), (52.35, -3.22), (52.75, -3.18), (52.93, -3.17), (52.97, -2.92), (53.10, -2.93), (53.22, -3.00),
    (53.45, -3.30), (54.05, -3.45), (54.50, -3.75), (54.98, -3.45), (55.08, -2.85), (55.36, -2.40), (55.65, -2.35),
    (55.83, -2.05), (55.70, -1.50), (55.00, -1.25), (54.60, -0.45), (54.10, 0.05), (53.50, 0.45), (53.10, 0.45),
    (53.05, 1.30), (52.60, 1.85), (51.90, 1.60), (51.38, 1.55), (51.08, 1.42), (50.85, 1.05), (50.65, 0.30),
    (50.50, -1.20), (50.45, -2.50), (50.15, -3.55), (49.90, -5.10),
)  # fmt: skip


def in_england(latitude: float, longitude: float) -> bool:
    """Tell whether a point lies inside the outline (ray casting)."""
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(ENGLAND, (*ENGLAND[1:], ENGLAND[0])):
        crosses = (lat1 > latitude) != (lat2 > latitude)
        if crosses and longitude < lon1 + (latitude - lat1) * (lon2 - lon1) / (lat2 - lat1):
            inside = not inside
    return inside


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """Read a table as it stands."""
    with (folder / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def check_dictionary(folder: Path) -> Iterator[str]:
    """Every file, column and row count is in a dictionary, and nothing else is."""
    tables = load_yaml(folder / "dictionary.yaml").data["tables"]
    for world in worlds(folder):
        own = load_yaml(folder / world / "dictionary.yaml").data["tables"]
        tables |= {f"{world}/{name}": entry for name, entry in own.items()}
    for path in sorted([*folder.glob("*.csv"), *folder.glob("evidence/*.csv"), *folder.glob("worlds/*/*.csv")]):
        name = path.relative_to(folder).as_posix()
        if name not in tables:
            yield f"{name}: not in dictionary.yaml"
            continue
        with path.open(encoding="utf-8", newline="") as stream:
            header, *rows = list(csv.reader(stream))
        described = list(tables[name]["columns"])
        yield from (f"{name}: column {head} is not in dictionary.yaml" for head in header if head not in described)
        yield from (
            f"{name}: dictionary.yaml has {head}, the table has not" for head in described if head not in header
        )
        if len(rows) != tables[name]["rows"]:
            yield f"{name}: {len(rows)} rows, {tables[name]['rows']} in dictionary.yaml"
    attributes = set(tables["portfolio.yaml"]["columns"])
    for name in sorted(set(InnovationRow.model_fields) ^ attributes):
        yield f"portfolio.yaml: attribute {name} is in only one of the dictionary and the schema"
    for name in sorted(set(ReportedFigure.model_fields) ^ set(tables["reported.yaml"]["columns"])):
        yield f"reported.yaml: key {name} is in only one of the dictionary and the schema"
    for table, entry in tables.items():
        for column, facts in entry["columns"].items():
            missing = [
                key for key in ("description", "unit", "source", "licence") if not str(facts.get(key, "")).strip()
            ]
            yield from (f"dictionary.yaml: {table}: {column} has no {key}" for key in missing)
            if facts.get("licence") not in LICENCES:
                yield f"dictionary.yaml: {table}: {column}: unknown licence {facts.get('licence')!r}"


def check_ranges(folder: Path) -> Iterator[str]:
    """Numbers are numbers, in range."""
    for table, ranges in RANGES.items():
        for line, row in enumerate(read(folder, table), start=2):
            for column, (low, high) in ranges.items():
                text = row.get(column) or ""
                try:
                    ok = not text or low <= float(text) <= high
                except ValueError:
                    ok = False
                if not ok:
                    yield f"{table}:{line}: {column} {text} is not between {low:,} and {high:,}"


def worlds(folder: Path) -> list[str]:
    """Return the folders of packaged worlds, relative to the folder of data."""
    return sorted(path.parent.relative_to(folder).as_posix() for path in folder.glob("worlds/*/world.yaml"))


def check_trusts(folder: Path) -> Iterator[str]:
    """In every world codes are unique and well formed, points lie in England, every network and board is known."""
    for world in worlds(folder):
        yield from (f"{world}/{fault}" for fault in check_world(folder / world))


def check_world(folder: Path) -> Iterator[str]:
    """The tables of one world fit each other."""
    rows, ahsns = read(folder, "trusts.csv"), read(folder, "networks.csv")
    known = {row["code"] for row in ahsns}
    for table, codes in (("trusts.csv", rows), ("networks.csv", ahsns)):
        counts = Counter(row["code"] for row in codes)
        yield from (f"{table}: code {code} comes {count} times" for code, count in counts.items() if count > 1)
    names: dict[str, set[str]] = {}
    for line, row in enumerate(rows, start=2):
        where = f"trusts.csv:{line}: {row['code']}"
        if not CODE.match(row["code"]):
            yield f"{where} is not an ODS code of a trust"
        if row["sector"] not in SECTORS:
            yield f"{where}: unknown sector {row['sector']}"
        if row["ahsn"] not in known:
            yield f"{where}: unknown AHSN {row['ahsn']}"
        if not ICS.match(row["ics"]) or not row["ics_name"]:
            yield f"{where}: unknown ICS {row['ics']}"
        names.setdefault(row["ics"], set()).add(row["ics_name"])
        yield from check_point(where, row)
    yield from (f"trusts.csv: ICS {code} has {len(found)} names" for code, found in names.items() if len(found) > 1)
    if len(names) != N_ICS:
        yield f"trusts.csv: {len(names)} ICSs, expected {N_ICS}"
    if len(ahsns) != N_AHSNS:
        yield f"networks.csv: {len(ahsns)} rows, expected {N_AHSNS}"
    members = Counter(row["ahsn"] for row in rows)
    for line, row in enumerate(ahsns, start=2):
        yield from check_point(f"networks.csv:{line}: {row['code']}", row)
        if members[row["code"]] != int(row["n_trusts"] or 0):
            yield (
                f"networks.csv:{line}: {row['code']} has {members[row['code']]} trusts, n_trusts says {row['n_trusts']}"
            )


def check_new_towns(folder: Path) -> Iterator[str]:
    """There are ten different towns, in England."""
    rows, table = read(folder, "healthy_new_towns.csv"), "healthy_new_towns.csv"
    names = {row["name"].strip() for row in rows} - {""}
    if len(rows) != N_NEW_TOWNS or len(names) != N_NEW_TOWNS:
        yield f"{table}: {len(rows)} rows with {len(names)} names, expected {N_NEW_TOWNS}"
    for line, row in enumerate(rows, start=2):
        yield from check_point(f"{table}:{line}: {row['name']}", row)


def check_point(where: str, row: dict[str, str]) -> Iterator[str]:
    """The point of a row lies in England."""
    try:
        latitude, longitude = float(row["latitude"]), float(row["longitude"])
    except ValueError:
        yield f"{where}: no coordinates"
        return
    if not in_england(latitude, longitude):
        yield f"{where}: ({latitude}, {longitude}) is not in England"


def check_medicines(folder: Path) -> Iterator[str]:
    """Months are months, counts never fall, first uses add up to the monthly series."""
    first_use, monthly = read(folder, "scmd_first_use_infliximab_sc.csv"), read(folder, "scmd_monthly.csv")
    codes = {row["code"] for row in read(folder / WORLD_2017, "trusts.csv")}
    counts = Counter(row["code"] for row in first_use)
    name = "scmd_first_use_infliximab_sc.csv"
    yield from (f"{name}: code {code} comes {count} times" for code, count in counts.items() if count > 1)
    for line, row in enumerate(first_use, start=2):
        if row["first_month"] and not MONTH.match(row["first_month"]):
            yield f"{name}:{line}: first_month {row['first_month']} is not a month"
        if (row["code"] in codes) != (row["in_trusts"] == "1"):
            yield f"{name}:{line}: in_trusts of {row['code']} disagrees with trusts.csv"
        if bool(row["first_month"]) != (row["adopted"] == "1"):
            yield f"{name}:{line}: adopted of {row['code']} disagrees with first_month"
    before: dict[str, int] = {}
    for line, row in enumerate(monthly, start=2):
        ever = int(row["trusts_ever"])
        if not MONTH.match(row["month"]):
            yield f"scmd_monthly.csv:{line}: {row['month']} is not a month"
        if ever < before.get(row["innovation"], 0) or ever < int(row["trusts_using"]):
            yield f"scmd_monthly.csv:{line}: trusts_ever {ever} falls, or is below trusts_using"
        before[row["innovation"]] = ever
        if row["innovation"].startswith("infliximab"):
            by_then = sum(1 for trust in first_use if trust["first_month"] and trust["first_month"] <= row["month"])
            if by_then != ever:
                yield f"scmd_monthly.csv:{line}: trusts_ever {ever}, but {by_then} first uses by {row['month']}"


def check_reported(folder: Path) -> Iterator[str]:
    """Reported figures are read, and are about levers that there are."""
    figures = read_figures(folder / "reported.yaml")
    rows = load_yaml(folder / "dictionary.yaml").data["tables"]["reported.yaml"]["rows"]
    if len(figures) != rows:
        yield f"reported.yaml: {len(figures)} figures, {rows} in dictionary.yaml"
    known = all_levers()
    yield from (f"reported.yaml: {item.id}: unknown lever {item.lever}" for item in figures if item.lever not in known)


def check_loading(folder: Path) -> Iterator[str]:
    """The simulator itself reads the tables, and the portfolio is the one that is described."""
    for name in ("scmd_monthly.csv", "scmd_first_use_infliximab_sc.csv"):
        header = list(read(folder, name)[0])
        read_csv(folder / name, header, header)
    for world in worlds(folder):
        unit = read_facts(folder / world).median_staff_fte
        trusts = load_trusts(folder / world / "trusts.csv", load_ahsns(folder / world / "networks.csv"), SECTORS, unit)
        median = float(np.median(trusts.staff_fte))
        if round(median) != unit:
            yield f"{world}/world.yaml: median_staff_fte {unit} is not that of trusts.csv, {median}"
    innovations = load_innovations(folder / WORLD_2017 / "portfolio.yaml", SECTORS)
    data = load_yaml(folder / WORLD_2017 / "portfolio.yaml").data
    rows = load_yaml(folder / "dictionary.yaml").data["tables"]["portfolio.yaml"]["rows"]
    if len(innovations) != rows:
        yield f"portfolio.yaml: {len(innovations)} innovations, {rows} in dictionary.yaml"
    if innovations.cohort.count("nia-2015") != N_COHORT:
        yield f"portfolio.yaml: {innovations.cohort.count('nia-2015')} of cohort nia-2015, expected {N_COHORT}"
    if not str(data.get("basis", {}).get("everything_else", "")).startswith("assumption"):
        yield "portfolio.yaml: basis.everything_else does not mark the attributes as assumptions"
    for item in data["innovations"]:
        if item.get("cohort") and "basis" not in item and "archetype" not in item["name"]:
            yield f"portfolio.yaml: {item['id']} is neither an archetype nor has a basis"


def check_folder(folder: Path) -> list[str]:
    """Return every fault found in a data folder."""
    faults: list[str] = []
    for check in (
        check_dictionary,
        check_ranges,
        check_trusts,
        check_new_towns,
        check_reported,
        check_medicines,
        check_loading,
    ):
        try:
            faults.extend(check(folder))
        except InputError as error:
            faults.append(str(error))
        except (OSError, KeyError, ValueError) as error:
            faults.append(f"{check.__name__}: {type(error).__name__}: {error}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the packaged data tables.")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    faults = check_folder(parser.parse_args().folder)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(faults)} faults" if faults else "data tables: no faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
