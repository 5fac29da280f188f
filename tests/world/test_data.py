"""The packaged tables: facts, dictionary and portfolio, and the script that checks them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diffusion.reading.yaml_lines import load_yaml
from diffusion.world.building.build import build_world
from diffusion.world.innovations import PRIORITIES, SHIFTS
from diffusion.world.tables import KINDS, SECTORS, World

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "diffusion" / "data"
SCRIPT = ROOT / "scripts" / "check_data.py"


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, "--folder", folder], capture_output=True, text=True, check=False)


@pytest.mark.integration
def test_packaged_tables_have_no_faults() -> None:
    result = check(DATA)
    assert result.returncode == 0, result.stderr


BREAKS = {
    "duplicate code": ("worlds/england-2017/trusts.csv", r"\nR1C,", "\nR1A,", "code R1A comes 2 times"),
    "outside England": ("worlds/england-2017/trusts.csv", r"52\.21963,-2\.18925", "51.48,-3.18", "is not in England"),
    "unknown AHSN": ("worlds/england-2017/trusts.csv", r",Midlands,WM,", ",Midlands,XX,", "unknown AHSN XX"),
    "unknown ICS": ("worlds/england-2017/trusts.csv", r",QGH,", ",??,", "unknown ICS ??"),
    "undescribed column": (
        "worlds/england-2017/trusts.csv",
        r"successor_code\n",
        "heir\n",
        "column heir is not in dictionary.yaml",
    ),
    "out of range": ("worlds/england-2017/trusts.csv", r",3052\.0,", ",3052000,", "staff_fte 3052000 is not between"),
    "lost AHSN": ("worlds/england-2017/networks.csv", r"\nWX,[^\n]*", "", "14 rows, 15 in dictionary.yaml"),
    "lost first use": ("scmd_first_use_infliximab_sc.csv", r"2020-03", "2021-03", "first uses by 2020-03"),
    "unmarked portfolio": (
        "worlds/england-2017/portfolio.yaml",
        r"everything_else: assumption",
        "everything_else: fact",
        "as assumptions",
    ),
    "unknown programme": ("reported.yaml", r"lever: accelerator\n", "lever: acceleratr\n", "unknown lever acceleratr"),
    "lost figure": ("reported.yaml", r"  - id: entrepreneurs-patients(.|\n)*", "", "14 figures, 15 in dictionary.yaml"),
    "unlicensed column": (
        "worlds/england-2017/dictionary.yaml",
        r"licence: OGL\+OS\+RM",
        "licence: none",
        "unknown licence",
    ),
}


@pytest.mark.integration
def test_each_broken_table_is_found(tmp_path: Path) -> None:
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        from check_data import check_folder  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    for name, (table, pattern, replacement, message) in BREAKS.items():
        folder = tmp_path / name
        shutil.copytree(DATA, folder)
        text, count = re.subn(pattern, replacement, (folder / table).read_text("utf-8"), count=1)
        assert count == 1, name
        (folder / table).write_text(text, "utf-8")
        faults = check_folder(folder)
        assert any(message in fault for fault in faults), (name, faults)
    result = check(tmp_path / "duplicate code")
    assert result.returncode == 1
    assert "comes 2 times" in result.stderr


@pytest.mark.unit
def test_the_real_trusts_are_those_counted_in_the_sources(world: World) -> None:
    trusts = world.trusts
    counts = dict(zip(trusts.sector_names, np.bincount(trusts.sector).tolist()))
    assert counts == {
        "acute": 135,
        "mental_health": 48,
        "community": 18,
        "specialist": 17,
        "ambulance": 10,
        "care_trust": 5,
    }
    assert (len(trusts), len(world.ahsns), len(trusts.ics_codes), len(trusts.region_names)) == (233, 15, 42, 7)
    assert (trusts.centre_of_excellence.sum(), trusts.money_short.sum(), trusts.ahsn_boundary.sum()) == (43, 100, 24)
    assert abs(np.median(trusts.size) - 1.0) < 1e-4
    leads = [
        trusts.ics_codes[ics]
        for ics in range(len(trusts.ics_codes))
        if trusts.centre_of_excellence[trusts.ics == ics].sum() >= 3
    ]
    assert sorted(leads) == ["QHM", "QKK", "QOP", "QYG"]
    assert sum((trusts.ics == trusts.ics_codes.index(code)).sum() for code in leads) == 51
    assert set(trusts.digital_maturity) == {-0.5, 0.0, 0.5, 1.0}


@pytest.mark.unit
def test_blank_attributes_are_the_sector_median_and_flagged(world: World) -> None:
    trusts = world.trusts
    assert {name: int(flags.sum()) for name, flags in trusts.filled.items()} == {
        "doctors_fte": 3,
        "beds": 1,
        "digital_maturity": 12,
    }
    flags = trusts.filled["doctors_fte"]
    sector = trusts.sector[flags][0]
    known = trusts.doctors_fte[(trusts.sector == sector) & ~flags]
    assert np.array_equal(trusts.doctors_fte[flags], np.full(3, np.median(known)))
    for name in ("staff_fte", "doctors_fte", "beds", "imd", "latitude", "longitude"):
        assert np.isfinite(getattr(trusts, name)).all(), name


@pytest.mark.unit
def test_portfolio_is_the_first_cohort_and_an_even_pipeline(world: World) -> None:
    table = world.innovations
    cohort = np.array([name == "nia-2015" for name in table.cohort])
    assert (len(table), cohort.sum()) == (30, 17)
    kinds = np.array(KINDS)[table.kind]
    pipeline = dict(zip(*(part.tolist() for part in np.unique(kinds[~cohort], return_counts=True))))
    assert pipeline == {"drug": 3, "device": 3, "digital": 5, "pathway": 2}
    assert np.isin(kinds[cohort], ["digital", "device", "service"]).mean() > 0.75
    live = np.sort(table.live_month[~cohort])
    assert (live[0], live[-1]) == (3, 60)
    assert set(np.diff(live)) <= {4, 5}
    assert (table.live_month[cohort] == 0).all()
    assert (table.initial_sites_max[~cohort] == 0).all()
    counted = {table.ids[row]: int(table.initial_sites_min[row]) for row in np.flatnonzero(table.initial_sites_min > 1)}
    assert counted == {"nervecentre": 8, "join-dementia-research": 5}
    others = cohort & (table.initial_sites_min == 1)
    assert set(table.initial_sites_min[others]) == {1}
    assert set(table.initial_sites_max[others]) == {2}
    assert (table.prior_evidence == np.where(cohort, 4.0, 1.0)).all()
    assert np.allclose(table.benefit_mean, np.where(cohort, 0.6, 0.3))
    assert np.allclose(table.benefit_sd, np.where(cohort, 0.4, 0.7))
    assert (table.benefit_truncated == cohort).all()
    assert np.isnan(table.benefit).all()
    assert np.isnan(table.signal).all()
    assert (table.contract == (kinds != "pathway")).all()
    assert set().union(*table.tags) == {*SHIFTS, *PRIORITIES}


@pytest.mark.unit
def test_ten_of_the_cohort_are_archetypes_and_seven_have_a_basis() -> None:
    items = [
        item
        for item in load_yaml(DATA / "worlds/england-2017/portfolio.yaml").data["innovations"]
        if item.get("cohort")
    ]
    archetypes = [item for item in items if "(archetype)" in item["name"]]
    assert len(archetypes) == 10
    assert not any("basis" in item for item in archetypes)
    assert sum("basis" in item for item in items) == 7


@pytest.mark.unit
def test_kind_defaults_are_those_of_the_model(world: World) -> None:
    table = world.innovations
    row = table.ids.index("pipeline-drug-a")
    assert (table.upfront_cost_gbp[row], table.running_cost_gbp_per_month[row], table.saving_gbp_per_month[row]) == (
        20_000,
        10_000,
        24_000,
    )
    assert (table.rollout_push_per_month[row], table.rollout_peer_per_month[row]) == (0.15, 0.10)
    service = table.ids.index("service-a")
    device = table.ids.index("device-a")
    assert (table.upfront_cost_gbp[service], table.pilot_months[service]) == (0, 3)
    for name in ("running_cost_gbp_per_month", "rollout_months", "nasss_sum", "risk_class", "rollout_push_per_month"):
        assert getattr(table, name)[service] == getattr(table, name)[device], name


@pytest.mark.unit
def test_eligibility_follows_the_sector(world: World) -> None:
    assert world.eligible.shape == (233, 30)
    for column, allowed in enumerate(world.innovations.eligible_sectors):
        expected = [world.trusts.sector_names[sector] in allowed for sector in world.trusts.sector]
        assert np.array_equal(world.eligible[:, column], expected)
        assert allowed <= set(SECTORS)


@pytest.mark.unit
def test_worlds_are_memoised_and_read_only(world: World) -> None:
    assert build_world() is world
    with pytest.raises(ValueError, match="read-only"):
        world.trusts.size[0] = 2.0
    with pytest.raises(ValueError, match="read-only"):
        world.layers[0].group[0] = 2


@pytest.mark.integration
def test_building_the_default_world_imports_nothing_heavy() -> None:
    code = (
        "import sys, diffusion.world.building.build as b; b.build_world();"
        "print([m for m in ('pandas', 'networkx', 'scipy', 'mesa', 'numba') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
