"""What a scenario may say about its world: own tables, layers, or a synthetic world."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from diffusion.reading.rows import Code
from diffusion.world.facts import DEFAULT_WORLD
from diffusion.world.innovations import CalendarMonth
from diffusion.world.more_innovations import MoreInnovation
from diffusion.world.tables import KINDS

#: Most trusts a synthetic world may have.
MAX_TRUSTS = 100_000

PlainValue = bool | int | float | str
Threshold = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SyntheticKind = Literal["plain", "mix", "portfolio", "drug", "device", "digital", "pathway", "service"]
assert set(get_args(SyntheticKind)) == {"plain", "mix", "portfolio", *KINDS}


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LayerSpec(_Section):
    """Keep, adjust, drop or add one network layer; a layer that is not mentioned keeps its defaults."""

    weight: float | None = Field(
        None,
        ge=0,
        le=100,
        allow_inf_nan=False,
        description="Weight omega of the layer; layers share a trust's exposure in proportion to their weights.",
    )
    drop: bool = Field(False, description="Leave the layer out.")
    file: str | None = Field(
        None,
        description="Own layer: edge list CSV (source,target[,weight][,from,to]; source looks to target), GraphML, GML "
        "or Pajek .net file.",
    )
    files: dict[CalendarMonth, str] | None = Field(
        None,
        min_length=1,
        description="Own layer that changes: files by the month from which each holds, until that of the next.",
    )
    directed: bool | None = Field(
        None, description="Own layer: ties count one way only. Default: false for CSV, else as the file says."
    )
    tie_weight: str | None = Field(
        None,
        min_length=1,
        description="Own layer: column or attribute with the weights of ties, default `weight`; `none`: all count 1.",
    )
    codes: str | None = Field(
        None,
        min_length=1,
        description="Own layer, GraphML, GML and Pajek: attribute of nodes with the codes of trusts (`id`: the file's "
        "own ids). Default: the one of id, code, name and label by which they are known.",
    )
    start: CalendarMonth | None = Field(None, description="First month in which the layer is there. Default: always.")
    end: CalendarMonth | None = Field(None, description="First month without the layer. Default: never.")
    radius_km: float | None = Field(
        None, gt=0, le=20_038, allow_inf_nan=False, description="geo: greatest distance of a tie, default 150."
    )
    scale_km: float | None = Field(
        None, gt=0, le=20_038, allow_inf_nan=False, description="geo: tie weight is exp(-distance / scale), default 50."
    )
    nearest: int | None = Field(
        None, ge=1, le=1_000, description="geo: each trust looks to this many nearest trusts only (within the radius)."
    )
    ahead: int | None = Field(
        None,
        ge=1,
        le=100,
        description="clinical: ties of each trust ahead on its sector's ring, default 3 (mean degree twice that).",
    )
    rewire: float | None = Field(
        None, ge=0, le=1, allow_inf_nan=False, description="clinical: chance that a tie is rewired, default 0.1."
    )
    hub_weight: float | None = Field(
        None,
        ge=0,
        le=1_000,
        allow_inf_nan=False,
        description="clinical: a rewired tie goes to a trust drawn with weight 1 + hub_weight * teaching, default 2.",
    )
    grade: Literal["A", "B", "C"] | None = Field(None, description="Grade of evidence for the weight.")
    source: str | None = Field(None, description="Where the layer comes from.")

    @field_validator("end")
    @classmethod
    def _after_start(cls, value: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("start")
        if start is not None and value is not None and value <= start:
            raise ValueError(f"the layer ends in {value}, not after its start in {start}")
        return value

    @property
    def own(self) -> bool:
        """Whether its ties come from files of the user."""
        return self.file is not None or self.files is not None

    def own_files(self) -> tuple[tuple[str, str, str], ...]:
        """Return (key, month or "" for always, path) of its files in the order of months."""
        single = (("file", "", self.file),) if self.file is not None else ()
        return single + tuple((f"files.{month}", month, path) for month, path in sorted((self.files or {}).items()))


class SyntheticSpec(_Section):
    """A made-up world of any size, for limiting cases and for scale."""

    n_trusts: int | None = Field(
        None,
        ge=1,
        le=MAX_TRUSTS,
        description="Number of trusts (sites); may be left out when the generator or the edge list tells.",
    )
    network: str | None = Field(
        None,
        description="complete, ring (i looks to i-1 only), lattice, watts_strogatz, edges, none, or any NetworkX "
        "generator by name. Default: complete, or the five layers of the real world in an England-like one.",
    )
    args: dict[str, PlainValue | list[PlainValue]] = Field(
        {},
        description="Arguments of the network: lattice k; watts_strogatz k, p; a NetworkX generator: its own "
        "arguments.",
    )
    file: str | None = Field(None, description="Edge list CSV or GraphML of a network `edges`.")
    directed: bool | None = Field(
        None, description="Ties of the edge list count one way only (source looks to target)."
    )
    england_like: bool = Field(
        False,
        description="Draw sectors, AHSNs, ICSs, places and sizes from the real trusts, and build all five layers.",
    )
    nearest: int = Field(20, ge=1, le=1_000, description="Ties of the geo layer per trust in an England-like world.")
    key: int = Field(
        0, ge=-(2**63), le=2**63 - 1, description="Key of the world's own draws: another key, another world."
    )
    n_innovations: int | None = Field(
        None, ge=1, le=10_000, description="Number of made-up innovations, default 1; not with a portfolio."
    )
    kind: SyntheticKind | None = Field(
        None,
        description="Attributes of the innovations: plain (free, instant, no effect), those of a kind, a mix of all "
        "kinds, or the scenario's portfolio. Default: plain, or in an England-like world the portfolio (mix if a "
        "number is given).",
    )
    attributes: dict[str, PlainValue | list[str]] = Field(
        {}, description="Attributes of every synthetic innovation, over those of its kind."
    )
    thresholds: Literal["ladder"] | list[Threshold] | dict[str | int, Threshold] | None = Field(
        None,
        description="Personal thresholds: ladder (0, 1, ... N-1), a list by position, or a mapping from code or "
        "position.",
    )
    threshold_changes: dict[str | int, Threshold] = Field(
        {}, description="Thresholds changed afterwards, by code or position (from 0)."
    )


#: the tables that come with the world that is named
OWN_TABLE = "packaged"


class WorldSpec(_Section):
    """The world of a scenario; relative paths are relative to the scenario file's folder and stay inside it."""

    name: str = Field(
        DEFAULT_WORLD, description="A packaged world (`diffusion worlds list`) or a folder that holds a world.yaml."
    )
    trusts: str = Field(
        OWN_TABLE, description="`packaged` (the world's own) or a path to a CSV or YAML table of trusts."
    )
    ahsns: str = Field(
        OWN_TABLE, description="`packaged` (the world's own) or a path to a CSV or YAML table of networks (AHSNs)."
    )
    innovations: str = Field(
        "default", description="`default` (the world's own) or a path to a YAML or CSV portfolio of innovations."
    )
    more_innovations: dict[Code, MoreInnovation] = Field(
        {}, description="Innovations beside those of the portfolio, by id, with the attributes of a portfolio file."
    )
    extra_sectors: tuple[str, ...] = Field((), description="Sectors that own tables use beside the six of the NHS.")
    region: Code | tuple[Code, ...] | None = Field(
        None, description="One region alone: code of an AHSN or ICS, or a list of trust codes. Default: all trusts."
    )
    changes: str | None = Field(
        None,
        description="Trusts that merge, close or open during the run: `packaged` (the world's own) or a path to a "
        "CSV or YAML table. Default: none.",
    )
    layers: dict[str, LayerSpec] = Field({}, description="Network layers to adjust, drop or add, by name.")
    synthetic: SyntheticSpec | None = Field(None, description="A synthetic world instead of tables.")

    @field_validator("trusts", "ahsns")
    @classmethod
    def _as_packaged(cls, value: str, info: ValidationInfo) -> str:
        """The tables of the default world could be named once, before a world had a name of its own."""
        return OWN_TABLE if value == DEFAULT_WORLD and info.data.get("name") == DEFAULT_WORLD else value
