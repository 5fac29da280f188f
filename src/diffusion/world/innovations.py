"""Innovations: what may be said of one, the defaults by kind, and the arrays of :class:`InnovationTable`.

Files of them are read in ``portfolio``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, ValidationError

from diffusion.arrays import Bools, Floats, Ints
from diffusion.reading.already_used import already_used
from diffusion.reading.files import packaged
from diffusion.reading.rows import Code, Row
from diffusion.reading.run_months import calendar_month, check_run_month, month_text
from diffusion.reading.validation import input_error
from diffusion.reading.yaml_lines import YamlDocument, load_yaml
from diffusion.world.keys import keyed_hash, stable_key, stable_keys
from diffusion.world.tables import KINDS, InnovationTable

REQUIRED = ("id", "name", "kind")

#: The three shifts of the ecosystem report; the default tags.
SHIFTS = ("hospital-to-community", "analogue-to-digital", "sickness-to-prevention")
#: The report's three priorities.
PRIORITIES = ("detection-diagnosis-prevention", "personalised-medicine", "workforce-automation")

Kind = Literal["drug", "device", "digital", "pathway", "service"]
Priority = Literal["detection-diagnosis-prevention", "personalised-medicine", "workforce-automation"]


def split_names(value: object) -> object:
    """A cell of a CSV table holds a list as ``a;b``; one name may stand without brackets in YAML."""
    return [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else value


def _as_month(value: object) -> object:
    """A month of the calendar, spelled in the one way."""
    return value if value is None else month_text(calendar_month(str(value)))


def _as_users(value: object) -> object:
    """How many already use it, spelled in the one way."""
    return value if value is None else str(already_used(str(value)))


#: what an attribute may be, and those of one innovation by name
Attribute: TypeAlias = float | bool | str | list[str] | None
Attributes: TypeAlias = Mapping[str, Attribute]

Names = Annotated[list[str], BeforeValidator(split_names)]
Money = Annotated[float, Field(ge=0, le=1e9)]
Months = Annotated[float, Field(ge=0, le=600)]
Rate = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
Utility = Annotated[float, Field(ge=-10, le=10)]
#: months from the first of the run; a run has 1,200 at most, so a year or a date is none
Month = Annotated[int, Field(ge=0, le=1_200), BeforeValidator(check_run_month)]
CalendarMonth = Annotated[str, BeforeValidator(_as_month)]
AlreadyUsedText = Annotated[str, BeforeValidator(_as_users)]
LogFactor = Annotated[float, Field(ge=-10, le=10)]
Count = Annotated[int, Field(ge=0, le=100_000)]


class InnovationAttributes(Row):
    """Attributes that a kind, a cohort or an innovation may state; ``dictionary.yaml`` describes them."""

    eligible_sectors: Names | None = None
    upfront_cost_gbp: Money | None = None
    running_cost_gbp_per_month: Money | None = None
    saving_gbp_per_month: Money | None = None
    saving_lag_months: Annotated[int, Field(ge=0, le=600)] | None = None
    cashable_share: Share | None = None
    cases_per_month: Annotated[float, Field(ge=0, le=1e7)] | None = None
    unit_cost_gbp: Money | None = None
    evaluation_months: Months | None = None
    pilot_months: Months | None = None
    rollout_months: Months | None = None
    rollout_push_per_month: Rate | None = None
    rollout_peer_per_month: Rate | None = None
    pilot_abandonment_per_month: Rate | None = None
    abandonment_factor: Annotated[float, Field(ge=0, le=10)] | None = None
    nasss_sum: Annotated[float, Field(ge=0, le=14)] | None = None
    risk_class: Annotated[float, Field(ge=0, le=3)] | None = None
    contract: bool | None = None
    digital: bool | None = None
    benefit: Utility | None = None
    benefit_mean: Utility | None = None
    benefit_sd: Annotated[float, Field(ge=0, le=10)] | None = None
    benefit_truncated: bool | None = None
    signal: Utility | None = None
    cost_noise_sd: Annotated[float, Field(ge=0, le=5)] | None = None
    live_month: Month | None = None
    live_from: CalendarMonth | None = None
    opening_users: AlreadyUsedText | None = None
    initial_sites_min: Count | None = None
    initial_sites_max: Count | None = None
    prior_evidence: Annotated[float, Field(ge=0, le=1e6)] | None = None
    needs_pilot: bool | None = None
    has_company: bool | None = None
    use_share: Share | None = None
    early_use_share: Share | None = None
    log_push: LogFactor | None = None
    log_scale_up: LogFactor | None = None
    log_pilot_ending: LogFactor | None = None
    log_compliance: LogFactor | None = None


class InnovationRow(InnovationAttributes):
    """One innovation as written."""

    id: Code
    name: str = Field(min_length=1)
    kind: Kind
    cohort: str = ""
    tags: Names | None = None
    priorities: Annotated[list[Priority], BeforeValidator(split_names)] = Field(default_factory=list)
    company: str = ""
    pilot_sites: Names = Field(default_factory=list)
    basis: dict[str, str] = Field(default_factory=dict)
    note: str = ""


class PortfolioHead(Row):
    """The keys of a portfolio file, and of ``kinds.yaml``."""

    title: str = ""
    author: str = ""
    beside: Literal["default"] | None = None
    description: str = ""
    basis: dict[str, str] = Field(default_factory=dict)
    extra_tags: list[str] = Field(default_factory=list)
    common: InnovationAttributes = InnovationAttributes()
    defaults: InnovationAttributes = InnovationAttributes()
    kinds: dict[Kind, InnovationAttributes] = Field(default_factory=dict)
    cohorts: dict[str, InnovationAttributes] = Field(default_factory=dict)
    innovations: list[object] = Field(default_factory=list)


def sorted_together(*tables: InnovationTable) -> InnovationTable:
    """Return the innovations of all ``tables`` in one, sorted by id."""
    ids = [name for table in tables for name in table.ids]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    joined: dict[str, object] = {}
    for item in fields(InnovationTable):
        parts = [getattr(table, item.name) for table in tables]
        if isinstance(parts[0], tuple):
            whole = [value for part in parts for value in part]
            joined[item.name] = tuple(whole[place] for place in order)
        else:
            joined[item.name] = np.concatenate(parts)[order]
    return InnovationTable(**joined)  # type: ignore[arg-type]


@cache
def kind_defaults() -> Mapping[str, Attributes]:
    """Return the packaged default attributes of each kind."""
    head = portfolio_head(load_yaml(packaged("kinds.yaml")))
    return {kind: {**stated(head.common), **stated(head.kinds[kind])} for kind in KINDS}  # type: ignore[index]


def portfolio_head(document: YamlDocument) -> PortfolioHead:
    """Return what stands beside the list of a portfolio file, or in ``kinds.yaml``; raises InputError."""
    if isinstance(document.data, list):
        return PortfolioHead()
    try:
        return PortfolioHead.model_validate(document.data, strict=True)
    except ValidationError as error:
        raise input_error(error, PortfolioHead, file=document.file, line_of=document.line) from None


def stated(attributes: InnovationAttributes) -> dict[str, Attribute]:
    """Return the attributes that are given a value, by name."""
    names = set(InnovationAttributes.model_fields) & attributes.model_fields_set
    return {name: getattr(attributes, name) for name in sorted(names) if getattr(attributes, name) is not None}


def resolved_alone(row: InnovationRow) -> dict[str, Attribute]:
    """Return the attributes of an innovation that stands in no portfolio file: its own, over those of its kind."""
    return {**kind_defaults()[row.kind], **stated(row)}


def stated_number(attributes: Attributes, name: str) -> float:
    """Return an attribute that is a number; one of whole numbers stays one."""
    value = attributes[name]
    assert isinstance(value, int | float)
    return value


def stated_names(attributes: Attributes, name: str) -> list[str]:
    """Return an attribute that is a list of names, empty if it is not stated."""
    value = attributes.get(name)
    return value if isinstance(value, list) else []


def opening_fault(attributes: Attributes) -> tuple[str, str] | None:
    """Return (what is wrong, what to write) where users are known of a month before it came on the market."""
    used, begun = attributes.get("opening_users"), attributes.get("live_from")
    if not isinstance(used, str) or not isinstance(begun, str):
        return None
    month = already_used(used).month
    if month is None or month > calendar_month(begun):
        return None
    return (
        f"it has users in {month_text(month)}, but is on the market from {begun}",
        f"write an earlier live_from, for example {month_text(month - 12)}",
    )


def default_tags(kind: str, innovation_id: str) -> frozenset[str]:
    """Return the shift an innovation stands for: by kind, and for half of the others by key prevention."""
    if kind == "digital":
        return frozenset({"analogue-to-digital"})
    if kind == "pathway":
        return frozenset({"hospital-to-community"})
    prevention = int(keyed_hash("tag/sickness-to-prevention", stable_key(innovation_id))) & 1
    return frozenset({"sickness-to-prevention"}) if prevention else frozenset()


def innovation_table(
    rows: Sequence[InnovationRow], resolved: Sequence[Attributes], sectors: Sequence[str]
) -> InnovationTable:
    """Build the table from valid rows sorted by id and the attributes resolved for each."""

    def floats(name: str) -> Floats:
        return np.array([np.nan if (value := item.get(name)) is None else value for item in resolved], dtype=np.float64)

    def ints(name: str) -> Ints:
        return np.array([item[name] for item in resolved], dtype=np.int32)

    def bools(name: str) -> Bools:
        return np.array([item[name] for item in resolved], dtype=np.bool_)

    used = [None if (text := item.get("opening_users")) is None else already_used(str(text)) for item in resolved]
    months = [None if (text := item.get("live_from")) is None else calendar_month(str(text)) for item in resolved]
    return InnovationTable(
        ids=tuple(row.id for row in rows),
        names=tuple(row.name for row in rows),
        keys=stable_keys(row.id for row in rows),
        kind=np.array([KINDS.index(row.kind) for row in rows], dtype=np.int32),
        upfront_cost_gbp=floats("upfront_cost_gbp"),
        running_cost_gbp_per_month=floats("running_cost_gbp_per_month"),
        saving_gbp_per_month=floats("saving_gbp_per_month"),
        saving_lag_months=ints("saving_lag_months"),
        cashable_share=floats("cashable_share"),
        cases_per_month=floats("cases_per_month"),
        unit_cost_gbp=floats("unit_cost_gbp"),
        evaluation_months=floats("evaluation_months"),
        pilot_months=floats("pilot_months"),
        rollout_months=floats("rollout_months"),
        rollout_push_per_month=floats("rollout_push_per_month"),
        rollout_peer_per_month=floats("rollout_peer_per_month"),
        pilot_abandonment_per_month=floats("pilot_abandonment_per_month"),
        abandonment_factor=floats("abandonment_factor"),
        nasss_sum=floats("nasss_sum"),
        risk_class=floats("risk_class"),
        contract=bools("contract"),
        digital=bools("digital"),
        benefit=floats("benefit"),
        benefit_mean=floats("benefit_mean"),
        benefit_sd=floats("benefit_sd"),
        benefit_truncated=bools("benefit_truncated"),
        signal=floats("signal"),
        cost_noise_sd=floats("cost_noise_sd"),
        live_month=ints("live_month"),
        live_from=np.array([month or 0 for month in months], dtype=np.int32),
        opening_share=np.array([np.nan if each is None else each.share for each in used]),
        opening_month=np.array([0 if each is None else each.month or 0 for each in used], dtype=np.int32),
        initial_sites_min=ints("initial_sites_min"),
        initial_sites_max=ints("initial_sites_max"),
        prior_evidence=floats("prior_evidence"),
        needs_pilot=np.array([item.get("needs_pilot") is not False for item in resolved], dtype=np.bool_),
        has_company=np.array([_has_company(item) for item in resolved], dtype=np.bool_),
        use_share=floats("use_share"),
        early_use_share=floats("early_use_share"),
        log_push=floats("log_push"),
        log_scale_up=floats("log_scale_up"),
        log_pilot_ending=floats("log_pilot_ending"),
        log_compliance=floats("log_compliance"),
        cohort=tuple(row.cohort for row in rows),
        tags=tuple(
            (frozenset(row.tags) if row.tags is not None else default_tags(row.kind, row.id))
            | frozenset(row.priorities)
            for row in rows
        ),
        eligible_sectors=tuple(_sectors(stated_names(item, "eligible_sectors"), sectors) for item in resolved),
        company=tuple(row.company or row.id for row in rows),
        pilot_sites=tuple(tuple(dict.fromkeys(row.pilot_sites)) for row in rows),
    )


def _has_company(item: Mapping[str, object]) -> bool:
    """Tell whether a company stands behind it: as stated, else behind all that has a price."""
    stated = item.get("has_company")
    if stated is not None:
        return bool(stated)
    costs = item["upfront_cost_gbp"], item["running_cost_gbp_per_month"]
    return any(isinstance(cost, int | float) and cost > 0 for cost in costs)


def _sectors(stated: Sequence[str], sectors: Sequence[str]) -> frozenset[str]:
    return frozenset(sectors) if "all" in stated else frozenset(stated)


def validate_attributes(values: Mapping[str, object], key: str) -> dict[str, Attribute]:
    """Validate attributes given in a scenario, as for a synthetic world; raise InputError under ``key``."""
    try:
        return stated(InnovationAttributes.model_validate(dict(values), strict=True))
    except ValidationError as error:
        fault = input_error(error, InnovationAttributes, file=None, line_of=lambda path: None)
        raise fault.at(key=f"{key}.{fault.key}") from None
