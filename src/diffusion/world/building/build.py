"""From a :class:`WorldSpec` to a :class:`World`; the same content gives the same object."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from diffusion.arrays import Bools
from diffusion.errors import InputError, did_you_mean
from diffusion.reading.files import packaged, resolve_inside, sha256
from diffusion.reading.run_months import calendar_month
from diffusion.reading.validation import input_error
from diffusion.world.ahsns import load_ahsns
from diffusion.world.building.boards import load_board_successors
from diffusion.world.building.changes import load_changes
from diffusion.world.building.edges import layer_from_file, layer_from_networkx
from diffusion.world.building.layers import built_layer
from diffusion.world.building.networks import network_layers
from diffusion.world.building.one_region import only_region
from diffusion.world.building.over_time import one_after_another, within
from diffusion.world.building.synthetic import (
    SITE_SECTOR,
    england_like_trusts,
    neutral_ahsns,
    neutral_trusts,
    synthetic_innovations,
    with_thresholds,
)
from diffusion.world.building.ties import TieRules, TrustIndex
from diffusion.world.facts import WORLD_FILE, read_facts, world_folder
from diffusion.world.more_innovations import with_more
from diffusion.world.portfolio import PORTFOLIO, Entry, entry_of, load_innovations, read_portfolio, stands_beside
from diffusion.world.spec import OWN_TABLE, LayerSpec, SyntheticSpec, WorldSpec
from diffusion.world.tables import (
    BUILT_LAYERS,
    SECTORS,
    AhsnTable,
    InnovationTable,
    Layer,
    TrustTable,
    World,
)
from diffusion.world.trusts import load_trusts

if TYPE_CHECKING:
    import networkx as nx

DEFAULT_PORTFOLIO = "default"
#: the packaged portfolio, where the innovations of an own file stand beside its own
BESIDE = "innovations beside"
OWN_LAYER_WEIGHT = 0.15
#: the tables of a world's folder
CHANGES_FILE, BOARDS_FILE = "changes.csv", "boards.csv"
_FILES = {"trusts": "trusts.csv", "ahsns": "networks.csv", "innovations": "portfolio.yaml"}

_MEMO: OrderedDict[tuple[str, str], World] = OrderedDict()
_MEMO_SIZE = 8
#: Options of a layer's specification that belong to one layer, or to layers from a file.
_OPTIONS = {
    "geo": ("radius_km", "scale_km", "nearest"),
    "clinical": ("ahead", "rewire", "hub_weight"),
    "file": ("directed", "tie_weight", "codes"),
}


def build_world(spec: WorldSpec | None = None, folder: Path | str = ".") -> World:
    """Build the world a scenario describes, or return it if the same content was built before.

    ``folder`` is the folder of the scenario file: relative paths start there and stay inside it. Raises InputError
    for anything in the specification or in a file it names that cannot be used.
    """
    spec = spec if spec is not None else WorldSpec()
    files = files_of(spec, Path(folder))
    provenance = {label: f"sha256:{sha256(path)}" for label, path in sorted(files.items())}
    memo_key = (spec.model_dump_json(), repr(provenance))
    world = _MEMO.get(memo_key)
    if world is None:
        world = _build(spec, files, provenance)
        _MEMO[memo_key] = world
        while len(_MEMO) > _MEMO_SIZE:
            _MEMO.popitem(last=False)
    _MEMO.move_to_end(memo_key)
    return world


def with_network(
    world: World,
    name: str,
    graph: nx.Graph,
    *,
    weight: float = OWN_LAYER_WEIGHT,
    directed: bool | None = None,
    grade: str = "C",
    source: str = "NetworkX graph",
) -> World:
    """Return ``world`` with one more layer (or the layer ``name`` replaced) from a NetworkX graph of trust codes.

    ``weight`` (omega, 0 to 100), ``directed``, ``grade`` and ``source`` are held to the rules of ``world.layers`` in
    scenarios. Raises InputError for others, and for a graph that cannot be used.
    """
    said = {"weight": weight, "directed": directed, "grade": grade, "source": source}
    plain = {key: value.item() if isinstance(value, np.generic) else value for key, value in said.items()}
    try:
        stated = LayerSpec.model_validate(plain, strict=True)
    except ValidationError as error:
        place = ("world", "layers", name)
        raise input_error(error, LayerSpec, file=None, line_of=lambda path: None, prefix=place) from None
    index = TrustIndex(world.trusts.codes, by_position=world.name.startswith("synthetic"))
    layer = layer_from_networkx(
        name,
        graph,
        index,
        weight=OWN_LAYER_WEIGHT if stated.weight is None else stated.weight,
        directed=stated.directed,
        grade=stated.grade or "C",
        source=stated.source or "NetworkX graph",
    )
    kept = [old for old in world.layers if old.name != name]
    provenance = {**world.provenance, f"layer {name}": layer.source}
    return replace(world, layers=_ordered([*kept, layer]), provenance=provenance)


def files_of(spec: WorldSpec, folder: Path) -> dict[str, Path]:
    """Return every file the world is built from, by label; checks that users' files exist inside the folder."""
    files: dict[str, Path] = {}
    synthetic = spec.synthetic
    home = world_folder(spec.name, folder)
    files["world"] = home / WORLD_FILE
    if synthetic is None or synthetic.england_like:
        for label, text in (("trusts", spec.trusts), ("ahsns", spec.ahsns)):
            files[label] = home / _FILES[label] if text == OWN_TABLE else _own(text, folder, label)
    elif spec.trusts != OWN_TABLE or spec.ahsns != OWN_TABLE:
        key = "world.trusts" if spec.trusts != OWN_TABLE else "world.ahsns"
        raise InputError(
            "a neutral synthetic world has no table",
            key=key,
            suggestion="leave out world.synthetic, or set england_like: true to draw from the table",
        )
    if spec.changes is not None:
        own_changes = spec.changes != OWN_TABLE
        files["changes"] = _own(spec.changes, folder, "changes") if own_changes else _changes_of(spec, home)
    if (boards := home / BOARDS_FILE).is_file():
        files["boards"] = boards
    files["kinds"] = packaged("kinds.yaml")
    if synthetic is None or _innovation_kind(spec, synthetic) == "portfolio":
        own = spec.innovations != DEFAULT_PORTFOLIO
        files["innovations"] = _own(spec.innovations, folder, "innovations") if own else _portfolio_of(home)
        if stands_beside(files["innovations"]):
            files[BESIDE] = _portfolio_of(home) if own else packaged(PORTFOLIO)
    if synthetic is not None and synthetic.file is not None:
        files["network"] = resolve_inside(synthetic.file, folder, key="world.synthetic.file")
    for name, layer in sorted(spec.layers.items()):
        for key, month, path in () if layer.drop else layer.own_files():
            files[_label(name, month)] = resolve_inside(path, folder, key=f"world.layers.{name}.{key}")
    return files


def _label(layer: str, month: str) -> str:
    return f"layer {layer} from {month}" if month else f"layer {layer}"


def _portfolio_of(home: Path) -> Path:
    """Return the portfolio of a world's folder; that of the default world where it has none."""
    own = home / _FILES["innovations"]
    return own if own.exists() else packaged(PORTFOLIO)


def _changes_of(spec: WorldSpec, home: Path) -> Path:
    """Return the table of changes that comes with a world; raises InputError where there is none for its trusts."""
    path = home / CHANGES_FILE
    if spec.synthetic is not None or spec.trusts != OWN_TABLE or not path.is_file():
        raise InputError(
            f"no table of changes comes with the trusts of this world ('{spec.name}')",
            key="world.changes",
            expected="a path to a CSV or YAML table of changes of this world's trusts",
            suggestion="leave world.changes out, or name a table of your own",
        )
    return path


def _own(text: str, folder: Path, name: str) -> Path:
    return resolve_inside(text, folder, key=f"world.{name}")


def _innovation_kind(spec: WorldSpec, synthetic: SyntheticSpec) -> str:
    """Return the kind of a synthetic world's innovations, by its stated or default value."""
    own = spec.innovations != DEFAULT_PORTFOLIO
    if synthetic.kind is not None:
        kind: str = synthetic.kind
    elif synthetic.n_innovations is not None or not (synthetic.england_like or own):
        kind = "mix" if synthetic.england_like else "plain"
    else:
        kind = "portfolio"
    if kind == "portfolio" and (synthetic.n_innovations is not None or synthetic.attributes):
        key = "n_innovations" if synthetic.n_innovations is not None else "attributes"
        raise InputError(
            "the innovations come from a portfolio",
            key=f"world.synthetic.{key}",
            suggestion="leave it out, or state another kind",
        )
    if kind != "portfolio" and own:
        raise InputError(
            "the synthetic world makes its own innovations",
            key="world.innovations",
            suggestion="set world.synthetic.kind: portfolio",
        )
    return kind


def _build(spec: WorldSpec, files: Mapping[str, Path], provenance: dict[str, str]) -> World:
    synthetic = spec.synthetic
    facts = read_facts(files["world"].parent)
    sectors = (*SECTORS, *(name for name in dict.fromkeys(spec.extra_sectors) if name not in SECTORS))
    if synthetic is None:
        ahsns = load_ahsns(files["ahsns"])
        trusts = load_trusts(files["trusts"], ahsns, sectors, facts.median_staff_fte, facts.words.network.short)
        innovations = _portfolio(files, sectors, trusts)
        layers = _real_layers(spec, trusts)
        name = facts.id if spec.trusts == OWN_TABLE else Path(spec.trusts).stem
    else:
        trusts, ahsns, layers = _synthetic_places(spec, synthetic, files, sectors)
        innovations = _synthetic_portfolio(spec, synthetic, files, sectors, trusts)
        network = synthetic.network or ("england-like" if synthetic.england_like else "complete")
        name = f"synthetic-{network}-{len(trusts)}"
        provenance = {**provenance, "synthetic": synthetic.model_dump_json(exclude_defaults=True)}
    layers = _with_stated_layers(spec, layers, trusts, files)
    neutral = synthetic is not None and not synthetic.england_like
    innovations = with_more(innovations, spec.more_innovations, (SITE_SECTOR,) if neutral else sectors, trusts, neutral)
    changes = load_changes(files["changes"], trusts.codes) if "changes" in files else ()
    titles = dict(zip(trusts.codes, trusts.names))
    changes = tuple(change._replace(former=titles.get(change.code, "")) for change in changes)
    world = World(
        name,
        trusts,
        ahsns,
        innovations,
        _ordered(layers),
        _eligible(trusts, innovations),
        provenance,
        facts=facts,
        changes=changes,
        board_successors=load_board_successors(files["boards"]) if "boards" in files else (),
    )
    return world if spec.region is None else only_region(world, spec.region)


def _real_layers(spec: WorldSpec, trusts: TrustTable, nearest: int | None = None) -> list[Layer]:
    """Build the five layers of a trust table, less those that are dropped or replaced by a file."""
    layers = []
    for name in BUILT_LAYERS:
        stated = spec.layers.get(name, LayerSpec())
        if stated.drop or stated.own:
            continue
        if name == "geo" and nearest is not None and stated.nearest is None:
            stated = stated.model_copy(update={"nearest": nearest})
        layers.append(built_layer(name, trusts, stated))
    return layers


def _synthetic_places(
    spec: WorldSpec, synthetic: SyntheticSpec, files: Mapping[str, Path], sectors: tuple[str, ...]
) -> tuple[TrustTable, AhsnTable, list[Layer]]:
    layers: list[Layer] = []
    n = synthetic.n_trusts
    if synthetic.network is not None or not synthetic.england_like:
        n, networks = network_layers(synthetic.network or "complete", synthetic, files.get("network"))
        layers.extend(networks)
    if not synthetic.england_like:
        return with_thresholds(neutral_trusts(n or 0), synthetic), neutral_ahsns(), layers
    if n is None:
        raise InputError("missing", key="world.synthetic.n_trusts", expected="a whole number from 1 to 100,000")
    ahsns = load_ahsns(files["ahsns"])
    facts = read_facts(files["world"].parent)
    real = load_trusts(files["trusts"], ahsns, sectors, facts.median_staff_fte, facts.words.network.short)
    trusts = england_like_trusts(n, synthetic.key, real)
    if synthetic.network is None:
        layers = _real_layers(spec, trusts, synthetic.nearest)
    return with_thresholds(trusts, synthetic), ahsns, layers


def _portfolio(
    files: Mapping[str, Path], sectors: Sequence[str], trusts: TrustTable, everywhere: bool = False
) -> InnovationTable:
    """Return the innovations of a portfolio file, beside those of the packaged one where it says so."""
    beside = load_innovations(files[BESIDE], sectors) if BESIDE in files else None
    return load_innovations(files["innovations"], sectors, trusts, beside, everywhere)


def entries_of(spec: WorldSpec, folder: Path) -> list[Entry]:
    """Return the innovations that a world has from portfolio files and from its scenario, as they are written.

    Raises InputError for a file that cannot be used; a made-up world has none of its own.
    """
    files = files_of(spec, folder)
    sectors = (*SECTORS, *spec.extra_sectors, SITE_SECTOR)
    stated = [files[label] for label in (BESIDE, "innovations") if label in files]
    entries = [entry for path in stated for entry in read_portfolio(path, sectors)]
    return entries + [entry_of(name, more) for name, more in spec.more_innovations.items()]


def _synthetic_portfolio(
    spec: WorldSpec, synthetic: SyntheticSpec, files: Mapping[str, Path], sectors: tuple[str, ...], trusts: TrustTable
) -> InnovationTable:
    kind = _innovation_kind(spec, synthetic)
    own_sectors = sectors if synthetic.england_like else (SITE_SECTOR,)
    if kind != "portfolio":
        return synthetic_innovations(synthetic.n_innovations or 1, kind, synthetic, own_sectors)
    if synthetic.england_like:
        return _portfolio(files, (*sectors, SITE_SECTOR), trusts)
    innovations = _portfolio(files, (*sectors, SITE_SECTOR), trusts, everywhere=True)
    # A neutral world has no sectors to tell apart: every innovation may be used everywhere.
    return replace(innovations, eligible_sectors=(frozenset(own_sectors),) * len(innovations))


def _with_stated_layers(
    spec: WorldSpec, layers: list[Layer], trusts: TrustTable, files: Mapping[str, Path]
) -> list[Layer]:
    """Apply what the specification says about layers: drop, change the weight, replace or add from a file."""
    by_name = {layer.name: layer for layer in layers}
    known = set(by_name) | (set(BUILT_LAYERS) if _has_built_layers(spec) else set())
    for name, stated in sorted(spec.layers.items()):
        _check_layer_spec(name, stated, known)
        if stated.drop:
            by_name.pop(name, None)
            continue
        if stated.own:
            index = TrustIndex(trusts.codes, by_position=spec.synthetic is not None)
            by_name[name] = _layer_of_files(name, stated, index, files)
        else:
            old = by_name[name]
            by_name[name] = replace(
                old,
                weight=old.weight if stated.weight is None else stated.weight,
                grade=stated.grade or old.grade,
                source=stated.source or old.source,
            )
        start, end = (None if month is None else calendar_month(month) for month in (stated.start, stated.end))
        if start is not None or end is not None:
            by_name[name] = within(by_name[name], start, end)
    return list(by_name.values())


def _layer_of_files(name: str, stated: LayerSpec, index: TrustIndex, files: Mapping[str, Path]) -> Layer:
    """Return a layer from its file, or from several, each from its month until that of the next."""
    parts: list[tuple[int | None, Layer]] = []
    own = stated.own_files()
    for _, month, path in own:
        rules = TieRules(weight_name=stated.tie_weight, codes=stated.codes, dates=True)
        layer = layer_from_file(
            name,
            files[_label(name, month)],
            index,
            weight=OWN_LAYER_WEIGHT if stated.weight is None else stated.weight,
            directed=stated.directed,
            grade=stated.grade or "C",
            source=stated.source or ("file " if len(own) == 1 else "files ") + ", ".join(file for _, _, file in own),
            rules=rules,
        )
        if len(own) > 1 and layer.notes:
            layer = replace(layer, notes=tuple(f"{path}: {note}" for note in layer.notes))
        parts.append((calendar_month(month) if month else None, layer))
    both = {layer.directed for _, layer in parts}
    if len(both) > 1:
        raise InputError(
            "some of the files have ties that count one way, and others ties that count from both ends",
            key=f"world.layers.{name}.files",
            expected="files alike",
            suggestion="say directed: false, or save all of them with directed ties",
        )
    return one_after_another(parts)


def _has_built_layers(spec: WorldSpec) -> bool:
    return spec.synthetic is None or (spec.synthetic.england_like and spec.synthetic.network is None)


def _check_layer_spec(name: str, stated: LayerSpec, known: set[str]) -> None:
    key = f"world.layers.{name}"
    if stated.file is not None and stated.files is not None:
        raise InputError(
            "file and files both say where the ties come from",
            key=f"{key}.files",
            expected="one of them",
            suggestion="leave file out, or name it among the files, under the month from which it holds",
        )
    if name not in known and (stated.drop or not stated.own):
        raise InputError(
            f"this world has no layer '{name}'",
            key=key,
            expected="one of " + ", ".join(sorted(known)) + ", or a file",
            suggestion=did_you_mean(name, known) or "give the new layer a file",
        )
    for layer, options in _OPTIONS.items():
        for option in options:
            belongs = name == layer if layer != "file" else stated.own
            if getattr(stated, option) is not None and (not belongs or (layer != "file" and stated.own)):
                whose = "layers with a file" if layer == "file" else f"the built layer {layer}"
                raise InputError(
                    f"{option} does not apply here", key=f"{key}.{option}", expected=f"{option} for {whose} only"
                )


def _ordered(layers: list[Layer]) -> tuple[Layer, ...]:
    """Put the built layers first, in their fixed order, then the others by name."""
    places = {name: place for place, name in enumerate(BUILT_LAYERS)}
    return tuple(sorted(layers, key=lambda layer: (places.get(layer.name, len(places)), layer.name)))


def _eligible(trusts: TrustTable, innovations: InnovationTable) -> Bools:
    """Return bool[N, K]: the trust's sector may use the innovation, and it has cases there."""
    by_sector = np.array(
        [[name in allowed for allowed in innovations.eligible_sectors] for name in trusts.sector_names]
    ).reshape(len(trusts.sector_names), len(innovations))
    return by_sector[trusts.sector] & (innovations.cases_per_month > 0)
