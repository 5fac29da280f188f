"""Made-up results of exactly the shape that runs have, for tests of analysis, report and delivery.

Curves are logistic with noise that scenarios share (as common draws would), so differences are much tighter than
levels. Nothing here is a model of anything.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import numpy as np

from diffusion.engine.stages import (
    ABANDONED,
    AWARE,
    EVALUATING,
    INELIGIBLE,
    N_STAGES,
    PILOT,
    REJECTED,
    ROLLOUT,
    SUSTAINED,
    UNAWARE,
)
from diffusion.world.facts import default_facts

MONEY_FLOWS = (
    ("upfront_cost", "trust_fund", "company"),
    ("running_cost", "trust", "company"),
    ("saving_kept", "released_resources", "trust"),
    ("saving_system", "released_resources", "commissioner"),
    ("tariff", "commissioner", "trust"),
    ("test_bed_grant", "national", "trust"),
    ("facilitation", "ahsn", "trust_staff"),
)
FLOWS = ("unaware>aware", "aware>evaluating", "evaluating>pilot", "evaluating>rejected", "pilot>rollout", "placed")


@dataclass
class SyntheticResults:
    scenario: Any
    world: Any
    seed: int
    replicates: np.ndarray
    months: int
    monthly: dict[str, np.ndarray]
    stage_by_innovation: np.ndarray
    stage_by_ahsn: np.ndarray
    stage_by_ics: np.ndarray
    stage_by_sector: np.ndarray
    adopters_by_trust: np.ndarray
    flows: np.ndarray
    flow_names: tuple[str, ...]
    money_gbp: np.ndarray
    money_flows: tuple[tuple[str, str, str], ...]
    events: Any = None

    @property
    def stage_means(self) -> np.ndarray:
        return self.stage_by_innovation.mean(axis=0).sum(axis=2)


@dataclass(frozen=True)
class SyntheticScenario:
    name: str
    title: str = ""
    description: str = ""
    start: str = "2015-07"
    months: int = 120
    policy_start: str | None = None
    levers: dict[str, Any] = field(default_factory=dict)
    content_hash: str = "0" * 64
    drawn: bool = False

    def resolved(self) -> dict[str, Any]:
        found: dict[str, Any] = {"name": self.name, "start": self.start, "months": self.months}
        return found | ({"doubt": {"source": "posterior", "keep": []}} if self.drawn else {})


def england(n_trusts: int | None = None, n_innovations: int = 30) -> Any:
    """A world with the packaged trusts (or the first few) and made-up innovations."""
    folder = files("diffusion.data") / "worlds" / "england-2017"
    rows = list(csv.DictReader((folder / "trusts.csv").read_text(encoding="utf-8").splitlines()))
    rows = sorted(rows, key=lambda row: row["code"])[:n_trusts]
    ahsn_rows = sorted(
        csv.DictReader((folder / "networks.csv").read_text(encoding="utf-8").splitlines()), key=lambda row: row["code"]
    )
    ahsn_codes = tuple(row["code"] for row in ahsn_rows)
    ics_codes = tuple(sorted({row["ics"] for row in rows}))
    ics_name = {row["ics"]: row["ics_name"] for row in rows}
    sectors = ("acute", "mental_health", "community", "specialist", "ambulance", "care_trust")
    regions = tuple(sorted({row["region"] for row in rows}))
    staff = np.array([float(row["staff_fte"]) for row in rows])
    trusts = SimpleNamespace(
        codes=tuple(row["code"] for row in rows),
        names=tuple(row["name"] for row in rows),
        sector=np.array([sectors.index(row["sector"]) for row in rows]),
        sector_names=sectors,
        centre_of_excellence=np.array([row["teaching"] == "1" or row["gde_status"] == "GDE" for row in rows]),
        ahsn=np.array([ahsn_codes.index(row["ahsn"]) for row in rows]),
        ics=np.array([ics_codes.index(row["ics"]) for row in rows]),
        ics_codes=ics_codes,
        ics_names=tuple(ics_name[code] for code in ics_codes),
        latitude=np.array([float(row["latitude"]) for row in rows]),
        longitude=np.array([float(row["longitude"]) for row in rows]),
        region=np.array([regions.index(row["region"]) for row in rows]),
        region_names=regions,
        imd=np.array([float(row["imd_catchment"] or row["imd_score_2015"]) for row in rows]),
        staff_fte=staff,
        size=staff / 3791.0,
    )
    ahsns = SimpleNamespace(
        codes=ahsn_codes,
        names=tuple(row["name"] for row in ahsn_rows),
        latitude=np.array([float(row["latitude"]) for row in ahsn_rows]),
        longitude=np.array([float(row["longitude"]) for row in ahsn_rows]),
    )
    kind = np.arange(n_innovations) % 4
    innovations = SimpleNamespace(
        ids=tuple(f"innovation-{k:02d}" for k in range(n_innovations)),
        names=tuple(f"Digital platform {chr(65 + k % 26)}{k // 26 or ''}" for k in range(n_innovations)),
        kind=kind,
    )
    eligible = np.ones((len(rows), n_innovations), dtype=bool)
    eligible[np.ix_(~np.isin(trusts.sector, (0, 3)), kind < 2)] = False
    return SimpleNamespace(
        name="england-2017",
        trusts=trusts,
        ahsns=ahsns,
        innovations=innovations,
        eligible=eligible,
        n_trusts=len(rows),
        n_innovations=n_innovations,
        n_ahsns=len(ahsn_rows),
        provenance={"trusts": "f" * 64},
        facts=default_facts(),
    )


def synthetic(
    world: Any,
    scenario: SyntheticScenario,
    *,
    replicates: int = 20,
    seed: int = 1,
    gain: float = 0.0,
    tilt: float = 0.0,
    money_gbp_per_month: float = 0.0,
) -> SyntheticResults:
    """Results in which adoption is ``gain`` (relative) above the common curve, ``tilt`` more so in centres."""
    months, n, k = scenario.months, world.n_trusts, world.n_innovations
    share = 0.16 / (1 + np.exp(-(np.arange(months + 1) / max(months, 1) * 120 - 65) / 18))
    shape = (replicates, months + 1, n, k)
    count = {
        "innovation": np.zeros((replicates, months + 1, N_STAGES, k), np.int32),
        "ahsn": np.zeros((replicates, months + 1, N_STAGES, world.n_ahsns), np.int32),
        "ics": np.zeros((replicates, months + 1, N_STAGES, len(world.trusts.ics_codes)), np.int32),
        "sector": np.zeros((replicates, months + 1, N_STAGES, 6), np.int32),
    }
    adopters_by_trust = np.zeros(shape[:3], np.int16)
    groups = {name: getattr(world.trusts, name) for name in ("ahsn", "ics", "sector")}
    policy = np.clip((np.arange(months + 1) - 24) / 60, 0, 1)[:, None, None]
    lift = 1 + (gain + tilt * (world.trusts.centre_of_excellence - 0.2))[None, :, None] * policy
    for r in range(replicates):
        common = np.random.default_rng([seed, r])
        own = np.random.default_rng([seed, r, sum(scenario.name.encode())])
        ease = np.exp(common.normal(0, 0.5, k) + 0.12 * common.normal())[None, None, :]
        level = np.clip(share[:, None, None] * ease * lift * (1 + 0.01 * own.normal(0, 1)), 0, 0.9)
        draw = common.random((1, n, k))
        stage = np.full(shape[1:], UNAWARE, np.uint8)
        for code, factor in ((AWARE, 5.0), (EVALUATING, 3.0), (PILOT, 1.6), (ROLLOUT, 1.0), (SUSTAINED, 0.6)):
            stage[draw < level * factor] = code
        stage[(draw > 0.97) & (np.arange(months + 1)[:, None, None] > 40)] = ABANDONED
        stage[(draw > 0.94) & (draw <= 0.97) & (np.arange(months + 1)[:, None, None] > 30)] = REJECTED
        stage[:, ~world.eligible] = INELIGIBLE
        for s in range(N_STAGES):
            at = stage == s
            count["innovation"][r, :, s] = at.sum(axis=1)
            by_trust = at.sum(axis=2)
            for name, group in groups.items():
                np.add.at(count[name][r, :, s].T, group, by_trust.T.astype(np.int32))
        adopters_by_trust[r] = np.isin(stage, (ROLLOUT, SUSTAINED)).sum(axis=2)
    adopters = adopters_by_trust.sum(axis=2).astype(float)
    pairs = float(world.eligible.sum())
    using = adopters_by_trust.astype(bool).sum(axis=2).astype(float)
    monthly = {
        "organisations_using": using,
        "pairs_using": adopters * 1.3,
        "adopters": adopters,
        "pilots": count["innovation"][:, :, PILOT].sum(axis=2).astype(float),
        "ever_adopters": adopters * 1.1,
        "adopter_share": adopters / pairs,
        "use_weighted_share": 0.6 * adopters / pairs,
        "patients_benefiting": adopters * 90.0,
        "capacity_available_wte": np.full(adopters.shape, 500.0),
        "capacity_needed_wte": adopters * 0.9,
        "capacity_used_wte": np.minimum(adopters * 0.9, 500.0),
        "over_dispersion": 1 + adopters / pairs,
    }
    unit = np.array([-2.0, -0.8, 1.6, 1.2, 0.0, 0.0, 0.0])
    money = np.abs(adopters[:, :, None] * unit * 1000.0)
    money[:, 24:, 4] = money_gbp_per_month
    money[:, :, 6] = 1e6
    flows = np.repeat(np.diff(adopters, axis=1, prepend=0)[:, :, None], len(FLOWS), axis=2).clip(0).astype(np.int32)
    return SyntheticResults(
        scenario, world, seed, np.arange(replicates, dtype=np.int64), months, monthly, count["innovation"],
        count["ahsn"], count["ics"], count["sector"], adopters_by_trust, flows, FLOWS, money, MONEY_FLOWS,
    )  # fmt: skip


def four_options(
    replicates: int = 20, months: int = 120, n_trusts: int | None = None, **world: Any
) -> list[SyntheticResults]:
    """Baseline and three options with a clear gain, no gain and a gain for centres only."""
    place = england(n_trusts, **world)
    options = (
        ("baseline", "AHSN support only", 0.0, 0.0, 0.0),
        ("baseline+tariff", "Best practice tariff", 0.06, 0.0, 2e6),
        ("baseline+test-beds", "Test beds", 0.0, 0.0, 1e5),
        ("baseline+local-first", "Local-first acceleration", 0.04, 0.25, 5e5),
    )
    return [
        synthetic(
            place,
            SyntheticScenario(name, title, months=months, policy_start="2017-07" if gain or money else None),
            replicates=replicates,
            gain=gain,
            tilt=tilt,
            money_gbp_per_month=money,
        )
        for name, title, gain, tilt, money in options
    ]
