"""The fixed world as plain tables: trusts, networks of support, innovations and network layers.

Rows are sorted by code (trusts, AHSNs) or id (innovations); every array is read-only, so a world can be shared.
Nothing here moves in time; what has dates says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import NamedTuple

import numpy as np

from diffusion.arrays import Bools, Floats, Ints, Keys, Longs
from diffusion.errors import InputError, did_you_mean
from diffusion.showing import Shown, brief, counted, listed, short
from diffusion.world.facts import WorldFacts, default_facts

SECTORS: tuple[str, ...] = ("acute", "mental_health", "community", "specialist", "ambulance", "care_trust")
KINDS: tuple[str, ...] = ("drug", "device", "digital", "pathway", "service")

#: Layers built from the trust table, in the fixed order in which every world holds them.
BUILT_LAYERS: tuple[str, ...] = ("ahsn", "geo", "ics", "type", "clinical")


#: first and last month of what is there for ever, counted from January of year 0
ALWAYS = (0, 2**31 - 2)


#: what becomes of trusts during a run
MERGED, CLOSED, OPENED = "merged", "closed", "opened"


class Change(NamedTuple):
    """What becomes of a trust from the first day of ``month`` (YYYY-MM) on.

    ``name`` is that of its successor, ``former`` its own in the table of trusts; "" where there is none.
    """

    month: str
    kind: str
    code: str
    into: str = ""
    name: str = ""
    former: str = ""


class BoardSuccessor(NamedTuple):
    """A board that goes on in others from ``month`` (YYYY-MM) on; ``into`` their codes, ``name`` "" where unknown."""

    code: str
    month: str
    into: str
    name: str = ""


class _Table:
    """Make every array of a frozen table read-only, so that worlds can be shared and memoised."""

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            for array in value.values() if isinstance(value, dict) else (value,):
                if isinstance(array, np.ndarray):
                    array.flags.writeable = False

    def __repr__(self) -> str:
        rows: tuple[str, ...] = getattr(self, "codes", getattr(self, "ids", ()))
        return brief(self, f"{len(rows)} rows", listed(rows))


@dataclass(frozen=True, eq=False, repr=False)
class TrustTable(_Table):
    """N trusts, sorted by code.

    ``keys`` are stable 64-bit hashes of the codes. ``size`` is staff over the median of the world (no unit).
    ``digital_maturity`` is readiness for digital, -1 to 1, and ``money_short`` 1 where money is short, 0 where it is
    not, and the known share of the sector where nobody knows: what stands behind them differs by world.
    ``oversight_segment`` runs from 1 (best) to 5, NaN where it is not known. ``threshold`` is a personal threshold
    of g(x), NaN where the model's parameter holds. ``filled`` flags, by attribute, values that were blank in the
    source and stand for the median (of ``money_short``, the mean) of the sector.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    keys: Keys
    sector: Ints
    sector_names: tuple[str, ...]
    teaching: Bools
    centre_of_excellence: Bools
    foundation: Bools
    region: Ints
    region_names: tuple[str, ...]
    ahsn: Ints
    ahsn_boundary: Bools
    ics: Ints
    ics_codes: tuple[str, ...]
    ics_names: tuple[str, ...]
    latitude: Floats
    longitude: Floats
    staff_fte: Floats
    size: Floats
    doctors_fte: Floats
    beds: Floats
    imd: Floats
    money_short: Floats
    digital_maturity: Floats
    oversight_segment: Floats
    threshold: Floats
    filled: dict[str, Bools] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False, repr=False)
class AhsnTable(_Table):
    """A Academic Health Science Networks, sorted by code; ``population`` in people, mid-2017."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    keys: Keys
    population: Floats
    latitude: Floats
    longitude: Floats

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, eq=False, repr=False)
class InnovationTable(_Table):
    """K innovations, sorted by id.

    Costs and savings are per size unit at full rollout (r=1) and, where the name says so, per month. NaN in
    ``benefit`` or ``signal`` means drawn per replicate. ``live_month`` counts from the scenario's first month; of what
    states ``live_from`` it is known once the world has a date (``world/building/dated.py``).
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    keys: Keys
    kind: Ints
    upfront_cost_gbp: Floats
    running_cost_gbp_per_month: Floats
    saving_gbp_per_month: Floats
    saving_lag_months: Ints
    cashable_share: Floats
    cases_per_month: Floats
    unit_cost_gbp: Floats
    evaluation_months: Floats
    pilot_months: Floats
    rollout_months: Floats
    rollout_push_per_month: Floats
    rollout_peer_per_month: Floats
    pilot_abandonment_per_month: Floats
    abandonment_factor: Floats
    nasss_sum: Floats
    risk_class: Floats
    contract: Bools
    digital: Bools
    benefit: Floats
    benefit_mean: Floats
    benefit_sd: Floats
    benefit_truncated: Bools
    signal: Floats
    cost_noise_sd: Floats
    live_month: Ints
    live_from: Ints  # calendar month, counted from January of year 0; 0 where live_month is stated
    opening_share: Floats  # of those with a use for it, users in opening_month; NaN is not stated
    opening_month: Ints  # calendar month; 0 is the scenario's first
    initial_sites_min: Ints
    initial_sites_max: Ints
    prior_evidence: Floats
    needs_pilot: Bools
    has_company: Bools
    early_use_share: Floats  # NaN is the parameter
    use_share: Floats  # NaN is drawn, as in the four below
    log_push: Floats
    log_scale_up: Floats
    log_pilot_ending: Floats
    log_compliance: Floats
    cohort: tuple[str, ...]
    tags: tuple[frozenset[str], ...]
    eligible_sectors: tuple[frozenset[str], ...]
    company: tuple[str, ...]
    pilot_sites: tuple[tuple[str, ...], ...]  # codes of trusts that start as pilots when it is live

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Layer(_Table):
    """One network layer over N trusts.

    ``group`` layers are complete groups with tie weight 1: ``group`` holds the group of each trust, -1 for none,
    and the CSR arrays are empty. ``sparse`` layers hold, in row i of the CSR arrays, the trusts j that i looks
    to, sorted by j, with weights above 0 as they were written; ``group`` is -1 throughout.
    No layer has self ties. ``weight`` is omega as stated, not rescaled to a sum of 1. ``rounded``: the weights are
    multiples of 2^-16 that stand for distances, and are rounded so again with credibility.

    A layer may have dates (``world/building/over_time.py`` gives the ties of a month): it is there in ``months``, first
    and last, and tie e of a sparse layer from month ``since[e]`` to ``until[e]``, int32[E], counted from January of
    year 0; None is always. A tie may then stand several times, in other months. ``notes`` say how a file was read.
    """

    name: str
    weight: float
    kind: str
    group: Ints
    indptr: Longs
    indices: Ints
    weights: Floats
    directed: bool
    grade: str
    source: str
    rounded: bool = False
    months: tuple[int, int] = ALWAYS
    since: Ints | None = None
    until: Ints | None = None
    notes: tuple[str, ...] = ()

    @property
    def dated(self) -> bool:
        """Whether some of its ties are not always there."""
        return self.months != ALWAYS or self.since is not None

    def __repr__(self) -> str:
        return brief(self, short(self.name), self.kind, counted(self.n_ties, "tie"))

    @property
    def n_ties(self) -> int:
        """Ties in the layer, counted from each end (i looks to j), in all months together."""
        if self.kind == "sparse":
            return len(self.indices)
        sizes = np.bincount(self.group[self.group >= 0]).astype(np.int64)
        return int((sizes * (sizes - 1)).sum())


@dataclass(frozen=True, eq=False)
class Cut(_Table):
    """What a world is a part of: trust i of the part is trust ``rows[i]`` of ``whole``; ``region`` is its title."""

    region: str
    rows: Longs
    whole: World

    def __repr__(self) -> str:
        return brief(self, short(self.region), f"{len(self.rows)} of {counted(self.whole.n_trusts, 'trust')}")


@dataclass(frozen=True, eq=False)
class World(Shown, _Table):
    """Everything that stays fixed during a run; ``eligible[i, k]`` tells whether trust i may use innovation k.

    ``provenance`` maps each part to the SHA-256 of the file it came from, or to a description. ``cut`` is there where
    the world is one region of another; ``facts`` are what ``world.yaml`` says. ``changes`` are what becomes of its
    trusts during a run. ``carries`` int64[N] is there after such changes: the row in which the trust of each row goes
    on, -1 where there is none. ``board_successors`` are what its table of boards says of those that end.
    """

    name: str
    trusts: TrustTable
    ahsns: AhsnTable
    innovations: InnovationTable
    layers: tuple[Layer, ...]
    eligible: Bools
    provenance: dict[str, str]
    cut: Cut | None = None
    facts: WorldFacts = field(default_factory=default_facts)
    changes: tuple[Change, ...] = ()
    board_successors: tuple[BoardSuccessor, ...] = ()
    carries: Longs | None = None

    def __repr__(self) -> str:
        pairs = f"{int(self.eligible.sum()):,} eligible pairs"
        bodies = f"{counted(self.n_trusts, 'trust')}, {counted(self.n_ahsns, self.facts.words.network.short)}"
        layers = f"layers {listed([layer.name for layer in self.layers])}"
        return brief(self, short(self.name), bodies, counted(self.n_innovations, "innovation"), pairs, layers)

    @property
    def whole(self) -> World:
        """The world of which this is a part; itself where it is all of it."""
        return self if self.cut is None else self.cut.whole

    @property
    def share(self) -> float:
        """Its part of the size of the whole, 0 to 1; by number where trusts have no size."""
        if self.cut is None:
            return 1.0
        size = self.whole.trusts.size
        return float(size[self.cut.rows].sum() / size.sum()) if size.sum() > 0 else self.n_trusts / len(size)

    @property
    def present(self) -> Bools:
        """Return bool[N]: the trusts that are there; the others have closed, or have not opened."""
        rows = np.arange(self.n_trusts)
        return np.ones(len(rows), dtype=bool) if self.carries is None else np.asarray(self.carries == rows)

    def carried(self, rows: np.ndarray) -> np.ndarray:
        """Return where trusts of these ``rows`` go on, shaped alike; -1 where there is no trust, or none was named."""
        if self.carries is None:
            return rows
        return np.asarray(np.where(rows >= 0, self.carries[rows], -1).astype(rows.dtype))

    def of_whole(self, values: np.ndarray, axis: int = 0) -> np.ndarray:
        """Return what values by trust of the whole are in this world."""
        return values if self.cut is None else np.take(values, self.cut.rows, axis=axis)

    @property
    def stands_for_its_time(self) -> bool:
        """Whether the trusts are those of the world's own folder, so that what ``facts`` says of dates holds."""
        return self.name.startswith(self.facts.id)

    @property
    def n_trusts(self) -> int:
        return len(self.trusts)

    @property
    def n_innovations(self) -> int:
        return len(self.innovations)

    @property
    def n_ahsns(self) -> int:
        return len(self.ahsns)

    def layer(self, name: str) -> Layer:
        """Return the layer called ``name``; raise InputError naming the nearest one otherwise."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = [layer.name for layer in self.layers]
        raise InputError(
            f"this world has no layer '{name}'",
            expected="one of " + ", ".join(known) if known else "a world with layers",
            suggestion=did_you_mean(name, known),
        )
