"""Observed series that come with the package: two medicines in the hospitals of England, 2019 to 2021."""

from __future__ import annotations

import numpy as np

from diffusion.analysis.observed.reading import Observed
from diffusion.analysis.observed.ties import ties_from_groups
from diffusion.analysis.observed.times import adoption_table
from diffusion.engine.calendar import Month
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import packaged
from diffusion.reading.rows import RawTable, read_csv

#: What each packaged series is called on the command line.
PACKAGED: dict[str, str] = {
    "hospital-medicines": "upadacitinib and subcutaneous infliximab in the hospital trusts of England, Jan 2019 to "
    "Oct 2021 (NHSBSA Secondary Care Medicines Data, Open Government Licence v3.0)"
}
#: the world of which the trusts of these series are
_WORLD = "worlds/england-2017"
TRUSTS, NETWORKS = f"{_WORLD}/trusts.csv", f"{_WORLD}/networks.csv"
FILES: tuple[str, ...] = ("scmd_monthly.csv", "scmd_first_use_infliximab_sc.csv", TRUSTS, NETWORKS)
_SOURCE = "NHSBSA Secondary Care Medicines Data, Open Government Licence v3.0"
MEDICINES = {"upadacitinib": "Upadacitinib", "infliximab_sc_120mg": "Infliximab SC"}


def packaged_series(name: str) -> list[Observed]:
    """Return the series of this name; raises InputError with the nearest one."""
    if name not in PACKAGED:
        raise InputError(
            f"there is no packaged series '{name}'",
            expected="a .csv file, or one of " + ", ".join(PACKAGED),
            suggestion=did_you_mean(name, PACKAGED),
        )
    return hospital_medicines()


def refuse_options(*given: object) -> None:
    """Raise InputError where options for a user's table come with a packaged series."""
    if any(given):
        raise InputError(
            "--ties, --layer-by, --compare, --covariate, --from, --until and --population are for tables of your own",
            expected="a packaged series without them",
            suggestion="docs/analyse.md tells how to write a table",
        )


def hospital_medicines() -> list[Observed]:
    """Return upadacitinib as national counts, and infliximab SC by trust: all that report, and acute trusts alone.

    A trust adopts in the month in which it first issues the medicine; it is at risk from its first month of reporting
    (or the medicine's first month of issue anywhere) to its last. Teaching status, sector, AHSN, ICS and staff are
    those of ``trusts.csv``, blank for organisations that are not in it.
    """
    return [_national("upadacitinib"), *_by_trust()]


def _all_columns(file: str) -> RawTable:
    path = packaged(file)
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    return read_csv(path, header, header)


def _national(innovation: str) -> Observed:
    rows = [row.values for row in _all_columns("scmd_monthly.csv").rows if row.values["innovation"] == innovation]
    ever = np.array([float(row["trusts_ever"]) for row in rows])
    new = np.diff(np.concatenate([[0.0], ever]))
    start = int(np.flatnonzero(new)[0])
    first = int(Month(rows[0]["month"])) + start
    return Observed(
        f"{MEDICINES[innovation]}, all trusts",
        first,
        first + len(new) - start - 1,
        True,
        counts=new[start:],
        population=float(rows[0]["trusts_at_risk"]),
        source=_SOURCE,
        notes=("all trusts that report at all count as the population",),
    )


def _by_trust() -> list[Observed]:
    trusts = {row.values["code"]: row.values for row in _all_columns(TRUSTS).rows}
    national = _national("infliximab_sc_120mg")
    first, last = national.first, national.last
    rows = []
    everyone = _all_columns("scmd_first_use_infliximab_sc.csv").rows
    for row in everyone:
        start, end = (int(Month(row.values[key])) for key in ("trust_first_report", "trust_last_report"))
        if end >= first:
            rows.append((row.values, max(start, first), min(end, last)))
    rows.sort(key=lambda item: item[0]["code"])
    codes = [values["code"] for values, _, _ in rows]
    when = [float(Month(v["first_month"])) if "first_month" in v else np.nan for v, _, _ in rows]
    adoption = adoption_table(
        codes, when, first, last, entry=[start for _, start, _ in rows], exit=[end for _, _, end in rows]
    )
    about = [trusts.get(code, {}) for code in codes]
    names = tuple(v.get("name", facts.get("name", v["code"])) for (v, _, _), facts in zip(rows, about))
    gone = f"{len(everyone) - len(rows)} trusts stopped reporting before the first issue and are left out"
    unknown = sum(not facts for facts in about)
    whole = Observed(
        f"{MEDICINES['infliximab_sc_120mg']}, all trusts",
        first,
        last,
        True,
        adoption,
        population=float(len(codes)),
        names=names,
        compare={"sector": tuple(facts.get("sector", "").replace("_", " ") for facts in about)},
        notes=(gone, f"organisations without known sector, in the curve but not compared: {unknown}"),
        source=_SOURCE,
    )
    acute = np.array([facts.get("sector") == "acute" for facts in about])
    about = [facts for facts, chosen in zip(about, acute) if chosen]
    staff = np.array([float(facts["staff_fte"]) for facts in about])
    networks = {row.values["code"]: row.values["name"] for row in _all_columns(NETWORKS).rows}
    label = {"ahsn": tuple(networks[facts["ahsn"]] for facts in about), "ics": tuple(f["ics_name"] for f in about)}
    teaching = tuple("teaching" if facts["teaching"] == "1" else "other" for facts in about)
    return [whole, Observed(
        f"{MEDICINES['infliximab_sc_120mg']}, acute trusts", first, last, True, adoption.select(acute),
        population=float(acute.sum()), names=tuple(name for name, chosen in zip(names, acute) if chosen),
        compare={"teaching": teaching, "ahsn": label["ahsn"]}, groups=label,
        covariates={
            "teaching": np.array([float(text == "teaching") for text in teaching]),
            "staff_doublings": np.log2(staff / np.median(staff)),
        },
        layers=tuple(ties_from_groups(key, labels) for key, labels in label.items()),
        notes=("only acute trusts, since hardly any other issues the medicine",), source=_SOURCE,
    )]  # fmt: skip
