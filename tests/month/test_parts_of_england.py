"""Worlds that are a part of England: few trusts, AHSNs without members, nobody who may use an innovation."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from diffusion.errors import InputError
from diffusion.experiments.running.runner import run
from diffusion.reading.files import packaged
from diffusion.scenario.check import check_scenario
from diffusion.scenario.load import load_scenario
from diffusion.scenario.schema import Scenario

pytestmark = pytest.mark.integration
Rows = list[dict[str, str]]


def table(name: str) -> Rows:
    with packaged(name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


TRUSTS = table("worlds/england-2017/trusts.csv")
PARTS: dict[str, Callable[[dict[str, str], int], bool]] = {
    "the first AHSN": lambda row, index: row["ahsn"] == min(other["ahsn"] for other in TRUSTS),
    "the last AHSN": lambda row, index: row["ahsn"] == max(other["ahsn"] for other in TRUSTS),
    "two AHSNs": lambda row, index: row["ahsn"] in ("EM", "WM"),
    "the first trust": lambda row, index: index == 0,
    "every tenth": lambda row, index: index % 10 == 0,
    "one ICS": lambda row, index: row["ics"] == TRUSTS[50]["ics"],
    "ambulances": lambda row, index: row["sector"] == "ambulance",
}


def part(folder: Path, rows: Rows, extends: str, more: str = "", world: str = "") -> Scenario:
    with (folder / "trusts.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(TRUSTS[0]))
        writer.writeheader()
        writer.writerows(rows)
    (folder / "part.yaml").write_text(
        f"title: a part\nextends: {extends}\nmonths: 30\npolicy_start: 2015-10\n{more}\n"
        f"world: {{trusts: trusts.csv{world}}}\n"
    )
    return load_scenario(str(folder / "part.yaml"))


@pytest.mark.parametrize("extends", ["local-first", "everything"])
@pytest.mark.parametrize("chosen", PARTS.values(), ids=list(PARTS))
def test_levers_in_a_part(chosen: Callable[[dict[str, str], int], bool], extends: str, tmp_path: Path) -> None:
    rows = [row for index, row in enumerate(TRUSTS) if chosen(row, index)]
    assert rows
    released = "levers: {local-first: {start: 2015-08, lead_months: 6, lead_centres: 1}}"
    scenario = part(tmp_path, rows, extends, released)
    check_scenario(scenario)
    result = run(scenario, 2, jobs=1)
    share = result.adopter_share()
    assert np.isfinite(share).all()
    assert ((share >= 0) & (share <= 1)).all()


def test_a_part_of_the_ahsns_with_their_own_table(tmp_path: Path) -> None:
    """Whether an AHSN without members stands in the table makes no difference to the others."""
    rows = [row for row in TRUSTS if row["ahsn"] == "EM"]
    ahsns = table("worlds/england-2017/networks.csv")
    whole = run(part(tmp_path, rows, "local-first"), 2, jobs=1)
    with (tmp_path / "ahsns.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(ahsns[0]))
        writer.writeheader()
        writer.writerows(row for row in ahsns if row["code"] == "EM")
    alone = run(part(tmp_path, rows, "local-first", world=", ahsns: ahsns.csv"), 2, jobs=1)
    assert whole.adopters_by_trust.shape == alone.adopters_by_trust.shape
    assert whole.stage_by_ahsn.shape[3] == len(ahsns)
    assert alone.stage_by_ahsn.shape[3] == 1


@pytest.mark.parametrize("extends", ["baseline", "local-first"])
def test_nobody_may_use_it(extends: str, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "innovations:\n- {id: nobody, name: Nobody's, kind: drug, eligible_sectors: [elsewhere]}\n"
    )
    world = ", innovations: own.yaml, extra_sectors: [elsewhere]"
    scenario = part(tmp_path, TRUSTS[:5], extends, world=world)
    with pytest.raises(InputError, match="no trust of this world may use any of its innovations"):
        check_scenario(scenario)
    with pytest.raises(InputError, match="no trust of this world may use any of its innovations"):
        run(scenario, 2, jobs=1)
