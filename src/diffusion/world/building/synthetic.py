"""Synthetic worlds: any number of trusts, neutral or England-like, and plain innovations for limiting cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from diffusion.arrays import Floats
from diffusion.errors import InputError
from diffusion.world.building.ties import TrustIndex
from diffusion.world.facts import default_facts
from diffusion.world.innovations import (
    Attributes,
    InnovationRow,
    innovation_table,
    kind_defaults,
    stated_names,
    stated_number,
    validate_attributes,
)
from diffusion.world.keys import keyed_normal, keyed_uniform, stable_key, stable_keys
from diffusion.world.spec import SyntheticSpec
from diffusion.world.tables import KINDS, AhsnTable, InnovationTable, TrustTable

Kind = TypeVar("Kind", bound=np.generic)

SITE_SECTOR = "site"

#: Spread of a synthetic site around the real trust it is drawn from, km.
_JITTER_KM = 10.0
_KM_PER_DEGREE = 111.195

#: A plain innovation costs nothing, takes no time and has no effect of its own.
_PLAIN: Attributes = {
    "upfront_cost_gbp": 0.0, "running_cost_gbp_per_month": 0.0, "saving_gbp_per_month": 0.0, "saving_lag_months": 0,
    "cashable_share": 0.0, "cases_per_month": 1.0, "unit_cost_gbp": 0.0, "evaluation_months": 0.0, "pilot_months": 0.0,
    "rollout_months": 0.0, "rollout_push_per_month": 0.0, "rollout_peer_per_month": 0.0,
    "pilot_abandonment_per_month": 0.0, "abandonment_factor": 1.0,
    "nasss_sum": 0.0, "risk_class": 0.0, "contract": False, "digital": False,
    "benefit": 0.0, "benefit_mean": 0.0, "benefit_sd": 0.0, "benefit_truncated": False, "signal": 0.0,
    "cost_noise_sd": 0.0, "live_month": 0, "initial_sites_min": 0, "initial_sites_max": 0, "prior_evidence": 0.0,
}  # fmt: skip


def site_codes(n: int) -> tuple[str, ...]:
    """Return the codes of n synthetic trusts; sorting them keeps their positions."""
    return tuple(f"S{position:06d}" for position in range(n))


def neutral_ahsns() -> AhsnTable:
    """Return the one AHSN of a neutral world."""
    one = np.ones(1)
    return AhsnTable(("ALL",), ("All",), stable_keys(("ALL",)), one * 1e6, one * 52.5, one * -1.5)


def neutral_trusts(n: int) -> TrustTable:
    """Return n trusts of size 1 in one sector, AHSN and ICS, without teaching status or want of money."""
    codes = site_codes(n)

    def same(value: float, dtype: type[Kind]) -> NDArray[Kind]:
        return np.full(n, value, dtype=dtype)

    return TrustTable(
        codes=codes, names=codes, keys=stable_keys(codes), sector=same(0, np.int32), sector_names=(SITE_SECTOR,),
        teaching=same(False, np.bool_), centre_of_excellence=same(False, np.bool_), foundation=same(False, np.bool_),
        region=same(0, np.int32), region_names=("ALL",), ahsn=same(0, np.int32), ahsn_boundary=same(False, np.bool_),
        ics=same(0, np.int32), ics_codes=("ALL",), ics_names=("All",), latitude=same(52.5, np.float64),
        longitude=same(-1.5, np.float64), staff_fte=same(default_facts().median_staff_fte, np.float64),
        size=same(1.0, np.float64), doctors_fte=same(0.0, np.float64), beds=same(0.0, np.float64),
        imd=same(0.0, np.float64), money_short=same(0.0, np.float64), digital_maturity=same(0.0, np.float64),
        oversight_segment=same(np.nan, np.float64), threshold=same(np.nan, np.float64),
    )  # fmt: skip


def england_like_trusts(n: int, key: int, real: TrustTable) -> TrustTable:
    """Draw n trusts by key, each with the attributes of a real trust and a place some kilometres from it."""
    codes = site_codes(n)
    keys = stable_keys(codes)
    row = np.minimum((keyed_uniform("synthetic/trust", keys, key) * len(real)).astype(np.int64), len(real) - 1)
    north = keyed_normal("synthetic/north", keys, key) * _JITTER_KM / _KM_PER_DEGREE
    east = keyed_normal("synthetic/east", keys, key) * _JITTER_KM / _KM_PER_DEGREE
    latitude = np.clip(real.latitude[row] + north, -90.0, 90.0)
    longitude = real.longitude[row] + east / np.maximum(np.cos(np.radians(latitude)), 0.01)
    return replace(
        real,
        codes=codes, names=codes, keys=keys, sector=real.sector[row], teaching=real.teaching[row],
        centre_of_excellence=real.centre_of_excellence[row], foundation=real.foundation[row], region=real.region[row],
        ahsn=real.ahsn[row], ahsn_boundary=real.ahsn_boundary[row], ics=real.ics[row], latitude=latitude,
        longitude=longitude, staff_fte=real.staff_fte[row], size=real.size[row], doctors_fte=real.doctors_fte[row],
        beds=real.beds[row], imd=real.imd[row], money_short=real.money_short[row],
        digital_maturity=real.digital_maturity[row], oversight_segment=real.oversight_segment[row],
        threshold=real.threshold[row],
        filled={name: flags[row] for name, flags in real.filled.items()},
    )  # fmt: skip


def with_thresholds(trusts: TrustTable, spec: SyntheticSpec) -> TrustTable:
    """Set the personal thresholds that a synthetic world states."""
    n = len(trusts)
    index = TrustIndex(trusts.codes, by_position=True)
    if spec.thresholds is None:
        values = np.array(trusts.threshold)
    elif spec.thresholds == "ladder":
        values = np.arange(n, dtype=np.float64)
    elif isinstance(spec.thresholds, list):
        if len(spec.thresholds) != n:
            raise InputError(
                f"{len(spec.thresholds)} thresholds for {n} trusts",
                key="world.synthetic.thresholds",
                expected=f"{n} numbers",
            )
        values = np.array(spec.thresholds, dtype=np.float64)
    else:
        values = np.full(n, np.nan)
        _change(values, spec.thresholds, index, "world.synthetic.thresholds")
    _change(values, spec.threshold_changes, index, "world.synthetic.threshold_changes")
    return replace(trusts, threshold=values)


def _change(values: Floats, changes: Mapping[str | int, float], index: TrustIndex, key: str) -> None:
    for label, value in changes.items():
        position = index.get(label)
        if position is None:
            raise InputError(
                f"unknown trust '{label}'", key=key, expected=index.expected(), suggestion=index.suggestion(label)
            )
        values[position] = value


def synthetic_innovations(count: int, kind: str, spec: SyntheticSpec, sectors: Sequence[str]) -> InnovationTable:
    """Return made-up innovations that are live from month 0.

    ``kind`` is ``plain``, one of the kinds, or ``mix`` (all kinds in turn); ``spec.attributes`` overrides. Every
    trust may use a plain one, and in a neutral world any; else the sectors of the kind hold.
    """
    own = validate_attributes(spec.attributes, "world.synthetic.attributes")
    rows, resolved = [], []
    for number in range(count):
        # The label of a plain innovation matters to targets only.
        kind_name = {"plain": "service", "mix": KINDS[number % len(KINDS)]}.get(kind, kind)
        base = _PLAIN if kind == "plain" else kind_defaults()[kind_name]
        rows.append(
            InnovationRow(
                id=f"innovation-{number:04d}",
                name=f"innovation {number}",
                kind=kind_name,
                tags=[] if kind == "plain" else None,
            )
        )
        everywhere = {"eligible_sectors": ["all"]} if kind == "plain" or SITE_SECTOR in sectors else {}
        resolved.append({**base, **everywhere, **own})
        if stated_number(resolved[-1], "initial_sites_min") > stated_number(resolved[-1], "initial_sites_max"):
            raise InputError(
                "more than initial_sites_max",
                key="world.synthetic.attributes.initial_sites_min",
                expected="initial_sites_min <= initial_sites_max",
            )
    unknown = [name for name in stated_names(own, "eligible_sectors") if name not in (*sectors, "all")]
    if unknown:
        raise InputError(
            f"unknown sector '{unknown[0]}'",
            key="world.synthetic.attributes.eligible_sectors",
            expected="one of " + ", ".join(("all", *sectors)),
        )
    return innovation_table(rows, resolved, sectors)


def network_seed(key: int) -> int:
    """Return the integer seed of a NetworkX generator for the world's key."""
    return stable_key(f"synthetic/network/{key}") % 2**32
