"""Network layers built from the trust table: complete groups, distance, and the clinical small world."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffusion.arrays import Floats, Ints, Longs
from diffusion.errors import InputError
from diffusion.world.keys import keyed_hash, keyed_uniform
from diffusion.world.spec import LayerSpec
from diffusion.world.tables import Layer, TrustTable

#: positions of trusts, of any whole type
Rows: TypeAlias = NDArray[np.integer]

EARTH_RADIUS_KM = 6_371.0088
RADIUS_KM = 150.0
SCALE_KM = 50.0
AHEAD = 3
REWIRE = 0.1
HUB_WEIGHT = 2.0
#: Weights of the distance layer are multiples of this.
WEIGHT_STEP = 2.0**-16
#: Most ties of one sparse layer, counted from each end.
MAX_TIES = 10_000_000

#: Default weight (omega) and evidence grade of the built layers.
OMEGA = {"ahsn": 0.30, "geo": 0.20, "ics": 0.15, "type": 0.15, "clinical": 0.15}
GRADE = {"ahsn": "C", "geo": "C", "ics": "C", "type": "C", "clinical": "B"}
SOURCE = {
    "ahsn": "assumption: same AHSN",
    "geo": "assumption: ties fall with distance",
    "ics": "assumption: same ICS (2022 boundaries)",
    "type": "assumption: same sector and teaching status",
    "clinical": "BMJ Open 2012;2:e000872: 11 of 12 trusts heard of innovations through other trusts or networks",
}

_DENSE_LIMIT = 1_500


def built_layer(name: str, trusts: TrustTable, spec: LayerSpec) -> Layer:
    """Build one of the five layers that come from the trust table, by name; ``spec`` overrides the defaults."""
    weight = OMEGA[name] if spec.weight is None else spec.weight
    grade, source = spec.grade or GRADE[name], spec.source or SOURCE[name]
    if name == "geo":
        return geo_layer(
            trusts,
            weight,
            radius_km=spec.radius_km or RADIUS_KM,
            scale_km=spec.scale_km or SCALE_KM,
            nearest=spec.nearest,
            grade=grade,
            source=source,
        )
    if name == "clinical":
        return clinical_layer(
            trusts,
            weight,
            ahead=spec.ahead or AHEAD,
            rewire=REWIRE if spec.rewire is None else spec.rewire,
            hub_weight=HUB_WEIGHT if spec.hub_weight is None else spec.hub_weight,
            grade=grade,
            source=source,
        )
    groups = {
        "ahsn": trusts.ahsn,
        "ics": trusts.ics,
        "type": (2 * trusts.sector + trusts.teaching).astype(np.int32),
    }
    return group_layer(name, groups[name], weight, grade=grade, source=source)


def group_layer(name: str, group: Ints, weight: float, *, grade: str = "C", source: str = "") -> Layer:
    """Return a layer of complete groups, tie weight 1; ``group`` int32[N], -1 for trusts in none."""
    n = len(group)
    return Layer(
        name,
        weight,
        "group",
        np.array(group, dtype=np.int32),
        np.zeros(n + 1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.float64),
        False,
        grade,
        source,
    )


def sparse_layer(
    name: str,
    weight: float,
    n: int,
    rows: Rows,
    columns: Rows,
    weights: Floats,
    *,
    directed: bool,
    grade: str = "C",
    source: str = "",
    rounded: bool = False,
    dates: tuple[Ints, Ints] | None = None,
) -> Layer:
    """Return a CSR layer from ties "row looks to column".

    Undirected ties are entered from both ends. Self ties and ties without weight are dropped, a tie that comes twice
    counts once. ``rounded``: the weights are rounded, so credibility times weight may be rounded too. ``dates``
    int32[E] are the first and the last month of each tie: one may then come several times, in other months.
    """
    if not directed:
        rows, columns = np.concatenate([rows, columns]), np.concatenate([columns, rows])
        weights = np.concatenate([weights, weights])
        dates = None if dates is None else (np.tile(dates[0], 2), np.tile(dates[1], 2))
    weights = np.asarray(weights, np.float64)
    keep = (rows != columns) & (weights > 0)
    flat = rows[keep].astype(np.int64) * n + columns[keep]
    since = until = None
    if dates is None:
        flat, first = np.unique(flat, return_index=True)
    else:
        first, until = _spans(flat, weights[keep], dates[0][keep], dates[1][keep])
        flat, since = flat[first], dates[0][keep][first]
    indptr = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(flat // n, minlength=n), out=indptr[1:])
    return Layer(
        name,
        weight,
        "sparse",
        np.full(n, -1, np.int32),
        indptr,
        (flat % n).astype(np.int32),
        weights[keep][first],
        directed,
        grade,
        source,
        rounded,
        since=since,
        until=until,
    )


def _spans(flat: Longs, weights: Floats, since: Ints, until: Ints) -> tuple[Longs, Ints]:
    """Return which ties begin a span of months, sorted by tie and month, and the last month of each span.

    A tie that goes on in the next month with the same weight goes on in its span.
    """
    order = np.lexsort((since, flat))
    begins = np.ones(len(order), np.bool_)
    after, before = order[1:], order[:-1]
    on = (flat[after] == flat[before]) & (weights[after] == weights[before]) & (since[after] == until[before] + 1)
    begins[1:] = ~on
    ends = np.append(begins[1:], True)
    return order[begins], until[order[ends]]


def geo_layer(
    trusts: TrustTable,
    weight: float,
    *,
    radius_km: float = RADIUS_KM,
    scale_km: float = SCALE_KM,
    nearest: int | None = None,
    grade: str = "C",
    source: str = "",
) -> Layer:
    """Ties to trusts within ``radius_km`` (great circle) with weight exp(-d / scale_km).

    With ``nearest`` each trust looks to that many nearest trusts only, so cost is linear in trusts; ties are then
    directed, since being nearest need not be mutual.
    """
    points = unit_vectors(trusts.latitude, trusts.longitude)
    n = len(trusts)
    if nearest is not None:
        rows, columns = _nearest_pairs(points, nearest)
    elif n <= _DENSE_LIMIT:
        rows, columns = np.triu_indices(n, 1)
    else:
        rows, columns = _near_pairs(points, radius_km)
    distance = great_circle_km(points, rows, columns)
    near = distance <= radius_km
    return sparse_layer(
        "geo",
        weight,
        n,
        rows[near],
        columns[near],
        np.rint(np.exp(-distance[near] / scale_km) / WEIGHT_STEP) * WEIGHT_STEP,
        directed=nearest is not None,
        grade=grade,
        source=source,
        rounded=True,
    )


def unit_vectors(latitude: Floats, longitude: Floats) -> Floats:
    """Return points on the unit sphere, float64[N, 3], from degrees."""
    phi, theta = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(phi) * np.cos(theta), np.cos(phi) * np.sin(theta), np.sin(phi)])


def great_circle_km(points: Floats, rows: Rows, columns: Rows) -> Floats:
    """Return great-circle distances in km between points of the unit sphere."""
    chord: Floats = np.sqrt(((points[rows] - points[columns]) ** 2).sum(axis=1))
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))


def _near_pairs(points: Floats, radius_km: float) -> tuple[Rows, Rows]:
    from scipy.spatial import cKDTree

    # A little more than the radius: the exact cut is made on great-circle distance.
    chord = 2.0 * np.sin(min(radius_km / EARTH_RADIUS_KM, np.pi) / 2.0) * (1.0 + 1e-9)
    tree = cKDTree(points)
    expected = int(tree.count_neighbors(tree, chord)) - len(points)
    if expected > MAX_TIES:
        raise InputError(
            f"the geo layer would have {expected:,} ties",
            key="world.layers.geo",
            expected=f"at most {MAX_TIES:,}",
            suggestion="set nearest, or a smaller radius_km",
        )
    pairs = tree.query_pairs(chord, output_type="ndarray")
    return pairs[:, 0], pairs[:, 1]


def _nearest_pairs(points: Floats, nearest: int) -> tuple[Rows, Rows]:
    from scipy.spatial import cKDTree

    n = len(points)
    nearest = min(nearest, n - 1)
    if nearest < 1:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    found = cKDTree(points).query(points, k=nearest + 1)[1].astype(np.int64)
    # Where several trusts share a point, the trust itself need not come first, or at all.
    is_self = found == np.arange(n)[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    return np.repeat(np.arange(n), nearest), found[~is_self]


def clinical_layer(
    trusts: TrustTable,
    weight: float,
    *,
    ahead: int = AHEAD,
    rewire: float = REWIRE,
    hub_weight: float = HUB_WEIGHT,
    grade: str = "B",
    source: str = "",
) -> Layer:
    """Clinical networks: a symmetric small world within each sector, teaching trusts as hubs.

    Each trust has ties to the ``ahead`` next trusts on a ring ordered by key; with chance ``rewire`` a tie goes to a
    trust of the sector drawn with weight 1 + hub_weight * teaching instead. All draws are keyed by trust, so the
    order of rows does not matter.
    """
    rows: list[Rows] = []
    columns: list[Rows] = []
    order_key = keyed_hash("clinical/ring", trusts.keys)
    for sector in np.unique(trusts.sector):
        members = np.flatnonzero(trusts.sector == sector)
        if len(members) < 2:
            continue
        ring = members[np.argsort(order_key[members], kind="stable")]
        cumulative = np.cumsum(1.0 + hub_weight * trusts.teaching[ring])
        for step in range(1, min(ahead, len(ring) - 1) + 1):
            target = np.roll(ring, -step)
            moved = np.flatnonzero(keyed_uniform("clinical/rewire", trusts.keys[ring], step) < rewire)
            target[moved] = _draw_targets(ring, cumulative, moved, step, trusts)
            rows.append(ring)
            columns.append(target)
    if not rows:
        rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    sources = np.concatenate(rows)
    return sparse_layer(
        "clinical",
        weight,
        len(trusts),
        sources,
        np.concatenate(columns),
        np.ones(len(sources)),
        directed=False,
        grade=grade,
        source=source,
    )


def _draw_targets(ring: Rows, cumulative: Floats, moved: Rows, step: int, trusts: TrustTable) -> Rows:
    """Draw a target with the cumulative weights for each moved tie; a draw of oneself is drawn again."""
    target = ring[moved].copy()
    again = np.arange(len(moved))
    for attempt in range(100):
        draw = keyed_uniform("clinical/target", trusts.keys[ring[moved[again]]], step, attempt)
        target[again] = ring[np.searchsorted(cumulative, draw * cumulative[-1], side="right")]
        again = again[target[again] == ring[moved[again]]]
        if not len(again):
            break
    return target
